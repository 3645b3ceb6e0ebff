"""Writes the list of all pages that search engines read."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """Write ``sitemap.xml``, if it is known where the site will be."""
    base = app.config.html_baseurl
    if exception or not base or app.builder.name not in {'html', 'dirhtml'}:
        return
    addresses = [
        f'{base.rstrip("/")}/{app.builder.get_target_uri(docname)}'
        for docname in sorted(app.env.found_docs)
    ]
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        *(f'<url><loc>{escape(address)}</loc></url>' for address in addresses),
        '</urlset>\n',
    ]
    Path(app.outdir, 'sitemap.xml').write_text('\n'.join(lines), encoding='utf-8')
