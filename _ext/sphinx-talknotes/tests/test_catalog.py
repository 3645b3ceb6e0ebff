"""The package's own words are in the language of the site, with the right plurals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from sphinx_talknotes import translate

if TYPE_CHECKING:
    from pathlib import Path

    from babel.messages.catalog import Catalog, Message

    from fixtures import MakeProject

NOTES = """Vortrag
=======

.. talk::
   :date: 2025-09-12

.. speaker:: Ada Feld

.. packages:: Gesehen
   :verdict: recommended

   - black

.. todo:: Ansehen.
   :done: 2025-09-20
"""
LISTS = (
    'Listen\n======\n\n.. at-a-glance::\n\n.. package-list::\n\n.. todo-list::\n\n'
    '.. talks::\n\n.. toctree::\n   :glob:\n\n   *\n'
)
LANGUAGES = sorted(path.name for path in translate.FOLDER.iterdir())


def folder(language: str) -> Path:
    return translate.FOLDER / language / 'LC_MESSAGES'


def catalog(language: str) -> Catalog:
    with (folder(language) / f'{translate.CATALOG}.po').open('rb') as file:
        return read_po(file, language)


def test_a_site_in_german_has_german_words(make_project: MakeProject) -> None:
    project = make_project({'index.rst': LISTS, 'eins.rst': NOTES})
    german = {'language': 'de'}
    build = project.build(confoverrides=german)
    assert build.warnings == []
    said = [line.replace('\N{NO-BREAK SPACE}', ' ') for line in build.lines('index')]
    assert said[1] == '1 Vortrag, 1 Person, 1 Paket, 1 Aufgabe'
    assert 'Vortrag: Gesehen [empfohlen]' in said
    assert '0 offen, 1 erledigt' in said
    assert 'Erledigt: 2025-09-20' in build.lines('eins')

    later = NOTES.replace('-12', '-13').replace('black', 'uv').replace('Ada', 'Eva')
    project.write({'zwei.rst': later})
    said = project.build(confoverrides=german).lines('index')
    numbers = said[1].replace('\N{NO-BREAK SPACE}', ' ')
    assert numbers == '2 Vorträge, 2 Personen, 2 Pakete, 2 Aufgaben'
    assert 'Samstag, 13. September 2025' in said
    said = project.build(confoverrides={'language': 'ja'}).lines('index')
    assert '2025年9月13日土曜日' in said


def test_german_is_there() -> None:
    assert 'de' in LANGUAGES


@pytest.mark.parametrize('language', LANGUAGES)
def test_the_words_of_pages_are_translated(language: str) -> None:
    # `make catalogs` brings a catalog up to date.
    keywords = {'_': None, 'ngettext': (1, 2), '_counted': (2, 3)}
    found = extract_from_dir(translate.FOLDER.parent, keywords=keywords)
    known = catalog(language)
    words = {message for _file, _line, message, _comments, _context in found}
    assert len(words) > 50
    missing = [w for w in words if (m := known.get(w)) is None or not all(_texts(m))]
    # A few may be newer than the catalog; they are in English until it follows.
    assert len(missing) <= len(words) // 20, missing


@pytest.mark.parametrize('language', LANGUAGES)
def test_a_translation_has_the_same_placeholders(language: str) -> None:
    for message in catalog(language):
        if not message.id:
            continue
        # One may say its number in words, so the plural is what counts.
        original = _texts_of(message.id)[-1]
        for text in filter(None, _texts(message)):
            assert _placeholders(text) == _placeholders(original), text


@pytest.mark.parametrize('language', LANGUAGES)
def test_the_compiled_catalog_is_up_to_date(language: str) -> None:
    with (folder(language) / f'{translate.CATALOG}.mo').open('rb') as file:
        compiled = {_texts_of(m.id): _texts(m) for m in read_mo(file) if m.id}
    messages = [m for m in catalog(language) if m.id and all(_texts(m))]
    written = {_texts_of(m.id): _texts(m) for m in messages}
    assert compiled == written


def _texts(message: Message) -> tuple[str, ...]:
    return _texts_of(message.string)


def _texts_of(text: object) -> tuple[str, ...]:
    """Return a text, or the forms of one: babel has them in lists and in tuples."""
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text),)


def _placeholders(text: str) -> list[str]:
    return re.findall(r'%[a-z]|\{\w+\}|:\w+:', text)
