"""What became of the packages since: the file that says so, read and checked."""

from __future__ import annotations

import datetime
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx_talknotes import names
from sphinx_talknotes.addresses import is_url
from sphinx_talknotes.collation import collation_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

#: The version of the file's form.
VERSION = 1

#: What may have become of a package, in the order that counts are shown in.
FATES = (
    'maintained',
    'deprecated',
    'dormant',
    'archived',
    'renamed',
    'merged',
    'superseded',
    'shut-down',
    'unknown',
)

#: What a fact rests on: a source that was read, memory, or nothing at all.
EVIDENCE = ('read', 'general knowledge', 'none')

_NAME = re.compile(r'"name"\s*:\s*("(?:[^"\\]|\\.)*")')
_REQUIRED = ('name', 'fate', 'fact', 'evidence')
#: The values that may be left out, or null.
_OPTIONAL = (
    *('successor', 'part_of', 'as_of', 'caveat', 'checked'),
    *('last_sign', 'last_sign_of'),
)


class Fate(NamedTuple):
    """What became of one package."""

    name: str
    fate: str  #: One of `FATES`.
    fact: str  #: A sentence; of what is unknown, why.
    successor: str  #: What is used instead, or ''.
    part_of: str  #: The project that the successor is a part of, or ''.
    as_of: str  #: The date of the fact: '2014-09-02', '2014-09' or '2014', or ''.
    sources: tuple[str, ...]  #: URLs.
    evidence: str  #: One of `EVIDENCE`.
    caveat: str  #: What to keep in mind, or ''.
    checked: str  #: When and against what it was checked, or ''.
    last_sign: str = ''  #: The date of its last sign of life, as `as_of`, or ''.
    last_sign_of: str = ''  #: What that was: 'last commit'; there if the date is.


class Problem(NamedTuple):
    """Something wrong with the file."""

    line: int  #: Line of the file, 1 where it isn't known.
    text: str  #: Which entry, and what is wrong with it.


def load(
    path: Path, named: Collection[str] | None = None
) -> tuple[dict[str, Fate], list[Problem]]:
    """Return what a file says, by `names.key` of the names, and its mistakes.

    An entry with a mistake is left out; the others are there.  With *named*, the keys
    of the packages there are, an entry of another one is a mistake too.
    """
    try:
        text = path.read_text(encoding='utf-8-sig')
        document = json.loads(text)
    except OSError as error:
        return {}, [Problem(1, f'cannot be read: {error.strerror or error}')]
    except json.JSONDecodeError as error:
        return {}, [Problem(error.lineno, f'not JSON: {error.msg}')]
    except RecursionError:
        return {}, [Problem(1, 'not JSON: too deep')]
    except ValueError:
        return {}, [Problem(1, 'not UTF-8')]
    if not isinstance(document, dict) or not isinstance(document.get('fates'), list):
        return {}, [Problem(1, 'has to be an object with a list "fates"')]
    version = document.get('version')
    if type(version) is not int or version != VERSION:
        said = f'its version is {version!r}, and {VERSION} is understood'
        return {}, [Problem(1, said)]
    unknown = document.keys() - {'$schema', 'version', 'fates'}
    problems = [Problem(1, _unknown_keys(unknown))] if unknown else []
    found: dict[str, Fate] = {}
    lines = _lines(text)
    for number, row in enumerate(document['fates'], 1):
        name = row.get('name') if isinstance(row, dict) else None
        entry, line = f'entry {number}', 1
        if isinstance(name, str) and name:
            entry, line = repr(name), next(lines.get(name, iter(())), 1)
        wrong = list(_mistakes(row))
        if not wrong:
            fate = _fate(row)
            name_key = names.key(fate.name)
            if name_key in found:
                first = found[name_key].name
                wrong = [f'the same name as {first!r}: two entries for one']
            elif named is not None and name_key not in named:
                wrong = ['no page names a package of this name']
            else:
                found[name_key] = fate
        problems += (Problem(line, f'{entry}: {what}') for what in wrong)
    return found, problems


def _lines(text: str) -> dict[str, Iterator[int]]:
    """Return the lines of a file at which a name stands, in their order."""
    found: dict[str, list[int]] = {}
    for match in _NAME.finditer(text):
        line = text.count('\n', 0, match.start()) + 1
        found.setdefault(json.loads(match[1]), []).append(line)
    return {name: iter(lines) for name, lines in found.items()}


def _fate(row: dict[str, Any]) -> Fate:
    """Return a row that has no mistakes."""
    texts = {name: row.get(name) or '' for name in Fate._fields if name != 'sources'}
    return Fate(**texts, sources=tuple(row.get('sources', ())))


def _mistakes(row: Any) -> Iterable[str]:
    """Yield what is wrong with a row of the file."""
    if not isinstance(row, dict):
        yield 'has to be an object'
        return
    if unknown := row.keys() - set(Fate._fields):
        yield _unknown_keys(unknown)
    for name in _REQUIRED:
        if name not in row:
            yield f'{name} is missing'
        elif not _is_text(row[name]):
            yield f'{name} has to be a text of one line'
    for name in _OPTIONAL:
        if row.get(name) is not None and not _is_text(row[name]):
            yield f'{name} has to be a text of one line, or null'
    fate, evidence = row.get('fate'), row.get('evidence')
    if _is_text(fate) and fate not in FATES:
        yield f'unknown fate {fate!r} (known: {", ".join(FATES)})'
    if _is_text(evidence) and evidence not in EVIDENCE:
        yield f'unknown evidence {evidence!r} (known: {", ".join(EVIDENCE)})'
    for name in ('as_of', 'last_sign'):
        date = row.get(name)
        if isinstance(date, str) and _is_text(date) and not is_date(date):
            yield f'{name}: {date!r} is no YYYY-MM-DD, YYYY-MM or YYYY'
    if bool(row.get('last_sign')) != bool(row.get('last_sign_of')):
        yield 'last_sign and last_sign_of need each other'
    sources = row.get('sources', [])
    if not isinstance(sources, list):
        yield 'sources has to be a list'
        return
    for url in sources:
        if not isinstance(url, str) or not is_url(url):
            yield f'sources: {url!r} is no address of the web'
    if fate in FATES and fate != 'unknown' and (not sources or evidence == 'none'):
        yield f'{fate} needs evidence and a source; without, it is unknown'


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _unknown_keys(unknown: Iterable[str]) -> str:
    return f'unknown key {", ".join(map(repr, sorted(unknown)))}'


def is_date(text: str) -> bool:
    """Whether *text* is a day, a month (YYYY-MM) or a year."""
    if not re.fullmatch(r'\d{4}(-\d\d){0,2}', text, re.ASCII):
        return False
    try:
        datetime.date.fromisoformat(f'{text}-01-01'[:10])
    except ValueError:
        return False
    return True


def outdated(
    fates: Iterable[Fate], named: Iterable[str], today: datetime.date
) -> tuple[list[str], list[Fate], list[Fate]]:
    """Return what to look at again: *named* ones without a fate, undated and old fates.

    Old is what was so more than a year before *today*; a month or a year counts as
    old only once all of it is.
    """
    known = {names.key(fate.name): fate for fate in fates}
    day = today.replace(year=today.year - 1, day=min(today.day, 28)).isoformat()
    wanted = {names.key(name): name for name in named}
    without = [name for name_key, name in wanted.items() if name_key not in known]
    undated = [fate for fate in known.values() if not fate.as_of]
    old = [f for f in known.values() if f.as_of and f.as_of < day[: len(f.as_of)]]
    return (
        sorted(without, key=collation_key),
        sorted(undated, key=lambda fate: collation_key(fate.name)),
        sorted(old, key=lambda fate: (fate.as_of, collation_key(fate.name))),
    )
