"""Writes what became of the packages since, told apart from the notes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes

from sphinx_talknotes import addresses, names
from sphinx_talknotes.collation import sorted_by_name
from sphinx_talknotes.fates import svg
from sphinx_talknotes.fates.file import EVIDENCE, FATES
from sphinx_talknotes.nodes import (
    VERDICT_LABELS,
    added,
    bullets,
    definition,
    nothing,
    talk_sources,
)
from sphinx_talknotes.places import external_link
from sphinx_talknotes.translate import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docutils.nodes import Node

    from sphinx_talknotes import records
    from sphinx_talknotes.fates.file import Fate
    from sphinx_talknotes.references import References

#: What a fate is called.
FATE_LABELS = {
    'maintained': _('maintained'),
    'deprecated': _('deprecated'),
    'dormant': _('dormant'),
    'archived': _('archived'),
    'renamed': _('renamed'),
    'merged': _('merged'),
    'superseded': _('superseded'),
    'shut-down': _('shut down'),
    'unknown': _('fate unknown'),
}

#: That of packages which can be used as they were.
LIVING = 'maintained'

#: Those of packages that go on under another name.
REPLACED = {'renamed', 'merged', 'superseded'}

#: A colour for each, on white and on black with a contrast of 3:1 or more; neighbours
#: differ in lightness, too, for those who can't tell the hues.
FATE_COLOURS = {
    'maintained': '#23834f',
    'deprecated': '#b8860b',
    'dormant': '#5f6b1e',
    'archived': '#c87020',
    'renamed': '#3672ad',
    'merged': '#5b8fd6',
    'superseded': '#7d4fa3',
    'shut-down': '#d0523f',
    'unknown': '#6e6e6e',
}


def fate_mark(fate: str, *more: Node) -> nodes.inline:
    """Return a fate in a word, with *more* perhaps, as what isn't the notes'."""
    mark = added(nodes.Text(str(FATE_LABELS[fate])), *more)
    mark['classes'] += ['fate', f'fate-{fate}']
    return mark


def sources(fate: Fate, known: str) -> talk_sources:
    """Return the sources of a fate, and since when and how well it is *known*."""
    # What was only remembered, or never looked at, is no source.
    label = _('Source') if fate.evidence == 'read' else _('See')
    links: list[Node] = []
    for url in fate.sources:
        # A commit's name says nothing to a reader.
        text = re.sub(r'/[0-9a-f]{12,40}$', '', addresses.short(url))
        links.append(external_link(url, text))
    return talk_sources(
        '',
        '',
        nodes.Text('['),
        nodes.inline('', f'{label} ({known})'),
        nodes.Text(': '),
        nodes.inline('', '', *_commas(links)),
        nodes.Text(']'),
        classes=['added', 'sources'],
    )


@dataclass(frozen=True)
class FateAnnotation:
    """A fate, as an `Annotation` of a package."""

    fate: Fate

    @property
    def state(self) -> str:
        return self.fate.fate

    @property
    def marked(self) -> tuple[str, ...]:
        return self.fate.fate, self.fate.successor

    @property
    def packages(self) -> tuple[str, ...]:
        return self.fate.successor, self.fate.part_of

    def mark(self, references: References) -> nodes.inline | None:
        return FateWriter(references).mark(self.fate)

    def in_short(self, references: References) -> nodes.inline:
        return FateWriter(references).in_short(self.fate)

    def about(self, references: References) -> nodes.container:
        return FateWriter(references).about(self.fate)

    def data(self) -> dict[str, Any]:
        given = {name: value for name, value in self.fate._asdict().items() if value}
        return {'fate': given | {'sources': list(self.fate.sources)}}


class FateWriter:
    """Writes on one page what became of packages, as docutils nodes."""

    def __init__(self, references: References) -> None:
        self.references = references

    def mark(self, fate: Fate) -> nodes.inline | None:
        """Return what became of a package, for the place that first names it on a page.

        That most are maintained is no news.
        """
        if fate.fate == LIVING:
            return None
        instead = fate.successor if fate.fate in REPLACED else ''
        if not instead:
            return fate_mark(fate.fate)
        mark = fate_mark(fate.fate)
        mark[1:-1] = [nodes.Text(f'{_("now")} '), self.references.package(instead)]
        return mark

    def in_short(self, fate: Fate) -> nodes.inline:
        """Return a mark of a fate, with what took the package's place."""
        if not fate.successor:
            return fate_mark(fate.fate)
        now = nodes.Text(f'; {_("now")} '), self.references.package(fate.successor)
        return fate_mark(fate.fate, *now)

    def fate(self, entry: records.PackageEntry) -> Fate:
        """Return what became of a package of which that is known."""
        known = self.references.domain.annotation(entry.key)
        assert isinstance(known, FateAnnotation)
        return known.fate

    def about(self, fate: Fate) -> nodes.container:
        """Return what became of a package, and the sources that say so."""
        label = f'{_("Since then")}: {FATE_LABELS[fate.fate]}.'
        content: list[Node] = [nodes.strong('', label), nodes.Text(f' {fate.fact}')]
        if fate.successor:
            content += [nodes.Text(f' {_("In its place")}: '), *self.successor(fate)]
            content.append(nodes.Text('.'))
        if fate.caveat:
            content.append(nodes.Text(f' {_("Note")}: {fate.caveat}'))
        known = [self.when(fate)]
        if fate.evidence == 'general knowledge':
            known.append(_('general knowledge'))
        if not fate.sources:
            known.append(_('no source'))
            content.append(nodes.Text(f' ({"; ".join(known)})'))
        brackets = nodes.Text('['), nodes.Text(']')
        classes = ['added', 'fate', f'fate-{fate.fate}']
        fact = nodes.paragraph(
            '', '', brackets[0], *content, brackets[1], classes=classes
        )
        told = [sources(fate, '; '.join(known))] if fate.sources else []
        return nodes.container('', fact, *told, classes=['since-then'])

    def when(self, fate: Fate) -> str:
        """Return when a fact was so, or else when it was looked at."""
        if not fate.as_of:
            return str(_('date not known'))
        if fate.checked.startswith(fate.as_of):
            return _('checked %s') % self.date(fate.as_of[:7])
        return _('as of %s') % self.date(fate.as_of)

    def date(self, written: str) -> str:
        """Return a day, a month or a year in words."""
        # A month alone isn't inflected, as that of a day is.
        form = {4: 'y', 7: 'LLLL y', 10: 'long'}[len(written)]
        return self.references.in_words((written + '-01-01')[:10], form)

    def successor(self, fate: Fate) -> list[Node]:
        """Return what took a package's place, as a link if the notes name it."""
        shown = [self.references.package(fate.successor)]
        if fate.part_of and names.key(fate.part_of) != names.key(fate.successor):
            before, after = nodes.Text(f' ({_("part of")} '), nodes.Text(')')
            shown += [before, self.references.package(fate.part_of), after]
        return shown

    def write(
        self, entries: Sequence[records.PackageEntry], show: str = ''
    ) -> list[Node]:
        """Return what a list says of *entries*: numbers, or what *show* names."""
        entries = [
            entry
            for entry in entries
            if isinstance(self.references.domain.annotation(entry.key), FateAnnotation)
        ]
        if show in {'successors', 'parts'}:
            entries = [entry for entry in entries if self.fate(entry).successor]
        if show == 'parts':
            entries = [entry for entry in entries if self.fate(entry).part_of]
        if show == 'timeline':
            entries = [entry for entry in entries if self.fate(entry).last_sign]
        if not entries:
            return nothing()
        if show == 'successors':
            return [self.successors(entries)]
        if show == 'parts':
            return [self.parts(entries)]
        if show == 'timeline':
            return [self.timeline(entries)]
        if show == 'verdicts':
            return self.verdicts(entries)
        return self.numbers(entries, show)

    def numbers(self, entries: Sequence[records.PackageEntry], show: str) -> list[Node]:
        """Return how many packages have which fate: a bar, a sentence, a table.

        To *show* a bar, the sentence beside it is enough.
        """
        by_fate: dict[str, list[Node]] = {fate: [] for fate in FATES}
        evidence: Counter[str] = Counter()
        for entry in entries:
            fate = self.fate(entry)
            evidence[fate.evidence] += 1
            by_fate[fate.fate].append(self.references.package(entry.name))
        counts = {fate: len(named) for fate, named in by_fate.items() if named}
        said = ', '.join(f'{n} {FATE_LABELS[fate]}' for fate, n in counts.items())
        number = ngettext('%d name', '%d names', len(entries)) % len(entries)
        summary = f'{number}: {said}.'
        pieces = [(str(FATE_LABELS[f]), n, FATE_COLOURS[f]) for f, n in counts.items()]
        title = _('Packages by what became of them')
        picture = self.references.picture(svg.bar(pieces, title, summary))
        if show == 'bar':
            legend = [self.legend(fate, count) for fate, count in counts.items()]
            line = [nodes.Text(f'{number}: '), *_commas(legend), nodes.Text('.')]
            return [*picture, nodes.paragraph('', '', *line, classes=['count'])]
        read, known, none = (evidence[kind] for kind in EVIDENCE)
        rests = _('Read at a source: %d; general knowledge: %d; no evidence: %d.')
        text = f'{summary} {rests % (read, known, none)}'
        rows = [
            _row(
                [
                    [nodes.Text(str(FATE_LABELS[fate]))],
                    [nodes.Text(str(counts[fate]))],
                    _commas(named),
                ]
            )
            for fate, named in by_fate.items()
            if named
        ]
        heads = (_('what became of it'), 16), (_('how many'), 8), (_('names'), 48)
        return [
            *picture,
            nodes.paragraph('', text, classes=['count']),
            _table(heads, rows),
        ]

    def legend(self, fate: str, number: int) -> nodes.inline:
        """Return what a piece of the bar is, beside its colour."""
        swatch = self.references.picture(svg.swatch(FATE_COLOURS[fate]))
        text = nodes.Text(f'{number} {FATE_LABELS[fate]}')
        return nodes.inline('', '', *swatch, text, classes=['legend', f'is-{fate}'])

    def verdicts(self, entries: Sequence[records.PackageEntry]) -> list[Node]:
        """Return what became of what the notes judged: a sentence and a table."""
        judged: dict[str, dict[str, list[Node]]] = {}
        for entry in entries:
            # A package may have several, in several talks.
            for verdict in {listed.verdict for listed in entry.listed} - {''}:
                by_fate = judged.setdefault(verdict, {fate: [] for fate in FATES})
                name = self.references.package(entry.name)
                by_fate[self.fate(entry).fate].append(name)
        if not judged:
            return nothing()
        said, rows = [], []
        for verdict in filter(judged.get, VERDICT_LABELS):
            found = [(fate, these) for fate, these in judged[verdict].items() if these]
            number = sum(len(these) for _fate, these in found)
            label = VERDICT_LABELS[verdict]
            live = len(judged[verdict][LIVING])
            others = [
                f'{len(these)} {FATE_LABELS[fate]}'
                for fate, these in found
                if fate != LIVING
            ]
            alive = ngettext('%d is', '%d are', live) % live if live else _('none is')
            text = _('Of %d %s, %s maintained today') % (number, label, alive)
            said.append(f'{text}; {", ".join(others)}.' if others else f'{text}.')
            # Named in each row, for not all builders know cells that span rows.
            rows += [
                _row(
                    [
                        [nodes.Text(str(label))],
                        [nodes.Text(f'{FATE_LABELS[fate]} ({len(these)})')],
                        _commas(these),
                    ]
                )
                for fate, these in found
            ]
        heads = (_('verdict'), 16), (_('what became of it'), 16), (_('names'), 40)
        return [nodes.paragraph('', ' '.join(said)), _table(heads, rows)]

    def successors(self, entries: Sequence[records.PackageEntry]) -> nodes.bullet_list:
        """Return what took the place of which package."""
        items = []
        for entry in entries:
            fate = self.fate(entry)
            before = nodes.Text(f', {FATE_LABELS[fate.fate]}: ')
            items.append(
                [self.references.package(entry.name), before, *self.successor(fate)]
            )
        return bullets(items, 'fate')

    def timeline(
        self, entries: Sequence[records.PackageEntry]
    ) -> nodes.definition_list:
        """Return the last signs of life by year, the oldest first."""
        years: dict[str, list[Node]] = {}
        # A sort is stable: those of one date are in the order of their names.
        for fate in sorted(map(self.fate, entries), key=lambda fate: fate.last_sign):
            when = self.date(fate.last_sign)
            named = nodes.inline('', '', self.references.package(fate.name))
            named += nodes.Text(f' ({fate.last_sign_of}, {when})')
            years.setdefault(fate.last_sign[:4], []).append(named)
        items = [
            definition(nodes.term('', year), nodes.paragraph('', '', *_commas(named)))
            for year, named in years.items()
        ]
        classes = ['simple', 'talk-list', 'fate-list', 'timeline']
        return nodes.definition_list('', *items, classes=classes)

    def parts(self, entries: Sequence[records.PackageEntry]) -> nodes.definition_list:
        """Return what became a part of what: each project with what it took in."""
        wholes: dict[str, list[Fate]] = {}
        for fate in map(self.fate, entries):
            wholes.setdefault(fate.part_of, []).append(fate)
        items = []
        language = self.references.language
        for whole in sorted_by_name(wholes, str, language):
            parts = bullets(
                [
                    [
                        self.references.package(fate.name),
                        nodes.Text(f', {FATE_LABELS[fate.fate]}: '),
                        self.references.package(fate.successor),
                        nodes.Text(f'. {fate.fact}'),
                    ]
                    for fate in wholes[whole]
                ],
                'fate',
            )
            items.append(
                definition(nodes.term('', '', self.references.package(whole)), parts)
            )
        classes = ['simple', 'talk-list', 'fate-list']
        return nodes.definition_list('', *items, classes=classes)


def _commas(items: Iterable[Node]) -> list[Node]:
    """Return *items* with commas between them."""
    return [node for item in items for node in (nodes.Text(', '), item)][1:]


def _table(heads: Iterable[tuple[str, int]], rows: Iterable[nodes.row]) -> nodes.table:
    """Return a table; its *heads* have the widths of the columns."""
    group = nodes.tgroup('')
    group += [nodes.colspec(colwidth=width) for _text, width in heads]
    group['cols'] = len(group)
    group += nodes.thead('', _row([nodes.Text(text)] for text, _width in heads))
    group += nodes.tbody('', *rows)
    return nodes.table('', group, classes=['talk-list', 'fate-list'])


def _row(cells: Iterable[Iterable[Node]]) -> nodes.row:
    return nodes.row(
        '', *(nodes.entry('', nodes.paragraph('', '', *cell)) for cell in cells)
    )
