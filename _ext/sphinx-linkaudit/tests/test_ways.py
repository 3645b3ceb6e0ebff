"""How a server is reached: by which address, over which connection, and with what."""

from __future__ import annotations

import errno
import math
import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from sphinx_linkaudit.ask import dial
from sphinx_linkaudit.ask._compat import MAX_HEADER_BYTES
from sphinx_linkaudit.ask.exchange import MAX_COOKIES
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.judge.anchors import finder_of
from web import HOSTILE, LOOPBACK, Proxy, Web, answer, fine, head, redirect, reset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.ask.resolve import Address, Resolve
    from sphinx_linkaudit.records import Evidence
    from web import Peer, Request


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


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
@pytest.mark.parametrize('code', [errno.ECONNREFUSED, errno.ETIMEDOUT])
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


# -- one connection for many ---------------------------------------------------


def test_what_is_left_behind_an_answer_is_nobodys_answer(web: Web) -> None:
    def more(peer: Peer, request: Request) -> None:
        peer.send(head(headers={'Content-Length': '0'}))
        peer.send(head(404, {'Content-Length': '0', 'X-Forged': 'yes'}))
        peer.keep = True

    odd = web.on('/odd', more)
    good = web.on('/good', fine)
    with closing(Fetcher(Settings(host_connections=1))) as fetcher:
        for _ in range(3):
            assert fetcher.fetch(odd).status == 200
            assert fetcher.fetch(good).status == 200


# -- what an answer has --------------------------------------------------------


def test_headers_are_bounded(web: Web) -> None:
    fat = {f'X-{number}': 'x' * 60_000 for number in range(90)}
    found = ask(web.on('/page', answer('x', headers={'X-First': '1', **fat})))
    assert (found.status, found.headers['x-first']) == (200, '1')
    kept = sum(len(name) + len(value) for name, value in found.headers.items())
    assert kept <= MAX_HEADER_BYTES


def test_the_cookies_of_a_chain_are_bounded(web: Web) -> None:
    small = [('Set-Cookie', f'{letter}{n}=1') for letter in 'ab' for n in range(40)]
    big = [('Set-Cookie', 'big=' + 'x' * 30_000)]
    web.on('/next', fine)
    assert ask(web.on('/go', redirect('/next', headers=small + big))).status == 200
    (sent,) = [hit.headers['cookie'] for hit in web.log if hit.path == '/next']
    assert len(sent.split('; ')) <= MAX_COOKIES
    assert 'big' not in sent


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
