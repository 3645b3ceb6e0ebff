"""How a check treats hosts: who is asked when, how often, and who not at all."""

from __future__ import annotations

import socket
from collections import Counter
from threading import Barrier, Lock
from typing import TYPE_CHECKING, Any

import pytest

from checks import check
from sphinx_linkaudit.ask.adapter import MAX_POOLS
from web import (
    HOSTILE,
    LOOPBACK,
    PATIENCE,
    Behaviour,
    Lookup,
    Web,
    answer,
    fine,
    hang,
    held,
    in_turn,
    reset,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fixtures import MakeProject
    from web import Peer, Request

FAILS = answer('Oops', status=500)


def later(seconds: str, status: int = 429) -> Behaviour:
    return answer('Later', status=status, headers={'Retry-After': seconds})


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Give the addresses that somebody has tried to connect to."""
    addresses: list[Any] = []

    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            addresses.append(address)
            super().connect(address)

        def connect_ex(self, address: Any) -> int:
            addresses.append(address)
            return super().connect_ex(address)

    monkeypatch.setattr(socket, 'socket', Socket)
    return addresses


def at_hosts(
    web: Web, names: Iterable[str], path: str = '/', address: str = LOOPBACK
) -> list[str]:
    """Return a URL of that path at each of the hosts, all of them this web."""
    for name in names:
        web.names.add(f'{name}.nowhere', address)
    return [web.url(path, host=f'{name}.nowhere') for name in names]


def paths(web: Web) -> list[str]:
    return [request.path for request in web.log]


# -- rate limits ---------------------------------------------------------------


@pytest.mark.parametrize('status', [429, 503])
def test_a_host_is_asked_again_when_it_said_not_before(
    make_project: MakeProject, web: Web, status: int
) -> None:
    url = web.on('/page', in_turn(later('1', status), fine))
    checked = check(make_project, f'{url}\n')
    first, second = web.log
    assert second.time - first.time >= 1
    assert checked.status(url) == 'working'


def test_pauses_are_no_longer_in_all_than_the_settings_allow(
    make_project: MakeProject, web: Web
) -> None:
    url = web.on('/page', later('1'))
    checked = check(make_project, f'{url}\n', linkcheck_rate_limit_timeout=1.5)
    # A second pause of a second would be too much.
    assert web.hits('/page') == ['HEAD', 'HEAD']
    assert checked.verdict(url) == ('blocked', 'rate-limited')
    assert checked.status_code == 0


def test_where_a_host_wants_too_long_a_pause_no_other_link_of_it_is_asked_for(
    make_project: MakeProject, web: Web
) -> None:
    limited = [web.on(f'/{number}', later('1000')) for number in range(5)]
    (other,) = at_hosts(web, 'b', '/other')
    web.page('/other')
    text = ' '.join([*limited, other])
    checked = check(
        make_project, text, linkcheck_rate_limit_timeout=1, linkcheck_workers=1
    )
    assert sorted(paths(web)) == ['/0', '/other']
    for url in limited:
        assert checked.verdict(url) == ('blocked', 'rate-limited')
    assert checked.status(other) == 'working'


def test_while_a_host_pauses_others_are_asked_and_its_own_links_wait(
    make_project: MakeProject, web: Web
) -> None:
    found = web.gate()
    limited = web.on('/limited', in_turn(held(found, later('1')), fine))
    same = web.page('/same')
    others = at_hosts(web, 'bc', '/other')
    web.page('/other')
    text = ' '.join([limited, same, *others])
    checked = check(make_project, text, found=found, linkcheck_workers=1)
    assert paths(web)[:3] == ['/limited', '/other', '/other']
    assert sorted(paths(web)[3:]) == ['/limited', '/same']
    first, *_others, once_more, last = web.log
    assert min(once_more.time, last.time) - first.time >= 1
    assert {checked.status(url) for url in (limited, same, *others)} == {'working'}


# -- once more -----------------------------------------------------------------


@pytest.mark.usefixtures('no_pause')
@pytest.mark.parametrize(
    ('failure', 'hits'),
    [
        (FAILS, ['HEAD', 'GET', 'HEAD']),
        (reset, ['HEAD', 'GET', 'GET']),
        (answer(status=503), ['HEAD', 'GET', 'GET']),
    ],
    ids=['500', 'reset', '503'],
)
def test_what_may_pass_is_asked_again(
    make_project: MakeProject, web: Web, failure: Behaviour, hits: list[str]
) -> None:
    url = web.on('/page', in_turn(failure, failure, fine))
    checked = check(make_project, f'{url}\n', linkcheck_retries=3)
    assert web.hits('/page') == hits
    assert checked.status(url) == 'working'


TRANSIENT = (408, 425, 502, 503, 504, 520, 524)
LASTING = (410, 500, 519, 525)


@pytest.mark.usefixtures('no_pause')
@pytest.mark.parametrize(
    ('failure', 'is_transient'),
    [
        (reset, True),
        *((answer(status=status), True) for status in TRANSIENT),
        *((answer(status=status), False) for status in LASTING),
    ],
    ids=[
        'reset',
        '408',
        '425',
        '502',
        '503',
        '504',
        '520',
        '524',
        '410',
        '500',
        '519',
        '525',
    ],
)
def test_one_transient_failure_is_not_final(
    make_project: MakeProject, failure: Behaviour, *, is_transient: bool
) -> None:
    page = answer('<p id="x">')
    # A new connection each time: what comes over one that was used is confirmed.
    with Web(keep_alive=False) as web:
        once = web.on('/once', in_turn(failure, page)) + '#x'
        always = web.on('/always', failure) + '#x'
        other = web.on('/other', page) + '#x'
        links = f'{once} {always} {other}\n'
        checked = check(make_project, links, linkcheck_workers=1)
        asked = paths(web)
        check(make_project, f'{always}\n', linkcheck_retries=1)
        # What is written out is meant.
        assert paths(web).count('/always') - asked.count('/always') == 1
    assert checked.status(once) == ('working' if is_transient else 'broken')
    assert checked.status(always) != 'working'
    again = ['/always', '/once'] if is_transient else []
    assert sorted(asked) == sorted(['/always', '/once', '/other', *again])


def test_what_failed_is_asked_again_after_a_pause(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('sphinx_linkaudit.checker.RETRY_PAUSE', 0.5)
    url = web.on('/page', in_turn(FAILS, FAILS, fine))
    check(make_project, f'{url}\n', linkcheck_retries=2)
    _head, get, again = web.log
    assert again.time - get.time >= 0.5


@pytest.mark.usefixtures('no_pause')
def test_what_failed_is_asked_again_after_all_else(
    make_project: MakeProject, web: Web
) -> None:
    found = web.gate()
    failing = web.on('/failing', in_turn(held(found, FAILS), FAILS, fine))
    others = [web.page(f'/{number}') for number in range(20)]
    text = ' '.join([failing, *others])
    check(make_project, text, found=found, linkcheck_retries=2, linkcheck_workers=1)
    assert paths(web)[:2] == ['/failing', '/failing']
    # Its pause is over long before the others were asked, or only after that.
    assert paths(web)[-1] == '/failing'
    assert len(web.log) == 23


@pytest.mark.usefixtures('no_pause')
@pytest.mark.parametrize('retries', [1, 2, 3])
def test_a_server_that_fails_each_time_is_dead_after_so_many_tries(
    make_project: MakeProject, web: Web, retries: int
) -> None:
    url = web.on('/page', FAILS)
    checked = check(make_project, f'{url}\n', linkcheck_retries=retries)
    assert web.hits('/page') == ['HEAD', 'GET'] * retries
    assert checked.verdict(url) == ('dead', 'server-error')


def test_a_page_that_is_not_there_is_not_asked_for_again(
    make_project: MakeProject, web: Web
) -> None:
    checked = check(make_project, f'{web.url("/dead")}\n', linkcheck_retries=3)
    # The last one is as by a browser.
    assert web.hits('/dead') == ['HEAD', 'GET', 'GET']
    assert checked.verdict(web.url('/dead')) == ('dead', 'not-found')


@pytest.mark.usefixtures('no_pause')
def test_a_timeout_is_one_after_all_retries(
    make_project: MakeProject, web: Web
) -> None:
    url = web.on('/page', hang)
    checked = check(
        make_project, f'{url}#here\n', linkcheck_timeout=2, linkcheck_retries=3
    )
    assert web.hits('/page') == ['GET', 'GET', 'GET']
    assert checked.verdict(f'{url}#here') == ('timed out', 'timeout')


# -- what settles others -------------------------------------------------------


def test_a_refused_connection_settles_its_origin_and_no_other(
    make_project: MakeProject, web: Web, connected: list[Any]
) -> None:
    origin = HOSTILE['port-closed'](web)
    dead = [f'{origin}{number}' for number in range(5)]
    good = web.page('/good')
    text = ' '.join([*dead, good])
    checked = check(make_project, text, linkcheck_workers=1)
    port = int(origin.rpartition(':')[2].strip('/'))
    assert connected.count((LOOPBACK, port)) == 1
    for url in dead:
        assert checked.verdict(url) == ('dead', 'refused')
    assert checked.status(good) == 'working'


def test_a_failed_lookup_settles_its_name_on_every_port(
    make_project: MakeProject, web: Web
) -> None:
    web.names.add('gone.nowhere', Lookup.NO_SUCH_NAME)
    dead = [
        'http://gone.nowhere/',
        'http://gone.nowhere:81/',
        'https://gone.nowhere/',
        'http://gone.nowhere/page#anchor',
        'http://user@GONE.nowhere/other',
    ]
    good = web.page('/good')
    text = ' '.join(f'`x <{url}>`__' for url in [*dead, good])
    checked = check(make_project, text, linkcheck_workers=1)
    assert web.names.asked.count('gone.nowhere') == 1
    for url in dead:
        assert checked.verdict(url) == ('dead', 'no-host')
    assert checked.status(good) == 'working'


def test_an_origin_that_takes_no_connection_is_given_up(
    make_project: MakeProject, web: Web
) -> None:
    origin = HOSTILE['backlog-full'](web)
    silent = [f'{origin}{number}' for number in range(12)]
    other = web.also(Web()).page('/other')
    text = ' '.join([*silent, other])
    checked = check(make_project, text, linkcheck_timeout=1)
    verdicts = Counter(checked.verdict(url) for url in silent)
    assert set(verdicts) == {('timed out', 'host-silent'), ('timed out', 'timeout')}
    # No more of them were tried than its host has lanes.
    assert verdicts['timed out', 'host-silent'] >= 12 - 8
    # Another port is another origin.
    assert checked.links[other]['reason'] != 'host-silent'
    assert checked.status_code == 1


def test_pages_that_are_slow_do_not_speak_for_others_of_their_origin(
    make_project: MakeProject, web: Web
) -> None:
    gate = web.gate()

    def good(peer: Peer, request: Request) -> None:
        gate.set()
        fine(peer, request)

    urls = [web.on(f'/{number}', held(gate, fine)) for number in range(7)]
    urls.append(web.on('/7', good))
    checked = check(make_project, ' '.join(urls), linkcheck_timeout=20)
    assert {checked.verdict(url) for url in urls} == {('working', 'ok')}


# -- how many at a time, and in which order ------------------------------------


class Meeting:
    """What answers as soon as so many are asked at a time, and counts the most."""

    def __init__(self, count: int) -> None:
        self.most = 0
        self._barrier = Barrier(count)
        self._here = 0
        self._lock = Lock()

    def __call__(self, peer: Peer, request: Request) -> None:
        self._count(1)
        self._barrier.wait(PATIENCE)
        # Were there more, they would come now.
        peer.pause(0.1)
        # Before the answer, for after it the next may come.
        self._count(-1)
        fine(peer, request)

    def _count(self, number: int) -> None:
        with self._lock:
            self._here += number
            self.most = max(self.most, self._here)


@pytest.mark.parametrize(
    'settings',
    [
        {'linkcheck_host_workers': 3},
        {'linkcheck_hosts': {'127': {'workers': 3}}},
        {'linkcheck_hosts': {'127': {'workers': 3}}, 'linkcheck_host_workers': 1},
    ],
)
def test_a_host_has_so_many_links_checked_at_a_time(
    make_project: MakeProject, web: Web, settings: dict[str, Any]
) -> None:
    urls = [web.page('/first')]
    meeting = Meeting(3)
    urls += [web.on(f'/{number}', meeting) for number in range(6)]
    checked = check(make_project, ' '.join(urls), **settings)
    assert {checked.status(url) for url in urls} == {'working'}
    assert meeting.most == 3


def test_ports_of_a_host_share_its_lanes(make_project: MakeProject, web: Web) -> None:
    busy: list[str] = []
    most = 0

    def behave(peer: Peer, request: Request) -> None:
        nonlocal most
        busy.append(request.path)
        most = max(most, len(busy))
        peer.pause(0.02)
        busy.remove(request.path)
        fine(peer, request)

    ports = web, web.also(Web())
    urls = [
        port.on(f'/{port.port}/{number}', behave)
        for number in range(5)
        for port in ports
    ]
    check(make_project, ' '.join(urls), linkcheck_host_workers=1)
    assert [len(port.log) for port in ports] == [5, 5]
    assert most == 1


def test_workers_that_are_written_out_are_so_many(
    make_project: MakeProject, web: Web
) -> None:
    meeting = Meeting(2)
    web.on('/page', meeting)
    urls = at_hosts(web, 'abcdef', '/page')
    checked = check(make_project, ' '.join(urls), linkcheck_workers=2)
    assert {checked.status(url) for url in urls} == {'working'}
    assert meeting.most == 2


def test_workers_that_are_not_written_out_are_enough_for_every_host(
    make_project: MakeProject, web: Web
) -> None:
    meeting = Meeting(20)
    web.on('/page', meeting)
    urls = at_hosts(web, 'abcdefghijklmnopqrst', '/page')
    checked = check(make_project, ' '.join(urls))
    assert {checked.status(url) for url in urls} == {'working'}
    assert meeting.most == 20


def test_the_first_link_of_every_host_goes_first(
    make_project: MakeProject, web: Web
) -> None:
    found = web.gate()
    web.on('/1', in_turn(held(found, fine), fine))
    web.page('/2')
    web.page('/3')
    (a1, b1, c1), (a2, b2), (a3,) = (
        at_hosts(web, hosts, path)
        for hosts, path in [('abc', '/1'), ('ab', '/2'), ('a', '/3')]
    )
    text = f'{a1} {a2} {a3} {b1} {b2} {c1}'
    check(make_project, text, found=found, linkcheck_workers=1)
    order = [(request.headers['host'][0], request.path) for request in web.log]
    assert order == [
        ('a', '/1'),
        ('b', '/1'),
        ('c', '/1'),
        ('a', '/2'),
        ('b', '/2'),
        ('a', '/3'),
    ]


def test_more_hosts_than_have_room_for_a_connection_get_few_each(
    make_project: MakeProject, web: Web
) -> None:
    hosts = [f'host{number}' for number in range(MAX_POOLS + 32)]
    for path in '123456':
        web.page(f'/{path}')
    links = [url for path in '123456' for url in at_hosts(web, hosts, f'/{path}')]
    # Of more workers some would meet at one host, the more so the slower this is.
    checked = check(make_project, '\n\n'.join(links), linkcheck_workers=8)
    assert {checked.status(url) for url in links} == {'working'}
    # One for each link that shows whether its host answers, one for all the others, and
    # some that two workers made for one host at a time.
    assert web.connections <= 3.5 * len(hosts)


def test_when_the_time_for_the_whole_check_is_over_the_rest_is_unchecked(
    make_project: MakeProject, web: Web
) -> None:
    web.on('/page', hang)
    urls = at_hosts(web, 'abcd', '/page')
    text = ' '.join(urls)
    checked = check(
        make_project, text, linkcheck_total_timeout=0.5, linkcheck_workers=2
    )
    for url in urls:
        assert checked.verdict(url) == ('unchecked', 'deadline')
    (warning,) = checked.warnings
    assert warning.type == 'linkcheck.deadline'
    assert warning.text.startswith('4 links are unchecked')
    assert checked.status_code == 0


def test_a_check_that_is_done_in_time_leaves_nothing_unchecked(
    make_project: MakeProject, web: Web
) -> None:
    url = web.page('/page')
    checked = check(make_project, f'{url}\n', linkcheck_total_timeout=100)
    assert checked.verdict(url) == ('working', 'ok')
    assert not checked.warnings
