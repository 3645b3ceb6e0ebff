"""What ``conf.py`` can say: the settings there are, and what they mean to the parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx.builders import linkcheck
from sphinx.config import ENUM
from sphinx.errors import ConfigError
from sphinx.locale import __
from sphinx.util.requests import _USER_AGENT

from linkaudit.fetch import Settings
from linkaudit.judge import Policy

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


class Setting(NamedTuple):
    """A setting beyond those that Sphinx's link check has."""

    name: str
    default: Any
    types: Any
    description: str


SETTINGS = (
    Setting(
        'linkcheck_host_workers',
        8,
        frozenset({int}),
        'How many links of one host are checked at a time.',
    ),
    Setting(
        'linkcheck_total_timeout',
        None,
        frozenset({int, float}),
        'Seconds for the whole check; what is left then is unchecked. '
        'None: as long as it takes.',
    ),
    Setting(
        'linkcheck_accept',
        {},
        frozenset({dict}),
        'Status codes that count as working: by regular expression of the address, '
        'a list of them.',
    ),
    Setting(
        'linkcheck_allow_top_anchor',
        False,
        frozenset({bool}),
        'Whether #top is on every page, as it is for a browser.',
    ),
    Setting(
        'linkcheck_private',
        'allow',
        ENUM('allow', 'deny'),
        'Whether links to private addresses are checked as they are written.',
    ),
    Setting(
        'linkcheck_probe_soft_404',
        False,
        frozenset({bool}),
        'Whether a suspicious page is compared with one that cannot exist: '
        'one more request for each host that has such a page.',
    ),
)


def add_settings(app: Sphinx) -> None:
    """Declare the settings, and look at what ``conf.py`` makes of them."""
    for setting in SETTINGS:
        app.add_config_value(
            setting.name, setting.default, '', setting.types, setting.description
        )
    app.connect('config-inited', check_settings)


def check_settings(_app: Sphinx, config: Config) -> None:
    """Look at what would fail only later, in the middle of a check.

    :raises ConfigError: for the first mistake.
    """
    for name in ('linkcheck_host_workers', 'linkcheck_workers'):
        value = config[name]
        if not isinstance(value, int) or value < 1:
            message = __('%s has to be a number from 1 on, not %r')
            raise ConfigError(message % (name, value))
    accept = config.linkcheck_accept
    for pattern, codes in accept.items() if isinstance(accept, dict) else ():
        try:
            re.compile(pattern)
            frozenset(map(int, codes))
        except (re.error, TypeError, ValueError) as error:
            message = __('linkcheck_accept, %r: %s')
            raise ConfigError(message % (pattern, error)) from error


def workers_of(config: Config) -> int | None:
    """Return how many workers there may be: None, enough, unless it is written out."""
    name = 'linkcheck_workers'
    written = name in config.overrides or name in config._raw_config  # noqa: SLF001
    return int(config.linkcheck_workers) if written else None


def settings_of(config: Config) -> Settings:
    """Return how to ask, as *config* says."""
    configured = config.linkcheck_request_headers

    def headers(url: str) -> dict[str, str]:
        if not configured:
            return linkcheck.DEFAULT_REQUEST_HEADERS
        chosen = linkcheck._get_request_headers(url, configured)  # noqa: SLF001
        return {**linkcheck.DEFAULT_REQUEST_HEADERS, **chosen}

    return Settings(
        timeout=float(config.linkcheck_timeout or 30),
        user_agent=config.user_agent or _USER_AGENT,
        tls_verify=config.tls_verify,
        tls_cacerts=config.tls_cacerts,
        auth=tuple((re.compile(p), _auth(info)) for p, info in config.linkcheck_auth),
        headers=headers,
        ignore=tuple(map(re.compile, config.linkcheck_ignore)),
        deny_private=config.linkcheck_private == 'deny',
        host_connections=config.linkcheck_host_workers,
    )


def _auth(info: object) -> object:
    return tuple(info) if isinstance(info, list) else info


def policy_of(config: Config) -> Policy:
    """Return how to judge, as *config* says."""
    redirects = config.linkcheck_allowed_redirects
    return Policy(
        allow_unauthorized=config.linkcheck_allow_unauthorized,
        timeouts_are_broken=config.linkcheck_report_timeouts_as_broken,
        top_is_an_anchor=config.linkcheck_allow_top_anchor,
        accept=tuple(
            (re.compile(pattern), frozenset(map(int, codes)))
            for pattern, codes in config.linkcheck_accept.items()
        ),
        allowed_redirects=redirects if isinstance(redirects, dict) else None,
        case_insensitive=tuple(map(re.compile, config.linkcheck_case_insensitive_urls)),
    )
