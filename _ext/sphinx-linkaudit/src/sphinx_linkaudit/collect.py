"""Finds every place of every external link."""

from __future__ import annotations

import html
import os
import re
from collections import defaultdict, deque
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from docutils import nodes
from sphinx.builders.linkcheck import HyperlinkCollector
from sphinx.util.nodes import get_node_line, get_node_source

from sphinx_linkaudit._compat import app_of, docname_of
from sphinx_linkaudit.records import Found, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx.environment import BuildEnvironment

#: Attributes of raw HTML that hold a link.
_RAW_LINK = re.compile(
    r'<(?:a|area|img|iframe|source|video|audio|embed)\b[^>]*?\s(?:href|src)\s*=\s*'
    r'(?:"([^"]*)"|\'([^\']*)\'|([^\s>]+))',
    re.IGNORECASE,
)

#: What autosummary gives for the source of its entries.
_AUTOSUMMARY = re.compile(r'(.*):(\d+):<autosummary>', re.DOTALL)
#: How the definition of a target begins.
_TARGET_MARKERS = ('.. _', '__ ')


class _Receiver(Protocol):
    """A builder that wants to hear of links."""

    def add_link(self, found: Found) -> None: ...


class PlacesCollector(HyperlinkCollector):
    """Tells the builder of each link at each place.

    It takes the place of Sphinx's collector, which remembers a URL's first place only,
    and calls the same `find_uri` and the same event.
    """

    def run(self, **kwargs: Any) -> None:
        self._targets: dict[str, nodes.target] = {}
        #: Those without a name, by address; each serves one reference, in their order.
        self._anonymous: dict[str, deque[nodes.target]] = defaultdict(deque)
        found: list[nodes.Element] = []
        for node in self.document.findall(nodes.Element):
            if isinstance(node, nodes.target) and 'refuri' in node:
                self._targets |= dict.fromkeys(node['names'], node)
                if node.get('anonymous'):
                    self._anonymous[node['refuri']].append(node)
            elif isinstance(node, (nodes.image, nodes.raw, nodes.reference)):
                found.append(node)
        for node in found:
            if uri := self.find_uri(node):
                self._add_uri(uri, node)
            if isinstance(node, nodes.raw) and 'html' in node.get('format', '').split():
                for uri, written in _links_of(node.astext()):
                    self._add_uri(uri, node, written)

    def _add_uri(self, uri: str, node: nodes.Element, written: str = '') -> None:
        written = written or uri
        if changed := self.env.events.emit_firstresult('linkcheck-process-uri', uri):
            uri = changed
        docname = docname_of(self.env)
        path, line = self._locate(written, node)
        builder = cast('_Receiver', app_of(self.env).builder)
        builder.add_link(Found(uri, Place(docname, path, line)))

    def _target_of(self, uri: str, node: nodes.Element) -> nodes.target | None:
        """Return the definition that a reference took its address from, if any."""
        if node.get('anonymous') and self._anonymous[uri]:
            return self._anonymous[uri].popleft()
        name = nodes.fully_normalize_name(node.get('name', ''))
        target = self._targets.get(name)
        return target if target is not None and target['refuri'] == uri else None

    def _locate(self, uri: str, node: nodes.Element) -> tuple[str, int]:
        """Return file and line of the link to *uri* that *node* makes.

        That is the line of the address, where it stands once in its block of text or at
        a target of its own, else the first line of the block.
        """
        docname = docname_of(self.env)
        block = node
        while isinstance(block.parent, nodes.TextElement) or not block.line:
            if block.parent is None:
                return _relative(self.env, docname, ''), 0
            block = block.parent
        try:
            source, line = get_node_source(block) or '', get_node_line(block)
        except ValueError:
            return _relative(self.env, docname, ''), 0
        if generated := _AUTOSUMMARY.fullmatch(source):
            return _relative(self.env, docname, generated[1]), int(generated[2])
        target = self._target_of(uri, node)
        if isinstance(node, nodes.raw):
            if node.get('source') != uri:  # else it is the directive's own option
                line = _line_with(uri, source, line)
        elif block.rawsource.count(uri) == 1:
            line += block.rawsource.partition(uri)[0].count('\n')
        elif target is not None:
            source = target.source or source
            # Docutils counts the lines of included files into a target's own.
            line = _line_with(uri, source, target.line or line, _TARGET_MARKERS)
        return _relative(self.env, docname, source), line


def _line_with(uri: str, source: str, line: int, markers: Sequence[str] = ()) -> int:
    """Return the line of a file that has *uri*, *line* if none has.

    With *markers* it is one that begins with one of them: *line*, if that is one, else
    the first.  Without, it is the first from *line* on.
    """
    try:
        lines = Path(source).read_text(encoding='utf-8').splitlines()
    except (OSError, ValueError):
        return line
    found = [
        number
        for number, text in enumerate(lines, 1)
        if uri in text
        and (text.lstrip().startswith(tuple(markers)) if markers else number >= line)
    ]
    return line if line in found or not found else found[0]


def _links_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield the absolute addresses of links in raw HTML, and how they are written."""
    for match in _RAW_LINK.finditer(text):
        written = (match[1] or match[2] or match[3] or '').strip()
        uri = html.unescape(written)
        if re.match(r'(?:https?:)?//', uri, re.IGNORECASE):
            yield uri, written


def _relative(env: BuildEnvironment, docname: str, source: str) -> str:
    """Return the *source* of a node, relative to the source folder.

    A docstring's keeps what Sphinx puts behind its path.
    """
    if not source:
        return str(env.doc2path(docname, False))
    path, colon, rest = source.partition(':docstring of ')
    return f'{_relative_path(path, str(env.srcdir))}{colon}{rest}'


@lru_cache(maxsize=1024)
def _relative_path(path: str, start: str) -> str:
    if path.startswith(f'{start}{os.sep}'):
        return path[len(start) + 1 :]
    with suppress(ValueError):  # on another drive
        return os.path.relpath(os.path.realpath(path), os.path.realpath(start))
    return path
