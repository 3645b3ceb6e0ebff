"""What Sphinx keeps private is as it is taken for, and stands in one module alone.

Each failure here names a fallback that is due, or one that can go.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sphinx

import sphinx_talknotes
from sphinx_talknotes import _compat

if TYPE_CHECKING:
    from fixtures import MakeProject

FOLDER = Path(sphinx_talknotes.__file__).parent
#: Public in a named tuple, the functions that translate, and a type of argparse that
#: the type checker wants named.
PUBLIC = {'_asdict', '_fields', '_replace', '_', '__', '_SubParsersAction'}


def test_the_application_and_the_document_that_is_read_are_known(
    make_project: MakeProject,
) -> None:
    seen = []
    with make_project({'index.rst': 'Index\n=====\n'}).app('dummy') as app:
        assert hasattr(app.env, '_app') == (sphinx.version_info >= (9, 0))
        assert hasattr(app.env, 'current_document') == (sphinx.version_info >= (8, 2))
        assert _compat.app_of(app.env) is app
        app.connect(
            'doctree-read', lambda app, _: seen.append(_compat.docname_of(app.env))
        )
        app.build()
    assert seen == ['index']


def private_names(source: str) -> set[str]:
    """Return the private names of others that the *source* of a module uses."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            if not (node.module or '').startswith(sphinx_talknotes.__name__):
                found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and not (
            isinstance(node.value, ast.Name) and node.value.id in {'self', 'cls'}
        ):
            found.add(node.attr)
    return {
        name
        for name in found - PUBLIC
        if name.startswith('_') and not name.startswith('__')
    }


@pytest.mark.parametrize(
    'source', ['env._app', 'from sphinx.config import _x', 'self.env._app']
)
def test_a_private_name_is_noticed(source: str) -> None:
    assert private_names(source)


def test_no_other_module_uses_what_others_keep_private() -> None:
    found = {
        path.name: names
        for path in FOLDER.rglob('*.py')
        if path.name != '_compat.py'
        and (names := private_names(path.read_text(encoding='utf-8')))
    }
    assert found == {}
