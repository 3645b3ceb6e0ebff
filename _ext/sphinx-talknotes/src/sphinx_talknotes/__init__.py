"""A Sphinx domain for conference notes: talks, speakers, packages, to-dos."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING

from sphinx_talknotes import nodes, translate
from sphinx_talknotes._compat import OLDEST_SPHINX
from sphinx_talknotes.domain import TalkDomain
from sphinx_talknotes.export import write_notes
from sphinx_talknotes.freshness import Freshness
from sphinx_talknotes.note import (
    annotate,
    complete_index,
    note_page,
    warn_of_unknown_talk,
)
from sphinx_talknotes.packages import ReadBullets
from sphinx_talknotes.references import lead_out
from sphinx_talknotes.settings import check_settings
from sphinx_talknotes.style import add_style_sheet
from sphinx_talknotes.title_block import arrange
from sphinx_talknotes.write_html import visit_sources
from sphinx_talknotes.write_lists import FillLists
from sphinx_talknotes.write_names import FinishPackages
from sphinx_talknotes.write_prev_next import LinkNeighbours

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

__version__ = '0.1.0'

#: Raised with every change of the attributes of a node of `sphinx_talknotes.nodes`, for
#: doctrees are kept between builds.
ENV_VERSION = 10


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register all that there is."""
    app.require_sphinx(OLDEST_SPHINX)
    freshness = Freshness()
    app.add_config_value(
        'talk_summary',
        False,
        'env',
        types=bool,
        description='Whether each talk ends with what it named, wanted and linked to',
    )
    app.add_config_value(
        'talk_prev_next',
        None,
        'html',
        types=(bool, NoneType),
        description='Whether talks link to the one before and after; by default those '
        'that share a page, and those beside them',
    )
    app.add_config_value(
        'talk_handle_url',
        None,
        'html',
        types=(str, NoneType),
        description='The address of a profile, with {handle} in it, for a plain @name',
    )
    app.add_config_value(
        'talk_package_url',
        None,
        'html',
        types=(str, NoneType),
        description='The address of a package that has none in the notes, with {name}',
    )
    app.add_config_value(
        'talk_show_fields',
        True,
        'env',
        types=bool,
        description='Whether pages show the fields of a talk that stand at their top',
    )
    app.add_config_value(
        'talk_known_fields',
        [],
        'env',
        types=(list, tuple, set, frozenset),
        description='Names of fields at the top of pages that others know',
    )
    app.add_config_value(
        'talk_style_sheet',
        True,
        'html',
        types=bool,
        description='Whether pages have the style sheet for what the notes mark',
    )
    # (app, urls) -> {url: how it fares, in a word}, of those that it is known of.
    app.add_event('talk-link-states')
    # (app, keys) -> {name: Annotation}, of the packages that more is known of.
    app.add_event('talk-package-annotations')
    # (app, kind, entries, filters, references) -> nodes of a list of a kind of theirs.
    app.add_event('talk-list-written')
    for node in nodes.ALL:
        app.add_node(node)
    app.add_node(nodes.talk_sources, html=(visit_sources, None))
    app.add_domain(TalkDomain)
    app.add_transform(ReadBullets)
    app.add_post_transform(FillLists)
    app.add_post_transform(FinishPackages)
    app.add_post_transform(LinkNeighbours)
    app.connect('config-inited', check_settings)
    app.connect('builder-inited', add_style_sheet)
    app.connect('doctree-read', note_page)
    app.connect('doctree-read', arrange, priority=600)
    # First what pages show besides the notes.
    app.connect('env-updated', annotate)
    # Last, for others number their entries on env-updated, as sphinxcontrib-bibtex
    # does, and Sphinx its figures and sections on this.
    app.connect('env-get-updated', freshness.outdated, priority=900)
    app.connect('doctree-resolved', freshness.note)
    # After intersphinx.
    app.connect('missing-reference', lead_out, priority=900)
    app.connect('write-started', complete_index)
    app.connect('warn-missing-reference', warn_of_unknown_talk)
    app.connect('build-finished', freshness.save)
    app.connect('build-finished', write_notes)
    app.setup_extension('sphinx_talknotes.fates')
    # Last: what is imported with a catalog there has its words for all later builds.
    app.add_message_catalog(translate.CATALOG, str(translate.FOLDER))
    return {
        'version': __version__,
        'env_version': ENV_VERSION,
        'parallel_read_safe': True,
        'parallel_write_safe': True,
    }
