"""Names: which spellings are one, their ids, and where handles lead."""

from __future__ import annotations

import re

import pytest
from docutils.nodes import make_id

from sphinx_talknotes import names


@pytest.mark.parametrize(
    'spelling',
    [
        'django-debug-toolbar',
        'Django-Debug-Toolbar',
        'django_debug.toolbar',
        'Django  Debug\nToolbar',
        ' django--debug-_toolbar ',
        'ｄｊａｎｇｏ-debug-toolbar',
        'django\u2011debug\u2013toolbar',
        'dj\u200bango\u2012debug\u2212tool\u00adbar\u200e',
        '\ufeffdjango\u00a0debug\u202ftoolbar\u2069',
    ],
)
def test_case_and_separators_do_not_tell_names_apart(spelling: str) -> None:
    assert names.key(spelling) == 'django-debug-toolbar'


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        ('C', 'C++'),
        ('C', 'C#'),
        ('South', 'Souths'),
        ('Zapke', 'Zäpke'),
        ('渋谷', '渋'),
        ('-', '--'),
        ('+', '++'),
    ],
)
def test_different_names_have_different_keys_and_ids(one: str, other: str) -> None:
    keys = names.key(one), names.key(other)
    assert keys[0] != keys[1]
    assert names.anchor('package', keys[0]) != names.anchor('package', keys[1])


@pytest.mark.parametrize('name', ['-', '...', '__', 'İstanbul', 'Straße', 'ﬁn', '渋谷'])
def test_a_key_is_its_own_key_and_never_empty(name: str) -> None:
    key = names.key(name)
    assert key
    assert names.key(key) == key


@pytest.mark.parametrize('apostrophe', '\u2018\u2019\u201b\u02bc\u2032\u00b4`\uff07')
def test_the_forms_of_apostrophes_do_not_tell_names_apart(apostrophe: str) -> None:
    assert names.key(f'O{apostrophe}Meara') == names.key("O'Meara")
    assert names.key(f'O{apostrophe}Meara') != names.key('OMeara')


def test_the_forms_of_quotes_do_not_tell_names_apart() -> None:
    assert names.key('Jo \u201cJ\u201d \u201eK\u201f') == names.key('Jo "J" "K"')


def test_a_name_that_nobody_sees_is_still_one() -> None:
    assert names.key('\u200b') == '\u200b'


@pytest.mark.parametrize(
    ('text', 'name'),
    [
        ('psycopg[binary]', 'psycopg'),
        ('psycopg [binary, pool] >=3,<4', 'psycopg'),
        ('django==5.2', 'django'),
        ('Django ~= 5.2', 'Django'),
        ('South (>=1)', 'South'),
        ("tomli; python_version < '3.11'", 'tomli'),
        ('psycopg2', 'psycopg2'),
        ('C++', 'C++'),
        ('Debug Toolbar', 'Debug Toolbar'),
        ('what (it is)', 'what (it is)'),
        ('[binary]', '[binary]'),
        ('wheel @ https://a.example/;x', 'wheel @ https://a.example/;x'),
    ],
)
def test_extras_and_versions_are_no_part_of_a_name(text: str, name: str) -> None:
    assert names.package_name(text) == name


# -- handles -------------------------------------------------------------------


@pytest.mark.parametrize(
    'spelling', ['@enn_io', 'enn_io', '@Enn_IO', ' @enn_io ', '\u200e@enn_io\u2069']
)
def test_at_and_case_do_not_tell_handles_apart(spelling: str) -> None:
    assert names.handle_key(spelling) == 'enn_io'


def test_separators_tell_handles_apart() -> None:
    assert names.handle_key('@enn_io') != names.handle_key('@enn-io')


@pytest.mark.parametrize(
    'handle',
    [
        '@enn_io',
        'enn_io',
        '@x',
        '@9lives',
        '@a.b-c',
        '@natea@mastodon.example.org',
        '@NAT',
    ],
)
def test_a_service_could_have_given_out_these_handles(handle: str) -> None:
    assert names.is_handle(handle)


@pytest.mark.parametrize(
    'handle',
    [
        '',
        '@',
        '@@x',
        '@Zapke-Gründemann',
        '@渋谷',
        '@a b',
        '@a/b',
        '@a!',
        '@-a',
        '@a@',
        '@a@b@c',
        'Kelvin\u212a',
        '@a\n',
    ],
)
def test_no_service_has_such_handles(handle: str) -> None:
    assert not names.is_handle(handle)


# -- ids -----------------------------------------------------------------------

NAMES = [
    'South',
    'django-debug-toolbar',
    'Zapke-Gründemann',
    'Zapke-Grundemann',
    '渋谷',
    '渋',
    'C',
    'C++',
    'C#',
    '+',
    'x' * 300,
    'x' * 301,
    'ß',
    'ss-',
    '"><script>',
    '\u202eabc',
]


def test_ids_are_what_links_from_elsewhere_rely_on() -> None:
    ids = {name: names.anchor('package', names.key(name)) for name in NAMES}
    assert ids['South'] == 'package--south'
    assert ids['django-debug-toolbar'] == 'package--django-debug-toolbar'
    assert ids['C'] == 'package--c'
    assert ids['C++'] == 'package--c--cedb1bac'
    assert ids['Zapke-Gründemann'] == 'package--zapke-grundemann--dd8b6b7a'
    assert ids['渋谷'] == 'package--51e0f8bb'


def test_an_id_keeps_the_underscore_of_a_handle() -> None:
    assert names.anchor('handle', 'enn_io') == 'handle--enn_io'


@pytest.mark.parametrize('name', NAMES)
def test_an_id_is_ascii_and_needs_no_escape_anywhere(name: str) -> None:
    anchor = names.anchor('speaker', names.key(name))
    assert re.fullmatch('speaker--[a-z0-9_-]+', anchor)
    assert len(anchor) < 80


def test_ids_of_different_names_differ() -> None:
    keys = {names.key(name) for name in NAMES}
    assert len({names.anchor('package', key) for key in keys}) == len(keys)


def test_ids_of_different_kinds_differ() -> None:
    assert names.anchor('handle', 'x') != names.anchor('package', 'x')


PLACES = [
    ('talks', 'a', '1'),
    ('talks-a', '1'),
    ('talks_a', '1'),
    ('talks--a', '1'),
    ('Talks-a', '1'),
    ('talks.a', '1'),
    ('talks/a', '1'),
    ('talks-a-1',),
    ('talks-a', '11'),
    ('談話', '1'),
]


def test_ids_of_places_say_page_and_number_and_differ() -> None:
    ids = [names.anchor('todo', *parts) for parts in PLACES]
    assert ids[:2] == ['todo--talks--a--1', 'todo--talks-a--1']
    assert len(set(ids)) == len(PLACES)
    assert all(re.fullmatch('todo--[a-z0-9_-]+', anchor) for anchor in ids)


def test_no_id_is_one_that_docutils_makes_of_a_heading() -> None:
    ids = [names.anchor('package', names.key(name)) for name in NAMES]
    assert [anchor for anchor in ids if make_id(anchor) == anchor] == []


# -- where handles lead --------------------------------------------------------


@pytest.mark.parametrize(
    ('handle', 'url'),
    [
        ('@ada@social.example', 'https://social.example/@ada'),
        ('@Ada.L@Social.Example', 'https://social.example/@Ada.L'),
        ('@ben.bsky.social', 'https://bsky.app/profile/ben.bsky.social'),
        ('@Ben.BSKY.social', 'https://bsky.app/profile/ben.bsky.social'),
        ('@ada', ''),
        ('@ada.lovelace', ''),
        ('@ada@host', ''),
    ],
)
def test_the_form_of_a_handle_says_where_it_leads(handle: str, url: str) -> None:
    assert names.profile(handle) == url
    template = 'https://code.example/{handle}/'
    other = f'https://code.example/{handle.removeprefix("@")}/'
    assert names.profile(handle, template) == (url or other)
