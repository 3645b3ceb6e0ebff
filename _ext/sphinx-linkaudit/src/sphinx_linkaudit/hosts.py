"""Reads `linkcheck_hosts`: how hosts that match a pattern are asked."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Seconds that one can wait for: a system counts them in milliseconds, in 31 bits.
_MAX_SECONDS = 10**6


class Host(NamedTuple):
    """What is set for a host; None and empty where the general settings hold."""

    workers: int | None = None  #: How many links are checked at a time.
    delay: float = 0.0  #: Seconds between two requests.
    timeout: float | None = None  #: Seconds for each try of a link.
    retries: int | None = None  #: Tries of a link in all.
    headers: Mapping[str, str] = {}
    accept: frozenset[int] = frozenset()  #: Status codes that count as working.


_NOTHING = Host()


class Hosts:
    """The settings of all hosts."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        """Take them from `linkcheck_hosts`.

        :raises ValueError: for the first mistake.
        """
        if not isinstance(settings, dict):
            message = f'it has to be a dictionary, not {type(settings).__name__}'
            raise ValueError(message)  # noqa: TRY004 (it is a mistake in a value)
        self._patterns = [
            (_pattern(pattern), _values(pattern, values))
            for pattern, values in settings.items()
        ]
        self._of = lru_cache(maxsize=4096)(self._find)

    def of(self, url: str) -> Host:
        """Return what is set for the host of *url*.

        For each key the first pattern that has it and matches counts.
        """
        if not self._patterns:
            return _NOTHING
        try:
            parts = urlsplit(url)
            origin = parts.scheme.lower(), parts.netloc.rpartition('@')[2].lower()
        except ValueError:
            return _NOTHING
        return self._of(*origin)

    @property
    def most_workers(self) -> int:
        """The greatest number of workers that any host has, 0 if none has one."""
        return max((v.get('workers', 0) for _pattern, v in self._patterns), default=0)

    @property
    def all_headers(self) -> list[Mapping[str, str]]:
        """The headers of all hosts."""
        return [values.get('headers', {}) for _pattern, values in self._patterns]

    def _find(self, scheme: str, netloc: str) -> Host:
        found: dict[str, Any] = {}
        for pattern, values in self._patterns:
            if pattern.match(netloc) or pattern.match(f'{scheme}://{netloc}/'):
                found = values | found
        if found.get('delay'):
            # Several links at a time would only wait for each other.
            found.setdefault('workers', 1)
        return Host(**found)


def _pattern(text: object) -> re.Pattern[str]:
    if not isinstance(text, str):
        message = f'{text!r}: a pattern has to be a string'
        raise ValueError(message)  # noqa: TRY004 (it is a mistake in a value)
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        message = f'{text!r}: {error}'
        raise ValueError(message) from error


def _values(pattern: str, values: object) -> dict[str, Any]:
    """Return what is set for a *pattern*, in the types of `Host`."""
    if not isinstance(values, dict):
        kind = type(values).__name__
        message = f'{pattern!r} must have a dictionary, not {kind}'
        raise ValueError(message)  # noqa: TRY004
    found = {}
    for key, value in values.items():
        if key not in _KEYS:
            message = f'{pattern!r}: unknown key {key!r}; known: {", ".join(_KEYS)}'
            raise ValueError(message)
        wanted, read = _KEYS[key]
        found[key] = read(value)
        if found[key] is None:
            # Headers may be secret.
            given = '' if key == 'headers' else f', not {value!r}'
            message = f'{pattern!r}, {key!r} must be {wanted}{given}'
            raise ValueError(message)
    return found


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if value >= 1 else None


def _tries(value: object) -> int | None:
    # As `linkcheck_retries`: none is one try.
    return 1 if value == 0 and not isinstance(value, bool) else _count(value)


def seconds_of(value: object) -> float | None:
    """Return a number of seconds, None if it is none that one can wait for."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value <= _MAX_SECONDS else None


def _timeout(value: object) -> float | None:
    return seconds_of(value) or None


def _headers(value: object) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    good = all(
        isinstance(name, str)
        and isinstance(text, str)
        and _HEADER_NAME.fullmatch(name)
        and not _HEADER_BREAK.search(text)
        for name, text in value.items()
    )
    return dict(value) if good else None


def codes_of(value: object) -> frozenset[int] | None:
    """Return a list of status codes, None if it is none."""
    if not isinstance(value, list | tuple | set | frozenset):
        return None
    good = all((_count(code) or 0) in range(100, 1000) for code in value)
    return frozenset(value) if good else None


#: RFC 9110, 5.1 and 5.5.
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_BREAK = re.compile(r'[\r\n\0]')

#: What can be set, what it has to be, and how it is read; None is a mistake.
_KEYS: dict[str, tuple[str, Callable[[object], Any]]] = {
    'workers': ('a whole number from 1 up', _count),
    'delay': ('a number of seconds from 0 up', seconds_of),
    'timeout': ('a number of seconds above 0', _timeout),
    'retries': ('a whole number from 0 up', _tries),
    'headers': ('a dictionary of names and texts', _headers),
    'accept': ('a list of status codes', codes_of),
}
#: Those that verdicts depend on.
FOR_VERDICTS = ('headers', 'accept')
