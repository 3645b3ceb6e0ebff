"""Fixtures: a web that is the only one, and the faults of Sphinx's own link check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest

from fixtures import *  # noqa: F403 (fixtures are found by their names here)
from web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the faults of Sphinx's own link check be looked for in either of the two."""
    parser.addoption(
        '--linkcheck',
        choices=['linkaudit', 'sphinx'],
        default='linkaudit',
        help='whose link check is tested; with "sphinx", every test marked as a fault '
        'of it has to fail, and no other is run',
    )


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


@pytest.fixture(scope='session', autouse=True)
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one authority in place of all that there are: they take long to load.

    What a server of the tests is certified by is none of them.
    """
    bundle = Path(certifi.where()).read_text(encoding='utf-8')
    first, end, _others = bundle.partition('-----END CERTIFICATE-----\n')
    path = tmp_path_factory.mktemp('trusted') / 'cacert.pem'
    path.write_text(first + end, encoding='utf-8')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('sphinx_linkaudit.ask.tls.where', lambda: str(path))
        yield


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Give a web that is the only one there is: it is all that names are asked of.

    That holds for checks in this process only.
    """
    with Web() as web:
        monkeypatch.setattr('sphinx_linkaudit.ask.resolve.getaddrinfo', web.names)
        yield web


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once, in checks of this process."""
    monkeypatch.setattr('sphinx_linkaudit.checker.RETRY_PAUSE', 0.01)
