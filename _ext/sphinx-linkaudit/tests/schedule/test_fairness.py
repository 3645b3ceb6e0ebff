"""What nobody may be blamed for, and what nobody else may be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from requests.auth import HTTPDigestAuth

from checks import EXTENSION, check
from sphinx_linkaudit.ask.adapter import MAX_POOLS
from sphinx_linkaudit.ask.address import LOOPBACK, NEVER, PRIVATE, PUBLIC, address_class
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.page import read_page
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.checker import Checker, PageJob
from sphinx_linkaudit.judge.anchors import finder_of
from sphinx_linkaudit.judge.judge import Policy, judge
from sphinx_linkaudit.records import Evidence, Hop
from sphinx_linkaudit.schedule.outcome import CutShort, Done
from web import (
    Authority,
    Lookup,
    Names,
    Web,
    answer,
    document,
    fine,
    hang,
    raw,
    redirect,
)

if TYPE_CHECKING:
    from fixtures import MakeProject
    from web import Peer, Request


def header(web: Web, path: str, name: str) -> str | None:
    """Return a header of the last request for *path*."""
    return [hit for hit in web.log if hit.path == path][-1].headers.get(name)


# -- secrets -------------------------------------------------------------------


def test_a_login_is_for_the_host_of_the_link_alone() -> None:
    with Web() as web, Web('127.0.0.2') as other:
        other.page('/x.example.org/y')
        url = web.on('/go', redirect(other.url('/x.example.org/y')))
        pattern = re.compile(r'http://.+')
        settings = Settings(
            auth=((pattern, ('me', 'secret')),),
            headers=lambda _url: {'Authorization': 'token', 'Cookie': 'a=b'},
        )
        fetcher = Fetcher(settings, resolve=Names())
        assert fetcher.fetch(url).status == 200
        fetcher.close()
        assert (header(web, '/go', 'authorization') or '').startswith('Basic')
        assert header(other, '/x.example.org/y', 'authorization') is None
        assert header(other, '/x.example.org/y', 'cookie') is None


@pytest.mark.parametrize(
    ('question', 'status'),
    [
        ('Digest realm="r", nonce="n", qop="auth"', 200),
        ('Digest realm="r"', 401),
        ('Digest realm, nonce', 401),
        ('Digest', 401),
    ],
)
def test_digest_authentication_answers_the_question(question: str, status: int) -> None:
    challenge = {'WWW-Authenticate': question}

    def guarded(peer: Peer, request: Request) -> None:
        known = request.headers.get('authorization', '').startswith('Digest')
        reply = fine if known else answer(status=401, headers=challenge)
        reply(peer, request)

    with Web() as web:
        url = web.on('/page', guarded)
        auth = ((re.compile('.*'), HTTPDigestAuth('me', 'secret')),)
        fetcher = Fetcher(Settings(auth=auth), resolve=Names())
        assert fetcher.fetch(url).status == status
        fetcher.close()
        assert web.hits('/page') == ['HEAD', 'HEAD'][: 1 + (status == 200)]


@pytest.mark.parametrize(
    ('address', 'expected'),
    [
        ('8.8.8.8', PUBLIC),
        ('2606:4700::1', PUBLIC),
        ('10.0.0.1', PRIVATE),
        ('fec0::1', PRIVATE),
        ('::8.8.8.8', PRIVATE),
        ('64:ff9b:1::808:808', PRIVATE),
        ('127.0.0.1', LOOPBACK),
        ('::1', LOOPBACK),
        ('::ffff:127.0.0.1', LOOPBACK),
        ('::127.0.0.1', LOOPBACK),
        ('::ffff:0:127.0.0.1', LOOPBACK),
        ('169.254.169.254', NEVER),
        ('::ffff:169.254.169.254', NEVER),
        ('64:ff9b::a9fe:a9fe', NEVER),
        ('64:ff9b:1::a9fe:a9fe', NEVER),
        ('::169.254.169.254', NEVER),
        ('::ffff:0:169.254.169.254', NEVER),
        ('168.63.129.16', NEVER),
        ('fe80::1%eth0', NEVER),
    ],
)
def test_addresses_are_as_private_as_they_lead(address: str, expected: int) -> None:
    assert address_class(address) == expected


# -- servers -------------------------------------------------------------------


def test_a_tls_server_that_drops_requests_is_not_asked_without_end() -> None:
    with Authority() as authority, Web(tls=authority.good()) as web:
        url = web.on('/page', raw(b''))
        settings = Settings(timeout=30.0, tls_cacerts=str(authority.ca_file))
        fetcher = Fetcher(settings, resolve=Names())
        assert fetcher.fetch(url).ending == 'reset'
        fetcher.close()
        assert web.connections == 2  # for HEAD, and for GET


def test_a_page_that_had_less_than_its_time_is_not_late(
    make_project: MakeProject, web: Web
) -> None:
    urls = [web.on('/hangs', hang), web.on('/moved', redirect('/hangs'))]
    with make_project({'conf.py': EXTENSION}).app('linkcheck') as app:
        checker = Checker(app.config)
        short = [checker._run(PageJob(url, {url: ''}), 0.3) for url in urls]
        checker.close()
    assert all(isinstance(one, CutShort) for one in short)
    assert [one.sign for one in short] == ['timed out', 'answered']


def test_links_that_are_found_while_their_page_is_asked_for_are_no_error(
    make_project: MakeProject, web: Web
) -> None:
    url = web.page('/page')

    class Anchor(str):
        __slots__ = ()

        def __bool__(self) -> bool:  # the moment at which it is looked at
            job.links[f'{url}#later'] = ''
            return False

    job = PageJob(url, {url: Anchor()})
    with make_project({'conf.py': EXTENSION}).app('linkcheck') as app:
        checker = Checker(app.config)
        outcome = checker._run(job, 30.0)
        checker.close()
    assert isinstance(outcome, Done)


def test_connections_are_kept_for_some_hosts_only() -> None:
    with Web() as web:
        names = Names({f'host{number}.nowhere': web for number in range(2 * MAX_POOLS)})
        fetcher = Fetcher(Settings(), resolve=names)
        for number in range(2 * MAX_POOLS):
            url = web.url('/page', host=f'host{number}.nowhere')
            fetcher.fetch(url)
        kept = len(fetcher._adapter.poolmanager.pools)
        fetcher.close()
    assert kept <= MAX_POOLS
    assert len(fetcher._adapter._pools) <= MAX_POOLS


def test_a_lookup_that_failed_for_now_is_made_again() -> None:
    with Web() as web, Names() as names:
        web.page('/page')
        names.add('flaky.nowhere', Lookup.TRY_AGAIN, web)
        fetcher = Fetcher(Settings(), resolve=names)
        url = web.url('/page', host='flaky.nowhere')
        assert fetcher.fetch(url).ending == 'no-network'
        assert fetcher.fetch(url).status == 200
        fetcher.close()


def test_failing_name_servers_of_one_domain_are_no_missing_network(
    make_project: MakeProject, web: Web
) -> None:
    web.names.add('broken.nowhere', Lookup.TRY_AGAIN)
    good, lost = web.page('/good'), 'http://broken.nowhere/'
    checked = check(make_project, f'{lost} {good}\n')
    assert checked.verdict(lost) == ('dead', 'unreachable')
    assert checked.status_code == 1


def test_a_proxy_that_is_down_is_a_missing_network(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Web() as gone:
        proxy = gone.url('')
    for name in ('http_proxy', 'HTTP_PROXY'):
        monkeypatch.setenv(name, proxy)
    checked = check(make_project, 'http://one.nowhere/ http://two.nowhere/\n')
    assert {row['status'] for row in checked.rows.values()} == {'unchecked'}
    assert checked.status_code == 75


# -- pages ---------------------------------------------------------------------


def test_a_page_may_have_any_number_of_anchors() -> None:
    names = [f'term-{number}' for number in range(3000)]
    text = ''.join(f'<p id="{name}">x</p>' for name in names)
    anchors = read_page([text.encode()], '', 'text/html', finder_of(names)).anchors
    assert anchors is not None
    assert anchors.ids == set(names)


def reason(url: str, final: str = '', *, status: int = 200, body: str = '') -> str:
    """Return the reason of the verdict on a page, moved to *final* if that is given."""
    hops = (Hop(url, 301, final),) if final else ()
    seen = Evidence(
        url, 'answered', status, final_url=final or url, hops=hops, body=body
    )
    return judge(seen, '', Policy()).reason


@pytest.mark.parametrize(
    ('url', 'body'),
    [
        ('https://example.org/Status/404', document(title='404 Not Found - HTTP')),
        ('https://example.org/errors/not-found', document(title='Page not found')),
        ('https://www.hugedomains.com/about', 'hugedomains.com'),
    ],
)
def test_what_a_link_says_itself_is_no_sign_against_it(url: str, body: str) -> None:
    assert reason(url, body=body) == 'ok'


def test_a_page_that_is_gone_is_gone_whatever_else_it_has_on_it() -> None:
    script = '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'
    form = '<div class="g-recaptcha"></div>'
    url = 'https://example.org/page'
    assert reason(url, status=404, body=script + form) == 'not-found'
    assert reason(url, status=200, body=script) == 'ok'
    challenge = '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate"></script>'
    assert reason(url, status=403, body=challenge) == 'challenge'


@pytest.mark.parametrize(
    ('url', 'final', 'expected'),
    [
        ('https://example.org/talk', 'https://www.example.org/', 'home'),
        ('https://example.org/index.html', 'https://example.org/', 'permanent'),
        ('https://short.example/x', 'https://example.org/', 'permanent'),
    ],
)
def test_only_another_page_of_a_site_dies_by_leading_home(
    url: str, final: str, expected: str
) -> None:
    assert reason(url, final) == expected


def test_raw_html_is_read_as_a_browser_reads_it(
    make_project: MakeProject, web: Web
) -> None:
    web.page('/q?a=1&b=2')
    url = web.url('/q?a=1&b=2')
    written = url.replace('&', '&amp;')
    text = f'.. raw:: html\n\n   <p>\n   <a href="{written}">x</a>\n'
    checked = check(make_project, text)
    assert checked.status(url) == 'working'
    assert checked.links[url]['places'][0]['line'] == 7


def test_a_warning_names_the_file_that_holds_the_link(
    make_project: MakeProject, web: Web
) -> None:
    web.page('/new')
    old = web.on('/old', redirect('/new'))
    pages = {
        'page.rst': 'Page\n====\n\n.. include:: part.txt\n',
        'part.txt': f'Words\nand {old}\n',
    }
    none = {'^nothing$': ''}
    checked = check(make_project, pages, linkcheck_allowed_redirects=none)
    assert [warning.place for warning in checked.warnings] == ['part.txt:2']
