"""Which lines have changed since a commit, as git tells it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from checks import EXTENSION, project_with
from reports import SCHEMA
from runs import Run, asked, run
from sphinx_linkaudit.__main__ import main
from sphinx_linkaudit.since import Changes, SinceError, changed_lines, without_lines
from web import Web, raw

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures import MakeProject
    from projects import Project

NAMES = {
    f'GIT_{who}_{what}': 'somebody@a.example'
    for who in ('AUTHOR', 'COMMITTER')
    for what in ('NAME', 'EMAIL')
}


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ['git', '-c', 'init.defaultBranch=main', *arguments],
        cwd=folder,
        env={**os.environ, **NAMES, 'GIT_CONFIG_GLOBAL': os.devnull},
        check=True,
        capture_output=True,
    )


def commit(folder: Path, **files: str) -> None:
    """Write files, '_' for the dot in their names, and commit them."""
    for name, text in files.items():
        path = folder / name.replace('_', '.')
        path.write_text(text)
    git(folder, 'add', '--all')
    git(folder, 'commit', '--quiet', '--allow-empty', '-m', 'x')


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a repository with one commit, of two files, and a branch beside main."""
    folder = tmp_path / 'repository'
    folder.mkdir()
    git(folder, 'init', '--quiet')
    commit(folder, a_rst='one\ntwo\nthree\nfour\n', b_rst='x\n' * 30)
    git(folder, 'checkout', '--quiet', '-b', 'work')
    return folder


def lines(changes: Changes, path: Path) -> list[int]:
    return [number for number in range(1, 40) if changes.has(path, number)]


def test_lines_that_were_changed_or_added_are_told(repository: Path) -> None:
    commit(repository, a_rst='one\nTWO\nthree\nfour\nfive\n')
    changes = Changes(repository, 'main')
    assert lines(changes, repository / 'a.rst') == [2, 5]
    assert lines(changes, repository / 'b.rst') == []


def test_a_setting_of_git_that_joins_changes_is_of_no_matter(repository: Path) -> None:
    git(repository, 'config', 'diff.interHunkContext', '5')
    commit(repository, a_rst='ONE\ntwo\nthree\nFOUR\n', b_rst='x\n' * 19 + 'y\n')
    changes = Changes(repository, 'main')
    assert lines(changes, repository / 'a.rst') == [1, 4]
    assert 20 in lines(changes, repository / 'b.rst')


def test_what_is_not_committed_counts_and_what_is_not_known_is_new(
    repository: Path,
) -> None:
    (repository / 'a.rst').write_text('one\ntwo\nTHREE\nfour\n')
    (repository / 'new.rst').write_text('all\nnew\n')
    changes = Changes(repository, 'main')
    assert lines(changes, repository / 'a.rst') == [3]
    assert changes.has(repository / 'new.rst', 2)


def test_what_the_other_branch_did_since_is_no_change(repository: Path) -> None:
    git(repository, 'checkout', '--quiet', 'main')
    commit(repository, a_rst='ONE\ntwo\nthree\nfour\n')
    git(repository, 'checkout', '--quiet', 'work')
    commit(repository, a_rst='one\ntwo\nthree\nFOUR\n')
    assert lines(Changes(repository, 'main'), repository / 'a.rst') == [4]


def test_a_renamed_file_has_changed_where_its_lines_have(repository: Path) -> None:
    git(repository, 'mv', 'b.rst', 'c.rst')
    commit(repository, c_rst='x\n' * 15 + 'y\n' + 'x\n' * 14)
    assert lines(Changes(repository, 'main'), repository / 'c.rst') == [16]


def test_what_git_takes_for_no_text_has_changed_as_a_whole(repository: Path) -> None:
    (repository / '.gitattributes').write_text('a.rst -diff\n*.x binary\n')
    git(repository, 'mv', 'b.rst', 'b.x')
    commit(repository, a_rst='one\ntwo\n3\nfour\n', b_x='y\n' + 'x\n' * 29, c_rst='x\n')
    changes = Changes(repository, 'main')
    assert lines(changes, repository / 'a.rst') == list(range(1, 40))
    assert lines(changes, repository / 'b.x') == list(range(1, 40))
    assert lines(changes, repository / 'c.rst') == [1]
    assert lines(changes, repository / 'b.rst') == []


def test_an_odd_name_of_what_has_no_lines_is_told_as_well() -> None:
    rows = '1\t0\ta\0-\t-\tb\tb\0-\t-\t\0c\0d\0' + '0\t0\t\0-\t-\te\0-\0'
    assert without_lines(rows) == {'b\tb', 'd'}
    assert without_lines('') == frozenset()


@pytest.mark.parametrize('shown', ['short', 'log', 'diff'])
def test_a_submodule_has_changed_as_a_whole(
    shown: str, repository: Path, tmp_path: Path
) -> None:
    top = tmp_path / 'top'
    top.mkdir()
    git(top, 'init', '--quiet')
    allow = ('-c', 'protocol.file.allow=always')
    git(top, *allow, 'submodule', '--quiet', 'add', str(repository), 'docs/sub')
    git(top, *allow, 'submodule', '--quiet', 'add', str(repository), 'docs/subs')
    commit(top, c_rst='1\n')
    git(top, 'config', 'diff.submodule', shown)
    git(top, 'config', 'diff.ignoreSubmodules', 'all')
    commit(top / 'docs' / 'sub', a_rst='one\ntwo\nthree\n4\n')
    (top / 'c.rst').write_text('2\n')
    changes = Changes(top, 'main')
    assert lines(changes, top / 'c.rst') == [1]
    assert changes.has(top / 'docs' / 'sub' / 'b.rst', 1)
    assert not changes.has(top / 'docs' / 'subs' / 'a.rst', 4)
    assert lines(Changes(top / 'docs' / 'sub', 'HEAD~'), top / 'docs/sub/a.rst') == [4]


def test_a_folder_below_the_top_is_as_good(repository: Path) -> None:
    docs = repository / 'docs'
    docs.mkdir()
    (docs / 'new.rst').write_text('x\n')
    git(repository, 'config', 'diff.noprefix', 'true')
    git(repository, 'config', 'diff.relative', 'true')
    commit(repository, a_rst='one\n2\nthree\nfour\n')
    changes = Changes(docs, 'main')
    assert changes.has(docs / 'new.rst', 1)
    assert lines(changes, docs / '..' / 'a.rst') == [2]
    assert not changes.has(repository.parent / 'elsewhere.rst', 1)


@pytest.mark.parametrize(
    'name', ['\u00fc mlaut.rst', 'a "quoted" one.rst', 'tab\there.rst', 'b', ' x ']
)
def test_odd_names_are_read_as_git_writes_them(name: str, repository: Path) -> None:
    (repository / name).write_text('x\ny\n')
    git(repository, 'add', '--all')
    git(repository, 'commit', '--quiet', '-m', 'x')
    git(repository, 'checkout', '--quiet', '-b', 'more')
    (repository / name).write_text('x\nz\n')
    assert lines(Changes(repository, 'work'), repository / name) == [2]


def test_text_that_looks_like_a_patch_is_text(repository: Path) -> None:
    commit(
        repository,
        a_rst='one\n++ b/b.rst\n@@ -1 +7 @@\n-- a/x\nfour\n',
        c_rst='++ b/b.rst\nno newline',
    )
    changes = Changes(repository, 'main')
    assert lines(changes, repository / 'a.rst') == [2, 3, 4]
    assert lines(changes, repository / 'b.rst') == []
    assert lines(changes, repository / 'c.rst') == [1, 2]


def test_around_lines_that_were_removed_is_a_change(repository: Path) -> None:
    commit(repository, a_rst='one\nfour\n')
    assert lines(Changes(repository, 'main'), repository / 'a.rst') == [1, 2]


def test_a_place_that_is_not_exact_has_changed_if_its_file_has(
    repository: Path,
) -> None:
    commit(repository, a_rst='one\nTWO\nthree\nfour\n')
    changes = Changes(repository, 'main')
    assert changes.has(repository / 'a.rst', 9, exact=False)
    assert changes.has(repository / 'a.rst', 0)
    assert not changes.has(repository / 'b.rst', 9, exact=False)


def test_no_such_commit_is_one_line(repository: Path) -> None:
    for name in ('nowhere', '--output=x', 'a..b', '', 'main:a.rst'):
        with pytest.raises(SinceError, match='no commit') as caught:
            Changes(repository, name)
        assert '\n' not in str(caught.value)
    assert not (repository / 'x').exists()


def test_a_shallow_clone_is_called_that(repository: Path, tmp_path: Path) -> None:
    commit(repository, a_rst='two\n')
    address = repository.as_uri()
    git(tmp_path, 'clone', '--quiet', '--depth=1', address, 'shallow')
    with pytest.raises(SinceError, match=r'no commit.*shallow clone'):
        Changes(tmp_path / 'shallow', 'HEAD~1')
    git(tmp_path / 'shallow', 'fetch', '--quiet', '--depth=1', address, 'main')
    with pytest.raises(SinceError, match='in common: this is a shallow clone'):
        Changes(tmp_path / 'shallow', 'FETCH_HEAD')


def test_commits_of_another_history_are_one_line(repository: Path) -> None:
    git(repository, 'checkout', '--quiet', '--orphan', 'other')
    commit(repository, a_rst='x\n')
    with pytest.raises(SinceError, match=r'in common$'):
        Changes(repository, 'main')


def test_a_hook_of_git_changes_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = repository / 'docs'
    docs.mkdir()
    commit(repository, a_rst='one\n2\nthree\nfour\n')
    monkeypatch.setenv('GIT_DIR', '.git')
    monkeypatch.setenv('GIT_INDEX_FILE', '.git/index.next')
    assert lines(Changes(docs, 'main'), repository / 'a.rst') == [2]


def test_no_repository_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SinceError, match='not a git repository'):
        Changes(tmp_path, 'main')


def test_no_git_is_one_line(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', str(repository))
    with pytest.raises(SinceError, match='git does not run'):
        Changes(repository, 'main')


def test_an_empty_patch_has_no_lines() -> None:
    assert changed_lines('') == {}


# -- a check of changed lines ---------------------------------------------------


MOVED = raw(b'HTTP/1.1 301 x\r\nLocation: /good\r\nContent-Length: 0\r\n\r\n')


@pytest.fixture(scope='module')
def web() -> Any:
    """Give a server with a page that works, one that moved, and none else."""
    with Web() as web:
        web.page('/good')
        web.page('/other')
        web.on('/moved', MOVED)
        yield web


def committed(project: Project) -> Project:
    git(project.srcdir, 'init', '--quiet')
    (project.srcdir / '.gitignore').write_text('_build\n')
    commit(project.srcdir)
    git(project.srcdir, 'checkout', '--quiet', '-b', 'work')
    return project


def verdicts(checked: Run, web: Web) -> dict[str, str]:
    return {
        row['uri'].removeprefix(web.url('')): row['reason'] for row in checked.facts()
    }


def test_only_links_on_changed_lines_are_asked_for(
    make_project: MakeProject, web: Web, tmp_path: Path
) -> None:
    page = '`a <{0}/dead-a>`__ and\n`b <{0}/dead-b>`__ and\n`c <{0}/good>`__\n\n'
    pages = {
        'page.rst': 'P\n=\n\n' + page + '.. include:: inc.txt\n',
        'inc.txt': 'See {0}/dead-c and\n{0}/dead-d.\n',
        'old.rst': ':orphan:\n\nO\n=\n\n{0}/dead-a\n\n{0}/dead-e\n',
        'out.rst': ':orphan:\n\nX\n=\n\n{0}/dead-f\n',
    }
    base = web.url('')
    pages = {name: text.format(base) for name, text in pages.items()}
    project = committed(
        project_with(
            make_project,
            pages,
            EXTENSION + "exclude_patterns = ['_build', 'inc.txt']\n",
            linkcheck_exclude_documents=['out'],
            linkcheck_reports=['sarif', 'markdown', 'junit'],
        )
    )
    # A paragraph's second line, an included file's, and a file's with a new name.
    text = (project.srcdir / 'page.rst').read_text()
    (project.srcdir / 'page.rst').write_text(
        text.replace('>`__ and\n`c', '>`__ or\n`c')
    )
    text = (project.srcdir / 'inc.txt').read_text()
    (project.srcdir / 'inc.txt').write_text(text.replace('d.\n', 'd!\n'))
    git(project.srcdir, 'mv', 'old.rst', 'new.rst')
    text = (project.srcdir / 'new.rst').read_text()
    (project.srcdir / 'new.rst').write_text(f'{text}\n{base}/moved\n')

    before = len(web.log)
    checked = run(project, linkcheck_since='main')
    assert verdicts(checked, web) == {
        '/dead-a': 'unchanged',
        '/dead-b': 'not-found',
        '/dead-c': 'unchanged',
        '/dead-d': 'not-found',
        '/dead-e': 'unchanged',
        '/dead-f': 'excluded',
        '/good': 'unchanged',
        '/moved': 'permanent',
    }
    assert asked(web, before) == ['/dead-b', '/dead-d', '/good', '/moved']
    assert 'changed since main: 3; on other lines: 0 from the cache, 4 unchecked' in (
        checked.shown
    )
    assert 'have changed since main were checked' in checked.page()
    assert 'did not finish' not in checked.page()
    outdir = checked.outdir
    assert 'did not finish' not in (outdir / 'report.md').read_text()
    assert 'changed since <code>main</code>' in (outdir / 'report.md').read_text()
    log = json.loads((outdir / 'report.sarif').read_text())['runs'][0]
    assert log['invocations'][0]['executionSuccessful'] is True
    document = json.loads(checked.files['report.json'])
    Draft202012Validator(SCHEMA).validate(document)
    assert (document['complete'], document['since']) == (False, 'main')
    # Nothing is dropped because of what wasn't looked at.
    known = tmp_path / 'known.json'
    report = str(outdir / 'report.json')
    assert main(['accept', report, str(known), '--prune']) == 2
    assert main(['accept', report, str(known)]) == 0
    assert set(json.loads(known.read_text())['links']) == {
        f'{base}/dead-b',
        f'{base}/dead-d',
    }


def test_other_links_have_what_is_remembered_and_fail_nothing(
    make_project: MakeProject, web: Web
) -> None:
    base = web.url('')
    names = ('good', 'moved', 'dead', 'mixed')
    text = 'P\n=\n\n' + '\n\n'.join(f'{base}/{name}' for name in names) + '\n'
    project = committed(
        project_with(
            make_project,
            {'page.rst': text},
            linkcheck_cache=True,
            linkcheck_reports=['sarif', 'codequality'],
            linkcheck_allowed_redirects={'nothing': 'nothing'},
        )
    )
    assert run(project).status_code == 1

    (project.srcdir / 'page.rst').write_text(f'{text}\n{base}/other\n')
    before = len(web.log)
    checked = run(project, linkcheck_since='main')
    assert asked(web, before) == ['/other']
    assert verdicts(checked, web) == {
        '/good': 'ok',
        '/moved': 'permanent',
        '/dead': 'not-found',
        '/mixed': 'not-found',
        '/other': 'ok',
    }
    assert checked.status_code == 0
    assert checked.printed == ''  # no redirect is a warning, either
    assert 'changed since main: 1; on other lines: 4 from the cache, 0 unchecked' in (
        checked.shown
    )
    assert checked.below('Dead') == []
    assert json.loads((checked.outdir / 'report.codequality.json').read_text()) == []

    # A link that is on a changed line, too, is as new as that.
    (project.srcdir / 'page.rst').write_text(f'{text}\nAgain:\n{base}/mixed\n')
    checked = run(project, linkcheck_since='main')
    assert checked.status_code == 1
    (mixed,) = [row for row in checked.facts() if row['fails']]
    assert [place['line'] for place in mixed['places']] == [13, 10]


@pytest.mark.parametrize('by', ['setting', 'variable'])
def test_without_an_answer_of_git_every_link_is_checked(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    project = committed(project_with(make_project, f'{web.url("/dead")}\n'))
    if by == 'setting':
        settings = {'linkcheck_since': 'nowhere'}
    else:
        monkeypatch.setenv('LINKCHECK_SINCE', 'nowhere')
        settings = {'linkcheck_since': 'main'}
    checked = run(project, **settings)
    warned = [one for one in checked.warnings if one.type == 'linkcheck.since']
    assert [one.text for one in warned] == [
        "linkcheck_since: no commit 'nowhere'; every link is checked"
    ]
    assert checked.status_code == 1
    assert json.loads(checked.files['report.json'])['complete'] is True
