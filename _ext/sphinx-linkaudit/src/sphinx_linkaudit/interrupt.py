"""Makes a flag of the signals that end a process: it ends between two steps."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

#: What ends a process by default; Windows lacks the last, that of a closed terminal.
_SIGNALS = [
    getattr(signal, name)
    for name in ('SIGINT', 'SIGTERM', 'SIGHUP')
    if hasattr(signal, name)
]
#: Signals of one kind that are taken; after that the next does what it always did, in
#: case the end is never reached.
_PATIENCE = 3


class Interrupt:
    """Takes signals that end a process: whoever works looks at `came`, and stops.

    Only what Python or the system does by default is replaced: a program with handlers
    of its own, or a thread other than the main one, keeps them.
    """

    def __init__(self) -> None:
        self.came = 0  #: The first signal that was taken; 0 for none.
        self._count = 0
        self._before: dict[int, Any] = {}

    def begin(self) -> None:
        """Take the signals from now on."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if handler in {signal.default_int_handler, signal.SIG_DFL}:
                self._before[number] = handler
                signal.signal(number, self._take)

    def end(self) -> None:
        """Give the signals back to those who had them."""
        while self._before:
            number, handler = self._before.popitem()
            # Other code may have set its own handler meanwhile.
            if signal.getsignal(number) == self._take:
                signal.signal(number, handler)

    def act(self) -> None:
        """Do what the signal that was taken does by default.

        :raises KeyboardInterrupt: for SIGINT.
        """
        number, self.came = self.came, 0
        if not number:
            return
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):
                stream.flush()
        signal.raise_signal(number)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self.came = self.came or number
        self._count += 1
        if self._count > _PATIENCE:
            self.end()
            signal.raise_signal(number)
