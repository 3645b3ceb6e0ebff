"""Every word and address of the notes as handed over is on the page of its talk."""

from __future__ import annotations

import hashlib
import pickle
import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from notes import ROOT
from projects import dead_fragments, links, one
from sphinx_talknotes.domain import TalkDomain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sphinx.environment import BuildEnvironment

SEED = ROOT / 'seeds' / '000_f8febdaecd254f7f.txt'
SEED_SHA256 = '6f680fcb662030b812c9804eff263bf54311c07c29d393123cc4da07671d29e7'

#: The pages in the order of the toctree, each with its heading in the seed.
PAGES = {
    'eric-florenzano': 'Eric Florenzano',
    'mozilla': 'Mozilla',
    'packaging': 'Packaging',
    'django-and-pypy': 'Django and PyPy',
    'cms-panel': 'CMS Panel',
    'responsive-web-design': 'Responsive Web Design',
    'lightning-talks-1': 'Lightning Talks',
    'bitbucket': 'BitBucket',
    'continuous-integration-and-deployment': 'Continuous Integration and Deployment',
    'unjoinify': 'unjoinify',
    'celery': 'Celery',
    'eightspaces-reusable-apps': 'EightSpaces - Reusable Apps',
    'core-developer-panel-discussion': 'Core Developer Panel Discussion',
    'multilingual-using-orm': 'Multilingual using ORM',
    'lightning-talks-2': 'Lightning Talks',
    'impact-of-django': 'Impact of Django',
    'building-apis-for-mobile': "Building API's for mobile",
    'best-and-worst-of-djangos-core': "Best and Worst of Django's Core",
    'django-on-rails': 'Django on Rails',
    'deploying-at-an-unusual-scale': 'Deploying at an unusual scale',
    'taming-runtime-dynamic-models': 'Taming runtime dynamic models',
    'scalability-panel': 'Scalability Panel',
    'whither-django': 'Whither Django',
    'sprinting': 'Sprinting',
    'other-links': 'Other Links',
    'to-do': 'To Do',
}

#: The pages that are no talk.
NO_TALKS = {'other-links', 'to-do'}

#: What is missing on purpose, or said again: page -> the seed's text, what stands on
#: the page instead, the reason.
ON_PURPOSE = {
    'eric-florenzano': [
        (
            'Eric Florenzano\n===============\n',
            'Eric Florenzano\n===============\nEric Florenzano\n',
            "the heading is the speaker's name, so the byline has it too",
        ),
    ],
    'responsive-web-design': [
        (
            ':download:`../misc/rwd_djangocon_talk.pdf`',
            '',
            'the slides did not come with the notes; an added text says so',
        ),
    ],
}

#: The bylines that the issue asks for: page -> (as the notes have it, added name).
BYLINES: dict[str, list[tuple[str, str]]] = {
    'eric-florenzano': [('Eric Florenzano', '')],
    'mozilla': [('', 'Andy McKay')],
    'packaging': [('Jannis Leidel @enn_io', '')],
    'django-and-pypy': [('', 'Alex Gaynor')],
    'cms-panel': [('', '')],
    'responsive-web-design': [('', '')],
    'lightning-talks-1': [('', '')],
    'bitbucket': [('', 'Jesper Noehr')],
    'continuous-integration-and-deployment': [('', 'Szilveszter Farkas')],
    'unjoinify': [('', 'Matt Westcott')],
    'celery': [('@keimlink', '')],
    'eightspaces-reusable-apps': [('@vanschelven', 'Klaas van Schelven')],
    'core-developer-panel-discussion': [
        ('', 'Andrew Godwin'),
        ('', 'Idan Gazit'),
        ('', 'Russell Keith-Magee'),
        ('', 'Alex Gaynor'),
        ('', 'Jannis Leidel'),
    ],
    'multilingual-using-orm': [('', '')],
    'lightning-talks-2': [('', '')],
    'impact-of-django': [('Armin Ronacher @mitsuhiko', '')],
    'building-apis-for-mobile': [('', '')],
    'best-and-worst-of-djangos-core': [('@alex_gaynor', 'Alex Gaynor')],
    'django-on-rails': [('@zacharyvoase', 'Zachary Voase')],
    'deploying-at-an-unusual-scale': [('@andrewgodwin', 'Andrew Godwin')],
    'taming-runtime-dynamic-models': [('', 'Will Hardy')],
    'scalability-panel': [('', '')],
    'whither-django': [('Russell Keith Magee', 'Russell Keith-Magee')],
    'sprinting': [('', '')],
}

#: The handles that the notes name in passing.
MENTIONED_HANDLES = {
    'responsive-web-design': ['@carljm'],
    'lightning-talks-1': ['@gregmuellegger', '@natea'],
    'lightning-talks-2': ['@holdenweb'],
}

_URL = re.compile(r'https?://\S+')
_UNDERLINE = re.compile(r'([=*-])\1{2,}')
#: Where a word ends, though no space stands in the HTML.
_BLOCK = re.compile(
    'article|section|div|p|pre|[uod]l|li|d[td]|h[1-6]|blockquote|aside|table|t[rdh]'
)
_PLAIN = str.maketrans('\u2018\u2019\u201c\u201d\u2013\u2014', '\'\'""--')


class Part(NamedTuple):
    """The lines of the seed that belong to a page, counted from 1."""

    docname: str
    first: int
    last: int


class Text(NamedTuple):
    """What is compared: the words without the addresses, and the addresses."""

    words: str
    urls: list[str]  #: Each once, in their order.


class Page(NamedTuple):
    """A built page, the theme's parts left out."""

    body: Tag
    metadata: Mapping[str, str]


def seed_lines() -> list[str]:
    return SEED.read_text(encoding='ascii').splitlines()


def parts(lines: Sequence[str]) -> list[Part]:
    """Find the headings of the pages, and so the lines below each."""
    # "Best and Worst" is underlined as the title is, one level too high.
    heads = [
        number
        for number, (line, below) in enumerate(pairwise(lines), 1)
        if line and _UNDERLINE.fullmatch(below) and below[0] in '=*'
    ]
    assert lines[heads[0] - 1] == 'DjangoCon.eu'
    end = next(n for n, line in enumerate(lines, 1) if line.startswith('.. _'))
    found = []
    for docname, first, after in zip(PAGES, heads[1:], [*heads[2:], end], strict=True):
        assert lines[first - 1] == PAGES[docname]
        last = max(n for n in range(first, after) if lines[n - 1])
        found.append(Part(docname, first, last))
    return found


def link_targets(lines: Sequence[str]) -> dict[str, str]:
    """Return the named links that the seed has at its end."""
    matches = (re.fullmatch(r'\.\. _`(.+)`: (\S+)', line) for line in lines)
    return {match[1]: match[2] for match in matches if match}


def plain(text: str) -> str:
    """Undo what reST and smart quotes do to characters."""
    text = text.translate(_PLAIN).replace('…', '...')
    return re.sub(r'[*`]', '', re.sub(r'-+', '-', text))


def words(text: str) -> list[str]:
    return re.findall(r'@?\w+', text)


def tokens(text: str) -> list[str]:
    """Split *text* into words and, each for itself, all other characters."""
    return re.findall(r'\w+|[^\w\s]', text)


def runs(text: str) -> list[tuple[str, ...]]:
    """Return every run of four words, or the whole text if it is shorter."""
    all_words = words(text)
    length = min(4, len(all_words))
    return [
        tuple(all_words[start : start + length])
        for start in range(len(all_words) - length + 1)
    ]


def seed_text(part: Part, lines: Sequence[str]) -> Text:
    """Return what the seed's lines of a page say, without their markup."""
    text = '\n'.join(lines[part.first - 1 : part.last])
    for old, new, reason in ON_PURPOSE.get(part.docname, ()):
        assert text.count(old) == 1, f'no longer so: {reason}'
        text = text.replace(old, new)
    targets = link_targets(lines)
    urls: list[str] = []
    out = []
    code_indent: int | None = None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if code_indent is not None and (not line or indent > code_indent):
            out.append(line)
            continue
        code_indent = indent if line.strip() == '::' else None
        if code_indent is None and not _UNDERLINE.fullmatch(line):
            out.append(_take_urls(re.sub(r'^ *- ', '', line), targets, urls))
    return Text(plain('\n'.join(out)), list(dict.fromkeys(urls)))


def _take_urls(line: str, targets: Mapping[str, str], urls: list[str]) -> str:
    """Return a *line* of prose without its addresses, which go to *urls*."""
    urls += (targets[name] for name in re.findall(r'`([^`]+)`_', line))
    line = re.sub(r'`([^`]+)`_', r'\1', line)
    for match in _URL.finditer(line):
        # What ends or encloses the sentence is no part of the address.
        url = match[0].rstrip('.,)')
        urls.append(url)
        line = line.replace(url, '', 1)
    return line


def page_text(body: Tag) -> Text:
    """Return what a page says in the writer's voice."""
    urls = [str(link['href']) for link in body.select('a[href]') if _is_the_notes(link)]
    return Text(plain(''.join(_own_words(body))), list(dict.fromkeys(urls)))


def _is_the_notes(link: Tag) -> bool:
    """Whether the address of a *link* is the notes', not ours.

    Where the notes give a package a link, it stands in a `span` that was added beside
    the name.  The other links in added text, those of bylines and those to an archived
    copy too, are ours.
    """
    if link.find_parent(class_='dead-link'):
        return False
    added = link.find_parent(class_='added')
    if added is None:
        return True
    return added.name == 'span' and added.find_parent(class_='speaker') is None


def _own_words(tag: Tag) -> Iterator[str]:
    """Yield the text of *tag* but for what was added, and for addresses."""
    classes = tag.get_attribute_list('class')
    if 'added' in classes or 'headerlink' in classes:
        return
    if tag.name == 'a' and _URL.fullmatch(tag.get_text()):
        return
    block = _BLOCK.fullmatch(tag.name) is not None
    if block:
        yield '\n'
    for child in tag.children:
        if isinstance(child, Tag):
            yield from _own_words(child)
        elif type(child) is NavigableString:  # no comments
            yield child
    if block:
        yield '\n'


@pytest.fixture(scope='module')
def env(site: Path) -> BuildEnvironment:
    """Return what Sphinx knew of the site when it was built."""
    pickled = (site.parent / 'doctrees' / 'environment.pickle').read_bytes()
    env: BuildEnvironment = pickle.loads(pickled)
    return env


@pytest.fixture(scope='module')
def pages(site: Path, env: BuildEnvironment) -> dict[str, Page]:
    found = {}
    for name in PAGES:
        html = (site / 'djangocon' / f'{name}.html').read_text(encoding='utf-8')
        body = BeautifulSoup(html, 'html.parser').select_one('.text')
        assert body is not None
        # What the page says again at its end isn't the seed's.
        for summary in body.select('.talk-summary'):
            summary.decompose()
        found[name] = Page(body, env.metadata[f'djangocon/{name}'])
    return found


PARTS = parts(seed_lines())
each_part = pytest.mark.parametrize('part', PARTS, ids=[part.docname for part in PARTS])


def test_the_seed_is_as_it_was_handed_over() -> None:
    assert hashlib.sha256(SEED.read_bytes()).hexdigest() == SEED_SHA256


def test_the_pages_stand_in_the_order_of_the_seed(env: BuildEnvironment) -> None:
    notes = [name for name in env.toctree_includes['index'] if 'djangocon/' in name]
    assert notes == [f'djangocon/{name}' for name in PAGES]


def test_every_line_of_the_seed_belongs_to_one_page(pages: Mapping[str, Page]) -> None:
    lines = seed_lines()
    owners: dict[int, list[str]] = {number: [] for number in range(1, len(lines) + 1)}
    for name, page in pages.items():
        first, last = map(int, page.metadata['seed'].split('-'))
        for number in range(first, last + 1):
            owners[number].append(name)
    assert {number: names for number, names in owners.items() if len(names) > 1} == {}
    nobodys = [lines[number - 1] for number, names in owners.items() if not names]
    title, *rest = [line for line in nobodys if line]
    assert title == 'DjangoCon.eu'
    assert _UNDERLINE.fullmatch(rest[0])
    assert len(rest[1:]) == len(link_targets(rest[1:])) == 2


@each_part
def test_a_page_says_which_lines_of_the_seed_it_holds(
    part: Part, pages: Mapping[str, Page]
) -> None:
    metadata = pages[part.docname].metadata
    assert metadata['seed'] == f'{part.first}-{part.last}'
    assert ('talk' in metadata) == (part.docname not in NO_TALKS)


@each_part
def test_every_run_of_four_words_is_on_the_page(
    part: Part, pages: Mapping[str, Page]
) -> None:
    found = set(runs(page_text(pages[part.docname].body).words))
    wanted = runs(seed_text(part, seed_lines()).words)
    assert wanted
    assert [run for run in wanted if run not in found] == []


@each_part
def test_every_url_is_a_link_on_the_page_in_the_order_of_the_seed(
    part: Part, pages: Mapping[str, Page]
) -> None:
    wanted = seed_text(part, seed_lines()).urls
    found = page_text(pages[part.docname].body).urls
    assert [url for url in found if url in wanted] == wanted


@each_part
def test_the_page_has_the_seeds_words_and_marks_in_order_and_no_others(
    part: Part, pages: Mapping[str, Page]
) -> None:
    seed, page = seed_text(part, seed_lines()), page_text(pages[part.docname].body)
    assert tokens(page.words) == tokens(seed.words)


@each_part
def test_the_page_links_to_nothing_else_in_the_writers_voice(
    part: Part, pages: Mapping[str, Page]
) -> None:
    urls = {url for url in page_text(pages[part.docname].body).urls if _URL.match(url)}
    assert urls - set(seed_text(part, seed_lines()).urls) == set()


def test_a_lost_word_and_a_changed_address_are_noticed(
    pages: Mapping[str, Page],
) -> None:
    part = PARTS[1]
    html = str(pages[part.docname].body)
    seed = seed_text(part, seed_lines())

    def lost(changed: str) -> tuple[int, set[str]]:
        body = BeautifulSoup(changed, 'html.parser').select_one('.text')
        assert body is not None
        page = page_text(body)
        lost_urls = set(seed.urls) - set(page.urls)
        return len(set(runs(seed.words)) - set(runs(page.words))), lost_urls

    assert lost(html) == (0, set())
    assert lost(html.replace('succinct', '')) == (4, set())
    assert lost(html.replace('succinct', '<span class="added">succinct</span>')) == (
        4,
        set(),
    )
    zeus = 'http://www.zeus.com/community'
    assert lost(html.replace(zeus, 'http://www.zeus.com/')) == (0, {zeus})


@pytest.mark.parametrize('name', BYLINES)
def test_a_byline_says_what_the_notes_say_and_marks_what_was_added(
    name: str, pages: Mapping[str, Page]
) -> None:
    bylines = pages[name].body.select('.speaker')
    written = [' '.join(''.join(_own_words(byline)).split()) for byline in bylines]
    # The official title alone stands above the bylines.
    said = [names for names in BYLINES[name] if any(names)]
    assert written == [notes for notes, _added_name in said]
    fields = pages[name].body.select('.talk-fields a.external')
    for byline, (_notes, added_name) in zip(bylines, said, strict=True):
        added = byline.select('.added')
        assert added_name in ' '.join(tag.get_text() for tag in added)
        if added:
            assert fields or byline.select('.added a.external'), 'without a source'


def test_a_talk_has_a_title_block(pages: Mapping[str, Page]) -> None:
    for name in BYLINES:
        section = pages[name].body.select('section')[0]
        title = section.find('h1')
        assert isinstance(title, Tag)
        first = title.find_next_sibling()
        assert first in section.select('p.official-title'), name
        official = one(section, 'p.official-title').get_text()
        assert official.startswith('['), name
        assert official.endswith(']'), name
        fields = one(section, '.talk-fields')
        assert fields.get_text().strip().startswith('[Video'), name
        if bylines := section.select('p.speaker'):
            assert bylines[-1] in fields.find_all_previous('p'), name
        for byline in bylines:
            assert 'archive.org' not in byline.get_text()


def test_every_talk_has_its_bylines_here() -> None:
    assert set(BYLINES) == set(PAGES) - NO_TALKS


@each_part
def test_a_page_names_the_handles_of_its_notes(
    part: Part, pages: Mapping[str, Page]
) -> None:
    written = [notes for notes, _added_name in BYLINES.get(part.docname, ())]
    spoke = [
        word for notes in written for word in notes.split() if word.startswith('@')
    ]
    body = BeautifulSoup(str(pages[part.docname].body), 'html.parser')
    for code in body.select('pre'):  # decorators are no handles
        code.decompose()
    found = re.findall(r'@\w+', ''.join(_own_words(body)))
    assert sorted(found) == sorted(spoke + MENTIONED_HANDLES.get(part.docname, []))


def test_every_handle_of_the_notes_is_an_object_of_the_site(
    env: BuildEnvironment,
) -> None:
    objects = TalkDomain(env).get_objects()
    assert {name for name, _shown, kind, *_place in objects if kind == 'handle'} == {
        '@enn_io',
        '@keimlink',
        '@vanschelven',
        '@alex_gaynor',
        '@zacharyvoase',
        '@andrewgodwin',
        '@mitsuhiko',
        '@natea',
        '@gregmuellegger',
        '@carljm',
        '@holdenweb',
    }


def test_a_line_that_a_byline_is_part_of_is_shown_as_one(
    pages: Mapping[str, Page],
) -> None:
    before = one(pages['packaging'].body, '.run-in + .speaker')
    assert ''.join(_own_words(before)).strip() == 'Jannis Leidel @enn_io'
    after = one(pages['whither-django'].body, '.speaker + .run-on')
    assert after.get_text() == '(core committer).'


def test_the_link_of_the_notes_is_with_its_package(env: BuildEnvironment) -> None:
    packages = TalkDomain(env).data['packages']
    (backup,) = packages['djangocon/deploying-at-an-unusual-scale']
    assert (backup.name, backup.links) == (
        'btrfs', ('http://btrfs.wiki.kernel.org/',)
    )  # fmt: skip
    panel = packages['djangocon/core-developer-panel-discussion']
    assert {package.list_title for package in panel} == {''}


def test_no_link_inside_the_site_leads_nowhere(site: Path) -> None:
    html = (site / 'index.html').read_text(encoding='utf-8')
    found = links(one(BeautifulSoup(html, 'html.parser'), '.text'))
    assert ('index', 'genindex.html') in found
    assert ('notes.json', 'notes.json') in found
    assert dead_fragments(site) == []


@pytest.mark.parametrize('builder', ['singlehtml', 'epub'])
def test_a_book_says_the_day_of_each_talk(
    builder: str, built: Callable[[str], Path], env: BuildEnvironment
) -> None:
    dated = sorted(name for name, meta in env.metadata.items() if 'date' in meta)
    assert len(dated) > 20
    said = []
    for path in built(builder).rglob('*html'):
        page = BeautifulSoup(path.read_text(encoding='utf-8'), 'html.parser')
        for line in page.select('p.day'):
            before = line.find_previous_sibling()
            assert before
            assert before.name in {'h1', 'h2', 'h3', 'h4'}
            said.append(line.text)
    assert len(said) == len(dated)
    days = ('Monday, 6 June 2011', 'Tuesday, 7 June 2011', 'Wednesday, 8 June 2011')
    assert set(said) == set(days)


def test_a_book_has_all_pages_in_its_contents_and_in_their_order(
    built: Callable[[str], Path], env: BuildEnvironment
) -> None:
    epub = built('epub')
    contents = BeautifulSoup((epub / 'nav.xhtml').read_text('utf-8'), 'html.parser')
    order = ['index', *env.toctree_includes['index']]
    assert [link['href'] for link in contents.select('nav a')] == [
        f'{name}.xhtml' for name in order
    ]


@pytest.mark.parametrize(
    ('builder', 'promised'),
    [('singlehtml', {'notes.json'}), ('epub', {'genindex.xhtml'}), ('text', set())],
)
def test_the_front_page_promises_no_file_that_a_builder_does_not_write(
    builder: str, promised: set[str], built: Callable[[str], Path]
) -> None:
    out = built(builder)
    name = {'singlehtml': 'index.html', 'epub': 'index.xhtml', 'text': 'index.txt'}
    front = (out / name[builder]).read_text(encoding='utf-8')
    front = front.partition('<main')[2] or front
    assert 'notes.json' in front
    named = set(re.findall(r'href="((?:genindex|notes)[^"]*)"', front))
    assert named == promised
    assert {file for file in named if not (out / file).is_file()} == set()
