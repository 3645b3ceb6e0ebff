"""The file of known dead links: read, written, and what a check adds to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from commands import Done, run_command
from projects import PYTHONPATH
from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.memory.jsonfile import JsonFileError
from sphinx_linkaudit.memory.known import KnownDead, dump, find, load, outdated
from sphinx_linkaudit.memory.report import REPORT_VERSION
from sphinx_linkaudit.repair.accepted import Choice, accept
from sphinx_linkaudit.tell import findings
from sphinx_linkaudit.verdicts import VERDICTS
from web import Web

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures import MakeProject

ENTRY = {'since': '2012-05-31', 'reason': 'closed'}


def written(path: Path, content: object) -> Path:
    """Write a file of known dead links, as text or as what is to be JSON."""
    file = path / 'known-dead.json'
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding='utf-8')
    return file


def document(**entries: Any) -> dict[str, Any]:
    """Return a document whose one entry, for http://a.example/, is as given."""
    return {'version': 1, 'links': {'http://a.example/': {**ENTRY, **entries}}}


def report(**verdicts: str) -> dict[str, Any]:
    """Return a report; a name stands for the page of that name."""
    links = [
        {
            'uri': url(name),
            'verdict': verdict.replace('_', ' '),
            'what': 'page not found',
            'places': [{'docname': 'page', 'path': 'page.rst', 'line': 1}],
        }
        for name, verdict in verdicts.items()
    ]
    return {
        'version': 1,
        'project': 'P',
        'finished': '2026-11-22T10:00:00+00:00',
        'links': links,
    }


def one_link(**more: Any) -> dict[str, Any]:
    """Return a report whose one link has *more*, which may be odd."""
    found = report(a='dead')
    found['links'][0] |= more
    return found


def url(name: str) -> str:
    return f'https://{name}.example/'


# -- the file ------------------------------------------------------------------


def test_what_is_written_is_read_again_and_sorted(tmp_path: Path) -> None:
    links = {
        'https://é.example/"x"?a=b#c': KnownDead('gone', '2012'),
        '//a.example/': KnownDead(
            'closed — for good',
            '2012-05-31',
            'https://web.archive.org/web/2011/http://a.example/',
            'now at B',
            ('https://s.example/', 'https://t.example/'),
        ),
        'HTTP://b.example/': KnownDead('unknown since when'),
    }
    text = dump(links)
    assert load(written(tmp_path, text)) == links
    assert list(json.loads(text)['links']) == sorted(links)
    assert text.endswith('}\n')
    assert '\n  "https://é.example/' in text  # UTF-8, indented by one
    assert dump(load(written(tmp_path, text))) == text


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = written(tmp_path, '\ufeff' + json.dumps(document()))
    assert load(file) == {'http://a.example/': KnownDead('closed', '2012-05-31')}


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        ('', 'not JSON'),
        ('{"version": 1, "links": {},}', 'not JSON'),
        ('[' * 200_000, 'not JSON'),
        ([], 'has to be an object'),
        ({'links': {}}, 'version is None'),
        ({'version': 2, 'links': {}}, 'version is 2'),
        ({'version': True, 'links': {}}, 'version is True'),
        ({'version': 1}, 'links: missing'),
        ({'version': 1, 'links': []}, 'links has to be an object'),
        ({'version': 1, 'links': {}, 'more': 1}, "unknown: 'more'"),
        ('{"version": 1, "links": {"x": {}, "x": {}}}', "duplicate key: 'x'"),
        ('{"version": 1, "version": 1, "links": {}}', 'duplicate key'),
    ],
)
def test_a_file_that_is_none_is_named(
    tmp_path: Path, content: object, said: str
) -> None:
    file = written(tmp_path, content)
    with pytest.raises(JsonFileError) as caught:
        load(file)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f'{file}: ')


@pytest.mark.parametrize(
    ('entry', 'said'),
    [
        ({'since': 2012}, 'since has to be a string'),
        ({'since': '31 May 2012'}, "'31 May 2012' is not YYYY"),
        ({'since': '2012-02-30'}, 'is not YYYY'),
        ({'since': '2012-13'}, 'is not YYYY'),
        ({'since': '20120531'}, 'is not YYYY'),
        ({'since': '2012-W22-4'}, 'is not YYYY'),
        ({'reason': None}, 'reason has to be a string'),
        ({'reason': ''}, 'reason is empty'),
        ({'reason': 'two\nlines'}, 'reason has to be one line'),
        ({'reason': '\ud800'}, 'reason has to be one line'),
        ({'archived': 'a.example'}, 'archived: '),
        ({'archived': 'javascript:alert(1)'}, 'archived: '),
        ({'words': []}, 'words has to be a string'),
        ({'source': 'https://s.example/'}, 'source has to be a list'),
        ({'source': ['s']}, "source: 's' is not a web address"),
        ({'source': [1]}, 'source: 1 is not a web address'),
        ({'reasons': 'x'}, "unknown: 'reasons'"),
    ],
)
def test_a_wrong_entry_is_named(
    tmp_path: Path, entry: dict[str, Any], said: str
) -> None:
    file = written(tmp_path, document(**entry))
    with pytest.raises(JsonFileError) as caught:
        load(file)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{file}: 'http://a.example/': ")


@pytest.mark.parametrize(
    'uri', ['', 'a.example', 'mailto:a@b.example', 'http://', 'http://[::1', '/x', '//']
)
def test_an_entry_for_what_is_no_address_is_named(tmp_path: Path, uri: str) -> None:
    with pytest.raises(JsonFileError, match='not a web address'):
        load(written(tmp_path, {'version': 1, 'links': {uri: ENTRY}}))


def test_a_missing_and_an_unreadable_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(JsonFileError, match=r'none\.json: No such file'):
        load(tmp_path / 'none.json')
    with pytest.raises(JsonFileError, match='Is a directory'):
        load(tmp_path)
    if hasattr(os, 'mkfifo'):
        os.mkfifo(tmp_path / 'pipe')
        with pytest.raises(JsonFileError, match='pipe: not a file'):
            load(tmp_path / 'pipe')
    (tmp_path / 'latin').write_bytes(b'{"\xe9": 1}')
    with pytest.raises(JsonFileError, match='latin: not UTF-8'):
        load(tmp_path / 'latin')


# -- accepting -----------------------------------------------------------------


def test_only_what_is_dead_is_accepted() -> None:
    verdicts = {kind.replace(' ', ''): kind for kind in VERDICTS}
    accepted = accept(report(**verdicts), {})
    assert accepted.links == {url('dead'): KnownDead('page not found', '2026-11-22')}
    assert accepted.added == (url('dead'),)
    assert accepted[2:] == ((), (), ())


def test_an_entry_stays_as_it_was_written() -> None:
    known = {
        url('a'): KnownDead('mine', '2012', url('copy'), 'my words', (url('s'),)),
        url('z'): KnownDead('mine too'),
    }
    accepted = accept(report(a='dead', b='dead', z='blocked'), known)
    assert accepted.links == {
        **known,
        url('b'): KnownDead('page not found', '2026-11-22'),
    }
    assert accepted.added == (url('b'),)
    assert accepted.alive == accepted.unused == ()


def test_what_lives_again_or_is_used_no_more_is_named_and_pruned_only_if_asked() -> (
    None
):
    known = {url(name): KnownDead('gone') for name in 'abcde'}
    accepted = accept(report(a='working', b='moved', c='timed_out', d='dead'), known)
    assert accepted.links == known
    assert accepted.alive == (url('a'), url('b'))
    assert accepted.unused == (url('e'),)
    assert set(accepted.pruned()) == {url('c'), url('d')}


def test_a_page_stands_for_its_anchors() -> None:
    known = {url('a'): KnownDead('gone')}
    found = report(x='dead')
    found['links'][0]['uri'] = f'{url("a")}#here'
    accepted = accept(found, known)
    assert accepted.links == known
    assert accepted.unused == ()
    # But an anchor that is gone says nothing of its page.
    known = {f'{url("a")}#here': KnownDead('no such place')}
    accepted = accept(report(a='dead'), known)
    assert accepted.added == (url('a'),)
    assert accepted.unused == (f'{url("a")}#here',)


def test_what_is_no_address_of_the_web_is_refused() -> None:
    found = report(x='dead', y='dead')
    found['links'][0]['uri'] = 'no-such-file.html'
    accepted = accept(found, {})
    assert accepted.refused == ('no-such-file.html',)
    assert accepted.added == (url('y'),)


def test_what_is_accepted_can_be_loaded(tmp_path: Path) -> None:
    links = accept(report(a='dead'), {}).links
    assert load(written(tmp_path, dump(links))) == links


def test_the_report_is_of_the_version_that_is_written() -> None:
    assert REPORT_VERSION == findings.VERSION


def test_a_link_is_dead_since_the_day_on_which_it_was_first_seen_to_be() -> None:
    found = report(a='dead', b='dead')
    found['links'][0]['since'] = '2026-10-01'
    links = accept(found, {}).links
    assert links[url('a')].since == '2026-10-01'
    assert links[url('b')].since == '2026-11-22'
    chosen = accept(found, {}, Choice(since='2020-02-02')).links
    assert {entry.since for entry in chosen.values()} == {'2020-02-02'}


def test_what_is_accepted_can_be_chosen() -> None:
    found = report(a='dead', b='dead', c='timed_out', d='suspect', e='working')

    def added(**choice: Any) -> str:
        chosen = accept(found, {}, Choice(**choice)).added
        return ''.join(uri[8] for uri in chosen)

    assert added() == 'ab'
    assert added(only=(re.compile('https://a'),)) == 'a'
    assert added(excepted=(re.compile('https://a'),)) == 'b'
    assert (
        added(only=(re.compile('.*[ab]'),), excepted=(re.compile('https://b'),)) == 'a'
    )
    assert added(verdicts=frozenset({'timed out'})) == 'c'
    assert added(verdicts=frozenset({'dead', 'suspect'})) == 'abd'
    found['links'][0]['reason'] = 'error'  # that may pass
    assert added() == 'b'
    assert added(verdicts=frozenset({'dead'})) == 'ab'
    found['links'][2]['fails'] = False  # by setting
    assert added(verdicts=frozenset({'timed out'})) == 'c'
    found['links'][2]['failures'] = 1  # not on enough days
    assert added(verdicts=frozenset({'timed out'})) == ''


def test_an_address_with_a_login_is_found_without_it() -> None:
    written = 'https://ann:secret@a.example/x'
    found = report(a='dead')
    found['links'][0]['uri'] = masked(written)
    known = accept(found, {}).links
    assert 'secret' not in dump(known)
    assert find(known, f'{written}#y') is known[masked(written)]
    assert find({written: 1}, written) == 1
    assert outdated([written], [(masked(written), 'working')]) == ((written,), ())


def test_an_entry_holds_until_its_last_day(tmp_path: Path) -> None:
    entry = accept(report(a='dead'), {}, Choice(until='2026-12-24', why='Moving')).links
    (loaded,) = load(written(tmp_path, dump(entry))).values()
    assert (loaded.until, loaded.reason) == ('2026-12-24', 'Moving')
    assert not loaded.is_over('2026-12-24')
    assert loaded.is_over('2026-12-25')
    assert not KnownDead('for good').is_over('9999-12-31')
    # Once that is over, it can be accepted again.
    known = {url('a'): KnownDead('Mine', '2011', url('copy'), until='2026-11-22')}
    found = report(a='dead')
    assert accept(found, known, Choice(until='2027-12-24')).links == known
    found['finished'] = '2026-11-23T00:00:00+00:00'
    again = accept(found, known, Choice(until='2027-12-24'))
    renewed = known[url('a')]._replace(until='2027-12-24')
    assert (again.links, again.added) == ({url('a'): renewed}, (url('a'),))
    again = accept(found, known, Choice(why='Still moving'))
    renewed = known[url('a')]._replace(until='', reason='Still moving')
    assert again.links == {url('a'): renewed}
    broken = {'version': 1, 'links': {url('a'): {'reason': 'x', 'until': '2026'}}}
    with pytest.raises(JsonFileError, match="until: '2026' is not YYYY-MM-DD"):
        load(written(tmp_path, broken))


# -- the command ---------------------------------------------------------------


def run(*arguments: object, **variables: str) -> Done:
    """Run the command: in a process of its own only if *variables* are to be set."""
    if not variables:
        return run_command(*arguments)
    done = subprocess.run(
        [sys.executable, '-m', 'sphinx_linkaudit', *map(str, arguments)],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH, **variables},
        capture_output=True,
        encoding='utf-8',
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def files(path: Path, found: object, known: object = None) -> tuple[Path, Path]:
    """Write a report and, unless it is None, a file of known dead links."""
    one = path / 'report.json'
    one.write_text(found if isinstance(found, str) else json.dumps(found))
    return one, path / 'known-dead.json' if known is None else written(path, known)


def test_the_command_makes_a_file_and_says_what_is_in_it(tmp_path: Path) -> None:
    paths = files(tmp_path, report(a='dead', b='timed_out', c='dead'))
    done = run('accept', *paths)
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout == (
        f'added: {url("a")}\nadded: {url("c")}\n'
        'known-dead.json: 2 added, 0 kept, 0 alive again, 0 on no page any more\n'
    )
    assert load(paths[1]) == {
        url(name): KnownDead('page not found', '2026-11-22') for name in 'ac'
    }
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        'known-dead.json',
        'report.json',
    ]


def test_the_command_names_what_it_keeps_and_drops_it_if_asked(tmp_path: Path) -> None:
    known = {url(name): KnownDead('gone') for name in 'abc'}
    paths = files(tmp_path, report(a='dead', b='working'), dump(known))
    done = run('accept', *paths)
    assert done.stdout == (
        f'alive again: {url("b")}\non no page any more: {url("c")}\n'
        'known-dead.json: 0 added, 3 kept, 1 alive again, 1 on no page any more\n'
    )
    assert load(paths[1]) == known
    done = run('accept', *paths, '--prune')
    assert f'alive again, dropped: {url("b")}\n' in done.stdout
    assert f'on no page any more, dropped: {url("c")}\n' in done.stdout
    assert list(load(paths[1])) == [url('a')]


def test_the_command_takes_a_date(tmp_path: Path) -> None:
    paths = files(tmp_path, report(a='dead'))
    assert run('accept', *paths, '--date', '2012-05-31').returncode == 0
    assert load(paths[1])[url('a')].since == '2012-05-31'


def test_the_command_leaves_a_file_alone_that_says_it_all(tmp_path: Path) -> None:
    # Written by hand, in another order and form.
    text = json.dumps({'links': {url('a'): ENTRY}, 'version': 1})
    paths = files(tmp_path, report(a='dead'), text)
    assert run('accept', *paths).returncode == 0
    assert paths[1].read_text() == text


def test_the_command_keeps_mode_and_symbolic_link(tmp_path: Path) -> None:
    paths = files(tmp_path, report(a='dead'), document())
    paths[1].chmod(0o640)
    link = tmp_path / 'link.json'
    link.symlink_to(paths[1])
    assert run('accept', paths[0], link).returncode == 0
    assert link.is_symlink()
    assert paths[1].stat().st_mode & 0o777 == 0o640
    assert url('a') in load(paths[1])


def test_the_command_shows_what_no_terminal_should_do(tmp_path: Path) -> None:
    found = report(x='dead', y='dead')
    found['links'][0]['uri'] = 'x\x1b[31m'
    found['links'][1]['uri'] = 'http://é.example/'
    done = run('accept', *files(tmp_path, found), PYTHONIOENCODING='ascii')
    assert done.returncode == 0
    assert 'not a web address: x\\x1b[31m\n' in done.stdout
    assert 'added: http://\\xe9.example/\n' in done.stdout


def test_the_command_takes_what_is_chosen(tmp_path: Path) -> None:
    paths = files(tmp_path, report(a='dead', b='dead', c='timed_out'))
    options = ['--only', 'ps://[ac]', '--except', 'http:', '--verdict', 'timed out']
    over = run('accept', *paths, *options, '--until', '2026-01-01')
    assert (over.returncode, over.stderr.count('\n')) == (2, 1)
    assert '2026-01-01: that day is over' in over.stderr
    none = run('accept', *paths, *options, '--except', '/c')
    assert none.stdout.splitlines()[0] == 'no link to add is among those chosen'
    done = run('accept', *paths, *options, '--until', '9999-12-24', '--why', 'Moving')
    assert (done.returncode, done.stderr) == (0, '')
    entry = KnownDead('Moving', '2026-11-22', until='9999-12-24')
    assert load(paths[1]) == {url('c'): entry}


def test_nothing_is_pruned_by_a_check_that_did_not_finish(tmp_path: Path) -> None:
    known = dump({url('z'): KnownDead('gone')})
    paths = files(tmp_path, report(a='dead') | {'complete': False}, known)
    done = run('accept', *paths, '--prune')
    assert done.returncode == 2
    assert done.stderr.count('\n') == 1
    assert 'did not finish' in done.stderr
    assert paths[1].read_text() == known
    done = run('accept', *paths)
    assert '1 added, 1 kept, 0 alive again, 0 on no page any more' in done.stdout


def failing(reason: str, number: int, working: int = 0) -> dict[str, Any]:
    """Return a report of so many hosts that fail, and so many that work."""
    found = report(
        **{f'a{n}': 'dead' for n in range(number)},
        **{f'b{n}': 'working' for n in range(working)},
    )
    for link in found['links'][:number]:
        link['reason'] = reason
    return found


@pytest.mark.parametrize(
    ('found', 'is_outage'),
    [
        (failing('no-host', 20), True),
        (failing('refused', 11, working=9), True),
        (failing('timeout', 9, working=11), False),
        (failing('not-found', 20), False),
        (failing('no-host', 4), False),  # a few links of a small project
        (failing('no-network', 1, working=20), True),
    ],
)
def test_nothing_is_accepted_from_an_outage(
    tmp_path: Path, found: dict[str, Any], is_outage: bool
) -> None:
    paths = files(tmp_path, found)
    done = run('accept', *paths, '--verdict', 'dead')
    assert done.returncode == (2 if is_outage else 0)
    assert paths[1].exists() != is_outage
    if is_outage:
        assert 'looks like one of an outage' in done.stderr
        assert run('accept', *paths, '--force').returncode == 0


@pytest.mark.parametrize(
    'arguments',
    [
        [],
        ['accept', 'report.json', 'x.json', '--only', '('],
        ['accept', 'report.json', 'x.json', '--verdict', 'fine'],
        ['accept', 'report.json', 'x.json', '--until', 'soon'],
        ['accept', 'report.json', 'x.json', '--why', ''],
        ['accept', 'report.json', 'x.json', '--why', 'two\nlines'],
        ['accept'],
        ['accept', 'report.json'],
        ['accept', 'report.json', 'x.json', '--date', '31.5.2012'],
        ['accept', 'report.json', 'x.json', '--date', '2012'],
        ['reject', 'report.json', 'x.json'],
    ],
)
def test_wrong_usage_has_a_status_of_its_own(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert 'usage: sphinx-linkaudit' in done.stderr


@pytest.mark.parametrize(
    ('found', 'known', 'said'),
    [
        (report() | {'complete': 'no'}, None, 'complete has to be true or false'),
        (
            report() | {'finished': '20260102T030405'},
            None,
            'has no date',
        ),
        (report() | {'finished': '2026-W02-3'}, None, 'has no date'),
        (one_link(reason=['x']), None, 'reason has to be a string'),
        (one_link(reason={}), None, 'reason has to be a string'),
        (one_link(fails='no'), None, 'fails has to be true or false'),
        (one_link(since='today'), None, "since: 'today' is not YYYY-MM-DD"),
        (one_link(what=''), None, 'what has to be one line'),
        (one_link(what='a\nb'), None, 'what has to be one line'),
        (one_link(what='\ud800'), None, 'what has to be one line'),
        ('{}', None, 'report.json: not a report of a link check: its version is None'),
        ('no', None, 'report.json: not JSON'),
        (report() | {'version': 2}, None, 'its version is 2; only 1 is supported'),
        (report() | {'links': [{}]}, None, 'uri has to be a string'),
        (report() | {'links': [1]}, None, 'uri has to be a string'),
        (report() | {'finished': 'soon'}, None, 'Invalid isoformat'),
        (report(a='dead'), {'version': 1}, 'known-dead.json: links: missing'),
    ],
)
def test_a_bad_file_is_one_line_and_nothing_is_written(
    tmp_path: Path, found: object, known: object, said: str
) -> None:
    paths = files(tmp_path, found, known)
    before = paths[1].read_bytes() if known else None
    done = run('accept', *paths)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith('sphinx-linkaudit: ')
    assert said in line
    assert (paths[1].read_bytes() if paths[1].exists() else None) == before


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    one, _file = files(tmp_path, report(a='dead'))
    done = run('accept', one, tmp_path / 'none' / 'known-dead.json')
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith('known-dead.json: No such file or directory')


@pytest.mark.parametrize('arguments', [['--help'], ['accept', '--help']])
def test_the_command_explains_itself(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 0
    assert 'accept the links that a check found dead' in done.stdout.lower()
    if 'accept' in arguments:
        for word in ('REPORT', 'FILE', '--prune', '--date', 'linkcheck_known_dead'):
            assert word in done.stdout


def test_the_command_reads_what_a_check_writes(
    make_project: MakeProject, tmp_path: Path
) -> None:
    with Web() as web:
        good, dead = web.page('/good'), web.url('/dead')
        files = {
            'conf.py': "extensions = ['sphinx_linkaudit']\n",
            'page.rst': f'Page\n====\n\n{good}\n{dead}\n',
        }
        build = make_project(files).build('linkcheck')
    file = tmp_path / 'known-dead.json'
    assert run('accept', build.outdir / 'report.json', file).returncode == 0
    ((uri, entry),) = load(file).items()
    assert uri == dead
    assert entry.reason == 'page not found'
