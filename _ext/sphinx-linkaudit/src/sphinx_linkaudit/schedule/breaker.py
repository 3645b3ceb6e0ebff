"""Says whether an origin that answers nothing is worth more jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx_linkaudit.schedule.outcome import Sign

#: Jobs begun at a time of an origin that hasn't answered: as many as its breaker wants
#: to see time out, so that a hung origin costs one timeout and few threads.
PROBES = 2


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
