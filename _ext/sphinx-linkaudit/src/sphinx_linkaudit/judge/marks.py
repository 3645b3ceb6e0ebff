"""Recognises answers that servers give to robots alone, by the marks they have."""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sphinx_linkaudit.judge.phrases import Phrases, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_linkaudit.records import Evidence

#: Real pages have a captcha at times, in a form at their end; a challenge is short.
_CHALLENGE_MAX_CHARS = 30_000
#: Characters of text that a challenge with a good status shows: what has more is a page
#: about challenges, or one whose firewall adds a script to it.
_CHALLENGE_MAX_TEXT = 400
#: The same of those that explain themselves.
_CHALLENGE_LONG_TEXT = 2_500
#: What is gone is gone, whatever else such a page has on it.
_GONE = frozenset({404, 410})
_ANY = frozenset(range(200, 1000)) - _GONE
_NOTHING = Phrases()
_OK = frozenset(range(200, 300))
#: What the title of a page says that has nothing but a captcha.
_CHALLENGE = (
    r"(?:(?:an?|are|you|you're) human|(?:not|you) a (?:ro)?bot|captcha|verifying"
    r'|(?:security|bot|human) (?:check|challenge|verification)|attention required'
    r'|just a moment|one moment, please|access denied|checking your browser)\b'
)
#: How captchas are put into a page.
_CAPTCHA = (
    r'(?:class="(?:h-captcha|g-recaptcha|cf-turnstile|frc-captcha|smart-captcha)'
    r'|challenges\.cloudflare\.com/turnstile/|<altcha-widget|<cap-widget)'
)
_REFUSALS = frozenset({401, 403, 405, 406, 409, 415, 418, 429, 503})


class Mark(NamedTuple):
    """How a firewall, or what else stands before a site, is known by its answer."""

    maker: str
    reason: str  #: ``challenge`` or ``blocked``.
    source: str  #: Who says so.
    date: str  #: When it was said, or documentation that has no date was read.
    #: Patterns of all the headers it has, each by its name, or by one of several.
    headers: Mapping[str, str] = MappingProxyType({})
    body: Phrases = _NOTHING  #: Of which one is on the page.
    statuses: frozenset[int] = _ANY
    #: A pattern of the address that an answer is led to, if any.
    address: str = ''
    #: Characters of text that such a page with a good status shows at most.
    max_text: int = _CHALLENGE_MAX_TEXT

    def is_on(self, evidence: Evidence, lowered: str) -> bool:
        """Whether an answer with a status of these has this mark.

        *lowered* is its body in lower case.
        """
        for names, pattern in self.headers.items():
            if not any(
                re.search(pattern, evidence.headers[name], re.IGNORECASE)
                for name in names.split('|')
                if name in evidence.headers
            ):
                return False
        if self.address and not (
            evidence.hops and re.search(self.address, evidence.final_url, re.IGNORECASE)
        ):
            return False
        if self.address and re.search(self.address, evidence.url, re.IGNORECASE):
            return False  # the link itself is to such a page
        if not self.body:
            return True
        is_short = len(evidence.body) < _CHALLENGE_MAX_CHARS
        if not (is_short or evidence.status >= 400):
            return False
        return self.body.are_in(evidence.body, lowered) and (
            evidence.status >= 400 or len(text_of(evidence.body)) <= self.max_text
        )


#: The marks of all, the surest first.
MARKS = (
    Mark(
        'Cloudflare',
        'challenge',
        'developers.cloudflare.com, Detect a Challenge Page response',
        '2026-11',
        {'cf-mitigated': 'challenge'},
    ),
    Mark(
        'Cloudflare',
        'challenge',
        'github.com/VeNoMouS/cloudscraper',
        '2026-11',
        body=Phrases(
            r'/cdn-cgi/challenge-platform/(?!scripts/jsd)',
            'cf-browser-verification',
            '_cf_chl_opt',
            'class="cf-turnstile',
        ),
    ),
    Mark(
        'Cloudflare',
        'blocked',
        'developers.cloudflare.com, Cloudflare 1xxx errors',
        '2026-11',
        {'server': 'cloudflare'},
        Phrases(
            r'error code: 1\d{3}\b',
            '<title>Just a moment',
            'id="cf-error-details',
            'class="cf-error-details',
            r'Attention Required! \| Cloudflare',
        ),
        _REFUSALS,
    ),
    Mark(
        'Vercel',
        'challenge',
        'github.com/elevenlabs/ui/issues/80',
        '2026-07',
        {'x-vercel-mitigated': 'challenge'},
    ),
    Mark(
        'Vercel',
        'blocked',
        'vercel.com, docs/headers/response-headers',
        '2026-11',
        {'x-vercel-mitigated': 'deny'},
    ),
    Mark(
        'AWS WAF',
        'challenge',
        'docs.aws.amazon.com, CAPTCHA and Challenge action behavior',
        '2026-11',
        {'x-amzn-waf-action': 'challenge|captcha'},
    ),
    Mark(
        'AWS WAF',
        'challenge',
        'docs.aws.amazon.com, AWS WAF client application integration',
        '2026-11',
        body=Phrases(
            r'awswaf\.com/.{0,80}/(?:challenge|captcha)',
            r'window\.gokuProps',
        ),
    ),
    Mark(
        'CloudFront',
        'blocked',
        'docs.aws.amazon.com, HTTP 403 status code (Permission Denied)',
        '2026-11',
        body=Phrases(
            r'Request blocked\.[\s\S]{0,1000}Generated by cloudfront',
            'configured to block access from your country',
        ),
        statuses=_REFUSALS,
    ),
    Mark(
        'Akamai',
        'blocked',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        {'server': 'Akamai'},
        Phrases(
            r'errors(?:\.|&#46;)edgesuite(?:\.|&#46;)net',
            '<title>Access Denied',
        ),
        _REFUSALS,
    ),
    Mark(
        'Akamai',
        'challenge',
        'github.com/germondai/trawl/pull/33',
        '2026-07',
        body=Phrases(
            'sec-if-cpt-container',
            '/_sec/cp_challenge/',
            'bm-verify=',
        ),
    ),
    Mark(
        'Fastly',
        'challenge',
        'github.com/pypa/packaging.python.org/issues/1744',
        '2024-12',
        {'set-cookie': r'(?:^|[\s,;])_fs_ch_'},
    ),
    Mark(
        'Fastly',
        'challenge',
        'github.com/pypa/packaging.python.org/issues/1744',
        '2024-12',
        body=Phrases(r'/_fs-ch-\w+/'),
    ),
    Mark(
        'DataDome',
        'challenge',
        'docs.datadome.co, Response headers',
        '2026-11',
        {'x-datadome|x-dd-b|x-datadome-cid': ''},
        statuses=_REFUSALS,
    ),
    Mark(
        'DataDome',
        'challenge',
        'docs.datadome.co, Challenge page',
        '2026-11',
        body=Phrases(r'captcha-delivery\.com'),
    ),
    Mark(
        'Sucuri',
        'blocked',
        'docs.sucuri.net, Website firewall: troubleshooting',
        '2026-11',
        {'x-sucuri-block': ''},
    ),
    Mark(
        'Sucuri',
        'blocked',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        body=Phrases(
            'Sucuri Website Firewall',
            'sucuri_cloudproxy',
        ),
        statuses=_REFUSALS | {200, 307},
    ),
    Mark(
        'PerimeterX (HUMAN)',
        'challenge',
        'docs.humansecurity.com, Challenge page',
        '2026-11',
        body=Phrases('px-captcha'),
    ),
    Mark(
        'PerimeterX (HUMAN)',
        'challenge',
        'docs.humansecurity.com, Block page',
        '2026-11',
        body=Phrases(
            '_pxAppId',
            '_pxhd',
            r'captcha\.px-cdn\.net',
            r'captcha\.px-cloud\.net',
        ),
        statuses=_REFUSALS,
    ),
    Mark(
        'Imperva',
        'blocked',
        'github.com/OpenTermsArchive/engine/issues/319',
        '2021-08',
        body=Phrases(
            '/_Incapsula_Resource',
            'Incapsula incident ID',
        ),
    ),
    Mark(
        'Imperva',
        'blocked',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        {'x-cdn|x-iinfo': ''},
        statuses=frozenset({403, 405, 406, 429, 503}),
    ),
    Mark(
        'Anubis',
        'challenge',
        'anubis.techaro.lol, docs',
        '2026-11',
        body=Phrases(
            '<script id="anubis_(?:challenge|version)"',
            r'/\.within\.website/x/(?:cmd/anubis|xess)',
        ),
        max_text=_CHALLENGE_LONG_TEXT,
    ),
    Mark(
        'go-away',
        'challenge',
        'git.gammaspectra.live/git/go-away',
        '2026-11',
        body=Phrases(r'/\.well-known/\.git\.gammaspectra\.live/git/go-away'),
        max_text=_CHALLENGE_LONG_TEXT,
    ),
    Mark(
        'Alibaba Cloud',
        'challenge',
        'github.com/ArchiveTeam/wpull/issues/239',
        '2026-11',
        body=Phrases(
            'acw_sc__v2',
            r'errors\.aliyun\.com',
            '/_____tmd_____/punish',
        ),
    ),
    Mark(
        'DDoS-Guard',
        'challenge',
        'github.com/groktopus/groktocrawl/issues/47',
        '2026-05',
        body=Phrases(
            r'/\.well-known/ddos-guard/',
            r'check\.ddos-guard\.net',
        ),
    ),
    Mark(
        'DDoS-Guard',
        'blocked',
        'github.com/germondai/trawl/pull/66',
        '2026-08',
        {'server': 'ddos-guard'},
        statuses=_REFUSALS,
    ),
    Mark(
        'Kasada',
        'challenge',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        {'x-kpsdk-ct|x-kpsdk-r|x-kpsdk-im': ''},
        statuses=_REFUSALS,
    ),
    Mark(
        'F5',
        'blocked',
        'the default blocking response page of BIG-IP ASM',
        '2026-11',
        body=Phrases(
            r'The requested URL was rejected\. Please consult with your administrator',
            '/TSPD/08',
        ),
    ),
    Mark(
        'Azure Front Door',
        'blocked',
        'learn.microsoft.com, Web Application Firewall on Azure Front Door',
        '2026-11',
        {'x-azure-ref': ''},
        Phrases('The request is blocked'),
        _REFUSALS,
    ),
    Mark(
        'Wordfence',
        'blocked',
        'wordfence.com, help/firewall',
        '2026-11',
        body=Phrases('Generated by Wordfence'),
        statuses=_REFUSALS,
    ),
    Mark(
        'Radware',
        'challenge',
        'support.radware.com, Bot Manager',
        '2026-11',
        body=Phrases(r'validate\.perfdrive\.com'),
    ),
    Mark(
        'SiteGround',
        'challenge',
        "SiteGround's anti-bot page, as it is sent",
        '2026-11',
        {'sg-captcha': 'challenge'},
    ),
    Mark(
        'SiteGround',
        'challenge',
        "SiteGround's anti-bot page, as it is sent",
        '2026-11',
        body=Phrases(r'/\.well-known/sgcaptcha/'),
    ),
    Mark(
        'Imunify360',
        'challenge',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        {'server': 'imunify360'},
        Phrases('One moment, please', 'is being verified', 'Imunify360 bot-protection'),
    ),
    Mark(
        'Imunify360',
        'blocked',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        {'server': 'imunify360'},
        statuses=_REFUSALS,
    ),
    Mark(
        'ModSecurity',
        'blocked',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        body=Phrases(r'This error was generated by Mod_?Security'),
        statuses=_REFUSALS,
    ),
    Mark(
        'Amazon',
        'challenge',
        "Amazon's page for robots, as it is sent",
        '2026-11',
        body=Phrases(
            r'api-services-support@amazon\.com',
            '"/errors/validateCaptcha"',
        ),
    ),
    Mark(
        'Yandex',
        'challenge',
        'github.com/searxng/searxng/pull/5417',
        '2025-11',
        {'x-yandex-captcha': 'captcha'},
    ),
    Mark(
        'Bunny Shield',
        'challenge',
        'github.com/goodtrailer/daily-desktop/issues/115',
        '2025-10',
        body=Phrases(r'/\.bunny-shield/'),
    ),
    Mark(
        'Reblaze',
        'challenge',
        "Reblaze's challenge, as it is sent",
        '2026-11',
        body=Phrases(r'window\.rbzns'),
    ),
    Mark(
        'StackPath',
        'blocked',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        body=Phrases(
            '<title>StackPath',
            r'Protected by (?:<a [^>]{0,200}>)?StackPath',
            'using a security service for protection against online attacks',
        ),
        statuses=_REFUSALS,
    ),
    Mark(
        'Qrator',
        'challenge',
        "Qrator's challenge, as it is sent",
        '2026-11',
        body=Phrases('/__qrator/qauth'),
    ),
    Mark(
        'Tencent EdgeOne',
        'blocked',
        "EdgeOne's answers, as they are sent",
        '2026-11',
        statuses=frozenset({566, 567}),
    ),
    Mark(
        'Tencent EdgeOne',
        'challenge',
        "EdgeOne's answers, as they are sent",
        '2026-11',
        body=Phrases('__TENCENT_CHAOS_', r'captcha\.qcloud\.com/'),
    ),
    Mark(
        'Basedflare',
        'challenge',
        'gitgud.io/fatchan/haproxy-protection',
        '2026-11',
        body=Phrases(r'/\.basedflare/'),
    ),
    Mark(
        'Knownsec',
        'challenge',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        {'set-cookie': '__jsluid'},
        statuses=_REFUSALS | {412, 521},
    ),
    Mark(
        'SafeLine',
        'challenge',
        'github.com/EnableSecurity/wafw00f',
        '2026-11',
        body=Phrases(r'/\.safeline/', r'Protected By [^<]{0,20}SafeLine'),
        # Others are its pages for servers that are down.
        statuses=_OK | _REFUSALS | {465, 468},
    ),
    Mark(
        'CrowdSec',
        'blocked',
        'docs.crowdsec.net, bouncers',
        '2026-11',
        body=Phrases('CrowdSec'),
        statuses=_REFUSALS,
    ),
    Mark(
        'challenges at addresses of their own',
        'challenge',
        'those of SiteGround, Google, Yandex, Amazon, DataDome, Radware, Queue-it',
        '2026-11',
        address=r'/\.well-known/sgcaptcha/|://[^/]*google\.[^/]+/sorry/|/showcaptcha\b'
        r'|/errors/validateCaptcha|/_____tmd_____/punish|/cdn-cgi/challenge-platform/'
        r'|://(?:[^/]*\.)?(?:captcha-delivery\.com|perfdrive\.com|queue-it\.net)[:/]'
        r'|/(?:captcha|(?:ro)?bot-?check|access-?denied|(?:old|outdated|unsupported)[-_]?'
        r'browser|browser-?(?:check|(?:not-?|un)supported))(?:[/?.]|$)',
    ),
    Mark(
        'captchas',
        'challenge',
        'docs.hcaptcha.com; developers.google.com/recaptcha',
        '2026-11',
        body=Phrases(
            'class="h-captcha',
            'class="g-recaptcha',
            r'challenges\.cloudflare\.com/turnstile/',
            'class="frc-captcha',
            'class="smart-captcha',
            '<altcha-widget',
            '<cap-widget',
        ),
        statuses=_ANY - _OK,
    ),
    Mark(
        'captchas',
        'challenge',
        'docs.hcaptcha.com; developers.google.com/recaptcha',
        '2026-11',
        # Forms have them, too, on pages that are as good as any.
        body=Phrases(
            *(
                rf'<{name}[^>]{{0,200}}>[^<]{{0,200}}\b{_CHALLENGE}[\s\S]{{0,8000}}{_CAPTCHA}'
                for name in ('title', 'h1')
            )
        ),
        statuses=_OK,
    ),
    Mark(
        'its own words',
        'blocked',
        'what the pages of reddit.com, sec.gov, wikimedia.org and others say',
        '2026-11',
        body=Phrases(
            "you(?:'ve| have) been blocked",
            'your (?:access|request|ip address) (?:to this site )?(?:has been|was) (?:'
            'blocked|limited)',
            'web page blocked',
            'whoa there, pardner',
            'unusual traffic',
            'automated (?:access|queries|requests|tool|traffic)',
            'checking your browser',
            'anti-crawler',
            'bot[ -]protection',
            'secondary rate limit',
            'respect our robot policy',
            'set a user-agent',
            'enable javascript and cookies to continue',
            r'errors(?:\.|&#46;)edgesuite(?:\.|&#46;)net',
        ),
        statuses=_REFUSALS,
    ),
)

#: What a host says of the requests that are left: X-RateLimit-Remaining,
#: X-Rate-Limit-…, RateLimit-Remaining (an earlier draft), and RateLimit, as
#: ``"default";r=0;t=30`` (draft-ietf-httpapi-ratelimit-headers-10) or ``limit=10,
#: remaining=0, reset=30``.
_REMAINING = re.compile(r'(?:x-)?rate-?limit-remaining|x-ratelimit-requests-remaining')
_NONE_LEFT = re.compile(r'(?:\br|\bremaining)\s*=\s*0(?![\d.])')


#: Statuses that say so if the headers do: 420 was Twitter's, 430 is Shopify's.
_LIMITS = frozenset({403, 420, 430})


def mark_of(evidence: Evidence) -> Mark | None:
    """Return the mark on an answer for robots, None if it is an ordinary answer."""
    if evidence.ending != 'answered' or evidence.status in _GONE:
        return None
    if not (evidence.headers or evidence.body or evidence.hops):
        return None
    lowered = evidence.body.lower()
    marks = _marks_for(evidence.status, has_body=bool(lowered))
    return next((mark for mark in marks if mark.is_on(evidence, lowered)), None)


@lru_cache(maxsize=1024)
def _marks_for(status: int, *, has_body: bool) -> tuple[Mark, ...]:
    """Return the marks that an answer may have; most pages are alike in this."""
    return tuple(
        mark
        for mark in MARKS
        if status in mark.statuses and (has_body or not mark.body)
    )


#: The headers that some mark or limit is known by, beside those of `_REMAINING`.
_TELLING = frozenset(
    name for mark in MARKS for names in mark.headers for name in names.split('|')
) | {'retry-after', 'ratelimit'}
#: Characters of them that are looked at.
_MAX_CHARS = 1000


def telling_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a verdict may depend on: the others may be large."""
    return {
        name: value[:_MAX_CHARS]
        for name, value in headers.items()
        if name in _TELLING or _REMAINING.fullmatch(name)
    }


def is_rate_limited(evidence: Evidence) -> bool:
    """Whether an answer says that too many requests were made."""
    if evidence.status == 429:
        return True
    if evidence.status not in _LIMITS:
        return False
    for name, value in evidence.headers.items():
        if _REMAINING.fullmatch(name) and re.fullmatch(r'\s*0+(?:\.0+)?\s*', value):
            return True
        if name == 'ratelimit' and _NONE_LEFT.search(value):
            return True
    return 'retry-after' in evidence.headers
