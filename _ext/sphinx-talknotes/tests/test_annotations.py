"""What other extensions know of packages is shown where the notes name these."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from projects import CONF, entries, links

if TYPE_CHECKING:
    from fixtures import MakeProject

#: An extension of a project's own.
KNOWS = """
from dataclasses import dataclass
from docutils import nodes

@dataclass(frozen=True)
class Stars:
    number: int
    note: str = ''
    state = 'popular'
    packages = ('rq',)

    @property
    def marked(self):
        return (str(self.number),)

    def mark(self, references):
        return nodes.inline('', f'{self.number}*') if self.number else None

    def in_short(self, references):
        return nodes.inline('', f'{self.number} stars{self.note}')

    def about(self, references):
        text = nodes.Text(f'{self.number} stars by now, more than ')
        return nodes.paragraph('', '', text, references.package('rq'))

    def data(self):
        return {'stars': self.number}

def first(app, keys):
    assert keys - {'rq'} == {'south', 'celery', 'pip'}, keys
    if app.config.author == 'Nobody':
        return {}
    return {'South': Stars(NUMBER, 'NOTE'), 'pip': Stars(0)}

def second(app, keys):
    return {'south': Stars(1), 'never named': Stars(2)}

def nobody(app, keys):
    return None

def written(app, kind, entries, filters, references):
    if kind == 'stars':
        names = ', '.join(entry.name for entry in entries)
        return [nodes.paragraph('', f'{names}: {filters.get("state")}')]

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
   :verdict: recommended

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

.. star-list::
   :stars: unheard-of
"""

SOME = """\
Some
====

.. package-list::
   :verdict: recommended
"""


def test_another_extension_tells_what_it_knows(make_project: MakeProject) -> None:
    conf = f'{CONF}talk_summary = True\n{KNOWS}'
    project = make_project(
        {
            'conf.py': conf.replace('NUMBER', '7').replace('NOTE', ''),
            'page.rst': PAGE,
            'lists.rst': LISTS,
            'some.rst': SOME,
        }
    )
    build = project.build()
    assert build.warnings == []
    page = '\n'.join(build.lines('page'))
    assert page.count('7*') == 1
    assert 'South 7*' in page  # where the page first names it
    assert 'South 7 stars' in page
    found = entries(build.page('lists'))
    assert found['South'][-1] == '7 stars by now, more than rq'
    assert not any('stars' in line for line in found['celery'])
    lists = build.lines('lists')
    assert 'pip, South: popular' in lists
    assert 'pip, South: None' in lists
    assert lists[-1] == 'Nothing yet.'  # for the state that nothing has
    notes = json.loads(build.read('notes.json'))
    assert [p.get('stars') for p in notes['talks'][0]['packages']] == [7, None]

    # What they know is asked again, and what shows it is written again.
    project.write({'conf.py': conf.replace('NUMBER', '8').replace('NOTE', '')})
    build = project.build()
    assert 'South 8*' in '\n'.join(build.lines('page'))
    assert '8 stars by now, more than rq' in build.lines('lists')
    project.write({'conf.py': conf.replace('NUMBER', '8').replace('NOTE', ' (new)')})
    assert 'South 8 stars (new)' in '\n'.join(project.build().lines('page'))
    # A package that it names is a link as soon as the notes have an entry of it.
    assert ('rq', 'lists.html#package--rq') not in links(build.page('some'))
    project.write({'more.rst': 'More\n====\n\n:package:`rq`\n'})
    build = project.build()
    assert ('rq', 'lists.html#package--rq') in links(build.page('some'))


def test_what_nobody_knows_any_more_is_forgotten(make_project: MakeProject) -> None:
    conf = f'{CONF}{KNOWS}'.replace('NUMBER', '7')
    project = make_project({'conf.py': conf, 'page.rst': PAGE})
    with project.app() as app:
        app.build()
        app.config.author = 'Nobody'
        app.build(force_all=True)
        domain: Any = app.env.domains['talk']
        known = domain.annotations
    assert {name: one.number for name, one in known.items()} == {
        'south': 1,
        'never-named': 2,
    }
