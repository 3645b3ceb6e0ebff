"""The talks as an Atom feed and a calendar, beside the HTML or from its notes.json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar

from projects import CONF, PYTHONPATH
from sphinx_talknotes.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures import MakeProject
    from projects import Build

ATOM = '{http://www.w3.org/2005/Atom}'
FEED = CONF.replace(']', ", 'sphinx_talknotes.feed']") + "project = 'Ü & <b>'\n"
HOME = "html_baseurl = 'https://a.example/notes'\ntalk_timezone = 'Europe/Berlin'\n"
PAGES = {
    'queues.rst': (
        ':talk:\n:date: 2025-09-12\n\n*Queues* & <tears>\n==================\n\n'
        '.. speaker:: Ada Field\n\n.. speaker:: @ben\n'
    ),
    'deep/maps.rst': ':talk:\n:date: 2025-09-13\n\nMaps; and, more\n===============\n',
    'never.rst': ':talk:\n\nAny day now\n===========\n',
    'other.rst': 'No talk\n=======\n',
}
NOTES: dict[str, Any] = {
    'project': 'Notes',
    'talks': [
        {
            'page': 'x.html#talk',
            'id': 'fig-1',
            'title': 'Rye\x07\ufffe',
            'date': '2025-09-12',
            'time': '09:30',
            'end': '10:15',
            'packages': [{'name': 'celery'}, {'name': 'rq'}, {'name': 'celery'}],
            'room': 'Hall, 2; left',
            'tags': ['food', 'grain'],
            'speakers': [{'name': 'Ada'}, {'added': {'name': 'Ben'}}],
        },
        {
            'page': 'y.html',
            'title': 'Oats',
            'id': 'same',
            'date': '2025-09-12',
            'time': '23:30',
            'end': '00:15',
            'speakers': [{'handles': ['@cy']}],
        },
        {'page': 'x', 'title': 'Undated', 'id': 'same', 'speakers': []},
    ],
}


def elements(root: ET.Element, path: str) -> list[str | None]:
    return [e.text for e in root.iterfind(path.replace('/', f'/{ATOM}'))]


def feed_of(text: str) -> ET.Element:
    return ET.fromstring(text.encode())


def events(text: str) -> list[Any]:
    return list(Calendar.from_ical(text).walk('VEVENT'))


@pytest.fixture(scope='module')
def build(make_project: MakeProject) -> Build:
    # A theme with a head: that of other tests has none.
    theme = {'html_theme': 'basic'}
    project = make_project({'conf.py': FEED + HOME, **PAGES})
    return project.build(confoverrides=theme)


def test_the_feed_has_the_talks_with_a_date_newest_first(build: Build) -> None:
    assert build.warnings == []
    root = feed_of(build.read('talks.atom'))
    assert root.findtext(f'{ATOM}title') == 'Ü & <b>'
    assert root.findtext(f'{ATOM}updated') == '2025-09-13T00:00:00+02:00'
    assert elements(root, './entry/title') == ['Maps; and, more', 'Queues & <tears>']
    assert elements(root, './entry/id') == [
        'https://a.example/notes/deep/maps.html',
        'https://a.example/notes/queues.html',
    ]
    assert elements(root, './entry/updated')[0] == '2025-09-13T00:00:00+02:00'
    assert elements(root, './entry/author/name') == ['Ü & <b>', 'Ada Field', '@ben']
    links = {link.get('rel'): link.get('href') for link in root.iterfind(f'{ATOM}link')}
    assert links == {
        'self': 'https://a.example/notes/talks.atom',
        'alternate': 'https://a.example/notes/',
    }


def test_the_calendar_has_the_talks_with_a_date(build: Build) -> None:
    first, second = events(build.read('talks.ics'))
    assert first['SUMMARY'] == 'Queues & <tears>'
    assert first['DESCRIPTION'] == 'Ada Field, @ben'
    assert first['URL'] == 'https://a.example/notes/queues.html'
    assert first['DTSTART'].to_ical() == b'20250912'
    assert 'DTEND' not in first
    assert second['SUMMARY'] == 'Maps; and, more'
    assert len({first['UID'], second['UID']}) == 2


def test_every_page_names_the_feed(build: Build) -> None:
    for page, address in {'queues': '', 'deep/maps': '../'}.items():
        head = build.read(f'{page}.html').partition('</head>')[0]
        assert f'href="{address}talks.atom"' in head
        assert 'title="Ü &amp; &lt;b&gt;"' in head


def test_the_same_notes_give_the_same_bytes(
    build: Build, make_project: MakeProject
) -> None:
    again = make_project({'conf.py': FEED + HOME, **PAGES}).build()
    for name in ('talks.atom', 'talks.ics'):
        assert again.read(name) == build.read(name)


def test_without_an_address_of_the_site_there_is_a_calendar_only(
    make_project: MakeProject,
) -> None:
    conf = f"{FEED}html_baseurl = '/notes/'\n"
    build = make_project({'conf.py': conf, **PAGES}).build()
    assert build.warnings == []
    assert not (build.outdir / 'talks.atom').exists()
    assert 'atom' not in build.read('queues.html')
    assert 'URL' not in events(build.read('talks.ics'))[0]


@pytest.mark.parametrize('builder', ['dirhtml', 'singlehtml'])
def test_addresses_are_quoted_whatever_the_builder(
    builder: str, make_project: MakeProject
) -> None:
    pages = {'ü b.rst': PAGES['queues.rst'], 'x:y.rst': PAGES['deep/maps.rst']}
    build = make_project({'conf.py': FEED + HOME, **pages}).build(builder)
    before, end = {'dirhtml': ('', '/'), 'singlehtml': ('#document-', '')}[builder]
    found = [
        f'https://a.example/notes/{before}{name}{end}' for name in ('x:y', '%C3%BC%20b')
    ]
    assert elements(feed_of(build.read('talks.atom')), './entry/id') == found
    assert [e['URL'] for e in events(build.read('talks.ics'))] == found[::-1]


def test_nothing_is_written_unless_asked_for(make_project: MakeProject) -> None:
    build = make_project(PAGES).build()
    assert not list(build.outdir.glob('talks.[ai]*'))


def test_only_builders_of_html_write_feeds(make_project: MakeProject) -> None:
    build = make_project({'conf.py': FEED + HOME, **PAGES}).build('text')
    assert not list(build.outdir.glob('talks.[ai]*'))


def test_every_talk_has_an_id_of_its_own_in_the_calendar(tmp_path: Path) -> None:
    pages = ['a-b.html', 'a_b.html', 'a/b.html', 'A-b.html', 'a-b.html#talk']
    talk = {'title': 'x', 'date': '2025-09-12', 'speakers': []}
    talks = [talk | {'page': page} for page in pages]
    talks += [talk | {'page': page, 'id': 'same'} for page in ('c.html', 'd.html')]
    assert run(tmp_path, {'project': '会議', 'talks': talks}) == 0
    found = [
        event['UID'] for event in events((tmp_path / 'talks.ics').read_text('utf-8'))
    ]
    assert len(set(found)) == len(talks)
    assert {uid.partition('@')[2] for uid in found} == {'%E4%BC%9A%E8%AD%B0'}


# -- the command ---------------------------------------------------------------


def run(folder: Path, notes: object, *options: str) -> int:
    (folder / 'notes.json').write_text(
        notes if isinstance(notes, str) else json.dumps(notes), encoding='utf-8'
    )
    return main(['feed', str(folder), *options])


def test_the_command_writes_both_from_notes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ['--base-url', 'https://a.example/', '--timezone', 'Europe/Berlin']
    assert run(tmp_path, NOTES, *options) == 0
    names = [str(tmp_path / name) for name in ('talks.atom', 'talks.ics')]
    assert capsys.readouterr().out.splitlines() == names
    root = feed_of((tmp_path / 'talks.atom').read_text('utf-8'))
    assert elements(root, './entry/title') == ['Oats', 'Rye']
    said = 'Ada, Ben \N{EN DASH} celery, rq'
    assert elements(root, './entry/summary') == ['@cy', said]
    assert elements(root, './entry/updated') == [
        '2025-09-12T23:30:00+02:00',
        '2025-09-12T09:30:00+02:00',
    ]
    assert elements(root, './entry/author/name') == ['@cy', 'Ada', 'Ben']
    terms = [c.get('term') for c in root.iterfind(f'{ATOM}entry/{ATOM}category')]
    assert terms == ['food', 'grain']
    text = (tmp_path / 'talks.ics').read_text('utf-8')
    # Calendars needn't know the zone.
    assert text.index('BEGIN:VTIMEZONE') < text.index('\nTZID:Europe/Berlin')
    rye, oats = events(text)
    assert rye['DESCRIPTION'] == said
    assert rye['DTEND'].dt.isoformat() == '2025-09-12T10:15:00+02:00'
    assert oats['DTEND'].dt.isoformat() == '2025-09-13T00:15:00+02:00'
    assert rye['DTSTART'].dt.isoformat() == '2025-09-12T09:30:00+02:00'
    assert rye['DTSTART'].params['TZID'] == 'Europe/Berlin'
    assert rye['DTSTAMP'].to_ical() == b'20250912T073000Z'
    assert (rye['LOCATION'], rye['UID']) == ('Hall, 2; left', 'fig-1@a.example')
    assert rye['CATEGORIES'].to_ical() == b'food,grain'
    assert oats['SUMMARY'] == 'Oats'


def test_without_a_zone_a_talk_is_at_its_time_wherever_one_is(tmp_path: Path) -> None:
    assert run(tmp_path, NOTES) == 0
    text = (tmp_path / 'talks.ics').read_text('utf-8')
    assert 'VTIMEZONE' not in text
    assert events(text)[0]['DTSTART'].to_ical() == b'20250912T093000'
    assert not (tmp_path / 'talks.atom').exists()


def test_no_talks_are_a_feed_without_entries(tmp_path: Path) -> None:
    notes: dict[str, Any] = {'project': '', 'talks': []}
    options = ['--base-url', 'https://a.example', '--timezone', 'UTC']
    assert run(tmp_path, notes, *options) == 0
    root = feed_of((tmp_path / 'talks.atom').read_text('utf-8'))
    assert elements(root, './entry') == []
    assert root.findtext(f'{ATOM}title') == 'Talks'
    assert events((tmp_path / 'talks.ics').read_text('utf-8')) == []


@pytest.mark.parametrize(
    'notes',
    [
        '[',
        '[]',
        '{}',
        '[' * 100_000,
        {'project': 'x', 'talks': [3]},
        {'project': 'x', 'talks': [{'title': 'x', 'page': 'x', 'date': 'May'}]},
        {'project': 3, 'talks': []},
        {'version': 3, 'project': 'x', 'talks': []},
    ],
)
def test_what_is_no_notes_json_is_told_in_one_line(
    notes: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, notes) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f'{tmp_path / "notes.json"}: ')
    assert not list(tmp_path.glob('talks.*'))


@pytest.mark.parametrize('address', ['notes.example', 'https://', 'ftp:/x', ' '])
def test_an_address_of_the_site_that_is_none_is_told(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path, NOTES, '--base-url', address)
    assert f'--base-url: {address!r} is no address' in capsys.readouterr().err


def test_a_site_that_is_not_built_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['feed', str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f'{tmp_path / "notes.json"}: ')


@pytest.mark.parametrize('zone', ['Europe/Berlim', 'Europe', '../x', '/etc/passwd', 3])
def test_a_time_zone_that_is_none_is_told(
    zone: object, tmp_path: Path, make_project: MakeProject
) -> None:
    with pytest.raises(SystemExit):
        run(tmp_path, NOTES, '--timezone', str(zone))
    project = make_project({'conf.py': f'{FEED}talk_timezone = {zone!r}\n', **PAGES})
    with pytest.raises(Exception, match='talk_timezone: there is no time zone'):
        project.build()


def test_without_the_extra_it_is_told_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / 'feedgen.py').write_text("raise ImportError('none', name='feedgen')\n")
    (tmp_path / 'conf.py').write_text(FEED)
    (tmp_path / 'index.rst').write_text('x\n=\n')
    path = os.pathsep.join([str(tmp_path), PYTHONPATH])
    for command in (
        ['sphinx_talknotes', 'feed', str(tmp_path)],
        ['sphinx', str(tmp_path), str(tmp_path / '_build')],
    ):
        done = subprocess.run(
            [sys.executable, '-m', *command],
            env={**os.environ, 'PYTHONPATH': path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "pip install 'sphinx-talknotes[feed]'" in done.stderr
        assert 'importlib' not in done.stderr
