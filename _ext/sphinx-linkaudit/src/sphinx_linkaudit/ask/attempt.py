"""One request under way: until when it may take, and where it may lead."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from sphinx_linkaudit.ask.address import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

#: Seconds between two looks of the watchdog: how late it may be.
WATCH_SECONDS = 0.1


class Attempt:
    """One request for a page, with its redirects.

    *deadline* is in seconds of `time.monotonic`; *most_private* is the most private
    class of address that may be connected to.  With *fresh*, no connection is used that
    has served another request.
    """

    _current = threading.local()

    def __init__(
        self, deadline: float, most_private: int, *, fresh: bool = False
    ) -> None:
        self.deadline = deadline
        self.most_private = most_private
        self.fresh = fresh
        #: Scheme and network location of what it asks for now.
        self.origin: tuple[str, str] = ('', '')
        #: Whether a proxy asks for it, and sees what it asks for.
        self.forwarded = False
        self.reached = PUBLIC  #: The class of the address connected to last.
        self.over = False  #: Whether it was ended from outside.
        self.looks_up = False  #: Whether it waits for an address.
        self.connected = False  #: Whether a server has taken a connection.
        self.reuses = False  #: Whether the connection has served another request.
        self.reused = False  #: Whether one has served another attempt.
        #: Whether it is done with an answer, whose rest may still come.
        self.leaves_answer = False
        #: Hosts and ports that requests were sent to.
        self.used: set[tuple[str, int]] = set()
        self._socket: socket.socket | None = None

    @classmethod
    def current(cls) -> Attempt:
        """Return the attempt that this thread is making."""
        attempt: Attempt = cls._current.attempt
        return attempt

    @classmethod
    def current_or_none(cls) -> Attempt | None:
        """Return the attempt that this thread is making, if it makes any."""
        return getattr(cls._current, 'attempt', None)

    def __enter__(self) -> Attempt:
        self._current.attempt = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del self._current.attempt
        # The connection may serve another attempt now.
        self._socket = None

    def remaining(self) -> float:
        """Return how many seconds are left, at least a millisecond."""
        return max(0.001, self.deadline - time.monotonic())

    def wait(self, seconds: float) -> None:
        """Wait, unless it is ended meanwhile."""
        until = time.monotonic() + seconds
        while not self.over and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, WATCH_SECONDS))

    def watch(self, sock: socket.socket) -> None:
        """Let `end` cut this connection, and no other any more."""
        self._socket = sock
        if self.over:
            self.end()

    def end(self) -> None:
        """Cut the connection: a thread that waits for it goes on."""
        self.over = True
        if sock := self._socket:
            # Not by a method of its own: that of a TLS socket makes it a plain one.
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Watchdog:
    """Calls functions when their time has come, in one thread for all.

    Most of them are cancelled before, so they are kept in no order; all are looked at
    every `WATCH_SECONDS`.
    """

    def __init__(self) -> None:
        self._alarms: dict[int, tuple[float, Callable[[], None]]] = {}
        self._number = itertools.count()
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, if it doesn't run yet.

        :raises RuntimeError: if the system allows no more threads.
        """
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    thread = threading.Thread(
                        target=self._run, name='sphinx-linkaudit-watchdog', daemon=True
                    )
                    thread.start()
                    self._thread = thread

    def at(self, when: float, call: Callable[[], None]) -> int:
        """Call *call* at *when* (`time.monotonic`); it is quick and never raises.

        Returns what `cancel` takes.
        """
        number = next(self._number)
        self._alarms[number] = when, call
        self.start()
        return number

    def cancel(self, number: int) -> None:
        """Don't call it, unless it was called already."""
        self._alarms.pop(number, None)

    def close(self) -> None:
        """Call nothing more."""
        self._closed.set()
        self._alarms.clear()

    def _run(self) -> None:
        while not self._closed.wait(WATCH_SECONDS):
            now = time.monotonic()
            # Other threads add and remove meanwhile, but a copy is atomic.
            for number, (when, call) in self._alarms.copy().items():
                if when <= now:
                    self._alarms.pop(number, None)
                    # One that fails must not leave the others without a deadline.
                    with suppress(Exception):
                        call()
