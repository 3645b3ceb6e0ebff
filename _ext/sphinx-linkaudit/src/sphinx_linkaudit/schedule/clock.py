"""Time as it goes by; tests have another."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from queue import SimpleQueue

_T = TypeVar('_T')


class Clock:
    """Tells the time, and waits."""

    def now(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    def spent(self) -> float:
        """Return the seconds of processor time that this process has had."""
        return time.process_time()

    def get(self, queue: SimpleQueue[_T], seconds: float) -> _T:
        """Take from *queue*; raise `queue.Empty` if nothing comes in *seconds*."""
        return queue.get(timeout=min(max(0.0, seconds), threading.TIMEOUT_MAX))
