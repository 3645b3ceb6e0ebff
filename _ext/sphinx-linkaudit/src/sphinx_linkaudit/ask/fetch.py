"""Says which requests are made for a page, in a bounded time, and what was seen."""

from __future__ import annotations

import math
import time
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from sphinx_linkaudit.ask.adapter import MAX_POOLS, Adapter
from sphinx_linkaudit.ask.address import LOOPBACK, PUBLIC, address_class
from sphinx_linkaudit.ask.attempt import Attempt, Watchdog
from sphinx_linkaudit.ask.capacity import Capacity
from sphinx_linkaudit.ask.connect import Net
from sphinx_linkaudit.ask.exchange import Exchange
from sphinx_linkaudit.ask.preflight import check
from sphinx_linkaudit.ask.race import Race, SharedAnswers
from sphinx_linkaudit.ask.resolve import Resolver
from sphinx_linkaudit.ask.route import Routes
from sphinx_linkaudit.records import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx_linkaudit.ask.address import Classify
    from sphinx_linkaudit.ask.resolve import Resolve
    from sphinx_linkaudit.ask.settings import Settings
    from sphinx_linkaudit.records import Ending, Wanted

UNLIMITED = Capacity()
#: The share of the time that a HEAD has for itself, before a GET is sent beside it.
HEAD_SHARE = 0.25
#: Seconds that it has at least: a busy machine is no silent server.
MIN_LEAD = 2.0
#: Bytes up to which a page may be no more than a redirect in HTML.
MAX_STUB_BYTES = 2048
#: So many pages of an origin in a row that small, and its others are read at once.
MANY_STUBS = 8
#: So many of all origins in a row, and so are those of any origin.
ALL_STUBS = 24
#: Requests of a page that there is more time for, where they are kept apart.
REQUESTS = 4
#: Redirects of an origin that are confirmed, if all of them are; then it is trusted.
CONFIRMATIONS = 2

#: Answers to HEAD that say that there is a page: all that have a meaning (but 202).
_GOOD = frozenset({200, 201, *range(203, 209), 226})
#: Answers to HEAD that say as much as an answer to GET would.
_FINAL_FOR_HEAD = frozenset({401, 429, 503})
#: Answers with which a server refuses what it has, or all to whom it doesn't like.
_REFUSALS = frozenset({403, 406, 412, 418})
#: Answers that ask for another try later: to confirm them would be one too early.
_LATER = frozenset({429, 503})
#: Ends of a HEAD after which a GET may well succeed: servers drop what they don't know.
_GET_AFTER: frozenset[Ending] = frozenset({'reset', 'redirects'})
#: Endings that no server caused: another connection would end the same way.
_NOT_ANSWERED: frozenset[Ending] = frozenset(
    {
        *('timeout', 'shortage', 'local-fault', 'misconfigured', 'no-network'),
        *('no-route', 'invalid-url'),
    }
)


class Fetcher:
    """Asks for pages; safe to use from many threads at once.

    *resolve* takes the place of `socket.getaddrinfo`, *classify* that of
    `address_class`; connections are kept for *pools* hosts, as the *capacity* of this
    machine allows.
    """

    def __init__(
        self,
        settings: Settings,
        resolve: Resolve | None = None,
        classify: Classify = address_class,
        pools: int = MAX_POOLS,
        capacity: Capacity = UNLIMITED,
    ) -> None:
        self.settings = settings
        self.resolver = Resolver(resolve, capacity.lookups)
        self.routes = Routes(settings, classify)
        self._watchdog = Watchdog()
        self._net = net = Net(self.resolver, classify, descriptors=capacity.descriptors)
        self._adapter = Adapter(net, settings.host_connections, pools)
        net.release = self._adapter.release
        self._exchange = Exchange(settings, self._adapter, self.routes)
        self._shared = SharedAnswers()
        self._live: dict[Attempt, str] = {}  #: The hosts of attempts under way.
        #: Origins whose connections have brought one answer for another.
        self._desynchronized: set[tuple[str, str]] = set()
        self._confirmed: Counter[tuple[str, str]] = Counter()  #: By origin.
        #: By origin, how many of its last pages were as short as a redirect in HTML.
        self._stubs: Counter[tuple[str, str]] = Counter()
        self._all_stubs = 0  #: The same of all origins together.
        if not settings.tls_verify:
            disable_warnings(InsecureRequestWarning)

    def start(self) -> None:
        """See whether anything can be asked for, and get ready for it.

        :raises MisconfiguredError: if a setting or the environment is in the way.
        :raises RuntimeError: if the system allows no thread.
        """
        check(self.settings, self._adapter.contexts)
        self._watchdog.start()

    def close(self) -> None:
        """Close all connections; what is under way fails."""
        self._watchdog.close()
        for attempt in self._live.copy():
            attempt.end()
        self._adapter.close()

    def fetch(
        self,
        url: str,
        wanted: Wanted | None = None,
        seconds: float = math.inf,
        *,
        as_browser: bool = False,
        reads: bool = False,
        fresh: bool = False,
    ) -> Evidence:
        """Ask for the page at *url*, which has no fragment, and say what was seen.

        It is read for the anchors that are *wanted*; without them, none is looked for.
        It ends within *seconds* and the settings' timeout.  With *as_browser*, the page
        is asked for with a browser's headers; with *reads*, by GET even if nothing is
        wanted; with *fresh*, no connection is used that has served another request.  If
        it raises, that is a bug of ours.
        """
        start = time.monotonic()
        deadline = start + min(seconds, self.timeout_for(url))
        if as_browser or reads:
            evidence = self._attempt(
                'GET', url, deadline, wanted, as_browser=as_browser, fresh=True
            )
        else:
            evidence = self._ask(url, deadline, wanted, fresh=fresh)
        return evidence._replace(seconds=time.monotonic() - start)

    def timeout_for(self, url: str) -> float:
        """Return the seconds for a page in all."""
        timeout = self.settings.timeout_for(url) or self.settings.timeout
        # The delay between requests is no fault of the host.
        return timeout + REQUESTS * self.settings.delay_for(url)

    def read(self, url: str, seconds: float) -> Evidence:
        """Ask for the page at *url* within *seconds*, to see how it begins."""
        return self._attempt('GET', url, time.monotonic() + seconds)

    def _ask(
        self,
        url: str,
        deadline: float,
        wanted: Wanted | None,
        *,
        fresh: bool,
    ) -> Evidence:
        """Ask for a page, and for its site's front page if it is refused."""
        fresh = fresh or _origin_of(url) in self._desynchronized
        evidence = self._ask_by_any(url, deadline, wanted, fresh=fresh)
        if self._is_doubtful(evidence, wanted):
            evidence = self._confirm(evidence, deadline, wanted)
        if evidence.status not in _REFUSALS:
            return evidence
        root = urljoin(evidence.final_url, '/')
        # A link that was redirected may have come from anywhere.
        most_private = PUBLIC if evidence.hops else None
        seen = self._ask_once('HEAD', root, deadline, most_private)
        return evidence._replace(root_status=seen.status)

    def _ask_by_any(
        self, url: str, deadline: float, wanted: Wanted | None, *, fresh: bool
    ) -> Evidence:
        """Ask by GET for what has to be read, and by HEAD for everything else."""
        origin = _origin_of(url)
        if wanted:
            return self._attempt('GET', url, deadline, wanted, fresh=fresh)
        if self._stubs[origin] < MANY_STUBS and self._all_stubs < ALL_STUBS:
            return self._head_then_get(url, deadline, fresh=fresh)
        # It would be read after the HEAD, too.
        evidence = self._attempt('GET', url, deadline, fresh=fresh)
        if len(evidence.body) > MAX_STUB_BYTES:
            self._note_size(url, is_stub=False)
        return evidence

    def _head_then_get(self, url: str, deadline: float, *, fresh: bool) -> Evidence:
        """Ask with HEAD, then with GET where that says too little, or nothing yet."""
        _scheme, host = _origin_of(url)
        lanes = self.settings.lanes_for(url) or self.settings.host_connections
        race = Race(
            lambda begin: self._attempt('GET', url, deadline, begin=begin),
            lambda: sum(one == host for one in self._live.copy().values()) < lanes,
        )
        now = time.monotonic()
        lead = max(MIN_LEAD, (deadline - now) * HEAD_SHARE)
        if now + lead < deadline:
            alarm = self._watchdog.at(now + lead, race.start)
            head = self._attempt(
                'HEAD', url, deadline, begin=race.note_head, fresh=fresh
            )
            self._watchdog.cancel(alarm)
        else:
            head = self._attempt('HEAD', url, deadline, fresh=fresh)
        is_stub = _may_be_stub(head)
        if head.ending == 'answered' and head.status == 200:
            self._note_size(url, is_stub=is_stub)
        if is_stub:
            if race.is_on():
                page = race.lost_by(head, deadline)
            else:
                page = self._attempt('GET', url, deadline, fresh=fresh)
            # Where it leads in HTML may be nothing.
            is_known = page.ending == 'answered' or page.hops
            return page if is_known else head
        if head.ending == 'answered' and (_is_good(head) or _is_final(head)):
            return race.won_by(head)
        if race.is_on():
            return race.lost_by(head, deadline)
        if not (
            head.ending == 'answered' or head.ending in _GET_AFTER or race.gave_way
        ):
            return head
        # Some servers send a body after HEAD: it must not be taken for this answer.
        return self._attempt('GET', url, deadline, fresh=True)

    def _note_size(self, url: str, *, is_stub: bool) -> None:
        """Note whether a page was as short as a redirect in HTML."""
        origin = _origin_of(url)
        self._stubs[origin] = self._stubs[origin] + 1 if is_stub else 0
        self._all_stubs = self._all_stubs + 1 if is_stub else 0

    def _is_doubtful(self, evidence: Evidence, wanted: Wanted | None) -> bool:
        """Whether it may be the answer to another request.

        A server that sends more than it should leaves it behind on the connection,
        where the next request takes it for its own answer.
        """
        if not evidence.reused or evidence.ending in _NOT_ANSWERED:
            return False
        if evidence.desynchronized or _origin_of(evidence.url) in self._desynchronized:
            return True
        if evidence.status in _LATER:
            return False
        if evidence.hops and self._confirmed[_origin_of(evidence.url)] < CONFIRMATIONS:
            return True
        if evidence.ending != 'answered' or evidence.status >= 400:
            return True
        anchors = evidence.anchors
        return bool(wanted and anchors and not wanted.reader()(anchors.ids))

    def _confirm(
        self, evidence: Evidence, deadline: float, wanted: Wanted | None
    ) -> Evidence:
        """Ask again, by a new connection; what it sees is what counts."""
        url = evidence.url
        again = self._ask_by_any(url, deadline, wanted, fresh=True)
        origin = _origin_of(url)
        if again.hops == evidence.hops and again.status == evidence.status:
            self._confirmed[origin] += 1
        elif again.ending == evidence.ending == 'answered':
            # That was the answer to another request, and good ones may be, too.
            self._desynchronized.add(origin)
        is_late = again.ending == 'timeout'
        return (
            evidence._replace(ending='timeout', message=again.message)
            if is_late
            else again
        )

    def _ask_once(
        self, method: str, url: str, deadline: float, most_private: int | None = None
    ) -> Evidence:
        """Ask for a page by one method, once for each origin."""
        return self._shared.get(
            (method, *urlsplit(url)[:2], most_private),
            # Its headers would be kept as long as there is this fetcher.
            lambda: self._attempt(
                method, url, deadline, most_private=most_private
            )._replace(headers={}),
            lambda: Evidence(url, 'timeout'),
            deadline,
        )

    def _attempt(
        self,
        method: str,
        url: str,
        deadline: float,
        wanted: Wanted | None = None,
        begin: Callable[[Attempt], None] | None = None,
        most_private: int | None = None,
        *,
        as_browser: bool = False,
        fresh: bool = False,
    ) -> Evidence:
        """Make one request, and those it redirects to; *begin* gets the attempt."""
        if most_private is None:
            most_private = PUBLIC if self.settings.deny_private else LOOPBACK
        attempt = Attempt(deadline, most_private, fresh=fresh)
        alarm = self._watchdog.at(deadline, attempt.end)
        self._live[attempt] = _origin_of(url)[1]
        try:
            if begin is not None:
                begin(attempt)
            with attempt:
                evidence = self._exchange.ask(
                    method, url, attempt, wanted, as_browser=as_browser
                )
            is_odd = not attempt.used.isdisjoint(self._net.desynchronized)
            if evidence.reused and is_odd:
                evidence = evidence._replace(desynchronized=True)
            return evidence
        finally:
            self._watchdog.cancel(alarm)
            del self._live[attempt]


def _is_good(head: Evidence) -> bool:
    """Whether there is a page, as far as HEAD tells.

    Firewalls answer with 202, and with codes of their own, what is a challenge if one
    reads on.
    """
    return head.status in _GOOD or head.status // 100 == 3


def _is_final(head: Evidence) -> bool:
    """Whether a GET would be refused as HEAD was.

    A 401 says how to log in (RFC 9110, 15.5.2), and others when to come again; where it
    doesn't, a firewall may have sent it, and what its page says is needed.
    """
    if head.status not in _FINAL_FOR_HEAD:
        return False
    if head.status == 401:
        return 'www-authenticate' in head.headers
    return 'retry-after' in head.headers or head.headers.get('content-length') == '0'


def _may_be_stub(head: Evidence) -> bool:
    """Whether a page is as short as those that do nothing but lead to another."""
    length = head.headers.get('content-length', '')
    return (
        head.ending == 'answered'
        and head.status == 200
        and 'html' in head.headers.get('content-type', '').lower()
        and length.isdecimal()
        and 0 < int(length[:9]) <= MAX_STUB_BYTES
    )


@lru_cache(maxsize=1024)
def _origin_of(url: str) -> tuple[str, str]:
    scheme, _, netloc = url.partition('://')
    for end in '/?#':
        netloc = netloc.partition(end)[0]
    return scheme, netloc
