"""A link check that always ends, judges right, and is as fast as the web lets it be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

__all__ = ['__version__', 'link_states', 'setup']

__version__ = '0.1.0'

# Sphinx takes long to import, and the command catches Ctrl-C only once this module is.
# ruff: noqa: PLC0415


def setup(app: Sphinx) -> ExtensionMetadata:
    """Take the place of Sphinx's link check, and show readers what it found."""
    from sphinx_linkaudit import extension

    extension.set_up(app)
    return {
        'version': __version__,
        'parallel_read_safe': True,
        'parallel_write_safe': True,
    }


def link_states(app: Sphinx, uris: Iterable[str]) -> dict[str, str]:
    """Return the state of each known link: its URL -> a word for readers.

    A link accepted as dead is dead; of all others the reports decide that pages show.
    """
    from sphinx_linkaudit.show import linkreport

    return linkreport.link_states(app, uris)
