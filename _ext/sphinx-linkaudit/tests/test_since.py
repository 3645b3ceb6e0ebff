"""Which lines have changed since a commit, as git tells it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sphinx_linkaudit.since import Changes, SinceError, changed_lines

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    f'GIT_{who}_{what}': 'somebody@a.example'
    for who in ('AUTHOR', 'COMMITTER')
    for what in ('NAME', 'EMAIL')
}


def git(folder: Path, *arguments: str) -> None:
    environ = {n: v for n, v in os.environ.items() if not n.startswith('GIT_')}
    subprocess.run(
        ['git', '-c', 'init.defaultBranch=main', *arguments],
        cwd=folder,
        env={**environ, **NAMES, 'GIT_CONFIG_GLOBAL': os.devnull},
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
    with pytest.raises(SinceError, match='shallow clone'):
        Changes(tmp_path / 'shallow', 'HEAD~1')


def test_no_repository_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SinceError, match='not a git repository'):
        Changes(tmp_path, 'main')


def test_no_git_is_one_line(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', str(repository))
    with pytest.raises(SinceError, match='git does not run'):
        Changes(repository, 'main')


def test_an_empty_patch_has_no_lines() -> None:
    assert changed_lines('') == {}
