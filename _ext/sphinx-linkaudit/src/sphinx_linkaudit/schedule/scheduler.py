"""Runs jobs in threads of its own, in the order of their plan, until a deadline."""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time
from collections import deque
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from sphinx_linkaudit.schedule.clock import Clock
from sphinx_linkaudit.schedule.outcome import (
    Limits,
    NoThreadError,
    Outcome,
    Progress,
    Shortage,
)
from sphinx_linkaudit.schedule.plan import Plan, Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from sphinx_linkaudit.schedule.plan import Task

#: Threads at most, where nobody says how many.  Each host that hangs holds two of them
#: for a whole timeout, each other wants one: 143 hosts, 30 of them hung, make 173.
#: Many more would meet the usual limit of 1,024 open files, at two or three a thread.
ENOUGH_WORKERS = 256

#: Threads at first, and how many more at a time, where nobody says how many.
FEW_WORKERS = 8
#: Seconds between two decisions to have more.
GROWTH_PAUSE = 0.02
#: The share of a processor's time beyond which more threads only fight for it.
BUSY_SHARE = 0.7
#: Seconds after a shortage in which no more jobs run at once than there was enough for.
SHORTAGE_SECONDS = 5.0

#: Seconds that results gather before the first of them is taken.
GATHERING = 0.005
#: Seconds of one wait for a result that is watched.
TICK = 0.2
#: Seconds of any other: on Windows no Ctrl-C gets into a longer one.
PATIENCE = TICK if sys.platform == 'win32' else None

_J = TypeVar('_J')
_R = TypeVar('_R')

_NO_LIMITS = Limits()


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
        enough = int(min(ENOUGH_WORKERS if workers is None else workers, most))
        if min(enough, host_workers, tries) < 1:
            msg = f'below 1: {workers=}, {host_workers=} or {tries=}'
            raise ValueError(msg)
        self._run = run
        self._on_error = on_error
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
        self._to_run: SimpleQueue[Task[_J, _R] | None] = SimpleQueue()
        self._results: SimpleQueue[tuple[_J, Callable[[_J], _R | None]] | None]
        self._results = SimpleQueue()
        self._dispatcher: threading.Thread | None = None
        self._deadline = math.inf
        self._total = 0
        self._closed = False

        # What follows is changed only while `_processing` is held; others may read it.
        rules = Rules(
            on_error, on_silent, on_rate_limit, host_workers, tries, rate_limit_timeout
        )
        self._plan: Plan[_J, _R] = Plan(rules, self._hand_out, self._clock, enough)
        #: How many jobs may run at once by now.
        self._allowed = min(enough, FEW_WORKERS if workers is None else workers)
        self._threads = 0
        self._grown = 0.0, 0.0  # when more were allowed, and the time spent by then
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
        limits = limits or _NO_LIMITS
        self._tell(partial(self._plan.receive, job, host, origin, limits))

    def start(self) -> None:
        """Get ready for the first job; if this isn't called, `add` does so.

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
            if self._results.empty():
                # Waking up for each would slow down the threads that make them.
                time.sleep(GATHERING)
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
        for task, began in self._plan.running.copy().items():
            name = task.origin.host.name
            jobs, seconds = in_flight.get(name, (0, now - began))
            in_flight[name] = (jobs + 1, seconds)
        paused = {
            host.name: max(0.0, host.until - now) for host in self._plan.paused.copy()
        }
        return Progress(self._plan.settled, self._total, in_flight, paused)

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

    def _run_task(self, task: Task[_J, _R]) -> None:
        outcome: Outcome[_J, _R] | BaseException
        remaining = max(0.0, self._deadline - self._clock.now())
        remaining = min(remaining, task.seconds)
        if self._plan.is_over:
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
        self._plan.catch_up(now)
        self._start(now)
        alarm = min(self._plan.alarm, self._deadline)
        if self._wants_workers():
            alarm = min(alarm, self._grown[0] + GROWTH_PAUSE)
        is_settled = self._plan.settled == self._plan.received
        self._done = self._done or (self._ending and is_settled)
        if self._done:
            alarm = -math.inf
        if alarm < self._alarm:
            self._wake.put(None)
        self._alarm = alarm

    def _start(self, now: float) -> None:
        """Hand as many tasks to workers as there may be."""
        if self._wants_workers():
            self._grow(now)
        running = self._plan.running
        while len(running) < self._allowed and (task := self._plan.next(now)):
            self._to_run.put(task)
            if self._threads < len(running):
                try:
                    threading.Thread(target=self._work, daemon=True).start()
                    self._threads += 1
                except RuntimeError:
                    # The system allows no more: those there are have to do.
                    self._plan.workers = self._allowed = self._threads
                    if not self._threads:
                        self._plan.abandon(self._on_no_thread)

    def _on_no_thread(self, job: _J) -> _R:
        return self._on_error(job, NoThreadError('the system allows no thread'))

    def _wants_workers(self) -> bool:
        """Whether there would be something to do for more of them."""
        return self._allowed < self._plan.workers and self._plan.has_next()

    def _grow(self, now: float) -> None:
        """Allow more workers, if those there are wait for the web and not for us.

        As long as `FEW_WORKERS` of them end a job in each pause, more of them would
        only fight for the processor.
        """
        since, before = self._grown
        if now < since + GROWTH_PAUSE:
            return
        self._grown = now, self._clock.spent()
        slow = sum(began <= since for began in self._plan.running.values())
        is_busy = self._grown[1] - before >= BUSY_SHARE * (now - since)
        if slow > self._allowed - FEW_WORKERS and not is_busy:
            self._allowed = min(self._allowed + FEW_WORKERS, self._plan.workers)

    # -- events ----------------------------------------------------------------------

    def _note(
        self, task: Task[_J, _R], outcome: Outcome[_J, _R] | BaseException
    ) -> None:
        self._plan.note(task, outcome)
        if isinstance(outcome, Shortage):
            now = self._clock.now()
            few = min(FEW_WORKERS, self._plan.workers)
            self._allowed = max(few, len(self._plan.running))
            self._grown = now + SHORTAGE_SECONDS, self._grown[1]

    def _end(self) -> None:
        self._ending = True

    def _abandon(self) -> None:
        self._deadline = math.inf
        self._plan.abandon()

    def _hand_out(self, job: _J, make: Callable[[_J], _R | None]) -> None:
        self._results.put((job, make))
