"""Looks names up, each once, and waits no longer than it may."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from sphinx_linkaudit.ask.address import LOOPBACK, address_class
from sphinx_linkaudit.ask.capacity import MAX_LOOKUPS
from sphinx_linkaudit.ask.shortage import ShortageError, check_descriptors, is_shortage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Resolve = Callable[[str, int], Sequence[Any]]

#: What `socket.getaddrinfo` says of one address: family, …, sockaddr.
Address = tuple[int, int, int, str, Any]


class Resolver:
    """Looks names up, each once.

    *resolve* is called in threads of its own, at most so many, for `socket.getaddrinfo`
    can hang.
    """

    def __init__(
        self, resolve: Resolve | None = None, threads: int = MAX_LOOKUPS
    ) -> None:
        self._max_threads = threads
        self._resolve = resolve or getaddrinfo
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, int], Future[list[Address]]] = {}
        self._waiting: deque[tuple[str, int]] = deque()
        self._threads = 0
        #: Whether a name server has said anything at all.
        self.answered = False

    def lookup(self, host: str, port: int, timeout: float) -> list[Address]:
        """Return the addresses of *host*, within *timeout* seconds.

        :raises socket.gaierror: if it has none.
        :raises TimeoutError: if no name server says so in time.
        :raises ShortageError: if this machine has too little of something.
        """
        if _is_numeric(host):
            return self._ask(host, port)
        alone = False
        with self._lock:
            answer = self._answers.get((host, port))
            if answer is None:
                answer = self._answers[host, port] = Future()
                self._waiting.append((host, port))
                if self._threads < self._max_threads:
                    alone = not self._add_thread()
        if alone:
            # The system allows no other thread: it takes as long as the resolver takes.
            self._look_up_all()
        try:
            return answer.result(timeout)
        except TimeoutError:
            message = f'no name server says where {host} is'
            raise TimeoutError(message) from None

    def is_waiting(self) -> bool:
        """Whether some lookup has no answer yet."""
        return any(not answer.done() for answer in self._answers.copy().values())

    def _add_thread(self) -> bool:
        """Start a thread for lookups; return whether there is any."""
        thread = threading.Thread(
            target=self._run, name='sphinx-linkaudit-lookup', daemon=True
        )
        try:
            self._threads += 1
            thread.start()
        except RuntimeError:
            self._threads -= 1
        return self._threads > 0

    def _run(self) -> None:
        while True:
            self._look_up_all()
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return

    def _look_up_all(self) -> None:
        """Look up what waits for it."""
        while True:
            with self._lock:
                if not self._waiting:
                    return
                host, port = self._waiting.popleft()
                answer = self._answers[host, port]
            try:
                found = self._ask(host, port)
            except Exception as error:  # noqa: BLE001 (whatever it raises is its answer)
                if getattr(error, 'errno', None) != socket.EAI_NONAME:
                    # It may pass: the next try looks again.
                    with self._lock:
                        self._answers.pop((host, port), None)
                answer.set_exception(error)
            else:
                # Addresses and names of this machine need no name server.
                is_far = any(str(address[-1][0]) != host for address in found)
                if is_far and not all(map(_is_loopback, found)):
                    self.answered = True
                answer.set_result(found)

    def _ask(self, host: str, port: int) -> list[Address]:
        try:
            return list(self._resolve(host, port))
        except MemoryError as error:
            raise ShortageError(str(error) or 'no memory') from error
        except OSError as error:
            check_descriptors()
            if isinstance(error, socket.gaierror) or is_shortage(error):
                raise
            # What keeps the resolver from asking says nothing of the host.
            raise socket.gaierror(
                socket.EAI_AGAIN, error.strerror or str(error)
            ) from None


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition('%')[0])
    except ValueError:
        return False
    return True


def _is_loopback(address: Address) -> bool:
    return address_class(str(address[-1][0])) == LOOPBACK


def getaddrinfo(host: str, port: int) -> list[Address]:
    """Ask the system for the addresses of a host that speaks TCP."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
