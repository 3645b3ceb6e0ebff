"""The file of links accepted as dead: reads and writes it, and looks links up in it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.memory.jsonfile import (
    JsonFileError,
    check_keys,
    check_version,
    read_object,
    require,
    typed,
)
from sphinx_linkaudit.urls import is_url, page_of
from sphinx_linkaudit.verdicts import ALIVE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

_T = TypeVar('_T')

#: The version of the file's format.
VERSION = 1


class KnownDead(NamedTuple):
    """What the file says of a link."""

    reason: str  #: What happened to the page, in a sentence.
    since: str = ''  #: '2012-05-31', '2012-05' or '2012'; '' if nobody knows.
    archived: str = ''  #: The address of the copy to read instead.
    words: str = ''  #: For the reader, beside the link.
    source: tuple[str, ...] = ()  #: Where it says that the page is gone.
    no_copy: str = ''  #: The day on which no archive had a copy, YYYY-MM-DD.
    until: str = ''  #: The last day for which it is accepted, YYYY-MM-DD; '' for good.

    def is_over(self, today: str) -> bool:
        """Whether the link fails again *today* (YYYY-MM-DD)."""
        return bool(self.until) and self.until < today


def is_day(text: str) -> bool:
    """Whether *text* is a day, as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_date(text: str) -> bool:
    """Whether *text* is a day, a month (YYYY-MM) or a year."""
    return is_day(text) or is_day(f'{text}-01') or is_day(f'{text}-01-01')


def find(links: Mapping[str, _T], uri: str) -> _T | None:
    """Return what *links* have for an address, or else for its page as a whole.

    An entry for a page stands for all of its anchors.  Reports leave out a login or
    token in an address, so entries made from one lack it too.
    """
    if not links:
        return None
    for one in (uri, masked(uri)):
        for name in (one, page_of(one)):
            if (found := links.get(name)) is not None:
                return found
    return None


# -- the file ------------------------------------------------------------------


def load(path: Path) -> dict[str, KnownDead]:
    """Return the links that a file names, by their address.

    :raises JsonFileError: if it is missing or anything in it is invalid.
    """
    document = read_object(path)
    try:
        check_version(document, VERSION)
        check_keys(document, required={'version', 'links'}, optional=set())
        entries = typed(document, 'links', dict)
    except ValueError as error:
        raise JsonFileError(path, error) from error
    links = {}
    for uri, row in entries.items():
        try:
            links[uri] = _entry(uri, row)
        except ValueError as error:
            raise JsonFileError(path, repr(uri), error) from error
    return links


def dump(links: Mapping[str, KnownDead]) -> str:
    """Return the text of a file that names *links*, sorted by their address."""
    rows = {}
    for uri, dead in sorted(links.items()):
        row = {'since': dead.since, **dead._asdict(), 'source': list(dead.source)}
        rows[uri] = {name: value for name, value in row.items() if value}
    document = {'version': VERSION, 'links': rows}
    return json.dumps(document, ensure_ascii=False, indent=1) + '\n'


def _entry(uri: str, row: Any) -> KnownDead:
    require(is_url(uri), 'not a web address')
    require(isinstance(row, dict), 'has to be an object')
    check_keys(row, required={'reason'}, optional=set(KnownDead._fields))
    texts = {name: typed(row, name, str) for name in row if name != 'source'}
    for name, text in texts.items():
        require(text.isprintable(), f'{name} has to be one line')
    require(texts['reason'], 'reason is empty')
    since, archived = texts.get('since'), texts.get('archived')
    if since:
        require(is_date(since), f'since: {since!r} is not YYYY-MM-DD, YYYY-MM or YYYY')
    for name in ('no_copy', 'until'):
        if day := texts.get(name):
            require(is_day(day), f'{name}: {day!r} is not YYYY-MM-DD')
    if archived:
        require(is_url(archived), f'archived: {archived!r} is not a web address')
    source = typed(row, 'source', list) if 'source' in row else []
    for url in source:
        is_one = isinstance(url, str) and is_url(url)
        require(is_one, f'source: {url!r} is not a web address')
    return KnownDead(**texts, source=tuple(source))


def outdated(
    known: Collection[str], verdicts: Iterable[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the *known* addresses that are alive, and those that nobody links to.

    *verdicts* has the links of all pages, each with the verdict on it.
    """
    if not known:
        return (), ()
    # A page that is known as dead stands for all of its anchors that aren't.
    entries = {masked(uri): uri for uri in known}
    seen: dict[str, list[str]] = {uri: [] for uri in entries}
    for uri, verdict in verdicts:
        name = masked(uri)
        entry = name if name in seen else page_of(name)
        if entry in seen:
            seen[entry].append(verdict)
    alive = (entries[one] for one, found in seen.items() if ALIVE.intersection(found))
    unused = (entries[one] for one, found in seen.items() if not found)
    return tuple(sorted(alive)), tuple(sorted(unused))
