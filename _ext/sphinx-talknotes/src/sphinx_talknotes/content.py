"""Keeps the text of a node with its links, to show it on other pages."""

from __future__ import annotations

import re
from types import NoneType
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.errors import NoUri
from sphinx.transforms import SphinxTransformer
from sphinx.util.docutils import new_document
from sphinx.util.logging import suppress_logging
from sphinx.util.osutil import relative_uri

from sphinx_talknotes._compat import app_of, on_some_page
from sphinx_talknotes.nodes import talk_todo, text_of_raw
from sphinx_talknotes.shown import is_condition, is_shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docutils.nodes import Element, Node
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes.records import Content

#: The markup that is kept, by the names of its nodes; of other there is the text.
_KINDS: dict[str, type[Element]] = {
    kind.__name__: kind
    for kind in (
        nodes.abbreviation,
        nodes.emphasis,
        nodes.inline,
        nodes.literal,
        nodes.math,
        nodes.reference,
        nodes.strong,
        nodes.subscript,
        nodes.superscript,
        nodes.title_reference,
        addnodes.literal_emphasis,
        addnodes.literal_strong,
        addnodes.pending_xref,
    )
}
#: What readers don't see.
_UNSEEN = (
    addnodes.index,
    nodes.comment,
    nodes.pending,
    nodes.system_message,
    talk_todo,  # one in another one is of its own
)
#: Class of the number of a footnote: a page of HTML alone has a place for that.
_FOOTNOTE = 'footnote-reference'
#: Attributes that a copy can't have.
_OWN = {'ids', 'names', 'dupnames', 'backrefs'}

#: Stands for the top of the site where addresses are joined.
_TOP = 'https://site.invalid/'


def keep(blocks: Iterable[Node]) -> Content:
    """Return what *blocks* say in one line, with its markup as tuples.

    It is () where there is none.  Nodes would make the environment much larger.
    """
    found: list[Any] = []
    for piece in _of_blocks(blocks):
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    found = [re.sub(r'\s+', ' ', p) if isinstance(p, str) else p for p in found]
    if all(isinstance(piece, str) for piece in found):
        return ()
    if isinstance(found[0], str):
        found[0] = found[0].lstrip()
    if isinstance(found[-1], str):
        found[-1] = found[-1].rstrip()
    return tuple(filter(None, found))


def _of_blocks(blocks: Iterable[Node]) -> list[Any]:
    found: list[Any] = []
    for block in blocks:
        if pieces := _of_node(block):
            found += [' ', *pieces] if found else pieces
    return found


def _of_node(node: Node) -> list[Any]:
    """Return the pieces of a node: texts, and markup as name, attributes, content."""
    if isinstance(node, nodes.Text):
        return [str(node)]
    if not isinstance(node, nodes.Element) or isinstance(node, _UNSEEN):
        return []
    if isinstance(node, nodes.raw):
        return [text] if (text := text_of_raw(node)) else []
    if is_condition(node):
        expression = (('expr', str(node['expr'])),)
        return [(node.tagname, expression, tuple(_of_blocks(node.children)))]
    if isinstance(node, nodes.footnote_reference):
        given = ('refid', str(node.get('refid', ''))), ('classes', (_FOOTNOTE,))
        return [(nodes.reference.__name__, given, (f'[{node.astext()}]',))]
    pieces = [piece for child in node.children for piece in _of_node(child)]
    if node.tagname in _KINDS:
        return [(node.tagname, _attributes(node), tuple(pieces))]
    if isinstance(node, nodes.TextElement):
        return pieces
    return _of_blocks(node.children) if node.children else [node.astext()]


def _attributes(node: Element) -> tuple[tuple[str, Any], ...]:
    given = ((name, node.attributes[name]) for name in node.attributes)
    return tuple(
        (name, tuple(map(str, value)) if isinstance(value, list) else value)
        for name, value in given
        if name not in _OWN and isinstance(value, (str, int, list, NoneType))
        # Every node has lists, though most of them are empty.
        if value != []
    )


def show(env: BuildEnvironment, docname: str, kept: Content, here: str) -> list[Node]:
    """Return what was *kept* of a page as it reads there, with its links.

    They lead to where they lead there, from the page *here*.
    """
    document = new_document('')
    document.settings.env = env
    paragraph = nodes.paragraph('', '', *_make(env, kept, docname))
    document += paragraph
    transformer = SphinxTransformer(document)
    transformer.set_environment(env)
    # Those that resolve references, as they are on that page.
    known = app_of(env).registry.get_post_transforms()
    transformer.add_transforms(
        [t for t in known if 5 < (t.default_priority or 0) <= 10]
    )
    # A mistake in it is reported where it stands.
    with suppress_logging(), on_some_page(env):
        transformer.apply_transforms()
    for reference in list(paragraph.findall(nodes.reference)):
        _lead(app_of(env).builder, reference, docname, here)
    # What the builder doesn't show may have left a space.
    while paragraph.children and not (last := paragraph.children[-1]).astext().strip():
        paragraph.remove(last)
    return paragraph.children


def reads(env: BuildEnvironment, docname: str, kept: Content) -> str:
    """Return the text of what was *kept* of a page, as it reads there."""
    shown = show(env, docname, kept, docname) if kept else []
    return ' '.join(''.join(node.astext() for node in shown).split())


def depends(kept: Content) -> bool:
    """Whether what is shown depends on more than what was *kept*: on titles, say."""
    for piece in kept:
        if isinstance(piece, str):
            continue
        kind, attributes, content = piece
        given = dict(attributes)
        if 'expr' in given:
            return True
        if kind == 'pending_xref':
            of_talk = (given.get('refdomain'), given.get('reftype'))
            if of_talk not in {('talk', 'package'), ('talk', 'handle')}:
                return True
        if depends(content):
            return True
    return False


def _make(env: BuildEnvironment, kept: Content, docname: str) -> list[Node]:
    found: list[Node] = []
    for piece in kept:
        if isinstance(piece, str):
            found.append(nodes.Text(piece))
            continue
        kind, attributes, content = piece
        made = _make(env, content, docname)
        if kind not in _KINDS:
            condition = kind, dict(attributes)['expr']
            found += made if is_shown(app_of(env), (condition,)) else []
            continue
        given: dict[str, Any] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in attributes
        }
        if kind == 'pending_xref':
            given = {'refdoc': docname, 'refdomain': '', **given}
            given.setdefault('refexplicit', False)
        node = _KINDS[kind](**given)
        node += made
        found.append(node)
    return found


def _lead(builder: Builder, reference: Element, docname: str, here: str) -> None:
    """Have a reference of the page *docname* lead from *here* to the same place."""
    try:
        if _FOOTNOTE in reference['classes'] and (
            builder.format != 'html' or not reference['refid']
        ):
            unlink(reference)
            return
        if 'refid' in reference:
            fragment = f'#{reference["refid"]}'
            page = builder.get_relative_uri(here, docname).partition('#')[0]
            del reference['refid']
            reference['refuri'] = page + fragment
            return
        uri = reference.get('refuri', '')
        if uri.startswith('#'):
            # In singlehtml a page has a fragment for an address, and then it had two.
            reference['refuri'] = f'#{uri.rpartition("#")[2]}'
        elif not urlsplit(uri).scheme and not uri.startswith(('/', '%')):
            base = urljoin(_TOP, builder.get_target_uri(docname))
            target = urljoin(base, uri).removeprefix(_TOP)
            page, hash_, fragment = target.partition('#')
            page = relative_uri(builder.get_target_uri(here), page)
            reference['refuri'] = page + hash_ + fragment
    except (NoUri, ValueError):
        unlink(reference)


def unlink(reference: Element) -> None:
    """Put what a reference says in its place; it may have classes, as no text can."""
    parent = reference.parent
    at = parent.index(reference)
    parent[at : at + 1] = reference.children
