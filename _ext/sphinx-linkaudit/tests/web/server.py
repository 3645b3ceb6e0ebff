"""Servers and proxies on loopback, whose answers the tests choose."""

from __future__ import annotations

import errno
import selectors
import socket
import struct
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from web.answers import answer, fields, head
from web.base import LOOPBACK, PACE, PATIENCE, Closes
from web.certificates import Authority
from web.names import Names

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import BinaryIO, NoReturn

    from web.base import Behaviour, Headers, Text
    from web.names import Answer


_T = TypeVar('_T')


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for."""

    method: str
    target: str  #: As it was sent, bytes taken for Latin-1.
    version: str  #: As in 'HTTP/1.1'.
    headers: Mapping[str, str]  #: Lower-case names; repeated ones joined by commas.
    connection: int  #: Number of the connection, from 1.
    nth: int  #: Number among the requests for this path, from 1.
    time: float  #: When it came, in seconds of `time.monotonic`.

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition('?')[0]


class Peer:
    """The client at the other end of a connection, as behaviours deal with it.

    Every method raises an `OSError` once the client has left or the web has closed: a
    behaviour lets it pass, for that is how connections end.
    """

    def __init__(self, web: Web, sock: socket.socket, number: int) -> None:
        self.web = web
        self.sock = sock
        self.number = number  #: Of the connection, from 1.
        self.keep = False  #: Whether the connection outlives the answer.

    def send(self, data: bytes) -> None:
        """Send it all, at once."""
        self.sock.sendall(data)

    def drip(self, data: bytes, pace: float = PACE) -> None:
        """Send it byte by byte, *pace* seconds apart."""
        for start in range(len(data)):
            self.send(data[start : start + 1])
            self.pause(pace)

    def repeat(self, data: bytes, pace: float = 0) -> NoReturn:
        """Send it over and over again, *pace* seconds apart, for ever."""
        while True:
            self.send(data)
            self.pause(pace)

    def pause(self, seconds: float | None = None) -> None:
        """Send nothing for so long, or for ever."""
        if self.web.closing.wait(seconds):
            raise ConnectionAbortedError

    def reset(self) -> NoReturn:
        """Drop the connection, with an RST instead of a FIN."""
        self.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)
        )
        raise ConnectionResetError


class Web(Closes):
    """A server that answers as it is told.

    It listens from the start, on *address* (Linux has all of 127.0.0.0/8; others have
    to be given the addresses first), with TLS if it is given a context, and speaks HTTP
    *version* 1.0 or 1.1.  Each connection has a thread.
    """

    def __init__(
        self,
        address: str = LOOPBACK,
        *,
        tls: ssl.SSLContext | None = None,
        version: str = '1.1',
        keep_alive: bool = True,
    ) -> None:
        self.address = address
        self.tls = tls
        self.version = version
        self.keep_alive = keep_alive and version != '1.0'
        self.connections = 0  #: How many there were so far.
        self.closing = Event()
        self._log: list[Request] = []
        self._asked: Counter[str] = Counter()
        self._routes: dict[tuple[str, str], Behaviour] = {}
        self._gates: list[Event] = []
        self._threads: list[Thread] = []
        self._sockets: set[socket.socket] = set()
        #: Guards all of these, and is notified of each request.
        self._news = Condition()
        self._beside = ExitStack()
        #: A resolver for the client, to which tests and traps add names.
        self.names = self.also(Names())
        try:
            listener = socket.create_server((address, 0), backlog=1024)
        except OSError as error:
            if address == LOOPBACK or error.errno != errno.EADDRNOTAVAIL:
                raise
            # macOS has but one, until it is given more: ifconfig lo0 alias 127.0.0.2
            pytest.skip(f'{address} is no address of this machine')
        # Whatever the default is: a builder of Sphinx sets one for the whole process.
        listener.settimeout(None)
        self.port: int = listener.getsockname()[1]
        self._listener = Thread(target=self._listen, args=(listener,), daemon=True)
        self._listener.start()

    @cached_property
    def authority(self) -> Authority:
        """The authority for the servers beside this one."""
        return self.also(Authority())

    def also(self, thing: AbstractContextManager[_T]) -> _T:
        """Enter another server, or anything else that ends with this one."""
        return self._beside.enter_context(thing)

    # What it serves.

    def page(
        self,
        path: str,
        body: Text = '',
        *,
        status: int = 200,
        reason: Text | None = None,
        headers: Headers = (),
        method: str = '',
    ) -> str:
        """Answer requests for *path*, of that *method* or any, so.  Returns the URL."""
        behaviour = answer(body, status=status, reason=reason, headers=headers)
        return self.on(path, behaviour, method=method)

    def on(self, path: str, behaviour: Behaviour, *, method: str = '') -> str:
        """Have *behaviour* answer requests for *path*.  Returns the URL.

        A path that ends in ``/*`` is for all below it; the closest one wins, then one
        with a method over one without.  A path with a query is only for that query.
        """
        self._routes[method, path] = behaviour
        return self.url(path.removesuffix('*'))

    def url(self, path: str = '/', *, host: str = '', scheme: str = '') -> str:
        """Return the URL of *path*, with another name for the host if need be."""
        scheme = scheme or ('https' if self.tls else 'http')
        return f'{scheme}://{host or self.address}:{self.port}{path}'

    def gate(self) -> Event:
        """Return an event that is set at the end, if it wasn't before (see `held`)."""
        gate = Event()
        with self._news:
            self._gates.append(gate)
        return gate

    # What it saw.

    @property
    def log(self) -> list[Request]:
        """All requests so far."""
        with self._news:
            return list(self._log)

    def hits(self, path: str) -> list[str]:
        """Return the methods of the requests for *path*, with any query or that one."""
        return [hit.method for hit in self.log if path in {hit.path, hit.target}]

    def wait_for(self, path: str, count: int = 1) -> None:
        """Wait until *path* was asked for so often.  Raises `TimeoutError`."""
        with self._news:
            if not self._news.wait_for(
                lambda: len(self.hits(path)) >= count, timeout=PATIENCE
            ):
                message = f'{path} was asked for {len(self.hits(path))} times'
                raise TimeoutError(message)

    # How it works.

    def close(self) -> None:
        """End all of it at once: connections, threads, and what is beside it."""
        self.closing.set()
        # Now already: a proxy may be waiting for a lookup.
        self.names.close()
        with self._news:
            for gate in self._gates:
                gate.set()
            for sock in self._sockets:
                # Wakes whoever waits on it, which then closes it; not SSLSocket's own
                # method, which takes the TLS state away from under that thread.
                with suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
        # The listener first, for it starts the others.
        self._listener.join(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._beside.close()
        if any(thread.is_alive() for thread in (self._listener, *self._threads)):
            message = 'A behaviour has not noticed that the web is closed'
            raise RuntimeError(message)

    @contextmanager
    def _adopt(self, sock: socket.socket) -> Iterator[None]:
        """Have `close` end *sock* too, and close it after use."""
        with sock:
            with self._news:
                if self.closing.is_set():
                    raise ConnectionAbortedError
                self._sockets.add(sock)
            try:
                yield
            finally:
                with self._news:
                    self._sockets.discard(sock)

    def _listen(self, listener: socket.socket) -> None:
        with suppress(ConnectionAbortedError), self._adopt(listener):
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    if self.closing.is_set():
                        return
                    raise
                self.connections += 1
                thread = Thread(
                    target=self._serve, args=(sock, self.connections), daemon=True
                )
                self._threads = [one for one in self._threads if one.is_alive()]
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with suppress(OSError), self._adopt(sock):
            sock.settimeout(None)
            # A drip has to go out as it is, not by the packet.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not self.tls:
                self._talk(Peer(self, sock, number))
            elif sock.recv(1, socket.MSG_PEEK) != b'\x16':
                # Not the start of a handshake: say what nginx does.
                message = 'The plain HTTP request was sent to HTTPS port'
                refusal = answer(message, status=400, headers={'Connection': 'close'})
                self._talk(Peer(self, sock, number), refusal)
            else:
                # This detaches the first socket.
                secure = self.tls.wrap_socket(
                    sock, server_side=True, do_handshake_on_connect=False
                )
                with self._adopt(secure):
                    secure.do_handshake()
                    self._talk(Peer(self, secure, number))

    def _talk(self, peer: Peer, always: Behaviour | None = None) -> None:
        with peer.sock.makefile('rb') as lines:
            peer.keep = True
            while peer.keep and (first := lines.peek(1)[:1]):
                # A TLS handshake need not have a line to read.
                request = self._read(lines, peer) if first.isalpha() else None
                peer.keep = False
                if not request:
                    peer.send(head(400, {'Content-Length': '0'}))
                    return
                (always or self.behaviour(request))(peer, request)

    def _read(self, lines: BinaryIO, peer: Peer) -> Request | None:
        """Read a request and note it; None if it is no HTTP."""
        text: list[str] = []
        while (line := lines.readline()).strip():
            text.append(line.decode('latin-1').strip())
        method, _, rest = text[0].partition(' ')
        target, _, version = rest.rpartition(' ')
        if not line or not version.startswith('HTTP/1.'):
            return None
        headers: dict[str, str] = {}
        for field in text[1:]:
            name, _, value = field.partition(':')
            name, value = name.strip().lower(), value.strip()
            headers[name] = f'{headers[name]}, {value}' if name in headers else value
        if headers.get('content-length', '').isdecimal():
            lines.read(int(headers['content-length']))
        with self._news:
            path = target.partition('?')[0]
            self._asked[path] += 1
            request = Request(
                method,
                target,
                version,
                headers,
                connection=peer.number,
                nth=self._asked[path],
                time=time.monotonic(),
            )
            self._log.append(request)
            self._news.notify_all()
        return request

    def behaviour(self, request: Request) -> Behaviour:
        """Return what answers the request."""
        paths = [request.target, request.path]
        stem = request.path
        while '/' in stem:
            stem = stem.rpartition('/')[0]
            paths.append(f'{stem}/*')
        for path in paths:
            for method in (request.method, ''):
                if found := self._routes.get((method, path)):
                    return found
        return answer('Not Found', status=404)


class Proxy(Web):
    """A proxy, for CONNECT and for requests with a whole URL as the target.

    It looks names up in *names*, and connects to loopback addresses only.
    """

    def __init__(self, names: Mapping[str, Answer] | None = None, **how: Any) -> None:
        super().__init__(**how)
        for name, address in (names or {}).items():
            self.names.add(name, address)

    def behaviour(self, request: Request) -> Behaviour:
        """Return what passes the request on."""
        if request.method == 'CONNECT':
            return self._tunnel
        if request.target.startswith('http://'):
            return self._forward
        return super().behaviour(request)

    def _tunnel(self, peer: Peer, request: Request) -> None:
        with self._upstream(peer, request, request.target, 443) as upstream:
            peer.send(head())
            self._relay({peer.sock: upstream, upstream: peer.sock})

    def _forward(self, peer: Peer, request: Request) -> None:
        authority, slash, path = request.target.removeprefix('http://').partition('/')
        with self._upstream(peer, request, authority, 80) as upstream:
            headers = dict(request.headers) | {'connection': 'close'}
            headers.pop('proxy-connection', None)
            start = f'{request.method} {slash or "/"}{path} HTTP/1.1\r\n'
            upstream.sendall(start.encode('latin-1') + fields(headers) + b'\r\n')
            self._relay({upstream: peer.sock})

    @contextmanager
    def _upstream(
        self, peer: Peer, request: Request, authority: str, port: int
    ) -> Iterator[socket.socket]:
        """Connect to *authority*; where that fails, say so to the client."""
        host, colon, given = authority.rpartition(':')
        upstream = socket.socket()
        with self._adopt(upstream):
            try:
                addresses = self.names(
                    host if colon else authority, int(given) if colon else port
                )
                address = addresses[0][-1]
                if not str(address[0]).startswith('127.'):
                    message = 'Not on loopback'
                    raise PermissionError(message)
                upstream.connect(address)
            except (OSError, ValueError) as error:
                headers = {'Connection': 'close'}
                answer(f'{error}', status=502, headers=headers)(peer, request)
                raise ConnectionAbortedError from error
            yield upstream

    @staticmethod
    def _relay(to: Mapping[socket.socket, socket.socket]) -> None:
        """Pass on what comes on one socket to another, until one of them ends."""
        with selectors.DefaultSelector() as selector:
            for source, sink in to.items():
                selector.register(source, selectors.EVENT_READ, (source, sink))
            while True:
                for key, _ in selector.select():
                    source, sink = key.data
                    if not (data := source.recv(2**16)):
                        return
                    sink.sendall(data)
