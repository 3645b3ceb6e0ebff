"""How a host is reached: its proxy, whom to trust, and a login from ``~/.netrc``.

All of this comes from the settings and the environment, so it is checked before the
first link: what is wrong with it is no fault of any page.
"""

from __future__ import annotations

import netrc
import os
import stat
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import requests
from requests.exceptions import InvalidHeader
from requests.utils import (
    NETRC_FILES,
    get_environ_proxies,
    prepend_scheme_if_needed,
)
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from sphinx_linkaudit.ask.adapter import prepare_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.ask.settings import Settings
    from sphinx_linkaudit.ask.tls import Contexts, Verify

_SOCKS = frozenset({'socks4', 'socks4a', 'socks5', 'socks5h'})
_PROXY_SCHEMES = _SOCKS | {'http', 'https'}


class MisconfiguredError(Exception):
    """A setting, or a variable of the environment, that nothing can be asked with."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(f'{setting}: {message}')
        self.setting = setting  #: Its name.
        self.message = message  #: What is wrong with it; it holds no secret.


class Route(NamedTuple):
    """How to reach a host."""

    verify: Verify
    proxies: dict[str, str]
    login: tuple[str, str] | None  #: From ``~/.netrc``.


class Routes:
    """How hosts are reached, each looked up once.

    To look at the environment and at ``~/.netrc`` for each link would take longer than
    its request.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.get = lru_cache(maxsize=None)(self._find)
        self.prepare_headers = lru_cache(maxsize=256)(prepare_headers)
        self._netrc, self.warning = _read_netrc()
        self._secrets = set(_proxy_passwords())

    def redact(self, text: str) -> str:
        """Return *text* without the passwords of proxies."""
        for secret in self._secrets:
            text = text.replace(secret, '***')
        return text

    def check(self, contexts: Contexts) -> None:
        """See whether anything can be asked for with this configuration.

        :raises MisconfiguredError: for the first thing that is wrong with it.
        """
        _check_proxies()
        _check_key_log()
        for setting, verify in self._trusted():
            try:
                contexts.get(verify)
            except OSError as error:
                message = error.strerror or str(error)
                if verify is not True and str(verify) not in message:
                    message = f'{verify}: {message}'
                raise MisconfiguredError(setting, message) from error
        _check_logins(self._settings)
        _check_headers(self._settings)

    def _find(self, scheme: str, netloc: str) -> Route:
        url = f'{scheme}://{netloc}/'
        verify: Verify = self._settings.tls_verify
        certs = self._settings.tls_cacerts
        if verify and certs:
            host = netloc.rpartition('@')[2]
            verify = certs.get(host, True) if isinstance(certs, dict) else certs
        if verify is True:
            verify = _verify_by_environment(url)
        return Route(verify, get_environ_proxies(url, None), self._login(url))

    def _login(self, url: str) -> tuple[str, str] | None:
        if self._netrc is None:
            return None
        found = self._netrc.authenticators(urlsplit(url).hostname or '')
        if not found:
            return None
        login, account, password = found
        return login or account or '', password or ''

    def _trusted(self) -> Iterator[tuple[str, Verify]]:
        """Yield whom to trust, each with the name of the setting that says so."""
        if not self._settings.tls_verify:
            yield 'tls_verify', False
            return
        certs = self._settings.tls_cacerts
        if certs and not isinstance(certs, dict):
            yield 'tls_cacerts', certs
            return
        for path in (certs or {}).values():
            yield 'tls_cacerts', path
        names = ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE')
        name = next((name for name in names if os.environ.get(name)), 'tls_verify')
        yield name, _verify_by_environment('https://localhost.invalid/')


def _verify_by_environment(url: str) -> Verify:
    with requests.Session() as session:
        found = session.merge_environment_settings(url, {}, None, None, None)
    verify: Verify = found['verify'] or True
    return verify


# -- what can be wrong ---------------------------------------------------------------


def _check_proxies() -> None:
    for name, proxy in _proxies():
        setting = f'{name}_proxy'
        try:
            parts = parse_url(prepend_scheme_if_needed(proxy, 'http'))
        except (LocationParseError, ValueError):
            parts = None
        if parts is None or not parts.host or parts.query or parts.fragment:
            message = (
                'not the address of a proxy (in a password, characters such as '
                '"#", "/" and "@" have to be percent-encoded)'
            )
            raise MisconfiguredError(setting, message)
        if parts.path not in {None, '', '/'}:
            raise MisconfiguredError(setting, 'the address of a proxy has no path')
        if parts.scheme not in _PROXY_SCHEMES:
            raise MisconfiguredError(setting, f'no proxy speaks {parts.scheme!r}')
        if parts.scheme in _SOCKS and find_spec('socks') is None:
            message = 'a SOCKS proxy needs PySocks: pip install requests[socks]'
            raise MisconfiguredError(setting, message)
        if parts.auth and not _is_latin_1(unquote(parts.auth)):
            message = 'its login has characters that no header can have'
            raise MisconfiguredError(setting, message)


def _proxies() -> Iterator[tuple[str, str]]:
    """Yield the proxies that the environment names, each by what it is for."""
    proxies = getproxies()
    for name in ('http', 'https', 'all'):
        if proxy := proxies.get(name):
            yield name, proxy


def _proxy_passwords() -> Iterator[str]:
    for _name, proxy in _proxies():
        userinfo = proxy.rpartition('@')[0].partition('://')[2]
        password = userinfo.partition(':')[2]
        yield from filter(None, {userinfo, password, unquote(password)})


def _check_key_log() -> None:
    """See whether the file can be written that TLS keys go to."""
    if path := os.environ.get('SSLKEYLOGFILE'):
        # One that nobody reads from would block.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, 'O_NONBLOCK', 0)
        try:
            os.close(os.open(path, flags, 0o600))
        except OSError as error:
            message = f'{path}: {error.strerror}'
            setting = 'SSLKEYLOGFILE'
            raise MisconfiguredError(setting, message) from error


def _check_logins(settings: Settings) -> None:
    for pattern, login in settings.auth:
        if isinstance(login, tuple) and not all(map(_is_latin_1, map(str, login))):
            setting = 'linkcheck_auth'
            message = (
                f'the login for {pattern.pattern!r} has characters that no header can '
                'have'
            )
            raise MisconfiguredError(setting, message)


def _check_headers(settings: Settings) -> None:
    agent = {'User-Agent': settings.user_agent}
    for setting, headers in (
        ('user_agent', agent),
        *(('linkcheck_request_headers', headers) for headers in settings.all_headers),
    ):
        for name, value in headers.items():
            try:
                prepare_headers(((name, value),))
                is_good = _is_latin_1(f'{name}{value}')
            except (InvalidHeader, UnicodeError, AttributeError):
                is_good = False
            if not is_good:
                message = f'{name!r} has a value that no header can have'
                raise MisconfiguredError(setting, message)


def _is_latin_1(text: str) -> bool:
    try:
        text.encode('latin-1')
    except UnicodeError:
        return False
    return True


def _read_netrc() -> tuple[netrc.netrc | None, str]:
    """Return the logins of the file that requests would read, and what is wrong.

    A file that may not be read, is none or has a mistake is left alone, as requests
    does: it is the user's, for many programs.
    """
    named = os.environ.get('NETRC')
    files = (named,) if named else tuple(f'~/{name}' for name in NETRC_FILES)
    for name in files:
        try:
            path = Path(name).expanduser()
            mode = path.stat().st_mode
        except (OSError, RuntimeError):  # there is none, or no home
            continue
        if not stat.S_ISREG(mode):
            return None, f'{name} is ignored: it is no file'
        try:
            found = netrc.netrc(path)
        except (OSError, netrc.NetrcParseError, ValueError) as error:
            # The words of a parser may have a piece of a password.
            why = error.strerror if isinstance(error, OSError) else 'it has a mistake'
            return None, f'{name} is ignored: {why}'
        for logins in found.hosts.values():
            if not _can_be_sent(logins):
                return None, f'{name} is ignored: it has a login that cannot be sent'
        return found, ''
    return None, ''


def _can_be_sent(login: tuple[str | None, ...]) -> bool:
    text = ''.join(map(str, login))
    return _is_latin_1(text) and not any(map(text.__contains__, '\r\n\0'))
