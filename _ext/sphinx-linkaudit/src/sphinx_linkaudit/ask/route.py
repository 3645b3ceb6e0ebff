"""How a host is reached: its proxy, whom to trust, and a login from ``~/.netrc``.

All of this comes from the settings and the environment, which no page has a part in.
"""

from __future__ import annotations

import netrc
import os
import re
import stat
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import requests
from requests.utils import NETRC_FILES, get_environ_proxies

from sphinx_linkaudit.ask.adapter import prepare_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.ask.settings import Settings
    from sphinx_linkaudit.ask.tls import Verify


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
        self._netrc = _read_netrc()
        # The longest first, for one may be a part of another.
        self._secrets = sorted(set(_proxy_passwords()), key=len, reverse=True)

    def redact(self, text: str) -> str:
        """Return *text* without the passwords of proxies."""
        for secret in self._secrets:
            text = text.replace(secret, '***')
        return text

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


def _verify_by_environment(url: str) -> Verify:
    with requests.Session() as session:
        found = session.merge_environment_settings(url, {}, None, None, None)
    verify: Verify = found['verify'] or True
    return verify


def _proxy_passwords() -> Iterator[str]:
    for proxy in getproxies().values():
        userinfo = proxy.rpartition('@')[0].partition('://')[2]
        password = userinfo.partition(':')[2]
        # Where one isn't percent-encoded, its beginning is taken for that of a host.
        beginning = re.split('[/?#]', userinfo)[0]
        yield from filter(None, {userinfo, password, unquote(password), beginning})


def _read_netrc() -> netrc.netrc | None:
    """Return the logins of the file that requests would read.

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
        if not stat.S_ISREG(mode):  # to open a pipe could block
            return None
        try:
            found = netrc.netrc(path)
        except (OSError, netrc.NetrcParseError, ValueError):
            return None
        return found if all(map(_can_be_sent, found.hosts.values())) else None
    return None


def _can_be_sent(login: tuple[str | None, ...]) -> bool:
    """Whether a header can have it."""
    text = ''.join(map(str, login))
    try:
        text.encode('latin-1')
    except UnicodeError:
        return False
    return not any(map(text.__contains__, '\r\n\0'))
