"""Translates the package's own words, for readers of pages and for their authors."""

from __future__ import annotations

from pathlib import Path

from sphinx.locale import get_translation, get_translator

#: The name of the catalogs, and the folder that has one for each language.
CATALOG = 'sphinx_talknotes'
FOLDER = Path(__file__).with_name('locale')

#: Translates a text of a page, into the language of the site.
_ = get_translation(CATALOG)
#: Translates a message, into the language of whoever runs Sphinx.
__ = get_translation(CATALOG, 'console')


def ngettext(one: str, more: str, number: int) -> str:
    """Return the form of a text of a page that goes with a *number*."""
    return get_translator(CATALOG).ngettext(one, more, number)
