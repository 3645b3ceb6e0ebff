"""What a check knows of earlier ones: by way of whole builds."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sphinx.errors import ConfigError

from checks import EXTENSION, TITLE, project_with
from projects import PYTHONPATH
from runs import (
    Run,
    accepting,
    asked,
    begun,
    days_pass,
    dump,
    files_of,
    run,
    run_apart,
    sql,
)
from sphinx_linkaudit.memory.cache import APPLICATION_ID, Cache
from sphinx_linkaudit.options import CACHE_NAME
from web import (
    HOSTILE,
    PATIENCE,
    Lookup,
    Web,
    answer,
    document,
    fine,
    hang,
    held,
    in_turn,
    redirect,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures import MakeProject
    from projects import Project

pytestmark = pytest.mark.usefixtures('no_pause')

NOT_FOUND = '404 Client Error: Not Found for url: '


# -- the cache -----------------------------------------------------------------


def a_bit_of_all(web: Web) -> list[str]:
    """Return links of every kind that is remembered."""
    page = answer(document('<p id="here">Here.</p><p id="é">There.</p>'))
    refuses = answer('No', status=403)
    web.on('/', refuses)
    web.names.add('here.nowhere', web.address)
    return [
        web.on('/fine', fine),
        web.on('/page', page),
        web.url('/page#here'),
        web.url('/page#%C3%A9'),
        web.url('/page#gone'),
        web.on('/moved', redirect('/fine', 301)),
        web.on('/found', redirect('/page')),
        web.on('/home/*', redirect('/welcome')) + 'a',
        web.on('/welcome', fine),
        web.on('/blocked', refuses),
        web.url('/dead'),
        web.on('/broken', answer('Oops', status=500, reason='Öps\x1b[31m')),
        web.url('/fine', host='here.nowhere'),
        HOSTILE['port_closed'.replace('_', '-')](web),
        'http://no.such.name.nowhere/',
        'http://[bad/',
        'mailto:a@b.example',
    ]


def test_a_second_check_asks_nobody_and_says_the_same(
    make_project: MakeProject, web: Web
) -> None:
    uris = a_bit_of_all(web)
    web.names.add('no.such.name.nowhere', Lookup.NO_SUCH_NAME)
    listed = ''.join(f'* `link <{uri}>`__\n' for uri in uris)
    project = project_with(make_project, listed, linkcheck_cache=True)
    first = run(project)
    assert {link['verdict'] for link in first.facts()} > {
        'working',
        'moved',
        'dead',
        'blocked',
    }
    count, lookups = len(web.log), len(web.names.asked)
    second = run(project)
    assert asked(web, count) == []
    assert len(web.names.asked) == lookups
    assert second.lines() == first.lines()
    assert second.facts() == first.facts()
    assert second.status_code == first.status_code == 1
    texts = [sorted(one.files['output.txt'].splitlines()) for one in (first, second)]
    assert texts[0] == texts[1]
    shown = [re.sub(r'(?s).*\n\n(?=Dead:)', '', one.shown) for one in (first, second)]
    assert shown[0] == shown[1]


def test_another_process_knows_what_the_first_has_found(
    make_project: MakeProject,
) -> None:
    # What a setting is written as may differ from one process to the next.
    conf = f"""{EXTENSION}
linkcheck_cache = True
linkcheck_allowed_redirects = {{'a': 'b'}}
linkcheck_request_headers = {{'*': {{'Accept': 'text/html'}}}}
linkcheck_anchors_ignore = ['x', 'y']
linkcheck_accept = {{'.*/odd': frozenset({{418, 499, 599, 420}})}}
"""
    for more in ('', 'del linkcheck_allowed_redirects\n'):
        with Web() as web:
            project = project_with(make_project, f'{web.page("/a")}\n', conf + more)
            assert run_apart(project, environ={'PYTHONHASHSEED': '1'}).status_code == 0
            count = len(web.log)
            assert count
            second = run_apart(project, environ={'PYTHONHASHSEED': '2'})
            assert second.status_code == 0
            assert second.statuses == {web.url('/a'): 'working'}
            assert len(web.log) == count


def test_dead_links_are_asked_again_when_their_day_is_over_and_others_are_not(
    make_project: MakeProject, web: Web
) -> None:
    back = web.on('/back', in_turn(*[answer(status=410)] * 2, fine))
    uris = [web.page('/good'), web.url('/dead'), back]
    project = project_with(make_project, '\n'.join(uris), linkcheck_cache=True)
    path = run(project).cache
    count = len(web.log)
    days_pass(path, 0.7)
    run(project)
    assert asked(web, count) == []
    days_pass(path, 0.3)
    last = run(project)
    assert asked(web, count) == ['/back', '/dead']
    assert last.statuses == dict(
        zip(uris, ['working', 'broken', 'working'], strict=True)
    )
    # What was seen last is what is known.
    count = len(web.log)
    days_pass(path, 1)
    run(project)
    assert asked(web, count) == ['/dead']
    count = len(web.log)
    days_pass(path, 30)
    run(project)
    assert asked(web, count) == ['/back', '/dead', '/good']


def test_results_hold_as_long_as_the_settings_say(
    make_project: MakeProject, web: Web
) -> None:
    uris = [web.page('/good'), web.url('/dead')]
    project = project_with(make_project, '\n'.join(uris), linkcheck_cache=True)
    run(project)
    for duration, expected in (
        ({'dead': 0}, ['/dead']),
        ({'working': 0}, ['/good']),
        (0, ['/dead', '/good']),
        ({'dead': 9}, []),
    ):
        count = len(web.log)
        run(project, linkcheck_cache_duration=duration)
        assert asked(web, count) == expected


LONG = 'a' * 250


@pytest.mark.parametrize(
    'settings',
    [
        {'linkcheck_allow_unauthorized': True},
        {'linkcheck_accept': {'.*/dead': [404]}},
        {'linkcheck_allowed_redirects': {'.*': '.*'}},
        {'linkcheck_allowed_redirects': {f'{LONG}1': f'{LONG}1'}},
        {'linkcheck_anchors': False},
        {'linkcheck_anchors_ignore': ['x']},
        {'linkcheck_request_headers': {'*': {'Accept-Language': 'de'}}},
        {'user_agent': 'Somebody else'},
        {'tls_verify': False},
        {'linkcheck_auth': [('.*', ('me', 'secret'))]},
    ],
    ids=str,
)
def test_a_setting_that_verdicts_depend_on_asks_again(
    make_project: MakeProject, web: Web, settings: dict[str, Any]
) -> None:
    uris = [web.page('/good'), web.url('/dead')]
    project = project_with(make_project, '\n'.join(uris), linkcheck_cache=True)
    if 'linkcheck_allowed_redirects' in settings:
        run(project, linkcheck_allowed_redirects={f'{LONG}2': f'{LONG}2'})
    else:
        run(project)
    count = len(web.log)
    assert count
    run(project, **settings)
    assert asked(web, count) == ['/dead', '/good']
    run(project, **settings)
    found = sql(project.builddir / 'linkcheck' / CACHE_NAME, 'SELECT data FROM links')
    assert len(found) == len(uris)
    assert 'secret' not in str(found)


def test_other_settings_ask_nobody(make_project: MakeProject, web: Web) -> None:
    project = project_with(make_project, web.page('/good'), linkcheck_cache=True)
    run(project)
    count = len(web.log)
    run(project, linkcheck_workers=3, linkcheck_retries=4, linkcheck_timeout=7)
    assert asked(web, count) == []


def test_the_file_is_where_the_setting_says_as_seen_from_the_sources(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = project_with(
        make_project,
        web.page('/good'),
        linkcheck_cache=True,
        linkcheck_cache_file='../kept/links.db',
    )
    monkeypatch.chdir(tmp_path)
    first = run(project)
    path = project.srcdir.parent / 'kept' / 'links.db'
    assert [bytes(row[0]).decode() for row in dump(path)[0]] == [web.url('/good')]
    assert not first.cache.exists()
    assert not list(tmp_path.iterdir())
    count = len(web.log)
    again = run(project)
    assert asked(web, count) == []
    assert again.statuses == {web.url('/good'): 'working'}


def test_without_the_setting_there_is_no_file(
    make_project: MakeProject, web: Web
) -> None:
    project = project_with(
        make_project, web.page('/good'), linkcheck_cache_file='links.db'
    )
    first = run(project)
    count = len(web.log)
    run(project)
    assert asked(web, count) == ['/good']
    assert not [*project.srcdir.rglob('*.sqlite*'), *project.srcdir.rglob('*.db')]
    assert not first.cache.exists()


# -- a run that is killed ------------------------------------------------------


def test_a_killed_check_goes_on_where_it_was(make_project: MakeProject) -> None:
    with Web() as web:
        gate = web.gate()
        known = [web.page('/a'), web.url('/dead'), web.page('/page', '<p id="x">')]
        known += [web.url('/page#x'), web.on('/moved', redirect('/a', 301))]
        held_up = [web.on(f'/held{number}', held(gate, fine)) for number in range(3)]
        project = project_with(
            make_project, '\n'.join([*known, *held_up]), linkcheck_cache=True
        )
        waited_for = {uri for uri in known if uri != web.url('/moved')}
        with begun(project, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            assert child.stdout is not None
            for line in child.stdout:
                # What is told of is in the file.
                waited_for -= set(line.split())
                if not waited_for:
                    break
            # Redirects are told of at the end: others may lead to the same page.
            web.wait_for('/moved')
            path = project.builddir / 'linkcheck' / CACHE_NAME
            wait_until(lambda: len(dump(path)[0]) == len(known))
            for number in range(3):
                web.wait_for(f'/held{number}')
            child.kill()
            child.wait()
        count = len(web.log)
        gate.set()
        again = run_apart(project)
        assert asked(web, count) == ['/held0', '/held1', '/held2']
        assert again.status_code == 1
        assert again.statuses == dict.fromkeys([*known, *held_up], 'working') | {
            web.url('/dead'): 'broken',
            web.url('/moved'): 'redirected',
        }
        assert again.warnings == []


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds.

    :raises AssertionError: if it doesn't in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


#: A project whose check stops at its last page, for whoever pipes it a line: the link
#: of its first one has been settled when the second is written.
STEPS = f"""{EXTENSION}
import sys, time

def step(app, doctree, docname):
    if docname == 'p1':
        # If that never comes, the test kills it; what is remembered isn't asked.
        progress = app.builder.check.checker.progress
        while progress().settled < progress().total:
            time.sleep(0.01)
    if docname == 'p9':
        print('at p9', flush=True)
        sys.stdin.readline()

def setup(app):
    app.connect('doctree-resolved', step)
"""


@pytest.mark.parametrize('path', ['/good', '/dead'])
def test_what_is_killed_while_documents_are_written_goes_on_where_it_was(
    make_project: MakeProject, path: str
) -> None:
    with Web() as web:
        web.page('/good')
        uri = web.url(path)
        # Only the first of them has a link.
        files = {f'p{number}.rst': TITLE for number in range(10)}
        files['p0.rst'] += uri
        project = project_with(make_project, files, STEPS, linkcheck_cache=True)
        cached = project.builddir / 'linkcheck' / CACHE_NAME
        with begun(
            project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as child:
            assert child.stdout is not None
            assert 'at p9\n' in iter(child.stdout.readline, '')
            assert len(dump(cached)[0]) == 1
            child.kill()
            child.wait()
        assert not (project.builddir / 'linkcheck' / 'output.json').exists()
        count = len(web.log)
        again = run_apart(project, stdin=subprocess.DEVNULL)
        assert asked(web, count) == []
        assert again.statuses == {uri: 'working' if path == '/good' else 'broken'}


def test_two_checks_at_once_share_what_they_know(make_project: MakeProject) -> None:
    with Web() as web:
        gate = web.gate()
        both = web.on('/both', held(gate, fine))
        uris = [both, *[web.page(f'/page{number}') for number in range(30)]]
        uris += [web.url('/dead')]
        project = project_with(
            make_project,
            '\n'.join(uris),
            linkcheck_cache=True,
            linkcheck_cache_file='cache.db',
        )
        pipes: dict[str, Any] = {
            'stdout': subprocess.DEVNULL,
            'stderr': subprocess.PIPE,
        }
        with (
            begun(project, out='one', **pipes) as one,
            begun(project, out='two', **pipes) as two,
        ):
            web.wait_for('/both', 2)
            gate.set()
            printed = [child.communicate()[1] for child in (one, two)]
            assert [one.returncode, two.returncode] == [1, 1]
        for out in ('one', 'two'):
            outdir = project.builddir / out
            found = Run(project.srcdir, outdir, 1, '', files=files_of(outdir))
            assert found.statuses == dict.fromkeys(uris, 'working') | {
                web.url('/dead'): 'broken'
            }
        assert not any('linkcheck.cache' in text for text in printed)
        count = len(web.log)
        run_apart(project)
        assert asked(web, count) == []
        # They saw it fail on one day.
        assert [row[1] for row in dump(project.srcdir / 'cache.db')[1]] == [1]


# -- a file that isn't what it should be ---------------------------------------


def with_garbage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:] = b'?' * len(content[100:])
    path.write_bytes(content)


def with_a_tail_cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def with_text(path: Path) -> None:
    path.write_text('This is mine.\n', encoding='utf-8')


def of_another_program(path: Path) -> None:
    path.unlink()
    sql(path, 'CREATE TABLE bookmarks (url)')


def of_a_newer_version(path: Path) -> None:
    assert sql(path, 'PRAGMA application_id') == [(APPLICATION_ID,)]
    sql(path, 'PRAGMA user_version = 99')


@pytest.mark.parametrize(
    ('spoil', 'fault'),
    [
        (with_garbage, 'corrupt'),
        (with_a_tail_cut_off, 'corrupt'),
        (with_text, 'foreign'),
        (of_another_program, 'foreign'),
        (of_a_newer_version, 'newer'),
    ],
)
def test_a_file_of_no_use_is_one_warning_and_kept(
    make_project: MakeProject, web: Web, spoil: Callable[[Path], None], fault: str
) -> None:
    uris = [web.page('/good'), web.url('/dead')]
    project = project_with(make_project, '\n'.join(uris), linkcheck_cache=True)
    first = run(project)
    spoil(first.cache)
    content = first.cache.read_bytes()
    count = len(web.log)
    second = run(project)
    (warned,) = second.warnings
    assert warned.type == 'linkcheck.cache'
    assert f'{CACHE_NAME} is {fault}' in warned.text
    kept = second.cache.with_name(f'{CACHE_NAME}.{fault}-1')
    assert kept.name in warned.text
    assert kept.read_bytes() == content
    assert asked(web, count) == ['/dead', '/good']
    assert second.lines() == first.lines()
    assert second.status_code == 1
    # The new one is as good as the first was.
    count = len(web.log)
    third = run(project)
    assert third.warnings == []
    assert asked(web, count) == []
    assert third.lines() == first.lines()


def test_a_folder_in_the_place_of_the_file_is_one_warning(
    make_project: MakeProject, web: Web
) -> None:
    project = project_with(
        make_project, web.page('/good'), linkcheck_cache=True, linkcheck_cache_file='.'
    )
    found = run(project)
    assert [warned.type for warned in found.warnings] == ['linkcheck.cache']
    assert found.statuses == {web.url('/good'): 'working'}
    assert found.status_code == 0


#: What keeps root from writing everywhere.
AS_ANYBODY = ('setpriv', '--bounding-set=-dac_override')
IS_ROOT = os.name != 'nt' and os.geteuid() == 0


@pytest.mark.skipif(
    os.name == 'nt' or (IS_ROOT and not shutil.which('setpriv')),
    reason='root writes everywhere, and on Windows a folder is never read-only',
)
@pytest.mark.parametrize('what', ['file', 'folder'])
def test_what_may_only_be_read_is_read(make_project: MakeProject, what: str) -> None:
    with Web() as web:
        uris = [web.page('/good'), web.url('/dead')]
        project = project_with(
            make_project,
            '\n'.join(uris),
            linkcheck_cache=True,
            linkcheck_cache_file='../cache/links.db',
        )
        first = run(project)
        folder = project.srcdir.parent / 'cache'
        path = folder / 'links.db'
        content = path.read_bytes()
        project.write({'more.rst': f':orphan:\n\n{TITLE}{web.page("/new")}'})
        count = len(web.log)
        (path if what == 'file' else folder).chmod(0o555)
        try:
            found = run_apart(project, within=AS_ANYBODY if IS_ROOT else ())
        finally:
            folder.chmod(0o755)
        assert asked(web, count) == ['/new']
        assert found.statuses == first.statuses | {web.url('/new'): 'working'}
        assert found.status_code == 1, found.printed
        assert found.warnings == []
        assert path.read_bytes() == content
        assert list(folder.iterdir()) == [path]


# -- strikes -------------------------------------------------------------------

#: What a project has whose links fail on the third day, and are asked every time.
THREE = {
    'linkcheck_cache': True,
    'linkcheck_strikes': 3,
    'linkcheck_cache_duration': 0,
}
NOT_YET = 'Failing, but not on enough days yet: wait'


def on_days(project: Project, number: int, **settings: Any) -> list[Run]:
    """Check on so many days, one after the other."""
    found = []
    for _ in range(number):
        found.append(run(project, **THREE | settings))
        days_pass(found[-1].cache, 1)
    return found


def failures(found: Run) -> list[tuple[int, bool]]:
    """Return on how many days each link has failed, and whether that is enough."""
    return [(link.get('failures', 0), link['fails']) for link in found.facts()]


def test_a_link_fails_the_check_on_the_third_day(
    make_project: MakeProject, web: Web
) -> None:
    uri = web.url('/dead')
    project = project_with(make_project, uri)
    first, second, third = on_days(project, 3)
    for number, found in enumerate((first, second), start=1):
        assert found.status_code == 0
        assert found.warnings == []
        assert found.statuses == {uri: 'broken'}
        assert failures(found) == [(number, False)]
        (link,) = found.facts()
        days = '1 day' if number == 1 else '2 days'
        since = f'failing since {link["since"]}, on {days}'
        assert f'{uri} - 404 Client Error: Not Found ({since})' in found.shown
        assert f'page not found (404), {since}' in found.shown
        assert found.below(NOT_YET) == [uri]
        assert found.below('Dead') == []
        assert '[broken]' in found.files['output.txt']
    assert third.status_code == 1
    assert failures(third) == [(3, True)]
    assert third.below(NOT_YET) == []
    assert third.below('Dead') == [uri]
    # As seen from the third day, for all days have become older since.
    (new,), (old,) = third.facts(), first.facts()
    assert (
        date.fromisoformat(old['since']) - date.fromisoformat(new['since'])
    ).days == 2


def test_what_does_not_fail_yet_is_no_warning(
    make_project: MakeProject, web: Web
) -> None:
    project = project_with(
        make_project,
        web.url('/dead'),
        linkcheck_cache=True,
        linkcheck_strikes=2,
        linkcheck_cache_duration=0,
    )
    found = run_apart(project, '-q', '-W')
    assert found.status_code == 0
    assert found.printed == ''
    days_pass(found.cache, 1)
    found = run_apart(project, '-q', '-W')
    assert found.status_code == 1
    (warned,) = found.warnings
    assert warned.place == 'page.rst:4'
    assert warned.text.startswith(f'broken link: {web.url("/dead")}')


def test_a_second_failure_of_one_day_does_not_count(
    make_project: MakeProject, web: Web
) -> None:
    project = project_with(make_project, web.url('/dead'), linkcheck_cache=True)
    for _ in range(4):
        found = run(project, **THREE)
        assert failures(found) == [(1, False)]


def test_what_is_remembered_is_no_new_failure(
    make_project: MakeProject, web: Web
) -> None:
    project = project_with(make_project, web.url('/dead'))
    first, *others = on_days(project, 4, linkcheck_cache_duration=30)
    assert asked(web) == ['/dead']
    assert {tuple(failures(found)) for found in others} == {((1, False),)}
    assert {found.status_code for found in (first, *others)} == {0}


def test_a_success_in_between_clears_what_was_counted(
    make_project: MakeProject, web: Web
) -> None:
    uri = web.url('/page')
    project = project_with(make_project, uri)
    assert failures(on_days(project, 2)[-1]) == [(2, False)]
    web.page('/page')
    assert failures(on_days(project, 1)[-1]) == [(0, False)]
    web.page('/page', status=404)
    days = on_days(project, 3)
    assert [failures(found) for found in days] == [
        [(1, False)],
        [(2, False)],
        [(3, True)],
    ]
    assert [found.status_code for found in days] == [0, 0, 1]


def test_timeouts_count_too(make_project: MakeProject, web: Web) -> None:
    uri = web.on('/stuck', hang)
    project = project_with(make_project, uri, linkcheck_timeout=2, linkcheck_retries=1)
    days = on_days(project, 3)
    assert [found.statuses for found in days] == [{uri: 'timeout'}] * 3
    assert [found.status_code for found in days] == [0, 0, 1]
    assert days[1].below(NOT_YET) == [uri]
    assert days[2].below('Timed out') == [uri]


def test_what_is_neither_dead_nor_alive_neither_counts_nor_clears(
    make_project: MakeProject, web: Web
) -> None:
    uri = web.url('/page')
    project = project_with(make_project, uri)
    assert failures(on_days(project, 1)[-1]) == [(1, False)]
    web.page('/', status=403)
    web.page('/page', status=403)
    (blocked,) = on_days(project, 1)
    assert [link['verdict'] for link in blocked.facts()] == ['blocked']
    web.on('/page', hang)
    (unchecked,) = on_days(project, 1, linkcheck_total_timeout=0.2)
    assert [link['verdict'] for link in unchecked.facts()] == ['unchecked']
    assert failures(blocked) == failures(unchecked) == [(0, False)]
    web.page('/page', status=404)
    (last,) = on_days(project, 1)
    assert failures(last) == [(2, False)]


def test_a_file_that_is_not_there_fails_at_once(
    make_project: MakeProject, web: Web
) -> None:
    project = project_with(make_project, '`it <missing.txt>`__\n')
    (found,) = on_days(project, 1)
    assert found.status_code == 1
    assert failures(found) == [(1, True)]


def test_strikes_without_a_cache_are_a_clear_error(make_project: MakeProject) -> None:
    project = project_with(make_project, '', linkcheck_strikes=2)
    with (
        pytest.raises(ConfigError, match='linkcheck_strikes needs linkcheck_cache'),
        project.app('linkcheck'),
    ):
        pass


# -- known as dead -------------------------------------------------------------

KNOWN = {'linkcheck_known_dead': 'known.json'}


def test_known_links_do_not_fail_and_new_ones_do(
    make_project: MakeProject, web: Web
) -> None:
    known, new, late = web.url('/known'), web.url('/new'), web.on('/late', hang)
    project = project_with(
        make_project,
        f'{known}\n{new}\n{late}\n',
        linkcheck_timeout=2,
        linkcheck_retries=1,
    )
    before = run(project)
    assert set(before.statuses.values()) == {'broken', 'timeout'}
    found = run(accepting(project, known, late), **KNOWN)
    assert found.status_code == 1
    assert found.statuses == {known: 'ignored', new: 'broken', late: 'ignored'}
    assert found.rows[known]['info'] == f'accepted as dead: {NOT_FOUND}{known}'
    assert found.below('Dead') == [new]
    assert '2 accepted as dead' in found.shown
    facts = {link['uri']: link for link in found.facts()}
    assert facts[known]['known'] is True
    assert facts[known]['verdict'] == 'dead'
    assert not facts[known]['fails']
    assert 'known' not in facts[new]
    assert new in found.files['output.txt']
    assert known not in found.files['output.txt']
    assert run(accepting(project, known, late, new), **KNOWN).status_code == 0


def test_what_came_back_and_what_nobody_links_to_is_named(
    make_project: MakeProject, web: Web
) -> None:
    alive, moved = web.page('/alive'), web.on('/moved', redirect('/alive', 301))
    anchored = web.page('/anchored', '<p id="here">')
    dead, unused = web.url('/dead'), 'https://example.org/unused'
    project = project_with(
        make_project, '\n'.join([alive, moved, f'{anchored}#here', dead])
    )
    listed = [alive, moved, anchored, dead, unused]
    found = run(accepting(project, *listed), **KNOWN)
    assert found.status_code == 0
    back = found.below('Accepted as dead, but alive: remove these from the list')
    assert back == [alive, moved, f'{anchored}#here']
    assert found.below('Accepted as dead, but no page links to them any more') == [
        unused
    ]
    assert found.statuses[alive] == 'working'


def test_a_page_that_is_known_covers_its_anchors_and_no_anchor_its_page(
    make_project: MakeProject, web: Web
) -> None:
    page, other = web.url('/page'), web.url('/other')
    uris = [page, f'{page}#a', f'{page}#b', other, f'{other}#a', f'{other}#b']
    project = project_with(make_project, '\n'.join(uris))
    found = run(accepting(project, page, f'{other}#a'), **KNOWN)
    assert found.status_code == 1
    states = ['ignored', 'ignored', 'ignored', 'broken', 'ignored', 'broken']
    assert found.statuses == dict(zip(uris, states, strict=True))


@pytest.mark.parametrize(
    'text',
    ['', '{"version": 1', '{"version": 2, "links": {}}', '[]', None],
    ids=['empty', 'half', 'newer', 'list', 'missing'],
)
def test_of_a_broken_file_nothing_is_accepted(
    make_project: MakeProject, web: Web, text: str | None
) -> None:
    uri = web.url('/dead')
    project = project_with(make_project, uri)
    if text is not None:
        (project.srcdir / 'known.json').write_text(text)
    found = run(project, **KNOWN)
    (warned,) = found.warnings
    assert warned.type == 'linkcheck.known-dead'
    assert 'known.json' in warned.text
    assert found.statuses == {uri: 'broken'}
    assert found.status_code == 1


def accept(found: Run, *options: str) -> str:
    """Accept what a check found dead, as a user does; return what is said."""
    files = found.outdir / 'report.json', found.srcdir / 'known.json'
    return subprocess.run(
        [sys.executable, '-m', 'sphinx_linkaudit', 'accept', *options, *files],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def test_what_is_accepted_fails_no_further_check(
    make_project: MakeProject, web: Web
) -> None:
    page = web.page('/page', '<p id="here">')
    uris = [web.url('/dead'), web.url('/dead#a'), f'{page}#here', f'{page}#gone']
    project = accepting(project_with(make_project, '\n'.join(uris)))
    first = run(project, **KNOWN)
    assert first.status_code == 1
    assert '3 added' in accept(first)
    second = run(project, **KNOWN)
    assert second.status_code == 0
    states = ['ignored', 'ignored', 'working', 'ignored']
    assert second.statuses == dict(zip(uris, states, strict=True))
    # Of what is back, the file is rid as it is told.
    web.page('/dead')
    assert f'alive again, dropped: {uris[0]}' in accept(
        run(project, **KNOWN), '--prune'
    )
    assert run(project, **KNOWN).below('Accepted as dead, but alive') == []
    web.page('/dead', status=404)
    assert run(project, **KNOWN).status_code == 1


def test_what_has_not_failed_for_long_enough_is_not_accepted(
    make_project: MakeProject, web: Web
) -> None:
    project = accepting(project_with(make_project, web.url('/dead')))
    days = on_days(project, 2, **KNOWN)
    assert '0 added' in accept(days[-1])
    (third,) = on_days(project, 1, **KNOWN)
    assert third.status_code == 1
    assert '1 added' in accept(third)
    assert run(project, **THREE | KNOWN).status_code == 0


def test_a_check_of_some_pages_says_of_no_link_that_nobody_has_it(
    make_project: MakeProject, web: Web
) -> None:
    files = {'page.rst': TITLE + web.url('/dead'), 'other.rst': TITLE + web.url('/o')}
    project = accepting(project_with(make_project, files), web.url('/o'))
    settings = {'confoverrides': KNOWN}
    with project.app('linkcheck', **settings) as app:
        app.build(filenames=[project.srcdir / 'page.rst'])
        shown = app.status.getvalue()
    assert web.url('/dead') in shown
    assert 'nobody links to them' not in shown
    # All of them are looked at here.
    project.write({'other.rst': TITLE})
    assert run(project, **KNOWN).below('Accepted as dead, but no page') == [
        web.url('/o')
    ]


# -- what may change what was remembered ---------------------------------------


def test_a_redirect_that_is_ignored_now_is_looked_at_again(
    make_project: MakeProject, web: Web
) -> None:
    moved, fine = web.on('/moved', redirect('/target')), web.page('/fine')
    web.page('/target')
    project = project_with(make_project, f'{moved}\n{fine}\n', linkcheck_cache=True)
    assert run(project).statuses == {moved: 'redirected', fine: 'working'}
    count = len(web.log)
    found = run(project, linkcheck_ignore=['.*/target'])
    assert found.statuses == {moved: 'ignored', fine: 'working'}
    assert asked(web, count) == ['/moved']
    count = len(web.log)
    assert run(project).statuses == {moved: 'redirected', fine: 'working'}
    assert asked(web, count) == ['/moved', '/target']


@pytest.mark.parametrize('what', ['rate limit', 'judge'])
def test_other_rules_make_all_be_asked_for_again(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    uri = web.page('/page')
    project = project_with(make_project, uri, linkcheck_cache=True)
    run(project)
    count = len(web.log)
    run(project)
    assert asked(web, count) == []
    if what == 'judge':
        monkeypatch.setattr('sphinx_linkaudit.options.VERSION', -1)
        run(project)
    else:
        run(project, linkcheck_rate_limit_timeout=7.0)
    assert asked(web, count) == ['/page']


@pytest.mark.parametrize('lock', ['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'])
def test_a_locked_cache_makes_no_first_day_fail(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    monkeypatch.setattr('sphinx_linkaudit.options.Cache', hasty)
    project = project_with(
        make_project, web.url('/dead'), linkcheck_cache=True, linkcheck_strikes=2
    )
    first = run(project)
    assert first.status_code == 0
    other = sqlite3.connect(first.cache, isolation_level=None)
    other.execute(lock)
    found = run(project)
    assert found.status_code == 0
    assert 'locked' in found.printed
    other.close()
    days_pass(first.cache, 1)
    assert run(project, linkcheck_cache_duration=0).status_code == 1


def hasty(path: Path, days: Any, settings: str) -> Cache:
    """Return a cache that waits for no other process."""
    return Cache(path, days, settings, patience=0.01)


def test_an_entry_that_is_over_makes_its_link_fail(
    make_project: MakeProject, web: Web
) -> None:
    uri = web.url('/dead')
    project = project_with(make_project, uri, linkcheck_known_dead='known.json')
    for until, status in (('2000-01-01', 1), ('9999-12-31', 0)):
        rows = {uri: {'reason': 'Moving.', 'until': until}}
        project.write({'known.json': json.dumps({'version': 1, 'links': rows})})
        found = run(project)
        assert found.status_code == status
        assert [link.get('known', False) for link in found.facts()] == [not status]
