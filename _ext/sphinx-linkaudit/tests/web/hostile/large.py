"""Servers that send too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.answers import answer, head
from web.base import PACE
from web.hostile.register import CHUNKED, FINE, HTML, fine, hostile, hostile_body

if TYPE_CHECKING:
    from web.server import Peer, Request


@hostile_body
def endless_body(peer: Peer, request: Request) -> None:
    """Send a body that never ends, as fast as it is read."""
    peer.send(head(headers=HTML))
    peer.repeat((b'<p>' + b'And on. ' * 500 + b'</p>\n') * 16)


@hostile_body
def endless_chunked_body(peer: Peer, request: Request) -> None:
    """Send chunks for ever."""
    peer.send(head(headers=CHUNKED))
    peer.repeat(b'1000\r\n' + b'.' * 0x1000 + b'\r\n')


@hostile_body
def endless_chunk_size(peer: Peer, request: Request) -> None:
    """Send the size of a chunk, which never ends."""
    peer.send(head(headers=CHUNKED))
    peer.repeat(b'0' * 4096)


@hostile_body
def endless_trailers(peer: Peer, request: Request) -> None:
    """Send headers for ever, after a chunked body."""
    peer.send(head(headers=CHUNKED) + b'0\r\n')
    peer.repeat(b'X-Trailer: 1\r\n' * 1024)


@hostile
def endless_continue(peer: Peer, request: Request) -> None:
    """Send 100 Continue for ever."""
    peer.repeat(head(100) * 64, PACE)


@hostile
def early_hints(peer: Peer, request: Request) -> None:
    """Send 103 Early Hints, then a page."""
    peer.send(head(103, {'Link': '</style.css>; rel=preload'}))
    fine(peer, request)


@hostile
def endless_headers(peer: Peer, request: Request) -> None:
    """Send headers for ever, as fast as they are read."""
    peer.send(b'HTTP/1.1 200 OK\r\n')
    peer.repeat(b'X-Flood: 1\r\n' * 1024)


@hostile
def endless_header_line(peer: Peer, request: Request) -> None:
    """Send one header that never ends, as fast as it is read."""
    peer.send(b'HTTP/1.1 200 OK\r\nX-Flood: ')
    peer.repeat(b'1' * 4096)


@hostile
def fat_headers(peer: Peer, request: Request) -> None:
    """Send 6 MB of headers, just so many and so long as http.client takes them."""
    answer(FINE, headers=[(f'X-{number}', 'x' * 65_000) for number in range(95)])(
        peer, request
    )
