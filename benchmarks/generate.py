"""Generates conference notes thrice: with our directives, and in plain reST."""

from __future__ import annotations

import random
import textwrap
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

#: The same words on every machine, in every run.
SEED = 2011

POINTS = 12  #: Bullets of prose in a talk.
PACKAGES = 6  #: Packages in a talk.
NAMED_IN = 5  #: Talks that name one package, on average.
TALKS_BY_SPEAKER = 2  #: Talks that one person gives, on average.
WIDTH = 79  #: Columns of a source line.

#: The ways to write the same notes: in plain reST the talks alone, then with the
#: collected page written out by hand; and with our directives.
SIDES = ('plain', 'by hand', 'talknotes')

#: The page that has the collected lists.
COLLECTED = """\
Collected
=========

Packages
--------

.. package-list::

Speakers
--------

.. speaker-list::

To do
-----

.. todo-list::
"""

FIRST_NAMES = """\
    Ada Alex Andrew Anna Ben Carla Daniel Elena Emil Eric Hanna Honza Idan Ines
    Ivan Jannis Jorge Julia Karen Lars Lena Lin Markus Mia Mikael Nadia Noor
    Olga Paul Rafael Rosa Russell Simon Sofia Tom Ulrike Vera Will Yuki Zachary"""
LAST_NAMES = """\
    Andersen Becker Bianchi Bosch Costa Dahl Dubois Eriksen Farkas Fischer
    Garcia Godwin Haas Hansen Holm Ito Jansen Keller Klein Kovac Lang Leidel
    Lopez Meyer Moreau Novak Olsen Peters Quinn Ricci Romero Sato Silva Smit
    Tanaka Vogel Weber Willison Wolf Zapke"""
FAMILIES = 'django py flask celery zope pinax wsgi redis mongo sql twisted git'
SUBJECTS = """\
    admin audit auth blog cache chart cms comment config debug deploy email
    export feed filter form gallery geo graph image import invite locale log
    mail menu message metric migrate model notify page payment permission poll
    queue registry report rest rule schema search session shop sitemap social
    storage tag task template tenant test theme thumbnail token translate url
    user vote widget wiki"""
FORMS = 'kit tools lite extras core'
SUCCESSORS = ('', '-2', '-ng', '-next')
PURPOSES = (
    'asynchronous tasks',
    'database migrations',
    'debugging templates',
    'full text search',
    'sending mail in bulk',
    'storing files elsewhere',
    'small REST services',
    'translations in the database',
    'thumbnails on demand',
    'payments by card',
)
VERDICT_LABELS = {
    'recommended': 'recommended',
    'interesting': 'interesting',
    'not-relevant': 'not relevant',
}
LIST_TITLES = {
    'recommended': 'Looks really useful',
    'interesting': 'Interesting',
    'not-relevant': 'Probably not relevant',
}
WORDS = """\
    a about after again all an and any are at backend be because before between
    browser build but by cache cannot change client code connection data
    database default deploy design developer does each easy every fast field
    file first for form framework from function good has have how if in is it
    job keep language large less library like load make many memory message
    method middleware migration model more most must never new not of often on
    one only or other over page pattern people plan problem process project
    queue query read really release request response result reusable run same
    save scale schema server settings should signal simple site slow small some
    sprint start state static still table template test than that the their them
    then there thing this thread time to too tool transaction two until update
    use user useful using value version view want was way web well what when
    where which while why will with without work worker write you your"""


class Package(NamedTuple):
    """A package as the notes give it."""

    name: str
    summary: str
    url: str


class Talk(NamedTuple):
    """A page of notes."""

    docname: str
    title: str
    speaker: str
    handle: str
    points: tuple[str, ...]
    verdict: str
    packages: tuple[Package, ...]
    todo: str


def talks(count: int) -> list[Talk]:
    """Return *count* talks, the same in every run."""
    rng = random.Random(SEED)
    pool = _packages(rng, max(PACKAGES, count * PACKAGES // NAMED_IN))
    people = list(product(FIRST_NAMES.split(), LAST_NAMES.split()))
    people = rng.sample(people, min(len(people), count // TALKS_BY_SPEAKER + 1))
    found = []
    for number in range(1, count + 1):
        first, last = rng.choice(people)
        packages = tuple(rng.sample(pool, PACKAGES))
        found.append(
            Talk(
                docname=f'talks/talk-{number:04}',
                title=f'{_words(rng, 4).capitalize()} {number}',
                speaker=f'{first} {last}',
                handle=f'@{first}{last}'.lower(),
                points=tuple(
                    f'{_words(rng, rng.randint(6, 24)).capitalize()}.'
                    for _ in range(POINTS)
                ),
                verdict=rng.choice(list(LIST_TITLES)),
                packages=packages,
                todo=f'Try {packages[0].name}: {_words(rng, 6)}.',
            )
        )
    return found


def _packages(rng: random.Random, count: int) -> list[Package]:
    """Return *count* packages, each with what it does and its link."""
    parts = product(FAMILIES.split(), SUBJECTS.split(), FORMS.split(), SUCCESSORS)
    names = [f'{family}-{subject}-{form}{new}' for family, subject, form, new in parts]
    return [
        Package(
            name,
            rng.choice(PURPOSES),
            f'http://pypi.python.org/pypi/{name}',
        )
        for name in rng.sample(names, count)
    ]


def _words(rng: random.Random, count: int) -> str:
    return ' '.join(rng.choices(WORDS.split(), k=count))


def page(side: str, talk: Talk) -> str:
    """Return the source of a talk's page as one of `SIDES` writes it."""
    title = f'{talk.title}\n{"=" * len(talk.title)}\n'
    points = '\n'.join(_wrap(point, '- ', '  ') for point in talk.points)
    heading = LIST_TITLES[talk.verdict]
    entries = '\n'.join(
        f'{entry.name} : {entry.summary}\n   {entry.url}' for entry in talk.packages
    )
    if side != 'talknotes':
        return (
            f'{title}\n{talk.speaker} {talk.handle}\n\n{points}\n\n'
            f'.. rubric:: {heading}\n\n{entries}\n\n'
            f'.. admonition:: To do\n\n{_wrap(talk.todo, "   ", "   ")}\n'
        )
    todo = _wrap(talk.todo, '.. todo:: ', '   ')
    return (
        f':talk:\n:date: 2011-06-07\n\n{title}\n'
        f'.. speaker:: {talk.speaker}\n   :handle: {talk.handle}\n\n{points}\n\n'
        f'.. packages:: {heading}\n   :verdict: {talk.verdict}\n\n'
        f'{textwrap.indent(entries, "   ")}\n\n{todo}\n'
    )


def _wrap(text: str, first: str, rest: str) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
    )


def collected_by_hand(notes: list[Talk]) -> str:
    """Return what `COLLECTED` shows as someone would write it without our directives.

    It has the same words and links, but that those lead to a page and not to a place in
    it; nor do the talks lead back, and nothing is in the general index.
    """
    packages: dict[Package, list[str]] = {}
    speakers: dict[str, list[str]] = {}
    todos = []
    for talk in notes:
        page = f':doc:`{talk.docname}`'
        place = f'{page}: {LIST_TITLES[talk.verdict]} ({VERDICT_LABELS[talk.verdict]})'
        for package in talk.packages:
            packages.setdefault(package, []).append(place)
        speakers.setdefault(f'{talk.speaker} {talk.handle}', []).append(page)
        todos.append(f'- {talk.todo} \N{EN DASH} {page}\n')
    listed = (
        _definition(name, f'{summary}\n\n{url}\n\n{_bullets(places)}')
        for (name, summary, url), places in sorted(packages.items())
    )
    spoke = (
        _definition(speaker, _bullets(pages))
        for speaker, pages in sorted(speakers.items())
    )
    text = COLLECTED.replace('.. package-list::\n', ''.join(listed))
    text = text.replace('.. speaker-list::\n', ''.join(spoke))
    count = f'{len(todos)} open, 0 done\n\n'
    return text.replace('.. todo-list::\n', count + ''.join(todos))


def _definition(term: str, text: str) -> str:
    return f'{term}\n{textwrap.indent(text, "   ")}\n'


def _bullets(items: list[str]) -> str:
    return ''.join(f'- {item}\n' for item in items)


def write_site(side: str, folder: Path, notes: list[Talk]) -> None:
    """Write the sources of a site into *folder*, but for what is there already."""
    (folder / 'talks').mkdir(parents=True, exist_ok=True)
    # The theme is Sphinx's plainest on both sides, for it isn't what is measured.
    settings: dict[str, object] = {'project': 'Notes', 'html_theme': 'basic'}
    pages = [talk.docname for talk in notes]
    if side == 'talknotes':
        settings |= {'extensions': ['sphinx_talknotes'], 'primary_domain': 'talk'}
    if side != 'plain':
        text = COLLECTED if side == 'talknotes' else collected_by_hand(notes)
        pages.append('collected')
        _write(folder, 'collected.rst', text)
    lines = (f'{name} = {value!r}\n' for name, value in settings.items())
    _write(folder, 'conf.py', ''.join(lines))
    entries = '\n'.join(f'   {docname}' for docname in pages)
    _write(folder, 'index.rst', f'Notes\n=====\n\n.. toctree::\n\n{entries}\n')
    for talk in notes:
        _write(folder, f'{talk.docname}.rst', page(side, talk))


def _write(folder: Path, name: str, text: str) -> None:
    # Sphinx reads a file again by its time, whatever is in it.
    path = folder / name
    if not path.exists() or path.read_text(encoding='utf-8') != text:
        path.write_text(text, encoding='utf-8')
