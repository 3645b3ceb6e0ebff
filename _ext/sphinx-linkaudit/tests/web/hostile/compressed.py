"""Bodies that are small until they are decompressed."""

from __future__ import annotations

import gzip
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

from web.answers import answer
from web.hostile.register import FINE, lay

if TYPE_CHECKING:
    from collections.abc import Callable

    from web.base import Behaviour
    from web.server import Peer, Request

MEBI = 2**20
#: Bytes that a bomb inflates to.
BOMB = 1024 * MEBI


@cache
def deflated_zeros() -> bytes:
    """Return a bomb of zeros in raw deflate format (RFC 1951), of 1 MB."""
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # After a full flush nothing refers back, so the block can stand there repeatedly.
    block = press.compress(bytes(MEBI)) + press.flush(zlib.Z_FULL_FLUSH)
    return block * (BOMB // MEBI) + press.flush()


@cache
def gzip_zeros() -> bytes:
    """Return a bomb of zeros as a gzip file (RFC 1952)."""
    start = b'\x1f\x8b\x08' + bytes(6) + b'\xff'
    checksum = 0x5B64C2B0  # CRC-32 of so many zeros, worked out once
    return start + deflated_zeros() + struct.pack('<II', checksum, BOMB)


@cache
def zlib_zeros() -> bytes:
    """Return a bomb of zeros in zlib's format (RFC 1950), which HTTP calls deflate."""
    checksum = BOMB % 65521 << 16 | 1  # Adler-32 of zeros
    return b'\x78\xda' + deflated_zeros() + struct.pack('>I', checksum)


@cache
def brotli_letters() -> bytes:
    """Return a bomb of one letter in brotli's format (RFC 7932), of 800 bytes."""
    size = 16 * MEBI
    # A meta-block with one command: insert a letter, copy it from one byte before.
    block = [
        *((0, 1), (2, 2), (size - 1, 24), (0, 1)),  # not last; length; compressed
        *((0, 3), (0, 6), (0, 2), (0, 2)),  # one block type and tree of each kind
        *((1, 2), (0, 2), (ord('a'), 8)),  # the only literal
        *((1, 2), (0, 2), (384 + 8 * 1 + 7, 10)),  # insert code 1 with copy code 23
        *((1, 2), (0, 2), (16, 6)),  # distance code 16
        *((size - 1 - 2118, 24), (0, 1)),  # extra bits of copy and distance
    ]
    bits = length = 0
    for value, width in [(0, 1), *block * (BOMB // size), (0b11, 2)]:
        bits |= value << length
        length += width
    return bits.to_bytes(-(-length // 8), 'little')


@cache
def zstd_zeros() -> bytes:
    """Return a bomb of zeros in Zstandard's format (RFC 8878), of 32 kB."""
    size = 128 * 1024
    repeat, last = 0b010, 0b001
    blocks = [size << 3 | repeat] * (BOMB // size)
    blocks[-1] |= last
    start = b'\x28\xb5\x2f\xfd\x00\x50'  # no length, a window of 1 MiB
    return start + b''.join(struct.pack('<I', block) for block in blocks)


def _encoded(coding: str, data: Callable[[], bytes]) -> Behaviour:
    """Return what sends *data*, made when it is asked for, in that encoding."""

    def behave(peer: Peer, request: Request) -> None:
        answer(data(), headers={'Content-Encoding': coding})(peer, request)

    return behave


def _wrapped(layers: int) -> bytes:
    data = FINE.encode()
    for _ in range(layers):
        data = gzip.compress(data)
    return data


_ENCODED: list[tuple[str, str, Callable[[], bytes], str]] = [
    ('gzip-bomb', 'gzip', gzip_zeros, 'Send 1 GiB in 1 MB of gzip.'),
    ('deflate-bomb', 'deflate', zlib_zeros, 'Send 1 GiB in 1 MB of deflate.'),
    ('brotli-bomb', 'br', brotli_letters, 'Send 1 GiB in 800 bytes of brotli.'),
    ('zstd-bomb', 'zstd', zstd_zeros, 'Send 1 GiB in 32 kB of zstd.'),
    (
        'nested-gzip',
        'gzip, gzip',
        cache(lambda: gzip.compress(gzip_zeros())),
        'Send 1 GiB in 5 kB, compressed twice.',
    ),
    (
        'gzip-many-times',
        ', '.join(['gzip'] * 50),
        cache(lambda: _wrapped(50)),
        'Send a page compressed 50 times.',
    ),
    ('gzip-is-none', 'gzip', FINE.encode, 'Call gzip what is none.'),
    ('charset-as-coding', 'UTF-8', FINE.encode, 'Call a charset a content coding.'),
    (
        'gzip-and-charset',
        'UTF-8, gzip, identity,',
        lambda: gzip.compress(FINE.encode()),
        'Send gzip, and name what is no coding beside it.',
    ),
    (
        'gzip-cut-short',
        'gzip',
        lambda: gzip.compress(FINE.encode())[:-12],
        'Send gzip without its end.',
    ),
]
for _name, _coding, _data, _doc in _ENCODED:
    lay(_name, _encoded(_coding, _data), _doc, '#here')
