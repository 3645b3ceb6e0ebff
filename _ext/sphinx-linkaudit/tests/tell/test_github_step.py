"""What GitHub is told by a check that is a step of a workflow: by whole builds."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from checks import TITLE, project_with
from runs import Run, accepting, commands, days_pass, run_apart
from web import Web, raw, redirect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures import MakeProject
    from projects import Project


def on_github(project: Project, *options: str) -> tuple[Run, str]:
    """Check as a step of a workflow; return its summary, too."""
    summary = project.srcdir.parent / 'summary.md'
    environ = {
        'GITHUB_ACTIONS': 'true',
        'GITHUB_STEP_SUMMARY': str(summary),
        'GITHUB_WORKSPACE': str(project.srcdir.parent),
    }
    found = run_apart(project, *options, environ=environ, stderr=subprocess.STDOUT)
    return found, summary.read_text() if summary.exists() else ''


def test_new_failures_are_annotations_and_others_are_not(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        sure, known, fresh = (web.url(f'/{name}') for name in ('sure', 'known', 'new'))
        good = web.page('/good')
        project = project_with(
            make_project,
            {
                'page.rst': f'{TITLE}{sure}\n{known}\n{good}\n',
                'deep/er.rst': f'{TITLE}Again\n{sure}\n',
            },
            linkcheck_cache=True,
            linkcheck_strikes=2,
            linkcheck_cache_duration=0,
            linkcheck_known_dead='known.json',
        )
        accepting(project, known)
        first, summary = on_github(project)
        assert commands(first.shown) == []
        assert 'New failures: 0' in summary
        days_pass(first.cache, 1)
        project.write({'fresh.rst': f':orphan:\n\n{TITLE}{fresh}\n'})
        second, summary = on_github(project)
    heads = [line.partition(': ')[0] for line in commands(second.shown)]
    assert heads == [
        f'::error file=src/deep/er.rst,line=5,title=Dead link::{sure}',
        f'::error file=src/page.rst,line=4,title=Dead link::{sure}',
    ]
    assert second.status_code == 1
    failures, *others = summary.partition('### New failures: 1')[2].split('###')
    assert sure in failures
    assert fresh not in failures
    assert fresh in '###'.join(others)
    assert known not in failures


@pytest.mark.parametrize('options', [(), ('-q',)], ids=str)
def test_what_a_server_says_is_no_command(
    make_project: MakeProject, options: Sequence[str]
) -> None:
    said = '##[error]mine ::error::mine'
    with Web() as web:
        uri = web.page('/dead', status=404, reason=f'::set-env name=a::b {said}')
        moved = web.on('/moved', redirect('/good?##[error]mine', 301))
        web.page('/good')
        bare = web.on('/bare', raw(b'::error::mine\r\n##[error]mine\r\n\r\n'))
        uris = [uri, moved, bare, web.url('/##[error]mine')]
        project = project_with(
            make_project, '\n'.join(f'* `a <{one}>`__' for one in uris)
        )
        found, summary = on_github(project, *options)
    assert '##[error]mine' in found.shown
    given = commands(found.shown)
    assert len(given) == 3
    for line in given:
        head, _, rest = line.removeprefix('::').partition('::')
        assert re.fullmatch(r'error file=src/page.rst,line=\d+,title=Dead link', head)
        assert rest.startswith(f'http://{web.address}')
    assert '<code>' in summary


def test_without_github_there_are_no_commands(make_project: MakeProject) -> None:
    with Web() as web:
        project = project_with(make_project, web.url('/dead'))
        found = run_apart(project)
    assert '::' not in found.shown
