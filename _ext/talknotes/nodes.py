"""The nodes that the directives leave in a doctree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class talk_speaker(nodes.paragraph):
    """A byline.

    Attributes, all strings but *sources*, a list of them: *name*, *handle*,
    *added_name*, *added_title*.
    """


class talk_packages(nodes.container):
    """A titled list of packages, with the attribute *verdict* ('' for none).

    The title, where there is one of its own, is its first child, a rubric.
    """


class talk_todo(nodes.admonition):
    """The box of a to-do, with the attributes *done* (ISO date or '') and *remark*."""


class talk_list(nodes.General, nodes.Element):
    """The empty place of a collected list, filled by a post-transform.

    Attributes: *docname* (of the page it is on: in singlehtml and latex the
    post-transform sees the root's), *kind*, *filters* (a dict of strings) and *home*
    (whether references to an entry lead here).
    """


def added(*content: nodes.Node) -> nodes.inline:
    """Return *content* as what isn't the notes': in brackets, as editors do it."""
    brackets = nodes.Text('['), nodes.Text(']')
    return nodes.inline('', '', brackets[0], *content, brackets[1], classes=['added'])


def is_linked(content: Iterable[nodes.Node]) -> bool:
    """Whether there is a link in *content* already: links can't be nested."""
    return any(
        isinstance(inner, nodes.reference) or inner.tagname == 'pending_xref'
        for node in content
        for inner in node.findall(nodes.Element)
    )


def words(content: Iterable[nodes.Node]) -> str:
    """Return the text of *content* in one line, without comments."""
    shown = (node for node in content if not isinstance(node, nodes.Invisible))
    return ' '.join(' '.join(node.astext() for node in shown).split())


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


#: What Sphinx has to know of; as subclasses they are rendered like their parents.
ALL = (talk_speaker, talk_packages, talk_todo, talk_list)
