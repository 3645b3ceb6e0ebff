"""A web of the tests' own: real servers on loopback, some as bad as the web's worst."""

from __future__ import annotations

from web.answers import (
    answer,
    delayed,
    document,
    for_get,
    hang,
    head,
    held,
    in_turn,
    raw,
    redirect,
    reset,
)
from web.base import LOOPBACK, PACE, PATIENCE, Behaviour
from web.certificates import Authority
from web.hostile import HOSTILE
from web.hostile.characters import ESCAPES
from web.hostile.compressed import BOMB, MEBI
from web.hostile.refusals import RETRY_AFTER
from web.hostile.register import FINE, HERE, fine
from web.names import Lookup, Names
from web.server import Peer, Proxy, Request, Web

__all__ = [
    'BOMB',
    'ESCAPES',
    'FINE',
    'HERE',
    'HOSTILE',
    'LOOPBACK',
    'MEBI',
    'PACE',
    'PATIENCE',
    'RETRY_AFTER',
    'Authority',
    'Behaviour',
    'Lookup',
    'Names',
    'Peer',
    'Proxy',
    'Request',
    'Web',
    'answer',
    'delayed',
    'document',
    'fine',
    'for_get',
    'hang',
    'head',
    'held',
    'in_turn',
    'raw',
    'redirect',
    'reset',
]
