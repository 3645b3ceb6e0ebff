"""urllib3's connections and pools, guarded, and ended with their attempt."""

from __future__ import annotations

import math
import re
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
)

from sphinx_linkaudit._compat.http import BoundedResponse, SocketHook
from sphinx_linkaudit.ask import dial
from sphinx_linkaudit.ask.address import PUBLIC, ForbiddenAddressError, may_reach
from sphinx_linkaudit.ask.attempt import Attempt
from sphinx_linkaudit.ask.shortage import LocalFaultError, ShortageError, TunnelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3.connectionpool import HTTPConnectionPool

    from sphinx_linkaudit.ask.address import Classify
    from sphinx_linkaudit.ask.resolve import Address, Resolver

#: What a proxy says that finds no way to a server (RFC 9110, 15.6; RFC 1928, 6).
_NO_WAY = re.compile(r'failed: 50[0234]\b|^0x(?:0[13456]|5b)\b', re.IGNORECASE)


@dataclass(slots=True)
class Net:
    """What all connections of one checker share."""

    resolver: Resolver
    classify: Classify  #: As `address_class`, whose place it may take.
    #: Closes connections that nobody uses now.
    release: Callable[[], None] = lambda: None
    #: The number of descriptors, before some are given up.
    descriptors: float = math.inf
    #: Hosts and ports that have sent more than was asked for: what comes over one of
    #: their connections may be meant for another request.
    desynchronized: set[tuple[str, int]] = field(default_factory=set)
    #: By host and port, the address that took the last connection.
    proven: dict[tuple[str, int], Any] = field(default_factory=dict)


def pool_classes(
    net: Net, bases: Mapping[str, type[HTTPConnectionPool]], *, guarded: bool
) -> dict[str, type[HTTPConnectionPool]]:
    """Return pool classes with our connections, by scheme as their *bases*.

    With *guarded* the address connected to has to be one that the attempt may reach;
    behind a proxy, it is the proxy that resolves.
    """
    shared: dict[str, Any] = {'net': net, 'guarded': guarded}

    class Response(BoundedResponse):
        def note_surplus(self) -> None:
            attempt = Attempt.current_or_none()
            if attempt and not attempt.leaves_answer:
                net.desynchronized |= attempt.used

    shared['response_class'] = Response

    def made_of(base: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        inner = base.ConnectionCls
        if issubclass(inner, _Connection):
            return base
        # urllib3 puts the names of these classes into its messages.
        ours = _SocksConnection if inner.__name__.startswith('SOCKS') else _Connection
        connection = type(inner.__name__, (ours, inner), shared)
        return type(base.__name__, (base,), {'ConnectionCls': connection})

    return {scheme: made_of(base) for scheme, base in bases.items()}


class _Connection(SocketHook):
    """A connection that an attempt can end, to an address that it may reach."""

    net: Net
    guarded: bool
    address_class = PUBLIC
    served = False  #: Whether a request has gone over it.
    maker: Attempt | None = None  #: The attempt that it was made for.
    origin = '', ''  #: Of what it has served last.

    def open_socket(self, host: str) -> socket.socket:
        attempt = Attempt.current()
        try:
            attempt.looks_up = True
            addresses = self.net.resolver.lookup(host, self.port, attempt.remaining())
            attempt.looks_up = False
            return self._dial(attempt, host, addresses)
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

    def _dial(
        self, attempt: Attempt, host: str, addresses: list[Address]
    ) -> socket.socket:
        """Connect to one of the addresses that may be reached."""
        if self.guarded:
            addresses = [
                address
                for address in addresses
                if may_reach(self._classify(address), attempt.most_private)
            ] or self._refuse(addresses)
        proven = self.net.proven.get((host, self.port))
        # Other connections of this host needn't wait for an address that hangs.
        addresses = sorted(addresses, key=lambda address: address[-1] != proven)
        try:
            sock, address = self._try(attempt, addresses)
        except ShortageError:
            self.net.release()
            sock, address = self._try(attempt, addresses)
        self.net.proven[host, self.port] = address[-1]
        self.address_class = self._classify(address)
        self._begin(sock, attempt)
        return sock

    def _begin(self, sock: socket.socket, attempt: Attempt) -> None:
        """Let an *attempt* have a new connection."""
        sock.settimeout(attempt.remaining())
        attempt.watch(sock)
        self.served = False
        self.maker = attempt
        attempt.connected = True

    def _try(
        self, attempt: Attempt, addresses: list[Address]
    ) -> tuple[socket.socket, Address]:
        deadline = time.monotonic() + attempt.remaining()
        options = self.socket_options or ()
        descriptors = self.net.descriptors
        return dial.connect(
            addresses, options, deadline, lambda: attempt.over, descriptors
        )

    def _classify(self, address: Address) -> int:
        return self.net.classify(str(address[-1][0]))

    def _refuse(self, addresses: list[Address]) -> list[Address]:
        if not addresses:
            return addresses
        message = f'{self.host} is at {addresses[-1][-1][0]}'
        raise ForbiddenAddressError(message)

    def tunnel_error(self, error: Exception) -> Exception:
        """Distinguish a proxy's errors about a server from those about ourselves."""
        if isinstance(error, TimeoutError):
            return error
        kind = TunnelError if _NO_WAY.search(str(error)) else LocalFaultError
        return kind(f'the proxy makes no tunnel: {error}')

    def connect(self) -> None:
        super().connect()
        Attempt.current().watch(self.sock)

    @property
    def is_connected(self) -> bool:
        """Whether it can be used again, for what the attempt wants."""
        attempt = Attempt.current()
        if self._key in self.net.desynchronized:
            return False
        if not super().is_connected:
            if self.sock and _has_bytes(self.sock):
                self.net.desynchronized.add(self._key)
            return False
        if not self.guarded and self.served and self.origin != attempt.origin:
            # Behind a proxy, what one site sends too much of is no answer of another.
            return False
        return not attempt.fresh or self.maker is attempt

    @property
    def _key(self) -> tuple[str, int]:
        return self.host, self.port

    def request(self, *args: Any, **kwargs: Any) -> None:
        attempt = Attempt.current()
        attempt.used.add(self._key)
        if self.sock is not None:
            # A connection that was kept may have been made for another link.
            if self.guarded and self.address_class > attempt.most_private:
                message = f'{self.host} is at an address of another kind'
                raise ForbiddenAddressError(message)
            attempt.watch(self.sock)
            # A TLS connection is made before its first request.
            attempt.reuses = self.served
            attempt.reused = attempt.reused or self.maker is not attempt
            attempt.connected = True
        super().request(*args, **kwargs)
        self.served = True
        self.origin = attempt.origin
        if self.guarded:
            # What a proxy connects to can't be seen.
            attempt.reached = self.address_class


class _SocksConnection(_Connection):
    """A connection through a SOCKS proxy, which PySocks speaks to."""

    def open_socket(self, host: str) -> socket.socket:
        attempt = Attempt.current()
        try:
            sock = self.usual_socket()
        except (ConnectTimeoutError, NewConnectionError) as error:
            cause = error.__cause__ or error.__context__
            inner = getattr(cause, 'socket_err', None)  # only PySocks' own have it
            message = 'Unable to connect to proxy'
            if inner is None or type(cause).__name__ == 'ProxyConnectionError':
                raise ProxyError(message, error) from error
            if isinstance(inner, socket.gaierror):
                raise NameResolutionError(self.host, self, inner) from inner
            if isinstance(inner, TimeoutError):
                raise
            raise ProxyError(message, self.tunnel_error(inner)) from None
        self._begin(sock, attempt)
        return sock


def _has_bytes(sock: socket.socket) -> bool:
    """Whether unread bytes have come over a connection.

    Such a connection can't be used again; TLS's own messages don't count.
    """
    try:
        sock.settimeout(0)
        return bool(sock.recv(1))
    except OSError:  # nothing, or it has ended
        return False
