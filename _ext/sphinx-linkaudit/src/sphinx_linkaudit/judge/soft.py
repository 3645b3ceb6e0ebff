"""Looks for signs that a page which answers OK is an error page or a parked domain.

Sources: Bar-Yossef et al., "Sic Transit Gloria Telae" (2004); Wikimedia's CheckIfDead.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sphinx_linkaudit.judge.phrases import Phrases, text_of
from sphinx_linkaudit.languages import is_home
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
_ERROR_PATH = re.compile(
    r'/(?:(?:errors?|http|page)?[-_]?404(?:[-_]?(?:error|page))?|oops'
    r'|(?:(?:error|page)[-_]?)?not[-_]?found)(?:[/.]|$)'
)
#: The title of a page, in which character references are still to be resolved.
_TITLE = re.compile(r'<title[^>]{0,200}>([^<]{0,500})', re.IGNORECASE)
#: What separates what a title says from the name of the site, and from an "Oops!".
_BETWEEN = re.compile(r'\s[-/]\s|[|\u2013\u2014\xb7\u2022\xbb!\u2026]|\.{2,}|[.:,]\s')
#: Titles that users of a site give their questions.
_ASKED = re.compile(
    r'\b(?:issue|(?:pull|merge) request|discussion|bug|ticket) [#!]?\d'
    r'|\b(?:stack (?:overflow|exchange)|wikipedia)\b'
)
#: A title, or part of one, of no other words than these is that of an error page...
_SAID = """
    404 410 a an are article available be been can can't cannot code content could
    couldn't deleted directory document does doesn't erreur erro error errore errors
    exist exists fehler file find for found gone has here hmm http https i is isn't it
    longer looking missing no not nothing now object of oh on oops or page product
    project removed repository requested resource right server site sorry status such
    that the this topic uh unavailable user was we were whoops you you're your
"""
_WORDS = frozenset(_SAID.split())
#: ... if it says so.
_SAYS_SO = re.compile(
    r'404|410|(?:not|nothing) found'
    r"|(?:can ?not|can't|could not|couldn't) (?:be found|find)"
    r"|does(?: not|n't) exist|no such|(?:(?:is )?not|isn't|no longer) available"
    r'|(?:content|file|page|site) (?:is |has been |was )?'
    r'(?:deleted|gone|missing|removed|unavailable)'
)
#: What languages of many readers say of a page that isn't there; Chinese, Japanese and
#: Korean begin no word where a name ends.
_NOT_THERE = re.compile(
    r'\b(?:page (?:introuvable|non trouvée)'
    '|seite (?:(?:wurde )?(?:leider )?nicht gefunden|existiert nicht)'
    '|p[aá]gina (?:(?:no|não) encontrada|non trovata|niet gevonden)'
    '|pagina nu a fost găsită'
    '|nie znaleziono strony|strona nie (?:istnieje|została znaleziona)'
    '|sidan (?:kunde inte hittas|hittades inte|finns inte)'
    '|siden (?:blev ikke fundet|ble ikke funnet|fin[dn]es ikke)'
    '|sivua ei löy(?:tynyt|dy)'
    '|stránka (?:nenalezena|nebyla nalezena)'
    '|oldal nem található'
    '|sayfa bulunamad\u0131'
    '|halaman tidak ditemukan'
    '|không tìm thấy trang'
    '|страница не (?:найдена|существует)'
    '|сторінку не знайдено'
    '|σελίδα δεν βρέθηκε'
    '|\u05d4\u05d3\u05e3 \u05dc\u05d0 \u05e0\u05de\u05e6\u05d0'
    '|\u0627\u0644\u0635\u0641\u062d\u0629 \u063a\u064a\u0631'
    ' \u0645\u0648\u062c\u0648\u062f\u0629)'
    '|[页頁]面(?:不存在|未找到|找不到)|找不到(?:该|該)?(?:页面|頁面|网页|網頁)'
    '|ページ(?:が|は)(?:見つかりません|存在しません)|페이지를 찾을 수 없'
)
#: Characters of text that a parked domain shows at most.
_PARKED_MAX_TEXT = 3000
#: Pages of one host that have to lead to the same one to look like an error.
CROWD = 3


def soft_signs(evidence: Evidence) -> Iterator[str]:
    """Yield the signs that an OK page is an error page, each a reason for "suspect".

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
        if (
            _PARKED_BODY.are_in(body, lowered)
            and len(text_of(body)) <= _PARKED_MAX_TEXT
        ):
            yield 'maybe-parked'
    if not asked.path.strip('/'):
        return
    if moved and _is_home(asked, final):
        yield 'home'
    elif evidence.crowded and not is_login(final):
        yield 'crowded'
    if not _ERROR_PATH.search(asked.path.lower()) and (
        (moved and _ERROR_PATH.search(final.path.lower())) or _has_error_title(body)
    ):
        yield 'maybe-soft-404'


def _has_error_title(body: str) -> bool:
    """Whether the title of a page is that of an error, not of what is about one."""
    found = _TITLE.search(body)
    if not found:
        return False
    title = unescape(found[1]).lower().replace('\u2019', "'").replace('_', ' ')
    if _ASKED.search(title):
        return False
    return bool(_NOT_THERE.search(title)) or any(
        _WORDS.issuperset(words) and _SAYS_SO.search(' '.join(words))
        for part in _BETWEEN.split(title)
        if (words := re.findall(r"[\w']+", part))
    )


def _is_home(asked: SplitResult, final: SplitResult) -> bool:
    """Whether a page of a site leads to its home page, which it isn't itself."""
    if site_of(asked) != site_of(final) or final.query or final.fragment:
        return False
    return is_home(final.path) and not is_home(asked.path)


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
