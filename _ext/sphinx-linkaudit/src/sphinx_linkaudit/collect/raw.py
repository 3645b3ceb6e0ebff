"""Finds the links in raw HTML, as a browser would, and in the code of drawings."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The attribute that holds the link of each element.
_ATTRIBUTES = {
    'a': 'href',
    'area': 'href',
    'audio': 'src',
    'embed': 'src',
    'iframe': 'src',
    'img': 'src',
    'object': 'data',
    'source': 'src',
    'track': 'src',
    'video': 'src',
}
#: Attributes that hold images, besides: one address, or several to choose from.
_IMAGES = {'img': 'srcset', 'source': 'srcset', 'video': 'poster'}
#: One of several images, and for which width or density it is.
_CANDIDATE = re.compile(r'(?P<uri>[^\s,](?:\S*[^\s,])?)(?:\s[^,]*)?')
#: Elements whose contents are text or don't show, beyond those that the parser knows.
_HIDING = frozenset({'noembed', 'template', 'textarea', 'title', 'xmp'})
#: What browsers drop from an address (WHATWG URL, 4.4).
_BREAK = re.compile(r'[\t\n\r]')
#: What in Graphviz's language is a link, and what may only look like one: a string,
#: a comment, a line for the preprocessor (graphviz.org, The DOT Language).
_IN_DRAWING = re.compile(
    r'\b\w*(?:url|href)\s*=\s*"(https?://[^"\\\s]+)"'
    r'|"(?:[^"\\]|\\.)*"|/\*.*?\*/|//[^\n]*|^#[^\n]*',
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_ABSOLUTE = re.compile(r'(?:https?:)?//', re.IGNORECASE)


class _Links(HTMLParser):
    """Notes the absolute addresses of links; comments and scripts have none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, list[str]]] = []
        self._hidden = 0  #: How many elements it is in whose contents are no links.

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Read what begins with ``<![`` as a comment, as the standard has it in HTML.

        Some versions of the parser raise an error for what isn't in SGML.
        """
        return self.parse_bogus_comment(i, report)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDING:
            self._hidden += 1
        # The first of several attributes of one name counts.
        values = dict(reversed(attrs))
        uri = values.get(_ATTRIBUTES.get(tag, '')) or ''
        if tag == 'a' and not uri:
            uri = values.get('xlink:href') or ''  # in SVG
        uris = [_BREAK.sub('', uri).strip()]
        images = values.get(_IMAGES.get(tag, '')) or ''
        uris += [match['uri'] for match in _CANDIDATE.finditer(images)]
        for uri in uris:
            if not self._hidden and _ABSOLUTE.match(uri):
                self.found.append((uri, (values.get('class') or '').split()))

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDING and self._hidden:
            self._hidden -= 1


def links_of(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the absolute address and the classes of each link in raw HTML."""
    parser = _Links()
    parser.feed(text)
    parser.close()
    yield from parser.found


def links_of_drawing(code: str) -> Iterator[str]:
    """Yield the address of each link in the code of a drawing by Graphviz."""
    for match in _IN_DRAWING.finditer(code):
        if match[1]:
            yield unescape(match[1])
