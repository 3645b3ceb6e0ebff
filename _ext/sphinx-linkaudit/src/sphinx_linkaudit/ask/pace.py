"""Keeps the requests to a host apart, and knows how long a pause it asks for."""

from __future__ import annotations

import math
import re
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: When a host takes requests again: as a header by itself, or as a part of RateLimit,
#: ``"default";r=0;t=30`` (draft-ietf-httpapi-ratelimit-headers-10) or, before that,
#: ``limit=10, remaining=0, reset=30``.
_RESET = re.compile(r'(?:x-)?rate-?limit-reset(?:-after)?')
_RESET_PART = re.compile(r'\b(?:t|reset)\s*=\s*(\d+)')
#: What is more than that is no number of seconds, but a time in seconds since 1970.
_LONGEST_RESET = 10**9


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
    Of several numbers, which proxies may have added, the largest counts.
    """
    try:
        seconds = max(map(float, value.split(',')))
    except ValueError:
        when = http_date(value)
        seconds = when.timestamp() - time.time() if when else math.nan
    return seconds if math.isfinite(seconds) else None


def reset_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds until a host's rate limit is reset, by the *headers* for that.

    Their names are in lower case.  None if there are none; less than 0 for a time that
    has passed.
    """
    numbers = _RESET_PART.findall(headers.get('ratelimit', ''))
    numbers += [value for name, value in headers.items() if _RESET.fullmatch(name)]
    found = []
    for number in numbers:
        seconds = retry_after(number)
        if seconds is not None:
            is_time = seconds > _LONGEST_RESET
            found.append(seconds - time.time() if is_time else seconds)
    return max(found, default=None)


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
