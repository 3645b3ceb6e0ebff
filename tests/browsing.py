"""What the tests in a real browser share: Chromium, a reader, and what a reader sees.

``make browser`` runs these tests, and ``.ci/run`` does: they need Chromium beside what
pip can install.  Without it they are skipped, unless BROWSER_TESTS=required.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

REQUIRED = os.environ.get('BROWSER_TESTS') == 'required'
#: The first of them that is there; one without a window needs a third less time.
CHROMIUM = next(
    filter(
        None,
        map(shutil.which, ('chromium-headless-shell', 'chromium', 'google-chrome')),
    ),
    None,
)
try:
    AXE = (files('axe_playwright_python') / 'axe.min.js').read_text(encoding='utf-8')
    from playwright.sync_api import expect, sync_playwright

    # On a busy machine a browser takes its time.
    expect.set_options(timeout=30_000)
except ImportError:
    if REQUIRED:
        raise
    CHROMIUM = None
if not CHROMIUM and not REQUIRED:
    pytest.skip(
        'needs Chromium (on Debian, apt-get install chromium-headless-shell) and '
        'Playwright, which make browser installs',
        allow_module_level=True,
    )

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page, Request, Response

#: With what the tests would else have to import each by itself, where it may miss.
__all__ = [
    'AXE',
    'CUT',
    'KINDS',
    'LIGHT',
    'LISTS',
    'Entry',
    'Reader',
    'choice_of',
    'chromium',
    'entries',
    'expect',
    'field_of',
    'over_both',
    'scheme',
    'shown',
    'since_of',
]

#: Without a sandbox, for containers have none for it; and it tells its maker nothing.
OPTIONS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    # No other host is there.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]


#: A page of each kind, for what takes long on all of them.
KINDS = [
    'index.html',
    'djangocon/celery.html',
    'to-do.html',
    'speakers.html',
    'search.html',
    'guide/writing-notes.html',
]


LISTS = ['packages.html', 'speakers.html', 'to-do.html']


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium."""
    assert CHROMIUM, 'BROWSER_TESTS=required, and no Chromium on the PATH'
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@dataclass
class Reader:
    """Opens pages, and notes what goes wrong in them: errors, what isn't there.

    No test may leave anything noted, so each that opens all pages looks for that too.
    """

    browser: Browser
    #: Where the site is: 'http' by a server, 'file' in a folder.
    bases: dict[str, str]
    wrong: list[str] = field(default_factory=list)
    #: What most tests share, for a new one takes as long as three pages.
    _shared: dict[tuple[str, bool], Page] = field(default_factory=dict)

    def page(
        self,
        over: str = 'http',
        *,
        script: bool = True,
        new: bool = False,
        **media: Any,
    ) -> Page:
        """Return a page, with or without scripts; if *new*, where nothing is stored."""
        if new or (over, script) not in self._shared:
            context = self.browser.new_context(
                base_url=self.bases[over], java_script_enabled=script
            )
            context.on('request', self._asked)
            context.on('requestfailed', self._failed)
            context.on('response', self._answered)
            context.on('weberror', lambda error: self.wrong.append(str(error.error)))
            context.on('console', lambda it: self.wrong.append(f'console: {it.text}'))
            page = context.new_page()
            if not new:
                self._shared[over, script] = page
        else:
            page = self._shared[over, script]
        page.set_viewport_size({'width': 1280, 'height': 720})
        as_it_is = dict.fromkeys(
            ('media', 'color_scheme', 'reduced_motion', 'forced_colors'), 'null'
        )
        page.emulate_media(**as_it_is | media)
        return page

    def leave(self) -> None:
        """Leave the browser to the next test, which must not find anything wrong."""
        for context in self.browser.contexts:
            if context.pages[0] in self._shared.values():
                context.pages[0].unroute_all()
            else:
                context.close()
        wrong, self.wrong = self.wrong, []
        assert wrong == []

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((*self.bases.values(), 'data:')):
            self.wrong.append(f'another host: {request.url}')

    def _failed(self, request: Request) -> None:
        # A reader who goes on doesn't wait for what the page still asks for.
        if request.failure != 'net::ERR_ABORTED':
            self.wrong.append(f'{request.failure}: {request.url}')

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f'{response.status}: {response.url}')


over_both = pytest.mark.parametrize('over', ['http', 'file'])


#: The choices of a filter, and the class that what each keeps has.
CLASSES = {
    'recommended': 'verdict-recommended',
    'interesting': 'verdict-interesting',
    'not-relevant': 'verdict-not-relevant',
    'spoke': 'spoke',
    'done': 'done',
}


#: Those that keep what has not that class.
WITHOUT = {'named': 'spoke', 'open': 'done'}


@dataclass(frozen=True)
class Entry:
    """An entry of a list: a term with what follows it, or an item."""

    text: str
    html: str
    shown: bool

    def fits(self, choice: str) -> bool:
        """Tell whether a choice of the filter is to keep it."""
        name = CLASSES.get(choice) or WITHOUT.get(choice) or f'fate-{choice}'
        found = re.search(rf'class="[^"]*(?<![\w-]){name}(?![\w-])', self.html)
        return bool(found) != (choice in WITHOUT)


def entries(page: Page) -> list[Entry]:
    found = page.locator('dl.talk-list, ul.talk-list:not(.places-list)').evaluate(
        """list => [...list.children].map(part => [
            part.tagName == 'DD', part.textContent, part.outerHTML,
            part.checkVisibility(),
        ])"""
    )
    grouped: list[Entry] = []
    for follows, text, html, shown in found:
        if follows:
            term = grouped.pop()
            assert term.shown == shown
            grouped.append(Entry(f'{term.text} {text}', term.html + html, shown))
        else:
            grouped.append(Entry(text, html, shown))
    return grouped


def shown(page: Page) -> list[str]:
    return [entry.text for entry in entries(page) if entry.shown]


def field_of(page: Page) -> Locator:
    return page.get_by_label('Only what has the words')


def choice_of(page: Page) -> Locator:
    return page.get_by_label('and is')


def since_of(page: Page) -> Locator:
    return page.get_by_label('and since then')


def scheme(page: Page) -> str:
    """Return what a reader sees: 'light' or 'dark', of ground and text."""

    def lightness(what: str) -> int:
        colour = page.evaluate(f'getComputedStyle(document.body).{what}')
        return sum(int(part) for part in re.findall(r'\d+', colour)[:3])

    ground, text = lightness('backgroundColor'), lightness('color')
    assert abs(ground - text) > 400
    return 'light' if ground > text else 'dark'


#: The blocks of code that are cut off.
CUT = """() => [...document.querySelectorAll('.highlight pre')]
    .filter(pre => pre.scrollWidth > pre.clientWidth)
    .map(pre => pre.textContent.slice(0, 60))"""


#: How light the points of a picture are, row by row.
LIGHT = """async data => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${data}`;
    await picture.decode();
    const canvas = document.createElement('canvas');
    canvas.width = picture.width;
    canvas.height = picture.height;
    const pen = canvas.getContext('2d');
    pen.drawImage(picture, 0, 0);
    const {data: points} = pen.getImageData(0, 0, picture.width, picture.height);
    const part = value =>
        value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    return Array.from({length: points.length / 4}, (_, n) =>
        0.2126 * part(points[4 * n] / 255) + 0.7152 * part(points[4 * n + 1] / 255)
        + 0.0722 * part(points[4 * n + 2] / 255));
}"""
