"""Checks the links of small projects, and reads what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from threading import Timer
from typing import TYPE_CHECKING, Any

from projects import PYTHONPATH, Warned, parse_warnings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from threading import Event

    from fixtures import MakeProject
    from projects import Project

EXTENSION = "extensions = ['sphinx_linkaudit']\n"
TITLE = 'Page\n====\n\n'
#: Seconds until a check is given up that has an interpreter of its own.
GIVE_UP = 120.0


@dataclass(frozen=True)
class Checked:
    """What came of a check."""

    srcdir: Path
    outdir: Path
    status_code: int
    printed: str  #: All that was printed as a warning.
    #: Bytes of memory it took at most, if it was apart; 0 on Windows, which tells none.
    peak: int = 0

    @property
    def warnings(self) -> list[Warned]:
        return parse_warnings(self.printed, self.srcdir)

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The rows of ``output.json`` by their address."""
        text = (self.outdir / 'output.json').read_text(encoding='utf-8')
        return {row['uri']: row for row in map(json.loads, text.splitlines())}

    @property
    def links(self) -> dict[str, dict[str, Any]]:
        """The links of ``report.json`` by their address."""
        text = (self.outdir / 'report.json').read_text(encoding='utf-8')
        return {link['uri']: link for link in json.loads(text)['links']}

    def status(self, uri: str) -> str:
        """Return what Sphinx calls the state of a link, '' if it wasn't looked at."""
        return str(self.rows.get(uri, {}).get('status', ''))

    def verdict(self, uri: str) -> tuple[str, str]:
        """Return kind and reason of the verdict on a link."""
        link = self.links[uri]
        return link['verdict'], link['reason']


def project_with(
    make_project: MakeProject,
    pages: Mapping[str, str] | str,
    conf: str = EXTENSION,
    **settings: Any,
) -> Project:
    """Make a project of these pages, or one page, with the settings written out."""
    files = {'page.rst': TITLE + pages} if isinstance(pages, str) else dict(pages)
    lines = ''.join(f'{name} = {value!r}\n' for name, value in settings.items())
    return make_project({'conf.py': conf + lines, **files})


def check(
    make_project: MakeProject,
    pages: Mapping[str, str] | str,
    *,
    conf: str = EXTENSION,
    found: Event | None = None,
    objects: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Checked:
    """Check the links of a project, with settings as in ``conf.py``.

    *found* is set once the last link was found, *objects* are settings that can't be
    written out.
    """
    if found:
        # Links are told of one after the other: when this one is, the others were.
        assert isinstance(pages, str)
        pages += '\n`the last <mailto:last@last.test>`__\n'
    project = project_with(make_project, pages, conf, **settings)
    with project.app('linkcheck', confoverrides=dict(objects or {})) as app:

        def note(_app: object, uri: str) -> None:
            if found and uri == 'mailto:last@last.test':
                found.set()

        app.connect('linkcheck-process-uri', note)
        app.build()
        printed = app.warning.getvalue()
        return Checked(project.srcdir, app.outdir, app.statuscode, printed)


#: Runs Python with arguments and writes how much memory that took.  Linux counts among
#: it what its parent had at the time: here that is little, in a worker of pytest much.
_LAUNCHER = """
import os, sys
python = sys.executable
process = os.spawnv(os.P_NOWAIT, python, [python, *sys.argv[2:]])
_process, status, usage = os.wait4(process, 0)
with open(sys.argv[1], 'w') as file:
    file.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it has begun."""
    if sys.platform == 'win32':
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def check_apart(
    make_project: MakeProject,
    pages: Mapping[str, str] | str,
    *,
    conf: str = EXTENSION,
    seconds: float = GIVE_UP,
    **settings: Any,
) -> Checked:
    """Check links in an interpreter of its own, which is killed after *seconds*.

    :raises AssertionError: if it was.
    """
    project = project_with(make_project, pages, conf, **settings)
    outdir = project.builddir / 'linkcheck'
    command = ['-m', 'sphinx', '--builder=linkcheck', '--no-color']
    printed, taken = project.srcdir.parent / 'printed', project.srcdir.parent / 'taken'
    launcher = [] if sys.platform == 'win32' else ['-c', _LAUNCHER, str(taken)]
    with printed.open('w') as stream:
        process = subprocess.Popen(
            [sys.executable, *launcher, *command, project.srcdir, outdir],
            env={**os.environ, 'PYTHONPATH': PYTHONPATH},
            stdout=subprocess.DEVNULL,
            stderr=stream,
            process_group=None if sys.platform == 'win32' else 0,
        )
        killer = Timer(seconds, _kill, [process])
        killer.start()
        process.wait()
        killer.cancel()
    assert process.returncode >= 0, f'it was killed after {seconds} seconds'
    unit = 1 if sys.platform == 'darwin' else 1024
    memory = int(taken.read_text()) * unit if launcher else 0
    return Checked(
        project.srcdir,
        outdir,
        process.returncode,
        printed.read_text(),
        memory,
    )
