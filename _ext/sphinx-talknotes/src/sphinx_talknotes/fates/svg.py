"""Draws what is better looked at than read, as SVG that says the same in words."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_XMLNS = 'http://www.w3.org/2000/svg'


def bar(counts: Iterable[tuple[str, int, str]], title: str, words: str) -> str:
    """Return a bar with a piece for each label, count and colour."""
    pieces, start = [], 0
    for label, count, colour in counts:
        pieces.append(
            f'<rect x="{start}" width="{count}" height="1" fill="{colour}" '
            f'vector-effect="non-scaling-stroke">'
            f'<title>{escape(f"{count} {label}")}</title></rect>'
        )
        start += count
    return (
        f'<svg class="talk-drawing fates" role="img" xmlns="{_XMLNS}" '
        f'viewBox="0 0 {start} 1" preserveAspectRatio="none" width="100%" height="16">'
        f'<title>{escape(title)}</title><desc>{escape(words)}</desc>'
        f'{"".join(pieces)}</svg>'
    )


def swatch(colour: str) -> str:
    """Return a square of a colour, as large as a letter, for a legend in words."""
    return (
        f'<svg class="swatch" aria-hidden="true" xmlns="{_XMLNS}" viewBox="0 0 1 1" '
        f'width="0.7em" height="0.7em"><rect width="1" height="1" fill="{colour}"/>'
        '</svg> '
    )
