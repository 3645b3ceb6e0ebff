"""What a check found, as ``report.json`` has it: the model of every report format."""

from __future__ import annotations

import glob
import os
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx.util.i18n import docname_to_domain

from sphinx_linkaudit.atomic import digest
from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.text import details
from sphinx_linkaudit.urls import host_of
from sphinx_linkaudit.verdicts import ALIVE, REASONS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sphinx.config import Config

    from sphinx_linkaudit.records import Judged, Kind, Place

    #: A link as in ``report.json``.
    Link = Mapping[str, Any]
    #: The contents of ``report.json``.
    Document = Mapping[str, Any]

#: The version of ``report.json``, to be raised when ``report.schema.json`` changes in
#: a way that its readers must know about.
VERSION = 1

# -- the model -----------------------------------------------------------------


class Findings:
    """Collects links as they are judged, and makes one document of them."""

    def __init__(self, srcdir: Path, config: Config) -> None:
        self.links: list[Judged] = []
        self.repository = repository_of(srcdir)
        self._srcdir = srcdir.resolve()
        self._config = config
        self._counts: Counter[Kind] = Counter()

    def add(self, link: Judged) -> None:
        """Take a link with the verdict on it."""
        self.links.append(link)
        self._counts[link.verdict.kind] += 1

    def count(self, kind: Kind) -> int:
        """Return how many links have a verdict."""
        return self._counts[kind]

    def document(self, *, complete: bool, since: str = '') -> dict[str, Any]:
        """Return what was found, as ``report.schema.json`` says.

        *complete* is whether all links of all documents are in it, and were settled,
        but for those without a change *since* a commit, if one is given.
        """
        return {
            'version': VERSION,
            'project': self._config.project,
            'complete': complete and not since,
            **({'since': since} if complete and since else {}),
            'finished': datetime.now(UTC).isoformat(timespec='seconds'),
            'sources': _relative('.', self._srcdir, self.repository),
            'files': self._digests(),
            # Sphinx warns of references within a page that lead nowhere.
            'links': [
                self._row(link) for link in sorted(self.links) if link.uri[:1] != '#'
            ],
        }

    def _digests(self) -> dict[str, str]:
        """Return the digest of each file with a link that moved, by its path."""
        moved = [link for link in self.links if link.verdict.kind == 'moved']
        hosts = {host_of(link.uri).encode() for link in moved}
        places = [place for link in moved for place in link.places]
        paths = {place.path for place in places}
        catalogs = self._catalogs({place.docname for place in places})
        found = {}
        for path in paths.union(map(str, catalogs)):
            with suppress(OSError, ValueError):  # not a file
                data = (self._srcdir / path).read_bytes()
                if path in paths or any(host in data.lower() for host in hosts):
                    name = _relative(path, self._srcdir, self.repository)
                    found[name] = digest(data)
        return dict(sorted(found.items()))

    def _catalogs(self, docnames: Iterable[str]) -> Iterator[Path]:
        """Yield the catalogs of documents, in every language."""
        config = self._config
        domains = {docname_to_domain(name, config.gettext_compact) for name in docnames}
        for folder in config.locale_dirs:
            for domain in domains:
                name = f'*/LC_MESSAGES/{glob.escape(domain)}.po'
                yield from (self._srcdir / folder).glob(name)

    def _row(self, link: Judged) -> dict[str, Any]:
        verdict, evidence = link.verdict, link.evidence
        reason = REASONS[verdict.reason]
        row: dict[str, Any] = {
            'uri': masked(link.uri),
            'verdict': verdict.kind,
            'reason': verdict.reason,
            'what': reason.what,
            'advice': reason.advice,
            'message': masked(verdict.message),
            'places': [self._place(place) for place in link.places],
            'excluded': link.excluded,
            'fails': link.fails,
        }
        if link.known:
            row['known'] = True
        if link.archived:
            row['archived'] = link.archived
        if link.silenced:
            row['silenced'] = [self._place(place) for place in link.silenced]
        if link.unchanged:
            row['unchanged'] = True
        if link.failures:
            row |= {'since': link.since, 'failures': link.failures}
        if evidence is not None:
            row['code'] = evidence.status
            row['chain'] = [
                {
                    'url': masked(hop.url),
                    'status': hop.status,
                    'target': masked(hop.target),
                }
                for hop in evidence.hops
            ]
            row['seconds'] = round(evidence.seconds, 3)
        return row

    def _place(self, place: Place) -> dict[str, Any]:
        path = _relative(place.path, self._srcdir, self.repository)
        row = {'docname': place.docname, 'path': path, 'line': place.line}
        return row if place.exact else {**row, 'exact': False}


def repository_of(srcdir: Path) -> Path:
    """Return the root of the repository that holds *srcdir*, itself if none does."""
    srcdir = srcdir.resolve()
    for folder in (srcdir, *srcdir.parents):
        if any((folder / mark).exists() for mark in ('.git', '.hg')):
            return folder
    return srcdir


@lru_cache(maxsize=4096)
def _relative(path: str, srcdir: Path, repository: Path) -> str:
    """Return a *path* below *srcdir* as the repository has it, with slashes."""
    found = os.path.normpath(srcdir / path)
    with suppress(ValueError):  # on another drive
        found = os.path.relpath(found, repository)
    return Path(found).as_posix()


# -- what is to be done --------------------------------------------------------

#: The verdicts of links that need no action.
_WELL = frozenset({'working', 'unchecked', 'ignored'})


class Group(NamedTuple):
    """Links that need the same action."""

    id: str
    heading: str
    holds: Callable[[Link], bool]
    is_task: bool = True  #: Whether there is anything to do.


def _is(verdict: Kind) -> Callable[[Link], bool]:
    return lambda link: link['verdict'] == verdict


def is_known(link: Link) -> bool:
    """Whether a link is accepted as dead."""
    return bool(link.get('known'))


def _is_alive_again(link: Link) -> bool:
    return is_known(link) and link['verdict'] in ALIVE


def _waits(link: Link) -> bool:
    return bool(link.get('failures')) and not link['fails']


def _is_unchanged(link: Link) -> bool:
    return bool(link.get('unchanged')) and link['verdict'] not in _WELL


#: A link belongs to the first group that holds it.
_GROUPS = (
    Group(
        'back',
        'Accepted as dead, but alive: remove these from the list',
        _is_alive_again,
    ),
    Group('known', 'Accepted as dead', is_known, is_task=False),
    Group('unchanged', 'On lines that have not changed', _is_unchanged, is_task=False),
    Group('waiting', 'Failing, but not on enough days yet: wait', _waits),
    Group('dead', VERDICTS['dead'].heading, _is('dead')),
    Group('timed-out', VERDICTS['timed out'].heading, _is('timed out')),
    Group('suspect', VERDICTS['suspect'].heading, _is('suspect')),
    Group('blocked', VERDICTS['blocked'].heading, _is('blocked')),
    Group(
        'moved',
        'Permanent redirects: link the new address',
        lambda link: link['reason'] in {'permanent', 'https'},
    ),
    Group('elsewhere', 'Other redirects', _is('moved'), is_task=False),
    Group('unchecked', VERDICTS['unchecked'].heading, _is('unchecked'), is_task=False),
    Group('ignored', VERDICTS['ignored'].heading, _is('ignored'), is_task=False),
    Group('working', VERDICTS['working'].heading, _is('working'), is_task=False),
)
#: The order in which they are to be dealt with.
_ORDER = (
    'dead',
    'timed-out',
    'waiting',
    'back',
    'suspect',
    'blocked',
    'moved',
    'known',
)


def grouped(links: Iterable[Link]) -> dict[Group, list[Link]]:
    """Return the links of each group that has any, the most urgent group first."""
    found: dict[str, list[Link]] = {group.id: [] for group in _GROUPS}
    for link in links:
        group = next(group for group in _GROUPS if group.holds(link))
        found[group.id].append(link)
    by_id = {group.id: group for group in _GROUPS}
    order = dict.fromkeys((*_ORDER, *by_id))
    return {by_id[name]: found[name] for name in order if found[name]}


def new_failures(links: Iterable[Link]) -> list[Link]:
    """Return those of *links* that make the check fail, the dead ones first."""
    found = [link for link in links if link['fails']]
    return sorted(found, key=lambda link: link['verdict'] != 'dead')


def what(link: Link) -> str:
    """Return what was seen of a link, with details, or else a status, if any."""
    code = link.get('code', 0)
    more = details(link) or (code if code >= 400 else '')
    return f'{link["what"]} ({more})' if more else str(link['what'])


def line_of(place: Mapping[str, Any]) -> int:
    """Return the line that a link is written on, 0 where nobody knows."""
    return int(place['line']) if place.get('exact', True) else 0


def occurrences(links: Iterable[Link]) -> Iterator[tuple[Link, dict[str, Any], int]]:
    """Yield each place of each link that needs action, new failures first.

    With it comes the number of places before it that the link has in the same file: it
    stays when lines move.
    """
    shown = [
        link
        for link in links
        if link['verdict'] not in _WELL and not link.get('unchanged')
    ]
    for link in sorted(shown, key=lambda link: not link['fails']):
        numbers: Counter[str] = Counter()
        for place in link['places']:
            yield link, place, numbers[place['path']]
            numbers[place['path']] += 1


def did_finish(document: Document) -> bool:
    """Whether a check looked at all that it was asked to look at."""
    return bool(document.get('complete', True) or document.get('since'))


def spot(place: Mapping[str, Any]) -> str:
    """Return file and line of a place."""
    return f'{place["path"]}:{place["line"]}' if place['line'] else str(place['path'])
