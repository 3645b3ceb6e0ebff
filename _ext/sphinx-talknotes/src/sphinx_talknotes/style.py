"""Adds the style sheet that lets readers tell apart what the notes mark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FILE = 'sphinx-talknotes.css'
FOLDER = Path(__file__).with_name('static')


def add_style_sheet(app: Sphinx) -> None:
    """Add the style sheet to all pages, unless it isn't wanted (``builder-inited``).

    It comes before those of ``html_css_files``, which so can change what it says.
    """
    if app.config.talk_style_sheet:
        app.config.html_static_path = [*app.config.html_static_path, str(FOLDER)]
        app.add_css_file(FILE)
