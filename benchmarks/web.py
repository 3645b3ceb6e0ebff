"""The web that links lead to: ``python -m benchmarks.web PLAN``, a process of its own.

Each host is a loopback address, all of them on one port.  The first line it prints is
that port; then it answers each line it reads with what it has counted since the last,
as JSON.  It ends where its input does.
"""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.links import ANCHORS, Page

if TYPE_CHECKING:
    from benchmarks.links import HostKind

#: Bytes of an ordinary page, and of one with anchors.
PAGE_BYTES = 10_000
LONG_PAGE_BYTES = 200_000

RETRY_AFTER = 1  #: Seconds that a busy page asks for.

BACKLOG = 1024
#: Connections that fill the queue of a socket which never accepts, and then some.
FILLERS = 3
PORT_TRIES = 20


class Counts:
    """What clients have asked for, since it was last told."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.seen: set[str] = set()  #: The busy pages that have said so.
        self._pending: Counter[str] = Counter()

    def begin(self, host: str, method: str) -> None:
        """Count a request."""
        self.counted[method] += 1
        self._pending[host] += 1
        # How polite a client is: the requests that it has open to one host.
        self.counted['at once'] = max(self.counted['at once'], self._pending[host])

    def end(self, host: str, requests: int = 1) -> None:
        """Count that requests are over."""
        self._pending[host] -= requests

    def take(self) -> dict[str, int]:
        """Return the counts, and begin anew."""
        counted = dict(self.counted)
        self.counted.clear()
        self.seen.clear()
        return counted


class Answers:
    """The bytes of all answers."""

    def __init__(self) -> None:
        filler = 'All that is said here is said to take its place.\n'
        size = LONG_PAGE_BYTES // ANCHORS
        sections = (f'<h2 id="s{n}">{n}</h2><p>' for n in range(ANCHORS))
        long = ''.join((start + filler * 20)[:size] for start in sections)
        self.ok = _answer('200 OK', (filler * PAGE_BYTES)[:PAGE_BYTES])
        self.anchors = _answer('200 OK', f'<!DOCTYPE html><body>{long}')
        self.missing = _answer('404 Not Found', filler)
        self.down = _answer('503 Service Unavailable', filler)
        retry_after = f'Retry-After: {RETRY_AFTER}\r\n'
        self.busy = _answer('429 Too Many Requests', filler, retry_after)

    def of(self, page: Page | None, *, is_first: bool) -> tuple[bytes, bytes]:
        """Return header and body of the answer that a page gives."""
        if page is None:
            return self.missing
        match page.kind:
            case 'ok':
                return self.ok
            case 'anchors':
                return self.anchors
            case 'moved':
                location = f'Location: /{page.target}\r\n'
                return _answer('301 Moved Permanently', '', location)
            case 'busy':
                return self.busy if is_first else self.ok
            case 'down':
                return self.down
            case 'missing':
                return self.missing


def _answer(status: str, text: str, header: str = '') -> tuple[bytes, bytes]:
    body = text.encode()
    head = (
        f'HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n'
        f'{header}Content-Length: {len(body)}\r\n\r\n'
    )
    return head.encode(), body


class Connection(asyncio.Protocol):
    """A connection to a host, kept alive."""

    def __init__(self, host: str, site: Site) -> None:
        self._host = host
        self._site = site
        self._hangs = site.hosts[host] == 'hangs'
        self._received = b''
        self._pending = 0
        self._call_later = asyncio.get_running_loop().call_later

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._site.counts.counted['connections'] += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._site.counts.end(self._host, self._pending)
        self._pending = 0

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b'\r\n\r\n' in self._received:
            request, _, self._received = self._received.partition(b'\r\n\r\n')
            method, path, _version = request.decode('latin-1').split(' ', 2)
            self._pending += 1
            self._site.counts.begin(self._host, method)
            if not self._hangs:
                self._answer(method, f'{self._host}{path}')

    def _answer(self, method: str, name: str) -> None:
        page = self._site.pages.get(name)
        seen = self._site.counts.seen
        head, body = self._site.answers.of(page, is_first=name not in seen)
        if page is not None and page.kind == 'busy':
            seen.add(name)
        data = head if method == 'HEAD' else head + body
        if page is not None and page.latency:
            self._call_later(page.latency, self._send, data)
        else:
            self._send(data)

    def _send(self, data: bytes) -> None:
        if self._pending:  # else the client is gone
            self._pending -= 1
            self._site.counts.end(self._host)
            self._transport.write(data)


class Site(NamedTuple):
    """What all connections share."""

    hosts: dict[str, HostKind]
    pages: dict[str, Page]
    answers: Answers
    counts: Counts


def listen(hosts: dict[str, HostKind]) -> dict[str, socket.socket]:
    """Return a socket for each host, listening on the same port."""
    for _ in range(PORT_TRIES):
        sockets: dict[str, socket.socket] = {}
        port = 0
        try:
            for host, kind in hosts.items():
                sockets[host] = socket.socket()
                sockets[host].bind((host, port))
                sockets[host].listen(0 if kind == 'closed' else BACKLOG)
                port = sockets[host].getsockname()[1]
        except OSError:  # another process has the port at one of the addresses
            for each in sockets.values():
                each.close()
        else:
            return sockets
    message = 'no port is free at all addresses'
    raise SystemExit(message)


def fill(sock: socket.socket) -> list[socket.socket]:
    """Fill the queue of a listening socket, so that it takes no connection more."""
    fillers = [socket.socket() for _ in range(FILLERS)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(sock.getsockname())
    return fillers


async def serve(plan: dict[str, Any]) -> None:
    """Serve the hosts of *plan* until the input ends."""
    loop = asyncio.get_running_loop()
    pages = {name: Page(*page) for name, page in plan['pages'].items()}
    site = Site(plan['hosts'], pages, Answers(), Counts())
    sockets = listen(site.hosts)
    fillers = []  # which would be closed if nobody held them
    for host, sock in sockets.items():
        if site.hosts[host] == 'closed':
            fillers += fill(sock)
        else:
            await loop.create_server(
                partial(Connection, host, site), sock=sock, backlog=BACKLOG
            )
    # Nothing is made here that a collector would have to find.
    gc.freeze()
    gc.disable()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    print(next(iter(sockets.values())).getsockname()[1], flush=True)
    while await commands.readline():
        print(json.dumps(site.counts.take()), flush=True)


if __name__ == '__main__':
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text(encoding='utf-8'))))
