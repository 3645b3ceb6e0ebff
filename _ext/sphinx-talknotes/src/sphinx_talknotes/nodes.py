"""The nodes that the directives leave in a doctree."""

from __future__ import annotations

import posixpath
import re
from html import unescape
from typing import TYPE_CHECKING, TypeVar

from docutils import nodes
from sphinx import addnodes

from sphinx_talknotes.records import DONE
from sphinx_talknotes.translate import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

#: What in HTML isn't shown, ends a line, and is markup.
_NOT_SHOWN = re.compile(
    r'<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)', re.DOTALL | re.IGNORECASE
)
_BREAK = re.compile(r'<(?:br|hr|/?(?:p|div|li|[uo]l|t[rdh]))\b[^>]*>', re.IGNORECASE)
_TAG = re.compile(r'</?[a-z][^>]*>', re.IGNORECASE)


#: What footnotes and citations are marked with.
_NOTES = (nodes.footnote_reference, nodes.citation_reference)

_N = TypeVar('_N', bound=nodes.Node)


class talk_speaker(nodes.paragraph):
    """A byline.

    Attributes, strings: *name*, *role*, *affiliation*, *person* (an id), *added_name*,
    *added_title*; and lists of strings: *handles*, *urls*, *sources*.
    """


class talk_packages(nodes.container):
    """A titled list of packages.

    Attributes: *docname* and *verdict* ('' for none).  The title, where there is one
    of its own, is its first child, a rubric.  A term that is an entry has its name in
    the attribute *package*; what its entries have in the general index is in the last
    child.
    """


class talk_fields(nodes.container):
    """What is known of a talk besides the notes: *fields*, a dict of strings."""


class talk_todo(nodes.admonition):
    """The box of a to-do, with *done* and *remark* as in `records.Todo`."""


class talk_sources(nodes.paragraph):
    """Where something is known from: a label, then what is said of the sources.

    In HTML it is folded, and the label unfolds it.
    """


class talk_list(nodes.General, nodes.Element):
    """The empty place of a collected list, filled by a post-transform.

    Attributes: *docname* (of the page it is on: in singlehtml and latex the
    post-transform sees the root's), *kind*, *filters* (a dict of strings) and *home*
    (whether references to an entry lead here).
    """


def find(
    top: nodes.Node,
    kind: type[_N] | tuple[type[_N], ...],
    *,
    outside: type | tuple[type, ...] = (),
) -> list[_N]:
    """Return the nodes of a *kind* in *top*, itself included, in the order of the page.

    As ``findall`` of docutils, which takes several times as long: there each level of
    the tree hands on what those below it find.  What is in nodes that it is looked for
    *outside* of isn't looked at.
    """
    found: list[_N] = []
    left: list[nodes.Node] = [top]
    while left:
        node = left.pop()
        if isinstance(node, kind):
            found.append(node)
        if node.children and not (outside and isinstance(node, outside)):
            left += node.children[::-1]
    return found


def find_blocks(top: nodes.Node, kind: type[_N]) -> list[_N]:
    """Return the nodes of a *kind* that no text can hold, as `find` does.

    Paragraphs, titles and terms are most of a page.
    """
    return find(top, kind, outside=nodes.TextElement)


def find_sections(top: nodes.Node) -> list[nodes.section]:
    """Return the sections in *top*: no text can hold one, and no list."""
    outside = nodes.TextElement, nodes.Sequential
    return find(top, nodes.section, outside=outside)


def added(*content: nodes.Node) -> nodes.inline:
    """Return *content* as what isn't the notes': in brackets, as editors do it."""
    brackets = nodes.Text('['), nodes.Text(']')
    return nodes.inline('', '', brackets[0], *content, brackets[1], classes=['added'])


def label(kind: str, *content: nodes.Node) -> nodes.inline:
    """Return *content* as the text of a reference to something of a *kind*."""
    return nodes.inline('', '', *content, classes=['talk', f'talk-{kind}'])


def bullets(items: Iterable[Sequence[nodes.Node]], kind: str) -> nodes.bullet_list:
    """Return a collected list of a *kind*, a bullet for each of *items*."""
    return nodes.bullet_list(
        '',
        *(nodes.list_item('', nodes.paragraph('', '', *item)) for item in items),
        bullet='-',
        classes=['talk-list', f'{kind}-list'],
    )


def definition(term: nodes.term, *body: nodes.Node) -> nodes.definition_list_item:
    """Return an item of a definition list."""
    return nodes.definition_list_item('', term, nodes.definition('', *body))


def nothing() -> list[nodes.Node]:
    """Return what stands in the place of a collected list without entries."""
    return [nodes.paragraph('', _('Nothing yet.'), classes=['talk-list'])]


def reference_to(docname: str, kind: str, target: str) -> dict[str, str | bool]:
    """Return the attributes of a reference from *docname* to the entry of *target*."""
    return {
        'refdomain': 'talk',
        'reftype': kind,
        'reftarget': target,
        'refdoc': docname,
        'refexplicit': True,
        'refwarn': False,
    }


def is_linked(content: Iterable[nodes.Node]) -> bool:
    """Whether there is a link in *content* already: links can't be nested."""
    return any(
        isinstance(inner, (nodes.reference, *_NOTES)) or inner.tagname == 'pending_xref'
        for node in content
        for inner in find(node, nodes.Element)
    )


def is_note(node: nodes.Node) -> bool:
    """Whether *node* is the mark of a footnote or a citation: no part of a name."""
    if isinstance(node, _NOTES):
        return True
    if not isinstance(node, addnodes.pending_xref):
        return False
    # Of sphinxcontrib-bibtex those in parentheses: others are words of a sentence.
    target = node.get('refdomain'), node.get('reftype')
    return target[0] == 'citation' or target in {('cite', 'p'), ('cite', 'ps')}


def before_notes(content: Sequence[nodes.Node]) -> Sequence[nodes.Node]:
    """Return *content* without the notes that it ends with."""
    end = len(content)
    while end and (is_note(content[end - 1]) or not content[end - 1].astext().strip()):
        end -= 1
    return content[:end] if any(map(is_note, content[end:])) else content


def words(content: Iterable[nodes.Node]) -> str:
    """Return the text of *content* in one line, without what readers don't see."""
    return ' '.join(' '.join(map(text_of, content)).split())


def todo_text(content: Sequence[nodes.Node]) -> str:
    """Return the text of a to-do in one line; of nothing but pictures their names."""
    pictures = (picture for node in content for picture in find(node, nodes.image))
    return words(content) or ', '.join(map(_file_name, pictures))


def _file_name(picture: nodes.image) -> str:
    uri = str(picture['uri'])
    # One that is in the page itself has no other name than what it is: image/png.
    return posixpath.basename(uri) if uri[:5] != 'data:' else uri[5:].partition(';')[0]


def text_of(node: nodes.Node) -> str:
    """Return the text of a node, without what readers don't see.

    Nor has it the number of a footnote.  A to-do in another one is of its own.
    """
    if isinstance(node, (nodes.Text, nodes.target)):
        return node.astext()  # A target within a text is shown.
    hidden = nodes.Invisible, nodes.system_message, talk_todo
    if isinstance(node, hidden) or is_note(node):
        return ''
    if isinstance(node, nodes.raw):
        return text_of_raw(node)
    if isinstance(node, nodes.Element) and node.children:
        return node.child_text_separator.join(map(text_of, node.children))
    return node.astext()


def text_of_raw(node: nodes.raw) -> str:
    """Return what readers see of raw markup: of HTML the text, of any other nothing."""
    if 'html' not in node['format'].split():
        return ''
    text = _NOT_SHOWN.sub('', node.astext())
    return unescape(_TAG.sub('', _BREAK.sub(' ', text)))


def done_title(done: str, remark: str) -> str:
    """Return that a to-do is done, and what is known of that."""
    known = f'{"" if done == DONE else done} {remark}'.strip()
    return _('Done: %s') % known if known else _('Done')


#: What a verdict is called.
VERDICT_LABELS = {
    'recommended': _('recommended'),
    'interesting': _('interesting'),
    'not-relevant': _('not relevant'),
    'avoid': _('avoid'),
}


def is_package(node: nodes.Element) -> bool:
    """Whether *node* is a reference that names a package."""
    return (node.get('refdomain'), node.get('reftype')) == ('talk', 'package')


def package_entries(packages: nodes.Element) -> Iterator[nodes.Element]:
    """Yield the nodes in *packages* that name one: terms and references.

    The reference inside such a term is not another, and some are but mentions; a list
    within has its own.
    """
    for child in packages.children:
        if isinstance(child, talk_packages) or not isinstance(child, nodes.Element):
            continue
        if 'package' in child or (is_package(child) and not child.get('mention')):
            yield child
        else:
            yield from package_entries(child)


def link_entries(
    packages: talk_packages, link: Callable[[str, nodes.inline], nodes.Node]
) -> None:
    """Make the terms that are entries links, and index each where it stands.

    *link* is called with a name and its text, and returns that as a link.
    """
    index = packages.children[-1] if packages.children else None
    if not isinstance(index, nodes.Element) or 'talk' not in index:
        return
    packages.remove(index)
    entries = {entry[2]: entry for entry in index['entries']}
    for term in find_blocks(packages, nodes.term):
        if found := [entries[place] for place in term['ids'] if place in entries]:
            content = before_notes(term.children)
            behind = term.children[len(content) :]
            if not is_linked(content):
                content = [link(term['package'], label('package', *content))]
            here = index.copy()
            here['entries'] = found
            term.children = []
            term += [here, *content, *behind]


#: What Sphinx has to know of; as subclasses they are rendered like their parents.
ALL = (talk_fields, talk_speaker, talk_packages, talk_todo, talk_list)
