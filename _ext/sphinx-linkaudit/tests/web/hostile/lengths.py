"""Bodies of another length than was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.answers import answer, for_get, head, raw
from web.hostile.register import CHUNKED, FINE, hostile_body, lay

if TYPE_CHECKING:
    from web.base import Behaviour
    from web.server import Peer, Request


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
    lay(_name, _with_lengths(*_lengths), _doc, '#here')


@hostile_body
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
    lay(
        _name,
        raw(head(headers=CHUNKED) + _size + b'\r\n' + b'.' * 100),
        f'Send a chunk of {_size.decode()}.',
        '#here',
    )
