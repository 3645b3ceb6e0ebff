"""What is incomplete is never told as whole, whatever ends a check, and when."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from checks import project_with
from platforms import needs_signals
from projects import PYTHONPATH
from runs import run, run_apart
from sphinx_linkaudit.atomic import replace_file
from sphinx_linkaudit.builder import LinkAuditBuilder
from sphinx_linkaudit.judge.judge import judge_all
from web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docutils import nodes

    from fixtures import MakeProject
    from projects import Project

#: Builds a project once for each of its arguments, each in a fork that sends itself
#: signals as functions of the check are entered.  Prints how each of them ended.
STAGES = """
import importlib, json, os, signal, sys
from sphinx.cmd.build import main
import sphinx_linkaudit


def wrap(module, qualname, number, name):
    owner = importlib.import_module(f'sphinx_linkaudit.{module}')
    *path, last = qualname.split('.')
    for one in path:
        owner = getattr(owner, one)
    inner, calls = getattr(owner, last), []

    def outer(*args, **kwargs):
        calls.append(1)
        if len(calls) == int(number):
            os.kill(os.getpid(), getattr(signal, name))
        return inner(*args, **kwargs)

    setattr(owner, last, outer)


srcdir, builddir, *given = sys.argv[1:]
statuses = []
for number, stages in enumerate(given):
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        for stage in stages.split():
            ignored, _, name = stage.partition(':')
            if ignored == 'ignored':
                signal.signal(getattr(signal, name), signal.SIG_IGN)
            else:
                wrap(*stage.split(':'))
        options = ['-q', '-b', 'linkcheck', '-d', f'{builddir}/doctrees-{number}']
        status = main([*options, srcdir, f'{builddir}/{number}'])
        os._exit(status)
    statuses.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(json.dumps(statuses))
"""
TAKEN = 'audit:Audit.take'
OLD = {'version': 1, 'project': 'OLD', 'finished': '2020-01-01T00:00:00Z', 'links': []}

#: What happens, the exit status, and whether all was settled by then.
ENDS = [
    ('builder:LinkAuditBuilder.add_link:5:SIGINT', 2, False),
    ('builder:LinkAuditBuilder.add_link:5:SIGTERM', -15, False),
    ('builder:LinkAuditBuilder.add_link:5:SIGHUP', -1, False),
    (f'{TAKEN}:5:SIGINT', 2, False),
    (f'{TAKEN}:5:SIGINT {TAKEN}:6:SIGINT', 2, False),
    (f'{TAKEN}:5:SIGINT tell.files:dump:1:SIGTERM', 2, False),
    ('memory.ledger:Ledger.close:1:SIGINT', 2, False),
    ('tell.page:page:1:SIGINT', 2, True),
    ('tell.console:Console.summarise:1:SIGTERM', -15, True),
    (f'ignored:SIGINT {TAKEN}:5:SIGINT', 0, True),
    # As nohup has it.
    (f'ignored:SIGHUP {TAKEN}:5:SIGHUP', 0, True),
]


@pytest.fixture(scope='module')
def many() -> Iterator[tuple[Web, list[str]]]:
    with Web() as web:
        yield web, [web.page(f'/page{number}') for number in range(40)]


@pytest.fixture(scope='module')
def ended(
    make_project: MakeProject, many: tuple[Web, list[str]]
) -> dict[str, tuple[int, Path]]:
    """Return the exit status and the output folder of a check for each of the ends."""
    _web, uris = many
    project = project_with(make_project, '\n'.join(uris), linkcheck_cache=True)
    for number, _end in enumerate(ENDS):
        outdir = project.builddir / str(number)
        outdir.mkdir(parents=True)
        (outdir / 'report.json').write_text(json.dumps(OLD))
    folders = map(str, (project.srcdir, project.builddir))
    command = [sys.executable, '-c', STAGES, *folders]
    done = subprocess.run(
        [*command, *(stages for stages, _status, _is_complete in ENDS)],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    statuses = json.loads(done.stdout.splitlines()[-1])
    return {
        stages: (status, project.builddir / str(number))
        for number, ((stages, *_), status) in enumerate(
            zip(ENDS, statuses, strict=True)
        )
    }


@needs_signals
@pytest.mark.parametrize(('stages', 'status', 'is_complete'), ENDS)
def test_a_signal_leaves_whole_files_that_say_what_they_are(
    ended: dict[str, tuple[int, Path]],
    many: tuple[Web, list[str]],
    stages: str,
    status: int,
    *,
    is_complete: bool,
) -> None:
    found, outdir = ended[stages]
    assert found == status
    report = json.loads((outdir / 'report.json').read_text())
    assert report['project'] != 'OLD'
    assert report['complete'] is is_complete
    found_links = {link['uri'] for link in report['links']}
    assert found_links == set(many[1]) if is_complete else found_links <= set(many[1])
    assert (outdir / 'report.html').read_text().rstrip().endswith('</html>')
    assert not list(outdir.glob('.report*'))


def limited(project: Project) -> None:
    """Let no process of the project write a file of more than 20,000 bytes."""
    text = 'import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (20_000,) * 2)\n'
    conf = project.srcdir / 'conf.py'
    conf.write_text(conf.read_text() + text)


def test_what_cannot_be_written_is_said_and_leaves_the_old_one(
    make_project: MakeProject, many: tuple[Web, list[str]]
) -> None:
    _web, uris = many
    more = [f'{uri}?{number}' for uri in uris for number in range(3)]
    project = project_with(make_project, '\n'.join(more))
    first = run_apart(project)
    assert first.status_code == 0
    limited(project)
    second = run_apart(project)
    assert second.status_code == 2
    assert f'links: {len(more)} working' in second.shown
    (line,) = (one for one in second.printed.splitlines() if 'could not be' in one)
    assert 'could not be written: report.json (File too large)' in line
    assert 'Traceback' not in second.printed
    assert second.files['report.json'] == first.files['report.json']
    assert not list(second.outdir.glob('.*json*'))


@pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such files')
def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    # Nobody can make a file beside it: else a failure would replace a device.
    master, slave = os.openpty()
    (tmp_path / 'output.txt').symlink_to(os.ttyname(slave))
    replace_file(tmp_path / 'output.txt', 'text')
    assert os.read(master, 10) == b'text'
    assert (tmp_path / 'output.txt').is_char_device()
    os.close(master)
    os.close(slave)


def test_an_error_of_our_own_is_no_verdict(
    make_project: MakeProject,
    many: tuple[Web, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(evidence: Any, anchors: Any, policy: Any) -> Any:
        if evidence.url.endswith('/page7'):
            message = 'oh no'
            raise RuntimeError(message)
        return judge_all(evidence, anchors, policy)

    monkeypatch.setattr('sphinx_linkaudit.audit.judge_all', fails)
    web, uris = many
    dead, bad = web.url('/dead'), web.url('/page7')
    found = run(project_with(make_project, '\n'.join([*uris, dead])))
    assert found.status_code == 2
    assert found.verdict(bad) == ('unchecked', 'internal-error')
    assert found.links[bad]['message'] == 'RuntimeError: oh no'
    assert found.verdict(dead) == ('dead', 'not-found')
    assert found.verdict(uris[0]) == ('working', 'ok')
    assert json.loads(found.files['report.json'])['complete'] is False
    assert 'raise RuntimeError(message)' in found.printed


# -- in other programs ---------------------------------------------------------


def handlers() -> list[object]:
    return [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]


def test_one_application_builds_again_and_again(
    make_project: MakeProject, many: tuple[Web, list[str]]
) -> None:
    web, uris = many
    project = project_with(make_project, '\n'.join([*uris, web.url('/dead')]))
    before, threads = handlers(), set(threading.enumerate())
    with project.app('linkcheck') as app:
        for _time in range(2):
            app.build()
            report = json.loads((app.outdir / 'report.json').read_text())
            assert (len(report['links']), report['complete']) == (len(uris) + 1, True)
            assert app.statuscode == 1
        new = web.page('/new')
        project.write({'more.rst': f':orphan:\n\nMore\n====\n\n{new}\n'})
        app.build()
        report = json.loads((app.outdir / 'report.json').read_text())
        assert new in {link['uri'] for link in report['links']}
    assert handlers() == before
    assert gc.get_freeze_count() == 0
    for thread in set(threading.enumerate()) - threads:
        if '_serve' not in thread.name:  # the web keeps its connections
            thread.join(30)
            assert not thread.is_alive()


@pytest.mark.parametrize(('blocks', 'is_kept'), [(0, False), (10**9, True)])
def test_trees_of_documents_are_given_up_before_the_links_of_many_are_asked_for(
    make_project: MakeProject,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
    *,
    blocks: int,
    is_kept: bool,
) -> None:
    trees: list[weakref.ref[nodes.document]] = []
    kept = []
    finish = LinkAuditBuilder.finish

    def note(builder: LinkAuditBuilder) -> None:
        kept.append(trees[0]() is not None)
        finish(builder)

    monkeypatch.setattr(LinkAuditBuilder, 'finish', note)
    monkeypatch.setattr('sphinx_linkaudit.builder.MANY_BLOCKS', blocks)
    project = project_with(make_project, web.page('/page'))
    project.write({'more.rst': ':orphan:\n\nMore\n====\n'})
    with project.app('linkcheck') as app:
        app.connect('doctree-read', lambda _app, tree: trees.append(weakref.ref(tree)))
        app.build()
        assert app.statuscode == 0
    assert kept == [is_kept]
    assert gc.get_freeze_count() == 0


def test_a_check_in_a_thread_leaves_the_signals_alone(
    make_project: MakeProject, many: tuple[Web, list[str]]
) -> None:
    project = project_with(make_project, '\n'.join(many[1]))
    found = []
    thread = threading.Thread(target=lambda: found.append(run(project)))
    before = handlers()
    gc.freeze()
    try:
        thread.start()
        thread.join()
        # What others keep from the garbage collector stays so.
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
    assert handlers() == before
    assert found[0].status_code == 0
