"""How a host is reached: its proxy, whom to trust, and a login from ``~/.netrc``.

All of this comes from the settings and the environment, which no page has a part in.
"""

from __future__ import annotations

import netrc
import os
import re
import stat
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import requests
from requests.utils import NETRC_FILES, get_environ_proxies

from sphinx_linkaudit.ask.address import address_class, url_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.ask.address import Classify
    from sphinx_linkaudit.ask.settings import Settings
    from sphinx_linkaudit.ask.tls import Verify


class Route(NamedTuple):
    """How to reach a host."""

    kind: int  #: How private its address is, as far as its URL says.
    verify: Verify
    proxies: dict[str, str]
    login: tuple[str, str] | None  #: From ``~/.netrc``.


class Routes:
    """How hosts are reached, each looked up once.

    To look at the environment and at ``~/.netrc`` for each link would take longer than
    its request.
    """

    def __init__(self, settings: Settings, classify: Classify = address_class) -> None:
        self._settings = settings
        self._classify = classify
        self._verify_by_environment = verify_by_environment()
        self.get = lru_cache(maxsize=None)(self._find)
        self._netrc: netrc.netrc | None = None
        self.warning = ''  #: Why no logins are taken from a file that is there.
        if path := find_netrc():
            try:
                self._netrc = read_netrc(path)
            except NetrcError as error:
                self.warning = f'{path} is ignored: {error}'

    def _find(self, scheme: str, netloc: str) -> Route:
        """Return the route; raise `InvalidAddressError` if there is no valid host."""
        url = f'{scheme}://{netloc}/'
        kind = url_class(url, self._classify)
        verify: Verify = self._settings.tls_verify
        certs = self._settings.tls_cacerts
        if verify and certs:
            host = netloc.rpartition('@')[2]
            verify = certs.get(host, True) if isinstance(certs, dict) else certs
        if verify is True:
            verify = self._verify_by_environment
        proxies = get_environ_proxies(url, None) if self._has_proxies else {}
        return Route(kind, verify, proxies, self._login(url))

    @cached_property
    def _has_proxies(self) -> bool:
        """Whether the environment names any proxy, for whatever host."""
        return bool(getproxies())

    def _login(self, url: str) -> tuple[str, str] | None:
        if self._netrc is None:
            return None
        found = self._netrc.authenticators(urlsplit(url).hostname or '')
        if not found:
            return None
        login, account, password = found
        return login or account or '', password or ''


def verify_by_environment() -> Verify:
    """Return whom the environment says to trust, which is the same for all hosts."""
    url = 'https://host.invalid/'
    with requests.Session() as session:
        found = session.merge_environment_settings(url, {}, None, None, None)
    verify: Verify = found['verify'] or True
    return verify


def proxy_passwords() -> Iterator[str]:
    """Yield what of the environment's proxies is to be masked in messages."""
    for proxy in getproxies().values():
        userinfo = proxy.rpartition('@')[0].partition('://')[2]
        password = userinfo.partition(':')[2]
        # Where one isn't percent-encoded, its beginning is taken for that of a host.
        beginning = re.split('[/?#]', userinfo)[0]
        yield from filter(None, {userinfo, password, unquote(password), beginning})


class NetrcError(Exception):
    """A file of logins can't be used; the message holds no piece of them."""


def find_netrc() -> Path | None:
    """Return the file of logins that requests would read, None if there is none."""
    named = os.environ.get('NETRC')
    for name in (named,) if named else tuple(f'~/{name}' for name in NETRC_FILES):
        # The second: there is no home.
        with suppress(OSError, RuntimeError, ValueError):
            path = Path(name).expanduser()
            path.stat()
            return path
    return None


def read_netrc(path: Path) -> netrc.netrc:
    """Return the logins of a file.

    :raises NetrcError: if it can't be read, or has what can't be sent.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe could block
            message = 'not a file'
            raise NetrcError(message)
        found = netrc.netrc(path)
    except OSError as error:
        raise NetrcError(error.strerror or 'not readable') from error
    except (netrc.NetrcParseError, ValueError) as error:
        # Their own words may have a piece of a password.
        line = getattr(error, 'lineno', None)
        message = f'syntax error in line {line}' if line else 'syntax error'
        raise NetrcError(message) from error
    for login in found.hosts.values():
        if not can_be_sent(''.join(map(str, login))):
            message = 'a login has characters that no header can have'
            raise NetrcError(message)
    return found


def can_be_sent(login: str) -> bool:
    """Whether a header can have it."""
    try:
        login.encode('latin-1')
    except UnicodeError:
        return False
    return not any(map(login.__contains__, '\r\n\0'))
