"""Makes the names of packages on a page links, and says what else is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from sphinx_talknotes import names
from sphinx_talknotes.nodes import (
    find,
    find_blocks,
    is_package,
    link_entries,
    talk_packages,
)
from sphinx_talknotes.references import References

if TYPE_CHECKING:
    from docutils.nodes import Element, Node

    from sphinx_talknotes.domain import TalkDomain


class FinishPackages(SphinxPostTransform):
    """Make each term that names a package a link, and index it where it stands.

    Where a page first names a package that more is known of than the notes say, it says
    so.  The directive could do it, but then each transform of a page that is read would
    visit these nodes too, and Sphinx has all doctrees in memory until they are written.
    """

    #: Before lists are filled: they say it themselves.
    default_priority: ClassVar[int] = 4

    def run(self, **kwargs: Any) -> None:
        domain: TalkDomain = self.env.domains['talk']  # type: ignore[assignment]  # it is ours
        pages: dict[str, References] = {}

        def references(docname: str) -> References:
            if docname not in pages:
                pages[docname] = References(self.env, domain, docname)
            return pages[docname]

        for packages in find_blocks(self.document, talk_packages):
            link_entries(packages, references(packages['docname']).link)
        if not domain.annotations:
            return
        for place in find_blocks(self.document, talk_packages):
            noted = domain.data['packages'].get(place['docname'])
            for term in find_blocks(place, nodes.term) if noted else ():
                term['refdoc'] = place['docname']
        marked: set[tuple[str, str]] = set()
        for entry in find(self.document, nodes.Element):
            is_entry = isinstance(entry, nodes.term) and 'package' in entry
            if not (is_entry or is_package(entry)) or 'refdoc' not in entry:
                continue
            docname, name = entry['refdoc'], entry.get('package') or entry['reftarget']
            known = domain.annotation(name)
            if known is None or (docname, names.key(name)) in marked:
                continue
            if mark := known.mark(references(docname)):
                marked.add((docname, names.key(name)))
                _add(entry, mark)


def _add(entry: Element, mark: nodes.inline) -> None:
    """Put a mark behind a name.

    A name that stands in brackets, or before some, gets no others.
    """
    if isinstance(entry, nodes.term):
        entry += [nodes.Text(' '), mark]
        return
    parent, place = entry.parent, entry.parent.index(entry)
    if _is_added(parent):
        parent[-1:-1] = [nodes.Text('; '), _bare(mark)]
        return
    space, beside = (*parent.children[place + 1 : place + 3], None, None)[:2]
    if space == ' ' and isinstance(beside, nodes.inline) and _is_added(beside):
        beside[1:1] = [_bare(mark), nodes.Text('; ')]
        return
    parent.insert(place + 1, [nodes.Text(' '), mark])


def _is_added(node: Node) -> bool:
    return isinstance(node, nodes.inline) and 'added' in node['classes']


def _bare(mark: nodes.inline) -> nodes.inline:
    """Return a mark without its brackets, for a place that has some."""
    classes = [name for name in mark['classes'] if name != 'added']
    return nodes.inline('', '', *mark.children[1:-1], classes=classes)
