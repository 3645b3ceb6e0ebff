"""How pages are asked for: by what way, in whose name, and what is looked at closer."""

from __future__ import annotations

import base64
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import certifi
import pytest
from sphinx.builders.linkcheck import DEFAULT_REQUEST_HEADERS

from checks import check
from sphinx_linkaudit.ask import address as kinds
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.judge.anchors import finder_of
from web import (
    FINE,
    HOSTILE,
    LOOPBACK,
    PACE,
    PATIENCE,
    Authority,
    Names,
    Proxy,
    Web,
    answer,
    document,
    fine,
    hang,
    head,
    raw,
    redirect,
    reset,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fixtures import MakeProject
    from sphinx_linkaudit.records import Ending, Evidence
    from web import Behaviour, Peer, Request


@pytest.fixture(autouse=True)
def no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('HOME', str(tmp_path))


@pytest.fixture
def authority() -> Iterator[Authority]:
    with Authority() as authority:
        yield authority


@pytest.fixture
def secure(authority: Authority) -> Iterator[Web]:
    """Give a web with TLS."""
    with Web(tls=authority.good()) as web:
        web.page('/page', 'Page')
        yield web


def ask(url: str, names: Names | None = None, **settings: Any) -> Evidence:
    """Ask for one page."""
    fetcher = Fetcher(Settings(**settings), resolve=names or Names())
    try:
        return fetcher.fetch(url)
    finally:
        fetcher.close()


# -- proxies -------------------------------------------------------------------


def test_a_proxy_is_asked_for_the_page_and_for_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Web() as web, Proxy({'behind.test': web}) as proxy, Names() as names:
        web.page('/page')
        monkeypatch.setenv('HTTP_PROXY', proxy.url())
        monkeypatch.setenv('http_proxy', proxy.url())
        evidence = ask('http://behind.test/page', names)
        assert web.hits('/page') == ['HEAD']
        assert [request.target for request in proxy.log] == ['http://behind.test/page']
        assert proxy.names.asked == ['behind.test']
        assert 'behind.test' not in names.asked
    assert evidence.status == 200


def test_a_proxy_makes_a_tunnel_for_tls(
    monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    context = authority.good('behind.test')
    with (
        Web(tls=context) as web,
        Proxy({'behind.test': web}) as proxy,
        Names() as names,
    ):
        web.page('/page')
        monkeypatch.setenv('HTTPS_PROXY', proxy.url())
        url, certs = 'https://behind.test/page', str(authority.ca_file)
        evidence = ask(url, names, tls_cacerts=certs)
        assert web.hits('/page') == ['HEAD']
        (request,) = proxy.log
        assert (request.method, request.target) == ('CONNECT', 'behind.test:443')
        assert 'behind.test' not in names.asked
        # The proxy vouches for nobody.
        assert ask(url, names).ending == 'tls'
    assert evidence.status == 200


def test_a_page_is_read_through_a_tunnel(
    monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    with (
        Web(tls=authority.good('behind.test')) as web,
        Proxy({'behind.test': web}) as proxy,
    ):
        web.page('/page', '<p id="here">Page</p>')
        monkeypatch.setenv('HTTPS_PROXY', proxy.url())
        settings = Settings(tls_cacerts=str(authority.ca_file))
        fetcher = Fetcher(settings, resolve=Names())
        evidence = fetcher.fetch('https://behind.test/page', finder_of(['here']))
        fetcher.close()
    assert evidence.anchors is not None
    assert evidence.anchors.ids == {'here'}


def test_a_name_that_the_proxy_does_not_find_is_an_answer_of_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv('http_proxy', proxy.url())
        assert ask('http://gone.test/').status == 502


class BadProxy(Proxy):
    """A proxy that asks nobody, but does the same whatever it is asked for."""

    def __init__(self, behave: Behaviour, **how: Any) -> None:
        super().__init__(**how)
        self._behave = behave

    def behaviour(self, request: Request) -> Behaviour:
        return self._behave


#: What a proxy does, and how asking ends by plain HTTP and through a tunnel.
OF_PROXIES: dict[str, tuple[Behaviour, Ending, Ending]] = {
    'login': (answer(status=407), 'local-fault', 'local-fault'),
    'network': (answer(status=511), 'local-fault', 'local-fault'),
    'forbidden': (answer(status=403), 'answered', 'local-fault'),
    'portal': (redirect('http://portal.test/'), 'redirects', 'local-fault'),
    'gateway': (answer(status=502), 'answered', 'reset'),
    'late': (answer(status=504), 'answered', 'reset'),
    'reset': (reset, 'local-fault', 'local-fault'),
    'closed': (raw(b''), 'local-fault', 'local-fault'),
    'cut': (raw(b'HTTP/1.1 200 OK\r\n'), 'answered', 'local-fault'),
    'cut in a line': (raw(b'HTTP/1.1 200 OK\r\nVia: x'), 'answered', 'local-fault'),
    'no-http': (raw(b'SSH-2.0-x\r\n'), 'local-fault', 'local-fault'),
    'hang': (hang, 'timeout', 'timeout'),
}


@pytest.mark.parametrize('name', OF_PROXIES)
def test_what_a_proxy_does_by_itself_is_no_fault_of_a_page(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    behave, plain, tunnel = OF_PROXIES[name]
    with BadProxy(behave) as proxy:
        for scheme, ending in (('http', plain), ('https', tunnel)):
            monkeypatch.setenv(f'{scheme}_proxy', proxy.url())
            found = ask(f'{scheme}://behind.test/', timeout=1 if behave is hang else 60)
            assert found.ending == ending


@pytest.mark.parametrize('scheme', ['http', 'https'])
def test_a_proxy_that_cannot_be_trusted_is_no_fault_of_a_page(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, scheme: str
) -> None:
    with BadProxy(fine, tls=authority.good('elsewhere.test')) as proxy:
        monkeypatch.setenv(f'{scheme}_proxy', proxy.url())
        assert ask(f'{scheme}://behind.test/').ending == 'local-fault'


class SocksProxy(Web):
    """A SOCKS proxy that says how it reaches a server, and is that server itself."""

    reply = b'\0'  #: RFC 1928, 6; b'' for none.
    waits = False  #: Whether it keeps the connection then.

    def _talk(self, peer: Peer, always: Behaviour | None = None) -> None:
        peer.sock.recv(64)
        peer.send(b'\x05\0')
        peer.sock.recv(512)
        peer.send(b'\x05' + self.reply + b'\0\x01\0\0\0\0\0\0' if self.reply else b'')
        if self.waits:
            self.closing.wait()
        elif self.reply == b'\0':
            super()._talk(peer, always)


def test_what_a_socks_proxy_says_of_a_server_is_told_from_its_own_faults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip('socks', reason='needs PySocks')

    def drip(peer: Peer, _request: Request) -> None:
        peer.drip(head(headers={'X-Drip': 'x' * 500}))

    getaddrinfo = socket.getaddrinfo

    def look_up(host: str, *others: Any, **named: Any) -> Any:
        if host == 'behind.test':
            raise socket.gaierror(socket.EAI_NONAME, 'unknown')
        return getaddrinfo(host, *others, **named)

    with SocksProxy() as proxy:
        proxy.page('/page')
        proxy.on('/reset', reset)
        address = proxy.url('', scheme='socks5h')
        monkeypatch.setenv('all_proxy', address)
        assert ask('http://behind.test/page').status == 200
        assert ask('http://behind.test/reset').ending == 'reset'
        for scheme in ('http', 'https'):
            for proxy.reply, ending in (
                (b'\x04', 'reset'),
                (b'\x05', 'reset'),
                (b'\x02', 'local-fault'),
                (b'', 'local-fault'),
            ):
                assert ask(f'{scheme}://behind.test/page').ending == ending
        proxy.reply = b'\0'
        proxy.on('/drip', drip)
        assert ask('http://behind.test/drip', timeout=0.5).ending == 'timeout'
        # With this scheme the names are looked up here, where nobody knows this one.
        monkeypatch.setattr(socket, 'getaddrinfo', look_up)
        monkeypatch.setenv('all_proxy', proxy.url('', scheme='socks5'))
        assert ask('http://behind.test/page').ending == 'no-host'
    # Nobody is there any more.
    monkeypatch.setenv('all_proxy', address)
    assert ask('http://behind.test/page').ending == 'no-network'


def test_a_socks_proxy_may_never_say_how_it_reaches_a_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip('socks', reason='needs PySocks')
    with SocksProxy() as proxy:
        proxy.reply = b''
        proxy.waits = True
        monkeypatch.setenv('all_proxy', proxy.url('', scheme='socks5h'))
        assert ask('http://behind.test/page', timeout=0.5).ending == 'timeout'


def test_a_network_may_want_a_login(web: Web, secure: Web) -> None:
    assert ask(web.page('/page', status=511)).ending == 'local-fault'
    # There is no proxy, and nobody else can answer by TLS.
    assert ask(web.page('/proxy', status=407)).ending == 'answered'
    url = secure.page('/network', status=511)
    assert ask(url, tls_verify=False).ending == 'answered'


def test_a_drip_is_cut_behind_a_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    waited_for = []

    def drip(peer: Peer, request: Request) -> None:
        start = head(headers={'X-Drip': 'x' * 500})
        peer.drip(start[:-1])
        waited_for.append(request)
        peer.send(start[-1:])

    with Web() as web, Proxy({'behind.test': web}) as proxy:
        web.on('/page', drip)
        monkeypatch.setenv('http_proxy', proxy.url())
        evidence = ask('http://behind.test/page', timeout=0.5)
        assert web.hits('/page') == ['HEAD']
    assert evidence.ending == 'timeout'
    assert not waited_for


def test_a_host_in_no_proxy_is_asked_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Web() as web, Proxy() as proxy:
        url = web.page('/page')
        monkeypatch.setenv('http_proxy', proxy.url())
        monkeypatch.setenv('NO_PROXY', f'elsewhere.test,{LOOPBACK}')
        assert ask(url).status == 200
        assert proxy.log == []
        monkeypatch.setenv('NO_PROXY', 'elsewhere.test')
        assert ask(url).status == 200
        assert [request.target for request in proxy.log] == [url]


# -- whom to trust -------------------------------------------------------------


def test_a_server_that_nobody_vouches_for_is_not_trusted(
    make_project: MakeProject, secure: Web
) -> None:
    url = secure.url('/page')
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == ('dead', 'tls-issuer')
    assert secure.log == []


def test_the_environment_can_name_who_is_trusted(
    make_project: MakeProject,
    secure: Web,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(authority.ca_file))
    url = secure.url('/page')
    assert check(make_project, f'{url}\n').verdict(url) == ('working', 'ok')


@pytest.mark.parametrize('by_host', [False, True])
def test_the_settings_can_name_who_is_trusted(
    make_project: MakeProject, secure: Web, authority: Authority, *, by_host: bool
) -> None:
    file = str(authority.ca_file)
    host = secure.url('').removeprefix('https://')
    url = secure.url('/page')
    certs = {host: file, 'other.test': certifi.where()} if by_host else file
    checked = check(make_project, f'{url}\n', tls_cacerts=certs)
    assert checked.verdict(url) == ('working', 'ok')


def test_who_is_trusted_for_one_host_is_not_for_another(
    make_project: MakeProject, secure: Web, authority: Authority
) -> None:
    certs = {'other.test': str(authority.ca_file)}
    url = secure.url('/page')
    checked = check(make_project, f'{url}\n', tls_cacerts=certs)
    assert checked.verdict(url) == ('dead', 'tls-issuer')


def test_trust_can_be_turned_off(make_project: MakeProject, secure: Web) -> None:
    url = secure.url('/page')
    checked = check(make_project, f'{url}\n', tls_verify=False)
    assert checked.verdict(url) == ('working', 'ok')


# -- in whose name -------------------------------------------------------------


def wants_login(peer: Peer, request: Request) -> None:
    """Answer to who says who he is."""
    if 'authorization' in request.headers:
        fine(peer, request)
    else:
        answer(status=401)(peer, request)


def basic(user: str, password: str) -> str:
    return f'Basic {base64.b64encode(f"{user}:{password}".encode()).decode()}'


class Token:
    """A way to log in that is neither a pair nor a list."""

    def __call__(self, request: Any) -> Any:
        request.headers['Authorization'] = 'Token 123'
        return request


@pytest.mark.parametrize(
    ('login', 'header'),
    [
        (('me', 'secret'), basic('me', 'secret')),
        (['me', 'secret'], basic('me', 'secret')),
        (Token(), 'Token 123'),
    ],
    ids=['tuple', 'list', 'object'],
)
def test_who_has_a_login_uses_it_where_it_belongs(
    make_project: MakeProject, web: Web, login: object, header: str
) -> None:
    inside, outside = web.on('/inside', wants_login), web.on('/outside', wants_login)
    objects = {'linkcheck_auth': [('.*/elsewhere', ('x', 'y')), ('.*/inside', login)]}
    checked = check(make_project, f'{inside} {outside}\n', objects=objects)
    assert checked.verdict(inside) == ('working', 'ok')
    assert checked.verdict(outside) == ('dead', 'unauthorized')
    sent = {hit.path: hit.headers.get('authorization') for hit in web.log}
    assert sent == {'/inside': header, '/outside': None}


def test_a_login_is_not_sent_to_where_a_redirect_leads(
    make_project: MakeProject, web: Web
) -> None:
    other = web.also(Web('127.0.0.2'))
    there = other.page('/there')
    url = web.on('/inside', redirect(there))
    objects = {'linkcheck_auth': [(f'http://{LOOPBACK}', ('me', 'secret'))]}
    check(make_project, f'{url}\n', objects=objects)
    assert [hit.headers.get('authorization') for hit in web.log] == [
        basic('me', 'secret')
    ]
    assert [hit.headers.get('authorization') for hit in other.log] == [None]


def test_netrc_knows_logins_too(
    make_project: MakeProject, web: Web, tmp_path: Path
) -> None:
    text = f'machine {LOOPBACK} login me password secret\n'
    file = tmp_path / '.netrc'
    file.write_text(text, encoding='utf-8')
    file.chmod(0o600)
    url = web.on('/inside', wants_login)
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == ('working', 'ok')
    assert {hit.headers['authorization'] for hit in web.log} == {basic('me', 'secret')}


def test_headers_are_those_of_the_closest_rule(
    make_project: MakeProject, web: Web
) -> None:
    page, other = web.page('/page'), web.page('/other')
    elsewhere = web.also(Web('127.0.0.2'))
    far = elsewhere.page('/far')
    rules = {
        web.url('/'): {'X-Rule': 'host'},
        '*': {'X-Rule': 'any', 'Accept': 'text/plain'},
    }
    text = f'{page} {other} {far}\n'
    check(make_project, text, linkcheck_request_headers=rules)
    assert [hit.headers['x-rule'] for hit in web.log] == ['host', 'host']
    usual = DEFAULT_REQUEST_HEADERS['Accept']
    assert [hit.headers['accept'] for hit in web.log] == [usual, usual]
    (hit,) = elsewhere.log
    assert (hit.headers['x-rule'], hit.headers['accept']) == ('any', 'text/plain')


def test_headers_of_a_link_are_sent_to_where_its_host_leads_on(
    make_project: MakeProject, web: Web
) -> None:
    old = web.on('/old', redirect('/new', 301))
    web.page('/new')
    hosts = {LOOPBACK: {'headers': {'user-agent': 'Mine', 'accept-encoding': 'gzip'}}}
    other = web.also(Web('127.0.0.2'))
    away = web.on('/away', redirect(other.page('/there')))
    rules = {old: {'X-Token': 'one', 'accept': 'text/html'}}
    rules[away] = rules[old]
    check(
        make_project,
        f'{old} {away}\n',
        linkcheck_request_headers=rules,
        linkcheck_hosts=hosts,
    )
    assert {hit.path for hit in web.log} == {'/old', '/new', '/away'}
    assert {'x-token' in hit.headers for hit in other.log} == {False}
    for hit in web.log:
        assert hit.headers['x-token'] == 'one'
        assert hit.headers['user-agent'] == 'Mine'
        assert hit.headers['accept'] == 'text/html'
        assert hit.headers['accept-encoding'] == 'gzip'


def test_a_header_of_ours_that_cannot_be_sent_is_no_fault_of_the_page(
    web: Web,
) -> None:
    found = ask(web.page('/page'), headers=lambda url: {'X-Rule': 'a\nb'})
    assert found.ending == 'local-fault'
    assert 'header value' in found.message
    assert web.log == []


@pytest.mark.parametrize('method', ['fetch', 'read'])
def test_what_the_settings_raise_is_no_verdict_on_a_page(web: Web, method: str) -> None:
    def headers(url: str) -> dict[str, str]:
        raise LookupError

    fetcher = Fetcher(Settings(headers=headers))
    url = web.page('/page')
    with closing(fetcher), pytest.raises(LookupError):
        getattr(fetcher, method)(url, seconds=PATIENCE)


def test_the_accept_header_is_always_sent(make_project: MakeProject, web: Web) -> None:
    url = web.on('/old', redirect('/new'))
    page = web.page('/new', '<p id="a">A</p>')
    dead = web.page('/dead', status=410)
    check(make_project, f'{url} {page}#a {dead}\n')
    assert {hit.method for hit in web.log} == {'HEAD', 'GET'}
    assert {hit.headers['accept'] for hit in web.log} == {
        DEFAULT_REQUEST_HEADERS['Accept']
    }


@pytest.mark.parametrize(
    ('settings', 'expected'),
    [({}, 'Sphinx'), ({'user_agent': 'Somebody/1.0'}, 'Somebody/1.0')],
)
def test_we_say_who_we_are(
    make_project: MakeProject, web: Web, settings: dict[str, Any], expected: str
) -> None:
    check(make_project, f'{web.page("/page")}\n', **settings)
    (hit,) = web.log
    assert expected in hit.headers['user-agent']


def test_cookies_are_kept_within_a_chain_and_no_longer(
    make_project: MakeProject, web: Web
) -> None:
    url = web.on('/old', redirect('/new', headers={'Set-Cookie': 'seen=1'}))
    web.page('/new')
    other = web.page('/other')
    check(make_project, f'{url} {other}\n', linkcheck_workers=1)
    assert [(hit.path, hit.headers.get('cookie')) for hit in web.log] == [
        ('/old', None),
        ('/new', 'seen=1'),
        ('/other', None),
    ]


# -- where a redirect may lead -------------------------------------------------

PUBLIC, PRIVATE, LOCAL = '127.0.0.2', '127.0.0.3', '127.0.0.4'
OTHER_PUBLIC, OTHER_PRIVATE, OTHER_LOCAL = '127.0.0.5', '127.0.0.6', '127.0.0.7'
CLASSES = {
    PUBLIC: kinds.PUBLIC,
    OTHER_PUBLIC: kinds.PUBLIC,
    PRIVATE: kinds.PRIVATE,
    OTHER_PRIVATE: kinds.PRIVATE,
    LOCAL: kinds.LOOPBACK,
    OTHER_LOCAL: kinds.LOOPBACK,
}


@pytest.fixture
def names() -> Iterator[Names]:
    with Names() as names:
        yield names


@pytest.fixture
def make_fetcher(names: Names) -> Iterator[Callable[..., Fetcher]]:
    """Give what makes a fetcher to which some of our addresses are public."""
    made: list[Fetcher] = []

    def make(**settings: Any) -> Fetcher:
        known = Settings(timeout=PATIENCE * 6, **settings)
        made.append(Fetcher(known, resolve=names, classify=CLASSES.__getitem__))
        return made[-1]

    yield make
    for fetcher in made:
        fetcher.close()


@pytest.fixture
def sites() -> Iterator[dict[str, Web]]:
    """Give a server at each of the addresses."""
    with Web(PUBLIC) as first:
        found = {PUBLIC: first}
        found |= {name: first.also(Web(name)) for name in CLASSES if name != PUBLIC}
        yield found


def chain(sites: dict[str, Web], *addresses: str) -> str:
    """Lay redirects from each to the next, and return the URL of the first."""
    following = sites[addresses[-1]].page('/end')
    for number, address in reversed(list(enumerate(addresses[:-1]))):
        following = sites[address].on(f'/{number}', redirect(following))
    return following


@pytest.mark.parametrize(
    'addresses',
    [
        (PUBLIC, OTHER_PUBLIC),
        (PRIVATE, OTHER_PRIVATE),
        (LOCAL, OTHER_LOCAL),
        (PRIVATE, PUBLIC),
        (LOCAL, PRIVATE),
        (LOCAL, PUBLIC),
        (LOCAL, PRIVATE, PUBLIC),
        (PUBLIC, OTHER_PUBLIC, PUBLIC),
    ],
)
def test_a_redirect_may_lead_to_what_is_as_public(
    sites: dict[str, Web],
    make_fetcher: Callable[..., Fetcher],
    addresses: tuple[str, ...],
) -> None:
    evidence = make_fetcher().fetch(chain(sites, *addresses))
    assert (evidence.ending, evidence.status) == ('answered', 200)
    assert sites[addresses[-1]].hits('/end') == ['HEAD']


@pytest.mark.parametrize(
    'addresses',
    [
        (PUBLIC, PRIVATE),
        (PUBLIC, LOCAL),
        (PRIVATE, LOCAL),
        (PRIVATE, PUBLIC, OTHER_PRIVATE),
        (PRIVATE, PUBLIC, PRIVATE),
        (LOCAL, PUBLIC, LOCAL),
        (LOCAL, PRIVATE, OTHER_LOCAL),
        (PUBLIC, OTHER_PUBLIC, PRIVATE),
    ],
)
def test_a_redirect_may_not_lead_inward(
    sites: dict[str, Web],
    make_fetcher: Callable[..., Fetcher],
    addresses: tuple[str, ...],
) -> None:
    evidence = make_fetcher().fetch(chain(sites, *addresses))
    assert evidence.ending == 'forbidden'
    assert len(evidence.hops) == len(addresses) - 1
    assert sites[addresses[-1]].hits('/end') == []


def test_a_get_is_guarded_as_head_is(
    sites: dict[str, Web], make_fetcher: Callable[..., Fetcher]
) -> None:
    url = chain(sites, PUBLIC, PRIVATE)
    evidence = make_fetcher().fetch(url, finder_of(['a']))
    assert evidence.ending == 'forbidden'
    assert sites[PRIVATE].log == []


def test_a_link_may_be_private_as_it_is_written(
    sites: dict[str, Web], make_fetcher: Callable[..., Fetcher]
) -> None:
    fetcher = make_fetcher()
    assert fetcher.fetch(sites[PRIVATE].page('/page')).status == 200
    assert fetcher.fetch(sites[LOCAL].page('/page')).status == 200


def test_private_links_can_be_refused_as_they_are_written(
    sites: dict[str, Web], make_fetcher: Callable[..., Fetcher]
) -> None:
    fetcher = make_fetcher(deny_private=True)
    for address in (PRIVATE, LOCAL):
        assert fetcher.fetch(sites[address].page('/page')).ending == 'forbidden'
        assert sites[address].connections == 0
    assert fetcher.fetch(sites[PUBLIC].page('/page')).status == 200


def test_the_setting_refuses_private_links(make_project: MakeProject, web: Web) -> None:
    url = web.page('/page')
    checked = check(make_project, f'{url}\n', linkcheck_private='deny')
    assert checked.verdict(url) == ('unchecked', 'private')
    assert web.connections == 0


def test_a_name_that_turns_private_leads_nowhere(
    sites: dict[str, Web], names: Names, make_fetcher: Callable[..., Fetcher]
) -> None:
    # The port is another, so the name is looked up again.
    names.add('rebinding.test', PUBLIC, PRIVATE)
    sites[PRIVATE].page('/end')
    inside = sites[PRIVATE].url('/end', host='rebinding.test')
    sites[PUBLIC].on('/start', redirect(inside))
    fetcher = make_fetcher()
    evidence = fetcher.fetch(sites[PUBLIC].url('/start', host='rebinding.test'))
    assert names.asked == ['rebinding.test'] * 2
    assert evidence.ending == 'forbidden'
    assert sites[PRIVATE].connections == 0


def test_of_the_addresses_of_a_name_only_those_are_asked_that_may_be(
    sites: dict[str, Web], names: Names, make_fetcher: Callable[..., Fetcher]
) -> None:
    names.add('mixed.test', (sites[PRIVATE], sites[OTHER_PUBLIC]))
    sites[OTHER_PUBLIC].page('/end')
    url = sites[PUBLIC].on('/start', redirect('http://mixed.test/end'))
    assert make_fetcher().fetch(url).status == 200
    assert sites[PRIVATE].connections == 0


@pytest.mark.parametrize(
    ('location', 'reason'),
    [
        ('file:///etc/passwd', 'forbidden-redirect'),
        ('http://169.254.169.254/', 'forbidden-redirect'),
        ('/ignored', 'ignored-redirect'),
    ],
)
def test_a_redirect_that_is_not_followed_is_asked_for_once(
    make_project: MakeProject, web: Web, location: str, reason: str
) -> None:
    url = web.on('/page', redirect(location))
    checked = check(make_project, f'{url}\n', linkcheck_ignore=['.*/ignored'])
    assert [hit.path for hit in web.log] == ['/page']
    assert checked.links[url]['reason'] == reason


# -- connections that are kept -------------------------------------------------


def test_a_connection_is_kept(
    sites: dict[str, Web], make_fetcher: Callable[..., Fetcher]
) -> None:
    fetcher = make_fetcher()
    url = sites[PUBLIC].page('/page', FINE.replace('here', 'a'))
    for wanted in (None, finder_of(['a']), None):
        assert fetcher.fetch(url, wanted).status == 200
    assert sites[PUBLIC].hits('/page') == ['HEAD', 'GET', 'HEAD']
    assert sites[PUBLIC].connections == 1


@pytest.mark.parametrize('is_chunked', [False, True])
def test_a_page_that_is_not_read_to_its_end_costs_its_own_connection_alone(
    sites: dict[str, Web], make_fetcher: Callable[..., Fetcher], *, is_chunked: bool
) -> None:
    long = f'<p id="a">{"x" * 500_000}'.encode()

    def page(peer: Peer, request: Request) -> None:
        headers = {'Content-Type': 'text/html'}
        if request.method == 'HEAD':
            peer.send(head(headers=headers))
        elif is_chunked:
            peer.send(head(headers=headers | {'Transfer-Encoding': 'chunked'}))
            for at in range(0, len(long), 1000):
                part = long[at : at + 1000]
                peer.send(b'%x\r\n%b\r\n' % (len(part), part))
            peer.send(b'0\r\n\r\n')
        else:
            length = {'Content-Length': str(len(long))}
            peer.send(head(headers=headers | length) + long)
        peer.keep = True

    fetcher = make_fetcher()
    site = sites[PUBLIC]
    assert fetcher.fetch(site.on('/long', page), finder_of(['a'])).status == 200
    for number in range(4):
        assert fetcher.fetch(site.page(f'/{number}', FINE)).status == 200
    assert site.connections == 2


@pytest.mark.parametrize('address', [PRIVATE, LOCAL])
def test_a_connection_that_is_kept_is_none_for_who_may_not_make_it(
    sites: dict[str, Web], make_fetcher: Callable[..., Fetcher], address: str
) -> None:
    fetcher = make_fetcher()
    url = chain(sites, PUBLIC, address)
    assert fetcher.fetch(sites[address].page('/page')).status == 200
    assert fetcher.fetch(url).ending == 'forbidden'
    # For who may, it is still there.
    assert fetcher.fetch(sites[address].url('/page')).status == 200
    assert sites[address].hits('/end') == []


def test_a_connection_that_the_server_closed_is_made_anew(
    sites: dict[str, Web], make_fetcher: Callable[..., Fetcher]
) -> None:
    known: set[int] = set()

    def once(peer: Peer, request: Request) -> None:
        if request.connection in known:
            peer.reset()
        known.add(request.connection)
        fine(peer, request)

    fetcher = make_fetcher()
    url = sites[PUBLIC].on('/page', once)
    assert fetcher.fetch(url).status == 200
    assert fetcher.fetch(url).status == 200
    assert sites[PUBLIC].hits('/page') == ['HEAD'] * 3
    assert sites[PUBLIC].connections == 2


def test_a_new_connection_that_the_server_closes_is_not_made_again(
    sites: dict[str, Web], make_fetcher: Callable[..., Fetcher]
) -> None:
    url = sites[PUBLIC].on('/page', raw(b''))
    assert make_fetcher().fetch(url).ending == 'reset'
    assert sites[PUBLIC].hits('/page') == ['HEAD', 'GET']


# -- before the answer ---------------------------------------------------------


@pytest.mark.parametrize('count', [1, 3])
@pytest.mark.parametrize('status', [100, 103])
def test_what_comes_before_the_answer_is_not_it(
    make_project: MakeProject, web: Web, status: int, count: int
) -> None:
    def hint(peer: Peer, request: Request) -> None:
        peer.send(head(status, {'Link': '</style.css>; rel=preload'}) * count)
        answer(status=404)(peer, request)

    url = web.on('/page', hint)
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == ('dead', 'not-found')


def test_hints_without_end_are_no_answer(make_project: MakeProject, web: Web) -> None:
    def hint(peer: Peer, request: Request) -> None:
        peer.repeat(head(103) * 64, PACE)

    url = web.on('/page', hint)
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == ('dead', 'reset')


# -- a closer look -------------------------------------------------------------


@pytest.mark.parametrize(
    ('root', 'verdict'),
    [(403, ('blocked', 'blocked')), (200, ('dead', 'client-error'))],
)
def test_a_host_that_forbids_pages_is_asked_for_its_root_once(
    make_project: MakeProject, web: Web, root: int, verdict: tuple[str, str]
) -> None:
    web.page('/', status=root)
    urls = [web.page(f'/{number}', status=403) for number in range(8)]
    checked = check(make_project, ' '.join(urls))
    assert web.hits('/') == ['HEAD']
    assert {checked.verdict(url) for url in urls} == {verdict}


SORRY = document(
    '<p>We looked everywhere, and could not find what you wanted.</p>', title='Sorry'
)


def test_a_root_is_never_doubted(make_project: MakeProject, web: Web) -> None:
    web.on('/', redirect('/notfound.html'))
    web.page('/*', document('<p>x</p>', title='404 Not found'))
    url = web.url('/')
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == ('moved', 'temporary')


def test_one_sign_of_an_error_page_is_no_proof(
    make_project: MakeProject, web: Web
) -> None:
    url = web.on('/*', redirect('/notfound.html')) + 'old'
    web.page('/notfound.html', SORRY)
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == ('suspect', 'maybe-soft-404')


@pytest.mark.parametrize(
    ('count', 'verdict'),
    [(2, ('moved', 'temporary')), (3, ('suspect', 'crowded'))],
)
def test_three_pages_that_lead_to_one_are_a_crowd(
    make_project: MakeProject, web: Web, count: int, verdict: tuple[str, str]
) -> None:
    web.page('/news')
    urls = [web.on(f'/{number}', redirect('/news')) for number in range(count)]
    checked = check(make_project, ' '.join(urls))
    assert {checked.verdict(url) for url in urls} == {verdict}
    assert {checked.status(url) for url in urls} == {'redirected'}
    assert checked.status_code == 0


def test_spellings_of_a_page_are_no_crowd(make_project: MakeProject, web: Web) -> None:
    web.page('/news')
    urls = [web.on(path, redirect('/news')) for path in ('/a', '/a/', '/b')]
    checked = check(make_project, ' '.join(urls))
    assert {checked.verdict(url) for url in urls} == {('moved', 'temporary')}


@pytest.mark.parametrize(
    'name', sorted(name for name in HOSTILE if name.startswith('challenge-'))
)
def test_a_challenge_is_no_death(
    make_project: MakeProject, web: Web, name: str
) -> None:
    url = HOSTILE[name](web)
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == ('blocked', 'challenge')
    assert checked.status_code == 0


@pytest.mark.parametrize(
    ('body', 'verdict'),
    [
        (document('<p>Nothing</p>'), ('suspect', 'maybe-parked')),
        (document('<p>Buy this domain!</p>'), ('dead', 'parked')),
    ],
    ids=['one', 'two'],
)
def test_one_sign_of_parking_is_suspect_and_two_are_death(
    make_project: MakeProject, web: Web, body: str, verdict: tuple[str, str]
) -> None:
    web.page('/lander', body)
    url = web.on('/old', redirect('/lander'))
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == verdict


def test_words_of_a_parked_domain_alone_are_suspect(
    make_project: MakeProject, web: Web
) -> None:
    # It is so short that it is read.
    url = web.page('/talk', document('<p>This domain is for sale!</p>'))
    checked = check(make_project, f'{url}\n')
    assert checked.verdict(url) == ('suspect', 'maybe-parked')
    assert checked.status(url) == 'working'
