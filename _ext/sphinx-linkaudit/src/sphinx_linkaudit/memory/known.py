"""The links accepted as dead: the file that names them, and how it takes in more."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from sphinx_linkaudit.text import is_url, page_of
from sphinx_linkaudit.verdicts import ALIVE, UNSURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_T = TypeVar('_T')

#: The version of the file's form.
VERSION = 1
#: The version of ``report.json`` that is understood.
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


class Accepted(NamedTuple):
    """What became of the file's links after a check.

    *links* has all of them: what is *alive* or *unused* is named, never dropped here.
    """

    links: dict[str, KnownDead]
    added: tuple[str, ...]  #: Found dead, and new.
    alive: tuple[str, ...]  #: Known as dead, and found alive.
    unused: tuple[str, ...]  #: Known as dead, and no page links to it any more.
    refused: tuple[str, ...]  #: Found dead, but no address of the web: to be mended.

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

    A page that is gone took all its anchors along.
    """
    found = links.get(uri)
    return links.get(page_of(uri)) if found is None else found


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
    _require(is_url(uri), 'not an address of the web')
    _require(isinstance(row, dict), 'has to be an object')
    _check_keys(row, required={'reason'}, optional=set(KnownDead._fields))
    texts = {name: _typed(row, name, str) for name in row if name != 'source'}
    for name, text in texts.items():
        _require(text.isprintable(), f'{name} has to be one line')
    _require(texts['reason'], 'reason is empty')
    since, archived = texts.get('since'), texts.get('archived')
    if since:
        _require(is_date(since), f'since: {since!r} is no YYYY-MM-DD, YYYY-MM or YYYY')
    no_copy = texts.get('no_copy')
    if no_copy:
        _require(is_day(no_copy), f'no_copy: {no_copy!r} is no YYYY-MM-DD')
    if archived:
        _require(is_url(archived), f'archived: {archived!r} is no address of the web')
    source = _typed(row, 'source', list) if 'source' in row else []
    for url in source:
        is_one = isinstance(url, str) and is_url(url)
        _require(is_one, f'source: {url!r} is no address of the web')
    return KnownDead(**texts, source=tuple(source))


# -- a check's report ----------------------------------------------------------


def load_report(path: Path) -> dict[str, Any]:
    """Return a ``report.json``, as far as it is used here: what is used is checked.

    :raises BaselineError: if it is missing, another version's or no such report.
    """
    document = _read(path)
    try:
        _check_version(document, REPORT_VERSION)
        datetime.fromisoformat(_typed(document, 'finished', str))
        for link in _typed(document, 'links', list):
            for name in ('uri', 'verdict', 'what'):
                _typed(link, name, str)
            for place in _typed(link, 'places', list):
                _typed(place, 'docname', str)
    except ValueError as error:
        raise BaselineError(path, 'no report of a link check', error) from error
    return document


def outdated(
    known: Iterable[str], verdicts: Iterable[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the *known* addresses that are alive, and those that nobody links to.

    *verdicts* has the links of all pages, each with the verdict on it.
    """
    # A page that is known as dead stands for all of its anchors that aren't.
    seen: dict[str, list[str]] = {uri: [] for uri in known}
    for uri, verdict in verdicts:
        entry = uri if uri in seen else page_of(uri)
        if entry in seen:
            seen[entry].append(verdict)
    return (
        _sorted(uri for uri, found in seen.items() if ALIVE.intersection(found)),
        _sorted(uri for uri, found in seen.items() if not found),
    )


def accept(
    report: Mapping[str, Any], known: Mapping[str, KnownDead], *, since: str = ''
) -> Accepted:
    """Take in the links that a check found dead.

    Entries that are there stay as they are.  A link that timed out is not dead, nor is
    one that hasn't failed often enough to make the check fail.
    *since* is the date of what is added, by default that of the report.
    """
    whole = report.get('complete', True)  # else who knows what links there are
    since = since or report['finished'][:10]
    dead = {
        link['uri']: link['what']
        for link in report['links']
        if link['verdict'] == 'dead'
        and link.get('reason') not in UNSURE
        and link.get('fails', True)
        and find(known, link['uri']) is None
    }
    added = {uri: KnownDead(what, since) for uri, what in dead.items() if is_url(uri)}
    links = [(link['uri'], link['verdict']) for link in report['links']]
    alive, unused = outdated(known, links)
    return Accepted(
        links={**known, **added},
        added=tuple(sorted(added)),
        alive=alive,
        unused=unused if whole else (),
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
    """Return an object of JSON, in which Python would forget all but the last."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        _require(key not in found, f'the same key twice: {key!r}')
        found[key] = value
    return found


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _check_version(document: Mapping[str, Any], version: int) -> None:
    given = document.get('version')
    is_known = type(given) is int and given == version
    _require(is_known, f'its version is {given!r}, and {version} is understood')


def _check_keys(
    row: Mapping[str, Any], *, required: set[str], optional: set[str]
) -> None:
    missing, unknown = required - row.keys(), row.keys() - required - optional
    _require(not missing, f'{", ".join(sorted(missing))}: missing')
    _require(not unknown, f'nobody knows what {sorted(unknown)} means')


def _typed(row: object, name: str, wanted: type[_T]) -> _T:
    """Return a value of a row, which has to be of a type.

    :raises ValueError: if it isn't, or if *row* has no values.
    """
    value = row.get(name) if isinstance(row, dict) else None
    _require(isinstance(value, wanted), f'{name} has to be {_JSON_NAMES[wanted]}')
    return cast('_T', value)


#: What JSON calls the types.
_JSON_NAMES: dict[type, str] = {dict: 'an object', list: 'a list', str: 'a string'}


def _sorted(uris: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(uris))
