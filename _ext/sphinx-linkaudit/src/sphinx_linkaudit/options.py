"""What ``conf.py`` says, as each part of the check wants to hear it."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.builders import linkcheck
from sphinx.util import logging

from sphinx_linkaudit._compat.sphinx import (
    default_user_agent,
    is_written_out,
    request_headers,
)
from sphinx_linkaudit.ask.forge import API
from sphinx_linkaudit.ask.route import proxy_passwords
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.hosts import FOR_VERDICTS, Hosts
from sphinx_linkaudit.judge import VERSION
from sphinx_linkaudit.judge.judge import Policy
from sphinx_linkaudit.masking import hide
from sphinx_linkaudit.memory.cache import Cache, digest
from sphinx_linkaudit.memory.jsonfile import JsonFileError
from sphinx_linkaudit.memory.known import load
from sphinx_linkaudit.memory.ledger import Ledger
from sphinx_linkaudit.since import Changes, SinceError
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import CACHE_DAYS, REASONS

if TYPE_CHECKING:
    from sphinx.config import Config

    from sphinx_linkaudit.memory.known import KnownDead
    from sphinx_linkaudit.records import Kind

logger = logging.getLogger(__name__)

#: The name of the cache in the output folder.
CACHE_NAME = 'linkcheck-cache.sqlite'

# -- what to hide --------------------------------------------------------------

#: Names of headers whose values let somebody in.
_SECRET_HEADER = re.compile(
    'auth|cookie|key|token|secret|password|credential|session', re.IGNORECASE
)


def hide_secrets_of(config: Config) -> None:
    """Have logins and secret headers masked in whatever is written.

    They are those of *config*, and the logins of the environment's proxies.
    """
    by_host = [*config.linkcheck_request_headers.values()]
    by_host += [one.get('headers', {}) for one in config.linkcheck_hosts.values()]
    found = [
        str(value)
        for headers in by_host
        for name, value in headers.items()
        if _SECRET_HEADER.search(name)
    ]
    # A server may repeat what comes behind the scheme of a login alone.
    found += [value.rpartition(' ')[2] for value in found]
    for _pattern, info in config.linkcheck_auth:
        # A name and a password, or an object of requests or of its kind.
        is_pair = isinstance(info, list | tuple)
        given = zip(('username', 'password'), info, strict=False) if is_pair else ()
        login = dict(given) or dict(getattr(info, '__dict__', {}))
        name = str(login.pop('username', ''))
        passwords = [one for one in login.values() if isinstance(one, str)]
        found += passwords
        # As Basic authentication sends them.
        found += [b64encode(f'{name}:{one}'.encode()).decode() for one in passwords]
    found.append(os.environ.get('GITHUB_TOKEN', '').strip())
    hide([*found, *proxy_passwords()])


# -- what to check -------------------------------------------------------------


def changes_of(config: Config, srcdir: Path) -> Changes | None:
    """Return which lines' links are to be checked, None for all of them."""
    commit = os.environ.get('LINKCHECK_SINCE') or config.linkcheck_since
    if not commit:
        return None
    try:
        return Changes(srcdir, commit)
    except SinceError as error:
        message = 'linkcheck_since: %s; every link is checked'
        text = printable(str(error))
        logger.warning(message, text, type='linkcheck', subtype='since')
        return None


# -- what to remember ----------------------------------------------------------


def ledger_of(config: Config, srcdir: Path, outdir: Path) -> Ledger:
    """Return what is known of links from before, and will be remembered of them."""
    cache = None
    if config.linkcheck_cache:
        name = config.linkcheck_cache_file
        path = Path(srcdir, name) if name else outdir / CACHE_NAME
        # What a verdict means depends on who judged, too.
        settings = digest(VERSION, sorted(REASONS), verdict_settings_of(config))
        cache = Cache(path, cache_days_of(config), settings)
    return Ledger(
        _known_dead(config.linkcheck_known_dead, srcdir),
        cache,
        strikes=config.linkcheck_strikes,
        failing=frozenset(config.linkcheck_fail_on),
        ignore=tuple(map(re.compile, config.linkcheck_ignore)),
    )


def _known_dead(name: str | None, srcdir: Path) -> dict[str, KnownDead]:
    if not name:
        return {}
    path = Path(srcdir, name)
    try:
        return load(path)
    except JsonFileError as error:
        is_there = os.path.exists(path)  # noqa: PTH110 (pathlib raises for a name too long)
        hint = '' if is_there else ' (sphinx-linkaudit accept makes it)'
        message = 'no link is accepted as dead: %s%s'
        text = printable(str(error))
        logger.warning(message, text, hint, type='linkcheck', subtype='known-dead')
        return {}


def cache_days_of(config: Config) -> dict[Kind, float]:
    """Return for how many days a result of each kind holds."""
    days = config.linkcheck_cache_duration
    if isinstance(days, dict):
        return CACHE_DAYS | days
    return dict.fromkeys(CACHE_DAYS, float(days))


#: The settings that verdicts depend on; of `linkcheck_auth` where to log in does too,
#: but not what with.  What is asked or not, and for how long, is no matter.
_FOR_VERDICTS = (
    'linkcheck_accept',
    'linkcheck_allow_top_anchor',
    'linkcheck_anchors_missing',
    'linkcheck_allow_unauthorized',
    'linkcheck_allowed_redirects',
    'linkcheck_anchors',
    'linkcheck_anchors_ignore',
    'linkcheck_anchors_ignore_for_url',
    'linkcheck_case_insensitive_urls',
    'linkcheck_private',
    'linkcheck_rate_limit_timeout',
    'linkcheck_report_timeouts_as_broken',
    'linkcheck_request_headers',
    'tls_cacerts',
    'tls_verify',
    'user_agent',
)


def verdict_settings_of(config: Config) -> list[tuple[str, str]]:
    """Return the settings that a remembered verdict holds for, as text."""
    found = [(name, _stable(config[name])) for name in _FOR_VERDICTS]
    where = [pattern for pattern, _info in config.linkcheck_auth]
    hosts = {
        pattern: {key: values[key] for key in FOR_VERDICTS if key in values}
        for pattern, values in config.linkcheck_hosts.items()
    }
    hosts = {pattern: values for pattern, values in hosts.items() if values}
    return [
        *found,
        ('linkcheck_auth', _stable(where)),
        ('linkcheck_hosts', _stable(hosts)),
    ]


def _stable(value: object) -> str:
    """Return *value* as text that is the same in each process, for equal ones only."""
    match value:
        case dict():
            # Their order counts: the first that matches is taken.
            pairs = [f'{_stable(key)}: {_stable(one)}' for key, one in value.items()]
            return f'{{{", ".join(pairs)}}}'
        case set() | frozenset():
            return f'{{{", ".join(sorted(map(_stable, value)))}}}'
        case list() | tuple():
            return f'[{", ".join(map(_stable, value))}]'
        case re.Pattern():
            # Its own `repr` ends after 200 characters.
            return f'{value.pattern!r}:{value.flags}'
    return repr(value)


# -- how to ask, and to judge ---------------------------------------------------


def workers_of(config: Config) -> int | None:
    """Return how many workers there may be: None, enough, unless it is written out."""
    name = 'linkcheck_workers'
    return int(config.linkcheck_workers) if is_written_out(config, name) else None


def tries_of(config: Config) -> int | None:
    """Return how often a page is asked for whose failure may pass.

    None unless it is written out: then only what looks transient is tried once again.
    """
    if not is_written_out(config, 'linkcheck_retries'):
        return None
    return max(1, int(config.linkcheck_retries))


def hosts_of(config: Config) -> Hosts:
    """Return how some hosts are asked."""
    return Hosts(config.linkcheck_hosts)


def settings_of(config: Config) -> Settings:
    """Return how to ask, as *config* says."""
    configured = config.linkcheck_request_headers
    hosts = hosts_of(config)
    token = _github_token(config)

    def headers(url: str) -> dict[str, str]:
        chosen = request_headers(url, configured) if configured else {}
        own = hosts.of(url).headers
        # Names of headers have no case, but those of a dictionary do.
        names = {name.lower() for name in own}
        given = {**linkcheck.DEFAULT_REQUEST_HEADERS, **chosen}
        is_given = 'authorization' in {name.lower() for name in given}
        if token and url.startswith(API) and not is_given:
            given['Authorization'] = f'Bearer {token}'
        return {n: v for n, v in given.items() if n.lower() not in names} | {**own}

    return Settings(
        timeout=float(config.linkcheck_timeout or 30),
        user_agent=config.user_agent or default_user_agent(),
        tls_verify=config.tls_verify,
        tls_cacerts=config.tls_cacerts,
        auth=tuple((re.compile(p), _auth(info)) for p, info in config.linkcheck_auth),
        headers=headers,
        all_headers=(
            *(('linkcheck_request_headers', one) for one in configured.values()),
            *(('linkcheck_hosts', one) for one in hosts.all_headers),
        ),
        ignore=tuple(map(re.compile, config.linkcheck_ignore)),
        deny_private=config.linkcheck_private == 'deny',
        host_connections=max(config.linkcheck_host_workers, hosts.most_workers),
        timeout_for=lambda url: hosts.of(url).timeout,
        delay_for=lambda url: hosts.of(url).delay,
        lanes_for=lambda url: hosts.of(url).workers or config.linkcheck_host_workers,
    )


def has_github_login(config: Config) -> bool:
    """Whether there is something to log in with at GitHub's API."""
    return bool(_github_token(config)) or _has_login_for_api(config)


def _github_token(config: Config) -> str:
    """Return the token of the environment; '' if there is a login for it already."""
    token = os.environ.get('GITHUB_TOKEN', '').strip()
    is_token = token.isascii() and token.isprintable()
    return token if is_token and not _has_login_for_api(config) else ''


def _has_login_for_api(config: Config) -> bool:
    """Whether `linkcheck_auth` has a login for GitHub's API, and not for all hosts."""
    patterns = [re.compile(pattern) for pattern, _info in config.linkcheck_auth]
    return any(p.match(API) and not p.match('https://host.invalid/') for p in patterns)


def _auth(info: object) -> object:
    return tuple(info) if isinstance(info, list) else info


def policy_of(config: Config) -> Policy:
    """Return how to judge, as *config* says."""
    redirects = config.linkcheck_allowed_redirects
    hosts = hosts_of(config)
    return Policy(
        allow_unauthorized=config.linkcheck_allow_unauthorized,
        timeouts_are_broken=config.linkcheck_report_timeouts_as_broken,
        # Without a pause to wait for, a rate limit is a failure.
        rate_limits_are_broken=config.linkcheck_rate_limit_timeout <= 0,
        top_is_an_anchor=config.linkcheck_allow_top_anchor,
        missing_anchors_are_dead=config.linkcheck_anchors_missing != 'suspect',
        accept=tuple(
            (re.compile(pattern), frozenset(codes))
            for pattern, codes in config.linkcheck_accept.items()
        ),
        accept_for=lambda url: hosts.of(url).accept,
        allowed_redirects=redirects if isinstance(redirects, dict) else None,
        case_insensitive=tuple(map(re.compile, config.linkcheck_case_insensitive_urls)),
    )
