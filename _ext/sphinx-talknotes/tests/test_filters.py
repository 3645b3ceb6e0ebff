"""Lists limited to a folder, to days and to tags: several conferences in one site."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sphinx_talknotes.filters import is_under, is_wanted

if TYPE_CHECKING:
    from fixtures import MakeProject
    from projects import Build

#: Page -> day, tags, and the words that its byline, package and to-do have.
TALKS = {
    '2024/forms': ('2024-06-05', 'Web, Forms', 'Forms'),
    '2025/index': ('', '', 'Welcome'),
    '2025/queues': ('2025-09-12', 'async,  Type   Hints', 'Queues'),
    '2025/saturday/maps': ('2025-09-13', 'asynchronous', 'Maps'),
    '2025/sprint': ('2025-09-15', '', 'Sprint'),
    '2025-online/stream': ('2025-10-01', 'ASYNC', 'Stream'),
}
#: Options of a list -> the talks that it shows.
LISTS = {
    ':under: 2025': ['Welcome', 'Queues', 'Maps', 'Sprint'],
    ':under: /2025/': ['Welcome', 'Queues', 'Maps', 'Sprint'],
    ':under: 2025/saturday': ['Maps'],
    ':under: /': [*(words for _day, _tags, words in TALKS.values())],
    ':under: 2024': ['Forms'],
    ':from: 2025-09-13': ['Maps', 'Sprint', 'Stream'],
    ':to: 2025-09-12': ['Forms', 'Queues'],
    ':from: 2025-09-12\n:to: 2025-09-13': ['Queues', 'Maps'],
    ':from: 2025-09-13\n:to: 2025-09-13': ['Maps'],
    ':from: 2025-09-13\n:date: 2025-09-12': [],
    ':from: 2025-09-14\n:under: 2025': ['Sprint'],
    ':tags: async': ['Queues', 'Stream'],
    ':tags: Async\n:under: 2025': ['Queues'],
    ':tags: type hints': ['Queues'],
    ':tags: FORMS, nothing, asynchronous,': ['Forms', 'Maps'],
    ':tags: type': [],
}
KINDS = ('talks', 'speaker-list', 'package-list', 'todo-list', 'at-a-glance')


def page_of(options: str) -> str:
    return f'list{list(LISTS).index(options)}'


@pytest.fixture(scope='module')
def site(make_project: MakeProject) -> Build:
    pages = {}
    for page, (day, tags, words) in TALKS.items():
        options = f'   :date: {day}\n' * bool(day) + f'   :tags: {tags}\n' * bool(tags)
        pages[f'{page}.rst'] = (
            f'{words}\n=========\n\n.. talk::\n{options}\n'
            f'.. speaker:: {words} Person\n\n:package:`{words}-package`\n\n'
            f'.. todo:: {words} to do.\n'
        )
    for options in LISTS:
        indented = options.replace('\n', '\n   ')
        sections = (
            f'{kind}\n------------\n\n.. {kind}::\n   {indented}\n' for kind in KINDS
        )
        text = ':orphan:\n\nLists\n=====\n\n' + '\n'.join(sections)
        pages[f'{page_of(options)}.rst'] = text
    toctree = '\n   '.join(TALKS)
    pages['index.rst'] = f'Index\n=====\n\n.. toctree::\n\n   {toctree}\n'
    return make_project(pages).build()


def test_no_option_is_a_mistake(site: Build) -> None:
    assert site.warnings == []


@pytest.mark.parametrize('options', LISTS)
def test_every_list_shows_what_its_options_say(options: str, site: Build) -> None:
    lists = site.page(page_of(options)).select('section section')
    assert [section['id'] for section in lists] == list(KINDS)
    for section in lists[:-1]:
        shown = [words for *_, words in TALKS.values() if words in section.text]
        assert shown == LISTS[options], section['id']
    number = len(LISTS[options])
    numbers = lists[-1].text.replace('\N{NO-BREAK SPACE}', ' ')
    assert (f'{number} talk' if number else 'Nothing yet.') in numbers
    assert (f'{number} to-do' if number else 'Nothing yet.') in numbers


def test_what_no_list_can_be_limited_to_is_told(make_project: MakeProject) -> None:
    text = (
        'Lists\n=====\n\n.. talks::\n   :from: 2025-09-13\n   :to: 2025-09-12\n\n'
        '.. todo-list::\n   :under: 2026\n\n.. talks::\n   :tags: ,\n'
        '   :from: May\n   :to:\n   :under:\n\n'
        '.. package-list::\n   :under: ../2025\n'
    )
    build = make_project({'lists.rst': text}).build()
    assert sorted(w.place for w in build.warnings) == [
        'lists.rst:12',
        'lists.rst:13',
        'lists.rst:14',
        'lists.rst:15',
        'lists.rst:17',
        'lists.rst:6',
        'lists.rst:8',
    ]
    assert {w.type for w in build.warnings} == {'talk.filter'}


def test_a_tag_that_no_talk_has_is_told_if_one_is_like_it(
    make_project: MakeProject,
) -> None:
    pages = {
        'talk.rst': ':orphan:\n:talk:\n:tags: Queues\n\nTalk\n====\n',
        'lists.rst': 'Lists\n=====\n\n.. talks::\n   :tags: queue\n\n'
        '.. talks::\n   :tags: queues, queuing\n\n.. talks::\n   :tags: keynote\n',
    }
    told = make_project(pages).build().warnings
    assert [(w.place, w.type) for w in told] == [('lists.rst:4', 'talk.filter')]
    assert "did you mean 'queues'?" in told[0].text


@pytest.mark.parametrize(
    'separator', [',', ';', '\u060c', '\u061b', '\u3001', '\uff0c', '\uff1b']
)
def test_tags_stand_between_the_commas_of_any_script(
    separator: str, make_project: MakeProject
) -> None:
    tags = separator.join(['#async #io', ' Type  Hints', ' ', '#', 'C#'])
    pages = {
        'talk.rst': f':talk:\n:tags: {tags}\n\nTalk\n====\n',
        'index.rst': f'Lists\n=====\n\n.. toctree::\n\n   talk\n\n.. talks::\n'
        f'   :tags: web{separator} type hints\n\n.. talks::\n   :tags: {separator}\n',
    }
    build = make_project(pages).build()
    assert [w.place for w in build.warnings] == ['index.rst:12']
    listed, _all = build.page('index').select('.talk-list')
    assert 'Talk' in listed.text
    (talk,) = json.loads(build.read('notes.json'))['talks']
    assert talk['tags'] == ['async', 'io', 'Type Hints', 'C#']


@pytest.mark.parametrize('option', ['date', 'from', 'to', 'tags'])
def test_what_is_said_outside_of_talks_has_no_day_and_no_tags(option: str) -> None:
    assert is_wanted('notes/page', None, {'under': 'notes'})
    assert not is_wanted('notes/page', None, {'under': 'notes', option: '2025-09-12'})


@pytest.mark.parametrize('folder', ['', '/', '.', './', '//'])
def test_every_page_is_under_the_top(folder: str) -> None:
    assert is_under('a', folder)
    assert is_under('a/b', folder)


@pytest.mark.parametrize('folder', ['a', '/a', 'a/', './a', 'b/../a', '/a//'])
def test_a_folder_holds_what_is_below_and_not_what_begins_like_it(folder: str) -> None:
    assert is_under('a/b', folder)
    assert is_under('a/b/c', folder)
    assert not is_under('a', folder)
    assert not is_under('ab/c', folder)
    assert not is_under('c/a/b', folder)


@pytest.mark.parametrize('folder', ['..', '../', '../a', '/../a', 'a/../..'])
def test_nothing_is_above_the_top(folder: str) -> None:
    assert not is_under('a/b', folder)
