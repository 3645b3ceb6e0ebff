"""What a job says to its schedule: what came of it, and what holds for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_J = TypeVar('_J')
_R = TypeVar('_R')

#: What a job showed of its origin: 'answered' if anything came (an error, a redirect, a
#: TLS alert), 'timed out' if nothing did in time, 'unconnected' if there was not even a
#: connection, 'unclear' if that isn't known.
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
class CutShort(Generic[_R]):
    """The job took all the seconds that it was given, which were fewer than usual.

    It runs again once its origin has answered, which counts as no try.
    """

    result: _R  #: What the job is settled with if these were all there are.
    sign: Sign


@dataclass(frozen=True, slots=True)
class HostPause:
    """A host is rate-limited; the job runs again later, which counts as no try.

    A host that asks again right after a pause gets one at least twice as long, and
    after each a single job has to come back before others of the host run.
    """

    seconds: float  #: What it asked for: any number, even a negative one or NaN.
    host: str = ''  #: The one that asked, if not the job's own (after a redirect).
    sign: ClassVar[Sign] = 'answered'


@dataclass(frozen=True, slots=True)
class GiveUp(Generic[_J, _R]):
    """The job is settled, and so is the rest of *scope*, what is running aside.

    If anything in *scope* has answered before, only the job itself is.
    """

    result: _R
    scope: Literal['name', 'origin']  #: The job's host, or only its origin.
    others: Callable[[_J], _R]  #: Makes the results of the rest, also of later ones.
    sign: ClassVar[Sign] = 'unclear'


@dataclass(frozen=True, slots=True)
class Shortage(Generic[_R]):
    """This machine has too little of something to run the job now.

    It runs again after a pause, which counts as no try, and fewer jobs run at once for
    some time.  When it has had its last pause, it is settled.
    """

    result: _R
    sign: ClassVar[Sign] = 'unclear'


Outcome = (
    GiveUp[_J, _R] | Done[_R] | Retry[_R] | CutShort[_R] | HostPause | Shortage[_R]
)


class NoThreadError(RuntimeError):
    """The system allows no thread to run jobs in."""


class Limits(NamedTuple):
    """What holds for a job and its host, None where the scheduler's own does."""

    workers: int | None = None  #: Jobs of the host at a time.
    delay: float = 0.0  #: Seconds without a new job, after each that begins or ends.
    tries: int | None = None  #: How often the job runs at most.
    seconds: float = math.inf  #: Of one run, at most.


class Progress(NamedTuple):
    """How far a scheduler is, for a display."""

    settled: int
    total: int  #: Added so far.
    #: By host, jobs and seconds since the oldest began; the longest awaited host first.
    in_flight: dict[str, tuple[int, float]]
    paused: dict[str, float]  #: By host, seconds until it is asked again.
