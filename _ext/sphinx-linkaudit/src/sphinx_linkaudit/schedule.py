"""Says which job runs when: hosts, lanes, politeness, deadlines, breakers."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

#: Threads at most, where nobody says how many.  Each host that hangs holds `PROBES` of
#: them for a whole timeout, each other wants one: 143 hosts, 30 of them hung, make 173.
#: Many more would meet the usual limit of 1,024 open files, at two or three a thread.
ENOUGH_WORKERS = 256

#: Threads at first, and how many more at a time, where nobody says how many.
FEW_WORKERS = 8
#: Seconds between two decisions to have more.
GROWTH_PAUSE = 0.02
#: The share of a processor's time beyond which more threads only fight for it.
BUSY_SHARE = 0.7

#: Jobs begun at a time of an origin that hasn't answered: as many as its breaker wants
#: to see time out, so that a hung origin costs one timeout and few threads.
PROBES = 2
#: Seconds after which more of its jobs are begun, as many as its host has lanes: the
#: first ones may be slow pages.  They begin within so many seconds, or a hung origin
#: would cost two timeouts.
MORE_PROBES_AFTER = 0.25
MORE_PROBES_WITHIN = 0.5
#: The share of workers that begin them, if nobody else wants these.
MORE_PROBES_SHARE = 0.5
#: Half of the lanes wait for what they have begun.  In the others each job has this
#: share of its time, at least so many seconds, and makes room for the next: so twenty
#: links of an origin are tried in the time of one.
SHORT_SHARE = 0.25
MIN_SHORT = 2.0

#: Pauses of a job for which this machine has too little, and seconds of the first one.
LACKS = 5
LACK_PAUSE = 0.5
#: Seconds in which no more jobs run at once than those for which there was enough.
LACK_SECONDS = 5.0

MIN_PAUSE = 0.1  #: Seconds that a host is left alone at least, even if it asks for 0.

#: Seconds of one wait for a result that is watched.
TICK = 0.2
#: Seconds of any other: on Windows no Ctrl-C gets into a longer one.
PATIENCE = TICK if sys.platform == 'win32' else None

# Of the jobs that may run, the one of the lowest turn does.
FIRST = -1  #: Turn of the first job of a host; the others count up from it.
AGAIN = sys.maxsize  #: Turn of whatever is tried again.
NEVER = AGAIN + 1  #: Turn of a host that isn't listed.

_J = TypeVar('_J')
_R = TypeVar('_R')
_T = TypeVar('_T')

#: What a job showed of its origin: 'answered' if anything came (an error, a redirect, a
#: TLS alert), 'timed out' if nothing did in time, 'unconnected' if there was not even a
#: connection, 'unclear' if it can't be told.
Sign = Literal['answered', 'timed out', 'unconnected', 'unclear']


@dataclass(frozen=True, slots=True)
class Done(Generic[_R]):
    """The job is settled."""

    result: _R
    sign: Sign


@dataclass(frozen=True, slots=True)
class Retry(Generic[_R]):
    """The job runs again after a pause, unless it has used up its tries."""

    result: _R  #: What the job is settled with if there is no other try.
    sign: Sign
    after: float  #: Seconds.


@dataclass(frozen=True, slots=True)
class Unfinished(Generic[_R]):
    """The job took all the seconds that it was given, which were fewer than usual.

    It runs again once its origin has answered, which counts as no try.
    """

    result: _R  #: What the job is settled with if these were all there are.
    sign: Sign


@dataclass(frozen=True, slots=True)
class HostPause:
    """A host asked to be left alone; the job runs again then, which counts as no try.

    A host that asks again right after a pause gets one at least twice as long, and
    after each a single job has to come back before others of the host run.
    """

    seconds: float  #: What it asked for: any number, even a negative one or NaN.
    host: str = ''  #: The one that asked, if not the job's own (after a redirect).
    sign: ClassVar[Sign] = 'answered'


@dataclass(frozen=True, slots=True)
class Settle(Generic[_J, _R]):
    """The job is settled, and so is the rest of *scope*, what is running aside.

    If anything in *scope* has answered before, only the job itself is.
    """

    result: _R
    scope: Literal['name', 'origin']  #: The job's host, or only its origin.
    others: Callable[[_J], _R]  #: Makes the results of the rest, also of later ones.
    sign: ClassVar[Sign] = 'unclear'


@dataclass(frozen=True, slots=True)
class Lack(Generic[_R]):
    """This machine has too little to run the job now.

    It runs again after a pause, which counts as no try, and fewer jobs run at once for
    some time.  After `LACKS` pauses, each twice as long as the last, it is settled.
    """

    result: _R
    sign: ClassVar[Sign] = 'unclear'


class NoThreadError(RuntimeError):
    """The system allows no thread to run jobs in."""


Outcome = Settle[_J, _R] | Done[_R] | Retry[_R] | Unfinished[_R] | HostPause | Lack[_R]


class Limits(NamedTuple):
    """What holds for a job and its host, None where the scheduler's own does."""

    workers: int | None = None  #: Jobs of the host at a time.
    delay: float = 0.0  #: Seconds without a new job, after each that begins or ends.
    tries: int | None = None  #: How often the job runs at most.
    seconds: float = math.inf  #: Of one run, at most.


_NO_LIMITS = Limits()


class Progress(NamedTuple):
    """How far a scheduler is, for a display."""

    settled: int
    total: int  #: Added so far.
    #: By host, jobs and seconds since the oldest began; the longest awaited host first.
    in_flight: dict[str, tuple[int, float]]
    paused: dict[str, float]  #: By host, seconds until it is asked again.


class Clock:
    """Time as it goes by; tests have another."""

    def now(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    def spent(self) -> float:
        """Return the seconds of processor time that this process has had."""
        return time.process_time()

    def get(self, queue: SimpleQueue[_T], seconds: float) -> _T:
        """Take from *queue*; raise `queue.Empty` if nothing comes in *seconds*."""
        return queue.get(timeout=min(max(0.0, seconds), threading.TIMEOUT_MAX))


@dataclass(slots=True)
class Breaker:
    """Whether an origin is worth more jobs: not if two timed out and none answered.

    An answer proves it for good: pages may be slow where the server isn't.  So where a
    connection was made, all jobs that were begun have to time out.
    """

    answered: bool = False
    connected: bool = False  #: Whether a job that timed out had a connection.
    late: bool = False  #: Whether a job timed out, in any try.
    silent: int = 0  #: Jobs that timed out in each of their tries.
    probes: int = 0  #: Those, and the ones begun and not settled.

    @property
    def admits(self) -> bool:
        """Whether another job may begin."""
        # One that timed out keeps its place: a third one that took it would be awaited
        # long after the second had tripped the breaker.
        return self.answered or self.probes < PROBES

    def admits_beside(self, lanes: int) -> bool:
        """Whether another job may begin in one of so many lanes, as nobody answers."""
        # Once one has timed out, the others decide soon.
        return not (self.answered or self.late) and self.probes < lanes

    @property
    def tripped(self) -> bool:
        """Whether no answer is to be expected any more."""
        is_slow = self.connected and self.silent < self.probes
        return not self.answered and self.silent >= PROBES and not is_slow

    def note(self, sign: Sign) -> None:
        """Note what a job has shown that is settled, or isn't but has 'answered'."""
        if sign == 'answered':
            self.answered = True
        elif sign in {'timed out', 'unconnected'}:
            self.silent += 1
            self.late = True
            self.connected = self.connected or sign == 'timed out'
        else:
            self.probes -= 1


@dataclass(eq=False, slots=True)
class _Host(Generic[_J, _R]):
    name: str
    origins: dict[Hashable, _Origin[_J, _R]] = field(default_factory=dict)
    others: Callable[[_J], _R] | None = None  #: Settles what is added from now on.
    ready: list[_Entry[_J, _R]] = field(default_factory=list)  #: A heap.
    turn: int | None = None  #: Of the job added last.
    listed: int = NEVER  #: The turn by which the scheduler lists it.
    running: int = 0
    limits: Limits = _NO_LIMITS  #: Those of its first job.
    resting: int = 0  #: How many delays are not over.
    answered: bool = False
    until: float = 0.0  #: When its pause ends; 0 without one.
    pause: float = 0.0  #: Seconds of the last pause; 0 once a job came back after it.
    paused: float = 0.0  #: Seconds in all.


@dataclass(eq=False, slots=True)
class _Origin(Generic[_J, _R]):
    host: _Host[_J, _R]
    others: Callable[[_J], _R] | None  #: As its host's.
    breaker: Breaker = field(default_factory=Breaker)
    #: All that aren't settled.  Heaps may hold more; what is settled is skipped there.
    tasks: dict[_Task[_J, _R], None] = field(default_factory=dict)
    held: list[_Entry[_J, _R]] = field(default_factory=list)  #: By its breaker; a heap.
    is_probed: bool = False  #: Whether it gets more probes, or did.
    #: When the first of its jobs began that it was to be judged by.
    began: float = 0.0
    waiting: int = 0  #: Jobs beside the first that wait for as long as they may.


@dataclass(eq=False, slots=True)
class _Task(Generic[_J, _R]):
    job: _J
    origin: _Origin[_J, _R]
    turn: int
    limits: Limits
    tries: int = 0  #: Those that are over and weren't the last.
    last: Callable[[_J], _R] | None = None  #: Makes the result of the last of them.
    lacks: int = 0  #: How often this machine had too little to run it.
    seconds: float = math.inf  #: Of this run, if it makes room for another.
    was_short: bool = False  #: Whether an earlier one made room.


#: The number keeps entries of one turn in order, and tasks from being compared.
_Entry = tuple[int, int, _Task[_J, _R]]


def _unsettled(_: object) -> None:
    return None


class Scheduler(Generic[_J, _R]):
    """Runs jobs in threads of its own, and hands out their results.

    *run* gets a job and the seconds left for all (`math.inf` without a limit), which it
    may not exceed; it is called in many threads at once.  The other callbacks make
    results, in the thread that takes them: *on_error* where *run* raised, *on_silent*
    where the breaker of an origin tripped, *on_rate_limit* where a host wants pauses of
    more than *rate_limit_timeout* seconds in all.

    At most *workers* jobs run at once (None: enough), and never more than *most*; of
    one host, *host_workers*.  A job runs at most *tries* times.  *total_timeout* is in
    seconds from the first job added.

    Before the first `add` there is no thread and the process may fork; from then until
    `results` has ended it may not.
    """

    def __init__(
        self,
        run: Callable[[_J, float], Outcome[_J, _R]],
        *,
        on_error: Callable[[_J, BaseException], _R],
        on_silent: Callable[[_J], _R],
        on_rate_limit: Callable[[_J], _R],
        workers: int | None = None,
        most: float = math.inf,
        host_workers: int = 8,
        tries: int = 1,
        rate_limit_timeout: float = 300.0,
        total_timeout: float = math.inf,
        clock: Clock | None = None,
    ) -> None:
        """Raise `ValueError` for a number of workers or tries below 1."""
        self._workers = int(min(ENOUGH_WORKERS if workers is None else workers, most))
        #: How many of them there may be by now.
        self._allowed = min(self._workers, FEW_WORKERS if workers is None else workers)
        if min(self._workers, host_workers, tries) < 1:
            msg = f'below 1: {workers=}, {host_workers=} or {tries=}'
            raise ValueError(msg)
        self._run = run
        self._on_error = on_error
        self._on_silent = on_silent
        self._on_rate_limit = on_rate_limit
        self._host_workers = host_workers
        self._tries = tries
        self._rate_limit_timeout = rate_limit_timeout
        self._total_timeout = total_timeout
        self._clock = clock or Clock()

        # Events that aren't processed yet.  Only the thread that holds `_processing`
        # processes them: a worker whose job has ended, or the dispatcher, which other
        # threads wake.  The thread that adds jobs and takes results never holds it, so
        # no Ctrl-C there can leave it locked.
        self._events: deque[Callable[[], None]] = deque()
        self._processing = threading.Lock()
        self._wake: SimpleQueue[None] = SimpleQueue()
        # None is the end.
        self._to_run: SimpleQueue[_Task[_J, _R] | None] = SimpleQueue()
        self._results: SimpleQueue[tuple[_J, Callable[[_J], _R | None]] | None]
        self._results = SimpleQueue()
        self._dispatcher: threading.Thread | None = None
        self._deadline = math.inf
        self._total = 0
        self._closed = False

        # What follows is changed only while `_processing` is held; others may read it.
        self._hosts: dict[str, _Host[_J, _R]] = {}
        self._number = itertools.count()
        # A heap of hosts that may run a task, by its turn; what differs from a host's
        # own word is outdated, and skipped.
        self._listed: list[tuple[int, int, _Host[_J, _R]]] = []
        self._turn = 0  # whose turn it has been
        # Origins that answer nothing, of which more jobs may begin, and until when.
        self._unanswered: deque[tuple[_Origin[_J, _R], float]] = deque()
        # A heap of what is done at a later time.
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._running: dict[_Task[_J, _R], float] = {}  # and since when
        self._paused: dict[_Host[_J, _R], None] = {}
        self._threads = 0
        self._grown = 0.0, 0.0  # when more were allowed, and the time spent by then
        self._received = 0
        self._settled = 0
        self._over = False  # whether nothing is run any more
        self._ending = False  # whether no more jobs come
        self._done = False  # whether all are settled
        self._failure: BaseException | None = None  # what went wrong with all this
        self._alarm = math.inf  # when the dispatcher looks up by itself

    def add(
        self, job: _J, *, host: str, origin: Hashable, limits: Limits | None = None
    ) -> None:
        """Add a *job* that asks an *origin* of a *host*; it may run at once.

        Raise `RuntimeError` after `close` or `stop`.  Only one thread may add.
        """
        if self._closed:
            msg = 'add() after close() or stop()'
            raise RuntimeError(msg)
        self.start()
        self._total += 1
        self._tell(lambda: self._receive(job, host, origin, limits or _NO_LIMITS))

    def start(self) -> None:
        """Get ready for the first job, which `add` does else.

        Raise `RuntimeError` if the system allows no thread.
        """
        if self._dispatcher:
            return
        now = self._clock.now()
        self._deadline = now + self._total_timeout
        self._grown = now, self._clock.spent()
        dispatcher = threading.Thread(target=self._dispatch, daemon=True)
        dispatcher.start()
        # Not before: `results` waits for a dispatcher that is known, for ever.
        self._dispatcher = dispatcher

    def close(self) -> None:
        """Say that no more jobs come: `results` ends when all are settled."""
        self._closed = True
        self._tell(self._end)
        if not self._dispatcher:
            self._results.put(None)

    def stop(self) -> None:
        """End at once: what is running is abandoned, what isn't settled stays so."""
        self._tell(self._abandon)
        self.close()

    def results(
        self, on_wait: Callable[[], None] | None = None
    ) -> Iterator[tuple[_J, _R | None]]:
        """Yield each job with its result, as they come, until there are no more.

        The result is None for a job that `stop` or the total timeout left unsettled.
        Where an exception ended an iteration, a new one goes on.  *on_wait* is called
        every `TICK` seconds in which there is no result.
        """
        while True:
            try:
                item = self._results.get(timeout=TICK if on_wait else PATIENCE)
            except Empty:
                if on_wait:
                    on_wait()
                continue
            if item is None:
                self._results.put(None)  # for whoever asks again
                if self._failure:
                    raise self._failure
                return
            job, make = item
            yield job, make(job)

    def results_by_now(self) -> Iterator[tuple[_J, _R | None]]:
        """Yield what `results` would yield without waiting."""
        with contextlib.suppress(Empty):
            while item := self._results.get_nowait():
                job, make = item
                yield job, make(job)
            self._results.put(None)  # for `results`

    def progress(self) -> Progress:
        """Return how far it is; what this costs grows with threads, not with jobs."""
        now = self._clock.now()
        in_flight: dict[str, tuple[int, float]] = {}
        # The dispatcher goes on meanwhile, but nothing gets in between a copy.
        for task, began in self._running.copy().items():
            name = task.origin.host.name
            jobs, seconds = in_flight.get(name, (0, now - began))
            in_flight[name] = (jobs + 1, seconds)
        paused = {host.name: max(0.0, host.until - now) for host in self._paused.copy()}
        return Progress(self._settled, self._total, in_flight, paused)

    # -- threads ---------------------------------------------------------------------

    def _tell(self, event: Callable[[], None]) -> None:
        """Have the dispatcher process an event."""
        self._events.append(event)
        self._wake.put(None)

    def _dispatch(self) -> None:
        try:
            while not self._done:
                self._process(wait=True)
                seconds = self._alarm - self._clock.now()
                if seconds > 0:
                    with contextlib.suppress(Empty):
                        self._clock.get(self._wake, seconds)
        finally:
            self._results.put(None)
            for _ in range(self._threads):
                self._to_run.put(None)

    def _work(self) -> None:
        while task := self._to_run.get():
            self._run_task(task)
            # While it waits for the next, it remembers nothing of this one.
            del task

    def _run_task(self, task: _Task[_J, _R]) -> None:
        outcome: Outcome[_J, _R] | BaseException
        remaining = max(0.0, self._deadline - self._clock.now())
        remaining = min(remaining, task.seconds)
        if self._over:
            return
        try:
            outcome = self._run(task.job, remaining)
        except BaseException as error:  # noqa: BLE001 (else its job is never settled)
            outcome = error
        self._events.append(partial(self._note, task, outcome))
        self._process()

    def _process(self, *, wait: bool = False) -> None:
        """Process all events, unless another thread does."""
        while self._processing.acquire(blocking=wait):
            try:
                self._step()
            except BaseException as error:  # noqa: BLE001 (`results` raises it)
                # Else a thread that waits for results would wait forever.
                self._done, self._alarm = True, -math.inf
                self._failure = error
                self._wake.put(None)
                return
            finally:
                self._processing.release()
            # A thread that could not get the lock has left its event to this one.
            if not self._events:
                return

    def _step(self) -> None:
        now = self._clock.now()
        if now >= self._deadline:
            self._abandon()
        while self._events:
            self._events.popleft()()
        while self._waiting and self._waiting[0][0] <= now:
            heapq.heappop(self._waiting)[-1]()
        self._start(now)
        alarm = min(self._waiting[0][0] if self._waiting else math.inf, self._deadline)
        if self._wants_workers():
            alarm = min(alarm, self._grown[0] + GROWTH_PAUSE)
        self._done = self._done or (self._ending and self._settled == self._received)
        if self._done:
            alarm = -math.inf
        if alarm < self._alarm:
            self._wake.put(None)
        self._alarm = alarm

    def _start(self, now: float) -> None:
        """Hand as many tasks to workers as there may be."""
        if self._wants_workers():
            self._grow(now)
        while len(self._running) < self._allowed and (
            task := self._take() or self._take_beside()
        ):
            self._running[task] = now
            self._to_run.put(task)
            if self._threads < len(self._running):
                try:
                    threading.Thread(target=self._work, daemon=True).start()
                    self._threads += 1
                except RuntimeError:
                    # The system allows no more: those there are have to do.
                    self._workers = self._allowed = self._threads
                    if not self._threads:
                        self._abandon(self._on_no_thread)

    def _on_no_thread(self, job: _J) -> _R:
        return self._on_error(job, NoThreadError('the system allows no thread'))

    def _wants_workers(self) -> bool:
        """Whether there would be something to do for more of them."""
        waits = self._listed or (self._unanswered and self._has_spare())
        return bool(waits) and self._allowed < self._workers

    def _has_spare(self) -> bool:
        """Whether there are workers for more than two jobs of an origin."""
        return len(self._running) < MORE_PROBES_SHARE * self._workers

    def _grow(self, now: float) -> None:
        """Allow more workers, if those there are wait for the web and not for us.

        As long as `FEW_WORKERS` of them end a job in each pause, more of them would
        only fight for the processor.
        """
        since, before = self._grown
        if now < since + GROWTH_PAUSE:
            return
        self._grown = now, self._clock.spent()
        slow = sum(began <= since for began in self._running.values())
        is_busy = self._grown[1] - before >= BUSY_SHARE * (now - since)
        if slow > self._allowed - FEW_WORKERS and not is_busy:
            self._allowed = min(self._allowed + FEW_WORKERS, self._workers)

    # -- which task is next ----------------------------------------------------------

    def _receive(self, job: _J, name: str, key: Hashable, limits: Limits) -> None:
        self._received += 1
        host = self._hosts.setdefault(name, _Host(name))
        origin = host.origins.get(key)
        if origin is None:
            origin = host.origins[key] = _Origin(host, host.others)
        if host.turn is None:
            host.limits = limits
        # A host that comes late goes on with the others, not before them.
        host.turn = FIRST if host.turn is None else max(host.turn + 1, self._turn)
        task = _Task(job, origin, host.turn, limits)
        origin.tasks[task] = None
        if self._over:
            self._settle(task, _unsettled)
        elif origin.others:
            self._settle(task, origin.others)
        else:
            self._put(task)

    def _put(self, task: _Task[_J, _R]) -> None:
        host = task.origin.host
        heapq.heappush(host.ready, (task.turn, next(self._number), task))
        self._offer(host)

    def _may_run(self, host: _Host[_J, _R]) -> bool:
        lanes = self._lanes(host)
        return not (host.until or host.resting) and host.running < lanes

    def _lanes(self, host: _Host[_J, _R]) -> int:
        return 1 if host.pause else host.limits.workers or self._host_workers

    def _offer(self, host: _Host[_J, _R]) -> None:
        """List *host*, if it may run something, or list it higher."""
        if self._may_run(host) and host.ready and host.ready[0][0] < host.listed:
            host.listed = host.ready[0][0]
            heapq.heappush(self._listed, (host.listed, next(self._number), host))

    def _take(self) -> _Task[_J, _R] | None:
        while self._listed:
            turn, _, host = heapq.heappop(self._listed)
            if turn != host.listed:
                continue
            host.listed = NEVER
            if not self._may_run(host):
                continue  # it is offered again when it may
            entry = heapq.heappop(host.ready)
            task = entry[-1]
            breaker = task.origin.breaker
            if task in task.origin.tasks and (task.tries or breaker.admits):
                host.running += 1
                self._rest(host)
                task.origin.began = task.origin.began or self._clock.now()
                breaker.probes += not task.tries
                if turn != AGAIN:
                    self._turn = max(self._turn, turn)
                self._offer(host)
                return task
            if task in task.origin.tasks:
                heapq.heappush(task.origin.held, entry)
                self._probe_later(task.origin)
            self._offer(host)
        return None

    def _probe_later(self, origin: _Origin[_J, _R]) -> None:
        """Have more jobs of an *origin* begun, unless one of the first ends soon."""
        if not origin.is_probed:
            origin.is_probed = True
            when = self._clock.now() + MORE_PROBES_AFTER
            self._at(when, partial(self._probe, origin))

    def _probe(self, origin: _Origin[_J, _R]) -> None:
        self._unanswered.append((origin, self._clock.now() + MORE_PROBES_WITHIN))

    def _take_beside(self) -> _Task[_J, _R] | None:
        """Take a task of an origin that has answered none of the first ones."""
        while self._unanswered and self._has_spare():
            entry = self._unanswered.popleft()
            origin, until = entry
            host, lanes = origin.host, self._lanes(origin.host)
            if not origin.breaker.admits_beside(lanes):
                continue
            while origin.held and self._may_run(host):
                task = origin.held[0][-1]
                if task.was_short:
                    break  # so are all others
                task.seconds = self._seconds_beside(task, until, lanes)
                if not task.seconds:
                    break  # it would be awaited when the first are over
                heapq.heappop(origin.held)
                if task in origin.tasks:
                    host.running += 1
                    self._rest(host)
                    origin.breaker.probes += 1
                    origin.waiting += task.seconds == math.inf
                    # The others have their turn before it has another.
                    self._unanswered.append(entry)
                    return task
        return None

    def _seconds_beside(self, task: _Task[_J, _R], until: float, lanes: int) -> float:
        """Return how long *task* may run beside the first, 0 if it may not at all."""
        now, limit = self._clock.now(), task.limits.seconds
        if now <= until and (PROBES + task.origin.waiting) * 2 < lanes:
            return math.inf
        if limit == math.inf:
            return math.inf if now <= until else 0.0
        seconds = max(MIN_SHORT, SHORT_SHARE * limit)
        return seconds if now + seconds <= task.origin.began + limit else 0.0

    def _at(self, when: float, then: Callable[[], None]) -> None:
        heapq.heappush(self._waiting, (when, next(self._number), then))

    def _rest(self, host: _Host[_J, _R]) -> None:
        """Begin no other job of a *host* before its delay is over, if it has one."""

        def end() -> None:
            host.resting -= 1
            self._offer(host)

        if delay := host.limits.delay:
            host.resting += 1
            self._at(self._clock.now() + delay, end)

    def _resume(self, host: _Host[_J, _R], until: float) -> None:
        if host.until == until:  # else the pause was made longer meanwhile
            host.until = 0.0
            del self._paused[host]
            self._offer(host)

    # -- what an outcome means -------------------------------------------------------

    def _note(
        self, task: _Task[_J, _R], outcome: Outcome[_J, _R] | BaseException
    ) -> None:
        now = self._clock.now()
        if now >= self._deadline:
            self._abandon()
        if self._over:
            return
        origin, host = task.origin, task.origin.host
        del self._running[task]
        host.running -= 1
        self._rest(host)
        if not (host.until or isinstance(outcome, HostPause)):
            host.pause = 0.0
        is_short, task.seconds = task.seconds < math.inf, math.inf
        match outcome:
            case BaseException() as error:
                self._settle(task, lambda job: self._on_error(job, error))
                self._take_sign(origin, 'unclear')
            case HostPause() if origin.others:
                self._settle(task, origin.others)
            case HostPause():
                self._take_sign(origin, 'answered')
                self._pause(task, outcome, now)
            case Unfinished() if is_short and not origin.others:
                self._put_back(task, outcome.sign)
            case Retry() if not origin.others and task.tries + 1 < (
                task.limits.tries or self._tries
            ):
                task.tries += 1
                task.last = lambda _: outcome.result
                if outcome.sign == 'answered':
                    self._take_sign(origin, 'answered')
                elif outcome.sign != 'unclear':
                    origin.breaker.late = True
                task.turn = AGAIN
                self._at(now + max(0.0, outcome.after), partial(self._put, task))
            case Lack() if not origin.others and task.lacks < LACKS:
                self._allowed = max(min(FEW_WORKERS, self._workers), len(self._running))
                self._grown = now + LACK_SECONDS, self._grown[1]
                pause = LACK_PAUSE * 2**task.lacks
                task.lacks += 1
                if not task.tries:
                    # It gives up its place among the first of its origin.
                    self._take_sign(origin, 'unclear')
                self._at(now + pause, partial(self._put, task))
            case Settle(scope=scope, others=others):
                self._settle(task, lambda _: outcome.result)
                self._take_sign(origin, 'unclear')
                if scope == 'name' and not host.answered:
                    self._settle_others(host, others)
                elif scope == 'origin' and not origin.breaker.answered:
                    self._settle_others(origin, others)
            case _:
                self._settle(task, lambda _: outcome.result)
                self._take_sign(origin, outcome.sign)
        self._offer(host)

    def _put_back(self, task: _Task[_J, _R], sign: Sign) -> None:
        """Have a task run again that has made room for others."""
        origin = task.origin
        origin.breaker.connected = origin.breaker.connected or sign == 'timed out'
        task.was_short = True
        task.turn = AGAIN
        heapq.heappush(origin.held, (AGAIN, next(self._number), task))
        self._take_sign(origin, sign if sign == 'answered' else 'unclear')
        self._unanswered.append((origin, 0.0))

    def _take_sign(self, origin: _Origin[_J, _R], sign: Sign) -> None:
        """Note *sign* of *origin*, and do with its other tasks as its breaker says."""
        breaker, host = origin.breaker, origin.host
        breaker.note(sign)
        if breaker.tripped:
            self._settle_others(origin, self._on_silent)
        host.answered = host.answered or breaker.answered
        while origin.held and breaker.admits:
            heapq.heappush(host.ready, heapq.heappop(origin.held))
            if not breaker.answered:
                break  # that one takes the place

    def _pause(self, task: _Task[_J, _R], outcome: HostPause, now: float) -> None:
        name = outcome.host or task.origin.host.name
        host = self._hosts.setdefault(name, _Host(name))
        left = self._rate_limit_timeout - host.paused
        if host.until:
            # It began before the pause did: no sign that the pause was too short.
            until = max(host.until, now + outcome.seconds)
            longer = until - host.until
        else:
            longer = max(outcome.seconds, MIN_PAUSE, min(left, 2 * host.pause))
            until = now + longer
            host.pause = longer
        if host.others or not longer <= left:  # `not <=` because of NaN
            self._settle(task, self._on_rate_limit)
            self._settle_others(host, self._on_rate_limit)
            return
        host.paused += longer
        host.until = until
        self._paused[host] = None
        self._at(until, partial(self._resume, host, until))
        self._at(until, partial(self._put, task))

    def _end(self) -> None:
        self._ending = True

    def _settle(self, task: _Task[_J, _R], make: Callable[[_J], _R | None]) -> None:
        del task.origin.tasks[task]
        self._settled += 1
        self._results.put((task.job, make))

    def _settle_others(
        self, scope: _Host[_J, _R] | _Origin[_J, _R], others: Callable[[_J], _R]
    ) -> None:
        """Settle all of *scope* that isn't running, and what will be added to it."""
        scope.others = others
        if isinstance(scope, _Host):
            for origin in scope.origins.values():
                self._settle_others(origin, others)
            return
        for task in [task for task in scope.tasks if task not in self._running]:
            self._settle(task, task.last or others)

    def _abandon(self, make: Callable[[_J], _R | None] = _unsettled) -> None:
        """Run nothing any more, and leave all that isn't settled as it is.

        *make* may make other results of it.
        """
        self._over = True
        self._deadline = math.inf
        self._waiting.clear()
        self._running.clear()
        self._paused.clear()
        for host in self._hosts.values():
            for origin in host.origins.values():
                for task in tuple(origin.tasks):
                    self._settle(task, make)
