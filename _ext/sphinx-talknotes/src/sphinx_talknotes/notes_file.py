"""Reads ``notes.json``, for the commands that work on what a site has written."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The version of the document's form; readers refuse one they don't know.
VERSION = 2


class NotesError(ValueError):
    """A file that is no ``notes.json``.  The message names it."""


@contextmanager
def reading(path: Path) -> Iterator[dict[str, Any]]:
    """Give the document of a file; if a lookup in it fails, the file is invalid.

    :raises OSError: if it can't be read.
    :raises NotesError: if it isn't one, or of a version that isn't known.
    """
    try:
        notes = json.loads(path.read_text(encoding='utf-8'))
        _check_version(notes.get('version', VERSION))
        yield notes
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        message = f'{path}: no notes.json of sphinx-talknotes: {error}'
        raise NotesError(message) from error


def _check_version(version: object) -> None:
    if version != VERSION:
        message = f'its version is {version!r}, and {VERSION} is understood'
        raise ValueError(message)
