"""Keyboard, ear and finger: who can use the site without a mouse or without eyes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from browsing import AXE, CUT, KINDS, expect

if TYPE_CHECKING:
    from browsing import Reader


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
                const {width, height, bottom} = link.getBoundingClientRect();
                const next = link.closest('dt')?.nextElementSibling?.querySelector('a');
                const box = next?.getBoundingClientRect();
                return width < 24 || height < 24 || getComputedStyle(link).opacity < 1
                    || (box && (box.top + box.bottom) / 2 - bottom < 12);
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


# Accessibility, as axe judges it


#: All of its rules, the best practices too; what depends on colours once more.
AXE_RUN = """async only => {
    const options = {preload: false, resultTypes: ['violations']};
    if (only) options.runOnly = only;
    const {violations, passes} = await axe.run(document, options);
    return [passes.length, violations.flatMap(({id, nodes}) =>
        nodes.map(({html, any}) => `${id}: ${html} ${any[0]?.message ?? ''}`))];
}"""


#: Leaves one of each kind of item, row and entry: in the time that axe takes for the
#: colours of all of them it judges all else.
THIN = """() => {
    const seen = new Set();
    const kind = tag => `${tag.tagName} ${tag.className}`;
    for (const tag of document.querySelectorAll('li, tr, dd, pre span')) {
        const holder = tag.parentElement.closest('[class]');
        const parts = [tag, ...tag.querySelectorAll('*')].map(kind);
        const kinds = [holder && kind(holder), ...new Set(parts)].join();
        if (seen.has(kinds)) {
            const term = tag.previousElementSibling;
            if (tag.tagName == 'DD' && term?.tagName == 'DT') term.remove();
            tag.remove();
        }
        seen.add(kinds);
    }
}"""


@pytest.mark.parametrize('share', range(2))
def test_axe_finds_nothing_in_light_and_in_dark(
    reader: Reader, telling_pages: list[str], share: int
) -> None:
    page = reader.page('file', new=True, reduced_motion='reduce')
    page.add_init_script(AXE)
    found: dict[str, list[str]] = {}
    mine = telling_pages[share::2]
    for name in mine:
        page.emulate_media(color_scheme='light')
        page.goto(name)
        page.evaluate(THIN)
        passed, found[name] = page.evaluate(AXE_RUN, None)
        assert passed > 20
        page.emulate_media(color_scheme='dark')
        passed, dark = page.evaluate(AXE_RUN, ['cat.color'])
        assert passed > 0
        found[name] += dark
    assert found == {name: [] for name in mine}
