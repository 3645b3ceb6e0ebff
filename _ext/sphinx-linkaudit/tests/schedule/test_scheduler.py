"""The scheduler of links: real threads, and a clock that a test sets."""

from __future__ import annotations

import math
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from platforms import needs_signals
from sphinx_linkaudit import schedule
from sphinx_linkaudit.ask.adapter import MAX_POOLS
from sphinx_linkaudit.schedule.breaker import Breaker
from sphinx_linkaudit.schedule.clock import Clock
from sphinx_linkaudit.schedule.outcome import (
    CutShort,
    Done,
    GiveUp,
    HostPause,
    Limits,
    Outcome,
    Retry,
    Shortage,
    Sign,
)
from sphinx_linkaudit.schedule.plan import (
    MIN_PAUSE,
    PROBE_AFTER,
    PROBE_SHARE,
    PROBE_WITHIN,
    SHORTAGE_PAUSE,
    SHORTAGE_PAUSES,
    STAY,
)
from sphinx_linkaudit.schedule.scheduler import (
    ENOUGH_WORKERS,
    FEW_WORKERS,
    GROWTH_PAUSE,
    SHORTAGE_SECONDS,
    Scheduler,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from _typeshed import TraceFunction

    Job = tuple[int, str, int]  # number, host, origin
    Make = Callable[..., 'Stage']
    Threads = Callable[[], set[threading.Thread]]
    Script = Callable[[str], Outcome[str, str] | None]

_J = TypeVar('_J')
_T = TypeVar('_T')

FOLDER = Path(schedule.__file__).parent

LONG = 60  #: Seconds after which a test that still waits has failed.

OK: Done[str] = Done('ok', 'answered')
TIMEOUT: Done[str] = Done('timeout', 'timed out')
CUT_SHORT: CutShort[str] = CutShort('cut short', 'timed out')
SHORTAGE: Shortage[str] = Shortage('short of files')
UNCLEAR: Done[str] = Done('unclear', 'unclear')
REFUSED: GiveUp[str, str] = GiveUp('refused', 'origin', lambda job: 'refused too')
NO_HOST: GiveUp[str, str] = GiveUp('no host', 'name', lambda job: 'no host either')


def all_results(scheduler: Scheduler[_J, str]) -> list[tuple[_J, str | None]]:
    """Return the results that are to come; fail if they don't end."""
    found: list[tuple[_J, str | None]] = []
    taker = threading.Thread(
        target=lambda: found.extend(scheduler.results()), daemon=True
    )
    taker.start()
    taker.join(LONG)
    assert not taker.is_alive()
    return found


def numbered(host: str, count: int) -> list[str]:
    return [f'{host}.{number}' for number in range(1, count + 1)]


class SetClock(Clock):
    """Stands still until it is set, and knows whether the dispatcher waits."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.time = 1000.0
        self.processor = 0.0
        self.waits = False  # whether it waits for the next
        self.seconds = 0.0  # how long it would

    def now(self) -> float:
        return self.time

    def spent(self) -> float:
        return self.processor

    def get(self, queue: SimpleQueue[_T], seconds: float) -> _T:
        assert seconds > 0, 'it would spin'
        with self.changed:
            self.queue: SimpleQueue[Any] = queue
            self.waits, self.seconds = True, seconds
            # That it waits, and that there is nothing to take, is seen at once.
            while queue.empty():
                self.changed.notify_all()
                self.changed.wait(0.001)
            self.waits = False
            return queue.get()


class Stage:
    """A scheduler whose jobs, named like 'host.1', end when and as the test says.

    *script* may end some of them at once, where it doesn't return None.
    """

    def __init__(self, script: Script = lambda job: None, **given: Any) -> None:
        self.script = script
        self.clock = SetClock()
        self.changed = self.clock.changed
        self.taken = 0  # results
        self.begun: list[str] = []
        self.remaining: list[float] = []
        self.inside: list[str] = []  # jobs that wait for the test
        self.overdue: list[str] = []  # jobs that waited in vain
        self.answers: defaultdict[str, SimpleQueue[Outcome[str, str] | BaseException]]
        self.answers = defaultdict(SimpleQueue)
        self.scheduler: Scheduler[str, str] = Scheduler(
            self.run,
            on_error=lambda job, error: repr(error),
            on_silent=lambda job: 'silent',
            on_rate_limit=lambda job: 'rate-limited',
            clock=self.clock,
            **given,
        )

    def run(self, job: str, remaining: float) -> Outcome[str, str]:
        with self.changed:
            self.begun.append(job)
            self.remaining.append(remaining)
            outcome = self.script(job)
            if outcome is not None:
                return outcome
            answers = self.answers[job]
            self.inside.append(job)
            self.changed.notify_all()
        try:
            answer = answers.get(timeout=LONG)
        except Empty:
            self.overdue.append(job)
            raise
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def add(self, *jobs: str, origin: str = '', limits: Limits | None = None) -> None:
        for job in jobs:
            host = job.partition('.')[0]
            self.scheduler.add(job, host=host, origin=(host, origin), limits=limits)

    def answer(self, outcome: Outcome[str, str] | BaseException, *jobs: str) -> None:
        """End *jobs*, which are running, and wait for all that follows from it."""
        for job in jobs:
            with self.changed:
                assert self.changed.wait_for(partial(self.inside.count, job), LONG)
                self.inside.remove(job)
            self.answers[job].put(outcome)
            self.in_flight()

    def advance(self, seconds: float) -> None:
        """Let *seconds* go by, and wait for all that follows from it."""
        self.in_flight()
        with self.changed:
            self.clock.time += seconds
        self.clock.queue.put(None)
        self.in_flight()

    def let_grow(self) -> None:
        """Let the workers become as many as there may be."""
        for _ in range(ENOUGH_WORKERS // FEW_WORKERS):
            self.advance(GROWTH_PAUSE)

    def in_flight(self) -> list[str]:
        """Wait until nothing happens by itself any more; return the jobs running."""
        scheduler, clock = self.scheduler, self.clock

        def quiet() -> bool:
            in_flight = scheduler.progress().in_flight.values()
            return (
                clock.waits
                and clock.queue.empty()
                and not scheduler._events
                # Less, where some were abandoned.
                and sum(jobs for jobs, seconds in in_flight) <= len(self.inside)
                and not scheduler._processing.locked()
            )

        with self.changed:
            # A worker that has seen to something itself tells nobody.
            deadline = time.monotonic() + LONG
            while not quiet():
                assert time.monotonic() < deadline
                self.changed.wait(0.001)
            return sorted(self.inside)

    def hosts_in_flight(self) -> Counter[str]:
        return Counter(job.partition('.')[0] for job in self.in_flight())

    def settled(self) -> dict[str, str | None]:
        """Wait as `in_flight` does; return the results since the last time."""
        self.in_flight()
        count = self.scheduler.progress().settled - self.taken
        self.taken += count
        return dict(islice(self.scheduler.results(), count))

    def finish(self) -> dict[str, str | None]:
        """Say that there are no more jobs; return the results to come."""
        self.scheduler.close()
        return dict(all_results(self.scheduler))


@pytest.fixture(autouse=True)
def threads() -> Iterator[Callable[[], set[threading.Thread]]]:
    """Tell which threads the test has; see to it that none outlives it."""
    before = set(threading.enumerate())

    def threads() -> set[threading.Thread]:
        return set(threading.enumerate()) - before

    yield threads
    for thread in threads():
        thread.join(LONG)
        assert not thread.is_alive(), thread


@pytest.fixture
def make_stage(threads: Threads) -> Iterator[Make]:
    """Make stages, and end what they have left running."""
    stages = []

    def make(script: Script = lambda job: None, **given: Any) -> Stage:
        stages.append(Stage(script, **given))
        return stages[-1]

    yield make
    for stage in stages:
        stage.scheduler.stop()
        for job in list(stage.inside):
            stage.answers[job].put(OK)
    assert not any(stage.overdue for stage in stages)


# -- whose turn it is -------------------------------------------------------------


def test_the_first_link_of_every_host_goes_first_then_they_take_turns(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=1)
    stage.add(*numbered('a', 4), *numbered('b', 4), *numbered('c', 2))
    while jobs := stage.in_flight():
        stage.answer(OK, *jobs)
    first = ['a.1', 'b.1', 'c.1', 'a.2', 'b.2', 'c.2']
    assert stage.begun == [*first, 'a.3', 'b.3', 'a.4', 'b.4']


def test_as_many_hosts_take_turns_as_have_room_for_a_connection() -> None:
    assert schedule.plan.KEPT == MAX_POOLS


@pytest.fixture
def many_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any number of hosts be too many for their connections to be kept."""
    monkeypatch.setattr(schedule.plan, 'KEPT', 0)


@pytest.mark.usefixtures('many_hosts')
def test_two_links_of_every_host_go_first_then_one_host_after_the_other(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=1)
    stage.add(*numbered('a', 5), *numbered('b', 4), *numbered('c', 3))
    while jobs := stage.in_flight():
        stage.answer(OK, *jobs)
    first = ['a.1', 'b.1', 'c.1', 'a.2', 'b.2', 'c.2']
    # Whoever answered last has a connection, so it goes on.
    assert stage.begun == [*first, 'c.3', 'a.3', 'a.4', 'a.5', 'b.3', 'b.4']


@pytest.mark.usefixtures('many_hosts')
def test_each_worker_goes_on_with_the_host_that_has_just_answered(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=2)
    stage.add(*numbered('a', 5), *numbered('b', 5), *numbered('c', 5))
    while stage.in_flight() != ['b.2', 'c.2']:
        stage.answer(OK, *stage.in_flight())
    for number in '345':
        stage.answer(OK, *stage.in_flight())
        assert stage.in_flight() == [f'b.{number}', f'c.{number}']
    stage.answer(OK, *stage.in_flight())
    assert stage.in_flight() == ['a.3', 'a.4']


@pytest.mark.usefixtures('many_hosts')
def test_a_slow_host_does_not_go_on_before_others(make_stage: Make) -> None:
    stage = make_stage(workers=1)
    stage.add(*numbered('a', 4), *numbered('b', 4), *numbered('slow', 9))
    while jobs := stage.in_flight():
        if jobs[0].startswith('slow'):
            stage.advance(STAY)
        stage.answer(OK, *jobs)
    late = [job for job in stage.begun if job.startswith('slow')][4:]
    assert stage.begun[-len(late) :] == late


@pytest.mark.usefixtures('many_hosts')
def test_a_host_that_has_not_answered_does_not_go_on_before_others(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=1)
    stage.add(*numbered('a', 3), *numbered('b', 3), *numbered('c', 3))
    odd = Done('odd', 'unclear')
    while jobs := stage.in_flight():
        stage.answer(odd if jobs[0] in {'b.2', 'c.2'} else OK, *jobs)
    assert stage.begun[6:] == ['a.3', 'b.3', 'c.3']


@pytest.mark.usefixtures('many_hosts')
def test_a_host_that_comes_late_goes_first_twice_and_then_takes_turns(
    make_stage: Make,
) -> None:
    odd = Done('odd', 'unclear')  # no host goes on by itself
    stage = make_stage(workers=1)
    stage.add(*numbered('a', 6), *numbered('b', 6))
    while stage.in_flight() != ['a.4']:
        stage.answer(odd, *stage.in_flight())
    stage.add(*numbered('c', 5))
    while jobs := stage.in_flight():
        stage.answer(odd, *jobs)
    late = stage.begun[stage.begun.index('a.4') + 1 :]
    assert late[:2] == ['c.1', 'c.2']
    assert all(one[0] != other[0] for one, other in pairwise(late[1:9])), late


@pytest.mark.usefixtures('many_hosts')
def test_a_host_that_goes_on_by_itself_does_not_bring_late_ones_behind_others(
    make_stage: Make,
) -> None:
    odd = Done('odd', 'unclear')
    stage = make_stage(workers=1)
    stage.add(*numbered('a', 8), *numbered('b', 5))
    while stage.in_flight() != ['a.6']:
        stage.answer(odd if 'b' in str(stage.in_flight()) else OK, *stage.in_flight())
    stage.add(*numbered('c', 4))
    while jobs := stage.in_flight():
        stage.answer(OK if 'a' in str(jobs) else odd, *jobs)
    others = [job for job in stage.begun[stage.begun.index('a.6') :] if job[0] != 'a']
    assert others == ['c.1', 'c.2', 'b.3', 'c.3', 'b.4', 'c.4', 'b.5']


@pytest.mark.usefixtures('many_hosts')
def test_a_link_tried_again_waits_for_others_though_its_host_has_just_answered(
    make_stage: Make,
) -> None:
    again, odd = Retry('again', 'answered', 0), Done('odd', 'unclear')
    stage = make_stage(workers=1, tries=2)
    stage.add(*numbered('a', 3), *numbered('b', 4))
    while jobs := stage.in_flight():
        is_tried = jobs == ['a.2'] and stage.begun.count('a.2') == 1
        stage.answer(again if is_tried else odd if jobs[0][0] == 'b' else OK, *jobs)
    assert stage.begun == ['a.1', 'b.1', 'a.2', 'b.2', 'a.3', 'b.3', 'b.4', 'a.2']


def test_checking_starts_with_the_first_job_added(make_stage: Make) -> None:
    stage = make_stage()
    stage.add('a.1')
    assert stage.in_flight() == ['a.1']
    stage.answer(OK, 'a.1')
    assert stage.settled() == {'a.1': 'ok'}
    stage.add('a.2')
    assert stage.in_flight() == ['a.2']


def test_a_host_is_asked_for_no_more_at_a_time_than_it_may(make_stage: Make) -> None:
    stage = make_stage(host_workers=3)
    stage.add(*numbered('a', 10), 'b.1')
    stage.answer(OK, 'a.1')
    assert stage.hosts_in_flight() == {'a': 3, 'b': 1}
    stage.answer(OK, 'a.3')
    assert stage.hosts_in_flight() == {'a': 3, 'b': 1}


def test_a_host_is_one_whatever_origins_it_has(make_stage: Make) -> None:
    stage = make_stage(host_workers=3)
    for origin in 'http', 'https', 'other':
        stage.add(f'a.{origin}.1', f'a.{origin}.2', origin=origin)
    assert stage.hosts_in_flight() == {'a': 3}


def test_a_host_may_have_limits_of_its_own(make_stage: Make) -> None:
    stage = make_stage(host_workers=3, tries=1)
    # What a redirect has paused has no limits yet.
    stage.add('b.0')
    stage.answer(HostPause(1.0, 'a'), 'b.0')
    stage.advance(1)
    stage.answer(OK, 'b.0')
    stage.add(*numbered('a', 10), limits=Limits(workers=5, tries=2))
    stage.add(*numbered('b', 10))
    stage.answer(OK, 'a.1')
    assert stage.hosts_in_flight() == {'a': 5, 'b': 3}
    stage.answer(Retry('bad', 'answered', 0), 'a.2', 'b.1')
    assert stage.settled() == {'a.1': 'ok', 'b.0': 'ok', 'b.1': 'bad'}


def test_a_host_with_a_delay_rests_after_each_begin_and_end(make_stage: Make) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 4), limits=Limits(workers=2, delay=10))
    stage.add('b.1')
    assert stage.in_flight() == ['a.1', 'b.1']
    stage.advance(9)
    assert stage.in_flight() == ['a.1', 'b.1']
    stage.advance(1)
    assert stage.in_flight() == ['a.1', 'a.2', 'b.1']
    stage.advance(20)
    stage.answer(OK, 'a.1')
    stage.advance(9)
    assert stage.in_flight() == ['a.2', 'b.1']
    stage.advance(1)
    assert stage.in_flight() == ['a.2', 'a.3', 'b.1']
    stage.answer(OK, 'a.2', 'a.3', 'b.1')
    stage.advance(10)
    stage.answer(OK, 'a.4')
    assert set(stage.finish().values()) == {'ok'}


@pytest.mark.parametrize('workers', [1, 5])
def test_workers_written_out_are_obeyed_exactly(
    make_stage: Make, threads: Threads, workers: int
) -> None:
    stage = make_stage(workers=workers)
    stage.add(*(f'{host}.1' for host in range(20)))
    assert len(stage.in_flight()) == workers
    # One more thread, which runs no job: the dispatcher.
    assert len(threads()) == workers + 1
    stage.answer(OK, stage.in_flight()[0])
    assert len(stage.in_flight()) == workers
    assert len(threads()) == workers + 1


def test_workers_left_alone_are_enough_but_bounded(make_stage: Make) -> None:
    stage = make_stage()
    stage.add(*(f'{host}.1' for host in range(ENOUGH_WORKERS + 10)))
    few = len(stage.in_flight())
    assert few < ENOUGH_WORKERS
    stage.advance(GROWTH_PAUSE)
    assert len(stage.in_flight()) == few + FEW_WORKERS
    stage.let_grow()
    assert len(stage.in_flight()) == ENOUGH_WORKERS


def test_workers_do_not_grow_where_they_would_fight_for_the_processor(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add(*(f'{host}.1' for host in range(ENOUGH_WORKERS + 10)))
    few = len(stage.in_flight())
    stage.clock.processor += GROWTH_PAUSE
    stage.advance(GROWTH_PAUSE)
    assert len(stage.in_flight()) == few
    stage.advance(GROWTH_PAUSE)
    assert len(stage.in_flight()) == few + FEW_WORKERS


def test_workers_do_not_grow_while_enough_of_them_end_their_jobs_at_once(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add(*(f'{host}.1' for host in range(ENOUGH_WORKERS)))

    def pause_in_which_jobs_end(slow: int) -> int:
        """Let a pause go by with so many *slow* jobs; return how many run then."""
        stage.advance(GROWTH_PAUSE / 2)
        stage.answer(OK, *stage.in_flight()[slow:])
        stage.advance(GROWTH_PAUSE / 2)
        return len(stage.in_flight())

    few = len(stage.in_flight())
    assert pause_in_which_jobs_end(slow=0) == few
    assert pause_in_which_jobs_end(slow=0) == few
    assert pause_in_which_jobs_end(slow=1) == few + FEW_WORKERS
    assert pause_in_which_jobs_end(slow=few) == few + FEW_WORKERS
    assert pause_in_which_jobs_end(slow=few + 1) == few + 2 * FEW_WORKERS


def test_no_more_threads_are_made_than_find_work(
    make_stage: Make, threads: Threads
) -> None:
    stage = make_stage()
    for number in range(50):
        stage.add(f'{number}.1')
        stage.answer(OK, f'{number}.1')
    assert len(threads()) == 2  # a worker, and the dispatcher


@pytest.mark.parametrize('given', [{}, {'workers': 50}])
def test_there_are_no_more_workers_than_the_machine_has_room_for(
    make_stage: Make, given: dict[str, int]
) -> None:
    stage = make_stage(most=3.5, **given)
    stage.add(*(f'{host}.1' for host in range(20)))
    stage.let_grow()
    assert len(stage.in_flight()) == 3


@pytest.mark.parametrize('name', ['workers', 'host_workers', 'tries'])
def test_less_than_one_worker_or_try_is_an_error(make_stage: Make, name: str) -> None:
    with pytest.raises(ValueError, match=f'{name}=0'):
        make_stage(**{name: 0})


# -- hosts that hang --------------------------------------------------------------


def test_hung_hosts_take_one_timeout_in_all_and_starve_nobody(make_stage: Make) -> None:
    def script(job: str) -> Outcome[str, str] | None:
        return None if job.startswith('hung') else OK

    stage = make_stage(script)
    for number in range(1, 41):
        stage.add(*(f'hung{host}.{number}' for host in range(30)))
        stage.add(*(f'fine{host}.{number}' for host in range(113)))
    stage.let_grow()
    # Before any timeout is over: some of each hung host in flight, all else settled.
    in_flight = stage.in_flight()
    assert set(in_flight) >= {f'hung{h}.{n}' for h in range(30) for n in (1, 2)}
    assert len(in_flight) == PROBE_SHARE * ENOUGH_WORKERS
    assert max(stage.hosts_in_flight().values()) <= math.ceil(len(in_flight) / 30)
    assert Counter(stage.settled().values()) == {'ok': 113 * 40}
    # One timeout later all is over.
    stage.advance(PROBE_AFTER + PROBE_WITHIN)
    stage.answer(TIMEOUT, *in_flight)
    found = stage.finish()
    asked = len(in_flight)
    assert Counter(found.values()) == {'timeout': asked, 'silent': 30 * 40 - asked}
    assert all(found[job] == 'timeout' for job in in_flight)


SLOW = [f'a.{number}' for number in range(1, 8)]


def test_slow_pages_settle_no_others_while_a_lane_is_left_for_one(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 50))
    assert stage.in_flight() == ['a.1', 'a.2']
    stage.advance(PROBE_AFTER)
    assert stage.in_flight() == [*SLOW, 'a.8']
    stage.answer(TIMEOUT, *SLOW)
    assert stage.in_flight() == ['a.8']
    stage.answer(OK, 'a.8')
    assert len(stage.in_flight()) == 8
    while jobs := stage.in_flight():
        stage.answer(OK, *jobs)
    assert Counter(stage.finish().values()) == {'ok': 43, 'timeout': 7}


@pytest.mark.parametrize(('sign', 'asked'), [('timed out', 8), ('unconnected', 2)])
def test_an_origin_is_given_up_at_once_only_where_it_takes_no_connection(
    make_stage: Make, sign: Sign, asked: int
) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 50))
    stage.advance(PROBE_AFTER)
    jobs = stage.in_flight()
    for number, job in enumerate(jobs, 1):
        stage.answer(Done('timeout', sign), job)
        is_given_up = 'silent' in stage.settled().values()
        assert is_given_up == (number == asked)
    assert Counter(stage.finish().values()) == {}
    assert len(stage.begun) == 8


def begin_hung(make_stage: Make) -> Stage:
    """Let all lanes of an origin hang whose jobs take 20 seconds at most."""
    stage = make_stage()
    stage.add(*numbered('a', 50), limits=Limits(seconds=20.0))
    stage.advance(PROBE_AFTER)
    assert stage.in_flight() == [*SLOW, 'a.8']
    assert stage.remaining == [math.inf] * 4 + [5.0] * 4
    stage.advance(5.0)
    stage.answer(CUT_SHORT, *[f'a.{number}' for number in range(5, 9)])
    return stage


def test_half_of_the_lanes_try_one_link_after_another_while_nothing_answers(
    make_stage: Make,
) -> None:
    stage = begin_hung(make_stage)
    assert set(stage.in_flight()) == set(SLOW[:4]) | {f'a.{n}' for n in range(9, 13)}
    stage.answer(OK, 'a.10')
    # Those that made room have their time when all others have had theirs.
    assert len(stage.in_flight()) == 8
    while jobs := stage.in_flight():
        stage.answer(OK, *jobs)
    assert set(stage.begun[-4:]) == {f'a.{number}' for number in range(5, 9)}
    assert set(stage.remaining[-4:]) == {math.inf}
    assert Counter(stage.finish().values()) == {'ok': 50}


def test_what_hangs_for_good_takes_no_longer_because_of_that(make_stage: Make) -> None:
    stage = begin_hung(make_stage)
    for first in (9, 13):
        stage.advance(5.0)
        stage.answer(CUT_SHORT, *[f'a.{n}' for n in range(first, first + 4)])
    # Another would be awaited for longer than the first ones.
    assert stage.in_flight() == SLOW[:4]
    stage.answer(TIMEOUT, *SLOW[:4])
    assert Counter(stage.finish().values()) == {'timeout': 4, 'silent': 46}
    assert len(stage.begun) == 16


def test_what_was_redirected_but_ran_out_of_time_proves_its_origin(
    make_stage: Make,
) -> None:
    stage = begin_hung(make_stage)
    stage.answer(CutShort('late', 'answered'), 'a.9')
    stage.in_flight()
    assert stage.remaining[-1] == math.inf
    stage.answer(TIMEOUT, *SLOW[:4])
    while jobs := stage.in_flight():
        stage.answer(OK, *jobs)
    assert Counter(stage.finish().values()) == {'timeout': 4, 'ok': 46}


def test_what_made_room_is_not_tried_again_before_its_origin_answers(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 9), limits=Limits(seconds=20.0))
    stage.advance(PROBE_AFTER)
    stage.advance(5.0)
    stage.answer(CUT_SHORT, *[f'a.{number}' for number in range(5, 9)])
    assert stage.in_flight() == [*SLOW[:4], 'a.9']


def test_what_had_all_its_time_is_settled_with_what_was_seen(make_stage: Make) -> None:
    stage = make_stage()
    stage.add('a.1')
    stage.answer(CUT_SHORT, 'a.1')
    assert stage.finish() == {'a.1': 'cut short'}


def test_no_link_is_begun_beside_others_when_their_time_is_nearly_over(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=12)
    stage.add(*(f'{host}.1' for host in 'bcde'), *numbered('a', 20))
    stage.advance(PROBE_AFTER)
    stage.advance(PROBE_WITHIN)
    stage.answer(OK, 'b.1', 'c.1', 'd.1')
    assert stage.hosts_in_flight() == {'a': 5, 'e': 1}
    stage.advance(0.01)
    stage.answer(OK, 'e.1')
    assert stage.hosts_in_flight() == {'a': 5}


def test_no_more_links_of_a_silent_origin_begin_once_one_has_timed_out(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=12)
    stage.add(*(f'{host}.1' for host in 'bcde'), *numbered('a', 20))
    stage.advance(PROBE_AFTER)
    # Half of the workers are for those that come later.
    assert stage.hosts_in_flight() == {'a': 2, 'b': 1, 'c': 1, 'd': 1, 'e': 1}
    stage.answer(TIMEOUT, 'a.1')
    stage.answer(OK, 'b.1', 'c.1', 'd.1', 'e.1')
    assert stage.in_flight() == ['a.2']


def test_the_lanes_of_a_host_bound_what_is_tried_of_it(make_stage: Make) -> None:
    stage = make_stage(host_workers=3)
    stage.add(*numbered('a', 20))
    stage.add(*numbered('b', 20), origin='https')
    stage.advance(PROBE_AFTER)
    assert stage.hosts_in_flight() == {'a': 3, 'b': 3}


def test_two_links_at_a_time_until_the_origin_answers_then_all_lanes(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 20))
    assert stage.in_flight() == ['a.1', 'a.2']
    stage.answer(OK, 'a.2')
    assert stage.in_flight() == sorted(f'a.{n}' for n in (1, 3, 4, 5, 6, 7, 8, 9))


def test_after_one_timeout_no_third_link_begins_beside_the_second(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 5))
    stage.answer(TIMEOUT, 'a.1')
    assert stage.in_flight() == ['a.2']
    stage.answer(TIMEOUT, 'a.2')
    assert stage.in_flight() == []
    assert set(stage.finish().values()) == {'timeout', 'silent'}
    assert sorted(stage.begun) == ['a.1', 'a.2']


def test_one_answer_proves_an_origin_whatever_times_out_later(make_stage: Make) -> None:
    stage = make_stage(host_workers=1)
    stage.add(*numbered('a', 6))
    for number, outcome in enumerate([TIMEOUT, OK, TIMEOUT, TIMEOUT, TIMEOUT, OK], 1):
        stage.answer(outcome, f'a.{number}')
    assert list(stage.finish().values()).count('timeout') == 4
    assert len(stage.begun) == 6


def test_an_origin_that_answers_does_not_speak_for_another(make_stage: Make) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 3))
    stage.add('a.s1', 'a.s2', 'a.s3', origin='https')
    stage.answer(OK, 'a.1', 'a.2', 'a.3')
    stage.answer(TIMEOUT, 'a.s1', 'a.s2')
    assert stage.finish()['a.s3'] == 'silent'


def test_links_added_after_an_origin_was_found_silent_are_settled(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add('a.1', 'a.2')
    stage.answer(TIMEOUT, 'a.1', 'a.2')
    stage.add('a.3')
    assert stage.finish() == {'a.1': 'timeout', 'a.2': 'timeout', 'a.3': 'silent'}


def test_a_job_that_shows_nothing_makes_room_for_one_other(make_stage: Make) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 9))
    stage.answer(UNCLEAR, 'a.1')
    assert stage.in_flight() == ['a.2', 'a.3']
    stage.answer(ValueError(), 'a.2')
    assert stage.in_flight() == ['a.3', 'a.4']
    stage.answer(TIMEOUT, 'a.3', 'a.4')
    assert Counter(stage.finish().values())['silent'] == 5


def test_timed_out_links_have_all_their_tries_before_their_origin_is_silent(
    make_stage: Make,
) -> None:
    stage = make_stage(tries=2)
    stage.add(*numbered('a', 5))
    again = Retry('timeout', 'timed out', after=3.0)
    stage.answer(again, 'a.1', 'a.2')
    assert stage.in_flight() == []  # nor does a third one try its luck meanwhile
    stage.advance(3.0)
    stage.answer(again, 'a.1')
    assert stage.in_flight() == ['a.2']
    stage.answer(again, 'a.2')
    assert Counter(stage.begun) == {'a.1': 2, 'a.2': 2}
    assert Counter(stage.finish().values()) == {'timeout': 2, 'silent': 3}


def test_a_retried_link_that_answers_frees_the_others(make_stage: Make) -> None:
    stage = make_stage(tries=2)
    stage.add(*numbered('a', 5))
    stage.answer(Retry('timeout', 'timed out', after=3.0), 'a.1', 'a.2')
    stage.advance(3.0)
    stage.answer(OK, 'a.1')
    assert stage.in_flight() == ['a.2', 'a.3', 'a.4', 'a.5']


@pytest.mark.parametrize(
    ('signs', 'admits', 'tripped'),
    [
        ([], False, False),
        (['timed out'], False, False),
        (['timed out', 'timed out'], False, True),
        (['unconnected', 'unconnected'], False, True),
        (['unconnected', 'timed out'], False, True),
        (['unclear'], True, False),
        (['timed out', 'unclear'], True, False),
        (['timed out', 'answered'], True, False),
        (['timed out', 'timed out', 'answered'], True, False),
        (['answered', 'timed out', 'timed out', 'timed out'], True, False),
    ],
)
def test_what_two_jobs_show_tells_whether_others_may_begin(
    signs: list[Sign], admits: bool, tripped: bool
) -> None:
    breaker = Breaker()
    breaker.probes = 2
    for sign in signs:
        breaker.note(sign)
    assert (breaker.admits, breaker.tripped) == (admits, tripped)


# -- what settles others ----------------------------------------------------------


def test_a_refused_link_settles_its_origin_and_later_ones_but_no_other(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 5))
    stage.add('a.https', origin='https')
    stage.answer(REFUSED, 'a.1')
    stage.add('a.6')
    assert stage.settled() == {
        'a.1': 'refused',
        **dict.fromkeys(('a.3', 'a.4', 'a.5', 'a.6'), 'refused too'),
    }
    assert stage.in_flight() == ['a.2', 'a.https']  # what runs ends by itself
    stage.answer(OK, 'a.2', 'a.https')
    assert stage.finish() == {'a.2': 'ok', 'a.https': 'ok'}


def test_a_failed_lookup_settles_every_origin_of_the_name(make_stage: Make) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 3))
    stage.add('a.s1', 'a.s2', 'a.s3', origin='https')
    stage.add('b.1')
    stage.answer(NO_HOST, 'a.1')
    stage.add('a.ftp', origin='ftp')
    assert stage.settled() == {
        'a.1': 'no host',
        **dict.fromkeys(('a.3', 'a.s3', 'a.ftp'), 'no host either'),
    }
    assert stage.in_flight() == ['a.2', 'a.s1', 'a.s2', 'b.1']


@pytest.mark.parametrize('outcome', [REFUSED, NO_HOST])
def test_what_has_answered_is_not_settled_by_one_failure(
    make_stage: Make, outcome: GiveUp[str, str]
) -> None:
    stage = make_stage(host_workers=2)
    stage.add(*numbered('a', 5))
    stage.answer(OK, 'a.1')
    stage.answer(outcome, 'a.2')
    assert stage.in_flight() == ['a.3', 'a.4']
    assert stage.settled() == {'a.1': 'ok', 'a.2': outcome.result}
    stage.answer(OK, 'a.3', 'a.4', 'a.5')
    assert set(stage.finish().values()) == {'ok'}


def test_a_name_that_has_answered_exists_whichever_origin_it_was(
    make_stage: Make,
) -> None:
    stage = make_stage(host_workers=3)
    stage.add('a.1')
    stage.answer(OK, 'a.1')
    stage.add(*(f'a.s{number}' for number in range(1, 5)), origin='https')
    stage.answer(UNCLEAR, 'a.s1')
    stage.answer(NO_HOST, 'a.s2')
    assert stage.in_flight() == ['a.s3', 'a.s4']
    stage.add('a.2')
    assert stage.in_flight() == ['a.2', 'a.s3', 'a.s4']


def test_a_tried_link_keeps_what_was_seen_of_it_when_others_settle_it(
    make_stage: Make,
) -> None:
    stage = make_stage(tries=3)
    stage.add(*numbered('a', 4))
    stage.answer(Retry('reset', 'unclear', after=3.0), 'a.1')
    stage.answer(REFUSED, 'a.2')
    assert stage.finish() == {
        'a.1': 'reset',
        'a.2': 'refused',
        'a.3': 'refused too',
        'a.4': 'refused too',
    }


def test_a_running_link_of_a_settled_origin_is_not_tried_again(
    make_stage: Make,
) -> None:
    stage = make_stage(tries=3)
    stage.add('a.1', 'a.2', 'b.1')
    stage.answer(REFUSED, 'a.1')
    stage.answer(Retry('reset', 'unclear', after=3.0), 'a.2')
    assert stage.settled() == {'a.1': 'refused', 'a.2': 'reset'}


def test_a_running_link_of_a_settled_origin_waits_for_no_pause(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add('a.1', 'a.2', 'b.1')
    stage.answer(REFUSED, 'a.1')
    stage.answer(HostPause(3.0), 'a.2')
    assert stage.settled() == {'a.1': 'refused', 'a.2': 'refused too'}
    assert stage.scheduler.progress().paused == {}


# -- retries ----------------------------------------------------------------------

LATER: Retry[str] = Retry('503', 'answered', after=5.0)


def test_what_waits_for_its_next_try_occupies_no_worker(make_stage: Make) -> None:
    stage = make_stage(workers=1, tries=2)
    stage.add('a.1', 'b.1')
    stage.answer(LATER, 'a.1')
    assert stage.in_flight() == ['b.1']
    stage.answer(OK, 'b.1')
    assert stage.in_flight() == []
    assert stage.clock.seconds == 5.0
    stage.advance(4.9)
    assert stage.in_flight() == []
    stage.advance(0.2)
    assert stage.in_flight() == ['a.1']
    stage.answer(OK, 'a.1')
    assert stage.finish() == {'b.1': 'ok', 'a.1': 'ok'}


def test_fresh_links_go_before_those_tried_again(make_stage: Make) -> None:
    stage = make_stage(workers=1, tries=2)
    stage.add('a.1', 'b.1', 'a.2', 'c.1', 'a.3')
    stage.answer(LATER, 'a.1')
    stage.advance(10)
    stage.add('d.1')
    while jobs := stage.in_flight():
        stage.answer(OK, *jobs)
    assert stage.begun == ['a.1', 'b.1', 'c.1', 'd.1', 'a.2', 'a.3', 'a.1']


def test_a_fresh_link_of_a_host_goes_before_one_that_waits_for_a_worker_again(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=1, tries=2)
    stage.add('a.1', 'b.1')
    stage.answer(LATER, 'a.1')
    stage.advance(10)
    stage.add('a.2')
    while jobs := stage.in_flight():
        stage.answer(OK, *jobs)
    assert stage.begun == ['a.1', 'b.1', 'a.2', 'a.1']
    assert len(stage.finish()) == 3


def test_after_a_retry_fresh_links_still_go_before_others_tried_again(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=1, tries=2)
    stage.add('a.1', 'b.1')
    stage.answer(LATER, 'a.1', 'b.1')
    stage.advance(10)
    assert stage.in_flight() == ['a.1']
    stage.add('c.1', 'c.2', 'c.3')
    while jobs := stage.in_flight():
        stage.answer(OK, *jobs)
    assert stage.begun == ['a.1', 'b.1', 'a.1', 'c.1', 'c.2', 'c.3', 'b.1']


def test_a_link_that_is_to_be_tried_again_after_an_answer_proves_its_origin(
    make_stage: Make,
) -> None:
    stage = make_stage(tries=2)
    stage.add(*numbered('a', 9))
    stage.answer(LATER, 'a.1')
    assert len(stage.in_flight()) == 8


def test_a_link_is_tried_as_often_as_it_may_and_then_settled(make_stage: Make) -> None:
    stage = make_stage(tries=3)
    stage.add('a.1')
    stage.answer(LATER, 'a.1')
    stage.advance(5)
    stage.answer(LATER, 'a.1')
    stage.advance(5)
    stage.answer(Retry('500', 'answered', after=5.0), 'a.1')
    assert stage.begun == ['a.1'] * 3
    assert stage.finish() == {'a.1': '500'}


def test_without_more_tries_a_link_is_settled_at_once(make_stage: Make) -> None:
    stage = make_stage()
    stage.add('a.1')
    stage.answer(LATER, 'a.1')
    assert stage.finish() == {'a.1': '503'}


@pytest.mark.parametrize('after', [-5.0, math.nan])
def test_a_senseless_pause_before_a_retry_is_none(
    make_stage: Make, after: float
) -> None:
    stage = make_stage(tries=2)
    stage.add('a.1')
    stage.answer(Retry('503', 'answered', after), 'a.1')
    assert stage.in_flight() == ['a.1']


# -- hosts that want to be left alone ---------------------------------------------


def test_a_paused_host_is_left_alone_while_others_go_on(make_stage: Make) -> None:
    stage = make_stage(host_workers=2)
    stage.add(*numbered('a', 6), 'b.1')
    stage.answer(HostPause(30.0), 'a.1')
    assert stage.in_flight() == ['a.2', 'b.1']
    stage.answer(OK, 'a.2')
    assert stage.in_flight() == ['b.1']
    assert stage.scheduler.progress().paused == {'a': 30.0}
    stage.advance(29)
    assert stage.in_flight() == ['b.1']
    stage.advance(1)
    assert stage.scheduler.progress().paused == {}
    assert stage.in_flight() == ['a.1', 'b.1']  # the one that was turned away


def test_a_host_paused_while_it_waits_for_a_worker_is_left_alone(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=2)
    stage.add('a.1', 'b.1', 'a.2', 'b.2')
    stage.answer(HostPause(30.0), 'a.1')
    assert stage.in_flight() == ['b.1', 'b.2']
    stage.answer(OK, 'b.1', 'b.2')
    assert stage.in_flight() == []
    stage.advance(30)
    stage.answer(OK, 'a.1')
    assert stage.in_flight() == ['a.2']


def test_after_a_pause_one_link_comes_back_before_others_go(make_stage: Make) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 6))
    stage.answer(HostPause(30.0), 'a.1', 'a.2')
    stage.advance(30)
    assert stage.in_flight() == ['a.1']
    stage.answer(OK, 'a.1')
    assert stage.in_flight() == ['a.2', 'a.3', 'a.4', 'a.5', 'a.6']


def test_a_pause_is_no_try_and_its_origin_has_answered(make_stage: Make) -> None:
    stage = make_stage(tries=1)
    stage.add('a.1', 'a.2', 'a.3')
    stage.answer(HostPause(1.0), 'a.1')
    stage.answer(TIMEOUT, 'a.2')
    stage.advance(1)
    stage.answer(TIMEOUT, 'a.1')
    assert stage.in_flight() == ['a.3']


def test_a_host_that_asks_again_and_again_waits_longer_up_to_its_limit(
    make_stage: Make,
) -> None:
    stage = make_stage(rate_limit_timeout=100.0)
    stage.add('a.1', 'a.2')
    stage.answer(HostPause(10.0), 'a.1', 'a.2')
    pauses = []
    while stage.scheduler.progress().paused:
        pauses.append(stage.clock.seconds)
        stage.advance(pauses[-1])
        stage.answer(HostPause(0.0), *stage.in_flight())
    assert pauses == [10, 20, 40, 30]
    stage.add('a.3')
    assert set(stage.finish().values()) == {'rate-limited'}
    assert 'a.3' not in stage.begun


def test_an_answer_between_two_pauses_makes_the_next_as_long_as_it_asks(
    make_stage: Make,
) -> None:
    stage = make_stage(host_workers=1)
    stage.add('a.1', 'a.2')
    stage.answer(HostPause(10.0), 'a.1')
    stage.advance(10)
    stage.answer(OK, 'a.1')
    stage.answer(HostPause(1.0), 'a.2')
    assert stage.scheduler.progress().paused == {'a': 1.0}


def test_links_turned_away_together_make_one_pause(make_stage: Make) -> None:
    stage = make_stage(rate_limit_timeout=12.0)
    stage.add(*numbered('a', 9))
    stage.answer(OK, 'a.1')
    stage.answer(HostPause(10.0), *stage.in_flight())
    assert stage.scheduler.progress().paused == {'a': 10.0}
    stage.advance(10)
    stage.answer(OK, *stage.in_flight())
    assert 'rate-limited' not in stage.settled().values()


def test_a_pause_is_made_longer_by_a_link_that_was_in_flight(make_stage: Make) -> None:
    stage = make_stage(rate_limit_timeout=12.0)
    stage.add('a.1', 'a.2', 'a.3')
    stage.answer(HostPause(5.0), 'a.1')
    stage.advance(2)
    stage.answer(HostPause(10.0), 'a.2')
    stage.advance(3)  # here the first pause would end
    assert stage.in_flight() == []
    stage.advance(7)
    assert stage.in_flight() == ['a.1']
    stage.answer(HostPause(1.0), 'a.1')
    assert set(stage.finish().values()) == {'rate-limited'}  # 12 s are used up


def test_a_pause_is_made_no_shorter_by_a_link_that_was_in_flight(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add('a.1', 'a.2')
    stage.answer(HostPause(30.0), 'a.1')
    stage.answer(HostPause(1.0), 'a.2')
    assert stage.scheduler.progress().paused == {'a': 30.0}
    stage.advance(29)
    assert stage.in_flight() == []


@pytest.mark.parametrize('seconds', [301.0, 21600.0, math.inf, math.nan])
def test_a_pause_beyond_the_limit_settles_the_host_without_a_wait(
    make_stage: Make, seconds: float
) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 5), 'b.1')
    stage.answer(HostPause(seconds), 'a.1')
    assert stage.settled() == dict.fromkeys(
        ['a.1', 'a.3', 'a.4', 'a.5'], 'rate-limited'
    )
    stage.answer(HostPause(1.0), 'a.2')
    assert stage.settled() == {'a.2': 'rate-limited'}


@pytest.mark.parametrize('seconds', [0.0, -5.0, -math.inf])
def test_a_pause_is_never_so_short_that_a_host_is_asked_without_end(
    make_stage: Make, seconds: float
) -> None:
    stage = make_stage()
    stage.add('a.1')
    stage.answer(HostPause(seconds), 'a.1')
    assert stage.clock.seconds == pytest.approx(MIN_PAUSE)
    while stage.scheduler.progress().paused:
        stage.advance(stage.clock.seconds)
        stage.answer(HostPause(seconds), 'a.1')
    assert stage.finish() == {'a.1': 'rate-limited'}
    assert len(stage.begun) < 20


def test_where_a_redirect_led_is_paused_not_where_it_came_from(
    make_stage: Make,
) -> None:
    stage = make_stage(host_workers=1)
    stage.add('a.1', 'a.2', 'b.1')
    stage.answer(OK, 'b.1')
    stage.add('b.2')
    stage.answer(OK, 'b.2')
    stage.answer(HostPause(30.0, 'b'), 'a.1')
    stage.add('b.3')
    assert stage.in_flight() == ['a.2']
    stage.answer(OK, 'a.2')
    assert stage.in_flight() == []
    stage.advance(30)
    assert stage.in_flight() == ['a.1', 'b.3']


def test_where_a_redirect_led_too_long_a_pause_nobody_waits_later_either(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add('a.1', 'a.2', 'a.3', 'b.1')
    stage.answer(OK, 'b.1')
    stage.answer(HostPause(301.0, 'b'), 'a.1')
    stage.answer(HostPause(1.0, 'b'), 'a.2')
    stage.add('b.2')
    stage.answer(OK, 'a.3')
    assert stage.finish() == {
        'b.1': 'ok',
        'a.1': 'rate-limited',
        'a.2': 'rate-limited',
        'b.2': 'rate-limited',
        'a.3': 'ok',
    }


# -- endings ----------------------------------------------------------------------


def test_when_the_time_is_up_the_rest_stays_unsettled(make_stage: Make) -> None:
    stage = make_stage(total_timeout=60.0, workers=2, tries=2)
    stage.add('a.1', 'b.1', 'c.1', 'd.1', 'e.1', 'f.1')
    stage.answer(OK, 'a.1')
    stage.answer(LATER, 'b.1')
    stage.answer(HostPause(100.0), 'c.1')
    stage.advance(4)
    assert stage.in_flight() == ['d.1', 'e.1']
    assert stage.clock.seconds == 1  # when b.1 is due
    stage.advance(55)
    assert stage.clock.seconds == 1  # when the time is up
    stage.advance(1)
    assert len(stage.inside) == 2  # nobody waits for them
    assert stage.scheduler.progress() == (6, 6, {}, {})
    stage.advance(100)
    stage.add('g.1')
    unsettled = ['b.1', 'c.1', 'd.1', 'e.1', 'f.1', 'g.1']
    assert stage.finish() == {'a.1': 'ok', **dict.fromkeys(unsettled)}
    assert 'f.1' not in stage.begun


def test_a_job_is_told_how_long_it_may_take(make_stage: Make) -> None:
    stage = make_stage(total_timeout=60.0)
    stage.add('a.1')
    stage.advance(45)
    stage.add('b.1')
    stage.in_flight()
    assert stage.remaining == [60.0, 15.0]


def test_without_a_limit_a_job_may_take_for_ever(make_stage: Make) -> None:
    stage = make_stage()
    stage.add('a.1')
    stage.in_flight()
    assert stage.remaining == [math.inf]


def test_what_comes_back_after_the_time_is_up_is_unsettled(make_stage: Make) -> None:
    stage = make_stage(total_timeout=60.0)
    stage.add('a.1')
    stage.in_flight()
    stage.clock.time += 60
    stage.answer(TIMEOUT, 'a.1')
    assert stage.finish() == {'a.1': None}


def test_stop_ends_at_once_and_reports_all_that_is_unsettled(make_stage: Make) -> None:
    stage = make_stage(workers=2, tries=2)
    stage.add('a.1', 'b.1', 'x.1', 'c.1', 'd.1', 'd.2')
    stage.answer(OK, 'a.1')
    stage.answer(LATER, 'b.1')
    stage.answer(HostPause(3.0), 'x.1')
    stage.scheduler.stop()
    found = dict(all_results(stage.scheduler))
    assert found == {'a.1': 'ok', **dict.fromkeys(['b.1', 'c.1', 'd.1', 'd.2', 'x.1'])}
    progress = stage.scheduler.progress()
    assert progress == (6, 6, {}, {})
    assert len(stage.inside) == 2  # nobody waited for them
    stage.scheduler.stop()
    assert all_results(stage.scheduler) == []


@pytest.mark.parametrize('end', ['close', 'stop'])
def test_without_jobs_there_are_no_results_and_no_threads(
    make_stage: Make, threads: Threads, end: str
) -> None:
    scheduler = make_stage().scheduler
    assert not threads()
    getattr(scheduler, end)()
    assert all_results(scheduler) == []
    assert not threads()


@pytest.mark.parametrize('end', ['close', 'stop'])
def test_nothing_can_be_added_after_the_end(make_stage: Make, end: str) -> None:
    stage = make_stage()
    getattr(stage.scheduler, end)()
    with pytest.raises(RuntimeError, match='after close'):
        stage.scheduler.add('a.1', host='a', origin='a')


def test_all_threads_end_with_the_results(make_stage: Make, threads: Threads) -> None:
    stage = make_stage(lambda job: OK)
    stage.add(*(f'{host}.1' for host in range(100)))
    assert len(stage.finish()) == 100
    for thread in threads():
        thread.join(LONG)
        assert not thread.is_alive()


@pytest.mark.parametrize('error', [ValueError('oops'), SystemExit(3), RecursionError()])
def test_an_exception_is_a_result_and_costs_no_worker(
    make_stage: Make, error: BaseException
) -> None:
    stage = make_stage(workers=1)
    stage.add('a.1', 'b.1')
    stage.answer(error, 'a.1')
    assert stage.settled() == {'a.1': repr(error)}
    assert stage.in_flight() == ['b.1']


@pytest.mark.parametrize(
    ('origin', 'kind'),
    [
        # A worker sees to what its job showed, the dispatcher to what is added.
        pytest.param('a', AttributeError, id='in a worker'),
        pytest.param([], TypeError, id='in the dispatcher'),
    ],
)
def test_an_exception_of_its_own_is_raised_to_whoever_waits_for_results(
    origin: Any, kind: type[Exception]
) -> None:
    no_outcome: Any = None
    scheduler: Scheduler[str, str] = Scheduler(
        lambda job, remaining: no_outcome,
        on_error=lambda job, error: repr(error),
        on_silent=str,
        on_rate_limit=str,
    )
    scheduler.add('a.1', host='a', origin=origin)
    scheduler.close()
    raised = []

    def take() -> None:
        try:
            list(scheduler.results())
        except Exception as error:  # noqa: BLE001 (it is what is looked for)
            raised.append(type(error))

    for _ in range(2):  # whoever asks again doesn't wait either
        taker = threading.Thread(target=take, daemon=True)
        taker.start()
        taker.join(LONG)
        assert not taker.is_alive()
    assert raised == [kind, kind]


def test_results_are_made_where_they_are_taken() -> None:
    made_in = []

    def on_error(job: int, error: BaseException) -> str:
        made_in.append(threading.current_thread())
        return 'error'

    scheduler: Scheduler[int, str] = Scheduler(
        lambda job, remaining: Done(str(1 / 0), 'answered'),
        on_error=on_error,
        on_silent=str,
        on_rate_limit=str,
    )
    scheduler.add(1, host='a', origin='a')
    scheduler.close()
    assert list(scheduler.results()) == [(1, 'error')]
    assert made_in == [threading.current_thread()]


def test_an_interrupted_iteration_is_continued_by_a_new_one(make_stage: Make) -> None:
    stage = make_stage(lambda job: OK)
    stage.add('a.1', 'b.1', 'c.1')
    stage.scheduler.close()
    found = []

    def take_one() -> None:
        for job, _ in stage.scheduler.results():
            found.append(job)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_one()
    found += [job for job, _ in stage.scheduler.results()]
    assert sorted(found) == ['a.1', 'b.1', 'c.1']
    assert all_results(stage.scheduler) == []


@needs_signals
def test_ctrl_c_gets_through_while_every_worker_hangs() -> None:
    program = """
import threading
from sphinx_linkaudit.schedule.scheduler import Scheduler

def hang(job, remaining):
    print('hangs', flush=True)
    threading.Event().wait()

scheduler = Scheduler(hang, on_error=repr, on_silent=repr, on_rate_limit=repr)
scheduler.add('job', host='a', origin='a')
try:
    list(scheduler.results())
except KeyboardInterrupt:
    scheduler.stop()
    print(list(scheduler.results()), flush=True)
"""
    with subprocess.Popen(
        [sys.executable, '-c', program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=FOLDER.parents[1],
    ) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == 'hangs\n'
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "[('job', None)]\n"
            assert process.wait(LONG) == 0  # what hangs keeps no process alive
        finally:
            process.kill()


@pytest.fixture
def allow_threads(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the system have no more than so many threads start."""

    def allow(count: int) -> None:
        start = threading.Thread.start
        started: list[threading.Thread] = []

        def start_if_allowed(thread: threading.Thread) -> None:
            ours = '_dispatch' in thread.name or '_work' in thread.name
            if ours and len(started) == count:
                msg = "can't start new thread"
                raise RuntimeError(msg)
            if ours:
                started.append(thread)
            start(thread)

        monkeypatch.setattr(threading.Thread, 'start', start_if_allowed)

    return allow


def test_where_no_more_threads_can_be_had_those_there_are_do_all_the_work(
    make_stage: Make, allow_threads: Callable[[int], None]
) -> None:
    allow_threads(3)
    stage = make_stage(lambda job: OK)
    stage.add(*(f'{host}.{n}' for host in range(10) for n in range(10)))
    assert set(stage.finish().values()) == {'ok'}
    assert len(stage.begun) == 100


def test_no_more_jobs_are_begun_than_there_are_threads_to_be_had(
    make_stage: Make, allow_threads: Callable[[int], None]
) -> None:
    allow_threads(3)  # two of them workers
    # By the third it is known.
    stage = make_stage(lambda job: OK if job in {'0.1', '1.1', '2.1'} else None)
    stage.add(*(f'{host}.1' for host in range(20)))
    for outcome in (OK, SHORTAGE, SHORTAGE, OK):
        stage.answer(outcome, stage.in_flight()[0])
        stage.let_grow()
        assert len(stage.in_flight()) == 2


def test_where_no_worker_can_be_had_everything_says_so(
    make_stage: Make, allow_threads: Callable[[int], None]
) -> None:
    allow_threads(1)
    stage = make_stage()
    stage.add('a.1', 'a.2', 'b.1')
    assert stage.in_flight() == []
    # Also what comes now, when that is known.
    stage.add('c.1')
    found = stage.finish()
    assert sorted(found) == ['a.1', 'a.2', 'b.1', 'c.1']
    assert all('NoThreadError' in str(result) for result in found.values())


# -- where this machine has too little ---------------------------------------------


def test_a_job_that_lacks_something_runs_again_and_is_settled_at_last(
    make_stage: Make,
) -> None:
    stage = make_stage(tries=1)
    stage.add('a.1')
    for number in range(SHORTAGE_PAUSES):
        stage.answer(SHORTAGE, 'a.1')
        stage.advance(SHORTAGE_PAUSE * 2**number * 0.9)
        assert stage.in_flight() == []
        stage.advance(SHORTAGE_PAUSE * 2**number * 0.2)
    stage.answer(SHORTAGE, 'a.1')
    assert stage.settled() == {'a.1': 'short of files'}


def test_what_lacked_something_has_all_its_tries_left(make_stage: Make) -> None:
    stage = make_stage(tries=2)
    stage.add('a.1')
    stage.answer(SHORTAGE, 'a.1')
    stage.advance(SHORTAGE_PAUSE)
    stage.answer(LATER, 'a.1')
    stage.advance(LATER.after)
    stage.answer(SHORTAGE, 'a.1')
    stage.advance(2 * SHORTAGE_PAUSE)
    stage.answer(OK, 'a.1')
    assert stage.settled() == {'a.1': 'ok'}


def test_fewer_jobs_run_once_something_was_lacking_but_not_too_few(
    make_stage: Make,
) -> None:
    stage = make_stage(workers=20)
    stage.add(*(f'{host}.1' for host in range(60)))
    stage.answer(SHORTAGE, *stage.in_flight()[:5])
    assert len(stage.in_flight()) == 15
    stage.let_grow()
    stage.answer(OK, stage.in_flight()[0])
    assert len(stage.in_flight()) == 15
    stage.answer(SHORTAGE, *stage.in_flight())
    assert len(stage.in_flight()) == FEW_WORKERS
    stage.advance(SHORTAGE_SECONDS)
    stage.let_grow()
    assert len(stage.in_flight()) == 20


def test_a_single_worker_goes_on_when_something_was_lacking(make_stage: Make) -> None:
    stage = make_stage(workers=1)
    stage.add('a.1', 'b.1')
    stage.answer(SHORTAGE, 'a.1')
    stage.answer(OK, 'b.1')
    stage.advance(SHORTAGE_PAUSE)
    assert stage.in_flight() == ['a.1']


def test_a_job_that_lacks_something_leaves_its_place_to_another_of_its_host(
    make_stage: Make,
) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 9))
    first = stage.in_flight()
    stage.answer(SHORTAGE, first[0])
    others = set(stage.in_flight()) - set(first)
    assert len(others) == 1
    # It counts among those that are awaited again, and only once.
    stage.advance(SHORTAGE_PAUSE)
    assert len(stage.in_flight()) == 8


def test_what_was_late_and_lacks_something_keeps_its_place(make_stage: Make) -> None:
    stage = make_stage(tries=2)
    stage.add(*numbered('a', 5))
    stage.answer(Retry('timeout', 'timed out', after=3.0), 'a.1')
    stage.advance(3.0)
    stage.answer(SHORTAGE, 'a.1')
    assert stage.in_flight() == ['a.2']


def test_links_that_are_tried_beside_others_are_kept_apart_too(
    make_stage: Make,
) -> None:
    stage = make_stage()
    limits = Limits(workers=8, delay=0.1)
    for job in numbered('a', 20):
        stage.scheduler.add(job, host='a', origin='a', limits=limits)
    for _ in range(2):
        stage.advance(0.1)
    assert stage.in_flight() == ['a.1', 'a.2']
    stage.advance(PROBE_AFTER)
    assert stage.in_flight() == ['a.1', 'a.2', 'a.3']


def test_what_lacks_something_is_silent_with_its_host(make_stage: Make) -> None:
    stage = make_stage()
    stage.add(*numbered('a', 50))
    stage.answer(SHORTAGE, 'a.1')
    while jobs := stage.in_flight():
        stage.answer(TIMEOUT, *jobs)
    assert stage.settled()['a.1'] == 'silent'


def test_no_job_begins_after_stop(
    make_stage: Make, threads: Threads, allow_threads: Callable[[int], None]
) -> None:
    allow_threads(2)
    stage = make_stage()
    stage.add('a.1', 'b.1', 'c.1')
    with stage.changed:
        assert stage.changed.wait_for(
            lambda: stage.inside and stage.clock.waits and stage.clock.queue.empty(),
            LONG,
        )
    # The second is handed out, and waits for the one worker there is.
    assert set(stage.scheduler.progress().in_flight) == {'a', 'b'}
    stage.scheduler.stop()
    assert dict(all_results(stage.scheduler)) == dict.fromkeys(['a.1', 'b.1', 'c.1'])
    stage.answers['a.1'].put(OK)
    for thread in threads():
        thread.join(LONG)
        assert not thread.is_alive()
    assert stage.begun == ['a.1']


# -- what it shows and what it costs ----------------------------------------------


def test_progress_names_the_hosts_awaited_and_those_paused(make_stage: Make) -> None:
    stage = make_stage()
    stage.add('a.1', 'b.1', 'c.1')
    stage.advance(4)
    stage.add('b.2')
    stage.answer(HostPause(10.0), 'a.1')
    stage.answer(OK, 'c.1')
    stage.advance(3)
    progress = stage.scheduler.progress()
    assert progress.settled == 1
    assert progress.total == 4
    assert progress.in_flight == {'b': (2, 7.0)}
    assert progress.paused == {'a': 7.0}


REFUSED_TOO: GiveUp[int, str] = GiveUp('refused', 'origin', str)


def lines_run(jobs: int, hosts: int, outcomes: list[Outcome[int, str]]) -> int:
    """Return how many lines of the scheduler's own run for so many jobs."""
    counts: Counter[int] = Counter()  # by thread, so that none overwrites another's

    def trace(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
        if not frame.f_code.co_filename.startswith(str(FOLDER)):
            return None
        if event == 'line':
            counts[threading.get_ident()] += 1
        return trace

    before = threading.gettrace()
    threading.settrace(trace)
    try:
        scheduler: Scheduler[int, str] = Scheduler(
            lambda job, remaining: outcomes[job % len(outcomes)],
            on_error=lambda job, error: repr(error),
            on_silent=str,
            on_rate_limit=str,
            workers=8,
        )
        for job in range(jobs):
            name = str(job % hosts)
            scheduler.add(job, host=name, origin=(name, job % 3))
        scheduler.close()
        assert len(all_results(scheduler)) == jobs
    finally:
        threading.settrace(before)
    return counts.total()


@pytest.mark.parametrize(
    'outcomes',
    [[OK], [UNCLEAR], [REFUSED_TOO, OK, OK]],
    ids=['answered', 'unclear', 'refused'],
)
@pytest.mark.parametrize(('hosts_of_few', 'hosts_of_many'), [(1, 1), (100, 800)])
def test_the_cost_of_a_job_does_not_grow_with_their_number(
    hosts_of_few: int, hosts_of_many: int, outcomes: list[Outcome[int, str]]
) -> None:
    few, many = 200, 1600
    cost = lines_run(few, hosts_of_few, outcomes)
    assert lines_run(many, hosts_of_many, outcomes) < 1.5 * cost * many / few


@pytest.mark.parametrize('seed', range(5))
def test_whatever_the_web_does_every_link_is_settled_once_and_politely(
    seed: int,
) -> None:
    rng = random.Random(seed)
    hosts = [f'host{number}' for number in range(12)]
    jobs: list[Job] = [
        (number, rng.choice(hosts), rng.randrange(3)) for number in range(600)
    ]
    moods = {host: rng.choices([1, 1, 1, 20], k=7) for host in hosts}
    sign: Sign = rng.choice(['answered', 'timed out', 'unclear'])
    outcomes: list[Outcome[Job, str]] = [
        OK,
        TIMEOUT,
        UNCLEAR,
        GiveUp('refused', 'origin', str),
        GiveUp('no host', 'name', str),
        HostPause(0.001),
        Retry('again', sign, after=0.001),
    ]
    lock = threading.Lock()
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()
    times: Counter[int] = Counter()

    def run(job: Job, remaining: float) -> Outcome[Job, str]:
        number, host, _ = job
        with lock:
            running[host] += 1
            most[host] = max(most[host], running[host])
            times[number] += 1
            outcome = rng.choices(outcomes, moods[host])[0]
            broken = rng.random() < 0.05
        time.sleep(0)
        with lock:
            running[host] -= 1
        if broken:
            raise ValueError
        return outcome

    scheduler = Scheduler(
        run,
        on_error=lambda job, error: repr(error),
        on_silent=lambda job: 'silent',
        on_rate_limit=lambda job: 'rate-limited',
        host_workers=4,
        tries=3,
        rate_limit_timeout=0.3,
    )
    for job in jobs:
        scheduler.add(job, host=job[1], origin=job[1:])
    scheduler.close()
    found = all_results(scheduler)
    assert sorted(job for job, _ in found) == jobs
    assert None not in {result for _, result in found}
    assert max(most.values()) <= 4
    assert scheduler.progress() == (600, 600, {}, {})


def test_by_the_real_clock_what_waits_is_woken() -> None:
    tries = []

    def run(job: str, remaining: float) -> Outcome[str, str]:
        tries.append(job)
        return HostPause(0.01) if len(tries) == 1 else Retry('twice', 'answered', 0.01)

    scheduler: Scheduler[str, str] = Scheduler(
        run,
        on_error=lambda job, error: repr(error),
        on_silent=str,
        on_rate_limit=str,
        tries=2,
    )
    scheduler.add('a.1', host='a', origin='a')
    scheduler.close()
    assert all_results(scheduler) == [('a.1', 'twice')]
    assert tries == ['a.1'] * 3


def test_by_the_real_clock_what_hangs_is_left_when_the_time_is_up() -> None:
    hung = threading.Event()
    waited_for = []

    def hang(job: str, remaining: float) -> Outcome[str, str]:
        waited_for.append(hung.wait(LONG))
        return OK

    scheduler: Scheduler[str, str] = Scheduler(
        hang,
        on_error=lambda job, error: repr(error),
        on_silent=str,
        on_rate_limit=str,
        total_timeout=0.1,
    )
    scheduler.add('a.1', host='a', origin='a')
    scheduler.close()
    try:
        assert all_results(scheduler) == [('a.1', None)]
        assert waited_for == []
    finally:
        hung.set()
