"""The faults of Sphinx's own link check, none of which is to come back with ours.

With ``--linkcheck=sphinx`` the same tests are run on that one, and have to fail.
"""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from sphinx.builders.linkcheck import DEFAULT_REQUEST_HEADERS

from checks import EXTENSION, GIVE_UP, TITLE, Checked
from checks import check as check_here
from checks import check_apart as check_there
from web import (
    HOSTILE,
    MEBI,
    Authority,
    Web,
    answer,
    document,
    fine,
    hang,
    held,
    in_turn,
    redirect,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixtures import MakeProject

#: Seconds that Sphinx's own link check has where it is known to need for ever.
LONG_ENOUGH = 15.0
#: Two bytes of UTF-8.
UMLAUT = '\xfc'


class Check(Protocol):
    """Checks links with the builder that the option names."""

    def __call__(self, pages: Mapping[str, str] | str, **options: Any) -> Checked: ...


@pytest.fixture
def is_ours(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption('linkcheck') == 'linkaudit')


@pytest.fixture
def check(make_project: MakeProject, *, is_ours: bool) -> Check:
    """Return what checks links in this process."""
    conf = EXTENSION if is_ours else ''

    def run(pages: Mapping[str, str] | str, **options: Any) -> Checked:
        return check_here(make_project, pages, conf=conf, **options)

    return run


@pytest.fixture
def check_apart(make_project: MakeProject, *, is_ours: bool) -> Check:
    """Return what checks links in a process that can be killed."""
    conf = EXTENSION if is_ours else ''
    seconds = GIVE_UP if is_ours else LONG_ENOUGH

    def run(pages: Mapping[str, str] | str, **options: Any) -> Checked:
        return check_there(make_project, pages, conf=conf, seconds=seconds, **options)

    return run


def places(checked: Checked, uri: str) -> list[tuple[str, int]]:
    """Return file and line of all places of a link that are told of."""
    if (checked.outdir / 'report.json').exists():
        found = checked.links[uri]['places']
        return sorted((place['path'], place['line']) for place in found)
    row = checked.rows.get(uri)
    return [(row['filename'], row['lineno'])] if row else []


def codes(checked: Checked, uri: str) -> list[int]:
    """Return all status codes of a link that are told of."""
    if (checked.outdir / 'report.json').exists():
        link = checked.links[uri]
        return [hop['status'] for hop in link['chain']] + [link['code']]
    return [checked.rows[uri]['code']]


# -- it ends -------------------------------------------------------------------


@pytest.mark.fault(1)
@pytest.mark.parametrize('uri', ['http://[::1', 'http://\xfc..example/'])
def test_a_malformed_address_ends_no_check(check_apart: Check, uri: str) -> None:
    with Web() as web:
        good = web.page('/good')
        checked = check_apart(f'`one <{uri}>`__ `two <{good}>`__\n')
    assert checked.status(uri) == 'broken'
    assert checked.status(good) == 'working'


@pytest.mark.fault(5)
@pytest.mark.parametrize('seconds', ['2', '1000000'])
def test_a_server_that_wants_to_be_asked_ever_later_is_left_alone(
    check_apart: Check, seconds: str
) -> None:
    later = answer('Later', status=429, headers={'Retry-After': seconds})
    with Web() as web:
        limited = web.on('/limited', later)
        checked = check_apart(f'{limited}\n', linkcheck_rate_limit_timeout=1)
        assert web.hits('/limited') == ['HEAD']
    assert checked.status(limited) == 'ignored'


@pytest.mark.fault(7)
@pytest.mark.parametrize(
    'name',
    ['status-line-dripped', 'headers-dripped'],
)
def test_a_drip_runs_on_no_longer_than_the_timeout(
    check_apart: Check, name: str
) -> None:
    with Web() as web:
        url = HOSTILE[name](web)
        checked = check_apart(f'{url}\n', linkcheck_timeout=1)
    assert checked.status(url) == 'timeout'


@pytest.mark.fault(7)
@pytest.mark.skipif(
    hasattr(http.client, '_MAXINTERIMRESPONSES'),
    reason='this Python has a limit of its own, so it is no fault of the link check',
)
def test_announcements_without_end_are_read_to_a_limit(
    check_apart: Check,
) -> None:
    with Web() as web:
        url = HOSTILE['endless-continue'](web)
        checked = check_apart(f'{url}\n', linkcheck_timeout=20)
    assert checked.status(url) == 'broken'


@pytest.mark.fault(7)
@pytest.mark.parametrize('name', ['endless-body', 'endless-chunked-body'])
def test_an_endless_body_is_read_to_a_limit(check_apart: Check, name: str) -> None:
    with Web() as web:
        url = HOSTILE[name](web)
        checked = check_apart(f'{url}\n')
    assert checked.status(url) == 'working'


@pytest.mark.fault(8)
@pytest.mark.parametrize('name', ['gzip-bomb', 'deflate-bomb'])
def test_a_bomb_is_inflated_to_a_limit(check_apart: Check, name: str) -> None:
    with Web() as web:
        url = HOSTILE[name](web)
        checked = check_apart(f'{url}\n')
    # What wasn't read may have the anchor.
    assert checked.status(url) == 'working'
    assert checked.peak < 400 * MEBI


@pytest.mark.fault(9)
def test_no_retries_is_one_try(check: Check) -> None:
    with Web() as web:
        good = web.page('/good')
        try:
            checked = check(f'{good}\n', linkcheck_retries=0)
        except ValueError as error:
            raise AssertionError from error
        assert web.hits('/good') == ['HEAD']
    assert checked.status(good) == 'working'


# -- it finds ------------------------------------------------------------------


@pytest.mark.fault(2)
def test_an_excluded_page_hides_no_dead_link_of_another(check: Check) -> None:
    with Web() as web:
        dead = web.url('/dead')
        pages = {'a.rst': f'A\n=\n\n{dead}\n', 'b.rst': f'B\n=\n\n{dead}\n'}
        checked = check(pages, linkcheck_exclude_documents=['^a$'])
    assert checked.status(dead) == 'broken'
    assert places(checked, dead) == [('b.rst', 4)]
    assert checked.status_code == 1


@pytest.mark.fault(3)
def test_every_place_of_a_link_is_named(check: Check) -> None:
    with Web() as web:
        dead = web.url('/dead')
        text = f'{dead}\n\nOnce more:\n\n{dead}\n'
        checked = check({'a.rst': f'A\n=\n\n{text}', 'b.rst': f'B\n=\n\n{text}'})
    assert places(checked, dead) == [
        ('a.rst', 4),
        ('a.rst', 8),
        ('b.rst', 4),
        ('b.rst', 8),
    ]


@pytest.mark.fault(14)
def test_a_link_stands_at_its_own_line_of_a_paragraph(check: Check) -> None:
    with Web() as web:
        one, two = web.page('/one'), web.page('/two')
        checked = check(f'Words,\nthen `one <{one}>`__\nand\n{two}, and words.\n')
    assert places(checked, one) == [('page.rst', 5)]
    assert places(checked, two) == [('page.rst', 7)]


@pytest.mark.fault(14)
def test_a_link_of_an_included_file_stands_in_that_file(check: Check) -> None:
    with Web() as web:
        url = web.page('/one')
        page = f'{TITLE}.. include:: part.txt\n'
        checked = check({'page.rst': page, 'part.txt': f'Part\n\nwith\n\n{url}\n'})
    assert places(checked, url) == [('part.txt', 5)]


@pytest.mark.fault(13)
@pytest.mark.parametrize(
    'uri',
    [
        'sms:123',
        'news:comp.lang.python',
        'urn:isbn:0451450523',
        'javascript:void(0)',
        'magnet:?xt=urn:btih:1',
        'data:text/plain,x',
        'MAILTO:a@b.example',
    ],
)
def test_what_is_not_of_the_web_is_not_dead(check: Check, uri: str) -> None:
    checked = check(f'`link <{uri}>`__\n')
    assert checked.status(uri) == 'unchecked'
    assert checked.status_code == 0


@pytest.mark.fault(13)
def test_a_scheme_may_be_in_upper_case(check: Check) -> None:
    with Web() as web:
        url = web.page('/good').replace('http:', 'HTTP:')
        checked = check(f'`link <{url}>`__\n')
        assert web.hits('/good') == ['HEAD']
    assert checked.status(url) == 'working'


@pytest.mark.fault(13)
def test_a_link_without_a_scheme_is_checked(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Authority() as authority, Web(tls=authority.good()) as web:
        monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(authority.ca_file))
        good = web.page('/good').removeprefix('https:')
        dead = web.url('/dead').removeprefix('https:')
        checked = check(f'`one <{good}>`__ `two <{dead}>`__\n')
    assert checked.status(good) == 'working'
    assert checked.status(dead) == 'broken'


@pytest.mark.fault(13)
def test_links_in_raw_html_are_seen(check: Check) -> None:
    with Web() as web:
        dead = web.url('/dead')
        checked = check(f'.. raw:: html\n\n   <p>\n   <a href="{dead}">x</a>\n')
    assert checked.status(dead) == 'broken'
    assert places(checked, dead) == [('page.rst', 7)]


# -- it asks in a good way -----------------------------------------------------


@pytest.mark.fault(4)
def test_hosts_take_turns(check: Check) -> None:
    with Web() as one, Web('127.0.0.2') as two:
        urls = []
        for number in range(4):
            urls += [web.page(f'/{number}') for web in (one, two)]
        check(' '.join(urls), linkcheck_workers=1)
        requests = sorted([*one.log, *two.log], key=lambda request: request.time)
    hosts = [request.headers['host'].partition(':')[0] for request in requests]
    assert hosts == ['127.0.0.1', '127.0.0.2'] * 4


@pytest.mark.fault(6)
def test_where_head_does_not_answer_get_does(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('sphinx_linkaudit.ask.fetch.MIN_LEAD', 0.1)
    monkeypatch.setattr('sphinx_linkaudit.ask.fetch.HEAD_SHARE', 0.01)
    with Web() as web:
        web.on('/page', hang, method='HEAD')
        url = web.on('/page', fine, method='GET')
        checked = check(f'{url}\n', linkcheck_timeout=10)
        assert web.hits('/page') == ['HEAD', 'GET']
    assert checked.status(url) == 'working'


@pytest.mark.fault(6)
def test_a_timeout_is_retried(check: Check) -> None:
    with Web() as web:
        url = web.on('/page', in_turn(hang, fine)) + '#here'
        checked = check(f'{url}\n', linkcheck_timeout=3, linkcheck_retries=2)
        assert web.hits('/page') == ['GET', 'GET']
    assert checked.status(url) == 'working'


@pytest.mark.fault(6)
def test_a_retry_comes_after_all_that_can_be_asked_meanwhile(check: Check) -> None:
    fails = answer('Oops', status=500)
    with Web() as web:
        found = web.gate()
        a = web.on('/a', in_turn(held(found, fails), fails, fine))
        b = web.page('/b')
        checked = check(
            f'{a} {b}\n', found=found, linkcheck_workers=1, linkcheck_retries=2
        )
        assert [request.path for request in web.log] == ['/a', '/a', '/b', '/a']
    assert checked.status(a) == 'working'


@pytest.mark.fault(12)
def test_the_accept_header_is_sent_without_a_rule_for_headers(check: Check) -> None:
    with Web() as web:
        url = web.page('/page')
        check(f'{url}\n')
        (request,) = web.log
    assert request.headers['accept'] == DEFAULT_REQUEST_HEADERS['Accept']


@pytest.mark.fault(15)
@pytest.mark.parametrize(
    'name',
    [
        'redirect-to-metadata',
        'redirect-to-metadata-in-decimal',
        'redirect-to-metadata-in-hex',
        'redirect-to-metadata-in-ipv6',
    ],
)
def test_no_redirect_leads_to_a_metadata_service(
    check: Check, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    forbidden = []

    class Socket(socket.socket):
        def connect(self, address: Any) -> None:
            if not str(address[0]).startswith('127.'):
                forbidden.append(address)
                raise ConnectionRefusedError
            super().connect(address)

    monkeypatch.setattr(socket, 'socket', Socket)
    with Web() as web:
        url = HOSTILE[name](web)
        checked = check(f'{url}\n')
        assert web.hits(f'/{name}')
    assert not forbidden
    assert checked.status(url) == 'broken'


# -- it judges right -----------------------------------------------------------


@pytest.mark.fault(10)
def test_a_text_fragment_is_no_anchor(check: Check) -> None:
    with Web() as web:
        url = web.page('/page', document('<p>Words</p>')) + '#:~:text=Words'
        checked = check(f'`link <{url}>`__\n')
    assert checked.status(url) == 'working'


@pytest.mark.fault(10)
def test_an_id_may_be_percent_encoded_itself(check: Check) -> None:
    with Web() as web:
        page = web.page('/page', document('<p id="Z%C3%BCrich">Words</p>'))
        url = f'{page}#Z%C3%BCrich'
        checked = check(f'{url}\n')
    assert checked.status(url) == 'working'


@pytest.mark.fault(10)
def test_a_page_may_name_its_charset_itself(check: Check) -> None:
    text = document('<p id="Z\xfcrich">Words</p>', head='<meta charset="utf-8">')
    with Web() as web:
        page = web.page('/page', text, headers={'Content-Type': 'text/html'})
        url = f'{page}#Z%C3%BCrich'
        checked = check(f'{url}\n')
    assert checked.status(url) == 'working'


@pytest.mark.fault(10)
def test_the_name_of_a_meta_element_is_no_anchor(check: Check) -> None:
    text = document('<p>Words</p>', head='<meta name="author" content="me">')
    with Web() as web:
        url = web.page('/page', text) + '#author'
        checked = check(f'{url}\n')
    assert checked.status(url) == 'broken'


@pytest.mark.fault(10)
def test_a_character_may_come_in_two_reads(check: Check) -> None:
    # An odd number of bytes before them, so that any even one of reads cuts one in two.
    text = f'<html><body>.{100_000 * UMLAUT}<p id="here">Here</p></body></html>'
    with Web() as web:
        kind = {'Content-Type': 'application/xhtml+xml'}
        url = web.page('/page', text, headers=kind) + '#here'
        checked = check(f'{url}\n')
    assert checked.status(url) == 'working'


@pytest.mark.fault(11)
@pytest.mark.parametrize(('first', 'second'), [(301, 302), (302, 301)])
def test_a_chain_is_labelled_by_what_was_said_of_the_link_itself(
    check: Check, first: int, second: int
) -> None:
    with Web() as web:
        url = web.on('/old', redirect('/newer', first))
        web.on('/newer', redirect('/new', second))
        web.page('/new')
        checked = check(f'{url}\n')
    assert checked.rows[url]['code'] == first


@pytest.mark.fault(11)
def test_every_redirect_of_a_chain_is_told_of(check: Check) -> None:
    with Web() as web:
        url = web.on('/old', redirect('/newer', 301))
        web.on('/newer', redirect('/new', 302))
        web.page('/new')
        checked = check(f'{url}\n')
    assert codes(checked, url) == [301, 302, 200]


@pytest.mark.fault(11)
def test_the_code_of_a_dead_link_is_told_of(check: Check) -> None:
    with Web() as web:
        dead = web.url('/dead')
        checked = check(f'{dead}\n')
    assert codes(checked, dead) == [404]
