"""Both distributions, as strangers get them: built, unpacked, installed, removed."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = sorted(ROOT.glob('_ext/sphinx-*/'))
NAMES = [folder.name for folder in FOLDERS]
#: What comes with requests, which Sphinx requires.
CARRIED = {'certifi', 'idna', 'urllib3'}


def metadata(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Return what a ``pyproject.toml`` says."""
    return tomllib.loads((folder / 'pyproject.toml').read_text(encoding='utf-8'))


def build(source: Path, out: Path, *targets: str) -> None:
    """Build a distribution with what is installed: nothing is asked for."""
    subprocess.run(
        [sys.executable, '-m', 'hatchling', 'build', '-d', out, *targets],
        cwd=source,
        env=os.environ | {'SOURCE_DATE_EPOCH': '1577836800'},
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope='module')
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sdists, and the wheels built from those, unpacked."""
    out, unpacked = tmp_path_factory.mktemp('dist'), tmp_path_factory.mktemp('unpacked')
    for folder in FOLDERS:
        build(folder, out, '-t', 'sdist')
    for path in out.glob('*.tar.gz'):
        with tarfile.open(path) as file:
            file.extractall(unpacked, filter='data')
    for folder in unpacked.iterdir():
        build(folder, out, '-t', 'wheel')
    return out


def files(path: Path) -> set[str]:
    """Return what a wheel or an sdist holds, its own top folder left out."""
    if path.suffix == '.whl':
        with zipfile.ZipFile(path) as wheel:
            return set(wheel.namelist())
    with tarfile.open(path) as file:
        return {name.partition('/')[2] for name in file.getnames()}


def committed(folder: Path) -> set[str]:
    """Return the files below a folder that belong to the project."""
    listed = subprocess.run(
        ['git', 'ls-files', '-co', '--exclude-standard'],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip('no clone, so nothing tells the project from what lies about')
    return {name for name in listed.stdout.splitlines() if (folder / name).exists()}


@pytest.mark.parametrize('folder', FOLDERS, ids=NAMES)
def test_nothing_is_missing_and_nothing_is_too_much(dist: Path, folder: Path) -> None:
    (sdist,) = dist.glob(f'{folder.name.replace("-", "_")}-*.tar.gz')
    (wheel,) = dist.glob(f'{folder.name.replace("-", "_")}-*.whl')
    own = committed(folder)
    assert {'README.rst', 'CHANGES.rst', 'LICENSE', 'pyproject.toml'} <= own
    support = {
        f'tests/support/{name}' for name in committed(ROOT / 'tests' / 'support')
    }
    assert files(sdist) - {'PKG-INFO', '.gitignore'} == own | support
    code = {name.removeprefix('src/') for name in own if name.startswith('src/')}
    assert f'{folder.name.replace("-", "_")}/py.typed' in code
    assert {name for name in files(wheel) if '.dist-info/' not in name} == code


def test_the_same_sources_give_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    for folder in FOLDERS:
        build(folder, tmp_path)
    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert again == {path.name: path.read_bytes() for path in dist.iterdir()}
    assert len(again) == 4


def test_they_work_where_there_is_nothing_else_of_ours(dist: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / '.ci' / 'wheels.py', f'--dist={dist}', '--here'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize('folder', FOLDERS, ids=NAMES)
def test_what_its_tests_need_is_what_is_installed_for_the_tests(folder: Path) -> None:
    needed = set(metadata(folder)['dependency-groups']['test'])
    assert needed <= set(metadata(ROOT)['dependency-groups']['tools'])


@pytest.mark.parametrize('folder', FOLDERS, ids=NAMES)
def test_what_a_distribution_needs_is_installed_for_site_and_tests(
    folder: Path,
) -> None:
    def names(requirements: list[str]) -> set[str]:
        return {Requirement(one).name.lower() for one in requirements}

    groups = metadata(ROOT)['dependency-groups']
    needs = names(metadata(folder)['project']['dependencies'])
    brought = names(requires('sphinx') or []) | CARRIED | {'sphinx'}
    assert needs <= brought | names(groups['docs'])
    assert needs <= brought | names(groups['tools'])
