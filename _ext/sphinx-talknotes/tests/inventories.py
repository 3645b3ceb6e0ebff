"""Reads what a build offers to other projects: ``objects.inv``."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from sphinx.util.inventory import InventoryFile

if TYPE_CHECKING:
    from projects import Build


def inventory(build: Build) -> dict[str, dict[str, tuple[str, str]]]:
    """Return the talk objects in ``objects.inv``: type -> name -> place, shown as."""
    with (build.outdir / 'objects.inv').open('rb') as stream:
        found = InventoryFile.load(stream, '', posixpath.join)
    return {
        kind: {name: place_of(item) for name, item in objects.items()}
        for kind, objects in found.items()
        if kind.startswith('talk:')
    }


def place_of(item: Any) -> tuple[str, str]:
    """Return the place of an object, and what it is shown as; a tuple in Sphinx 8.1."""
    uri, shown = item[2:] if isinstance(item, tuple) else (item.uri, item.display_name)
    return uri.removeprefix('/'), shown
