"""A link check that always ends, judges right, and is as fast as the web lets it be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkaudit.builder import LinkAuditBuilder, replace_collector
from linkaudit.collect import PlacesCollector

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

__version__ = '0.1'


def setup(app: Sphinx) -> ExtensionMetadata:
    """Take the place of Sphinx's link check."""
    app.add_builder(LinkAuditBuilder, override=True)
    replace_collector(app)
    app.add_post_transform(PlacesCollector)
    app.add_config_value(
        'linkcheck_host_workers',
        8,
        '',
        types=frozenset({int}),
        description='How many links of one host are checked at a time.',
    )
    app.add_config_value(
        'linkcheck_total_timeout',
        None,
        '',
        types=frozenset({int, float}),
        description='Seconds for the whole check; what is left then is unchecked.',
    )
    app.add_config_value(
        'linkcheck_accept',
        {},
        '',
        types=frozenset({dict}),
        description='Status codes to accept, a list by regular expression of URLs.',
    )
    app.add_config_value(
        'linkcheck_allow_top_anchor',
        False,
        '',
        types=frozenset({bool}),
        description='Whether #top is on every page, as it is for a browser.',
    )
    app.add_config_value(
        'linkcheck_private',
        'allow',
        '',
        types=frozenset({str}),
        description='"deny" refuses links to private addresses as they are written.',
    )
    return {
        'version': __version__,
        'parallel_read_safe': True,
        'parallel_write_safe': True,
    }
