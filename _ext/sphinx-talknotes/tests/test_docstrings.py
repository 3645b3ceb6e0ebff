"""The examples in docstrings are right."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

import pytest

from sphinx_talknotes import addresses, entries, markup, names

if TYPE_CHECKING:
    from types import ModuleType


@pytest.mark.parametrize('module', [addresses, entries, markup, names])
def test_the_examples_of_a_module_are_right(module: ModuleType) -> None:
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
