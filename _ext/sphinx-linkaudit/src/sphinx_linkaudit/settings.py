"""What ``conf.py`` can say: the settings there are, and what they mean to the parts."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx.builders import linkcheck
from sphinx.config import ENUM
from sphinx.errors import ConfigError
from sphinx.locale import __

from sphinx_linkaudit._compat import (
    default_user_agent,
    is_written_out,
    request_headers,
)
from sphinx_linkaudit.ask.fetch import Settings
from sphinx_linkaudit.judge.judge import Policy
from sphinx_linkaudit.memory.known import is_day
from sphinx_linkaudit.text import archived_url, is_url
from sphinx_linkaudit.verdicts import CACHE_DAYS

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

    from sphinx_linkaudit.records import Kind


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
    Setting(
        'linkcheck_cache',
        False,
        frozenset({bool}),
        'Whether results are remembered from one check to the next.',
    ),
    Setting(
        'linkcheck_cache_file',
        None,
        frozenset({str}),
        'The file for that, relative to the sources. '
        'None: linkcheck-cache.sqlite in the output folder.',
    ),
    Setting(
        'linkcheck_cache_duration',
        CACHE_DAYS,
        frozenset({dict, int, float}),
        'Days for which a result holds, by verdict; of a verdict left out, as many as '
        'by default. A number is for all. Results fall due up to a fifth earlier, each '
        'at a time of its own.',
    ),
    Setting(
        'linkcheck_strikes',
        1,
        frozenset({int}),
        'On how many different days a link has to fail before the check does. '
        'More than 1 needs linkcheck_cache.',
    ),
    # What follows is no part of a page's doctree: `archive` knows which pages to write
    # again when it changes.
    Setting(
        'linkcheck_known_dead',
        None,
        frozenset({str}),
        'The file of links that are accepted as dead, relative to the sources.',
    ),
    Setting(
        'linkcheck_archive_date',
        None,
        frozenset({str}),
        'The day from which readers should see a page that is gone, as YYYY-MM-DD. '
        'With it each external link carries in HTML where its copy is; a page with a '
        'day of its own, as file-wide metadata (:date:), has that.',
    ),
    Setting(
        'linkcheck_archive_url',
        'https://web.archive.org/web/{date}/{url}',
        frozenset({str}),
        'Where copies of pages are: {date} becomes the day, as YYYYMMDD, and {url} the '
        'address without its fragment.',
    ),
)


def add_settings(app: Sphinx) -> None:
    """Declare the settings, and look at what ``conf.py`` makes of them."""
    for setting in SETTINGS:
        app.add_config_value(
            setting.name, setting.default, '', setting.types, setting.description
        )
    if 'linkcheck_case_insensitive_urls' not in app.config:
        # Sphinx has it since 9.0.
        app.add_config_value(
            'linkcheck_case_insensitive_urls',
            [],
            '',
            frozenset({frozenset, list, set, tuple}),
        )
    app.connect('config-inited', check_settings)


def check_settings(_app: Sphinx, config: Config) -> None:
    """Look at what would fail only later, in the middle of a check.

    :raises ConfigError: for the first mistake.
    """
    for name in ('linkcheck_host_workers', 'linkcheck_workers', 'linkcheck_strikes'):
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
    try:
        seconds = float(config.linkcheck_total_timeout or math.inf)
    except (TypeError, ValueError):
        seconds = math.nan
    if not seconds > 0:
        message = __('linkcheck_total_timeout has to be seconds, not %r')
        raise ConfigError(message % config.linkcheck_total_timeout)
    if config.linkcheck_strikes > 1 and not config.linkcheck_cache:
        raise ConfigError(__('linkcheck_strikes needs linkcheck_cache'))
    days = config.linkcheck_cache_duration
    days = days if isinstance(days, dict) else {'working': days}
    for kind, number in days.items():
        if kind not in CACHE_DAYS or not isinstance(number, int | float) or number < 0:
            message = __('linkcheck_cache_duration, %r: %r; it has days for %s')
            raise ConfigError(message % (kind, number, ', '.join(CACHE_DAYS)))
    check_archive(config)


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
    'linkcheck_allow_unauthorized',
    'linkcheck_allowed_redirects',
    'linkcheck_anchors',
    'linkcheck_anchors_ignore',
    'linkcheck_anchors_ignore_for_url',
    'linkcheck_case_insensitive_urls',
    'linkcheck_private',
    'linkcheck_probe_soft_404',
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
    return [*found, ('linkcheck_auth', _stable(where))]


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


def check_archive(config: Config) -> None:
    """Look at what says how a dead link is shown.

    :raises ConfigError: for the first mistake.
    """
    for name in ('linkcheck_known_dead', 'linkcheck_archive_date'):
        if not isinstance(config[name], str | None):
            raise ConfigError(
                __('%s has to be a string, not %r') % (name, config[name])
            )
    day, template = config.linkcheck_archive_date, config.linkcheck_archive_url
    if day and not is_day(day):
        message = __('linkcheck_archive_date has to be a day, as YYYY-MM-DD, not %r')
        raise ConfigError(message % day)
    try:
        is_template = '{url}' in template and is_url(
            archived_url(template, 'https://example.org/', '2011-06-07')
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        is_template = False
    if not is_template:
        message = __('linkcheck_archive_url has to be an address with {url}, not %r')
        raise ConfigError(message % (template,))


def workers_of(config: Config) -> int | None:
    """Return how many workers there may be: None, enough, unless it is written out."""
    name = 'linkcheck_workers'
    return int(config.linkcheck_workers) if is_written_out(config, name) else None


def settings_of(config: Config) -> Settings:
    """Return how to ask, as *config* says."""
    configured = config.linkcheck_request_headers

    def headers(url: str) -> dict[str, str]:
        if not configured:
            return linkcheck.DEFAULT_REQUEST_HEADERS
        chosen = request_headers(url, configured)
        return {**linkcheck.DEFAULT_REQUEST_HEADERS, **chosen}

    return Settings(
        timeout=float(config.linkcheck_timeout or 30),
        user_agent=config.user_agent or default_user_agent(),
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
