"""What differs between versions of Sphinx, and what Sphinx keeps private.

Each entry says why it is here and what lets it go; ``tests/test_compat.py`` fails when
one of them isn't as it is taken for here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sphinx
from sphinx.builders import linkcheck
from sphinx.util.console import (  # type: ignore[attr-defined]  # since 9.0 not its own
    bold,
    darkgray,
    darkgreen,
    purple,
    red,
    turquoise,
)
from sphinx.util.requests import _USER_AGENT

if TYPE_CHECKING:
    from typing import IO

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

__all__ = [
    'OLDEST_SPHINX',
    'app_of',
    'bold',
    'darkgray',
    'darkgreen',
    'default_user_agent',
    'docname_of',
    'has_allowed_redirects',
    'is_quiet',
    'is_written_out',
    'purple',
    'red',
    'request_headers',
    'status_stream',
    'turquoise',
]

#: The first version of Sphinx that has all that is used.
OLDEST_SPHINX = '8.1'


def app_of(owner: Builder | BuildEnvironment) -> Sphinx:
    """Return the application; the public name is deprecated since Sphinx 9.0."""
    if sphinx.version_info >= (9, 0):
        return owner._app  # noqa: SLF001 (the public one warns)
    return owner.app


def docname_of(env: BuildEnvironment) -> str:
    """Return the document that is being read; for Sphinx 8.1, which lacks the newer."""
    if sphinx.version_info >= (8, 2):
        return env.current_document.docname
    return env.docname


def is_quiet(app: Sphinx) -> bool:
    """Whether only warnings are to be printed; in the configuration since 9.0."""
    if sphinx.version_info >= (9, 0):
        return app.config.verbosity < 0
    return app.quiet


def status_stream(app: Sphinx) -> IO[str]:
    """Return the stream that Sphinx logs its progress to; nothing public has it."""
    return app._status  # noqa: SLF001 (nothing public has it)


def is_written_out(config: Config, name: str) -> bool:
    """Whether a setting was given, not just its default; nothing public tells."""
    return name in config.overrides or name in config._raw_config  # noqa: SLF001 (nothing public tells)


def has_allowed_redirects(config: Config) -> bool:
    """Whether `linkcheck_allowed_redirects` was set.

    Since Sphinx 9.0 a private object stands for "not set"; before, an empty dictionary.
    """
    value = config.linkcheck_allowed_redirects
    if sphinx.version_info >= (9, 0):
        return value is not linkcheck._SENTINEL_LAR  # noqa: SLF001 (it stands for "not set")
    return bool(value)


def default_user_agent() -> str:
    """Return what Sphinx calls itself where `user_agent` isn't set; it is private."""
    return _USER_AGENT


def request_headers(url: str, configured: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return the headers that `linkcheck_request_headers` has for a URL.

    The choice among them is Sphinx's, whose function for it is private.
    """
    return linkcheck._get_request_headers(url, configured)  # noqa: SLF001 (its own rules)
