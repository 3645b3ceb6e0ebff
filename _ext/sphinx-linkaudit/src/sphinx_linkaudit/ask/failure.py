"""Says what an exception means that ended a request."""

from __future__ import annotations

import errno
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    NewConnectionError,
)
from urllib3.exceptions import TimeoutError as RequestTimeoutError

from sphinx_linkaudit.ask.connect import ForbiddenAddressError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.records import Ending

#: Failures of a lookup that say nothing of the name.  Windows has one of them.
_TEMPORARY = {socket.EAI_AGAIN, getattr(socket, 'EAI_SYSTEM', socket.EAI_AGAIN)}

#: What an error of the operating system means.
_ERRNOS: dict[int, Ending] = {
    errno.ECONNREFUSED: 'refused',
    errno.ENETUNREACH: 'no-network',
    errno.ENETDOWN: 'no-network',
    errno.EHOSTUNREACH: 'unreachable',
    errno.ETIMEDOUT: 'timeout',
}


class Failure(NamedTuple):
    """What an exception says of the page that was asked for."""

    ending: Ending
    message: str
    x509_code: int = 0  #: OpenSSL's verdict on the certificate (X509_V_ERR_*).


def failure_of(error: Exception, *, over: bool, answered: bool) -> Failure:
    """Return what an *error* means.

    *over* is whether the time was over, *answered* whether any server had answered.
    """
    message = message_of(error)
    if over or isinstance(error, requests.Timeout):
        return Failure('timeout', message)
    causes = list(_causes(error))
    if isinstance(error, requests.exceptions.ProxyError) and any(
        isinstance(cause, NewConnectionError | ConnectTimeoutError) for cause in causes
    ):
        # It is the proxy that isn't there; what it says itself is an answer.
        return Failure('no-network', message)
    for cause in causes:
        if ending := _ending_of(cause, answered=answered):
            return Failure(ending, message, getattr(cause, 'verify_code', 0))
    if isinstance(error, requests.exceptions.SSLError):
        return Failure('tls', message)
    if isinstance(error, requests.ConnectionError | HTTPError):
        return Failure('reset', message)
    return Failure('error', message)


def _ending_of(cause: BaseException, *, answered: bool) -> Ending | None:
    """Return what one of an error's causes means, None if that can't be told."""
    match cause:
        case ForbiddenAddressError():
            return 'forbidden'
        case ssl.SSLError():
            return 'tls'
        case socket.gaierror():
            return 'no-network' if cause.errno in _TEMPORARY else 'no-host'
        case TimeoutError() | RequestTimeoutError():
            return 'timeout'
        case InvalidHeader():  # two different lengths, say: that is no HTTP
            return 'reset'
        case requests.exceptions.InvalidHeader():  # one of ours: nobody was asked
            return 'error'
        case ValueError():  # requests.InvalidURL is one too
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
