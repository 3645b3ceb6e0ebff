"""Every warning of talknotes: a closed list of subtypes, and one way to say it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, get_args

from sphinx.util import logging

if TYPE_CHECKING:
    from docutils.nodes import Node

#: What ``suppress_warnings`` takes behind ``talk.``; the guide lists them.
Subtype = Literal[
    'before-title',
    'date',
    'done',
    'empty-packages',
    'empty-todo',
    'fates',
    'field',
    'filter',
    'handle',
    'markup',
    'name',
    'no-talk',
    'option',
    'seed',
    'source',
    'speaker',
    'talk',
    'verdict',
]
SUBTYPES: tuple[Subtype, ...] = get_args(Subtype)

#: Inline markup, of reST or Markdown: a role, code, emphasis, a link, a footnote.
_MARKUP = re.compile(
    r'(?<!\w)(`+)[^`]+\1|(?<!\w)(\*{1,3})(?=[^\s*])[^*]*(?<=\S)\2(?!\w)'
    r'|\[[^][]+\]\([^()\s]+\)|\[[^][\s]+\]_'
)

logger = logging.getLogger(__name__)


def warn(
    subtype: Subtype,
    message: str,
    *args: object,
    location: str | tuple[str, int] | Node,
) -> None:
    """Warn of an author's mistake at *location*, with type ``talk`` and *subtype*.

    *message* is translated by the caller (``__()``) and takes *args* as in
    :mod:`logging`.  A location is mandatory: nobody can fix what they can't find.
    """
    logger.warning(message, *args, type='talk', subtype=subtype, location=location)


def has_markup(text: str) -> bool:
    """Whether there seems to be inline markup in a *text* that nobody parses."""
    return _MARKUP.search(text) is not None
