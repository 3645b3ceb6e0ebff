"""What not every system has, and what the tests do there."""

from __future__ import annotations

import os
import signal
import threading

import pytest

#: A process on Windows can be ended, but not sent an interrupt of its own.
needs_signals = pytest.mark.skipif(
    os.name == 'nt', reason='sends SIGINT to one process, which Windows cannot'
)


def take_interrupts() -> None:
    """Undo that this process ignores SIGINT: its children would ignore it as well.

    A shell has its background jobs ignore it, as does ``nohup make test &``.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
