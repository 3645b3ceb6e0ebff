"""Reads the fields at the top of a file, each with its line.

Sphinx keeps what they say as the page's metadata, but no line; and of a date or a time
in front matter, which YAML has types for, not what was written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Fields that mean something to others: to Sphinx, docutils and MyST, to themes and to
#: extensions that often stand beside this one (ablog, sphinx-design, sphinx-tags).
OF_OTHERS = frozenset(
    {
        *('nocomments', 'no-search', 'nosearch', 'orphan', 'tocdepth'),
        *('abstract', 'address', 'author', 'authors', 'contact', 'copyright'),
        *('dedication', 'organization', 'revision', 'status', 'version'),
        *('html_meta', 'jupytext', 'kernelspec', 'myst', 'mystnb', 'substitutions'),
        *('file_format', 'title', 'subtitle', 'short_title', 'description', 'keywords'),
        *('license', 'thumbnail', 'template', 'hide-toc', 'sd_hide_title'),
        *('blogpost', 'category', 'excerpt', 'external_link', 'image', 'location'),
        *('nocollect', 'wordcount'),
    }
)
#: What such fields of others begin with.
_PREFIXES = ('html_theme.', 'theme_', 'og:', 'og_', 'ogp_', 'twitter:')

_FRONT_MATTER = re.compile(
    r'---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)', re.DOTALL
)

_FIELD = re.compile(r':((?:[^:\\]|\\.)+):(?=\s|$)')


class Field(NamedTuple):
    """A field at the top of a file."""

    value: str
    line: int  #: Line of the file, counted from 1.


def is_of_others(name: str) -> bool:
    """Whether a field of a *name* in small letters means something to others."""
    return name in OF_OTHERS or name.startswith(_PREFIXES)


def read(path: Path, metadata: Mapping[str, Any]) -> dict[str, Field]:
    """Return the fields in *metadata*, by their names in small letters.

    *path* is the file that has them; a name that isn't found there is taken to stand in
    its first line.
    """
    source = path.read_text(encoding='utf-8-sig', errors='replace')
    if match := _FRONT_MATTER.match(source):
        top = _of_yaml(match[1])
        return {
            name.casefold(): top.get(name) or Field(str(value), 1)
            for name, value in metadata.items()
        }
    lines = _lines(source)
    return {
        name.casefold(): Field(' '.join(str(value).split()), lines.get(name, 1))
        for name, value in metadata.items()
    }


def _lines(source: str) -> dict[str, int]:
    """Return where a reST file has its fields, by their names."""
    found: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), 1):
        if match := _FIELD.match(line):
            found.setdefault(match[1], number)
        elif found and line.strip() and not line.startswith((' ', '..')):
            break
    return found


def _of_yaml(text: str) -> dict[str, Field]:
    """Return the fields of front matter, each value as it is written."""
    try:
        # It comes with MyST, and only then is there any.
        import yaml  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        return {}
    try:
        top = yaml.compose(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return {}
    if not isinstance(top, yaml.MappingNode):
        return {}
    return {
        name.value: Field(_yaml_text(value), name.start_mark.line + 2)
        for name, value in top.value
        if isinstance(name, yaml.ScalarNode)
    }


def _yaml_text(node: Any) -> str:
    """Return a YAML value as text, a list of them with commas between."""
    if isinstance(node.value, list):
        parts = [getattr(item, 'value', '') for item in node.value]
        return ', '.join(part for part in parts if isinstance(part, str))
    is_null = node.style is None and node.value.casefold() in {'', '~', 'null'}
    return '' if is_null else ' '.join(node.value.split())
