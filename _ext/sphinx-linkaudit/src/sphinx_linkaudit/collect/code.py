"""Tells which lines of a file have addresses as code or in comments, not as links."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from docutils import nodes

from sphinx_linkaudit.collect.source import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx_linkaudit.collect.source import Source

#: What may stand around a line: white space, and what begins a comment.
_AROUND = ' \t\r\n.%'


def blocks_of(document: nodes.document) -> Iterator[nodes.Element]:
    """Yield the blocks of code, and the comments, that have an address."""
    for node in document.findall(nodes.FixedTextElement):
        if not isinstance(node, nodes.raw) and '://' in node.astext():
            yield node


def lines_of(blocks: Iterable[tuple[int, str]], source: Source) -> frozenset[int]:
    """Return which lines of a file are in *blocks*: of each, its line and its text."""
    numbers: dict[str, list[int]] = {}
    for number, line in enumerate(split_lines(source.text), 1):
        if '://' in line:
            numbers.setdefault(line.strip(_AROUND), []).append(number)
    found: set[int] = set()
    for first, text in blocks:
        for number, line in enumerate(text.splitlines(), first):
            same = [n for n in numbers.get(line.strip(_AROUND), ()) if n not in found]
            if same:
                found.add(min(same, key=partial(_distance, number)))
    return frozenset(found)


def _distance(one: int, other: int) -> int:
    return abs(one - other)
