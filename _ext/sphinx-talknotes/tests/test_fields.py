"""The fields at the top of a file: what they say of a talk, and mistakes in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sphinx.errors import ConfigError

from projects import links
from sphinx_talknotes import fields as talk_fields
from sphinx_talknotes import file_fields

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures import MakeProject
    from projects import Build

CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\n"
    "primary_domain = 'talk'\nnitpicky = True\n"
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
    "talk_known_fields = ['Colour']\n"
    # Then MyST keeps something of its own among the fields.
    'myst_heading_anchors = 2\n'
)
#: Name of a page -> its fields; lines of the warnings with their types; what is known
#: of the talk, None if there is none.
PAGES: dict[str, tuple[str, list[tuple[int, str]], dict[str, str] | None]] = {
    'all': (
        (
            ':talk: true\n:date: 2025-09-12\n:time: 9:30\n:room: Hall\n'
            ':video: https://v.example.org/\n:tags: a, b\n:id: K7\n'
        ),
        [],
        {'date': '2025-09-12', 'time': '09:30', 'room': 'Hall', 'id': 'K7'},
    ),
    # Too short for a title, which docutils says in the field itself.
    'a-short-overline': (':talk:\n:room: +++\n', [], {'room': '+++'}),
    'case': (':Talk:\n:Date: 2025-09-12\n', [], {'date': '2025-09-12'}),
    'space': (
        ':talk:\n:date: 2025-09-12 9:45\n',
        [],
        {'date': '2025-09-12', 'time': '09:45'},
    ),
    't': (
        ':talk:\n:date: 2025-09-12T09:45:00+02:00\n:time: 09:45\n',
        [],
        {'date': '2025-09-12', 'time': '09:45'},
    ),
    'two-times': (
        ':talk:\n:date: 2025-09-12 09:45\n:time: 10:45\n',
        [(3, 'date')],
        {'date': '2025-09-12', 'time': '09:45'},
    ),
    'a-range': (
        ':talk:\n:time: 9:30 \N{EN DASH} 10:15\n',
        [],
        {'time': '09:30', 'end': '10:15'},
    ),
    'day-and-range': (
        ':talk:\n:date: 2025-09-12 9:30-10:15\n',
        [],
        {'date': '2025-09-12', 'time': '09:30', 'end': '10:15'},
    ),
    'day-and-late-range': (
        ':talk:\n:date: 2025-09-12 23:30 \N{EN DASH} 0:15\n',
        [],
        {'date': '2025-09-12', 'time': '23:30', 'end': '00:15'},
    ),
    'french': (
        ':talk:\n:date: 2025-09-12\n:time: 9h30\n',
        [],
        {'date': '2025-09-12', 'time': '09:30'},
    ),
    'french-range': (
        ':talk:\n:date: 2025-09-12 09 h 30 \N{EN DASH} 10H15\n:time: 09:30\n',
        [],
        {'date': '2025-09-12', 'time': '09:30', 'end': '10:15'},
    ),
    'german': (':talk:\n:time: 11.30\n', [], {'time': '11:30'}),
    'german-hour': (':talk:\n:time: 9:30 Uhr\n', [], {'time': '09:30'}),
    'german-range': (
        ':talk:\n:time: 9.30-12.15 Uhr\n',
        [],
        {'time': '09:30', 'end': '12:15'},
    ),
    'german-day': (
        ':talk:\n:date: 2025-09-12 11.30\n',
        [],
        {'date': '2025-09-12', 'time': '11:30'},
    ),
    'german-day-and-range': (
        ':talk:\n:date: 2025-09-12 9.30-12.15\n',
        [],
        {'date': '2025-09-12', 'time': '09:30', 'end': '12:15'},
    ),
    'fraction': (
        ':talk:\n:date: 2025-09-12T09:45:30.12\n',
        [],
        {'date': '2025-09-12', 'time': '09:45'},
    ),
    'decimal': (':talk:\n:time: 11.3\n', [(2, 'date')], {}),
    'german-day-alone': (':talk:\n:date: 12.09.2025\n', [(2, 'date')], {}),
    'day-as-time': (':talk:\n:time: 12.09.\n', [(2, 'date')], {}),
    'late-hour': (':talk:\n:time: 24h30\n', [(2, 'date')], {}),
    'late-minute': (':talk:\n:time: 11.60\n', [(2, 'date')], {}),
    'half-hour': (':talk:\n:time: 9h3\n', [(2, 'date')], {}),
    'day-and-half-a-range': (
        ':talk:\n:date: 2025-09-12 9:30-25:00\n',
        [(2, 'date')],
        {},
    ),
    'a-zone-that-is-no-range': (
        ':talk:\n:date: 2025-09-12 09:30-07:00\n',
        [],
        {'date': '2025-09-12', 'time': '09:30'},
    ),
    'malformed-address': (':talk:\n:slides: http://[ x\n', [(2, 'talk')], {}),
    'a-dash-too-many': (':talk:\n:time: 9:30-\n', [(2, 'date')], {}),
    'half-a-range': (':talk:\n:time: 9:30-late\n', [(2, 'date')], {}),
    'no-time': (':talk:\n:time: late\n', [(2, 'date')], {}),
    'no-hour': (':talk:\n:date: 2025-09-12 24:45\n', [(2, 'date')], {}),
    'no-day': (':talk:\n:date: 2025-02-30 09:45\n', [(2, 'date')], {}),
    'far-day': (':talk:\n:date: 9000-01-01 23:45\n', [(2, 'date')], {}),
    'old-day': (':talk:\n:date: 0025-09-12\n', [(2, 'date')], {}),
    'no-date': (':talk:\n:date: 12 September\n', [(2, 'date')], {}),
    'no-address': (':talk:\n:slides: on paper\n', [(2, 'talk')], {}),
    'false': (':date: soon\n:talk: False\n', [(2, 'talk')], None),
    'off': (':date: soon\n:talk: off\n', [(2, 'talk')], None),
    'none': (':date: soon\n:speaker: Ada\n', [], None),
    'twice': (
        ':talk:\n:room: Hall\n:Room: Lab\n:id: K7\n:id: K7\n',
        [(3, 'field')],
        {'room': 'Lab', 'id': 'K7'},
    ),
    'value': (':talk: Queues\n', [(1, 'talk')], {}),
    'unknown': (
        (
            ':tocdepth: 2\n:talk:\n:speaker: Ada\n:nosearch:\n:slide: x\n:colour: red\n'
            ':og:image: x\n:aliases: x\n:cssclasses: wide\n'
        ),
        [(3, 'field'), (5, 'field')],
        {},
    ),
}


def in_front_matter(fields: str) -> str:
    lines = [line.lstrip(':') for line in fields.splitlines()]
    quoted = [f'"og:{line[3:9]}": x' if line[:3] == 'og:' else line for line in lines]
    return '\n'.join(['---', *quoted, '---', ''])


@pytest.fixture(scope='module')
def build(make_project: MakeProject) -> Build:
    index = 'Index\n=====\n\n.. toctree::\n   :glob:\n\n   *\n'
    files = {'conf.py': CONF, 'index.rst': index}
    for name, (fields, _warned, _talk) in PAGES.items():
        ours, theirs = fields.replace('K7', name), fields.replace('K7', f'md-{name}')
        files[f'{name}.rst'] = f'{ours}\n{name}\n{"=" * len(name)}\n\nText.\n'
        files[f'md-{name}.md'] = f'{in_front_matter(theirs)}\n# md-{name}\n\nText.\n'
    return make_project(files).build()


@pytest.mark.parametrize('name', PAGES)
def test_fields_mean_the_same_in_rest_and_in_front_matter(
    name: str, build: Build
) -> None:
    _fields, warned, talk = PAGES[name]
    told = [(w.place, w.type) for w in build.warnings]
    assert [t for t in told if t[0].startswith(f'{name}.')] == [
        (f'{name}.rst:{line}', f'talk.{subtype}') for line, subtype in warned
    ]
    assert [t for t in told if t[0].startswith(f'md-{name}.')] == [
        (f'md-{name}.md:{line + 1}', f'talk.{subtype}') for line, subtype in warned
    ]
    talks = json.loads(build.read('notes.json'))['talks']
    for title in (name, f'md-{name}'):
        found: list[dict[str, Any]] = [t for t in talks if t['title'] == title]
        if talk is None:
            assert found == []
        else:
            keys = ('date', 'time', 'end', 'room', 'id')
            wanted = {k: v.replace('K7', title) for k, v in talk.items()}
            assert {k: found[0][k] for k in keys if k in found[0]} == wanted


def test_a_mistyped_name_is_told_with_one_that_is_like_it(build: Build) -> None:
    texts = {w.place: w.text for w in build.warnings}
    assert 'did you mean :slides:?' in texts['unknown.rst:5']
    assert ':speaker:' in texts['md-unknown.md:4']
    assert texts['twice.rst:3'].endswith('left out: Hall')


@pytest.mark.parametrize('primary', ['talk', 'py'])
def test_a_field_that_is_called_like_a_directive_leads_to_that(
    primary: str, make_project: MakeProject
) -> None:
    names = {
        'speaker': 'speaker',
        'Speakers': 'speaker',
        'package': 'packages',
        'todos': 'todo',
        'talks': 'talks',
        'package-list': 'package-list',
    }
    fields = ''.join(f':{name}: x\n' for name in names) + ':dates: x\n:presenter: x\n'
    files = {
        'conf.py': CONF.replace(
            "primary_domain = 'talk'", f'primary_domain = {primary!r}'
        ),
        'index.rst': 'Index\n=====\n',
        'page.rst': f':talk:\n{fields}\nPage\n====\n',
        'md-page.md': in_front_matter(f':talk:\n{fields}') + '\n# Page\n',
    }
    build = make_project(files).build()
    told = {w.place: w.text for w in build.warnings if w.type == 'talk.field'}
    assert len(told) == 2 * (len(names) + 2)
    prefix = '' if primary == 'talk' else 'talk:'
    for line, (name, meant) in enumerate(names.items(), 2):
        for place, how in (
            (f'page.rst:{line}', f'in reStructuredText write ".. {prefix}{meant}::"'),
            (f'md-page.md:{line + 1}', f'in Markdown write "```{{{prefix}{meant}}}"'),
        ):
            said = f':{name.lower()}: is no field of a talk, but a directive'
            assert told[place].startswith(said)
            assert told[place].endswith(how)
    assert 'did you mean :date:?' in told['page.rst:8']
    assert 'unknown field :presenter:' in told['md-page.md:10']


def test_fields_that_are_not_at_the_top_and_second_titles_are_told(
    make_project: MakeProject,
) -> None:
    title = 'Page\n====\n\n'
    talk = f'{title}.. talk::\n\n'
    files = {
        'below': f'{title}:date: 2025-09-12\n:talk:\n',
        'behind': f'.. highlight:: none\n\n:talk:\n\n{title}',
        'section': f'{title}Text.\n\nOne\n---\n\n:Talk:\n:room: Hall\n',
        'of-a-talk': f'{talk}:date: 2025-09-12\n',
        'labelled': f'.. _here:\n\n.. A comment.\n\n:talk:\n\n{title}',
        'card': f'{talk}:name: Cy\n:url: none\n',
        'no-talk': f'{title}:date: 2025-09-12\n',
        'quoted': f'{talk}Text.\n\n.. note:: so\n\n   :talk:\n   :date: today\n',
        'indented': f'   :talk:\n   :room: Hall\n\n{title}',
        'indented-below': f'{title}   :talk:\n\n',
        'one-colon': f':talk\n:room: Hall\n\n{title}',
        'no-colon': f'{title}talk: Yes\nroom: Hall\n\n',
        'words': f'{title}talk:\n\nText.\n\ntalk: about\nit: so\n\n:talk x\ny\n',
        'two': f':talk:\n\n{title}Other\n=====\n\nText.\n',
        'two-of-one': f'{talk}Other\n=====\n\nText.\n',
    }
    project = make_project({f'{name}.rst': text for name, text in files.items()})
    build = project.build()
    assert sorted((w.place, w.type) for w in build.warnings) == [
        ('behind.rst:3', 'talk.field'),
        ('below.rst:4', 'talk.field'),
        ('indented-below.rst:4', 'talk.field'),
        ('indented.rst:1', 'talk.field'),
        ('no-colon.rst:4', 'talk.field'),
        ('of-a-talk.rst:6', 'talk.field'),
        ('one-colon.rst:1', 'talk.field'),
        ('section.rst:9', 'talk.field'),
        ('two.rst:7', 'talk.talk'),
    ]
    assert 'Hall' in ' '.join(build.lines('section'))


@pytest.mark.parametrize('front', [':talk: no\n', '---\ntalk: false\n---\n'])
def test_a_page_that_is_said_to_be_none_is_no_talk_whatever_the_directive_says(
    front: str, make_project: MakeProject
) -> None:
    is_rest = front.startswith(':')
    titles = ('Off\n===', 'One\n---') if is_rest else ('# Off', '## One')
    directive = '.. talk::\n' if is_rest else '```{talk}\n```\n'
    page = front + ''.join(f'\n{title}\n\n{directive}' for title in titles)
    suffix = 'rst' if is_rest else 'md'
    build = make_project({'conf.py': CONF, f'off.{suffix}': page}).build()
    told = [w for w in build.warnings if w.type.startswith('talk')]
    assert [w.place for w in told] == [f'off.{suffix}:{1 if is_rest else 2}']
    talks = json.loads(build.read('notes.json'))['talks']
    assert [talk['title'] for talk in talks] == ['One']


@pytest.mark.parametrize(
    ('front', 'value', 'line'),
    [
        ('tags: [a, b]', 'a, b', 2),
        ('# none\ntags:\n- a\n- b', 'a, b', 3),
        ('tags: ~', '', 2),
        ("tags: 'null'", 'null', 2),
        ('tags: [a, ~, "~", null, {b: c}]', 'a, ~, b: c', 2),
        ('tags: |\n  a\n  b', 'a b', 2),
        ('tags: {a: b, c: d}', 'a: b, c: d', 2),
        ('a: {\ntags: x # y', 'x', 3),
        ('tags: @x: y', '@x: y', 2),
        ('- tags', 'metadata', 1),
        # What is a link in itself may be told with its words in more ways than one.
        ('video: {url: https://v.example/, title: All}', 'https://v.example/ All', 2),
        ('notes: [{Ada: https://a.example/}]', 'https://a.example/ Ada', 2),
        (
            'notes:\n- link: https://a.example/\n- name: B\n  href: https://b.example/',
            'https://a.example/\nhttps://b.example/ B',
            2,
        ),
    ],
)
def test_front_matter_is_read_as_it_is_written(
    front: str, value: str, line: int, tmp_path: Path
) -> None:
    path = tmp_path / 'page.md'
    path.write_text(f'\ufeff---\n{front}\n---\n\n# Page\n', encoding='utf-8')
    name = next((n for n in ('video', 'notes') if front.startswith(n)), 'tags')
    found = file_fields.read(path, {name: 'metadata'})
    assert found == {name: file_fields.Field(value, line)}


#: Front matter of which MyST reads nothing -> what is known of the talk, what is told.
MALFORMED: dict[str, tuple[dict[str, str] | None, list[tuple[int, str]]]] = {
    'talk:\ndate: 2025-02-30\nroom: Hall': ({'room': 'Hall'}, [(3, 'date')]),
    'talk:\ndate: 2025-09-12\nroom: Hall: 2': (
        {'date': '2025-09-12', 'room': 'Hall: 2'},
        [(4, 'field')],
    ),
    'talk:\nroom: Hall\nseed: "4\ntags: x': (
        {'room': 'Hall'},
        [(4, 'field'), (4, 'seed')],
    ),
    'talk\nroom: Hall': (None, [(3, 'field')]),
    'talk:\nroom: \x01': ({'room': '\x01'}, [(2, 'field')]),
    'title: a: b': (None, []),
    'nocollect: 2025-02-30\ntalk: x: y': (None, [(3, 'field')]),
}


def test_front_matter_with_a_mistake_is_read_all_the_same_and_told_where(
    make_project: MakeProject,
) -> None:
    files = {'conf.py': CONF}
    for number, front in enumerate(MALFORMED):
        files[f'p{number}.md'] = f'---\n{front}\n---\n\n# {number}\n'
    build = make_project(files).build()
    told = [(w.place, w.type) for w in build.warnings if w.type[:4] in {'myst', 'talk'}]
    talks = json.loads(build.read('notes.json'))['talks']
    for number, (known, warned) in enumerate(MALFORMED.values()):
        page = f'p{number}'
        found = [
            {key: talk[key] for key in ('date', 'room') if key in talk}
            for talk in talks
            if talk['docname'] == page
        ]
        assert found == ([] if known is None else [known])
        assert sorted(t for t in told if t[0].startswith(f'{page}.')) == [
            (f'{page}.md:1', 'myst.topmatter'),
            *((f'{page}.md:{line}', f'talk.{subtype}') for line, subtype in warned),
        ]


def test_front_matter_that_is_not_at_the_top_is_told(make_project: MakeProject) -> None:
    files = {
        'blank': '\n---\ntalk:\nroom: Hall\n---\n\n# Page\n',
        'comment': '% no\n\n---\ntalk:\n---\n\n# Page\n',
        'below': '# Page\n\nText.\n\n---\nTalk: true\nroom: Hall\n---\n\nText.\n',
        'open': '---\ntalk:\nroom: Hall\n\n# Page\n',
        'of-rest': ':talk:\n\n# Page\n',
        'title': '# Talk: about it\n',
    }
    project = make_project(
        {'conf.py': CONF, **{f'{name}.md': text for name, text in files.items()}}
    )
    build = project.build()
    told = [w.place for w in build.warnings if w.type == 'talk.field']
    assert sorted(told) == [
        'below.md:6',
        'blank.md:3',
        'comment.md:4',
        'of-rest.md:1',
        'open.md:2',
    ]


@pytest.mark.parametrize('level', ['INFO/1', 'WARNING/2', 'ERROR/3', 'SEVERE/4'])
def test_what_docutils_says_of_a_field_is_none_of_it(
    level: str, tmp_path: Path
) -> None:
    page = tmp_path / 'page.rst'
    page.write_text(':room: Hall *1\n')
    message = f'{page}:1: ({level}) Inline emphasis start-string without end-string.'
    for value in (f'Hall *1\n\n{message}', f'{message}\n\nHall *1'):
        assert file_fields.read(page, {'room': value})['room'].value == 'Hall *1'


@pytest.mark.parametrize('source', [':room: Hall\n', '---\nroom: Hall\n---\n'])
def test_what_other_extensions_keep_among_the_fields_is_none(
    source: str, tmp_path: Path
) -> None:
    path = tmp_path / 'page'
    path.write_text(source, encoding='utf-8')
    metadata = {'room': 'Hall', 'tags': ['web'], 'slugs': {}, 'track': 'included'}
    assert file_fields.read(path, metadata) == {
        'room': file_fields.Field('Hall', 1 + source.startswith('---')),
        'track': file_fields.Field('included', 1),
    }


def test_fields_stay_at_the_head_if_somebody_speaks_further_down(
    make_project: MakeProject,
) -> None:
    speaker = '.. speaker:: {}\n\n'
    head = speaker.format('Ada') + '.. a comment\n\n' + speaker.format('Ben')
    text = f':talk:\n:date: 2025-09-12\n\nPage\n====\n\n{head}Text.\n\n'
    page = text + speaker.format('Cy') + 'More.\n'
    run_on = page.replace('.. a comment', '.. class:: run-on\n\n   of Lemon')
    between = page.replace('.. a comment', '.. talk::\n   :room: Hall')
    toctree = 'Index\n=====\n\n.. toctree::\n   :glob:\n\n   *\n'
    files = {'conf.py': f'{CONF}talk_prev_next = False\n', 'index.rst': toctree}
    files |= {'page.rst': page, 'run-on.rst': run_on, 'between.rst': between}
    build = make_project(files).build()
    assert build.warnings == []
    rest = ['Text.', 'Cy', 'More.']
    assert build.lines('page') == ['Page', 'Ada', 'Ben', '2025-09-12', *rest]
    run_on_lines = ['Page', 'Ada', 'of Lemon', 'Ben', '2025-09-12', *rest]
    assert build.lines('run-on') == run_on_lines
    assert build.lines('between') == ['Page', 'Ada', 'Ben', '2025-09-12 · Hall', *rest]


def test_a_field_that_is_wrong_is_shown_in_the_line_and_a_link_counts_once(
    make_project: MakeProject,
) -> None:
    page = (
        ':talk:\n:date: some day\n:video: https://v.example.org/\n\nPage\n====\n\n'
        '.. talk::\n   :time: 09:30\n   :slides: https://s.example.org/\n'
    )
    build = make_project({'conf.py': CONF, 'index.rst': page}).build()
    assert build.lines('index') == ['Page', 'some day · 09:30 · Slides · Video']
    (talk,) = json.loads(build.read('notes.json'))['talks']
    urls = [link['url'] for link in talk['links']]
    assert sorted(urls) == ['https://s.example.org/', 'https://v.example.org/']


def test_fields_at_the_top_are_shown_where_those_of_the_directive_would_be(
    make_project: MakeProject,
) -> None:
    top = (
        ':talk:\n:date: 2025-09-12 09:30\n:room: Hall\n'
        ':video: https://v.example.org/\n:id: K7\n\nPage\n====\n\n'
    )
    day = ':date: 2025-09-12\n:room: Hall\n\nDay\n===\n\n'
    section = '{}\n---\n\n.. talk::\n   :room: {}\n\n'
    files = {
        'conf.py': f'{CONF}talk_prev_next = False\n',
        'bare.rst': f'{top}Text.\n',
        'byline.rst': f'{top.replace("K7", "K8")}.. speaker:: Ada\n\nText.\n',
        'both.rst': (
            f'{top.replace("K7", "K9")}.. talk::\n   :room: Garden\n   :time: 09:30\n'
        ),
        'day.rst': day + section.format('One', 'Lab') + section.format('Two', ''),
        'europe.rst': (
            ':talk:\n:date: 2025-09-12 9h30\n\nEurope\n======\n\n'
            '.. talk::\n   :time: 9.30\n'
        ),
        'ends.rst': (
            ':talk:\n:time: 9:00-9:30\n\nEnds\n====\n\n.. talk::\n   :time: 10:00\n'
        ),
        'no-talk.rst': ':date: 2025-09-12\n:room: Hall\n\nNone\n====\n',
        'index.rst': 'Index\n=====\n\n.. toctree::\n   :glob:\n\n   *\n',
    }
    project = make_project(files)
    build = project.build()
    # What the directive says counts; what it contradicts is shown nowhere else.
    assert [(w.place, w.type) for w in build.warnings] == [
        ('both.rst:3', 'talk.field'), ('ends.rst:2', 'talk.field')
    ]  # fmt: skip
    assert 'Hall, but the directive talk says Garden' in build.warnings[0].text
    line = '2025-09-12 09:30 · Hall · Video'
    assert build.lines('bare')[1:] == [line, 'Text.']
    assert ('Video', 'https://v.example.org/') in links(build.page('bare'))
    assert build.lines('byline')[1:] == ['Ada', line, 'Text.']
    assert build.lines('both')[1:] == ['2025-09-12 · 09:30 · Garden · Video']
    assert links(build.page('both')) == [('Video', 'https://v.example.org/')]
    assert build.lines('day')[1:] == [
        'One', '2025-09-12 · Lab', 'Two', '2025-09-12 · Hall'
    ]  # fmt: skip
    assert build.lines('europe')[1:] == ['2025-09-12 · 9.30']
    assert build.lines('no-talk') == ['None']
    (talk,) = [
        t for t in json.loads(build.read('notes.json'))['talks'] if t['title'] == 'One'
    ]
    assert (talk['date'], talk['room']) == ('2025-09-12', 'Lab')
    (ends,) = [
        t for t in json.loads(build.read('notes.json'))['talks'] if t['title'] == 'Ends'
    ]
    assert (ends['time'], ends.get('end')) == ('10:00', None)
    hidden = project.build(confoverrides={'talk_show_fields': False})
    assert hidden.lines('bare') == ['Page', 'Text.']


@pytest.mark.parametrize('behind', [',', ';', ':'])
def test_what_joins_an_address_to_its_words_is_none_of_it(behind: str) -> None:
    [(url, words)] = talk_fields.links_in(f'https://a.example/b:c{behind} Ada')
    assert url == 'https://a.example/b:c'
    assert words == 'Ada'


@pytest.mark.parametrize('value', ['Colour', 3, [3]])
def test_known_fields_that_are_no_list_of_names_are_a_clear_error(
    value: object, make_project: MakeProject
) -> None:
    conf = f'{CONF}talk_known_fields = {value!r}\n'
    project = make_project({'conf.py': conf, 'a.rst': ':talk:\n:raom: Hall\n\nA\n=\n'})
    with pytest.raises(ConfigError, match='talk_known_fields must be a list of names'):
        project.build()


def test_markup_in_front_matter_is_told_where_it_is_shown_as_it_is_written(
    make_project: MakeProject,
) -> None:
    page = '---\ntalk:\ntrack: A*\nroom: "{package}`uv` hall"\n---\n\n# Page\n'
    files = {'conf.py': CONF, 'index.rst': 'Index\n=====\n', 'page.md': page}
    build = make_project(files).build()
    told = [(w.place, w.type) for w in build.warnings if w.type.startswith('talk')]
    assert told == [('page.md:4', 'talk.markup')]
    assert '{package}`uv` hall · A*' in build.lines('page')
