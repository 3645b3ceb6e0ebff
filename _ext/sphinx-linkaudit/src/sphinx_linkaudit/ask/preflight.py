"""Checks, before the first request, what requests are made with.

Settings and the environment decide on proxies, certificates and logins.  What is wrong
with them is no fault of any page.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

from requests.exceptions import InvalidHeader
from requests.utils import prepend_scheme_if_needed
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from sphinx_linkaudit.ask.adapter import prepare_headers
from sphinx_linkaudit.ask.route import (
    NetrcError,
    can_be_sent,
    read_netrc,
    verify_by_environment,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.ask.settings import Settings
    from sphinx_linkaudit.ask.tls import Contexts, Verify

_SOCKS = frozenset({'socks4', 'socks4a', 'socks5', 'socks5h'})
_PROXY_SCHEMES = _SOCKS | {'http', 'https'}


class MisconfiguredError(Exception):
    """A setting or environment variable that makes every request impossible."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(f'{setting}: {message}')
        self.message = message  #: What is wrong with it, without any password.


def check(settings: Settings, contexts: Contexts) -> None:
    """See whether requests can be made; the *contexts* they need are loaded.

    :raises MisconfiguredError: for the first thing that keeps them from it.
    """
    for name, proxy in _proxies():
        if message := _fault_of_proxy(proxy):
            setting = f'{name}_proxy'
            raise MisconfiguredError(setting, message)
    _check_key_log()
    _check_netrc()
    for setting, verify in _trusted(settings):
        _check_authorities(setting, verify, contexts)
    for pattern, login in settings.auth:
        if message := _fault_of_login(login):
            setting = 'linkcheck_auth'
            raise MisconfiguredError(setting, f'{pattern.pattern!r}: {message}')
    for setting, name, value in _headers(settings):
        if not _is_header(name, value):
            message = f'{name!r} has a value that no header can have'
            raise MisconfiguredError(setting, message)


# -- proxies -------------------------------------------------------------------


def _proxies() -> Iterator[tuple[str, str]]:
    """Yield the proxies that may be used, each with what it is for."""
    proxies = getproxies()
    if proxies.get('no', '').strip() == '*':
        return
    names = ['http', 'https']
    if not all(map(proxies.get, names)):
        names.append('all')
    for name in names:
        if proxy := proxies.get(name):
            yield name, proxy


def _fault_of_proxy(proxy: str) -> str:
    """Return what is wrong with the address of a proxy, '' if nothing is."""
    try:
        # Both are read from it by requests, which raises TypeError without a host.
        urlsplit(proxy)
        parts = parse_url(prepend_scheme_if_needed(proxy, 'http'))
    except (LocationParseError, ValueError, TypeError):
        parts = None
    if parts is None or not parts.host or parts.query or parts.fragment:
        return (
            'not the address of a proxy, such as http://proxy.example:3128 (in a '
            'password, "#", "/", "@" and the like have to be percent-encoded)'
        )
    if parts.path not in {None, '', '/'}:
        return 'the address of a proxy has no path'
    if parts.scheme not in _PROXY_SCHEMES:
        return f'{parts.scheme!r} is no kind of proxy that can be used'
    if parts.scheme in _SOCKS and find_spec('socks') is None:
        return 'a SOCKS proxy needs PySocks: pip install "requests[socks]"'
    if parts.auth and not can_be_sent(unquote(parts.auth)):
        return 'its login has characters that no header can have'
    return ''


# -- certificates --------------------------------------------------------------


def _trusted(settings: Settings) -> Iterator[tuple[str, Verify]]:
    """Yield whom to trust, each with the name of what says so."""
    if not settings.tls_verify:
        yield 'tls_verify', False
        return
    certs = settings.tls_cacerts
    if certs and not isinstance(certs, dict):
        yield 'tls_cacerts', certs
        return
    for path in (certs or {}).values():
        yield 'tls_cacerts', path
    names = ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE')
    name = next((name for name in names if os.environ.get(name)), 'tls_verify')
    yield name, verify_by_environment()


def _check_authorities(setting: str, verify: Verify, contexts: Contexts) -> None:
    try:
        contexts.get(verify)
    except (OSError, TypeError) as error:
        message = getattr(error, 'strerror', None) or str(error)
        if not isinstance(verify, bool) and str(verify) not in message:
            message = f'{verify}: {message}'
        raise MisconfiguredError(setting, message) from error


def _check_key_log() -> None:
    """See whether the file can be written that TLS keys go to."""
    if path := os.environ.get('SSLKEYLOGFILE'):
        # A pipe that nobody reads from would block.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, 'O_NONBLOCK', 0)
        try:
            os.close(os.open(path, flags, 0o600))
        except (OSError, ValueError) as error:
            message = f'{path}: {getattr(error, "strerror", error)}'
            setting = 'SSLKEYLOGFILE'
            raise MisconfiguredError(setting, message) from error


# -- logins and headers --------------------------------------------------------


def _check_netrc() -> None:
    """See whether the file of logins can be read that was asked for by its name."""
    path = os.environ.get('NETRC', '')
    if path not in {'', os.devnull}:
        try:
            read_netrc(Path(path).expanduser())
        except (NetrcError, RuntimeError) as error:  # the second: no such home
            setting = 'NETRC'
            raise MisconfiguredError(setting, f'{path}: {error}') from error


def _fault_of_login(login: Any) -> str:
    """Return what is wrong with a login, '' if nothing is.

    It is a name and a password, or an object that requests takes.
    """
    if callable(login):
        return ''
    if not (isinstance(login, tuple) and len(login) == 2):
        return 'a login is a name and a password'
    if not all(map(can_be_sent, map(str, login))):
        return 'its login has characters that no header can have'
    return ''


def _headers(settings: Settings) -> Iterator[tuple[str, str, object]]:
    """Yield name and value of each header, with the name of what says so."""
    yield 'user_agent', 'User-Agent', settings.user_agent
    for setting, headers in settings.all_headers:
        for name, value in headers.items():
            yield setting, name, value


def _is_header(name: str, value: Any) -> bool:
    try:
        prepare_headers({name: value})
        f'{name}{value}'.encode('latin-1')
    except (InvalidHeader, UnicodeError, AttributeError, TypeError):
        return False
    return True
