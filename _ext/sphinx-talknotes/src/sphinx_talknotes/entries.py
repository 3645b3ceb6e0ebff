"""Reads which packages the words of a list name, as people write lists."""

from __future__ import annotations

import re
from typing import NamedTuple

from sphinx_talknotes.names import package_name

#: A name in one word, with extras and versions perhaps: psycopg[binary]>=3.1,<4.
_VERSION = r'\s*(?:[<>=!~]=|[<>]|===)\s*[\w.*+!-]+'
_NAME = re.compile(
    rf'\w(?:[\w.+#-]*[\w+#])?(?:\s*\[[\w\s,.-]*\])?(?:{_VERSION}(?:\s*,{_VERSION})*)?'
)
#: What stands between a name and what is said of it.
_SEPARATOR = re.compile(r'\s*:(?:\s+|$)|\s+[-\N{EN DASH}\N{EM DASH}]{1,3}(?:\s+|$)')
#: What stands between two names.
_BETWEEN = re.compile(
    r'(?:\s*,\s*|\s*;\s+)(?:(?:and|or|und|oder|et|ou|y)\s+)?'
    r'|\s+(?:and|or|&|und|oder|et|ou|y)\s+'
)
#: Words that begin a remark rather than name a package.
_REMARKS = frozenset(
    {
        *('also', 'but', 'caution', 'caveat', 'etc', 'important', 'more', 'nb', 'none'),
        *('note', 'notes', 'nothing', 'other', 'others', 'ps', 'see', 'tip', 'todo'),
        'warning',
    }
)
_URL = re.compile(r'(?i:https?|ftp)://\S+')
#: An address without its scheme: no name begins like that.
_BARE = re.compile(r'(?i:www\.[\w-]+\.\S+|(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/\S*)')
#: A host: as a whole it may be a name, such as socket.io.
_HOST = re.compile(
    r'(?:[\w-]+\.)+(?:ai|app|co|com|de|dev|edu|eu|fr|gov|info|io|net|nl|org|uk)/?',
    re.IGNORECASE | re.ASCII,
)


class Span(NamedTuple):
    """A name in a text."""

    name: str
    start: int
    end: int


def address_of(text: str, *, is_beside_name: bool = False) -> str:
    """Return the web address that *text* is, with its scheme; '' if it is none.

    Of what may be a name as well as a host, socket.io say, it is only taken for an
    address where it *is_beside_name*.

    >>> address_of('www.kombu.example.org'), address_of('zope.interface')
    ('https://www.kombu.example.org', '')
    """
    if _URL.fullmatch(text):
        return text
    if _BARE.fullmatch(text) or (is_beside_name and _HOST.fullmatch(text)):
        return f'https://{text}'
    return ''


def split(text: str) -> tuple[str, str, str]:
    """Return what comes before the separator in *text*, the separator, and the rest."""
    match = _SEPARATOR.search(text)
    if match is None:
        return text, '', ''
    return text[: match.start()], match[0], text[match.end() :]


def names_in(text: str) -> list[Span]:
    """Return the names that *text* consists of, each of one word; else none.

    >>> [span.name for span in names_in('black, isort and ruff')]
    ['black', 'isort', 'ruff']
    >>> names_in('the one to use'), names_in('Note')
    ([], [])
    """
    start = len(text) - len(text.lstrip())
    if _NAME.fullmatch(text.strip()):
        pieces = [(start, len(text.rstrip()))]
    else:
        pieces = []
        for match in _BETWEEN.finditer(text):
            pieces.append((start, match.start()))
            start = match.end()
        pieces.append((start, len(text.rstrip())))
    spans = [Span(package_name(text[a:b]), a, b) for a, b in pieces]
    wrong = any(
        not _NAME.fullmatch(text[span.start : span.end])
        or address_of(span.name)
        or span.name.casefold() in _REMARKS
        for span in spans
    )
    return [] if wrong else spans


def is_several(text: str) -> bool:
    """Whether *text* looks like several names, of whatever words."""
    pieces = _BETWEEN.split(text)
    return not _NAME.fullmatch(text) and len(pieces) > 1 and all(map(is_name, pieces))


def is_between(text: str) -> bool:
    """Whether *text* is what stands between two names."""
    return _BETWEEN.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether *text* may be a name of a few words, as in Django REST framework."""
    return (
        bool(re.match(r'\w', text))
        and len(text.split()) <= 4
        and not re.search(r'[,;!?]|[.:]\s', text)
        and not any(map(address_of, text.split()))
        and text.casefold() not in _REMARKS
    )


def is_command(text: str) -> bool:
    """Whether *text*, set as code, is more than a name."""
    return _NAME.fullmatch(text) is None
