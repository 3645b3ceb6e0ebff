"""The tests' web is what it says: asked over sockets, with bounded reads."""

from __future__ import annotations

import gc
import http.client
import json
import re
import socket
import ssl
import threading
import time
import zlib
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

import pytest

from web import (
    BOMB,
    ESCAPES,
    FINE,
    HOSTILE,
    LOOPBACK,
    MEBI,
    PACE,
    RETRY_AFTER,
    Authority,
    Lookup,
    Names,
    Peer,
    Proxy,
    Request,
    Web,
    answer,
    delayed,
    held,
    in_turn,
    redirect,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.filterwarnings('error::ResourceWarning'),
    pytest.mark.filterwarnings('error::pytest.PytestUnraisableExceptionWarning'),
]

#: Seconds that a client waits for what has to come, and for what should not.
SURELY, HARDLY = 10.0, 0.1


@pytest.fixture
def web() -> Iterator[Web]:
    threads = set(threading.enumerate())
    with Web() as web:
        yield web
    assert set(threading.enumerate()) <= threads


@pytest.fixture(scope='module', autouse=True)
def nothing_left_open() -> Iterator[None]:
    yield
    # Each would take long with all of Sphinx in memory, so there is one for all.
    gc.collect()


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def location(self) -> str:
        return self.headers['location']


def connect(url: str) -> socket.socket:
    split = urlsplit(url)
    address = str(split.hostname), split.port or 80
    return socket.create_connection(address, timeout=SURELY)


def speak(sock: socket.socket, url: str, method: str = 'GET') -> None:
    path = urlsplit(url).path or '/'
    request = f'{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n'
    sock.sendall(request.encode())


def read(sock: socket.socket, limit: int) -> bytes:
    data = bytearray()
    while len(data) < limit and (more := sock.recv(limit - len(data))):
        data += more
    return bytes(data)


def read_raw(url: str, limit: int = 100_000, method: str = 'GET') -> bytes:
    """Return what the server says, up to its end or to that many bytes."""
    with connect(url) as sock:
        speak(sock, url, method)
        return read(sock, limit)


def ask(
    url: str,
    method: str = 'GET',
    *,
    via: http.client.HTTPConnection | None = None,
    limit: int = 10 * MEBI,
    **headers: str,
) -> Reply:
    """Ask in due form, on a connection of its own if none is given."""
    split = urlsplit(url)
    target = (split.path or '/') + (f'?{split.query}' if split.query else '')
    connection = via or http.client.HTTPConnection(split.netloc, timeout=SURELY)
    try:
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read(limit))
    finally:
        if not via:
            connection.close()


def shake_hands(url: str, trusted: Authority, name: str = '127.0.0.1') -> str | None:
    """Return the protocol that was agreed on."""
    context = ssl.create_default_context(cafile=str(trusted.ca_file))
    with (
        connect(url) as sock,
        context.wrap_socket(sock, server_hostname=name) as secure,
    ):
        return secure.version()


# -- what it serves ------------------------------------------------------------


def test_a_page_is_served_as_declared(web: Web) -> None:
    url = web.page('/ok', 'Zürich', status=203, headers={'X-Test': 'yes'})
    got = ask(url)
    assert (got.status, got.body) == (203, 'Zürich'.encode())
    assert got.headers['x-test'] == 'yes'
    assert got.headers['content-type'] == 'text/html; charset=utf-8'


def test_head_has_the_headers_of_get_and_no_body(web: Web) -> None:
    data = read_raw(web.page('/ok', 'Hello'), 1000)
    only_head = read_raw(web.url('/ok'), 1000, method='HEAD')
    assert data == only_head + b'Hello'
    assert b'Content-Length: 5\r\n' in only_head


def test_methods_can_have_answers_of_their_own(web: Web) -> None:
    web.page('/x', 'Hello')
    web.page('/x', status=405, method='HEAD')
    assert (ask(web.url('/x'), 'HEAD').status, ask(web.url('/x')).status) == (405, 200)
    assert web.hits('/x') == ['HEAD', 'GET']


def test_the_closest_path_wins(web: Web) -> None:
    for path in ['/*', '/a/*', '/a/b', '/a/b?c=1']:
        web.page(path, path)
    asked = ['/', '/z/z', '/a/', '/a/z/z', '/a/b', '/a/b?c=2', '/a/b?c=1']
    assert [ask(web.url(path)).body.decode() for path in asked] == [
        *('/*', '/*', '/a/*', '/a/*', '/a/b', '/a/b', '/a/b?c=1'),
    ]
    assert len(web.hits('/a/b')) == 3
    assert len(web.hits('/a/b?c=1')) == 1


def test_what_is_not_there_is_404(web: Web) -> None:
    assert ask(web.url('/nothing')).status == 404


def test_answers_can_come_in_turn(web: Web) -> None:
    url = web.on('/x', in_turn(answer(status=503), redirect('/y'), answer('Hello')))
    assert [ask(url).status for _ in range(4)] == [503, 302, 200, 200]


def test_an_answer_can_take_its_time(web: Web) -> None:
    url = web.on('/x', delayed(0.05, answer('Hello')))
    start = time.monotonic()
    assert ask(url).body == b'Hello'
    assert time.monotonic() - start >= 0.05


def test_a_gate_holds_answers_until_it_is_opened(web: Web) -> None:
    gate = web.gate()
    url = web.on('/x', held(gate, answer('Hello')))
    with connect(url) as one, connect(url) as other:
        speak(one, url)
        speak(other, url)
        web.wait_for('/x', 2)
        one.settimeout(HARDLY)
        with pytest.raises(TimeoutError):
            one.recv(1)
        one.settimeout(SURELY)
        gate.set()
        assert read(one, 1000).endswith(b'Hello')
        assert read(other, 1000).endswith(b'Hello')


def test_waiting_for_a_request_that_does_not_come_ends(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('web.server.PATIENCE', 0.01)
    with pytest.raises(TimeoutError, match='/x was asked for 0 times'):
        web.wait_for('/x')


def test_every_request_is_in_the_log(web: Web) -> None:
    before = time.monotonic()
    ask(web.url('/x?y=1'), 'HEAD', Accept='text/*')
    with connect(web.url()) as sock:
        sock.sendall(b'GET /caf\xe9 HTTP/1.0\r\nX: 1\r\nx: 2\r\n\r\n')
        read(sock, 1000)
    ask(web.url('/x'))
    head, odd, get = web.log
    assert (head.method, head.target, head.path) == ('HEAD', '/x?y=1', '/x')
    assert head.headers['accept'] == 'text/*'
    assert (odd.target, odd.version) == ('/caf\xe9', 'HTTP/1.0')
    assert odd.headers == {'x': '1, 2'}
    assert [request.connection for request in web.log] == [1, 2, 3]
    assert [request.nth for request in web.log] == [1, 1, 2]
    assert before <= head.time <= odd.time <= get.time <= time.monotonic()
    assert web.connections == 3


def test_connections_are_kept_as_asked_for() -> None:
    def connections(web: Web, connection: str = '') -> int:
        with web:
            url = web.page('/', 'Hello')
            via = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SURELY)
            for _ in range(3):
                assert ask(url, via=via, Connection=connection).body == b'Hello'
            via.close()
        return web.connections

    assert connections(Web()) == 1
    assert connections(Web(), 'close') == 3
    assert connections(Web(keep_alive=False)) == 3
    assert connections(Web(version='1.0')) == 3


def test_a_server_of_http_1_0_says_so() -> None:
    with Web(version='1.0') as web:
        assert read_raw(web.page('/', 'Hello')).startswith(b'HTTP/1.0 200 OK\r\n')


def test_what_is_no_request_is_refused(web: Web) -> None:
    for data in [b'\x16\x03\x01', b'GET\r\n\r\n', b'GET / HTTP/9\r\n\r\n']:
        with connect(web.url()) as sock:
            sock.sendall(data)
            assert read(sock, 1000).startswith(b'HTTP/1.1 400 ')
    assert not web.log


def test_servers_have_addresses_of_their_own(web: Web) -> None:
    other = web.also(Web('127.0.0.2'))
    assert other.page('/', 'Hello').startswith('http://127.0.0.2:')
    assert ask(other.url()).body == b'Hello'
    assert not web.log
    with socket.socket() as sock, pytest.raises(ConnectionRefusedError):
        sock.connect(('127.0.0.3', other.port))


# -- TLS -----------------------------------------------------------------------


def test_a_good_certificate_is_good_for_names_and_addresses(web: Web) -> None:
    secure = web.also(Web(tls=web.authority.good()))
    assert secure.url().startswith('https://127.0.0.1:')
    for name in ['127.0.0.1', 'localhost']:
        assert shake_hands(secure.url(), web.authority, name)
    named = web.also(Web(tls=web.authority.good('alive.test')))
    assert shake_hands(named.url(), web.authority, 'alive.test')
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(named.url(), web.authority, 'other.test')


def test_pages_come_over_tls(web: Web) -> None:
    secure = web.also(Web(tls=web.authority.good()))
    url = secure.page('/x', 'Hello')
    context = ssl.create_default_context(cafile=str(web.authority.ca_file))
    via = http.client.HTTPSConnection(
        urlsplit(url).netloc, timeout=SURELY, context=context
    )
    assert [ask(url, via=via).body for _ in range(2)] == [b'Hello'] * 2
    via.close()
    assert secure.connections == 1


@pytest.mark.parametrize(
    ('name', 'code'),
    # OpenSSL's, from x509_vfy.h.
    [
        ('not-yet-valid', 9),
        ('expired', 10),
        ('self-signed', 18),
        ('unknown-issuer', 20),
        ('other-host', 64),  # for an address; 62 for a name
    ],
)
def test_a_bad_certificate_is_bad_in_one_way(web: Web, name: str, code: int) -> None:
    url = HOSTILE[f'tls-{name}'](web)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        shake_hands(url, web.authority)
    assert caught.value.verify_code == code


def test_an_old_protocol_is_refused(web: Web) -> None:
    with pytest.raises(ssl.SSLError, match=r'(?i)protocol') as caught:
        shake_hands(HOSTILE['tls-old-protocol'](web), web.authority)
    assert not isinstance(caught.value, ssl.SSLCertVerificationError)


def test_tls_and_plain_http_do_not_mix(web: Web) -> None:
    with pytest.raises(ssl.SSLError, match='WRONG_VERSION_NUMBER'):
        shake_hands(HOSTILE['tls-on-plain-port'](web), web.authority)
    got = ask(HOSTILE['plain-on-tls-port'](web))
    assert (got.status, got.body[:14]) == (400, b'The plain HTTP')


# -- the proxy -----------------------------------------------------------------


def test_a_proxy_resolves_names_and_passes_requests_on(web: Web) -> None:
    web.page('/x', 'Hello', headers={'X-Test': 'yes'})
    proxy = web.also(Proxy({'gone.example': web}))
    for method, body in [('GET', b'Hello'), ('HEAD', b'')]:
        with connect(proxy.url()) as sock:
            request = f'{method} http://gone.example/x?y HTTP/1.1\r\nHost: gone.example'
            sock.sendall(request.encode() + b'\r\n\r\n')
            data = read(sock, 1000)
        assert data.startswith(b'HTTP/1.1 200 OK\r\nX-Test: yes\r\n')
        assert data.partition(b'\r\n\r\n')[2] == body
    assert web.hits('/x?y') == proxy.hits('http://gone.example/x?y') == ['GET', 'HEAD']
    assert web.log[0].headers['host'] == 'gone.example'
    assert proxy.names.asked == ['gone.example'] * 2


def test_a_proxy_makes_tunnels(web: Web) -> None:
    secure = web.also(Web(tls=web.authority.good('gone.example')))
    secure.page('/x', 'Hello')
    proxy = web.also(Proxy({'gone.example': secure}))
    context = ssl.create_default_context(cafile=str(web.authority.ca_file))
    via = http.client.HTTPSConnection(
        proxy.address, proxy.port, timeout=SURELY, context=context
    )
    via.set_tunnel('gone.example')
    assert ask('https://gone.example/x', via=via).body == b'Hello'
    via.close()
    assert proxy.hits('gone.example:443') == ['CONNECT']


@pytest.mark.parametrize('host', ['unknown.test', '203.0.113.1', '0.0.0.0'])
def test_a_proxy_reaches_nothing_but_loopback(web: Web, host: str) -> None:
    proxy = web.also(Proxy())
    for request in [f'GET http://{host}/', f'CONNECT {host}:80']:
        with connect(proxy.url()) as sock:
            sock.sendall(f'{request} HTTP/1.1\r\n\r\n'.encode())
            assert read(sock, 1000).startswith(b'HTTP/1.1 502 ')


# -- names ---------------------------------------------------------------------


def addresses(names: Names, host: str) -> list[tuple[object, ...]]:
    return [info[4] for info in names(host, 80)]


def test_names_answer_as_getaddrinfo_does(web: Web) -> None:
    with Names({'alive.test': '127.0.0.2'}) as names:
        for host in ['alive.test', 'ALIVE.test.', '127.0.0.2']:
            assert names(host, 80) == socket.getaddrinfo(
                '127.0.0.2', 80, type=socket.SOCK_STREAM
            )
        assert names.asked == ['alive.test', 'ALIVE.test.', '127.0.0.2']
        names.add('web.test', web)
        assert addresses(names, 'web.test') == [('127.0.0.1', web.port)]
        names.add('both.test', ('127.0.0.1', '::1'))
        assert addresses(names, 'both.test') == [('127.0.0.1', 80), ('::1', 80, 0, 0)]


def test_a_name_can_change_its_mind() -> None:
    with Names() as names:
        names.add('rebinding.test', '203.0.113.1', Lookup.TRY_AGAIN, '127.0.0.1')
        assert addresses(names, 'rebinding.test') == [('203.0.113.1', 80)]
        with pytest.raises(socket.gaierror):
            names('rebinding.test', 80)
        for _ in range(2):
            assert addresses(names, 'rebinding.test') == [('127.0.0.1', 80)]


def test_lookups_fail_as_told() -> None:
    with Names({'again.test': Lookup.TRY_AGAIN}) as names:
        for host, code in [
            ('again.test', socket.EAI_AGAIN),
            ('unknown.test', socket.EAI_NONAME),
        ]:
            with pytest.raises(socket.gaierror) as caught:
                names(host, 80)
            assert caught.value.errno == code


def test_a_lookup_hangs_until_it_is_let_go() -> None:
    names = Names({'slow.test': Lookup.HANGS})

    def look_up() -> None:
        with pytest.raises(socket.gaierror):
            names('slow.test', 80)

    thread = threading.Thread(target=look_up)
    thread.start()
    thread.join(HARDLY)
    assert thread.is_alive()
    names.close()
    thread.join(SURELY)
    assert not thread.is_alive()


# -- what is hostile -----------------------------------------------------------


def test_there_is_enough_of_it_and_all_of_it_is_described() -> None:
    assert len(HOSTILE) >= 32
    for name, trap in HOSTILE.items():
        assert re.fullmatch(r'[a-z0-9-]+', name)
        assert trap.__doc__
        assert re.fullmatch(r'[A-Z].*\.', trap.__doc__), name


@pytest.mark.parametrize('name', HOSTILE)
def test_all_of_it_ends_with_the_web(web: Web, name: str) -> None:
    url = HOSTILE[name](web)

    def visit() -> None:
        split = urlsplit(url)
        with suppress(OSError), socket.socket() as sock:
            sock.settimeout(SURELY)
            sock.connect(web.names(str(split.hostname), split.port or 80)[0][4])
            speak(sock, url)
            read(sock, 1000)

    # 169.254.169.254 is not for us to ask.
    client = threading.Thread(target=visit if 'two-kinds' not in name else str)
    client.start()
    client.join(HARDLY)
    start = time.monotonic()
    web.close()
    assert time.monotonic() - start < 3
    client.join(SURELY)
    assert not client.is_alive()


@pytest.mark.parametrize(
    ('name', 'start', 'drops'),
    [
        ('status-line-dripped', b'HTTP/1.1 200 ', 0),
        ('headers-dripped', b'HTTP/1.1 200 OK\r\n', 10),
        ('body-dripped', b'\r\n\r\n', 10),
    ],
)
def test_a_drip_goes_on_byte_by_byte(
    web: Web, name: str, start: bytes, drops: int
) -> None:
    url = HOSTILE[name](web)
    with connect(url) as sock:
        speak(sock, url)
        data = b''
        while start not in data:
            data += read(sock, 1)
        began = time.monotonic()
        assert len(read(sock, drops or 10)) == (drops or 10)
        assert time.monotonic() - began >= 8 * PACE


@pytest.mark.parametrize('name', [name for name in HOSTILE if 'endless-' in name])
def test_what_is_endless_goes_on(web: Web, name: str) -> None:
    url = HOSTILE[name](web)
    if name == 'endless-redirects':
        seen = {url}
        for _ in range(30):
            url = urljoin(url, ask(url).location)
            seen.add(url)
        assert len(seen) == 31
    else:
        limit = 20_000 if name == 'endless-continue' else MEBI
        assert len(read_raw(url, limit)) == limit


@pytest.mark.parametrize('name', ['gzip-bomb', 'deflate-bomb', 'nested-gzip'])
def test_bombs_inflate_to_zeros(web: Web, name: str) -> None:
    got = ask(HOSTILE[name](web))
    data = got.body
    assert len(data) < 2 * MEBI
    for _ in got.headers['content-encoding'].split(','):
        packed = data
        press = zlib.decompressobj(zlib.MAX_WBITS | (0 if 'deflate' in name else 32))
        data = press.decompress(packed, 2 * MEBI)
    assert data.strip(b'\0') == b''
    assert len(data) == 2 * MEBI
    if name == 'gzip-bomb':
        assert packed[-4:] == BOMB.to_bytes(4, 'little')


def test_silence_is_kept(web: Web) -> None:
    for name in ['never-answers', 'never-accepts']:
        url = HOSTILE[name](web)
        with connect(url) as sock:
            speak(sock, url)
            sock.settimeout(HARDLY)
            with pytest.raises(TimeoutError):
                sock.recv(1)


def test_doors_are_closed(web: Web) -> None:
    with pytest.raises(ConnectionRefusedError):
        connect(HOSTILE['port-closed'](web).replace('closed.nowhere', LOOPBACK))
    full = urlsplit(HOSTILE['backlog-full'](web))
    with socket.socket() as sock:
        sock.settimeout(HARDLY)
        with pytest.raises(TimeoutError):
            sock.connect((LOOPBACK, full.port))


def test_connections_are_dropped_before_and_after_the_headers(web: Web) -> None:
    with pytest.raises(ConnectionResetError):
        read_raw(HOSTILE['reset-before-headers'](web))
    url = HOSTILE['reset-after-headers'](web)
    with connect(url) as sock:
        speak(sock, url)
        assert sock.recv(1000).endswith(b'Content-Length: 2000\r\n\r\n')
        with pytest.raises(ConnectionResetError):
            sock.recv(1000)
    assert read_raw(HOSTILE['closes-at-once'](web)) == b''


@pytest.mark.parametrize(
    ('name', 'location'),
    [
        ('redirect-to-file', b'file:///etc/passwd'),
        ('redirect-to-metadata', b'http://169.254.169.254/latest/meta-data/'),
        ('location-unclosed-bracket', b'http://[::1'),
        ('location-empty', b''),
        ('location-latin-1', b'/location-latin-1/caf\xe9'),
        ('location-utf-8', b'/location-utf-8/caf\xc3\xa9'),
        ('location-control-characters', b'/\x01\x02\x7f'),
    ],
)
def test_locations_come_as_they_are(web: Web, name: str, location: bytes) -> None:
    data = read_raw(HOSTILE[name](web), method='HEAD', limit=60)
    assert data.startswith(b'HTTP/1.1 302 Found\r\nLocation: ' + location[:20])


def test_a_cookie_opens_the_redirect(web: Web) -> None:
    url = HOSTILE['cookie-redirect'](web)
    got = ask(url)
    assert (got.status, urljoin(url, got.location)) == (302, url)
    assert ask(url, Cookie=got.headers['set-cookie']).status == 200


def test_a_loop_comes_back(web: Web) -> None:
    url = HOSTILE['redirect-loop'](web)
    there = urljoin(url, ask(url).location)
    assert there != url
    assert urljoin(there, ask(there).location) == url


@pytest.mark.parametrize(
    ('name', 'lengths'),
    [
        ('too-long', [b'1000']),
        ('too-short', [b'10']),
        ('negative', [b'-1']),
        ('not-a-number', [b'many']),
        ('twice', [b'10', b'1000']),
    ],
)
def test_lengths_are_wrong(web: Web, name: str, lengths: list[bytes]) -> None:
    start, _, body = read_raw(HOSTILE[f'length-{name}'](web)).partition(b'\r\n\r\n')
    assert re.findall(rb'Content-Length: ([^\r]*)', start) == lengths
    assert len(body) == 100


@pytest.mark.parametrize('name', ['405', '403', '404', '501', 'reset', 'hangs'])
def test_head_is_refused_and_get_is_not(web: Web, name: str) -> None:
    url = HOSTILE[f'head-{name}'](web)
    assert ask(url).body == FINE.encode()
    with connect(url) as sock:
        speak(sock, url, 'HEAD')
        sock.settimeout(HARDLY if name == 'hangs' else SURELY)
        try:
            refusal = sock.recv(12).decode()
        except OSError as error:
            refusal = type(error).__name__
    assert refusal == {
        'reset': 'ConnectionResetError',
        'hangs': 'TimeoutError',
    }.get(name, f'HTTP/1.1 {name}')


@pytest.mark.parametrize('status', [429, 503])
def test_retry_after_says_all_kinds_of_things(web: Web, status: int) -> None:
    said = {}
    for name, (_, relents) in RETRY_AFTER.items():
        url = HOSTILE[f'{status}-retry-after-{name}'](web)
        got = ask(url)
        assert got.status == status
        assert ask(url).status == (200 if relents else status)
        said[name] = got.headers['retry-after']
    assert said['good'] == '1'
    assert said['absent'] is None
    assert {name: float(said[name]) for name in ['negative', 'huge', 'inf']} == {
        'negative': -1,
        'huge': 1e9,
        'inf': float('inf'),
    }
    assert abs(parsedate_to_datetime(said['date']).timestamp() - time.time()) < 60


def test_robots_are_turned_away(web: Web) -> None:
    assert ask(HOSTILE['999'](web)).status == 999
    got = ask(HOSTILE['challenge-cloudflare'](web))
    assert (got.status, got.headers['cf-mitigated']) == (200, 'challenge')
    anubis = ask(HOSTILE['challenge-anubis'](web)).body.decode()
    script = re.search('id="anubis_challenge" type="application/json">(.*?)<', anubis)
    assert script
    assert json.loads(script[1])['rules']
    assert b'g-recaptcha' in ask(HOSTILE['challenge-captcha'](web)).body


def test_soft_deaths_look_alive(web: Web) -> None:
    url = HOSTILE['soft-404'](web)
    got, sibling = ask(url), ask(urljoin(url, '/other'))
    assert (got.status, got.body) == (200, sibling.body)
    home = HOSTILE['soft-404-at-home'](web)
    assert ask(home).location == '/'
    assert ask(urljoin(home, '/')).status == 200
    assert b'is for sale' in ask(HOSTILE['parked-domain'](web)).body


def test_charsets_are_not_what_they_seem(web: Web) -> None:
    body = '<p id="zürich">'
    lies = ask(HOSTILE['charset-lies'](web))
    assert lies.headers.get_content_charset() == 'utf-8'
    with pytest.raises(UnicodeDecodeError):
        lies.body.decode()
    assert body in ask(HOSTILE['charset-utf-16'](web)).body.decode('utf-16')
    meta = ask(HOSTILE['charset-meta'](web))
    assert meta.headers['content-type'] == 'text/html'
    assert body in meta.body.decode('latin-1')


def test_a_character_is_cut_by_a_chunk(web: Web) -> None:
    url = HOSTILE['charset-split'](web)
    raw = read_raw(url, limit=len(read_raw(url)))
    assert b'\xc3\r\n' in raw
    assert ask(url).body.decode().count('Zürich') == 1


def test_the_anchor_is_five_megabytes_down(web: Web) -> None:
    assert ask(HOSTILE['anchor-far-down'](web)).body.index(b'id="here"') > 4.9 * MEBI


def test_escapes_arrive_unescaped(web: Web) -> None:
    for name in ['reason', 'headers', 'body']:
        assert ESCAPES in read_raw(HOSTILE[f'escapes-in-{name}'](web), limit=200)


# -- how it ends ---------------------------------------------------------------


def test_a_web_closes_on_idle_and_on_half_said_requests() -> None:
    threads = threading.enumerate()
    web = Web()
    with connect(web.page('/', 'Hello')) as idle, connect(web.url()) as half:
        idle.sendall(b'GET / HTTP/1.1\r\n\r\n')
        assert idle.recv(1000).endswith(b'Hello')
        half.sendall(b'GET / HT')
        web.close()
        for sock in (idle, half):
            # A connection closed before it was read from is reset.
            with suppress(ConnectionResetError):
                assert sock.recv(1) == b''
    assert threading.enumerate() == threads


def test_a_proxy_closes_on_a_lookup_that_hangs(web: Web) -> None:
    proxy = web.also(Proxy({'slow.test': Lookup.HANGS}))
    with connect(proxy.url()) as sock:
        sock.sendall(b'GET http://slow.test/ HTTP/1.1\r\n\r\n')
        proxy.wait_for('http://slow.test/')
        start = time.monotonic()
        web.close()
        assert time.monotonic() - start < 3


def test_a_behaviour_that_does_not_end_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr('web.server.PATIENCE', 0.01)
    free = threading.Event()

    def stubborn(peer: Peer, request: Request) -> None:
        free.wait(SURELY)

    web = Web()
    url = web.on('/', stubborn)
    with connect(url) as sock:
        speak(sock, url)
        sock.settimeout(HARDLY)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        with pytest.raises(RuntimeError, match='has not noticed'):
            web.close()
    free.set()
