"""Writes as HTML the nodes that look different from their base classes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator

    from sphinx_talknotes.nodes import talk_sources


def visit_sources(translator: HTML5Translator, node: talk_sources) -> None:
    """Write sources folded: their label is what unfolds them."""
    label, links = (child for child in node if isinstance(child, nodes.inline))
    body = translator.body
    body.append(f'{translator.starttag(node, "details", "")}<summary>[')
    label.walkabout(translator)
    body.append(']</summary><p>[')
    links.walkabout(translator)
    body.append(']</p></details>\n')
    raise nodes.SkipNode
