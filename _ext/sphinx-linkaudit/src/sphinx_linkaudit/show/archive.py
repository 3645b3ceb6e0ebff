"""Marks dead links in the HTML, with the address of an archived copy."""

from __future__ import annotations

import hashlib
import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from sphinx.locale import _
from sphinx.util import logging

from sphinx_linkaudit.atomic import replace_file
from sphinx_linkaudit.memory.jsonfile import JsonFileError
from sphinx_linkaudit.memory.known import find, is_day, load
from sphinx_linkaudit.show.linklist import (
    ListWriter,
    classes_around,
    collect,
    fill,
    link_list,
)
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.urls import archived_url, is_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator

    from sphinx_linkaudit.memory.known import KnownDead

logger = logging.getLogger(__name__)

#: In place of a date, this leads to the latest copy in the Wayback Machine.
LAST_COPY = '2'


class Fate(NamedTuple):
    """What a page shows of one of its links beside the link itself."""

    dead: KnownDead | None
    archived: str
    versiondate: str = ''  #: '' for a link that says nothing of its date.
    nearest: str = ''  #: The date that the copy is nearest to, '' for any.


class robust_reference(nodes.reference):
    """A link with the attributes of Robust Links, which HTML alone has.

    They are the attributes of the node that begin with ``data-``
    (https://robustlinks.mementoweb.org/spec/).
    """

    # Other code looks for references by their tag name.
    tagname = 'reference'


def visit_robust_reference(self: HTML5Translator, node: robust_reference) -> None:
    """Write the start of a link, as of any other, and add its attributes."""
    tag = len(self.body)
    self.visit_reference(node)
    attributes = ''.join(
        f' {name}="{html.escape(value)}"'
        for name, value in node.attributes.items()
        if name.startswith('data-')
    )
    self.body[tag] = self.body[tag].replace('<a', f'<a{attributes}', 1)


def depart_robust_reference(self: HTML5Translator, node: robust_reference) -> None:
    """Write the end of the link."""
    self.depart_reference(node)


class Archive:
    """Marks the links of the pages, and knows which pages to write again.

    What a page says of its links depends on a file and on settings, none of which are
    read with the page: so its doctree stays, and it is written again only if that
    changed.  What was written is kept beside the doctrees, a file for each builder and
    output folder: a run of another builder, of the link check above all, leaves no
    page behind as it was.
    """

    def __init__(self) -> None:
        self.known: dict[str, KnownDead] = {}
        #: docname -> its external links, and a digest of what was said of them.
        self.before: dict[str, tuple[list[str], str]] = {}
        self.now: dict[str, tuple[list[str], str]] = {}

    def outdated(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Read the file, and return the pages to write again (``env-updated``)."""
        self.known, self.before, self.now = {}, {}, {}
        if not _shows_pages(app):
            return []
        if app.config.linkcheck_known_dead:
            try:
                self.known = load(Path(app.srcdir, app.config.linkcheck_known_dead))
            except JsonFileError as error:
                text = printable(str(error))
                logger.warning('%s', text, type='linkcheck', subtype='known-dead')
        try:
            before = json.loads(_store(app).read_text(encoding='utf-8'))
            self.before = {
                page: ([*map(str, uris)], str(digest))
                for page, (uris, digest) in before.items()
            }
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            self.before = {}
        env.domains['linkreport'].note_known_dead(self.known)  # type: ignore[attr-defined]  # it is ours
        if not self._is_on(app) or isinstance(app.builder.get_outdated_docs(), str):
            return []  # nothing to say, or everything is written anyway
        return [page for page in env.found_docs if not self._is_as_before(env, page)]

    def mark(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """Add to the links of a page what is shown of them (``doctree-resolved``)."""
        if not _shows_pages(app):
            for place in list(doctree.findall(link_list)):
                place.parent.remove(place)
            return
        if not self._is_on(app):
            return
        links = list(_links(doctree))
        later = set(app.config.linkcheck_archive_except)
        uris = list(dict.fromkeys(link['refuri'] for link in links))
        self.now[docname] = uris, self._digest(app.env, docname, uris)
        for link in links:
            # In singlehtml and latex all pages are in one doctree.
            fate = self.fate(app.env, _page_of(link) or docname, link['refuri'])
            if fate is None:
                continue
            if fate.dead:
                _mark_dead(link, fate.dead, fate.archived, app.builder.format)
            if (
                fate.versiondate
                and fate.archived
                and app.builder.format == 'html'
                and not later.intersection(classes_around(link))
            ):
                _make_robust(link, fate)
        # A list says of its links what the marks would.
        places = [
            (place, collect(app.env, place['options'], self.fate))
            for place in doctree.findall(link_list)
        ]
        fill(places, ListWriter(app.builder, docname, app.config.language))

    def save(self, app: Sphinx, exception: Exception | None) -> None:
        """Remember what was written (``build-finished``)."""
        if exception is None and self.now:
            pages = app.env.found_docs
            kept = {page: was for page, was in self.before.items() if page in pages}
            text = json.dumps(kept | self.now, indent=0)
            replace_file(_store(app), text)

    def fate(self, env: BuildEnvironment, docname: str, uri: str) -> Fate | None:
        """Return what a page shows of a link, None for nothing."""
        config = env.config
        template = config.linkcheck_archive_url
        archive = template.partition('{')[0]
        if is_url(archive) and uri.startswith(archive):
            return None  # a copy already
        dead = find(self.known, uri)
        default = config.linkcheck_archive_date or ''
        if dead is None and not default:
            return None
        written = env.metadata.get(docname, {}).get('date', '')
        day = written if is_day(written) else default
        # A reader wants the latest copy from before the page died.
        nearest = day or (dead.since if dead else '') or LAST_COPY
        versiondate = day if default else ''
        if dead and (dead.archived or dead.no_copy):
            return Fate(dead, dead.archived, versiondate)
        archived = archived_url(template, uri, nearest)
        return Fate(
            dead, archived, versiondate, '' if nearest == LAST_COPY else nearest
        )

    def _is_on(self, app: Sphinx) -> bool:
        """Whether there is anything to show, or was when the pages were written."""
        config = app.config
        is_set = config.linkcheck_known_dead or config.linkcheck_archive_date
        lists = app.env.domains['linkreport'].data['lists']
        return bool(is_set or self.before or lists)

    def _is_as_before(self, env: BuildEnvironment, page: str) -> bool:
        uris, digest = self.before.get(page, ([], ''))
        return digest == self._digest(env, page, uris)

    def _digest(self, env: BuildEnvironment, page: str, uris: list[str]) -> str:
        fates = [(uri, fate) for uri in uris if (fate := self.fate(env, page, uri))]
        # A mark shows no sources, so a change of them outdates no page that has it.
        shown = [
            (uri, fate._replace(dead=fate.dead and fate.dead._replace(source=())))
            for uri, fate in fates
        ]
        lists = env.domains['linkreport'].data['lists'].get(page, ())
        listed = [collect(env, options, self.fate) for options in lists]
        later = sorted(env.config.linkcheck_archive_except)
        text = repr((shown, listed, later))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _shows_pages(app: Sphinx) -> bool:
    """Whether the builder makes pages: linkcheck, gettext and such have no format."""
    return bool(app.builder.format)


def _store(app: Sphinx) -> Path:
    folder = hashlib.blake2b(bytes(app.outdir), digest_size=4).hexdigest()
    return app.doctreedir / f'sphinx-linkaudit-{app.builder.name}-{folder}.json'


def _links(doctree: nodes.document) -> Iterator[nodes.reference]:
    """Yield the external links of a page."""
    for node in list(doctree.findall(nodes.reference)):
        if not node.get('internal') and is_url(node.get('refuri', '')):
            yield node


def _page_of(node: nodes.Node | None) -> str:
    """Return the docname of the page that *node* was on before pages became one.

    Sphinx leaves it on their sections; '' for a page that is still by itself.
    """
    while node is not None:
        if isinstance(node, nodes.section) and 'docname' in node:
            return str(node['docname'])
        node = node.parent
    return ''


def _mark_dead(
    link: nodes.reference, dead: KnownDead, archived: str, format: str
) -> None:
    """Mark a link as dead, beside it and in its title, with the address of a copy."""
    since = _('dead since %s') % dead.since if dead.since else _('dead')
    title = f'{since}: {dead.reason}'
    if link.get('reftitle'):
        title = f'{link["reftitle"]} \N{EN DASH} {title}'
    link['reftitle'] = title[:1].upper() + title[1:]
    link['classes'].append('dead')

    year = _('dead since %s') % dead.since[:4] if dead.since else _('dead')
    # On paper the address itself must be readable.
    label, colon = (
        (_('archived copy'), ': ')
        if format == 'html'
        else (archived, f'; {_("archived copy")}: ')
    )
    mark = nodes.inline('', '', classes=['added', 'dead-link'])
    if archived:
        mark += nodes.Text(f'[{year}{colon}')
        mark += nodes.reference('', label, refuri=archived, internal=False)
    else:
        mark += nodes.Text(f'[{year}; {_("no archive has a copy")}')
    mark += nodes.Text(f'; {dead.words}]' if dead.words else ']')
    if isinstance(link.parent, nodes.TextElement):
        place = link.parent.index(link) + 1
        link.parent[place:place] = [nodes.Text(' '), mark]
        return
    # An image that is a link is a block of its own, alone or in a figure.
    block: nodes.Element = link
    while isinstance(block.parent, nodes.figure):
        block = block.parent
    block.parent.insert(block.parent.index(block) + 1, nodes.paragraph('', '', mark))


def _make_robust(link: nodes.reference, fate: Fate) -> None:
    """Give a link the attributes of Robust Links."""
    if type(link) is not nodes.reference:
        return  # whose HTML is its own
    robust = robust_reference(link.rawsource, '', *link.children, **link.attributes)
    robust.source, robust.line = link.source, link.line
    robust['data-originalurl'] = link['refuri']
    robust['data-versiondate'] = fate.versiondate
    robust['data-versionurl'] = fate.archived
    link.replace_self(robust)
