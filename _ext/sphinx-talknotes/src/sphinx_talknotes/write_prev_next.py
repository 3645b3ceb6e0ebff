"""Links each talk to the one before it and the one after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from sphinx_talknotes._compat import docname_of
from sphinx_talknotes.references import References
from sphinx_talknotes.translate import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_talknotes import records
    from sphinx_talknotes.domain import TalkDomain


class LinkNeighbours(SphinxPostTransform):
    """End each talk with links to its neighbours, in HTML of more than one page."""

    #: As lists are filled: before other extensions look at links.
    default_priority: ClassVar[int] = 6
    formats = ('html',)

    def run(self, **kwargs: Any) -> None:
        domain: TalkDomain = self.env.domains['talk']  # type: ignore[assignment]  # it is ours
        neighbours = domain.neighbours()
        docname = docname_of(self.env)
        references = References(self.env, domain, docname, one_day=True)
        if not neighbours or references.builder.name in {'epub', 'singlehtml'}:
            return
        for name in domain.owners(docname):
            talk = domain.talk(name)
            section = next(self._sections(talk), None) if talk else None
            if talk is None or section is None or name not in neighbours:
                continue
            line = nodes.paragraph(classes=['talk-prev-next'])
            labels = _('Previous talk'), _('Next talk')
            for label, owner in zip(labels, neighbours[name], strict=True):
                if owner:
                    between = ' \N{MIDDLE DOT} ' if line.children else ''
                    line += [nodes.Text(f'{between}{label}: '), references.page(owner)]
            section += line

    def _sections(self, talk: records.Talk) -> Iterator[nodes.section]:
        """Yield the section that a talk is, or of a page as a whole the last at top."""
        if talk.section:
            for section in self.document.findall(nodes.section):
                if talk.anchor in section['ids']:
                    yield section
        else:
            for node in reversed(self.document.children):
                if isinstance(node, nodes.section):
                    yield node
