"""Offers the whole site as files to take along, such as a PDF, if there are any."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.locale import __
from sphinx.util import logging

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

_LOGGER = logging.getLogger(__name__)


def offer(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Tell pages what there is to download, label and name (``html-page-context``)."""
    found = _files(app)
    context['downloads'] = [(label, file.name) for label, file in found.items()]


def copy(app: Sphinx, exception: Exception | None) -> None:
    """Copy the files beside the pages (``build-finished``); warn of those that miss."""
    if exception or app.builder.name not in {'html', 'dirhtml'}:
        return
    found = _files(app)
    for file in found.values():
        shutil.copy(file, app.outdir)
    for label in app.config.notesite_downloads.keys() - found:
        file = app.config.notesite_downloads[label]
        _LOGGER.warning(__('notesite_downloads: no file %s, so none is offered'), file)


def _files(app: Sphinx) -> dict[str, Path]:
    """Return the files that are there, by their labels; a path is that from conf.py."""
    paths = app.config.notesite_downloads.items()
    files = {label: Path(app.confdir, path) for label, path in paths}
    return {label: file for label, file in files.items() if file.is_file()}
