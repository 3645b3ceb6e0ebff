"""Looks for signs that a page which answers OK is an error page or a parked domain.

Sources: Bar-Yossef et al., "Sic Transit Gloria Telae" (2004); Wikimedia's CheckIfDead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sphinx_linkaudit.judge.phrases import Phrases
from sphinx_linkaudit.urls import is_login, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from urllib.parse import SplitResult

    from sphinx_linkaudit.records import Evidence

_PARKED_HOST = re.compile(
    r'(?:^|\.)(?:sedoparking\.com|parkingcrew\.net|bodis\.com|dan\.com|hugedomains\.com'
    r'|afternic\.com|above\.com)(?::\d+)?$'
)
_PARKED_BODY = Phrases(
    'sedoparking',
    r'parkingcrew\.net',
    r'bodis\.com',
    r'hugedomains\.com',
    r'afternic\.com/forsale',
    r'window\.location\.href\s*=\s*["\']/lander',
    r'this domain(?: name)? (?:is|may be) for sale',
    r'the domain(?: name)? (?:is|may be) for sale',
    'buy this domain',
)
_LANDER = re.compile(r'/lander/?$')
_ERROR_PATH = re.compile(r'/(?:404|error-?404|(?:page-)?not-?found)(?:[/.]|$)')
#: What languages of many readers say of a page that isn't there.
_NOT_THERE = (
    r'page (?:you (?:requested|were looking for) )?(?:(?:was|is) not|(?:can ?not|'
    r"can['\u2019]t|could(?: not|n['\u2019]t)) be|does(?: not|n['\u2019]t)) "
    r'(?:found|exist)'
    r'|(?:seite|page|p[a\xe1]gina|\u0441\u0442\u0440\u0430\u043d\u0438\u0446\u0430) '
    r'(?:(?:wurde )?nicht gefunden|introuvable|(?:no|n\xe3o) encontrada|non trovata'
    r'|niet gevonden|\u043d\u0435 \u043d\u0430\u0439\u0434\u0435\u043d\u0430)'
)
_ERROR_TITLE = Phrases(
    r'<title[^>]{0,200}>[^<]{0,500}\b(?:404|(?:page|file|site) (?:was )?not found)\b',
    r'<title[^>]{0,200}>\s{0,20}not found\s{0,20}[<|:\u2013\u2014-]',
    rf'<title[^>]{{0,200}}>[^<]{{0,500}}\b(?:{_NOT_THERE})',
)
#: Pages of one host that have to lead to the same one to look like an error.
CROWD = 3


def soft_signs(evidence: Evidence) -> Iterator[str]:
    """Yield the signs that a page which says OK is none, each a reason for "suspect".

    One fact is one sign: where a page leads, what the page there calls itself, who has
    the domain, and what is said of the domain.  A link to a site's root is never
    doubted for being an error page, and no link for what it says itself.
    """
    if not (evidence.hops or evidence.body):
        return
    asked, final = urlsplit(evidence.url), urlsplit(evidence.final_url)
    body, lowered = evidence.body, evidence.body.lower()
    moved = bool(evidence.hops)
    if not _PARKED_HOST.search(asked.netloc.lower()):
        if moved and (
            _PARKED_HOST.search(final.netloc.lower()) or _LANDER.search(final.path)
        ):
            yield 'maybe-parked'
        if _PARKED_BODY.are_in(body, lowered):
            yield 'maybe-parked'
    if not asked.path.strip('/'):
        return
    if moved and _is_home(asked, final):
        yield 'home'
    elif evidence.crowded and not is_login(final.path):
        yield 'crowded'
    if not _ERROR_PATH.search(asked.path.lower()) and (
        (moved and _ERROR_PATH.search(final.path.lower()))
        or _ERROR_TITLE.are_in(body, lowered)
    ):
        yield 'maybe-soft-404'


def _is_home(asked: SplitResult, final: SplitResult) -> bool:
    """Whether a page of a site leads to its home page, which it isn't itself."""
    was_home = re.fullmatch(r'/(?:index|default|home)\.\w+', asked.path.lower())
    is_home = not final.path.strip('/') and not final.query and not final.fragment
    return site_of(asked) == site_of(final) and is_home and not was_home


def crowded(pages: Iterable[Evidence]) -> set[str]:
    """Return the addresses of those *pages* that lead where others of their host lead.

    Spellings of one page (with and without a slash at its end) count once.  Pages that
    became sections of one page lead to different fragments.
    """
    sources: dict[tuple[str, str], dict[str, set[str]]] = {}
    for page in pages:
        if page.ending != 'answered' or not page.hops:
            continue
        asked = urlsplit(page.url)
        path = f'{asked.path.rstrip("/")}?{asked.query}'
        if path != '?':
            together = sources.setdefault((site_of(asked), page.final_url), {})
            together.setdefault(path, set()).add(page.url)
    return {
        url
        for paths in sources.values()
        if len(paths) >= CROWD
        for urls in paths.values()
        for url in urls
    }
