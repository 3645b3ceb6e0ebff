"""A web of the tests' own: real servers on loopback, some as bad as the web's worst."""

from __future__ import annotations

import datetime
import errno
import gzip
import selectors
import socket
import ssl
import struct
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import (
    AbstractContextManager,
    ExitStack,
    contextmanager,
    suppress,
)
from dataclasses import dataclass
from email.utils import format_datetime
from enum import Enum
from functools import cache, cached_property
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Event, Lock, Thread
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TypeAlias, TypeVar

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from typing import Self

#: Text is sent as Latin-1 in a head, as UTF-8 in a body; bytes go out as they are.
Text: TypeAlias = str | bytes
#: Pairs where a name comes twice.
Headers: TypeAlias = Mapping[str, Text] | Iterable[tuple[str, Text]]
#: Answers a request, in whatever way, by means of the connection it came on.
Behaviour: TypeAlias = 'Callable[[Peer, Request], None]'
#: Sets something up in a web, and returns the URL to check.
Trap: TypeAlias = 'Callable[[Web], str]'
#: What `socket.getaddrinfo` gives for each address.
AddrInfo: TypeAlias = tuple[
    socket.AddressFamily,
    socket.SocketKind,
    int,
    str,
    tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
]
_T = TypeVar('_T')

LOOPBACK = '127.0.0.1'
#: Seconds between two bytes of a drip.
PACE = 0.02
#: Seconds until a test that waits for a request, or for a thread to end, gives up.
PATIENCE = 60.0


class _Closes:
    """What is closed at the end of a with statement."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# -- names ---------------------------------------------------------------------


class Lookup(Enum):
    """How else than with an address a lookup of a name can end."""

    NO_SUCH_NAME = socket.EAI_NONAME, 'Name or service not known'
    TRY_AGAIN = socket.EAI_AGAIN, 'Temporary failure in name resolution'
    #: Doesn't end until `Names.close` is called.
    HANGS = socket.EAI_AGAIN, 'The lookup hung until it was given up'


#: An address; a server, at its own port; or several of them at once.
Answer: TypeAlias = 'str | Web | Lookup | tuple[str | Web, ...]'


class Names(_Closes):
    """A resolver: to be called like `socket.getaddrinfo`, but it asks nobody.

    It knows the names it was given, ``localhost``, and numeric addresses.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.asked: list[str] = []  #: The names looked up so far, in order.
        self._answers: dict[str, list[Answer]] = {}
        self._lock = Lock()
        self._released = Event()
        self.add('localhost', LOOPBACK)
        for name, answer in (answers or {}).items():
            self.add(name, answer)

    def add(self, name: str, *answers: Answer) -> None:
        """Give lookups of *name* these answers in turn, and the last one for ever."""
        self._answers[name.lower()] = list(answers)

    def __call__(
        self, host: str, port: int, *_args: object, **_kwargs: object
    ) -> list[AddrInfo]:
        """Look *host* up, for a TCP connection.  Raises `socket.gaierror`."""
        with self._lock:
            self.asked.append(host)
            answers = self._answers.get(host.lower().rstrip('.'), [host])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Lookup):
            if answer is Lookup.HANGS:
                self._released.wait()
            raise socket.gaierror(*answer.value)
        return [
            info
            for one in (answer if isinstance(answer, tuple) else (answer,))
            for info in socket.getaddrinfo(
                *((one, port) if isinstance(one, str) else (one.address, one.port)),
                type=socket.SOCK_STREAM,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    def close(self) -> None:
        """Let those go that hang."""
        self._released.set()


# -- certificates --------------------------------------------------------------


class Authority(_Closes):
    """A certificate authority, and what can be wrong with a server's certificate.

    Its methods return contexts for `Web`.  Certificates are for *names*; without any,
    for those that a server on loopback goes by.
    """

    #: Names and addresses of every server here.
    LOCAL = ('localhost', *(f'127.0.0.{number}' for number in range(1, 10)))

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._folder = TemporaryDirectory()
        #: The file for ``REQUESTS_CA_BUNDLE`` or ``tls_cacerts``.
        self.ca_file = Path(self._folder.name, 'ca.pem')
        self._ca.cert_pem.write_to_path(self.ca_file)

    def good(self, *names: str) -> ssl.SSLContext:
        """Make one with which nothing is wrong."""
        return self._context(self._ca.issue_cert(*names or self.LOCAL))

    def expired(self, *names: str) -> ssl.SSLContext:
        """Make one that was good until yesterday."""
        return self._context(
            self._ca.issue_cert(*names or self.LOCAL, not_after=_now(days=-1))
        )

    def not_yet_valid(self, *names: str) -> ssl.SSLContext:
        """Make one that will be good from tomorrow on."""
        return self._context(
            self._ca.issue_cert(*names or self.LOCAL, not_before=_now(days=1))
        )

    def for_another_host(self) -> ssl.SSLContext:
        """Make one that is good, but for somebody else."""
        return self.good('somebody-else.test')

    def from_unknown_issuer(self, *names: str) -> ssl.SSLContext:
        """Make one that is from another authority."""
        return self._context(trustme.CA().issue_cert(*names or self.LOCAL))

    def self_signed(self, *names: str) -> ssl.SSLContext:
        """Make one that vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        # trustme only signs with an authority's key; the names are made as it does.
        model = self._ca.issue_cert(*names or self.LOCAL).cert_chain_pems[0].bytes()
        san = x509.load_pem_x509_certificate(model).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'Myself')])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_now(days=-1))
            .not_valid_after(_now(days=1))
            .add_extension(san.value, critical=False)
            .sign(key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = certificate.public_bytes(serialization.Encoding.PEM)
        return self._context(trustme.LeafCert(private, public, []))

    def old_protocol(self, *names: str) -> ssl.SSLContext:
        """Make a good one, but for a server that knows nothing newer than TLS 1.1."""
        context = self.good(*names)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        # OpenSSL 3 does SHA-1, which the old ones need, on no other level.
        context.set_ciphers('DEFAULT:@SECLEVEL=0')
        return context

    @staticmethod
    def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    def close(self) -> None:
        """Take the file away."""
        self._folder.cleanup()


def _now(*, days: float = 0, seconds: float = 0) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(days, seconds)


# -- the server ----------------------------------------------------------------


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


class Web(_Closes):
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

    def __init__(self, names: Mapping[str, Answer] | None = None) -> None:
        super().__init__()
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
            upstream.sendall(start.encode('latin-1') + _fields(headers) + b'\r\n')
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


# -- building blocks -----------------------------------------------------------


def _bytes(text: Text, encoding: str = 'latin-1') -> bytes:
    return text.encode(encoding) if isinstance(text, str) else text


def _pairs(headers: Headers) -> list[tuple[str, Text]]:
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def _fields(headers: Headers) -> bytes:
    return b''.join(
        b'%b: %b\r\n' % (_bytes(name), _bytes(value)) for name, value in _pairs(headers)
    )


def head(
    status: int = 200,
    headers: Headers = (),
    reason: Text | None = None,
    version: str = '1.1',
) -> bytes:
    """Return a status line, headers, and the empty line after them."""
    if reason is None:
        known = status in HTTPStatus.__members__.values()
        reason = HTTPStatus(status).phrase if known else 'Whatever'
    start = b'HTTP/%b %d %b\r\n' % (_bytes(version), status, _bytes(reason))
    return start + _fields(headers) + b'\r\n'


def document(body: str = '', *, title: str = 'A page', head: str = '') -> str:
    """Return an HTML page."""
    return (
        f'<!doctype html>\n<html><head><title>{title}</title>{head}</head>\n'
        f'<body>{body}</body></html>\n'
    )


def answer(
    body: Text = '',
    *,
    status: int = 200,
    reason: Text | None = None,
    headers: Headers = (),
) -> Behaviour:
    """Return what answers so, in due form: HEAD has no body, the length is right.

    A Content-Type, Content-Length or Connection among *headers* replaces the usual one.
    """

    def behave(peer: Peer, request: Request) -> None:
        data = _bytes(body, 'utf-8')
        fields = _pairs(headers)
        given = {name.lower() for name, _ in fields}
        wish = request.headers.get('connection', '').lower()
        keep = peer.web.keep_alive and 'connection' not in given and wish != 'close'
        keep = keep and request.version != 'HTTP/1.0'
        usual: dict[str, Text] = {
            'Content-Type': 'text/html; charset=utf-8',
            'Content-Length': str(len(data)),
        }
        if not keep:
            usual['Connection'] = 'close'
        fields += [pair for pair in usual.items() if pair[0].lower() not in given]
        start = head(status, fields, reason, peer.web.version)
        peer.send(start if request.method == 'HEAD' else start + data)
        peer.keep = keep

    return behave


def redirect(location: Text, status: int = 302, headers: Headers = ()) -> Behaviour:
    """Return what redirects there."""
    return answer(status=status, headers=[('Location', location), *_pairs(headers)])


def raw(data: bytes) -> Behaviour:
    """Return what sends just this, and closes."""
    return lambda peer, _: peer.send(data)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Return what answers each request for a path as the next one, then as the last."""
    return lambda peer, request: behaviours[min(request.nth, len(behaviours)) - 1](
        peer, request
    )


def delayed(seconds: float, behaviour: Behaviour) -> Behaviour:
    """Return what takes its time."""

    def behave(peer: Peer, request: Request) -> None:
        peer.pause(seconds)
        behaviour(peer, request)

    return behave


def held(gate: Event, behaviour: Behaviour) -> Behaviour:
    """Return what waits until the test opens the *gate*, from `Web.gate`."""

    def behave(peer: Peer, request: Request) -> None:
        gate.wait()
        behaviour(peer, request)

    return behave


def for_get(behaviour: Behaviour, other: Behaviour) -> Behaviour:
    """Return what answers GET so, and HEAD otherwise."""
    return lambda peer, request: (other if request.method == 'HEAD' else behaviour)(
        peer, request
    )


def hang(peer: Peer, request: Request) -> None:
    """Never answer, though the connection was accepted."""
    peer.pause()


def reset(peer: Peer, request: Request) -> None:
    """Drop the connection instead of an answer."""
    peer.reset()


# -- hostile behaviours --------------------------------------------------------

#: Every way we know to trouble a client.  Each sets itself up in a web, and returns the
#: URL to check; URLs have an anchor where the trouble is in the body.
HOSTILE: dict[str, Trap] = {}

HERE = '<p id="here">Here.</p>'
#: Longer than pages that do nothing but lead to others.
FINE = document(HERE + '\n'.join(['<p>It goes on.</p>'] * 200))
#: A page that is no soft death: what the others are compared with.
fine = answer(FINE)

HTML = {'Content-Type': 'text/html; charset=utf-8'}
CHUNKED = HTML | {'Transfer-Encoding': 'chunked'}


def _trap(trap: Trap) -> Trap:
    """Enter a trap that needs more than a path."""
    HOSTILE[trap.__name__.replace('_', '-')] = trap
    return trap


def _lay(name: str, behaviour: Behaviour, doc: str | None, anchor: str = '') -> None:
    """Enter a behaviour, at a path of its own name."""

    def trap(web: Web) -> str:
        return web.on(f'/{name}', behaviour) + anchor

    trap.__name__ = name
    trap.__doc__ = doc
    HOSTILE[name] = trap


def _hostile(behaviour: Behaviour) -> Behaviour:
    """Enter a behaviour under its own name."""
    _lay(behaviour.__name__.replace('_', '-'), behaviour, behaviour.__doc__)
    return behaviour


def _hostile_body(behaviour: Behaviour) -> Behaviour:
    """Enter a behaviour whose trouble is in the body: HEAD is answered as it should."""
    name = behaviour.__name__.replace('_', '-')
    answers = for_get(behaviour, answer(headers=HTML))
    _lay(name, answers, behaviour.__doc__, '#here')
    return behaviour


# Too slow.

_lay('never-answers', hang, hang.__doc__)


@_hostile
def status_line_dripped(peer: Peer, request: Request) -> None:
    """Drip a status line that never ends."""
    peer.drip(b'HTTP/1.1 200 ')
    peer.repeat(b'O', PACE)


@_hostile
def headers_dripped(peer: Peer, request: Request) -> None:
    """Drip headers that never end."""
    peer.send(b'HTTP/1.1 200 OK\r\n')
    while True:
        peer.drip(b'X-Drip: 1\r\n')


@_hostile_body
def body_dripped(peer: Peer, request: Request) -> None:
    """Drip a body that never ends."""
    peer.send(head(headers=HTML))
    peer.repeat(b'<', PACE)


@_hostile_body
def body_stalls(peer: Peer, request: Request) -> None:
    """Send half a body, and nothing more."""
    peer.send(head(headers=HTML | {'Content-Length': '2000'}) + b'.' * 1000)
    peer.pause()


# Too much.


@_hostile_body
def endless_body(peer: Peer, request: Request) -> None:
    """Send a body that never ends, as fast as it is read."""
    peer.send(head(headers=HTML))
    peer.repeat((b'<p>' + b'And on. ' * 500 + b'</p>\n') * 16)


@_hostile_body
def endless_chunked_body(peer: Peer, request: Request) -> None:
    """Send chunks for ever."""
    peer.send(head(headers=CHUNKED))
    peer.repeat(b'1000\r\n' + b'.' * 0x1000 + b'\r\n')


@_hostile_body
def endless_chunk_size(peer: Peer, request: Request) -> None:
    """Send the size of a chunk, which never ends."""
    peer.send(head(headers=CHUNKED))
    peer.repeat(b'0' * 4096)


@_hostile_body
def endless_trailers(peer: Peer, request: Request) -> None:
    """Send headers for ever, after a chunked body."""
    peer.send(head(headers=CHUNKED) + b'0\r\n')
    peer.repeat(b'X-Trailer: 1\r\n' * 1024)


@_hostile
def endless_continue(peer: Peer, request: Request) -> None:
    """Send 100 Continue for ever."""
    peer.repeat(head(100) * 64, PACE)


@_hostile
def early_hints(peer: Peer, request: Request) -> None:
    """Send 103 Early Hints, then a page."""
    peer.send(head(103, {'Link': '</style.css>; rel=preload'}))
    fine(peer, request)


@_hostile
def endless_headers(peer: Peer, request: Request) -> None:
    """Send headers for ever, as fast as they are read."""
    peer.send(b'HTTP/1.1 200 OK\r\n')
    peer.repeat(b'X-Flood: 1\r\n' * 1024)


@_hostile
def endless_header_line(peer: Peer, request: Request) -> None:
    """Send one header that never ends, as fast as it is read."""
    peer.send(b'HTTP/1.1 200 OK\r\nX-Flood: ')
    peer.repeat(b'1' * 4096)


@_hostile
def fat_headers(peer: Peer, request: Request) -> None:
    """Send 6 MB of headers, just so many and so long as http.client takes them."""
    answer(FINE, headers=[(f'X-{number}', 'x' * 65_000) for number in range(95)])(
        peer, request
    )


# Compressed.

MEBI = 2**20
#: Bytes that a bomb inflates to.
BOMB = 1024 * MEBI


@cache
def deflated_zeros() -> bytes:
    """Return a bomb of zeros in raw deflate format (RFC 1951), of 1 MB."""
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # After a full flush nothing refers back, so the block can stand there repeatedly.
    block = press.compress(bytes(MEBI)) + press.flush(zlib.Z_FULL_FLUSH)
    return block * (BOMB // MEBI) + press.flush()


@cache
def gzip_zeros() -> bytes:
    """Return a bomb of zeros as a gzip file (RFC 1952)."""
    start = b'\x1f\x8b\x08' + bytes(6) + b'\xff'
    checksum = 0x5B64C2B0  # CRC-32 of so many zeros, worked out once
    return start + deflated_zeros() + struct.pack('<II', checksum, BOMB)


@cache
def zlib_zeros() -> bytes:
    """Return a bomb of zeros in zlib's format (RFC 1950), which HTTP calls deflate."""
    checksum = BOMB % 65521 << 16 | 1  # Adler-32 of zeros
    return b'\x78\xda' + deflated_zeros() + struct.pack('>I', checksum)


@cache
def brotli_letters() -> bytes:
    """Return a bomb of one letter in brotli's format (RFC 7932), of 800 bytes."""
    size = 16 * MEBI
    # A meta-block with one command: insert a letter, copy it from one byte before.
    block = [
        *((0, 1), (2, 2), (size - 1, 24), (0, 1)),  # not last; length; compressed
        *((0, 3), (0, 6), (0, 2), (0, 2)),  # one block type and tree of each kind
        *((1, 2), (0, 2), (ord('a'), 8)),  # the only literal
        *((1, 2), (0, 2), (384 + 8 * 1 + 7, 10)),  # insert code 1 with copy code 23
        *((1, 2), (0, 2), (16, 6)),  # distance code 16
        *((size - 1 - 2118, 24), (0, 1)),  # extra bits of copy and distance
    ]
    bits = length = 0
    for value, width in [(0, 1), *block * (BOMB // size), (0b11, 2)]:
        bits |= value << length
        length += width
    return bits.to_bytes(-(-length // 8), 'little')


@cache
def zstd_zeros() -> bytes:
    """Return a bomb of zeros in Zstandard's format (RFC 8878), of 32 kB."""
    size = 128 * 1024
    repeat, last = 0b010, 0b001
    blocks = [size << 3 | repeat] * (BOMB // size)
    blocks[-1] |= last
    start = b'\x28\xb5\x2f\xfd\x00\x50'  # no length, a window of 1 MiB
    return start + b''.join(struct.pack('<I', block) for block in blocks)


def _encoded(coding: str, data: Callable[[], bytes]) -> Behaviour:
    """Return what sends *data*, made when it is asked for, in that encoding."""

    def behave(peer: Peer, request: Request) -> None:
        answer(data(), headers={'Content-Encoding': coding})(peer, request)

    return behave


def _wrapped(layers: int) -> bytes:
    data = FINE.encode()
    for _ in range(layers):
        data = gzip.compress(data)
    return data


_ENCODED: list[tuple[str, str, Callable[[], bytes], str]] = [
    ('gzip-bomb', 'gzip', gzip_zeros, 'Send 1 GiB in 1 MB of gzip.'),
    ('deflate-bomb', 'deflate', zlib_zeros, 'Send 1 GiB in 1 MB of deflate.'),
    ('brotli-bomb', 'br', brotli_letters, 'Send 1 GiB in 800 bytes of brotli.'),
    ('zstd-bomb', 'zstd', zstd_zeros, 'Send 1 GiB in 32 kB of zstd.'),
    (
        'nested-gzip',
        'gzip, gzip',
        cache(lambda: gzip.compress(gzip_zeros())),
        'Send 1 GiB in 5 kB, compressed twice.',
    ),
    (
        'gzip-many-times',
        ', '.join(['gzip'] * 50),
        cache(lambda: _wrapped(50)),
        'Send a page compressed 50 times.',
    ),
    ('gzip-is-none', 'gzip', FINE.encode, 'Call gzip what is none.'),
    (
        'gzip-cut-short',
        'gzip',
        lambda: gzip.compress(FINE.encode())[:-12],
        'Send gzip without its end.',
    ),
]
for _name, _coding, _data, _doc in _ENCODED:
    _lay(_name, _encoded(_coding, _data), _doc, '#here')


# Redirects.

_LOCATIONS: dict[str, Text] = {
    'redirect-to-file': 'file:///etc/passwd',
    'redirect-to-javascript': 'javascript:alert(1)',
    'redirect-to-data': 'data:text/html,<p id="here">',
    'redirect-to-mailto': 'mailto:root@localhost',
    'redirect-to-metadata': 'http://169.254.169.254/latest/meta-data/',
    'redirect-to-metadata-in-decimal': 'http://2852039166/latest/meta-data/',
    'redirect-to-metadata-in-hex': 'http://0xa9fea9fe/latest/meta-data/',
    'redirect-to-metadata-in-ipv6': 'http://[::ffff:169.254.169.254]/',
    'location-unclosed-bracket': 'http://[::1',
    'location-empty': '',
    'location-spaces': '   ',
    'location-control-characters': b'/\x01\x02\x7f',
    'location-empty-label': 'http://.example./',
    'location-long-label': f'http://{"a" * 64}.example/',
    'location-bad-port': 'http://127.0.0.1:99999/',
    'location-no-host': 'http:///nowhere',
    'location-huge': '/' + 'a' * 60_000,
    'location-escapes': b'/\x1b[31mred\x1b]0;title\x07\r::error::injected\x00',
    'location-folded': b'/folded\r\n ::error::injected',
}
for _name, _location in _LOCATIONS.items():
    _lay(_name, redirect(_location), f'Redirect to {_location[:50]!r}.')

_lay('location-missing', answer(status=302), 'Redirect without saying where.')
_lay(
    'location-twice',
    redirect('/one', headers={'Location': '/other'}),
    'Redirect to two places.',
)


def _to_itself(peer: Peer, request: Request) -> None:
    redirect(request.target)(peer, request)


_lay('redirect-to-itself', _to_itself, 'Redirect to where we are.')


@_hostile
def cookie_redirect(peer: Peer, request: Request) -> None:
    """Set a cookie and redirect here until it comes back, as login pages do."""
    if 'seen=1' in request.headers.get('cookie', ''):
        fine(peer, request)
    else:
        redirect(request.target, headers={'Set-Cookie': 'seen=1'})(peer, request)


@_trap
def redirect_loop(web: Web) -> str:
    """Redirect from one page to another and back."""
    web.on('/redirect-loop/there', redirect('/redirect-loop', 301))
    return web.on('/redirect-loop', redirect('/redirect-loop/there', 301))


@_trap
def endless_redirects(web: Web) -> str:
    """Redirect to ever new pages."""

    def further(peer: Peer, request: Request) -> None:
        redirect(request.target + '1')(peer, request)

    return web.on('/endless-redirects/*', further)


@_trap
def location_latin_1(web: Web) -> str:
    """Redirect to a page with a Latin-1 character in its name."""
    web.page('/location-latin-1/*', FINE)
    return web.on('/location-latin-1', redirect(b'/location-latin-1/caf\xe9'))


@_trap
def location_utf_8(web: Web) -> str:
    """Redirect to a page with a UTF-8 character in its name."""
    web.page('/location-utf-8/*', FINE)
    return web.on('/location-utf-8', redirect('/location-utf-8/caf\xe9'.encode()))


@_trap
def redirect_to_other_loopback(web: Web) -> str:
    """Redirect to another address on loopback, which may be where the link is."""
    other = web.also(Web('127.0.0.2')).page('/', FINE)
    return web.on('/redirect-to-other-loopback', redirect(other))


@_trap
def redirect_to_private(web: Web) -> str:
    """Redirect to a private address, which no link to a public one may do."""
    return web.on('/redirect-to-private', redirect('http://10.255.255.1/'))


@_trap
def redirect_to_unspecified(web: Web) -> str:
    """Redirect to 0.0.0.0, which connects to this very machine."""
    web.page('/inside', FINE)
    return web.on(
        '/redirect-to-unspecified', redirect(web.url('/inside', host='0.0.0.0'))
    )


@_trap
def redirect_to_rebinding_name(web: Web) -> str:
    """Redirect to a name that is loopback when looked up, then a metadata address."""
    web.names.add('rebinding.nowhere', LOOPBACK, '169.254.169.254')
    web.page('/rebinding', FINE)
    inside = web.url('/rebinding', host='rebinding.nowhere')
    return web.on('/redirect-to-rebinding-name', redirect(inside))


# Names.


@_trap
def no_such_name(web: Web) -> str:
    """Be at a name that doesn't exist."""
    web.names.add('gone.nowhere', Lookup.NO_SUCH_NAME)
    return 'http://gone.nowhere/'


@_trap
def lookup_fails(web: Web) -> str:
    """Be at a name of which nobody can say whether it exists."""
    web.names.add('again.nowhere', Lookup.TRY_AGAIN)
    return 'http://again.nowhere/'


@_trap
def lookup_hangs(web: Web) -> str:
    """Be at a name whose lookup doesn't end."""
    web.names.add('slow.nowhere', Lookup.HANGS)
    return 'http://slow.nowhere/'


@_trap
def name_of_two_kinds(web: Web) -> str:
    """Be at a name with a metadata address and a loopback one."""
    web.names.add('mixed.nowhere', ('169.254.169.254', LOOPBACK))
    web.page('/mixed', FINE)
    return web.url('/mixed', host='mixed.nowhere')


# Connections.

_lay('reset-before-headers', reset, reset.__doc__)
_lay('closes-at-once', raw(b''), 'Close the connection instead of an answer.')
_lay('garbage', raw(b'\x00\xff\xfeNo HTTP\r\n' * 20), 'Send what is no HTTP.')
_lay('no-headers', raw(FINE.encode()), 'Send a page without status and headers.')
_lay('empty-lines', raw(b'\r\n' * 20), 'Send empty lines.')
_lay('status-is-a-word', raw(b'HTTP/1.1 fine\r\n\r\n'), 'Send no code.')
_lay('status-is-1000', raw(b'HTTP/1.1 1000 OK\r\n\r\n'), 'Send an impossible code.')
_lay('cut-in-headers', raw(head()[:-2]), 'Close the connection within the headers.')


@_hostile_body
def reset_after_headers(peer: Peer, request: Request) -> None:
    """Drop the connection after the headers."""
    peer.send(head(headers=HTML | {'Content-Length': '2000'}))
    peer.reset()


@_trap
def port_closed(web: Web) -> str:
    """Be at a port where nobody listens."""
    sock = web.also(socket.socket())
    # Bound, so that nobody else gets the port.
    sock.bind((LOOPBACK, 0))
    web.names.add('closed.nowhere', LOOPBACK)
    return f'http://closed.nowhere:{sock.getsockname()[1]}/'


@_trap
def never_accepts(web: Web) -> str:
    """Be at a port where connections are made, but nobody comes to the door."""
    listener = web.also(socket.create_server((LOOPBACK, 0)))
    return f'http://{LOOPBACK}:{listener.getsockname()[1]}/'


@_trap
def backlog_full(web: Web) -> str:
    """Be at a port whose queue is full, so that no connection is made."""
    listener = web.also(socket.create_server((LOOPBACK, 0), backlog=0))
    address = listener.getsockname()
    # A backlog of 0 has room for one on Linux, for more elsewhere.
    for _ in range(8):
        filler = web.also(socket.socket())
        filler.setblocking(False)
        filler.connect_ex(address)
    web.names.add('full.nowhere', LOOPBACK)
    return f'http://full.nowhere:{address[1]}/'


# Lengths.


def _with_lengths(*lengths: str) -> Behaviour:
    """Return what sends 100 bytes as so many."""
    start = head(headers=[('Content-Length', length) for length in lengths])
    return for_get(raw(start + b'.' * 100), raw(start))


for _name, _lengths in {
    'length-too-long': ['1000'],
    'length-too-short': ['10'],
    'length-negative': ['-1'],
    'length-not-a-number': ['many'],
    'length-twice': ['10', '1000'],
    'length-absurd': ['9' * 30],
}.items():
    _doc = f'Send 100 bytes as {" and ".join(_lengths)}.'
    _lay(_name, _with_lengths(*_lengths), _doc, '#here')


@_hostile_body
def length_and_more(peer: Peer, request: Request) -> None:
    """Send more than announced on a connection that stays open: an answer to come."""
    forged = head(404, {'Content-Length': '0'})
    answer(FINE.encode() + forged, headers={'Content-Length': str(len(FINE))})(
        peer, request
    )


for _name, _size in {
    'chunk-size-not-a-number': b'many',
    'chunk-size-negative': b'-1',
    'chunk-size-absurd': b'f' * 30,
}.items():
    _lay(
        _name,
        raw(head(headers=CHUNKED) + _size + b'\r\n' + b'.' * 100),
        f'Send a chunk of {_size.decode()}.',
        '#here',
    )


# HEAD.


def _head_with_body(peer: Peer, request: Request) -> None:
    peer.send(head(headers=HTML | {'Content-Length': str(len(FINE))}) + FINE.encode())
    peer.keep = True


for _name, _behaviour, _doc in [
    ('head-405', answer(status=405), 'Say 405 to HEAD.'),
    ('head-403', answer(status=403), 'Say 403 to HEAD.'),
    ('head-404', answer(status=404), 'Say 404 to HEAD, though the page is there.'),
    ('head-501', answer(status=501), 'Say 501 to HEAD.'),
    ('head-reset', reset, 'Drop the connection of HEAD.'),
    ('head-hangs', hang, 'Never answer HEAD.'),
    ('head-with-body', _head_with_body, 'Send a body to HEAD, and stay open.'),
]:
    _lay(_name, for_get(fine, _behaviour), f'{_doc[:-1]}; answer GET.')


# Not now, and not you.


def _soon() -> str:
    return format_datetime(_now(seconds=1), usegmt=True)


def _limited(status: int, retry_after: Callable[[], Text] | None) -> Behaviour:
    """Return what wants to be asked later."""

    def behave(peer: Peer, request: Request) -> None:
        headers = {'Retry-After': retry_after()} if retry_after else {}
        answer('Later', status=status, headers=headers)(peer, request)

    return behave


#: What a Retry-After says (none if None), and whether the second request is answered.
RETRY_AFTER: dict[str, tuple[Callable[[], Text] | None, bool]] = {
    'good': (lambda: '1', True),
    'date': (_soon, True),
    'absent': (None, True),
    'past-date': (lambda: 'Wed, 21 Oct 2015 07:28:00 GMT', False),
    'absurd-date': (lambda: 'Fri, 31 Dec 99999 23:59:59 GMT', False),
    'negative': (lambda: '-1', False),
    'huge': (lambda: '1000000000', False),
    'overflow': (lambda: '9' * 400, False),
    'inf': (lambda: 'inf', False),
    'nan': (lambda: 'nan', False),
    'garbled': (lambda: b'soon \xff\x1b[31m', False),
}
for _status in (429, 503):
    for _name, (_value, _relents) in RETRY_AFTER.items():
        _behaviour = _limited(_status, _value)
        _lay(
            f'{_status}-retry-after-{_name}',
            in_turn(_behaviour, fine) if _relents else _behaviour,
            f'Say {_status} {"once" if _relents else "always"}, Retry-After {_name}.',
        )

_lay(
    '999',
    answer(status=999, reason='Request denied'),
    'Say 999, as LinkedIn does to robots.',
)

_CLOUDFLARE = {'Server': 'cloudflare', 'CF-RAY': '8a-AMS', 'cf-mitigated': 'challenge'}
_MOMENT = document(
    '<noscript>Enable JavaScript and cookies to continue</noscript>\n'
    '<script>(function(){window._cf_chl_opt={cType: "managed"};var a=document'
    '.createElement("script");a.src="/cdn-cgi/challenge-platform/h/b/orchestrate'
    '/chl_page/v1?ray=8a";document.head.appendChild(a);}());</script>',
    title='Just a moment...',
)
_ANUBIS = document(
    '<h1 id="title">Making sure you&#39;re not a bot!</h1>\n'
    '<img id="image" src="/.within.website/x/cmd/anubis/static/img/pensive.webp">\n'
    '<script id="anubis_version" type="application/json">"v1.21.3"</script>\n'
    '<script id="anubis_challenge" type="application/json">'
    '{"rules":{"algorithm":"fast","difficulty":4},"challenge":"5ca1ab1e"}</script>\n'
    '<script type="module" src="/.within.website/x/cmd/anubis/static/js/main.mjs">'
    '</script><p id="status">Loading...</p>',
    title='Making sure you&#39;re not a bot!',
    head='<meta name="robots" content="noindex,nofollow">',
)
_CAPTCHA = document(
    '<h1>Are you a human?</h1><form method="post">\n'
    '<div class="g-recaptcha" data-sitekey="6Lc_test"></div>\n'
    '<script src="https://www.google.com/recaptcha/api.js"></script></form>',
    title='Security check',
)
for _name, _behaviour, _doc in [
    ('cloudflare', answer(_MOMENT, headers=_CLOUDFLARE), 'Cloudflare, at 200.'),
    (
        'cloudflare-403',
        answer(_MOMENT, status=403, headers=_CLOUDFLARE),
        'Cloudflare, as it comes.',
    ),
    ('anubis', answer(_ANUBIS), 'Anubis, at 200.'),
    ('captcha', answer(_CAPTCHA), 'a captcha, at 200.'),
]:
    _lay(f'challenge-{_name}', _behaviour, f'Send the page of {_doc}', '#here')


# Soft deaths.


@_trap
def soft_404(web: Web) -> str:
    """Say 200 and the same for any page."""
    sorry = document('<p>Sorry, we could not find that.</p>', title='Oops')
    return web.also(Web()).page('/*', sorry) + 'talks/2011/celery.html'


@_trap
def soft_404_at_home(web: Web) -> str:
    """Redirect any page to the home page."""
    site = web.also(Web())
    site.page('/', document('<h1>Welcome</h1>', title='Home'))
    return site.on('/*', redirect('/')) + 'talks/2011/celery.html'


@_trap
def soft_404_by_name(web: Web) -> str:
    """Redirect any page to one whose name says that it isn't there."""
    site = web.also(Web())
    site.page('/notfound.html', document('<p>Sorry.</p>', title='Oops'))
    return site.on('/*', redirect('/notfound.html')) + 'celery.html'


@_trap
def parked_domain(web: Web) -> str:
    """Say 200 and that the domain is for sale."""
    parked = document(
        '<h1>This domain is for sale!</h1>\n'
        '<script src="https://img.sedoparking.com/js/main.js"></script>',
        title='conference.example',
    )
    return web.also(Web()).page('/*', parked) + 'celery.html'


@_trap
def parked_at_lander(web: Web) -> str:
    """Redirect any page to /lander, as parked domains do."""
    site = web.also(Web())
    site.page('/lander', document('<div id="contentMain"></div>', title='Related'))
    return site.on('/*', redirect('/lander')) + 'celery.html'


# Characters.

#: Colours, a new title for the window, an annotation of GitHub's, C1 controls and NUL.
ESCAPES = b'\x1b[31;1mred\x1b]0;title\x07\x9b31m\r::error::injected\x00\x08'
_UMLAUT = '<p id="z\xfcrich">Z\xfcrich</p>'

_lay(
    'escapes-in-reason', answer(status=404, reason=ESCAPES), 'Colour the reason phrase.'
)
_lay(
    'escapes-in-headers',
    answer(
        FINE,
        headers={
            'X-Colour': ESCAPES,
            'Content-Type': b'text/html; charset=' + ESCAPES,
            'Server': b'folded\r\n ::error::injected',
        },
    ),
    'Colour the headers.',
    '#here',
)
_lay(
    'escapes-in-body',
    answer(b'<title>' + ESCAPES + b'\n::error::injected</title>', status=404),
    'Colour the page.',
    '#here',
)
for _name, _body, _charset, _doc in [
    (
        'charset-lies',
        document(_UMLAUT).encode('latin-1'),
        '; charset=utf-8',
        'Call Latin-1 UTF-8.',
    ),
    (
        'charset-unknown',
        document(_UMLAUT).encode(),
        '; charset=x-klingon',
        'Name a charset that is none.',
    ),
    (
        'charset-no-text',
        document(_UMLAUT).encode(),
        '; charset=base64',
        "Name a codec of Python's that is no charset.",
    ),
    (
        'charset-utf-16',
        document(_UMLAUT).encode('utf-16'),
        '',
        'Send UTF-16, which only a BOM tells.',
    ),
    (
        'charset-meta',
        document(_UMLAUT, head='<meta charset="iso-8859-1">').encode('latin-1'),
        '',
        'Name the charset in the page only.',
    ),
]:
    _lay(
        _name,
        answer(_body, headers={'Content-Type': f'text/html{_charset}'}),
        _doc,
        '#z%C3%BCrich',
    )


@_hostile_body
def charset_split(peer: Peer, request: Request) -> None:
    """Cut a character in two, by the end of a chunk."""
    data = document('Zürich' + HERE).encode()
    cut = data.index('ü'.encode()) + 1
    peer.send(head(headers=CHUNKED))
    for chunk in (data[:cut], data[cut:], b''):
        peer.send(b'%x\r\n%b\r\n' % (len(chunk), chunk))
        peer.pause(PACE)


@_hostile_body
def anchor_far_down(peer: Peer, request: Request) -> None:
    """Have the anchor after 5 MB."""
    filler = f'<p>{"Not yet. " * 500}</p>\n'
    answer(document(filler * (5 * MEBI // len(filler)) + HERE))(peer, request)


# TLS.


@_trap
def tls_on_plain_port(web: Web) -> str:
    """Be at https: where the server speaks plain HTTP."""
    web.page('/tls-on-plain-port', FINE)
    return web.url('/tls-on-plain-port', scheme='https')


@_trap
def plain_on_tls_port(web: Web) -> str:
    """Be at http: where the server wants TLS, and says so with a 400."""
    server = web.also(Web(tls=web.authority.good()))
    return server.url('/', scheme='http')


@_trap
def tls_never_answers(web: Web) -> str:
    """Be at https: where nobody answers the handshake."""
    return never_accepts(web).replace('http:', 'https:')


for _name, _context, _doc in [
    ('expired', Authority.expired, 'that has expired'),
    ('not-yet-valid', Authority.not_yet_valid, 'that is not valid yet'),
    ('self-signed', Authority.self_signed, 'that vouches for itself'),
    ('unknown-issuer', Authority.from_unknown_issuer, 'from an unknown issuer'),
    ('other-host', lambda authority: authority.for_another_host(), 'for another host'),
    ('old-protocol', Authority.old_protocol, 'and TLS 1.1 at most'),
]:

    def _certified(
        web: Web, context: Callable[[Authority], ssl.SSLContext] = _context
    ) -> str:
        return web.also(Web(tls=context(web.authority))).page('/', FINE)

    _certified.__doc__ = f'Have a certificate {_doc}.'
    HOSTILE[f'tls-{_name}'] = _certified
