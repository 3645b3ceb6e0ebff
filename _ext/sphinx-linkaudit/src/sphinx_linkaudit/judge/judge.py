"""Says what the evidence means for a link: a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sphinx_linkaudit.judge.allowed_redirects import Repeating
from sphinx_linkaudit.judge.anchors import doubt_of, encoded, fragment_anchor
from sphinx_linkaudit.judge.marks import is_rate_limited, mark_of
from sphinx_linkaudit.judge.network import is_placeholder
from sphinx_linkaudit.judge.soft import soft_signs
from sphinx_linkaudit.languages import is_translation
from sphinx_linkaudit.records import PERMANENT, Verdict
from sphinx_linkaudit.urls import asks_for_consent, is_login
from sphinx_linkaudit.verdicts import REASONS

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that a judgement depends on."""

    allow_unauthorized: bool = False
    timeouts_are_broken: bool = False
    rate_limits_are_broken: bool = False
    top_is_an_anchor: bool = False
    missing_anchors_are_dead: bool = True
    accept: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = ()
    #: Status codes that count as working, by URL.
    accept_for: Callable[[str], frozenset[int]] = lambda _url: frozenset()
    allowed_redirects: Mapping[re.Pattern[str], re.Pattern[str] | Repeating] | None = (
        None
    )
    case_insensitive: tuple[re.Pattern[str], ...] = ()


def judge(evidence: Evidence, anchor: str, policy: Policy) -> Verdict:
    """Return what *evidence* means for a link to *anchor* ('' for none) of its page.

    *anchor* is as it stands in the link, without the ``#``.
    """
    return judge_all(evidence, [anchor], policy)[anchor]


def judge_all(
    evidence: Evidence, anchors: Iterable[str], policy: Policy
) -> dict[str, Verdict]:
    """Return what *evidence* means for links to the *anchors* of its page.

    The text of the page, which may be long, is looked through once for all of them.
    """
    if verdict := _of_page(evidence, policy):
        return dict.fromkeys(anchors, verdict)
    signs = tuple(soft_signs(evidence))
    return {a: _of_anchor(evidence, a, signs, policy) for a in anchors}


def _of_page(evidence: Evidence, policy: Policy) -> Verdict | None:
    """Return the verdict on a page that has none for each anchor."""
    if evidence.ending != 'answered':
        return _unanswered(evidence, policy)
    if evidence.status in policy.accept_for(evidence.url) or any(
        evidence.status in codes and pattern.match(evidence.url)
        for pattern, codes in policy.accept
    ):
        return Verdict('working', 'accepted')
    if mark := mark_of(evidence):
        return Verdict('blocked', mark.reason, f'{_words(mark.reason)} ({mark.maker})')
    if evidence.status >= 400:
        return _refused(evidence, policy)
    return None


def _of_anchor(
    evidence: Evidence, anchor: str, signs: tuple[str, ...], policy: Policy
) -> Verdict:
    """Return the verdict on a link to an *anchor* of a page with these *signs*."""
    # The fragment of a Location takes the place of the link's (RFC 9110, 10.2.2).
    fragment = urlsplit(evidence.final_url).fragment if evidence.hops else ''
    if anchor and fragment:
        anchor = fragment_anchor(fragment)
    if evidence.hops and _gate_of(evidence.url, evidence.final_url):
        anchor = ''  # nobody has seen the page
    doubt = ''
    if anchor and evidence.undecodable and evidence.has_anchors:
        return Verdict('blocked', 'undecodable', 'unable to decode response content')
    if anchor and evidence.has_anchors:
        doubt = doubt_of(evidence, anchor)
        if policy.top_is_an_anchor and anchor.lower() == 'top':
            doubt = ''
        if doubt == 'no-anchor':
            message = f"Anchor '{encoded(unquote(anchor))}' not found"
            if policy.missing_anchors_are_dead:
                return Verdict('dead', 'no-anchor', message)
            return Verdict('suspect', 'anchor-missing', message)
    if anchor and evidence.has_anchors and not (doubt or evidence.hops):
        signs = ()  # no other page has it
    if len(signs) > 1:
        reason = 'parked' if 'maybe-parked' in signs else 'soft-404'
        return Verdict('dead', reason, _words(reason))
    if doubt:
        signs = (*signs, doubt)
    if evidence.hops and not _same_page(evidence, policy):
        return _moved(evidence, signs)
    if signs:
        return Verdict('suspect', signs[0])
    return Verdict('working', 'ok')


def with_fragment(verdict: Verdict, uri: str, evidence: Evidence) -> Verdict:
    """Return the *verdict* on *uri* with its fragment in the address it has moved to.

    A browser takes it along (RFC 9110, 10.2.2), even where nobody looks for it.
    """
    _page, hash_, fragment = uri.partition('#')
    is_address = bool(evidence.hops) and verdict.message == evidence.final_url
    if not fragment or not is_address or '#' in verdict.message:
        return verdict
    return verdict._replace(message=f'{verdict.message}{hash_}{fragment}')


def _unanswered(evidence: Evidence, policy: Policy) -> Verdict:
    """Judge a page that gave no answer at all."""
    message = evidence.message
    if evidence.ending == 'misconfigured':
        return Verdict('unchecked', 'misconfigured', message)
    if is_placeholder(evidence):
        return Verdict('unchecked', 'placeholder', message)
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
        case 'shortage':
            return Verdict('unchecked', 'no-resources', message)
        case 'no-route' | 'local-fault' | 'internal-error' as reason:
            return Verdict('unchecked', reason, message)
        case 'unasked':
            return Verdict('unchecked', 'deadline')
        case 'redirects':
            for hop in evidence.hops:
                # A login may want more of a browser than cookies.
                if gate := _gate_of(evidence.url, hop.target):
                    code = evidence.hops[0].status
                    return Verdict('moved', gate, hop.target, code)
            return Verdict('dead', 'redirect-loop', message)
        case 'forbidden' if not evidence.hops:
            return Verdict('unchecked', 'private', message)
        case 'forbidden':
            return Verdict('dead', 'forbidden-redirect', message)
        case 'no-host' | 'refused' | 'unreachable' | 'reset' | 'invalid-url' as reason:
            return Verdict('dead', reason, message)
        case _:
            return Verdict('unchecked', 'internal-error', message)


def _tls_reason(evidence: Evidence) -> str:
    """Return why no secure connection could be made."""
    return _X509_REASONS.get(evidence.x509_code, 'tls-protocol')


def _refused(evidence: Evidence, policy: Policy) -> Verdict:
    """Judge an answer with a status of 400 and above."""
    status, message = evidence.status, evidence.message
    if status == 401:
        if policy.allow_unauthorized:
            return Verdict('working', 'unauthorized-allowed', 'unauthorized')
        return Verdict('dead', 'unauthorized', 'unauthorized')
    is_final = policy.rate_limits_are_broken and 'retry-after' not in evidence.headers
    if is_rate_limited(evidence) and not is_final:
        return Verdict('blocked', 'rate-limited', message)
    if status == 503:
        return Verdict('blocked', 'unavailable', 'service unavailable')
    # 451 is for readers of some countries (RFC 7725).
    if status in {451, 999, evidence.root_status}:
        return Verdict('blocked', 'blocked', message)
    if status == 410:
        return Verdict('dead', 'gone', message)
    if status == 404:
        return Verdict('dead', 'not-found', message)
    if status >= 500:
        return Verdict('dead', 'server-error', message)
    return Verdict('dead', 'client-error', message)


def _same_page(evidence: Evidence, policy: Policy) -> bool:
    """Whether the redirects led to what was asked for, or where they may lead."""
    asked, final = evidence.url.rstrip('/'), evidence.final_url.rstrip('/')
    if any(pattern.match(evidence.url) for pattern in policy.case_insensitive):
        asked, final = asked.casefold(), final.casefold()
    return asked == final or any(
        _leads(source, target, evidence)
        for source, target in (policy.allowed_redirects or {}).items()
    )


def _leads(
    source: re.Pattern[str], target: re.Pattern[str] | Repeating, evidence: Evidence
) -> bool:
    """Whether redirects led from a *source* to its *target*."""
    found = source.match(evidence.url)
    if not found:
        return False
    if isinstance(target, Repeating):
        return target.match(found, evidence.final_url)
    return bool(target.match(evidence.final_url))


def _moved(evidence: Evidence, signs: Sequence[str]) -> Verdict:
    """Judge a page that was found elsewhere.

    The code is that of the first redirect: what was said of the link itself.  It has
    moved for good if all of them say so.
    """
    codes = [hop.status for hop in evidence.hops]
    code, target = codes[0], evidence.final_url
    if signs:
        return Verdict('suspect', signs[0], target, code)
    asked, final = urlsplit(evidence.url), urlsplit(evidence.final_url)
    if (asked.scheme, final.scheme) == ('http', 'https') and asked[1:4] == final[1:4]:
        return Verdict('moved', 'https', target, code)
    if gate := _gate_of(evidence.url, evidence.final_url):
        return Verdict('moved', gate, target, code)
    if is_translation(asked, final):
        return Verdict('moved', 'language', target, code)
    reason = 'permanent' if PERMANENT.issuperset(codes) else 'temporary'
    return Verdict('moved', reason, target, code)


def _gate_of(url: str, target: str) -> str:
    """Return what stands at *target* before the page at *url*, as a reason, or ''."""
    asked, final = urlsplit(url), urlsplit(target)
    if is_login(final) and not is_login(asked):
        return 'login'
    if asks_for_consent(final.netloc, final.path) and not asks_for_consent(
        asked.netloc, asked.path
    ):
        return 'consent'
    return ''


def _words(reason: str) -> str:
    return REASONS[reason].what
