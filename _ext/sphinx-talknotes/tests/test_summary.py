"""What a talk leaves behind, how its links fare, and what is drawn of all talks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from bs4.element import Tag

from conference import CONFERENCE
from projects import lines, links, one

if TYPE_CHECKING:
    from collections.abc import Callable

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
    source = ':orphan:\n:talk:\n\nOne\n===\n\n:package:`South`\n\nTwo\n===\n\nWords.\n'
    project.write({'two.rst': source})
    assert lines(project.build().page('two')) == [
        'One', 'South [now celery]', 'Two', 'Words.',
        '[In short]', 'Named', 'South [superseded; now celery]',
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
    talks = lines(one(build.page('index'), 'ul.talk-list'))
    assert talks[1].endswith('1 to-do, 2 links: 1 gone & <b>)')


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
    assert lines(one(build.page('index'), 'ul.talk-list'))[1].endswith(
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


# -- what is drawn ----------------------------------------------------------------


@pytest.fixture
def front(make_project: MakeProject) -> Project:
    project = make_project(root=CONFERENCE)
    project.write({'front.rst': ':orphan:\n\nFront\n=====\n\n.. at-a-glance::\n'})
    return project


def test_the_packages_named_most_are_drawn_and_listed(front: Project) -> None:
    page = front.build().page('front')
    svg = one(page, 'svg.named-most')
    assert svg['role'] == 'img'
    assert svg.title is not None
    assert svg.title.text == 'The packages that most pages name'
    assert one(svg, 'desc').text == 'South 5'
    # Days of the week, and a cross for each page that names it.
    assert [text.text for text in svg.select('text')] == ['Mon', 'Tue', '', 'South']
    assert [title.text for title in svg.select('path title')] == [
        'South: Deploying at an unusual scale',
        'South: Celery',
        'South: Django and PyPy',
        'South: Django on Rails',
        'South: Panel',
    ]
    assert links(one(page, 'ul.glance-list')) == [
        ('South', 'packages.html#package--south')
    ]


def test_the_same_day_of_two_weeks_is_two_days(make_project: MakeProject) -> None:
    talk = ':talk:\n:date: 2011-06-{}\n\nTalk\n====\n\n:package:`South`\n'
    pages = {f'on-{day}.rst': talk.format(day) for day in ('07', '14')}
    index = 'Index\n=====\n\n.. at-a-glance::\n\n.. toctree::\n\n   on-07\n   on-14\n'
    page = make_project({'index.rst': index, **pages}).build().page('index')
    texts = [text.text for text in page.select('svg.named-most text')]
    assert texts == ['Tue', 'Tue', 'South']


def test_a_drawing_escapes_what_pages_say(front: Project) -> None:
    name = '<script>alert(1)</script> & a name of more letters than there is room for'
    for name_of_page in ('one', 'two'):
        title = '<b>&amp;\n========'
        source = f':orphan:\n:talk:\n\n{title}\n\n:package:`{name}`\n'
        front.write({f'{name_of_page}.rst': source.replace('<script>', r'\<script>')})
    page = front.build().page('front')
    svg = one(page, 'svg.named-most')
    assert not svg.select('script, b')
    assert svg.select('text')[-1].text.endswith('…')


def test_a_name_of_wide_letters_is_cut_before_the_crosses(front: Project) -> None:
    for name_of_page in ('one', 'two'):
        source = ':orphan:\n:talk:\n\nTitle\n=====\n\n:package:`{}`\n'
        front.write({f'{name_of_page}.rst': source.format('\u6f22' * 26)})
    page = front.build().page('front')
    name = page.select('svg.named-most text')[-1]
    assert name.text == '\u6f22' * 26
    assert isinstance(name.parent, Tag)
    assert (name.parent.name, name.parent['width']) == ('svg', '147')


def test_more_than_there_is_room_for_is_not_drawn(front: Project) -> None:
    for number in range(38):
        front.write(
            {f'more{number}.rst': f':orphan:\n:talk:\n\nMore\n====\n\n{number}\n'}
        )
    page = front.build().page('front')
    assert not page.select('svg')
    assert links(page) == [('South', 'packages.html#package--south')]


def test_the_heading_of_a_summary_fits_those_above_it(project: Project) -> None:
    page = project.build().page('talks/rails')
    assert [tag.name for tag in page.select('h1, h2, h3, h4')] == ['h1', 'h2', 'h2']
    text = project.build('singlehtml').read('index.html')
    assert '<h4>Other tools' in text
    latex = project.build('latex').read('conference.tex')
    assert latex.count(r'\subsection*{{[}In short{]}}') == 4
    assert '<h4 class="rubric"><span class="added">[In short]' in text


def test_builders_without_pictures_have_the_list_alone(front: Project) -> None:
    text = front.build('text').read('front.txt')
    assert '* South 5 pages' in text
    assert '<svg' not in front.build('epub').read('front.xhtml')


def test_fates_can_be_shown_as_a_bar(project: Project) -> None:
    project.write({'bar.rst': ':orphan:\n\nBar\n===\n\n.. fates::\n   :show: bar\n'})
    page = project.build().page('bar')
    assert lines(page) == ['Bar', '1 name: 1 superseded.']
    assert one(page, 'svg.fates desc').text == '1 name: 1 superseded.'
