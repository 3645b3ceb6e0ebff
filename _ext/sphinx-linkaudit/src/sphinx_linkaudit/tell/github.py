"""What a check says under GitHub Actions: annotations and a step summary.

Sources: "Workflow commands for GitHub Actions" in GitHub's documentation, and
``ActionCommand.cs`` of actions/runner, for how a line is taken apart.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_linkaudit.tell.findings import new_failures, what
from sphinx_linkaudit.tell.markdown import MAX_SUMMARY, summary
from sphinx_linkaudit.text import cut, printable, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sphinx_linkaudit.tell.findings import Document, Link

#: Errors that GitHub shows of one step; the rest is dropped.
MAX_ERRORS = 10

_TITLES = {'dead': 'Dead link', 'timed out': 'Link timed out'}


def is_active(environ: Mapping[str, str]) -> bool:
    """Whether the process with these environment variables is run by GitHub Actions."""
    return environ.get('GITHUB_ACTIONS') == 'true'


def stop_commands() -> tuple[str, str]:
    """Return the lines that stop GitHub from reading commands, and let it resume.

    Between them any text can be printed.  Otherwise ``##[`` anywhere in a line, or
    ``::`` at its beginning, makes a command of what a server said.
    """
    token = secrets.token_hex(16)
    return f'::stop-commands::{token}', f'::{token}::'


def say(*lines: str) -> None:
    """Print *lines* for GitHub, even if the build is quiet."""
    write_lines(sys.stdout, lines)


def publish(
    document: Document, repository: Path, environ: Mapping[str, str]
) -> list[str]:
    """Add to the summary of the step, and return lines to print for annotations.

    *document* is the contents of ``report.json``, *repository* the folder that its
    paths are relative to, *environ* the environment variables.  Not run by GitHub, this
    does nothing.  A summary that can't be written is a warning among the lines.
    """
    if not is_active(environ):
        return []
    workspace = environ.get('GITHUB_WORKSPACE') or str(repository)
    lines = annotate(document['links'], repository, Path(workspace))
    if name := environ.get('GITHUB_STEP_SUMMARY'):
        try:
            # A pipe that nobody reads from would block.
            with open(name, 'ab', opener=_open_at_once) as file:
                room = MAX_SUMMARY - file.tell()
                file.write(summary(document, room).encode())
        except OSError as error:
            message = f'the summary of the step was not written: {error}'
            lines.append(f'::warning::{_data(message)}')
    return lines


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, 'O_NONBLOCK', 0), 0o666)


def annotate(links: Iterable[Link], repository: Path, workspace: Path) -> list[str]:
    """Return a command for each place of each new failure, as far as GitHub shows them.

    *links* are as in ``report.json``; their paths are relative to *repository*, those
    in the commands to *workspace*, if it holds them.  Dead links come first, and each
    is named once before the other places of any.  How many more there are stands in a
    notice at the end.
    """
    places = [
        (number, _TITLES.get(link['verdict'], f'Link {link["verdict"]}'), link, place)
        for link in new_failures(links)
        for number, place in enumerate(link['places'])
        # On another line than the link's an annotation would mislead.
        if place.get('exact', True)
    ]
    # The dead ones first, as they come, and of each link its first place.
    places.sort(key=lambda item: item[0])
    lines = []
    for _number, title, link, place in places[:MAX_ERRORS]:
        where = [f'file={_property(_path(place["path"], repository, workspace))}']
        where += [f'line={place["line"]}'] if place['line'] else []
        where += [f'title={_property(title)}']
        text = '. '.join(filter(None, [what(link), link['advice']]))
        message = _data(f'{link["uri"]}: {text}')
        lines.append(f'::error {",".join(where)}::{message}')
    if (more := len(places) - MAX_ERRORS) > 0:
        lines.append(
            f'::notice title=Links::{more} more places have links that fail; '
            'the summary of the step and report.html have all of them'
        )
    return lines


def _path(path: str, repository: Path, workspace: Path) -> str:
    """Return where GitHub finds the file at *path* below *repository*."""
    found = Path(os.path.normpath(repository.resolve() / path))
    try:
        return found.relative_to(workspace.resolve()).as_posix()
    except ValueError:
        return found.as_posix()


def _data(text: str) -> str:
    """Return *text* as the message of a command."""
    # No line breaks are left in it, which GitHub would need as %0D or %0A.
    return cut(printable(text)).replace('%', '%25')


def _property(text: str) -> str:
    """Return *text* as the value of a property."""
    return _data(text).replace(':', '%3A').replace(',', '%2C')
