"""Which verdicts make a check fail is a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sphinx.errors import ConfigError

from checks import project_with
from runs import run
from web import answer, redirect

if TYPE_CHECKING:
    from fixtures import MakeProject
    from web import Web


def test_the_verdicts_that_are_named_fail_and_no_others(
    make_project: MakeProject,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    web.page('/')
    web.page('/new')
    uris = {
        'dead': web.url('/dead'),
        'suspect': web.on('/page', redirect('/')),
        'blocked': web.on('/wall', answer(status=999)),
        'moved': web.on('/old', redirect('/new', 301)),
    }
    project = project_with(make_project, '\n'.join(uris.values()))
    reports = ['sarif', 'junit', 'codequality', 'markdown']
    monkeypatch.setenv('GITHUB_ACTIONS', 'true')
    for fail_on in ([], ['dead'], ['suspect', 'blocked'], ['moved']):
        with project.app(
            'linkcheck',
            verbosity=-1,
            confoverrides={
                'linkcheck_fail_on': fail_on,
                'linkcheck_reports': reports,
                'linkcheck_cache': True,
            },
        ) as app:
            app.build()
            assert app.statuscode == bool(fail_on)
            printed = app.warning.getvalue()
            outdir = app.outdir
        assert [kind for kind, uri in uris.items() if uri in printed] == fail_on
        said = capsys.readouterr().out
        assert said.count('::error ') == len(fail_on)
        text = (outdir / 'report.junit.xml').read_text()
        assert text.count('<failure ') == len(fail_on)
        assert (outdir / 'report.sarif').read_text().count('"error"') >= len(fail_on)
        text = (outdir / 'report.md').read_text()
        assert f'New failures: {len(fail_on)}' in text
        # Each link is told once.
        assert all(text.count(f'<code>{uri}</code>') == 1 for uri in _told(uris, text))


def _told(uris: dict[str, str], text: str) -> list[str]:
    return [uri for uri in uris.values() if f'<code>{uri}</code>' in text]


def test_a_verdict_that_fails_by_setting_waits_for_its_days_too(
    make_project: MakeProject, web: Web
) -> None:
    web.page('/')
    suspect, dead = web.on('/page', redirect('/')), web.url('/dead')
    project = project_with(
        make_project,
        f'{suspect}\n{dead}\n',
        linkcheck_cache=True,
        linkcheck_strikes=2,
        linkcheck_fail_on=['suspect'],
    )
    found = run(project)
    assert found.status_code == 0
    assert found.below('Failing, but not on enough days yet') == [suspect]
    assert found.below('Dead') == [dead]


@pytest.mark.parametrize('value', ['dead', ['dad'], [['dead']], ['working'], 3])
def test_what_is_no_list_of_verdicts_is_a_clear_error(
    make_project: MakeProject, value: Any
) -> None:
    for name in ('linkcheck_fail_on', 'linkcheck_reports'):
        settings: dict[str, Any] = {name: value}
        project = project_with(make_project, 'x\n', **settings)
        with (
            pytest.raises(ConfigError, match=f'{name} must be a list of '),
            project.app('linkcheck'),
        ):
            pass


EXPRESSIONS = (
    'linkcheck_ignore',
    'linkcheck_exclude_documents',
    'linkcheck_anchors_ignore',
    'linkcheck_anchors_ignore_for_url',
    'linkcheck_case_insensitive_urls',
)
WRONG: list[tuple[str, Any, str]] = [
    *((name, '.*x', 'a list of regular') for name in EXPRESSIONS),
    *((name, ['x', '('], r"'\(': missing \)") for name in EXPRESSIONS),
    ('linkcheck_ignore', [None], 'None: '),
    ('linkcheck_auth', [('x', 'y', 'secret')], 'a list of pairs'),
    ('linkcheck_auth', 'ab', 'a list of pairs'),
    ('linkcheck_auth', [('(', 'secret')], r"'\(': missing"),
    ('linkcheck_request_headers', {'*': 'secret'}, 'must map'),
    ('linkcheck_request_headers', {'*': {5: 'secret'}}, 'must map'),
    ('linkcheck_request_headers', [], 'must map'),
]


@pytest.mark.parametrize(('name', 'value', 'words'), WRONG)
def test_a_wrong_setting_of_sphinx_is_a_clear_error_of_link_checks_alone(
    make_project: MakeProject, name: str, value: Any, words: str
) -> None:
    project = project_with(make_project, 'x\n', **{name: value})
    with (
        pytest.raises(ConfigError, match=f'^{name}.*{words}') as caught,
        project.app('linkcheck'),
    ):
        pass
    assert 'secret' not in str(caught.value)
    with project.app('html'):
        pass
