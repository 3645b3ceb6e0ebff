"""Writes what the search page searches: the texts of the pages, and what has a name.

Sphinx's own index knows in which page a word is, but not where: so it can't show the
words around it when the site is read from a folder, nor tell "web sockets" from a page
with both words far apart.  Here is the text itself, as its author wrote it; what is
collected as a page is written isn't in it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import docname_join
from sphinx.util.matching import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.tags import Tags

#: The kind of the pages that no setting names.
OTHER = 'page'
#: An element with several ids, as docutils writes it.
_SEVERAL_IDS = re.compile(r'id="([^"]+)"[^<>]*>((?:<span id="[^"]+"></span>)+)')
#: Nodes without a text of their own.
_SILENT = (
    nodes.comment,
    nodes.raw,
    nodes.substitution_definition,
    nodes.system_message,
    addnodes.toctree,
)


def write_search_data(app: Sphinx, exception: Exception | None) -> None:
    """Write ``search-data.js`` (``build-finished``).

    ``notesite_search`` has, kind by kind, what is of it: types of objects such as
    ``py:module``, or patterns of docnames.  Results come in the order of the kinds.
    """
    builder = app.builder
    if exception or builder.name not in {'html', 'dirhtml'}:
        return
    assert isinstance(builder, StandaloneHTMLBuilder)
    kinds: dict[str, list[str]] = app.config.notesite_search
    order = [*kinds, OTHER]
    number = {name: order.index(kind) for kind in kinds for name in kinds[kind]}
    patterns = [(Matcher([name]), number[name]) for name in number if ':' not in name]
    page_kinds: dict[str, int] = {}
    names: dict[str, list[str]] = {}
    kind_of: dict[str, int] = {}
    objects = _objects(app)
    places: dict[str, dict[str, str]] = {}
    for kind_name in (name for name in number if ':' in name):
        for name, shown, docname, anchor in objects.get(kind_name, ()):
            if name == docname:  # The page itself is the object.
                page_kinds[docname] = number[kind_name]
                continue
            if docname not in places:
                places[docname] = _places(Path(builder.get_outfilename(docname)))
            place = places[docname].get(anchor, anchor)
            address = f'{builder.get_target_uri(docname)}#{place}'
            kind_of[address] = number[kind_name]
            names.setdefault(address, []).append(shown)
    pages = []
    for docname in sorted(app.env.found_docs):
        kind = page_kinds.get(docname)
        if kind is None:
            found = (kind for matches, kind in patterns if matches(docname))
            kind = next(found, len(kinds))
        doctree = app.env.get_doctree(docname)
        _name_pages(doctree, docname, app.env, kinds=['std:doc', *number])
        sections = list(_sections(doctree, app.tags))
        title = app.env.titles[docname].astext()
        pages.append([kind, title, builder.get_target_uri(docname), sections])
    data = {
        'kinds': order,
        # Pages that only a pattern names are about the site.
        'about': min((kind for _m, kind in patterns), default=len(kinds)),
        'pages': pages,
        'things': [[kind_of[where], names[where], where] for where in names],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(',', ':'))
    path = Path(app.outdir, 'search-data.js')
    path.write_text(f'searchData={text}\n', encoding='utf-8')


def _objects(app: Sphinx) -> dict[str, list[tuple[str, str, str, str]]]:
    """Return the objects of all domains by type: name, shown name, docname, anchor."""
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for domain in app.env.domains.sorted():
        for name, shown, kind, docname, anchor, _priority in domain.get_objects():
            row = name, shown, docname, anchor
            found.setdefault(f'{domain.name}:{kind}', []).append(row)
    return {kind: sorted(rows) for kind, rows in found.items()}


def _name_pages(
    doctree: nodes.document, docname: str, env: BuildEnvironment, kinds: list[str]
) -> None:
    """Give references to pages their titles, as they have once they are resolved."""
    for xref in doctree.findall(addnodes.pending_xref):
        target = docname_join(docname, xref['reftarget'])
        is_page = f'{xref["refdomain"]}:{xref["reftype"]}' in kinds
        if is_page and not xref['refexplicit'] and target in env.titles:
            xref.children = [nodes.Text(env.titles[target].astext())]


def _places(page: Path) -> dict[str, str]:
    """Return the first id of each element of a page by its others.

    Who has a name and a handle has two, and is one person.
    """
    try:
        html = page.read_text(encoding='utf-8')
    except OSError:
        return {}
    return {
        other: found[1]
        for found in _SEVERAL_IDS.finditer(html)
        for other in re.findall('id="([^"]+)"', found[2])
    }


def _sections(node: nodes.Element, tags: Tags, anchor: str = '') -> Iterator[list[str]]:
    """Yield the sections of a page: anchor, heading and text, but for those without."""
    blocks: list[str] = []
    inner: list[nodes.section] = []
    heading = ''
    for child in node.children:
        if isinstance(child, nodes.section):
            inner.append(child)
        elif isinstance(child, nodes.title):
            heading = ' '.join(child.astext().split())
        else:
            blocks += _blocks(child, tags)
    if blocks or heading:
        yield [anchor, heading, '\n'.join(blocks)]
    # That of a page's title is the page.
    is_top = isinstance(node, nodes.document)
    for section in inner:
        yield from _sections(section, tags, '' if is_top else section['ids'][0])


def _blocks(node: Node, tags: Tags) -> Iterator[str]:
    """Yield the text of each block in *node*, what was generated left out."""
    if isinstance(node, _SILENT) or not isinstance(node, nodes.Element):
        return
    if 'no-search' in node['classes']:
        return
    if isinstance(node, addnodes.only) and not tags.eval_condition(node['expr']):
        return
    if isinstance(node, nodes.title) and isinstance(node.parent, nodes.Admonition):
        return  # "Note", "To do": Sphinx's words
    if isinstance(node, nodes.TextElement):
        if text := ' '.join(node.astext().split()):
            yield text
        return
    for child in node.children:
        yield from _blocks(child, tags)
