"""The directive that shows readers what a check of the links found."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, get_args
from xml.etree import ElementTree as ET

import pytest

from projects import build_by_processes, links, one
from sphinx_linkaudit.records import Kind
from sphinx_linkaudit.verdicts import BY_URGENCY, VERDICTS
from web import Web

if TYPE_CHECKING:
    from bs4.element import Tag

    from fixtures import MakeProject
    from projects import Build, Project

CONF = """extensions = ['sphinx_linkaudit']
nitpicky = True
copyright = 'nobody'
version = '1'
"""
BUILDERS = [
    *('html', 'dirhtml', 'singlehtml', 'epub', 'latex', 'text', 'man', 'texinfo'),
    *('xml', 'gettext'),
]
FILES = {
    'conf.py': CONF,
    'sub/links.rst': 'Links\n=====\n\n.. link-report:: ../report.json\n',
    'a.rst': 'Page *A*\n========\n',
    'b.rst': 'Page B\n======\n',
}
NOTHING_YET = 'Nothing has been checked yet.'


def report(**verdicts: tuple[str, ...]) -> str:
    """Return a report with a link for each page that a verdict names, '+' for both."""
    rows = [
        {
            'uri': f'https://{verdict}{number}.example/',
            'verdict': verdict.replace('_', ' '),
            'what': 'x',
            'places': [{'docname': docname} for docname in places.split('+')],
        }
        for verdict, pages in verdicts.items()
        for number, places in enumerate(pages)
    ]
    document = {'version': 1, 'finished': '2026-11-22T23:10:00+00:00', 'links': rows}
    return json.dumps(document)


#: A link that is on both pages, and twice on one, counts once for each.
FOUND = report(
    dead=('a', 'a+b+b'), working=('a', 'b', 'b'), timed_out=('b',), moved=('gone',)
)


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    """Give a project that is not checked yet."""
    return make_project(FILES)


def table(tag: Tag) -> list[list[str]]:
    """Return the cells of the table, row by row."""
    return [
        [' '.join(cell.get_text().split()) for cell in row.select('th, td')]
        for row in one(tag, 'table').select('tr')
    ]


def test_without_a_report_it_says_so(project: Project) -> None:
    long = f'Page B\n======\n\n.. link-report:: {"x" * 300}\n'
    project.write({'b.rst': long})
    build = project.build()
    assert build.warnings == []
    for name in ('sub/links', 'b'):
        tag = build.page(name)
        assert NOTHING_YET in tag.get_text()
        assert not tag.select('table, svg')


def test_it_counts_by_verdict_and_page_and_says_when(project: Project) -> None:
    project.write({'report.json': FOUND})
    build = project.build()
    assert build.warnings == []
    tag = build.page('sub/links')
    summary = 'Links checked on 2026-11-22: 7 (3 live, 1 moved, 1 no answer, 2 dead).'
    assert one(tag, 'p.link-report').get_text() == summary
    assert table(tag) == [
        ['Page', 'live', 'moved', 'no answer', 'dead'],
        ['all pages', '3', '1', '1', '2'],
        ['Page A', '1', '0', '0', '2'],
        ['Page B', '2', '0', '1', '1'],
        ['gone', '0', '1', '0', '0'],
    ]
    assert links(one(tag, 'table')) == [
        ('Page A', '../a.html'),
        ('Page B', '../b.html'),
    ]


def test_the_picture_says_what_it_shows(project: Project) -> None:
    project.write({'report.json': FOUND})
    tag = project.build().page('sub/links')
    svg = one(tag, 'svg')
    assert svg['role'] == 'img'
    assert one(svg, 'svg > title').get_text() == 'Links by what became of them'
    assert one(svg, 'svg > desc').get_text() == one(tag, 'p.link-report').get_text()
    assert svg['viewbox' if svg.has_attr('viewbox') else 'viewBox'] == '0 0 7 1'
    pieces = [(str(rect['x']), str(rect['width'])) for rect in svg.select('rect')]
    assert pieces == [('0', '3'), ('3', '1'), ('4', '1'), ('5', '2')]
    assert [title.get_text() for title in svg.select('rect title')] == [
        '3 live',
        '1 moved',
        '1 no answer',
        '2 dead',
    ]


@pytest.mark.parametrize('builder', BUILDERS)
def test_every_builder_has_the_table_and_html_alone_the_picture(
    builder: str, project: Project
) -> None:
    project.write({'report.json': FOUND})
    build = project.build(builder)
    assert build.warnings == []
    if builder == 'gettext':
        return
    text = ''.join(
        path.read_text(encoding='utf-8')
        for path in build.outdir.rglob('*')
        if path.suffix in {'.html', '.xhtml', '.tex', '.txt', '.1', '.texi', '.xml'}
    )
    assert '2026' in text
    assert 'no answer' in text
    is_page = builder in {'html', 'dirhtml', 'singlehtml'}
    assert ('<svg class="link-report"' in text) == is_page
    if builder == 'epub':
        ET.parse(build.outdir / 'sub' / 'links.xhtml')  # well-formed
    if is_page:
        (svg,) = re.findall(r'<svg class="link-report".*?</svg>', text, re.DOTALL)
        ET.fromstring(svg)


def test_verdicts_that_are_not_known_here_are_shown_and_escaped(
    project: Project,
) -> None:
    document = json.loads(report(dead=('a',)))
    document['links'].append({**document['links'][0], 'verdict': '<b>new</b>'})
    document['links'][1]['places'] = [{'docname': '<i>'}]
    project.write({'report.json': json.dumps(document)})
    tag = project.build().page('sub/links')
    assert not tag.select('table b, table i, svg b')
    assert table(tag)[0] == ['Page', 'dead', '<b>new</b>']
    assert table(tag)[2][0] == '<i>'


def test_every_verdict_has_its_place_in_the_table() -> None:
    assert set(VERDICTS) == set(BY_URGENCY) == set(get_args(Kind))


def test_a_check_without_links_has_no_table(project: Project) -> None:
    project.write({'report.json': report()})
    build = project.build()
    assert build.warnings == []
    tag = build.page('sub/links')
    assert 'Links checked on 2026-11-22: 0.' in tag.get_text()
    assert not tag.select('table, svg')


@pytest.mark.parametrize('text', ['', '[]', '{"version": 9}', report()[:-1]])
def test_a_broken_report_is_a_warning_at_its_line(text: str, project: Project) -> None:
    project.write({'report.json': text})
    build = project.build()
    (warning,) = build.warnings
    assert warning.place == 'sub/links.rst:4'
    assert warning.type == 'linkcheck.report'
    assert 'report.json' in warning.text
    assert 'no report that could be read' in build.page('sub/links').get_text()


def test_an_included_one_warns_at_its_own_line(project: Project) -> None:
    project.write(
        {
            'report.json': '',
            'part.txt': '\n\n.. link-report:: /report.json\n',
            'a.rst': 'A\n=\n\n.. include:: part.txt\n',
        }
    )
    places = {warning.place for warning in project.build().warnings}
    assert places == {'sub/links.rst:4', 'part.txt:3'}


@pytest.mark.parametrize('build', ['serial', 'parallel'])
def test_the_page_follows_the_report(build: str, make_project: MakeProject) -> None:
    # Sphinx reads no fewer pages than six in parallel.
    more = {f'p{number}.rst': f'Page {number}\n======\n' for number in range(8)}
    project = make_project(FILES | more)

    def built() -> str:
        made = build_by_processes(project) if build == 'parallel' else project.build()
        assert made.warnings == []
        return made.page('sub/links').get_text()

    assert NOTHING_YET in built()
    project.write({'report.json': report(dead=('a',))})
    assert '2026-11-22: 1 (1 dead).' in built()
    project.write({'report.json': report(dead=('a', 'b'))})
    assert '2026-11-22: 2 (2 dead).' in built()
    (project.srcdir / 'report.json').unlink()
    assert NOTHING_YET in built()
    project.write({'report.json': report(working=('a',))})
    assert '1 live' in built()


def test_only_addresses_of_the_web_count(project: Project) -> None:
    document = json.loads(report(dead=('a',), unchecked=('a',)))
    place = {'uri': '#place', 'verdict': 'unchecked', 'reason': 'scheme', 'what': 'x'}
    document['links'].append({**place, 'places': [{'docname': 'a'}]})
    project.write({'report.json': json.dumps(document)})
    text = project.build().page('sub/links').get_text()
    assert '2026-11-22: 2 (1 dead, 1 not checked).' in text


def test_a_page_that_waits_is_not_read_in_vain(project: Project) -> None:
    project.build()
    with project.app() as app:
        app.build()
        assert '0 added, 0 changed, 0 removed' in app.status.getvalue()


def test_pages_that_wait_no_more_are_forgotten(project: Project) -> None:
    project.build()
    project.move('sub/links.rst', 'sub/renamed.rst')
    project.replace('index.rst', '   sub/links\n', '   sub/renamed\n')
    build = project.build()
    assert build.warnings == []
    awaited = build.env.domains['linkreport'].data['awaited']
    assert set(awaited) == {'sub/renamed'}
    project.write({'report.json': FOUND, 'sub/renamed.rst': 'Nothing\n=======\n'})
    build = project.build()
    assert build.warnings == []
    assert build.env.domains['linkreport'].data['awaited'] == {}


def test_a_page_that_is_gone_since_the_check_is_named_without_a_link(
    project: Project,
) -> None:
    project.write({'report.json': FOUND})
    project.build()
    (project.srcdir / 'b.rst').unlink()
    project.replace('index.rst', '   b\n', '')
    # The page with the report is written again, but not read.
    (project.builddir / 'html' / 'sub' / 'links.html').unlink()
    build = project.build()
    assert build.warnings == []
    assert [row[0] for row in table(build.page('sub/links'))] == [
        'Page',
        'all pages',
        'Page A',
        'b',
        'gone',
    ]


def test_it_reads_what_a_check_writes(project: Project) -> None:
    with Web() as web:
        project.write({'a.rst': f'A\n=\n\n{web.page("/good")}\n\n{web.url("/dead")}\n'})
        found = project.build('linkcheck').read('report.json')
    project.write({'report.json': found})
    build = project.build()
    assert build.warnings == []
    assert table(build.page('sub/links')) == [
        ['Page', 'live', 'dead'],
        ['all pages', '1', '1'],
        ['A', '1', '1'],
    ]


# -- told to whoever asks -----------------------------------------------------------

#: As a project does it that has both extensions, neither of which knows the other.
BOTH = """extensions = ['sphinx_talknotes', 'sphinx_linkaudit']
primary_domain = 'talk'
talk_summary = True
linkcheck_known_dead = 'known-dead.json'

from sphinx_linkaudit.show.linkreport import link_states

def setup(app):
    app.connect('talk-link-states', link_states)
"""
KNOWN_DEAD = {
    'version': 1,
    'links': {'https://dead.example/': {'reason': 'It is gone.', 'since': '2012'}},
}


def asking(make_project: MakeProject) -> Project:
    pytest.importorskip('sphinx_talknotes', reason='sphinx-talknotes is not installed')
    talk = (
        ':talk:\n\nTalk\n====\n\nSee https://dead.example/#part, '
        'https://moved0.example/ and https://else.example/.\n'
    )
    return make_project(
        {
            'conf.py': BOTH,
            'known-dead.json': json.dumps(KNOWN_DEAD),
            'talk.rst': talk,
            'links.rst': 'Links\n=====\n\n.. link-report:: report.json\n',
        }
    )


def states(build: Build) -> list[str]:
    """Return what stands above the links at the end of the talk."""
    return [term.get_text() for term in build.page('talk').select('.talk-summary dt')]


def test_a_link_accepted_as_dead_is_dead_to_whoever_asks(
    make_project: MakeProject,
) -> None:
    project = asking(make_project)
    assert states(project.build()) == ['Links: dead']
    project.write({'known-dead.json': json.dumps({**KNOWN_DEAD, 'links': {}})})
    assert states(project.build()) == []


def test_what_a_report_found_is_told_as_long_as_a_page_shows_it(
    make_project: MakeProject,
) -> None:
    project = asking(make_project)
    assert states(project.build()) == ['Links: dead']
    project.write({'report.json': report(moved=('talk',), working=('talk',))})
    both = ['Links: dead', 'Links: moved']
    assert states(project.build()) == both
    project.write({'report.json': report(working=('talk',))})
    assert states(project.build()) == ['Links: dead']
    project.write({'report.json': report(moved=('talk',))})
    assert states(project.build()) == both
    (project.srcdir / 'links.rst').unlink()
    assert states(project.build()) == ['Links: dead']


def test_it_is_told_to_pages_that_another_process_reads(
    make_project: MakeProject,
) -> None:
    project = asking(make_project)
    project.write({f'page{number}.rst': 'P\n=\n' for number in range(8)})
    project.write({'report.json': report(moved=('talk',))})
    build = build_by_processes(project)
    assert states(build) == ['Links: dead', 'Links: moved']
