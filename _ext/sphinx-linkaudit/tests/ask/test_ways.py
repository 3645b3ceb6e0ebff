"""How a server is reached: by which address, over which connection, and with what."""

from __future__ import annotations

import errno
import math
import os
import socket
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from sphinx_linkaudit._compat.http import MAX_HEADER_BYTES
from sphinx_linkaudit.ask import dial
from sphinx_linkaudit.ask.exchange import MAX_COOKIES
from sphinx_linkaudit.ask.fetch import ALL_STUBS, MANY_STUBS, Fetcher
from sphinx_linkaudit.ask.page import read_page
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.ask.shortage import ShortageError
from sphinx_linkaudit.judge.anchors import finder_of
from sphinx_linkaudit.judge.judge import Policy, judge
from web import (
    FINE,
    HOSTILE,
    LOOPBACK,
    Names,
    Proxy,
    Web,
    answer,
    fine,
    head,
    raw,
    redirect,
    reset,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sphinx_linkaudit.ask.resolve import Address, Resolve
    from sphinx_linkaudit.records import Evidence
    from web import Behaviour, Peer, Request


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def ask(url: str, *ids: str, resolve: Resolve | None = None) -> Evidence:
    with closing(Fetcher(Settings(), resolve)) as fetcher:
        return fetcher.fetch(url, finder_of(list(ids)) if ids else None)


def address_of(url: str) -> Address:
    """Return the address of a URL of a server of this machine."""
    parts = urlsplit(url)
    at = LOOPBACK, parts.port or 80
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, '', at)


# -- several addresses ---------------------------------------------------------


def test_an_address_that_swallows_connections_does_not_keep_others_waiting(
    web: Web,
) -> None:
    silent, good = address_of(HOSTILE['backlog-full'](web)), web.url()
    for order in ([silent, address_of(good)], [silent] * 3 + [address_of(good)]):
        sock, reached = dial.connect(order, (), math.inf, lambda: False)
        sock.close()
        assert reached == address_of(good)


def test_an_address_that_was_reached_is_the_first_for_the_next_page(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = address_of(HOSTILE['backlog-full'](web))
    addresses = [silent, address_of(web.url())]
    url = web.on('/page', fine).replace(LOOPBACK, 'two.test')
    with closing(Fetcher(Settings(), lambda _host, _port: addresses)) as fetcher:
        assert fetcher.fetch(url).status == 200
        # From now on, no other address would come after the silent one.
        monkeypatch.setattr(dial, 'HEAD_START', math.inf)
        assert fetcher.fetch(url, fresh=True).status == 200


@pytest.mark.parametrize('first', [True, False])
@pytest.mark.parametrize('code', [errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EACCES])
@pytest.mark.parametrize('missing', sorted(dial.NO_ROUTE))
def test_the_failure_of_the_family_that_has_a_route_counts(
    code: int, missing: int, *, first: bool
) -> None:
    failures = [OSError(number, os.strerror(number)) for number in (code, missing)]
    found = dial._most_telling(failures if first else failures[::-1])
    assert found.errno == code


def test_addresses_of_both_families_take_turns() -> None:
    four, six = socket.AF_INET, socket.AF_INET6
    addresses: list[Address] = [
        (family, socket.SOCK_STREAM, 0, '', number)
        for number, family in enumerate([six, six, six, four, four])
    ]
    assert [one[0] for one in dial._in_turn(addresses)] == [six, four, six, four, six]
    assert [one[-1] for one in dial._in_turn(addresses)] == [0, 3, 1, 4, 2]


def test_so_many_addresses_are_tried_and_both_families_are_among_them(
    web: Web,
) -> None:
    good = address_of(web.url())
    # Nobody listens at port 1 of loopback.
    refused = [(*good[:-1], (f'127.0.0.{number}', 1)) for number in range(2, 22)]
    with pytest.raises(ConnectionRefusedError):
        dial.connect([*refused, good], (), math.inf, lambda: False)
    # Of a family that this machine lacks, any number may come first.
    lacking: list[Address] = [(250, socket.SOCK_STREAM, 0, '', ('', 0))] * 20
    sock, reached = dial.connect([*lacking, good], (), math.inf, lambda: False)
    sock.close()
    assert reached == good


@pytest.mark.parametrize('code', sorted(dial.NO_ROUTE | {errno.ECONNREFUSED}))
@pytest.mark.parametrize('lack', [errno.EMFILE, errno.ENFILE, errno.ENOBUFS])
def test_an_address_that_could_not_be_tried_might_have_answered(
    code: int, lack: int
) -> None:
    failures = [OSError(number, os.strerror(number)) for number in (code, lack)]
    for order in (failures, failures[::-1]):
        assert isinstance(dial._most_telling(order), ShortageError)


def test_a_family_without_addresses_of_its_own_is_no_shortage() -> None:
    codes = errno.ECONNREFUSED, errno.EADDRNOTAVAIL
    failures = [OSError(code, os.strerror(code)) for code in codes]
    for order in (failures, failures[::-1]):
        assert dial._most_telling(order).errno == errno.ECONNREFUSED
    assert isinstance(dial._most_telling(failures[1:]), ShortageError)


# In a process of their own: in that of the tests, servers take and free descriptors.
LAST_DESCRIPTORS = """
import math, os, socket, sys
from sphinx_linkaudit.ask import dial
from sphinx_linkaudit.ask.shortage import ShortageError

good = socket.getaddrinfo('127.0.0.1', int(sys.argv[1]), type=socket.SOCK_STREAM)
free = os.open(os.devnull, os.O_RDONLY)
os.close(free)
for descriptors in (free, free + 1):
    try:
        dial.connect(good, (), math.inf, lambda: False, descriptors)[0].close()
    except ShortageError:
        print('shortage')
    else:
        print('connected')
"""


def output_of(code: str, *arguments: str) -> str:
    """Return what *code* prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, '-c', code, *arguments],
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_last_descriptors_are_left_to_others(web: Web) -> None:
    port = str(urlsplit(web.url()).port)
    assert output_of(LAST_DESCRIPTORS, port).split() == ['shortage', 'connected']


WITHOUT_DESCRIPTORS = """
import os, resource, sys
from sphinx_linkaudit.ask.fetch import MANY_STUBS, Fetcher
from sphinx_linkaudit.ask.page import read_page
from sphinx_linkaudit.ask.settings import Settings

first, last = sys.argv[1:]
fetcher = Fetcher(Settings())
# With this, Python has read the files of all modules that it needs.
assert fetcher.fetch(first).status == 200
free = os.open(os.devnull, os.O_RDONLY)
os.close(free)
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
ending = fetcher.fetch(last).ending
# To end its threads, the C library reads a file.
resource.setrlimit(resource.RLIMIT_NOFILE, limits)
print(ending)
"""


def test_a_descriptor_that_misses_is_had_of_a_connection_nobody_uses(web: Web) -> None:
    pytest.importorskip('resource', reason='Windows has no limit on descriptors')
    other = web.also(Web(keep_alive=False))
    kept, closed = web.on('/page', fine), other.on('/page', fine)
    wanted = web.also(Web()).on('/page', fine)

    assert output_of(WITHOUT_DESCRIPTORS, kept, wanted) == 'answered'
    assert output_of(WITHOUT_DESCRIPTORS, closed, wanted) == 'shortage'


def test_a_machine_without_a_route_says_nothing_of_a_server() -> None:
    # A family that no socket can be of.
    nowhere: Address = (250, socket.SOCK_STREAM, 0, '', ('192.0.2.1', 80))
    found = ask('http://nowhere.test/', resolve=lambda _host, _port: [nowhere])
    assert found.ending == 'no-route'


# -- behind a proxy ------------------------------------------------------------

METADATA = [
    '169.254.169.254',
    '2852039166',
    '0xA9FEA9FE',
    '0251.0376.0251.0376',
    '169.254.43518',
    '169.254.169.254.',
    '１６９.254.169.254',
    '[::ffff:169.254.169.254]',
    '[fd00:ec2::254]',
    '168.63.129.16',
    '100.100.100.200',
    'metadata.google.internal',
    'METADATA.google.internal.',
]


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with Proxy() as proxy:
        monkeypatch.setenv('http_proxy', proxy.url())
        yield proxy


def test_a_metadata_service_is_not_asked_behind_a_proxy(web: Web, proxy: Proxy) -> None:
    proxy.names.add('a.test', web)
    for number, host in enumerate(METADATA):
        web.on(f'/{number}', redirect(f'http://{host}/'.encode()))
        for url in (f'http://{host}/', f'http://a.test/{number}'):
            assert ask(url).ending == 'forbidden', url
    assert {urlsplit(hit.target).hostname for hit in proxy.log} == {'a.test'}


@pytest.mark.parametrize('host', ['10.1.2.3', '0x7f.1', 'x.localhost', '[::1]'])
def test_private_addresses_can_be_denied_behind_a_proxy(
    proxy: Proxy, host: str
) -> None:
    with closing(Fetcher(Settings(deny_private=True))) as fetcher:
        assert fetcher.fetch(f'http://{host}/').ending == 'forbidden'
    assert proxy.log == []


def test_behind_a_proxy_no_site_has_the_connection_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Plain(Web):
        def behaviour(self, request: Request) -> Behaviour:
            return answer('x' * 3000)

    with Plain() as proxy, closing(Fetcher(Settings())) as fetcher:
        monkeypatch.setenv('http_proxy', proxy.url())
        for url in ('http://a.test/1', 'http://a.test/2', 'http://b.test/'):
            assert fetcher.fetch(url).status == 200
    assert [hit.connection for hit in proxy.log] == [1, 1, 2]


def test_logins_are_not_waited_for_that_come_from_a_pipe(
    web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not hasattr(os, 'mkfifo'):
        pytest.skip('Windows has no pipes with names of files')
    os.mkfifo(tmp_path / 'netrc')
    monkeypatch.setenv('NETRC', str(tmp_path / 'netrc'))
    assert ask(web.on('/page', fine)).status == 200


# -- one connection for many ---------------------------------------------------


@pytest.mark.parametrize('is_secure', [False, True])
def test_what_is_left_behind_an_answer_is_nobodys_answer(
    web: Web, *, is_secure: bool
) -> None:
    def more(peer: Peer, request: Request) -> None:
        peer.send(
            head(headers={'Content-Length': '0'})
            + head(404, {'Content-Length': '0', 'X-Forged': 'yes'})
        )
        peer.keep = True

    server = web.also(Web(tls=web.authority.good())) if is_secure else web
    odd = server.on('/odd', more)
    good = server.on('/good', fine)
    settings = Settings(
        host_connections=1, tls_cacerts=str(web.authority.ca_file) if is_secure else ''
    )
    with closing(Fetcher(settings)) as fetcher:
        for _ in range(3):
            assert fetcher.fetch(odd).status == 200
            assert fetcher.fetch(good).status == 200


def test_a_bad_answer_over_a_connection_that_served_others_is_confirmed(
    web: Web,
) -> None:
    served: set[int] = set()

    def once_a_connection(peer: Peer, request: Request) -> None:
        is_late = peer.number in served
        served.add(peer.number)
        # Too long to be read after HEAD.
        answer(FINE, status=404 if is_late else 200)(peer, request)

    urls = [web.on(f'/{number}', once_a_connection) for number in range(2)]
    with closing(Fetcher(Settings())) as fetcher:
        assert fetcher.fetch(urls[0]).status == 200
        assert fetcher.fetch(urls[1], finder_of(['here'])).status == 200
    assert web.hits('/1') == ['GET', 'GET']


@pytest.mark.parametrize('is_head', [True, False])
def test_no_good_answer_is_believed_of_a_server_that_sends_too_many(
    web: Web, *, is_head: bool
) -> None:
    forged = head(200, {'Content-Length': '0'})

    def gone(peer: Peer, request: Request) -> None:
        # What is asked over this connection next finds the forged answer.
        more = b'' if request.method == 'HEAD' else b'x' * 3000
        peer.send(head(404, {'Content-Length': '3000'}) + more + forged)
        peer.keep = True

    with closing(Fetcher(Settings(host_connections=1))) as fetcher:
        for number in range(6):
            url = web.on(f'/{number}', gone)
            wanted = None if is_head else finder_of(['here'])
            assert fetcher.fetch(url, wanted).status == 404
    # Each but the first has a connection of its own.
    assert len({hit.connection for hit in web.log}) >= 6


@pytest.mark.parametrize('is_secure', [False, True])
@pytest.mark.parametrize('is_late', [False, True])
def test_an_origin_that_sends_more_than_was_asked_for_gets_no_second_request(
    web: Web, *, is_late: bool, is_secure: bool
) -> None:
    cacerts = str(web.authority.ca_file)
    web = web.also(Web(tls=web.authority.good())) if is_secure else web
    gate, sent = web.gate(), web.gate()

    def more(peer: Peer, request: Request) -> None:
        peer.send(head(200, {'Content-Length': '3000', 'Content-Type': 'text/html'}))
        if is_late:
            gate.wait()
        peer.send(head(404, {'Content-Length': '0'}))
        sent.set()
        peer.keep = True

    with closing(Fetcher(Settings(tls_cacerts=cacerts))) as fetcher:
        assert fetcher.fetch(web.on('/odd', more)).status == 200
        gate.set()
        assert sent.wait(60)
        for number in range(3):
            assert fetcher.fetch(web.on(f'/{number}', fine)).status == 200
    # Each over a connection of its own.
    assert len({hit.connection for hit in web.log}) == len(web.log) == 4


def test_a_server_that_answered_for_another_page_is_asked_over_new_connections(
    web: Web,
) -> None:
    served: set[int] = set()

    def late(peer: Peer, request: Request) -> None:
        is_late = peer.number in served
        served.add(peer.number)
        answer('x' * 3000, status=404 if is_late else 200)(peer, request)

    def forged(peer: Peer, request: Request) -> None:
        is_late = peer.number in served
        served.add(peer.number)
        answer('x' * 3000, status=200 if is_late else 404)(peer, request)

    with closing(Fetcher(Settings())) as fetcher:
        assert fetcher.fetch(web.on('/first', late)).status == 200
        # This one is confirmed, and found to have been another's.
        second = web.on('/second', late)
        assert fetcher.fetch(second, finder_of(['here'])).status == 200
        # A good answer isn't confirmed elsewhere.
        assert fetcher.fetch(web.on('/third', forged)).status == 404


def test_a_backslash_is_a_slash_as_to_browsers(web: Web) -> None:
    host = web.url('').partition('://')[2].strip('/')
    web.on('/start', redirect(f'\\\\{host}\\one\\two?a\\b#c\\d'))
    found = web.page('/one/two?a%5Cb')
    with closing(Fetcher(Settings())) as fetcher:
        evidence = fetcher.fetch(web.url('/start'))
        written = fetcher.fetch(web.url('\\one\\two?a\\b'))
    assert (evidence.status, evidence.final_url) == (200, f'{found}#c%5Cd')
    assert (written.status, written.final_url) == (200, found)


def test_a_connection_outlives_a_redirect_whose_text_is_short(web: Web) -> None:
    target = web.page('/page', FINE)
    moved = answer('Moved.' * 20, status=301, headers={'Location': target})
    with closing(Fetcher(Settings())) as fetcher:
        for number in range(6):
            url = web.on(f'/{number}', moved)
            assert fetcher.fetch(url, finder_of(['here'])).status == 200
    # The others are for two redirects that are confirmed.
    assert web.connections == 3


@pytest.mark.parametrize('length', [100, 10**9])
def test_the_text_of_a_redirect_is_not_waited_for(web: Web, length: int) -> None:
    def textless(peer: Peer, request: Request) -> None:
        peer.send(head(301, {'Content-Length': str(length), 'Location': '/page'}))
        peer.pause()

    web.page('/page', FINE)
    found = ask(web.on('/moved', textless), 'here')
    assert (found.ending, found.status) == ('answered', 200)


# -- small pages ---------------------------------------------------------------


def test_where_all_pages_are_small_each_is_asked_for_once(web: Web) -> None:
    small = [web.page(f'/{number}', 'Small') for number in range(MANY_STUBS + 2)]
    refresh = '<meta http-equiv="refresh" content="0; url=/gone">'
    with closing(Fetcher(Settings())) as fetcher:
        for url in small:
            assert fetcher.fetch(url).status == 200
        assert web.hits('/0') == ['HEAD', 'GET']
        assert web.hits(f'/{MANY_STUBS}') == ['GET']
        # None is taken for something else because of that.
        assert fetcher.fetch(web.page('/refresh', refresh)).status == 404
        assert fetcher.fetch(web.url('/missing')).status == 404
        big = web.page('/big', 'x' * 3000)
        assert [fetcher.fetch(big).status for _ in range(2)] == [200, 200]
        assert web.hits('/big') == ['GET', 'HEAD']


def test_where_the_pages_of_all_servers_are_small_those_of_another_are_read_at_once(
    web: Web,
) -> None:
    names = {f'h{number}.test': web for number in range(ALL_STUBS + 1)}
    web.page('/*', 'Small')
    with closing(Fetcher(Settings(), Names(names))) as fetcher:
        for name in names:
            assert fetcher.fetch(web.url('/', host=name)).status == 200
        assert [hit.method for hit in web.log[-3:]] == ['HEAD', 'GET', 'GET']
        big = web.page('/big', 'x' * 3000)
        assert [fetcher.fetch(big).status for _ in range(2)] == [200, 200]
    assert web.hits('/big') == ['GET', 'HEAD']


# -- what an answer has --------------------------------------------------------


def test_headers_are_bounded(web: Web) -> None:
    fat = {f'X-{number}': 'x' * 60_000 for number in range(90)}
    found = ask(web.on('/page', answer('x', headers={'X-First': '1', **fat})))
    assert (found.status, found.headers['x-first']) == (200, '1')
    kept = sum(len(name) + len(value) for name, value in found.headers.items())
    assert kept <= MAX_HEADER_BYTES


@pytest.mark.parametrize(
    'more',
    [
        b'X-More: x\r\n',
        b'X-More: %b\r\n' % (b'x' * 30_000),
        b'HTTP/1.1 103 Early Hints\r\n\r\n',
    ],
    ids=['fields', 'long fields', 'announcements'],
)
def test_a_head_without_an_end_is_no_answer(web: Web, more: bytes) -> None:
    def endless(peer: Peer, request: Request) -> None:
        peer.send(b'HTTP/1.1 200 OK\r\n' if more.startswith(b'X') else b'')
        peer.repeat(more)

    # By the number of its lines, and not by the time.
    assert ask(web.on('/page', endless)).ending == 'reset'


def test_the_cookies_of_a_chain_are_bounded(web: Web) -> None:
    small = [('Set-Cookie', f'{letter}{n}=1') for letter in 'ab' for n in range(40)]
    big = [('Set-Cookie', 'big=' + 'x' * 30_000)]
    web.on('/next', fine)
    assert ask(web.on('/go', redirect('/next', headers=big + small))).status == 200
    (sent,) = [hit.headers['cookie'] for hit in web.log if hit.path == '/next']
    assert len(sent.split('; ')) <= MAX_COOKIES
    assert 'big' not in sent


@pytest.mark.filterwarnings('error')
def test_a_cookie_with_an_odd_age_is_kept_as_browsers_keep_it(web: Web) -> None:
    ages = ['', '=', '=x', f'={"9" * 5000}', '="5"', '=5', '=-1', '=0']
    headers = [
        *(('Set-Cookie', f'a{n}=1; MAX-AGE {age}') for n, age in enumerate(ages)),
        ('Set-Cookie2', 'b=1; comment=1'),
        ('Set-Cookie2', 'b=1; max-age'),
        ('Set-Cookie2', 'b=1; expires=x'),
    ]
    web.on('/next', fine)
    assert ask(web.on('/go', redirect('/next', headers=headers))).status == 200
    (sent,) = [hit.headers['cookie'] for hit in web.log if hit.path == '/next']
    assert sent.split('; ') == [f'a{n}=1' for n in range(6)]


@pytest.mark.parametrize('end', ['reset', 'cut', 'no chunk'])
def test_an_anchor_that_came_before_the_end_went_wrong_is_there(
    web: Web, end: str
) -> None:
    def broken(peer: Peer, request: Request) -> None:
        text = b'<p id="here">Here</p>' + b'.' * 100
        if end == 'no chunk':
            coded = {'Transfer-Encoding': 'chunked', 'Content-Type': 'text/html'}
            peer.send(head(headers=coded) + b'%x\r\n%b\r\nmany\r\n' % (len(text), text))
            return
        length = {'Content-Length': '9999', 'Content-Type': 'text/html'}
        peer.send(head(headers=length) + text)
        if end == 'reset':
            reset(peer, request)

    found = ask(web.on('/page', broken), 'here')
    # A reset may overtake what was sent before it.
    if not (end == 'reset' and found.ending == 'reset'):
        assert found.ending == 'answered'
        assert found.anchors is not None
        assert found.anchors.ids == {'here'}


@pytest.mark.parametrize(
    'start', [b'<p id="here">Here', b'<p>caf\xc3\xa9<p id="here">x']
)
def test_an_anchor_is_there_though_the_rest_of_its_page_never_comes(
    web: Web, start: bytes
) -> None:
    def stalls(peer: Peer, request: Request) -> None:
        length = {'Content-Length': '9000', 'Content-Type': 'text/html'}
        peer.send(head(headers=length) + start)
        peer.pause()

    url = web.on('/page', stalls)
    # Where the charset may matter, no more than it takes is waited for.
    timeout = 60.0 if start.isascii() else 1.0
    with closing(Fetcher(Settings(timeout=timeout))) as fetcher:
        found = fetcher.fetch(url, finder_of(['here']))
    assert found.anchors is not None
    assert found.anchors.ids == {'here'}
    assert found.seconds < 30


@pytest.mark.parametrize('end', [b'\r\n', b'\r\n\r\n', b'\r\nX-Cut'])
def test_of_a_head_that_breaks_off_no_anchor_is_missing(web: Web, end: bytes) -> None:
    url = web.on('/page', raw(b'HTTP/1.1 200 OK\r\nContent-Type: text/html' + end))
    with closing(Fetcher(Settings())) as fetcher:
        found = fetcher.fetch(url, finder_of(['here']))
    is_whole = end == b'\r\n\r\n'
    assert found.status == 200
    reason = judge(found, 'here', Policy()).reason
    assert reason == ('no-anchor' if is_whole else 'unverified')


def test_where_a_head_breaks_off_it_leads_nowhere(web: Web) -> None:
    url = web.on('/page', raw(b'HTTP/1.1 302 Found\r\nLocation: /pag'))
    with closing(Fetcher(Settings())) as fetcher:
        assert fetcher.fetch(url).ending == 'reset'
    assert web.hits('/pag') == []


@pytest.mark.parametrize(
    ('said', 'sent'),
    [
        (b'<meta charset="shift_jis">', '\u8868'.encode('shift_jis')),
        (b'', '\u8868'.encode()),
        (b'<!--\n<meta charset="koi8-r">-->', '\u8868'.encode()),
        (b'<meta charset="iso-2022-jp">', '\u8868'.encode('iso-2022-jp')),
    ],
)
@pytest.mark.parametrize('size', [1, 7, 40, 3000])
def test_a_charset_that_is_said_late_is_that_of_the_whole_page(
    said: bytes, sent: bytes, size: int
) -> None:
    data = (
        b'<title>x</title><p>plain</p>' + said + b'<p id="' + sent + b'">' + b'.' * 3000
    )
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    page = read_page(pieces, '', 'text/html')
    assert page.anchors is not None
    assert page.anchors.ids == {'\u8868'}
    assert page.beginning.startswith('<title>x</title><p>plain</p><')


@pytest.mark.parametrize(
    ('charset', 'text'),
    [
        ('ISO-8859-1', '\u2019'),
        ('', '\u2019'),
        ('us-ascii', '\u2019'),
        ('iso-8859-9', '\u2019'),
        ('shift_jis', '\u2460'),
        ('x-sjis', '\u2460'),
        ('GB2312', '\u9555'),
        ('euc-kr', '\ub620'),
        ('big5', '\u5605'),
    ],
)
def test_a_charset_has_the_characters_that_browsers_read_in_it(
    charset: str, text: str
) -> None:
    wider = {'iso-8859-9': 'cp1254', 'x-sjis': 'cp932', 'shift_jis': 'cp932'}
    wider |= {'GB2312': 'gbk', 'euc-kr': 'cp949', 'big5': 'big5hkscs'}
    data = f'<p id="{text}">'.encode(wider.get(charset, 'cp1252'))
    page = read_page([data], '', f'text/html; charset={charset}')
    assert page.anchors is not None
    assert page.anchors.ids == {text}
