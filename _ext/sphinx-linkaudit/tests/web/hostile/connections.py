"""Connections that fail."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from web.answers import head, raw, reset
from web.base import LOOPBACK
from web.hostile.register import FINE, HTML, hostile_body, lay, trap

if TYPE_CHECKING:
    from web.server import Peer, Request, Web

lay('reset-before-headers', reset, reset.__doc__)
lay('closes-at-once', raw(b''), 'Close the connection instead of an answer.')
lay('garbage', raw(b'\x00\xff\xfeNo HTTP\r\n' * 20), 'Send what is no HTTP.')
lay('no-headers', raw(FINE.encode()), 'Send a page without status and headers.')
lay('empty-lines', raw(b'\r\n' * 20), 'Send empty lines.')
lay('status-is-a-word', raw(b'HTTP/1.1 fine\r\n\r\n'), 'Send no code.')
lay('status-is-1000', raw(b'HTTP/1.1 1000 OK\r\n\r\n'), 'Send an impossible code.')
lay('cut-in-headers', raw(head()[:-2]), 'Close the connection within the headers.')


@hostile_body
def reset_after_headers(peer: Peer, request: Request) -> None:
    """Drop the connection after the headers."""
    peer.send(head(headers=HTML | {'Content-Length': '2000'}))
    peer.reset()


@trap
def port_closed(web: Web) -> str:
    """Be at a port where nobody listens."""
    sock = web.also(socket.socket())
    # Bound, so that nobody else gets the port.
    sock.bind((LOOPBACK, 0))
    web.names.add('closed.nowhere', LOOPBACK)
    return f'http://closed.nowhere:{sock.getsockname()[1]}/'


@trap
def never_accepts(web: Web) -> str:
    """Be at a port where connections are made, but nobody comes to the door."""
    listener = web.also(socket.create_server((LOOPBACK, 0)))
    return f'http://{LOOPBACK}:{listener.getsockname()[1]}/'


@trap
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
