"""A check uses what its machine has, and tells a lack of it as such."""

from __future__ import annotations

import errno
import gc
import gzip
import json
import math
import os
import socket
import subprocess
import sys
import threading
import zlib
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from checks import EXTENSION, check, project_with
from projects import PYTHONPATH
from runs import run_apart
from sphinx_linkaudit.ask import dial, page
from sphinx_linkaudit.ask.adapter import MAX_HOST_CONNECTIONS, Adapter
from sphinx_linkaudit.ask.address import address_class
from sphinx_linkaudit.ask.capacity import MAX_LOOKUPS, Capacity, capacity
from sphinx_linkaudit.ask.connect import Net
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.page import PIECE_BYTES, inflate, read_page
from sphinx_linkaudit.ask.resolve import Resolver
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.judge.anchors import finder_of
from sphinx_linkaudit.judge.soft import crowded
from sphinx_linkaudit.records import Evidence
from web import HOSTILE, Web, answer, delayed, fine, in_turn, redirect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures import MakeProject
    from web import Peer, Request

resource = pytest.importorskip('resource', reason='Windows sets no such limits')

LIMITS = """
import resource
from sphinx_linkaudit.ask.capacity import capacity

for kind, *numbers in ('NOFILE', 40, 128, 1024), ('AS', 300, 600, 4000):
    kind = getattr(resource, f'RLIMIT_{kind}')
    before = resource.getrlimit(kind)
    for number in numbers:
        size = number * 2**20 if kind == resource.RLIMIT_AS else number
        resource.setrlimit(kind, (size, before[1]))
        print(*capacity())
    resource.setrlimit(kind, before)
"""


@pytest.mark.skipif(sys.platform != 'linux', reason='only Linux tells what is used')
def test_a_machine_that_has_little_has_few_workers_and_leaves_some_to_others() -> None:
    done = subprocess.run(
        [sys.executable, '-c', LIMITS],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        stdout=subprocess.PIPE,
        check=True,
    )
    found = [Capacity(*map(float, row.split())) for row in done.stdout.splitlines()]  # type: ignore[arg-type]
    for number, one in zip((40, 128, 1024), found, strict=False):
        assert number * 0.6 < one.descriptors < number * 0.9
        assert 1 <= one.workers <= one.descriptors / 2
        assert 1 <= one.lookups <= (number - one.descriptors) / 4
    assert found[0].workers < found[1].workers < found[2].workers
    assert found[2].lookups > MAX_LOOKUPS * 0.8
    tiny, small, large = found[3:]
    # Each has 64 MiB and more to itself.
    assert 1 <= tiny.workers <= small.workers < 5
    assert 10 < large.workers < 30
    assert small.lookups <= small.workers


def test_no_limit_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        resource, 'getrlimit', lambda kind: (resource.RLIM_INFINITY,) * 2
    )
    assert capacity() == (math.inf, MAX_LOOKUPS, math.inf)


def test_no_more_connections_are_kept_than_a_machine_has_room_for() -> None:
    adapter = Adapter(Net(Resolver(), address_class), 10**30)
    assert adapter.poolmanager.connection_pool_kw['maxsize'] == MAX_HOST_CONNECTIONS


def test_no_more_names_are_looked_up_at_once_than_may_be() -> None:
    gate = threading.Event()
    begun: list[str] = []
    both = threading.Semaphore(0)

    def resolve(host: str, port: int) -> list[Any]:
        begun.append(host)
        both.release()
        gate.wait()
        return []

    resolver = Resolver(resolve, threads=2)
    for name in ('a.test', 'b.test', 'c.test'):
        with pytest.raises(TimeoutError):
            resolver.lookup(name, 80, 0)
    for _ in range(2):
        assert both.acquire(timeout=60)
    assert sorted(begun) == ['a.test', 'b.test']
    gate.set()
    assert resolver.lookup('c.test', 80, 60) == []


#: Verdicts on behaviours that are told at once.
TRAPS = {
    'tls-unknown-issuer': ('dead', 'tls-issuer'),
    'redirect-loop': ('dead', 'redirect-loop'),
}
#: Not every system can limit the second.
LIMITED = 'ulimit -n 40; ulimit -v 1048576 2>/dev/null; exec "$@"'


def test_a_machine_that_has_little_says_the_same_of_links(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        wanted = {HOSTILE[name](web): verdict for name, verdict in TRAPS.items()}
        wanted['http://127.0.0.1:1/'] = 'unchecked', 'placeholder'
        for number in range(30):
            host = web.also(Web())
            wanted[host.on(f'/{number}', delayed(0.1, fine))] = ('working', 'ok')
        listed = ''.join(f'* `link {n} <{uri}>`__\n' for n, uri in enumerate(wanted))
        project = project_with(make_project, listed, EXTENSION)
        little = run_apart(project, within=['sh', '-c', LIMITED, 'sh'])
    assert {uri: little.verdict(uri) for uri in wanted} == wanted


#: A user with no other processes: those of all tests of a run are counted together.
USER = 50_000 + os.getpid() % 10_000
#: Lets a process have so many threads, itself included.  The limit binds neither root
#: nor whoever may raise it; within a namespace of its own nobody is root.
FEW_THREADS = f"""
def limit(*_given):
    import contextlib, os, resource
    with contextlib.suppress(OSError):
        os.setresuid({USER}, -1, -1)
    resource.setrlimit(resource.RLIMIT_NPROC, ({{0}}, {{0}}))
"""


def bound() -> list[str]:
    """Return a command that starts another, which `FEW_THREADS` binds; [] if none."""
    command = ['unshare', '--user', '--map-root-user']
    if os.geteuid() == 0:
        command = ['setpriv', '--bounding-set=-sys_resource,-sys_admin']
    thread = 'limit()\nimport threading\nthreading.Thread(target=int).start()'
    for number, is_enough in (1, False), (2, True):
        code = FEW_THREADS.format(number) + thread
        with suppress(OSError):
            done = subprocess.run(
                [*command, sys.executable, '-c', code],
                stderr=subprocess.DEVNULL,
                check=False,
            )
            if (done.returncode == 0) is is_enough:
                continue
        return []
    return command


@pytest.mark.parametrize(
    ('number', 'verdict', 'status'),
    [(5, ('working', 'ok'), 0), (1, ('unchecked', 'no-resources'), 2)],
)
def test_a_machine_that_allows_few_threads_uses_those(
    make_project: MakeProject, number: int, verdict: tuple[str, str], status: int
) -> None:
    within = bound()
    if not within:
        pytest.skip('no way here to limit the threads of a process')
    setup = "\ndef setup(app):\n    app.connect('env-before-read-docs', limit)\n"
    conf = EXTENSION + FEW_THREADS.format(number) + setup
    with Web() as web:
        uris = [web.also(Web()).on('/page', delayed(0.1, fine)) for _ in range(12)]
        few = run_apart(
            project_with(make_project, '\n'.join(uris), conf), within=within
        )
    assert {few.verdict(uri) for uri in uris} == {verdict}
    assert few.status_code == status
    assert ('ulimit' in few.printed) is (status == 2)


def test_a_slow_head_gives_way_to_a_get_where_no_thread_can_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start

    def start_others(thread: threading.Thread) -> None:
        if thread.name == 'sphinx-linkaudit-get':
            message = "can't start new thread"
            raise RuntimeError(message)
        start(thread)

    monkeypatch.setattr(threading.Thread, 'start', start_others)
    monkeypatch.setattr('sphinx_linkaudit.ask.fetch.MIN_LEAD', 0.1)
    monkeypatch.setattr('sphinx_linkaudit.ask.fetch.HEAD_SHARE', 0.01)
    with Web() as web, closing(Fetcher(Settings())) as fetcher:
        assert fetcher.fetch(HOSTILE['head-hangs'](web)).status == 200


@pytest.mark.parametrize(
    ('error', 'ending'),
    [
        (socket.gaierror(socket.EAI_MEMORY, 'Memory allocation failure'), 'shortage'),
        (MemoryError(), 'shortage'),
        # Python raises what the system says in place of EAI_SYSTEM.
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), 'shortage'),
        *(
            (OSError(code, os.strerror(code)), 'no-network')
            for code in (errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.EACCES)
        ),
    ],
    ids=repr,
)
def test_a_lookup_that_fails_here_says_nothing_of_a_name(
    error: Exception, ending: str
) -> None:
    def resolve(_host: str, _port: int) -> list[Any]:
        raise error

    with closing(Fetcher(Settings(), resolve=resolve)) as fetcher:
        found = fetcher.fetch('http://a.nowhere/')
    assert found.ending == ending
    assert (getattr(error, 'strerror', None) or '') in found.message


# -- memory --------------------------------------------------------------------


def kept() -> list[int]:
    """Return how many characters were read of each page that is still remembered."""
    found = [one for one in gc.get_objects() if isinstance(one, Evidence)]
    return [
        len(one.body)
        + sum(map(len, one.headers.values()))
        + sum(map(len, one.anchors.ids if one.anchors else ()))
        for one in found
    ]


FAT = {'X-Fat': 'x' * 50_000}


def test_what_was_read_of_a_page_is_forgotten_once_it_is_judged(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'<p id="here">{"x" * 50_000}</p>'
    web.page('/page', text, headers=FAT)
    web.page('/page', status=405, method='HEAD')
    uris = [web.page(f'/{number}', text, status=404) for number in range(3)]
    uris += [web.on(f'/to{number}', redirect('/page')) for number in range(3)]
    uris.append(f'{web.page("/anchors", text, headers=FAT)}#here')
    sizes: list[int] = []

    def look(pages: Iterable[Evidence]) -> set[str]:
        sizes.extend(kept())
        return crowded(pages)

    monkeypatch.setattr('sphinx_linkaudit.audit.crowded', look)
    checked = check(make_project, ' '.join(uris))
    verdicts = {checked.links[uri]['verdict'] for uri in uris}
    assert verdicts == {'dead', 'suspect', 'working'}
    assert len(sizes) >= len(uris)
    # The last one was just looked at.
    assert sum(size > 100 for size in sizes) <= 1


@pytest.mark.parametrize('status', [429, 503])
def test_what_waits_for_another_try_is_remembered_without_its_text(
    make_project: MakeProject,
    web: Web,
    no_pause: None,
    status: int,
) -> None:
    sizes: list[int] = []

    def good(peer: Peer, request: Request) -> None:
        sizes.extend(kept())
        fine(peer, request)

    later = {'Retry-After': '0', **FAT} if status == 429 else FAT
    first = answer('x' * 50_000, status=status, headers=later)
    uri = web.on('/page', in_turn(first, good))
    assert check(make_project, f'{uri}#here').verdict(uri + '#here')[0] == 'working'
    assert max(sizes) < 100


def test_of_a_page_only_the_ids_that_are_wanted_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr('sphinx_linkaudit.ask.anchors.MAX_IDS', 10)
    others = ''.join(f'<p id="other{n}">' for n in range(20))
    wanted = finder_of(['here', 'gone', 'it%27s'])
    text = f'{others}<p id="user-content-here"><p id="it\'s"><template><p id="gone">'
    for _again in range(2):
        anchors = read_page([text.encode()], '', 'text/html', wanted).anchors
        assert anchors is not None
        assert anchors.ids == {'user-content-here', "it's"}
        assert anchors.drawn == {'gone'}
        assert (anchors.whole, anchors.has_headings) == (True, True)
    only = read_page([text.encode()], '', 'text/html', wanted.only('other7')).anchors
    assert only is not None
    assert only.ids == {'other7'}
    some = read_page([b'<p id="x">'], '', 'text/html', wanted).anchors
    assert some is not None
    assert (some.ids, some.has_headings) == (frozenset(), False)


def test_of_what_a_server_says_at_length_little_is_kept(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('sphinx_linkaudit.masking._hidden', [])
    long, secret = 'x' * 40_000, f'secret{"x" * 10}'
    first = web.on('/first', redirect(f'/second?{long}'))
    second = web.on('/second', redirect(f'/third?{long}'))
    web.page('/third')
    gone = web.page('/gone', status=404, reason=f'{"x" * 1_970}{secret}{long}')
    headers = {'*': {'Authorization': secret}}
    text = f'{first} {second} {gone}'
    checked = check(make_project, text, linkcheck_request_headers=headers)
    assert checked.verdict(first) == ('dead', 'redirect-loop')
    assert checked.verdict(second) == ('moved', 'temporary')
    assert checked.verdict(gone) == ('dead', 'not-found')
    for uri in (first, gone):
        assert len(json.dumps(checked.links[uri])) < 6_000
    assert 'secret' not in checked.links[gone]['message']


@pytest.mark.parametrize('ends', ['<img src=" ">', '<img a= >', '<!-- -->', '</x >'])
def test_one_page_at_a_time_holds_a_long_tag(
    monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    start, end = ends.rsplit(' ', 1)
    monkeypatch.setattr(page, 'LONG_TAG_BYTES', 100)
    monkeypatch.setattr(page, 'MAX_TAG_BYTES', 2000)

    def is_found(size: int, *, is_over: bool = False) -> bool:
        text = f'{start}{"x" * size}{end}<p id="here">'.encode()
        chunks = [text[at : at + 10] for at in range(0, len(text), 10)]
        wanted = finder_of(['here'])
        found = read_page(chunks, '', 'text/html', wanted, lambda: is_over).anchors
        assert found is not None
        assert found.whole == ('here' in found.ids)
        return found.whole

    # As often as you like, for each lets the next have one.
    assert all(is_found(size) for size in (0, 200, 300, 200, 300))
    assert not any(map(is_found, (1500, 3000)))
    with page._ONE_LONG_TAG:
        assert not is_found(300, is_over=True)
    assert is_found(300)


def test_short_tags_are_never_held_and_a_long_one_no_longer_than_it_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(page, 'LONG_TAG_BYTES', 100)
    monkeypatch.setattr(page, 'MAX_TAG_BYTES', 2000)
    is_held: list[bool] = []

    def is_over() -> bool:
        is_held.append(page._ONE_LONG_TAG.locked())
        return False

    chunks = [b'x' * 10] * 30 + [b'>'] + [b'<p id=here>'] * 500
    wanted = finder_of(['here', 'there'])
    found = read_page([b'<img a=', *chunks], '', 'text/html', wanted, is_over).anchors
    assert found is not None
    assert found.whole
    assert found.ids == {'here'}
    assert any(is_held)
    assert not is_held[-1]


@pytest.mark.parametrize('size', [0, 1, PIECE_BYTES, 5 * PIECE_BYTES, 2**22 + 1])
@pytest.mark.parametrize('cut', [10, 10_000])
def test_what_inflates_a_thousand_times_does_so_piece_by_piece(
    size: int, cut: int
) -> None:
    data = gzip.compress(bytes(size)) + gzip.compress(b'end')
    chunks = [data[at : at + cut] for at in range(0, len(data), cut)]
    pieces = list(inflate(chunks, 'gzip', 2**30))
    assert max(map(len, pieces)) <= PIECE_BYTES
    assert b''.join(pieces) == bytes(size) + b'end'


def test_no_connection_is_left_behind(make_project: MakeProject, web: Web) -> None:
    with closing(Fetcher(Settings())) as fetcher:
        assert fetcher.fetch(web.on('/page', fine)).status == 200
        assert len(connections_to(web)) == 1
    assert connections_to(web) == []
    uris = [web.page(f'/{number}', status=404) for number in range(3)]
    check(make_project, ' '.join([*uris, f'{web.url("/page")}#here']))
    assert connections_to(web) == []


def connections_to(web: Web) -> list[socket.socket]:
    """Return the open sockets of this process that lead to a server."""
    found = []
    for one in gc.get_objects():
        if isinstance(one, socket.socket) and one.fileno() >= 0:
            with suppress(OSError):
                # Another test's may be a socket of Unix, whose peer is a path.
                if one.getpeername()[1:2] == (urlsplit(web.url()).port,):
                    found.append(one)
    return found


@pytest.mark.parametrize('more', [1, 2, 100, 257])
def test_bare_deflate_is_inflated_to_its_last_byte(more: int) -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    data = packer.compress(bytes(PIECE_BYTES + more)) + packer.flush()
    assert sum(map(len, inflate([data], 'deflate', 2**30))) == PIECE_BYTES + more


@pytest.mark.parametrize('wbits', [-zlib.MAX_WBITS, zlib.MAX_WBITS], ids=['bare', ''])
@pytest.mark.parametrize('cut', [1, 2, 3])
def test_deflate_is_inflated_however_small_its_pieces(wbits: int, cut: int) -> None:
    packer = zlib.compressobj(wbits=wbits)
    data = packer.compress(b'<p id="there">') + packer.flush()
    pieces = [b'', *(data[at : at + cut] for at in range(0, len(data), cut))]
    assert b''.join(inflate(pieces, 'deflate', 2**30)) == b'<p id="there">'
    with pytest.raises(EOFError):
        list(inflate(pieces[:2], 'deflate', 2**30))


def test_what_ran_short_is_asked_for_again(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = dial._begin
    failures = iter([errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])

    def begin_later(*given: Any) -> Any:
        if code := next(failures, 0):
            raise OSError(code, os.strerror(code))
        return begin(*given)

    monkeypatch.setattr(dial, '_begin', begin_later)
    monkeypatch.setattr('sphinx_linkaudit.schedule.plan.SHORTAGE_PAUSE', 0.01)
    uri = web.on('/page', fine)
    checked = check(make_project, uri)
    assert next(failures, 0) == 0
    assert (checked.verdict(uri), checked.status_code) == (('working', 'ok'), 0)


def test_what_runs_short_to_the_end_is_unchecked(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin_never(*_given: Any) -> Any:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(dial, '_begin', begin_never)
    monkeypatch.setattr('sphinx_linkaudit.schedule.plan.SHORTAGE_PAUSE', 0.01)
    uri = web.on('/page', fine)
    checked = check(make_project, uri)
    assert (checked.verdict(uri), checked.status_code) == (
        ('unchecked', 'no-resources'),
        2,
    )
    (told,) = [w for w in checked.warnings if w.type == 'linkcheck.resources']
    assert 'ulimit' in told.text
