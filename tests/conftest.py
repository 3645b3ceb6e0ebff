"""Fixtures: the site, built once for all tests that only read it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from fixtures import *  # noqa: F403 (fixtures are found by their names here)
from notes import build_site, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope='session')
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the pages of the notes themselves, built once for all workers.

    Only for tests that change nothing.
    """
    folder = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        folder = folder.parent
    out, built = folder / 'site', folder / 'site-is-built'
    with FileLock(folder / 'site.lock'):
        if not built.exists():
            build_site(out)
            built.touch()
    return out / 'html'


@pytest.fixture(scope='session')
def served(site: Path) -> Iterator[str]:
    """Serve the site; return the address that its pages are under."""
    with serve(site) as address:
        yield address
