"""Fixtures: projects to build, and builds shared by tests that only read them."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import hypothesis
import pytest
from projects import CONF, Build, Project, build_site
from web import Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytest_plugins = ['sphinx.testing.fixtures']


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the faults of Sphinx's own link check be looked for in either of the two."""
    parser.addoption(
        '--linkcheck',
        choices=['linkaudit', 'sphinx'],
        default='linkaudit',
        help='whose link check is tested; with "sphinx", every test marked as a fault '
        'of it has to fail, and no other is run',
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run more tests at a time than there are processors: many wait for a clock."""
    return (os.cpu_count() or 1) + 2


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of those tests."""
    text = "fault(number): one of the faults of Sphinx's own link check"
    config.addinivalue_line('markers', text)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Expect of Sphinx's own link check that it fails where it is known to."""
    if config.getoption('linkcheck') == 'sphinx':
        config.hook.pytest_deselected(
            items=[item for item in items if not item.get_closest_marker('fault')]
        )
        items[:] = [item for item in items if item.get_closest_marker('fault')]
        # What isn't an assertion would be a fault of the test.
        fails = pytest.mark.xfail(raises=AssertionError, strict=True)
        for item in items:
            item.add_marker(fails)


ROOTS = Path(__file__).parent / 'roots'

# The same examples each time: a failure is a failure for everybody.  On a busy machine
# one example may take long.
hypothesis.settings.register_profile(
    'same', derandomize=True, max_examples=100, deadline=None, database=None
)
hypothesis.settings.register_profile('random', max_examples=2000, deadline=None)
hypothesis.settings.load_profile('same')


class MakeProject(Protocol):
    """Makes a project of given files, or a copy of a root."""

    def __call__(
        self, files: Mapping[str, str] | None = None, *, root: str = ''
    ) -> Project: ...


@pytest.fixture(scope='session')
def rootdir() -> Path:
    """Say where the roots are (for ``sphinx.testing``)."""
    return ROOTS


@pytest.fixture(scope='session')
def make_project(tmp_path_factory: pytest.TempPathFactory) -> MakeProject:
    """Return what makes a project in a directory of its own.

    Of *files*, those that a project can't do without are made up where they miss:
    ``conf.py``, and an ``index`` with all other pages in its toctree.
    """

    def make(files: Mapping[str, str] | None = None, *, root: str = '') -> Project:
        srcdir = tmp_path_factory.mktemp('project').resolve() / 'src'
        if root:
            shutil.copytree(
                ROOTS / f'test-{root}', srcdir, ignore=shutil.ignore_patterns('_build')
            )
        project = Project(srcdir)
        files = dict(files or {})
        if not root:
            files.setdefault('conf.py', CONF)
            names = [name[:-4] for name in files if name.endswith('.rst')]
            toctree = ''.join(f'   {name}\n' for name in names if name != 'index')
            files.setdefault('index.rst', f'Index\n=====\n\n.. toctree::\n\n{toctree}')
        project.write(files)
        return project

    return make


@pytest.fixture(scope='session')
def conference(make_project: MakeProject) -> Callable[[str], Build]:
    """Return what gives the root ``conference``, built once by each builder.

    Only for tests that change nothing; the doctrees are shared by the builders.
    """
    project = make_project(root='conference')
    built: dict[str, Build] = {}

    def build(builder: str = 'html') -> Build:
        if builder not in built:
            # Its doctrees are of no use to the others, Sphinx says.
            name = '_apart' if builder == 'gettext' else '_build'
            built[builder] = project.build(builder, builddir=project.srcdir / name)
        return built[builder]

    return build


@pytest.fixture(scope='session')
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the pages of the notes themselves, built once for all workers.

    Only for tests that change nothing.
    """
    folder = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        folder = folder.parent
    out, built = folder / 'site', folder / 'site-is-built'
    with (folder / 'site.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            build_site(out)
            built.touch()
    return out / 'html'


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Give a web that is the only one there is: it is all that names are asked of.

    That holds for checks in this process only.
    """
    with Web() as web:
        monkeypatch.setattr('linkaudit.connect._getaddrinfo', web.names)
        yield web


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once, in checks of this process."""
    monkeypatch.setattr('linkaudit.checker.RETRY_PAUSE', 0.01)
