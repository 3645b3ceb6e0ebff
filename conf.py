"""Settings of the site: the one place that names both extensions."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_EXT = Path(__file__).parent / '_ext'
sys.path[:0] = [
    str(_EXT),
    str(_EXT / 'sphinx-linkaudit' / 'src'),
    str(_EXT / 'sphinx-talknotes' / 'src'),
]

project = 'DjangoCon Europe 2011'
author = 'an attendee'
project_copyright = 'the notes: their author; the code: the contributors'
language = 'en'
version = '2011'  # EPUB wants one

extensions = ['sphinx_talknotes', 'sphinx_linkaudit', 'linkguide', 'notesite']
primary_domain = 'talk'
nitpicky = True
talk_fates = 'fates.json'
talk_summary = True
talk_show_fields = False  # The template has the day.
talk_style_sheet = False  # The site has rules of its own for all that it has.

exclude_patterns = [
    '_build',
    '_ext',
    '.venv',
    '.tox',
    '.github',
    'seeds',
    'tests',
    'benchmarks',
    'guide/examples',
    'README.rst',
    'CHANGES.rst',
    'CONTRIBUTING.rst',
    'UPSTREAM.rst',
]

# As in a browser, every page has a top.
linkcheck_allow_top_anchor = True
# Old pages have dead links: those we know of don't fail, and a new one does only once
# it has failed on three days.
linkcheck_known_dead = 'known-dead.json'
linkcheck_cache = True
linkcheck_strikes = 3
linkcheck_retries = 2
# A page without a day of its own has that of the conference's middle.
linkcheck_archive_date = '2011-06-07'
# What was found out since was not there then.
linkcheck_archive_except = ['added']

html_theme = 'furo'
# Where the sources are: the foot of each page links to it, once it is known.
html_theme_options = {'source_repository': ''}
html_title = project
html_static_path = ['_static']
# Pages that lead to where what they had is now.
html_extra_path = ['_moved']
html_favicon = '_static/favicon.svg'
html_css_files = ['programme.css', 'notes.css']
# A book has a look of its own, and no scripts.
epub_css_files = ['notes.css']
# Its contents are all pages: no table of contents is shown in one of them.
epub_tocscope = 'includehidden'
epub_tocdepth = 1
epub_tocdup = False
epub_exclude_files = [
    f'_static/{name}'
    for name in ('programme.css', 'card.png', 'filter.js', 'search.js', 'theme.js')
]
epub_exclude_files += ['djangocon/index.html']  # of _moved
templates_path = ['_templates']
# Where the site will be, if that is known: for its canonical addresses and sitemap.
html_baseurl = os.environ.get('READTHEDOCS_CANONICAL_URL', '')
notesite_card = '_static/card.png'
# What the search finds, in the order in which it shows it.
notesite_search = {
    'talk': ['talk:talk'],
    'person': ['talk:speaker', 'talk:handle'],
    'package': ['talk:package'],
    'guide': ['guide/*'],
}
# Where what was added later stands in the margin.
notesite_side_notes = ['djangocon/*']
# The bar above every page.
html_context = {
    'site_links': [
        ('index', 'Talks'),
        ('packages', 'Packages'),
        ('fifteen-years-later', 'Fifteen years later'),
        ('speakers', 'Speakers'),
        ('to-do', 'To-dos'),
        ('links', 'Links'),
    ]
}

# A booklet: each talk is a chapter, and none waits for a right-hand page.
latex_documents = [('index', 'notes.tex', project, author, 'manual', True)]
latex_elements = {
    'papersize': 'a5paper',
    'pointsize': '10pt',
    'extraclassoptions': 'openany,oneside',
    'preamble': r'\AtBeginDocument{\raggedright}',
    'sphinxsetup': 'hmargin=1.5cm, vmargin={1.8cm,1.8cm}',
}


def setup(app: Sphinx) -> None:
    """Let the talks say how their links fare: neither extension knows the other."""
    from sphinx_linkaudit import link_states  # noqa: PLC0415 (found only by now)

    app.connect('talk-link-states', link_states)
