"""What readers come for, from the front page, within three steps each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from browsing import choice_of, expect, field_of, since_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from browsing import Reader


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
        re.compile(r'\d+ links: 8 known to be dead, the rest not checked\.')
    )
    dead = main.locator('dl.dead-links')
    assert dead.locator('dt').count() == 8
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
    lightning = every.locator('dt:has-text("Lightning Talks")')
    expect(lightning).to_contain_text([' [Monday]', ' [Tuesday]'])
    celery = every.locator('dt:has-text("Celery") + dd')
    expect(celery).to_contain_text('http://www.rabbitmq.com/ (copy nearest to 7 June')


def test_all_talks_are_on_one_page_and_each_page_leads_there(
    reader: Reader, page_names: list[str], site: Path
) -> None:
    page = reader.page('file')
    for name in ('djangocon/celery.html', 'packages.html', 'guide/writing-notes.html'):
        for place in ('.top', '.contents'):
            page.goto(name)
            page.locator(place).get_by_role('link', name='Talks', exact=True).click()
            expect(page.get_by_role('heading', level=1)).to_have_text(
                re.compile('^DjangoCon Europe 2011')
            )
    # The contents list all talks where one reads them, and nowhere else.
    for name, number in (('djangocon/to-do.html', 1), ('packages.html', 0)):
        page.goto(name)
        celery = page.locator('.contents').get_by_role('link', name='Celery')
        expect(celery).to_have_count(number)
    page.goto('index.html')
    # The page that had the talks once leads there too, and nothing leads to that one.
    front = page.url
    page.goto('djangocon/index.html')
    page.wait_for_url(front)
    found = Visit(page).search('djangocon.eu')
    expect(found).to_contain_text('DjangoCon Europe 2011')
    hits = page.locator('#search-results a[href*="djangocon/index"]')
    expect(hits).to_have_count(0)
    for name in page_names:
        assert 'djangocon/index.html' not in (site / name).read_text('utf-8'), name


def test_one_talk_on_paper(reader: Reader) -> None:
    visit = Visit(reader.page())
    visit.click('Celery')
    visit.page.wait_for_url('**/celery.html')
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
