"""Checks what ``conf.py`` sets, before anything relies on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.locale import __

from sphinx_talknotes.directives import is_url
from sphinx_talknotes.messages import warn

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


def check_settings(app: Sphinx, config: Config) -> None:
    """Warn of a template that leads nowhere, and do without (``config-inited``)."""
    template = config.talk_handle_url
    if template and not (is_url(template) and '{handle}' in template):
        message = __('talk_handle_url: no address with {handle} in it: %r')
        place = _place(Path(app.confdir, 'conf.py'), 'talk_handle_url')
        warn('handle', message, template, location=place)
        config.talk_handle_url = None


def _place(path: Path, name: str) -> str:
    """Return file and line of a setting: the last that names it, else the first."""
    try:
        lines = path.read_text(encoding='utf-8', errors='replace').splitlines()
    except OSError:  # set by `-D`, perhaps without a conf.py
        lines = []
    found = [number for number, line in enumerate(lines, 1) if name in line]
    return f'{path}:{found[-1] if found else 1}'
