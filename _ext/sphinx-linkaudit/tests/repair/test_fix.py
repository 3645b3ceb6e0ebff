"""What moved for good is rewritten in the sources, byte for byte nothing else."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from commands import run_command
from projects import PYTHONPATH, build_by_processes
from sphinx_linkaudit.repair.fix import why_left
from web import Web, redirect

if TYPE_CHECKING:
    from pathlib import Path

    from commands import Done
    from fixtures import MakeProject
    from projects import Project

COMMAND = [sys.executable, '-m', 'sphinx_linkaudit', 'fix']
ENVIRON = {**os.environ, 'PYTHONPATH': PYTHONPATH}
CONF = "extensions = ['sphinx_linkaudit']\n"
SECONDS = 60


def fix(project: Project, *options: str) -> Done:
    """Run the command on the report of the last check, with no terminal."""
    report = project.builddir / 'linkcheck' / 'report.json'
    return run_command('fix', report, *options, folder=project.srcdir)


def checked(project: Project) -> dict[str, Any]:
    """Check the links of a project, and return its report."""
    build = project.build('linkcheck')
    report: dict[str, Any] = json.loads(build.read('report.json'))
    return report


def moved(report: dict[str, Any]) -> set[str]:
    return {link['uri'] for link in report['links'] if link['verdict'] == 'moved'}


PAGE = """\
Page
====

`One <{old}>`__ and again {old}, with a place: {old}#there.
{old}er is another one; {temporary} has moved for now.

.. _named: {old}

`named`_ and named_, twice.

.. raw:: html

   <a href="{query}">x</a>
"""


@pytest.fixture
def web_of_moves(web: Web) -> dict[str, str]:
    """Give a web in which some pages have moved: name -> address."""
    web.page('/new', '<p id="there">')
    web.page('/older')
    web.page('/q?a=1&b=2')
    return {
        'old': web.on('/old', redirect('/new', 301)),
        'new': web.url('/new'),
        'temporary': web.on('/now', redirect('/new', 302)),
        'query': web.on('/p?a=1&b=2', redirect('/q?a=1&b=2', 308)),
    }


def test_every_place_of_what_moved_for_good_is_rewritten(
    make_project: MakeProject, web_of_moves: dict[str, str], web: Web
) -> None:
    written = {**web_of_moves, 'query': web_of_moves['query'].replace('&', '&amp;')}
    before = PAGE.format(**written)
    project = make_project({'conf.py': CONF, 'page.rst': before})
    report = checked(project)
    old, new = web_of_moves['old'], web_of_moves['new']
    assert moved(report) == {
        old,
        f'{old}#there',
        web_of_moves['temporary'],
        web_of_moves['query'],
    }

    dry = fix(project)
    assert (dry.returncode, dry.stderr) == (0, '')
    assert 'no terminal to ask at, so this is a dry run' in dry.stdout
    assert (project.srcdir / 'page.rst').read_text() == before
    assert f'+`One <{new}>`__ and again {new}, with a place: {new}#there.' in dry.stdout

    done = fix(project, '--yes')
    assert (done.returncode, done.stderr) == (0, '')
    assert (
        f'not rewritten: {web_of_moves["temporary"]}: temporary redirect' in done.stdout
    )
    query = web.url('/q?a=1&amp;b=2')
    after = before.replace(old, new).replace(f'{new}er', f'{old}er')
    after = after.replace(written['query'], query)
    assert (project.srcdir / 'page.rst').read_text() == after

    # Run again it does nothing, and a check finds nothing of the kind any more.
    again = fix(project, '--yes')
    assert again.returncode == 0
    assert (project.srcdir / 'page.rst').read_text() == after
    assert moved(checked(project)) == {web_of_moves['temporary']}


def test_line_ends_encoding_and_permissions_stay(
    make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    old, new = web_of_moves['old'], web_of_moves['new']
    project = make_project({'conf.py': CONF, 'page.rst': 'Page\n====\n'})
    path = project.srcdir / 'page.rst'
    text = f'\ufeffPage\r\n====\r\n\r\n\t\u00dcber {old} \t\r\n\r\nno end: {old}'
    path.write_bytes(text.encode())
    path.chmod(0o640)
    checked(project)
    patch = fix(project, '--dry-run').stdout
    assert fix(project, '--yes').returncode == 0
    assert path.read_bytes() == text.replace(old, new).encode()
    assert path.stat().st_mode & 0o777 == 0o640

    # The diff that was shown does the same.
    path.write_bytes(text.encode())
    apply = ['git', 'apply', '-']
    subprocess.run(apply, cwd=project.srcdir, input=patch.encode(), check=True)
    assert path.read_bytes() == text.replace(old, new).encode()


def test_an_included_file_is_rewritten_and_not_the_one_that_includes_it(
    make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    old, new = web_of_moves['old'], web_of_moves['new']
    page = 'Page\n====\n\n.. include:: part.txt\n   :encoding: latin-1\n'
    project = make_project({'conf.py': CONF, 'page.rst': page})
    part = f'W\u00f6rter\nand {old}.\n'
    (project.srcdir / 'part.txt').write_text(part, encoding='latin-1')
    checked(project)
    assert fix(project, '--yes').returncode == 0
    after = (project.srcdir / 'part.txt').read_text(encoding='latin-1')
    assert after == part.replace(old, new)
    assert (project.srcdir / 'page.rst').read_text() == page


CATALOG = """
msgid "See `the manual <{old}>`__."
msgstr "Siehe `das {language} Handbuch <{old}>`__."

msgid ""
"All of {start}"
"{end}"
msgstr ""
"Alles von {start}"
"{end}"

msgid "Not ``{old}``."
msgstr "Nicht ``{old}``."
"""


def test_a_translated_page_stays_so(
    make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    old, new = web_of_moves['old'], web_of_moves['new']
    page = f"""
P
=

See `the manual <{old}>`__.

All of
{old}

Not ``{old}``.
"""
    conf = f"{CONF}language = 'de'\nlocale_dirs = ['translated']\n"
    project = make_project({'conf.py': conf, 'page.rst': page})
    names = {one: f'translated/{one}/LC_MESSAGES/page.po' for one in ('de', 'fr')}

    def catalog(language: str, now: str) -> str:
        text = CATALOG.format(old=now, language=language, start=now[:-3], end=now[-3:])
        return text.replace(f'``{now}``', f'``{old}``')

    project.write({name: catalog(one, old) for one, name in names.items()})
    project.write({'translated/es/LC_MESSAGES/page.po': 'msgid "P"\nmsgstr "P"\n'})
    before = project.build().lines('page')
    assert checked(project)['files'].keys() == {'page.rst', *names.values()}
    done = fix(project, '--yes')
    assert done.returncode == 0
    # Killed between two of them, it finds the page as it was checked.
    order = re.findall(r'^--- a/(.*)', done.stdout, re.MULTILINE)
    assert order == [*names.values(), 'page.rst']
    for language, name in names.items():
        assert (project.srcdir / name).read_text() == catalog(language, new)
    # This process remembers the catalog.
    assert build_by_processes(project).lines('page') == [
        line if 'Nicht' in line else line.replace(old, new) for line in before
    ]
    assert moved(checked(project)) == set()


def test_a_file_that_has_changed_since_the_check_is_left(
    make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    old = web_of_moves['old']
    pages = {'a.rst': f'A\n=\n\n{old}\n', 'b.rst': f'B\n=\n\n{old}\n'}
    project = make_project({'conf.py': CONF, **pages})
    checked(project)
    changed = f'A\n=\n\n{old}\n\nMore.\n'
    project.write({'a.rst': changed})
    done = fix(project, '--yes')
    assert done.returncode == 0
    assert 'not rewritten: a.rst: it has changed since the check' in done.stdout
    assert (project.srcdir / 'a.rst').read_text() == changed
    assert old not in (project.srcdir / 'b.rst').read_text()


def test_only_and_except_choose_by_address_and_by_reason(
    make_project: MakeProject, web: Web
) -> None:
    web.page('/new')
    one, two = (web.on(f'/{name}', redirect('/new', 301)) for name in ('one', 'two'))
    project = make_project({'conf.py': CONF, 'page.rst': f'P\n=\n\n{one} {two}\n'})
    checked(project)
    path = project.srcdir / 'page.rst'
    assert 'nothing to rewrite' in fix(project, '--yes', '--only', 'https').stdout
    assert 'nothing to rewrite' in fix(project, '--except', 'permanent').stdout
    fix(project, '--yes', '--only', 'permanent', '--except', '/two$')
    text = path.read_text()
    assert one not in text
    assert two in text
    wrong = fix(project, '--only', '(')
    assert wrong.returncode == 2
    assert 'argument --only' in wrong.stderr
    assert 'is no regular expression' in wrong.stderr


def test_on_a_terminal_it_asks_link_by_link(
    make_project: MakeProject, web: Web
) -> None:
    web.page('/*')
    one, two, *others = (
        web.on(f'/{name}', redirect(f'/new-{name}', 301)) for name in 'abcd'
    )
    page = f'P\n=\n\n{one} {two} {" ".join(others)}\n'
    project = make_project({'conf.py': CONF, 'page.rst': page})
    checked(project)
    report = str(project.builddir / 'linkcheck' / 'report.json')
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, report, '--interactive'],
        cwd=project.srcdir,
        env=ENVIRON,
        stdin=theirs,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        os.write(ours, b'n\ny\nq\ny\n')
        shown, _ = process.communicate(timeout=SECONDS)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert shown.count('Rewrite it?') == 3
    text = (project.srcdir / 'page.rst').read_text()
    assert text == page.replace(two, web.url('/new-b'))


def test_interactive_without_a_terminal_is_wrong_usage(
    make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    page = f'P\n=\n\n{web_of_moves["old"]}\n'
    project = make_project({'conf.py': CONF, 'page.rst': page})
    checked(project)
    done = fix(project, '--interactive')
    assert done.returncode == 2
    assert '--interactive needs a terminal' in done.stderr


#: Runs the command, and sends what Ctrl-C does where it would import a module.
INTERRUPTED = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
signal.signal(signal.SIGINT, signal.default_int_handler)
from sphinx_linkaudit.__main__ import main
sys.exit(main(['fix', 'report.json']))
"""


@pytest.mark.parametrize('module', ['argparse', 'requests', 'sphinx'])
def test_interrupted_while_it_starts_it_says_so_in_one_line(module: str) -> None:
    done = subprocess.run(
        [sys.executable, '-c', INTERRUPTED, module],
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert done.stderr == 'sphinx-linkaudit: interrupted\n'


#: Runs the command, and kills it where it would rename one file more than so many.
KILLED = """
import os, pathlib, signal, sys
from sphinx_linkaudit.__main__ import main
rename, more = pathlib.Path.replace, int(sys.argv[2])
def replace(*names):
    global more
    if not more:
        os.kill(os.getpid(), signal.SIGKILL)
    more -= 1
    return rename(*names)
pathlib.Path.replace = replace
main(['fix', sys.argv[1], '--yes'])
"""


def test_killed_it_leaves_no_file_half_written_and_the_next_one_ends_its_work(
    make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    old, new = web_of_moves['old'], web_of_moves['new']
    page = f'P\n=\n\n{old}\n'
    after = page.replace(old, new)
    names = ['[a].rst', 'b.rst', 'c.rst']
    project = make_project({'conf.py': CONF, **dict.fromkeys(names, page)})
    checked(project)
    others = {'.[a].rst.swp', '.a.rst.12345678.linkaudit', '.[a].rst.mine.linkaudit'}
    project.write(dict.fromkeys(others, ''))
    before = {path.name for path in project.srcdir.iterdir()}
    report = str(project.builddir / 'linkcheck' / 'report.json')
    for written, name in enumerate(names):
        killed = subprocess.run(
            [sys.executable, '-c', KILLED, report, '1' if written else '0'],
            cwd=project.srcdir,
            env=ENVIRON,
            check=False,
            timeout=SECONDS,
        )
        assert killed.returncode == -signal.SIGKILL
        texts = [(project.srcdir / name).read_text() for name in names]
        assert texts == [after] * written + [page] * (len(names) - written)
        # What it was about to rename is beside the file; the next one removes it.
        (left,) = {path.name for path in project.srcdir.iterdir()} - before
        assert left.startswith(f'.{name}.')
    assert fix(project, '--yes').returncode == 0
    assert {(project.srcdir / name).read_text() for name in names} == {after}
    assert {path.name for path in project.srcdir.iterdir()} == before


def test_an_address_that_a_role_makes_is_left_and_told(
    make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    old = web_of_moves['old']
    conf = f"""
extensions = ['sphinx_linkaudit', 'sphinx.ext.extlinks']
extlinks = {{'page': ({old[:-3]!r} + '%s', 'the page %s')}}
"""
    text = f'P\n=\n\nSee :page:`old`.\n\nAnd {old}#there.\n'
    project = make_project({'conf.py': conf, 'page.rst': text})
    checked(project)
    done = fix(project, '--yes')
    assert (done.returncode, done.stderr) == (0, '')
    why = 'a role, a substitution or a template makes it'
    assert (
        f'not rewritten: page.rst:4: {old} does not stand there: {why}' in done.stdout
    )
    after = text.replace(f'{old}#there', f'{web_of_moves["new"]}#there')
    assert (project.srcdir / 'page.rst').read_text() == after


# -- what is left --------------------------------------------------------------

A = 'http://a.example'


@pytest.mark.parametrize(
    ('uri', 'new', 'statuses', 'left'),
    [
        (f'{A}/x', 'https://b.example/y', [301, 308], ''),
        (f'{A}/x', 'https://a.example/x', [302], ''),
        (f'{A}:80/x', 'https://a.example/x', [302], ''),
        (f'{A}:80/x', 'https://a.example:8443/x', [302], 'temporary'),
        ('http://[::1]/x', 'https://[::1]:443/x', [302], ''),
        (f'{A}/x', 'https://b.example/y', [301, 302], 'temporary'),
        ('http://doi.org/10.1/x', 'https://b.example/x', [301], 'persistent'),
        ('http://doi.org/10.1/x', 'https://doi.org/10.1/x', [301], ''),
        ('https://bit.ly/x', 'https://b.example/x', [301], 'short'),
        (f'{A}/x', 'https://www.tinyurl.com/x', [301], 'to a short'),
        (f'{A}/x', 'https://consent.b.example/?to=x', [301], 'consent'),
        (f'{A}/x', f'{A}/login?next=/x', [301], 'login'),
        (f'{A}/login', f'{A}/sign-in', [301], ''),
        (f'{A}/x', f'{A}/', [301], 'home page'),
        (f'{A}/x?y', f'{A}/', [301], 'home page'),
        (f'{A}/docs/x', f'{A}/en-us/', [301], 'home page'),
        (f'{A}/docs/x', 'https://b.example/welcome', [301], 'home page'),
        (f'{A}/x', f'{A}/?p=1', [301], ''),
        (f'{A}/from', f'{A}/to', [301], ''),
        (f'{A}/index.html', f'{A}/', [301], ''),
        (f'{A}/home', 'https://b.example/index.php', [301], ''),
        (f'{A}/x', f'{A}/en/x', [301], 'language'),
        (f'{A}/docs/x', f'{A}/docs/pt-br/x', [308], 'language'),
        (f'{A}/', f'{A}/de', [301], 'language'),
        (f'{A}/x', f'{A}/api/x', [301], ''),
        (f'{A}/x', 'http://en.a.example/x', [301], 'language'),
        (f'{A}/x', f'{A}/y?utm_source=z', [301], 'tracks'),
        (f'{A}/x', f'{A}/y?session_id=z', [301], 'tracks'),
        (f'{A}/x?a=b', f'{A}/y?a=b&msclkid=z', [301], 'tracks'),
        (f'{A}/x', f'{A}/y;a=b;jsessionid=z', [301], 'tracks'),
        (f'{A}/x?utm_source=z', f'{A}/y?utm_source=z', [301], ''),
        (f'{A}/x;sid=z', f'{A}/y;sid=z', [301], ''),
        (f'{A}/x', f'{A}/y?page=2', [301], ''),
        (f'{A}/x', f'{A}/y"><script>', [301], 'characters'),
        (f'{A}/x', f'{A}/x', [301], 'spelling'),
    ],
)
def test_a_redirect_that_says_nothing_of_the_link_is_left(
    uri: str, new: str, statuses: list[int], left: str
) -> None:
    why = why_left(uri, new, statuses)
    assert (left in why) if left else why == ''


def test_what_the_check_calls_a_redirect_to_a_language_is_left(
    make_project: MakeProject, web: Web
) -> None:
    moved = web.on('/old', redirect('/old?lang=en', 301))
    web.page('/old?lang=en')
    project = make_project({'conf.py': CONF, 'page.rst': f'P\n=\n\n{moved}\n'})
    checked(project)
    assert 'one language of several' in fix(project, '--yes').stdout
    assert project.srcdir.joinpath('page.rst').read_text().endswith(f'{moved}\n')


def test_a_report_from_elsewhere_needs_the_folder(
    make_project: MakeProject, web_of_moves: dict[str, str], tmp_path: Path
) -> None:
    old = web_of_moves['old']
    project = make_project({'conf.py': CONF, 'page.rst': f'P\n=\n\n{old}\n'})
    report = tmp_path / 'report.json'
    report.write_text(json.dumps(checked(project)))

    def run(*options: str) -> Done:
        return run_command('fix', report, '--yes', *options, folder=tmp_path)

    lost = run()
    assert lost.returncode == 2
    assert 'name it with --root' in lost.stderr
    assert run('--root', str(project.srcdir)).returncode == 0
    assert old not in (project.srcdir / 'page.rst').read_text()


def test_the_root_is_the_folder_with_most_of_the_files(
    make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    old = web_of_moves['old']
    conf = f"{CONF}exclude_patterns = ['sub']\n"
    project = make_project({'conf.py': conf, 'page.rst': '.. include:: ../a.txt\n'})
    beside = project.srcdir.parent / 'a.txt'
    beside.write_text(old)
    project.write({'other.rst': f'P\n=\n\n{old}\n', 'sub/x/other.rst': old})
    report = checked(project)
    path = project.builddir / 'linkcheck' / 'report.json'

    # Below another folder, only what is in that or in the project's is touched.
    done = run_command('fix', path, '--yes', folder=project.srcdir / 'sub/x')
    assert 'not rewritten: ../a.txt: it is not a file of the project' in done.stdout
    assert (project.srcdir / 'sub/x/other.rst').read_text() == old
    assert old not in (project.srcdir / 'other.rst').read_text()

    # Without a repository, what is beside the sources is of the folder it is run in.
    done = run_command('fix', path, '--yes', folder=project.srcdir.parent)
    assert (done.returncode, beside.read_text()) == (0, web_of_moves['new'])
    assert moved(report) == {old}


@pytest.mark.parametrize(
    'path',
    ['../outside.rst', '/outside.rst', 'page.rst\0', 'env/site-packages/x.py'],
)
def test_no_report_makes_it_write_outside_the_project(
    path: str, make_project: MakeProject, web_of_moves: dict[str, str]
) -> None:
    old = web_of_moves['old']
    project = make_project({'conf.py': CONF, 'page.rst': f'P\n=\n\n{old}\n'})
    outside = project.srcdir / (path if 'env' in path else '../outside.rst')
    outside.parent.mkdir(parents=True, exist_ok=True)
    outside.write_text(f'P\n=\n\n{old}\n')
    report = checked(project)
    for link in report['links']:
        link['places'].append({'docname': 'x', 'path': path, 'line': 4})
    del report['files']
    (project.builddir / 'linkcheck' / 'report.json').write_text(json.dumps(report))
    done = fix(project, '--yes')
    assert 'Traceback' not in done.stderr
    assert outside.read_text() == f'P\n=\n\n{old}\n'
