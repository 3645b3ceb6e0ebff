"""What urllib3, requests and http.client keep private, or have in some versions only.

Each entry says what lets it go; ``tests/test_compat.py`` fails when one of them isn't
as it is taken for here.
"""

from __future__ import annotations

import http.client
import re
import socket
from contextlib import suppress
from email.parser import Parser
from types import FunctionType
from typing import TYPE_CHECKING, Any, BinaryIO

from urllib3.connection import HTTPConnection
from urllib3.util.wait import wait_for_read

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.cookies import RequestsCookieJar

#: Bytes of headers that are kept of one answer.  Browsers take 256 kB in all.
MAX_HEADER_BYTES = 64 * 2**10
#: Lines of them that are read, whatever is kept: many times what http.client allows.
MAX_HEADER_LINES = 400

#: A head in which each line is a header of its own, as in nearly all.
_PLAIN_HEAD = re.compile(rb'(?:[!-9;-~]+:[^\r\n]*\r\n)*\r\n')


def parse_headers(stream: Any, *_limits: Any, **_named: Any) -> http.client.HTTPMessage:
    """Return the headers that *stream* begins with, as http.client does.

    http.client (Python 3.11 to 3.14) uses the parser for e-mail, which takes an eighth
    of the time of a request, and takes no more than a hundred headers, where browsers
    take any number.  Here that parser parses only what isn't plain, and *stream* bounds
    what is read.

    :raises http.client.LineTooLong: for a line of more than 64 kB.
    """
    lines: list[bytes] = []
    while not lines or lines[-1] not in {b'', b'\n', b'\r\n'}:
        lines.append(stream.readline(MAX_HEADER_BYTES + 1))
        if len(lines[-1]) > MAX_HEADER_BYTES:
            message = 'header line'
            raise http.client.LineTooLong(message)
    head = b''.join(lines)
    text = head.decode('latin-1')
    if not _PLAIN_HEAD.fullmatch(head):
        return Parser(http.client.HTTPMessage).parsestr(text)
    headers = http.client.HTTPMessage()
    for line in text.split('\r\n')[:-2]:
        name, _colon, value = line.partition(':')
        headers[name] = value.lstrip(' \t')
    return headers


class SocketHook(HTTPConnection):
    """A connection whose socket `open_socket` makes.

    urllib3 (2.2 to 2.8) has no public way to say how: SOCKS connections of its own
    override the same method.
    """

    def open_socket(self, host: str) -> socket.socket:
        """Return a socket that is connected to *host*, at the connection's port."""
        raise NotImplementedError

    def _new_conn(self) -> socket.socket:
        # `host` lacks the dot at the end of a name.
        return self.open_socket(self._dns_host.strip('[]'))

    def usual_socket(self) -> socket.socket:
        """Return the socket that urllib3 makes: through a SOCKS proxy, say."""
        return super()._new_conn()

    def tunnel_error(self, error: Exception) -> Exception:
        """Return what is raised in place of an *error* while a proxy makes a tunnel."""
        return error

    def _tunnel(self) -> None:
        heads: list[_Head] = []

        def response(*args: Any, **kwargs: Any) -> http.client.HTTPResponse:
            made: Any = type(self).response_class(*args, **kwargs)
            made.fp = _Head(made.fp)
            heads.append(made.fp)
            return made  # type: ignore[no-any-return]  # it is one

        # http.client (3.11 to 3.14) takes a head that breaks off for a whole one.
        self.response_class = response  # type: ignore[assignment]  # called, no more
        try:
            super()._tunnel()
            if any(head.is_cut for head in heads):
                raise http.client.IncompleteRead(partial=b'')
        except (OSError, http.client.HTTPException) as error:
            raise self.tunnel_error(error) from None
        finally:
            del self.response_class


class BoundedResponse(http.client.HTTPResponse):
    """An answer with a bounded head, which leaves nothing behind on its connection.

    http.client (Python 3.11 to 3.14) bounds the length and number of lines but not
    their sum, skips 100 alone where 103 (RFC 8297) comes unasked too, takes a head that
    breaks off for a whole one, and silently drops what came behind an answer.
    """

    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self._socket = sock
        self._is_cut = False  #: Whether its head breaks off.

    def note_surplus(self) -> None:
        """Handle that the server has sent more than this answer; here, do nothing."""

    def begin(self) -> None:
        stream = self.fp
        head: Any = _Head(stream)  # only lines are read from it
        self.fp = head
        try:
            _begin(self)
        finally:
            self._is_cut = head.is_cut
            if self.fp is head:
                self.fp = stream
        if self._is_cut and 300 <= self.status < 400:
            # So may be where it leads.
            raise http.client.IncompleteRead(partial=b'')

    def read1(self, n: int = -1) -> bytes:
        if self._is_cut:
            raise http.client.IncompleteRead(partial=b'')
        return super().read1(n)

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed lacks it
            if not 101 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)

    def _close_conn(self) -> None:
        stream: BinaryIO | None = self.fp
        is_head = isinstance(stream, _Head)
        if stream is not None and not is_head and _has_more(self._socket, stream):
            self.note_surplus()
            # Whoever looks whether the connection can be used again sees its end.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        super()._close_conn()  # type: ignore[misc]  # typeshed lacks it


#: `http.client.HTTPResponse.begin`, but for the parser of headers (3.11 to 3.14).
_begin = FunctionType(
    http.client.HTTPResponse.begin.__code__,
    {**vars(http.client), 'parse_headers': parse_headers},
)


class _Head:
    """The lines of a head: those beyond `MAX_HEADER_BYTES` are skipped."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bytes = 0
        self._lines = 0
        self.is_cut = False

    def readline(self, limit: int) -> bytes:
        """Return the next line that is kept, or the empty one at the end.

        :raises http.client.HTTPException: if they don't end.
        """
        while True:
            line = self._stream.readline(limit)
            self._bytes += len(line)
            self._lines += 1
            if self._lines > MAX_HEADER_LINES:
                message = f'got more than {MAX_HEADER_LINES} lines of headers'
                raise http.client.HTTPException(message)
            self.is_cut = not line
            is_end = line in {b'', b'\n', b'\r\n'}
            if is_end or len(line) >= limit or self._bytes <= MAX_HEADER_BYTES:
                return line

    def close(self) -> None:
        """Close the stream, as http.client does after a malformed status line."""
        self._stream.close()

    def flush(self) -> None:
        """Do nothing: http.client flushes what it reads from when it is closed."""


def _has_more(sock: socket.socket, stream: BinaryIO) -> bool:
    """Whether more has come than the answer that ends here.

    It may be in the buffer, in the TLS layer, or still in the socket.
    """
    try:
        if _buffered(stream):
            return True
        if not (getattr(sock, 'pending', int)() or wait_for_read(sock, 0)):
            return False
    except (OSError, ValueError):  # the connection has ended
        return False
    timeout = sock.gettimeout()
    try:
        sock.settimeout(0)
        return bool(stream.peek(1))  # type: ignore[attr-defined]  # it is a BufferedReader
    except (OSError, ValueError):  # nothing: TLS has messages of its own
        return False
    finally:
        with suppress(OSError):
            sock.settimeout(timeout)


def _buffered(stream: Any) -> bytes:
    """Return what a stream has read already, without asking its socket for more."""
    raw = stream.raw
    raw.readinto = _read_nothing
    try:
        found: bytes = stream.peek(1)
    finally:
        del raw.readinto
    return found


def _read_nothing(_buffer: object) -> None:
    """Read as from a socket that has nothing now."""


def prepare_for_digest(
    request: PreparedRequest, response: Response, cookies: RequestsCookieJar
) -> None:
    """Let requests' digest authentication answer a *response* whose body isn't read.

    It copies the cookies of the request and reads the content of the response, both of
    which only requests' own session sets (2.32 to 2.34).
    """
    request._cookies = cookies  # noqa: SLF001 (as a session does)
    response._content = b''  # noqa: SLF001 (as once it is read)
    response._content_consumed = True  # noqa: SLF001 (the same)
