"""Leaves out of the style sheets that readers get what is for those who write them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: A string, which stays as it is, or what is between two tokens.
_PIECES = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?:\s|/\*.*?\*/)+""", re.DOTALL
)
_COMMENT = re.compile(r'/\*.*?\*/', re.DOTALL)


def slim_styles(app: Sphinx, exception: Exception | None) -> None:
    """Shorten all style sheets of the pages (``build-finished``): a third of each."""
    if exception or app.builder.name not in {'html', 'dirhtml'}:
        return
    for path in Path(app.outdir, '_static').glob('*.css'):
        path.write_text(slimmed(path.read_text(encoding='utf-8')), encoding='utf-8')


def slimmed(css: str) -> str:
    r"""Return a style sheet without comments and indentation.

    >>> slimmed('a {\n  content: "/* b */";  /* c */\n}\n')
    'a {\ncontent: "/* b */";\n}\n'
    """
    return _PIECES.sub(_short, css).lstrip()


def _short(piece: re.Match[str]) -> str:
    if piece[1]:
        return piece[1]
    space = _COMMENT.sub('', piece[0])
    # A comment alone parts two tokens, too.
    return '\n' if '\n' in space else ' ' if space else '/**/'
