"""What an author writes: the directives and roles of the domain."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.roles import XRefRole
from sphinx.util.docutils import SphinxRole

from sphinx_talknotes import names
from sphinx_talknotes._compat import docname_of
from sphinx_talknotes.messages import warn
from sphinx_talknotes.nodes import (
    label,
    reference_to,
)
from sphinx_talknotes.translate import _, __

if TYPE_CHECKING:
    from docutils.nodes import Element, Node, system_message
    from sphinx.environment import BuildEnvironment


_URL = re.compile(r'(?i:https?|ftp)://\S+')


def is_url(text: str) -> bool:
    """Whether *text* is an absolute web address."""
    return _URL.fullmatch(text) is not None


def parse_date(text: str) -> str:
    """Return *text* if it is a date such as 2011-06-07.

    :raises ValueError: if it is not.
    """
    if not re.fullmatch(r'\d{4}-\d\d-\d\d', text, re.ASCII):
        raise ValueError(text)
    return datetime.date.fromisoformat(text).isoformat()


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


def external_link(url: str, text: str) -> nodes.reference:
    """Return a link out of the site."""
    return nodes.reference('', text, refuri=url, internal=False)


def host(url: str) -> str:
    """Return the host of *url*, to stand for it in a line of text.

    A malformed address stands for itself.
    """
    try:
        return urlsplit(url).netloc.removeprefix('www.') or url
    except ValueError:
        return url


class HandleRole(XRefRole):
    """A handle in passing: ``:handle:`@natea```."""

    innernodeclass = nodes.inline

    def process_link(
        self,
        env: BuildEnvironment,
        refnode: Element,
        has_explicit_title: bool,
        title: str,
        target: str,
    ) -> tuple[str, str]:
        target = names.plain(target)
        if not names.is_handle(target):
            warn(
                'handle',
                __('no handle has these characters: %s'),
                target,
                location=self.get_location(),
            )
        return title, f'@{target.removeprefix("@")}'

    def result_nodes(
        self,
        document: nodes.document,
        env: BuildEnvironment,
        node: Element,
        is_ref: bool,
    ) -> tuple[list[Node], list[system_message]]:
        if not is_ref:
            return [node], []
        if not names.is_handle(node['reftarget']):
            return node.children, []
        anchor = new_anchor(env, 'handle')
        entry = index_entry(_('%s (handle)') % node['reftarget'], anchor)
        return [entry, nodes.target('', '', ids=[anchor]), node], []


class TalkRole(XRefRole):
    """Another talk, by its docname as in ``:doc:``, shown by its title."""

    innernodeclass = nodes.inline


class AddedRole(SphinxRole):
    """Words that aren't the notes' own."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        return [nodes.inline(self.rawtext, self.text, classes=['added'])], []
