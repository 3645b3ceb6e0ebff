"""Each module imports alone, and only what its place in the design allows."""

from __future__ import annotations

import ast
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

EXT = Path(__file__).parents[1] / '_ext'

#: What a module may import at run time beside the standard library: packages from
#: outside with all that is in them, modules of its own package.
ALLOWED: dict[str, set[str]] = {
    'talknotes.__init__': {
        'docutils',
        'sphinx',
        'talknotes.collect',
        'talknotes.directives',
        'talknotes.domain',
        'talknotes.export',
        'talknotes.lists',
        'talknotes.messages',
        'talknotes.nodes',
        'talknotes.read',
        'talknotes.records',
    },
    'talknotes.__main__': {'talknotes.fates'},
    'talknotes.records': set(),
    'talknotes.fates': {'talknotes.records'},
    'talknotes.messages': {'sphinx.util.logging'},
    'talknotes.nodes': {'docutils', 'sphinx.locale'},
    'talknotes.directives': {
        'docutils',
        'sphinx',
        'talknotes.fates',
        'talknotes.messages',
        'talknotes.nodes',
        'talknotes.records',
    },
    'talknotes.read': {
        'docutils',
        'sphinx',
        'talknotes.directives',
        'talknotes.fates',
        'talknotes.messages',
        'talknotes.nodes',
        'talknotes.records',
    },
    'talknotes.domain': {
        'docutils',
        'sphinx',
        'talknotes.directives',
        'talknotes.messages',
        'talknotes.records',
    },
    'talknotes.collect': {'sphinx', 'talknotes.records'},
    'talknotes.refer': {
        'docutils',
        'sphinx',
        'talknotes.nodes',
        'talknotes.records',
    },
    'talknotes.became': {
        'docutils',
        'sphinx',
        'talknotes.draw',
        'talknotes.fates',
        'talknotes.nodes',
        'talknotes.records',
    },
    'talknotes.draw': set(),
    'talknotes.lists': {
        'docutils',
        'sphinx',
        'talknotes.became',
        'talknotes.collect',
        'talknotes.draw',
        'talknotes.nodes',
        'talknotes.records',
        'talknotes.refer',
    },
    'talknotes.export': {'sphinx'},
    'linkaudit.__init__': {
        'sphinx',
        'linkaudit.archive',
        'linkaudit.builder',
        'linkaudit.collect',
        'linkaudit.linkreport',
        'linkaudit.settings',
    },
    'linkaudit.__main__': {'linkaudit.baseline', 'linkaudit.console'},
    'linkaudit.baseline': set(),
    'linkaudit.archive': {'docutils', 'sphinx', 'linkaudit.baseline'},
    'linkaudit.linkreport': {'docutils', 'sphinx', 'linkaudit.baseline'},
    'linkaudit.records': set(),
    'linkaudit.cache': {'linkaudit.records'},
    'linkaudit.schedule': set(),
    'linkaudit.page': set(),
    'linkaudit.judge': {'linkaudit.records'},
    'linkaudit.connect': {'urllib3'},
    'linkaudit.adapter': {'requests', 'urllib3', 'linkaudit.connect'},
    'linkaudit.failure': {'requests', 'urllib3', 'linkaudit.connect'},
    'linkaudit.race': set(),
    'linkaudit.fetch': {
        'requests',
        'urllib3',
        'linkaudit.adapter',
        'linkaudit.connect',
        'linkaudit.failure',
        'linkaudit.page',
        'linkaudit.race',
        'linkaudit.records',
    },
    'linkaudit.collect': {'docutils', 'sphinx', 'linkaudit.records'},
    'linkaudit.settings': {
        'sphinx',
        'linkaudit.archive',
        'linkaudit.baseline',
        'linkaudit.fetch',
        'linkaudit.judge',
    },
    'linkaudit.checker': {
        'sphinx',
        'linkaudit.fetch',
        'linkaudit.judge',
        'linkaudit.records',
        'linkaudit.schedule',
        'linkaudit.settings',
    },
    'linkaudit.console': {'sphinx', 'linkaudit.judge'},
    'linkaudit.report': {'linkaudit.console', 'linkaudit.judge'},
    'linkaudit.page_report': {'jinja2', 'linkaudit.console', 'linkaudit.judge'},
    'linkaudit.github': {
        'linkaudit.console',
        'linkaudit.judge',
        'linkaudit.page_report',
    },
    'linkaudit.guide': {
        'docutils',
        'sphinx',
        'linkaudit',
        'linkaudit.judge',
        'linkaudit.settings',
    },
    'linkaudit.ledger': {
        'sphinx',
        'linkaudit.baseline',
        'linkaudit.cache',
        'linkaudit.judge',
        'linkaudit.settings',
    },
    'linkaudit.audit': {'linkaudit.judge', 'linkaudit.records'},
    'linkaudit.builder': {
        'sphinx',
        'linkaudit.audit',
        'linkaudit.baseline',
        'linkaudit.checker',
        'linkaudit.console',
        'linkaudit.github',
        'linkaudit.judge',
        'linkaudit.ledger',
        'linkaudit.page_report',
        'linkaudit.records',
        'linkaudit.report',
    },
    'notesite.__init__': {
        'notesite.describe',
        'notesite.mend',
        'notesite.notfound',
        'notesite.sitemap',
    },
    'notesite.describe': {'docutils', 'markupsafe', 'sphinx'},
    'notesite.mend': {'sphinx'},
    'notesite.notfound': {'sphinx'},
    'notesite.sitemap': set(),
}

#: The packages that the table is complete for.
PACKAGES = {'talknotes', 'linkaudit', 'notesite'}
#: The packages that must not know of each other.
APART = list(itertools.permutations(sorted(PACKAGES), 2))


def modules(package: str) -> dict[str, Path]:
    """Return the modules of a package, full name -> file."""
    return {
        '.'.join(path.relative_to(EXT).with_suffix('').parts): path
        for path in sorted((EXT / package).rglob('*.py'))
    }


def imports(source: str, name: str) -> set[str]:
    """Return what a module imports at run time, full names of modules."""
    package = name.split('.')[:-1]
    found = set()
    for node in runtime(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = '.'.join([*base, *(node.module.split('.') if node.module else [])])
            # Of a package, what is imported may be a module of its.
            found |= {
                f'{module}.{alias.name}'
                if is_module(f'{module}.{alias.name}')
                else module
                for alias in node.names
            }
    return found


def is_module(name: str) -> bool:
    path = EXT.joinpath(*name.split('.'))
    return path.with_suffix('.py').is_file() or name == 'sphinx.util.logging'


def runtime(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below *node*, but for what only type checkers read."""
    if isinstance(node, ast.If) and 'TYPE_CHECKING' in ast.dump(node.test):
        for statement in node.orelse:
            yield from runtime(statement)
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from runtime(child)


def excess(name: str, source: str) -> set[str]:
    """Return what a module imports and may not."""
    return {
        module
        for module in imports(source, name)
        if module.split('.')[0] not in sys.stdlib_module_names
        and not any(
            module == allowed
            or (
                allowed.split('.')[0] not in PACKAGES
                and module.startswith(f'{allowed}.')
            )
            for allowed in ALLOWED[name]
        )
    }


ALL = {
    name: path
    for package in sorted(PACKAGES)
    for name, path in modules(package).items()
}


def test_the_table_has_every_module_and_no_other() -> None:
    assert set(ALLOWED) == set(ALL)


def test_the_table_lets_nothing_import_itself_in_a_circle() -> None:
    done: set[str] = set()
    while ready := {
        name
        for name, allowed in ALLOWED.items()
        if name not in done and not (allowed & set(ALLOWED)) - done
    }:
        done |= ready
    assert done == set(ALLOWED)


@pytest.mark.parametrize('name', ALL)
def test_a_module_imports_only_what_the_table_allows(name: str) -> None:
    assert excess(name, ALL[name].read_text(encoding='utf-8')) == set()


@pytest.mark.parametrize(
    ('name', 'source'),
    [
        ('talknotes.records', 'import docutils'),
        ('talknotes.records', 'def f():\n    from talknotes import messages'),
        ('talknotes.records', 'from . import messages'),
        ('talknotes.records', 'from .messages import warn'),
        ('talknotes.messages', 'from sphinx.util import nodes'),
        ('talknotes.nodes', 'import docutils.nodes, sphinx.addnodes'),
        ('talknotes.collect', 'import talknotes.domain'),
        ('talknotes.domain', 'import requests'),
        (
            'talknotes.domain',
            'if not TYPE_CHECKING:\n    pass\nelse:\n    import linkaudit',
        ),
    ],
)
def test_the_table_notices(name: str, source: str) -> None:
    assert excess(name, source)


@pytest.mark.parametrize(('package', 'other'), APART)
def test_a_package_knows_nothing_of_the_other(package: str, other: str) -> None:
    found = {
        name
        for name, path in modules(package).items()
        for imported in imports(path.read_text(encoding='utf-8'), name)
        if imported.split('.')[0] == other
    }
    assert found == set()


#: Imports each module in a process of its own, with nothing of ours in it; what others'
#: modules take of the time is taken once.
_IMPORT_EACH = """
import importlib, os, sys, traceback
import jinja2, requests, sphinx.application, sphinx.builders.linkcheck
for name in sys.argv[1:]:
    child = os.fork()
    if not child:
        status = 1
        try:
            importlib.import_module(name)
            status = 0
        except BaseException:
            traceback.print_exc()
        os._exit(status)
    if os.waitpid(child, 0)[1]:
        print(name)
"""


def test_a_module_imports_alone() -> None:
    names = [name.removesuffix('.__init__') for name in ALL]
    done = subprocess.run(
        [sys.executable, '-W', 'error', '-c', _IMPORT_EACH, *names],
        env={**os.environ, 'PYTHONPATH': str(EXT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ('', '')
