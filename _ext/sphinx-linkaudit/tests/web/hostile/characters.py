"""Bytes that are not the characters they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.answers import answer, document, head
from web.base import PACE
from web.hostile.compressed import MEBI
from web.hostile.register import CHUNKED, FINE, HERE, hostile_body, lay

if TYPE_CHECKING:
    from web.server import Peer, Request

#: Colours, a new title for the window, an annotation of GitHub's, C1 controls and NUL.
ESCAPES = b'\x1b[31;1mred\x1b]0;title\x07\x9b31m\r::error::injected\x00\x08'
_UMLAUT = '<p id="z\xfcrich">Z\xfcrich</p>'

lay(
    'escapes-in-reason', answer(status=404, reason=ESCAPES), 'Colour the reason phrase.'
)
lay(
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
lay(
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
    lay(
        _name,
        answer(_body, headers={'Content-Type': f'text/html{_charset}'}),
        _doc,
        '#z%C3%BCrich',
    )


@hostile_body
def charset_split(peer: Peer, request: Request) -> None:
    """Cut a character in two, by the end of a chunk."""
    data = document('Zürich' + HERE).encode()
    cut = data.index('ü'.encode()) + 1
    peer.send(head(headers=CHUNKED))
    for chunk in (data[:cut], data[cut:], b''):
        peer.send(b'%x\r\n%b\r\n' % (len(chunk), chunk))
        peer.pause(PACE)


@hostile_body
def anchor_far_down(peer: Peer, request: Request) -> None:
    """Have the anchor after 5 MB."""
    filler = f'<p>{"Not yet. " * 500}</p>\n'
    answer(document(filler * (5 * MEBI // len(filler)) + HERE))(peer, request)
