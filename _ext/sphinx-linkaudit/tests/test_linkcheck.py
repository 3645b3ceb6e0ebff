"""The link check as a whole: what it finds, what it says, and that it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from web import Web, raw

if TYPE_CHECKING:
    from fixtures import MakeProject
    from projects import Build

CONF = "extensions = ['sphinx_linkaudit']\n"
TITLE = 'Page\n====\n\n'


def check(
    make_project: MakeProject, files: dict[str, str] | str, **settings: Any
) -> Build:
    """Check the links of a project, or of its only page."""
    pages = {'page.rst': TITLE + files} if isinstance(files, str) else files
    project = make_project({'conf.py': CONF, **pages})
    return project.build('linkcheck', confoverrides=settings)


def rows(build: Build) -> dict[str, dict[str, Any]]:
    """Return the rows of ``output.json`` by their address."""
    text = (build.outdir / 'output.json').read_text(encoding='utf-8')
    return {row['uri']: row for row in map(json.loads, text.splitlines())}


def links(build: Build) -> dict[str, dict[str, Any]]:
    """Return the links of ``report.json`` by their address."""
    text = (build.outdir / 'report.json').read_text(encoding='utf-8')
    return {link['uri']: link for link in json.loads(text)['links']}


def places(build: Build, uri: str) -> list[tuple[str, int]]:
    """Return file and line of every place of a link."""
    return [(place['path'], place['line']) for place in links(build)[uri]['places']]


@pytest.mark.parametrize('uri', ['http://[::1', 'http://a..b/', 'http://x:99999/'])
def test_a_malformed_address_ends_no_check(make_project: MakeProject, uri: str) -> None:
    with Web() as web:
        good = web.page('/good')
        build = check(make_project, f'`one <{uri}>`__ `two <{good}>`__\n')
    assert rows(build)[uri]['status'] == 'broken'
    assert rows(build)[good]['status'] == 'working'
    assert build.status_code == 1


def test_an_excluded_page_hides_no_dead_link_of_another(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        dead = web.url('/dead')
        files = {
            'a.rst': f'A\n=\n\n{dead}\n',
            'b.rst': f'B\n=\n\n{dead}\n',
        }
        build = check(make_project, files, linkcheck_exclude_documents=['^a$'])
    assert rows(build)[dead]['status'] == 'broken'
    assert places(build, dead) == [('b.rst', 4)]


def test_every_place_is_named_at_its_own_line(make_project: MakeProject) -> None:
    with Web() as web:
        dead = web.url('/dead')
        page = (
            f'{TITLE}Words,\nthen {dead}\nand words.\n\n'
            f'.. include:: part.txt\n\n'
            f'By name_.\n\n.. _name: {dead}\n\n'
            f'.. raw:: html\n\n   <p>\n   <a href="{dead}">x</a>\n'
        )
        files = {'page.rst': page, 'part.txt': f'Part\nwith {dead}\n'}
        build = check(make_project, files)
    assert sorted(places(build, dead)) == [
        ('page.rst', 5),
        ('page.rst', 12),
        ('page.rst', 17),
        ('part.txt', 2),
    ]


def test_a_nameless_target_is_named_at_its_own_line(make_project: MakeProject) -> None:
    with Web() as web:
        dead, other = web.url('/dead'), web.url('/other')
        targets = f'__ {dead}\n__ {other}\n__ {dead}\n'
        build = check(make_project, f'`One`__, `two`__ and `three`__.\n\n{targets}')
    assert places(build, dead) == [('page.rst', 6), ('page.rst', 8)]
    assert places(build, other) == [('page.rst', 7)]


def test_a_file_above_the_sources_is_named_from_there(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        dead = web.url('/dead')
        project = make_project(
            {'conf.py': CONF, 'page.rst': f'{TITLE}.. include:: ../up.txt\n'}
        )
        (project.srcdir.parent / 'up.txt').write_text(f'See {dead}\n', encoding='utf-8')
        build = project.build('linkcheck')
    assert places(build, dead) == [('../up.txt', 1)]


def test_no_retries_is_one_try(make_project: MakeProject) -> None:
    with Web() as web:
        good = web.page('/good')
        build = check(make_project, f'{good}\n', linkcheck_retries=0)
        assert web.hits('/good') == ['HEAD']
    assert rows(build)[good]['status'] == 'working'


@pytest.mark.parametrize(
    'uri',
    ['sms:123', 'urn:isbn:1', 'javascript:void(0)', 'MAILTO:a@b.example', 'news:x'],
)
def test_what_is_not_of_the_web_is_not_checked(
    make_project: MakeProject, uri: str
) -> None:
    build = check(make_project, f'`link <{uri}>`__\n')
    assert rows(build)[uri]['status'] == 'unchecked'
    assert build.status_code == 0


def test_one_download_serves_all_anchors_of_a_page(make_project: MakeProject) -> None:
    with Web() as web:
        page = web.page('/page', '<p id="a"></p><p id="b"></p>')
        text = f'{page}#a {page}#b {page}#c\n'
        build = check(make_project, text)
        assert web.hits('/page') == ['GET']
    statuses = {uri[-2:]: row['status'] for uri, row in rows(build).items()}
    assert statuses == {'#a': 'working', '#b': 'working', '#c': 'broken'}


def test_what_a_server_says_reaches_no_terminal(make_project: MakeProject) -> None:
    answer = b'HTTP/1.1 404 \x1b[31mred\x1b[0m\r\nContent-Length: 0\r\n\r\n'
    with Web() as web:
        dead = web.on('/dead', raw(answer))
        build = check(make_project, f'{dead}\n')
    text = (build.outdir / 'output.txt').read_text(encoding='utf-8')
    assert '\x1b' not in text
    assert '\\x1b[31mred' in text


def test_the_output_has_its_six_keys(make_project: MakeProject) -> None:
    with Web() as web:
        moved = web.on('/old', raw(b'HTTP/1.1 301 x\r\nLocation: /new\r\n\r\n'))
        web.page('/new')
        build = check(make_project, f'{moved}\n')
    assert rows(build)[moved] == {
        'filename': 'page.rst',
        'lineno': 4,
        'status': 'redirected',
        'code': 301,
        'uri': moved,
        'info': web.url('/new'),
    }


def test_codes_can_be_accepted_for_some_addresses(make_project: MakeProject) -> None:
    with Web() as web:
        wiki, other = web.page('/wiki', status=403), web.page('/other', status=403)
        accept = {r'http://.*/wiki': [403]}
        build = check(make_project, f'{wiki} {other}\n', linkcheck_accept=accept)
    assert rows(build)[wiki]['status'] == 'working'
    assert rows(build)[other]['status'] == 'broken'
