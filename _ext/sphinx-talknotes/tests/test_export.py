"""Everything as data: ``notes.json``, and the schema published beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from sphinx.errors import ExtensionError

import sphinx_talknotes
from conference import CONFERENCE
from projects import dead_fragments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fixtures import MakeProject
    from projects import Build

SCHEMA = json.loads(
    Path(sphinx_talknotes.__file__)
    .with_name('notes.schema.json')
    .read_text(encoding='utf-8')
)
VALIDATOR = Draft202012Validator(
    SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER
)
HTML = ['html', 'dirhtml', 'singlehtml']


def notes(build: Build) -> Any:
    return json.loads(build.read('notes.json'))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA['$schema'] == Draft202012Validator.META_SCHEMA['$id']


def test_the_schema_allows_nothing_that_it_does_not_describe() -> None:
    def objects(schema: Any) -> list[Any]:
        if isinstance(schema, list):
            return [found for item in schema for found in objects(item)]
        if not isinstance(schema, dict):
            return []
        own = [schema] if schema.get('type') == 'object' else []
        return own + [found for item in schema.values() for found in objects(item)]

    found = objects(SCHEMA)
    assert len(found) >= 7
    assert [s for s in found if s.get('additionalProperties') is not False] == []


@pytest.mark.parametrize('builder', HTML)
def test_it_is_as_the_schema_published_beside_it_says(
    builder: str, conference: Callable[[str], Build]
) -> None:
    build = conference(builder)
    document = notes(build)
    assert json.loads(build.read(document['$schema'])) == SCHEMA
    VALIDATOR.validate(document)


SPOILT: Mapping[str, Callable[[Any], Any]] = {
    'no version': lambda n: n.pop('version'),
    'another version': lambda n: n.update(version=3),
    'an unknown verdict': lambda n: n['talks'][0]['packages'][0].update(verdict='ok'),
    'a date that is none': lambda n: n['talks'][0].update(date='June'),
    'a day that is none': lambda n: n['talks'][0].update(date='2011-02-30'),
    'a handle without @': lambda n: n['talks'][0]['speakers'][0].update(handles=['x']),
    'a package without a name': lambda n: n['talks'][0]['packages'][0].pop('name'),
    'a link that is no text': lambda n: n['talks'][1]['packages'][0].update(links=[3]),
    'a kind of mention that is none': lambda n: n['talks'][2]['mentions'][0].update(
        kind='todo'
    ),
    'something else': lambda n: n['talks'][0]['todos'][0].update(due='soon'),
}


@pytest.mark.parametrize('what', SPOILT)
def test_the_schema_notices(what: str, conference: Callable[[str], Build]) -> None:
    document = notes(conference('html'))
    SPOILT[what](document)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


def test_it_has_all_that_the_pages_say_nested_and_in_reading_order(
    conference: Callable[[str], Build],
) -> None:
    programme = 'https://programme.example.org'
    assert notes(conference('html')) == {
        '$schema': 'notes.schema.json',
        'version': 2,
        'project': 'Conference',
        'talks': [
            {
                'docname': 'talks/scale',
                'page': 'talks/scale.html',
                'title': 'Deploying at an unusual scale',
                'date': '2011-06-06',
                'seed': '1-20',
                'speakers': [
                    {
                        'name': 'Andrew Godwin',
                        'handles': ['@andrewgodwin'],
                        'added': {
                            'title': 'Deploying at Scale',
                            'sources': [f'{programme}/scale'],
                        },
                    }
                ],
                'packages': [
                    {
                        'name': 'South',
                        'list': 'Open Source',
                        'verdict': 'interesting',
                        'anchor': 'package--talks--scale--1',
                        'links': ['http://south.example.org/'],
                    },
                    {
                        'name': 'ZooKeeper',
                        'list': 'Open Source',
                        'verdict': 'interesting',
                        'anchor': 'package--talks--scale--2',
                        'links': [],
                    },
                ],
                'mentions': [],
                'todos': [
                    {
                        'text': 'Check ports are in full duplex mode??',
                        'anchor': 'todo--talks--scale--1',
                        'done': '2011-07-01',
                        'remark': 'it was the cable',
                    }
                ],
                'links': [],
            },
            {
                'docname': 'talks/celery',
                'page': 'talks/celery.html',
                'title': 'Celery',
                'date': '2011-06-07',
                'seed': '21-40',
                'speakers': [
                    {
                        'handles': ['@keimlink'],
                        'added': {
                            'name': 'Markus Zapke-Gründemann',
                            'sources': [f'{programme}/celery'],
                        },
                    }
                ],
                'packages': [
                    {
                        'name': 'celery',
                        'summary': 'task queue',
                        'list': 'Links',
                        'verdict': 'recommended',
                        'anchor': 'package--talks--celery--1',
                        'links': ['http://pypi.example.org/celery'],
                    },
                    {
                        'name': 'south',
                        'summary': 'migrations',
                        'list': 'Links',
                        'verdict': 'recommended',
                        'anchor': 'package--talks--celery--2',
                        'links': ['http://south.example.org/'],
                    },
                ],
                'mentions': [{'kind': 'talk', 'target': 'talks/scale', 'links': []}],
                'todos': [
                    {
                        'text': 'Start using Celery and a queue of some kind.'
                        ' See Deploying at an unusual scale first.',
                        'anchor': 'todo--talks--celery--1',
                    }
                ],
                'links': [
                    {
                        'url': 'http://pypi.example.org/celery',
                        'text': 'http://pypi.example.org/celery',
                    },
                    {'url': 'http://south.example.org/', 'text': 'its pages'},
                ],
            },
            {
                'docname': 'talks/pypy',
                'page': 'talks/pypy.html',
                'title': 'Django and PyPy',
                'date': '2011-06-07',
                'speakers': [
                    {'added': {'name': 'Alex Gaynor', 'sources': [f'{programme}/pypy']}}
                ],
                'packages': [
                    {
                        'name': 'Psyco',
                        'list': 'Probably not relevant',
                        'verdict': 'not-relevant',
                        'anchor': 'package--talks--pypy--2',
                        'links': [],
                    }
                ],
                'mentions': [
                    {
                        'kind': 'handle',
                        'target': '@natea',
                        'anchor': 'handle--talks--pypy--1',
                        'links': [],
                    },
                    {
                        'kind': 'handle',
                        'target': '@KeimLink',
                        'anchor': 'handle--talks--pypy--2',
                        'links': [],
                    },
                    {
                        'kind': 'package',
                        'target': 'SOUTH',
                        'anchor': 'package--talks--pypy--1',
                        'links': [],
                    },
                ],
                'todos': [],
                'links': [
                    {
                        'url': 'https://psyco.example.org/',
                        'text': 'https://psyco.example.org/',
                    }
                ],
            },
            {
                'docname': 'talks/rails',
                'page': 'talks/rails.html',
                'title': 'Django on Rails',
                'speakers': [
                    {'name': 'Zachary Voase'},
                    {'name': '渋谷', 'handles': ['@shibu_ya']},
                ],
                'packages': [
                    {
                        'name': 'South',
                        'list': 'Other tools',
                        'anchor': 'package--talks--rails--1',
                        'links': ['http://south-again.example.org/'],
                    },
                    {
                        'name': 'C++',
                        'summary': 'Not a package.',
                        'list': 'Other tools',
                        'anchor': 'package--talks--rails--2',
                        'links': [],
                    },
                ],
                'mentions': [
                    {
                        'kind': 'package',
                        'target': 'rip',
                        'anchor': 'package--talks--rails--3',
                        'links': [],
                    }
                ],
                'todos': [{'text': 'Try rip.', 'anchor': 'todo--talks--rails--1'}],
                'links': [
                    {
                        'url': 'http://south-again.example.org/',
                        'text': 'http://south-again.example.org/',
                    }
                ],
            },
        ],
        'other_pages': [
            {
                'docname': 'talks/panel',
                'page': 'talks/panel.html',
                'title': 'Panel',
                'speakers': [{'name': 'Markus Zapke-Gründemann'}],
                'packages': [],
                'mentions': [
                    {
                        'kind': 'package',
                        'target': 'South',
                        'anchor': 'package--talks--panel--1',
                        'links': ['https://south.example.org/panel'],
                    },
                    {'kind': 'talk', 'target': 'talks/celery', 'links': []},
                ],
                'todos': [],
                'links': [],
            }
        ],
    }


@pytest.mark.parametrize('builder', ['html', 'dirhtml'])
def test_its_addresses_and_anchors_lead_to_the_places(
    builder: str, conference: Callable[[str], Build]
) -> None:
    build = conference(builder)
    assert dead_fragments(build.outdir) == []
    places = 0
    for page in [*notes(build)['talks'], *notes(build)['other_pages']]:
        path = build.outdir / page['page']
        html = (path / 'index.html' if path.is_dir() else path).read_text('utf-8')
        for part in ('packages', 'mentions', 'todos'):
            for item in page[part]:
                if 'anchor' in item:
                    assert html.count(f'id="{item["anchor"]}"') == 1
                    places += 1
    assert places == 15


def test_an_odd_project_is_as_the_schema_says_too(make_project: MakeProject) -> None:
    pages = {
        'a.rst': ':talk:\n:date: x\n:seed: y\n\nA\n=\n\n.. speaker:: @/\n\n'
        '.. speaker:: x\n   :name: y\n   :source: z\n\n.. todo::\n   :done: never\n\n'
        '.. packages::\n   :verdict: x\n\n   South\n     x\n\n:handle:`@a@b.example`\n'
        ':talk:`nowhere`\n',
        'b.rst': ':talk:\n\nx\n',
    }
    VALIDATOR.validate(notes(make_project(pages).build()))


def test_a_project_without_notes_has_an_empty_one(make_project: MakeProject) -> None:
    build = make_project({'a.rst': 'A\n=\n\nText, https://a.example.org/.\n'}).build()
    document = notes(build)
    VALIDATOR.validate(document)
    assert (document['talks'], document['other_pages']) == ([], [])


@pytest.mark.parametrize(
    'builder', ['epub', 'latex', 'text', 'man', 'texinfo', 'xml', 'gettext', 'dummy']
)
def test_other_builders_write_none(
    builder: str, conference: Callable[[str], Build]
) -> None:
    outdir = conference(builder).outdir
    assert list(outdir.rglob('notes*.json')) == []


def test_a_build_that_fails_writes_none(make_project: MakeProject) -> None:
    project = make_project(root=CONFERENCE)

    def stop(*_args: object) -> None:
        raise RuntimeError

    with project.app() as app:
        app.connect('write-started', stop)
        with pytest.raises((RuntimeError, ExtensionError)):
            app.build()
        assert list(app.outdir.glob('notes*.json')) == []
