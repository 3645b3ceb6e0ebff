"""What matters most of the site, in Firefox: another engine than that of most tests.

``.ci/run`` installs Firefox.  Without it the tests are skipped, unless
FIREFOX_TESTS=required.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from firefox import Firefox, firefox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = shutil.which('firefox-esr') or shutil.which('firefox')
if not COMMAND and os.environ.get('FIREFOX_TESTS') != 'required':
    pytest.skip(
        'needs Firefox (on Debian, apt-get install firefox-esr)',
        allow_module_level=True,
    )

#: A page of each kind.
KINDS = [
    'index.html',
    'djangocon/celery.html',
    'packages.html',
    'genindex.html',
    'guide/writing-notes.html',
]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Firefox]:
    assert COMMAND, 'FIREFOX_TESTS=required, and no Firefox on the PATH'
    with firefox(COMMAND, tmp_path / 'profile') as browser:
        yield browser


#: How the links in running text are drawn, each way once.
LINKS = """() => [...new Set([...document.querySelectorAll('main p > a[href]')]
    .filter(link => !link.closest('.talk-list, .headerlink, .dead'))
    .map(link => getComputedStyle(link))
    .map(style => `${style.textDecorationLine} ${style.textDecorationThickness}`))]"""

#: The entries of a list that are shown.
SHOWN = """() => [...document.querySelectorAll('dl.talk-list > dt')]
    .filter(term => term.checkVisibility()).map(term => term.id)"""

#: 'light' or 'dark', as a reader sees it.
SCHEME = """() => {
    const {color, backgroundColor} = getComputedStyle(document.body);
    const [text, ground] = [color, backgroundColor].map(
        it => it.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0));
    return ground > text ? 'light' : 'dark';
}"""


# One test, for Firefox takes as long to start as all of this.
def test_in_firefox(
    browser: Firefox, served: str, site: Path, subtests: pytest.Subtests
) -> None:
    with subtests.test('links in running text are underlined'):
        browser.goto(f'{served}djangocon/celery.html')
        assert browser.evaluate(LINKS) == ['underline 1px']
    with subtests.test('no page scrolls sideways'):
        browser.resize(500, 900)  # as narrow as it gets
        for name in KINDS:
            browser.goto(f'{served}{name}')
            wide = 'document.documentElement.scrollWidth - innerWidth'
            assert browser.evaluate(f'() => {wide}') <= 0, name
    with subtests.test('a search finds words and leads to them'):
        browser.goto(f'{served}search.html')
        browser.type('main [type=search]', 'decouple\ue007')  # and Enter
        link = '#search-results a[href*="celery"]'
        assert browser.wait(f"() => document.querySelector('{link}')?.href")
        browser.click(link)
        assert 'Celery' in browser.evaluate('() => document.title')
    for base in (served, f'{site.as_uri()}/'):
        with subtests.test('a list is narrowed', base=base):
            browser.goto(f'{base}packages.html')
            whole = browser.evaluate(SHOWN)
            browser.type('.filter [name=q]', 'celery')
            fits = browser.evaluate(SHOWN)
            assert 'package--celery' in fits
            assert len(fits) < len(whole)
            browser.ask('WebDriver:Refresh')
            assert browser.evaluate(SHOWN) == fits
        with subtests.test('a choice of light or dark is kept', base=base):
            seen = [browser.evaluate(SCHEME)]
            for _ in range(2):
                browser.click('.scheme')
                seen.append(browser.evaluate(SCHEME))
            assert seen == ['light', 'light', 'dark']
            browser.goto(f'{base}index.html')
            assert browser.evaluate(SCHEME) == 'dark'
            browser.click('.scheme')
