"""The search, as a reader uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from browsing import expect, field_of, over_both

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from browsing import Reader


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
    expect(page.locator('#search-results')).to_have_attribute('aria-busy', 'false')
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
    assert 'Packaging' not in names  # "... replaces setup.py. pysetup is ..."
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


def test_what_is_searched_is_fetched_once_somebody_types(reader: Reader) -> None:
    page = reader.page(new=True)
    asked: list[str] = []
    page.on('request', lambda request: asked.append(request.url))
    page.goto('search.html')
    box = page.get_by_role('searchbox')
    box.fill('  ')
    assert not any('search-data' in url for url in asked)
    page.route('**/search-data.js*', lambda route: route.abort())
    box.fill('cel')
    status = page.get_by_role('status')
    expect(status).to_have_text('What is searched could not be fetched.')
    assert reader.wrong
    reader.wrong.clear()
    page.unroute_all()
    box.fill('')
    box.press_sequentially('celery')
    expect(page.locator('#search-results li').first).to_contain_text('Celery')
    expect(status).to_contain_text('found')
    box.fill('south')
    expect(page.locator('#search-results li').first).to_contain_text('South')
    assert sum('search-data' in url for url in asked) == 2


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


def test_a_tab_from_the_field_skips_to_the_results(reader: Reader) -> None:
    page = reader.page()
    search(page, 'celery')
    skip = page.get_by_role('link', name='Skip to the results')
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press('Tab')
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press('Enter')
    page.keyboard.press('Tab')
    expect(page.locator('#search-results a').first).to_be_focused()
