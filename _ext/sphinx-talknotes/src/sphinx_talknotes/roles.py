"""What an author writes within a line: the roles, but for that of a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.roles import XRefRole
from sphinx.util.docutils import SphinxRole

from sphinx_talknotes import names
from sphinx_talknotes.messages import warn
from sphinx_talknotes.places import index_entry, new_anchor
from sphinx_talknotes.translate import _, __

if TYPE_CHECKING:
    from docutils.nodes import Element, Node, system_message
    from sphinx.environment import BuildEnvironment


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
