"""The lists that collect from all talks: filters, letters, links to one entry."""

from __future__ import annotations

import base64
import itertools
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from browsing import LIGHT, LISTS, choice_of, entries, expect, field_of, shown, since_of

if TYPE_CHECKING:
    from pathlib import Path

    from browsing import Reader


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


@pytest.mark.parametrize('media', ['screen', 'print'])
@pytest.mark.parametrize('colours', ['light', 'dark'])
def test_the_pieces_of_the_bar_are_told_apart(
    reader: Reader, colours: str, media: str
) -> None:
    page = reader.page(new=True, color_scheme=colours, media=media)
    page.goto('packages.html')
    box = page.locator('svg.fates').bounding_box()
    assert box
    clip = {'x': 0, 'y': box['y'] + 8, 'width': box['x'] + box['width'], 'height': 1}
    picture = page.screenshot(clip=clip)  # type: ignore[arg-type]  # a dict does
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


def test_a_link_to_a_section_marks_its_heading_alone(reader: Reader) -> None:
    page = reader.page()
    page.goto('fifteen-years-later.html#successors')
    colour = 'tag => getComputedStyle(tag).backgroundColor'
    section = page.locator('#successors')
    heading = section.get_by_role('heading')
    other = page.locator('#in-numbers').get_by_role('heading')
    nothing = other.evaluate(colour)
    assert section.evaluate(colour) == nothing
    assert heading.evaluate(colour) != nothing
