"""Reads ``report.json``, as far as the commands and the directives use it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sphinx_linkaudit.memory.jsonfile import (
    JsonFileError,
    check_version,
    optional,
    read_object,
    require,
    typed,
)
from sphinx_linkaudit.memory.known import is_day

if TYPE_CHECKING:
    from pathlib import Path

#: The version of ``report.json`` that is supported.
REPORT_VERSION = 1


def load_report(path: Path) -> dict[str, Any]:
    """Return a ``report.json``, of which only what is used here is validated.

    :raises JsonFileError: if it is missing, another version's or no such report.
    """
    document = read_object(path)
    try:
        check_version(document, REPORT_VERSION)
        finished = typed(document, 'finished', str)
        datetime.fromisoformat(finished)
        require(is_day(finished[:10]), f'finished: {finished!r} has no date')
        optional(document, 'complete', bool)
        optional(document, 'since', str)
        for link in typed(document, 'links', list):
            _check_link(link)
    except ValueError as error:
        raise JsonFileError(path, 'not a report of a link check', error) from error
    return document


def _check_link(link: Any) -> None:
    """Look at what is used of a link, wherever the report may be from.

    :raises ValueError: if it is invalid.
    """
    for name in ('uri', 'verdict', 'what'):
        typed(link, name, str)
    require(link['what'].isprintable() and link['what'], 'what has to be one line')
    for name, wanted in (('reason', str), ('fails', bool), ('since', str)):
        optional(link, name, wanted)
    if since := link.get('since'):
        require(is_day(since), f'since: {since!r} is not YYYY-MM-DD')
    for place in typed(link, 'places', list):
        typed(place, 'docname', str)
