"""Several talks on a page: each is a section of its own, in all that is collected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import validate

from inventories import inventory
from projects import (
    build_by_processes,
    dead_fragments,
    doubled_ids,
    lines,
    links,
    nested_links,
    one,
)

if TYPE_CHECKING:
    from fixtures import MakeProject
    from projects import Build, Project

CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\n"
    "primary_domain = 'talk'\nnitpicky = True\ntalk_summary = True\n"
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
    "exclude_patterns = ['parts']\nmyst_enable_extensions = ['deflist']\n"
)
DAY_RST = """\
:date: 2025-09-13
:room: Hall

Saturday
========

.. todo:: Ask for coffee.

Keynote
-------

.. talk::
   :time: 09:30
   :id: K7

.. speaker:: Ada

:package:`numpy`, `pages <https://a.example.org/>`__

More
~~~~

.. packages::
   :verdict: recommended

   ruff
      A linter.

.. _soup:

Lunch
-----

.. talk::
   :date: 2025-09-14
   :room: Garden

.. speaker:: Ada

.. todo:: Try soup.

Questions
---------

:package:`black`
"""
DAY_MD = """\
---
date: 2025-09-13
room: Hall
---

# Saturday

```{todo} Ask for coffee.
```

## Keynote

```{talk}
:time: 09:30
:id: K7
```

```{speaker} Ada
```

{package}`numpy`, [pages](https://a.example.org/)

### More

```{packages}
:verdict: recommended

ruff
: A linter.
```

(soup)=

## Lunch

```{talk}
:date: 2025-09-14
:room: Garden
```

```{speaker} Ada
```

```{todo} Try soup.
```

## Questions

{package}`black`
"""
OTHER = """\
:talk:

Other
=====

:talk:`2025/day#keynote`, :talk:`K7`, :talk:`2025/day#lunch`, :talk:`single`,
:talk:`2025/day#soup`

Keynote
-------

Not that one.
"""
SINGLE = 'Single\n======\n\nThe talk\n--------\n\n.. talk::\n\n.. todo:: Go on.\n'
LISTS = """\
Lists
=====

Talks
-----

.. talks::

People
------

.. speaker-list::

Packages
--------

.. package-list::

To do
-----

.. todo-list::

Of one
------

.. package-list::
   :talk: 2025/day#keynote

Of a day
--------

.. talks::
   :date: 2025-09-14
"""
INDEX = (
    'Index\n=====\n\n.. toctree::\n\n   lists\n   2025/day\n   other\n   single\n'
)  # fmt: skip


def files(suffix: str) -> dict[str, str]:
    day = DAY_MD if suffix == 'md' else DAY_RST
    return {
        'conf.py': CONF,
        'index.rst': INDEX,
        'lists.rst': LISTS,
        f'2025/day.{suffix}': day,
        'other.rst': OTHER,
        'single.rst': SINGLE,
    }


@pytest.fixture(scope='module', params=['rst', 'md'])
def build(request: pytest.FixtureRequest, make_project: MakeProject) -> Build:
    return make_project(files(request.param)).build()


def section(build: Build, name: str) -> list[str]:
    """Return the lines of a section of the page with the lists, without its title."""
    return lines(one(build.page('lists'), f'#{name}'))[1:]


def test_each_section_with_the_directive_is_a_talk(build: Build) -> None:
    assert build.warnings == []
    assert dead_fragments(build.outdir) == []
    assert doubled_ids(build.outdir) == []
    assert nested_links(build.outdir) == []
    page = one(build.page('lists'), '#talks')
    assert section(build, 'talks') == [
        'Saturday, 13 September 2025',
        '09:30 Keynote – Ada (2 packages, 1 recommended, 1 link)',
        'Sunday, 14 September 2025',
        'Lunch – Ada (1 to-do)',
        'Without a date',
        'Other',
        'The talk (1 to-do)',
    ]
    addresses = {text: url for text, url in links(page) if text != 'Ada'}
    assert addresses == {
        'Keynote': '2025/day.html#talk--2025--day--keynote',
        'Lunch': '2025/day.html#talk--2025--day--lunch',
        'Other': 'other.html',
        'The talk': 'single.html#talk--single--the-talk',
    }
    keynote = one(build.page('2025/day'), '#keynote')
    assert keynote.select('#talk--2025--day--keynote')
    assert section(build, 'of-a-day') == ['Lunch – Ada (1 to-do)']


def test_what_is_said_is_of_its_talk_and_else_of_the_page(build: Build) -> None:
    assert section(build, 'people') == ['Ada', 'Keynote', 'Lunch']
    assert section(build, 'packages') == [
        'black', 'named in Saturday', 'numpy', 'named in Keynote',
        'ruff', 'A linter.', 'Keynote: More [recommended]',
    ]  # fmt: skip
    assert section(build, 'to-do')[1:] == [
        'Ask for coffee. – Saturday', 'Try soup. – Lunch', 'Go on. – The talk'
    ]  # fmt: skip
    assert section(build, 'of-one')[0] == 'numpy'
    assert 'black' not in section(build, 'of-one')


def test_roles_lead_to_a_talk_by_its_section_or_its_id(build: Build) -> None:
    (line,) = [text for text in build.lines('other') if text.startswith('Keynote,')]
    assert line == 'Keynote, Keynote, Lunch, The talk, Lunch'
    keynote = '2025/day.html#talk--2025--day--keynote'
    found = [url for text, url in links(build.page('other')) if text == 'Keynote']
    assert found == [keynote, keynote]


def test_each_talk_ends_with_its_own_summary(build: Build) -> None:
    page = build.page('2025/day')
    summaries = [lines(found) for found in page.select('.talk-summary')]
    assert summaries == [
        ['[In short]', 'Recommended', 'ruff', 'Named', 'numpy'],
        ['[In short]', 'To do', 'Try soup.'],
    ]  # fmt: skip
    assert one(page, 'section:is(#lunch, #soup)').select('.talk-summary')


def around(build: Build, docname: str) -> list[list[tuple[str, str]]]:
    """Return the links to previous and next talks on a page, line by line."""
    return [links(line) for line in build.page(docname).select('.talk-prev-next')]


def test_talks_lead_to_the_one_before_and_after_across_pages(build: Build) -> None:
    assert around(build, '2025/day') == [
        [('Lunch', '#talk--2025--day--lunch')],
        [('Keynote', '#talk--2025--day--keynote'), ('Other', '../other.html')],
    ]
    (_summary, line) = one(
        build.page('2025/day'), 'section:is(#lunch, #soup)'
    ).find_all(recursive=False)[-2:]
    assert 'talk-prev-next' in line['class']
    assert lines(one(build.page('other'), '.talk-prev-next')) == [
        'Previous talk: Lunch \N{MIDDLE DOT} Next talk: The talk'
    ]
    lunch = ('Lunch', '2025/day.html#talk--2025--day--lunch')
    assert around(build, 'other')[0][0] == lunch
    # Beside it each page is one talk: the theme's own links lead there.
    assert around(build, 'single') == []
    assert around(build, 'lists') == []


def test_links_to_the_next_talk_are_everywhere_or_nowhere_if_that_is_set(
    make_project: MakeProject,
) -> None:
    more = {
        'orphan.rst': f':orphan:\n{OTHER}',
        'first.rst': ':talk:\n\nFirst\n=====\n',
        'index.rst': ':talk:\n\n' + INDEX.replace('   2025', '   first\n   2025'),
    }
    project = make_project(files('rst') | more)
    always = {'talk_prev_next': True}
    shown = project.build('dirhtml', confoverrides=always)
    assert around(shown, 'single/index') == [[('Other', '../other/')]]
    assert around(shown, 'orphan/index') == []
    # Where all is one document, a reader goes on anyway.
    for builder in ('singlehtml', 'epub'):
        outdir = project.build(builder, confoverrides=always).outdir
        texts = [page.read_text('utf-8') for page in outdir.rglob('*.*html')]
        assert texts
        assert not any('talk-prev-next' in text for text in texts)
    hidden = project.build('dirhtml', confoverrides={'talk_prev_next': False})
    assert around(hidden, '2025/day/index') == []
    project.build('dirhtml')
    project.replace('2025/day.rst', 'Keynote\n-------', 'Opening\n-------')
    address = '../2025/day/#talk--2025--day--opening'
    shown = project.build('dirhtml')
    assert around(shown, 'first/index') == [[('Index', '../'), ('Opening', address)]]


def test_each_talk_is_one_in_the_exported_notes(build: Build) -> None:
    notes = json.loads(build.read('notes.json'))
    validate(notes, json.loads(build.read('notes.schema.json')))
    talks = {talk['title']: talk for talk in notes['talks']}
    assert list(talks) == ['Keynote', 'Lunch', 'Other', 'The talk']
    keynote: dict[str, Any] = talks['Keynote']
    assert keynote['page'] == '2025/day.html#talk--2025--day--keynote'
    given = ('docname', 'section', 'date', 'time', 'room', 'id')
    assert [keynote[key] for key in given] == [
        '2025/day', 'keynote', '2025-09-13', '09:30', 'Hall', 'K7'
    ]  # fmt: skip
    assert [talks['Lunch'][key] for key in ('date', 'room')] == ['2025-09-14', 'Garden']
    (page,) = notes['other_pages']
    assert (page['title'], 'section' in page) == ('Saturday', False)
    assert [todo['text'] for todo in page['todos']] == ['Ask for coffee.']


def test_each_talk_is_an_object_for_other_projects(build: Build) -> None:
    talks = {name: place for name, (place, _) in inventory(build)['talk:talk'].items()}
    assert talks == {
        '2025/day#keynote': '2025/day.html#talk--2025--day--keynote',
        '2025/day#lunch': '2025/day.html#talk--2025--day--lunch',
        'other': 'other.html#other',
        'single#the-talk': 'single.html#talk--single--the-talk',
    }


@pytest.mark.parametrize('builder', ['singlehtml', 'latex', 'epub'])
def test_links_to_sections_lead_there_with_other_builders(
    builder: str, make_project: MakeProject
) -> None:
    build = make_project(files('rst')).build(builder)
    assert [w for w in build.warnings if w.type] == []
    if builder == 'latex':
        text = next(build.outdir.glob('*.tex')).read_text('utf-8')
        place = r'\detokenize{2025/day:talk--2025--day--keynote}'
        assert f'\\label{{{place}}}' in text
        assert f'\\hyperref[{place}]' in text
    else:
        assert dead_fragments(build.outdir) == []


def test_pages_follow_when_a_section_becomes_a_talk_or_is_renamed(
    make_project: MakeProject,
) -> None:
    # The id of a talk, given again on pages that are in no table of contents.
    project = make_project(
        files('rst')
        | {
            'after.md': '---\norphan: true\ntalk:\nid: K7\n---\n\n# After\n',
            'behind.rst': ':orphan:\n\nBehind\n======\n\n.. talk::\n   :id: K7\n',
        }
    )
    first = project.build()
    assert [(w.place, w.type) for w in first.warnings] == [
        ('after.md:4', 'talk.talk'), ('behind.rst:6', 'talk.talk')
    ]  # fmt: skip
    said = f":id: 'K7' is already the id of the talk at {first.srcdir}/2025/day.rst:"
    assert all(w.text.startswith(said) for w in first.warnings)
    assert 'Keynote, Keynote, Lunch, The talk, Lunch' in first.lines('other')
    project.replace('2025/day.rst', 'Keynote\n-------\n', 'Opening\n-------\n')
    project.replace('other.rst', '2025/day#keynote', '2025/day#opening')
    project.replace('lists.rst', '2025/day#keynote', '2025/day#opening')
    project.replace('single.rst', '.. talk::\n', '')
    build = project.build()
    talks = section(build, 'talks')
    assert talks[1].startswith('09:30 Opening')
    assert len(talks) == 8  # five, each under its day or without one
    assert 'Opening, Opening, Lunch, single, Lunch' in build.lines('other')
    again: Project = make_project(
        {
            path.relative_to(project.srcdir).as_posix(): path.read_text('utf-8')
            for path in project.srcdir.rglob('*')
            if path.suffix in {'.rst', '.md', '.py'} and '_build' not in path.parts
        }
    )
    fresh = build_by_processes(again)
    assert around(build, 'other')[0] == [
        ('Lunch', '2025/day.html#talk--2025--day--lunch')
    ]
    for name in ('lists.html', 'other.html', 'notes.json', '2025/day.html'):
        assert fresh.read(name) == build.read(name)


def test_two_titles_on_a_page_are_two_talks_and_files_can_be_included(
    make_project: MakeProject,
) -> None:
    talk = '{0}\n====\n\n.. talk::\n\n.. todo:: Try {0}.\n\n'
    toctree = '.. toctree::\n\n   two\n   day\n'
    index = f'Index\n=====\n\n{toctree}\n.. talks::\n\n.. todo-list::\n'
    pages = {
        'conf.py': CONF,
        'two.rst': talk.format('Four') + talk.format('Five'),
        'day.rst': 'Friday\n******\n\n.. include:: parts/a.rst\n\n'
        '.. include:: parts/b.rst\n',
        'parts/a.rst': talk.format('Maps'),
        'parts/b.rst': talk.format('Bees') + '.. talk::\n   :time: soon\n',
        'index.rst': index,
    }
    build = make_project(pages).build()
    assert [(w.place, w.type) for w in build.warnings] == [
        ('parts/b.rst:9', 'talk.date'), ('parts/b.rst:8', 'talk.talk')
    ]  # fmt: skip
    assert build.lines('index')[-9:] == [
        *(f'{title} (1 to-do)' for title in
          ('Four', 'Five', 'Maps', 'Bees')),
        '4 open, 0 done',
        *(f'Try {title}. – {title}' for title in ('Four', 'Five', 'Maps', 'Bees')),
    ]  # fmt: skip
    assert dead_fragments(build.outdir) == []


def test_fields_of_one_talk_above_several_are_told(make_project: MakeProject) -> None:
    talk = '{}\n---\n\n.. talk::\n\n'
    top = ':video: https://v.example.org/\n:date: 2025-09-13\n\nDay\n===\n\n'
    text = f'{top}{talk}{talk}'
    one_talk = f':video: https://v.example.org/\n\nDay\n===\n\n{talk.format("One")}'
    build = make_project(
        {'day.rst': text.format('One', 'Two'), 'one.rst': one_talk}
    ).build()
    assert [(w.place, w.type) for w in build.warnings] == [('day.rst:1', 'talk.field')]
    talks = json.loads(build.read('notes.json'))['talks']
    assert [talk.get('video') for talk in talks] == [
        None, None, 'https://v.example.org/'
    ]  # fmt: skip


SLOT = {
    'rst.rst': (
        'Lightning\n=========\n\n.. talk::\n   :date: 2025-07-18 17:30\n'
        '   :room: Hall\n   :track: Fun\n   :url: https://p.example/1\n\n'
        'One\n---\n\n.. talk::\n\nTwo\n---\n\n.. talk::\n   :room: Garden\n\n'
        'Part\n~~~~\n\n.. talk::\n   :track: Work\n\nThree\n-----\n\n.. talk::\n'
    ),
    'md.md': (
        '# Lightning\n\n```{talk}\n:date: 2025-07-18 17:30\n'
        ':room: Hall\n:track: Fun\n:url: https://p.example/1\n```\n\n'
        '## One\n\n```{talk}\n```\n\n## Two\n\n```{talk}\n:room: Garden\n```\n\n'
        '### Part\n\n```{talk}\n:track: Work\n```\n\n## Three\n\n```{talk}\n```\n'
    ),
}


@pytest.mark.parametrize('fields', ['', ':room: Attic\n:language: en\n\n'])
def test_talks_within_a_talk_have_its_day_and_room(
    fields: str, make_project: MakeProject
) -> None:
    pages = {**SLOT, 'rst.rst': fields + SLOT['rst.rst']}
    toctree = '.. toctree::\n   :glob:\n\n   *\n'
    index = f'Index\n=====\n\n.. talks::\n   :date: 2025-07-18\n\n{toctree}'
    build = make_project({'conf.py': CONF, 'index.rst': index, **pages}).build()
    assert build.warnings == []
    talks = json.loads(build.read('notes.json'))['talks']
    keys = ('title', 'date', 'time', 'room', 'track', 'url')
    assert [[talk.get(key) for key in keys] for talk in talks] == 2 * [
        ['Lightning', '2025-07-18', '17:30', 'Hall', 'Fun', 'https://p.example/1'],
        ['One', '2025-07-18', None, 'Hall', 'Fun', None],
        ['Two', '2025-07-18', None, 'Garden', 'Fun', None],
        ['Part', '2025-07-18', None, 'Garden', 'Work', None],
        ['Three', '2025-07-18', None, 'Hall', 'Fun', None],
    ]
    of_file = {talk.get('language') for talk in talks if talk['docname'] == 'rst'}
    assert of_file == ({'en'} if fields else {None})
    assert len(build.page('index').select('.talks-list li, .talk-list li')) == 10
