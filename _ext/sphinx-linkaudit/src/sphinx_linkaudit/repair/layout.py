"""Keeps tables and titles of reST whole where a line of them changes its length."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableSequence, Sequence

_GRID_BORDER = re.compile(r'[ \t]*\+(?:[-=]+\+)+\s*')
_GRID_ROW = re.compile(r'[ \t]*\|.*\|\s*')
_SIMPLE_BORDER = re.compile(r'[ \t]*=+(?: +=+)+\s*')
_ADORNMENT = re.compile(r'([!-/:-@\[-`{-~])\1+')
#: Lines of a table that are looked through for its border.
_MOST_LINES = 500


def replaced(
    lines: Sequence[str], at: int, replace: Callable[[str], str]
) -> str | None:
    """Return the line *at* an index with its text replaced, its columns kept.

    That is None if what is new is too long for its column.
    """
    line = lines[at]
    plain = replace(line)
    if len(plain) == len(line):
        return plain
    if cells := _cells(lines, at):
        return _fitted(line, cells, replace)
    return plain


def _cells(lines: Sequence[str], at: int) -> list[tuple[int, int, bool]]:
    """Return where each cell of a row of a table begins and ends, [] for no table.

    With it goes whether it may be no longer than that.
    """
    line = lines[at]
    if _GRID_ROW.fullmatch(line) and _is_in_grid(lines, at):
        marks = [mark.start() for mark in re.finditer(r'\|', line)]
        return [(one + 1, other, True) for one, other in pairwise(marks)]
    if border := _simple_border(lines, at):
        starts = [column.start() for column in re.finditer('=+', border)]
        ends = [column.end() for column in re.finditer('=+', border)]
        columns = list(zip(starts, ends, strict=True))
        # The text of the last one may be longer than it.
        inner = [(start, end, True) for start, end in columns[:-1]]
        return [*inner, (columns[-1][0], len(line), False)]
    return []


def _is_in_grid(lines: Sequence[str], at: int) -> bool:
    for line in _before(lines, at):
        if _GRID_BORDER.fullmatch(line):
            return True
        if not line.lstrip().startswith(('|', '+')):
            return False
    return False


def _simple_border(lines: Sequence[str], at: int) -> str:
    """Return the border of the simple table that a line is a row of, '' for none."""
    after = lines[at + 1 : at + _MOST_LINES]
    for line in _before(lines, at):
        if _SIMPLE_BORDER.fullmatch(line):
            border = line.rstrip()
            return border if any(one.rstrip() == border for one in after) else ''
    return ''


def _before(lines: Sequence[str], at: int) -> Iterator[str]:
    return reversed(lines[max(0, at - _MOST_LINES) : at])


def _fitted(
    line: str, cells: Sequence[tuple[int, int, bool]], replace: Callable[[str], str]
) -> str | None:
    """Return a *line* with the text of its cells replaced, None if one is too long."""
    body = line.rstrip()
    text, done = '', 0
    for start, end, is_limited in cells:
        cell = body[start:end]
        new = replace(cell)
        if is_limited and new != cell:
            new = new.rstrip()
            if len(new) > end - start:
                return None
            if end < len(body):
                new = new.ljust(end - start)
        text += body[done:start] + new
        done = end
    text += body[done:] + line[len(body) :]
    # Text that spans several columns isn't replaced.
    return text if text != line else None


def keep_title(lines: MutableSequence[str], at: int, old: str) -> None:
    """Make the adornment of a title as long as that, if it was as long as *old*."""
    if at + 1 >= len(lines):
        return
    below = lines[at + 1]
    adornment = below.strip()
    indent = len(below) - len(below.lstrip())
    new_width, old_width = _width(lines[at][indent:]), _width(old[indent:])
    if not (
        _ADORNMENT.fullmatch(adornment) and 0 < old_width <= len(adornment) < new_width
    ):
        return
    around = [at + 1]
    if at and lines[at - 1].strip() == adornment:
        around.append(at - 1)
    longer = adornment[0] * new_width
    for number in around:
        lines[number] = lines[number].replace(adornment, longer, 1)


def _width(text: str) -> int:
    """Return the columns that a *text* takes, as docutils counts them."""
    text = text.rstrip()
    return len(text) + sum(east_asian_width(one) in 'WF' for one in text)
