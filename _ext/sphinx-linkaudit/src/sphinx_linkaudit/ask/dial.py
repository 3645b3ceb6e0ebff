"""Connects to the first of several addresses that answers (RFC 8305)."""

from __future__ import annotations

import errno
import math
import os
import selectors
import socket
import time
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from sphinx_linkaudit.ask.shortage import ShortageError, is_exhausted, is_shortage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from sphinx_linkaudit.ask.resolve import Address

#: Seconds that an address has for itself before the next one is tried beside it
#: (RFC 8305, "Connection Attempt Delay").
HEAD_START = 0.25
#: Addresses that are tried of those a name has: it may have thousands.
MAX_ADDRESSES = 16
#: Seconds of one wait at most: how late an attempt notices that it was ended.
_WAIT = 0.25

#: What `socket.connect_ex` returns for a connection that is being made.  Windows has a
#: number of its own for it.
_IN_PROGRESS = {errno.EINPROGRESS, errno.EWOULDBLOCK} - {errno.EAGAIN}

#: No way leads to an address of that kind, from here.
NO_ROUTE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EAFNOSUPPORT})

#: What says most of a host comes first.  Of a host with addresses of both families, a
#: machine that has only one of them learns nothing by the other.
_TELLING = (
    frozenset({errno.ETIMEDOUT}),
    frozenset({errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED}),
    frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN}),
)


def connect(
    addresses: Sequence[Address],
    options: Sequence[Any],
    deadline: float,
    is_over: Callable[[], bool],
    descriptors: float = math.inf,
) -> tuple[socket.socket, Address]:
    """Connect to one of the *addresses*, and say to which.

    They are tried in turn, each beside those that have not answered yet, until the
    *deadline* (`time.monotonic`) or until *is_over* says that nobody waits any more.
    Descriptors from the number *descriptors* on are left to others.

    :raises TimeoutError: if one of them may yet answer.
    :raises ShortageError: if the system has too little of something for that.
    :raises OSError: the most telling failure, if all of them fail.
    """
    waiting = _in_turn(addresses)[:MAX_ADDRESSES]
    failures: list[OSError] = []
    pending: dict[socket.socket, Address] = {}
    next_start = 0.0
    with _selector() as selector:
        try:
            while waiting or pending:
                now = time.monotonic()
                if now >= deadline or is_over():
                    message = 'timed out'
                    raise TimeoutError(message)
                if waiting and (now >= next_start or not pending):
                    address = waiting.pop(0)
                    next_start = now + HEAD_START
                    try:
                        sock, is_connected = _begin(address, options, descriptors)
                    except OSError as error:
                        failures.append(error)
                        next_start = now
                    else:
                        if is_connected:
                            return sock, address
                        pending[sock] = address
                        selector.register(sock, selectors.EVENT_WRITE)
                    continue
                until = min(deadline, next_start if waiting else deadline)
                for key, _events in selector.select(min(_WAIT, max(0.0, until - now))):
                    assert isinstance(key.fileobj, socket.socket)
                    sock, address = key.fileobj, pending.pop(key.fileobj)
                    selector.unregister(sock)
                    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not code:
                        return sock, address
                    sock.close()
                    failures.append(OSError(code, os.strerror(code)))
                    next_start = now
        finally:
            for sock in pending:
                sock.close()
    raise _most_telling(failures)


def _begin(
    address: Address, options: Sequence[Any], descriptors: float
) -> tuple[socket.socket, bool]:
    """Begin to connect; return the socket, and whether it is connected already."""
    family, kind, protocol, _name, sockaddr = address
    sock = socket.socket(family, kind, protocol)
    try:
        # A new one has the lowest number that is free.
        if sock.fileno() >= descriptors:
            raise ShortageError(errno.EMFILE, os.strerror(errno.EMFILE))  # noqa: TRY301 (as if the system had none)
        for option in options:
            sock.setsockopt(*option)
        sock.setblocking(False)
        code = sock.connect_ex(sockaddr)
        if code == errno.EADDRNOTAVAIL and _is_out_of_reach(address):
            code = errno.ENETUNREACH
        if code and code not in _IN_PROGRESS:
            raise OSError(code, os.strerror(code))  # noqa: TRY301 (as `connect` does)
    except BaseException:
        sock.close()
        raise
    return sock, not code


def _is_out_of_reach(address: Address) -> bool:
    """Whether the machine has no address of its own to ask an *address* from.

    The system says the same when all ports to it are in use, but not of datagrams,
    whose ports are others.
    """
    family, _kind, _protocol, _name, sockaddr = address
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        return bool(probe.connect_ex(sockaddr))


def _selector() -> selectors.BaseSelector:
    """Return a selector that needs no descriptor of its own, where there is one."""
    found = getattr(selectors, 'PollSelector', selectors.SelectSelector)
    selector: selectors.BaseSelector = found()
    return selector


def _in_turn(addresses: Sequence[Address]) -> list[Address]:
    """Return the addresses with those of each family in turn (RFC 8305, 4)."""
    families: dict[int, list[Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    return [one for one in chain(*zip_longest(*families.values())) if one is not None]


def _most_telling(failures: Sequence[OSError]) -> OSError:
    """Return the failure that says most of the host."""

    def rank(error: OSError) -> int:
        for number, codes in enumerate(_TELLING):
            if error.errno in codes:
                return number
        return len(_TELLING) + (error.errno in NO_ROUTE)

    if not failures:
        return socket.gaierror(socket.EAI_NONAME, 'the name has no address')
    # An address that could not be tried might have answered.
    telling = next(filter(is_exhausted, failures), min(failures, key=rank))
    if is_shortage(telling):
        return ShortageError(*telling.args)
    return telling
