"""Fixtures: the site, built once for all tests that only read it, and a browser."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from fixtures import *  # noqa: F403 (fixtures are found by their names here)
from notes import ROOT, build_site, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from browsing import Reader

#: The classes of an element.
_CLASS = re.compile(r'\bclass="([^"]*)"')


@pytest.fixture(scope='session')
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what gives the notes themselves, built once by a builder for all workers.

    Only for tests that change nothing.  The pages are read once, for HTML.
    """
    folder = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        folder = folder.parent

    def build(builder: str) -> Path:
        out = folder / 'site' if builder == 'html' else folder / f'site-{builder}'
        done = folder / f'{builder}-is-built'
        with FileLock(folder / f'{builder}.lock'):
            if not done.exists():
                if builder != 'html':
                    read = build('html').parent / 'doctrees'
                    shutil.copytree(read, out / 'doctrees')
                build_site(out, builder=builder)
                done.touch()
        return out / builder

    return build


@pytest.fixture(scope='session')
def site(built: Callable[[str], Path]) -> Path:
    """Return the pages of the notes themselves."""
    return built('html')


@pytest.fixture(scope='session')
def served(site: Path) -> Iterator[str]:
    """Serve the site; return the address that its pages are under."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope='session')
def telling_pages(site: Path, page_names: list[str]) -> list[str]:
    """Return pages that together have each class that any page has, as short as can be.

    They are for what takes long, and depends on the style sheets.
    """
    texts = {name: (site / name).read_text(encoding='utf-8') for name in page_names}
    missing = {
        name: set(' '.join(_CLASS.findall(text)).split())
        for name, text in texts.items()
    }
    found = []
    while any(missing.values()):
        name = max(missing, key=lambda name: len(missing[name]) / len(texts[name]))
        found.append(name)
        seen = missing[name]
        missing = {name: classes - seen for name, classes in missing.items()}
    return sorted(found)


@pytest.fixture(scope='session')
def browser() -> Iterator[Browser]:
    """Run one Chromium for all tests of a worker."""
    from browsing import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope='session')
def any_reader(browser: Browser, served: str, site: Path) -> Reader:
    from browsing import Reader

    return Reader(browser, {'http': served, 'file': f'{site.as_uri()}/'})


@pytest.fixture
def reader(any_reader: Reader) -> Iterator[Reader]:
    """Return who opens pages; what goes wrong in them fails the test."""
    yield any_reader
    any_reader.leave()


@pytest.fixture(scope='session')
def page_names(site: Path) -> list[str]:
    """Return the names of all pages that have something of their own."""
    moved = ROOT / '_moved'
    names = [path.relative_to(site).as_posix() for path in site.rglob('*.html')]
    names = sorted(
        name
        for name in names
        if not name.startswith('_static/') and not (moved / name).exists()
    )
    assert len(names) > 30
    return names
