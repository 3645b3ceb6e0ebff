"""What a talk leaves behind, how its links fare, and what is drawn of all talks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conference import CONFERENCE
from projects import lines, links, one

if TYPE_CHECKING:
    from collections.abc import Callable

    from bs4.element import Tag

    from fixtures import MakeProject
    from projects import Build, Project

#: Somebody who knows how two links fare, one of them in no page.
KNOWS = """
def setup(app):
    known = {'http://pypi.example.org/celery': 'gone & <b>', 'http://x.org': 'here'}
    app.connect('talk-link-states', lambda app, urls: known)
"""
TODO = (
    'Start using Celery and a queue of some kind.'
    ' See Deploying at an unusual scale first.'
)
FATES = [
    {
        'name': 'South',
        'fate': 'superseded',
        'successor': 'celery',
        'fact': 'Its work is done elsewhere.',
        'sources': ['https://south.example.org/end/'],
        'evidence': 'read',
    }
]


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    """Give the conference with summaries and fates; to be changed at will."""
    project = make_project(root=CONFERENCE)
    conf = (project.srcdir / 'conf.py').read_text('utf-8')
    settings = "talk_summary = True\ntalk_fates = 'fates.json'\n"
    fates = json.dumps({'version': 1, 'fates': FATES})
    project.write({'conf.py': conf + settings, 'fates.json': fates})
    return project


def knowing(project: Project) -> Project:
    conf = (project.srcdir / 'conf.py').read_text('utf-8')
    project.write({'conf.py': conf + KNOWS})
    return project


def summary(build: Build, docname: str) -> Tag:
    return one(build.page(docname), 'div.talk-summary')


def test_a_talk_ends_with_what_it_named_and_wanted(project: Project) -> None:
    build = project.build()
    assert build.warnings == []
    last = summary(build, 'talks/celery')
    assert lines(last) == [
        '[In short]',
        'Recommended',
        'celery, south [superseded; now celery]',
        'To do',
        TODO,
    ]
    assert links(last) == [
        ('celery', '../packages.html#package--celery'),
        ('south', '../packages.html#package--south'),
        ('celery', '../packages.html#package--celery'),
        ('Deploying at an unusual scale', 'scale.html'),
    ]
    assert last.find_next_sibling() is None
    assert last['id'] == 'summary--talks--celery'
    # What is done says so.
    assert lines(summary(build, 'talks/scale'))[1:] == [
        'Interesting',
        'South [superseded; now celery], ZooKeeper',
        'To do',
        'Check ports are in full duplex mode?? (Done: 2011-07-01 it was the cable)',
    ]
    assert lines(summary(build, 'talks/pypy'))[1:] == [
        'Not relevant', 'Psyco', 'Named', 'SOUTH [superseded; now celery]',
    ]  # fmt: skip


def test_a_page_that_is_no_talk_and_a_talk_without_anything_have_none(
    project: Project,
) -> None:
    words = 'Words and `a link <http://x.example.org>`__.'
    project.write({'talks/panel.rst': f':talk:\n\nPanel\n=====\n\n{words}\n'})
    build = project.build()
    assert build.warnings == []
    for docname in ('talks/panel', 'index', 'packages'):
        assert not build.page(docname).select('.talk-summary')


def test_it_stands_behind_the_last_section_of_a_page(project: Project) -> None:
    # A package is under each of its verdicts.
    lists = ''.join(
        f'.. packages:: {verdict}\n   :verdict: {verdict}\n\n   - rq\n\n'
        for verdict in ('avoid', 'recommended', 'avoid')
    )
    source = (
        ':orphan:\n:talk:\n\nOne\n===\n\n:package:`South`\n\nTwo\n===\n\n'
        f'{lists}Words.\n'
    )
    project.write({'two.rst': source})
    assert lines(project.build().page('two'))[-8:] == [
        'Words.', '[In short]', 'Recommended', 'rq', 'To avoid', 'rq', 'Named',
        'South [superseded; now celery]',
    ]  # fmt: skip


def test_links_stand_in_their_order_each_with_words(project: Project) -> None:
    picture = '.. image:: a.png\n   :target: http://{}.example.org/\n\n'
    words = '`{0} <http://{1}.example.org/>`__ '
    source = ':orphan:\n:talk:\n\nOne\n===\n\n'
    source += picture.format('one') + picture.format('two')
    source += words.format('Two', 'two') + words.format('Three', 'three')
    source += words.format('again', 'two')
    conf = (project.srcdir / 'conf.py').read_text('utf-8')
    states = "lambda app, urls: dict.fromkeys(urls, 'gone')"
    setup = f'\n\ndef setup(app):\n    app.connect("talk-link-states", {states})\n'
    project.write({'one.rst': source, 'a.png': '', 'conf.py': conf + setup})
    assert links(summary(project.build(), 'one')) == [
        ('one.example.org', 'http://one.example.org/'),
        ('Two', 'http://two.example.org/'),
        ('Three', 'http://three.example.org/'),
    ]


def test_a_todo_that_says_nothing_is_not_said_again(project: Project) -> None:
    source = ':orphan:\n:talk:\n\nOne\n===\n\n:package:`South`\n\n.. todo::\n'
    project.write({'one.rst': source})
    assert 'To do' not in lines(summary(project.build(), 'one'))


def test_without_the_setting_there_is_none(conference: Callable[[str], Build]) -> None:
    page = conference('html').page('talks/celery')
    assert not page.select('.talk-summary')


def test_whoever_knows_says_how_the_links_fare(project: Project) -> None:
    build = knowing(project).build()
    # The links that nobody knows of aren't said again.
    assert lines(summary(build, 'talks/celery'))[-3:] == [
        TODO, 'Links: gone & <b>', 'pypi.example.org/celery'
    ]  # fmt: skip
    talks = lines(one(build.page('index'), 'dl.talk-days'))
    assert talks[3].endswith('1 to-do, 2 links: 1 gone & <b>)')


def test_several_who_know_are_asked(project: Project) -> None:
    conf = (project.srcdir / 'conf.py').read_text('utf-8')
    others = """
NONE = 'http://south.example.org/'
HERE = 'http://pypi.example.org/celery'


def setup(app):
    for known in (None, {}, {NONE: None}, {HERE: 'here'}, {HERE: 'gone'}):
        app.connect('talk-link-states', lambda app, urls, known=known: known)
"""
    project.write({'conf.py': conf + others})
    found = lines(summary(project.build(), 'talks/celery'))
    last = ['Links: here', 'pypi.example.org/celery']
    assert found[found.index(last[0]) :] == last


def test_what_becomes_known_of_a_link_is_shown_in_the_next_build(
    project: Project,
) -> None:
    project.build()
    extension = 'def setup(app):\n    app.connect("talk-link-states", states)\n'
    states = '\n\ndef states(app, urls):\n    return {u: "here" for u in urls}\n'
    conf = (project.srcdir / 'conf.py').read_text('utf-8')
    project.write({'conf.py': conf + extension + states})
    build = project.build()
    assert 'Links: here' in lines(summary(build, 'talks/celery'))
    assert lines(one(build.page('index'), 'dl.talk-days'))[3].endswith(
        '2 links: 2 here)'
    )


def test_a_new_fate_is_shown_in_the_next_build(project: Project) -> None:
    project.build()
    fates = [{**FATES[0], 'fate': 'archived', 'successor': None}]
    project.write({'fates.json': json.dumps({'version': 1, 'fates': fates})})
    build = project.build()
    assert lines(summary(build, 'talks/pypy'))[4] == 'SOUTH [archived]'


def test_switched_off_it_is_gone_in_the_next_build(project: Project) -> None:
    project.build()
    project.replace('conf.py', 'talk_summary = True', 'talk_summary = False')
    assert not project.build().page('talks/celery').select('.talk-summary')


@pytest.mark.parametrize('builder', ['singlehtml', 'latex', 'text', 'man', 'epub'])
def test_every_builder_shows_it(builder: str, project: Project) -> None:
    build = project.build(builder)
    assert build.warnings == []
    files = [path for path in build.outdir.rglob('*') if path.suffix in SUFFIXES]
    text = ''.join(path.read_text('utf-8') for path in files)
    assert text.count('In short') == 4


SUFFIXES = {'.html', '.tex', '.txt', '.1', '.xhtml'}


def test_a_link_check_finds_no_link_twice(project: Project) -> None:
    conf = (project.srcdir / 'conf.py').read_text('utf-8')
    ignore = "linkcheck_ignore = ['.*']\n"
    project.write({'conf.py': conf + ignore})
    with_it = project.build('linkcheck').read('output.json')
    project.replace('conf.py', 'talk_summary = True', 'talk_summary = False')
    assert project.build('linkcheck').read('output.json') == with_it


def test_a_link_of_a_list_is_at_the_line_of_the_list(project: Project) -> None:
    places = project.build('linkcheck', confoverrides={'linkcheck_ignore': ['.*']})
    rows = [json.loads(line) for line in places.read('output.json').splitlines()]
    (row,) = [row for row in rows if row['uri'] == 'https://south.example.org/end/']
    source = (project.srcdir / 'packages.rst').read_text('utf-8').splitlines()
    assert source[row['lineno'] - 1] == '.. package-list::'


def test_a_link_check_finds_a_link_that_lists_repeat_where_it_is_written(
    make_project: MakeProject,
) -> None:
    # Links of extlinks have classes.
    project = make_project(
        {
            'conf.py': 'extensions = ["sphinx_talknotes", "sphinx.ext.extlinks"]\n'
            'primary_domain = "talk"\n'
            'extlinks = {"bug": ("https://example.org/%s", "bug %s")}\n',
            'a-list.rst': 'Lists\n=====\n\n'
            '.. package-list::\n\n.. speaker-list::\n\n.. todo-list::\n\n'
            '`Own <https://example.org/own>`_\n',
            'day.rst': ':talk:\n\nDay\n===\n\n'
            '.. speaker:: `Ann <https://example.org/ann>`_\n'
            '   :url: https://example.org/home\n\n'
            '.. packages:: Links\n\n   foo\n      https://example.org/foo\n\n'
            '.. todo:: Read `it <https://example.org/todo>`_ and :bug:`7`;'
            ' :package:`bar <https://example.org/role>`.\n',
        }
    )
    ignore = {'linkcheck_ignore': ['.*']}
    built = project.build('linkcheck', confoverrides=ignore)
    rows = map(json.loads, built.read('output.json').splitlines())
    found = sorted((r['uri'], r['filename']) for r in rows if '://' in r['uri'])
    assert found == [
        ('https://example.org/7', 'day.rst'),
        ('https://example.org/ann', 'day.rst'),
        ('https://example.org/foo', 'day.rst'),
        ('https://example.org/home', 'day.rst'),
        ('https://example.org/own', 'a-list.rst'),
        ('https://example.org/role', 'day.rst'),
        ('https://example.org/todo', 'day.rst'),
    ]


# -- what is drawn ----------------------------------------------------------------


@pytest.fixture
def front(make_project: MakeProject) -> Project:
    project = make_project(root=CONFERENCE)
    project.write({'front.rst': ':orphan:\n\nFront\n=====\n\n.. at-a-glance::\n'})
    return project


def test_the_packages_named_most_are_a_table_of_the_pages(front: Project) -> None:
    page = front.build().page('front')
    table = one(page, 'table.named-most')
    days, titles = table.select('thead tr')
    # What isn't of a day has a head as high as both rows: none is empty.
    assert [(cell.text, cell.get('colspan')) for cell in days.select('th')] == [
        ('Package', None),
        ('Mon', '1'),
        ('Tue', '2'),
        ('Django on Rails', None),
        ('Panel', None),
    ]
    assert [cell.get('rowspan') for cell in days.select('th')] == [
        *('2', None, None, '2', '2')
    ]
    assert links(titles) == [
        ('Deploying at an unusual scale', 'talks/scale.html'),
        ('Celery', 'talks/celery.html'),
        ('Django and PyPy', 'talks/pypy.html'),
    ]
    (row,) = table.select('tbody tr')
    assert links(row) == [('South', 'packages.html#package--south')]
    assert one(row, 'th').text == 'South'
    assert [cell.text for cell in row.select('td.is-named')] == [
        cell.text for row in (titles, days) for cell in row.select('.is-page')
    ]
    assert not page.select('svg, ul.glance-list')


@pytest.mark.parametrize(
    'says',
    [
        ':package:`South`',
        ':package:`d <https://a.example/>`',
        ':handle:`@one`',
        '.. todo:: a',
        '.. speaker:: Ann',
        '.. packages::\n\n   - South',
    ],
)
def test_links_of_all_that_is_noted_are_counted(
    says: str, make_project: MakeProject
) -> None:
    pages = {
        'index.rst': 'Index\n=====\n\n.. at-a-glance::\n\n.. toctree::\n   :glob:\n\n'
        '   *\n',
        'talk.rst': ':talk:\n\nTalk\n====\n\nhttps://a.example/ `b <https://b.example/>`__\n',
        'other.rst': 'Other\n=====\n\nhttps://a.example/, https://c.example/.\n\n'
        f'{says}\n',
        # It names a talk, as any page may, and says nothing of its own.
        'guide.rst': 'Guide\n=====\n\n:talk:`talk` https://e.example/\n',
    }
    page = make_project(pages).build().page('index')
    assert '3\N{NO-BREAK SPACE}links' in page.text


def test_the_same_day_of_two_weeks_is_two_days(make_project: MakeProject) -> None:
    talk = ':talk:\n:date: 2011-06-{}\n\nTalk\n====\n\n:package:`{}`\n'
    pages = {
        f'on-{day}.rst': talk.format(day, name)
        for day, name in [('07', 'South'), ('08', 'Alone'), ('14', 'South')]
    }
    index = 'Index\n=====\n\n.. at-a-glance::\n\n.. toctree::\n   :glob:\n\n   on-*\n'
    page = make_project({'index.rst': index, **pages}).build().page('index')
    heads = [cell.text for cell in page.select('.named-most thead tr')[0].select('th')]
    # What names none of them has no column.
    assert heads == ['Package', '2011-06-07', '2011-06-14']
    assert len(page.select('.named-most tbody td')) == 2


def test_without_days_a_table_has_one_row_of_heads(make_project: MakeProject) -> None:
    pages = {
        f'{name}.rst': f':talk:\n\n{name}\n===\n\n:package:`South`\n'
        for name in ('one', 'two')
    }
    index = 'Index\n=====\n\n.. at-a-glance::\n\n.. toctree::\n\n   one\n   two\n'
    page = make_project({'index.rst': index, **pages}).build().page('index')
    (heads,) = page.select('.named-most thead tr')
    assert [(cell.text, cell.get('rowspan')) for cell in heads.select('th')] == [
        ('Package', None),
        ('one', None),
        ('two', None),
    ]


def test_more_pages_than_there_is_room_for_are_counted(front: Project) -> None:
    for number in range(36):
        source = f':orphan:\n:talk:\n\nMore\n====\n\n:package:`South` {number}\n'
        front.write({f'more{number}.rst': source})
    page = front.build().page('front')
    assert not page.select('table')
    assert one(page, 'ul.glance-list').text.strip() == 'South 41 pages'
    assert links(page) == [('South', 'packages.html#package--south')]


def test_the_heading_of_a_summary_fits_those_above_it(project: Project) -> None:
    page = project.build().page('talks/rails')
    assert [tag.name for tag in page.select('h1, h2, h3, h4')] == ['h1', 'h2', 'h2']
    text = project.build('singlehtml').read('index.html')
    assert '<h4>Other tools' in text
    latex = project.build('latex').read('conference.tex')
    assert latex.count(r'\subsection*{{[}In short{]}}') == 4
    assert '<h4 class="rubric"><span class="added">[In short]' in text


def test_builders_that_turn_no_titles_have_a_list(
    front: Project,
) -> None:
    text = front.build('text').read('front.txt')
    assert '* South 5 pages' in text
    text = front.build('epub').read('front.xhtml')
    assert '<table' not in text
    assert 'South</span></a> <span class="count">5 pages' in text


def test_fates_can_be_shown_as_a_bar(project: Project) -> None:
    project.write({'bar.rst': ':orphan:\n\nBar\n===\n\n.. fates::\n   :show: bar\n'})
    page = project.build().page('bar')
    assert lines(page) == ['Bar', '1 name: 1 superseded.']
    assert one(page, 'svg.fates desc').text == '1 name: 1 superseded.'
