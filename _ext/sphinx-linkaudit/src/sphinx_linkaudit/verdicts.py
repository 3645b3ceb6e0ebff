"""The verdicts and the reasons for them: the one table that all other modules read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sphinx_linkaudit.records import Kind


class Meaning(NamedTuple):
    """What a verdict means to those who keep, tell or show it."""

    #: What `sphinx.builders.linkcheck` calls it in its output files.
    status: str
    #: What to do about such links, as a heading of the summary and of the report.
    heading: str
    #: What readers of the documentation call such a link.
    label: str
    #: Of its share in a chart, distinct from its neighbours on white and black.
    colour: str
    #: Days for which such a result is remembered by default; 0 for never.
    days: float = 0
    fails: bool = False  #: Whether it makes the check fail.
    alive: bool = False  #: Whether it proves that the link isn't dead.


#: Every verdict there is, in the order in which readers see them.
VERDICTS: dict[Kind, Meaning] = {
    'working': Meaning('working', 'Working', 'live', '#2e8b57', 30, alive=True),
    'moved': Meaning('redirected', 'Redirected', 'moved', '#6aa3d8', 14, alive=True),
    # One that was redirected is 'redirected' in Sphinx's files.
    'suspect': Meaning(
        'working', 'Suspect: check these in a browser', 'doubtful', '#c9b458', 7
    ),
    'blocked': Meaning(
        'ignored', 'Blocked: check these in a browser', 'blocked', '#9a7fb8', 7
    ),
    'timed out': Meaning(
        'timeout', 'Timed out: try again later', 'no answer', '#d98032', fails=True
    ),
    'dead': Meaning(
        'broken', 'Dead: fix, replace or remove these', 'dead', '#c0392b', 1, fails=True
    ),
    'unchecked': Meaning('unchecked', 'Not checked', 'not checked', '#9a9a9a'),
    'ignored': Meaning('ignored', 'Ignored', 'left out', '#777777'),
}

#: The verdicts in the order in which somebody deals with them.
BY_URGENCY: tuple[Kind, ...] = (
    'dead',
    'timed out',
    'suspect',
    'blocked',
    'moved',
    'working',
    'unchecked',
    'ignored',
)

#: The verdicts that can make a check fail, if `linkcheck_fail_on` says so.
CAN_FAIL: tuple[Kind, ...] = ('dead', 'timed out', 'suspect', 'blocked', 'moved')
#: Those that do by default.
FAILURES: frozenset[Kind] = frozenset(k for k, one in VERDICTS.items() if one.fails)
#: The verdicts after which nobody can call a link dead.
ALIVE: frozenset[Kind] = frozenset(k for k, one in VERDICTS.items() if one.alive)
#: The days for which a result of each verdict is remembered, where it is at all.
CACHE_DAYS: dict[Kind, float] = {
    kind: one.days
    for kind, one in VERDICTS.items()
    if kind not in {'unchecked', 'ignored'}
}


class Reason(NamedTuple):
    """Why a link is judged as it is."""

    kind: Kind
    what: str  #: What was seen, for people.
    advice: str = ''  #: What to do about it; '' for nothing.


_REPLACE = 'Find the new address of the page, or link an archived copy.'
_BROWSER = 'Check it in a browser.'
_LATER = 'Try again later.'

#: All reasons there are: the only words that the ``reason`` of a verdict can be.
REASONS: dict[str, Reason] = {
    'ok': Reason('working', 'the page answers'),
    'local': Reason('working', 'the file exists'),
    'accepted': Reason('working', 'linkcheck_accept accepts its status code'),
    'unauthorized-allowed': Reason('working', 'the page asks for a login, as allowed'),
    'permanent': Reason('moved', 'permanent redirect', 'Link the new address.'),
    'temporary': Reason('moved', 'temporary redirect'),
    'https': Reason('moved', 'redirects to https', 'Change http to https.'),
    'language': Reason('moved', "redirects to the reader's language"),
    'login': Reason('moved', 'redirects to a login', _BROWSER),
    'consent': Reason('moved', 'redirects to a page that asks for consent', _BROWSER),
    'not-found': Reason('dead', 'page not found', _REPLACE),
    'gone': Reason('dead', 'page permanently removed', _REPLACE),
    'client-error': Reason('dead', 'the server rejects the request', _BROWSER),
    'server-error': Reason('dead', 'server error', _LATER),
    'unauthorized': Reason('dead', 'the page asks for a login', 'Set linkcheck_auth.'),
    'no-anchor': Reason(
        'dead', 'anchor not found on the page', 'Link the section under its new name.'
    ),
    'anchor-missing': Reason(
        'suspect',
        'anchor not found on the page',
        'Link the section under its new name.',
    ),
    'no-file': Reason('dead', 'file not found', 'Correct the path.'),
    'no-scheme': Reason('dead', 'unknown URL scheme', 'Correct the scheme.'),
    'no-host': Reason('dead', 'host name not found', _REPLACE),
    'refused': Reason('dead', 'connection refused', _REPLACE),
    'unreachable': Reason('dead', 'host unreachable', _REPLACE),
    'reset': Reason('dead', 'connection closed without an answer', _LATER),
    'invalid-url': Reason('dead', 'invalid address', 'Correct the spelling.'),
    'redirect-loop': Reason('dead', 'too many redirects', _BROWSER),
    'forbidden-redirect': Reason('dead', 'redirects to a forbidden address', _BROWSER),
    'tls-expired': Reason('dead', 'certificate expired', "Tell the site's owner."),
    'tls-host': Reason('dead', 'certificate issued for another host', _BROWSER),
    'tls-self-signed': Reason('dead', 'self-signed certificate', 'Set tls_cacerts.'),
    'tls-issuer': Reason(
        'dead',
        'certificate chain incomplete, or issuer not trusted',
        "Tell the site's owner if the chain is incomplete; else set tls_cacerts.",
    ),
    'tls-protocol': Reason('dead', 'no secure connection possible', _BROWSER),
    'error': Reason('dead', 'the request failed', _BROWSER),
    'parked': Reason('dead', 'the domain is parked or for sale', _REPLACE),
    'soft-404': Reason('dead', 'an error page that answers OK (soft 404)', _REPLACE),
    'timeout': Reason('timed out', 'no answer in time', _LATER),
    'host-silent': Reason('timed out', 'its host answers nothing', _LATER),
    'blocked': Reason('blocked', 'the server blocks automated requests', _BROWSER),
    'challenge': Reason('blocked', 'a challenge for browsers', _BROWSER),
    'rate-limited': Reason('blocked', 'too many requests (rate limit)'),
    'unavailable': Reason('blocked', 'temporarily unavailable', _LATER),
    'undecodable': Reason('blocked', 'anchors not checked: unknown charset'),
    'maybe-parked': Reason('suspect', 'looks like a parked domain', _BROWSER),
    'maybe-soft-404': Reason('suspect', 'looks like an error page', _BROWSER),
    'home': Reason('suspect', 'redirects to the home page', _BROWSER),
    'crowded': Reason(
        'suspect', 'redirects to the same page as other links of its host', _BROWSER
    ),
    'unverified': Reason(
        'suspect', 'the page could not be read to its end, anchor not found', _BROWSER
    ),
    'drawn-by-script': Reason(
        'suspect', 'anchor not found, but scripts make parts of the page', _BROWSER
    ),
    'route': Reason('suspect', 'a fragment for the scripts of the page', _BROWSER),
    'scheme': Reason('unchecked', 'not a web address'),
    'no-network': Reason('unchecked', 'no network'),
    'placeholder': Reason(
        'unchecked', 'an address for examples or local use, where nothing answers'
    ),
    'private': Reason('unchecked', 'private address, not checked'),
    'unchanged': Reason('unchecked', 'not on a line changed since linkcheck_since'),
    'deadline': Reason('unchecked', 'linkcheck_total_timeout was reached'),
    'interrupted': Reason('unchecked', 'the check was interrupted'),
    'internal-error': Reason(
        'unchecked',
        'internal error of the link check',
        'Report it as a bug.',
    ),
    'no-resources': Reason(
        'unchecked', 'this machine ran out of resources', 'Raise its limits.'
    ),
    'no-route': Reason('unchecked', 'no route from this machine to its address'),
    'misconfigured': Reason('unchecked', 'a setting is wrong', 'Correct it.'),
    'local-fault': Reason('unchecked', 'this machine does not let us connect'),
    'ignored': Reason('ignored', 'linkcheck_ignore matches it'),
    'excluded': Reason('ignored', 'linkcheck_exclude_documents matches its page'),
    'nolinkcheck': Reason('ignored', 'marked with nolinkcheck where it stands'),
    'ignored-redirect': Reason(
        'ignored', 'redirects to an address that linkcheck_ignore matches'
    ),
}

#: The reasons for "dead" after which a link may be alive.
UNSURE = frozenset({'timeout', 'host-silent', 'error'})

#: The reasons for "unchecked" that are nothing but this machine's refusal.
KEPT_OUT = frozenset({'local-fault', 'no-route'})
#: The reasons for "unchecked" after which a check didn't do all that it should have.
UNFINISHED = frozenset(
    {
        'interrupted',
        'deadline',
        'no-network',
        'no-resources',
        'misconfigured',
        'internal-error',
    }
)

#: The reasons whose message says nothing that the reason doesn't.
PLAIN = frozenset(
    {
        'ok',
        'not-found',
        'gone',
        'unauthorized',
        'no-anchor',
        'no-file',
        'no-host',
        'refused',
        'redirect-loop',
        'tls-expired',
        'tls-host',
        'tls-self-signed',
        'tls-issuer',
        'timeout',
        'host-silent',
        'challenge',
        'rate-limited',
        'unavailable',
        'undecodable',
        'no-network',
        'interrupted',
    }
)
