"""The extensions know nothing of each other; the site's own know what they may."""

from __future__ import annotations

from pathlib import Path

import pytest

import linkguide
import notesite
import sphinx_linkaudit
import sphinx_talknotes
from imports import fail_alone, imports, is_outside, modules

PACKAGES = {
    package.__name__: modules(Path(package.__file__).parent)
    for package in (notesite, sphinx_linkaudit, sphinx_talknotes)
    if package.__file__
}
assert linkguide.__file__
GUIDE = Path(linkguide.__file__)

#: What each module of the site may import beside the standard library.
RULES: dict[str, set[str]] = {
    'notesite': {'notesite', 'docutils', 'markupsafe', 'sphinx'},
}


def tops(found: set[str]) -> set[str]:
    """Return the packages that modules are of, those from outside alone."""
    return {module.partition('.')[0] for module in found if is_outside(module)}


@pytest.mark.parametrize('package', PACKAGES)
def test_a_package_knows_nothing_of_the_others(package: str) -> None:
    others = PACKAGES.keys() - {package}
    for name, path in PACKAGES[package].items():
        assert not tops(imports(name, path)) & others, name


def test_the_site_uses_sphinx_alone() -> None:
    for name, path in PACKAGES['notesite'].items():
        assert tops(imports(name, path)) <= RULES['notesite'], name
    allowed = {'docutils', 'sphinx', 'sphinx_linkaudit'}
    assert tops(imports('linkguide', GUIDE)) <= allowed


def test_each_module_of_the_site_imports_alone() -> None:
    assert fail_alone([*PACKAGES['notesite'], 'linkguide']) == ''
