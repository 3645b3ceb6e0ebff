"""To-dos with markup: in lists they read as on their page, and lead where they do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from projects import dead_fragments, lines, links, nested_links, one

if TYPE_CHECKING:
    from fixtures import MakeProject
    from projects import Build

CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\n"
    "primary_domain = 'talk'\nnitpicky = True\ntalk_summary = True\n"
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
)
TARGET = """\
:talk:

Target
======

.. _tail:

The tail
--------

.. glossary::

   tide
      Comes and goes.

.. [CIT] A book.
"""
NOTES = """\
:talk:

Notes
=====

.. todo:: See :talk:`target`, :doc:`target`, :doc:`that <target>`, :ref:`tail`,
   :ref:`it <tail>`, :any:`tide`, :term:`tide` and [CIT]_.

.. todo::

   Do *this*, **that**, ``x  y`` and :package:`celery` with :handle:`@ada`.

   - `named`_, `Below`_, `near <target.html>`__
   - :math:`x^2`\\ |sub|\\ :sub:`2`

.. todo:: Nothing.

   .. only:: text

      In text.

   .. only:: not text

      Not :talk:`target`.

.. todo:: Read note [#a]_ and [*]_.

.. [#a] One.
.. [*] Two.

.. |sub| replace:: H
.. _named: https://named.example.org/

Below
-----

Text.
"""
MARKDOWN = """\
---
talk:
---

# Marked

```{todo}
See [that](target.rst), [](target.rst), [](#tail) and `code`.
```
"""
INDEX = """\
Index
=====

.. toctree::

   talks/target
   talks/notes
   talks/marked

.. todo-list::
"""
FILES = {
    'conf.py': CONF,
    'index.rst': INDEX,
    'talks/target.rst': TARGET,
    'talks/notes.rst': NOTES,
    'talks/marked.md': MARKDOWN,
}
TEXTS = [
    'See Target, Target, that, The tail, it, tide, tide and [CIT].',
    'Do this, that, x  y and celery with @ada. named, Below, near x^2H2',
    'Nothing. Not Target.',
    'Read note [1] and [*].',
    'See that, Target, The tail and code.',
]


@pytest.fixture(scope='module')
def build(make_project: MakeProject) -> Build:
    return make_project(FILES).build()


def test_to_dos_read_in_lists_as_on_their_page(build: Build) -> None:
    assert build.warnings == []
    found = lines(one(build.page('index'), 'ul.todo-list'))
    shown = [line.rpartition(' – ')[0] for line in found]
    squeezed = [' '.join(text.split()) for text in shown]
    assert squeezed[1].startswith('Do this, that, x y and celery with @ada. named,')
    assert [*squeezed[:1], *squeezed[2:]] == [*TEXTS[:1], *TEXTS[2:]]
    assert one(build.page('index'), 'ul.todo-list strong').get_text() == 'that'


def test_their_links_lead_to_the_same_places_from_another_folder(build: Build) -> None:
    items = build.page('index').select('ul.todo-list > li')
    target = 'talks/target.html'
    assert links(items[0])[:7] == [
        ('Target', target), ('Target', target), ('that', target),
        ('The tail', f'{target}#tail'), ('it', f'{target}#tail'),
        ('tide', f'{target}#term-tide'), ('tide', f'{target}#term-tide'),
    ]  # fmt: skip
    assert links(items[0])[7][1].startswith(f'{target}#')
    assert [link for link in links(items[1]) if link[0] not in {'celery', '@ada'}] == [
        ('named', 'https://named.example.org/'), ('Below', 'talks/notes.html#below'),
        ('near', target), ('Notes', 'talks/notes.html#todo--talks--notes--2'),
    ]  # fmt: skip
    assert [text for text, _url in links(items[3])][:2] == ['[1]', '[*]']
    assert all(url.startswith('talks/notes.html#') for _text, url in links(items[3]))
    assert links(items[4])[:3] == [
        ('that', target), ('Target', target), ('The tail', f'{target}#tail')
    ]  # fmt: skip
    assert dead_fragments(build.outdir) == []
    assert nested_links(build.outdir) == []


def test_the_exported_notes_and_the_summary_have_the_same_text(build: Build) -> None:
    talks = json.loads(build.read('notes.json'))['talks']
    texts = [todo['text'] for talk in talks for todo in talk['todos']]
    assert texts[0] == TEXTS[0]
    assert texts[2:] == TEXTS[2:]
    summary = lines(one(build.page('talks/notes'), '.talk-summary'))
    assert TEXTS[0] in summary
    assert TEXTS[2] in summary


@pytest.mark.parametrize('builder', ['dirhtml', 'singlehtml', 'epub', 'latex', 'text'])
def test_they_lead_there_with_other_builders(
    builder: str, make_project: MakeProject
) -> None:
    files = {name: text for name, text in FILES.items() if name != 'talks/marked.md'}
    files['talks/notes.rst'] = NOTES.replace('`near <target.html>`__', 'near')
    files['index.rst'] = INDEX.replace('   talks/marked\n', '')
    build = make_project(files).build(builder)
    assert [w for w in build.warnings if w.type] == []
    if builder == 'latex':
        text = next(build.outdir.glob('*.tex')).read_text('utf-8')
        assert text.count('{\\detokenize{talks/notes:below}}') == 1
        assert text.count('[\\detokenize{talks/notes:below}]') == 3
        # A footnote is no place that can be linked to.
        assert text.count('Read note {[}1{]} and {[}') == 2
    elif builder == 'text':
        text = (build.outdir / 'index.txt').read_text('utf-8')
        assert '* Nothing. In text. – Notes' in text
        assert '* Read note [1] and [*]. – Notes' in text.replace('\\*', '*')
    else:
        # In singlehtml, a page of its own leads to none (Sphinx issue 14221).
        dead = [uri for _page, uri in dead_fragments(build.outdir)]
        assert [uri for uri in dead if not uri.startswith('#document-')] == []


def test_a_list_follows_when_a_title_in_a_to_do_changes(
    make_project: MakeProject,
) -> None:
    project = make_project(FILES)
    project.build()
    project.replace(
        'talks/target.rst', 'The tail\n--------', 'The long tail\n---------'
    )
    (line, *_more) = lines(one(project.build().page('index'), 'ul.todo-list'))
    assert 'that, The long tail, it' in line


def test_a_mistake_in_a_to_do_is_told_once(make_project: MakeProject) -> None:
    page = 'Page\n====\n\n.. todo:: See :talk:`x`, :ref:`x` and :py:func:`x`.\n'
    build = make_project(
        {'page.rst': page, 'lists.rst': 'Lists\n=====\n\n.. todo-list::\n'}
    ).build()
    assert sorted(w.place for w in build.warnings) == ['page.rst:4'] * 3


#: A domain whose entries have their numbers once all pages are read.
NUMBERS = """
from docutils import nodes
from sphinx.domains import Domain
from sphinx.roles import XRefRole

class Numbers(Domain):
    name = 'number'
    roles = {'of': XRefRole()}

    def resolve_xref(self, env, fromdocname, builder, typ, target, node, contnode):
        return nodes.reference('', self.shown, refuri='https://n.example.org/')

def number(app, env):
    env.domains['number'].shown = env.config.number

def setup(app):
    app.add_domain(Numbers)
    app.add_config_value('number', '', '')
    app.connect('env-updated', number)
"""


def test_a_list_shows_what_other_domains_make_of_references_in_the_end(
    make_project: MakeProject,
) -> None:
    files = {
        'conf.py': f"extensions = ['sphinx_talknotes']\nnumfig = True\n{NUMBERS}",
        'before.rst': 'Before\n======\n',
        'page.rst': (
            'Page\n====\n\n.. talk:todo:: Read :number:of:`it`.\n\n'
            '.. talk:todo:: Draw :numref:`this`.\n\n.. _this:\n\n'
            '.. figure:: https://a.example/x.png\n\n   A map\n'
        ),
        'lists.rst': 'Lists\n=====\n\n.. talk:todo-list::\n',
    }
    project = make_project(files)
    for number in ('1', '2'):
        build = project.build(confoverrides={'number': number})
        assert f'Read {number}. \N{EN DASH} Page' in build.lines('lists')
        assert 'Draw Fig. 1. \N{EN DASH} Page' in build.lines('lists')
    figure = files['page.rst'].partition('.. figure')[2].replace('map', 'plan')
    project.write({'before.rst': f'{files["before.rst"]}\n.. figure{figure}'})
    build = project.build(confoverrides={'number': '2'})
    assert 'Draw Fig. 2. \N{EN DASH} Page' in build.lines('lists')
