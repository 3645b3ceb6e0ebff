"""What is known of a link: where it stands, what was seen of it, what that means."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Set

#: How an attempt to reach a page ended, before anybody judges it.
Ending = Literal[
    'answered',  # with a status code, good or bad
    'invalid-url',  # it can't be asked for at all
    'no-host',  # the name has no address
    'no-network',  # no name server, no proxy: nothing could be asked
    'no-route',  # no way leads from this machine to any of its addresses
    'refused',  # nobody listens there
    'unreachable',  # no way leads there, as far as anybody knows
    'reset',  # the connection was dropped, or what came was no HTTP
    'tls',  # no trustworthy connection could be made
    'timeout',  # no answer in time
    'silent',  # not asked: others of its origin had no answer, and none had one
    'rate-limited',  # its host asks for longer pauses than are waited for
    'redirects',  # too many of them, or in a circle
    'forbidden',  # a redirect led where none may: inward, or to another scheme
    'ignored-redirect',  # a redirect led to an address that linkcheck_ignore matches
    'shortage',  # this machine had too little of something to ask
    'local-fault',  # something else on this machine kept us from asking
    'misconfigured',  # a setting was wrong, so it was not asked
    'internal-error',  # a mistake in this program; the message says what
    'unasked',  # the time for the whole check was over, or it was interrupted
]

#: What is said of a link in the end (`verdicts.REASONS` has why).
Kind = Literal[
    'working',
    'moved',
    'dead',
    'timed out',
    'blocked',
    'suspect',
    'unchecked',
    'ignored',
]


class Place(NamedTuple):
    """Where a link stands."""

    docname: str
    path: str  #: The file that holds it, relative to the source folder.
    line: int  #: 0 where nobody knows.
    #: Whether the link is written on that line, or only in the block there.
    exact: bool = True


class Found(NamedTuple):
    """A link at one place, as it is to be checked."""

    uri: str
    place: Place
    silenced: bool = False  #: Whether it is marked there as not to be checked.
    processed: bool = False  #: Whether `linkcheck-process-uri` made another of it.


#: Statuses of redirects that say "for good" (RFC 9110, 15.4).
PERMANENT = frozenset({301, 308})


class Hop(NamedTuple):
    """A redirect that was followed, or should have been."""

    url: str  #: Where it came from.
    status: int
    target: str  #: Where it led, absolute.


class Anchors(NamedTuple):
    """What a link to a page can lead to, as far as the page was read."""

    #: Those that are wanted, of all elements, and names of ``<a>``.
    ids: frozenset[str] = frozenset()
    drawn: frozenset[str] = frozenset()  #: Those that scripts may make.
    lines: int = 0  #: How many lines of code its scripts show.
    is_frame: bool = False  #: Whether it has scripts, and hardly any text.
    has_scripts: bool = False
    whole: bool = True  #: Whether the page was read to its end.
    has_headings: bool = False  #: Whether it has ids that its users chose, on GitHub.
    absent: frozenset[str] = frozenset()  #: Those that its site says it hasn't.


class Wanted:
    """The anchors that a page is read for.

    *spell* returns the ids that an anchor may have there.
    """

    def __init__(
        self, anchors: Iterable[str], spell: Callable[[str], Iterable[str]]
    ) -> None:
        self._spell = spell
        self._groups = [frozenset(spell(one)) for one in dict.fromkeys(anchors)]
        #: All ids that matter.  A page may have any number of others.
        self.ids: frozenset[str] = frozenset().union(*self._groups)

    def only(self, anchor: str) -> Wanted:
        """Return what is wanted where an *anchor* takes the place of these."""
        return Wanted([anchor], self._spell)

    def reader(self) -> Callable[[Set[str]], bool]:
        """Return what says whether a growing set of ids has all of them."""
        missing = self._groups[::-1]

        def has_all(ids: Set[str]) -> bool:
            while missing and not missing[-1].isdisjoint(ids):
                missing.pop()
            return not missing

        return has_all


class Evidence(NamedTuple):
    """What was seen when one page was asked for, once for all of its anchors.

    *url* is without a fragment.  All text of the server's is as it came: whoever shows
    it has to escape it.
    """

    url: str
    ending: Ending
    status: int = 0  #: Of the last answer; 0 without one.
    final_url: str = ''  #: After all redirects.
    hops: tuple[Hop, ...] = ()
    headers: Mapping[str, str] = MappingProxyType({})  #: Lower-case names.
    body: str = ''  #: The beginning of it, decoded; '' if it wasn't read.
    anchors: Anchors | None = None  #: None if it wasn't read for them.
    has_anchors: bool = False  #: Whether it is of a type that can have anchors.
    undecodable: bool = False  #: Whether the body is in no known charset.
    message: str = ''  #: The library's own words for an error.
    x509_code: int = 0  #: OpenSSL's verdict on the certificate (X509_V_ERR_*).
    root_status: int = 0  #: Of the site's front page, asked if the page is refused.
    unresolved: bool = False  #: Whether the time was over before its name was known.
    connected: bool = False  #: Whether a server took a connection.
    reused: bool = False  #: Whether a connection had served another request before.
    desynchronized: bool = False  #: Whether that one may have brought another answer.
    crowded: bool = False  #: Whether other pages of its host lead to the same one.
    seconds: float = 0.0  #: How long it took.


class Verdict(NamedTuple):
    """What the evidence means for one link."""

    kind: Kind
    reason: str  #: A key of `verdicts.REASONS`.
    message: str = ''  #: For people; for a moved link, where it is now.
    code: int = 0  #: Of the redirect, for output.json.


class Judged(NamedTuple):
    """A link with the verdict on it."""

    uri: str
    places: tuple[Place, ...]  #: Where it is to be checked; else where it isn't.
    verdict: Verdict
    evidence: Evidence | None = None  #: None if nobody was asked.
    #: How many more places it has, on pages that are not to be checked.
    excluded: int = 0
    known: bool = False  #: Whether it is accepted as dead.
    archived: str = ''  #: Where a copy is to be read, if somebody said so.
    since: str = ''  #: The first day on which it failed, YYYY-MM-DD.
    failures: int = 0  #: On how many days it did; 0 if it doesn't.
    fails: bool = False  #: Whether it makes the whole check fail.
    silenced: tuple[Place, ...] = ()  #: More places, where it is marked as ignored.
    #: Whether it is only on lines that haven't changed since `linkcheck_since`.
    unchanged: bool = False
