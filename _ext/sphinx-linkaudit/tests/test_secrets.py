"""No login and no token is in anything that is printed, written or remembered."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from requests.auth import HTTPDigestAuth

from checks import project_with
from runs import run
from sphinx_linkaudit.__main__ import main
from sphinx_linkaudit.judge.judge import judge_all
from sphinx_linkaudit.masking import MIN_SECRET, has_secret, hide, masked
from sphinx_linkaudit.options import hide_secrets_of
from web import answer, hang, redirect

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures import MakeProject
    from web import Peer, Request, Web

#: All of them have this in them.
SIGN = 'S3cret'
BASIC = b64encode(f'me:Auth{SIGN}'.encode()).decode()


def repeats(peer: Peer, request: Request) -> None:
    """Answer with what was sent: in the reason, in a header, and as a redirect."""
    sent = request.headers['x-api-key']
    said = {'Location': f'/said/{sent}?{request.headers["authorization"]}'}
    answer('x', status=302, reason=sent, headers=said)(peer, request)


@pytest.mark.usefixtures('no_pause')
def test_no_secret_is_in_anything_that_is_written(
    make_project: MakeProject,
    web: Web,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fails(evidence: Any, anchors: Any, policy: Any) -> Any:
        if 'fails' in evidence.url:
            raise RuntimeError(evidence.url)
        return judge_all(evidence, anchors, policy)

    monkeypatch.setattr('sphinx_linkaudit.audit.judge_all', fails)
    web.page('/to')
    web.page('/said/*')
    web.on('/hung', hang)
    web.names.add('hung.nowhere', '127.0.0.1')
    login = web.url('/dead').replace('://', f'://ann:User{SIGN}@')
    token = f'?access_token=Token{SIGN}'
    uris = {
        'login': login,
        'anchor': web.page('/anchor') + f'#id_token=Hash{SIGN}',
        'token': web.url('/gone') + token,
        'moved': web.on('/moved', redirect(f'/to?api_key=Led{SIGN}', 301)),
        'fails': web.page('/fails') + token,
        'hung': web.url('/hung', host='hung.nowhere') + token,
        'late': web.on('/late', answer(status=429, headers={'Retry-After': '9'}))
        + token,
        'repeats': web.on('/repeats', repeats),
        'wrong': f'http://ann:Port{SIGN}@127.0.0.1:99999/',
        'loop': web.on('/loop', redirect(f'/loop{token}')) + token,
        'unasked': f'https://a.example/{token}',
        'nowhere': f'http://ann:Name{SIGN}@nowhere.test/',
    }
    known = tmp_path / 'known.json'
    known.write_text(
        json.dumps(
            {
                'version': 1,
                'links': {
                    f'https://ann:Known{SIGN}@b.example/': {'reason': 'Gone.'},
                    uris['token']: {'reason': 'Gone.'},
                },
            }
        )
    )
    text = '\n'.join(f'`link {name} <{uri}>`__' for name, uri in uris.items())
    project = project_with(
        make_project,
        text,
        linkcheck_rate_limit_timeout=1,
        linkcheck_cache=True,
        linkcheck_strikes=2,
        linkcheck_known_dead=str(known),
        linkcheck_ignore=['https://a.example'],
        linkcheck_reports=['sarif', 'junit', 'codequality', 'markdown'],
        linkcheck_auth=[('.*/repeats', ('me', f'Auth{SIGN}'))],
        linkcheck_request_headers={'*': {'X-Api-Key': f'Key{SIGN}'}},
        linkcheck_hosts={
            'hung': {'timeout': 0.3},
            '127': {'headers': {'X-Auth': f'Host{SIGN}'}},
        },
    )
    summary = tmp_path / 'summary.md'
    monkeypatch.setenv('GITHUB_ACTIONS', 'true')
    monkeypatch.setenv('GITHUB_STEP_SUMMARY', str(summary))
    written: dict[str, str] = {}
    for number in range(2):  # the second time from the cache
        found = run(project, linkcheck_strikes=number + 1)
        written |= {f'shown {number}': found.shown, f'printed {number}': found.printed}
        assert found.links[login.replace(f'User{SIGN}', '***')]['reason'] == 'not-found'
    report = str(found.outdir / 'report.json')
    root = ['--root', str(project.srcdir)]
    assert main(['fix', report, '--dry-run', *root]) == 0
    assert main(['accept', report, str(known)]) == 0
    archive = ['archive', report, str(tmp_path / 'other.json'), '--living']
    (tmp_path / 'other.json').write_text(known.read_text())
    main([*archive, '--budget=0', f'--archive={web.url("/").rstrip("/")}'])
    with pytest.raises(SystemExit):
        main(['archive', report, f'--archive=ftp://ann:Argument{SIGN}@b.example/'])
    written['said'] = ''.join(capfd.readouterr())
    assert 'skipped: ' in written['said']

    paths = [path for path in found.outdir.iterdir() if path.is_file()]
    assert {path.suffix for path in paths} >= {'.json', '.sqlite', '.html', '.sarif'}
    written |= {p.name: p.read_bytes().decode('latin-1') for p in [*paths, summary]}
    for name, one in written.items():
        at = max(one.find(SIGN), one.find(BASIC))
        assert at < 0, f'{name}: {one[max(0, at - 200) : at + 100]}'
    # It was asked for as it is written.
    assert any(f'Token{SIGN}' in request.target for request in web.log)
    assert any(f'Key{SIGN}' in request.headers.values() for request in web.log)


def test_nothing_that_a_report_lacks_is_written_into_sources(
    make_project: MakeProject, web: Web
) -> None:
    web.page('/there')
    led = web.on('/led', redirect(f'/there?api_key=Led{SIGN}', 301))
    moved = web.on('/moved', redirect('/there', 301))
    text = (
        f'`one <{led}>`__\n`two <{moved}?access_token=T{SIGN}>`__\n`three <{moved}>`__'
    )
    project = project_with(make_project, text)
    report = str(run(project).outdir / 'report.json')
    before = (project.srcdir / 'page.rst').read_text()
    assert main(['fix', report, '--yes', '--root', str(project.srcdir)]) == 0
    after = (project.srcdir / 'page.rst').read_text()
    assert after == before.replace(f'<{moved}>', f'<{web.url("/there")}>')


def test_the_secrets_of_the_configuration_are_known(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('sphinx_linkaudit.masking._hidden', [])
    monkeypatch.setenv('http_proxy', 'http://bob:on@127.0.0.1:1')
    monkeypatch.setenv('https_proxy', 'http://bob:pass-word-3@127.0.0.1:1')

    class Token:
        def __init__(self, token: str) -> None:
            self.token = token

    project = project_with(make_project, 'x\n')
    given = {
        'linkcheck_auth': [
            ('a', ('somebody', 'pass-word-1')),
            ('b', HTTPDigestAuth('somebody', 'pass-word-2')),
            ('c', Token('token-1')),
            ('d', print),
            ('e', ['somebody', 'short']),
        ],
        'linkcheck_request_headers': {
            '*': {'Accept': 'text/html', 'Authorization': 'Bearer head-er-1'}
        },
        'linkcheck_hosts': {'x': {'headers': {'X-Token': 'head-er-2'}}},
    }
    with project.app('linkcheck', confoverrides=given) as app:
        hide_secrets_of(app.config)
    secrets = ['pass-word-1', 'pass-word-2', 'token-1', 'head-er-1', 'head-er-2']
    secrets += ['pass-word-3']
    assert masked(' '.join(secrets)) == ' '.join(['***'] * 6)
    # Too short to be told from a part of a word.
    assert masked('no connection') == 'no connection'
    for name, password in (('somebody', 'pass-word-1'), ('somebody', 'pass-word-2')):
        sent = b64encode(f'{name}:{password}'.encode()).decode()
        assert masked(f'<{sent}>') == '<***>'
    assert masked('somebody short text/html') == 'somebody short text/html'


def test_the_longest_secret_is_masked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('sphinx_linkaudit.masking._hidden', [])
    hide(['secret', 'a-secret-b', 'x' * (MIN_SECRET - 1)])
    assert masked('a-secret-b secret xxxxxxx') == '*** *** xxxxxxx'
    assert has_secret('https://a.example/?token=1')
    assert has_secret('https://a.example/?token=***')
    assert has_secret('https://a.example/secret')
    assert not has_secret('https://a.example/?q=1')
