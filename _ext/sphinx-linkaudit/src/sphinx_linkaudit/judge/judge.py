"""From what was seen of a page to what is said of a link: pure functions and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from sphinx_linkaudit.records import Verdict
from sphinx_linkaudit.verdicts import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx_linkaudit.records import Evidence


#: OpenSSL's ``X509_V_ERR_*`` numbers (x509_vfy.h) that tell why a certificate fails.
_X509_REASONS = {
    9: 'tls-expired',  # not yet valid
    10: 'tls-expired',
    18: 'tls-self-signed',
    19: 'tls-issuer',  # a self-signed certificate further up
    20: 'tls-issuer',
    21: 'tls-issuer',
    62: 'tls-host',
    64: 'tls-host',  # an IP address instead of a name
}

_PERMANENT = frozenset({301, 308})

#: Marks that the makers of challenges leave on a page that wants a browser to prove
#: itself.
_CHALLENGE = re.compile(
    r'/cdn-cgi/challenge-platform/(?!scripts/jsd)|cf-browser-verification|_cf_chl_opt'
    r'|id="anubis_(?:challenge|version)"|/\.within\.website/x/cmd/anubis'
    r'|class="[hg]-(?:re)?captcha"|px-captcha|captcha-delivery\.com'
    r'|awswaf\.com/.{0,80}/challenge|/_Incapsula_Resource',
    re.IGNORECASE,
)
_PARKED_HOST = re.compile(
    r'(?:^|\.)(?:sedoparking\.com|parkingcrew\.net|bodis\.com|dan\.com|hugedomains\.com'
    r'|afternic\.com|above\.com)(?::\d+)?$'
)
_PARKED_BODY = re.compile(
    r'sedoparking|parkingcrew\.net|bodis\.com|hugedomains\.com|afternic\.com/forsale'
    r'|window\.location\.href\s*=\s*["\']/lander'
    r'|(?:this|the) domain(?: name)? (?:is|may be) for sale|buy this domain',
    re.IGNORECASE,
)
_LANDER = re.compile(r'/lander/?$')
_ERROR_PATH = re.compile(r'/(?:404|error-?404|(?:page-)?not-?found)(?:[/.]|$)')
_ERROR_TITLE = re.compile(
    r'<title[^>]{0,200}>[^<]{0,500}\b(?:404|(?:page|file|site) (?:was )?not found)\b',
    re.IGNORECASE,
)
_LOGIN_PATH = re.compile(r'/(?:log-?in|sign-?in|sso|saml|oauth2?)(?:[/?.]|$)')


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that a judgement depends on."""

    allow_unauthorized: bool = False
    timeouts_are_broken: bool = False
    top_is_an_anchor: bool = False
    accept: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = ()
    allowed_redirects: Mapping[re.Pattern[str], re.Pattern[str]] | None = None
    case_insensitive: tuple[re.Pattern[str], ...] = ()


def judge(evidence: Evidence, anchor: str, policy: Policy) -> Verdict:
    """Return what *evidence* means for a link to *anchor* ('' for none) of its page.

    *anchor* is as it stands in the link, without the ``#``.
    """
    if evidence.ending != 'answered':
        return _unanswered(evidence, policy)
    if any(
        evidence.status in codes and pattern.match(evidence.url)
        for pattern, codes in policy.accept
    ):
        return Verdict('working', 'accepted')
    if challenge := _challenge(evidence):
        return challenge
    if evidence.status >= 400:
        return _refused(evidence, policy)
    if anchor and evidence.undecodable:
        return Verdict('blocked', 'undecodable', 'unable to decode response content')
    if anchor and evidence.anchors is not None:
        found = evidence.anchors.intersection(spellings(anchor, evidence.url))
        if not found and not (policy.top_is_an_anchor and anchor.lower() == 'top'):
            message = f"Anchor '{_encoded(unquote(anchor))}' not found"
            return Verdict('dead', 'no-anchor', message)
    signs = list(soft_signs(evidence))
    if len(signs) > 1:
        reason = 'parked' if 'maybe-parked' in signs else 'soft-404'
        return Verdict('dead', reason, _words(reason))
    if evidence.hops and not _same_page(evidence, policy):
        return _moved(evidence, signs)
    if signs:
        return Verdict('suspect', signs[0])
    return Verdict('working', 'ok')


#: What shows that there is a network: somebody else has said something.
_SIGNS_OF_LIFE = frozenset({'answered', 'no-host', 'reset', 'tls', 'forbidden'})


def shows_network(evidence: Evidence) -> bool:
    """Whether *evidence* shows that there is a network at all.

    This machine's own refusals don't.
    """
    if evidence.hops or evidence.ending in _SIGNS_OF_LIFE:
        return True
    return evidence.ending == 'refused' and not _LOCAL.match(evidence.url)


def misses_network(evidence: Evidence) -> bool:
    """Whether *evidence* is what is seen where there is no network."""
    lost = {'no-network', 'unreachable'}
    return evidence.ending in lost or evidence.unresolved


_LOCAL = re.compile(
    r'https?://(?:localhost|127\.[\d.]+|\[::1\])(?:[:/]|$)', re.IGNORECASE
)


def _unanswered(evidence: Evidence, policy: Policy) -> Verdict:
    """Judge a page that gave no answer at all."""
    message = evidence.message
    match evidence.ending:
        case 'timeout' if policy.timeouts_are_broken:
            return Verdict('dead', 'timeout', message)
        case 'timeout':
            return Verdict('timed out', 'timeout', message)
        case 'silent' if policy.timeouts_are_broken:
            return Verdict('dead', 'host-silent', message)
        case 'silent':
            return Verdict('timed out', 'host-silent', message)
        case 'rate-limited':
            return Verdict('blocked', 'rate-limited', message)
        case 'tls':
            return Verdict('dead', _tls_reason(evidence), message)
        case 'ignored-redirect':
            hop = evidence.hops[-1]
            message = f'ignored redirect: {hop.target}'
            return Verdict('ignored', 'ignored-redirect', message, hop.status)
        case 'no-network':
            return Verdict('unchecked', 'no-network', message)
        case 'unasked':
            return Verdict('unchecked', 'deadline')
        case 'redirects':
            return Verdict('dead', 'redirect-loop', message)
        case 'forbidden':
            return Verdict('dead', 'forbidden-redirect', message)
        case 'no-host' | 'refused' | 'unreachable' | 'reset' | 'invalid-url' as reason:
            return Verdict('dead', reason, message)
        case _:
            return Verdict('dead', 'error', message)


def _tls_reason(evidence: Evidence) -> str:
    """Return why no secure connection could be made."""
    return _X509_REASONS.get(evidence.x509_code, 'tls-protocol')


def _challenge(evidence: Evidence) -> Verdict | None:
    """Return a verdict on a page that tells robots from people, at any status."""
    if 'challenge' in evidence.headers.get('cf-mitigated', '').lower():
        return Verdict('blocked', 'challenge', _words('challenge'))
    if evidence.status in {404, 410}:  # whatever else such a page has on it
        return None
    if _CHALLENGE.search(evidence.body) and (
        evidence.status >= 400 or len(evidence.body) < _CHALLENGE_MAX_CHARS
    ):
        return Verdict('blocked', 'challenge', _words('challenge'))
    return None


#: Real pages carry a captcha at times, in a form at their end; a challenge is short.
_CHALLENGE_MAX_CHARS = 30_000


def _refused(evidence: Evidence, policy: Policy) -> Verdict:
    """Judge an answer with a status of 400 and above."""
    status, message = evidence.status, evidence.message
    if status == 401:
        if policy.allow_unauthorized:
            return Verdict('working', 'unauthorized-allowed', 'unauthorized')
        return Verdict('dead', 'unauthorized', 'unauthorized')
    if status == 429 and 'retry-after' in evidence.headers:
        return Verdict('blocked', 'rate-limited', message)
    if status == 503:
        return Verdict('blocked', 'unavailable', 'service unavailable')
    if status == 999 or (status == 403 and evidence.root_status == 403):
        return Verdict('blocked', 'blocked', message)
    if status == 410:
        return Verdict('dead', 'gone', message)
    if status == 404:
        return Verdict('dead', 'not-found', message)
    if status >= 500:
        return Verdict('dead', 'server-error', message)
    return Verdict('dead', 'client-error', message)


def soft_signs(evidence: Evidence) -> Iterator[str]:
    """Yield the signs that a page which says OK is none.

    A link to a site's root is never doubted for being an error page.
    Sources: Bar-Yossef et al., "Sic Transit Gloria Telae" (2004), Wikimedia's
    CheckIfDead.
    """
    asked, final = urlsplit(evidence.url), urlsplit(evidence.final_url)
    moved = bool(evidence.hops)
    # What the link itself says is what its writer meant.
    if not _PARKED_HOST.search(asked.netloc.lower()):
        if moved and (
            _PARKED_HOST.search(final.netloc.lower()) or _LANDER.search(final.path)
        ):
            yield 'maybe-parked'
        if evidence.body and _PARKED_BODY.search(evidence.body):
            yield 'maybe-parked'
    if asked.path.strip('/'):
        if moved and _is_home(asked, final):
            yield 'home'
        if evidence.crowded and not _LOGIN_PATH.search(final.path.lower()):
            yield 'crowded'
        if not _ERROR_PATH.search(asked.path.lower()):
            if moved and _ERROR_PATH.search(final.path.lower()):
                yield 'maybe-soft-404'
            if evidence.body and _ERROR_TITLE.search(evidence.body):
                yield 'maybe-soft-404'
        if evidence.sibling_alike:
            yield 'maybe-soft-404'


def _is_home(asked: SplitResult, final: SplitResult) -> bool:
    """Whether a page of a site leads to its home page, which it isn't itself."""
    hosts = {(p.hostname or '').removeprefix('www.') for p in (asked, final)}
    was_home = re.fullmatch(r'/(?:index|default|home)\.\w+', asked.path.lower())
    is_home = not final.path.strip('/') and not final.query
    return len(hosts) == 1 and is_home and not was_home


#: A page that no site has: letters that nobody would choose.
_NO_PAGE = 'qzxwvk-no-such-page-jfqyhp'


def sibling_of(url: str) -> str:
    """Return the address of a page beside *url* that can't exist."""
    return urljoin(url, _NO_PAGE)


def looks_alike(evidence: Evidence, sibling: Evidence) -> bool:
    """Whether a page is answered for as one that can't exist.

    It is if both lead to the same page or have nearly the same text.  A host that says
    of the other that it doesn't exist is believed (Bar-Yossef et al., 2004).
    """
    if sibling.ending != 'answered' or sibling.status >= 400:
        return False
    if evidence.hops and evidence.final_url == sibling.final_url:
        return True
    ours, theirs = _shingles(evidence.body), _shingles(sibling.body)
    return bool(ours) and len(ours & theirs) >= _ALIKE * len(ours | theirs)


#: The share of their shingles that two pages have in common that are nearly the same.
_ALIKE = 0.9
#: Words of a shingle.
_SHINGLE = 4


def _shingles(body: str) -> set[tuple[str, ...]]:
    """Return all runs of four words in the text of a page (Broder, 1997)."""
    words = re.sub(r'<[^>]{0,1000}>', ' ', body).split()
    return {tuple(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)}


#: Pages of one host that have to lead to the same one to look like an error.
CROWD = 3


def crowded(pages: Iterable[Evidence]) -> set[str]:
    """Return the addresses of those *pages* that lead where others of their host lead.

    Spellings of one page (with and without a slash at its end) count once.
    """
    sources: dict[tuple[str, str], dict[str, set[str]]] = {}
    for page in pages:
        if page.ending != 'answered' or not page.hops:
            continue
        asked, final = urlsplit(page.url), page.final_url.partition('#')[0]
        path = f'{asked.path.rstrip("/")}?{asked.query}'
        if path != '?':
            host = (asked.hostname or '').removeprefix('www.')
            sources.setdefault((host, final), {}).setdefault(path, set()).add(page.url)
    return {
        url
        for paths in sources.values()
        if len(paths) >= CROWD
        for urls in paths.values()
        for url in urls
    }


def _same_page(evidence: Evidence, policy: Policy) -> bool:
    """Whether the redirects led to what was asked for, or where they may lead."""
    asked, final = evidence.url.rstrip('/'), evidence.final_url.rstrip('/')
    if any(pattern.match(evidence.url) for pattern in policy.case_insensitive):
        asked, final = asked.casefold(), final.casefold()
    return asked == final or any(
        source.match(evidence.url) and target.match(evidence.final_url)
        for source, target in (policy.allowed_redirects or {}).items()
    )


def _moved(evidence: Evidence, signs: list[str]) -> Verdict:
    """Judge a page that was found elsewhere.

    The code is that of the first redirect: what was said of the link itself.  It has
    moved for good if all of them say so.
    """
    codes = [hop.status for hop in evidence.hops]
    code = codes[0]
    message = evidence.final_url
    if signs:
        return Verdict('suspect', signs[0], message, code)
    asked, final = urlsplit(evidence.url), urlsplit(evidence.final_url)
    if (asked.scheme, final.scheme) == ('http', 'https') and asked[1:] == final[1:]:
        return Verdict('moved', 'https', message, code)
    if _LOGIN_PATH.search(final.path.lower()):
        return Verdict('moved', 'login', message, code)
    reason = 'permanent' if _PERMANENT.issuperset(codes) else 'temporary'
    return Verdict('moved', reason, message, code)


def fragment_anchor(fragment: str) -> str:
    """Return the part of a URL's *fragment* that names a place on the page.

    A text fragment (``:~:text=``, WICG scroll-to-text) is for the browser alone.
    """
    return fragment.partition(':~:')[0]


def spellings(anchor: str, url: str) -> Iterable[str]:
    """Return the ids that *anchor* of the page at *url* may have in its HTML.

    As it stands, percent-decoded and encoded (WHATWG HTML, "find a potential
    indicated element"), and the ids that GitHub makes of headings and lines.
    """
    decoded = unquote(anchor)
    found = [anchor, decoded, _encoded(decoded)]
    try:
        host = urlsplit(url).hostname or ''
    except ValueError:  # it is malformed, and will be judged as that
        host = ''
    if f'.{host}'.endswith('.github.com'):
        lines = re.fullmatch(r'L(\d+)(?:C\d+)?(?:-L\d+(?:C\d+)?)?', decoded)
        found += [f'user-content-{decoded}', f'user-content-{decoded.lower()}']
        found += [f'L{lines[1]}', f'LC{lines[1]}'] if lines else []
    return dict.fromkeys(found)


def _encoded(anchor: str) -> str:
    """Return *anchor* percent-encoded, even if no encoding has its characters."""
    return quote(anchor, errors='replace')


def _words(reason: str) -> str:
    return REASONS[reason].what
