"""Servers that know no HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.answers import answer, for_get, hang, head, reset
from web.hostile.register import FINE, HTML, fine, lay

if TYPE_CHECKING:
    from web.server import Peer, Request


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
    lay(_name, for_get(fine, _behaviour), f'{_doc[:-1]}; answer GET.')
