"""Servers that are too slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.answers import hang, head
from web.base import PACE
from web.hostile.register import HTML, hostile, hostile_body, lay

if TYPE_CHECKING:
    from web.server import Peer, Request

lay('never-answers', hang, hang.__doc__)


@hostile
def status_line_dripped(peer: Peer, request: Request) -> None:
    """Drip a status line that never ends."""
    peer.drip(b'HTTP/1.1 200 ')
    peer.repeat(b'O', PACE)


@hostile
def headers_dripped(peer: Peer, request: Request) -> None:
    """Drip headers that never end."""
    peer.send(b'HTTP/1.1 200 OK\r\n')
    while True:
        peer.drip(b'X-Drip: 1\r\n')


@hostile_body
def body_dripped(peer: Peer, request: Request) -> None:
    """Drip a body that never ends."""
    peer.send(head(headers=HTML))
    peer.repeat(b'<', PACE)


@hostile_body
def body_stalls(peer: Peer, request: Request) -> None:
    """Send half a body, and nothing more."""
    peer.send(head(headers=HTML | {'Content-Length': '2000'}) + b'.' * 1000)
    peer.pause()
