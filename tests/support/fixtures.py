"""Fixtures that the tests of both distributions share: projects to build."""

from __future__ import annotations

import compileall
import importlib.util
import logging
import os
import re
import shutil
import socket
import sys
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

import hypothesis
import jinja2
import pytest

from platforms import take_interrupts
from projects import CONF, Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import CodeType

    from jinja2.bccache import Bucket


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run more tests at a time than there are processors: some wait for a clock.

    More than these gain nothing, for each worker takes seconds to find all tests.
    """
    return (os.cpu_count() or 1) + 2


def pytest_sessionstart() -> None:
    """Compile the extensions where Python is told to keep no compiled code.

    Each of the commands that the tests run would compile them otherwise, which takes as
    long as the rest of it.
    """
    if sys.dont_write_bytecode:
        for name in ('sphinx_linkaudit', 'sphinx_talknotes'):
            found = importlib.util.find_spec(name)
            for folder in (found and found.submodule_search_locations) or ():
                compileall.compile_dir(folder, quiet=2)


take_interrupts()

# The same examples each time: a failure is a failure for everybody.  On a busy machine
# one example may take long.
hypothesis.settings.register_profile(
    'same', derandomize=True, max_examples=100, deadline=None, database=None
)
hypothesis.settings.register_profile('random', max_examples=2000, deadline=None)
hypothesis.settings.load_profile('same')


#: What a caller's environment may change of a build, a check or what they print.
_OF_THE_CALLER = re.compile(
    r'(CI|(NO|FORCE)_COLOU?R|SOURCE_DATE_EPOCH|SPHINXOPTS|LINKCHECK_SINCE|NETRC|SSLKEYLOGFILE'
    r'|(REQUESTS|CURL)_CA_BUNDLE|SSL_CERT_(FILE|DIR)|(GIT|GITHUB|GITLAB|CI)_\w+'
    r'|(HTTPS?|ALL|NO)_PROXY)',
    re.IGNORECASE,
)


@pytest.fixture(scope='session', autouse=True)
def plain_environment() -> Iterator[None]:
    """Let a test see what it set itself of the environment, wherever it is run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in filter(_OF_THE_CALLER.fullmatch, list(os.environ)):
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def same_timeout() -> Iterator[None]:
    """Take back the default timeout that Sphinx's own link check sets for ever."""
    yield
    socket.setdefaulttimeout(None)


@pytest.fixture(scope='session', autouse=True)
def no_debugging() -> Iterator[None]:
    """Make no records for debugging, of which Sphinx has hundreds in each build."""
    logging.disable(logging.DEBUG)
    yield
    logging.disable(logging.NOTSET)


class _CompiledTemplates(jinja2.BytecodeCache):
    """Templates that were compiled, by kind of environment, name and source."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[object, ...], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get(self._key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[self._key(bucket)] = bucket.code

    @staticmethod
    def _key(bucket: Bucket) -> tuple[object, ...]:
        kind = bucket.environment
        return (
            type(kind),
            *kind.extensions,
            kind.autoescape,
            bucket.key,
            bucket.checksum,
        )


@pytest.fixture(scope='session', autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Compile a theme's templates once a process: that is half of a small build."""
    cache = _CompiledTemplates()
    kept = property(lambda _self: cache, lambda _self, _value: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, 'bytecode_cache', kept, raising=False)
        yield


@pytest.fixture(scope='session', autouse=True)
def themes_looked_for_once() -> Iterator[None]:
    """Look once a process for themes that are installed, not in each small build."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('sphinx.theming.entry_points', cache(entry_points))
        yield


class MakeProject(Protocol):
    """Makes a project of given files, or a copy of a root."""

    def __call__(
        self, files: Mapping[str, str] | None = None, *, root: Path | None = None
    ) -> Project: ...


@pytest.fixture(scope='session')
def make_project(tmp_path_factory: pytest.TempPathFactory) -> MakeProject:
    """Return what makes a project in a directory of its own.

    Of *files*, those that a project can't do without are made up where they miss:
    ``conf.py``, and an ``index`` with all other pages in its toctree.
    """

    def make(
        files: Mapping[str, str] | None = None, *, root: Path | None = None
    ) -> Project:
        srcdir = tmp_path_factory.mktemp('project').resolve() / 'src'
        if root:
            ignored = shutil.ignore_patterns('_build')
            shutil.copytree(root, srcdir, ignore=ignored)
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
