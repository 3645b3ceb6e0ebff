"""Fixtures: the root ``conference``, built once for tests that only read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conference import CONFERENCE
from fixtures import *  # noqa: F403 (fixtures are found by their names here)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures import MakeProject
    from projects import Build


@pytest.fixture(scope='session')
def conference(make_project: MakeProject) -> Callable[[str], Build]:
    """Return what gives the root ``conference``, built once by each builder.

    Only for tests that change nothing; the doctrees are shared by the builders.
    """
    project = make_project(root=CONFERENCE)
    built: dict[str, Build] = {}

    def build(builder: str = 'html') -> Build:
        if builder not in built:
            # Its doctrees are of no use to the others, Sphinx says.
            name = '_apart' if builder == 'gettext' else '_build'
            built[builder] = project.build(builder, builddir=project.srcdir / name)
        return built[builder]

    return build
