"""Connections that end in time, and lead nowhere but where they may."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import itertools
import socket
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    Resolve = Callable[[str, int], Sequence[Any]]

#: What `socket.getaddrinfo` says of one address: family, …, sockaddr.
Address = tuple[int, int, int, str, Any]

#: Lookups under way at once.  A hung one can't be ended, only abandoned.
MAX_LOOKUPS = 64

#: Seconds between two looks of the watchdog: how late it may be.
WATCH_SECONDS = 0.1

#: How private an address is: nothing may lead from a lower to a higher number.
PUBLIC, PRIVATE, LOOPBACK, NEVER = range(4)

_NAT64 = ipaddress.ip_network('64:ff9b::/96')


class ForbiddenAddressError(OSError):
    """An address that the link may not lead to."""


def address_class(host: str) -> int:
    """Return how private an IP address is.

    Link-local addresses, where clouds keep their metadata services, and such as are
    no host's, are `NEVER` asked.
    """
    address = ipaddress.ip_address(host.partition('%')[0])
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is None and address in _NAT64:
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded is not None:
            return address_class(str(embedded))
    if address.is_loopback:
        return LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return NEVER
    if address in _METADATA:
        return NEVER
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return PRIVATE  # among them old ways to write an IPv4 address
    return PUBLIC if address.is_global else PRIVATE


#: All of IPv6 that is routed on the internet (IANA).
_GLOBAL_UNICAST = ipaddress.ip_network('2000::/3')

#: Metadata services that are not on a link-local address: those of AWS and Google on
#: IPv6, of Alibaba, Azure and Oracle.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            'fd00:ec2::254',
            'fd20:ce::254',
            '100.100.100.200',
            '168.63.129.16',
            '192.0.0.192',
        ),
    )
)


class Attempt:
    """One request for a page under way: its deadline, and where it may lead.

    *deadline* is in seconds of `time.monotonic`; *most_private* is the most private
    class of address that may be connected to.
    """

    _current = threading.local()

    def __init__(self, deadline: float, most_private: int) -> None:
        self.deadline = deadline
        self.most_private = most_private
        self.met = PUBLIC  #: The class of the address connected to last.
        self.connected = False  #: Whether a server took a connection.
        self.over = False  #: Whether it was ended from outside.
        self.looks_up = False  #: Whether it waits for an address.
        self.reuses = False  #: Whether the connection has served another request.
        self._twin: Twin | None = None

    @classmethod
    def current(cls) -> Attempt | None:
        """Return the attempt that this thread is making."""
        attempt: Attempt | None = getattr(cls._current, 'attempt', None)
        return attempt

    def __enter__(self) -> Attempt:
        self._current.attempt = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._current.attempt = None
        self._twin = None

    def remaining(self) -> float:
        """Return how many seconds are left, at least a millisecond."""
        return max(0.001, self.deadline - time.monotonic())

    def watch(self, twin: Twin) -> None:
        """Let `end` cut the connection that *twin* belongs to."""
        self._twin = twin
        if self.over:
            self.end()

    def end(self) -> None:
        """Cut the connection: whoever waits for it in another thread goes on."""
        self.over = True
        if twin := self._twin:
            twin.shutdown()


class Twin:
    """A second handle on a socket, TLS or not: it survives the wrapping.

    It closes itself when neither a connection nor an attempt has it any more, so nobody
    shuts down what has become somebody else's.
    """

    def __init__(self, sock: socket.socket) -> None:
        """Raise `OSError` if there can be no more of them."""
        self._socket = socket.fromfd(sock.fileno(), sock.family, sock.type)

    def shutdown(self) -> None:
        """Have whoever reads from the socket, or writes to it, do so in vain."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def __del__(self) -> None:
        with suppress(AttributeError):  # there was none to be had
            self._socket.close()


class Watchdog:
    """Calls functions when their time has come, in one thread for all.

    Most of them are called off before: so they stand in no order, and are looked at
    every `WATCH_SECONDS`.
    """

    def __init__(self) -> None:
        self._alarms: dict[int, tuple[float, Callable[[], None]]] = {}
        self._number = itertools.count()
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def at(self, when: float, call: Callable[[], None]) -> int:
        """Call *call* at *when* (`time.monotonic`), quick and never raising.

        Returns what `call_off` takes.
        """
        number = next(self._number)
        self._alarms[number] = when, call
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, name='sphinx-linkaudit-watchdog', daemon=True
                    )
                    self._thread.start()
        return number

    def call_off(self, number: int) -> None:
        """Don't call it, unless it was called already."""
        self._alarms.pop(number, None)

    def close(self) -> None:
        """Call nothing more."""
        self._closed.set()
        self._alarms.clear()

    def _run(self) -> None:
        while not self._closed.wait(WATCH_SECONDS):
            now = time.monotonic()
            # Others add and take away meanwhile, but nothing gets in between a copy.
            for number, (when, call) in self._alarms.copy().items():
                if when <= now:
                    self._alarms.pop(number, None)
                    # One that fails must not leave the others without a deadline.
                    with suppress(Exception):
                        call()


class Resolver:
    """Looks names up, each once, and waits no longer than it may.

    *resolve* is called in threads of its own, for `socket.getaddrinfo` can hang.
    """

    def __init__(self, resolve: Resolve | None = None) -> None:
        self._resolve = resolve or _getaddrinfo
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, int], Future[list[Address]]] = {}
        self._waiting: deque[tuple[str, int]] = deque()
        self._threads = 0
        #: Whether a name server has said anything at all.
        self.answered = False

    def lookup(self, host: str, port: int, timeout: float) -> list[Address]:
        """Return the addresses of *host*, within *timeout* seconds.

        :raises socket.gaierror: if it has none.
        :raises TimeoutError: if nobody says so in time.
        """
        with self._lock:
            answer = self._answers.get((host, port))
            if answer is None:
                answer = self._answers[host, port] = Future()
                self._waiting.append((host, port))
                if self._threads < MAX_LOOKUPS:
                    self._add_thread(host, port)
        try:
            return answer.result(timeout)
        except TimeoutError:
            message = f'nobody says where {host} is'
            raise TimeoutError(message) from None

    def _add_thread(self, host: str, port: int) -> None:
        thread = threading.Thread(
            target=self._work, name='sphinx-linkaudit-lookup', daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            # The system allows no more: those there are have to do.
            if not self._threads:
                self._waiting.remove((host, port))
                del self._answers[host, port]
                message = 'no thread for a lookup'
                raise TimeoutError(message) from None
        else:
            self._threads += 1

    def is_waiting(self) -> bool:
        """Whether nobody has said yet where some host is."""
        return any(not answer.done() for answer in self._answers.copy().values())

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                host, port = self._waiting.popleft()
                answer = self._answers[host, port]
            try:
                found = list(self._resolve(host, port))
            except Exception as error:  # noqa: BLE001 (whatever it raises is its answer)
                if getattr(error, 'errno', None) != socket.EAI_NONAME:
                    # It may pass: whoever tries again looks again.
                    with self._lock:
                        self._answers.pop((host, port), None)
                answer.set_exception(error)
            else:
                # Addresses and names of this machine need no name server.
                is_far = any(str(address[-1][0]) != host for address in found)
                if is_far and not all(map(_is_loopback, found)):
                    self.answered = True
                answer.set_result(found)


def _is_loopback(address: Address) -> bool:
    return address_class(str(address[-1][0])) == LOOPBACK


def _getaddrinfo(host: str, port: int) -> list[Address]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


class Net(NamedTuple):
    """What connections of one checker share."""

    resolver: Resolver
    classify: Callable[[str], int]  #: As `address_class`, whose place it may take.


def pool_classes(net: Net, *, guarded: bool) -> dict[str, type[HTTPConnectionPool]]:
    """Return urllib3's pool classes with our connections, by scheme.

    With *guarded* the address connected to has to be one that the attempt may reach;
    behind a proxy, it is the proxy that resolves.
    """
    # urllib3 puts the names of these classes into its messages.
    shared = {'net': net, 'guarded': guarded}
    http = type('HTTPConnection', (_Connection, HTTPConnection), shared)
    https = type('HTTPSConnection', (_Connection, HTTPSConnection), shared)
    return {
        'http': type(
            'HTTPConnectionPool', (HTTPConnectionPool,), {'ConnectionCls': http}
        ),
        'https': type(
            'HTTPSConnectionPool', (HTTPSConnectionPool,), {'ConnectionCls': https}
        ),
    }


class _Response(http.client.HTTPResponse):
    """An answer, behind all that only announce it."""

    def _read_status(self) -> tuple[str, int, str]:
        # The library waits for the end of 100 alone; 103 (RFC 8297) comes unasked too.
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed lacks it
            if not 101 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _Connection(HTTPConnection):
    """A connection that an attempt can end, to an address that it may reach."""

    response_class = _Response
    net: Net
    guarded: bool
    address_class = PUBLIC
    served = False  #: Whether a request has gone over it.
    _twin: Twin | None = None

    def _new_conn(self) -> socket.socket:
        attempt = Attempt.current()
        assert attempt is not None
        host = self._dns_host.strip('[]')
        try:
            attempt.looks_up = True
            addresses = self.net.resolver.lookup(host, self.port, attempt.remaining())
            attempt.looks_up = False
            return self._connect(attempt, addresses)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            message = f'Connection to {self.host} timed out. ({error})'
            raise ConnectTimeoutError(self, message) from error
        except ForbiddenAddressError:
            raise
        except (OSError, UnicodeError) as error:
            message = f'Failed to establish a new connection: {error}'
            raise NewConnectionError(self, message) from error

    def _connect(self, attempt: Attempt, addresses: list[Address]) -> socket.socket:
        """Connect to the first of the addresses that may be reached and answers."""
        error: OSError = OSError(errno.EADDRNOTAVAIL, 'no address')
        for number, (family, kind, protocol, _name, sockaddr) in enumerate(addresses):
            found = self.net.classify(str(sockaddr[0]))
            if self.guarded and (found > attempt.most_private or found == NEVER):
                error = ForbiddenAddressError(f'{self.host} is at {sockaddr[0]}')
                continue
            sock = socket.socket(family, kind, protocol)
            try:
                # An address that hangs must leave time for the others.
                sock.settimeout(attempt.remaining() / min(2, len(addresses) - number))
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                self._twin = Twin(sock)
                attempt.watch(self._twin)
                sock.connect(sockaddr)
            except OSError as failure:
                sock.close()
                error = failure
            else:
                sock.settimeout(attempt.remaining())
                self.address_class = found
                self.served = False
                attempt.connected = True
                return sock
        raise error

    def close(self) -> None:
        super().close()
        self._twin = None  # an attempt that still reads has it too

    def request(self, *args: Any, **kwargs: Any) -> None:
        attempt = Attempt.current()
        assert attempt is not None
        if self.sock is not None:
            # A connection that was kept may have been made for another link.
            if self.guarded and self.address_class > attempt.most_private:
                message = f'{self.host} is at an address of another kind'
                raise ForbiddenAddressError(message)
            if self._twin:
                attempt.watch(self._twin)
            attempt.connected = True
            # One for TLS is there before its first request.
            attempt.reuses = self.served
        super().request(*args, **kwargs)
        self.served = True
        # What a proxy connects to is not to be seen.
        attempt.met = self.address_class if self.guarded else PUBLIC
