"""Puts letters to jump to above a long list of terms."""

from __future__ import annotations

import re
import unicodedata
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from sphinx.locale import _

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

#: Letters that the Unicode Collation Algorithm sorts with another one, though they are
#: not made of that and an accent.
_SORTED_WITH = str.maketrans('ÆæĐđĦħŁłØøŒœß', 'AaDdHhLlOoOos')
#: A list of terms, and a term in it that can be linked to.
_LIST = re.compile(r'<dl\b[^>]*>(.*?)</dl>', re.DOTALL)
_TERM = re.compile(r'<dt\b[^>]*\bid="([^"]+)"[^>]*>(.*?)</dt>', re.DOTALL)


def letters(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Add them to a page that has ``:letters:`` above its title."""
    if 'letters' in (context.get('meta') or {}) and app.builder.name != 'epub':
        context['body'] = with_letters(context['body'])


def with_letters(body: str) -> str:
    """Return the HTML of a page with letters above its longest list of terms."""
    longest = max(_LIST.finditer(body), key=lambda found: len(found[1]), default=None)
    if longest is None:
        return body
    first: dict[str, str] = {}
    for place, term in _TERM.findall(longest[1]):
        first.setdefault(_letter(term), place)
    links = ''.join(
        f'<li><a href="#{place}">{escape(letter)}</a></li>'
        for letter, place in first.items()
    )
    nav = f'<nav class="letters" aria-label="{_("By letter")}"><ul>{links}</ul></nav>\n'
    start = longest.start()
    return f'{body[:start]}{nav}{body[start:]}'


def _letter(term: str) -> str:
    """Return the letter that a term is found under, without accents."""
    text = unescape(re.sub(r'<[^>]*>', '', term)).translate(_SORTED_WITH)
    for character in unicodedata.normalize('NFKD', text):
        if character.isalpha():
            return character.upper()
        if character.isdigit():
            return '0\N{EN DASH}9'
    return '#'
