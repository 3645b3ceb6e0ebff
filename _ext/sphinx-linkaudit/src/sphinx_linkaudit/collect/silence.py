"""Leaves out links that are marked, where they stand, as not to be checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import ReferenceRole

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The class, and the role, that mark links.
MARK = 'nolinkcheck'
_ADDRESS = re.compile(r'(?:[A-Za-z][A-Za-z0-9+.\-]*:|//)\S')


class NoLinkCheck(ReferenceRole):
    """The role ``nolinkcheck``: a link like any other, which isn't checked.

    It takes an address, a text with an address in angle brackets, or the name of a
    target, as ``Name_`` has it.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        node = nodes.reference(self.rawtext, self.title, classes=[MARK])
        # An address may go on in the next line.
        address = ''.join(self.target.split())
        if self.has_explicit_title or _ADDRESS.match(address):
            node['refuri'] = address
        else:
            node['name'] = self.title
            node['refname'] = nodes.fully_normalize_name(self.title)
            self.inliner.document.note_refname(node)
        self.set_source_info(node)
        return [node], []


def is_silenced(node: nodes.Element) -> bool:
    """Whether a *node*, or anything that it is part of, is marked.

    The target of an image is marked with that.
    """
    first = node.next_node()
    here: nodes.Element | None = first if isinstance(first, nodes.image) else node
    while here is not None:
        if has_mark(here.get('classes', ())):
            return True
        here = here.parent
    return False


def has_mark(classes: Iterable[str]) -> bool:
    """Whether the mark is among the *classes* of an element."""
    return MARK in classes
