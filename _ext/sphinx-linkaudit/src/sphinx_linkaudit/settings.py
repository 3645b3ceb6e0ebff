"""Declares and checks the settings beyond those of Sphinx's own link check."""

from __future__ import annotations

import math
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx.config import ENUM
from sphinx.errors import ConfigError

from sphinx_linkaudit.hosts import Hosts, codes_of, seconds_of
from sphinx_linkaudit.judge.allowed_redirects import Repeating, target_of
from sphinx_linkaudit.memory.known import is_day
from sphinx_linkaudit.tell.formats import FORMATS
from sphinx_linkaudit.urls import archived_url, is_url
from sphinx_linkaudit.verdicts import CACHE_DAYS, CAN_FAIL, FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable

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
        'linkcheck_fail_on',
        [kind for kind in CAN_FAIL if kind in FAILURES],
        frozenset({list, tuple}),
        'The verdicts that make the check fail, a list of any of '
        f'{", ".join(CAN_FAIL)}.',
    ),
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
        'Seconds for the whole check; links not checked by then are unchecked. '
        'None: no limit.',
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
        'Whether #top is taken to be on every page, as browsers do.',
    ),
    Setting(
        'linkcheck_anchors_missing',
        'dead',
        ENUM('dead', 'suspect'),
        'What a link is whose page lacks its anchor: dead, or suspect, which fails no '
        'build.',
    ),
    Setting(
        'linkcheck_hosts',
        {},
        frozenset({dict}),
        'How some hosts are asked: by regular expression of the host (or of its '
        'address, ``https://host:port/``), a dictionary with any of ``workers`` (links '
        'at a time), ``delay`` (seconds between two requests), ``timeout``, '
        '``retries``, ``headers`` and ``accept`` (status codes that count as working). '
        'For each of them the first expression that matches and has it counts, before '
        'the general setting.',
    ),
    Setting(
        'linkcheck_private',
        'allow',
        ENUM('allow', 'deny'),
        'Whether links to private addresses are checked: allow or deny.',
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
        'Days for which a result is reused, by verdict; a verdict left out keeps its '
        'default. A number applies to all. Results expire up to a fifth earlier, each '
        'at a time of its own.',
    ),
    Setting(
        'linkcheck_reports',
        [],
        frozenset({list, tuple}),
        'More reports to write beside report.html and report.json, a list: '
        f'{", ".join(FORMATS)}.',
    ),
    Setting(
        'linkcheck_since',
        None,
        frozenset({str}),
        'A commit, such as origin/main: only links on lines that have changed since '
        'are checked. The environment variable LINKCHECK_SINCE takes its place.',
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
        'The day whose copy of a page readers are shown, as YYYY-MM-DD. With it, each '
        'external link in the HTML carries the address of its copy; a page with a '
        ':date: in its file-wide metadata uses that day.',
    ),
    Setting(
        'linkcheck_archive_except',
        [],
        frozenset({list, tuple}),
        'Classes: links inside anything of one of these carry no address of a copy, '
        'for they were added after that day.',
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
    """Declare the settings, and have their values checked."""
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
    repeating = RepeatingRedirects()
    # Sphinx compiles all expressions in between.
    app.connect('config-inited', repeating.take, priority=500)
    app.connect('config-inited', repeating.give_back, priority=950)


class RepeatingRedirects:
    """Keeps from Sphinx the targets of `linkcheck_allowed_redirects` that it refuses.

    They refer to groups of their sources.
    """

    def __init__(self) -> None:
        self._kept: dict[re.Pattern[str], Repeating] = {}

    def take(self, _app: Sphinx, config: Config) -> None:
        """Take them out, before Sphinx compiles all expressions.

        :raises ConfigError: if one is no expression at all, such as a list of several.
        """
        redirects = config.linkcheck_allowed_redirects
        if not isinstance(redirects, dict):
            return
        left = dict(redirects)
        for source, target in redirects.items():
            if not all(isinstance(one, str | re.Pattern) for one in (source, target)):
                message = (
                    'linkcheck_allowed_redirects, %r must be one expression, not %r'
                )
                raise ConfigError(message % (source, target))
            # What isn't a valid one is Sphinx's to warn of.
            with suppress(re.error, TypeError):
                if repeating := target_of(source, target):
                    self._kept[re.compile(source)] = repeating
                    del left[source]
        if self._kept:
            config.linkcheck_allowed_redirects = left

    def give_back(self, _app: Sphinx, config: Config) -> None:
        """Put them back."""
        if self._kept:
            config.linkcheck_allowed_redirects |= self._kept


def _is_number(value: object) -> bool:
    try:
        return isinstance(value, int | float) and not math.isnan(value)
    except OverflowError:  # too large for what counts time
        return False


#: Settings that are read before the first link, most of them Sphinx's: what each has to
#: be, and whether a value is that.
_READ_FIRST: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    (
        'linkcheck_timeout',
        'a number of seconds from 0 up',
        lambda value: value is None or seconds_of(value) is not None,
    ),
    (
        'linkcheck_rate_limit_timeout',
        'a number of seconds from 0 up',
        lambda value: _is_number(value) and value >= 0,
    ),
    (
        'linkcheck_retries',
        'a whole number from 0 up',
        lambda value: isinstance(value, int) and value >= 0,
    ),
    ('linkcheck_accept', 'a dictionary', lambda value: isinstance(value, dict)),
    # Sphinx warns of any other text; what isn't text it can't compare.
    (
        'linkcheck_anchors_missing',
        "'dead' or 'suspect'",
        lambda value: isinstance(value, str),
    ),
    ('linkcheck_private', "'allow' or 'deny'", lambda value: isinstance(value, str)),
    (
        'linkcheck_cache_file',
        'the name of a file',
        lambda value: isinstance(value, str | os.PathLike | None),
    ),
)


def check_settings(_app: Sphinx, config: Config) -> None:
    """Check what would otherwise fail only later, in the middle of a check.

    :raises ConfigError: for the first mistake.
    """
    for name in ('linkcheck_host_workers', 'linkcheck_workers', 'linkcheck_strikes'):
        value = config[name]
        if not isinstance(value, int) or value < 1:
            message = '%s must be a whole number from 1 up, not %r'
            raise ConfigError(message % (name, value))
    for name, wanted, is_right in _READ_FIRST:
        if not is_right(config[name]):
            message = '%s must be %s, not %r'
            raise ConfigError(message % (name, wanted, config[name]))
    try:
        Hosts(config.linkcheck_hosts)
    except ValueError as error:
        message = f'linkcheck_hosts: {error}'
        raise ConfigError(message) from error
    for pattern, codes in config.linkcheck_accept.items():
        _check_expression('linkcheck_accept', pattern)
        if codes_of(codes) is None:
            message = 'linkcheck_accept, %r must be a list of status codes, not %r'
            raise ConfigError(message % (pattern, codes))
    try:
        seconds = float(config.linkcheck_total_timeout or math.inf)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not seconds > 0:
        message = 'linkcheck_total_timeout must be a number of seconds above 0, not %r'
        raise ConfigError(message % (config.linkcheck_total_timeout,))
    if config.linkcheck_strikes > 1 and not config.linkcheck_cache:
        message = 'linkcheck_strikes needs linkcheck_cache'
        raise ConfigError(message)
    days = config.linkcheck_cache_duration
    days = days if isinstance(days, dict) else {'working': days}
    for kind, number in days.items():
        if kind not in CACHE_DAYS or not _is_number(number) or number < 0:
            message = 'linkcheck_cache_duration, %r: %r; it maps a verdict to days: %s'
            raise ConfigError(message % (kind, number, ', '.join(CACHE_DAYS)))
    fail_on = config.linkcheck_fail_on
    if not isinstance(fail_on, list | tuple) or any(
        kind not in CAN_FAIL for kind in fail_on
    ):
        names = ', '.join(CAN_FAIL)
        message = f'linkcheck_fail_on must be a list of {names}, not {fail_on!r}'
        raise ConfigError(message)
    reports = config.linkcheck_reports
    if not isinstance(reports, list | tuple) or any(
        # It may be anything, and so have no hash.
        one not in tuple(FORMATS)
        for one in reports
    ):
        names = ', '.join(FORMATS)
        message = f'linkcheck_reports must be a list of {names}, not {reports!r}'
        raise ConfigError(message)
    if not isinstance(config.linkcheck_since, str | None):
        message = 'linkcheck_since must be the name of a commit, not %r'
        raise ConfigError(message % (config.linkcheck_since,))
    check_archive(config)


#: Settings of Sphinx's own that are lists of regular expressions.
_EXPRESSIONS = (
    'linkcheck_ignore',
    'linkcheck_exclude_documents',
    'linkcheck_anchors_ignore',
    'linkcheck_anchors_ignore_for_url',
    'linkcheck_case_insensitive_urls',
)


def check_inherited(config: Config) -> None:
    """Check Sphinx's own settings, where a link check would stumble over a mistake.

    Builders that don't check links have never minded it.

    :raises ConfigError: for the first mistake.
    """
    for name in _EXPRESSIONS:
        value = config[name]
        # Of a string each character would be one.
        if not isinstance(value, list | tuple | set | frozenset):
            message = '%s must be a list of regular expressions, not %r'
            raise ConfigError(message % (name, value))
        for pattern in value:
            _check_expression(name, pattern)
    # What stands in these may be secret.
    auth = config.linkcheck_auth
    if not isinstance(auth, list | tuple) or not all(
        isinstance(one, list | tuple) and len(one) == _PAIR for one in auth
    ):
        message = 'linkcheck_auth must be a list of pairs: address, login'
        raise ConfigError(message)
    for pattern, _login in auth:
        _check_expression('linkcheck_auth', pattern)
    headers = config.linkcheck_request_headers
    if not isinstance(headers, dict) or not all(
        isinstance(one, dict) and all(isinstance(name, str) for name in one)
        for one in headers.values()
    ):
        message = 'linkcheck_request_headers must map addresses to headers'
        raise ConfigError(message)


_PAIR = 2


def _check_expression(name: str, pattern: object) -> None:
    try:
        re.compile(pattern)  # type: ignore[call-overload]
    except (re.error, TypeError, RecursionError, OverflowError) as error:
        message = '%s, %r: %s'
        raise ConfigError(message % (name, pattern, error)) from error


def check_archive(config: Config) -> None:
    """Check the settings that say how a dead link is shown.

    :raises ConfigError: for the first mistake.
    """
    for name in ('linkcheck_known_dead', 'linkcheck_archive_date'):
        if not isinstance(config[name], str | None):
            message = f'{name} must be a string, not {config[name]!r}'
            raise ConfigError(message)
    if not isinstance(config.linkcheck_archive_except, list | tuple | set | frozenset):
        message = 'linkcheck_archive_except must be a list of classes, not %r'
        raise ConfigError(message % (config.linkcheck_archive_except,))
    day, template = config.linkcheck_archive_date, config.linkcheck_archive_url
    if day and not is_day(day):
        message = 'linkcheck_archive_date must be a date as YYYY-MM-DD, not %r'
        raise ConfigError(message % day)
    try:
        is_template = '{url}' in template and is_url(
            archived_url(template, 'https://example.org/', '2011-06-07')
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        is_template = False
    if not is_template:
        message = 'linkcheck_archive_url must be an address with {url}, not %r'
        raise ConfigError(message % (template,))
