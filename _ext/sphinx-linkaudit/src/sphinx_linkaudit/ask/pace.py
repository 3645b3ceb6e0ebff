"""Keeps the requests to a host apart."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pace:
    """Says when the next request to a host may be sent; safe for many threads."""

    def __init__(self, delay_for: Callable[[str], float]) -> None:
        """Take what returns the seconds between two requests to a URL's host."""
        self._delay_for = delay_for
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def turn(self, url: str, host: str) -> float:
        """Take the next turn for a request to a *host*; return the seconds until it."""
        delay = self._delay_for(url)
        if not delay:
            return 0.0
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + delay
        return turn - now

    def answered(self, url: str, host: str) -> None:
        """Leave the *host* alone from now on, however long its answer took."""
        if delay := self._delay_for(url):
            with self._lock:
                turn = time.monotonic() + delay
                self._next[host] = max(turn, self._next.get(host, turn))
