"""The directive ``talk``: its page is a talk, with the fields of its programme."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import validate

from projects import lines, links, one
from sphinx_talknotes.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures import MakeProject

CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\n"
    "primary_domain = 'talk'\nnitpicky = True\n"
    # Else the default that all projects of a process share gets that of MyST.
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
)
FIELDS = {
    'id': 'K7QX',
    'date': '2025-09-12',
    'time': '10:30',
    'room': 'Main Hall',
    'track': 'Data',
    'language': 'en',
    'video': 'https://video.example.org/queues',
    'slides': 'https://slides.example.org/queues',
    'notes': "https://notes.example.org/queues somebody else's",
    'url': 'https://conference.example/queues',
    'tags': 'async, workers',
}


@pytest.mark.parametrize('suffix', ['rst', 'md'])
def test_a_talk_shows_and_exports_its_fields(
    suffix: str, make_project: MakeProject
) -> None:
    if suffix == 'md':
        given = ''.join(f':{name}: "{text}"\n' for name, text in FIELDS.items())
        page = (
            f'---\norphan: true\n---\n\n# Queues\n\n```{{talk}}\n{given}```\n\n'
            '```{speaker} Ada\n:affiliation: Engines\n```\n'
        )
    else:
        given = ''.join(f'   :{name}: {text}\n' for name, text in FIELDS.items())
        page = (
            f':orphan:\n\nQueues\n======\n\n.. talk::\n{given}\n'
            '.. speaker:: Ada\n   :affiliation: Engines\n'
        )
    lists = 'Lists\n=====\n\n.. talks::\n   :date: 2025-09-12\n'
    files = {'conf.py': CONF, f'queues.{suffix}': page, 'lists.rst': lists}
    build = make_project(files).build()
    assert build.warnings == []
    shown = one(build.page('queues'), '.talk-fields')
    (line,) = lines(shown)
    assert line == (
        '2025-09-12 · 10:30 · Main Hall · Data · en · Video · Slides ·'
        ' somebody else\u2019s · In the programme · async, workers'
    )
    assert [url for _text, url in links(shown)] == [
        FIELDS[name].split()[0] for name in ('video', 'slides', 'notes', 'url')
    ]
    assert 'Ada (Engines)' in build.lines('queues')
    assert build.lines('lists')[1].startswith('10:30 Queues \N{EN DASH} Ada')
    notes = json.loads(build.read('notes.json'))
    validate(notes, json.loads(build.read('notes.schema.json')))
    (talk,) = notes['talks']
    assert talk['tags'] == ['async', 'workers']
    assert talk['notes'] == [FIELDS['notes']]
    same = FIELDS.keys() - {'tags', 'notes'}
    assert {name: talk[name] for name in same} == {n: FIELDS[n] for n in same}
    assert talk['speakers'] == [{'name': 'Ada', 'affiliation': 'Engines'}]


#: Forms of two addresses, the first with words, and one more that is none.
NOTES = {
    'option.rst': '{}.. talk::\n   :notes: {}\n           {}\n     {}\n',
    'bullets.rst': '{}.. talk::\n   :notes:\n      - {}\n      - {}\n      - {}\n',
    'field.rst': ':talk:\n:notes: {1}\n   {2}\n   {3}\n\n{0}',
    'list.rst': ':talk:\n:notes:\n   - {1}\n   - {2}\n   - {3}\n\n{0}',
    'block.md': '{}```{{talk}}\n:notes: |\n:  {}\n:  {}\n:  {}\n```\n',
    'lines.md': '{}```{{talk}}\n:notes: {}\n:  {}\n:  {}\n```\n',
    'yaml.md': '{}```{{talk}}\n---\nnotes:\n  - {}\n  - {}\n  - {}\n---\n```\n',
    'flow.md': '{}```{{talk}}\n:notes: ["{}", "{}", "{}"]\n```\n',
    'commas.rst': '{}.. talk::\n   :notes: {}, <{}>;\n      {}\n',
    'front.md': '---\ntalk:\nnotes:\n- {1}\n- {2}\n- {3}\n---\n\n{0}',
}


def test_there_are_notes_of_several(make_project: MakeProject) -> None:
    files = {
        'conf.py': CONF,
        'index.rst': 'Index\n=====\n\n.. toctree::\n   :glob:\n\n   *\n',
    }
    for name, form in NOTES.items():
        title = f'# {name}\n\n' if name.endswith('.md') else f'{name}\n===========\n\n'
        given = 'https://a.example/ Ann, in short', 'https://b.example/', 'on paper'
        files[name] = form.format(title, *given)
    files['slides.rst'] = (
        'Slides\n======\n\n.. talk::\n   :slides: https://a.example/ one\n'
        '      https://b.example/ two\n'
    )
    build = make_project(files).build()
    told = {w.place.partition(':')[0]: w for w in build.warnings}
    assert told.keys() == {*NOTES, 'slides.rst'}
    assert len(build.warnings) == len(told), build.printed
    notes = json.loads(build.read('notes.json'))
    validate(notes, json.loads(build.read('notes.schema.json')))
    talks = {talk['title']: talk for talk in notes['talks']}
    for name in NOTES:
        assert told[name].type == 'talk.talk'
        assert 'on paper' in told[name].text
        shown = one(build.page(name.partition('.')[0]), '.talk-fields')
        assert lines(shown) == ['Ann, in short · Others\u2019 notes · on paper']
        urls = ['https://a.example/', 'https://b.example/']
        assert [url for _text, url in links(shown)] == urls
        assert [link['url'] for link in talks[name]['links']] == urls
        assert talks[name]['notes'] == [f'{urls[0]} Ann, in short', urls[1]]
    assert told['slides.rst'].place == 'slides.rst:5'
    assert 'https://b.example/' in told['slides.rst'].text
    assert lines(one(build.page('slides'), '.talk-fields')) == ['one · two']
    assert talks['Slides']['slides'] == 'https://a.example/ one'


def test_what_is_wrong_with_a_field_is_told_and_nothing_is_lost(
    make_project: MakeProject,
) -> None:
    text = (
        'Queues\n======\n\n.. talk::\n   :date: 12 September\n   :time: 24:10\n'
        '   :video: on the shelf\n\n.. talk::\n   :room: Hall\n'
    )
    build = make_project({'queues.rst': text}).build()
    assert [(w.place, w.type) for w in build.warnings] == [
        ('queues.rst:5', 'talk.date'),
        ('queues.rst:6', 'talk.date'),
        ('queues.rst:7', 'talk.talk'),
        ('queues.rst:9', 'talk.talk'),
    ]
    assert build.lines('queues')[1:] == [
        '12 September · 24:10 · on the shelf', 'Hall'
    ]  # fmt: skip
    (talk,) = json.loads(build.read('notes.json'))['talks']
    assert not talk.keys() & {'date', 'time', 'video', 'room'}


def test_a_bare_talk_makes_its_page_one(make_project: MakeProject) -> None:
    files = {
        'conf.py': CONF,
        # A mark that says no is none.
        'queues.rst': ':nocollect: false\n\nQueues\n======\n\n.. talk::\n',
        'tasks.md': '---\nnocollect: false\n---\n\n# Tasks\n\n```{talk}\n```\n',
        'apart.md': '---\nnocollect: true\n---\n\n# Apart\n\n```{talk}\n```\n',
        'index.rst': 'Index\n=====\n\n.. talks::\n\n.. toctree::\n   :glob:\n\n   *\n',
    }
    build = make_project(files).build()
    assert build.warnings == []
    assert lines(one(build.page('index'), '.talks-list, .talk-list')) == [
        'Queues', 'Tasks'
    ]  # fmt: skip


@pytest.mark.parametrize('options', [[], ['--markdown']])
def test_the_site_that_init_begins_builds(
    options: list[str], tmp_path: Path, make_project: MakeProject
) -> None:
    assert main(['init', *options, str(tmp_path / 'site')]) == 0
    project = make_project(root=tmp_path / 'site')
    project.write({'conf.py': f"{CONF}myst_enable_extensions = ['colon_fence']\n"})
    build = project.build()
    assert build.warnings == []
    assert 'Ada Lovelace @ada@example.social (Analytical Engines)' in build.lines(
        'talks/example'
    )


def test_a_page_that_the_directive_makes_a_talk_has_its_summary_and_no_words_of_it(
    make_project: MakeProject,
) -> None:
    page = (
        ':orphan:\n\nQueues\n======\n\n.. talk::\n   :room: Main Hall\n\n'
        '.. packages:: recommended\n\n   celery\n      A queue.\n'
    )
    files = {'conf.py': f'{CONF}talk_summary = True\n', 'page.rst': page}
    build = make_project(files).build()
    assert len(build.page('page').select('.talk-summary')) == 1
    # For translators, a room is a name.
    build = make_project(files).build('gettext')
    assert 'Main Hall' not in (build.outdir / 'page.pot').read_text('utf-8')


def test_a_talk_begins_with_a_block(make_project: MakeProject) -> None:
    fields = '.. talk::\n   :video: https://v.example/\n   :class: added\n\n'
    head = (
        'One\n===\n\n'
        f'{fields}'
        '.. speaker:: @ada\n   :name: Ada L.\n   :title: Of *engines*\n'
        '   :source: https://v.example/ https://s.example/\n\n'
        '.. speaker::\n   :name: Eve\n   :title: Engines\n'
        '   :source: https://v.example/\n\n'
        '.. speaker:: Bob\n   :title: Of *engines*\n   :source: https://v.example/\n\n'
        '.. rst-class:: run-on\n\n(moderated).\n\nText.\n'
    )
    alone = (
        f'Two\n===\n\n{fields}.. speaker::\n   :title: Panel\n'
        '   :source: https://v.example/\n\nText.\n'
    )
    plain = 'Three\n=====\n\n.. speaker:: Bob\n   :title: X\n   :source: https://x.example/\n'
    files = {'conf.py': CONF, 'one.rst': head, 'two.rst': alone, 'three.rst': plain}
    project = make_project(files)
    for builder in ('html', 'text', 'latex'):
        build = project.build(builder)
        assert build.warnings == []
    build = project.build()
    assert build.lines('one') == [
        'One', '[Of *engines*]', '@ada [Ada L., s.example]', '[Eve, Engines]', 'Bob',
        '(moderated).', '[Video]', 'Text.',
    ]  # fmt: skip
    assert build.lines('two') == ['Two', '[Panel]', '[Video]', 'Text.']
    # Without fields all is as it was.
    assert build.lines('three') == ['Three', 'Bob [X, x.example]']
    notes = json.loads(build.read('notes.json'))
    titles = {
        row['added'].get('title')
        for talk in notes['talks']
        for row in talk['speakers']
        if 'added' in row
    }
    assert titles == {'Of *engines*', 'Engines', 'Panel'}


def test_a_byline_is_told_where_a_list_of_talks_leaves_its_page_out(
    make_project: MakeProject,
) -> None:
    byline = '.. speaker:: Ada\n\n.. speaker:: Ben\n'
    talks = '.. talks::\n   :under: in\n\n.. talks::\n   :tags: web\n'
    project = make_project(
        {
            'index.rst': f'Index\n=====\n\n{talks}',
            'in/talk.rst': f':talk:\n\nTalk\n====\n\n{byline}',
            'in/day.rst': f'Day\n===\n\n{byline}\nOne\n---\n\n.. talk::\n',
            'in/forgotten.rst': f'Forgotten\n=========\n\n{byline}',
            'in/apart.rst': f':nocollect:\n\nApart\n=====\n\n{byline}',
            'out.rst': f'Out\n===\n\n{byline}',
        }
    )
    told = [(w.place, w.type) for w in project.build('dummy').warnings]
    told = [it for it in told if it[1].startswith('talk.')]
    assert told == [('in/forgotten.rst:4', 'talk.no-talk')]


@pytest.mark.parametrize(
    ('target', 'meant'),
    [
        ('Queues', '/ep/queues'),
        ('ep/quees', '/ep/queues'),
        ('/ep/qeueus', '/ep/queues'),
        ('LT-43', 'LT-42'),
        ('maps', '/ep/of/another/year/maps'),
        ('A Chart of the Sky', '/ep/of/another/year/maps'),
        ('cooking', ''),
    ],
)
def test_a_mistyped_talk_is_told_with_the_one_that_may_be_meant(
    target: str, meant: str, make_project: MakeProject
) -> None:
    page = f'P\n=\n\n:talk:`{target}`\n\n.. todo-list::\n   :talk: {target}\n'
    files = {
        'ep/queues.rst': ':talk:\n:id: LT-42\n\nQueues\n======\n',
        'ep/other.rst': ':talk:\n\nOther\n=====\n',
        'ep/of/another/year/maps.rst': (
            ':talk:\n\nA chart of the sky\n==================\n'
        ),
        'ep/in/p.rst': page,
    }
    told = make_project(files).build('dummy').warnings
    question = f"; did you mean '{meant}'?" if meant else ''
    assert {w.text for w in told} == {
        f'there is no talk {target!r}{question}',
        f':talk: there is no talk {target!r}{question}',
    }


def test_a_mistyped_folder_is_told_with_the_one_that_may_be_meant(
    make_project: MakeProject,
) -> None:
    lists = ''.join(f'.. talks::\n   :under: {name}\n\n' for name in ('ep25', 'xyz'))
    files = {'index.rst': f'I\n=\n\n{lists}', 'ep/2025/a.rst': 'A\n=\n'}
    told = make_project(files).build('dummy').warnings
    assert [w.text for w in told if w.type == 'talk.filter'] == [
        ":under: there is no page in a folder 'ep25'; did you mean 'ep/2025'?",
        ":under: there is no page in a folder 'xyz'",
    ]
