"""The directive ``link-report``: shows readers what a link check found."""

from __future__ import annotations

import heapq
import html
import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.domains import Domain
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from sphinx_linkaudit._compat.sphinx import docname_of
from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.memory.jsonfile import JsonFileError
from sphinx_linkaudit.memory.known import find
from sphinx_linkaudit.memory.report import load_report
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import FAILURES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_linkaudit.verdicts import Meaning

logger = logging.getLogger(__name__)

#: The most pages that the table lists.
MAX_PAGES = 500
#: By whatever a report may say.
_MEANINGS: dict[str, Meaning] = dict(VERDICTS.items())


class LinkReportDomain(Domain):
    """What readers can learn of the links.

    Of the pages that show a report, by docname: *awaited*, the files that weren't there
    yet, and *found*, URL -> verdict.  *known* are the links accepted as dead.  Of every
    page, by docname: *links*, its external links, with their text and the classes of
    what they stand in, and *lists*, the options of its lists of links.
    """

    name = 'linkreport'
    label = 'Reports of link checks'
    data_version = 2
    initial_data: ClassVar[dict[str, Any]] = {
        'awaited': {},
        'found': {},
        'known': {},
        'links': {},
        'lists': {},
    }
    #: What is kept by page.
    _by_page = ('awaited', 'found', 'links', 'lists')

    def resolve_any_xref(self, *args: Any) -> list[tuple[str, Any]]:
        """Return nothing: no page refers to a report, and Sphinx asks every domain."""
        return []

    def note_found(self, docname: str, links: Iterable[Mapping[str, Any]]) -> None:
        """Remember the verdicts of a report that a page shows."""
        verdicts = {str(link['uri']): str(link['verdict']) for link in links}
        self.data['found'].setdefault(docname, {}).update(verdicts)

    def note_known_dead(self, known: Mapping[str, object]) -> None:
        """Remember the links accepted as dead, in place of earlier ones."""
        self.data['known'] = dict.fromkeys(known, True)

    def verdict(self, uri: str) -> str | None:
        """Return the verdict of a link, None if it hasn't been checked."""
        if find(self.data['known'], uri):
            return 'dead'
        # In the order of page names: with several reports, each build gives the same.
        reports = (links for _docname, links in sorted(self.data['found'].items()))
        name = masked(uri)  # as a report has it
        return next((links[name] for links in reports if name in links), None)

    def note_awaited(self, docname: str, path: str) -> None:
        """Remember that a page has nothing to show until there is a file."""
        self.data['awaited'].setdefault(docname, []).append(path)

    def note_links(
        self, docname: str, links: list[tuple[str, str, tuple[str, ...]]]
    ) -> None:
        """Remember the external links of a page: address, text and classes."""
        self.data['links'][docname] = links

    def note_list(self, docname: str, options: tuple[Any, ...]) -> None:
        """Remember that a page shows a list of links."""
        self.data['lists'].setdefault(docname, []).append(options)

    def clear_doc(self, docname: str) -> None:
        for part in self._by_page:
            self.data[part].pop(docname, None)

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        for part in self._by_page:
            ours, theirs = self.data[part], otherdata[part]
            ours.update((name, theirs[name]) for name in docnames if name in theirs)


def link_states(app: Sphinx, uris: Iterable[str]) -> dict[str, str]:
    """Return the state of each known link: its URL -> a word for readers.

    A link accepted as dead is dead; of all others the reports decide that pages show.
    """
    domain = app.env.domains['linkreport']
    assert isinstance(domain, LinkReportDomain)
    verdicts = ((uri, domain.verdict(uri)) for uri in uris)
    return {uri: label(verdict) for uri, verdict in verdicts if verdict}


def find_arrived(app: Sphinx, env: BuildEnvironment, *_changes: Set[str]) -> list[str]:
    """Return the pages whose report is there now (for ``env-get-outdated``).

    As a dependency a file that is missing would have its page read in every build.
    """
    awaited: Mapping[str, list[str]] = env.domains['linkreport'].data['awaited']
    return [
        docname
        for docname, paths in awaited.items()
        if docname in env.found_docs and any(map(Path.exists, map(Path, paths)))
    ]


class LinkReport(SphinxDirective):
    """``link-report``: shows a ``report.json``, wherever it was copied to."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        relative, path = self.env.relfn2path(self.arguments[0])
        docname = docname_of(self.env)
        domain = self.env.domains['linkreport']
        assert isinstance(domain, LinkReportDomain)
        if not os.path.exists(path):  # noqa: PTH110 (pathlib raises for a name too long)
            domain.note_awaited(docname, path)
            return [self.paragraph(_('Nothing has been checked yet.'))]
        self.env.note_dependency(relative)
        try:
            report = load_report(Path(path))
        except JsonFileError as error:
            logger.warning(
                '%s',
                printable(str(error)),
                type='linkcheck',
                subtype='report',
                location=self.get_location(),
            )
            return [self.paragraph(_('There is no report that could be read.'))]
        # What isn't a web address (a place in the page, mail) can't be checked.
        links = [link for link in report['links'] if link.get('reason') != 'scheme']
        domain.note_found(docname, links)
        total = Counter(str(link['verdict']) for link in links)
        day = datetime.fromisoformat(report['finished']).date().isoformat()
        said = f' ({_said(total)})' if links else ''
        summary = _('Links checked on %s: %d%s.') % (day, len(links), said)
        shown: list[nodes.Node] = [self.paragraph(summary)]
        if links:
            shown += [self.bar(total, summary), self.table(total, links)]
        return shown

    def paragraph(self, text: str) -> nodes.paragraph:
        """Return a paragraph of the report."""
        paragraph = nodes.paragraph(text, text, classes=['link-report'])
        self.set_source_info(paragraph)
        return paragraph

    def bar(self, total: Counter[str], summary: str) -> addnodes.only:
        """Return a picture of the share of each verdict."""
        # EPUB wants a page with a picture in it declared as one; it has the table.
        picture = nodes.raw('', _svg(total, summary), format='html')
        return addnodes.only('', picture, expr='not epub')

    def table(self, total: Counter[str], links: Iterable[Any]) -> nodes.table:
        """Return how many links of each verdict are on each page."""
        by_page: dict[str, Counter[str]] = {}
        for link in links:
            # A link counts once for a page, however often it stands there.
            for docname in {place['docname'] for place in link['places']}:
                by_page.setdefault(docname, Counter())[link['verdict']] += 1
        verdicts = [verdict for verdict in _order(total) if total[verdict]]
        head = [_('Page'), *map(label, verdicts)]
        group = nodes.tgroup('', cols=len(head))
        # Drawn with characters, for text output.
        widths = [32, *(max(len(text), 6) for text in head[1:])]
        group += [nodes.colspec(colwidth=width) for width in widths]
        group += nodes.thead('', _row(nodes.Text(text) for text in head))
        body = nodes.tbody()
        body += _row([nodes.Text(_('all pages')), *_numbers(total, verdicts)])
        for docname, counts in _shown(by_page):
            body += _row([self.page(docname), *_numbers(counts, verdicts)])
        if (more := len(by_page) - MAX_PAGES) > 0:
            text = _('%d more pages') % more
            body += _row([nodes.Text(text), *[nodes.Text('') for _one in verdicts]])
        group += body
        table = nodes.table('', group, classes=['link-report'])
        self.set_source_info(table)
        return table

    def page(self, docname: str) -> nodes.Node:
        """Return a reference to a page, which may be gone since the check."""
        if docname not in self.env.found_docs:
            return nodes.Text(printable(docname))
        return addnodes.pending_xref(
            '',
            nodes.inline('', printable(docname)),
            refdomain='std',
            reftype='doc',
            refdoc=docname_of(self.env),
            reftarget=f'/{docname}',
            refexplicit=False,
            refwarn=False,
            linkreport=True,
        )


def forgive_missing_page(
    app: Sphinx, domain: Domain | None, node: addnodes.pending_xref
) -> bool | None:
    """Don't warn of a page removed since the check (``warn-missing-reference``).

    :returns: True if that is all there is to say.
    """
    return True if node.get('linkreport') else None


def _shown(by_page: Mapping[str, Counter[str]]) -> list[tuple[str, Counter[str]]]:
    """Return the pages for the table, those with most dead links, sorted."""
    chosen = heapq.nlargest(
        MAX_PAGES,
        by_page.items(),
        key=lambda item: (sum(item[1][kind] for kind in FAILURES), item[1].total()),
    )
    return sorted(chosen)


def _order(total: Counter[str]) -> list[str]:
    """Return the verdicts in their order, unknown ones at the end."""
    return [*VERDICTS, *sorted(total.keys() - VERDICTS.keys())]


def label(verdict: str) -> str:
    """Return what readers call a link with a verdict."""
    meaning = _MEANINGS.get(verdict)
    return meaning.label if meaning else printable(verdict)


def _said(total: Counter[str]) -> str:
    """Return the counts in words."""
    parts = (f'{total[name]} {label(name)}' for name in _order(total) if total[name])
    return ', '.join(parts)


def _numbers(counts: Counter[str], verdicts: Iterable[str]) -> list[nodes.Text]:
    return [nodes.Text(str(counts[verdict])) for verdict in verdicts]


def _row(cells: Iterable[nodes.Node]) -> nodes.row:
    entries = (nodes.entry('', nodes.paragraph('', '', cell)) for cell in cells)
    return nodes.row('', *entries)


def _svg(total: Counter[str], summary: str) -> str:
    """Return a bar, a piece for each verdict; its description says the numbers."""
    title, text = html.escape(_('Links by what became of them')), html.escape(summary)
    width = total.total()
    pieces, start = [], 0
    for verdict in _order(total):
        if count := total[verdict]:
            meaning = _MEANINGS.get(verdict)
            colour = meaning.colour if meaning else '#555555'
            pieces.append(
                f'<rect x="{start}" width="{count}" height="1" fill="{colour}">'
                f'<title>{html.escape(f"{count} {label(verdict)}")}</title></rect>'
            )
            start += count
    return (
        f'<svg class="link-report" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width} 1" preserveAspectRatio="none" width="100%" height="16">'
        f'<title>{title}</title><desc>{text}</desc>{"".join(pieces)}</svg>'
    )
