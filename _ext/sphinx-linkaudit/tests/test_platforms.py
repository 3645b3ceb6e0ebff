"""The tests themselves: what they take from where they are started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from platforms import needs_signals
from projects import PYTHONPATH

PROGRAM = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
import fixtures
tell = 'import signal; print(signal.getsignal(signal.SIGINT).__name__)'
exec(tell)
sys.stdout.flush()
subprocess.run([sys.executable, '-c', tell], check=True)
"""


@needs_signals
def test_a_run_in_the_background_can_be_interrupted_as_any_other() -> None:
    done = subprocess.run(
        [sys.executable, '-c', PROGRAM],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ['default_int_handler'] * 2
    assert signal.getsignal(signal.SIGINT) != signal.SIG_IGN
