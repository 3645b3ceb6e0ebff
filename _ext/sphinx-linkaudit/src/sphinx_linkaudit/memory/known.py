"""The file of links accepted as dead: reads it, and adds what a check found."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from sphinx_linkaudit.text import is_url, masked, page_of
from sphinx_linkaudit.verdicts import ALIVE, FAILURES, UNSURE

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_T = TypeVar('_T')

#: The version of the file's form.
VERSION = 1
#: The version of ``report.json`` that is supported.
REPORT_VERSION = 1


class BaselineError(ValueError):
    """A file isn't what it has to be; the message names it and the entry."""

    def __init__(self, path: Path, *what: object) -> None:
        super().__init__(': '.join(map(str, [path, *what])))


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


class Choice(NamedTuple):
    """Which links of a report are accepted, and what is said of them."""

    verdicts: frozenset[str] = frozenset()  #: None for "dead" where that is sure.
    only: tuple[re.Pattern[str], ...] = ()  #: None for all.
    excepted: tuple[re.Pattern[str], ...] = ()
    since: str = ''  #: YYYY-MM-DD; '' for the first day on which a check saw it.
    until: str = ''  #: YYYY-MM-DD, the last day for which it is; '' for good.
    why: str = ''  #: What happened to them; '' for what the check saw.

    def has(self, link: Mapping[str, Any]) -> bool:
        """Whether a link of the report is chosen."""
        if self.verdicts:
            fits = link['verdict'] in self.verdicts
        else:
            fits = link['verdict'] == 'dead' and link.get('reason') not in UNSURE
        if not fits or (link['verdict'] in FAILURES and not link.get('fails', True)):
            return False
        is_one = not self.only or any(p.search(link['uri']) for p in self.only)
        return is_one and not any(p.search(link['uri']) for p in self.excepted)


class Accepted(NamedTuple):
    """The links of the file after a check's findings were added.

    *links* has all of them: what is *alive* or *unused* is named, never dropped here.
    """

    links: dict[str, KnownDead]
    added: tuple[str, ...]  #: Found dead, and not in the file before.
    alive: tuple[str, ...]  #: Accepted as dead, but working.
    unused: tuple[str, ...]  #: Accepted as dead, but no longer linked to.
    refused: tuple[str, ...]  #: Found dead, but not a web address: fix the source.

    def pruned(self) -> dict[str, KnownDead]:
        """Return the links without those that are alive or unused."""
        gone = {*self.alive, *self.unused}
        return {uri: dead for uri, dead in self.links.items() if uri not in gone}


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
    for one in (uri, masked(uri)):
        for name in (one, page_of(one)):
            if (found := links.get(name)) is not None:
                return found
    return None


# -- the file ------------------------------------------------------------------


def load(path: Path) -> dict[str, KnownDead]:
    """Return the links that a file names, by their address.

    :raises BaselineError: if it is missing or anything in it is not as it has to be.
    """
    document = _read(path)
    try:
        _check_version(document, VERSION)
        _check_keys(document, required={'version', 'links'}, optional=set())
        entries = _typed(document, 'links', dict)
    except ValueError as error:
        raise BaselineError(path, error) from error
    links = {}
    for uri, row in entries.items():
        try:
            links[uri] = _entry(uri, row)
        except ValueError as error:
            raise BaselineError(path, repr(uri), error) from error
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
    _require(is_url(uri), 'not a web address')
    _require(isinstance(row, dict), 'has to be an object')
    _check_keys(row, required={'reason'}, optional=set(KnownDead._fields))
    texts = {name: _typed(row, name, str) for name in row if name != 'source'}
    for name, text in texts.items():
        _require(text.isprintable(), f'{name} has to be one line')
    _require(texts['reason'], 'reason is empty')
    since, archived = texts.get('since'), texts.get('archived')
    if since:
        _require(is_date(since), f'since: {since!r} is not YYYY-MM-DD, YYYY-MM or YYYY')
    for name in ('no_copy', 'until'):
        if day := texts.get(name):
            _require(is_day(day), f'{name}: {day!r} is not YYYY-MM-DD')
    if archived:
        _require(is_url(archived), f'archived: {archived!r} is not a web address')
    source = _typed(row, 'source', list) if 'source' in row else []
    for url in source:
        is_one = isinstance(url, str) and is_url(url)
        _require(is_one, f'source: {url!r} is not a web address')
    return KnownDead(**texts, source=tuple(source))


# -- a check's report ----------------------------------------------------------


def load_report(path: Path) -> dict[str, Any]:
    """Return a ``report.json``, as far as it is used here: what is used is checked.

    :raises BaselineError: if it is missing, another version's or no such report.
    """
    document = _read(path)
    try:
        _check_version(document, REPORT_VERSION)
        finished = _typed(document, 'finished', str)
        datetime.fromisoformat(finished)
        _require(is_day(finished[:10]), f'finished: {finished!r} has no date')
        _optional(document, 'complete', bool)
        _optional(document, 'since', str)
        for link in _typed(document, 'links', list):
            _check_link(link)
    except ValueError as error:
        raise BaselineError(path, 'not a report of a link check', error) from error
    return document


def _check_link(link: Any) -> None:
    """Look at what is used of a link, wherever the report may be from.

    :raises ValueError: if it isn't what it has to be.
    """
    for name in ('uri', 'verdict', 'what'):
        _typed(link, name, str)
    _require(link['what'].isprintable() and link['what'], 'what has to be one line')
    for name, wanted in (('reason', str), ('fails', bool), ('since', str)):
        _optional(link, name, wanted)
    if since := link.get('since'):
        _require(is_day(since), f'since: {since!r} is not YYYY-MM-DD')
    for place in _typed(link, 'places', list):
        _typed(place, 'docname', str)


def outdated(
    known: Iterable[str], verdicts: Iterable[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the *known* addresses that are alive, and those that nobody links to.

    *verdicts* has the links of all pages, each with the verdict on it.
    """
    # A page that is known as dead stands for all of its anchors that aren't.
    entries = {masked(uri): uri for uri in known}
    seen: dict[str, list[str]] = {uri: [] for uri in entries}
    for uri, verdict in verdicts:
        name = masked(uri)
        entry = name if name in seen else page_of(name)
        if entry in seen:
            seen[entry].append(verdict)
    alive = (entries[one] for one, found in seen.items() if ALIVE.intersection(found))
    return _sorted(alive), _sorted(entries[one] for one in seen if not seen[one])


def accept(
    report: Mapping[str, Any],
    known: Mapping[str, KnownDead],
    choice: Choice | None = None,
) -> Accepted:
    """Add the links that a check found dead, or those that are chosen, to the *known*.

    Existing entries stay as they are.  A link that hasn't failed on enough days to make
    the check fail isn't added.
    """
    choice = choice or Choice()
    # An incomplete report doesn't have all links.
    is_complete = report.get('complete', True)
    dead = {
        link['uri']: KnownDead(
            choice.why or link['what'],
            choice.since or link.get('since') or report['finished'][:10],
            until=choice.until,
        )
        for link in report['links']
        if choice.has(link) and find(known, link['uri']) is None
    }
    added = {uri: entry for uri, entry in dead.items() if is_url(uri)}
    links = [(link['uri'], link['verdict']) for link in report['links']]
    alive, unused = outdated(known, links)
    return Accepted(
        links={**known, **added},
        added=tuple(sorted(added)),
        alive=alive,
        unused=unused if is_complete else (),
        refused=_sorted(dead.keys() - added.keys()),
    )


# -- reading -------------------------------------------------------------------


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding='utf-8-sig')
    except OSError as error:
        raise BaselineError(path, error.strerror or error) from error
    except ValueError as error:
        raise BaselineError(path, 'not UTF-8') from error
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except RecursionError as error:
        raise BaselineError(path, 'not JSON: too deep') from error
    except json.JSONDecodeError as error:
        raise BaselineError(path, 'not JSON', error) from error
    except ValueError as error:
        raise BaselineError(path, error) from error
    if not isinstance(document, dict):
        raise BaselineError(path, 'has to be an object')
    return document


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object as a dict, but refuse a key that occurs twice."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        _require(key not in found, f'duplicate key: {key!r}')
        found[key] = value
    return found


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _check_version(document: Mapping[str, Any], version: int) -> None:
    given = document.get('version')
    is_known = type(given) is int and given == version
    _require(is_known, f'its version is {given!r}; only {version} is supported')


def _check_keys(
    row: Mapping[str, Any], *, required: set[str], optional: set[str]
) -> None:
    missing, unknown = required - row.keys(), row.keys() - required - optional
    _require(not missing, f'{", ".join(sorted(missing))}: missing')
    _require(not unknown, f'unknown: {", ".join(map(repr, sorted(unknown)))}')


def _typed(row: object, name: str, wanted: type[_T]) -> _T:
    """Return a value of a row, which has to be of a type.

    :raises ValueError: if it isn't, or if *row* has no values.
    """
    value = row.get(name) if isinstance(row, dict) else None
    _require(isinstance(value, wanted), f'{name} has to be {_JSON_NAMES[wanted]}')
    return cast('_T', value)


def _optional(row: Mapping[str, Any], name: str, wanted: type) -> None:
    """Look at a value that may be left out.

    :raises ValueError: if it is there, and of another type.
    """
    if name in row:
        _typed(row, name, wanted)


#: What JSON calls the types.
_JSON_NAMES: dict[type, str] = {
    bool: 'true or false',
    dict: 'an object',
    list: 'a list',
    str: 'a string',
}


def _sorted(uris: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(uris))
