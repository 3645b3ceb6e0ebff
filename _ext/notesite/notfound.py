"""Makes the page that a server shows where there is none, of the template 404.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx


def not_found(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page; in ``html_additional_pages`` an EPUB would have it too."""
    if app.builder.name == 'html':
        yield '404', {}, '404.html'
