"""Checks one project again and again, and keeps what came of each run."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup
from sphinx.util.console import (  # type: ignore[attr-defined]  # since 9.0 not its own
    strip_escape_sequences,
)

from checks import GIVE_UP, Checked
from projects import PYTHONPATH
from sphinx_linkaudit.options import CACHE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from projects import Project
    from web import Web


@dataclass(frozen=True)
class Run(Checked):
    """What came of a check, as it was then: the next one writes the same files."""

    shown: str = ''  #: All that was printed and is no warning.
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def cache(self) -> Path:
        return self.outdir / CACHE_NAME

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row['uri']: row for row in map(json.loads, self.lines())}

    @property
    def statuses(self) -> dict[str, str]:
        return {uri: row['status'] for uri, row in self.rows.items()}

    def lines(self) -> list[str]:
        """Return the rows of ``output.json``, whichever came first."""
        return sorted(self.files['output.json'].splitlines())

    def facts(self) -> list[dict[str, Any]]:
        """Return the links of ``report.json``, in their order."""
        found: list[dict[str, Any]] = json.loads(self.files['report.json'])['links']
        return found

    def page(self) -> str:
        """Return the text of ``report.html``, white space made even."""
        soup = BeautifulSoup(self.files['report.html'], 'html.parser')
        return ' '.join(soup.get_text(' ').split())

    def below(self, heading: str) -> list[str]:
        """Return the addresses that the summary has below a *heading*."""
        _, _, rest = self.shown.partition(f'\n{heading}')
        section = rest.partition('\n\n')[0].splitlines()[1:]
        return [line.strip() for line in section if re.match(r'  \S', line)]


def files_of(outdir: Path) -> dict[str, str]:
    """Return the text of each file that a check has written."""
    names = ('output.txt', 'output.json', 'report.json', 'report.html')
    return {name: (outdir / name).read_text(encoding='utf-8') for name in names}


def run(project: Project, **settings: Any) -> Run:
    """Check the links of a project, with more settings than are in its ``conf.py``."""
    with project.app('linkcheck', confoverrides=settings) as app:
        app.build()
        return Run(
            project.srcdir,
            app.outdir,
            app.statuscode,
            app.warning.getvalue(),
            shown=strip_escape_sequences(app.status.getvalue()),
            files=files_of(Path(app.outdir)),
        )


@contextmanager
def begun(
    project: Project,
    *options: str,
    out: str = 'linkcheck',
    within: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    seconds: float = GIVE_UP,
    **pipes: Any,
) -> Iterator[subprocess.Popen[str]]:
    """Check links in a process of its own, which is killed with the block.

    *within* is the command that starts it.
    """
    outdir = project.builddir / out
    command = [*within, sys.executable, '-m', 'sphinx', '-b', 'linkcheck', '--no-color']
    own = {'PYTHONPATH': PYTHONPATH, 'PYTHONDONTWRITEBYTECODE': '1', **(environ or {})}
    with subprocess.Popen(
        [*command, *options, project.srcdir, outdir],
        env={**os.environ, **own},
        text=True,
        **pipes,
    ) as process:
        killer = Timer(seconds, process.kill)
        killer.start()
        try:
            yield process
        finally:
            killer.cancel()
            process.kill()


def run_apart(
    project: Project, *options: str, out: str = 'linkcheck', **how: Any
) -> Run:
    """Check links in a process of its own, as `begun` does.

    :raises AssertionError: if it had to be killed.
    """
    pipes = {'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE} | how
    with begun(project, *options, out=out, **pipes) as process:
        shown, printed = process.communicate()
    assert process.returncode >= 0, 'it was killed'
    return Run(
        project.srcdir,
        project.builddir / out,
        process.returncode,
        printed or '',
        shown=shown,
        files=files_of(project.builddir / out),
    )


def sql(path: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Execute a statement on a cache, and return the rows that it finds."""
    with closing(sqlite3.connect(path)) as database, database:
        return database.execute(statement, values).fetchall()


def dump(path: Path) -> list[list[tuple[Any, ...]]]:
    """Return all that a cache remembers."""
    return [sql(path, f'SELECT * FROM {name} ORDER BY uri') for name in TABLES]


TABLES = ('links', 'strikes')


def days_pass(path: Path, number: float) -> None:
    """Make a cache remember everything as so many days older."""
    sql(path, 'UPDATE links SET checked = checked - ?', number * 86_400)
    sql(
        path,
        'UPDATE strikes SET since = date(since, ?), last = date(last, ?), '
        'seen = date(last, ?)',
        *[f'-{number} days'] * 3,
    )


def asked(web: Web, since: int = 0) -> list[str]:
    """Return the paths that were asked for after so many requests, each once."""
    return sorted({request.path for request in web.log[since:]})


def accepting(project: Project, *uris: str) -> Project:
    """Write the file of links that are known as dead."""
    rows = {uri: {'reason': 'Gone.'} for uri in uris}
    text = json.dumps({'version': 1, 'links': rows})
    (project.srcdir / 'known.json').write_text(text)
    return project


def commands(printed: str) -> list[str]:
    """Return the lines that GitHub takes for commands, as its runner does.

    Source: ``ActionCommand.cs`` and ``ActionCommandManager.cs`` of actions/runner.
    """
    found, stopped = [], ''
    for line in printed.splitlines():
        if stopped:
            if line.strip() == f'::{stopped}::':
                stopped = ''
        elif match := re.match(r'\s*::stop-commands::(\S+)$', line):
            stopped = match[1]
        elif line.lstrip().startswith('::') or '##[' in line:
            found.append(line)
    assert not stopped
    return found
