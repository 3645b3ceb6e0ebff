"""Says whether a page has the place that the fragment of a link names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from sphinx_linkaudit.records import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx_linkaudit.records import Anchors, Evidence

#: Fragments that are read by scripts: routes (``#/guide``, ``#!forum/x``,
#: ``#narrow/…``) and parameters (``#scrollTo=x``, ``#t=30``).
_ROUTE = re.compile(r'[/!?]|#|[\w.-]+[=/]')
#: A line of a file, or the first of several, as GitHub, GitLab and others write it; or
#: as rustdoc and cgit do, which have ids for single lines alone.
_LINES = re.compile(
    r'(?:(?P<file>.*?)(?:LC?|lines-)|(?P<mark>[nl]?))(?P<first>\d+)(?:C\d+)?'
    r'(?:[-:,][Lnl]?(?P<last>\d+)(?:C\d+)?)*'
)
#: A view of a drawing, which no id names (SVG 2, 16.3.3; Media Fragments, 4.2.2).
_VIEW = re.compile(r'svgView\(|xywh=')
#: Comments, of which many sites show some at first, or let Disqus draw them all.
_COMMENT = re.compile(r'comment-?\d+(?:_\d+)?')
#: Hosts of GitHub's whose scripts draw most of a page; others have plain pages.
_GITHUB = frozenset({'github.com', 'www.github.com', 'gist.github.com'})
#: Places on GitHub's pages that come only as one scrolls to them, and tabs.
_LATER = re.compile(
    r'(?:issuecomment|discussioncomment|commitcomment|pullrequestreview|issue|event|pull'
    r'|ref-issue|ref-pullrequest|ref-commit|partial-pull-merging|diff|commits-pushed)'
    r'-|discussion_?r|r\d+$|readme$|[\w.-]+-ov-file$'
)
#: GitLab, and scripts that give each heading of a page an id: ReSpec and AnchorJS.
_DRAWING = re.compile(
    r'<meta[^>]{0,99}\bcontent="GitLab"[^>]{0,99}\bproperty="og:site_name"'
    r'|<meta[^>]{0,99}\bproperty="og:site_name"[^>]{0,99}\bcontent="GitLab"'
    r'|<script\b[^>]{0,99}\bsrc=[^>]{0,199}/(?:respec[\w.\-]*|anchor(?:\.min)?\.js)["\'\s>]'
)


def fragment_anchor(fragment: str) -> str:
    """Return the part of a URL's *fragment* that names a place on the page.

    A text fragment (``:~:text=``, WICG scroll-to-text) is for the browser alone.
    """
    return fragment.partition(':~:')[0]


def spellings(anchor: str) -> Iterable[str]:
    """Return the ids that *anchor* may have in a page's HTML.

    As it stands, percent-decoded and encoded (WHATWG HTML, "find a potential indicated
    element"), with the prefix that GitHub, GitLab and others give ids which their users
    chose, and the id of the first of several lines.
    """
    decoded = unquote(anchor)
    prefix = 'user-content-'
    found = [anchor, decoded, encoded(decoded)]
    found += [prefix + decoded, prefix + decoded.lower()]
    if lines := _LINES.fullmatch(decoded):
        first, last = int(lines['first'][:9]), int((lines['last'] or '0')[:9])
        marks = ('L', 'LC', 'line-', 'lines-')
        if lines['file'] is not None:
            found += [f'{lines["file"]}{mark}{first}' for mark in marks]
        elif last > first:
            found.append(f'{lines["mark"]}{first}')
    return dict.fromkeys(found)


def encoded(anchor: str) -> str:
    """Return *anchor* percent-encoded, even if no encoding has its characters."""
    return quote(anchor, errors='replace')


def finder_of(anchors: Iterable[str]) -> Wanted:
    """Return what a page is read for that has links to *anchors*."""
    return Wanted(anchors, spellings)


def doubt_of(evidence: Evidence, anchor: str) -> str:
    """Return why *anchor* may not be on the page, '' if it is there.

    That is a reason for a verdict: ``no-anchor`` if it surely isn't there.
    """
    anchors = evidence.anchors
    if anchors is None:
        return 'unverified'
    if not anchors.ids.isdisjoint(names := list(spellings(anchor))):
        return ''
    decoded = unquote(anchor)
    lines = _LINES.fullmatch(decoded)
    is_line = lines and 1 <= int(lines['first'][:9]) <= anchors.lines
    if is_line or _VIEW.match(decoded):
        return ''
    if decoded in anchors.absent:
        return 'no-anchor'
    if not anchors.whole:
        return 'unverified'
    if anchors.has_scripts and _ROUTE.match(decoded):
        return 'route'
    if anchors.is_frame or not anchors.drawn.isdisjoint(names):
        return 'drawn-by-script'
    if anchors.has_scripts and _draws_more(evidence, anchors, decoded):
        return 'drawn-by-script'
    return 'no-anchor'


def _draws_more(evidence: Evidence, anchors: Anchors, anchor: str) -> bool:
    """Whether a site is known to have scripts that add places to pages with text."""
    if _COMMENT.fullmatch(anchor) or _has_drawing_scripts(evidence.body):
        return True
    host = urlsplit(evidence.final_url).hostname or ''
    if host not in _GITHUB:
        return False
    if not anchors.lines and (not anchors.has_headings or _LINES.fullmatch(anchor)):
        return True  # lines of what is shown without them, as Markdown is
    return bool(_LATER.match(anchor))


# A page is asked about for each anchor that it lacks.
@lru_cache(maxsize=1)
def _has_drawing_scripts(text: str) -> bool:
    return bool(_DRAWING.search(text))
