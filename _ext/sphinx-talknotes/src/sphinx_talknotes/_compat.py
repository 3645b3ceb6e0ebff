"""What differs between versions of Sphinx, each with the version that lets it go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sphinx

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: The first version of Sphinx that has all that is used.
OLDEST_SPHINX = '8.1'


def app_of(env: BuildEnvironment) -> Sphinx:
    """Return the application; the public name is deprecated since Sphinx 9.0."""
    if sphinx.version_info >= (9, 0):
        return env._app  # noqa: SLF001 (see above)
    return env.app


def docname_of(env: BuildEnvironment) -> str:
    """Return the document that is being read; for Sphinx 8.1, which lacks the newer."""
    if sphinx.version_info >= (8, 2):
        return env.current_document.docname
    return env.docname
