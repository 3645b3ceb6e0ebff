"""Answers that tests put together."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event

    from web.base import Behaviour, Headers, Text
    from web.server import Peer, Request


def _bytes(text: Text, encoding: str = 'latin-1') -> bytes:
    return text.encode(encoding) if isinstance(text, str) else text


def _pairs(headers: Headers) -> list[tuple[str, Text]]:
    return list(headers.items() if isinstance(headers, Mapping) else headers)


def fields(headers: Headers) -> bytes:
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
    return start + fields(headers) + b'\r\n'


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
