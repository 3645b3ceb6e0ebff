"""Looks for signs that a page which answers OK is an error page or a parked domain.

Sources: Bar-Yossef et al., "Sic Transit Gloria Telae" (2004); Wikimedia's CheckIfDead.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sphinx_linkaudit.judge.phrases import Phrases
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
#: What languages of many readers say of a page that isn't there.
_NOT_THERE = (
    r'page (?:you (?:requested|were looking for) )?(?:was|is) not found',
    r"page (?:can(?: ?not|['\u2019]t)|could(?: not|n['\u2019]t)) be found",
    r"page does(?: not|n['\u2019]t) exist",
    r"can(?: ?not|['\u2019]t) find th(?:at|is|e) page",
    r"could(?: not|n['\u2019]t) find th(?:at|is|e) page",
    'page (?:is )?(?:not|no longer) available',
    'page (?:introuvable|non trouvée)',
    'seite (?:(?:wurde )?(?:leider )?nicht gefunden|existiert nicht)',
    'p[aá]gina (?:(?:no|não) encontrada|non trovata|niet gevonden)',
    'pagina nu a fost găsită',
    'nie znaleziono strony|strona nie istnieje',
    'sidan (?:kunde inte hittas|finns inte)',
    'siden (?:blev ikke fundet|ble ikke funnet|fin[dn]es ikke)',
    'sivua ei löy(?:tynyt|dy)',
    'stránka (?:nenalezena|nebyla nalezena)',
    'oldal nem található',
    'sayfa bulunamad\u0131',
    'halaman tidak ditemukan',
    'không tìm thấy trang',
    'страница не найдена',
    'страница не существует',
    'сторінку не знайдено',
)
#: The same of Chinese, Japanese and Korean, which begin no word where a name ends.
_NOT_THERE_EITHER = (
    '[页頁]面(?:不存在|未找到|找不到)|找不到(?:该|該)?(?:页面|頁面|网页|網頁)'
    '|ページ(?:が|は)(?:見つかりません|存在しません)|페이지를 찾을 수 없'
)
_ERROR_TITLE = Phrases(
    r'<title[^>]{0,200}>[^<]{0,500}\b(?:404|(?:page|file|site) (?:was )?not found)\b',
    r'<title[^>]{0,200}>\s{0,20}(?:\w{1,20} )?not found\s{0,20}!?[<|:\u2013\u2014-]',
    r'<title[^>]{0,200}>[^<]{0,500}[|:\u2013\u2014-] ?not found\s{0,20}<',
    rf'<title[^>]{{0,200}}>[^<]{{0,500}}\b(?:{"|".join(_NOT_THERE)})',
    rf'<title[^>]{{0,200}}>[^<]{{0,500}}(?:{_NOT_THERE_EITHER})',
)
#: The title of a page, in which character references are still to be resolved.
_TITLE = re.compile(r'<title[^>]{0,200}>[^<]{0,500}', re.IGNORECASE)
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
        if _PARKED_BODY.are_in(body, lowered):
            yield 'maybe-parked'
    if not asked.path.strip('/'):
        return
    if moved and _is_home(asked, final):
        yield 'home'
    elif evidence.crowded and not is_login(final):
        yield 'crowded'
    if not _ERROR_PATH.search(asked.path.lower()) and (
        (moved and _ERROR_PATH.search(final.path.lower()))
        or _has_error_title(body, lowered)
    ):
        yield 'maybe-soft-404'


def _has_error_title(body: str, lowered: str) -> bool:
    """Whether the title of a page, *lowered* in lower case, is that of an error."""
    if _ERROR_TITLE.are_in(body, lowered):
        return True
    title = _TITLE.search(body)
    if not title or '&' not in title[0]:
        return False
    # A character reference for "<" begins no tag.
    text = f'<title>{unescape(title[0].partition(">")[2]).replace("<", " ")}<'
    return _ERROR_TITLE.are_in(text, text.lower())


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
