"""The site without a script, and on paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from browsing import expect, scheme

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import ViewportSize

    from browsing import Reader


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


#: A4 in pixels, without its margins.
PAPER: ViewportSize = {'width': 628, 'height': 900}

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
        '.headerlink, .on-this-page, .letters, .genindex-jumpbox, .colophon, form, '
        + 'noscript')];
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
        'nav, .genindex-jumpbox, button:not(.legend *), input, select, .skip, '
        + '.headerlink'))
        if (tag.checkVisibility({visibilityProperty: true})) said('of no use', tag);
    for (const link of document.querySelectorAll('main a[href^="http"]')) {
        if (!link.checkVisibility()) continue;
        const address = link.getAttribute('href');
        const after = getComputedStyle(link, '::after').content;
        if (link.closest('.talk-summary')) {
            if (after != 'none') said('its address again', link);
            continue;
        }
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
        if (label?.parentElement.tagName == 'LI'
            && getComputedStyle(label.parentElement).breakInside != 'avoid')
            said('parted from its code in Firefox', label);
    }
    for (const box of document.querySelectorAll('pre, .table-wrapper'))
        if (getComputedStyle(box).backgroundImage != 'none')
            said('a hint that it goes on', box);
    for (const text of document.querySelectorAll('h2 + p:not(:last-child)'))
        if (getComputedStyle(text).breakAfter != 'avoid')
            said('parted from what it leads to', text);
    const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]);
    if (!rules.some(({cssText}) => /^@page.*counter\\(page\\)/s.test(cssText)))
        wrong.push('no page numbers');
    return wrong;
}"""


def test_without_a_script_and_on_paper_no_text_is_missing(
    reader: Reader, telling_pages: list[str]
) -> None:
    page, bare = reader.page(), reader.page(script=False)
    for each in (page, bare):
        each.set_viewport_size(PAPER)
    wrong: dict[str, list[str]] = {}
    for name in telling_pages:
        page.emulate_media(media='screen')
        page.goto(name)
        lines, text = page.evaluate(LINES), page.evaluate(TEXT)
        assert len(lines) > 10
        page.emulate_media(media='print')
        assert page.evaluate(TEXT) == text
        bare.goto(name)
        there = set(bare.evaluate(LINES))
        wrong[name] = [line for line in lines if line not in there]
    assert wrong == {name: [] for name in telling_pages}


def test_on_paper_each_page_has_what_paper_needs_and_no_more(
    reader: Reader, page_names: list[str]
) -> None:
    page = reader.page(media='print')
    page.set_viewport_size(PAPER)
    wrong = {}
    for name in page_names:
        page.goto(name)
        wrong[name] = page.evaluate(PRINTED)
    assert wrong == {name: [] for name in page_names}


def test_on_paper_it_is_dark_on_light(reader: Reader) -> None:
    page = reader.page(new=True, color_scheme='dark')
    page.goto('djangocon/celery.html')
    page.locator('.scheme').click(click_count=2)
    page.emulate_media(media='print')
    assert scheme(page) == 'light'


@pytest.mark.parametrize(
    ('name', 'paper', 'least', 'most'),
    [
        ('index.html', 'A4', 2, 2),
        # Lower than A4, so that what keeps too much together is seen.
        ('index.html', 'Letter', 2, 3),
        ('packages.html', 'Letter', 5, 20),
        ('speakers.html', 'Letter', 1, 2),
        ('genindex.html', 'Letter', 3, 7),
    ],
)
def test_a_page_can_be_printed(
    reader: Reader, name: str, paper: str, least: int, most: int
) -> None:
    page = reader.page()
    page.goto(name)
    made = page.pdf(format=paper, prefer_css_page_size=True)
    assert made.startswith(b'%PDF-')
    assert least <= len(re.findall(rb'/Type\s*/Page\b', made)) <= most


def test_all_of_the_notes_are_a_booklet(
    reader: Reader, built: Callable[[str], Path]
) -> None:
    page = reader.browser.new_page()
    page.emulate_media(media='print')
    page.goto((built('singlehtml') / 'index.html').as_uri())
    breaks = page.locator('span[id^="document-"] + section').evaluate_all(
        """parts => parts.map(part => [
            part.previousSibling.id.split('/')[0], part.checkVisibility(),
            getComputedStyle(part).breakBefore])"""
    )
    assert len(breaks) > 40
    for name, is_shown, break_before in breaks:
        assert is_shown == (name != 'document-guide')
        assert break_before == 'page'
    expect(page.locator('.end')).to_be_visible()
    made = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb'/MediaBox \[([^]]*)\]', made)
    assert {tuple(round(float(x)) for x in box.split()) for box in boxes} == {
        (0, 0, 420, 595)
    }
    assert 40 < len(boxes) < 130
