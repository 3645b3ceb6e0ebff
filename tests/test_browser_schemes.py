"""Light and dark, and what else a reader set in the system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from browsing import KINDS, expect, field_of, over_both, scheme, shown

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Route

    from browsing import Reader


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
    # Its links lead to what there is, though it wasn't said where the site is.
    search = page.locator('main form')
    expect(search).to_have_attribute('action', '/search.html')
    page.get_by_role('main').get_by_role('link', name='Packages').click()
    expect(page).to_have_title(re.compile('^Packages'))
    # What else it asks for under that address isn't there either.
    reader.wrong.clear()


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
