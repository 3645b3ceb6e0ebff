"""Asks for pages in the order of the schedule, as the settings say."""

from __future__ import annotations

import math
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sphinx.builders import linkcheck
from sphinx.locale import __
from sphinx.util import logging

from sphinx_linkaudit.ask.capacity import capacity
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.forge import api_url
from sphinx_linkaudit.ask.pace import reset_after, retry_after
from sphinx_linkaudit.ask.preflight import MisconfiguredError
from sphinx_linkaudit.judge.anchors import doubt_of, finder_of
from sphinx_linkaudit.judge.marks import is_rate_limited, mark_of, telling_headers
from sphinx_linkaudit.judge.soft import soft_signs
from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.options import (
    has_github_login,
    hosts_of,
    policy_of,
    settings_of,
    tries_of,
    workers_of,
)
from sphinx_linkaudit.records import Evidence
from sphinx_linkaudit.schedule.outcome import (
    CutShort,
    Done,
    GiveUp,
    HostPause,
    Limits,
    NoThreadError,
    Outcome,
    Retry,
    Shortage,
)
from sphinx_linkaudit.schedule.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sphinx.config import Config

    from sphinx_linkaudit.schedule.outcome import Progress, Sign

logger = logging.getLogger(__name__)

#: Seconds in which something has to be heard of somebody, if there is a network.
NETWORK_PATIENCE = 20.0
#: Seconds before a page is asked again that failed in a way which may pass.
RETRY_PAUSE = 2.0
#: Seconds of a pause that a 403 may ask for: it may mean that page alone, for ever.
LONGEST_REFUSAL = 30.0
#: Characters that are kept of a message.
MAX_MESSAGE_CHARS = 2_000
#: Tries of a page whose failure looks transient, where nobody says how many.
TRANSIENT_TRIES = 2

#: What a server says that is busy for a moment, or its gateway while it is restarted;
#: those from 520 on are Cloudflare's.
_TRANSIENT_STATUSES = frozenset({408, 425, 502, 503, 504, *range(520, 525)})
#: What else may pass, but takes long or is likely to stay.
_PASSING_ENDINGS = frozenset({'timeout', 'unreachable', 'no-network', 'no-route'})


@dataclass(eq=False, slots=True)
class PageJob:
    """A page to ask for, once for all links to it and its anchors."""

    url: str
    links: dict[str, str] = field(default_factory=dict)  #: By URI, their anchors.
    evidence: Evidence | None = None  #: Of the last try.
    pauses: int = 0  #: Of its host, because of a rate limit, that it has waited for.


class Checker:
    """Asks for pages, as the configuration says, and hands out what was seen.

    It takes only the configuration, never the application.
    """

    def __init__(self, config: Config) -> None:
        self.policy = policy_of(config)
        self._hosts = hosts_of(config)
        #: URLs of pages whose hosts are rate-limited, to be reported.
        self.paused: SimpleQueue[str] = SimpleQueue()
        self._is_ready = False
        self._began = time.monotonic()
        #: Those whose servers took a connection, but did not answer.
        self._connected: set[tuple[str, str]] = set()
        #: By origin, how many pages aren't there for a browser either.
        self._gone: Counter[tuple[str, str]] = Counter()
        room = capacity()
        self._fetcher = Fetcher(settings_of(config), capacity=room)
        #: What keeps all links from being asked for.
        self.problem: MisconfiguredError | None = None
        #: Jobs that were not begun because of that, or because no thread could be had.
        self._unasked: list[tuple[PageJob, Evidence]] = []
        self._asks_github = has_github_login(config)
        tries = tries_of(config)
        self._retries_all = tries is not None
        self._longest_pause = float(config.linkcheck_rate_limit_timeout)
        self._scheduler: Scheduler[PageJob, Evidence] = Scheduler(
            self._run,
            on_error=_failed,
            on_silent=self._silent,
            on_rate_limit=_rate_limited,
            workers=workers_of(config),
            most=room.workers,
            host_workers=config.linkcheck_host_workers,
            tries=tries or TRANSIENT_TRIES,
            rate_limit_timeout=self._longest_pause,
            total_timeout=float(config.linkcheck_total_timeout or math.inf),
        )

    def add(self, job: PageJob) -> None:
        """Add a page to be asked for; it may be at once."""
        scheme, netloc = split_safely(job.url)
        origin = scheme, netloc.rpartition('@')[2].lower()
        own = self._hosts.of(job.url)
        seconds = self._fetcher.timeout_for(job.url)
        limits = Limits(own.workers, own.delay, own.retries, seconds)
        if evidence := self._start(job):
            self._unasked.append((job, evidence))
            return
        self._scheduler.add(job, host=host_of(job.url), origin=origin, limits=limits)

    def _start(self, job: PageJob) -> Evidence | None:
        """Get ready to ask for pages; return what is said of *job* if that fails."""
        if not (self._is_ready or self.problem):
            try:
                self._fetcher.start()
                self._scheduler.start()
                self._is_ready = True
            except MisconfiguredError as error:
                self.problem = error
            except RuntimeError as error:  # the system allows no thread
                return _failed(job, NoThreadError(*error.args))
        if self.problem:
            return Evidence(job.url, 'misconfigured', message=self.problem.message)
        return None

    def progress(self) -> Progress:
        """Return how far it is."""
        return self._scheduler.progress()

    def stop(self) -> None:
        """End at once; `results` yields the rest as unasked."""
        self._scheduler.stop()

    def results(
        self, on_wait: Callable[[], None] | None = None
    ) -> Iterator[tuple[PageJob, Evidence]]:
        """Yield what was seen of each page; no more can be added.

        Now and then, while there is nothing to yield, *on_wait* is called.
        """
        self._scheduler.close()
        yield from self._unasked
        for job, evidence in self._scheduler.results(on_wait):
            yield job, evidence or Evidence(job.url, 'unasked')

    def results_by_now(self) -> Iterator[tuple[PageJob, Evidence]]:
        """Yield what was seen so far, without waiting; more can be added."""
        for job, evidence in self._scheduler.results_by_now():
            yield job, evidence or Evidence(job.url, 'unasked')

    @property
    def warning(self) -> str:
        """What is wrong with the environment, but keeps nothing from being asked."""
        return self._fetcher.routes.warning

    def waits_in_vain(self, *, lost: bool) -> bool:
        """Whether it is time to say that there is no network.

        *lost* is whether anything seen so far looks like that.
        """
        resolver = self._fetcher.resolver
        return (
            time.monotonic() - self._began > NETWORK_PATIENCE
            and not resolver.answered
            and (lost or resolver.is_waiting())
        )

    def heard_a_name_server(self) -> bool:
        """Whether a name server has said where any host is."""
        return self._fetcher.resolver.answered

    def close(self) -> None:
        """Let go of all connections."""
        self._scheduler.stop()
        self._fetcher.close()

    def _run(self, job: PageJob, seconds: float) -> Outcome[PageJob, Evidence]:
        """Ask for one page and say what that means for the schedule."""
        try:
            return self._ask(job, seconds)
        except MemoryError as error:
            return Shortage(_failed(job, error))

    def _ask(self, job: PageJob, seconds: float) -> Outcome[PageJob, Evidence]:
        start = time.monotonic()
        # More links to the page may be found meanwhile.
        anchors = [anchor for anchor in tuple(job.links.values()) if anchor]
        finder = finder_of(anchors) if anchors else None
        before = job.evidence
        # Some servers hang up on robots: the next try is a browser's.
        is_hung_up = before is not None and before.ending == 'reset'
        # And some limit or refuse HEAD alone.
        reads = job.pauses > 1 or (before is not None and before.status == 503)
        evidence = self._fetcher.fetch(
            job.url, finder, seconds, as_browser=is_hung_up, reads=reads
        )
        if self._may_be_for_robots(evidence):
            evidence = self._ask_as_browser(evidence, anchors, start, seconds)
        if self._asks_github and evidence.anchors:
            evidence = self._ask_github(evidence, anchors, start, seconds)
        is_good = evidence.ending == 'answered' and evidence.status < 400
        if is_good and any(soft_signs(evidence)):
            evidence = self._look_closer(evidence, start, seconds)
        pause = self._pause_of(evidence)
        evidence = evidence._replace(
            headers=telling_headers(evidence.headers), message=_short(evidence.message)
        )
        if evidence.connected and not evidence.hops:
            self._connected.add(split_safely(job.url))
        own_host = not evidence.hops
        sign = _sign(evidence)
        if mark_of(evidence):
            # Waiting doesn't help a robot.
            return Done(evidence, sign)
        if evidence.status == 429 or (
            evidence.status == 503 and 'retry-after' in evidence.headers
        ):
            if pause is None:
                pause = linkcheck.DEFAULT_DELAY
            job.evidence = _waiting(evidence)
            job.pauses += 1
            self.paused.put(job.url)
            return HostPause(pause, host_of(evidence.final_url))
        longest = min(self._longest_pause, LONGEST_REFUSAL)
        if is_rate_limited(evidence) and pause is not None and pause < longest:
            job.evidence = _waiting(evidence)
            return Retry(job.evidence, sign, pause)
        match evidence.ending:
            case 'no-host' if own_host:
                return GiveUp(evidence, 'name', _copy_for(evidence))
            case 'refused' if own_host:
                return GiveUp(evidence, 'origin', _copy_for(evidence))
            case 'shortage':
                return Shortage(evidence)
            case 'timeout' if seconds < self._fetcher.timeout_for(job.url):
                return CutShort(evidence, sign)
        is_transient = (
            evidence.ending == 'reset' or evidence.status in _TRANSIENT_STATUSES
        )
        may_pass = evidence.ending in _PASSING_ENDINGS or evidence.status >= 500
        own = self._hosts.of(job.url)
        retries_all = self._retries_all or own.retries is not None
        if is_transient or (may_pass and retries_all):
            job.evidence = _waiting(evidence)
            return Retry(job.evidence, sign, RETRY_PAUSE)
        return Done(evidence, sign)

    def _pause_of(self, evidence: Evidence) -> float | None:
        """Return the seconds of the pause that a host asks for, None if for none."""
        seconds = retry_after(evidence.headers.get('retry-after', ''))
        if seconds is not None:
            return seconds
        seconds = reset_after(evidence.headers)
        # There are limits for an hour beside those for a minute.
        is_short = seconds is not None and seconds < self._longest_pause
        return seconds if is_short else None

    def _look_closer(
        self, evidence: Evidence, start: float, seconds: float
    ) -> Evidence:
        """Read a page that may be an error page, if only its head was asked for."""
        if evidence.body:
            return evidence
        url = evidence.url
        read = self._fetcher.read(url, self._remaining(url, start, seconds))
        is_good = read.ending == 'answered' and read.status < 400
        return read if is_good else evidence

    def _ask_github(
        self, evidence: Evidence, anchors: list[str], start: float, seconds: float
    ) -> Evidence:
        """Ask GitHub's API for those *anchors* that its scripts draw."""
        found, absent = set(), set()
        for anchor in map(unquote, anchors):
            url = api_url(evidence.final_url, anchor)
            if not url or doubt_of(evidence, anchor) != 'drawn-by-script':
                continue
            seen = self._fetcher.fetch(url, None, self._remaining(url, start, seconds))
            if seen.status == 200:
                found.add(anchor)
            elif seen.status in {404, 410}:
                absent.add(anchor)
        known = evidence.anchors
        assert known
        known = known._replace(ids=known.ids | found, absent=frozenset(absent))
        return evidence._replace(anchors=known)

    def _may_be_for_robots(self, evidence: Evidence) -> bool:
        """Whether a browser may have another answer."""
        is_refused = evidence.ending == 'answered' and evidence.status in _FOR_ROBOTS
        if not is_refused:
            return evidence.ending == 'redirects'
        if evidence.status == 404 and self._gone[split_safely(evidence.url)] >= _GONE:
            return False
        return mark_of(evidence) is None and not is_rate_limited(evidence)

    def _ask_as_browser(
        self, evidence: Evidence, anchors: list[str], start: float, seconds: float
    ) -> Evidence:
        """Ask once more, as a browser does; that answer counts, if it is good."""
        again = self._fetcher.fetch(
            evidence.url,
            finder_of(anchors) if anchors else None,
            self._remaining(evidence.url, start, seconds),
            as_browser=True,
        )
        is_better = again.ending == 'answered' and (
            again.status < 400 or mark_of(again) is not None
        )
        if again.status == evidence.status == 404:
            self._gone[split_safely(evidence.url)] += 1
        return again if is_better else evidence

    def _silent(self, job: PageJob) -> Evidence:
        """Return what is said of a link whose origin has answered no other."""
        return job.evidence or Evidence(
            job.url,
            'silent',
            message='host silent',
            connected=split_safely(job.url) in self._connected,
        )

    def _remaining(self, url: str, start: float, seconds: float) -> float:
        """Return how many of the *seconds* since *start* a page still has."""
        allowed = min(seconds, self._fetcher.timeout_for(url))
        return start + allowed - time.monotonic()


def _short(message: str) -> str:
    """Return what is kept of a *message*, in which a server may say a lot."""
    if len(message) <= MAX_MESSAGE_CHARS:
        return message
    # First, for part of a secret isn't known for one.
    return masked(message)[:MAX_MESSAGE_CHARS]


#: Statuses with which servers turn robots away.
_FOR_ROBOTS = frozenset({400, 403, 404, 405, 406, 409, 412, 415, 418, 451, 999})
#: Pages of an origin that a browser doesn't find either, after which it isn't asked
#: for others that aren't there.
_GONE = 3


def _sign(evidence: Evidence) -> Sign:
    """Return what a page shows of its server."""
    if evidence.ending in {'answered', 'ignored-redirect', 'tls'} or evidence.hops:
        return 'answered'
    if evidence.ending == 'timeout':
        return 'timed out' if evidence.connected else 'unconnected'
    return 'unclear'


def _waiting(evidence: Evidence) -> Evidence:
    """Return what is kept while a page waits for another try: not its text."""
    return evidence._replace(body='', anchors=None)


def _copy_for(evidence: Evidence) -> Callable[[PageJob], Evidence]:
    return lambda job: evidence._replace(url=job.url)


def _failed(job: PageJob, error: BaseException) -> Evidence:
    """Return evidence of a mistake in this program, which is no verdict on the page."""
    message = f'{type(error).__name__}: {error}'
    if isinstance(error, MemoryError | NoThreadError):
        return Evidence(job.url, 'shortage', message=message)
    text = ''.join(traceback.format_exception(error))
    logger.error(
        __('internal error while %s was checked:\n%s'),
        masked(job.url),
        masked(text),
        type='linkcheck',
        subtype='internal-error',
    )
    return Evidence(job.url, 'internal-error', message=message)


def _rate_limited(job: PageJob) -> Evidence:
    message = f'429 Client Error: Too Many Requests for url: {job.url}'
    return job.evidence or Evidence(job.url, 'rate-limited', message=message)


def split_safely(url: str) -> tuple[str, str]:
    """Return scheme and network location of *url*, whatever it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return '', url
    return parts.scheme, parts.netloc


def host_of(url: str) -> str:
    """Return the host of *url*, without port and in lower case, whatever it is."""
    _scheme, netloc = split_safely(url)
    host, colon, port = netloc.rpartition('@')[2].rpartition(':')
    is_port = colon and not port.endswith(']')
    return (host if is_port else f'{host}{colon}{port}').lower()
