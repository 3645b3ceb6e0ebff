"""How much of this machine may be used to ask for pages, as its limits say."""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

if sys.platform != 'win32':
    import resource

#: Lookups of names under way at once, at most.  One that hangs can't be ended, only
#: abandoned.
MAX_LOOKUPS = 64
#: Descriptors kept back for everything but connections: for Sphinx, for the cache,
#: and for lookups, which want up to `_LOOKUP_DESCRIPTORS` each.  More aren't needed.
_MAX_RESERVE = 256
_LOOKUP_DESCRIPTORS = 4
#: Descriptors of a page that is asked for: HEAD and GET.  Connections that are kept are
#: closed when others are wanted.
_PAGE_DESCRIPTORS = 2
#: Bytes of address space of a page that is asked for.  A thread has a stack of 8 MiB
#: and, with glibc, reserves 64 MiB to allocate from; what is read takes little of that.
_PAGE_BYTES = 80 * 2**20
#: Descriptors of a process that nobody counted.
_USUAL_DESCRIPTORS = 16


class Capacity(NamedTuple):
    """How many there may be at once; `math.inf` where the system sets no limit."""

    workers: float = math.inf  #: Pages that are asked for.
    lookups: int = MAX_LOOKUPS  #: Names that are looked up.
    descriptors: float = math.inf  #: Descriptors, before connections are given up.


def capacity() -> Capacity:
    """Return what this process may use beside what it uses now."""
    if sys.platform == 'win32':
        return Capacity()
    files, space = _free_descriptors(), _free_space()
    # As much of it is needed elsewhere.
    by_space = max(1.0, space / 2 / _PAGE_BYTES)
    if math.isinf(files):
        return Capacity(by_space, _lookups(by_space))
    reserve = min(_MAX_RESERVE, files // 4)
    by_files = max(1.0, (files - reserve) / _PAGE_DESCRIPTORS)
    return Capacity(
        min(by_space, by_files),
        _lookups(min(by_space, reserve / _LOOKUP_DESCRIPTORS)),
        _limit(resource.RLIMIT_NOFILE) - reserve,
    )


def _lookups(most: float) -> int:
    return int(max(1.0, min(MAX_LOOKUPS, most)))


def _limit(kind: int) -> float:
    """Return the limit that the system sets now (see ``getrlimit(2)``)."""
    with suppress(OSError, ValueError):
        soft, _hard = resource.getrlimit(kind)
        if soft != resource.RLIM_INFINITY:
            return soft
    return math.inf


def _free_descriptors() -> float:
    used = _USUAL_DESCRIPTORS
    with suppress(OSError):
        used = len([*Path('/dev/fd').iterdir()])
    return max(1.0, _limit(resource.RLIMIT_NOFILE) - used)


def _free_space() -> float:
    """Return the bytes of address space that there still are."""
    limit = _limit(resource.RLIMIT_AS)
    if math.isinf(limit):
        return limit
    used = 0
    with suppress(OSError, ValueError, IndexError):  # only Linux tells
        used = int(Path('/proc/self/statm').read_text('ascii').split()[0])
    return max(0.0, limit - used * resource.getpagesize())
