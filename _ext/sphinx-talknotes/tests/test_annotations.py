"""What other extensions know of packages is shown where the notes name these."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from projects import CONF, entries

if TYPE_CHECKING:
    from fixtures import MakeProject

#: An extension of a project's own.
KNOWS = """
from dataclasses import dataclass
from docutils import nodes

@dataclass(frozen=True)
class Stars:
    number: int
    state = 'popular'
    packages = ()

    @property
    def marked(self):
        return (str(self.number),)

    def mark(self, references):
        return nodes.inline('', f'{self.number}*') if self.number else None

    def in_short(self, references):
        return nodes.inline('', f'{self.number} stars')

    def about(self, references):
        return nodes.paragraph('', f'{self.number} stars by now.')

    def data(self):
        return {'stars': self.number}

def first(app, keys):
    assert keys == {'south', 'celery', 'pip'}, keys
    return {'South': Stars(NUMBER), 'pip': Stars(0)}

def second(app, keys):
    return {'south': Stars(1), 'never named': Stars(2)}

def nobody(app, keys):
    return None

def written(app, kind, entries, filters, references):
    if kind == 'stars':
        names = ', '.join(entry.name for entry in entries)
        return [nodes.paragraph('', f'{names}: {filters["state"]}')]

def setup(app):
    from sphinx_talknotes.list_directives import TalkList
    from sphinx_talknotes.options import Options

    class StarList(TalkList):
        kind = 'stars'
        option_spec = Options('stars')
        filter_names = {'stars': 'state'}

    app.add_directive_to_domain('talk', 'star-list', StarList)
    for listener in (nobody, first, second):
        app.connect('talk-package-annotations', listener)
    app.connect('talk-list-written', written)
"""

PAGE = """\
Page
====

.. talk::

.. packages::

   South
     Migrations.
   celery
     A queue.

South again: :package:`south`.  And :package:`pip`.
"""

LISTS = """\
Lists
=====

.. package-list::

.. star-list::
   :stars: popular

.. star-list::
   :stars: unheard-of
"""


def test_another_extension_tells_what_it_knows(make_project: MakeProject) -> None:
    conf = f'{CONF}talk_summary = True\n{KNOWS}'
    project = make_project(
        {
            'conf.py': conf.replace('NUMBER', '7'),
            'page.rst': PAGE,
            'lists.rst': LISTS,
        }
    )
    build = project.build()
    assert build.warnings == []
    page = '\n'.join(build.lines('page'))
    assert page.count('7*') == 1
    assert 'South 7*' in page  # where the page first names it
    assert 'South 7 stars' in page
    found = entries(build.page('lists'))
    assert found['South'][-1] == '7 stars by now.'
    assert not any('stars' in line for line in found['celery'])
    lists = build.lines('lists')
    assert 'pip, South: popular' in lists
    assert lists[-1] == 'Nothing yet.'  # for the state that nothing has
    notes = json.loads(build.read('notes.json'))
    assert [p.get('stars') for p in notes['talks'][0]['packages']] == [7, None]

    # What they know is asked again, and what shows it is written again.
    project.write({'conf.py': conf.replace('NUMBER', '8')})
    build = project.build()
    assert 'South 8*' in '\n'.join(build.lines('page'))
    assert '8 stars by now.' in build.lines('lists')
