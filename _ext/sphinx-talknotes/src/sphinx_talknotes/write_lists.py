"""Writes the collected lists into the pages that have a place for them."""

from __future__ import annotations

import gc
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from urllib.parse import quote

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from sphinx_talknotes import content, names, people, records
from sphinx_talknotes.addresses import short
from sphinx_talknotes.nodes import (
    VERDICT_LABELS,
    added,
    bullets,
    definition,
    done_title,
    find_blocks,
    is_linked,
    nothing,
    talk_list,
)
from sphinx_talknotes.places import external_link
from sphinx_talknotes.references import References
from sphinx_talknotes.select import select
from sphinx_talknotes.shown import conditions_of
from sphinx_talknotes.translate import _, ngettext
from sphinx_talknotes.write_grid import grid

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Container,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from docutils.nodes import Element, Node

    from sphinx_talknotes.domain import TalkDomain
    from sphinx_talknotes.select import Glance, Links, Summary, TalkEntry

_T = TypeVar('_T')


class FillLists(SphinxPostTransform):
    """Fill the empty places of the collected lists.

    Before the references are resolved (priority 10), so that other extensions see the
    links; yet with references already made, which for thousands of entries costs half.
    """

    default_priority: ClassVar[int] = 5

    def run(self, **kwargs: Any) -> None:
        places = find_blocks(self.document, talk_list)
        if not places:
            return
        domain: TalkDomain = self.env.domains['talk']  # type: ignore[assignment]  # it is ours
        # It takes long, and the summary of one talk doesn't need it.
        of_many = any(place['kind'] != 'summary' for place in places)
        order = domain.reading_order() if of_many else []
        levels = dict(_levels(self.document, 1))
        homes: set[str] = set()
        for place in places:
            if not domain.is_shown(conditions_of(place)):
                continue  # Sphinx takes it out.
            docname, kind = place['docname'], place['kind']
            filters = place['filters']
            is_one = 'from' in filters and filters['from'] == filters.get('to')
            one_day = 'date' in filters or is_one
            references = References(self.env, domain, docname, one_day=one_day)
            if kind == 'summary' and not references.builder.format:
                # What makes no pages would find each link of a talk twice.
                place.parent.remove(place)
                continue
            entries = select(domain, docname, kind, filters, order)
            home = place['home'] and domain.home(kind) == docname and kind not in homes
            homes |= {kind} if home else set()
            writer = ListWriter(references, home)
            if kind == 'summary':
                # LaTeX counts no title of the whole.
                level = levels[place] - (references.builder.format == 'latex')
                place.replace_self([writer.summary(entry, level) for entry in entries])
                continue
            with _without_collecting():
                written = writer.write(kind, entries, filters)
            for node in written:
                # Where somebody asks for the line of a link in it.
                node.source, node.line = place.source, place.line
            if not references.builder.format:
                _unlink(written, set(domain.linked()))
            # A drawing takes neither classes nor ids.
            shown = [
                node
                for node in written
                if isinstance(node, nodes.Element) and not isinstance(node, nodes.raw)
            ]
            for element in shown:
                element['classes'] += place['classes']
            shown[0]['ids'] += place['ids']
            place.attributes.update(classes=[], ids=[], names=[])
            place.replace_self(written)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Switch garbage collection off while the nodes of a list are written.

    A long list has a million objects, none of them garbage, and the collector would
    look at all there are again and again: a tenth of a build after an edit.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _unlink(written: Iterable[Node], linked: Container[str]) -> None:
    """Leave of links to what is *linked* on the pages themselves the text alone.

    A link check finds those there, at their own lines, and as they are marked there.
    """
    for node in written:
        for link in list(node.findall(nodes.reference)):
            if link.get('refuri') in linked:
                content.unlink(link)


def _levels(node: Element, level: int) -> Iterator[tuple[Element, int]]:
    """Yield the places of lists in *node*, with the level of a heading there.

    Parents can't tell: where all pages are one, Sphinx leaves them as they were.
    """
    for child in node.children:
        if isinstance(child, talk_list):
            yield child, min(level, 6)
        elif isinstance(child, nodes.Element):
            yield from _levels(child, level + isinstance(child, nodes.section))


class ListWriter:
    """Writes the entries of one list as docutils nodes.

    In a *home* entries have the ids that references lead to.
    """

    def __init__(self, references: References, home: bool) -> None:
        self.references = references
        self.home = home
        self._verdict = ''  #: That all entries have.

    def write(
        self, kind: str, entries: Sequence[Any], filters: Mapping[str, str]
    ) -> list[Node]:
        """Return the nodes of a list of a *kind*, perhaps one of another extension."""
        if not entries:
            return nothing()
        self._verdict = filters.get('verdict', '')
        if kind == 'talk':
            if len({entry.date for entry in entries} - {''}) > 1:
                return [self.by_day(entries)]
            return [self.talks(entries)]
        if kind == 'glance':
            return self.glance(*entries)
        if kind == 'todo':
            done = sum(bool(todo.done) for todo in entries)
            count = _('%d open, %d done') % (len(entries) - done, done)
            return [
                nodes.paragraph('', count, classes=['count']),
                bullets([self.todo(todo) for todo in entries], kind),
            ]
        if kind == 'speaker':
            ids = people.anchors(entries) if self.home else [[] for _entry in entries]
            items = map(self.speaker, entries, ids)
        elif kind == 'package':
            items = map(self.package, entries)
        else:
            return self.references.written(kind, entries, filters) or nothing()
        return [
            nodes.definition_list(
                '',
                *items,
                # As docutils calls it; themes take other lists for an API.
                classes=['simple', 'talk-list', f'{kind}-list'],
            )
        ]

    def by_day(self, entries: Iterable[TalkEntry]) -> nodes.definition_list:
        """Return talks of several days, day by day; those without one come last."""
        # What its day tells apart needs no other word for it.
        self.references.one_day = True
        days: dict[str, list[TalkEntry]] = {}
        for entry in sorted(entries, key=lambda entry: entry.date or '~'):
            days.setdefault(entry.date, []).append(entry)
        items = []
        for date, talks in days.items():
            title = self.references.day(date) if date else _('Without a date')
            items.append(definition(_term(title), self.talks(talks)))
        classes = ['simple', 'talk-list', 'talk-days']
        return nodes.definition_list('', *items, classes=classes)

    def talks(self, entries: Sequence[TalkEntry]) -> Node:
        """Return the talks of a day, in the order of their times if all have one."""
        is_one_day = len({entry.date for entry in entries}) == 1
        if is_one_day and all(entry.time for entry in entries):
            entries = sorted(entries, key=lambda entry: entry.time)
        return bullets([self.talk(entry) for entry in entries], 'talk')

    def glance(self, entry: Glance) -> list[Node]:
        """Return how much there is, and the packages named most."""
        counts = [
            _counted(entry.talks, '%d talk', '%d talks'),
            _counted(entry.people, '%d person', '%d people'),
            _counted(entry.packages, '%d package', '%d packages'),
            _counted(entry.todos, '%d to-do', '%d to-dos'),
            _links(entry.links),
        ]
        text = ', '.join(filter(None, counts)) or _('Nothing yet.')
        shown: list[Node] = [nodes.paragraph('', text, classes=['count'])]
        if entry.most:
            shown.append(grid(self.references, entry) or self.most(entry))
        return shown

    def most(self, entry: Glance) -> nodes.bullet_list:
        """Return the packages named most, each with the number of pages."""
        items: list[list[Node]] = []
        for name, pages in entry.most:
            number = ngettext('%d page', '%d pages', len(pages)) % len(pages)
            times = nodes.inline('', number, classes=['count'])
            link = self.references.link(name, nodes.inline('', name))
            items.append([link, nodes.Text(' '), times])
        return bullets(items, 'glance')

    def summary(self, entry: Summary, level: int) -> nodes.container:
        """Return what a talk leaves behind, under a heading of a *level*."""
        items = [
            definition(_term(VERDICT_TITLES[verdict]), self.in_short(packages))
            for verdict, packages in entry.packages
        ]
        if entry.todos:
            todos = [self.own_todo(todo) for todo in entry.todos]
            items.append(definition(_term(_('To do')), bullets(todos, 'todo')))
        for state, links in entry.links:
            found = [
                [external_link(url, '' if text == url else text)] for url, text in links
            ]
            term = _term(_('Links: %s') % state)
            items.append(definition(term, bullets(found, 'link')))
        # A section would be in no table of contents, but in numberings and the search.
        title = nodes.rubric('', '', added(nodes.Text(_('In short'))))
        title['heading-level'] = level
        classes = ['simple', 'talk-list', 'summary-list']
        place = names.anchor('summary', *re.split('[/#]', entry.owner))
        return nodes.container(
            '',
            title,
            nodes.definition_list('', *items, classes=classes),
            ids=[place],
            classes=['talk-summary'],
        )

    def in_short(self, packages: Iterable[records.PackageEntry]) -> nodes.paragraph:
        """Return packages with what else is known of them."""
        paragraph = nodes.paragraph()
        for number, package in enumerate(packages):
            paragraph += [nodes.Text(', ')] if number else []
            label = nodes.inline('', package.name)
            paragraph += self.references.link(package.name, label)
            if known := self.references.domain.annotation(package.key):
                paragraph += [nodes.Text(' '), known.in_short(self.references)]
        return paragraph

    def own_todo(self, todo: records.Todo) -> list[Node]:
        """Return what a talk's own page says of a to-do again."""
        shown = self.text(todo)
        if is_linked(shown):
            return [*shown, *_when_done(todo)]
        label = nodes.inline('', '', *shown)
        return [
            self.references.reference(todo.docname, todo.anchor, label),
            *_when_done(todo),
        ]

    def talk(self, entry: TalkEntry) -> list[Node]:
        """Return what a list says of a talk."""
        content: list[Node] = [self.references.page(entry.owner)]
        if entry.time:
            time = nodes.inline('', entry.time, classes=['time'])
            content[:0] = [time, nodes.Text(' ')]
        official = next((s.added_title for s in entry.speakers if s.added_title), '')
        shown = self.references.domain.title(entry.owner)
        if official and official.casefold() != shown.casefold():
            title = added(nodes.emphasis('', official))
            title['classes'].append('official-title')
            content += [nodes.Text(' '), title]
        named = [s for s in entry.speakers if s.best_name or s.handles or s.urls]
        for number, speaker in enumerate(named):
            content.append(nodes.Text(', ' if number else ' \N{EN DASH} '))
            content.append(self.byline(speaker))
        counts = [
            _counted(entry.packages, '%d package', '%d packages'),
            _counted(entry.recommended, '%d recommended', '%d recommended'),
            _counted(entry.todos, '%d to-do', '%d to-dos'),
            _links(entry.links),
        ]
        if any(counts):
            text = f'({", ".join(filter(None, counts))})'
            content += [nodes.Text(' '), nodes.inline('', text, classes=['count'])]
        return content

    def byline(self, speaker: records.Speaker) -> Node:
        """Return a speaker in short, with a link to the entry."""
        if speaker.best_name:
            label = self.name(speaker.name, speaker.added_name)
        else:
            text = (*speaker.handles, *map(short, speaker.urls))[0]
            label = nodes.inline('', text, classes=['handle'])
        target = people.target(
            speaker.handles, speaker.urls, speaker.id, speaker.best_name
        )
        entry = target and self.references.domain.find_entry(*target)
        return self.references.reference(*entry, label) if entry else label

    def name(self, name: str, added_name: str) -> nodes.inline:
        """Return a person's name, in brackets what was found out later."""
        if not name:
            return added(nodes.Text(added_name))
        label = nodes.inline('', name)
        if added_name and names.plain(added_name) != names.plain(name):
            label += [nodes.Text(' '), added(nodes.Text(added_name))]
        return label

    def handle(self, handle: str) -> Node:
        """Return a handle, as a link where it leads out."""
        label = nodes.inline('', handle, classes=['handle'])
        url = names.profile(handle, self.references.handle_url)
        if not url:
            return label
        return nodes.reference('', '', label, refuri=url, internal=False)

    def speaker(
        self, entry: people.SpeakerEntry, anchors: Iterable[str]
    ) -> nodes.definition_list_item:
        """Return the entry of a person, with the ids that references lead to."""
        term = nodes.term()
        if entry.name or entry.added_name:
            term += self.name(entry.name, entry.added_name)
        if entry.also:
            term += nodes.Text(f' ({", ".join(entry.also)})')
        for handle in entry.handles:
            term += [nodes.Text(' ')] if term.children else []
            term += self.handle(handle)
        if not term.children:
            term += nodes.Text(entry.label)
        term['ids'] += anchors
        if entry.talks:
            term['classes'].append('spoke')
        places = []
        for talk in entry.talks:
            place = [self.references.page(records.owner_of(talk))]
            if about := ', '.join(filter(None, (talk.role, talk.affiliation))):
                place.append(nodes.Text(f' ({about})'))
            if talk.added_title:
                title = nodes.emphasis('', talk.added_title)
                place += [nodes.Text(' '), added(title)]
            places.append(place)
        places += map(self.mention, _first(entry.mentions, records.owner_of))
        body = [nodes.paragraph('', '', external_link(url)) for url in entry.urls]
        return definition(term, *body, bullets(places, 'places'))

    def package(self, entry: records.PackageEntry) -> nodes.definition_list_item:
        """Return the entry of a package: each list once, each other page once."""
        term = nodes.term('', entry.name)
        if self.home:
            term['ids'].append(names.anchor('package', entry.key))
        verdicts = dict.fromkeys(p.verdict for p in entry.listed if p.verdict)
        term['classes'] += [f'verdict-{verdict}' for verdict in verdicts]
        links = entry.links
        body: list[Node] = [nodes.paragraph('', text) for text in entry.summaries]
        body += (nodes.paragraph('', '', external_link(url, url)) for url in links)
        if not links and self.references.package_url:
            url = self.references.package_url.replace('{name}', quote(entry.name, ''))
            body.append(nodes.paragraph('', '', added(external_link(url))))
        places = [self.listed(package) for package in _first(entry.listed, _by_list)]
        talks = set(map(records.owner_of, entry.listed))
        elsewhere = [m for m in entry.mentions if records.owner_of(m) not in talks]
        places += map(self.mention, _first(elsewhere, records.owner_of))
        body.append(bullets(places, 'places'))
        if known := self.references.domain.annotation(entry.key):
            body.append(known.about(self.references))
        return definition(term, *body)

    def listed(self, package: records.Package) -> list[Node]:
        """Return in which list a package is, with which verdict."""
        place = self.references.place(package)
        text = f': {package.list_title}' if package.list_title else ''
        is_said = _says(package.list_title, package.verdict)
        if package.verdict and package.verdict != self._verdict and not is_said:
            classes = ['added', 'verdict', f'verdict-{package.verdict}']
            label = nodes.inline(
                '', f'[{VERDICT_LABELS[package.verdict]}]', classes=classes
            )
            return [place, nodes.Text(f'{text} '), label]
        return [place, nodes.Text(text)] if text else [place]

    def mention(self, mention: records.Mention) -> list[Node]:
        """Return where something is named in passing."""
        return [nodes.Text(_('named in') + ' '), self.references.place(mention)]

    def todo(self, todo: records.Todo) -> list[Node]:
        """Return what a list says of a to-do."""
        shown = self.text(todo)
        shown += [nodes.Text(' \N{EN DASH} '), self.references.place(todo)]
        return shown + _when_done(todo)

    def text(self, todo: records.Todo) -> list[Node]:
        """Return what a to-do says, with its markup."""
        if not todo.content:
            return [nodes.Text(todo.text)]
        return content.show(
            self.references.domain.env,
            todo.docname,
            todo.content,
            self.references.docname,
        )


#: What packages of a verdict stand under.
VERDICT_TITLES = {
    'recommended': _('Recommended'),
    'interesting': _('Interesting'),
    'not-relevant': _('Not relevant'),
    'avoid': _('To avoid'),
    '': _('Named'),
}


def _says(title: str, verdict: str) -> bool:
    """Whether the *title* of a list says its verdict already."""
    return bool(verdict) and (
        str(VERDICT_LABELS[verdict]).casefold() in title.casefold()
    )


def _counted(number: int, one: str, more: str) -> str:
    """Return a count in words that stay together, '' for none."""
    words = ngettext(one, more, number) % number if number else ''
    return words.replace(' ', '\N{NO-BREAK SPACE}')


def _links(links: Links) -> str:
    """Return how many links there are and how they fare, '' for none."""
    text = _counted(links.number, '%d link', '%d links')
    states = ', '.join(
        f'{number}\N{NO-BREAK SPACE}{state}' for state, number in links.states
    )
    return f'{text}: {states}' if states else text


def _term(text: str) -> nodes.term:
    return nodes.term('', text)


def _when_done(todo: records.Todo) -> list[Node]:
    """Return when a to-do was done, nothing while it is open."""
    if not todo.done:
        return []
    text = done_title(todo.done, todo.remark)
    return [nodes.Text(' '), nodes.inline('', f'({text})', classes=['done'])]


def _by_list(package: records.Package) -> tuple[str, str, str]:
    return records.owner_of(package), package.list_title, package.verdict


def _first(items: Iterable[_T], key: Callable[[_T], object]) -> list[_T]:
    """Return the first of the *items* with each *key*."""
    first: dict[object, _T] = {}
    for item in items:
        first.setdefault(key(item), item)
    return list(first.values())
