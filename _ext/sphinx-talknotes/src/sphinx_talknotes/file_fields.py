"""Reads the fields at the top of a file, each with its line.

Sphinx keeps what they say as the page's metadata, but no line; and of a date or a time
in front matter, which YAML has types for, not what was written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx_talknotes import yaml_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: Fields that mean something to others: to Sphinx, docutils and MyST, to themes and to
#: extensions that often stand beside this one (ablog, sphinx-design, sphinx-tags); and
#: to what else the same files may be for (Obsidian, Hugo, Jekyll).
OF_OTHERS = frozenset(
    {
        *('nocomments', 'no-search', 'nosearch', 'orphan', 'tocdepth'),
        *('abstract', 'address', 'author', 'authors', 'contact', 'copyright'),
        *('dedication', 'organization', 'revision', 'status', 'version'),
        *('html_meta', 'jupytext', 'kernelspec', 'myst', 'mystnb', 'substitutions'),
        *('file_format', 'title', 'subtitle', 'short_title', 'description', 'keywords'),
        *('license', 'thumbnail', 'template', 'hide-toc', 'sd_hide_title'),
        *('blogpost', 'category', 'excerpt', 'external_link', 'image', 'location'),
        *('aliases', 'cover', 'cssclasses', 'draft', 'layout', 'permalink', 'publish'),
        *('slug', 'nocollect', 'wordcount'),
    }
)
#: What such fields of others begin with.
_PREFIXES = ('html_theme.', 'theme_', 'og:', 'og_', 'ogp_', 'twitter:')

_FRONT_MATTER = re.compile(
    r'---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)', re.DOTALL
)

#: What docutils has to say of a field's markup, which it puts into the field.
_SYSTEM_MESSAGE = re.compile(r'[^\n]*:\d*: \((?:DEBUG|INFO|WARNING|ERROR|SEVERE)/\d\) ')

_FIELD = re.compile(r':((?:[^:\\]|\\.)+):(?=\s|$)')


class Malformed(NamedTuple):
    """Front matter that its parser has read nothing of."""

    fields: dict[str, str]
    problem: str = ''  #: Why it is no YAML, if it isn't.
    line: int = 0  #: Where, a line of the file, counted from 1.


class Field(NamedTuple):
    """A field at the top of a file."""

    value: str
    line: int  #: Line of the file, counted from 1.
    before: str = ''  #: What an earlier field of that name says.


def is_of_others(name: str) -> bool:
    """Whether a field of a *name* in small letters means something to others."""
    return name in OF_OTHERS or name.startswith(_PREFIXES)


def read(path: Path, metadata: Mapping[str, Any]) -> dict[str, Field]:
    """Return the fields in *metadata*, by their names in small letters.

    *path* is the file that has them; a text that isn't found there, but in a file that
    it includes, is taken to stand in its first line.
    """
    source = _source(path)
    if match := _FRONT_MATTER.match(source):
        found = _by_name(_in_front_matter(match[1]), 2)
    else:
        found = _by_name(_of_rest(source), 1)
        # What continues on the next line is in the metadata alone.
        texts = {
            name.casefold(): _without_messages(str(value))
            for name, value in metadata.items()
        }
        for name in found.keys() & texts.keys():
            found[name] = found[name]._replace(value=_in_rest(name, texts[name]))
    return {
        key: found.get(key) or Field(' '.join(str(value).split()), 1)
        for key, value in ((n.casefold(), value) for n, value in metadata.items())
        # Other extensions keep what they know of a page there, sphinx-tags its tags.
        if key in found or isinstance(value, str)
    }


def malformed(path: Path) -> Malformed:
    """Return the front matter of a file of which its parser has read nothing.

    An invalid day or a stray colon is enough for that.
    """
    match = _FRONT_MATTER.match(_source(path))
    if match is None:
        return Malformed({})
    fields = {item.name: item.value for item in _in_front_matter(match[1])}
    problem, line = yaml_text.problem(match[1])
    return Malformed(fields, problem, line + 2)


def _source(path: Path) -> str:
    return path.read_text(encoding='utf-8-sig', errors='replace')


def _in_front_matter(text: str) -> list[yaml_text.Item]:
    """Return the items of front matter, by line where it is no YAML as a whole."""
    return yaml_text.of_block(text) or yaml_text.of_lines(
        text.splitlines(), comments=True
    )


def _by_name(items: Iterable[yaml_text.Item], first: int) -> dict[str, Field]:
    """Return the last of the *items* of each name; *first* is the line of line 0."""
    found: dict[str, Field] = {}
    for name, value, line in items:
        earlier = found.get(name.casefold())
        before = earlier.value if earlier and earlier.value != value else ''
        found[name.casefold()] = Field(value, line + first, before)
    return found


def _in_rest(name: str, value: str) -> str:
    """Return the *value* of a field in one line, or in those that count."""
    lines = value.splitlines() if name in yaml_text.ONE_A_LINE else [value]
    return '\n'.join(filter(None, (' '.join(line.split()) for line in lines)))


def _without_messages(text: str) -> str:
    """Return the *text* of a field in reST without the messages of docutils."""
    paragraphs = text.split('\n\n')
    return '\n\n'.join(p for p in paragraphs if not _SYSTEM_MESSAGE.match(p))


def _of_rest(source: str) -> list[yaml_text.Item]:
    """Return the fields at the top of a reST file, each with what its line says."""
    found: list[yaml_text.Item] = []
    for number, line in enumerate(source.splitlines()):
        if match := _FIELD.match(line):
            text = line[match.end() :].strip()
            found.append(yaml_text.Item(match[1], text, number))
        elif found and line.strip() and not line.startswith((' ', '..')):
            break
    return found
