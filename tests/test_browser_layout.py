"""Where things stand, on screens of every width."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from browsing import CUT, LIGHT, expect
from sphinx_talknotes import style
from sphinx_talknotes.fates import svg

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from browsing import Reader

#: What scrolls sideways and can't be reached by keyboard.
UNREACHED = """() => [...document.querySelectorAll('main *')].filter(tag =>
    tag.scrollWidth > tag.clientWidth
    && /auto|scroll/.test(getComputedStyle(tag).overflowX)
    && tag.tabIndex < 0 && !tag.querySelector('a[href]')
).map(tag => tag.outerHTML.slice(0, 80))"""


#: Waits until all sizes are what they will be.
FRAME = """() => new Promise(
    done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"""


#: How wide the widest paragraph is, in letters of half its height.
MEASURE = """() => Math.max(0, ...[...document.querySelectorAll('.text p')].map(
    text => 2 * text.clientWidth / parseFloat(getComputedStyle(text).fontSize)))"""


# One test, for opening a page takes longer than looking at it.
def test_no_page_scrolls_sideways_and_code_takes_the_room_there_is(
    reader: Reader, page_names: list[str]
) -> None:
    page = reader.page('file')
    wrong: dict[str, list[object]] = defaultdict(list)
    for name in page_names:
        page.set_viewport_size({'width': 1280, 'height': 720})
        page.goto(name)
        if name.startswith(('guide/', 'djangocon/')):
            wrong[name] += page.evaluate(CUT)
        # Prose keeps its measure.
        if (measure := page.evaluate(MEASURE)) >= 80:
            wrong[name].append(measure)
        for width, text in ((320, '100%'), (640, '200%')):
            page.set_viewport_size({'width': width, 'height': 640})
            wide, bound = page.evaluate(
                """size => {
                    const root = document.documentElement;
                    root.style.fontSize = size;
                    return [root.scrollWidth, innerWidth];
                }""",
                text,
            )
            if wide > bound:
                wrong[name].append((text, wide))
            page.evaluate(FRAME)
            wrong[name] += page.evaluate(UNREACHED)
    assert wrong == {name: [] for name in page_names}


def contrast_at_the_edge(page: Page, code: Locator) -> float:
    """Return the contrast between code's right edge and what is beside it."""
    code.scroll_into_view_if_needed()
    box = code.bounding_box()
    assert box
    # Above the first line, where there are no letters.
    clip = {'x': box['x'] + box['width'] - 30, 'y': box['y'] + 3, 'width': 29}
    picture = page.screenshot(clip=clip | {'height': 4})  # type: ignore[arg-type]  # a dict does
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
    # So has what became of the packages: a line of words for each row.
    page.goto('fifteen-years-later.html')
    row = page.get_by_role('main').locator('tr', has_text='recommended').nth(1)
    assert ' '.join(row.inner_text().split()) == 'recommended deprecated (1) bleach'
    box = row.bounding_box()
    assert box
    assert box['height'] < 45


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
            page.emulate_media(media=media)  # type: ignore[arg-type]  # a dict does
            notes = page.evaluate(SIDE_NOTES)
            assert len(notes) > 3
            in_margin = where == 'margin'
            for place, has_brackets, over, far in notes:
                assert (place, has_brackets) == (where, not in_margin), (name, width)
                assert not in_margin or (over, far) == ([], False), (name, width)
    page.emulate_media(media='screen')
    # A long one stands above code as wide as both.
    page.goto('djangocon/celery.html')
    page.evaluate(
        "document.querySelectorAll('.side-note')[4].append('long '.repeat(800))"
    )
    assert all(over == [] for _place, _has, over, _far in page.evaluate(SIDE_NOTES))
    # No space is left over where a note stood.
    page.goto('djangocon/mozilla.html')
    text = page.locator('li', has_text='Use Zeus load balancer').inner_text()
    assert re.search(r'balancer\s*now Ivanti [^.]*Manager\n?\. http', text), text


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


def test_an_example_is_framed_with_what_it_makes(reader: Reader) -> None:
    page = reader.page('file')
    page.goto('guide/writing-notes.html')
    examples = page.locator('.example:has(pre)').all()
    assert len(examples) > 3
    for width, is_beside in ((390, False), (1280, True)):
        page.set_viewport_size({'width': width, 'height': 844})
        for example in examples:
            parts = (example, example.locator('pre'), example.locator('.result'))
            frame, source, result = (part.bounding_box() for part in parts)
            assert frame
            assert source
            assert result
            end = frame['x'] + frame['width']
            for box in (source, result):
                assert frame['x'] < box['x'] + 1 < box['x'] + box['width'] < end
            if is_beside:
                assert result['x'] > source['x'] + source['width'] - 1
            else:
                assert result['y'] > source['y'] + source['height'] - 1


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
    # On a phone what a row is about is broken at its hyphens alone.
    page.set_viewport_size({'width': 390, 'height': 844})
    for name in ('guide/checking-links.html', 'guide/writing-notes.html'):
        page.goto(name)
        first = page.locator('td:first-child > p > code .pre:only-child')
        assert first.count() > 10
        broken = first.evaluate_all(
            """names => names.map(name => [name.getClientRects().length,
                name.textContent]).filter(([lines, text]) =>
                    lines > text.split('-').length)"""
        )
        assert broken == [], name
        boxes = page.locator('.table-wrapper').evaluate_all(
            'boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).length'
        )
        assert boxes == 0, name


def test_titles_above_crosses_wrap_where_a_theme_keeps_tables_on_one_line(
    browser: Browser,
) -> None:
    sheet = (style.FOLDER / style.FILE).read_text(encoding='utf-8')
    page = browser.new_page()
    # As the theme of Read the Docs has it.
    page.set_content(
        f'<style>{sheet} table th {{ white-space: nowrap; }}</style>'
        '<table class="named-most"><tr><th class="is-page">'
        f'<p>{"A long title " * 9}</p></table>'
    )
    past = 'p => p.scrollHeight - p.clientHeight'
    assert page.locator('p').evaluate(past) <= 1
    page.close()


def test_titles_above_crosses_are_turned_with_their_quotation_marks(
    browser: Browser,
) -> None:
    sheet = (style.FOLDER / style.FILE).read_text(encoding='utf-8')
    page = browser.new_page()
    # Upright ones, as between lines of Chinese, are wider, and upside down when turned.
    marks = '\N{LEFT DOUBLE QUOTATION MARK}' * 9
    title = f'<span>{marks}</span>'
    page.set_content(
        f'<style>{sheet} * {{ font: 16px sans-serif; }}</style><p id="flat">{title}</p>'
        f'<table class="named-most"><tr><th class="is-page"><p>{title}</p></table>'
    )
    flat = page.locator('#flat > span').bounding_box()
    turned = page.locator('.is-page p > span').bounding_box()
    assert flat
    assert turned
    assert turned['height'] == pytest.approx(flat['width'], abs=1)
    page.close()


def test_a_bar_is_as_high_as_a_line_where_a_theme_fits_pictures_to_the_page(
    browser: Browser,
) -> None:
    sheet = (style.FOLDER / style.FILE).read_text(encoding='utf-8')
    page = browser.new_page()
    counts = [('archived', 1, 'olive'), ('dormant', 1, 'teal')]
    page.set_content(
        f'<style>.article svg {{ height: auto; max-width: 100%; }} {sheet}</style>'
        f'<div class="article">{svg.bar(counts, "Bar", "2 names")}</div>'
    )
    box = page.locator('svg').bounding_box()
    assert box
    assert box['height'] == 16
    page.close()
