"""Whatever a server does, asking for a page ends in time and says what was seen."""

from __future__ import annotations

import gzip
from threading import Event
from typing import TYPE_CHECKING

import pytest

from sphinx_linkaudit.ask import fetch
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.page import MAX_BEGINNING_CHARS, read_page
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.judge.anchors import finder_of, fragment_anchor
from sphinx_linkaudit.judge.judge import Policy, judge
from web import HOSTILE, Web, answer, fine, hang

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.records import Evidence
    from web import Peer, Request

#: Seconds that a page has to answer which will not.
TIMEOUT = 1.0
#: Seconds for any other, on a machine however busy.
LONG = 60.0

#: They answer the second request, and by then it is not HEAD.
SECOND = {'429-retry-after-absent', '503-retry-after-absent'}
#: Hostile behaviours by what is to be said of them.  The one that leads to a private
#: address is left out: from a link on loopback it may, and no server of ours is there.
REASONS = {
    'timeout': {
        'never-answers',
        'status-line-dripped',
        'headers-dripped',
        'endless-continue',
        'lookup-hangs',
        'never-accepts',
        'backlog-full',
        'head-hangs',
        'tls-never-answers',
    },
    'reset': {
        'endless-headers',
        'endless-header-line',
        'reset-before-headers',
        'closes-at-once',
        'garbage',
        'no-headers',
        'empty-lines',
        'status-is-a-word',
        'status-is-1000',
        'length-twice',
    },
    # The page is there, but its end isn't.
    'unverified': {
        'body-dripped',
        'body-stalls',
        'endless-trailers',
        'endless-chunk-size',
        'reset-after-headers',
        'length-too-long',
        'length-absurd',
        'chunk-size-not-a-number',
        'chunk-size-negative',
        'chunk-size-absurd',
        'endless-chunked-body',
        'gzip-bomb',
        'deflate-bomb',
        'endless-body',
    },
    'undecodable': {
        'brotli-bomb',
        'zstd-bomb',
        'nested-gzip',
        'gzip-many-times',
        'gzip-is-none',
    },
    'forbidden-redirect': {
        'redirect-to-file',
        'redirect-to-javascript',
        'redirect-to-data',
        'redirect-to-mailto',
        'redirect-to-metadata',
        'redirect-to-metadata-in-decimal',
        'redirect-to-metadata-in-hex',
        'redirect-to-metadata-in-ipv6',
        'redirect-to-unspecified',
    },
    'redirect-loop': {
        'location-unclosed-bracket',
        'location-empty',
        'location-spaces',
        'location-empty-label',
        'location-long-label',
        'location-bad-port',
        'redirect-to-itself',
        'redirect-loop',
        'endless-redirects',
    },
    'temporary': {
        'location-latin-1',
        'location-utf-8',
        'redirect-to-other-loopback',
        'redirect-to-rebinding-name',
    },
    'no-host': {'no-such-name'},
    'no-network': {'lookup-fails'},
    'refused': {'port-closed'},
    'no-anchor': {
        'length-too-short',
        'length-negative',
        'length-not-a-number',
        'charset-lies',
    },
    'rate-limited': {name for name in HOSTILE if name.startswith('429-')} - SECOND,
    'client-error': {'plain-on-tls-port'},
    'unavailable': {name for name in HOSTILE if name.startswith('503-')} - SECOND,
    'blocked': {'999'},
    'challenge': {name for name in HOSTILE if name.startswith('challenge-')},
    'home': {'soft-404-at-home'},
    'maybe-soft-404': {'soft-404-by-name'},
    'maybe-parked': {'parked-at-lander', 'parked-domain'},
    'not-found': {
        'location-control-characters',
        'location-no-host',
        'location-huge',
        'location-escapes',
        'location-folded',
        'location-twice',
        'escapes-in-reason',
        'escapes-in-body',
    },
    'tls-expired': {'tls-expired', 'tls-not-yet-valid'},
    'tls-self-signed': {'tls-self-signed'},
    'tls-issuer': {'tls-unknown-issuer'},
    'tls-host': {'tls-other-host'},
    'tls-protocol': {'tls-old-protocol', 'tls-on-plain-port'},
}
EXPECTED = {name: reason for reason, names in REASONS.items() for name in names}
LEFT_OUT = {'redirect-to-private'}
#: Those whose pages begin in time, but don't end.
SLOW = {'body-dripped', 'body-stalls', 'endless-trailers'}


def ask(web: Web, url: str, timeout: float = LONG) -> tuple[Evidence, str]:
    """Return what was seen of a link, and the reason of the verdict on it."""
    page, _hash, fragment = url.partition('#')
    anchor = fragment_anchor(fragment)
    settings = Settings(timeout=timeout, tls_cacerts=str(web.authority.ca_file))
    fetcher = Fetcher(settings, resolve=web.names)
    try:
        evidence = fetcher.fetch(page, finder_of([anchor]) if anchor else None)
    finally:
        fetcher.close()
    return evidence, judge(evidence, anchor, Policy()).reason


@pytest.mark.parametrize('name', sorted(set(HOSTILE) - LEFT_OUT))
def test_a_hostile_server_is_judged_in_time(name: str) -> None:
    expected = EXPECTED.get(name, 'ok')
    is_slow = expected == 'timeout' or name in SLOW
    with Web() as web:
        url = HOSTILE[name](web)
        _evidence, reason = ask(web, url, TIMEOUT if is_slow else LONG)
    # Newer Pythons (3.14, and corrected older ones) end these by a limit of their own.
    limited = {'reset'} if name in {'endless-continue', 'endless-trailers'} else set()
    assert reason in {expected} | limited


@pytest.fixture
def short_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('sphinx_linkaudit.ask.fetch.MIN_LEAD', 0.1)
    monkeypatch.setattr('sphinx_linkaudit.ask.fetch.HEAD_SHARE', 0.001)


@pytest.mark.usefixtures('short_lead')
def test_where_head_does_not_answer_a_get_is_sent_beside_it() -> None:
    with Web() as web:
        web.on('/page', hang, method='HEAD')
        url = web.on('/page', fine, method='GET')
        _evidence, reason = ask(web, url)
        assert web.hits('/page') == ['HEAD', 'GET']
    assert reason == 'ok'


@pytest.mark.usefixtures('short_lead')
def test_the_get_beside_a_head_is_the_only_one() -> None:
    asked, answered = Event(), Event()
    small = answer('<p>Small</p>')

    def head(peer: Peer, request: Request) -> None:
        asked.wait(LONG)
        small(peer, request)
        answered.set()

    def get(peer: Peer, request: Request) -> None:
        asked.set()
        answered.wait(LONG)
        small(peer, request)

    with Web() as web:
        web.on('/page', head, method='HEAD')
        url = web.on('/page', get, method='GET')
        evidence, _reason = ask(web, url)
        assert web.hits('/page') == ['HEAD', 'GET']
    assert 'Small' in evidence.body


@pytest.mark.parametrize('rest', ['', '/x?y=//z', '?x=1', '#x'])
def test_a_host_ends_where_its_path_or_query_begins(rest: str) -> None:
    assert fetch._origin_of(f'https://a.test:8{rest}') == ('https', 'a.test:8')


def test_no_page_is_read_beyond_its_time() -> None:
    body = '<b>' * 5_000_000
    data = gzip.compress(f'<p id="start">{body}<p id="end">'.encode(), 1)
    headers = {'Content-Encoding': 'gzip', 'Content-Type': 'text/html'}
    with Web() as web:
        url = web.on('/page', answer(data, headers=headers))
        fetcher = Fetcher(Settings(timeout=0.3), resolve=web.names)
        anchors = fetcher.fetch(url, finder_of(['end', 'gone'])).anchors
        fetcher.close()
    # None: on a busy machine not even its head was there in time.
    assert anchors is None or (not anchors.whole and 'end' not in anchors.ids)


def test_of_a_page_without_wanted_anchors_the_beginning_is_read() -> None:
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        for _number in range(100):
            read += 1
            yield gzip.compress(b'<b>' * 20_000)

    page = read_page(chunks(), 'gzip', 'text/html')
    assert len(page.beginning) == MAX_BEGINNING_CHARS
    assert read == 2


def test_a_page_whose_time_is_over_was_read_in_part() -> None:
    pieces = [b'<p id="a">A page', b'<p id="b">']
    wanted = finder_of(['b', 'c'])
    anchors = read_page(pieces, '', 'text/html', wanted, is_over=lambda: True).anchors
    assert anchors is not None
    assert (anchors.ids, anchors.whole) == (frozenset(), False)


def test_one_get_serves_all_anchors_of_a_page() -> None:
    with Web() as web:
        url = web.page('/page', '<p id="a">A</p><a name="b">B</a><meta name="c">')
        fetcher = Fetcher(Settings(timeout=LONG), resolve=web.names)
        evidence = fetcher.fetch(url, finder_of('abc'))
        fetcher.close()
        assert web.hits('/page') == ['GET']
    assert evidence.anchors is not None
    assert evidence.anchors.ids == {'a', 'b'}


@pytest.mark.parametrize(
    'url',
    [
        'http://[::1',
        'http://a..b/',
        'http://a b/',
        'http://x:99999/',
        'http://x:port/',
        'http://',
        'http:///path',
        'http://\0/',
        f'http://{"a" * 70}.test/',
        'http://%zz/',
        'http://xn--/',
        'http://\u2024\u2024/',
        'https://user:pass:word@[/',
    ],
)
def test_a_malformed_address_is_a_verdict(url: str) -> None:
    with Web() as web:
        _evidence, reason = ask(web, url)
    assert reason in {'invalid-url', 'no-host', 'placeholder'}
