"""Reads which modules import which, and whether each imports alone."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from projects import PYTHONPATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def modules(package: Path) -> dict[str, Path]:
    """Return the modules of a package in a folder, full name -> file."""
    found = {}
    for path in sorted(package.rglob('*.py')):
        parts = path.relative_to(package.parent).with_suffix('').parts
        found['.'.join(parts).removesuffix('.__init__')] = path
    return found


def imports(name: str, path: Path, known: Iterable[str] = ()) -> set[str]:
    """Return what a module imports at run time, full names of modules.

    Of the *known* modules a package's own is told from what merely stands in it.
    """
    return imports_of(path.read_text('utf-8'), name, known, path.stem == '__init__')


def imports_of(
    source: str, name: str, known: Iterable[str] = (), is_package: bool = False
) -> set[str]:
    """Return what the *source* of a module imports at run time, as `imports` does."""
    package = name.split('.') if is_package else name.split('.')[:-1]
    known = set(known)
    found = set()
    for node in _runtime(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = '.'.join([*base, *(node.module.split('.') if node.module else [])])
            inner = {f'{module}.{alias.name}' for alias in node.names}
            found |= inner & known
            if inner - known:
                found.add(module)
    return found


def _runtime(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below *node*, but for what only type checkers read."""
    if isinstance(node, ast.If) and 'TYPE_CHECKING' in ast.dump(node.test):
        for statement in node.orelse:
            yield from _runtime(statement)
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _runtime(child)


def is_outside(module: str) -> bool:
    """Whether a module is no part of the standard library."""
    return module.partition('.')[0] not in sys.stdlib_module_names


#: Imports each module in an interpreter that has nothing of ours in it but what the
#: package itself imports, which comes first whichever module is asked for.  That is
#: done once, where processes can fork.
_IMPORT_EACH = """
import importlib, os, subprocess, sys, traceback
import jinja2, requests, sphinx.application, sphinx.builders.linkcheck

for name in {name.partition('.')[0] for name in sys.argv[1:]}:
    importlib.import_module(name)

def works(name):
    if name in sys.modules:
        return True
    if not hasattr(os, 'fork'):
        return not subprocess.run([sys.executable, '-c', f'import {name}']).returncode
    child = os.fork()
    if not child:
        status = 1
        try:
            importlib.import_module(name)
            status = 0
        except BaseException:
            traceback.print_exc()
        os._exit(status)
    return not os.waitpid(child, 0)[1]

print(*[name for name in sys.argv[1:] if not works(name)])
"""


def fail_alone(names: Iterable[str]) -> str:
    """Return which modules can't be imported first, with their tracebacks."""
    done = subprocess.run(
        [sys.executable, '-W', 'error', '-c', _IMPORT_EACH, *names],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        check=False,
        capture_output=True,
        text=True,
    )
    return (done.stdout + done.stderr).strip()
