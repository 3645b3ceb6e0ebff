"""Selects what each list shows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx.util import docname_join

from sphinx_talknotes import names, people, records
from sphinx_talknotes.filters import is_wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sphinx_talknotes.domain import TalkDomain

#: How many of the packages named most are shown at a glance.
MOST = 20


class Links(NamedTuple):
    """How many links there are, and how they fare."""

    number: int
    states: tuple[tuple[str, int], ...]  #: State -> how many, where any is known.


class TalkEntry(NamedTuple):
    """A talk, as a list shows it."""

    owner: str  #: What names it: see `records.owner_of`.
    speakers: tuple[records.Speaker, ...]
    packages: int  #: How many packages it names.
    recommended: int  #: How many of them it recommends.
    todos: int  #: How many to-dos are open.
    links: Links
    date: str  #: The day of it, or ''.
    time: str  #: When it began, or ''.


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

    owner: str  #: What names the talk.
    #: Verdict, or '' -> the packages.
    packages: tuple[tuple[str, tuple[records.PackageEntry, ...]], ...]
    todos: tuple[records.Todo, ...]
    #: State -> the links that it is known of, each with its text.
    links: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def select(
    domain: TalkDomain,
    docname: str,
    kind: str,
    filters: Mapping[str, str],
    order: Iterable[str],
) -> list[Any]:
    """Return the entries that a list on *docname* shows, in reading *order*.

    The summary of a talk needs no order.
    """
    if 'talk' in filters:
        target = filters['talk']
        talk = domain.find_talk(docname, target)
        pages = [talk.owner if talk else docname_join(docname, target)]
    else:
        pages = list(order)
    pages = [page for page in pages if is_wanted(page, domain.talk(page), filters)]

    if kind == 'talk':
        return [_talk_entry(domain, page) for page in pages if domain.talk(page)]
    if kind == 'glance':
        return [_glance(domain, pages)]
    if kind == 'summary':
        return [
            summary
            for page in pages
            if domain.talk(page) and any((summary := _summary(domain, page))[1:])
        ]
    if kind == 'todo':
        todos = domain.noted('todos', pages)
        if 'state' in filters:
            todos = [todo for todo in todos if bool(todo.done) is _is_done(filters)]
        return sorted(todos, key=lambda todo: bool(todo.done))
    if kind == 'speaker':
        mentions = [] if 'spoke' in filters else domain.noted('mentions', pages)
        # A byline's line may change and nothing that is shown with it.
        speakers = (s._replace(location='') for s in domain.speakers(pages))
        return people.group_speakers(speakers, mentions, domain.language)
    packages = domain.noted('packages', pages)
    if 'verdict' in filters:
        packages = [p for p in packages if p.verdict == filters['verdict']]
        mentions = []
    else:
        mentions = domain.noted('mentions', pages)
    entries = records.group_packages(packages, mentions, domain.language)
    if filters:
        entries = _with_links(domain, entries, order)
    if kind == 'package' and 'state' not in filters:
        return entries
    # Other lists are of the packages of which something else is known.
    wanted = filters.get('state')
    known = ((entry, domain.annotation(entry.key)) for entry in entries)
    return [entry for entry, it in known if it and wanted in {None, it.state}]


def _is_done(filters: Mapping[str, str]) -> bool:
    return filters['state'] == 'done'


def _with_links(
    domain: TalkDomain, entries: list[records.PackageEntry], order: Iterable[str]
) -> list[records.PackageEntry]:
    """Give the entries without links those that all other notes give."""
    if all(entry.links for entry in entries):
        return entries
    pages = list(order)
    given = [(p.name, p.links) for p in domain.noted('packages', pages)]
    given += ((m.target, m.links) for m in domain.noted('mentions', pages))
    found: dict[str, dict[str, None]] = {}
    for name, links in given:
        if links:
            found.setdefault(names.key(name), {}).update(dict.fromkeys(links))
    return [
        entry
        if entry.links
        else entry._replace(links_elsewhere=tuple(found.get(entry.key, ())))
        for entry in entries
    ]


def _glance(domain: TalkDomain, pages: Sequence[str]) -> Glance:
    people = select(domain, '', 'speaker', {}, pages)
    packages = select(domain, '', 'package', {}, pages)
    named = [
        (
            entry.name,
            {records.owner_of(place) for place in (*entry.listed, *entry.mentions)},
        )
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


def _talk_entry(domain: TalkDomain, owner: str) -> TalkEntry:
    talk = domain.talk(owner)
    packages = domain.noted('packages', [owner])
    speakers = domain.speakers([owner])
    return TalkEntry(
        owner,
        tuple(speaker._replace(location='') for speaker in speakers),
        len(domain.packages([owner])),
        len({names.key(p.name) for p in packages if p.verdict == 'recommended'}),
        sum(not todo.done for todo in domain.noted('todos', [owner])),
        _links(domain, [owner]),
        talk.date if talk else '',
        dict(talk.fields).get('time', '') if talk else '',
    )


def _links(domain: TalkDomain, pages: Iterable[str]) -> Links:
    links = domain.links(pages)
    states = domain.link_states(links)
    known = Counter(states[url] for url in links if states.get(url))
    return Links(len(links), tuple(known.items()))


def _summary(domain: TalkDomain, owner: str) -> Summary:
    mentions = domain.noted('mentions', [owner])
    entries = records.group_packages(
        domain.noted('packages', [owner]), mentions, domain.language
    )
    packages: dict[str, list[records.PackageEntry]] = {
        verdict: [] for verdict in (*records.VERDICTS, '')
    }
    for entry in entries:
        for verdict in records.unique(p.verdict for p in entry.listed) or ['']:
            packages[verdict].append(entry)
    texts = domain.links([owner])
    states = domain.link_states(texts)
    links: dict[str, list[tuple[str, str]]] = {}
    for url, text in texts.items():
        if state := states.get(url):
            links.setdefault(state, []).append((url, text))
    return Summary(
        owner,
        tuple((verdict, tuple(named)) for verdict, named in packages.items() if named),
        tuple(todo for todo in domain.noted('todos', [owner]) if todo.text),
        tuple((state, tuple(found)) for state, found in links.items()),
    )
