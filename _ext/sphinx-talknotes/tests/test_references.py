"""Roles, ``:any:``, the search, and ``objects.inv`` as another project uses it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import sphinx

from conference import CONFERENCE
from inventories import inventory
from projects import Build, lines, links, one

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fixtures import MakeProject

#: Every object of the conference: type -> name -> place and display name.
OBJECTS = {
    'talk:talk': {
        'talks/celery': ('talks/celery.html#celery', 'Celery'),
        'talks/pypy': ('talks/pypy.html#django-and-pypy', 'Django and PyPy'),
        'talks/rails': ('talks/rails.html#django-on-rails', 'Django on Rails'),
        'talks/scale': (
            'talks/scale.html#deploying-at-an-unusual-scale',
            'Deploying at an unusual scale',
        ),
    },
    'talk:speaker': {
        'Alex Gaynor': ('speakers.html#speaker--alex-gaynor', '-'),
        'Andrew Godwin': ('speakers.html#speaker--andrew-godwin', '-'),
        'Markus Zapke-Gründemann': (
            'speakers.html#speaker--markus-zapke-grundemann--393502f0',
            '-',
        ),
        'Zachary Voase': ('speakers.html#speaker--zachary-voase', '-'),
        '渋谷': ('speakers.html#speaker--51e0f8bb', '-'),
    },
    'talk:handle': {
        '@andrewgodwin': ('speakers.html#handle--andrewgodwin', '-'),
        '@keimlink': ('speakers.html#handle--keimlink', '-'),
        '@natea': ('speakers.html#handle--natea', '-'),
        '@shibu_ya': ('speakers.html#handle--shibu_ya', '-'),
    },
    'talk:package': {
        'C++': ('packages.html#package--c--cedb1bac', '-'),
        'Psyco': ('packages.html#package--psyco', '-'),
        'South': ('packages.html#package--south', '-'),
        'ZooKeeper': ('packages.html#package--zookeeper', '-'),
        'celery': ('packages.html#package--celery', '-'),
        'rip': ('packages.html#package--rip', '-'),
    },
}


def test_every_object_is_in_the_inventory(conference: Callable[[str], Build]) -> None:
    assert inventory(conference('html')) == OBJECTS


def test_the_inventory_of_another_html_builder_leads_to_its_pages(
    conference: Callable[[str], Build],
) -> None:
    found = inventory(conference('dirhtml'))
    assert found['talk:package']['South'] == ('packages/#package--south', '-')
    assert {kind: set(names) for kind, names in found.items()} == {
        kind: set(names) for kind, names in OBJECTS.items()
    }


def test_without_lists_objects_lead_to_where_they_are_first_named(
    make_project: MakeProject,
) -> None:
    build = make_project(
        {
            'b.rst': 'B\n=\n\n.. speaker:: Ann\n   :handle: @ann\n\n:package:`South`\n',
            'c.rst': 'C\n=\n\n:package:`south` :handle:`@ANN` :handle:`@x`\n',
        }
    ).build()
    assert inventory(build) == {
        'talk:speaker': {'Ann': ('b.html#speaker--b--1', '-')},
        'talk:handle': {
            '@ann': ('b.html#speaker--b--1', '-'),
            '@x': ('c.html#handle--c--2', '-'),
        },
        'talk:package': {'South': ('b.html#package--b--1', '-')},
    }


def test_every_object_is_in_the_search(conference: Callable[[str], Build]) -> None:
    script = conference('html').read('searchindex.js')
    index = json.loads(script.removeprefix('Search.setIndex(').removesuffix(')'))
    kinds = {int(number): names for number, names in index['objnames'].items()}
    found: dict[str, set[str]] = {}
    for prefix, objects in index['objects'].items():
        for _doc, kind, _prio, _anchor, name in objects:
            domain, object_type, _label = kinds[kind]
            full_name = f'{prefix}.{name}' if prefix else name
            found.setdefault(f'{domain}:{object_type}', set()).add(full_name)
    assert found == {
        kind: {
            name if shown == '-' else shown for name, (_place, shown) in names.items()
        }
        for kind, names in OBJECTS.items()
    }
    assert {tuple(names) for names in kinds.values()} == {
        ('talk', 'talk', 'talk'),
        ('talk', 'speaker', 'speaker'),
        ('talk', 'handle', 'handle'),
        ('talk', 'package', 'package'),
    }


# -- :any: ---------------------------------------------------------------------

ANY = {
    'South': ('South', 'packages.html#package--south'),
    'SOUTH': ('SOUTH', 'packages.html#package--south'),
    'the tool <rip>': ('the tool', 'packages.html#package--rip'),
    'C++': ('C++', 'packages.html#package--c--cedb1bac'),
    'zachary voase': ('zachary voase', 'speakers.html#speaker--zachary-voase'),
    '渋谷': ('渋谷', 'speakers.html#speaker--51e0f8bb'),
    '@natea': ('@natea', 'speakers.html#handle--natea'),
    'natea': ('natea', 'speakers.html#handle--natea'),
    'talks/rails': ('Django on Rails', 'talks/rails.html'),
}


@pytest.fixture(scope='module')
def any_build(make_project: MakeProject) -> Build:
    project = make_project(root=CONFERENCE)
    roles = '\n\n'.join(f':any:`{target}`' for target in ANY)
    project.write({'any.rst': f':orphan:\n\nAny\n===\n\n{roles}\n'})
    return project.build()


@pytest.mark.parametrize('target', ANY)
def test_any_finds_an_object(target: str, any_build: Build) -> None:
    place = list(ANY).index(target)
    paragraph = any_build.page('any').select('p')[place]
    text, href = ANY[target]
    ((found_text, found),) = links(paragraph)
    assert (found_text, found.removesuffix('#django-on-rails')) == (text, href)


def test_any_finds_one_thing_only_without_a_warning(any_build: Build) -> None:
    assert any_build.warnings == []


def test_any_says_when_a_name_stands_for_several_things(
    make_project: MakeProject,
) -> None:
    page = 'P\n=\n\n.. speaker:: @rip\n\n:package:`rip`, :any:`rip`\n'
    build = make_project({'p.rst': page}).build()
    (warning,) = build.warnings
    # Sphinx 8.1 gives it no type.
    kind = 'ref.any' if sphinx.version_info >= (8, 2) else ''
    assert (warning.place, warning.type) == ('p.rst:6', kind)
    assert "more than one target found for 'any' cross-reference 'rip'" in warning.text
    assert ':talk:handle:`rip`' in warning.text
    assert ':talk:package:`rip`' in warning.text


def test_any_warns_where_there_is_nothing(make_project: MakeProject) -> None:
    build = make_project({'p.rst': 'P\n=\n\n:any:`nothing`\n'}).build()
    assert [(w.place, w.type) for w in build.warnings] == [('p.rst:4', 'ref.any')]


# -- a second project ----------------------------------------------------------


def second(
    make_project: MakeProject,
    first: Build,
    source: str,
    extra: Mapping[str, str] | None = None,
) -> Build:
    """Build a project that has the conference in its intersphinx mapping."""
    inventory_file = str(first.outdir / 'objects.inv')
    conf = (
        "extensions = ['sphinx_talknotes', 'sphinx.ext.intersphinx']\n"
        "primary_domain = 'talk'\nnitpicky = True\n"
        "intersphinx_mapping = {'notes': ('https://notes.example.org', "
        f'{inventory_file!r})}}\n'
    )
    page = f':orphan:\n\nSecond\n======\n\n{source}\n'
    return make_project({'conf.py': conf, 'second.rst': page, **(extra or {})}).build()


EXTERNAL = {
    ':external:talk:package:`South`': ('South', 'packages.html#package--south'),
    ':external+notes:talk:package:`South`': ('South', 'packages.html#package--south'),
    ':external:package:`South`': ('South', 'packages.html#package--south'),
    ':external:talk:package:`it <South>`': ('it', 'packages.html#package--south'),
    ':external:talk:handle:`natea`': ('natea', 'speakers.html#handle--natea'),
    ':external:talk:handle:`@natea`': ('@natea', 'speakers.html#handle--natea'),
    ':external:talk:talk:`talks/celery`': ('Celery', 'talks/celery.html#celery'),
    ':external+notes:talk:talk:`this <talks/celery>`': (
        'this',
        'talks/celery.html#celery',
    ),
    ':talk:`talks/celery`': ('Celery', 'talks/celery.html#celery'),
    ':package:`ZooKeeper`': ('ZooKeeper', 'packages.html#package--zookeeper'),
    ':any:`ZooKeeper`': ('ZooKeeper', 'packages.html#package--zookeeper'),
    ':any:`Zachary Voase`': (
        'Zachary Voase',
        'speakers.html#speaker--zachary-voase',
    ),
    ':any:`talks/rails`': ('Django on Rails', 'talks/rails.html#django-on-rails'),
}


@pytest.mark.parametrize('source', EXTERNAL)
def test_another_project_refers_to_the_objects(
    source: str, make_project: MakeProject, conference: Callable[[str], Build]
) -> None:
    build = second(make_project, conference('html'), f'See {source}.')
    text, href = EXTERNAL[source]
    paragraph = one(build.page('second'), 'p')
    assert build.warnings == []
    assert lines(paragraph) == [f'See {text}.']
    assert links(paragraph) == [(text, f'https://notes.example.org/{href}')]


@pytest.mark.parametrize(
    ('source', 'href'),
    [
        (':external:talk:package:`South`', 'packages.html#package--south'),
        (':external:talk:handle:`@natea`', 'speakers.html#handle--natea'),
    ],
)
def test_an_external_role_leads_out_even_where_there_are_lists_and_is_no_mention(
    source: str,
    href: str,
    make_project: MakeProject,
    conference: Callable[[str], Build],
) -> None:
    lists = 'Lists\n=====\n\n.. package-list::\n\n.. speaker-list::\n'
    build = second(
        make_project, conference('html'), f'See {source}.', {'lists.rst': lists}
    )
    assert build.warnings == []
    ((_text, found),) = links(one(build.page('second'), 'p'))
    assert found == f'https://notes.example.org/{href}'
    assert build.lines('lists') == ['Lists', 'Nothing yet.', 'Nothing yet.']


def test_what_is_named_here_leads_here(
    make_project: MakeProject, conference: Callable[[str], Build]
) -> None:
    lists = 'Lists\n=====\n\n.. package-list::\n'
    build = second(
        make_project, conference('html'), ':package:`South`', {'lists.rst': lists}
    )
    assert links(one(build.page('second'), 'p')) == [
        ('South', 'lists.html#package--south')
    ]


@pytest.mark.parametrize(
    'source', [':external:talk:package:`nothing`', ':external:talk:talk:`nowhere`']
)
def test_an_external_role_to_nothing_is_a_warning(
    source: str, make_project: MakeProject, conference: Callable[[str], Build]
) -> None:
    build = second(make_project, conference('html'), source)
    (warning,) = build.warnings
    assert warning.place == 'second.rst:6'
    name = re.findall('`(.*)`', source)[0]
    assert warning.text.endswith(f'reference target not found: {name}')
    assert build.lines('second') == ['Second', name]
