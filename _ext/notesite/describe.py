"""Says in a page's head what the page is about, for search engines and for previews."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from markupsafe import Markup
from sphinx.locale import _
from sphinx.util.i18n import format_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

#: As much as search engines show.
LENGTH = 155
#: Pages of Sphinx's whose templates alone have a title.
_UNNAMED = {'genindex': _('Index'), 'search': _('Search')}


def describe(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Add a description and what Open Graph wants to the head of a page."""
    if app.builder.name == 'epub':  # whose pages nobody finds or previews
        return
    meta = context.get('meta') or {}
    # Titles come as HTML.
    title = Markup(context.get('title') or '').striptags()  # noqa: S704 (no tag is left)
    title = title or str(_UNNAMED.get(pagename, app.config.project))
    day = day_in_words(meta.get('date', ''), app.config.language)
    words = meta.get('description') or _first_words(doctree, title, day)
    if not words:
        words = f'{title}: {app.config.project}'
    config = app.config
    properties = {
        'og:title': title,
        'og:type': 'website' if pagename == config.root_doc else 'article',
        'og:description': words,
        'og:site_name': config.project,
        'og:url': context.get('pageurl'),
    }
    # Who shows a preview takes a full address only.
    if config.html_baseurl and config.notesite_card:
        base = config.html_baseurl.rstrip('/')
        properties['og:image'] = f'{base}/{config.notesite_card}'
    tags = [f'<meta name="description" content="{escape(words)}">']
    tags += [
        f'<meta property="{name}" content="{escape(value)}">'
        for name, value in properties.items()
        if value
    ]
    # Sphinx puts there what a page's ``.. meta::`` says, a description perhaps.
    already = context.get('metatags') or ''
    if 'name="description"' in already:
        del tags[0]
    context['metatags'] = '\n'.join(filter(None, [already.strip(), *tags]))
    context['page_day'] = day


def _first_words(doctree: nodes.document | None, title: str, day: str) -> str:
    """Return the first words of a page, its items and paragraphs set apart.

    Before those of a page with a *day*: who speaks there, its *title*, and the day.
    """
    words, speakers = '', []
    for paragraph in _paragraphs(doctree) if doctree else ():
        if not (text := _text(paragraph)):
            continue
        if 'speaker' in paragraph['classes']:
            speakers.append(text)
        elif len(words) <= LENGTH:
            words += f'{" · " if words else ""}{text}'
    if day and words:
        # A talk without a title of its own is called by its speaker.
        who = ', '.join(name for name in speakers if name != title)
        who = f'{who}: ' if who else ''
        words = f'{who}{title}, {day}. {words}'
    if len(words) <= LENGTH:
        return words
    return f'{words[:LENGTH].rsplit(" ", 1)[0].rstrip(" ·,;:(")}…'


def _paragraphs(node: nodes.Element) -> Iterator[nodes.paragraph]:
    """Yield the paragraphs that are the author's own."""
    for child in node.children:
        if not isinstance(child, nodes.Element) or _is_added(child):
            continue
        if isinstance(child, nodes.paragraph):
            yield child
        else:
            yield from _paragraphs(child)


def _text(paragraph: nodes.paragraph) -> str:
    """Return the words of a paragraph, without what was added to them."""
    pieces = (
        '' if any(map(_is_added, _above(text, paragraph))) else text.astext()
        for text in paragraph.findall(nodes.Text)
    )
    return re.sub(r'\s+([,.;:)])', r'\1', ' '.join(''.join(pieces).split()))


def _above(node: nodes.Node, top: nodes.Element) -> Iterator[nodes.Element]:
    while node is not top:
        node = node.parent
        yield node


def _is_added(node: nodes.Element) -> bool:
    """Whether a node isn't the author's: in brackets, or generated."""
    return bool({'added', 'no-search', 'talk-summary'} & set(node['classes']))


def day_in_words(written: str, language: str) -> str:
    """Return a day of the calendar in words, and anything else as it was written."""
    try:
        day = datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        return written
    return format_date('%A, %-d %B %Y', date=day, language=language)
