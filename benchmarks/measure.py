"""Runs a command in a process of its own and says what it cost."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_FOLDERS = tuple((Path(__file__).parents[1] / '_ext').glob('sphinx-*/src'))
EXTENSIONS = os.pathsep.join(map(str, _FOLDERS))

MIB = 2**20
#: Bytes in a unit of ``ru_maxrss``.
MAXRSS_BYTES = 1 if sys.platform == 'darwin' else 1024

#: Lines of its output that are shown of a command that failed.
LAST_LINES = 20

SPHINX = (sys.executable, '-m', 'sphinx', '-q')


class Cost(NamedTuple):
    """What one run took."""

    cpu: float  #: User and system time of the process and its children, in seconds.
    wall: float  #: In seconds.
    memory: float  #: Peak of the largest process, in MiB.


def compile_extensions() -> None:
    """Compile the extensions, as pip does when it installs them.

    Python may be told to keep no compiled modules (``PYTHONDONTWRITEBYTECODE``); each
    run would compile them then, which it is spared of what is installed.
    """
    for folder in _FOLDERS:
        compileall.compile_dir(folder, quiet=1)


def run(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    statuses: Collection[int] = (0,),
) -> Cost:
    """Run *command* to its end and return what it cost.

    What it says goes to the file *log*, if one is given.  An exit status that isn't
    among *statuses* ends the benchmark.
    """
    start = time.perf_counter()
    with open(log or os.devnull, 'wb') as output:  # noqa: PTH123
        process = subprocess.Popen(
            command,
            env={**_environment(), 'PYTHONPATH': EXTENSIONS},
            stdin=subprocess.DEVNULL,
            stdout=output if log else None,
            stderr=output if log else None,
        )
    _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        lines = log.read_text(errors='replace').splitlines() if log else []
        said = '\n'.join(lines[-LAST_LINES:])
        message = f'{" ".join(map(str, command))}: {process.returncode}\n{said}'
        raise SystemExit(message)
    # A process starts with the peak of the one that made it, which is why nothing large
    # is kept here while others are measured.
    memory = usage.ru_maxrss * MAXRSS_BYTES / MIB
    return Cost(usage.ru_utime + usage.ru_stime, wall, memory)


def _environment() -> dict[str, str]:
    """Return the environment without proxies, which would stand between the peers."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith('_proxy')
    }


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each cost."""
    return Cost(*map(statistics.median, zip(*costs, strict=True)))


def progress(text: str) -> None:
    """Say what is being done, on a terminal only."""
    if sys.stderr.isatty():
        print(f'\r\033[K{text}', end='', file=sys.stderr, flush=True)


def print_target(label: str, value: float, allowed: float) -> None:
    """Say whether *value* is at most what is *allowed*."""
    verdict = 'met' if value <= allowed else 'NOT MET'
    print(f'{label:52}{value:7.2f} <= {allowed:4.2f}  {verdict}')
