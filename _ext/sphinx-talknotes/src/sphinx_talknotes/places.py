"""Makes the places that entries lead to, and the references between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

from sphinx_talknotes import addresses, names
from sphinx_talknotes._compat import docname_of
from sphinx_talknotes.nodes import label, reference_to
from sphinx_talknotes.translate import _

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.environment import BuildEnvironment


def new_anchor(env: BuildEnvironment, kind: str) -> str:
    """Return an id for the next place of *kind*, unlike any in the project.

    It says the page too, because singlehtml puts all pages into one.
    """
    number = env.new_serialno(f'talk-{kind}') + 1
    return names.anchor(kind, *docname_of(env).split('/'), str(number))


def index_entry(text: str, anchor: str) -> addnodes.index:
    """Return an entry of the general index that leads to *anchor*."""
    return addnodes.index(entries=[('single', text, anchor, '', None)], talk=True)


def package_index_entry(name: str, anchor: str) -> addnodes.index:
    """Return the index entry of a place that names a package."""
    return index_entry(_('%s (package)') % name, anchor)


def cross_reference(
    docname: str, kind: str, target: str, *content: Node
) -> addnodes.pending_xref:
    """Return a reference from *docname* to the collected entry of *target*."""
    attributes = reference_to(docname, kind, target)
    return addnodes.pending_xref('', label(kind, *content), **attributes)


def external_link(url: str, text: str = '') -> nodes.reference:
    """Return a link out of the site, by default by its address without the scheme."""
    text = text or addresses.short(url)
    return nodes.reference('', text, refuri=url, internal=False)
