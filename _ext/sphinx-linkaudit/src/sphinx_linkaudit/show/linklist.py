"""The directive ``link-list``: shows every external link, and what is known of it."""

from __future__ import annotations

import posixpath
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.errors import NoUri
from sphinx.locale import _, __
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.i18n import format_date
from sphinx.util.matching import Matcher
from sphinx.util.nodes import make_refnode

from sphinx_linkaudit._compat.sphinx import docname_of
from sphinx_linkaudit.memory.known import is_day
from sphinx_linkaudit.show.linkreport import LinkReportDomain, label
from sphinx_linkaudit.urls import host_of, is_url
from sphinx_linkaudit.verdicts import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from docutils.nodes import Element, Node
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import OptionSpec

    from sphinx_linkaudit.memory.known import KnownDead
    from sphinx_linkaudit.show.archive import Fate

logger = logging.getLogger(__name__)

#: What a list can show, in this order.
PARTS = ('summary', 'dead', 'pages')


class Options(NamedTuple):
    """What the author of a list chose."""

    show: tuple[str, ...] = PARTS
    pages: tuple[str, ...] = ()  #: Patterns of docnames; () for all pages.
    without: frozenset[str] = frozenset()  #: Classes of what links are left out in.


class Entry(NamedTuple):
    """A link of a page, and what is known of it."""

    uri: str
    text: str  #: What the page calls it.
    verdict: str  #: '' if nothing is known.
    dead: KnownDead | None
    archived: str  #: The address of a copy, or ''.
    nearest: str  #: The date that the copy is nearest to, or ''.


class Page(NamedTuple):
    """A page and its links, each once."""

    docname: str
    title: str
    links: tuple[Entry, ...]


class link_list(nodes.General, nodes.Element):
    """The place of a list, until its page is written."""


class LinkList(SphinxDirective):
    """``link-list``: a place for all links, or for those of some pages."""

    option_spec: ClassVar[OptionSpec] = {
        'show': directives.unchanged_required,
        'pages': directives.unchanged_required,
        'without-class': directives.unchanged_required,
    }

    def run(self) -> list[Node]:
        shown = self.options.get('show', '').split()
        if unknown := [part for part in shown if part not in PARTS]:
            message = __('link-list: unknown part %r (known: %s)')
            logger.warning(
                message,
                unknown[0],
                ', '.join(PARTS),
                type='linkcheck',
                subtype='link-list',
                location=self.get_location(),
            )
        options = Options(
            tuple(part for part in PARTS if part in shown) or PARTS,
            tuple(self.options.get('pages', '').split()),
            frozenset(self.options.get('without-class', '').split()),
        )
        place = link_list('', docname=docname_of(self.env), options=options)
        self.set_source_info(place)
        _domain(self.env).note_list(place['docname'], options)
        return [place]


def note_links(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the external links of a page as it was read (``doctree-read``)."""
    found = []
    for link in doctree.findall(nodes.reference):
        if link.get('internal') or not is_url(link.get('refuri', '')):
            continue
        text = ' '.join(link.astext().split())
        found.append((link['refuri'], text, tuple(sorted(classes_around(link)))))
    if found:
        _domain(app.env).note_links(docname_of(app.env), found)


def classes_around(node: Element) -> set[str]:
    """Return the classes of a node and of all that it stands in.

    A class ``not-added`` cancels ``added`` of whatever is further out, so that a link
    can be an exception to what it stands in.
    """
    classes: set[str] = set()
    above: Element | None = node
    while above is not None:
        own: list[str] = above.get('classes', [])
        classes.update(name for name in own if f'not-{name}' not in classes)
        above = above.parent
    return classes


def collect(
    env: BuildEnvironment,
    options: Options,
    fate_of: Callable[[BuildEnvironment, str, str], Fate | None],
) -> list[Page]:
    """Return the pages that a list names, with their links, in reading order.

    *fate_of* tells whether a link is known to be dead, and where its copy is.
    """
    domain = _domain(env)
    chosen = Matcher(options.pages) if options.pages else lambda _docname: True
    pages = []
    for docname in filter(chosen, _reading_order(env)):
        entries: dict[str, Entry] = {}
        for uri, text, classes in domain.data['links'].get(docname, ()):
            if uri in entries or options.without.intersection(classes):
                continue
            fate = fate_of(env, docname, uri)
            entries[uri] = Entry(
                uri,
                text,
                domain.verdict(uri) or '',
                fate.dead if fate else None,
                fate.archived if fate else '',
                fate.nearest if fate else '',
            )
        if entries:
            title = env.titles[docname].astext()
            pages.append(Page(docname, title, tuple(entries.values())))
    return _told_apart(env, pages)


def _told_apart(env: BuildEnvironment, pages: Iterable[Page]) -> list[Page]:
    """Give pages of one title what tables of contents call them, or their files."""
    in_contents = {
        docname: title
        for parent in env.toctree_includes
        for toctree in env.tocs[parent].findall(addnodes.toctree)
        for title, docname in toctree['entries']
        if title
    }
    for title_of in (
        lambda page: in_contents.get(page.docname, page.title),
        lambda page: f'{page.title} [{posixpath.basename(page.docname)}]',
    ):
        counts = Counter(page.title for page in pages)
        pages = [
            page._replace(title=title_of(page)) if counts[page.title] > 1 else page
            for page in pages
        ]
    return list(pages)


def _reading_order(env: BuildEnvironment) -> list[str]:
    """Return all pages, first those that tables of contents lead to."""
    order: dict[str, None] = {}
    ahead = [str(env.config.root_doc)]
    while ahead:
        docname = ahead.pop()
        if docname not in order and docname in env.titles:
            order[docname] = None
            ahead += reversed(env.toctree_includes.get(docname, []))
    return [*order, *sorted(env.titles.keys() - order.keys())]


class ListWriter:
    """Writes lists into one page, as docutils nodes."""

    def __init__(self, builder: Builder, docname: str, language: str) -> None:
        self.builder = builder
        self.docname = docname
        self.language = language

    def write(self, pages: list[Page], options: Options) -> list[Node]:
        """Return what a list shows; with headings if it has several parts."""
        if not pages:
            return [_paragraph(nodes.Text(_('There are no external links.')))]
        written: list[Node] = []
        if 'summary' in options.show:
            written.append(_paragraph(nodes.Text(summary(pages))))
        headed = len(options.show) > 1
        for part, heading, write in (
            ('dead', _('Known to be dead'), self.dead),
            ('pages', _('Every link, by page'), self.by_page),
        ):
            if part in options.show:
                written += [nodes.rubric(heading, heading)] if headed else []
                written.append(write(pages))
        return written

    def dead(self, pages: list[Page]) -> Element:
        """Return the links that are dead, each once: since when, why, and a copy."""
        first: dict[str, Entry] = {}
        naming: dict[str, list[Page]] = {}
        for page in pages:
            for entry in page.links:
                if entry.verdict == 'dead':
                    first.setdefault(entry.uri, entry)
                    naming.setdefault(entry.uri, []).append(page)
        if not first:
            return _paragraph(nodes.Text(_('None is known to be dead.')))
        items = []
        for entry in first.values():
            known = entry.dead
            state = self.state(entry)
            said = [f'{state[:1].upper()}{state[1:]}.']
            if known:
                said += [known.reason, known.words]
            about = _paragraph(nodes.Text(' '.join(filter(None, said))))
            where = self.copy(entry)
            where += [nodes.Text('; ')] if where else []
            where.append(nodes.Text(f'{_("linked in")} '))
            where += _joined(self.page(page) for page in naming[entry.uri])
            if known and known.source:
                where.append(nodes.Text(f'; {_("source")}: '))
                where += _joined(self.link(url, host_of(url)) for url in known.source)
            items.append(
                nodes.definition_list_item(
                    '',
                    nodes.term('', '', self.link(entry.uri)),
                    nodes.definition('', about, _paragraph(*where)),
                )
            )
        return nodes.definition_list('', *items, classes=['link-list', 'dead-links'])

    def by_page(self, pages: list[Page]) -> Element:
        """Return all links of each page: what is known of each, and a copy."""
        items = []
        for page in pages:
            links = nodes.bullet_list('', bullet='-')
            for entry in page.links:
                said: list[Node] = []
                if entry.text not in {'', entry.uri, host_of(entry.uri)}:
                    said += [nodes.Text(f'{entry.text}: ')]
                said.append(self.link(entry.uri))
                about = self.copy(entry)
                if state := self.state(entry):
                    about[:0] = [nodes.Text(state), *[nodes.Text('; ')] * bool(about)]
                if about:
                    said += [nodes.Text(' ('), *about, nodes.Text(')')]
                links += nodes.list_item('', _paragraph(*said))
            items.append(
                nodes.definition_list_item(
                    '',
                    nodes.term('', '', self.page(page)),
                    nodes.definition('', links),
                )
            )
        return nodes.definition_list('', *items, classes=['link-list'])

    def state(self, entry: Entry) -> str:
        """Return what is known of a link, in words."""
        if entry.dead and entry.dead.since:
            return _('dead since %s') % self.date(entry.dead.since)
        return label(entry.verdict) if entry.verdict else ''

    def copy(self, entry: Entry) -> list[Node]:
        """Return a link to the copy of a page, if it can have one."""
        if not entry.archived:
            missing = entry.dead and entry.dead.no_copy
            return [nodes.Text(_('no archive has a copy'))] if missing else []
        name = _('archived copy')
        if entry.nearest:
            name = _('copy nearest to %s') % self.date(entry.nearest)
        if self.builder.format == 'html':
            return [self.link(entry.archived, name)]
        # On paper the address itself must be readable.
        return [nodes.Text(f'{name}: '), self.link(entry.archived)]

    def date(self, written: str) -> str:
        """Return a day, a month or a year in words."""
        if is_day(written):
            form, day = '%-d %B %Y', written
        elif is_day(f'{written}-01'):
            form, day = '%B %Y', f'{written}-01'
        else:
            return written
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
        return format_date(form, date=moment, language=self.language)

    def link(self, uri: str, text: str = '') -> nodes.reference:
        """Return a link out of the site; without a *text* its address is shown."""
        return nodes.reference('', text or uri, refuri=uri, internal=False)

    def page(self, page: Page) -> Node:
        """Return a link to a page, or its title where the builder has no links."""
        title = nodes.inline('', page.title)
        try:
            return make_refnode(self.builder, self.docname, page.docname, None, title)
        except NoUri:
            return title


def summary(pages: Iterable[Page]) -> str:
    """Return how many links there are, and what is known of how many."""
    entries = {entry.uri: entry for page in pages for entry in page.links}
    total = Counter(entry.verdict for entry in entries.values())
    unchecked = total.pop('', 0) + total.pop('unchecked', 0)
    number = _('%d links') % len(entries) if len(entries) > 1 else _('1 link')
    parts = []
    accepted = sum(entry.dead is not None for entry in entries.values())
    if accepted:
        parts.append(_('%d known to be dead') % accepted)
        total['dead'] -= accepted
    parts += [
        f'{total[name]} {label(name)}'
        for name in (*VERDICTS, *sorted(total.keys() - VERDICTS.keys()))
        if total[name] > 0
    ]
    if unchecked and unchecked == len(entries):
        parts.append(_('not checked'))
    elif unchecked:
        is_rest = len(parts) == bool(accepted)
        rest = _('the rest') if is_rest else str(unchecked)
        parts.append(_('%s not checked') % rest)
    return f'{number}: {", ".join(parts)}.'


def fill(places: Iterable[tuple[link_list, list[Page]]], writer: ListWriter) -> None:
    """Write the lists in place of what stands for them."""
    for place, pages in places:
        written = writer.write(pages, place['options'])
        for node in written:
            node.source, node.line = place.source, place.line
        place.replace_self(written)


def _domain(env: BuildEnvironment) -> LinkReportDomain:
    domain = env.domains['linkreport']
    assert isinstance(domain, LinkReportDomain)
    return domain


def _paragraph(*content: Node) -> nodes.paragraph:
    return nodes.paragraph('', '', *content, classes=['link-list'])


def _joined(items: Iterable[Any]) -> Iterator[Node]:
    """Yield *items* with commas between them."""
    for number, item in enumerate(items):
        if number:
            yield nodes.Text(', ')
        yield item
