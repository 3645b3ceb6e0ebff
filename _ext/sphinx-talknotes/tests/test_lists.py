"""What is collected from all pages: the four lists, their filters, the index."""

from __future__ import annotations

import gc
import json
from typing import TYPE_CHECKING, Any

import pytest

from conference import CONFERENCE
from projects import Build, body, entries, lines, links, one
from sphinx_talknotes.write_lists import ListWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fixtures import MakeProject


@pytest.fixture
def site(conference: Callable[[str], Build]) -> Build:
    """Give the conference as HTML; nobody changes it."""
    return conference('html')


CABLE = (
    'Check ports are in full duplex mode?? – Deploying at an unusual scale'
    ' (Done: 2011-07-01 it was the cable)'
)

# -- the four lists ------------------------------------------------------------


CELERY = (
    'Celery – [Markus Zapke-Gründemann] (2 packages, 2 recommended, 1 to-do, 2 links)'
)


def test_the_talks_stand_in_the_order_of_the_toctree_with_speakers_and_counts(
    site: Build,
) -> None:
    talks = one(site.page('index'), 'dl.talk-days')
    assert lines(talks) == [
        'Monday, 6 June 2011',
        (
            'Deploying at an unusual scale [Deploying at Scale] – Andrew Godwin'
            ' (2 packages, 1 link)'
        ),
        'Tuesday, 7 June 2011',
        CELERY,
        'Django and PyPy – [Alex Gaynor] (2 packages, 1 link)',
        'Without a date',
        'Django on Rails – Zachary Voase, 渋谷 (3 packages, 1 to-do, 1 link)',
    ]
    assert links(talks) == [
        ('Deploying at an unusual scale', 'talks/scale.html'),
        ('Andrew Godwin', 'speakers.html#handle--andrewgodwin'),
        ('Celery', 'talks/celery.html'),
        ('[Markus Zapke-Gründemann]', 'speakers.html#handle--keimlink'),
        ('Django and PyPy', 'talks/pypy.html'),
        ('[Alex Gaynor]', 'speakers.html#speaker--alex-gaynor'),
        ('Django on Rails', 'talks/rails.html'),
        ('Zachary Voase', 'speakers.html#speaker--zachary-voase'),
        ('渋谷', 'speakers.html#handle--shibu_ya'),
    ]


def test_a_speakers_entry_has_handle_and_talks_and_where_they_are_named(
    site: Build,
) -> None:
    page = site.page('speakers')
    assert list(entries(page).items()) == [
        ('[Alex Gaynor]', ['Django and PyPy']),
        (
            'Andrew Godwin @andrewgodwin',
            ['Deploying at an unusual scale [Deploying at Scale]'],
        ),
        # No brackets: the notes of another page have his name.
        (
            'Markus Zapke-Gründemann @keimlink',
            ['Celery', 'Panel', 'named in Django and PyPy'],
        ),
        ('@natea', ['named in Django and PyPy']),
        ('Zachary Voase', ['Django on Rails']),
        ('渋谷 @shibu_ya', ['Django on Rails']),
    ]
    keimlink = one(page, '#handle--keimlink').find_next_sibling('dd')
    assert links(keimlink) == [  # type: ignore[arg-type]
        ('Celery', 'talks/celery.html'),
        ('Panel', 'talks/panel.html'),
        ('Django and PyPy', 'talks/pypy.html#handle--talks--pypy--2'),
    ]


def test_a_package_named_on_five_pages_is_one_entry_with_five_places(
    site: Build,
) -> None:
    page = site.page('packages')
    assert list(entries(page).items()) == [
        ('C++', ['Not a package.', 'Django on Rails: Other tools']),
        (
            'celery',
            [
                'task queue',
                'http://pypi.example.org/celery',
                'Celery: Links [recommended]',
            ],
        ),
        ('Psyco', ['Django and PyPy: Probably not relevant']),
        ('rip', ['named in Django on Rails']),
        (
            'South',
            [
                'migrations',
                'http://south.example.org/',
                'http://south-again.example.org/',
                'https://south.example.org/panel',
                'Deploying at an unusual scale: Open Source [interesting]',
                'Celery: Links [recommended]',
                'Django on Rails: Other tools',
                'named in Django and PyPy',
                'named in Panel',
            ],
        ),
        ('ZooKeeper', ['Deploying at an unusual scale: Open Source [interesting]']),
    ]
    south = one(page, '#package--south').find_next_sibling('dd')
    assert [href for _text, href in links(south)][3:] == [  # type: ignore[arg-type]
        'talks/scale.html#package--talks--scale--1',
        'talks/celery.html#package--talks--celery--2',
        'talks/rails.html#package--talks--rails--1',
        'talks/pypy.html#package--talks--pypy--1',
        'talks/panel.html#package--talks--panel--1',
    ]
    verdicts = {
        tag.get_text(): set(tag.get_attribute_list('class'))
        for tag in page.select('.verdict')
    }
    assert verdicts == {
        '[recommended]': {'added', 'verdict', 'verdict-recommended'},
        '[interesting]': {'added', 'verdict', 'verdict-interesting'},
    }


def test_the_to_dos_are_counted_open_before_done_with_a_link_to_the_place(
    site: Build,
) -> None:
    page = site.page('to-do')
    assert lines(page) == [
        'To do',
        '2 open, 1 done',
        (
            'Start using Celery and a queue of some kind.'
            ' See Deploying at an unusual scale first. – Celery'
        ),
        'Try rip. – Django on Rails',
        CABLE,
    ]
    assert links(page) == [
        ('Deploying at an unusual scale', 'talks/scale.html'),
        ('Celery', 'talks/celery.html#todo--talks--celery--1'),
        ('rip', 'packages.html#package--rip'),
        ('Django on Rails', 'talks/rails.html#todo--talks--rails--1'),
        ('Deploying at an unusual scale', 'talks/scale.html#todo--talks--scale--1'),
    ]


def test_the_general_index_leads_to_every_place_that_names_something(
    site: Build,
) -> None:
    index = body(site.read('genindex.html'))
    found: dict[str, list[str]] = {}
    text = ''
    for link_text, href in links(index):
        if link_text.startswith('['):
            found[text].append(href)
        elif not href.startswith('#'):  # not to a letter
            text = link_text
            found.setdefault(text, []).append(href)
    assert found == {
        '@KeimLink (handle)': ['talks/pypy.html#handle--talks--pypy--2'],
        '@natea (handle)': ['talks/pypy.html#handle--talks--pypy--1'],
        'Alex Gaynor (speaker)': ['talks/pypy.html#speaker--talks--pypy--1'],
        'Andrew Godwin (speaker)': ['talks/scale.html#speaker--talks--scale--1'],
        'C++ (package)': ['talks/rails.html#package--talks--rails--2'],
        'celery (package)': ['talks/celery.html#package--talks--celery--1'],
        'Markus Zapke-Gründemann (speaker)': [
            'talks/celery.html#speaker--talks--celery--1',
            'talks/panel.html#speaker--talks--panel--1',
        ],
        'Psyco (package)': ['talks/pypy.html#package--talks--pypy--2'],
        'rip (package)': ['talks/rails.html#package--talks--rails--3'],
        'South (package)': [
            'talks/panel.html#package--talks--panel--1',
            'talks/rails.html#package--talks--rails--1',
            'talks/scale.html#package--talks--scale--1',
        ],
        'south (package)': ['talks/celery.html#package--talks--celery--2'],
        'SOUTH (package)': ['talks/pypy.html#package--talks--pypy--1'],
        'Zachary Voase (speaker)': ['talks/rails.html#speaker--talks--rails--1'],
        'ZooKeeper (package)': ['talks/scale.html#package--talks--scale--2'],
        '渋谷 (speaker)': ['talks/rails.html#speaker--talks--rails--2'],
    }


# -- filters -------------------------------------------------------------------

FILTERS: dict[str, tuple[str, Sequence[str]]] = {
    'talks of a day': (
        '.. talks::\n   :date: 2011-06-07\n',
        [
            CELERY,
            'Django and PyPy – [Alex Gaynor] (2 packages, 1 link)',
        ],
    ),
    'talks of a day without any': (
        '.. talks::\n   :date: 2011-06-30\n',
        ['Nothing yet.'],
    ),
    'speakers of a talk': (
        '.. speaker-list::\n   :talk: talks/rails\n',
        ['Zachary Voase', 'Django on Rails', '渋谷 @shibu_ya', 'Django on Rails'],
    ),
    'speakers of a day': (
        '.. speaker-list::\n   :date: 2011-06-06\n',
        [
            'Andrew Godwin @andrewgodwin',
            'Deploying at an unusual scale [Deploying at Scale]',
        ],
    ),
    'only who spoke': (
        '.. speaker-list::\n   :spoke:\n   :date: 2011-06-07\n',
        [
            '[Alex Gaynor]',
            'Django and PyPy',
            '[Markus Zapke-Gründemann] @keimlink',
            'Celery',
        ],
    ),
    'who spoke or was named': (
        '.. speaker-list::\n   :date: 2011-06-07\n',
        [
            '[Alex Gaynor]',
            'Django and PyPy',
            '[Markus Zapke-Gründemann] @keimlink',
            'Celery',
            'named in Django and PyPy',
            '@natea',
            'named in Django and PyPy',
        ],
    ),
    'all at a glance': (
        '.. at-a-glance::\n',
        [
            '4 talks, 6 people, 6 packages, 3 to-dos, 5 links',
            *('Package', 'Mon', 'Tue', 'Django on Rails', 'Panel'),
            *('Deploying at an unusual scale', 'Celery', 'Django and PyPy'),
            *('South', 'Deploying at an unusual scale', 'Celery', 'Django and PyPy'),
            *('Django on Rails', 'Panel'),
        ],
    ),
    'packages of a verdict': (
        '.. package-list::\n   :verdict: not-relevant\n',
        ['Psyco', 'Django and PyPy: Probably not relevant'],
    ),
    'packages of a talk': (
        '.. package-list::\n   :talk: /talks/scale\n',
        [
            'South',
            'http://south.example.org/',
            'Deploying at an unusual scale: Open Source [interesting]',
            'ZooKeeper',
            'Deploying at an unusual scale: Open Source [interesting]',
        ],
    ),
    'packages of a day and a verdict': (
        '.. package-list::\n   :date: 2011-06-06\n   :verdict: recommended\n',
        ['Nothing yet.'],
    ),
    'open to-dos': (
        '.. todo-list::\n   :state: open\n   :talk: talks/rails\n',
        ['1 open, 0 done', 'Try rip. – Django on Rails'],
    ),
    'done to-dos': (
        '.. todo-list::\n   :state: done\n',
        [
            '0 open, 1 done',
            CABLE,
        ],
    ),
    'to-dos of a day': (
        '.. todo-list::\n   :date: 2011-06-06\n   :state: open\n',
        ['Nothing yet.'],
    ),
    'a filter that is wrong is left out of account': (
        '.. todo-list::\n   :date: 2011-06-06\n   :state: late\n',
        [
            '0 open, 1 done',
            CABLE,
        ],
    ),
}


def page_of(what: str) -> str:
    """Return the name of the page that has a filtered list."""
    return f'filtered-{list(FILTERS).index(what)}'


@pytest.fixture(scope='module')
def filtered(make_project: MakeProject) -> Build:
    """Build the conference with a page for each of the filtered lists."""
    project = make_project(root=CONFERENCE)
    title = 'Filtered\n========\n\n'
    for what, (source, _expected) in FILTERS.items():
        project.write({f'{page_of(what)}.rst': f':orphan:\n\n{title}{source}'})
    return project.build()


@pytest.mark.parametrize('what', FILTERS)
def test_a_filter_leaves_out_the_rest(what: str, filtered: Build) -> None:
    _source, expected = FILTERS[what]
    assert filtered.lines(page_of(what)) == ['Filtered', *expected]
    # References don't lead there: an entry may be missing.
    assert not filtered.page(page_of(what)).select('dt[id]')


def test_references_lead_to_a_list_without_filters(filtered: Build) -> None:
    assert links(filtered.page('talks/panel'))[0][1] == (
        '../speakers.html#speaker--markus-zapke-grundemann--393502f0'
    )


def test_a_filter_by_talk_is_relative_to_the_page_of_the_list(
    make_project: MakeProject,
) -> None:
    project = make_project(root=CONFERENCE)
    source = ':orphan:\n\nF\n=\n\n.. todo-list::\n   :talk: rails\n'
    project.write({'talks/filtered.rst': source})
    build = project.build()
    assert build.warnings == []
    assert build.lines('talks/filtered') == [
        'F', '1 open, 0 done', 'Try rip. – Django on Rails'
    ]  # fmt: skip


# -- what entries are made of --------------------------------------------------

LISTS = (
    'Lists\n=====\n\n.. talks::\n\n.. speaker-list::\n\n'
    '.. package-list::\n\n.. todo-list::\n'
)


def collected(make_project: MakeProject, *sources: str) -> list[str]:
    """Build talks 'One', 'Two', … of *sources*, return the lines of the four lists."""
    titles = ['One', 'Two', 'Three', 'Four', 'Five']
    files = {
        f'{title.lower()}.rst': f':talk:\n\n{title}\n=====\n\n{source}'
        for title, source in zip(titles, sources, strict=False)
    }
    build = make_project({**files, 'lists.rst': LISTS}).build()
    assert build.warnings == []
    return build.lines('lists')[1 + len(sources) :]


def test_lists_with_nothing_to_show_say_so(make_project: MakeProject) -> None:
    build = make_project({'lists.rst': LISTS}).build()
    assert build.warnings == []
    assert build.lines('lists') == ['Lists', *['Nothing yet.'] * 4]


def test_what_only_roles_name_gets_an_entry_with_each_page_once(
    make_project: MakeProject,
) -> None:
    text = ':package:`South`, :package:`south`, :handle:`@x`, :handle:`@X`.\n'
    assert collected(make_project, text, text) == [
        '@x', 'named in One', 'named in Two',
        'South', 'named in One', 'named in Two',
        'Nothing yet.',
    ]  # fmt: skip


def test_a_page_that_lists_a_package_is_not_said_to_name_it_too(
    make_project: MakeProject,
) -> None:
    text = (
        ':package:`South`\n\n'
        '.. packages:: A\n\n   :package:`South`, :package:`South`\n\n'
        '.. packages:: B\n\n   :package:`South`\n'
    )
    assert collected(make_project, text)[1:-1] == ['South', 'One: A', 'One: B']


def test_a_package_in_a_list_in_a_list_is_collected_once(
    make_project: MakeProject,
) -> None:
    text = (
        '.. packages:: Outer\n\n   pip\n     x\n\n'
        '   .. packages:: Inner\n      :verdict: recommended\n\n'
        '      South\n        x\n'
    )
    assert collected(make_project, text)[1:-1] == [
        'pip', 'x', 'One: Outer', 'South', 'x', 'One: Inner [recommended]'
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('title', 'verdict', 'shown'),
    [
        ('Looks really useful', 'recommended', '[recommended]'),
        ('Interesting', 'interesting', ''),
        ('Probably not relevant:', 'not-relevant', ''),
        ('Some tools', 'not-relevant', '[not relevant]'),
        ('Some tools', 'avoid', '[avoid]'),
        ('To avoid', 'avoid', ''),
        ('Looks really useful', 'interesting', '[interesting]'),
    ],
)
def test_a_verdict_is_added_where_the_title_of_the_list_does_not_say_it(
    title: str, verdict: str, shown: str, make_project: MakeProject
) -> None:
    text = f'.. packages:: {title}\n   :verdict: {verdict}\n\n   :package:`a`\n'
    line = f'One: {title.removesuffix(":")} {shown}'.strip()
    assert collected(make_project, text)[1:-1] == ['a', line]


def test_what_substitutions_stand_for_is_collected(make_project: MakeProject) -> None:
    text = (
        '.. |p| replace:: South\n.. |s| replace:: Ann Onymous\n\n'
        '.. speaker:: |s|\n\n.. packages:: Links\n\n   |p|\n     Good.\n\n'
        '.. todo:: Try |p|.\n'
    )
    assert collected(make_project, text) == [
        'Ann Onymous', 'One', 'South', 'Good.', 'One: Links',
        '1 open, 0 done', 'Try South. – One',
    ]  # fmt: skip


def test_the_title_of_a_list_is_its_own_or_that_of_its_section(
    make_project: MakeProject,
) -> None:
    text = (
        '.. packages::\n\n   :package:`a`\n\n'
        '.. packages:: *My* list:\n\n   :package:`b`\n\n'
        'Other *tools*\n-------------\n\n.. packages::\n\n   :package:`c`\n'
    )
    assert collected(make_project, text)[1:-1] == [
        'a', 'One', 'b', 'One: My list', 'c', 'One: Other tools'
    ]  # fmt: skip


def test_a_to_do_is_collected_as_one_line_without_comments(
    make_project: MakeProject,
) -> None:
    text = (
        '.. todo:: Try *South*\n   and ``pip``.\n\n   .. a comment\n\n'
        '   - One\n   - Two\n'
        '\n   .. index:: x\n\n   ::\n\n      code\n      here\n'
    )
    assert collected(make_project, text)[-1] == (
        'Try South and pip. One Two code here – One'
    )


def test_an_address_in_a_to_do_is_a_link_where_it_is_collected_too(
    make_project: MakeProject,
) -> None:
    text = (
        '.. todo:: Read http://a.example.org/x, http://a.example.org/,\n'
        '   `b <http://b.example.org/>`__, no ``http://c.example.org/``.\n'
    )
    project = {'a.rst': f':talk:\n\nOne\n===\n\n{text}', 'lists.rst': LISTS}
    item = one(make_project(project).build().page('lists'), 'ul.todo-list li')
    (line,) = lines(item)
    assert line == (
        'Read http://a.example.org/x, http://a.example.org/, b, no'
        ' http://c.example.org/. – One'
    )
    assert links(item) == [
        ('http://a.example.org/x', 'http://a.example.org/x'),
        ('http://a.example.org/', 'http://a.example.org/'),
        ('b', 'http://b.example.org/'),
        ('One', 'a.html#todo--a--1'),
    ]


def test_to_dos_keep_the_order_of_the_pages_and_on_them(
    make_project: MakeProject,
) -> None:
    done = '.. todo:: {}1\n   :done: 2011-06-07\n\n.. todo:: {}2\n\n.. todo:: {}3\n'
    texts = [done.replace('{}', name) for name in 'ab']
    assert collected(make_project, *texts)[-7:] == [
        '4 open, 2 done',
        'a2 – One', 'a3 – One', 'b2 – Two', 'b3 – Two',
        'a1 – One (Done: 2011-06-07)', 'b1 – Two (Done: 2011-06-07)',
    ]  # fmt: skip


def test_a_byline_with_only_an_added_title_makes_no_entry(
    make_project: MakeProject,
) -> None:
    text = '.. speaker::\n   :title: On Nymity\n   :source: https://a.example.org/\n'
    build = make_project(
        {'a.rst': f':talk:\n\nOne\n===\n\n{text}', 'lists.rst': LISTS}
    ).build()
    said = ['Lists', 'One [On Nymity]', *['Nothing yet.'] * 3]
    assert build.lines('lists') == said


def test_a_name_found_out_later_stands_behind_the_name_of_the_notes(
    make_project: MakeProject,
) -> None:
    byline = '.. speaker:: Ann\n   :name: {}\n   :source: https://a.example.org/\n'
    build = make_project(
        {
            'a.rst': ':talk:\n\nOne\n===\n\n' + byline.format('Ann Onymous'),
            'b.rst': ':talk:\n\nTwo\n===\n\n' + byline.format('Ann'),
            'lists.rst': LISTS,
        }
    ).build()
    page = build.page('lists')
    assert lines(page)[:-2] == [
        'Lists', 'One – Ann [Ann Onymous]', 'Two – Ann',
        'Ann [Ann Onymous]', 'One', 'Two',
    ]  # fmt: skip
    assert [tag.get_text() for tag in page.select('.added')] == ['[Ann Onymous]'] * 2
    index = [text for text, _href in links(body(build.read('genindex.html')))]
    assert {'Ann (speaker)', 'Ann [Ann Onymous] (speaker)'} <= set(index)


def test_an_added_title_has_the_quotes_that_it_has_on_the_page_of_the_talk(
    make_project: MakeProject,
) -> None:
    byline = (
        '.. speaker:: Ann\n   :title: It\'s "so"\n   :source: https://a.example.org/\n'
    )
    assert collected(make_project, byline)[1] == 'One [It’s “so”]'


def test_a_speaker_that_bylines_join_is_one_entry(make_project: MakeProject) -> None:
    texts = [
        '.. speaker:: Ann\n',
        '.. speaker:: @ann\n',
        '.. speaker:: ANN\n   :handle: @ann\n',
        'As :handle:`@Ann` said.\n',
    ]
    assert collected(make_project, *texts)[:-2] == [
        'Ann @ann', 'One', 'Two', 'Three', 'named in Four'
    ]  # fmt: skip


def test_a_talk_without_a_title_is_called_by_its_fields_or_its_page(
    make_project: MakeProject,
) -> None:
    build = make_project(
        {
            'a.rst': ':talk:\n:orphan:\n\n.. todo:: Ask.\n',
            'b.rst': ':talk:\n:orphan:\n:title: Queues\n\n.. todo:: Try.\n',
            'index.rst': LISTS,
        }
    ).build()
    assert [(w.place, w.type) for w in build.warnings] == [('a.rst:', 'talk.talk')]
    assert build.lines('index')[1:3] == ['a (1 to-do)', 'Queues (1 to-do)']
    assert build.lines('index')[-2:] == ['Ask. – a', 'Try. – Queues']


def test_talks_that_share_a_title_are_told_apart_by_their_dates(
    make_project: MakeProject,
) -> None:
    talk = ':talk:\n:date: {}\n\nOne\n===\n\n:package:`a`\n'
    files = {
        'a.rst': talk.format('2011-06-06'),
        'b.rst': talk.format('2011-06-07'),
        'c.rst': talk.format('2011-06-07').replace('One', 'Two'),
        'lists.rst': LISTS,
    }
    project = make_project(files)
    page = project.build().page('lists')
    assert lines(page)[1:-1] == [
        'Monday, 6 June 2011', 'One (1 package)',
        'Tuesday, 7 June 2011', 'One (1 package)', 'Two (1 package)', 'Nothing yet.',
        'a', 'named in One [Monday]', 'named in One [Tuesday]', 'named in Two',
    ]  # fmt: skip
    assert [tag.get_text() for tag in page.select('a .added')] == [
        '[Monday]', '[Tuesday]'
    ]  # fmt: skip
    project.replace('b.rst', ':date: 2011-06-07', ':date: 2011-06-08')
    assert 'named in One [Wednesday]' in project.build().lines('lists')
    # A day of the week names no day of another week.
    project.replace('a.rst', '2011-06-06', '2011-06-01')
    assert 'named in One [2011-06-01]' in project.build().lines('lists')
    # A list of one day needs to tell no days apart.
    day = ':orphan:\n\nDay\n===\n\n.. talks::\n   :date: 2011-06-08\n'
    project.write({'day.rst': day})
    assert project.build().lines('day') == ['Day', 'One (1 package)']


def test_talks_of_several_days_stand_under_their_days(
    make_project: MakeProject,
) -> None:
    talk = ':talk:\n{}\n\n{}\n===\n'
    whens = {
        'A': ':date: 2011-06-08\n:time: 9:30', 'B': ':date: 2011-06-07',
        'C': ':room: 1', 'D': ':date: 2011-06-08\n:time: 09:00',
        'E': ':date: 2011-06-07\n:time: 08:00', 'F': ':date: 2011-06-08\n:time: 10:00',
    }  # fmt: skip
    files = {f'{name}.rst': talk.format(when, name) for name, when in whens.items()}
    project = make_project({**files, 'lists.rst': 'Lists\n=====\n\n.. talks::\n'})
    assert project.build().lines('lists') == [
        'Lists',
        'Tuesday, 7 June 2011', 'B', '08:00 E',  # not all have a time
        'Wednesday, 8 June 2011', '09:00 D', '09:30 A', '10:00 F',
        'Without a date', 'C',
    ]  # fmt: skip
    # Of one day there is no more than that to say.
    for name in 'BE':
        project.replace(f'{name}.rst', ':date: 2011-06-07', ':date: 2011-06-08')
    found = project.build().lines('lists')[1:]
    assert found == ['09:30 A', 'B', 'C', '09:00 D', '08:00 E', '10:00 F']
    project.replace('C.rst', ':room: 1', ':date: 2011-06-08\n:time: 07:00')
    found = project.build().lines('lists')[1:]
    assert found == ['09:30 A', 'B', '07:00 C', '09:00 D', '08:00 E', '10:00 F']
    project.replace('B.rst', ':date: 2011-06-08', ':date: 2011-06-08 11:00')
    found = project.build().lines('lists')[1:]
    assert found == ['07:00 C', '08:00 E', '09:00 D', '09:30 A', '10:00 F', '11:00 B']


def test_a_page_of_the_toctree_that_is_no_talk_is_not_among_the_talks(
    site: Build,
) -> None:
    assert 'Panel' not in ' '.join(lines(one(site.page('index'), 'dl.talk-days')))


def test_without_a_list_names_are_shown_without_a_link_and_without_a_warning(
    make_project: MakeProject,
) -> None:
    roles = ':package:`South`, :handle:`@x`'
    page = f':talk:\n\nA\n=\n\n.. speaker:: Ann\n\n{roles}\n'
    # Those of a manual are examples.
    lists = '.. package-list::\n\n.. speaker-list::\n'
    manual = f':orphan:\n:nocollect:\n\nManual\n======\n\n{lists}'
    build = make_project({'a.rst': page, 'manual.rst': manual}).build()
    assert build.warnings == []
    assert build.lines('a') == ['A', 'Ann', 'South, @x']
    assert links(build.page('a')) == []


def test_of_two_whole_lists_references_lead_to_the_one_first_by_name(
    make_project: MakeProject,
) -> None:
    lists = '.. package-list::\n\n.. package-list::\n   :verdict: recommended\n'
    build = make_project(
        {
            'z.rst': f'Z\n=\n\n{lists}',
            'b.rst': f'B\n=\n\n{lists}',
            'p.rst': 'P\n=\n\n:package:`South`\n',
        }
    ).build()
    assert links(build.page('p')) == [('South', 'b.html#package--south')]


@pytest.mark.parametrize('suffix', ['rst', 'md'])
def test_one_spelling_of_each_name_is_collected(
    suffix: str, make_project: MakeProject
) -> None:
    """Bylines and terms have typographic apostrophes, roles and options plain ones."""
    rest = {
        'lists': 'Lists\n=====\n\n.. talks::\n\n'
        '.. speaker-list::\n\n.. package-list::\n',
        'one': ':talk:\n\nOne\n===\n\n'
        ".. speaker:: Siobhan O'Meara\n   :handle: @siobhan\n"
        "   :name: Siobhan O'Meara\n   :source: https://a.example/\n\n"
        "Text.\n\n.. speaker:: Siobhan O'Meara\n\n"
        ".. packages::\n\n   Let's Encrypt\n     Free.\n   psycopg[binary]>=3\n"
        '     Talks to it.\n   scikit\u2011learn\n     Learns.\n'
        '   Zope\n     https://zope.example/\n',
        'two': "Two\n===\n\n:package:`Let's Encrypt`, :package:`scikit-learn`,"
        " :package:`psycopg[pool]`, :any:`Let's Encrypt`\n",
    }
    myst = {
        'lists': '---\norphan: true\n---\n\n# Lists\n\n```{talks}\n```\n\n'
        '```{speaker-list}\n```\n\n```{package-list}\n```\n',
        'one': "---\ntalk: ''\norphan: true\n---\n\n# One\n\n"
        "```{speaker} Siobhan O'Meara\n:handle: '@siobhan'\n"
        ":name: Siobhan O'Meara\n:source: https://a.example/\n```\n\n"
        "Text.\n\n```{speaker} Siobhan O'Meara\n```\n\n"
        "```{packages}\nLet's Encrypt\n: Free.\n\n"
        'psycopg[binary]>=3\n: Talks to it.\n\n'
        'scikit\u2011learn\n: Learns.\n\nZope\n: <https://zope.example/>\n```\n',
        'two': "---\norphan: true\n---\n\n# Two\n\n{package}`Let's Encrypt`,"
        ' {package}`scikit-learn`,'
        " {package}`psycopg[pool]`, {any}`Let's Encrypt`\n",
    }
    texts = myst if suffix == 'md' else rest
    files = {f'{name}.{suffix}': text for name, text in texts.items()}
    files['conf.py'] = (
        "extensions = ['myst_parser', 'sphinx_talknotes']\n"
        "primary_domain = 'talk'\nnitpicky = True\n"
        "myst_enable_extensions = ['deflist']\n"
        # Else the default that all projects of a process share gets that of MyST.
        "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
    )
    build = make_project(files).build()
    assert build.warnings == []
    page = build.page('lists')
    assert lines(one(page, 'ul.talk-list:not(.places-list)')) == [
        'One \u2013 Siobhan O\u2019Meara (4 packages, 1 link)'
    ]
    people, packages = page.select('dl.talk-list')
    assert [lines(term) for term in people.select('dt')] == [
        ['Siobhan O\u2019Meara @siobhan']
    ]
    assert lines(people).count('One') == 1
    assert [lines(term) for term in packages.select('dt')] == [
        ['Let\u2019s Encrypt'], ['psycopg'], ['scikit\u2011learn'], ['Zope']
    ]  # fmt: skip
    assert lines(packages).count('named in Two') == 3
    assert 'psycopg[binary]>=3' in ' '.join(build.lines('one'))
    (talk,) = json.loads(build.read('notes.json'))['talks']
    assert [speaker['handles'] for speaker in talk['speakers']] == [['@siobhan']]
    assert talk['packages'][1]['name'] == 'psycopg'
    # Where nothing but links stands behind a name, nobody says what it does.
    said = [package.get('summary') for package in talk['packages']]
    assert said == ['Free.', 'Talks to it.', 'Learns.', None]


# -- what writing a list costs -------------------------------------------------


@pytest.mark.parametrize('is_enabled', [True, False])
def test_no_garbage_is_looked_for_in_a_list_that_is_written(
    is_enabled: bool, make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    write = ListWriter.write

    def watched(*args: Any) -> list[Any]:
        found.append(gc.isenabled())
        return write(*args)

    monkeypatch.setattr(ListWriter, 'write', watched)
    try:
        if not is_enabled:
            gc.disable()
        make_project({'a.rst': 'A\n=\n\n.. package-list::\n'}).build()
        assert found == [False]
        assert gc.isenabled() == is_enabled
    finally:
        gc.enable()
