"""The directive that lists every link, and what is known of it without a check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from projects import build_by_processes, lines, links, one

if TYPE_CHECKING:
    from fixtures import MakeProject
    from projects import Build, Project

GONE, LOST = 'http://gone.example/', 'http://lost.example/?a=1&b=2'
FINE, SEEN = 'https://fine.example/', 'https://seen.example/'
KNOWN: dict[str, dict[str, Any]] = {
    GONE: {
        'since': '2012-05',
        'reason': 'The <company> closed.',
        'words': 'A pity.',
        'source': ['https://news.example/closed', 'https://blog.example/'],
    },
    LOST: {'reason': 'Nobody knows.', 'no_copy': '2026-11-01'},
}
CONF = """extensions = ['sphinx_linkaudit']
copyright = 'nobody'
version = '1'
linkcheck_known_dead = 'known-dead.json'
linkcheck_archive_date = '2011-06-07'
"""
LIST = 'Links\n=====\n\n.. link-list::\n'
FILES = {
    'conf.py': CONF,
    'known-dead.json': json.dumps({'version': 1, 'links': KNOWN}),
    'index.rst': 'Index\n=====\n\n.. toctree::\n\n   z\n   sub/a\n   sub/links\n',
    'sub/links.rst': LIST,
    'sub/a.rst': f'Page *A*\n========\n\n{GONE}, `lost <{LOST}>`__ and {GONE}\n',
    'z.rst': f':date: 2011-06-08\n\nZ\n=\n\n{GONE} and `fine <{FINE}>`__\n\n'
    f'.. container:: aside\n\n   {SEEN}\n',
    'orphan.rst': f':orphan:\n\nOrphan\n======\n\n{FINE}\n',
}
BUILDERS = [
    *('html', 'dirhtml', 'singlehtml', 'epub', 'latex', 'text', 'man', 'texinfo'),
    *('xml', 'gettext'),
]
BY_PAGE = [
    'Z',
    f'{GONE} (dead since May 2012; copy nearest to 8 June 2011)',
    f'fine: {FINE} (copy nearest to 8 June 2011)',
    f'{SEEN} (copy nearest to 8 June 2011)',
    'Page A',
    f'{GONE} (dead since May 2012; copy nearest to 7 June 2011)',
    f'lost: {LOST} (dead; no archive has a copy)',
    'Orphan',
    f'{FINE} (copy nearest to 7 June 2011)',
]


@pytest.fixture(scope='module')
def built(make_project: MakeProject) -> Project:
    return make_project(FILES)


@pytest.fixture
def shared(built: Project) -> Project:
    """Give a project of which tests change no more than the list."""
    built.write({'sub/links.rst': LIST})
    return built


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    """Give a project to change."""
    return make_project(FILES)


def report(**verdicts: str) -> str:
    """Return a report with a verdict for some links, by their host's first word."""
    rows = [
        {'uri': f'https://{name}.example/', 'verdict': verdict, 'what': 'x'}
        for name, verdict in verdicts.items()
    ]
    links = [{**row, 'places': []} for row in rows]
    document = {'version': 1, 'finished': '2026-11-22T23:10:00+00:00', 'links': links}
    return json.dumps(document)


def shown(build: Build) -> list[str]:
    assert build.warnings == []
    return build.lines('sub/links')[1:]


def test_without_a_check_it_says_what_is_known(shared: Project) -> None:
    build = shared.build()
    assert shown(build) == [
        '4 links: 2 known to be dead, the rest not checked.',
        'Known to be dead',
        GONE,
        'Dead since May 2012. The <company> closed. A pity.',
        (
            'copy nearest to 8 June 2011; linked in Z, Page A; '
            'source: news.example, blog.example'
        ),
        LOST,
        'Dead. Nobody knows.',
        'no archive has a copy; linked in Page A',
        'Every link, by page',
        *BY_PAGE,
    ]
    tag = build.page('sub/links')
    # As text: nobody has to hover, and nothing is marked twice.
    assert not tag.select('[title]:not(.headerlink), .dead-link, [data-originalurl]')
    copy = f'https://web.archive.org/web/20110608/{GONE}'
    assert links(one(tag, 'dl.dead-links'))[:5] == [
        (GONE, GONE),
        ('copy nearest to 8 June 2011', copy),
        ('Z', '../z.html'),
        ('Page A', 'a.html'),
        ('news.example', 'https://news.example/closed'),
    ]


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({'show': 'pages'}, BY_PAGE),
        ({'show': 'pages', 'pages': 'sub/* orphan'}, BY_PAGE[4:]),
        (
            {'show': 'pages summary', 'without-class': 'aside other', 'pages': 'z'},
            [
                '2 links: 1 known to be dead, the rest not checked.',
                'Every link, by page',
                *BY_PAGE[:3],
            ],
        ),
        ({'show': 'dead', 'pages': 'orphan'}, ['None is known to be dead.']),
        ({'show': 'summary', 'pages': 'orphan'}, ['1 link: not checked.']),
        ({'pages': 'none*'}, ['There are no external links.']),
    ],
)
def test_an_author_chooses_parts_and_pages(
    options: dict[str, str], expected: list[str], shared: Project
) -> None:
    given = ''.join(f'   :{name}: {value}\n' for name, value in options.items())
    shared.write({'sub/links.rst': f'{LIST}{given}'})
    assert shown(shared.build()) == expected


def test_a_link_is_an_exception_to_what_it_stands_in(project: Project) -> None:
    source = (
        f'.. role:: kept\n   :class: not-aside\n\n:kept:`x` {LOST}\n\n'
        f'.. container:: aside\n\n   {SEEN}\n\n   .. container:: not-aside\n\n'
        f'      {FINE}\n\n      .. container:: aside\n\n         {GONE}\n'
    )
    project.write(
        {
            'z.rst': f'Z\n=\n\n{source}',
            'sub/links.rst': f'{LIST}   :show: pages\n   :pages: z\n'
            '   :without-class: aside\n',
        }
    )
    found = {
        href for _text, href in links(one(project.build().page('sub/links'), 'dd'))
    }
    assert {LOST, FINE} <= found
    assert not {SEEN, GONE} & found


def test_pages_of_one_title_are_told_apart(project: Project) -> None:
    project.write(
        {
            'orphan.rst': f':orphan:\n\nZ\n=\n\n{FINE}\n',
            'sub/links.rst': f'{LIST}   :show: pages\n',
        }
    )
    build = project.build()
    titles = [line for line in shown(build) if '://' not in line]
    assert titles == ['Z [z]', 'Page A', 'Z [orphan]']
    # By what tables of contents call them, if they do.
    contents = '   First Z <z>\n   P <sub/a>\n'
    project.replace('index.rst', '   z\n   sub/a\n', contents)
    titles = [line for line in shown(project.build()) if '://' not in line]
    assert titles == ['First Z', 'Page A', 'Z']


def test_what_is_called_by_its_host_is_shown_by_its_address_alone(
    shared: Project,
) -> None:
    shared.write(
        {
            'orphan.rst': f':orphan:\n\nOrphan\n======\n\n`fine.example <{FINE}>`__\n',
            'sub/links.rst': f'{LIST}   :show: pages\n   :pages: orphan\n',
        }
    )
    build = shared.build()
    shared.write({'orphan.rst': FILES['orphan.rst']})
    assert shown(build) == ['Orphan', BY_PAGE[-1]]


def test_an_unknown_part_is_a_warning_at_its_line(shared: Project) -> None:
    shared.write({'sub/links.rst': f'{LIST}   :show: dead deaf\n'})
    build = shared.build()
    (warning,) = build.warnings
    assert (warning.place, warning.type) == ('sub/links.rst:4', 'linkcheck.link-list')
    assert "'deaf' (known: summary, dead, pages)" in warning.text
    assert GONE in build.lines('sub/links')


@pytest.mark.parametrize('builder', BUILDERS)
def test_every_builder_has_the_list(builder: str, shared: Project) -> None:
    if builder == 'gettext':  # Its doctrees are of another kind.
        build = shared.build(builder, builddir=shared.srcdir.parent / builder)
        assert build.warnings == []
        return
    build = shared.build(builder)
    assert build.warnings == []
    text = ''.join(
        path.read_text(encoding='utf-8')
        for path in build.outdir.rglob('*')
        if path.suffix in {'.html', '.xhtml', '.tex', '.txt', '.1', '.texi', '.xml'}
    )
    assert 'Dead since May 2012' in text
    # On paper a copy can be read only where its address is.
    if builder in {'latex', 'text'}:
        assert f'web/20110608/{FINE}' in text.replace('\n', '').replace('  ', '')


def test_a_check_says_more(project: Project) -> None:
    project.write(
        {
            'report.json': report(fine='working', seen='dead', lost='timed out'),
            'z.rst': f'{FILES["z.rst"]}\n.. link-report:: report.json\n',
        }
    )
    said = shown(project.build())
    assert said[0] == '4 links: 2 known to be dead, 1 live, 1 dead.'
    assert f'{SEEN} (dead; copy nearest to 8 June 2011)' in said
    assert f'fine: {FINE} (live; copy nearest to 8 June 2011)' in said
    assert said[said.index('Dead.') - 1] == SEEN
    project.write({'report.json': report(fine='moved')})
    said = shown(project.build())
    assert said[0] == '4 links: 2 known to be dead, 1 moved, 1 not checked.'


def test_without_a_setting_there_are_links_alone(project: Project) -> None:
    project.write({'conf.py': CONF.partition('linkcheck_')[0]})
    said = shown(project.build())
    assert said[0] == '4 links: not checked.'
    assert said[1:3] == ['Known to be dead', 'None is known to be dead.']
    assert said[4:7] == ['Z', GONE, f'fine: {FINE}']


def written(project: Project, build: Build) -> set[str]:
    """Return the pages that another build of the project writes again."""
    found = {path: path.stat().st_mtime_ns for path in build.outdir.rglob('*.html')}
    project.build()
    return {
        path.relative_to(build.outdir).with_suffix('').as_posix()
        for path, before in found.items()
        if path.stat().st_mtime_ns != before and path.stem in {'a', 'z', 'links'}
    }


def test_the_list_follows_what_it_shows_and_nothing_else(project: Project) -> None:
    build = project.build()
    assert written(project, build) == set()
    # A source is shown in the list alone; a new link stands on its page as well.
    entries = {**KNOWN, GONE: {**KNOWN[GONE], 'source': []}}
    text = json.dumps({'version': 1, 'links': entries})
    project.write({'known-dead.json': text})
    assert written(project, build) == {'sub/links'}
    project.write({'sub/a.rst': f'{FILES["sub/a.rst"]}\nhttps://new.example/\n'})
    assert written(project, build) == {'sub/a', 'sub/links'}
    assert lines(build.page('sub/links'))[1].startswith('5 links: ')
    project.write({'sub/a.rst': 'New title\n=========\n'})
    assert written(project, build) >= {'sub/a', 'sub/links'}
    assert shown(build)[0] == '3 links: 1 known to be dead, the rest not checked.'
    (project.srcdir / 'sub/a.rst').write_text(
        'Other words\n===========\n', encoding='utf-8'
    )
    project.replace('sub/a.rst', 'Other words', 'Other wares')
    assert written(project, build) >= {'sub/a'}


def test_two_processes_list_the_same(make_project: MakeProject) -> None:
    # Sphinx reads no fewer pages than six in parallel.
    more = {
        f'p{number}.rst': f':orphan:\n\nP\n=\n\n{FINE}{number}\n' for number in range(8)
    }
    project = make_project({**FILES, **more})
    built = build_by_processes(project)
    assert built.warnings == []
    said = shown(built)
    assert said[0].startswith('12 links: ')
    assert said == shown(make_project({**FILES, **more}).build())


def test_the_check_finds_no_link_of_the_list(project: Project) -> None:
    project.write({'conf.py': f"{CONF}linkcheck_ignore = ['.*']\n"})
    build = project.build('linkcheck')
    found = json.loads(build.read('report.json'))
    assert {
        place['docname'] for link in found['links'] for place in link['places']
    } == {
        'orphan',
        'sub/a',
        'z',
    }
