"""What is wrong with the configuration is told once, before anything is asked."""

from __future__ import annotations

import os
import re
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from requests.auth import HTTPDigestAuth

from checks import EXTENSION, check, project_with
from runs import run
from sphinx_linkaudit.__main__ import main
from sphinx_linkaudit.ask import preflight
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.preflight import MisconfiguredError
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.memory.known import load
from sphinx_linkaudit.options import CACHE_NAME
from web import fine

if TYPE_CHECKING:
    from fixtures import MakeProject
    from web import Web


def problem(**settings: Any) -> str:
    """Return what is wrong with the environment and these settings, '' if nothing."""
    with closing(Fetcher(Settings(**settings))) as fetcher:
        try:
            fetcher.start()
        except MisconfiguredError as error:
            return str(error)
    return ''


# -- proxies -------------------------------------------------------------------


@pytest.mark.parametrize(
    ('proxy', 'told'),
    [
        ('http://proxy:abc', 'not the address of a proxy'),
        ('http://proxy:99999', 'not the address of a proxy'),
        ('http://user:sec#ret@127.0.0.1:3128', 'percent-encoded'),
        ('http://user:sec/ret@127.0.0.1:3128', 'percent-encoded'),
        ('http://user:sec?ret@127.0.0.1:3128', 'percent-encoded'),
        ('http://user:sec[ret@127.0.0.1:3128', 'percent-encoded'),
        ('http://user:secret@', 'not the address of a proxy'),
        ('http://[::1', 'not the address of a proxy'),
        ('http://proxy:3128/path', 'has no path'),
        ('foo://proxy:3128', "'foo' is no kind of proxy"),
        ('http://user:s\u5bc6cret@proxy:3128', 'no header can have'),
        ('http://user:sec%0D%0Aret@proxy:3128', 'no header can have'),
    ],
)
@pytest.mark.parametrize('name', ['http_proxy', 'HTTPS_PROXY', 'ALL_PROXY'])
def test_a_malformed_proxy_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, name: str, proxy: str, told: str
) -> None:
    monkeypatch.setenv(name, proxy)
    found = problem()
    assert found.startswith(f'{name.lower()}: ')
    assert told in found
    assert 'sec' not in found
    assert 'ret' not in found


@pytest.mark.parametrize('scheme', ['socks4', 'socks5', 'socks5h'])
def test_a_socks_proxy_needs_its_library(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv('https_proxy', f'{scheme}://127.0.0.1:1080')
    monkeypatch.setattr(preflight, 'find_spec', lambda _name: None)
    assert 'https_proxy: a SOCKS proxy needs PySocks' in problem()
    monkeypatch.setattr(preflight, 'find_spec', lambda _name: object())
    assert problem() == ''


@pytest.mark.parametrize(
    'variables',
    [
        {'http_proxy': 'proxy.test:3128'},
        {'http_proxy': 'HTTP://user:pa%23ss@proxy:3128/'},
        {'https_proxy': 'https://[::1]:3128'},
        {'http_proxy': ''},
        {'ftp_proxy': 'nonsense://'},
        # These are never used.
        {'all_proxy': 'foo://x', 'http_proxy': 'http://x', 'https_proxy': 'http://x'},
        {'all_proxy': 'foo://x', 'no_proxy': '*'},
    ],
)
def test_a_proxy_that_can_be_used_or_never_is_no_problem(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert problem() == ''


# -- certificates --------------------------------------------------------------


def unreadable(folder: Path) -> dict[str, Path]:
    """Make files that no certificates can be read from."""
    found = {name: folder / name for name in ('missing', 'empty', 'text', 'pipe')}
    found['empty'].touch()
    found['text'].write_text('no certificate')
    if hasattr(os, 'mkfifo'):
        os.mkfifo(found['pipe'])
    return found


@pytest.mark.parametrize('kind', ['missing', 'empty', 'text', 'pipe'])
def test_certificates_that_cannot_be_read_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    path = str(unreadable(tmp_path)[kind])
    for certs in (path, {'a.test': path}):
        found = problem(tls_cacerts=certs)
        assert found.startswith('tls_cacerts: ')
        assert path in found
    assert problem(tls_cacerts=path, tls_verify=False) == ''
    for name in ('CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'):
        monkeypatch.setenv(name, path)
        assert problem().startswith(f'{name}: ')
    assert problem(tls_verify=False) == ''


def test_certificates_that_can_be_read_are_no_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, web: Web
) -> None:
    file = str(web.authority.ca_file)
    assert problem() == ''
    assert problem(tls_cacerts=file) == ''
    assert problem(tls_cacerts={'a.test': file, 'b.test': str(tmp_path)}) == ''
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', file)
    assert problem() == ''


@pytest.mark.skipif(sys.platform == 'win32', reason='other files, other faults')
def test_a_file_for_keys_that_cannot_be_written_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / 'pipe')
    for name in ('missing/keys', 'pipe', ''):
        monkeypatch.setenv('SSLKEYLOGFILE', str(tmp_path / name))
        assert problem().startswith(f'SSLKEYLOGFILE: {tmp_path / name}: ')
    monkeypatch.setenv('SSLKEYLOGFILE', str(tmp_path / 'keys'))
    assert problem() == ''


# -- logins and headers --------------------------------------------------------


@pytest.mark.parametrize(
    ('text', 'told'),
    [
        ('machine a.test login\nfoo secret', 'syntax error in line 2'),
        ('machine a.test login a password \u5bc6', 'no header can have'),
        (None, 'not a file'),
    ],
)
def test_a_file_of_logins_is_told_if_it_was_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None, told: str
) -> None:
    if text is None:
        if not hasattr(os, 'mkfifo'):
            pytest.skip('Windows has no pipes with names of files')
        os.mkfifo(tmp_path / '.netrc')
    else:
        (tmp_path / '.netrc').write_text(text, encoding='utf-8')
    # The user's own is for many programs.
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('USERPROFILE', str(tmp_path))
    assert problem() == ''
    monkeypatch.setenv('NETRC', str(tmp_path / '.netrc'))
    found = problem()
    assert found.startswith(f'NETRC: {tmp_path / ".netrc"}: ')
    assert told in found
    assert 'secret' not in found
    for name in (str(tmp_path / 'missing'), '~nobody-of-this-name/netrc'):
        monkeypatch.setenv('NETRC', name)
        assert problem().startswith('NETRC: ')
    monkeypatch.setenv('NETRC', os.devnull)
    assert problem() == ''


def test_the_users_own_file_of_logins_is_told_where_one_was_wanted(
    make_project: MakeProject,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / '.netrc').write_text('machine a.test login\nfoo secret')
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('USERPROFILE', str(tmp_path))
    assert check(make_project, web.on('/page', fine)).warnings == []
    checked = check(make_project, web.page('/login', status=401))
    (told,) = [w for w in checked.warnings if w.type == 'linkcheck.netrc']
    assert told.text == f'{tmp_path / ".netrc"} is ignored: syntax error in line 2'


@pytest.mark.parametrize(
    'login', [('me', '\u5bc6'), ('m\ne', 'x'), ('me',), 'me', None]
)
def test_a_login_that_cannot_be_sent_is_told(login: object) -> None:

    pattern = re.compile('https://a.test/')
    found = problem(auth=[(pattern, ('me', 'secret')), (pattern, login)])
    assert found.startswith("linkcheck_auth: 'https://a.test/': ")
    assert '\u5bc6' not in found
    assert problem(auth=[(pattern, HTTPDigestAuth('me', '\u5bc6'))]) == ''


@pytest.mark.parametrize('value', ['a\nb', '\u5bc6', ' x', 5, None])
def test_a_header_that_cannot_be_sent_is_told(value: object) -> None:
    good = ('linkcheck_hosts', {'X-Good': 'm\xfcde'})
    bad = ('linkcheck_request_headers', {'X-Bad': value})
    assert problem(all_headers=[good]) == ''
    assert problem(all_headers=[good, bad]).startswith(
        "linkcheck_request_headers: 'X-Bad' "
    )
    if isinstance(value, str) and value.strip() == value:
        assert problem(user_agent=value).startswith('user_agent: ')


# -- a whole check -------------------------------------------------------------


@pytest.mark.parametrize(
    ('settings', 'name'),
    [
        ({'user_agent': 'a\nb'}, 'user_agent'),
        ({'linkcheck_hosts': {'.*': {'headers': {'X': '\u5bc6'}}}}, 'linkcheck_hosts'),
        (
            {'linkcheck_request_headers': {'*': {'X': '\u5bc6'}}},
            'linkcheck_request_headers',
        ),
        ({'linkcheck_auth': [('.*', ('me', '\u5bc6'))]}, 'linkcheck_auth'),
    ],
)
def test_no_link_is_asked_for_where_a_setting_is_wrong(
    make_project: MakeProject, web: Web, settings: dict[str, Any], name: str
) -> None:
    uri = web.on('/page', fine)
    checked = check(make_project, f'{uri} mailto:me@a.test', **settings)
    assert checked.status_code == 2
    assert web.log == []
    assert checked.verdict(uri) == ('unchecked', 'misconfigured')
    (told,) = checked.warnings
    assert told.text.startswith(f'{name}: ')
    assert told.text.endswith('; no link was checked')


def fails(request: Any) -> Any:
    raise ConnectionRefusedError(request.method)


def exits(_request: object) -> Any:
    sys.exit('no token')


def breaks_a_header(request: Any) -> Any:
    request.headers['X-Token'] = 'a\nb'
    return request


def takes_the_address(request: Any) -> Any:
    request.url = None
    return request


def takes_the_method(request: Any) -> Any:
    request.method = None
    return request


def test_a_login_that_fails_is_no_fault_of_its_page(
    make_project: MakeProject, web: Web
) -> None:
    logins = [print, fails, exits, breaks_a_header, takes_the_address, takes_the_method]
    uris = [web.on(f'/{login.__name__}', fine) for login in logins]
    good = web.on('/page', fine)
    auth = [(f'{uri}$', login) for uri, login in zip(uris, logins, strict=True)]
    checked = check(
        make_project, ' '.join([good, *uris]), objects={'linkcheck_auth': auth}
    )
    assert {checked.verdict(uri) for uri in uris} == {('unchecked', 'misconfigured')}
    assert checked.verdict(good) == ('working', 'ok')
    assert checked.status_code == 2
    (told,) = checked.warnings
    assert told.text.startswith('linkcheck_auth: a login failed (')
    assert told.text.endswith('; 6 links are unchecked')
    assert 'Traceback' not in checked.printed


def test_nothing_is_learned_where_a_setting_is_wrong(
    make_project: MakeProject, web: Web, tmp_path: Path
) -> None:
    good, bad = web.on('/page', fine), web.page('/gone', status=404)
    files = f'* {good}\n* {bad}\n* {good}#here\n'
    project = project_with(
        make_project, files, EXTENSION, linkcheck_cache=True, linkcheck_strikes=3
    )
    missing = str(tmp_path / 'missing')
    wrong = run(project, tls_cacerts=missing)
    assert wrong.status_code == 2
    assert {link['verdict'] for link in wrong.facts()} == {'unchecked'}
    # As Sphinx's own check has it.
    assert set(wrong.statuses.values()) == {'broken'}
    assert all(missing in row['info'] for row in wrong.rows.values())
    report, known = Path(wrong.outdir) / 'report.json', tmp_path / 'known.json'
    main(['accept', str(report), str(known)])
    assert not known.exists() or load(known) == {}
    assert not (Path(wrong.outdir) / CACHE_NAME).exists() or web.log == []
    right = run(project)
    assert right.verdict(good) == ('working', 'ok')
    assert right.links[bad]['failures'] == 1
