"""The site as its readers get it: what can be held to bounds without a browser."""

from __future__ import annotations

import gzip
import itertools
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from notes import ROOT, build_site
from notesite.slim import slimmed

if TYPE_CHECKING:
    from fixtures import MakeProject

BASE = 'https://example.org/notes/'

#: What a page may weigh that nobody has been to before, in bytes.
PAGE, SCRIPTS = 20_000, 5_000
HEAVY = {
    # With what became of each package.
    'packages.html': 34_000,
    'guide/checking-links.html': 24_000,
    'guide/writing-notes.html': 24_000,
}
#: What the search fetches once somebody types.
SEARCHED = 40_000


@pytest.fixture(scope='module')
def pages(site: Path, page_names: list[str]) -> dict[str, BeautifulSoup]:
    return {
        name: BeautifulSoup((site / name).read_text(encoding='utf-8'), 'html.parser')
        for name in page_names
    }


Pages = dict[str, BeautifulSoup]


def fetched(page: BeautifulSoup) -> list[str]:
    """Return the addresses that a browser fetches to show a page."""
    links = page.select('link[rel~=stylesheet], link[rel~=icon], link[rel~=preload]')
    found = [link['href'] for link in links]
    found += [tag['src'] for tag in page.select('[src]')]
    found += [tag['href'] for tag in page.select('use[href]')]
    return [str(address) for address in found]


def weight(page: Path, addresses: list[str]) -> int:
    """Return what the files at *addresses* of a page weigh as a server sends them."""
    files = [page.parent / unquote(urlsplit(address).path) for address in addresses]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def test_no_page_asks_another_host_for_anything(site: Path, pages: Pages) -> None:
    for name, page in pages.items():
        assert [a for a in fetched(page) if urlsplit(a).netloc] == [], name
        for style in page.select('style, [style]'):
            assert 'url(' not in str(style), name
    for path in site.rglob('*.css'):
        css = path.read_text(encoding='utf-8')
        assert re.findall(r'url\(\s*["\']?(?:https?:)?//|@import', css) == [], path


def test_a_page_is_light(site: Path, pages: Pages) -> None:
    for name, page in pages.items():
        scripts = [str(tag['src']) for tag in page.select('script[src]')]
        bound = HEAVY.get(name, PAGE)
        assert weight(site / name, [Path(name).name, *fetched(page)]) <= bound, name
        assert weight(site / name, scripts) <= SCRIPTS, name
    (form,) = pages['search.html'].select('[data-searched]')
    assert weight(site / 'search.html', [str(form['data-searched'])]) <= SEARCHED


#: Shorthands all of whose values every browser since November 2022 knows.  In one with
#: a variable a browser finds out too late that it doesn't know a value: it then takes
#: neither what an earlier rule says nor any single value of it.  Who doesn't know
#: `scrollbar-color` at all finds out in time.
SHORTHANDS = re.compile(
    r'(margin|padding|inset|gap|flex|font|background|outline|columns'
    r'|border(-(block|inline|top|right|bottom|left))?(-(start|end))?(-(radius|color))?'
    r'|grid-template-(columns|rows)|font-family|box-shadow|transition|scrollbar-color)'
)
#: The functions that they all know.
FUNCTIONS = {'var', 'calc', 'clamp', 'min', 'max', 'minmax', 'repeat', 'rgb', 'rgba'}
FUNCTIONS |= {'linear-gradient', 'url', 'attr'}


def late_failures(css: str) -> list[str]:
    """Return the declarations with a variable that some browser takes for nothing."""
    css = re.sub(r'/\*.*?\*/', '', css, flags=re.DOTALL)
    found = []
    for name, value in re.findall(
        r'(?<![\w-])([a-z-]+)\s*:([^;{}]*\bvar\([^;{}]*)', css
    ):
        if name.startswith('--'):
            continue
        single, nested = value, 1
        while nested:
            single, nested = re.subn(r'\([^()]*\)', '', single)
        functions = set(re.findall(r'([\w-]+)\(', value))
        if functions - FUNCTIONS or (
            len(single.split()) > 1 and not SHORTHANDS.fullmatch(name)
        ):
            found.append(f'{name}:{value}')
    return found


@pytest.mark.parametrize(
    ('css', 'fails'),
    [
        ('a { text-decoration: underline var(--a) 1px }', True),
        ('a{color:red;text-decoration:var(--a) underline}', True),
        ('a { text-emphasis: /* b */ dot var(--a, rgb(0 0 0)); }', True),
        ('a { color: color-mix(in srgb, var(--a), #fff) }', True),
        ('a { border-block-start: 1px solid var(--a); }', False),
        ('a { font: italic 1rem/1.5 var(--a) }', False),
        ('a { text-decoration-color: var(--a, rgb(0 0 0)) }', False),
        ('a { text-decoration: underline 1px }', False),
        ('a { --b: underline var(--a) }', False),
    ],
)
def test_late_failures_are_told_from_what_every_browser_knows(
    css: str, fails: bool
) -> None:
    assert bool(late_failures(css)) == fails


def test_no_style_sheet_has_a_variable_where_some_browser_fails(
    site: Path, pages: Pages
) -> None:
    sheets = {
        (site / name).parent.joinpath(urlsplit(str(link['href'])).path).resolve()
        for name, page in pages.items()
        for link in page.select('link[rel~=stylesheet]')
    }
    assert {'programme.css', 'notes.css', 'pygments.css'} <= {s.name for s in sheets}
    for sheet in sheets:
        assert late_failures(sheet.read_text(encoding='utf-8')) == [], sheet.name
    for page in pages.values():
        for tag in page.select('[style], style'):
            assert late_failures(str(tag.get('style') or tag.text)) == []


def test_a_page_has_one_first_heading_and_leaves_out_no_level(pages: Pages) -> None:
    for name, page in pages.items():
        levels = [int(h.name[1]) for h in page.select('h1, h2, h3, h4, h5, h6')]
        assert levels[:1] == [1], name
        assert levels.count(1) == 1, name
        steps = itertools.pairwise(levels)
        assert [(a, b) for a, b in steps if b > a + 1] == [], name


def test_a_page_says_what_it_is_about_and_no_other_says_the_same(pages: Pages) -> None:
    said: dict[str, str] = {}
    for name, page in pages.items():
        (tag,) = page.select('meta[name=description]')
        words = str(tag['content'])
        assert 20 <= len(words) <= 165, name
        assert said.setdefault(words, name) == name
        for key in ('title', 'type', 'description', 'site_name'):
            (tag,) = page.select(f'meta[property="og:{key}"]')
            assert tag['content'], name


def test_the_description_of_a_page_is_its_own_or_its_first_words(pages: Pages) -> None:
    (tag,) = pages['djangocon/celery.html'].select('meta[name=description]')
    assert str(tag['content']).startswith(
        '@keimlink: Celery, Tuesday, 7 June 2011. Why use a task queue? Decouple, '
    )
    (tag,) = pages['packages.html'].select('meta[name=description]')
    assert str(tag['content']).startswith('Every package, tool and service')


def test_no_description_has_what_was_added(pages: Pages) -> None:
    for name, page in pages.items():
        (tag,) = page.select('meta[name=description]')
        if name.startswith('djangocon/'):
            assert '[' not in str(tag['content']), name


def test_a_description_leaves_no_hole_where_something_was_added(
    make_project: MakeProject,
) -> None:
    page = (
        ':date: 2011-06-07\n\nTalk\n====\n\n.. rst-class:: added\n\nBefore.\n\n'
        '.. role:: added\n\n.. rst-class:: speaker\n\nAnn :added:`[of A]`\n\n'
        '- South :added:`[merged]`, and :added:`[*more*]` words.\n\n'
        '.. rst-class:: added\n\n- In a list.\n\n.. rst-class:: speaker\n\nBob\n'
    )
    files = {
        'conf.py': "extensions = ['notesite']\n",
        'index.rst': page,
    }
    settings = {'html_theme': 'basic'}
    found = make_project(files).build(confoverrides=settings)
    html = BeautifulSoup(found.read('index.html'), 'html.parser')
    (tag,) = html.select('meta[name=description]')
    said = 'Ann, Bob: Talk, Tuesday, 7 June 2011. South, and words.'
    assert tag['content'] == said


def test_the_head_of_a_page_says_what_its_title_and_words_say(
    make_project: MakeProject,
) -> None:
    title, words = '"Q & A" of <b>', 'It has &amp; and "quotes".'
    files = {
        'conf.py': "extensions = ['notesite']\nproject = 'R & D'\n",
        'own.rst': f':orphan:\n:description: {words}\n\nOwn\n===\n',
        'page.rst': f'{title}\n{"=" * len(title)}\n',
    }
    settings = {
        'html_theme': 'basic',
        'smartquotes': False,
    }
    found = make_project(files).build(confoverrides=settings)
    assert found.warnings == []
    said = {
        (name, tag.get('name') or tag['property']): tag['content']
        for name in ('own', 'page', 'search')
        for tag in BeautifulSoup(found.read(f'{name}.html'), 'html.parser').select(
            '[name=description], [property^="og:"]'
        )
    }
    assert said['page', 'og:title'] == title
    assert said['page', 'description'] == f'{title}: R & D'
    assert said['page', 'og:site_name'] == 'R & D'
    assert said['own', 'og:description'] == said['own', 'description'] == words
    assert said['search', 'og:title'] == 'Search'


def test_quotes_are_curly(pages: Pages) -> None:
    for name, page in pages.items():
        straight = [
            text
            for text in page.find_all(string=re.compile('[\'"]'))
            if not text.find_parent(['code', 'kbd', 'pre', 'samp', 'script', 'style'])
        ]
        assert straight == [], name


def test_a_page_says_its_language_and_its_width(pages: Pages) -> None:
    for name, page in pages.items():
        (html,) = page.select('html')
        assert html['lang'] == 'en', name
        assert page.select('meta[name=viewport][content*="device-width"]'), name
        assert page.select('link[rel~=icon]'), name
        title = page.select_one('title')
        assert title is not None, name
        assert title.text.strip(), name


def test_there_is_one_of_each_landmark_or_it_has_a_name(pages: Pages) -> None:
    for name, page in pages.items():
        for tag in ('main', 'body > header', 'body > footer'):
            assert len(page.select(tag)) == 1, (name, tag)
        names = [str(tag.get('aria-label')) for tag in page.select('nav, aside')]
        assert 'None' not in names, name
        assert len(set(names)) == len(names), name
        first = page.select_one('a')
        assert first is not None, name
        assert page.select_one(f'main{first["href"]}'), name


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(pages: Pages) -> None:
    code = [pre for page in pages.values() for pre in page.select('.highlight pre')]
    assert len(code) > 20
    for pre in code:
        assert pre['tabindex'] == '0'
        assert str(pre['aria-label']).startswith('Code')


def test_a_heading_by_role_has_a_level(pages: Pages) -> None:
    for name, page in pages.items():
        assert page.select('[role=heading]:not([aria-level])') == [], name


def test_a_caption_gets_its_level() -> None:
    from notesite.fixes import fixed

    assert (
        fixed('<p class="caption" role="heading">Talks</p>')
        == '<p class="caption" role="heading" aria-level="2">Talks</p>'
    )


def test_letters_are_those_that_lists_are_sorted_by() -> None:
    from notesite.letters import with_letters

    names = ['Ålesund', 'Ægir', 'Boa', 'Đorđe', 'łódź', 'Lua', 'Øre', 'Þór', 'ßeta']
    terms = ''.join(f'<dt id="{name}"><b>{name}</b></dt><dd>.</dd>' for name in names)
    html = BeautifulSoup(with_letters(f'<dl>{terms}</dl>'), 'html.parser')
    letters = [(a.text, a['href']) for a in html.select('nav a')]
    firsts = 'A#Ålesund B#Boa D#Đorđe L#łódź O#Øre Þ#Þór S#ßeta'
    assert letters == [(word[0], word[1:]) for word in firsts.split()]


def test_readers_get_style_sheets_without_what_is_for_writers(site: Path) -> None:
    for name in ('programme.css', 'notes.css', 'pygments.css'):
        built = (site / '_static' / name).read_text(encoding='utf-8')
        assert '/*' not in built
        assert '\n ' not in built
        if name == 'pygments.css':  # It is written anew in each build.
            continue
        written = (ROOT / '_static' / name).read_text(encoding='utf-8')
        assert built == slimmed(written) == slimmed(built)
        for mark in '{};':
            assert built.count(mark) == re.sub(
                r'/\*.*?\*/', '', written, flags=re.DOTALL
            ).count(mark)
    for css, short in [
        ('a { b: "/*x*/\\"  " /* y */; /* {\n z */ }\n\n', 'a { b: "/*x*/\\"  " ; }\n'),
        ("b::after{content:'/* \\' */'}", "b::after{content:'/* \\' */'}"),
        ('/* a */\na /* b */\n\n  b,\n\tc{}', 'a\nb,\nc{}'),
        ('a{margin:1px/* b */2px}', 'a{margin:1px/**/2px}'),
    ]:
        assert slimmed(css) == short


def test_scripts_stand_in_files_but_for_what_prevents_a_flash(pages: Pages) -> None:
    for name, page in pages.items():
        handlers = [
            (tag.name, key)
            for tag in page.find_all(True)
            for key in tag.attrs
            if key.startswith('on')
        ]
        assert handlers == [], name
        inline = [s.text.strip() for s in page.select('script:not([src])')]
        if name == '404.html':  # It looks for the site, its files among it.
            assert 'objects.inv' in inline.pop()
        assert len(inline) == 1, name
        assert inline[0].startswith('document.body.dataset.theme ='), name


def test_every_entry_of_a_list_can_be_linked_to(pages: Pages) -> None:
    for name in ('packages.html', 'speakers.html'):
        terms = pages[name].select('dl.talk-list > dt')
        assert len(terms) > 10
        for term in terms:
            link = term.select_one('a.headerlink')
            assert link
            assert link['href'] == f'#{term["id"]}'


def test_every_talk_leads_to_every_talk(pages: Pages) -> None:
    talks = {name for name in pages if name.startswith('djangocon/')}
    for talk in talks:
        here = (Path('/') / talk).parent
        links = pages[talk].select('.contents a')
        targets = {
            os.path.normpath(here / str(a['href']).partition('#')[0]) for a in links
        }
        own = {f'/{talk}'}  # A page's link to itself is '#'.
        assert {f'/{name}' for name in talks} <= targets | own, talk


def test_only_what_the_notes_link_to_carries_the_address_of_a_copy(
    pages: Pages,
) -> None:
    carry = 0
    for name, page in pages.items():
        for link in page.select('a[data-versiondate]'):
            added = link.find_parent(class_='added')
            assert added is None or 'not-added' in link['class'], (name, link)
            carry += 1
    assert carry > 80
    (role,) = pages['djangocon/mozilla.html'].select('a[href$="/tree/qunit"]')
    assert role.has_attr('data-versiondate')


def test_every_page_counts_the_same_links(pages: Pages) -> None:
    listed = {
        link['href'] for link in pages['links.html'].select('dl.link-list a.address')
    }
    noted = {
        link['href']
        for name, page in pages.items()
        if name.startswith('djangocon/')
        for link in page.select('.text a.external[data-versiondate]')
    }
    assert len(listed) == len(noted) == 89
    assert listed == noted
    front = pages['index.html'].text.replace('\N{NO-BREAK SPACE}', ' ')
    assert 'to-dos, 89 links: ' in front
    assert '89 links: ' in pages['links.html'].text


def test_an_epub_has_no_selectors_that_its_readers_do_not_know() -> None:
    assert ':has(' not in (ROOT / '_static' / 'notes.css').read_text(encoding='utf-8')


def test_in_short_has_of_the_links_only_the_dead_ones(pages: Pages) -> None:
    dead = [
        link
        for page in pages.values()
        for link in page.select('.talk-summary a.external')
        # A to-do has those that it has in the notes.
        if not link.find_parent(class_=['dead-link', 'todo-list'])
    ]
    assert dead
    assert [link for link in dead if 'dead' not in link['class']] == []
    assert not pages['djangocon/unjoinify.html'].select('.talk-summary .link-list')


def test_a_talk_says_where_it_comes_from(site: Path, pages: Pages) -> None:
    colophon = pages['djangocon/celery.html'].select_one('.colophon')
    assert colophon
    assert 'Lines 261–404' in colophon.text
    source = site / 'djangocon' / str(colophon.select('a')[0]['href'])
    assert source.read_text(encoding='utf-8').startswith(':talk:')


class Places(HTMLParser):
    """Reads the ids and the links of a page, fast."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key == 'id':
                self.ids.append(value or '')
            elif key in {'href', 'src', 'action'}:
                self.links.append(value or '')


def test_no_internal_link_is_dead_and_no_id_is_there_twice(site: Path) -> None:
    read = {
        path: Places(path.read_text(encoding='utf-8')) for path in site.rglob('*.html')
    }
    dead = []
    for path, places in read.items():
        assert len(set(places.ids)) == len(places.ids), path
        for link in places.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve()
            target = target if parts.path else path
            if not target.is_file() or (
                parts.fragment
                and target in read
                and unquote(parts.fragment) not in read[target].ids
            ):
                dead.append((path.relative_to(site), link))
    assert dead == []


def test_where_the_site_will_be_is_said_if_it_is_known(tmp_path: Path) -> None:
    repository = 'https://forge.example/notes?a&b'
    options = [f'-Dhtml_theme_options.source_repository={repository}']
    book = tmp_path / 'book.pdf'
    book.write_bytes(b'%PDF-')
    options.append(f'-Dnotesite_downloads.PDF={book}')
    # These are for the notes' own pages.
    options += ['-Dtalk_fates=', '-Dlinkcheck_known_dead=']
    source = tmp_path / 'source'
    talk = source / 'djangocon' / 'celery.rst'
    talk.parent.mkdir(parents=True)
    talk.write_text(':talk:\n:date: 2011-06-07\n\nCelery\n======\n\nWords.\n', 'utf-8')
    toctree = '.. toctree::\n\n   djangocon/celery\n'
    (source / 'index.rst').write_text(f'Notes\n=====\n\n{toctree}', 'utf-8')
    site = build_site(tmp_path / 'out', *options, base=BASE, source=source)
    page = (site / 'djangocon' / 'celery.html').read_text(encoding='utf-8')
    address = f'{BASE}djangocon/celery.html'
    assert f'<link rel="canonical" href="{address}">' in page
    assert 'href="https://forge.example/notes?a&amp;b">Repository</a>' in page
    assert '<a href="../book.pdf" download>PDF</a>' in page
    assert (site / 'book.pdf').read_bytes() == b'%PDF-'
    front = (site / 'index.html').read_text(encoding='utf-8')
    assert front.count('<a href="book.pdf" download>PDF</a>') == 1
    assert f'<meta property="og:url" content="{address}">' in page
    (card,) = re.findall('<meta property="og:image" content="([^"]*)">', page)
    assert (site / card.removeprefix(BASE)).is_file()
    sitemap = (site / 'sitemap.xml').read_text(encoding='utf-8')
    listed = re.findall('<loc>([^<]*)</loc>', sitemap)
    assert address in listed
    assert listed == sorted(listed)
    assert len(listed) == 2
    for name in listed:
        assert (site / name.removeprefix(BASE)).is_file()
    missing = (site / '404.html').read_text(encoding='utf-8')
    assert '<base href="/notes/404.html">' in missing
    assert 'rel="canonical"' not in missing


def test_nothing_is_said_of_where_the_site_will_be_otherwise(
    site: Path, pages: Pages
) -> None:
    assert not (site / 'sitemap.xml').exists()
    for page in pages.values():
        assert page.select('[rel=canonical], [property="og:url"], base') == []
        assert page.find('a', string='Repository') is None
        assert page.select('.end a[download]') == []


def test_a_download_that_misses_is_a_warning(make_project: MakeProject) -> None:
    project = make_project({'conf.py': "extensions = ['notesite']\n"})
    settings = {'html_theme': 'basic', 'notesite_downloads': {'PDF': 'gone.pdf'}}
    (warning,) = project.build(confoverrides=settings).warnings
    assert warning.text == 'notesite_downloads: no file gone.pdf, so none is offered'


def test_two_builds_are_the_same_bytes(site: Path, tmp_path: Path) -> None:
    def files(root: Path) -> dict[str, bytes]:
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob('*'))
            if path.is_file()
        }

    before, now = files(site), files(build_site(tmp_path, '-j', '2'))
    assert list(before) == list(now)
    assert [name for name, data in before.items() if data != now[name]] == []
