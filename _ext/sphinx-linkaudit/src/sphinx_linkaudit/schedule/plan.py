"""Decides which job is next, and what an outcome means for all others of its host.

There are no threads here, and no locks: one call at a time, from whatever thread.
"""

from __future__ import annotations

import heapq
import itertools
import math
import sys
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from sphinx_linkaudit.schedule.breaker import PROBES, Breaker
from sphinx_linkaudit.schedule.outcome import (
    CutShort,
    GiveUp,
    HostPause,
    Limits,
    Outcome,
    Retry,
    Shortage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from sphinx_linkaudit.schedule.clock import Clock
    from sphinx_linkaudit.schedule.outcome import Sign

# More jobs than `PROBES` are begun of an origin that answers none of them for a while:
# the first ones may be slow pages.  These extra probes take up to as many lanes as its
# host has.  Half of them run for as long as any job may.  In the others each is cut
# short, to make room for the next: so twenty links of an origin are tried in the time
# of one timeout, which is all that a hung origin costs.

#: Seconds after which the extra probes of an origin begin.
PROBE_AFTER = 0.25
#: Those that aren't cut short begin within so many seconds, or the origin would cost
#: two timeouts.
PROBE_WITHIN = 0.5
#: The share of workers that run extra probes, if nobody else wants these.
PROBE_SHARE = 0.5
#: One that is cut short has this share of the job's time, but at least so many seconds.
SHORT_SHARE = 0.25
MIN_SHORT = 2.0

#: Pauses of a job for which this machine has too little, and seconds of the first one;
#: each is twice as long as the one before.
SHORTAGE_PAUSES = 5
SHORTAGE_PAUSE = 0.5

MIN_PAUSE = 0.1  #: Seconds of a host's pause at least, even if it asks for 0.

# Of the jobs that may run, the one of the lowest turn does.  As many as show whether a
# host answers have turns below 0, and go before all others: what they wait for, they
# wait for together.  Then hosts take turns.  Of more hosts than have room for a
# connection, one that has just answered goes on for a few seconds, so that its
# connection is used again; not for longer, or others would wait for all links of slow
# hosts, if these are as many as there are workers.
FIRST = -PROBES  #: Turn of the first job of a host; the others count up from it.
AGAIN = sys.maxsize  #: Turn of whatever is tried again.
NEVER = AGAIN + 1  #: Turn of a host that isn't listed.
KEPT = 128  #: Hosts whose connections are kept, as `ask.adapter.MAX_POOLS`.
STAY = 2.0  #: Seconds from a host's turn in which it goes on once it has answered.

_J = TypeVar('_J')
_R = TypeVar('_R')

_NO_LIMITS = Limits()


@dataclass(eq=False, slots=True)
class Host(Generic[_J, _R]):
    """A host, with its jobs that may run, and what keeps them from it."""

    name: str
    origins: dict[Hashable, Origin[_J, _R]] = field(default_factory=dict)
    others: Callable[[_J], _R] | None = None  #: Settles what is added from now on.
    ready: list[_Entry[_J, _R]] = field(default_factory=list)  #: A heap.
    turn: int | None = None  #: Of the job added last.
    listed: int = NEVER  #: The turn by which the plan lists it.
    chosen: float = 0.0  #: When it last had its turn.
    running: int = 0
    limits: Limits = _NO_LIMITS  #: Those of its first job.
    delays: int = 0  #: How many of `Limits.delay` are not over.
    answered: bool = False
    until: float = 0.0  #: When its pause ends; 0 without one.
    pause: float = 0.0  #: Seconds of the last pause; 0 once a job came back after it.
    paused: float = 0.0  #: Seconds in all.


@dataclass(eq=False, slots=True)
class Origin(Generic[_J, _R]):
    """A scheme, host and port, with all its jobs that aren't settled."""

    host: Host[_J, _R]
    others: Callable[[_J], _R] | None  #: As its host's.
    breaker: Breaker = field(default_factory=Breaker)
    #: All that aren't settled.  Heaps may hold more; what is settled is skipped there.
    tasks: dict[Task[_J, _R], None] = field(default_factory=dict)
    held: list[_Entry[_J, _R]] = field(default_factory=list)  #: By its breaker; a heap.
    is_probed: bool = False  #: Whether it gets extra probes, or did.
    #: When the first of its jobs began.
    began: float = 0.0
    full_probes: int = 0  #: Extra probes that were not cut short.


@dataclass(eq=False, slots=True)
class Task(Generic[_J, _R]):
    """A job, and how far it is."""

    job: _J
    origin: Origin[_J, _R]
    turn: int
    limits: Limits
    tries: int = 0  #: Those that are over and weren't the last.
    last: Callable[[_J], _R] | None = None  #: Makes the result of the last of them.
    shortages: int = 0  #: How often this machine had too little to run it.
    seconds: float = math.inf  #: After which this run is cut short.
    was_short: bool = False  #: Whether an earlier run was.


#: The number keeps entries of one turn in order, and tasks from being compared.
_Entry = tuple[int, int, Task[_J, _R]]


class Rules(NamedTuple, Generic[_J, _R]):
    """How jobs are run, and what makes the results of those that aren't."""

    on_error: Callable[[_J, BaseException], _R]
    on_silent: Callable[[_J], _R]
    on_rate_limit: Callable[[_J], _R]
    host_workers: int
    tries: int
    rate_limit_timeout: float


def _unsettled(_: object) -> None:
    return None


class Plan(Generic[_J, _R]):
    """Holds all jobs that aren't settled, and says which one is next.

    *hand_out* takes each job once, with what makes its result.
    """

    def __init__(
        self,
        rules: Rules[_J, _R],
        hand_out: Callable[[_J, Callable[[_J], _R | None]], None],
        clock: Clock,
        workers: int,
    ) -> None:
        self.workers = workers  #: How many jobs may run at once in the end.
        self.running: dict[Task[_J, _R], float] = {}  #: And since when.
        self.paused: dict[Host[_J, _R], None] = {}
        self.received = 0
        self.settled = 0
        self.is_over = False  #: Whether nothing is run any more.
        self._abandoned: Callable[[_J], _R | None] = _unsettled
        self._rules = rules
        self._hand_out = hand_out
        self._clock = clock
        self._hosts: dict[str, Host[_J, _R]] = {}
        self._number = itertools.count()
        # A heap of hosts that may run a task, by its turn; what differs from a host's
        # own word is outdated, and skipped.
        self._listed: list[tuple[int, int, Host[_J, _R]]] = []
        self._turn = 0  # whose turn it has been
        # Hosts that have just answered, once for each connection that is idle now.
        self._idle: deque[Host[_J, _R]] = deque(maxlen=workers)
        # Origins that get extra probes, and until when these may run in full.
        self._unanswered: deque[tuple[Origin[_J, _R], float]] = deque()
        # A heap of what is done at a later time.
        self._later: list[tuple[float, int, Callable[[], None]]] = []

    # -- which task is next ----------------------------------------------------------

    def receive(self, job: _J, name: str, key: Hashable, limits: Limits) -> None:
        """Take a *job* of the host *name* and its origin *key*."""
        self.received += 1
        host = self._hosts.setdefault(name, Host(name))
        origin = host.origins.get(key)
        if origin is None:
            origin = host.origins[key] = Origin(host, host.others)
        if host.turn is None:
            host.limits = limits
        host.turn = FIRST if host.turn is None else host.turn + 1
        if host.turn >= 0:
            # A host that comes late goes on with the others, not before them.
            host.turn = max(host.turn, self._turn)
        task = Task(job, origin, host.turn, limits)
        origin.tasks[task] = None
        if self.is_over:
            self._settle(task, self._abandoned)
        elif origin.others:
            self._settle(task, origin.others)
        else:
            self._put(task)

    def next(self, now: float) -> Task[_J, _R] | None:
        """Return a task that is to run now, if there is one."""
        task = self._take() or self._take_probe()
        if task:
            self.running[task] = now
        return task

    def has_next(self) -> bool:
        """Whether `next` may have a task."""
        return bool(self._listed or (self._unanswered and self._has_spare()))

    @property
    def alarm(self) -> float:
        """When something has to be done at the latest."""
        return self._later[0][0] if self._later else math.inf

    def catch_up(self, now: float) -> None:
        """Do what was to be done by *now*."""
        while self._later and self._later[0][0] <= now:
            heapq.heappop(self._later)[-1]()

    def _has_spare(self) -> bool:
        """Whether there are workers for extra probes."""
        return len(self.running) < PROBE_SHARE * self.workers

    def _put(self, task: Task[_J, _R]) -> None:
        host = task.origin.host
        heapq.heappush(host.ready, (task.turn, next(self._number), task))
        self._offer(host)

    def _may_run(self, host: Host[_J, _R]) -> bool:
        return not (host.until or host.delays) and host.running < self._lanes(host)

    def _lanes(self, host: Host[_J, _R]) -> int:
        """Return how many jobs of *host* may run at a time."""
        return 1 if host.pause else host.limits.workers or self._rules.host_workers

    def _offer(self, host: Host[_J, _R]) -> None:
        """List *host*, if it may run something, or list it higher."""
        if self._may_run(host) and host.ready and host.ready[0][0] < host.listed:
            host.listed = host.ready[0][0]
            heapq.heappush(self._listed, (host.listed, next(self._number), host))

    def _next_host(self) -> tuple[int, Host[_J, _R]] | None:
        """Return the turn that it is, and the host that has a task for it."""
        while self._listed:
            turn, _, host = self._listed[0]
            if turn >= 0 and self._idle:
                host = self._idle.pop()
                if host.ready and host.ready[0][0] < AGAIN:
                    return self._turn, host
                continue
            heapq.heappop(self._listed)
            if turn != host.listed:
                continue
            host.listed = NEVER
            if host.ready and host.ready[0][0] == turn:
                host.chosen = self._clock.now()
                return turn, host
            self._offer(host)  # it has gone on meanwhile
        return None

    def _take(self) -> Task[_J, _R] | None:
        while found := self._next_host():
            turn, host = found
            if not self._may_run(host):
                continue  # it is offered again when it may
            entry = heapq.heappop(host.ready)
            task = entry[-1]
            breaker = task.origin.breaker
            if task in task.origin.tasks and (task.tries or breaker.admits):
                host.running += 1
                self._delay(host)
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

    def _at(self, when: float, then: Callable[[], None]) -> None:
        heapq.heappush(self._later, (when, next(self._number), then))

    def _delay(self, host: Host[_J, _R]) -> None:
        """Begin no other job of a *host* before its delay is over, if it has one."""

        def end() -> None:
            host.delays -= 1
            self._offer(host)

        if delay := host.limits.delay:
            host.delays += 1
            self._at(self._clock.now() + delay, end)

    def _resume(self, host: Host[_J, _R], until: float) -> None:
        if host.until == until:  # else the pause was made longer meanwhile
            host.until = 0.0
            del self.paused[host]
            self._offer(host)

    # -- extra probes ----------------------------------------------------------------

    def _probe_later(self, origin: Origin[_J, _R]) -> None:
        """Have extra probes of an *origin* begun, unless one of the first ends soon."""

        def begin() -> None:
            self._unanswered.append((origin, self._clock.now() + PROBE_WITHIN))

        if not origin.is_probed:
            origin.is_probed = True
            self._at(self._clock.now() + PROBE_AFTER, begin)

    def _take_probe(self) -> Task[_J, _R] | None:
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
                task.seconds = self._seconds_of_probe(task, until, lanes)
                if not task.seconds:
                    break  # it would be awaited when the first are over
                heapq.heappop(origin.held)
                if task in origin.tasks:
                    host.running += 1
                    self._delay(host)
                    origin.breaker.probes += 1
                    origin.full_probes += task.seconds == math.inf
                    # The others have their turn before it has another.
                    self._unanswered.append(entry)
                    return task
        return None

    def _seconds_of_probe(self, task: Task[_J, _R], until: float, lanes: int) -> float:
        """Return after how long an extra probe is cut short, 0 if it may not begin."""
        now, limit = self._clock.now(), task.limits.seconds
        if now <= until and (PROBES + task.origin.full_probes) * 2 < lanes:
            return math.inf
        if limit == math.inf:
            return math.inf if now <= until else 0.0
        seconds = max(MIN_SHORT, SHORT_SHARE * limit)
        return seconds if now + seconds <= task.origin.began + limit else 0.0

    def _hold_again(self, task: Task[_J, _R], sign: Sign) -> None:
        """Keep a task whose run was cut short until its origin has answered."""
        origin = task.origin
        origin.breaker.connected = origin.breaker.connected or sign == 'timed out'
        task.was_short = True
        task.turn = AGAIN
        heapq.heappush(origin.held, (AGAIN, next(self._number), task))
        self._take_sign(origin, sign if sign == 'answered' else 'unclear')
        self._unanswered.append((origin, 0.0))

    # -- what an outcome means -------------------------------------------------------

    def note(
        self, task: Task[_J, _R], outcome: Outcome[_J, _R] | BaseException
    ) -> None:
        """Settle a *task* that has run, or run it again; update host and origin."""
        if self.is_over:
            return
        now = self._clock.now()
        origin, host = task.origin, task.origin.host
        del self.running[task]
        host.running -= 1
        self._delay(host)
        if not (host.until or isinstance(outcome, HostPause)):
            host.pause = 0.0
        is_short, task.seconds = task.seconds < math.inf, math.inf
        match outcome:
            case BaseException() as error:
                self._settle(task, lambda job: self._rules.on_error(job, error))
                self._take_sign(origin, 'unclear')
            case HostPause() if origin.others:
                self._settle(task, origin.others)
            case HostPause():
                self._take_sign(origin, 'answered')
                self._pause(task, outcome, now)
            case CutShort() if is_short and not origin.others:
                self._hold_again(task, outcome.sign)
            case Retry() if not origin.others and task.tries + 1 < (
                task.limits.tries or self._rules.tries
            ):
                task.tries += 1
                task.last = lambda _: outcome.result
                if outcome.sign == 'answered':
                    self._take_sign(origin, 'answered')
                elif outcome.sign != 'unclear':
                    origin.breaker.late = True
                task.turn = AGAIN
                self._at(now + max(0.0, outcome.after), partial(self._put, task))
            case Shortage() if not origin.others and task.shortages < SHORTAGE_PAUSES:
                pause = SHORTAGE_PAUSE * 2**task.shortages
                task.shortages += 1
                if not task.tries:
                    # It gives up its place among the first of its origin.
                    self._take_sign(origin, 'unclear')
                self._at(now + pause, partial(self._put, task))
            case GiveUp(scope=scope, others=others):
                self._settle(task, lambda _: outcome.result)
                self._take_sign(origin, 'unclear')
                if scope == 'name' and not host.answered:
                    self._settle_others(host, others)
                elif scope == 'origin' and not origin.breaker.answered:
                    self._settle_others(origin, others)
            case _:
                self._settle(task, lambda _: outcome.result)
                self._take_sign(origin, outcome.sign)
                may_stay = len(self._hosts) > KEPT and now < host.chosen + STAY
                if may_stay and outcome.sign == 'answered':
                    self._idle.append(host)
        self._offer(host)

    def abandon(self, make: Callable[[_J], _R | None] = _unsettled) -> None:
        """Run nothing any more, and leave all that isn't settled as it is.

        *make* may make other results of it, and of what is added later.
        """
        self.is_over = True
        self._abandoned = make
        self._later.clear()
        self.running.clear()
        self.paused.clear()
        for host in self._hosts.values():
            for origin in host.origins.values():
                for task in tuple(origin.tasks):
                    self._settle(task, make)

    def _take_sign(self, origin: Origin[_J, _R], sign: Sign) -> None:
        """Note *sign* of *origin*, and do with its other tasks as its breaker says."""
        breaker, host = origin.breaker, origin.host
        breaker.note(sign)
        if breaker.tripped:
            self._settle_others(origin, self._rules.on_silent)
        host.answered = host.answered or breaker.answered
        while origin.held and breaker.admits:
            heapq.heappush(host.ready, heapq.heappop(origin.held))
            if not breaker.answered:
                break  # that one takes the place

    def _pause(self, task: Task[_J, _R], outcome: HostPause, now: float) -> None:
        name = outcome.host or task.origin.host.name
        host = self._hosts.setdefault(name, Host(name))
        left = self._rules.rate_limit_timeout - host.paused
        if host.until:
            # It began before the pause did: no sign that the pause was too short.
            until = max(host.until, now + outcome.seconds)
            longer = until - host.until
        else:
            longer = max(outcome.seconds, MIN_PAUSE, min(left, 2 * host.pause))
            until = now + longer
            host.pause = longer
        if host.others or not longer <= left:  # `not <=` because of NaN
            self._settle(task, self._rules.on_rate_limit)
            self._settle_others(host, self._rules.on_rate_limit)
            return
        host.paused += longer
        host.until = until
        self.paused[host] = None
        self._at(until, partial(self._resume, host, until))
        self._at(until, partial(self._put, task))

    def _settle(self, task: Task[_J, _R], make: Callable[[_J], _R | None]) -> None:
        del task.origin.tasks[task]
        self.settled += 1
        self._hand_out(task.job, make)

    def _settle_others(
        self, scope: Host[_J, _R] | Origin[_J, _R], others: Callable[[_J], _R]
    ) -> None:
        """Settle all of *scope* that isn't running, and what will be added to it."""
        scope.others = others
        if isinstance(scope, Host):
            for origin in scope.origins.values():
                self._settle_others(origin, others)
            return
        for task in [task for task in scope.tasks if task not in self.running]:
            self._settle(task, task.last or others)
