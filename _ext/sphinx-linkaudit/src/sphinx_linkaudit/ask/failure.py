"""Says what an exception means that ended a request."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    LocationParseError,
    NewConnectionError,
)
from urllib3.exceptions import TimeoutError as RequestTimeoutError

from sphinx_linkaudit.ask.address import ForbiddenAddressError, InvalidAddressError
from sphinx_linkaudit.ask.dial import NO_ROUTE
from sphinx_linkaudit.ask.shortage import LocalFaultError, TunnelError, is_shortage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.records import Ending

#: Failures of a lookup that say nothing of the name.  Windows has one of them.
_TEMPORARY = {socket.EAI_AGAIN, getattr(socket, 'EAI_SYSTEM', socket.EAI_AGAIN)}

#: What an error of the operating system means.  What isn't here is none of the page's.
_ERRNOS: dict[int, Ending] = {
    errno.ECONNREFUSED: 'refused',
    errno.EHOSTUNREACH: 'unreachable',
    errno.EHOSTDOWN: 'unreachable',
    errno.ETIMEDOUT: 'timeout',
    errno.ECONNRESET: 'reset',
    errno.ECONNABORTED: 'reset',
    errno.EPIPE: 'reset',
    **dict.fromkeys(NO_ROUTE, 'no-route'),
}


class Failure(NamedTuple):
    """What an exception says of the page that was asked for."""

    ending: Ending
    message: str
    x509_code: int = 0  #: OpenSSL's verdict on the certificate (X509_V_ERR_*).


def failure_of(error: Exception, *, over: bool, answered: bool) -> Failure | None:
    """Return what an *error* means; None if it is one of our own code.

    *over* is whether the time was over, *answered* whether any server had answered.
    """
    message = message_of(error)
    causes = list(_causes(error))
    if any(map(is_shortage, causes)):
        return Failure('shortage', message)
    of_a_proxy = isinstance(error, requests.exceptions.ProxyError)
    missing = NewConnectionError, ConnectTimeoutError
    if of_a_proxy and any(isinstance(cause, missing) for cause in causes):
        return Failure('no-network', message)
    if over or isinstance(error, requests.Timeout):
        return Failure('timeout', message)
    of_a_server = TunnelError, TimeoutError, RequestTimeoutError
    if of_a_proxy and not any(isinstance(cause, of_a_server) for cause in causes):
        # It can't be spoken to; what it says itself is an answer.
        return Failure('local-fault', message)
    for cause in causes:
        if ending := _ending_of(cause, answered=answered):
            return Failure(ending, message, getattr(cause, 'verify_code', 0))
    if any(isinstance(cause, NewConnectionError) for cause in causes):
        # The system says why, and it is nothing that a host does: a route that it
        # forbids, say.
        return Failure('local-fault', message)
    if isinstance(error, requests.exceptions.SSLError):
        return Failure('tls', message)
    if isinstance(error, requests.ConnectionError | HTTPError | OSError):
        return Failure('reset', message)
    return None


def _ending_of(cause: BaseException, *, answered: bool) -> Ending | None:
    """Return what one of an error's causes means, None if that isn't known."""
    match cause:
        case ForbiddenAddressError():
            return 'forbidden'
        case LocalFaultError():
            return 'local-fault'
        case ssl.SSLError():
            return 'tls'
        case socket.gaierror():
            return 'no-network' if cause.errno in _TEMPORARY else 'no-host'
        case NewConnectionError():  # it inherits from those of a timeout
            return None
        case TimeoutError() | RequestTimeoutError():
            return 'timeout'
        case InvalidHeader():  # two different lengths, say: that is no HTTP
            return 'reset'
        case requests.exceptions.InvalidHeader():  # one of ours: nobody was asked
            return 'local-fault'
        case (
            InvalidAddressError()
            | requests.exceptions.InvalidURL()
            | LocationParseError()
            | http.client.InvalidURL()
            | UnicodeError()
        ):
            # The link's own address was good if it led anywhere.
            return 'redirects' if answered else 'invalid-url'
        case OSError():
            return _ERRNOS.get(cause.errno or 0)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what an error is made of, from the inside: the operating system's first."""
    inner = [arg for arg in error.args if isinstance(arg, BaseException)]
    reason = getattr(error, 'reason', None)
    if isinstance(reason, BaseException):
        inner.append(reason)
    if error.__cause__ is not None:
        inner.append(error.__cause__)
    for cause in dict.fromkeys(inner):
        yield from _causes(cause)
    yield error


def message_of(error: BaseException) -> str:
    """Return an *error*'s own words; its class's name, if it has or can say none."""
    with suppress(Exception):
        if message := str(error):
            return message
    return type(error).__name__
