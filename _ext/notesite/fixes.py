"""Adds what Sphinx's HTML lacks for those who read by keyboard, by ear or on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sphinx.locale import _

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

#: A heading by role alone has no level (sphinx issue 14030).
_CAPTION = re.compile(r'<p class="caption" role="heading">')
#: Code wider than the page scrolls, and a keyboard scrolls only what can have the
#: focus; what can have it needs a name.
_CODE = re.compile(
    r'(<div class="highlight-([\w+-]+)[^"]*">\s*<div class="highlight">)<pre>'
)
#: The entry of a list that can be linked to, without a link that says where it is.
_ENTRY = re.compile(r'(<dt(?: class="[^"]*")? id="([^"]+)">)(.*?)</dt>', re.DOTALL)
#: A part of a page with an id, and a heading that is none of a section.
_PART = re.compile(
    r'(<div class="[^"]*" id="([^"]+)">\s*<h(\d) class="rubric">.*?)(</h\3>)'
)
#: What can be linked to, and the link that says where it is.
_PERMALINK = re.compile(
    r'<(h[1-6]|dt|caption|figcaption|p)\b(?:(?!</?\1\b).)*?'
    r'(<a class="headerlink" href="[^"]*" title="([^"]*)")>',
    re.DOTALL,
)
#: The link to the page itself in a table of contents.
_HERE = re.compile(r'<a class="current reference internal" href="#"')
#: A link out of the site, its address and its text.
_EXTERNAL = re.compile(
    r'(class="(?:[\w-]+ )*reference external)((?: [\w-]+)*"[^<>]*?'
    r' href="([^"]+)"[^<>]*>)([^<]*)</a>'
)
#: What HTML has no need to close, and checkers warn of.
_CLOSED = re.compile(r'<(br|col|hr|img|input|link|meta)\b([^<>]*?)\s*/>')


def fix_page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Fix the text of a page (``html-page-context``)."""
    if app.builder.name == 'epub' or not context.get('body'):
        return
    context['body'] = fixed(context['body'])
    toctree = context['toctree']
    context['toctree'] = lambda **options: with_current(toctree(**options))
    context['metatags'] = _CLOSED.sub(r'<\1\2>', context.get('metatags') or '')


def fixed(body: str) -> str:
    """Return the HTML of a page's text with what it lacked.

    >>> fixed('<p class="caption" role="heading">Talks</p>')
    '<p class="caption" role="heading" aria-level="2">Talks</p>'
    """
    body = _CAPTION.sub('<p class="caption" role="heading" aria-level="2">', body)
    body = _CODE.sub(_named, body)
    body = _ENTRY.sub(_linked, body)
    body = _PART.sub(_led_to, body)
    body = _PERMALINK.sub(_told_apart, body)
    body = _EXTERNAL.sub(_address, body)
    return _CLOSED.sub(r'<\1\2>', body)


def with_current(contents: str) -> str:
    """Return a table of contents that tells a screen reader which page this is."""
    return _HERE.sub(r'\g<0> aria-current="page"', contents)


def _told_apart(part: re.Match[str]) -> str:
    """Give a link to a part the name of that part: by ear all of them were the same."""
    _tag, link, title = part.groups()
    start = part[0].removesuffix(f'{link}>')
    words = ' '.join(re.sub(r'<[^>]*>', '', start).split()).replace('"', '&quot;')
    name = f'{title}: {words}' if words else title
    return f'{start}{link} aria-label="{name}">'


def _address(link: re.Match[str]) -> str:
    """Mark a link that shows its address already: on paper, once is enough."""
    start, more, address, text = link.groups()
    bare = address.partition('://')[2].removeprefix('www.').rstrip('/')
    if text.removesuffix('/') not in {address.removesuffix('/'), bare}:
        return link[0]
    return f'{start} address{more}{text}</a>'


def _named(code: re.Match[str]) -> str:
    language = '' if code[2] in {'default', 'none', 'text'} else f', {code[2]}'
    name = f'{_("Code")}{language}'
    return f'{code[1]}<pre tabindex="0" role="group" aria-label="{name}">'


def _linked(entry: re.Match[str]) -> str:
    start, place, term = entry.groups()
    if 'headerlink' in term:
        return entry[0]
    return f'{start}{term}{_link_to(place, _("Link to this definition"))}</dt>'


def _led_to(part: re.Match[str]) -> str:
    start, place, _level, end = part.groups()
    return f'{start}{_link_to(place, _("Link to this heading"))}{end}'


def _link_to(place: str, title: str) -> str:
    return f'<a class="headerlink" href="#{place}" title="{title}">¶</a>'
