"""Tries what ``dist/`` holds where nothing else of ours is, as a newcomer would.

    python .ci/wheels.py [--dist FOLDER] [--oldest] [--tests {some,all}] VERSION ...
    python .ci/wheels.py [--dist FOLDER] --here

For each version of Sphinx it makes an environment, installs the wheels, builds a small
project from a folder that is empty otherwise, and sees that nothing is left when they
are uninstalled.

--here    takes Sphinx and all else from the environment that runs this, and no network
--oldest  takes the oldest release of all that the metadata of the wheels allow
--tests   then runs the tests that the sdists carry on what is installed
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NAMES = ('sphinx-linkaudit', 'sphinx-talknotes')
#: Which tests are "some": those of whole builds.
SOME = {
    'sphinx-linkaudit': (
        'ask/test_asking.py',
        'collect/test_places.py',
        'test_compat.py',
        'test_faults.py',
        'test_linkcheck.py',
        'tell/test_report.py',
    ),
    'sphinx-talknotes': ('test_builders.py', 'test_references.py'),
}

CONF = (
    "extensions = ['sphinx_linkaudit', 'sphinx_talknotes']\nprimary_domain = 'talk'\n"
)
PAGE = """:talk:

Celery
======

.. speaker:: @keimlink

`Here <{base}/here>`__ and `there <{base}/there>`__.

.. package-list::
"""


class Page(BaseHTTPRequestHandler):
    """A server with one page."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path in {'/', '/here'} else 404)
        self.send_header('Content-Length', '0')
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815 (so the library calls it)

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> int:
    """Try all versions that are named; return 1 if there is nothing to try."""
    parser = argparse.ArgumentParser(description='Tries the built wheels.')
    parser.add_argument('--dist', type=Path, default=ROOT / 'dist', metavar='FOLDER')
    parser.add_argument('--here', action='store_true')
    parser.add_argument('--oldest', action='store_true')
    parser.add_argument('--tests', choices=['some', 'all'])
    parser.add_argument('versions', nargs='*', metavar='VERSION')
    options = parser.parse_args()
    if options.here == bool(options.versions):
        parser.error('name versions of Sphinx, or --here')
    dist = options.dist.resolve()
    if any(len(list(dist.glob(f'*{end}'))) != 2 for end in ('.whl', '.tar.gz')):
        print(f'not two wheels and two sdists in {dist}: make dist', file=sys.stderr)
        return 1
    server = ThreadingHTTPServer(('127.0.0.1', 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for version in options.versions or ['']:
        with tempfile.TemporaryDirectory() as folder:
            attempt = Attempt(Path(folder).resolve(), dist, version, options.oldest)
            attempt.install()
            attempt.build(f'http://127.0.0.1:{server.server_address[1]}')
            attempt.uninstall()
            if options.tests:
                attempt.test(options.tests)
        print(f'Sphinx {version or "of this environment"}: right', flush=True)
    server.shutdown()
    return 0


def metadata(name: str) -> dict[str, Any]:
    """Return the metadata of a distribution."""
    text = (ROOT / '_ext' / name / 'pyproject.toml').read_text(encoding='utf-8')
    project: dict[str, Any] = tomllib.loads(text)['project']
    return project


def newest(version: str) -> list[str]:
    """Return what the wheels need, with Sphinx *version*."""
    needed = [line for name in NAMES for line in metadata(name)['dependencies']]
    return [f'Sphinx=={version}.*', *needed]


def oldest(version: str) -> list[str]:
    """Return the oldest releases that the metadata allow, with Sphinx *version*."""
    found = {'Sphinx': version}
    for name in NAMES:
        project = metadata(name)
        extras = project.get('optional-dependencies', {}).values()
        for line in [*project['dependencies'], *(line for e in extras for line in e)]:
            match = re.match(r'([\w.-]+)\s*>=\s*([\d.]+)', line)
            if not match:
                sys.exit(f'{name}: {line!r} has no lower bound')
            found.setdefault(match[1], match[2])
    return [f'{name}=={number}' for name, number in found.items()]


class Attempt:
    """One environment, and what is done in it.

    Without a *version*, Sphinx and all that it needs are those of this environment.
    """

    def __init__(
        self, folder: Path, dist: Path, version: str, is_oldest: bool = False
    ) -> None:
        self.folder = folder
        self.dist = dist
        self.is_here = not version
        self.requirements = (oldest if is_oldest else newest)(version)
        scripts, suffix = ('Scripts', '.exe') if os.name == 'nt' else ('bin', '')
        self.scripts = folder / 'env' / scripts
        self.python = (self.scripts / 'python').with_suffix(suffix)
        # Nothing of this project is to be found but what is installed.
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(('PYTHON', 'GITHUB_'))
        }

    def run(self, *command: object, status: int = 0) -> str:
        """Run a command in the folder, and return what it prints.

        :raises SystemExit: if it ends with another *status*.
        """
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.folder,
            env=self.environ,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding='utf-8',
            errors='replace',
        )
        if done.returncode != status:
            sys.exit(f'{done.stdout}\n{command}: status {done.returncode}')
        return done.stdout

    def pip(self, command: str, *arguments: object) -> None:
        """Run our pip on the environment, which has none."""
        pip = [sys.executable, '-m', 'pip', '--disable-pip-version-check']
        quiet = [] if command == 'check' else ['--quiet']
        self.run(*pip, '--python', self.python, command, *quiet, *arguments)

    def files(self) -> set[Path]:
        """Return the files of the environment, caches of Python left out."""
        found = self.folder.joinpath('env').rglob('*')
        return {path for path in found if '__pycache__' not in path.parts}

    def install(self) -> None:
        self.run(sys.executable, '-m', 'venv', '--without-pip', 'env')
        if self.is_here:
            code = 'import sysconfig; print(sysconfig.get_path("purelib"))'
            inner = Path(self.run(self.python, '-c', code).strip())
            outer = {sysconfig.get_path(name) for name in ('purelib', 'platlib')}
            (inner / 'here.pth').write_text('\n'.join(outer), encoding='utf-8')
        else:
            self.pip('install', *self.requirements)
        self.before = self.files()
        self.install_wheels()

    def install_wheels(self, *more: object) -> None:
        wheels = sorted(self.dist.glob('*.whl'))
        if self.is_here:
            self.pip('install', '--no-index', '--no-deps', *wheels)
        else:
            self.pip('install', *self.requirements, *wheels, *more)
            self.pip('check')

    def build(self, base: str) -> None:
        """Build the project, and see that it is right."""
        docs, html, links = (self.folder / name for name in ('docs', 'html', 'links'))
        docs.mkdir()
        (docs / 'conf.py').write_text(CONF, encoding='utf-8')
        page = PAGE.format(base=base)
        (docs / 'index.rst').write_text(page, encoding='utf-8')
        sphinx = (self.python, '-m', 'sphinx')
        self.run(*sphinx, '-W', '-b', 'html', docs, html)
        assert 'keimlink' in (html / 'index.html').read_text(encoding='utf-8')
        notes = json.loads((html / 'notes.json').read_text(encoding='utf-8'))
        assert [talk['title'] for talk in notes['talks']] == ['Celery']
        self.run(*sphinx, '-b', 'linkcheck', docs, links, status=1)
        report = json.loads((links / 'report.json').read_text(encoding='utf-8'))
        found = {link['uri']: link['verdict'] for link in report['links']}
        assert found == {f'{base}/here': 'working', f'{base}/there': 'dead'}, found
        for name in NAMES:
            script = (self.scripts / name).with_suffix(self.python.suffix)
            for command in ([script], [self.python, '-m', name.replace('-', '_')]):
                assert f'usage: {name}' in self.run(*command, '--help')

    def uninstall(self) -> None:
        self.pip('uninstall', '--yes', *NAMES)
        if left := {path for path in self.files() - self.before if path.is_file()}:
            sys.exit(f'left behind: {sorted(map(str, left))}')

    def test(self, which: str) -> None:
        """Run the tests of the sdists on the wheels, from where the sdists unpack."""
        top = ROOT / 'pyproject.toml'
        self.install_wheels('--group', f'{top}:tools')
        for path in self.dist.glob('*.tar.gz'):
            with tarfile.open(path) as file:
                file.extractall(self.folder, filter='data')
            unpacked = self.folder / path.name.removesuffix('.tar.gz')
            name = unpacked.name.rpartition('-')[0].replace('_', '-')
            tests = unpacked / 'tests'
            files = [tests / one for one in SOME[name]] if which == 'some' else [tests]
            # Not "src", for what is installed is to be tested.
            paths = f'pythonpath={tests} {tests / "support"}'
            options = [f'--rootdir={unpacked}', f'-c{unpacked / "pyproject.toml"}']
            options += ['-q', '-n4', '-o', paths]
            self.run(self.python, '-m', 'pytest', *options, *files)


if __name__ == '__main__':
    sys.exit(main())
