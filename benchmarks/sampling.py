"""Builds a project and writes what a package took of the processor's time.

``python -m benchmarks.sampling PACKAGE FILE SPHINX-ARGUMENTS`` looks at the main
thread's stack every few milliseconds.  The time since the last look, of all threads, is
the package's if the stack goes through one of its modules.  *FILE* gets the sum, in
seconds.  The exit status is Sphinx's.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.cmd.build import build_main

if TYPE_CHECKING:
    from types import FrameType

#: Seconds of processor time between two looks.
PERIOD = 0.002


class Sampler:
    """Adds up the time that *package* takes while it is called by a timer."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.seconds = 0.0
        self._last = time.process_time()

    def __call__(self, _signal: int, frame: FrameType | None) -> None:
        now = time.process_time()
        if self._is_on_stack(frame):
            self.seconds += now - self._last
        self._last = now

    def _is_on_stack(self, frame: FrameType | None) -> bool:
        while frame is not None:
            module = frame.f_globals.get('__name__', '')
            if module.partition('.')[0] == self.package:
                return True
            frame = frame.f_back
        return False


def main(package: str, file: str, *arguments: str) -> int:
    sampler = Sampler(package)
    signal.signal(signal.SIGPROF, sampler)
    signal.setitimer(signal.ITIMER_PROF, PERIOD, PERIOD)
    try:
        return build_main(arguments)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        Path(file).write_text(f'{sampler.seconds}', encoding='ascii')


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
