"""Makes the page that a server shows where there is none, of the template 404.html."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sphinx.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

#: The name of the page and of its template; a site without one has no such page.
TEMPLATE = '404.html'


def not_found(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page; in ``html_additional_pages`` an EPUB would have it too.

    It has no address of its own, for it is shown under any; *base* is the path that its
    links are taken from, if it is known where the site will be.
    """
    folders = [Path(app.confdir, folder) for folder in app.config.templates_path]
    has_template = any((folder / TEMPLATE).is_file() for folder in folders)
    if app.builder.name != 'html' or not has_template:
        return
    where = app.config.html_baseurl
    base = f'{urlsplit(where).path.rstrip("/")}/404.html' if where else ''
    context = {'title': _('Page not found'), 'pageurl': '', 'base': base}
    if not base:
        # From there no style sheet is found: it brings the site's own.
        context['look'] = '\n'.join(_own_styles(app))
    yield '404', context, TEMPLATE


def _own_styles(app: Sphinx) -> Iterator[str]:
    """Yield the style sheets that the site has in its static folders."""
    for name, _attributes in app.config.html_css_files:
        for folder in app.config.html_static_path:
            path = Path(app.confdir, folder, name)
            if path.is_file():
                yield path.read_text(encoding='utf-8')
