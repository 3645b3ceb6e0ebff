"""Says the day of a page below its title, where no template does: in a book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from notesite.describe import day_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils.nodes import Element

#: The builders whose pages have no head of their own.
BOOKS = ('singlehtml', 'epub', 'latex')


class DayLines(SphinxPostTransform):
    """Put the ``:date:`` of each page below its title."""

    default_priority: ClassVar[int] = 900
    builders = BOOKS

    def run(self, **kwargs: Any) -> None:
        for docname, part in list(self._pages()):
            date = self.env.metadata[docname].get('date', '')
            title = next(iter(part.findall(nodes.title)), None)
            if title is None or not date:
                continue
            text = day_in_words(date, self.config.language)
            line = nodes.paragraph('', text, classes=['day'])
            title.parent.insert(title.parent.index(title) + 1, line)

    def _pages(self) -> Iterator[tuple[str, Element]]:
        """Yield each page with its nodes; a book in one file has several."""
        files = list(self.document.findall(addnodes.start_of_file))
        if files:
            yield from ((file['docname'], file) for file in files)
        else:
            yield self.env.docname, self.document
