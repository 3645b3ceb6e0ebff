"""Draws what is better looked at than read, as SVG that says the same in words."""

from __future__ import annotations

from html import escape
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

_XMLNS = 'http://www.w3.org/2000/svg'

#: Of a table of crosses: the width of its names, how many letters that has room for,
#: and the width of all of it; the heights of its head and of a row.
_NAMES, _LETTERS, _WIDTH, _HEAD, _ROW = 150, 26, 360, 20, 20
#: With more columns crosses would run into each other, with more groups their labels.
_MAX_COLUMNS, _MAX_GROUPS = 40, 8
#: A cross from its corner on, and half its width.
_CROSS, _ARM = 'l6 6m0-6l-6 6', 3


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
    attributes = 'preserveAspectRatio="none" width="100%" height="16"'
    return _svg('fates', f'0 0 {start} 1', attributes, title, words, pieces)


def swatch(colour: str) -> str:
    """Return a square of a colour, as large as a letter, for a legend in words."""
    return (
        f'<svg class="swatch" aria-hidden="true" xmlns="{_XMLNS}" viewBox="0 0 1 1" '
        f'width="0.7em" height="0.7em"><rect width="1" height="1" fill="{colour}"/>'
        '</svg> '
    )


def crosses(
    rows: Mapping[str, Container[str]],
    columns: Sequence[tuple[str, str, tuple[str, str]]],
    title: str,
    words: str,
) -> str:
    """Return a table with a cross where a row has a column.

    A column is a key, its label, and the group that it stands in with its neighbours:
    what tells that from others, and its label.  Of more than there is room for, nothing
    is drawn.
    """
    groups = [(name, list(them)) for name, them in groupby(columns, itemgetter(2))]
    if len(columns) > _MAX_COLUMNS or len(groups) > _MAX_GROUPS:
        return ''
    # Before each group there is room for one more.
    step = (_WIDTH - _NAMES) / (len(columns) + len(groups))
    height = _HEAD + _ROW * len(rows)
    texts, names, rules, marks = [], [], [], []
    places: list[tuple[int, str, str]] = []
    start = float(_NAMES)
    for (_key, name), members in groups:
        x = round(start)
        rules.append(f'M{x} 0V{height}')
        texts.append(f'<text x="{x + 4}" y="{_HEAD - 8}">{escape(name)}</text>')
        for number, (key, label, _group) in enumerate(members, 1):
            places.append((round(start + number * step) - _ARM, key, label))
        start += (len(members) + 1) * step
    for row, (name, there) in enumerate(rows.items()):
        y = _HEAD + _ROW * row
        rules.append(f'M0 {y}H{_WIDTH}')
        text = name if len(name) <= _LETTERS else f'{name[: _LETTERS - 1]}…'
        names.append(f'<text y="{y + _ROW - 6}">{escape(text)}</text>')
        for left, key, label in places:
            if key in there:
                tip = f'<title>{escape(f"{name}: {label}")}</title>'
                corner = f'M{left} {y + _ROW // 2 - _ARM}'
                marks.append(f'<path d="{corner}{_CROSS}">{tip}</path>')
    # Letters may be wider than most: a drawing within cuts off what is outside of it.
    texts.append(f'<svg width="{_NAMES - _ARM}">{"".join(names)}</svg>')
    line = 'stroke="currentColor"'
    pieces = [
        f'<path {line} opacity=".2" d="{"".join(rules)}"/>',
        f'<g fill="currentColor" font-size="12">{"".join(texts)}</g>',
        f'<g {line} stroke-width="1.5" class="marks">{"".join(marks)}</g>',
    ]
    return _svg(
        'named-most', f'0 0 {_WIDTH} {height}', 'fill="none"', title, words, pieces
    )


def _svg(
    kind: str,
    view: str,
    attributes: str,
    title: str,
    words: str,
    pieces: Iterable[str],
) -> str:
    return (
        f'<svg class="talk-drawing {kind}" role="img" xmlns="{_XMLNS}" '
        f'viewBox="{view}" {attributes}><title>{escape(title)}</title>'
        f'<desc>{escape(words)}</desc>{"".join(pieces)}</svg>'
    )
