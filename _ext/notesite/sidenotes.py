"""Marks what was added to a text, so that a style sheet can put it into the margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.matching import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx


def mark_side_notes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Mark additions in the running text of a page (``doctree-resolved``).

    ``notesite_side_notes`` has the pages, as patterns.  Such an addition has the class
    ``added`` and stands in brackets.  In the margin those and the space before them
    would be left over, so they are elements of their own.
    """
    if app.builder.name not in {'html', 'dirhtml'}:
        return
    if not Matcher(app.config.notesite_side_notes)(docname):
        return
    for node in list(doctree.findall(nodes.TextElement)):
        if 'added' not in node['classes'] or not _is_in_brackets(node):
            continue
        if isinstance(node, nodes.inline) and _is_in_running_text(node):
            note = nodes.inline('', '', *node.children, classes=['side-note'])
            node.children = []
            node.append(note)
            _set_brackets_apart(note, _space_before(node))
        elif isinstance(node.parent, nodes.section) and type(node) is nodes.paragraph:
            node['classes'].append('side-note')
            _set_brackets_apart(node)


def _is_in_brackets(node: nodes.TextElement) -> bool:
    if not node.children:
        return False
    first, last = node[0], node[-1]
    return (
        isinstance(first, nodes.Text)
        and isinstance(last, nodes.Text)
        and first.startswith('[')
        and last.endswith(']')
    )


def _is_in_running_text(node: nodes.inline) -> bool:
    """Tell whether a note stands beside the words of a plain paragraph."""
    parent = node.parent
    return (
        type(parent) is nodes.paragraph
        and not parent['classes']
        and len(parent.children) > 1
        and not any('talk-summary' in above['classes'] for above in _above(node))
    )


def _above(node: nodes.Node) -> Iterator[nodes.Element]:
    while node := node.parent:
        yield node


def _space_before(node: nodes.inline) -> str:
    """Take away the space before a note, and return it."""
    place = node.parent.index(node)
    before = node.parent[place - 1] if place else None
    if not isinstance(before, nodes.Text) or not before[-1:].isspace():
        return ''
    node.parent[place - 1] = nodes.Text(before.rstrip())
    return ' '


def _set_brackets_apart(note: nodes.TextElement, space: str = '') -> None:
    """Make elements of the brackets of a note, and of the *space* before them."""
    note[0] = nodes.Text(note[0].astext().removeprefix('['))
    note[-1] = nodes.Text(note[-1].astext().removesuffix(']'))
    note.insert(0, nodes.inline('', f'{space}[', classes=['bracket']))
    note.append(nodes.inline('', ']', classes=['bracket']))
