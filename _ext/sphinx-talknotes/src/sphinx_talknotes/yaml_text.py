"""Reads YAML as it is written: a date stays text, and what is given twice is both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Names of addresses, which have commas in them: of several each stands on a line.
ONE_A_LINE = frozenset({'notes', 'slides', 'url', 'video'})

#: A space may be of any kind, or lack; where a line is an address, it is none.
_ITEM = re.compile(r'([\w-]+)\s*:(?!//)\s*(.*?)\s*')
_COMMENT = re.compile(r'(?:^|\s+)#.*')
#: How a value begins that isn't simply the rest of its line.
_MARKED = tuple('"\'[{|>&!')


class Item(NamedTuple):
    """A name with its value."""

    name: str
    value: str
    line: int  #: Counted from 0.


def of_block(text: str) -> list[Item]:
    """Return the items of YAML, of nothing but what it is read as a whole.

    It is [] where the library for it is missing, which comes with MyST, or the text is
    no YAML.
    """
    return [
        Item(name.value, _text(name.value, value), name.start_mark.line)
        for name, value in _mapping(text)
    ]


def problem(text: str) -> tuple[str, int]:
    """Return why *text* is no YAML, and the line, counted from 0; '' if it is."""
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 (MyST brings it)

    try:
        yaml.compose(text, yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark or error.problem_mark
        return str(error.problem), mark.line if mark else 0
    except (yaml.YAMLError, RecursionError) as error:
        return str(error).partition('\n')[0], 0
    return '', 0


def of_lines(lines: Iterable[str], *, comments: bool = False) -> list[Item]:
    """Return the items in *lines*, each read by itself: one that is no YAML is text.

    So ``handle: @ada`` is what it says, and so is ``title: "A" or B # 1``.  Comments
    behind a value are left out only where there can be *comments*.
    """
    found: list[tuple[str, list[str], int]] = []
    for number, line in enumerate(lines):
        if match := _ITEM.fullmatch(line):
            value = match[2] or ''
            if comments and not value.startswith(_MARKED):
                value = _COMMENT.sub('', value)
                value = '' if _is_null(value) else value
            found.append((match[1], [value], number))
        elif found and not line.startswith('#'):
            text = found[-1][1]
            is_block = text[0].startswith(('|', '>'))
            text += [] if comments and not is_block and _COMMENT.match(line) else [line]
    return [Item(name, _of_item(name, value), line) for name, value, line in found]


def _of_item(name: str, lines: list[str]) -> str:
    """Return the value of a *name* that stands in *lines*, behind its colon."""
    # YAML would make one line of several.
    is_plain = name in ONE_A_LINE and lines[0]
    more = any(map(str.strip, lines[1:])) and not is_plain
    if more or lines[0].startswith(_MARKED):
        text = '\n'.join([f'{name}: {lines[0]}', *lines[1:]])
        for _name, value in _mapping(text):
            return _text(name, value)
    return '\n'.join(filter(None, map(str.strip, lines)))


def _mapping(text: str) -> Iterator[tuple[Any, Any]]:
    """Yield the nodes of names and values, none where *text* is no mapping in YAML."""
    try:
        # It comes with MyST, and only then is there any.
        import yaml  # noqa: PLC0415
    except ImportError:
        return
    try:
        top = yaml.compose(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return
    if not isinstance(top, yaml.MappingNode):
        return
    for name, value in top.value:
        if isinstance(name, yaml.ScalarNode):
            yield name, value


def _text(name: str, node: Any) -> str:
    """Return a value as text, a list as its items."""
    if isinstance(node.value, str):
        text = _flat(node)
        lines = text.splitlines() if name in ONE_A_LINE else [text]
        return '\n'.join(' '.join(line.split()) for line in lines)
    is_links = name in ONE_A_LINE
    values = [node] if is_links and _link(node) else node.value
    items = (' '.join(_flat(item, is_link=is_links).split()) for item in values)
    return ('\n' if is_links else ', ').join(filter(None, items))


def _flat(node: Any, *, is_link: bool = False) -> str:
    """Return a value as it is, however it is nested; null is nothing.

    Of a name with what may be a link the name is the words, so it comes last.
    """
    if is_link and (link := _link(node)):
        return link
    if isinstance(node, tuple):
        name, value = map(_flat, node)
        return f'{value} {name}' if is_link else f'{name}: {value}'
    if isinstance(node.value, str):
        return '' if node.style is None and _is_null(node.value) else str(node.value)
    return ', '.join(_flat(item, is_link=is_link) for item in node.value)


def _link(node: Any) -> str:
    """Return address and words of a mapping that says which is which, else ''."""
    pairs = getattr(node, 'value', ())
    if isinstance(pairs, str) or not all(isinstance(pair, tuple) for pair in pairs):
        return ''
    said = {_flat(name).casefold(): _flat(value) for name, value in pairs}
    address = next(filter(None, map(said.get, ('url', 'href', 'link'))), '')
    words = next(filter(None, map(said.get, ('title', 'name', 'text', 'label'))), '')
    return f'{address} {words}'.rstrip() if address else ''


def _is_null(value: str) -> bool:
    return value.casefold() in {'~', 'null'}
