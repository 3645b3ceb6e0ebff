"""``init``: a site that builds, without a question."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from projects import PYTHONPATH
from sphinx_talknotes.__main__ import main
from sphinx_talknotes.newsite import guess_author, guess_project

if TYPE_CHECKING:
    from pathlib import Path

FILES = [
    '.github/workflows/site.yml',
    '.gitignore',
    'Makefile',
    'conf.py',
    'index.rst',
    'requirements.txt',
    'talks/example.rst',
]
MARKDOWN_FILES = [name.replace('.rst', '.md') for name in FILES]


def files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob('*')
        if path.is_file()
    )


def settings(folder: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    exec((folder / 'conf.py').read_text('utf-8'), found)
    return found


@pytest.mark.parametrize(
    ('options', 'names'), [([], FILES), (['--markdown'], MARKDOWN_FILES)]
)
def test_init_writes_a_site_and_names_its_files(
    options: list[str],
    names: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / 'below' / 'my-notes'
    assert main(['init', str(folder), *options]) == 0
    assert files(folder) == names
    out, err = capsys.readouterr()
    *written, following = out.splitlines()
    assert written == [str(folder / name) for name in names]
    assert following.startswith(f'next, in {folder}: pip install -r requirements.txt')
    assert err == ''
    assert settings(folder)['project'] == 'My notes'
    assert settings(folder)['author'] == guess_author()
    assert settings(folder)['html_title'] == 'My notes'


@pytest.mark.parametrize(
    ('theme', 'package'),
    [('alabaster', ''), ('classic', ''), ('my_look', 'my.look')],
)
def test_a_theme_is_installed_by_the_name_of_its_package(
    theme: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / 'my_look-1.dist-info'
    about.mkdir()
    (about / 'METADATA').write_text(
        'Metadata-Version: 2.1\nName: my.look\nVersion: 1\n'
    )
    (about / 'entry_points.txt').write_text('[sphinx.html_themes]\nmy_look = look\n')
    monkeypatch.syspath_prepend(tmp_path)
    main(['init', str(tmp_path / 'x'), '--theme', theme])
    requirements = (tmp_path / 'x' / 'requirements.txt').read_text().splitlines()
    assert requirements == [
        'sphinx',
        'sphinx-talknotes',
        *([package] if package else []),
    ]


@pytest.mark.parametrize('theme', ['nosuch', '../themes/classic', '.', ''])
def test_a_theme_that_is_not_there_is_told_and_nothing_written(
    theme: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['init', str(tmp_path / 'x'), '--theme', theme]) == 2
    assert files(tmp_path) == []
    out, err = capsys.readouterr()
    assert (out, err.count('\n')) == ('', 1)
    assert err.startswith(f'--theme: no theme {theme!r} is installed; ')


def test_what_is_guessed_can_be_said(tmp_path: Path) -> None:
    name = '*It\'s* "C:\\x" {{ 1 }}\n日本'
    options = ['--project', name, '--author', "O'Connell", '--theme', 'furo']
    assert main(['init', str(tmp_path), *options]) == 0
    found = settings(tmp_path)
    assert found['project'] == '*It\'s* "C:\\x" {{ 1 }} 日本'
    assert (found['author'], found['html_theme']) == ("O'Connell", 'furo')
    requirements = (tmp_path / 'requirements.txt').read_text().splitlines()
    assert requirements == ['sphinx', 'sphinx-talknotes', 'furo']
    index = (tmp_path / 'index.rst').read_text('utf-8').splitlines()
    assert index[0].startswith('\\*It')
    assert len(index[1]) > len(index[0])


@pytest.mark.parametrize('taken', ['conf.py', 'talks/example.rst', '.gitignore'])
def test_init_writes_to_no_file_that_is_there(
    taken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'talks').mkdir()
    (tmp_path / taken).write_text('mine')
    assert main(['init', str(tmp_path)]) == 2
    assert files(tmp_path) == [taken]
    assert (tmp_path / taken).read_text() == 'mine'
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f'{tmp_path / taken}: is there already, so nothing was written'


def test_init_takes_a_folder_that_has_other_files(tmp_path: Path) -> None:
    (tmp_path / 'README.md').write_text('mine')
    assert main(['init', str(tmp_path)]) == 0
    assert files(tmp_path) == sorted([*FILES, 'README.md'])


def test_a_folder_that_is_a_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'site').write_text('mine')
    assert main(['init', str(tmp_path / 'site')]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(str(tmp_path / 'site'))


@pytest.mark.parametrize(
    ('name', 'project'),
    [
        ('my-notes', 'My notes'),
        ('PyCon_2025', 'PyCon 2025'),
        ('été', 'Été'),
        ('--', 'Notes'),
        ('a\nb', 'A b'),
    ],
)
def test_the_name_of_the_site_is_that_of_its_folder(
    name: str, project: str, tmp_path: Path
) -> None:
    assert guess_project(tmp_path / name) == project


@pytest.mark.parametrize('settings', [None, '[user]\n\tname = Zoë\n'])
def test_the_author_is_git_s_if_git_knows_one(
    settings: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / 'config'
    config.write_text(settings or '', encoding='utf-8')
    monkeypatch.setenv('GIT_CONFIG_GLOBAL', str(config))
    monkeypatch.setenv('GIT_CONFIG_SYSTEM', str(config))
    monkeypatch.chdir(tmp_path)
    assert guess_author() == ('Zoë' if settings else '')
    monkeypatch.setenv('PATH', str(tmp_path))
    assert guess_author() == ''


def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, '-m', 'sphinx_talknotes', *arguments],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH, **more},
        capture_output=True,
        text=True,
        encoding='utf-8',
        errors='surrogateescape',
        check=False,
    )


def test_every_command_helps() -> None:
    commands = ('init', 'import', 'feed', 'facts')
    helped = command('--help')
    assert helped.returncode == 0
    for name in commands:
        assert name in helped.stdout
        told = command(name, '--help')
        assert told.returncode == 0
        assert 'Exit status: 0' in ' '.join(told.stdout.split())


def test_wrong_usage_is_told() -> None:
    for arguments in ([], ['bake'], ['init'], ['import', 'x'], ['init', 'x', '--y']):
        done = command(*arguments)
        assert done.returncode == 2
        assert 'usage:' in done.stderr
        assert 'Traceback' not in done.stderr


def test_a_name_that_the_terminal_has_no_letters_for_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    odd = os.fsdecode(bytes(tmp_path / 'z') + b'\xff\xc3\xbc')
    done = command('init', odd, PYTHONIOENCODING='ascii', PYTHONUTF8='1')
    assert done.returncode == 0, done.stderr
    assert r'z\udcff\xfc' in done.stdout
    assert command('init', odd, PYTHONIOENCODING='ascii').returncode == 2


def test_whoever_reads_the_output_may_have_enough_of_it(tmp_path: Path) -> None:
    end, start = os.pipe()
    os.close(end)
    done = subprocess.run(
        [sys.executable, '-m', 'sphinx_talknotes', 'init', str(tmp_path)],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        stdout=start,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(start)
    assert done.stderr == b''
    assert files(tmp_path) == FILES
