"""Archived copies are looked up politely, and a run goes on where one was killed."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from commands import run_command
from projects import PYTHONPATH
from sphinx_linkaudit.memory.known import load
from web import Web, answer, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from commands import Done
    from web import Behaviour, Peer, Request

#: Nobody is asked at these addresses: they are the archived ones.
PAGE = 'http://www.example.org'
KEYS = {'IA_ACCESS_KEY_ID': 'the-key', 'IA_SECRET_ACCESS_KEY': 'the-secret'}
SECONDS = 60
LONG_AGO = 'Tue, 07 Jun 2011 00:00:00 GMT'


def run(*arguments: object, **variables: str) -> Done:
    """Run the command with no pauses between requests."""
    variables = {**environ(), **variables}
    return run_command('archive', *arguments, '--delay', 0, environ=variables)


COMMAND = [sys.executable, '-m', 'sphinx_linkaudit', 'archive']


def environ() -> dict[str, str]:
    """Return the environment without what would lead elsewhere."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith('IA_')}
    return {**kept, 'PYTHONPATH': PYTHONPATH, 'NETRC': os.devnull, 'no_proxy': '*'}


def report(folder: Path, **verdicts: str) -> Path:
    """Write the report of a check: path of a page -> verdict."""
    links = [
        {
            'uri': f'{PAGE}/{name}',
            'verdict': verdict.replace('_', ' '),
            'reason': 'ok',
            'what': 'it answers',
            'places': [],
        }
        for name, verdict in verdicts.items()
    ]
    document = {'version': 1, 'finished': '2026-11-22T08:00:00+00:00', 'links': links}
    path = folder / 'report.json'
    path.write_text(json.dumps(document))
    return path


def known(folder: Path, **entries: dict[str, Any]) -> Path:
    """Write a file of known dead links: path of a page -> its entry."""
    rows = {f'{PAGE}/{n}': {'reason': 'Gone.', **row} for n, row in entries.items()}
    path = folder / 'known-dead.json'
    path.write_text(json.dumps({'version': 1, 'links': rows}))
    return path


def copies(path: Path) -> dict[str, str]:
    """Return where copies are, by path of the page; '-' where no archive has one."""
    return {
        urlsplit(uri).path[1:]: entry.archived or '-' * bool(entry.no_copy)
        for uri, entry in load(path).items()
    }


# -- a real archive ------------------------------------------------------------


def wayback() -> str:
    """Return pywb's server, an archive of its own."""
    name = os.environ.get('WAYBACK') or shutil.which('wayback')
    if not name and os.environ.get('ARCHIVE_TESTS') != 'required':
        pytest.skip('pywb is not installed: WAYBACK names its command')
    assert name
    return name


@pytest.fixture(scope='module')
def pywb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run pywb with some copies in it, and give the address of its TimeGate."""
    server = Path(wayback())
    folder = tmp_path_factory.mktemp('archive')
    (folder / 'config.yaml').write_text('framed_replay: false\nenable_memento: true\n')
    warc = str(folder / 'pages.warc.gz')
    record = [str(server.with_name('python')), '-c', RECORD, warc]
    subprocess.run(record, check=True, timeout=SECONDS)
    manage = [str(server.with_name('wb-manager'))]
    for step in (['init', 'notes'], ['add', 'notes', 'pages.warc.gz']):
        subprocess.run(
            [*manage, *step],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    with (
        (folder / 'log').open('w') as log,
        subprocess.Popen(
            [server, '-b', '127.0.0.1', '-p', str(port)],
            cwd=folder,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            wait_for(port, process)
            yield f'http://127.0.0.1:{port}/notes/'
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server takes connections."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(('127.0.0.1', port), 1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail('pywb does not start')


#: Writes the copies: run by the Python that has warcio.
RECORD = """
import sys
from io import BytesIO
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

def write(writer, path, day, status='200 OK', **headers):
    head = [('Content-Type', 'text/html'), *headers.items()]
    record = writer.create_warc_record(
        f'http://www.example.org/{path}',
        'response',
        payload=BytesIO(b'<title>A page</title><p>It was here.'),
        http_headers=StatusAndHeaders(status, head, protocol='HTTP/1.1'),
        warc_headers_dict={'WARC-Date': f'{day}T00:00:00Z'},
    )
    writer.write_record(record)

with open(sys.argv[1], 'wb') as file:
    writer = WARCWriter(file, gzip=True)
    write(writer, 'twice', '2011-06-01')
    write(writer, 'twice', '2015-06-01')
    write(writer, 'error-nearest', '2011-06-07', '404 Not Found')
    write(writer, 'error-nearest', '2009-06-07')
    write(writer, 'errors-alone', '2011-06-07', '500 Internal Server Error')
    write(writer, 'moved', '2011-06-07', '301 Moved', Location='/twice')
"""


def test_a_real_archive_gives_the_nearest_copy_that_was_a_page(
    pywb: str, tmp_path: Path
) -> None:
    names = ('twice', 'error-nearest', 'errors-alone', 'moved', 'never-there')
    file = known(tmp_path, **{name: {} for name in names})
    seen = report(tmp_path)
    done = run(seen, file, '--timegate', pywb, '--date', '2011-06-08')
    assert (done.returncode, done.stderr) == (0, '')
    found = copies(file)
    assert found['twice'].endswith('/20110601000000/http://www.example.org/twice')
    assert found['error-nearest'].startswith(f'{pywb}20090607')
    assert found['moved'].endswith('/twice')
    assert (found['errors-alone'], found['never-there']) == ('-', '-')
    with urlopen(found['twice']) as page:
        assert b'It was here.' in page.read()


def test_the_day_on_which_a_link_died_says_which_copy_is_meant(
    pywb: str, tmp_path: Path
) -> None:
    file = known(tmp_path, twice={'since': '2015'})
    assert run(report(tmp_path), file, '--timegate', pywb).returncode == 0
    assert '/20150601000000/' in copies(file)['twice']


# -- the APIs of the Wayback Machine -------------------------------------------


def cdx(*, rows: dict[str, str], log: list[dict[str, list[str]]]) -> Behaviour:
    """Answer as the CDX API does: path of a page -> time of its copy."""

    def behave(peer: Peer, request: Request) -> None:
        query = parse_qs(urlsplit(request.target).query)
        log.append(query)
        path = urlsplit(query['url'][0]).path[1:]
        head = ['timestamp', 'original']
        found = [head, [rows[path], query['url'][0]]] if path in rows else []
        answer(json.dumps(found))(peer, request)

    return behave


def test_one_request_of_the_cdx_form_finds_a_copy(tmp_path: Path) -> None:
    asked: list[dict[str, list[str]]] = []
    file = known(tmp_path, there={'since': '2012-05'}, gone={})
    with Web() as web:
        rows = {'there': '20110607120000'}
        web.on('/cdx/search/cdx', cdx(rows=rows, log=asked))
        done = run(report(tmp_path), file, '--archive', web.url())
        base = web.url().rstrip('/')
    assert (done.returncode, done.stderr) == (0, '')
    assert copies(file) == {
        'there': f'{base}/web/20110607120000/{PAGE}/there',
        'gone': '-',
    }
    assert [(query['url'], query['limit']) for query in asked] == [
        ([f'{PAGE}/there'], ['1']),
        ([f'{PAGE}/gone'], ['1']),
    ]
    assert asked[0]['closest'] == ['20120501']
    assert asked[0]['filter'] == ['statuscode:200']
    assert '2 requests: 1 with a copy, 1 without' in done.stdout


@pytest.mark.parametrize(
    ('snapshot', 'found'),
    [
        ({'available': True, 'status': '200', 'timestamp': '20110607'}, True),
        ({'available': True, 'status': '404', 'timestamp': '20110607'}, False),
        ({'available': False, 'status': '200', 'timestamp': '20110607'}, False),
        ({'available': True, 'status': '200', 'timestamp': '<b>'}, False),
        ('what', False),
    ],
)
def test_the_availability_form_is_asked_where_the_other_fails(
    snapshot: object, found: bool, tmp_path: Path
) -> None:
    file = known(tmp_path, there={})
    with Web() as web:
        web.on('/cdx/search/cdx', answer('oops', status=500))
        found_there = {'archived_snapshots': {'closest': snapshot}}
        web.on('/wayback/available', answer(json.dumps(found_there)))
        assert run(report(tmp_path), file, '--archive', web.url()).returncode == 0
    assert (copies(file)['there'] != '-') == found


@pytest.mark.parametrize(
    'body',
    [
        *('', '[[', '{}', '[1, 2]', '[["a"], ["b", 3]]'),
        r'[["a"], ["20110607", "http://\ud800.example.org"]]',
    ],
)
def test_an_archive_that_answers_with_something_else_is_not_believed(
    body: str, tmp_path: Path
) -> None:
    file = known(tmp_path, there={})
    before = file.read_text()
    with Web() as web:
        web.on('/cdx/search/cdx', answer(body))
        done = run(report(tmp_path), file, '--archive', web.url())
    assert done.returncode == 75
    assert 'stopped: ' in done.stdout
    assert 'Traceback' not in done.stderr
    assert file.read_text() == before


@pytest.mark.parametrize(
    ('status', 'headers', 'found'),
    [
        (200, {'Memento-Datetime': LONG_AGO, 'Content-Location': 'http://['}, True),
        (404, {'Link': '<http://[>; rel="timemap"'}, False),
        (404, {'Link': '<http:///list>; rel="timemap"'}, False),
    ],
)
def test_a_malformed_address_of_an_archive_is_none(
    status: int, headers: dict[str, str], found: bool, tmp_path: Path
) -> None:
    file = known(tmp_path, there={})
    with Web() as web:
        web.on('/gate/*', answer('copy', status=status, headers=headers))
        gate = web.url('/gate')
        done = run(report(tmp_path), file, '--timegate', gate)
    assert (done.returncode, done.stderr) == (0, '')
    assert copies(file)['there'] == (f'{gate}/{PAGE}/there' if found else '-')


def test_a_list_of_copies_that_is_too_long_to_read_says_nothing(tmp_path: Path) -> None:
    file = known(tmp_path, there={})
    before = file.read_text()
    with Web() as web:
        copy = f'<{web.url("/copy/1")}>; rel="memento"; datetime="{LONG_AGO}"'
        web.on('/list', answer(',\n'.join([copy] * 1000)))
        link = {'Link': f'<{web.url("/list")}>; rel="timemap"'}
        web.on('/gate/*', answer('none', status=404, headers=link))
        done = run(report(tmp_path), file, '--timegate', web.url('/gate'))
    assert done.returncode == 0
    assert f'unknown: {PAGE}/there: the list of copies at ' in done.stdout
    assert file.read_text() == before
    assert not (tmp_path / 'archive.jsonl').exists()


def test_what_stands_in_the_file_already_stays(tmp_path: Path) -> None:
    file = known(tmp_path, mine={'archived': 'https://copies.example.org/mine'})
    with Web() as web:
        assert run(report(tmp_path), file, '--archive', web.url()).returncode == 0
        assert web.log == []
    assert copies(file) == {'mine': 'https://copies.example.org/mine'}


# -- politeness and interruptions ----------------------------------------------


def test_an_archive_that_wants_a_pause_gets_it_and_is_asked_again(
    tmp_path: Path,
) -> None:
    file = known(tmp_path, there={})
    asked: list[dict[str, list[str]]] = []
    with Web() as web:
        busy = answer(status=429, headers={'Retry-After': '0'})
        good = cdx(rows={'there': '20110607'}, log=asked)
        web.on('/cdx/search/cdx', in_turn(busy, busy, good))
        done = run(report(tmp_path), file, '--archive', web.url())
        assert len(web.log) == 3
    assert done.returncode == 0
    assert 'asks for a pause of 0 seconds' in done.stdout
    assert copies(file)['there'] != '-'


def test_an_archive_that_is_always_busy_is_left_alone(tmp_path: Path) -> None:
    file = known(tmp_path, there={}, here={})
    with Web() as web:
        busy = answer(status=429, headers={'Retry-After': '0'})
        web.on('/cdx/search/cdx', busy)
        done = run(report(tmp_path), file, '--archive', web.url())
        assert len(web.log) < 10
    assert done.returncode == 75
    assert 'is rate-limiting requests; run it again' in done.stdout


@pytest.mark.parametrize('retry_after', ['99999999', 'Fri, 31 Dec 2100 23:59:59 GMT'])
def test_a_pause_of_years_is_not_waited_for(retry_after: str, tmp_path: Path) -> None:
    with Web() as web:
        busy = answer(status=503, headers={'Retry-After': retry_after})
        web.on('/cdx/search/cdx', busy)
        file = known(tmp_path, there={})
        assert run(report(tmp_path), file, '--archive', web.url()).returncode == 75


def test_the_budget_ends_a_run_and_the_next_goes_on(tmp_path: Path) -> None:
    names = [f'page-{number}' for number in range(5)]
    file = known(tmp_path, **{name: {} for name in names})
    asked: list[dict[str, list[str]]] = []
    with Web() as web:
        rows = dict.fromkeys(names, '20110607')
        web.on('/cdx/search/cdx', cdx(rows=rows, log=asked))
        options = (report(tmp_path), file, '--archive', web.url())
        ended = run(*options, '--budget', 3)
        assert ended.returncode == 75
        assert 'the budget of 3 requests is used up' in ended.stdout
        assert [bool(copy) for copy in copies(file).values()].count(True) == 3
        assert run(*options, '--budget', 3).returncode == 0
    assert all(copies(file).values())
    assert [query['url'] for query in asked] == [[f'{PAGE}/{name}'] for name in names]


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    names = [f'page-{number}' for number in range(4)]
    file = known(tmp_path, **{name: {} for name in names})
    seen = report(tmp_path)
    asked: list[dict[str, list[str]]] = []
    with Web() as web:
        good = cdx(rows=dict.fromkeys(names, '20110607'), log=asked)
        gate = web.gate()

        def third_waits(peer: Peer, request: Request) -> None:
            if len(asked) == 2:
                gate.wait()
            good(peer, request)

        web.on('/cdx/search/cdx', third_waits)
        command = [*COMMAND, str(seen), str(file), '--archive', web.url(), '--delay=0']
        with subprocess.Popen(command, env=environ(), stdout=subprocess.DEVNULL) as one:
            web.wait_for('/cdx/search/cdx', 3)
            one.kill()
        # As a kill in the middle of a line would leave it.
        with (tmp_path / 'archive.jsonl').open('a') as state:
            state.write('{"page": "http')
        gate.set()
        assert run(seen, file, '--archive', web.url()).returncode == 0
    assert all(copies(file).values())
    urls = [query['url'][0] for query in asked]
    assert urls.count(f'{PAGE}/page-0') == urls.count(f'{PAGE}/page-1') == 1


# -- living links, and saving --------------------------------------------------


def save_forms(web: Web, *states: Mapping[str, object]) -> None:
    """Have a web take pages to be saved, and answer so when asked how that goes."""
    web.on('/save', answer('{"url": "x", "job_id": "spn2-1"}'), method='POST')
    answers = [answer(json.dumps(state)) for state in states]
    web.on('/save/status/spn2-1', in_turn(*answers))


#: What says something of a network of one's own, or of who somebody is there.
PRIVATE = [
    'http://10.0.0.5/payroll',
    'http://[fd00::1]/x',
    'http://0x7f.1/admin',
    'http://localhost:8000/admin',
    'http://wiki/page',
    '//wiki.corp.internal/plan',
    'http://printer.LAN./x',
    'https://bob@git.example.org/x',
]


def test_living_links_without_a_copy_are_named_and_nothing_else_is_asked(
    tmp_path: Path,
) -> None:
    seen = report(tmp_path, there='working', bare='moved', dead='dead', no='unchecked')
    document = json.loads(seen.read_text())
    document['links'] += [{**document['links'][0], 'uri': uri} for uri in PRIVATE]
    seen.write_text(json.dumps(document))
    asked: list[dict[str, list[str]]] = []
    with Web() as web:
        web.on('/cdx/search/cdx', cdx(rows={'there': '20110607'}, log=asked))
        done = run(seen, '--living', '--archive', web.url())
    assert done.returncode == 0
    for uri in PRIVATE:
        assert f'skipped: {uri}: private address' in done.stdout
    assert f'no copy: {PAGE}/bare' in done.stdout
    assert f'copy: {PAGE}/there: ' in done.stdout
    assert sorted(query['url'][0] for query in asked) == [
        f'{PAGE}/bare',
        f'{PAGE}/there',
    ]


def test_a_page_is_saved_with_the_keys_that_nobody_is_shown(tmp_path: Path) -> None:
    seen = report(tmp_path, bare='working')
    with Web() as web:
        web.on('/cdx/search/cdx', answer('[]'))
        success = {
            'status': 'success',
            'timestamp': '20261125010203',
            'original_url': f'{PAGE}/bare',
        }
        save_forms(web, {'status': 'pending'}, success)
        done = run(seen, '--save', '--archive', web.url(), **KEYS)
        again = run(seen, '--save', '--archive', web.url(), **KEYS)
        sent = [r for r in web.log if r.path.startswith('/save')]
    assert done.returncode == 0
    assert f'saved: {PAGE}/bare: ' in done.stdout
    assert '/web/20261125010203/' in done.stdout
    assert [(r.method, r.headers['authorization']) for r in sent] == [
        ('POST', 'LOW the-key:the-secret'),
        ('GET', 'LOW the-key:the-secret'),
        ('GET', 'LOW the-key:the-secret'),
    ]
    # The second run knows of the copy.
    assert '0 requests: 1 with a copy' in again.stdout
    written = ''.join(p.read_text() for p in tmp_path.iterdir())
    assert 'the-secret' not in done.stdout + done.stderr + again.stdout + written


def test_a_page_that_cannot_be_saved_is_told_and_the_next_one_is_saved(
    tmp_path: Path,
) -> None:
    seen = report(tmp_path, bare='working', other='working')
    error = {'status': 'error', 'message': 'It is\x1b[31m blocked.'}
    success = {'status': 'success', 'timestamp': '20261125010203'}
    with Web() as web:
        web.on('/cdx/search/cdx', answer('[]'))
        save_forms(web, error, success)
        done = run(seen, '--save', '--archive', web.url(), **KEYS)
    assert done.returncode == 0
    assert f'not saved: {PAGE}/bare: It is\\x1b[31m blocked.' in done.stdout
    assert f'saved: {PAGE}/other: ' in done.stdout


@pytest.mark.parametrize('status', [401, 403])
def test_keys_that_are_refused_end_the_run(status: int, tmp_path: Path) -> None:
    seen = report(tmp_path, bare='working', other='working')
    with Web() as web:
        web.on('/cdx/search/cdx', answer('[]'))
        web.on('/save', answer('{}', status=status), method='POST')
        done = run(seen, '--save', '--archive', web.url(), **KEYS)
        assert len(web.hits('/save')) == 1
    assert done.returncode == 75
    assert 'the archive refuses the keys' in done.stdout
    assert 'the-secret' not in done.stdout + done.stderr


def test_saving_without_keys_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    seen = report(tmp_path, bare='working')
    with Web() as web:
        done = run(seen, '--save', '--archive', web.url())
        assert web.log == []
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert 'IA_ACCESS_KEY_ID' in line


def test_keys_can_be_in_netrc(tmp_path: Path) -> None:
    seen = report(tmp_path, bare='working')
    netrc = tmp_path / 'netrc'
    netrc.write_text('machine 127.0.0.1 login the-key password the-secret\n')
    success = {'status': 'success', 'timestamp': '20261125010203'}
    with Web() as web:
        web.on('/cdx/search/cdx', answer('[]'))
        save_forms(web, success)
        done = run(seen, '--save', '--archive', web.url(), NETRC=str(netrc))
    assert done.returncode == 0
    assert '1 saved' in done.stdout


@pytest.mark.parametrize(
    'options',
    [
        ['--budget', 'many'],
        ['--date', '2011'],
        ['--delay', 'nan'],
        ['--delay', '-1'],
        ['--archive', 'no-address'],
        ['--timegate', 'ftp://x.example/'],
    ],
)
def test_wrong_usage_is_told(options: list[str], tmp_path: Path) -> None:
    done = run(report(tmp_path), *options)
    assert done.returncode == 2
    assert 'usage: sphinx-linkaudit archive' in done.stderr
