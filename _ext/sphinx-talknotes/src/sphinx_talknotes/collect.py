"""Collects what lists show, and names the pages that have to be written again."""

from __future__ import annotations

import hashlib
import json
import operator
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx.util import docname_join

from sphinx_talknotes import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set
    from pathlib import Path

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes.domain import TalkDomain
    from sphinx_talknotes.fates import Fate

#: How many of the packages named most are shown at a glance.
MOST = 20


class Links(NamedTuple):
    """How many links there are, and how they fare."""

    number: int
    states: tuple[tuple[str, int], ...]  #: State -> how many, where any is known.


class TalkEntry(NamedTuple):
    """A talk, as a list shows it."""

    docname: str
    speakers: tuple[records.Speaker, ...]
    packages: int  #: How many packages it names.
    recommended: int  #: How many of them it recommends.
    todos: int  #: How many to-dos are open.
    links: Links


class Glance(NamedTuple):
    """How much there is of each, and what is named most."""

    talks: int
    people: int
    packages: int
    todos: int
    links: Links
    most: tuple[tuple[str, tuple[str, ...]], ...]  #: Packages -> the pages naming each.
    pages: tuple[tuple[str, str], ...]  #: Talks and those pages -> their date, or ''.


class Summary(NamedTuple):
    """What a talk leaves behind."""

    docname: str
    #: Verdict, or '' -> the packages.
    packages: tuple[tuple[str, tuple[records.PackageEntry, ...]], ...]
    todos: tuple[records.Todo, ...]
    #: State, or '' -> the links, each with its text.
    links: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def select(
    domain: TalkDomain,
    docname: str,
    kind: str,
    filters: Mapping[str, str],
    order: Iterable[str],
) -> list[Any]:
    """Return the entries that a list on *docname* shows, in reading *order*.

    The list of a single talk needs no order.
    """
    if 'talk' in filters:
        pages = [docname_join(docname, filters['talk'])]
    else:
        pages = list(order)
    if 'date' in filters:
        dates = {talk.docname: talk.date for talk in domain.data['talks'].values()}
        pages = [page for page in pages if dates.get(page) == filters['date']]

    if kind == 'talk':
        return [_talk_entry(domain, page) for page in pages if domain.talk(page)]
    if kind == 'glance':
        return [_glance(domain, pages)]
    if kind == 'summary':
        return [
            summary for page in pages if any((summary := _summary(domain, page))[1:])
        ]
    if kind == 'todo':
        todos = domain.noted('todos', pages)
        if 'state' in filters:
            todos = [todo for todo in todos if bool(todo.done) is _is_done(filters)]
        return sorted(todos, key=lambda todo: bool(todo.done))
    if kind == 'speaker':
        mentions = [] if 'spoke' in filters else domain.noted('mentions', pages)
        # A byline's line may change and nothing that is shown with it.
        speakers = (s._replace(location='') for s in domain.noted('speakers', pages))
        return records.group_speakers(speakers, mentions)
    packages = domain.noted('packages', pages)
    if 'verdict' in filters:
        packages = [p for p in packages if p.verdict == filters['verdict']]
        mentions = []
    else:
        mentions = domain.noted('mentions', pages)
    entries = records.group_packages(packages, mentions)
    if kind == 'fate' or 'fate' in filters:
        wanted = filters.get('fate')
        found = ((entry, domain.fate(entry.key)) for entry in entries)
        return [e for e, fate in found if fate and wanted in {None, fate.fate}]
    return entries


def _is_done(filters: Mapping[str, str]) -> bool:
    return filters['state'] == 'done'


def _glance(domain: TalkDomain, pages: Sequence[str]) -> Glance:
    people = select(domain, '', 'speaker', {}, pages)
    packages = select(domain, '', 'package', {}, pages)
    named = [
        (entry.name, {place.docname for place in (*entry.listed, *entry.mentions)})
        for entry in packages
    ]
    named.sort(key=lambda entry: -len(entry[1]))
    most = [(name, naming) for name, naming in named[:MOST] if len(naming) > 1]
    talks = {page: talk.date for page in pages if (talk := domain.talk(page))}
    shown = talks.keys() | {page for _name, naming in most for page in naming}
    return Glance(
        len(talks),
        len(people),
        len(packages),
        len(domain.noted('todos', pages)),
        _links(domain, pages),
        tuple((name, tuple(p for p in pages if p in naming)) for name, naming in most),
        tuple((page, talks.get(page, '')) for page in pages if page in shown),
    )


def _talk_entry(domain: TalkDomain, docname: str) -> TalkEntry:
    packages = domain.noted('packages', [docname])
    speakers = domain.noted('speakers', [docname])
    return TalkEntry(
        docname,
        tuple(speaker._replace(location='') for speaker in speakers),
        len(domain.packages([docname])),
        len({records.key(p.name) for p in packages if p.verdict == 'recommended'}),
        sum(not todo.done for todo in domain.noted('todos', [docname])),
        _links(domain, [docname]),
    )


def _links(domain: TalkDomain, pages: Iterable[str]) -> Links:
    links = domain.links(pages)
    states = domain.link_states(links)
    known = Counter(states[url] for url in links if states.get(url))
    return Links(len(links), tuple(known.items()))


def _summary(domain: TalkDomain, docname: str) -> Summary:
    mentions = domain.noted('mentions', [docname])
    entries = records.group_packages(domain.noted('packages', [docname]), mentions)
    packages: dict[str, list[records.PackageEntry]] = {
        verdict: [] for verdict in (*records.VERDICTS, '')
    }
    for entry in entries:
        verdict = next((p.verdict for p in entry.listed if p.verdict), '')
        packages[verdict].append(entry)
    texts = domain.links([docname])
    states = domain.link_states(texts)
    links: dict[str, list[tuple[str, str]]] = {}
    for url, text in texts.items():
        links.setdefault(states.get(url, ''), []).append((url, text))
    return Summary(
        docname,
        tuple((verdict, tuple(named)) for verdict, named in packages.items() if named),
        tuple(todo for todo in domain.noted('todos', [docname]) if todo.text),
        # Those that nobody knows of come last.
        tuple(
            (state, tuple(links[state])) for state in sorted(links, key=operator.not_)
        ),
    )


class Freshness:
    """Knows what the pages in the output were made from.

    A page that collects shows what other pages say; Sphinx writes it again only if it
    is named on ``env-updated``.  What was shown is kept beside the doctrees, a file for
    each builder and output folder, once all is written: neither another builder's run,
    nor one for some files only, nor one that was broken off leaves a page behind.
    """

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.resolved: set[str] = set()

    def outdated(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages whose collected content has changed (``env-updated``)."""
        self.now = digests(env.domains['talk'])  # type: ignore[arg-type]  # it is ours
        try:
            self.before = dict(json.loads(self._path(app).read_text(encoding='utf-8')))
        except (OSError, ValueError, TypeError):
            self.before = {}
        return [page for page in self.now if not self._is_as_before(page)]

    def note(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """Note that a page is about to be written (``doctree-resolved``)."""
        self.resolved.add(docname)

    def save(self, app: Sphinx, exception: Exception | None) -> None:
        """Remember what was shown (``build-finished``)."""
        if exception is None:
            shown = {
                page: digest
                for page, digest in self.now.items()
                if page in self.resolved or self._is_as_before(page)
            }
            self._path(app).write_text(json.dumps(shown, indent=0), encoding='utf-8')

    def _is_as_before(self, page: str) -> bool:
        return self.before.get(page) == self.now[page]

    def _path(self, app: Sphinx) -> Path:
        folder = hashlib.blake2b(bytes(app.outdir), digest_size=4).hexdigest()
        return app.doctreedir / f'sphinx-talknotes-{app.builder.name}-{folder}.json'


def digests(domain: TalkDomain) -> dict[str, str]:
    """Return docname -> digest of all that a page shows of other pages."""
    homes = domain.home('speaker'), domain.home('package')
    pages = [page for page in domain.env.found_docs if domain.says_anything(page)]
    fates = domain.data['fates']
    shown: dict[str, list[object]] = {page: [homes] for page in pages}
    for docname, packages in domain.data['packages'].items() if fates else ():
        marks = [fate and fate.fate for fate in (domain.fate(p.name) for p in packages)]
        shown.setdefault(docname, []).append(marks)
    for docname, talks in domain.data['uses'].items():
        used = [domain.talk(talk) and domain.title(talk) for talk in talks]
        shown.setdefault(docname, []).append(used)
    if domain.data['lists']:
        order = domain.reading_order()
        all_titles = [(page, domain.title(page)) for page in sorted(pages)]
        titles = _digest([*all_titles, *sorted(domain.told_apart().items())])
        named = domain.packages() if fates else set()
        for docname, lists in domain.data['lists'].items():
            for wanted in lists:
                filters = dict(wanted.filters)
                entries = select(domain, docname, wanted.kind, filters, order)
                facts = shown.setdefault(docname, [])
                facts.append((entries, homes))
                if wanted.kind != 'summary':  # which names no other page
                    facts.append(titles)
                if fates:
                    became = [domain.fate(key) for key in _keys(wanted.kind, entries)]
                    facts.append((became, _linked(became, named)))
    return {docname: _digest(facts) for docname, facts in shown.items()}


def _digest(facts: object) -> str:
    return hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()


def _keys(kind: str, entries: Iterable[Any]) -> list[str]:
    """Return the keys of the packages of which a list says what became of them."""
    if kind in {'package', 'fate'}:
        return [entry.key for entry in entries]
    if kind == 'summary':
        return [e.key for s in entries for _verdict, named in s.packages for e in named]
    return []


def _linked(fates: Iterable[Fate | None], named: Set[str]) -> list[str]:
    """Return which of the names in *fates* are packages that the notes name."""
    names = {name for fate in fates if fate for name in (fate.successor, fate.part_of)}
    return sorted(name for name in names if records.key(name) in named)
