"""Finds the links of documents, each with the place where it is written."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.linkcheck import HyperlinkCollector
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.tags import Tags

from sphinx_linkaudit._compat.sphinx import app_of, docname_of
from sphinx_linkaudit.collect.locate import Locator, forget_files
from sphinx_linkaudit.collect.raw import links_of, links_of_drawing
from sphinx_linkaudit.collect.silence import has_mark, is_silenced
from sphinx_linkaudit.records import Found

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: What of a document the links that were found are kept in.
_KEPT = 'linkaudit:found'


class OtherFormats(SphinxPostTransform):
    """Keeps what is for HTML alone, and what a notebook's cells show there.

    Readers follow links in these too, but a builder that isn't HTML's drops them.
    """

    default_priority = 2  # before Sphinx and MyST-NB choose
    builders = ('linkcheck',)

    def run(self, **kwargs: Any) -> None:
        given = app_of(self.env).tags
        tags = Tags([*given, 'html', 'format_html', 'builder_html'])
        for node in list(self.document.findall(nodes.Element)):
            shown: Sequence[nodes.Node] | None
            if isinstance(node, addnodes.only):
                shown = node.children if _holds(tags, node['expr']) else None
            elif node.get('nb_element') == 'mime_bundle':
                html = [c for c in node.children if _mime_of(c) == 'text/html']
                shown = html[0].children if html else None
            else:
                continue
            if shown is not None:
                node.replace_self(shown or nodes.comment())


def _holds(tags: Tags, expression: str) -> bool:
    """Whether a condition of ``only`` holds; Sphinx warns of an invalid one."""
    try:
        return tags.eval_condition(expression)
    except Exception:  # noqa: BLE001 (whatever it is)
        return False


def _mime_of(node: nodes.Node) -> str:
    return str(node.get('mime_type', '')) if isinstance(node, nodes.Element) else ''


class Collector(SphinxPostTransform):
    """Finds the links of a document, and leaves them with it for `found_in`.

    It takes the place of Sphinx's collector, which remembers the first place of an
    address only, and asks the same `find_uri` and the same event.
    """

    default_priority = HyperlinkCollector.default_priority
    builders = ('linkcheck',)

    def run(self, **kwargs: Any) -> None:
        docname = docname_of(self.env)
        locator = Locator(self.env, docname, self.document)
        found = [
            Found(
                changed := self._changed(uri),
                locator.block_of(node)
                if _is_placed_by_its_block(node, uri)
                else locator.locate(node, uri, text),
                silenced,
                changed != uri,
            )
            for node, uri, text, silenced in self._links()
        ]
        forget_files()
        setattr(self.document, _KEPT, found)

    def _changed(self, uri: str) -> str:
        """Return what `linkcheck-process-uri` makes of an address.

        It may be the path of a file, as Sphinx's `doc2path` returns it.

        :raises ExtensionError: if it is neither.
        """
        events = self.env.events
        if not events.listeners.get('linkcheck-process-uri'):
            return uri  # to emit an event takes as long as to look at the link
        changed = events.emit_firstresult('linkcheck-process-uri', uri) or uri
        if isinstance(changed, PurePath):
            return str(changed)
        if not isinstance(changed, str):
            kind = type(changed).__name__
            message = f'a handler of linkcheck-process-uri returns a {kind}, no string'
            raise ExtensionError(message)
        return changed

    def _links(self) -> Iterator[tuple[nodes.Element, str, str, bool]]:
        """Yield node, address, what is shown, and whether it is silenced, of each."""
        theirs = HyperlinkCollector(self.document)
        for node in list(self.document.findall(nodes.Element)):
            if isinstance(node, addnodes.toctree):
                for title, uri in node['entries']:
                    if '://' in uri:
                        yield node, uri, title or '', is_silenced(node)
                continue
            if node.tagname == 'graphviz':
                for uri in links_of_drawing(node.get('code', '')):
                    yield node, uri, '', is_silenced(node)
                continue
            if not isinstance(node, (nodes.image, nodes.raw, nodes.reference)):
                continue
            silenced = is_silenced(node)
            if uri := theirs.find_uri(node):
                yield node, uri, node.astext(), silenced
            if isinstance(node, nodes.raw) and 'html' in node.get('format', '').split():
                for uri, classes in links_of(node.astext()):
                    yield node, uri, '', silenced or has_mark(classes)


def _is_placed_by_its_block(node: nodes.Element, uri: str) -> bool:
    """Whether a link's line isn't looked for, but that of its block is taken.

    Sphinx names the directive's line where an option of it holds the address; where a
    reference within the page stands matters to nobody: it isn't checked.
    """
    is_option = isinstance(node, nodes.raw) and uri == node.get('source')
    return is_option or uri.startswith('#')


def found_in(document: nodes.document) -> list[Found]:
    """Return the links of a *document* that is resolved, in order."""
    found: list[Found] = getattr(document, _KEPT, [])
    return found
