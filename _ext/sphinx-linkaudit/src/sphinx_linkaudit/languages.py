"""Knows addresses that differ by a language alone, and those of home pages."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, localedata

from sphinx_linkaudit.urls import site_of

if TYPE_CHECKING:
    from urllib.parse import SplitResult

#: A language, with a script or region or without one.
_TAG = re.compile(r'([a-z]{2,3})(?:[-_][a-z]{2,4}){0,2}', re.IGNORECASE)
#: The parameters of a query that name one.
_QUERY = re.compile(
    r'(?:hl|(?:set|ui)?_?lang|language|locale|lc)=[\w-]+', re.IGNORECASE
)
#: The name of a file, and in the next line the same with a language: page_en.html,
#: page.en.html or page.html.en.
_FILE = re.compile(
    rf'(.+?)(\.\w+|)\n\1[._-]({_TAG.pattern})\2(?:\.html?)?', re.IGNORECASE
)
#: The last segment of a home page's path, where it has any.
_HOME = re.compile(
    r'(?:default|home|index|main|start|welcome)(?:\.\w+)?', re.IGNORECASE
)
#: Names of languages that are English words too, which they more likely are when they
#: stand alone in a path.
_WORDS = frozenset({'as', 'is', 'my', 'or', 'so', 'to'})
#: Segments of a path that stand before a language, or in its place.
_EVERYWHERE = frozenset({'intl', 'global'})


def is_translation(asked: SplitResult, final: SplitResult) -> bool:
    """Whether an address differs from the one *asked* for by a language alone.

    As ``/en-us/x`` from ``/x``, or ``/us/en/x``, ``/intl/en/x``, ``/x?lang=en``, or
    ``en.example.org`` from ``example.org``.
    """
    old = [part for part in asked.path.split('/') if part]
    new = [part for part in final.path.split('/') if part]
    queries = set(final.query.split('&')) - set(asked.query.split('&')) - {''}
    was, now = site_of(asked), site_of(final)
    if not all(map(_QUERY.fullmatch, queries)):
        return False
    if was != now:
        first, _dot, rest = now.partition('.')
        return rest == was and old == new and names_language(first)
    if old == new:
        return bool(queries)
    if len(old) == len(new):
        file = _FILE.fullmatch(f'{old[-1]}\n{new[-1]}')
        if file is None or old[:-1] != new[:-1]:
            return False
        return names_language(file[3])
    more = len(new) - len(old)
    return more in {1, 2} and any(
        new[:i] + new[i + more :] == old
        and new[i + more - 1] not in _EVERYWHERE
        and all(map(_names_place, new[i : i + more]))
        for i in range(len(old) + 1)
    )


def is_home(path: str) -> bool:
    """Whether a path is that of a site's home page, or of the one in a language."""
    parts = [part for part in path.split('/') if part]
    if len(parts) > 1 and _names_country(parts[0]) and names_language(parts[1]):
        del parts[0]
    if parts and names_language(parts[0]) and parts[0] not in _WORDS:
        del parts[0]
    return not parts or (len(parts) == 1 and bool(_HOME.fullmatch(parts[0])))


def names_language(text: str) -> bool:
    """Whether *text* is the name of a language, as ``en`` or ``pt-br``."""
    tag = _TAG.fullmatch(text)
    return tag is not None and localedata.exists(tag[1].lower())


def _names_place(text: str) -> bool:
    """Whether *text* is what sites have before a path: a language or a country."""
    return names_language(text) or _names_country(text)


def _names_country(text: str) -> bool:
    return text in _EVERYWHERE or text.upper() in _countries()


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(Locale('en').territories)
