"""Tells this machine's own faults from those of the pages that are asked for."""

from __future__ import annotations

import errno
import socket

#: What the system says when it has too little of something for us: descriptors,
#: memory, buffers, local ports.  What is short now may be there later.
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
#: The last of them is said of a family of addresses, too, that the machine lacks.
_SHORTAGES = _EXHAUSTED | {errno.EAGAIN, errno.EADDRNOTAVAIL}


class ShortageError(OSError):
    """This machine has too little of something to ask for a page now."""


class LocalFaultError(OSError):
    """Something on this machine keeps us from asking for a page."""


class TunnelError(OSError):
    """A proxy finds no way to the server."""


def is_shortage(error: BaseException) -> bool:
    """Whether an *error* says that this machine has too little of something."""
    if isinstance(error, ShortageError | MemoryError):
        return True
    if isinstance(error, socket.gaierror):  # it has numbers of its own
        return error.errno == socket.EAI_MEMORY
    return isinstance(error, OSError) and error.errno in _SHORTAGES


def is_exhausted(error: OSError) -> bool:
    """Whether it is a shortage, whatever address was asked."""
    return error.errno in _EXHAUSTED


def check_descriptors() -> None:
    """See whether the system still gives us a descriptor.

    A library that gets none may say something else: the resolver, for one, that a name
    doesn't exist.

    :raises ShortageError: if it doesn't.
    """
    try:
        socket.socket().close()
    except OSError as error:
        if is_shortage(error):
            raise ShortageError(*error.args) from error
