"""What the link check writes and shows, also if it is cut short."""

from __future__ import annotations

import json
import math
import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from sphinx.builders.linkcheck import Hyperlink
from sphinx.config import Config
from sphinx.errors import ConfigError

from platforms import needs_signals
from projects import PYTHONPATH
from sphinx_linkaudit.options import ledger_of, workers_of
from sphinx_linkaudit.settings import check_settings
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import REASONS, VERDICTS
from web import Web, fine, hang, held, raw

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Event

    from fixtures import MakeProject
    from projects import Project

CONF = "extensions = ['sphinx_linkaudit']\n"
SCHEMA = json.loads(
    (files('sphinx_linkaudit') / 'tell' / 'report.schema.json').read_text('utf-8')
)

#: Seconds that a build may take before it is taken for hung.
PATIENCE = 60


def page(*uris: str) -> dict[str, str]:
    """Return a project with a page that has a link in each line."""
    links = ''.join(f'{uri}\n' for uri in uris)
    return {'conf.py': CONF, 'page.rst': f'Page\n====\n\n{links}'}


def rows(project: Project) -> dict[str, dict[str, Any]]:
    """Return the rows of ``output.json`` by their address."""
    path = project.builddir / 'linkcheck' / 'output.json'
    text = path.read_text(encoding='utf-8') if path.exists() else ''
    return {row['uri']: row for row in map(json.loads, text.splitlines())}


def report(project: Project) -> dict[str, Any]:
    """Return ``report.json``."""
    path = project.builddir / 'linkcheck' / 'report.json'
    document: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    return document


@contextmanager
def check(project: Project, *options: str, **pipes: Any) -> Iterator[Any]:
    """Check links in a process of its own, which is ended with the block."""
    command = [sys.executable, '-m', 'sphinx', '-b', 'linkcheck', *options]
    with subprocess.Popen(
        [*command, project.srcdir, project.builddir / 'linkcheck'],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH, 'TERM': 'xterm', 'COLUMNS': '80'},
        **pipes,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


# -- report.json ---------------------------------------------------------------


def test_the_report_is_as_its_schema_says(make_project: MakeProject) -> None:
    moved = raw(b'HTTP/1.1 301 x\r\nLocation: /good\r\nContent-Length: 0\r\n\r\n')
    with Web() as web:
        uris = [web.page('/good'), web.url('/dead'), web.on('/old', moved)]
        project = make_project(page(*uris, 'mailto:a@b.example'))
        project.build('linkcheck')
    document = report(project)
    Draft202012Validator(SCHEMA).validate(document)
    assert [link['uri'] for link in document['links']] == sorted(
        [*uris, 'mailto:a@b.example']
    )
    by_uri = {link['uri']: link for link in document['links']}
    assert by_uri[uris[2]]['chain'] == [
        {'url': uris[2], 'status': 301, 'target': uris[0]}
    ]
    assert by_uri[uris[1]]['code'] == 404
    assert by_uri[uris[1]]['places'] == [
        {'docname': 'page', 'path': 'page.rst', 'line': 5}
    ]


def test_links_of_another_collector_are_told_of_too(make_project: MakeProject) -> None:
    files = page()
    files['conf.py'] += """
from sphinx.builders.linkcheck import Hyperlink

def collect(app, doctree, docname):
    found = Hyperlink('whatever:x', docname, app.env.doc2path(docname), -1)
    app.builder.hyperlinks['a key of its own'] = found

def setup(app):
    app.connect('doctree-resolved', collect)
"""
    project = make_project(files)
    project.build('linkcheck', confoverrides={'linkcheck_reports': ['sarif']})
    document = report(project)
    Draft202012Validator(SCHEMA).validate(document)
    (found,) = document['links']
    assert found['verdict'] == 'dead'
    assert [place['line'] for place in found['places']] == [0]
    sarif = (project.builddir / 'linkcheck' / 'report.sarif').read_text()
    assert 'startLine' not in sarif


def test_other_extensions_see_the_links_as_sphinx_collects_them(
    make_project: MakeProject,
) -> None:
    project = make_project(page('mailto:a@b.example', 'mailto:c@d.example'))
    with project.app('linkcheck') as app:
        app.build()
        seen = getattr(app.builder, 'hyperlinks')  # noqa: B009 (Sphinx has no type for it)
        path = app.env.doc2path('page')
    assert seen == {
        uri: Hyperlink(uri, 'page', path, line)
        for uri, line in (('mailto:a@b.example', 4), ('mailto:c@d.example', 5))
    }


def test_the_schema_is_one_and_notices_what_it_does_not_describe() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    document = {'version': 1, 'project': '', 'finished': '', 'links': []}
    Draft202012Validator(SCHEMA).validate(document)
    wrongs: list[dict[str, Any]] = [{'version': 2}, {'links': [{}]}, {'more': 1}]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            Draft202012Validator(SCHEMA).validate(document | wrong)


def test_every_verdict_is_in_the_schema() -> None:
    kinds = SCHEMA['$defs']['link']['properties']['verdict']['enum']
    assert set(kinds) == set(VERDICTS) == {reason.kind for reason in REASONS.values()}


def test_places_on_excluded_pages_are_counted(make_project: MakeProject) -> None:
    with Web() as web:
        uri = web.url('/dead')
        files = {'conf.py': CONF}
        files |= {f'{name}.rst': f'T\n=\n\n{uri}\n' for name in ('a', 'b', 'c')}
        project = make_project(files)
        project.build(
            'linkcheck', confoverrides={'linkcheck_exclude_documents': ['a', 'b']}
        )
    (link,) = report(project)['links']
    assert [place['path'] for place in link['places']] == ['c.rst']
    assert link['excluded'] == 2


# -- cut short -----------------------------------------------------------------


@needs_signals
def test_ctrl_c_keeps_what_is_known(make_project: MakeProject) -> None:
    with Web() as web:
        good, stuck = web.page('/good'), web.on('/stuck', hang)
        project = make_project(page(good, stuck))
        options = ['-D', 'linkcheck_timeout=600']
        with check(
            project, *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            for line in process.stdout:
                if b'ok' in line and b'/good' in line:
                    break
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)
        assert process.returncode
    assert {uri: row['status'] for uri, row in rows(project).items()} == {
        good: 'working',
        stuck: 'unchecked',
    }
    reasons = {link['uri']: link['reason'] for link in report(project)['links']}
    assert reasons == {good: 'ok', stuck: 'interrupted'}


def test_what_the_deadline_of_the_run_leaves_is_unchecked_and_said_so(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        stuck = web.on('/stuck', hang)
        project = make_project(page(stuck))
        settings = {'linkcheck_timeout': 600, 'linkcheck_total_timeout': 0.5}
        build = project.build('linkcheck', confoverrides=settings)
    assert rows(project)[stuck]['status'] == 'unchecked'
    (warning,) = build.warnings
    assert warning.type == 'linkcheck.deadline'
    assert build.status_code == 0
    assert report(project)['complete'] is False


# -- on a terminal -------------------------------------------------------------


def on_terminal(project: Project, gate: Event) -> str:
    """Return what a check shows on a terminal; *gate* is set once it says who waits."""
    pty = pytest.importorskip('pty', reason='Windows has no such terminals')
    main, side = pty.openpty()
    seen = b''
    with check(project, stdout=side, stderr=side) as process:
        os.close(side)
        while select.select([main], [], [], PATIENCE)[0]:
            try:
                piece = os.read(main, 4096)
            except OSError:  # the other side was closed
                break
            seen += piece
            if b'waiting for' in seen:
                gate.set()
        process.wait(PATIENCE)
    os.close(main)
    return seen.decode()


def test_a_terminal_shows_the_progress_and_who_is_awaited(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        gate = web.gate()
        late = web.on('/late', held(gate, fine))
        project = make_project(page(web.page('/good'), late))
        shown = on_terminal(project, gate)
    assert 'checked 1 of 2 links, 0 dead; waiting for 127.0.0.1 (1 s)' in shown
    # It is gone before anything else is said, and at the end.
    for line in shown.split('\r\n'):
        last = line.rpartition('\x1b[K')[2]
        assert not last.startswith('checked')


def test_no_terminal_shows_no_progress(make_project: MakeProject) -> None:
    with Web() as web:
        project = make_project(page(web.page('/good')))
        with check(
            project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            shown, _ = process.communicate(timeout=PATIENCE)
    assert b'checked' not in shown
    assert b'\x1b[K' not in shown


def test_quiet_is_silent_of_what_is_well(make_project: MakeProject) -> None:
    with Web() as web:
        good, dead = web.page('/good'), web.url('/dead')
        project = make_project(page(good, dead))
        with check(
            project, '-q', stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            shown, _ = process.communicate(timeout=PATIENCE)
    (line,) = shown.splitlines()
    # The address, which requests repeats in its message, is there once.
    assert line.endswith(
        f'page.rst:5: WARNING: broken link: {dead} (404 Client Error: Not Found)'
    )


@pytest.mark.parametrize('text', ['\x1b[31m', '\x9b31m', '\r\n', '\u202e', '\u2028'])
def test_what_could_do_more_than_be_read_is_escaped(text: str) -> None:
    assert printable(text).isprintable()


# -- settings ------------------------------------------------------------------


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('linkcheck_host_workers', 0),
        ('linkcheck_accept', {'(': [403]}),
        ('linkcheck_accept', {'x': 403}),
        ('linkcheck_accept', {'x': '403'}),
        ('linkcheck_accept', {'x': ['forbidden']}),
        ('linkcheck_accept', {'x': [math.inf]}),
        ('linkcheck_total_timeout', -1),
        ('linkcheck_cache_duration', 10**400),
        ('linkcheck_cache_duration', {'dead': math.nan}),
    ],
)
def test_a_setting_that_makes_no_sense_is_a_clear_error(
    make_project: MakeProject, name: str, value: object
) -> None:
    project = make_project(page())
    with (
        pytest.raises(ConfigError, match=name),
        project.app('linkcheck', confoverrides={name: value}),
    ):
        pass


def test_workers_are_as_many_as_are_written_out(make_project: MakeProject) -> None:
    project = make_project(page())
    with project.app('linkcheck') as app:
        assert workers_of(app.config) is None
    # As with -D on the command line.
    with project.app('linkcheck', confoverrides={'linkcheck_workers': '5'}) as app:
        assert workers_of(app.config) == 5
    project.write({'conf.py': f'{CONF}linkcheck_workers = 5\n'})
    with project.app('linkcheck') as app:
        assert workers_of(app.config) == 5


def test_settings_as_they_come_make_sense(make_project: MakeProject) -> None:
    with make_project(page()).app('linkcheck') as app:
        assert isinstance(app.config, Config)
        check_settings(app, app.config)
        for name, value in (
            ('linkcheck_timeout', 'fast'),
            ('linkcheck_timeout', -1),
            ('linkcheck_timeout', 1e300),
            ('linkcheck_timeout', math.inf),
            ('linkcheck_rate_limit_timeout', None),
            ('linkcheck_rate_limit_timeout', math.nan),
            ('linkcheck_rate_limit_timeout', -1),
            ('linkcheck_rate_limit_timeout', 10**400),
            ('linkcheck_total_timeout', 10**400),
            ('linkcheck_accept', 5),
            ('linkcheck_private', True),
            ('linkcheck_anchors_missing', False),
            ('linkcheck_retries', 'x'),
            ('linkcheck_retries', None),
            ('linkcheck_retries', -1),
            ('linkcheck_archive_except', 'added'),
            ('linkcheck_cache_file', 5),
        ):
            given = app.config[name]
            app.config[name] = value
            with pytest.raises(ConfigError, match=f'^{name} must be '):
                check_settings(app, app.config)
            app.config[name] = given


@pytest.mark.parametrize('target', [['b', 'c'], None, 5])
def test_what_is_no_target_of_a_redirect_is_told_by_its_setting(
    target: object, make_project: MakeProject
) -> None:
    project = make_project(page())
    settings = {'linkcheck_allowed_redirects': {'a': target}}
    with (
        pytest.raises(ConfigError, match=r"^linkcheck_allowed_redirects, 'a' must be "),
        project.app('linkcheck', confoverrides=settings),
    ):
        pass


def test_a_file_whose_name_none_can_have_is_told_of(make_project: MakeProject) -> None:
    name = '\x1b[5m' + 'x' * 300
    settings = {
        'linkcheck_known_dead': name,
        'linkcheck_cache': True,
        'linkcheck_cache_file': name,
    }
    with make_project(page()).app('linkcheck', confoverrides=settings) as app:
        ledger = ledger_of(app.config, app.srcdir, app.outdir)
        assert ledger.known == {}
        ledger.close()
        told = app.warning.getvalue()
    assert 'no link is accepted as dead' in told
    assert 'is not used' in told
    assert '\x1b[5m' not in told
