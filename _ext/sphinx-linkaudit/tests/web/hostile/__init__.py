"""Servers that trouble a client, by what they do: importing them enters them."""

from __future__ import annotations

from web.hostile import (
    characters,
    compressed,
    connections,
    dead,
    head,
    large,
    lengths,
    names,
    redirects,
    refusals,
    slow,
    tls,
)
from web.hostile.register import HOSTILE

__all__ = [
    'HOSTILE',
    'characters',
    'compressed',
    'connections',
    'dead',
    'head',
    'large',
    'lengths',
    'names',
    'redirects',
    'refusals',
    'slow',
    'tls',
]
