"""An extension that writes the talks as an Atom feed and a calendar beside the HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sphinx.errors import ConfigError, ExtensionError
from sphinx.util import logging

from sphinx_talknotes.addresses import is_url
from sphinx_talknotes.translate import __

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

_BUILDERS = {'html', 'dirhtml', 'singlehtml'}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the setting, and what writes the files."""
    try:
        import sphinx_talknotes.syndicate  # noqa: F401, PLC0415 (see below)
    except ImportError as error:
        message = __(
            'sphinx_talknotes.feed needs %s, which is not installed: '
            "pip install 'sphinx-talknotes[feed]'"
        )
        raise ExtensionError(message % error.name) from error
    # Its notes.json is written first.
    app.setup_extension('sphinx_talknotes')
    app.add_config_value(
        'talk_timezone',
        '',
        '',
        types=str,
        description='The time zone of the talks, as in Europe/Berlin',
    )
    app.connect('config-inited', check_zone)
    app.connect('html-page-context', name_feeds)
    app.connect('build-finished', write)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}


def check_zone(app: Sphinx, config: Config) -> None:
    """Refuse a time zone that there isn't (for ``config-inited``)."""
    try:
        zone_of(config.talk_timezone)
    except (LookupError, TypeError, ValueError, OSError) as error:
        message = __('talk_timezone: there is no time zone %r')
        raise ConfigError(message % (config.talk_timezone,)) from error


def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone of a name, None for ''.

    :raises LookupError: or ValueError or OSError, if there is none.
    """
    return ZoneInfo(name) if name else None


def base_of(config: Config) -> str:
    """Return the address of the site, '' if there is none or it isn't absolute."""
    return config.html_baseurl if is_url(config.html_baseurl) else ''


def name_feeds(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    tree: document | None,
) -> None:
    """Have the head of a page name the feed (for ``html-page-context``)."""
    if app.builder.name in _BUILDERS and base_of(app.config):
        from sphinx_talknotes.syndicate import ATOM  # noqa: PLC0415 (an extra)

        address, title = context['pathto'](ATOM, 1), app.config.project
        context['metatags'] = context.get('metatags', '') + (
            '<link rel="alternate" type="application/atom+xml" '
            f'title="{escape(title)}" href="{escape(address)}">'
        )


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the files (for ``build-finished``)."""
    if exception is not None or app.builder.name not in _BUILDERS:
        return
    from sphinx_talknotes.syndicate import write_feeds  # noqa: PLC0415 (an extra)

    base = base_of(app.config)
    names = write_feeds(app.outdir, base, zone_of(app.config.talk_timezone))
    logger.info(__('feeds: wrote %s'), ', '.join(names))
    if not base:
        logger.info(__('feeds: no Atom feed, for html_baseurl is no web address'))
