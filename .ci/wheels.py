"""Tries the built wheels as a newcomer would: in an environment that has nothing else.

    python .ci/wheels.py [--tests] [--oldest] VERSION [VERSION ...]

For each version of Sphinx it makes an environment, installs the wheels of ``dist/``,
builds a project of five lines from a folder that is empty otherwise, and sees that
nothing is left when they are uninstalled.  ``--tests`` runs a part of the tests on what
is installed, ``--oldest`` takes the oldest releases of all that the wheels need.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = ('sphinx-linkaudit', 'sphinx-talknotes')
#: The oldest releases that the metadata allow, and the tests pass with.
OLDEST = ('docutils==0.20.1', 'Jinja2==3.1.0', 'requests==2.32.2', 'urllib3==2.2.2')
#: What the tests need, and which of them are run: those of whole builds.
TOOLS = ROOT / 'tests' / 'requirements.txt'
CHOSEN = (
    'sphinx-linkaudit/tests/test_asking.py',
    'sphinx-linkaudit/tests/test_compat.py',
    'sphinx-linkaudit/tests/test_faults.py',
    'sphinx-linkaudit/tests/test_linkcheck.py',
    'sphinx-linkaudit/tests/test_report.py',
    'sphinx-talknotes/tests/test_builders.py',
    'sphinx-talknotes/tests/test_references.py',
)

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
    """Try all versions that are named; return 1 if one of them fails."""
    parser = argparse.ArgumentParser(description='Tries the built wheels.')
    parser.add_argument('--tests', action='store_true')
    parser.add_argument('--oldest', action='store_true')
    parser.add_argument('versions', nargs='+', metavar='VERSION')
    options = parser.parse_args()
    wheels = sorted(ROOT.glob('dist/*.whl'))
    if len(wheels) != len(NAMES):
        print('no wheels in dist/: make dist', file=sys.stderr)
        return 1
    server = ThreadingHTTPServer(('127.0.0.1', 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f'http://127.0.0.1:{server.server_address[1]}'
    for version in options.versions:
        with tempfile.TemporaryDirectory() as folder:
            attempt = Attempt(Path(folder).resolve(), version, oldest=options.oldest)
            attempt.install(wheels)
            attempt.build(base)
            if options.tests:
                attempt.test()
            attempt.uninstall()
        print(f'Sphinx {version}: right', flush=True)
    server.shutdown()
    return 0


class Attempt:
    """One environment, and what is done in it."""

    def __init__(self, folder: Path, version: str, *, oldest: bool) -> None:
        self.folder = folder
        self.requirements = [f'Sphinx=={version}.*', *(OLDEST if oldest else ())]
        self.python = folder / 'env' / 'bin' / 'python'
        if os.name == 'nt':
            self.python = folder / 'env' / 'Scripts' / 'python.exe'
        # Nothing of this project is to be found but what is installed.
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(('PYTHON', 'GITHUB_'))
        }

    def run(self, *command: object, status: int = 0) -> str:
        """Run a command of the environment, and return what it prints.

        :raises SystemExit: if it ends with another *status*.
        """
        done = subprocess.run(
            [self.python, *map(str, command)],
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

    def pip(self, *arguments: object) -> None:
        self.run('-m', 'pip', '--disable-pip-version-check', *arguments)

    def files(self) -> set[Path]:
        """Return the files of the environment, caches of Python left out."""
        found = self.folder.joinpath('env').rglob('*')
        return {path for path in found if '__pycache__' not in path.parts}

    def install(self, wheels: list[Path]) -> None:
        subprocess.run([sys.executable, '-m', 'venv', self.folder / 'env'], check=True)
        self.pip('install', '--quiet', *self.requirements, 'Jinja2', 'requests')
        self.before = self.files()
        self.pip('install', '--quiet', *self.requirements, *wheels)
        self.pip('check')

    def build(self, base: str) -> None:
        """Build the project, and see that it is right."""
        (self.folder / 'docs').mkdir()
        (self.folder / 'docs' / 'conf.py').write_text(CONF)
        (self.folder / 'docs' / 'index.rst').write_text(PAGE.format(base=base))
        self.run('-m', 'sphinx', '-W', '-b', 'html', 'docs', 'html')
        page = (self.folder / 'html' / 'index.html').read_text(encoding='utf-8')
        assert 'keimlink' in page
        notes = json.loads((self.folder / 'html' / 'notes.json').read_text())
        assert [talk['title'] for talk in notes['talks']] == ['Celery']
        self.run('-m', 'sphinx', '-b', 'linkcheck', 'docs', 'links', status=1)
        report = json.loads((self.folder / 'links' / 'report.json').read_text())
        found = {link['uri']: link['verdict'] for link in report['links']}
        assert found[f'{base}/here'] == 'working', found
        assert found[f'{base}/there'] == 'dead', found
        for name in NAMES:
            module = name.replace('-', '_')
            script = self.python.with_name(name).with_suffix(self.python.suffix)
            assert script.exists(), script
            assert f'usage: {name}' in self.run('-m', module, '--help')

    def test(self) -> None:
        """Run the chosen tests on what is installed."""
        self.pip('install', '--quiet', *self.requirements, '-r', TOOLS)
        support = ROOT / 'tests' / 'support'
        for name in NAMES:
            top = ROOT / '_ext' / name
            paths = [ROOT / '_ext' / path for path in CHOSEN if path.startswith(name)]
            options = [
                f'--rootdir={top}',
                '-c',
                top / 'pyproject.toml',
                '-q',
                '-n',
                '4',
            ]
            path = f'pythonpath={top / "tests"} {support}'
            self.run('-m', 'pytest', *options, '-o', path, *paths)

    def uninstall(self) -> None:
        self.pip('uninstall', '--quiet', '--yes', *NAMES)
        left = {path for path in self.files() - self.before if path.is_file()}
        if left := {path for path in left if 'sphinx_' in str(path)}:
            sys.exit(f'left behind: {sorted(map(str, left))}')


if __name__ == '__main__':
    sys.exit(main())
