"""Reads days and times as authors write them."""

from __future__ import annotations

import datetime
import re

_TIME = re.compile(r'([01]?\d|2[0-3]):[0-5]\d', re.ASCII)
#: What is one in Europe, in French and German: 9h30, 9 h 30, 9.30, 9.30 Uhr.
_EUROPEAN = re.compile(
    r'(?<![\d:.])(\d\d?)(?:\s?[hH]\s?|[:.])(\d\d)(?![\d:.])(?:\s*Uhr\b)?', re.ASCII
)


def with_colons(text: str) -> str:
    """Return *text* with a colon in each time.

    >>> with_colons('2025-09-12 9h30 - 10.15 Uhr')
    '2025-09-12 9:30 - 10:15'
    """
    return _EUROPEAN.sub(r'\1:\2', text)


def parse_date(text: str) -> str:
    """Return *text* if it is a date such as 2011-06-07.

    :raises ValueError: if it is not.
    """
    if not re.fullmatch(r'\d{4}-\d\d-\d\d', text, re.ASCII):
        raise ValueError(text)
    return datetime.date.fromisoformat(text).isoformat()


def parse_time(text: str) -> str:
    """Return *text*, a time such as 9:30, as 09:30.

    :raises ValueError: if it is none.
    """
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.time.fromisoformat(text.zfill(5)).isoformat('minutes')
