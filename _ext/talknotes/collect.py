"""Fills the collected lists, and names the pages that have to be written again."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections import Counter
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from docutils import nodes
from sphinx import addnodes
from sphinx.errors import NoUri
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import docname_join

from talknotes import records
from talknotes.fates import EVIDENCE, FATES
from talknotes.nodes import (
    added,
    link_entries,
    package_entries,
    reference_to,
    talk_list,
    talk_packages,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence, Set
    from pathlib import Path

    from docutils.nodes import Element, Node
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from talknotes.domain import TalkDomain
    from talknotes.fates import Fate

_T = TypeVar('_T')


class TalkEntry(NamedTuple):
    """A talk, as a list shows it."""

    docname: str
    speakers: tuple[records.Speaker, ...]
    packages: int  #: How many packages it names.
    todos: int  #: How many to-dos are open.


class Glance(NamedTuple):
    """How much there is of each, and what is named most."""

    talks: int
    people: int
    packages: int
    todos: int
    most: tuple[tuple[str, int], ...]  #: Packages, with how many pages name each.


def select(
    domain: TalkDomain,
    docname: str,
    kind: str,
    filters: Mapping[str, str],
    order: Iterable[str],
) -> list[Any]:
    """Return the entries that a list on *docname* shows, in reading *order*."""
    pages = list(order)
    if 'talk' in filters:
        talk = docname_join(docname, filters['talk'])
        pages = [page for page in pages if page == talk]
    if 'date' in filters:
        dates = {talk.docname: talk.date for talk in domain.data['talks'].values()}
        pages = [page for page in pages if dates.get(page) == filters['date']]

    if kind == 'talk':
        return [_talk_entry(domain, page) for page in pages if domain.talk(page)]
    if kind == 'glance':
        return [_glance(domain, pages)]
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
    named = (
        (entry.name, len({place.docname for place in (*entry.listed, *entry.mentions)}))
        for entry in packages
    )
    most = sorted(named, key=lambda entry: -entry[1])
    return Glance(
        sum(bool(domain.talk(page)) for page in pages),
        len(people),
        len(packages),
        len(domain.noted('todos', pages)),
        tuple((name, number) for name, number in most[:MOST] if number > 1),
    )


def _talk_entry(domain: TalkDomain, docname: str) -> TalkEntry:
    names = [package.name for package in domain.noted('packages', [docname])]
    mentions = domain.noted('mentions', [docname])
    names += [m.target for m in mentions if m.kind == 'package']
    return TalkEntry(
        docname,
        tuple(
            speaker._replace(location='')
            for speaker in domain.noted('speakers', [docname])
        ),
        len(set(map(records.key, names))),
        sum(not todo.done for todo in domain.noted('todos', [docname])),
    )


#: How many of the packages named most are shown at a glance.
MOST = 20


def told_apart(domain: TalkDomain) -> dict[str, str]:
    """Return docname -> date of the talks whose title another talk has too."""
    talks = domain.data['talks'].values()
    titles = Counter(talk.title for talk in talks)
    return {t.docname: t.date for t in talks if t.date and titles[t.title] > 1}


class FillLists(SphinxPostTransform):
    """Fill the empty places of the collected lists.

    Before the references are resolved (priority 10), so that other extensions see the
    links; yet with references already made, which for thousands of entries costs half.
    """

    default_priority: ClassVar[int] = 5

    def run(self, **kwargs: Any) -> None:
        places = list(self.document.findall(talk_list))
        if not places:
            return
        domain: TalkDomain = self.env.domains['talk']  # type: ignore[assignment]
        order = domain.reading_order()
        for place in places:
            docname, kind = place['docname'], place['kind']
            entries = select(domain, docname, kind, place['filters'], order)
            home = place['home'] and domain.home(kind) == docname
            writer = ListWriter(self.env, domain, docname, home)
            show = place['filters'].get('show', '')
            place.replace_self(writer.write(kind, entries, show))


class FinishPackages(SphinxPostTransform):
    """Make each term that names a package a link, and index it where it stands.

    Behind each entry stands what became of it, where that is known.  The directive
    could do it, but then each transform of a page that is read would visit these nodes
    too, and Sphinx has all doctrees in memory until they are written.
    """

    default_priority: ClassVar[int] = 5

    def run(self, **kwargs: Any) -> None:
        domain: TalkDomain = self.env.domains['talk']  # type: ignore[assignment]
        for packages in list(self.document.findall(talk_packages)):
            writer = ListWriter(self.env, domain, packages['docname'], home=False)
            link_entries(packages, writer.link)
            if domain.data['packages'].get(packages['docname']):
                for entry in list(package_entries(packages)):
                    writer.mark(entry)


class ListWriter:
    """Writes the entries of one list as docutils nodes.

    *docname* is the page that the list is on; in a *home* entries have the ids that
    references lead to.
    """

    def __init__(
        self, env: BuildEnvironment, domain: TalkDomain, docname: str, home: bool
    ) -> None:
        self.builder = env._app.builder  # noqa: SLF001 (as Sphinx's own do)
        self.domain = domain
        self.docname = docname
        self.home = home
        self.dates = told_apart(domain)

    @cached_property
    def packages(self) -> set[str]:
        """The keys of all packages that the pages name."""
        return self.domain.packages()

    def write(self, kind: str, entries: Sequence[Any], show: str = '') -> list[Node]:
        """Return the nodes of a list of a *kind*; *show* is which one of fates."""
        if kind == 'fate' and show:
            entries = [entry for entry in entries if self.fate(entry).successor]
        if kind == 'fate' and show == 'parts':
            entries = [entry for entry in entries if self.fate(entry).part_of]
        if not entries:
            return [nodes.paragraph('', _('Nothing yet.'), classes=['talk-list'])]
        if kind == 'talk':
            return [self.bullets([self.talk(entry) for entry in entries], kind)]
        if kind == 'glance':
            return self.glance(*entries)
        if kind == 'todo':
            done = sum(bool(todo.done) for todo in entries)
            count = _('%d open, %d done') % (len(entries) - done, done)
            return [
                nodes.paragraph('', count, classes=['count']),
                self.bullets([self.todo(todo) for todo in entries], kind),
            ]
        if kind == 'fate':
            by_show = {
                '': self.fates,
                'successors': self.successors,
                'parts': self.parts,
            }
            return by_show[show](entries)
        item = self.speaker if kind == 'speaker' else self.package
        return [
            nodes.definition_list(
                '',
                *map(item, entries),
                # As docutils calls it; themes take other lists for an API.
                classes=['simple', 'talk-list', f'{kind}-list'],
            )
        ]

    def glance(self, entry: Glance) -> list[Node]:
        """Return how much there is, and the packages named most."""
        counts = [
            _one_or_more(entry.talks, _('1 talk'), _('%d talks')),
            _one_or_more(entry.people, _('1 person'), _('%d people')),
            _one_or_more(entry.packages, _('1 package'), _('%d packages')),
            _one_or_more(entry.todos, _('1 to-do'), _('%d to-dos')),
        ]
        text = ', '.join(filter(None, counts)) or _('Nothing yet.')
        shown: list[Node] = [nodes.paragraph('', text, classes=['count'])]
        items: list[list[Node]] = []
        for name, number in entry.most:
            times = nodes.inline('', _('%d pages') % number, classes=['count'])
            # A style sheet may draw them.
            times['classes'].append(f'times-{number}')
            items.append([self.link(name, nodes.inline('', name)), times])
            items[-1].insert(1, nodes.Text(' '))
        if items:
            shown.append(self.bullets(items, 'glance'))
        return shown

    def talk(self, entry: TalkEntry) -> list[Node]:
        """Return what a list says of a talk."""
        content = [self.page(entry.docname)]
        named = [s for s in entry.speakers if s.best_name or s.handle]
        for number, speaker in enumerate(named):
            content.append(nodes.Text(', ' if number else ' \N{EN DASH} '))
            content.append(self.byline(speaker))
        counts = [
            _one_or_more(entry.packages, _('1 package'), _('%d packages')),
            _one_or_more(entry.todos, _('1 to-do'), _('%d to-dos')),
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
            label = nodes.inline('', speaker.handle, classes=['handle'])
        target = (
            ('handle', speaker.handle)
            if speaker.handle
            else ('speaker', speaker.name or speaker.added_name)
        )
        entry = self.domain.find_entry(*target)
        return self.reference(*entry, label) if entry else label

    def name(self, name: str, added_name: str) -> nodes.inline:
        """Return a person's name, in brackets what was found out later."""
        if not name:
            return added(nodes.Text(added_name))
        label = nodes.inline('', name)
        if added_name not in {'', name}:
            label += [nodes.Text(' '), added(nodes.Text(added_name))]
        return label

    def speaker(self, entry: records.SpeakerEntry) -> nodes.definition_list_item:
        """Return the entry of a person."""
        term = nodes.term()
        if entry.name or entry.added_name:
            term += self.name(entry.name, entry.added_name)
        for handle in entry.handles:
            term += [nodes.Text(' ')] if term.children else []
            term += nodes.inline('', handle, classes=['handle'])
        if self.home:
            keys = [('handle', records.handle_key(handle)) for handle in entry.handles]
            keys += [('speaker', records.key(name)) for name in entry.names]
            term['ids'] += dict.fromkeys(records.anchor(*key) for key in keys)
        if entry.talks:
            term['classes'].append('spoke')
        places = []
        for talk in entry.talks:
            place = [self.page(talk.docname)]
            if talk.added_title:
                title = nodes.emphasis('', talk.added_title)
                place += [nodes.Text(' '), added(title)]
            places.append(place)
        places += map(self.mention, _first(entry.mentions, _BY_PAGE))
        return _definition(term, self.bullets(places, 'places'))

    def package(self, entry: records.PackageEntry) -> nodes.definition_list_item:
        """Return the entry of a package: each list once, each other page once."""
        term = nodes.term('', entry.name)
        if self.home:
            term['ids'].append(records.anchor('package', entry.key))
        verdicts = dict.fromkeys(p.verdict for p in entry.listed if p.verdict)
        term['classes'] += [f'verdict-{verdict}' for verdict in verdicts]
        body: list[Node] = [nodes.paragraph('', text) for text in entry.summaries]
        for url in entry.links:
            link = nodes.reference('', url, refuri=url, internal=False)
            body.append(nodes.paragraph('', '', link))
        by_list = attrgetter('docname', 'list_title', 'verdict')
        places = [self.listed(package) for package in _first(entry.listed, by_list)]
        pages = {package.docname for package in entry.listed}
        elsewhere = [m for m in entry.mentions if m.docname not in pages]
        places += map(self.mention, _first(elsewhere, _BY_PAGE))
        body.append(self.bullets(places, 'places'))
        if fate := self.domain.fate(entry.key):
            body.append(self.became(fate))
        return _definition(term, *body)

    def listed(self, package: records.Package) -> list[Node]:
        """Return in which list a package is, with which verdict."""
        content: list[Node] = [self.place(package)]
        if package.list_title:
            content.append(nodes.Text(f': {package.list_title}'))
        if package.verdict and not _says(package.list_title, package.verdict):
            label = added(nodes.Text(str(VERDICT_LABELS[package.verdict])))
            label['classes'] += ['verdict', f'verdict-{package.verdict}']
            content += [nodes.Text(' '), label]
        return content

    def mention(self, mention: records.Mention) -> list[Node]:
        """Return where something is named in passing."""
        return [nodes.Text(_('named in') + ' '), self.place(mention)]

    def mark(self, entry: Element) -> None:
        """Put behind an *entry* of a talk's list what became of the package."""
        fate = self.domain.fate(entry.get('package') or entry['reftarget'])
        if fate is None:
            return
        mark = [nodes.Text(' '), fate_mark(fate.fate)]
        if isinstance(entry, nodes.term):
            entry += mark
            return
        # Brackets around the name are closed before others are opened.
        parent = entry.parent
        is_added = isinstance(parent, nodes.inline) and 'added' in parent['classes']
        around = parent if is_added else entry
        around.parent.insert(around.parent.index(around) + 1, mark)

    def fate(self, entry: records.PackageEntry) -> Fate:
        """Return what became of a package of which that is known."""
        fate = self.domain.fate(entry.key)
        assert fate is not None
        return fate

    def became(self, fate: Fate) -> nodes.paragraph:
        """Return all that is known of what became of a package, as one paragraph."""
        label = f'{_("Since then")}: {FATE_LABELS[fate.fate]}.'
        content: list[Node] = [nodes.strong('', label), nodes.Text(f' {fate.fact}')]
        if fate.successor:
            content += [nodes.Text(f' {_("In its place")}: '), *self.successor(fate)]
            content.append(nodes.Text('.'))
        if fate.caveat:
            content.append(nodes.Text(f' {_("But")}: {fate.caveat}'))
        # What was only remembered, or never looked at, is no source.
        first = _('Source') if fate.evidence == 'read' else _('See')
        for number, url in enumerate(fate.sources):
            before = ', ' if number else f' {first}: '
            text = url.partition('://')[2].removeprefix('www.').rstrip('/')
            link = nodes.reference('', text, refuri=url, internal=False)
            content += [nodes.Text(before), link]
        about = [_('as of %s') % fate.as_of if fate.as_of else _('date not known')]
        if fate.evidence == 'general knowledge':
            about.append(_('general knowledge'))
        if not fate.sources:
            about.append(_('no source'))
        if fate.checked:
            about.append(_('checked %s') % fate.checked)
        content.append(nodes.Text(f' ({"; ".join(about)})'))
        brackets = nodes.Text('['), nodes.Text(']')
        classes = ['added', 'fate', f'fate-{fate.fate}']
        return nodes.paragraph(
            '', '', brackets[0], *content, brackets[1], classes=classes
        )

    def successor(self, fate: Fate) -> list[Node]:
        """Return what took a package's place, as a link if the notes name it."""
        shown = [self.named(fate.successor)]
        if fate.part_of and records.key(fate.part_of) != records.key(fate.successor):
            shown += [nodes.Text(f' ({_("part of")} '), self.named(fate.part_of)]
            shown.append(nodes.Text(')'))
        return shown

    def named(self, name: str) -> Node:
        """Return a package's name, as a link if there is an entry of it."""
        label = nodes.inline('', name)
        entry = self.domain.find_entry('package', name)
        if entry is None or records.key(name) not in self.packages:
            return label
        return self.reference(*entry, label)

    def fates(self, entries: Sequence[records.PackageEntry]) -> list[Node]:
        """Return how many packages have which fate: a bar, a sentence, a table."""
        by_fate: dict[str, list[Node]] = {fate: [] for fate in FATES}
        evidence: Counter[str] = Counter()
        for entry in entries:
            fate = self.fate(entry)
            evidence[fate.evidence] += 1
            by_fate[fate.fate].append(self.named(entry.name))
        counts = {fate: len(names) for fate, names in by_fate.items() if names}
        said = ', '.join(f'{n} {FATE_LABELS[fate]}' for fate, n in counts.items())
        summary = f'{_("%d names") % len(entries)}: {said}.'
        read, known, none = (evidence[kind] for kind in EVIDENCE)
        rests = _('Read at a source: %d; general knowledge: %d; no evidence: %d.')
        text = f'{summary} {rests % (read, known, none)}'
        found: list[Node] = []
        # EPUB wants a page with a picture in it declared as one; it has the table.
        if self.builder.format == 'html' and self.builder.name != 'epub':
            found.append(nodes.raw('', _svg(counts, summary), format='html'))
        rows = [
            (
                nodes.Text(str(FATE_LABELS[fate])),
                nodes.Text(str(counts[fate])),
                *_commas(names),
            )
            for fate, names in by_fate.items()
            if names
        ]
        return [
            *found,
            nodes.paragraph('', text, classes=['count']),
            self.table((_('what became of it'), _('how many'), _('names')), rows),
        ]

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Node]]) -> nodes.table:
        """Return a table of a label, a number and names."""
        group = nodes.tgroup('', cols=len(head))
        group += [nodes.colspec(colwidth=width) for width in (16, 8, 48)]
        group += nodes.thead('', _row([[nodes.Text(text)] for text in head]))
        group += nodes.tbody(
            '', *(_row([[label], [number], names]) for label, number, *names in rows)
        )
        return nodes.table('', group, classes=['talk-list', 'fate-list'])

    def successors(self, entries: Sequence[records.PackageEntry]) -> list[Node]:
        """Return what took the place of which package."""
        items = []
        for entry in entries:
            fate = self.fate(entry)
            before = nodes.Text(f', {FATE_LABELS[fate.fate]}: ')
            items.append([self.named(entry.name), before, *self.successor(fate)])
        return [self.bullets(items, 'fate')]

    def parts(self, entries: Sequence[records.PackageEntry]) -> list[Node]:
        """Return what became a part of what: each project with what it took in."""
        wholes: dict[str, list[Fate]] = {}
        for fate in map(self.fate, entries):
            wholes.setdefault(fate.part_of, []).append(fate)
        items = []
        for whole in sorted(wholes, key=records.collation_key):
            parts = self.bullets(
                [
                    [
                        self.named(fate.name),
                        nodes.Text(f', {FATE_LABELS[fate.fate]}: '),
                        self.named(fate.successor),
                        nodes.Text(f'. {fate.fact}'),
                    ]
                    for fate in wholes[whole]
                ],
                'fate',
            )
            items.append(_definition(nodes.term('', '', self.named(whole)), parts))
        classes = ['simple', 'talk-list', 'fate-list']
        return [nodes.definition_list('', *items, classes=classes)]

    def todo(self, todo: records.Todo) -> list[Node]:
        """Return what a list says of a to-do."""
        content = _with_links(todo.text, todo.links)
        content += [nodes.Text(' \N{EN DASH} '), self.place(todo)]
        if todo.done:
            text = _('Done: %s') % f'{todo.done} {todo.remark}'.strip()
            content += [
                nodes.Text(' '),
                nodes.inline('', f'({text})', classes=['done']),
            ]
        return content

    def page(self, docname: str) -> Node:
        """Return a reference to a page."""
        return self.reference(docname, '', self.title(docname))

    def place(self, record: records.Package | records.Mention | records.Todo) -> Node:
        """Return a reference to the place of a record."""
        return self.reference(record.docname, record.anchor, self.title(record.docname))

    def title(self, docname: str) -> nodes.inline:
        """Return the title of a page, with the date of a talk that shares it."""
        label = nodes.inline('', self.domain.title(docname))
        if docname in self.dates:
            label += [nodes.Text(' '), added(nodes.Text(self.dates[docname]))]
        return label

    def reference(self, docname: str, anchor: str, label: Element) -> Node:
        """Return *label* as a reference, or alone where the builder has no links."""
        try:
            return self.domain.reference(
                self.builder, self.docname, docname, anchor, label
            )
        except NoUri:
            return label

    def link(self, name: str, text: nodes.inline) -> Node:
        """Return *text* as a reference to the entry of a package, by its *name*."""
        entry = self.domain.find_entry('package', name)
        if entry is None:  # Another project may have one (intersphinx).
            attributes = reference_to(self.docname, 'package', name)
            return addnodes.pending_xref('', text, **attributes)
        return self.reference(*entry, text)

    def bullets(self, items: Iterable[Sequence[Node]], kind: str) -> nodes.bullet_list:
        """Return a bullet list with an item for each of *items*."""
        classes = ['talk-list', f'{kind}-list']
        return nodes.bullet_list(
            '',
            *(nodes.list_item('', nodes.paragraph('', '', *item)) for item in items),
            bullet='-',
            classes=classes,
        )


#: What a verdict is called.
VERDICT_LABELS = {
    'recommended': _('recommended'),
    'interesting': _('interesting'),
    'not-relevant': _('not relevant'),
}


#: What a fate is called, and a colour that can be told from those beside it, on white
#: and on black.
FATE_LABELS = {
    'maintained': _('maintained'),
    'dormant': _('dormant'),
    'archived': _('archived'),
    'renamed': _('renamed'),
    'merged': _('merged'),
    'superseded': _('superseded'),
    'shut-down': _('shut down'),
    'unknown': _('fate unknown'),
}
FATE_COLOURS = {
    'maintained': '#2e8b57',
    'dormant': '#c9b458',
    'archived': '#d98032',
    'renamed': '#6aa3d8',
    'merged': '#2f6db5',
    'superseded': '#9a7fb8',
    'shut-down': '#c0392b',
    'unknown': '#9a9a9a',
}


def fate_mark(fate: str) -> nodes.inline:
    """Return a fate in a word, as what isn't the notes'."""
    mark = added(nodes.Text(str(FATE_LABELS[fate])))
    mark['classes'] += ['fate', f'fate-{fate}']
    return mark


#: Titles that say a verdict in other words.
VERDICT_TITLES = {'recommended': 'looks really useful'}


def _says(title: str, verdict: str) -> bool:
    """Whether the *title* of a list says its verdict already."""
    words = str(VERDICT_LABELS[verdict]), VERDICT_TITLES.get(verdict)
    return any(said and said.casefold() in title.casefold() for said in words)


def _with_links(text: str, urls: Iterable[str]) -> list[Node]:
    """Return *text* with each of the *urls* in it as a link."""
    found = '|'.join(map(re.escape, sorted(urls, key=len, reverse=True)))
    return [
        nodes.reference('', part, refuri=part, internal=False)
        if number % 2
        else nodes.Text(part)
        for number, part in enumerate(re.split(f'({found})', text) if found else [text])
        if part
    ]


def _one_or_more(number: int, one: str, more: str) -> str:
    """Return a count in words, '' for none."""
    if number < 2:
        return one if number else ''
    return more % number


def _commas(items: Iterable[Node]) -> list[Node]:
    """Return *items* with commas between them."""
    return [node for item in items for node in (nodes.Text(', '), item)][1:]


def _row(cells: Iterable[Iterable[Node]]) -> nodes.row:
    return nodes.row(
        '', *(nodes.entry('', nodes.paragraph('', '', *cell)) for cell in cells)
    )


def _svg(counts: Mapping[str, int], summary: str) -> str:
    """Return a bar, a piece for each fate; its description says the numbers."""
    pieces, start = [], 0
    for fate, count in counts.items():
        label = html.escape(f'{count} {FATE_LABELS[fate]}')
        pieces.append(
            f'<rect x="{start}" width="{count}" height="1" '
            f'fill="{FATE_COLOURS[fate]}"><title>{label}</title></rect>'
        )
        start += count
    title = html.escape(_('Packages by what became of them'))
    return (
        f'<svg class="fates" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {start} 1" preserveAspectRatio="none" width="100%" height="16">'
        f'<title>{title}</title><desc>{html.escape(summary)}</desc>{"".join(pieces)}'
        '</svg>'
    )


def _definition(term: nodes.term, *body: Node) -> nodes.definition_list_item:
    return nodes.definition_list_item('', term, nodes.definition('', *body))


_BY_PAGE = attrgetter('docname')


def _first(items: Iterable[_T], key: Callable[[_T], object]) -> list[_T]:
    """Return the first of the *items* with each *key*."""
    first: dict[object, _T] = {}
    for item in items:
        first.setdefault(key(item), item)
    return list(first.values())


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
        self.now = digests(env.domains['talk'])  # type: ignore[arg-type]
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
        return app.doctreedir / f'talknotes-{app.builder.name}-{folder}.json'


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
        titles = [domain.talk(talk) and domain.title(talk) for talk in talks]
        shown.setdefault(docname, []).append(titles)
    if domain.data['lists']:
        order = domain.reading_order()
        all_titles = [(page, domain.title(page)) for page in sorted(pages)]
        all_titles += sorted(told_apart(domain).items())
        named = domain.packages() if fates else set()
        for docname, lists in domain.data['lists'].items():
            for wanted in lists:
                filters = dict(wanted.filters)
                entries = select(domain, docname, wanted.kind, filters, order)
                shown.setdefault(docname, []).append((entries, all_titles, homes))
                if wanted.kind in {'package', 'fate'} and fates:
                    became = [domain.fate(entry.key) for entry in entries]
                    shown[docname].append((became, _linked(became, named)))
    return {
        docname: hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()
        for docname, facts in shown.items()
    }


def _linked(fates: Iterable[Fate | None], named: Set[str]) -> list[str]:
    """Return which of the names in *fates* are packages that the notes name."""
    names = {name for fate in fates if fate for name in (fate.successor, fate.part_of)}
    return sorted(name for name in names if records.key(name) in named)
