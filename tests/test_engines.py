"""What matters most of the site, in other engines than that of most tests.

``.ci/run`` installs Firefox and WebKitGTK.  Without one its test is skipped, unless
FIREFOX_TESTS=required or WEBKIT_TESTS=required.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from firefox import Firefox, firefox

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = shutil.which('firefox-esr') or shutil.which('firefox')
#: The Python whose WebKitGTK comes from the system, as that does.
PYTHON = shutil.which('python3', path='/usr/bin') or 'python3'

#: A page of each kind.
KINDS = [
    'index.html',
    'djangocon/celery.html',
    'packages.html',
    'genindex.html',
    'guide/writing-notes.html',
]


def skip(name: str, needed: str) -> NoReturn:
    """Skip a test for want of what it needs, or fail where it has to be there."""
    fail = os.environ.get(f'{name}_TESTS') == 'required'
    (pytest.fail if fail else pytest.skip)(f'needs {needed}')


@pytest.fixture
def gecko(tmp_path: Path) -> Iterator[Firefox]:
    if not COMMAND:
        skip('FIREFOX', 'Firefox (on Debian, apt-get install firefox-esr)')
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

#: How wide the page is, how far it scrolls sideways, how many blocks of code are cut
#: off, and where the first side note stands.
PLACES = """() => {
    const over = document.documentElement.scrollWidth - innerWidth;
    const cut = [...document.querySelectorAll('pre')]
        .filter(code => code.scrollWidth > code.clientWidth);
    const note = document.querySelector('.side-note')?.getBoundingClientRect();
    const text = document.querySelector('.text').getBoundingClientRect();
    const place = note && (note.left > text.right ? 'margin' : 'line');
    return [innerWidth, Math.max(0, over), cut.length, place ?? ''];
}"""

#: 'light' or 'dark', as a reader sees it.
SCHEME = """() => {
    const {color, backgroundColor} = getComputedStyle(document.body);
    const [text, ground] = [color, backgroundColor].map(
        it => it.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0));
    return ground > text ? 'light' : 'dark';
}"""


# One test, for Firefox takes as long to start as all of this.
def test_in_firefox(
    gecko: Firefox, served: str, site: Path, subtests: pytest.Subtests
) -> None:
    with subtests.test('links in running text are underlined'):
        gecko.goto(f'{served}djangocon/celery.html')
        assert gecko.evaluate(LINKS) == ['underline 1px']
    with subtests.test('what was added is in the margin, and no code is cut'):
        gecko.resize(1280, 900)
        assert gecko.evaluate(PLACES) == [1280, 0, 0, 'margin']
    with subtests.test('the scrollbar of code has the colours of the page'):
        bar = "() => getComputedStyle(document.querySelector('pre')).scrollbarColor"
        assert gecko.evaluate(bar).endswith('rgba(0, 0, 0, 0)')
    with subtests.test('no page scrolls sideways'):
        gecko.resize(500, 900)  # as narrow as it gets
        for name in KINDS:
            gecko.goto(f'{served}{name}')
            wide = 'document.documentElement.scrollWidth - innerWidth'
            assert gecko.evaluate(f'() => {wide}') <= 0, name
    with subtests.test('a search finds words and leads to them'):
        gecko.goto(f'{served}search.html')
        gecko.type('main [type=search]', 'decouple\ue007')  # and Enter
        link = '#search-results a[href*="celery"]'
        assert gecko.wait(f"() => document.querySelector('{link}')?.href")
        gecko.click(link)
        assert 'Celery' in gecko.evaluate('() => document.title')
    for base in (served, f'{site.as_uri()}/'):
        with subtests.test('a list is narrowed', base=base):
            gecko.goto(f'{base}packages.html')
            whole = gecko.evaluate(SHOWN)
            gecko.type('.filter [name=q]', 'celery')
            fits = gecko.evaluate(SHOWN)
            assert 'package--celery' in fits
            assert len(fits) < len(whole)
            gecko.ask('WebDriver:Refresh')
            assert gecko.evaluate(SHOWN) == fits
        with subtests.test('a choice of light or dark is kept', base=base):
            seen = [gecko.evaluate(SCHEME)]
            for _ in range(2):
                gecko.click('.scheme')
                seen.append(gecko.evaluate(SCHEME))
            assert seen == ['light', 'light', 'dark']
            gecko.goto(f'{base}index.html')
            assert gecko.evaluate(SCHEME) == 'dark'
            gecko.click('.scheme')


#: Whether a Python has what ``webkit.py`` needs.
HAS_WEBKIT = "import gi; gi.require_version('WebKit2', '4.1')"


def in_webkit(pages: list[tuple[str, int]], function: str, paper: Path) -> list[Any]:
    """Open pages in WebKitGTK, each in a window of a width; print the last of them.

    Return what a function returns there, and what is thrown.
    """
    if not shutil.which('xvfb-run') or subprocess.call([PYTHON, '-c', HAS_WEBKIT]):
        packages = 'gir1.2-webkit2-4.1 python3-gi xvfb xauth'
        skip('WEBKIT', f'WebKitGTK (on Debian, apt-get install {packages})')
    script = str(Path(__file__).with_name('webkit.py'))
    arguments = json.dumps([pages, function, paper.as_uri()])
    done = subprocess.run(
        ['xvfb-run', '-a', PYTHON, script, arguments],
        # There is nobody who listens, and no graphics card.
        env=os.environ | {'NO_AT_BRIDGE': '1', 'WEBKIT_DISABLE_COMPOSITING_MODE': '1'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def test_in_webkit(served: str, site: Path, tmp_path: Path) -> None:
    pages = [
        *[(f'{served}{name}', 390) for name in KINDS],
        (f'{served}search.html?q=celery', 1280),
        (f'{site.as_uri()}/packages.html?q=celery', 1280),
        (f'{served}djangocon/celery.html', 1280),
    ]
    paper = tmp_path / 'celery.pdf'
    results = "document.querySelectorAll('#search-results li').length"
    look = f'() => [({LINKS})(), {results}, ({SHOWN})(), ({PLACES})()]'
    found = in_webkit(pages, look, paper)
    assert [thrown for _seen, thrown in found] == [[]] * len(pages)
    *narrow, search, packages, talk = (seen for seen, _thrown in found)
    assert talk[0] == ['underline 1px']
    assert search[1] > 3
    assert 'package--celery' in packages[2]
    assert len(packages[2]) < 20
    assert talk[3] == [1280, 0, 0, 'margin']
    for name, (*_seen, (width, sideways, _cut, note)) in zip(
        KINDS, narrow, strict=True
    ):
        assert (width, sideways) == (390, 0), name
        assert note != 'margin', name
    # With margins of the style sheet it would lose a line of each page; as it asks for
    # the width of the window, text would be as narrow as if it had a margin beside it.
    assert len(re.findall(rb'/Type\s*/Page\b', paper.read_bytes())) == 3
