"""The report as Markdown: a comment on a pull request, the summary of a step."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from sphinx_linkaudit.tell.findings import (
    did_finish,
    grouped,
    is_known,
    new_failures,
    spot,
    what,
)
from sphinx_linkaudit.text import cut, printable
from sphinx_linkaudit.urls import web_url
from sphinx_linkaudit.verdicts import BY_URGENCY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx_linkaudit.tell.findings import Document, Link

FILE = 'report.md'

#: What a comment begins with, so that the next one can take its place.
MARK = '<!-- sphinx-linkaudit -->\n'
#: Bytes of a comment; GitHub takes 65,536 characters, GitLab a million.
MAX_COMMENT = 65_000
#: Bytes that GitHub takes as the summary of one step.
MAX_SUMMARY = 1024 * 1024
#: Places of a link that are named.
_MAX_PLACES = 20
#: The groups whose links are listed after the new failures.
_LISTED = frozenset({'waiting', 'back', 'suspect', 'blocked', 'moved'})


def render(document: Document) -> str:
    """Return a comment for a pull request, of at most `MAX_COMMENT` bytes."""
    return MARK + summary(document, MAX_COMMENT - len(MARK))


def summary(document: Document, room: int = MAX_SUMMARY) -> str:
    """Return what there is to do, in at most *room* bytes of UTF-8.

    It is Markdown, but what documents and servers say stands in blocks of HTML, where
    no character of theirs is taken for Markdown, within ``code``, where GitHub makes no
    mentions, references or emoji of it.
    """
    pieces = [_head(document), *_pieces(document)]
    tail = '\n{} more are in report.html.\n'
    room -= len(tail) + 20  # the digits of a number
    kept = 0
    for piece in pieces:
        room -= len(piece.encode())
        if room < 0:
            break
        kept += 1
    text = ''.join(pieces[:kept])
    # The first piece is the head.
    left = len(pieces) - max(kept, 1)
    return text + tail.format(left) if kept and left else text


def _head(document: Document) -> str:
    """Return the numbers."""
    counts = Counter(link['verdict'] for link in document['links'])
    head = ['', '## Links', '']
    if document['project']:
        head[1:] = [f'<h2>Links of {_code(document["project"])}</h2>', '']
    if not did_finish(document):
        head += ['**This check did not finish.**', '']
    if since := document.get('since'):
        head += [f'Only lines changed since {_code(since)} were checked.', '']
    head += ['| verdict | links |', '| --- | ---: |']
    head += [f'| {kind} | {counts[kind]} |' for kind in BY_URGENCY if counts[kind]]
    known = sum(is_known(link) for link in document['links'])
    head += ['', f'{known} of them accepted as dead.'] if known else []
    head += ['', f'### New failures: {len(new_failures(document["links"]))}', '']
    return '\n'.join(head) + '\n'


def _pieces(document: Document) -> Iterator[str]:
    """Yield a block of HTML for each link, the new failures first."""
    yield from map(_item, new_failures(document['links']))
    for group, links in grouped(document['links']).items():
        others = [link for link in links if not link['fails']]
        if group.id in _LISTED:
            heading = f'### {group.heading} ({len(others)})\n\n'
            for link in others:
                yield heading + _item(link)
                heading = ''


def _item(link: Link) -> str:
    uri = _code(link['uri'])
    if url := web_url(link['uri']):
        uri = f'<a href="{escape(url)}">{uri}</a>'
    places = [_code(spot(place)) for place in link['places'][:_MAX_PLACES]]
    if (more := len(link['places']) - len(places)) > 0:
        places.append(f'and {more} more')
    lines = [f'{uri}<br>', _code(what(link)), f'{escape(link["advice"])}<br>']
    if link.get('since'):
        lines.append(f'fails since {_code(link["since"])}<br>')
    if url := web_url(link.get('archived', '')):
        lines.append(f'<a href="{escape(url)}">archived copy</a><br>')
    text = '\n'.join([*lines, ', '.join(places)])
    return f'<ul><li>\n{text}\n</li></ul>\n\n'


def _code(text: str) -> str:
    return f'<code>{escape(cut(printable(text)))}</code>'
