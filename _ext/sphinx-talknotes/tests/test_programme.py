"""``import``: the talks of a programme become pages, and what is there stays."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from programmes import as_json, as_xml, event
from projects import CONF, PYTHONPATH
from sphinx_talknotes.__main__ import main
from sphinx_talknotes.importer import known_ids
from sphinx_talknotes.markup import Myst, Rest, talk
from sphinx_talknotes.schedule import read_schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures import MakeProject
    from sphinx_talknotes.schedule import Event

RYE = event(1, 'Rye', 'Ada Field', track='Food', room='Attic')
OATS = event(2, 'Oats', 'Ben Wood', 'Cy Lake', start='10:00')
NIGHT = event(
    3, 'Night', date='2025-09-13T00:30:00+02:00', start='00:30', day='2025-09-12'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder that isn't there yet, in a site."""
    (tmp_path / 'conf.py').write_text("primary_domain = 'talk'\n")
    return tmp_path / 'talks'


def run(folder: Path, text: str | bytes, *options: str, name: str = 'x.json') -> int:
    file = folder.parent / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return main(['import', str(file), str(folder), *options])


def pages(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text('utf-8')
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }


def read(tmp_path: Path, text: str | bytes) -> tuple[Event, ...]:
    file = tmp_path / 'schedule'
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_schedule(file).events


# -- pages ---------------------------------------------------------------------

PAGE = """\
Oats
====

.. talk::
   :date: 2025-09-12
   :time: 10:00-10:30
   :room: Hall
   :language: en
   :url: https://fig.example/2/
   :id: 00000000-0000-4000-8000-000000000002

.. speaker:: Ben Wood

.. speaker:: Cy Lake
"""

MARKDOWN_PAGE = """\
# Rye

```{talk}
:date: 2025-09-12
:time: 09:00-09:30
:room: Attic
:track: Food
:language: en
:url: https://fig.example/1/
:id: 00000000-0000-4000-8000-000000000001
```

```{speaker} Ada Field
```
"""

DAY = """\
2025-09-13
==========

Night
-----

.. talk::
   :date: 2025-09-13
   :time: 00:30-01:00
   :room: Hall
   :language: en
   :url: https://fig.example/3/
   :id: 00000000-0000-4000-8000-000000000003
"""


@pytest.mark.parametrize('write', [as_json, as_xml])
def test_a_talk_is_a_page_named_by_when_it_is_and_its_title(
    write: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, write(RYE, OATS, NIGHT)) == 0
    assert list(pages(folder)) == [
        '2025-09-12-0900-rye.rst',
        '2025-09-12-1000-oats.rst',
        '2025-09-13-0030-night.rst',
    ]
    assert pages(folder)['2025-09-12-1000-oats.rst'] == PAGE
    out, err = capsys.readouterr()
    assert out == f'{folder}: 3 new talks on 3 new pages, 0 known already\n'
    assert err == ''


def test_markdown_is_written_if_asked_for_or_if_the_site_has_it(folder: Path) -> None:
    run(folder, as_json(RYE), '--markdown')
    assert pages(folder) == {'2025-09-12-0900-rye.md': MARKDOWN_PAGE}
    (folder.parent / 'index.md').touch()
    run(folder, as_json(OATS))
    run(folder, as_json(NIGHT), '--no-markdown')
    assert list(pages(folder)) == [
        '2025-09-12-0900-rye.md',
        '2025-09-12-1000-oats.md',
        '2025-09-13-0030-night.rst',
    ]


@pytest.mark.parametrize(
    ('only', 'names'),
    [
        (['RYE'], ['2025-09-12-0900-rye.rst']),
        (['ben wood'], ['2025-09-12-1000-oats.rst']),
        (
            ['food', '8000-000000000003'],
            ['2025-09-12-0900-rye.rst', '2025-09-13-0030-night.rst'],
        ),
    ],
)
def test_only_some_talks_can_be_wanted(
    only: list[str],
    names: list[str],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = [word for text in only for word in ('--only', text)]
    assert run(folder, as_json(RYE, OATS, NIGHT), *options) == 0
    assert list(pages(folder)) == names
    assert 'new' in capsys.readouterr().out
    assert run(folder, as_json(RYE, OATS, NIGHT), '--only', 'Barley') == 2
    assert capsys.readouterr().err.endswith("no talk has 'Barley'\n")


def test_a_folder_in_no_site_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / 'typo' / 'talks'
    (tmp_path / 'typo').mkdir()
    assert run(folder, as_json(RYE)) == 0
    assert capsys.readouterr().err == (
        f'{folder}: no conf.py there or above, so its pages are in no site\n'
    )
    (tmp_path / 'conf.py').touch()
    assert run(folder, as_json(RYE, OATS)) == 0
    assert capsys.readouterr().err == ''


def test_a_page_can_hold_a_day(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, as_json(OATS, RYE, NIGHT), '--by-day')
    found = pages(folder)
    assert list(found) == ['2025-09-12.rst', '2025-09-13.rst']
    assert found['2025-09-13.rst'] == DAY
    order = ['2025-09-12\n==========', 'Rye\n---', 'Oats\n----']
    places = [found['2025-09-12.rst'].index(text) for text in order]
    assert places == sorted(places)
    assert '3 new talks on 2 new pages' in capsys.readouterr().out


def test_directives_say_their_domain_where_it_is_not_the_primary_one(
    folder: Path,
) -> None:
    (folder.parent / 'conf.py').write_text("# primary_domain = 'talk'\n")
    run(folder, as_json(RYE))
    (text,) = pages(folder).values()
    assert '.. talk:talk::\n' in text
    assert '.. talk:speaker:: Ada Field' in text


# -- again ---------------------------------------------------------------------


def test_again_it_adds_what_is_new_and_leaves_the_rest_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, as_json(RYE, OATS))
    rye, oats = folder / '2025-09-12-0900-rye.rst', folder / '2025-09-12-1000-oats.rst'
    rye.write_text('My own words.\r\n' + rye.read_text(), newline='')
    moved = folder.parent / 'best' / 'of' / 'porridge.rst'
    moved.parent.mkdir(parents=True)
    oats.rename(moved)
    before = rye.read_bytes(), moved.read_bytes()
    capsys.readouterr()
    later = {**RYE, 'title': 'Rye, again', 'start': '12:00', 'room': 'Cellar'}
    assert run(folder, as_json(later, OATS, NIGHT)) == 0
    assert (rye.read_bytes(), moved.read_bytes()) == before
    assert list(pages(folder)) == [rye.name, '2025-09-13-0030-night.rst']
    assert '1 new talk on 1 new page, 2 known already' in capsys.readouterr().out
    assert run(folder, as_json(later, OATS, NIGHT)) == 0
    assert '0 new talks on 0 new pages, 3 known already' in capsys.readouterr().out


def test_talks_are_known_below_a_link_too(folder: Path) -> None:
    notes = folder.parent / 'site' / 'notes'
    notes.parent.mkdir()
    (notes.parent / 'conf.py').touch()
    folder.mkdir()
    notes.symlink_to(folder)
    run(notes, as_json(RYE))
    run(notes, as_json(RYE, OATS))
    assert len(pages(folder)) == 2


@pytest.mark.parametrize('options', [[], ['--markdown'], ['--by-day']])
def test_an_id_is_known_however_its_page_is_written(
    options: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, as_json(RYE), *options)
    run(folder, as_json(RYE))
    run(folder, as_xml(RYE), '--markdown', name='x.xml')
    assert len(pages(folder)) == 1


@pytest.mark.parametrize(
    'text',
    [
        '.. talk::\n   :id: {}\n',
        '..\n   Not interesting.\n   :id: {}\n',
        '.. talk::\r\n   :id:   {}   \r\n',
        '.. talk::\n   :id:{}\n   : room: Hall\n',
        '.. talk::\n   :id:\u00a0{}\n',
        '.. talk::\n   : id: {}\n',
        '---\ntalk:\nid : {}\n---\n',
        '\ufeff:talk:\n:ID:\n   {}\n\nX\n=\n',
        '```{{talk}}\n:id: "{}"\n```\n',
        "```{{talk}}\n---\nid: '{}'\n---\n```\n",
        '---\ntalk:\nid: {}\n---\n',
        '---\ntalk:\n"id": >-\n  {}\n---\n',
        '```{{talk}}\n---\n{{id: {}, room: Hall}}\n---\n```\n',
        'byte \udcff\n\n.. talk::\n   :id: {}\n',
    ],
)
def test_an_id_is_known_wherever_it_stands(text: str, tmp_path: Path) -> None:
    (tmp_path / 'deep').mkdir()
    page = tmp_path / 'deep' / 'x.md'
    page.write_bytes(text.format('a.b:c-1').encode('utf-8', 'surrogateescape'))
    assert 'a.b:c-1' in known_ids(tmp_path)


def test_what_was_built_is_no_source(tmp_path: Path) -> None:
    for name in ('_build', '_sources', '.hidden', 'env', 'kept'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'x.txt').write_text(f':id: {name}\n')
    (tmp_path / 'env' / 'pyvenv.cfg').touch()
    (tmp_path / 'kept' / 'x.py').write_text(':id: code\n')
    (tmp_path / 'kept' / 'round').symlink_to(tmp_path)
    assert known_ids(tmp_path) == {'kept'}


def test_a_file_that_is_there_is_never_written_to(folder: Path) -> None:
    folder.mkdir()
    mine = {'2025-09-12-0900-rye.md': 'mine', '2025-09-12-0900-rye-2.rst': 'mine too'}
    for name, text in mine.items():
        (folder / name).write_text(text)
    (folder / '2025-09-12-1000-Oats.rst').symlink_to(folder.parent / 'nowhere')
    run(folder, as_json(RYE, OATS))
    found = pages(folder)
    assert {name: found[name] for name in mine} == mine
    assert set(found) - set(mine) == {
        '2025-09-12-0900-rye-3.rst',
        '2025-09-12-1000-oats-2.rst',
    }
    assert not (folder.parent / 'nowhere').exists()


@pytest.mark.parametrize('title', ['Index', 'Search', 'CON', 'nul', 'genindex'])
def test_no_page_takes_a_name_that_means_something_else(
    title: str, folder: Path
) -> None:
    run(folder, as_json(event(1, title, date=None, start='', day='')))
    assert list(pages(folder)) == [f'{title.lower()}-2.rst']


def test_titles_without_a_letter_of_an_address_have_a_page_each(folder: Path) -> None:
    run(folder, as_json(event(1, '日本語'), event(2, '***'), event(3, 'x' * 300)))
    names = list(pages(folder))
    assert names[:2] == [
        '2025-09-12-0900-00000000-0000-4000-8000-000000000001.rst',
        '2025-09-12-0900-00000000-0000-4000-8000-000000000002.rst',
    ]
    assert len(names[2]) < 100
    assert '日本語\n======\n' in pages(folder)[names[0]]


def test_a_talk_of_which_no_letter_is_left_has_a_page(folder: Path) -> None:
    bare = {'guid': None, 'id': None, 'date': None, 'start': '', 'day': ''}
    text = as_json(
        *(event(1, title, **bare) for title in ('日本語', '中文')), acronym=None
    )
    for _again in range(2):
        run(folder, text.replace('FigConf', '会議'))
    assert list(pages(folder)) == ['talk-2.rst', 'talk.rst']


def test_talks_of_one_name_and_time_have_a_page_each(folder: Path) -> None:
    run(folder, as_json(event(1, 'Lunch'), event(2, 'Lunch'), event(3, 'lunch!')))
    assert list(pages(folder)) == [
        '2025-09-12-0900-lunch-2.rst',
        '2025-09-12-0900-lunch-3.rst',
        '2025-09-12-0900-lunch.rst',
    ]


# -- what a programme says -----------------------------------------------------


def test_a_day_is_that_of_the_calendar(tmp_path: Path) -> None:
    def when(**more: Any) -> tuple[str, str]:
        (found,) = read(tmp_path, as_json(event(1, 'x', **more)))
        return found.day, found.time

    day = '2025-09-12'
    assert when() == (day, '09:00')
    assert when(start='9:05') == (day, '09:05')
    assert when(start='09:05:30') == (day, '09:05')
    assert when(start=None) == (day, '09:00')
    assert when(start=None, date=day) == (day, '')
    assert when(date=None, day=day) == (day, '09:00')
    assert when(date='2025-09-12T24:30', day=day) == (day, '09:00')
    # After midnight, with and without a date of its own.
    assert when(date='2025-09-13T00:30:00+02:00', start='00:30', day=day) == (
        '2025-09-13',
        '00:30',
    )
    assert when(date=None, start='00:30', day=day) == ('2025-09-13', '00:30')
    text = as_xml(event(1, 'x', date=None, start='00:30'))
    text = re.sub(r' start="[^"]*"', '', text)
    old = text.replace('</title>', '</title><day_change>04:00:00</day_change>', 1)
    days = [found.day for each in (text, old) for found in read(tmp_path, each)]
    assert days == [day, '2025-09-13']
    # In universal time, while the clock on the wall says something else.
    assert when(date='2025-09-12T22:30:00Z', start='00:30') == ('2025-09-13', '00:30')
    assert when(date='2025-09-13T06:30:00Z', start='22:30') == (day, '22:30')


@pytest.mark.parametrize(
    ('duration', 'end'),
    [
        ('01:15', '10:15'),
        ('1:15:00', '10:15'),
        ('16:00', '01:00'),
        ('00:00', ''),
        ('24:00', ''),
        ('long', ''),
        (None, ''),
    ],
)
def test_a_talk_ends_when_its_duration_is_over(
    duration: str | None, end: str, tmp_path: Path
) -> None:
    (found,) = read(tmp_path, as_json(event(1, 'x', duration=duration)))
    assert (found.time, found.end) == ('09:00', end)
    (found,) = read(tmp_path, as_json(event(1, 'x', start='noon', date='2025-09-12')))
    assert (found.time, found.end) == ('', '')


SEVERAL = [
    {'url': '/media/photo.png', 'title': 'Poster'},
    {'url': 'https://papers.example/paper.pdf', 'title': 'Paper'},
    {'url': '/media/talk.PDF?12', 'title': None},
    {
        'url': 'https://slides.example/video-of-slides.webm',
        'title': 'Demo in the slides',
    },
    {'url': 'https://slides.example/more', 'title': 'All'},
]
LINKED = [
    {'url': None},
    {'url': 'https://v.example/1.vtt', 'title': 'Video recording subtitles'},
    {'url': 'https://v.example/1.mp3', 'title': 'Audio recording'},
    {'url': 'https://v.example/video.pdf', 'title': 'What became of it'},
    {'url': 'javascript:alert(1)', 'title': 'Video'},
    {'url': 'https://v.example/1.webm', 'title': 'WebM'},
]


@pytest.mark.parametrize('write', [as_json, as_xml])
def test_slides_and_video_are_taken_from_what_is_attached_or_linked(
    write: Callable[..., str], folder: Path
) -> None:
    told = event(1, 'x', attachments=SEVERAL, links=LINKED)
    run(folder, write(told))
    (text,) = pages(folder).values()
    base = 'https://fig.example' if write is as_json else ''
    slides = f'{base}/media/talk.PDF?12' if base else 'https://v.example/video.pdf'
    assert (
        f'   :language: en\n   :video: https://v.example/1.webm\n   :slides: {slides}\n'
    ) in text


def test_an_address_is_written_so_that_the_page_takes_it(tmp_path: Path) -> None:
    (found,) = read(tmp_path, as_json(event(1, 'x', url='https://a.example/b `c`')))
    assert found.url == 'https://a.example/b%20%60c%60'


def test_an_address_that_is_none_is_told_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links = [{'url': '../video-slides.pdf', 'title': 'Slides of the video'}]
    assert run(folder, as_xml(event(1, 'x', links=links)), name='x.xml') == 0
    assert capsys.readouterr().err.count('no web address') == 1


@pytest.mark.parametrize('wrong', [3, {'url': 'x'}, ['x', None, {'url': 3}, {}]])
def test_what_is_no_list_of_links_says_nothing(wrong: object, tmp_path: Path) -> None:
    (found,) = read(tmp_path, as_json(event(1, 'x', attachments=wrong, links=wrong)))
    assert (found.slides, found.video) == ('', '')


def test_talks_that_come_to_a_day_later_are_on_a_page_with_a_title_of_its_own(
    folder: Path,
) -> None:
    run(folder, as_json(RYE), '--by-day')
    run(folder, as_json(RYE, OATS), '--by-day')
    titles = {name: text.partition('\n')[0] for name, text in pages(folder).items()}
    assert titles == {
        '2025-09-12.rst': '2025-09-12',
        '2025-09-12-2.rst': '2025-09-12 (2)',
    }


def test_what_can_not_be_is_told_and_the_talk_imported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = event(
        1, '', date='soon\x1b[31m', start='noonish', url='javascript:x', day='2025'
    )
    assert run(folder, as_json(bad, OATS)) == 0
    out, err = capsys.readouterr()
    assert [line.partition("'Hall', ")[2] for line in err.splitlines()] == [
        'event 1: no title',
        "event 1: no date: 'soon[31m'",
        "event 1: no time: 'noonish'",
        "event 1: no web address: 'javascript:x'",
    ]
    assert '2 new talks' in out
    assert 'Untitled' in pages(folder)['untitled.rst']
    assert 'javascript' not in pages(folder)['untitled.rst']


@pytest.mark.parametrize('year', ['0001', '9999'])
def test_a_day_at_the_end_of_the_calendar_is_none(year: str, tmp_path: Path) -> None:
    at = f'{year}-01-01T00:00:00'
    (found,) = read(tmp_path, as_json(event(1, 'x', date=at, start='23:00')))
    assert found.day == ''


def test_addresses_are_of_the_web_and_may_be_relative(tmp_path: Path) -> None:
    def url(text: str) -> str:
        return read(tmp_path, as_json(event(1, 'x', url=text)))[0].url

    assert url('/talk/1/') == 'https://fig.example/talk/1/'
    assert url('HTTPS://a.example/ü?x=1#y') == 'https://a.example/ü?x=1#y'
    for other in ('ftp://a.example/', 'https://a b/', 'https://[', 'file:///x'):
        assert url(other) == ''
    assert url('//b.example/x') == 'https://b.example/x'
    relative = as_json(event(1, 'x', url='//b.example/x'))
    (found,) = read(tmp_path, relative.replace('https://fig.example/', ''))
    assert found.url == 'https://b.example/x'
    assert url('https://a.example/UD2 (Hall)/1') == 'https://a.example/UD2%20(Hall)/1'


def test_texts_may_be_there_in_several_languages(tmp_path: Path) -> None:
    track = {'en': 'Food', 'de': 'Essen'}
    german, other = read(
        tmp_path,
        as_json(
            event(1, 'x', track=track, language='de'),
            event(2, 'y', track=track, language='pl'),
        ),
    )
    assert (german.track, other.track) == ('Essen', 'Food')


def test_persons_have_one_of_several_names_and_speak_once(tmp_path: Path) -> None:
    persons = [
        {'public_name': 'Ada\n Field'},
        {'name': 'Ben'},
        {'public_name': None, 'full_public_name': 'Cy'},
        'Dee',
        {'code': 'X'},
        {'name': 'TBA'},
        {'name': 'Ben'},
    ]
    (found,) = read(tmp_path, as_json(event(1, 'x', persons=persons)))
    assert [person.name for person in found.speakers] == [
        'Ada Field',
        'Ben',
        'Cy',
        'Dee',
    ]


@pytest.mark.parametrize('as_file', [as_json, as_xml])
def test_what_stands_behind_a_name_is_the_affiliation(
    as_file: Callable[..., str], tmp_path: Path
) -> None:
    names = {
        'Ada Field (Lemon Ltd.)': ('Ada Field', 'Lemon Ltd.'),
        'Ben Wood [Lime]': ('Ben Wood', 'Lime'),
        'Cy Lake | CTO - Lemon': ('Cy Lake', 'CTO - Lemon'),
        'Dee Hill \u2013 Lime (UK)': ('Dee Hill', 'Lime (UK)'),
        'Eli Moor -- Lime': ('Eli Moor', 'Lime'),
        'Lu (Lulu) Wood-Hall': ('Lu (Lulu) Wood-Hall', ''),
        'Flo Ash (@flo@a.example)': ('Flo Ash', ''),
        'Gus Elm (she/her)': ('Gus Elm', ''),
        'Hal Oak [er/ihm | he/him]': ('Hal Oak', ''),
        'Ida Fir (beliebig / any)': ('Ida Fir', ''),
        'Jo Yew ([any])': ('Jo Yew', ''),
        'Kim Bay (-)': ('Kim Bay', ''),
        'Lea Box (IT/OT AG)': ('Lea Box', 'IT/OT AG'),
        '(Ed)': ('(Ed)', ''),
        'Mia Low\uff08Lime Ltd.\uff09': ('Mia Low', 'Lime Ltd.'),
        'Ned Bay (ned_b)': ('Ned Bay (ned_b)', ''),
        '\u738b\u660e\uff08Ming\uff09': ('\u738b\u660e (Ming)', ''),
    }
    persons = [{'public_name': name, 'id': n} for n, name in enumerate(names, 1)]
    (found,) = read(tmp_path, as_file(event(1, 'x', persons=persons)))
    assert [(p.name, p.affiliation) for p in found.speakers] == [*names.values()]
    assert found.has('lemon')
    assert ':affiliation: Lemon Ltd.\n' in talk(found, Rest())
    assert ':handle: @flo@a.example\n' in talk(found, Rest())


@pytest.mark.parametrize('options', [[], ['--markdown']])
def test_a_word_in_parentheses_stays_with_the_name_on_the_page_too(
    options: list[str], make_project: MakeProject
) -> None:
    names = ['Ada Field (ada_f)', '\u738b\u660e (Ming)', '(Ed)', 'B (*) (c)']
    conf = CONF.replace("['", "['myst_parser', '") if options else CONF
    toctree = 'Index\n=====\n\n.. toctree::\n   :glob:\n\n   talks/*\n'
    project = make_project({'conf.py': conf, 'index.rst': toctree})
    run(project.srcdir / 'talks', as_json(event(1, 'x', *names)), *options)
    build = project.build()
    assert build.warnings == []
    (found,) = json.loads(build.read('notes.json'))['talks']
    assert [speaker['name'] for speaker in found['speakers']] == names


@pytest.mark.parametrize('as_file', [as_json, as_xml])
def test_two_people_of_one_name_are_told_apart_by_their_ids(
    as_file: Callable[..., str], tmp_path: Path
) -> None:
    def persons(*given: tuple[str, object]) -> list[dict[str, object]]:
        return [{'public_name': name, 'id': number} for name, number in given]

    panel, late, last = read(
        tmp_path,
        as_file(
            event(1, 'x', persons=persons(('Robin', 7), ('Robin', 8), ('Robin', 7))),
            event(2, 'y', persons=persons(('ROBIN', 8), ('Ada', 9), ('Ada', 9))),
            event(3, 'z', persons=persons(('Ada', 9), ('Robin', None))),
        ),
    )
    assert [
        [person[:2] for person in event.speakers] for event in (panel, late, last)
    ] == [
        [('Robin', 'fig-person-7'), ('Robin', 'fig-person-8')],
        [('ROBIN', 'fig-person-8'), ('Ada', '')],
        [('Ada', ''), ('Robin', '')],
    ]
    for markup in (Rest(), Myst()):
        assert ':id: fig-person-7' in talk(panel, markup)
        assert ':id:' not in talk(last._replace(id=''), markup)


def test_an_id_of_several_people_tells_nobody_apart(tmp_path: Path) -> None:
    people = [('Ada', 0), ('Ada', 7), ('Ben', 0), ('Ada', 8), ('Cy Lake', 0)]
    persons = [{'public_name': name, 'code': str(id_)} for name, id_ in people]
    (found,) = read(tmp_path, as_json(event(1, 'x', persons=persons)))
    ids = ['', 'fig-person-7', '', 'fig-person-8', '']
    assert [person.id for person in found.speakers] == ids


def test_numbers_of_bylines_tell_nobody_apart(tmp_path: Path) -> None:
    def ids(*talks: dict[str, int]) -> set[str]:
        events = [
            event(n, 'x', persons=[{'public_name': p, 'id': talk[p]} for p in talk])
            for n, talk in enumerate(talks)
        ]
        return {p.id for e in read(tmp_path, as_xml(*events)) for p in e.speakers}

    # As in FOSDEM's until 2012; one name may really be that of two people.
    assert ids({'Ada': 1, 'Ben': 2}, {'Ben': 3, 'Cy': 4}, {'Ada': 5}) == {''}
    assert len(ids({'Ada': 1, 'Ben': 2}, {'Ben': 3, 'Cy': 4})) == 3
    assert len(ids({'Ada': 1, 'Ben': 2}, {'Ada': 3, 'Ben': 4, 'Cy': 5}, {'Cy': 5})) == 5


def test_the_id_of_a_person_is_what_is_the_same_elsewhere_too(tmp_path: Path) -> None:
    given: list[dict[str, object]] = [
        {'guid': 'b3-F', 'code': 'C', 'id': 1},
        {'guid': None, 'code': 'C D', 'id': 2},
        {'guid': [], 'code': {}, 'id': 3},
    ]
    persons = [{'public_name': 'Ada', **ids} for ids in given]
    (found,) = read(tmp_path, as_json(event(1, 'x', persons=persons)))
    assert [person.id for person in found.speakers] == [
        'b3-f',
        'fig-person-c-d',
        'fig-person-3',
    ]


def test_an_event_without_a_guid_is_known_by_conference_and_number(
    tmp_path: Path,
) -> None:
    def ids(*events: dict[str, Any], **conference: Any) -> list[str]:
        return [found.id for found in read(tmp_path, as_json(*events, **conference))]

    bare = {**RYE, 'guid': None}
    assert ids(bare) == ['fig-1']
    assert ids(bare, acronym='Plum 25') == ['plum-25-1']
    assert ids(bare, acronym=None) == ['figconf-1']
    assert ids(bare, acronym='联合 25') == ['25-1']
    assert ids(bare, acronym=None, title='联合') == ['联合-1']
    assert ids({**bare, 'id': None}) == ['fig-rye']
    assert ids({**bare, 'id': None, 'title': '鸡 蛋'}) == ['fig-鸡-蛋']
    # One that is held twice, and one that no option could hold.
    assert ids(bare, bare) == ['fig-1', 'fig-1-2']
    once, twice = ({**bare, 'id': None, 'title': title} for title in ('A', 'A 2'))
    assert ids(once, once, twice, once) == ['fig-a', 'fig-a-2', 'fig-a-2-2', 'fig-a-3']
    assert ids(twice, once, once) == ['fig-a-2', 'fig-a', 'fig-a-3']
    assert ids({**bare, 'guid': 'a b/c\n"'}) == ['a-b-c-']


def test_order_is_by_time_then_as_in_the_programme(tmp_path: Path) -> None:
    late = event(4, 'Late', start='11:00', room='Attic')
    found = read(tmp_path, as_json(NIGHT, late, OATS, RYE, event(5, 'Also rye')))
    order = ['Rye', 'Also rye', 'Oats', 'Late', 'Night']
    assert sorted(order[:2]) == sorted(e.title for e in found[:2])
    assert [e.title for e in found[2:]] == order[2:]


def test_half_a_character_is_one_that_nobody_knows(folder: Path) -> None:
    assert run(folder, as_json(event(1, 'half \ud83d'))) == 0
    assert 'half \ufffd\n' in pages(folder)['2025-09-12-0900-half.rst']


def test_a_day_may_have_no_rooms_yet(tmp_path: Path) -> None:
    schedule = json.loads(as_json(RYE))
    no_rooms: list[object] = [[], {}, {'Hall': []}]
    for rooms in no_rooms:
        schedule['schedule']['conference']['days'].append({'rooms': rooms})
    assert [found.title for found in read(tmp_path, json.dumps(schedule))] == ['Rye']


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16', 'utf-32-le'])
def test_json_may_be_in_any_unicode_encoding(encoding: str, tmp_path: Path) -> None:
    (found,) = read(tmp_path, as_json(event(1, 'Żyto')).encode(encoding))
    assert found.title == 'Żyto'


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16', 'iso-8859-2'])
def test_xml_may_be_in_the_encoding_that_it_says(encoding: str, tmp_path: Path) -> None:
    text = as_xml(event(1, 'Żyto & <b>')).replace('"utf-8"', f'"{encoding}"', 1)
    (found,) = read(tmp_path, text.encode(encoding))
    assert found.title == 'Żyto & <b>'


def test_events_may_stand_right_in_a_day(tmp_path: Path) -> None:
    text = as_xml(RYE, OATS).replace('</event></room>', '</event>')
    text = re.sub(r'<room name="[^"]*">', '', text)
    text = re.sub(r'<event id="2"[^>]*>', '<event><id>2</id>', text)
    assert [(e.title, e.room, e.id) for e in read(tmp_path, text)] == [
        ('Rye', 'Attic', RYE['guid']),
        ('Oats', 'Hall', 'fig-2'),
    ]


# -- what is no programme ------------------------------------------------------

LAUGHS = ''.join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)).join(
    ['<!DOCTYPE schedule [<!ENTITY a0 "ha">', ']>']
)

MISTAKES = {
    'nothing': '',
    'spaces': ' \n ',
    'words': 'Programme of the conference',
    'bytes': b'\x89PNG\r\n\x1a\n\x00\x00\xff\xfe',
    'a page': '<!DOCTYPE html>\n<html><head><title>502</title></head></html>',
    'a page without a type': '\n<HTML><p>502</HTML>',
    'half of it': as_json(RYE)[:-40],
    'Latin letters': '{"schedule": "\xfc"}'.encode('latin-1'),
    'no object': '[1, 2]',
    'another JSON': '{"name": "lemons", "version": "1.0.0"}',
    'too deep': '[' * 200_000,
    'too large a number': '{"schedule": ' + '1' * 10_000 + '}',
    'a schedule that is a list': '{"schedule": []}',
    'no conference': '{"schedule": {"conference": null}}',
    'no days': '{"schedule": {"conference": {"title": "x"}}}',
    'days that are an object': '{"schedule": {"conference": {"days": {"1": {}}}}}',
    'a day that is a text': '{"schedule": {"conference": {"days": ["Monday"]}}}',
    'a day without rooms': '{"schedule": {"conference": {"days": [{}]}}}',
    'rooms that are a list': (
        '{"schedule": {"conference": {"days": [{"rooms": [{"name": "x"}]}]}}}'
    ),
    'a room that is no list': (
        '{"schedule": {"conference": {"days": [{"rooms": {"Hall": {}}}]}}}'
    ),
    'an event that is a text': (
        '{"schedule": {"conference": {"days": [{"rooms": {"Hall": ["x"]}}]}}}'
    ),
    'no event': '{"schedule": {"conference": {"days": [{"rooms": []}]}}}',
    'a title that is a list': as_json(event(1, 'x', title=['x'])),
    'persons that are an object': as_json(event(1, 'x', persons={'name': 'x'})),
    'a person that is a number': as_json(event(1, 'x', persons=[3])),
    'a name that is a list': as_json(event(1, 'x', persons=[{'name': ['x']}])),
    'an acronym that is a number': as_json(RYE, acronym=3),
    'half of XML': as_xml(RYE)[:-40],
    'XML that is too much': as_xml(RYE) + '<more/>',
    'other XML': '<rss><channel><title>x</title></channel></rss>',
    'XML without events': '<schedule><day date="2025-09-12"/></schedule>',
    'XML in no encoding': as_xml(RYE).replace('utf-8', 'utf-99'),
    'a reference that is none': as_xml(RYE).replace('Attic', '&#0;'),
    'deep XML': '<schedule>' * 100_000,
    'laughs': as_xml(RYE).replace('<schedule>', f'{LAUGHS}<schedule>', 1),
    'an outer entity': as_xml(RYE).replace(
        '<schedule>',
        '<!DOCTYPE schedule [<!ENTITY x SYSTEM "diary.txt">]><schedule>&x;',
        1,
    ),
    'an outer document type': as_xml(RYE).replace(
        '<schedule>', '<!DOCTYPE schedule SYSTEM "http://127.0.0.1:9/"><schedule>', 1
    ),
    'a parameter entity': as_xml(RYE).replace(
        '<schedule>',
        '<!DOCTYPE schedule [<!ENTITY % x SYSTEM "diary.txt"> %x;]><schedule>',
        1,
    ),
}


@pytest.mark.parametrize('text', MISTAKES.values(), ids=MISTAKES)
def test_what_is_no_programme_is_refused_in_one_line(
    text: str | bytes, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.parent / 'diary.txt').write_text('tulips')
    assert run(folder, text, name='x.programme') == 2
    out, err = capsys.readouterr()
    assert err.startswith(f'{folder.parent / "x.programme"}: ')
    assert err.count('\n') == 1
    assert len(err) < 300 + len(str(folder))
    assert out == ''
    assert ('a page of HTML' in err) == ('html' in str(text).lower())
    assert 'tulips' not in err
    assert not folder.exists()


@pytest.mark.parametrize('name', ['nowhere.json', '.'])
def test_a_file_that_can_not_be_read_is_named(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['import', str(folder.parent / name), str(folder)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f'{folder.parent / name}: ')
    assert err.count('\n') == 1


def test_a_folder_that_is_a_file_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.write_text('mine')
    assert run(folder, as_json(RYE)) == 2
    assert capsys.readouterr().err.startswith(f'{folder}: ')
    assert folder.read_text() == 'mine'


#: Runs the command where no file can be longer than 20 bytes.
SMALL_DISK = """
import resource, signal, sys
from sphinx_talknotes.__main__ import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
sys.exit(main())
"""


def test_a_page_that_can_not_be_written_whole_is_not_there(folder: Path) -> None:
    pytest.importorskip('resource')
    folder.mkdir()
    file = folder.parent / 'x.json'
    file.write_text(as_json(RYE))
    done = subprocess.run(
        [sys.executable, '-c', SMALL_DISK, 'import', str(file), str(folder)],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count('\n') == 1
    assert pages(folder) == {}
