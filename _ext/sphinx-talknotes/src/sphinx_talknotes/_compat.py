"""What differs between versions of Sphinx, each with the version that lets it go."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import sphinx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: The first version of Sphinx that has all that is used.
OLDEST_SPHINX = '8.1'


def app_of(env: BuildEnvironment) -> Sphinx:
    """Return the application; the public name is deprecated since Sphinx 9.0."""
    if sphinx.version_info >= (9, 0):
        return env._app  # noqa: SLF001 (the public one warns)
    return env.app


def docname_of(env: BuildEnvironment) -> str:
    """Return the document that is being read or written, '' for none.

    Sphinx 8.1 lacks the newer name.
    """
    if sphinx.version_info >= (8, 2):
        return env.current_document.docname
    return str(env.temp_data.get('docname', ''))


@contextmanager
def on_some_page(env: BuildEnvironment) -> Iterator[None]:
    """Let a page be the current one, if none is: without, Sphinx 8.1 resolves none."""
    if docname_of(env):
        yield
        return
    _set_docname(env, env.config.root_doc)
    try:
        yield
    finally:
        _set_docname(env, '')


def _set_docname(env: BuildEnvironment, docname: str) -> None:
    if sphinx.version_info >= (8, 2):
        env.current_document.docname = docname
    else:
        env.temp_data['docname'] = docname
