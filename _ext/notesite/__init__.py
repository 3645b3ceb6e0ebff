"""What a site's pages need besides their text; knows nothing of what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notesite import downloads
from notesite.dayline import DayLines
from notesite.describe import describe
from notesite.fixes import fix_page
from notesite.letters import letters
from notesite.notfound import not_found
from notesite.search import write_search_data
from notesite.sidenotes import mark_side_notes
from notesite.sitemap import write_sitemap
from notesite.slim import slim_styles

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

__version__ = '0.1'


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register all that there is."""
    app.add_config_value(
        'notesite_card', '', 'html', str, 'The picture of the site in previews of it.'
    )
    app.add_config_value(
        'notesite_search', {}, 'html', dict, 'What is of which kind, for the search.'
    )
    app.add_config_value(
        'notesite_side_notes', [], 'html', list, 'Pages with side notes, as patterns.'
    )
    app.add_config_value(
        'notesite_downloads', {}, 'html', dict, 'Files of all the site, by their label.'
    )
    app.connect('html-page-context', downloads.offer)
    app.connect('build-finished', downloads.copy)
    app.add_post_transform(DayLines)
    # After what marks dead links.
    app.connect('doctree-resolved', mark_side_notes, priority=950)
    # After those that add to a page's text.
    app.connect('html-page-context', fix_page, priority=800)
    app.connect('html-page-context', letters, priority=800)
    app.connect('html-page-context', describe, priority=800)
    app.connect('html-collect-pages', not_found)
    # After the theme, which writes the style sheet of code only then.
    app.connect('build-finished', slim_styles, priority=800)
    app.connect('build-finished', write_sitemap)
    app.connect('build-finished', write_search_data)
    return {
        'version': __version__,
        'parallel_read_safe': True,
        'parallel_write_safe': True,
    }
