"""A check that is interrupted: what it still says, and what it doesn't."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from checks import EXTENSION, TITLE, project_with
from platforms import needs_signals
from runs import Run, accepting, begun, commands, files_of, run_apart
from web import Web, hang

if TYPE_CHECKING:
    from fixtures import MakeProject

#: A project whose check is interrupted before its page *z* is written.
INTERRUPTED = f"""{EXTENSION}
def interrupt(app, doctree, docname):
    if docname == 'z':
        raise KeyboardInterrupt

def setup(app):
    app.connect('doctree-resolved', interrupt)
"""


def test_an_interrupted_check_says_of_no_link_that_nobody_has_it(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        files = {'page.rst': TITLE + web.url('/dead'), 'z.rst': TITLE}
        files['zz.rst'] = TITLE + web.url('/z')
        project = project_with(make_project, files, INTERRUPTED)
        project.write(
            {'conf.py': f'{INTERRUPTED}linkcheck_known_dead = "known.json"\n'}
        )
        found = run_apart(accepting(project, web.url('/z')))
    assert web.url('/dead') in found.statuses
    assert web.url('/z') not in found.statuses
    assert found.below('Accepted as dead, but no page') == []


@needs_signals
def test_an_interrupted_check_leaves_a_page_too(make_project: MakeProject) -> None:
    with Web() as web:
        dead, stuck = web.url('/dead'), web.on('/stuck', hang)
        project = project_with(make_project, f'{dead}\n{stuck}\n')
        options = ['-D', 'linkcheck_timeout=600']
        with begun(
            project,
            *options,
            environ={'GITHUB_ACTIONS': 'true'},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as child:
            assert child.stdout is not None
            shown = ''
            for line in child.stdout:
                shown += line
                if 'broken' in line:
                    break
            web.wait_for('/stuck')
            child.send_signal(signal.SIGINT)
            shown += child.communicate()[0]
    assert child.returncode
    outdir = project.builddir / 'linkcheck'
    found = Run(project.srcdir, outdir, 2, '', files=files_of(outdir))
    text = found.page()
    assert dead in text
    assert 'page.rst:4' in text
    assert found.statuses == {dead: 'broken', stuck: 'unchecked'}
    # GitHub listens again.
    (given,) = commands(shown)
    assert given.startswith('::error file=page.rst,line=4,')


def test_a_check_interrupted_while_it_finds_links_leaves_a_page_too(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        stuck = web.on('/stuck', hang)
        files = {'page.rst': TITLE + stuck, 'z.rst': TITLE}
        project = project_with(make_project, files, INTERRUPTED)
        found = run_apart(project)
    assert found.status_code
    assert found.statuses == {stuck: 'unchecked'}
    assert stuck in found.page()
