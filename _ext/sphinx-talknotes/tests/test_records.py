"""Names, handles and ids, and who and what is the same: the pure functions."""

from __future__ import annotations

import random
import re
from itertools import permutations

import pytest
from docutils.nodes import make_id

from sphinx_talknotes import records
from sphinx_talknotes.records import Mention, Package, Speaker


def speaker(
    name: str = '', handle: str = '', added_name: str = '', docname: str = 'page'
) -> Speaker:
    return Speaker(docname, 'id', name, handle, added_name, '', (), f'{docname}.rst:1')


def package(
    name: str, docname: str = 'page', summary: str = '', links: tuple[str, ...] = ()
) -> Package:
    return Package(docname, 'id', name, summary, links, '', '')


def mention(
    target: str,
    docname: str = 'page',
    kind: str = 'package',
    links: tuple[str, ...] = (),
) -> Mention:
    return Mention(docname, 'id', kind, target, links)


# -- names ---------------------------------------------------------------------


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
    assert records.key(spelling) == 'django-debug-toolbar'


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
    keys = records.key(one), records.key(other)
    assert keys[0] != keys[1]
    assert records.anchor('package', keys[0]) != records.anchor('package', keys[1])


@pytest.mark.parametrize('name', ['-', '...', '__', 'İstanbul', 'Straße', 'ﬁn', '渋谷'])
def test_a_key_is_its_own_key_and_never_empty(name: str) -> None:
    key = records.key(name)
    assert key
    assert records.key(key) == key


@pytest.mark.parametrize('apostrophe', '\u2018\u2019\u201b\u02bc\u2032\u00b4`\uff07')
def test_the_forms_of_apostrophes_do_not_tell_names_apart(apostrophe: str) -> None:
    assert records.key(f'O{apostrophe}Meara') == records.key("O'Meara")
    assert records.key(f'O{apostrophe}Meara') != records.key('OMeara')


def test_the_forms_of_quotes_do_not_tell_names_apart() -> None:
    assert records.key('Jo \u201cJ\u201d \u201eK\u201f') == records.key('Jo "J" "K"')


def test_a_name_that_nobody_sees_is_still_one() -> None:
    assert records.key('\u200b') == '\u200b'


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
    assert records.package_name(text) == name


# -- bylines of one talk -------------------------------------------------------


@pytest.mark.parametrize(
    'bylines',
    [
        [speaker('Ada'), speaker('ADA')],
        [speaker('Ada', '@ada'), speaker('', '@Ada')],
        [speaker('', '@ada'), speaker('Ada', '@ada'), speaker('Ada')],
        [speaker('', '@ada', 'Ada'), speaker('Ada')],
    ],
)
def test_a_person_is_once_in_a_talk(bylines: list[Speaker]) -> None:
    (found,) = records.each_person_once(bylines)
    assert records.key(found.best_name) == 'ada'
    assert found.handle == next((b.handle for b in bylines if b.handle), '')


@pytest.mark.parametrize(
    'bylines',
    [
        [speaker('Ada'), speaker('Ben')],
        [speaker('Ada', '@ada'), speaker('Ada', '@other')],
        [speaker('Ada', '@ada'), speaker('Ben', '@ada')],
        [speaker('', '', 'Ada'), speaker('', '@ada', 'Ben')],
        [speaker(), speaker()],
        [
            speaker('Ada')._replace(added_title='One'),
            speaker('Ada')._replace(added_title='Two'),
        ],
    ],
)
def test_bylines_that_differ_are_kept(bylines: list[Speaker]) -> None:
    assert records.each_person_once(bylines) == bylines


def test_a_second_byline_adds_what_the_first_does_not_say() -> None:
    later = speaker('Ada', '@ada')._replace(
        added_title='One', sources=('u', 'v'), affiliation='Engines'
    )
    (found,) = records.each_person_once(
        [speaker('Ada')._replace(sources=('u',)), later]
    )
    assert found.sources == ('u', 'v')
    said = found.handle, found.added_title, found.affiliation
    assert said == ('@ada', 'One', 'Engines')


def test_a_name_is_the_same_however_its_accents_are_encoded() -> None:
    assert records.key('Gru\u0308n') == records.key('Gr\u00fcn')


# -- handles -------------------------------------------------------------------


@pytest.mark.parametrize('spelling', ['@enn_io', 'enn_io', '@Enn_IO', ' @enn_io '])
def test_at_and_case_do_not_tell_handles_apart(spelling: str) -> None:
    assert records.handle_key(spelling) == 'enn_io'


def test_separators_tell_handles_apart() -> None:
    assert records.handle_key('@enn_io') != records.handle_key('@enn-io')


@pytest.mark.parametrize(
    'handle',
    ['@enn_io', 'enn_io', '@x', '@9lives', '@a.b-c', '@natea@mastodon.example.org'],
)
def test_a_service_could_have_given_out_these_handles(handle: str) -> None:
    assert records.is_handle(handle)


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
    assert not records.is_handle(handle)


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
    ids = {name: records.anchor('package', records.key(name)) for name in NAMES}
    assert ids['South'] == 'package--south'
    assert ids['django-debug-toolbar'] == 'package--django-debug-toolbar'
    assert ids['C'] == 'package--c'
    assert ids['C++'] == 'package--c--cedb1bac'
    assert ids['Zapke-Gründemann'] == 'package--zapke-grundemann--dd8b6b7a'
    assert ids['渋谷'] == 'package--51e0f8bb'


def test_an_id_keeps_the_underscore_of_a_handle() -> None:
    assert records.anchor('handle', 'enn_io') == 'handle--enn_io'


@pytest.mark.parametrize('name', NAMES)
def test_an_id_is_ascii_and_needs_no_escape_anywhere(name: str) -> None:
    anchor = records.anchor('speaker', records.key(name))
    assert re.fullmatch('speaker--[a-z0-9_-]+', anchor)
    assert len(anchor) < 80


def test_ids_of_different_names_differ() -> None:
    keys = {records.key(name) for name in NAMES}
    assert len({records.anchor('package', key) for key in keys}) == len(keys)


def test_ids_of_different_kinds_differ() -> None:
    assert records.anchor('handle', 'x') != records.anchor('package', 'x')


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
    ids = [records.anchor('todo', *parts) for parts in PLACES]
    assert ids[:2] == ['todo--talks--a--1', 'todo--talks-a--1']
    assert len(set(ids)) == len(PLACES)
    assert all(re.fullmatch('todo--[a-z0-9_-]+', anchor) for anchor in ids)


def test_no_id_is_one_that_docutils_makes_of_a_heading() -> None:
    ids = [records.anchor('package', records.key(name)) for name in NAMES]
    assert [anchor for anchor in ids if make_id(anchor) == anchor] == []


# -- order ---------------------------------------------------------------------


def test_names_sort_by_letters_without_at_case_or_accents() -> None:
    names = ['Zope', 'älter', '@bert', 'Anna', 'celery', 'Celerymon', 'Alf', '渋谷']
    expected = ['Alf', 'älter', 'Anna', '@bert', 'celery', 'Celerymon', 'Zope', '渋谷']
    assert sorted(names, key=records.collation_key) == expected


def test_spellings_that_sort_alike_still_have_an_order() -> None:
    keys = [records.collation_key(name) for name in ('South', 'south', 'SOUTH')]
    assert len(set(keys)) == 3


# -- packages ------------------------------------------------------------------


def test_spellings_of_a_package_are_one_entry_named_as_first_listed() -> None:
    packages = [package('South', 'a'), package('SOUTH', 'b'), package('pip', 'c')]
    mentions = [mention('south', 'd'), mention('rip', 'e')]
    found = records.group_packages(packages, mentions)
    assert [
        (
            entry.name,
            [p.docname for p in entry.listed],
            [m.docname for m in entry.mentions],
        )
        for entry in found
    ] == [('pip', ['c'], []), ('rip', [], ['e']), ('South', ['a', 'b'], ['d'])]


def test_an_entry_of_mentions_is_named_as_first_mentioned() -> None:
    mentions = [mention('ZooKeeper', 'a'), mention('zookeeper', 'b')]
    (entry,) = records.group_packages([], mentions)
    assert entry == records.PackageEntry('zookeeper', 'ZooKeeper', (), tuple(mentions))


def test_mentions_of_handles_and_talks_are_no_packages() -> None:
    mentions = [mention('@x', kind='handle'), mention('page', kind='talk')]
    assert records.group_packages([], mentions) == []


def test_summaries_and_links_are_given_once_in_the_order_of_the_pages() -> None:
    packages = [
        package('South', summary='migrations', links=('https://b', 'https://a')),
        package('South', summary=''),
        package('South', summary='migrations', links=('https://a',)),
        package('South', summary='schema changes'),
    ]
    mentions = [mention('South', links=('https://a', 'https://c'))]
    (entry,) = records.group_packages(packages, mentions)
    assert entry.summaries == ['migrations', 'schema changes']
    assert entry.links == ['https://b', 'https://a', 'https://c']


# -- speakers ------------------------------------------------------------------

CHAIN = [
    speaker('Ann', docname='a'),
    speaker('Ann', '@ann', docname='b'),
    speaker('', '@Ann', 'Ann Onymous', docname='c'),
    speaker('Ann onymous', docname='d'),
    speaker('', '@other', docname='e'),
]


def test_bylines_that_share_a_name_or_handle_are_one_person() -> None:
    found = records.group_speakers(CHAIN, [])
    assert [(entry.name, [s.docname for s in entry.talks]) for entry in found] == [
        ('Ann', ['a', 'b', 'c', 'd']),
        ('', ['e']),
    ]
    assert found[0].handles == ('@ann',)
    assert found[0].names == ('Ann', 'Ann Onymous', 'Ann onymous')


def test_who_is_one_person_does_not_depend_on_the_order_of_the_pages() -> None:
    groups = {
        frozenset(
            frozenset(s.docname for s in entry.talks)
            for entry in records.group_speakers(order, [])
        )
        for order in permutations(CHAIN)
    }
    assert groups == {frozenset({frozenset('abcd'), frozenset('e')})}


@pytest.mark.parametrize('seed', range(20))
def test_grouping_finds_the_connected_bylines(seed: int) -> None:
    chance = random.Random(seed)
    bylines = [
        speaker(
            chance.choice(['', *'ABCDEFGH']),
            chance.choice(['', *(f'@{c}' for c in 'abcdefgh')]),
            chance.choice(['', '', *'STUV']),
            docname=str(number),
        )
        for number in range(14)
    ]
    labelled = {s: {s.name, s.handle, s.added_name} - {''} for s in bylines}
    expected: list[set[Speaker]] = []
    for byline, labels in labelled.items():
        if labels:
            near = [g for g in expected if any(labels & labelled[s] for s in g)]
            expected = [g for g in expected if g not in near]
            expected.append({byline}.union(*near))
    found = [set(entry.talks) for entry in records.group_speakers(bylines, [])]
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))


def test_the_talks_of_a_person_keep_the_order_of_the_pages() -> None:
    order = [CHAIN[3], CHAIN[0], CHAIN[2], CHAIN[1]]
    (entry,) = records.group_speakers(order, [])
    assert entry.talks == tuple(order)


def test_the_name_that_the_notes_give_is_kept_beside_one_found_out_later() -> None:
    added = speaker('', '@ann', 'Ann')
    (entry,) = records.group_speakers([added], [])
    assert (entry.name, entry.added_name) == ('', 'Ann')
    (entry,) = records.group_speakers([added, speaker('Ann')], [])
    assert (entry.name, entry.added_name) == ('Ann', '')
    (entry,) = records.group_speakers([added, speaker('ANN')], [])
    assert (entry.name, entry.added_name) == ('ANN', 'Ann')


def test_mentions_go_to_the_person_with_that_handle_else_to_an_entry_of_their_own() -> (
    None
):
    mentions = [
        mention('@ANN', 'x', 'handle'),
        mention('@Natea', 'y', 'handle'),
        mention('@natea', 'z', 'handle'),
        mention('ann', 'x', 'package'),
    ]
    ann, natea = records.group_speakers([speaker('Ann', '@ann')], mentions)
    assert ann.mentions == (mentions[0],)
    assert natea.handles == ('@Natea',)
    assert natea.mentions == (mentions[1], mentions[2])
    assert (natea.name, natea.talks) == ('', ())


def test_persons_sort_by_name_else_by_handle() -> None:
    found = records.group_speakers(
        [speaker('Zed'), speaker('', '@bert'), speaker('anna'), speaker('Ägidius')], []
    )
    shown = [entry.name or entry.handles[0] for entry in found]
    assert shown == ['Ägidius', 'anna', '@bert', 'Zed']


def test_a_byline_with_neither_name_nor_handle_is_no_person() -> None:
    assert records.group_speakers([speaker()], []) == []


# -- contradictions ------------------------------------------------------------


@pytest.mark.parametrize(
    ('earlier', 'later'),
    [
        (speaker('Ann', '@ann'), speaker('Ann', '@other')),
        (speaker('Ann', '@ann'), speaker('Bea', '@ann')),
        (speaker('Ann', '@ann'), speaker('', '@ann', 'Bea')),
        (speaker('', '@ann', 'Ann'), speaker('ann', '@other')),
    ],
)
def test_a_handle_with_two_names_or_a_name_with_two_handles_is_a_contradiction(
    earlier: Speaker, later: Speaker
) -> None:
    assert records.conflicts([earlier, later]) == [(later, earlier)]


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        (speaker('Ann', '@ann'), speaker('ANN', '@Ann')),
        (speaker('Ann', '@ann'), speaker('Ann')),
        (speaker('Ann', '@ann'), speaker('', '@ann')),
        (speaker('Ann', '@ann'), speaker('Bea', '@bea')),
        (speaker('Ann'), speaker('Bea')),
    ],
)
def test_bylines_that_agree_or_say_less_do_not_contradict(
    one: Speaker, other: Speaker
) -> None:
    assert records.conflicts([one, other]) == []


@pytest.mark.parametrize('order', [1, -1])
def test_a_short_name_does_not_contradict_the_full_one_added_beside_it(
    order: int,
) -> None:
    both = [speaker('Ann', '@ann', 'Ann Onymous'), speaker('Ann', '@ann')][::order]
    assert records.conflicts(both) == []


def test_each_byline_at_odds_is_named_once_with_the_first_it_contradicts() -> None:
    first = speaker('Ann', '@ann', docname='a')
    second = speaker('Ann', '@anna', docname='b')
    third = speaker('Ann', '@anne', docname='c')
    assert records.conflicts([first, second, third]) == [
        (second, first),
        (third, first),
    ]
