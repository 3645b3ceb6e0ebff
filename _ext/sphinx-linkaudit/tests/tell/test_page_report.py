"""``report.html``: what a person reads of a link check."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup

from checks import project_with
from projects import PYTHONPATH
from reports import HOSTILE, document, hostile, link, places
from runs import run
from sphinx_linkaudit.tell.page import SHOWN_PLACES, page
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.urls import web_url
from sphinx_linkaudit.verdicts import REASONS
from web import Web

if TYPE_CHECKING:
    from bs4.element import Tag

    from fixtures import MakeProject

#: Elements that have no end.
VOID = {'meta', 'br'}


class Nesting(HTMLParser):
    """Notices an element that isn't closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(name for name, _value in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def soup(*links: dict[str, Any]) -> BeautifulSoup:
    """Return the page for *links*."""
    return BeautifulSoup(page(document(*links)), 'html.parser')


def text(tag: Tag) -> str:
    """Return the text of *tag* in one line."""
    return ' '.join(tag.get_text().split())


def headings(found: BeautifulSoup) -> list[str]:
    """Return the headings of groups, in their order."""
    return [text(tag).rpartition(' (')[0] for tag in found.select('h3')]


def item(found: BeautifulSoup) -> Tag:
    """Return the entry of the page's only link."""
    (tag,) = found.select('.links > li')
    return tag


@cache
def plain_page() -> str:
    """Return the page on which nobody says anything else."""
    return page(hostile('plain'))


@pytest.mark.parametrize('said', HOSTILE)
def test_what_others_say_is_nothing_but_text(said: str) -> None:
    plain, written = plain_page(), page(hostile(said))
    parsers = []
    for html in (plain, written):
        parser = Nesting()
        parser.feed(html)
        parser.close()
        assert parser.open == []
        parsers.append(parser)
    # Perhaps fewer: what is no address of the web is no link.
    assert parsers[1].names <= parsers[0].names
    assert parsers[1].attributes <= parsers[0].attributes
    shown = BeautifulSoup(written, 'html.parser').get_text()
    assert shown.count(printable(said)) >= 5 * 2 * len(REASONS)
    assert re.sub(r'\n', '', written).isprintable()


@pytest.mark.parametrize(
    'url',
    [
        'javascript:alert(1)',
        'JavaScript:alert(1)//http://',
        ' javascript:alert(1)',
        'java\nscript:alert(1)',
        'data:text/html,<script>',
        'file:///etc/passwd',
        '//example.org/',
        'page.html',
        'http:javascript:alert(1)',
        'https://example.org/\n',
        'http://[::1',
        'http:///x',
        'https://example.org/\u202e',
        'https://example.org/\\x1b',
    ],
)
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    assert web_url(url) == ''
    found = soup(
        link(
            'home',
            url,
            message=url,
            archived=url,
            chain=[{'url': url, 'status': 302, 'target': url}],
        )
    )
    hrefs = [str(tag['href']) for tag in found.select('a[href]')]
    assert all(href.startswith('#') for href in hrefs)
    for good in ('https://example.org/x?a=b&c', 'HTTP://example.org'):
        assert web_url(good) == good


def test_the_page_asks_nobody_for_anything() -> None:
    html = page(document(*[link(reason) for reason in REASONS]))
    parser = Nesting()
    parser.feed(html)
    assert not parser.names & {'script', 'link', 'img', 'iframe', 'object', 'base'}
    assert not parser.attributes & {'src', 'srcset', 'style', 'onclick', 'onload'}
    assert 'url(' not in html
    assert '@import' not in html
    assert "default-src 'none'" in html


def test_what_to_do_comes_in_the_order_of_what_to_do_first() -> None:
    found = soup(
        link('ok', 'https://a.example/'),
        link('permanent', 'https://b.example/', message='https://b.example/new'),
        link('blocked', 'https://c.example/'),
        link('home', 'https://d.example/x'),
        link('gone', 'https://e.example/', known=True),
        link('timeout', 'https://f.example/'),
        link('gone', 'https://g.example/'),
        link('ok', 'https://h.example/', known=True),
        link('temporary', 'https://i.example/', message='https://i.example/new'),
        link('scheme', 'sms:1'),
        link('ignored', 'https://k.example/'),
    )
    assert headings(found) == [
        'Dead: fix, replace or remove these',
        'Timed out: try again later',
        'Accepted as dead, but alive: remove these from the list',
        'Suspect: check these in a browser',
        'Blocked: check these in a browser',
        'Permanent redirects: link the new address',
        'Accepted as dead',
        'Other redirects',
        'Not checked',
        'Ignored',
    ]
    # What works is only counted.
    assert len(found.select('main li[id]')) == 10


def test_every_verdict_has_a_place_on_the_page() -> None:
    links = [link(reason, f'https://example.org/{reason}') for reason in REASONS]
    entries = soup(*links).select('main li[id]')
    shown = [text(entry.select('.url')[0]) for entry in entries]
    told = [found['uri'] for found in links if found['verdict'] != 'working']
    assert sorted(shown) == sorted(told)


def test_a_link_is_shown_with_all_that_is_known_of_it() -> None:
    uri = 'https://example.org/a?b&c'
    found = soup(
        link(
            'not-found',
            uri,
            code=404,
            message=f'404 Client Error: Not Found for url: {uri}',
            places=places('a.rst:3', 'b.txt:0'),
            chain=[{'url': uri, 'status': 302, 'target': 'https://example.org/404'}],
            since='2026-11-01',
            failures=3,
            archived='https://archive.example/a',
            excluded=2,
        )
    )
    entry = item(found)
    said = text(entry)
    for words in (
        'page not found (404) Find the new address',
        'an archived copy. Fails since 2026-11-01, seen on 3 days.',
        'a.rst:3 b.txt and 2 on pages',
        '1 redirect https://example.org/a?b&c 302 to https://example.org/404',
    ):
        assert words in said
    hrefs = [tag['href'] for tag in entry.select('a')]
    assert hrefs == [uri, 'https://archive.example/a', 'https://example.org/404']


def test_many_places_are_folded() -> None:
    spots = [f'page.rst:{line}' for line in range(1, 20)]
    entry = item(soup(link('gone', places=places(*spots))))
    assert [text(tag) for tag in entry.select('li')] == spots
    folded = [text(tag) for tag in entry.select('details li')]
    assert folded == spots[SHOWN_PLACES:]


def test_what_is_to_do_is_listed_by_host_and_by_page() -> None:
    found = soup(
        link('gone', 'https://a.example/1', places=places('b.rst:9', 'a.rst:7')),
        link('gone', 'https://b.example:80/2', places=places('b.rst:2')),
        link('timeout', 'https://B.example/3', places=places('b.rst:2')),
        link('gone', 'https://[', places=places('z.rst:0')),
        link('ok', 'https://c.example/', places=places('c.rst:1')),
    )

    def folded(name: str) -> dict[str, list[str]]:
        return {
            text(tag.summary or tag): [text(row) for row in tag.select('li')]
            for tag in found.select(f'#{name} details')
        }

    assert list(folded('hosts')) == ['b.example (2)', 'a.example (1)', 'no host (1)']
    assert folded('pages') == {
        'a.rst (1)': ['7: https://a.example/1 dead page permanently removed'],
        'b.rst (3)': [
            '2: https://B.example/3 timed out no answer in time',
            '2: https://b.example:80/2 dead page permanently removed',
            '9: https://a.example/1 dead page permanently removed',
        ],
        'z.rst (1)': ['https://[ dead page permanently removed'],
    }


def test_the_page_can_be_found_through_by_its_structure() -> None:
    found = soup(*[link(reason, f'https://{reason}.example/') for reason in REASONS])
    ids = [str(tag['id']) for tag in found.select('[id]')]
    assert len(ids) == len(set(ids))
    targets = [str(tag['href'])[1:] for tag in found.select('a[href^="#"]')]
    assert targets[0] == 'main'
    assert set(targets) <= set(ids)
    assert {tag['aria-labelledby'] for tag in found.select('section')} <= set(ids)
    levels = [int(tag.name[1]) for tag in found.select('h1, h2, h3, h4')]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [len(found.select(name)) for name in ('header', 'nav', 'main')] == [1, 1, 1]
    html = found.html
    assert html
    assert html['lang'] == 'en'


def test_a_check_without_links_makes_a_page_as_well() -> None:
    found = BeautifulSoup(page(document(project='')), 'html.parser')
    assert 'Nothing to do.' in text(found)
    assert headings(found) == []


def test_the_template_costs_other_builders_nothing() -> None:
    code = (
        'from sphinx_linkaudit import builder; from sphinx_linkaudit.tell import page; '
        'print(page._template.cache_info().currsize)'
    )
    printed = subprocess.run(
        [sys.executable, '-c', code],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        capture_output=True,
        check=True,
    )
    assert printed.stdout.strip() == b'0'


def many(number: int, shape: str) -> list[dict[str, Any]]:
    """Return so many findings: of many hosts, one host, many files or one link."""
    match shape:
        case 'places':
            spots = places(*(f'p{n}.rst:{n}' for n in range(1, number)))
            return [link('gone', 'https://h.example/', places=spots)]
        case 'hosts':
            uris = [f'https://h{n}.example/' for n in range(number)]
        case 'files' | 'host':
            uris = [f'https://h.example/{n}' for n in range(number)]
        case _:
            uris = [f'https://h{n % 99}.example/{n}' for n in range(number)]
    files = number if shape == 'files' else 7
    return [
        link('gone', uri, places=places(f'p{n % files}.rst:{n + 1}'))
        for n, uri in enumerate(uris)
    ]


@pytest.mark.parametrize('shape', ['hosts', 'host', 'files', 'places', 'mixed'])
def test_what_is_much_is_folded_so_that_a_browser_can_show_it(shape: str) -> None:
    number = 6_000 if shape == 'mixed' else 3_000
    total = 1 if shape == 'places' else number
    shown = page(document(*many(number, shape)))
    # More of them make hardly more of a page.
    more = page(document(*many(2 * number, shape)))
    assert len(more) < 1.5 * len(shown)
    # Chromium lays out some 100,000 elements in a second.
    assert more.count('</') < 100_000
    assert len(more.encode()) < 8_000_000
    assert f'Dead: fix, replace or remove these ({total})' in shown
    left = [int(n) for n in re.findall(r'(\d+) more are in report.json', shown)]
    if shape != 'places':
        assert shown.count('<li id=') + left[0] == total
    # What a mention leads to is there.
    ids = set(re.findall(r' id="([^"]+)"', shown))
    assert set(re.findall(r' href="#([^"]+)"', shown)) <= ids


def test_the_page_of_a_check_names_what_is_dead_and_where(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        dead, good = web.url('/dead'), web.page('/good')
        found = run(project_with(make_project, f'{good}\n\n{dead}\n'))
    text = found.page()
    assert dead in text
    assert 'page.rst:6' in text
    assert 'page not found' in text
