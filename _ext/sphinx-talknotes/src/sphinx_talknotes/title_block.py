"""Arranges the head of a talk: official title, who spoke, what else there is of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from sphinx_talknotes.nodes import (
    added,
    find,
    find_sections,
    talk_fields,
    talk_speaker,
)

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.application import Sphinx


def arrange(app: Sphinx, doctree: nodes.document) -> None:
    """Make one block of a talk's fields and bylines (``doctree-read``).

    All of it is noted by then.  The official title stands in a byline, yet is the
    talk's: it comes first.  The fields come last, and a byline leaves out sources that
    they show.  Of several talks on a page each has a block, in its section.
    """
    places = [
        (section, place)
        for section in find_sections(doctree)
        for place in section.children
        if isinstance(place, talk_fields)
    ]
    for section, place in places:
        bylines = _bylines(section)
        shown = {link['refuri'] for link in find(place, nodes.reference)}
        titles: list[nodes.paragraph] = []
        if bylines:
            section.remove(place)
            end = section.index(bylines[-1]) + 1
            # The rest of a line that a byline is part of.
            rest = section[end] if end < len(section) else None
            if isinstance(rest, nodes.paragraph) and 'run-on' in rest['classes']:
                end += 1
            section.insert(end, place)
        for byline in bylines:
            title = _take_out(byline, shown, titles[0].astext() if titles else '')
            if title is not None and not titles:
                paragraph = nodes.paragraph('', '', title, translatable=False)
                paragraph['classes'].append('official-title')
                titles.append(paragraph)
            if not byline.children:
                place['ids'] += byline['ids']
                section.remove(byline)
        start = section.first_child_matching_class(nodes.title)
        section[(start or 0) + 1 : (start or 0) + 1] = titles


def _bylines(section: nodes.section) -> list[talk_speaker]:
    """Return the bylines at the head of a section, with no text between them."""
    found: list[talk_speaker] = []
    for node in section.children:
        if isinstance(node, talk_speaker):
            found.append(node)
        elif found and not (
            isinstance(node, (nodes.Invisible, nodes.system_message, talk_fields))
            or (isinstance(node, nodes.paragraph) and 'run-on' in node['classes'])
        ):
            break
    return found


def _take_out(byline: talk_speaker, shown: set[str], first: str) -> nodes.inline | None:
    """Take from a byline the sources *shown* elsewhere, and return its title.

    If it isn't the *first*, in its brackets, it stays in the byline.
    """
    # What was found out later stands at its end, in brackets.
    found = byline.children[-1] if byline.children else None
    if not isinstance(found, nodes.inline) or 'added' not in found['classes']:
        return None
    title: nodes.inline | None = None
    kept: list[Node] = []
    for part in found.children[1:-1]:
        if isinstance(part, nodes.emphasis) and 'talk-title' in part['classes']:
            title = added(part.deepcopy())
            if first not in {'', title.astext()}:
                kept += [nodes.Text(', '), part] if kept else [part]
        elif isinstance(part, nodes.reference) and part.get('refuri') in shown:
            continue
        elif not (isinstance(part, nodes.Text) and part == ', '):
            kept += [nodes.Text(', '), part] if kept else [part]
    if kept:
        found.replace_self(added(*kept))
    else:
        place = byline.index(found)
        # With the space before it.
        del byline[max(0, place - 1) : place + 1]
    return title
