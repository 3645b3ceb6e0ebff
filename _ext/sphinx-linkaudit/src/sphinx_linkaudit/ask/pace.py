"""Keeps the requests to a host apart, and knows how long a pause it asks for."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
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
        """Count the *host*'s delay from now on, however long its answer took."""
        if delay := self._delay_for(url):
            with self._lock:
                turn = time.monotonic() + delay
                self._next[host] = max(turn, self._next.get(host, turn))


def retry_after(value: str) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3).

    None if it is neither a number nor a date; less than 0 for a date that has passed.
    """
    try:
        seconds = float(value)
    except ValueError:
        when = http_date(value)
        seconds = when.timestamp() - time.time() if when else math.nan
    return seconds if math.isfinite(seconds) else None


def http_date(value: str) -> datetime | None:
    """Return the date of a header, None if it is none.

    It is in GMT, also where it doesn't say so (RFC 9110, 5.6.7).
    """
    try:
        when = parsedate_to_datetime(value)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return when.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
