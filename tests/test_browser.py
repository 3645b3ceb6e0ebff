"""The site in a real browser, as its readers use it.

``make browser`` runs these tests, and ``.ci/run`` does: they need Chromium beside what
pip can install.  Without it they are skipped, unless BROWSER_TESTS=required.
"""

from __future__ import annotations

import base64
import itertools
import os
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

REQUIRED = os.environ.get('BROWSER_TESTS') == 'required'
CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')
try:
    AXE = (files('axe_playwright_python') / 'axe.min.js').read_text(encoding='utf-8')
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    if REQUIRED:
        raise
    CHROMIUM = None
if not CHROMIUM and not REQUIRED:
    pytest.skip(
        'needs Chromium (on Debian, apt-get install chromium) and Playwright, which '
        'make browser installs',
        allow_module_level=True,
    )

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page, Request, Response, Route

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


@pytest.fixture(scope='module')
def browser() -> Iterator[Browser]:
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


@pytest.fixture(scope='module')
def any_reader(browser: Browser, served: str, site: Path) -> Reader:
    return Reader(browser, {'http': served, 'file': f'{site.as_uri()}/'})


@pytest.fixture
def reader(any_reader: Reader) -> Iterator[Reader]:
    yield any_reader
    any_reader.leave()


@pytest.fixture
def names(site: Path) -> list[str]:
    """Return the names of all pages."""
    names = [path.relative_to(site).as_posix() for path in site.rglob('*.html')]
    names = sorted(name for name in names if not name.startswith('_static/'))
    assert len(names) > 30
    return names


over_both = pytest.mark.parametrize('over', ['http', 'file'])


# Search


@dataclass(frozen=True)
class Result:
    """A result of a search."""

    name: str
    kind: str
    context: str
    address: str


def search(page: Page, words: str) -> list[Result]:
    """Return the results of a search, typed where the page puts the cursor."""
    page.goto('search.html')
    expect(page.get_by_role('searchbox')).to_be_focused()
    page.keyboard.type(words)
    rows = page.locator('#search-results li').evaluate_all(
        """items => items.map(item => [
            item.querySelector('a').textContent,
            item.querySelector('.kind').textContent,
            item.querySelector('.context').textContent,
            item.querySelector('a').getAttribute('href'),
        ])"""
    )
    results = [Result(*row) for row in rows]
    # One for each thing.
    assert len({result.address for result in results}) == len(results)
    return results


@over_both
def test_a_search_finds_words_and_what_has_a_name(reader: Reader, over: str) -> None:
    page = reader.page(over)
    (found,) = [r for r in search(page, 'decouple') if r.kind == 'talk']
    assert found.name == 'Celery'
    assert 'Why use a task queue? Decouple, Async' in found.context
    expect(page.locator('#search-results mark').first).to_have_text('Decouple')
    for words, name, kind in [
        ('celery', 'Celery', 'talk'),
        ('south', 'South', 'package'),
        ('gaynor', 'Alex Gaynor', 'person'),
        ('@enn_io', 'Jannis Leidel', 'person'),
        ('django-compressor', 'django-compressor', 'package'),
        ('websockets', 'Eric Florenzano', 'talk'),
        ('Web-Sockets', 'Eric Florenzano', 'talk'),
        ('short polling', 'Eric Florenzano', 'talk'),
        ('sqlalchémy', 'SQLAlchemy', 'package'),
    ]:
        results = search(page, words)
        assert (results[0].name, results[0].kind) == (name, kind), words
    page.get_by_role('searchbox').fill('@keimlink')
    page.get_by_role('link', name='@keimlink', exact=True).click()
    expect(page.locator(':target')).to_contain_text('@keimlink')


def test_results_are_ranked_and_each_shows_the_word(reader: Reader) -> None:
    page = reader.page('file')
    order = ['talk', 'person', 'package', 'guide', 'page']
    for words in ('celery', 'redis', 'django', 'links'):
        results = search(page, words)
        assert len(results) > 2
        text = [r for r in results if words not in r.name.lower()]
        kinds = [order.index(result.kind) for result in text]
        assert kinds == sorted(kinds), words
        assert all(words in result.context.lower() for result in text), words
        assert all(len(result.context) > 10 for result in results), words


def test_words_are_no_forms_of_each_other(reader: Reader) -> None:
    page = reader.page('file')
    names = {result.name for result in search(page, 'pypy')}
    assert 'Django and PyPy' in names
    assert 'Celery' not in names  # It has links to PyPI.
    assert 'Django and PyPy' not in {result.name for result in search(page, 'pypi')}


def test_what_was_generated_is_not_found(reader: Reader) -> None:
    page = reader.page('file')
    for words in ('In short', 'recommended', 'maintained', 'Since then'):
        found = [result for result in search(page, words) if result.kind == 'talk']
        assert len(found) < 4, words


@over_both
def test_a_search_that_finds_nothing_helps(reader: Reader, over: str) -> None:
    page = reader.page(over)
    main = page.get_by_role('main')
    assert search(page, 'xyzzyplugh') == []
    expect(page.get_by_role('status')).to_have_text(
        'Nothing was found for “xyzzyplugh”.'
    )
    expect(main.get_by_role('link', name='the index')).to_be_visible()
    expect(main).not_to_contain_text('Did you mean')
    assert search(page, 'selery') == []
    expect(main).to_contain_text('Did you mean Celery?')
    page.get_by_role('searchbox').fill('')
    expect(main.get_by_role('link', name='the index')).to_be_visible()
    assert page.get_by_role('status').text_content() == ''


def test_a_search_is_in_the_address(reader: Reader) -> None:
    page = reader.page()
    search(page, 'south')
    assert parse_qs(urlsplit(page.url).query) == {'q': ['south']}
    found = page.locator('#search-results li').count()
    page.reload()
    expect(page.locator('#search-results li')).to_have_count(found)
    expect(page.get_by_role('searchbox')).to_be_focused()


def test_a_slash_searches_from_every_page(reader: Reader) -> None:
    page = reader.page()
    for name in ('index.html', 'djangocon/celery.html', 'packages.html'):
        page.goto(name)
        page.keyboard.press('/')
        page.wait_for_url('**/search.html')
        expect(page.get_by_role('searchbox')).to_be_focused()
        page.keyboard.type('/south')
        expect(page.get_by_role('searchbox')).to_have_value('/south')
    # Typed into a field it is a slash.
    page.goto('packages.html')
    field_of(page).focus()
    page.keyboard.type('a/b')
    expect(field_of(page)).to_have_value('a/b')


# Filters

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


def test_typing_narrows_a_list(reader: Reader) -> None:
    page = reader.page('file')
    said = page.locator('.filter output')
    for name, words in zip(LISTS, ('celery', 'panel', 'apps'), strict=True):
        page.goto(name)
        whole = shown(page)
        expect(said).to_have_text('')
        for typed in (words, words.upper(), f'  django {words} '):
            field_of(page).fill(typed)
            asked = typed.lower().split()
            fit = [text for text in whole if all(w in text.lower() for w in asked)]
            assert 0 < len(fit) < len(whole), (name, typed)
            assert shown(page) == fit, (name, typed)
            expect(said).to_have_text(f'{len(fit)} of {len(whole)}')
        field_of(page).fill('xyzzyplugh')
        assert shown(page) == [], name
        expect(said).to_have_text(
            f'None of {len(whole)}: take away a word, or choose “all”.'
        )
        field_of(page).fill('')
        assert shown(page) == whole, name


def test_a_choice_narrows_a_list(reader: Reader) -> None:
    page = reader.page()
    for name, choices in {
        'packages.html': {'recommended', 'interesting'},
        'speakers.html': {'spoke', 'named'},
        'to-do.html': {'open'},
    }.items():
        page.goto(name)
        whole = entries(page)
        options = choice_of(page).locator('option')
        offered = options.evaluate_all('tags => tags.map(tag => tag.value)')
        assert choices <= set(offered)
        for choice in filter(None, offered):
            choice_of(page).select_option(choice)
            fit = [entry.text for entry in whole if entry.fits(choice)]
            assert fit, choice
            assert (choice, shown(page)) == (choice, fit)


def test_words_and_a_choice_narrow_together(reader: Reader) -> None:
    page = reader.page()
    page.goto('packages.html')
    whole = entries(page)
    field_of(page).fill('celery')
    since_of(page).select_option('maintained')
    fit = [e.text for e in whole if e.fits('maintained') and 'celery' in e.text.lower()]
    assert fit
    assert shown(page) == fit


def test_a_verdict_and_what_became_of_it_narrow_together(reader: Reader) -> None:
    page = reader.page()
    page.goto('packages.html')
    whole = entries(page)
    options = since_of(page).locator('option')
    fates = options.evaluate_all('tags => tags.map(tag => tag.value)')[1:]
    assert {'maintained', 'deprecated', 'dormant', 'unknown'} <= set(fates)
    choice_of(page).select_option('recommended')
    found = []
    for fate in fates:
        since_of(page).select_option(fate)
        fit = [e.text for e in whole if e.fits('recommended') and e.fits(fate)]
        assert (fate, shown(page)) == (fate, fit)
        found += fit
    assert len(found) == 17
    # Each says both.
    since_of(page).select_option('maintained')
    for text in shown(page):
        assert 'recommended' in text.lower()
        assert 'maintained' in text
    asked = parse_qs(urlsplit(page.url).query)
    assert asked == {'is': ['recommended'], 'since': ['maintained']}
    kept = shown(page)
    page.reload()
    assert shown(page) == kept
    # As it was before there were two of them.
    page.goto('packages.html?is=dormant')
    expect(since_of(page)).to_have_value('dormant')
    assert shown(page) == [e.text for e in whole if e.fits('dormant')]


def test_the_address_keeps_words_and_choice(reader: Reader) -> None:
    page = reader.page()
    page.goto('packages.html')
    field_of(page).fill('django')
    choice_of(page).select_option('recommended')
    asked = parse_qs(urlsplit(page.url).query)
    assert asked == {'q': ['django'], 'is': ['recommended']}
    kept = shown(page)
    assert kept

    def assert_kept() -> None:
        expect(field_of(page)).to_have_value('django')
        expect(choice_of(page)).to_have_value('recommended')
        assert shown(page) == kept

    page.reload()
    assert_kept()
    page.locator('.top').get_by_role('link', name='Speakers').click()
    expect(page).to_have_title(re.compile('^Speakers'))
    page.go_back()
    assert_kept()
    field_of(page).fill('')
    choice_of(page).select_option('all')
    assert urlsplit(page.url).query == ''


def test_a_filter_ignores_accents(reader: Reader, site: Path) -> None:
    whole = (site / 'to-do.html').read_text(encoding='utf-8')
    accented = whole.replace('>Celery</span>', '>Cèlery</span>')
    assert accented != whole
    page = reader.page()
    page.route('**/to-do.html', lambda route: route.fulfill(body=accented))
    page.goto('to-do.html')
    for words in ('celery', 'CÉLÉRY'):
        field_of(page).fill(words)
        (text,) = shown(page)
        assert 'Cèlery' in text


def test_a_link_to_an_entry_shows_it_whatever_the_filter(reader: Reader) -> None:
    page = reader.page()
    page.goto('packages.html?q=celery')
    south = page.locator('#package--south')
    expect(south).to_be_hidden()
    page.evaluate("location.hash = '#package--south'")
    for _ in range(2):
        expect(south).to_be_in_viewport()
        assert urlsplit(page.url).query == ''
        expect(field_of(page)).to_have_value('')
        assert all(entry.shown for entry in entries(page))
        # From another page too.
        page.goto('index.html')
        page.goto('packages.html?q=celery#package--south')


def test_without_a_script_a_list_is_whole(reader: Reader) -> None:
    page = reader.page(script=False)
    for name in LISTS:
        page.goto(f'{name}?q=xyzzyplugh')
        whole = entries(page)
        assert len(whole) > 10
        assert all(entry.shown for entry in whole)
        expect(field_of(page)).to_be_hidden()
        expect(page.locator('noscript p')).to_be_visible()


# The register of packages


def test_the_legend_of_the_bar_filters(reader: Reader) -> None:
    page = reader.page()
    page.goto('packages.html')
    whole = entries(page)
    dormant = page.get_by_role('button', name=re.compile(r'\d+ dormant'))
    dormant.click()
    fit = [entry.text for entry in whole if entry.fits('dormant')]
    assert shown(page) == fit
    assert parse_qs(urlsplit(page.url).query) == {'since': ['dormant']}
    expect(dormant).to_have_attribute('aria-pressed', 'true')
    dormant.click()
    assert len(shown(page)) == len(whole)
    expect(dormant).to_have_attribute('aria-pressed', 'false')
    # Each piece of the bar is in the legend, in its order and colour.
    fills = 'parts => parts.map(part => part.getAttribute("fill"))'
    pieces = page.locator('svg.fates rect').evaluate_all(fills)
    assert page.locator('.legend rect').evaluate_all(fills) == pieces
    assert len(pieces) > 6


@pytest.mark.parametrize('colours', ['light', 'dark'])
def test_the_pieces_of_the_bar_are_told_apart(reader: Reader, colours: str) -> None:
    page = reader.page(new=True, color_scheme=colours)
    page.goto('packages.html')
    box = page.locator('svg.fates').bounding_box()
    assert box
    clip = {'x': 0, 'y': box['y'] + 8, 'width': box['x'] + box['width'], 'height': 1}
    picture = page.screenshot(clip=clip)  # type: ignore[arg-type]
    light = page.evaluate(LIGHT, base64.b64encode(picture).decode())
    ground = light[0]
    inside = light[int(box['x']) + 3 : -3]
    # Runs of the same light: the pieces, and gaps of the ground between them.
    runs = [(value, len(list(same))) for value, same in itertools.groupby(inside)]
    pieces = [value for value, length in runs if length > 5]
    ratio = [(max(v, ground) + 0.05) / (min(v, ground) + 0.05) for v in pieces]
    assert min(ratio) > 3
    gaps = [length for value, length in runs if value == ground]
    assert len(gaps) == len(pieces) - 1
    steps = itertools.pairwise(pieces)
    assert all(max(a, b) + 0.05 > 1.2 * (min(a, b) + 0.05) for a, b in steps)


#: Where an entry's parts stand, and the colour behind each.
PARTS = """name => {
    const term = document.getElementById(`package--${name}`);
    const parts = [
        term, ...term.nextElementSibling.querySelectorAll(':scope > ul, .since-then')];
    return parts.map(part => {
        const {left, right, top} = part.getBoundingClientRect();
        const holder = part.closest('dt, dd');
        return [left, right, top, getComputedStyle(holder).backgroundColor];
    });
}"""


@pytest.mark.parametrize('width', [1280, 1920])
def test_a_wide_screen_has_what_was_said_beside_what_became_of_it(
    reader: Reader, width: int
) -> None:
    page = reader.page()
    page.set_viewport_size({'width': width, 'height': 900})
    page.goto('packages.html')
    term, said, since = page.evaluate(PARTS, 'south')
    assert term[1] < said[0] < said[1] < since[0] < since[1]
    assert since[1] - term[0] > min(width, 1600) * 0.9
    # Within a line: the term has room above it.
    assert max(said[2], since[2]) - min(said[2], since[2]) < 8
    assert page.evaluate('document.documentElement.scrollHeight') < 16_000


def test_sources_are_folded(reader: Reader) -> None:
    page = reader.page(script=False)
    page.goto('packages.html')
    south = page.locator('#package--south + dd')
    source = south.get_by_role('link', name='docs.djangoproject.com')
    expect(source).to_be_hidden()
    south.locator('summary').click()
    expect(source).to_be_visible()


def test_letters_lead_to_the_first_entry_of_each(reader: Reader) -> None:
    page = reader.page('file')
    page.goto('packages.html?q=celery')
    letters = page.get_by_role('navigation', name='By letter').get_by_role('link')
    names = letters.all_text_contents()
    assert names == sorted(set(names))
    assert len(names) > 20
    letters.get_by_text('S', exact=True).click()
    first = page.locator(':target')
    expect(first).to_be_in_viewport()
    entries = page.locator('dl.package-list > dt')
    before = entries.evaluate_all(
        'terms => terms[terms.indexOf(document.querySelector(":target")) - 1].innerText'
    )
    assert first.inner_text()[0] in 'sS'
    assert before[0] not in 'sS'


@pytest.mark.parametrize('width', [390, 1280])
def test_a_link_to_an_entry_marks_all_of_it(reader: Reader, width: int) -> None:
    page = reader.page()
    page.set_viewport_size({'width': width, 'height': 900})
    page.goto('packages.html#package--south')
    expect(page.locator('#package--south')).to_be_in_viewport()
    marked = {colour for *_box, colour in page.evaluate(PARTS, 'south')}
    plain = {colour for *_box, colour in page.evaluate(PARTS, 'sqlalchemy')}
    assert len(marked) == len(plain) == 1
    assert marked != plain


# Light and dark


def scheme(page: Page) -> str:
    """Return what a reader sees: 'light' or 'dark', of ground and text."""

    def lightness(what: str) -> int:
        colour = page.evaluate(f'getComputedStyle(document.body).{what}')
        return sum(int(part) for part in re.findall(r'\d+', colour)[:3])

    ground, text = lightness('backgroundColor'), lightness('color')
    assert abs(ground - text) > 400
    return 'light' if ground > text else 'dark'


@pytest.mark.parametrize('script', [True, False])
def test_a_page_is_as_the_system_has_it(reader: Reader, script: bool) -> None:
    page = reader.page(script=script, color_scheme='dark')
    page.goto('djangocon/celery.html')
    assert scheme(page) == 'dark'
    page.emulate_media(color_scheme='light')
    assert scheme(page) == 'light'


def test_the_button_goes_round_and_says_where_it_is(reader: Reader) -> None:
    page = reader.page(new=True, color_scheme='light')
    page.goto('index.html')
    button = page.locator('.scheme')
    for name, seen in [('auto', 'light'), ('light', 'light'), ('dark', 'dark')] * 2:
        expect(button).to_have_accessible_name(f'Light or dark: {name}')
        assert scheme(page) == seen
        button.click()


def test_a_choice_holds_against_the_system(reader: Reader) -> None:
    page = reader.page(new=True, color_scheme='dark')
    page.goto('index.html')
    page.locator('.scheme').click()
    assert scheme(page) == 'light'
    page.emulate_media(color_scheme='light')
    page.locator('.scheme').click()
    assert scheme(page) == 'dark'


@over_both
def test_a_choice_is_there_before_anything_is_seen(reader: Reader, over: str) -> None:
    page = reader.page(over, new=True, color_scheme='light')
    page.goto('index.html')
    page.locator('.scheme').click(click_count=2)
    assert scheme(page) == 'dark'

    def nothing(route: Route) -> None:
        route.fulfill(body='', content_type='text/javascript')

    # A script in a file may come late: none is needed.
    page.route('**/*.js*', nothing)
    for name in ('index.html', 'speakers.html'):
        page.goto(name)
        assert scheme(page) == 'dark'
        first = page.locator('body > *').first
        assert first.evaluate('tag => tag.matches("script:not([src])")')


def test_another_tab_follows(reader: Reader) -> None:
    page = reader.page(new=True, color_scheme='light')
    page.goto('index.html')
    other = page.context.new_page()
    other.goto('speakers.html')
    page.locator('.scheme').click(click_count=2)
    other.wait_for_function("document.body.dataset.theme == 'dark'")
    expect(other.locator('.scheme')).to_have_accessible_name('Light or dark: dark')


def test_where_nothing_can_be_stored_filter_and_scheme_are_there(
    reader: Reader,
) -> None:
    page = reader.page(new=True, color_scheme='light')
    page.add_init_script(
        """Object.defineProperty(window, 'localStorage', {
            get() { throw new DOMException('blocked', 'SecurityError'); }
        })"""
    )
    page.goto('packages.html')
    field_of(page).fill('celery')
    assert 0 < len(shown(page)) < 50
    page.locator('.scheme').click(click_count=2)
    assert scheme(page) == 'dark'
    # The script in Furo's page fails: that is how it is known.
    assert all('blocked' in wrong for wrong in reader.wrong)
    reader.wrong.clear()


def test_under_any_address_what_is_not_there_is_said_in_the_sites_look(
    reader: Reader, site: Path
) -> None:
    page = reader.page(new=True, color_scheme='light')
    missing = (site / '404.html').read_text(encoding='utf-8')
    page.route(
        re.compile('/a/b/'),
        lambda route: route.fulfill(status=404, body=missing, content_type='text/html'),
    )
    page.goto('a/b/c.html')
    ground = 'getComputedStyle(document.body).backgroundColor'
    assert page.evaluate(ground) == 'rgb(253, 251, 246)'
    link = page.locator('.top nav a').first
    assert link.evaluate('link => getComputedStyle(link).fontStyle') == 'italic'
    # What else it asks for under that address isn't there either.
    reader.wrong.clear()


# Keyboard


def test_the_first_tab_skips_to_the_text(reader: Reader) -> None:
    page = reader.page()
    skip = page.get_by_role('link', name='Skip to content')
    inside = 'document.activeElement.closest("main, main ~ *") != null'
    for name in KINDS:
        if name == 'search.html':  # There the cursor is in the field.
            continue
        page.goto(name)
        expect(skip).not_to_be_in_viewport()
        page.keyboard.press('Tab')
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport(ratio=1)
        page.keyboard.press('Enter')
        expect(page.get_by_role('main')).to_be_focused()
        page.keyboard.press('Tab')
        assert page.evaluate(inside), name


#: Goes back to where no element has the focus yet, from a field that takes it.
FROM_THE_TOP = """() => {
    document.activeElement.blur();
    const start = document.createElement('span');
    document.body.prepend(start);
    start.tabIndex = -1;
    start.focus();
    start.remove();
}"""

#: Notes every element that gets the focus: how it looked before, how it looks then.
WATCH = """() => {
    const can = 'a[href], button, input, select, summary, [tabindex="0"]';
    const look = tag => {
        const style = getComputedStyle(tag);
        return [
            style.outlineStyle == 'none' ? '' : style.outlineWidth + style.outlineColor,
            style.boxShadow, style.backgroundColor, style.borderColor,
            style.textDecoration,
        ].join();
    };
    const say = tag => `${tag.tagName} ${tag.textContent.trim().slice(0, 40)}`;
    const there = [...document.querySelectorAll(can)].filter(
        tag => tag.checkVisibility({visibilityProperty: true}));
    window.expected = there.map(say);
    window.walked = [];
    window.unseen = [];
    const before = new Map(there.map(tag => [tag, look(tag)]));
    addEventListener('focusin', ({target}) => {
        walked.push(say(target));
        const box = target.getBoundingClientRect();
        if (
            look(target) == before.get(target)
            || !target.checkVisibility({opacityProperty: true})
            || !(box.width && box.height && box.bottom > 0 && box.top < innerHeight)
        ) unseen.push(say(target));
    });
}"""


def test_tab_walks_all_of_a_page_in_sight(reader: Reader) -> None:
    page = reader.page(reduced_motion='reduce')
    for name in KINDS:
        page.goto(name)
        page.evaluate(FROM_THE_TOP)
        page.evaluate(WATCH)
        expected = page.evaluate('expected')
        assert len(expected) > 15
        for _ in expected:
            page.keyboard.press('Tab')
        assert page.evaluate('walked') == expected, name
        assert page.evaluate('unseen') == [], name
        # Not a trap: back it goes, and on, out of the page or round to its start.
        page.keyboard.press('Shift+Tab')
        assert page.evaluate('walked').pop() == expected[-2], name
        page.keyboard.press('Tab')
        page.keyboard.press('Tab')
        assert page.evaluate('document.activeElement.matches("body, .skip")'), name


def test_code_is_a_stop_only_where_it_scrolls(reader: Reader) -> None:
    page = reader.page('file')
    page.goto('djangocon/celery.html')
    code = page.locator('.highlight pre')
    stops = page.locator('.highlight pre[tabindex="0"]')
    assert code.count() == 10
    expect(stops).to_have_count(0)
    page.set_viewport_size({'width': 390, 'height': 844})
    expect(stops).to_have_count(len(page.evaluate(CUT)))
    assert stops.count() > 2
    page.set_viewport_size({'width': 1280, 'height': 844})
    expect(stops).to_have_count(0)
    # Without a script nobody knows which scroll.
    bare = reader.page(script=False)
    bare.goto('djangocon/celery.html')
    expect(bare.locator('.highlight pre[tabindex="0"]')).to_have_count(10)


def test_by_ear_every_permalink_has_a_name_of_its_own(reader: Reader) -> None:
    page = reader.page('file')
    for name in ('packages.html', 'guide/writing-notes.html', 'speakers.html'):
        page.goto(name)
        links = page.locator('a.headerlink')
        labels = links.evaluate_all('links => links.map(link => link.ariaLabel)')
        assert len(labels) > 10
        assert all(re.fullmatch(r'Link to this \w+: .+', label) for label in labels)
    page.goto('packages.html')
    link = page.locator('#package--south').get_by_role('link')
    expect(link).to_have_accessible_name('Link to this definition: South')


def test_a_phone_shows_permalinks_and_a_finger_hits_them(reader: Reader) -> None:
    context = reader.browser.new_context(
        base_url=reader.bases['file'],
        viewport={'width': 390, 'height': 844},
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    for name in ('packages.html', 'guide/writing-notes.html', 'djangocon/celery.html'):
        page.goto(name)
        small = page.locator('a.headerlink').evaluate_all(
            """links => links.filter(link => {
                const {width, height} = link.getBoundingClientRect();
                return width < 24 || height < 24 || getComputedStyle(link).opacity < 1;
            }).length"""
        )
        assert (name, small) == (name, 0)
        wide = 'document.documentElement.scrollWidth - innerWidth'
        assert page.evaluate(wide) <= 0
    page.goto('packages.html')
    page.locator('#package--south a.headerlink').tap()
    assert page.url.endswith('#package--south')


def test_contents_say_by_ear_where_one_is(reader: Reader) -> None:
    page = reader.page('file')
    for name in ('djangocon/celery.html', 'packages.html', 'guide/writing-notes.html'):
        page.goto(name)
        here = page.locator('.contents [aria-current="page"]')
        expect(here).to_have_count(1)
        title = page.get_by_role('heading', level=1).inner_text().rstrip('¶')
        expect(here).to_have_text(title)


def test_code_in_a_title_is_in_one_line_with_it_where_one_turns(reader: Reader) -> None:
    page = reader.page('file')
    page.goto('guide/from-the-programme.html')
    title = page.locator('.turn a[rel=next]')
    expect(title).to_contain_text('sphinx-talknotes')
    assert title.inner_text().splitlines()[1:] == [
        'Writing notes with sphinx-talknotes'
    ]


# What was added later

#: Where each side note is, whether its brackets are seen, and what is wrong with it.
SIDE_NOTES = """() => {
    const text = document.querySelector('.text').getBoundingClientRect();
    const boxes = '.side-note, .highlight, .table-wrapper, .contents, h2';
    const apart = (a, b) => a.right <= b.left || b.right <= a.left
        || a.bottom <= b.top || b.bottom <= a.top;
    return [...document.querySelectorAll('.side-note')].map(note => {
        const box = note.getBoundingClientRect();
        const line = note.parentElement.getBoundingClientRect();
        const others = [...document.querySelectorAll(boxes)].filter(it => it != note);
        return [
            box.left > text.right ? 'margin' : 'line',
            note.checkVisibility() && note.innerText.trim().startsWith('['),
            others.filter(it => !apart(box, it.getBoundingClientRect()))
                .map(it => it.outerHTML.slice(0, 60)),
            note.tagName == 'SPAN' && Math.abs(box.top - line.top) > 90,
        ];
    });
}"""


def test_what_was_added_is_in_the_margin_or_in_brackets(reader: Reader) -> None:
    page = reader.page('file')
    for name in ('mozilla', 'celery', 'bitbucket', 'building-apis-for-mobile'):
        page.goto(f'djangocon/{name}.html')
        for width, media, where in [
            (1152, 'screen', 'margin'),
            (1920, 'screen', 'margin'),
            (1100, 'screen', 'line'),
            (390, 'screen', 'line'),
            (1280, 'print', 'line'),
        ]:
            page.set_viewport_size({'width': width, 'height': 800})
            page.emulate_media(media=media)  # type: ignore[arg-type]
            notes = page.evaluate(SIDE_NOTES)
            assert len(notes) > 3
            in_margin = where == 'margin'
            for place, has_brackets, over, far in notes:
                assert (place, has_brackets) == (where, not in_margin), (name, width)
                assert not in_margin or (over, far) == ([], False), (name, width)
    # No space is left over where a note stood.
    page.emulate_media(media='screen')
    page.goto('djangocon/mozilla.html')
    text = page.locator('li', has_text='Use Zeus load balancer').inner_text()
    assert re.search(r'balancer\s*now Ivanti [^.]*Manager\n?\. http', text), text


# What is named most

#: The crosses that aren't below the head of the talk whose title they have.
ASTRAY = """() => {
    const middle = tag => {
        const {left, right} = tag.getBoundingClientRect();
        return (left + right) / 2;
    };
    const heads = new Map([...document.querySelectorAll('.named-most .is-page')]
        .map(head => [head.innerText, middle(head)]));
    return [...document.querySelectorAll('.named-most .is-named')]
        .filter(cross => Math.abs(middle(cross) - heads.get(cross.innerText)) > 2
            || cross.firstElementChild.offsetWidth > 1)
        .map(cross => cross.outerHTML);
}"""


def test_what_is_named_most_is_one_grid_and_on_a_phone_says_where(
    reader: Reader,
) -> None:
    page = reader.page()
    page.goto('index.html')
    table = page.get_by_role('table')
    heads = table.locator('.is-page')
    assert heads.count() > 10
    for head in heads.all():
        expect(head.get_by_role('link')).to_have_count(1)
    assert page.evaluate(ASTRAY) == []
    # Each package is said once.
    assert page.locator('main').inner_text().count('virtualenv') == 1
    page.set_viewport_size({'width': 390, 'height': 844})
    row = table.locator('tr', has_text='arecibo')
    words = ' '.join(row.inner_text().split())
    assert words == 'arecibo Mozilla Continuous Integration and Deployment'
    row.get_by_role('link', name='arecibo').click()
    expect(page.locator('#package--arecibo')).to_be_in_viewport()


# Without a script


def test_without_a_script_the_ways_through_the_site_work(reader: Reader) -> None:
    page = reader.page(script=False)
    page.goto('index.html')
    heading = page.get_by_role('heading', level=1)
    page.get_by_role('main').get_by_role('link', name='unjoinify').first.click()
    expect(heading).to_contain_text('unjoinify')
    page.get_by_role('link', name='After').click()
    expect(heading).to_contain_text('Celery')
    page.get_by_role('link', name='Before').click()
    expect(heading).to_contain_text('unjoinify')
    contents = page.get_by_role('navigation', name='Contents')
    contents.get_by_role('link', name='Mozilla').click()
    expect(heading).to_contain_text('Mozilla')
    site = page.get_by_role('navigation', name='Site')
    for name in (
        *('Talks', 'Packages', 'Fifteen years later', 'Speakers', 'To-dos', 'Links'),
        'Search',
    ):
        site.get_by_role('link', name=name).click()
        title = 'DjangoCon Europe 2011' if name == 'Talks' else name
        expect(heading).to_contain_text(title)
    page.get_by_role('main').get_by_role('link', name='index').click()
    expect(heading).to_contain_text('Index')


# Without a script, and on paper

#: The lines of a page as they are seen, but for what only a script makes use of.
LINES = """() => {
    for (const tag of document.querySelectorAll('.filter, .scheme'))
        tag.style.display = 'none';
    return document.body.innerText.split('\\n').map(line => line.trim());
}"""

#: The text of a page, but for what leads through it; what is folded is unfolded.
TEXT = """() => {
    for (const tag of document.querySelectorAll('.text details')) tag.open = true;
    const aside = [...document.querySelectorAll(
        '.headerlink, .on-this-page, .letters, .colophon, form, noscript')];
    const was = aside.map(tag => tag.style.display);
    for (const tag of aside) tag.style.display = 'none';
    const text = document.querySelector('main').innerText;
    aside.forEach((tag, number) => { tag.style.display = was[number]; });
    return text.split(/\\s+/).filter(Boolean);
}"""

#: What is wrong with a page on paper.
PRINTED = """() => {
    const wrong = [];
    const said = (what, tag) => wrong.push(`${what}: ${tag.outerHTML.slice(0, 80)}`);
    for (const tag of document.querySelectorAll(
        'nav, button:not(.legend *), input, select, .skip, .headerlink'))
        if (tag.checkVisibility({visibilityProperty: true})) said('of no use', tag);
    for (const link of document.querySelectorAll('main a[href^="http"]')) {
        if (!link.checkVisibility()) continue;
        const address = link.getAttribute('href');
        const after = getComputedStyle(link, '::after').content;
        const bare = address.replace(/^\\w+:\\/\\/(www\\.)?|\\/$/g, '');
        if (after.includes(address) == link.textContent.includes(bare))
            said('no address, or twice', link);
    }
    for (const tag of document.querySelectorAll('html, main, main *'))
        if (tag.checkVisibility() && tag.scrollWidth > tag.clientWidth + 1
            && getComputedStyle(tag).overflowX != 'visible') said('cut off', tag);
    for (const code of document.querySelectorAll('[class*="highlight-"]')) {
        const label = code.previousElementSibling;
        if (label && getComputedStyle(label).breakAfter != 'avoid')
            said('parted from its code', label);
    }
    const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]);
    if (!rules.some(({cssText}) => /^@page.*counter\\(page\\)/s.test(cssText)))
        wrong.push('no page numbers');
    return wrong;
}"""


def test_without_a_script_and_on_paper_no_text_is_missing(
    reader: Reader, names: list[str]
) -> None:
    page, bare = reader.page(), reader.page(script=False)
    for each in (page, bare):
        # A4 in pixels, without its margins.
        each.set_viewport_size({'width': 628, 'height': 900})
    wrong: dict[str, list[str]] = {}
    for name in names:
        page.emulate_media(media='screen')
        page.goto(name)
        lines, text = page.evaluate(LINES), page.evaluate(TEXT)
        assert len(lines) > 10
        page.emulate_media(media='print')
        wrong[name] = page.evaluate(PRINTED)
        assert page.evaluate(TEXT) == text
        bare.goto(name)
        there = set(bare.evaluate(LINES))
        wrong[name] += [line for line in lines if line not in there]
    assert wrong == {name: [] for name in names}


def test_on_paper_it_is_dark_on_light(reader: Reader) -> None:
    page = reader.page(new=True, color_scheme='dark')
    page.goto('djangocon/celery.html')
    page.locator('.scheme').click(click_count=2)
    page.emulate_media(media='print')
    assert scheme(page) == 'light'


@pytest.mark.parametrize(
    ('name', 'least', 'most'),
    [
        ('index.html', 1, 3),
        ('djangocon/celery.html', 2, 4),
        ('packages.html', 5, 20),
    ],
)
def test_a_page_can_be_printed(
    reader: Reader, name: str, least: int, most: int
) -> None:
    page = reader.page()
    page.goto(name)
    made = page.pdf(format='A4')
    assert made.startswith(b'%PDF-')
    assert least <= len(re.findall(rb'/Type\s*/Page\b', made)) <= most


# Small screens, large text

#: What scrolls sideways and can't be reached by keyboard.
UNREACHED = """() => [...document.querySelectorAll('main *')].filter(tag =>
    tag.scrollWidth > tag.clientWidth
    && /auto|scroll/.test(getComputedStyle(tag).overflowX)
    && tag.tabIndex < 0 && !tag.querySelector('a[href]')
).map(tag => tag.outerHTML.slice(0, 80))"""


#: Waits until all sizes are what they will be.
FRAME = """() => new Promise(
    done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"""


def test_no_page_scrolls_sideways(reader: Reader, names: list[str]) -> None:
    page = reader.page('file')
    wide: dict[str, list[object]] = defaultdict(list)
    for name in names:
        page.set_viewport_size({'width': 320, 'height': 640})
        page.goto(name)
        for text in ('100%', '200%'):
            if text == '200%':
                page.set_viewport_size({'width': 640, 'height': 640})
            width, bound = page.evaluate(
                """size => {
                    const root = document.documentElement;
                    root.style.fontSize = size;
                    return [root.scrollWidth, innerWidth];
                }""",
                text,
            )
            if width > bound:
                wide[name].append((text, width))
            page.evaluate(FRAME)
            wide[name] += page.evaluate(UNREACHED)
    assert wide == {name: [] for name in names}


#: The blocks of code that are cut off.
CUT = """() => [...document.querySelectorAll('.highlight pre')]
    .filter(pre => pre.scrollWidth > pre.clientWidth)
    .map(pre => pre.textContent.slice(0, 60))"""

#: How wide the widest paragraph is, in letters of half its height.
MEASURE = """() => Math.max(0, ...[...document.querySelectorAll('.text p')].map(
    text => 2 * text.clientWidth / parseFloat(getComputedStyle(text).fontSize)))"""


def test_code_takes_the_room_there_is_and_prose_has_its_measure(
    reader: Reader, names: list[str]
) -> None:
    page = reader.page('file')
    cut = {}
    with_code = [name for name in names if name.startswith(('guide/', 'djangocon/'))]
    for name in with_code:
        page.goto(name)
        cut[name] = page.evaluate(CUT)
        assert page.evaluate(MEASURE) < 80, name
    assert cut == {name: [] for name in with_code}


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


def contrast_at_the_edge(page: Page, code: Locator) -> float:
    """Return the contrast between code's right edge and what is beside it."""
    code.scroll_into_view_if_needed()
    box = code.bounding_box()
    assert box
    # Above the first line, where there are no letters.
    clip = {'x': box['x'] + box['width'] - 30, 'y': box['y'] + 3, 'width': 29}
    picture = page.screenshot(clip=clip | {'height': 4})  # type: ignore[arg-type]
    light = page.evaluate(LIGHT, base64.b64encode(picture).decode())
    most, least = max(light), min(light)
    return float((most + 0.05) / (least + 0.05))


@pytest.mark.parametrize('colours', ['light', 'dark', 'forced'])
def test_code_that_is_cut_has_a_hint_of_it(reader: Reader, colours: str) -> None:
    page = reader.page(
        new=True,
        color_scheme='light' if colours == 'light' else 'dark',
        forced_colors='active' if colours == 'forced' else 'none',
    )
    page.set_viewport_size({'width': 390, 'height': 844})
    page.goto('djangocon/celery.html')
    cut = page.locator('pre', has_text='spam_filter').first
    assert contrast_at_the_edge(page, cut) > 1.5
    cut.evaluate('code => { code.scrollLeft = code.scrollWidth }')
    assert contrast_at_the_edge(page, cut) < 1.1
    whole = page.locator('pre', has_text='pip install celery').first
    assert contrast_at_the_edge(page, whole) < 1.1


def test_the_index_has_the_width_of_a_phone(reader: Reader) -> None:
    page = reader.page()
    page.set_viewport_size({'width': 390, 'height': 844})
    page.goto('genindex.html')
    items = page.locator('.indextable > tbody > tr > td > ul > li')
    narrow = items.evaluate_all(
        'items => items.filter(it => it.clientWidth < innerWidth * 0.8).length'
    )
    assert items.count() > 100
    assert narrow == 0


# What a reader set in the system

#: Links and fields that can't be told from what is behind them.
FADED = """() => {
    const ground = tag => {
        for (; tag; tag = tag.parentElement) {
            const colour = getComputedStyle(tag).backgroundColor;
            if (!/^rgba.*, 0\\)$/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    return [...document.querySelectorAll('a[href], button, input, select, summary')]
        .filter(tag => tag.checkVisibility({visibilityProperty: true}))
        .filter(tag => {
            const style = getComputedStyle(tag);
            const behind = ground(tag);
            const bordered = style.borderTopStyle != 'none'
                && parseFloat(style.borderTopWidth) && style.borderTopColor != behind;
            return style.color == behind
                || (/BUTTON|INPUT|SELECT/.test(tag.tagName) && !bordered);
        })
        .map(tag => tag.outerHTML.slice(0, 80));
}"""


#: How heavy the link to this page is, and how heavy the others are.
WEIGHTS = """links => [true, false].map(here => links
    .filter(link => link.checkVisibility())
    .filter(link => here == (link.pathname == location.pathname && !link.hash))
    .map(link => Number(getComputedStyle(link).fontWeight)))"""


@pytest.mark.parametrize('colours', ['light', 'dark'])
def test_in_colours_of_the_system_links_and_fields_are_seen(
    reader: Reader, colours: str
) -> None:
    page = reader.page(forced_colors='active', color_scheme=colours)
    for name in [*KINDS, 'packages.html']:
        page.goto(name)
        assert page.evaluate('matchMedia("(forced-colors: active)").matches')
        assert (name, page.evaluate(FADED)) == (name, [])
        # Where one is, is told by weight: the lines of all links are drawn.
        for nav in ('.top nav', '.contents > ul'):
            here, others = page.locator(f'{nav} a').evaluate_all(WEIGHTS)
            assert not here or min(here) > max(others), (name, nav)


MOVING = """() => [...document.querySelectorAll('*')].filter(tag =>
    [null, '::before', '::after'].some(part => {
        const style = getComputedStyle(tag, part);
        return /[1-9]/.test(style.transitionDuration) || style.animationName != 'none';
    }) || getComputedStyle(tag).scrollBehavior == 'smooth'
).map(tag => tag.outerHTML.slice(0, 80))"""


def test_nothing_moves_for_a_reader_who_wants_that(reader: Reader) -> None:
    page = reader.page(reduced_motion='reduce')
    for name in [*KINDS, 'packages.html']:
        page.goto(name)
        assert (name, page.evaluate(MOVING)) == (name, [])


# Accessibility, as axe judges it

#: All of its rules, the best practices too; what depends on colours once more.
AXE_RUN = """async only => {
    const options = {preload: false, resultTypes: ['violations']};
    if (only) options.runOnly = only;
    const {violations, passes} = await axe.run(document, options);
    return [passes.length, violations.flatMap(({id, nodes}) =>
        nodes.map(({html, any}) => `${id}: ${html} ${any[0]?.message ?? ''}`))];
}"""
SHARES = 4


@pytest.fixture(scope='session')
def dark_ones(site: Path) -> set[str]:
    """Return names of pages that together have each class that any page has."""
    seen: set[str] = set()
    names = set()
    for path in sorted(site.rglob('*.html')):
        html = path.read_text(encoding='utf-8')
        classes = set(' '.join(re.findall(r'\bclass="([^"]*)"', html)).split())
        if not classes <= seen:
            names.add(path.relative_to(site).as_posix())
        seen |= classes
    return names


@pytest.mark.parametrize('share', range(SHARES))
def test_axe_finds_nothing_in_light_and_in_dark(
    reader: Reader, names: list[str], dark_ones: set[str], share: int
) -> None:
    page = reader.page('file', new=True, reduced_motion='reduce')
    page.add_init_script(AXE)
    found: dict[str, list[str]] = {}
    mine = names[share::SHARES]
    for name in mine:
        page.emulate_media(color_scheme='light')
        page.goto(name)
        passed, found[name] = page.evaluate(AXE_RUN, None)
        assert passed > 20
        if name in dark_ones:
            page.emulate_media(color_scheme='dark')
            passed, dark = page.evaluate(AXE_RUN, ['cat.color'])
            assert passed > 0
            found[name] += dark
    assert found == {name: [] for name in mine}


# What readers come for, from the front page, within three steps each


@dataclass
class Visit:
    """A reader's way through the site; counts what is clicked and typed."""

    page: Page
    steps: int = 0

    def __post_init__(self) -> None:
        self.page.goto('index.html')

    def click(self, name: str, *, within: str = 'main', exact: bool = True) -> None:
        link = self.page.locator(within).get_by_role('link', name=name, exact=exact)
        link.first.click()
        self.step()

    def search(self, words: str) -> Locator:
        """Type what is looked for on any page; return the first result."""
        self.page.keyboard.press('/')
        expect(self.page.get_by_role('searchbox')).to_be_focused()
        self.page.keyboard.type(words)
        self.step()
        return self.page.locator('#search-results li').first

    def step(self) -> None:
        self.steps += 1
        assert self.steps <= 3


def test_what_a_talk_names_and_recommends(reader: Reader) -> None:
    visit = Visit(reader.page())
    visit.click('Mozilla')
    summary = visit.page.locator('.talk-summary')
    recommended = summary.locator('dt:has-text("Recommended") + dd')
    expect(recommended).to_contain_text('django-cache-machine')
    expect(recommended).to_contain_text('[dormant]')
    visit = Visit(visit.page)
    visit.click('Celery')
    expect(visit.page.locator('.talk-summary')).to_contain_text('kombu [maintained]')


def test_which_recommended_packages_live(reader: Reader) -> None:
    visit = Visit(reader.page())
    visit.click('Fifteen years later', within='.top')
    main = visit.page.get_by_role('main')
    expect(main).to_contain_text('Of 17 recommended, 7 are maintained today')
    row = main.get_by_role('row', name='recommended maintained (7)')
    names = row.get_by_role('link').all_text_contents()
    assert len(names) == 7
    # The filter of the packages says the same.
    visit = Visit(visit.page)
    visit.click('Packages', within='.top')
    choice_of(visit.page).select_option('recommended')
    visit.step()
    since_of(visit.page).select_option('maintained')
    visit.step()
    terms = visit.page.locator('dl.package-list > dt:visible')
    shown = [text.partition('¶')[0] for text in terms.all_text_contents()]
    assert shown == names


def test_who_somebody_is(reader: Reader) -> None:
    visit = Visit(reader.page())
    found = visit.search('@enn_io')
    expect(found).to_contain_text('Jannis Leidel (@enn_io)')
    visit.click('Jannis Leidel')
    expect(visit.page.locator(':target')).to_be_in_viewport()
    expect(visit.page.locator(':target + dd')).to_contain_text('Packaging')


def test_what_became_of_a_package(reader: Reader) -> None:
    visit = Visit(reader.page())
    expect(visit.search('South')).to_contain_text('South package')
    visit.click('South')
    entry = visit.page.locator('dt:target + dd')
    expect(entry).to_be_in_viewport()
    expect(entry).to_contain_text('Since then: superseded. Django 1.7')


def test_the_video_and_the_slides_of_a_talk(reader: Reader) -> None:
    visit = Visit(reader.page())
    visit.click('unjoinify')
    head = visit.page.locator('.talk-fields')
    expect(head).to_be_in_viewport()
    for name, host in [
        ('Video', 'archive.org'),
        ('Slides', 'speakerdeck.com'),
        ('Notes by Reinout van Rees', 'reinout.vanrees.org'),
    ]:
        address = head.get_by_role('link', name=name, exact=True).get_attribute('href')
        assert urlsplit(address or '').hostname == host


def test_which_links_are_dead_and_where_to_read_them(reader: Reader) -> None:
    visit = Visit(reader.page(script=False))
    visit.click('Links', within='.top')
    main = visit.page.get_by_role('main')
    expect(main).to_contain_text(
        re.compile(r'\d+ links: 7 known to be dead, the rest not checked\.')
    )
    dead = main.locator('dl.dead-links')
    assert dead.locator('dt').count() == 7
    for number, about in enumerate(dead.locator('dd').all()):
        expect(about).to_contain_text(re.compile('^Dead( since .*20|\\.)'))
        expect(about).to_contain_text('source')
        address = dead.locator('dt a[href^="http"]').nth(number).get_attribute('href')
        copy = about.get_by_role('link', name='copy nearest to').get_attribute('href')
        assert copy is not None
        assert re.fullmatch(
            rf'https://web\.archive\.org/web/201106\d\d/{re.escape(address or "")}',
            copy,
        )
    assert main.locator('[title]:not(.headerlink)').count() == 0
    # Then all of them, by talk.
    every = main.locator('dl.link-list:not(.dead-links)')
    assert every.locator('li').count() > 85
    celery = every.locator('dt:has-text("Celery") + dd')
    expect(celery).to_contain_text('http://www.rabbitmq.com/ (copy nearest to 7 June')


def test_one_talk_on_paper(reader: Reader) -> None:
    visit = Visit(reader.page())
    visit.click('Celery')
    made = visit.page.pdf(format='A4')
    assert 2 <= len(re.findall(rb'/Type\s*/Page\b', made)) <= 5


def test_one_entry_is_shared_from_a_phone(reader: Reader) -> None:
    page = reader.page()
    page.set_viewport_size({'width': 390, 'height': 844})
    visit = Visit(page)
    visit.click('Packages', within='.top')
    field_of(page).fill('south')
    visit.step()
    page.locator('#package--south .headerlink').click()
    visit.step()
    address = page.url
    assert urlsplit(address).fragment == 'package--south'
    page.goto('index.html')
    page.goto(address)
    expect(page.locator('#package--south')).to_be_in_viewport()


def test_words_of_the_notes_are_found_where_they_stand(reader: Reader) -> None:
    visit = Visit(reader.page('file'))
    expect(visit.search('short polling')).to_contain_text('Short polling is good')
    visit.click('Eric Florenzano')
    expect(visit.page.get_by_role('main')).to_contain_text('Short polling is good')


# The guides


def test_a_guides_contents_are_open_where_there_is_room(reader: Reader) -> None:
    page = reader.page()
    page.goto('guide/checking-links.html')
    beside = page.locator('.contents .here')
    above = page.locator('.on-this-page')
    expect(beside).to_be_visible()
    expect(above).to_be_hidden()
    beside.get_by_role('link', name='Settings', exact=True).click()
    expect(page.locator('#settings')).to_be_in_viewport()
    page.set_viewport_size({'width': 390, 'height': 844})
    expect(beside).to_be_hidden()
    expect(above).to_be_visible()


def test_names_in_tables_are_not_broken(reader: Reader) -> None:
    page = reader.page()
    for width in (800, 1280):
        page.set_viewport_size({'width': width, 'height': 844})
        for name in ('guide/checking-links.html', 'guide/writing-notes.html'):
            page.goto(name)
            broken = page.locator('td code .pre, th code .pre').evaluate_all(
                """names => names.filter(name => name.getClientRects().length > 1)
                    .map(name => name.textContent)"""
            )
            assert broken == [], (name, width)
