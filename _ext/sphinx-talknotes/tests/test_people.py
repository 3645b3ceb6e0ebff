"""Who is the same person, within a talk and across all."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from sphinx_talknotes import names, people
from sphinx_talknotes.records import Mention, Speaker


def speaker(
    name: str = '', handle: str = '', added_name: str = '', docname: str = 'page'
) -> Speaker:
    handles = tuple(handle.split())
    return Speaker(docname, 'id', name, handles, added_name, '', (), f'{docname}.rst:1')


def mention(
    target: str,
    docname: str = 'page',
    kind: str = 'package',
    links: tuple[str, ...] = (),
) -> Mention:
    return Mention(docname, 'id', kind, target, links)


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
    (found,) = people.each_person_once(bylines)
    assert names.key(found.best_name) == 'ada'
    assert found.handles == next((b.handles for b in bylines if b.handles), ())


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
    assert people.each_person_once(bylines) == bylines


def test_a_second_byline_adds_what_the_first_does_not_say() -> None:
    later = speaker('Ada', '@ada')._replace(
        added_title='One', sources=('u', 'v'), affiliation='Engines'
    )
    (found,) = people.each_person_once([speaker('Ada')._replace(sources=('u',)), later])
    assert found.sources == ('u', 'v')
    said = found.handles, found.added_title, found.affiliation
    assert said == (('@ada',), 'One', 'Engines')


@pytest.mark.parametrize(
    ('said', 'joined'),
    [
        (
            ('MIT, Cambridge', 'Harvard, Cambridge'),
            'MIT, Cambridge, Harvard, Cambridge',
        ),
        (('MIT', 'Lemon Ltd.', 'MIT'), 'MIT, Lemon Ltd.'),
        (('MIT', 'MIT, Cambridge', '', 'Cambridge'), 'MIT, Cambridge'),
        (('', 'MIT', 'MI'), 'MIT, MI'),
    ],
)
def test_affiliations_are_joined_word_for_word(
    said: tuple[str, ...], joined: str
) -> None:
    bylines = [speaker('Ada')._replace(affiliation=text, role=text) for text in said]
    (found,) = people.each_person_once(bylines)
    assert (found.affiliation, found.role) == (joined, joined)


def test_a_name_is_the_same_however_its_accents_are_encoded() -> None:
    assert names.key('Gru\u0308n') == names.key('Gr\u00fcn')


# -- speakers ------------------------------------------------------------------

CHAIN = [
    speaker('Ann', docname='a'),
    speaker('Ann', '@ann', docname='b'),
    speaker('', '@Ann', 'Ann Onymous', docname='c'),
    speaker('Ann onymous', docname='d'),
    speaker('', '@other', docname='e'),
]


def test_bylines_that_share_a_name_or_handle_are_one_person() -> None:
    found = people.group_speakers(CHAIN, [])
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
            for entry in people.group_speakers(order, [])
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
    labelled = {s: {s.name, *s.handles, s.added_name} - {''} for s in bylines}
    expected: list[set[Speaker]] = []
    for byline, labels in labelled.items():
        if labels:
            near = [g for g in expected if any(labels & labelled[s] for s in g)]
            expected = [g for g in expected if g not in near]
            expected.append({byline}.union(*near))
    found = [set(entry.talks) for entry in people.group_speakers(bylines, [])]
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))


def test_the_talks_of_a_person_keep_the_order_of_the_pages() -> None:
    order = [CHAIN[3], CHAIN[0], CHAIN[2], CHAIN[1]]
    (entry,) = people.group_speakers(order, [])
    assert entry.talks == tuple(order)


def test_the_name_that_the_notes_give_is_kept_beside_one_found_out_later() -> None:
    added = speaker('', '@ann', 'Ann')
    (entry,) = people.group_speakers([added], [])
    assert (entry.name, entry.added_name) == ('', 'Ann')
    (entry,) = people.group_speakers([added, speaker('Ann')], [])
    assert (entry.name, entry.added_name) == ('Ann', '')
    (entry,) = people.group_speakers([added, speaker('ANN')], [])
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
    ann, natea = people.group_speakers([speaker('Ann', '@ann')], mentions)
    assert ann.mentions == (mentions[0],)
    assert natea.handles == ('@Natea',)
    assert natea.mentions == (mentions[1], mentions[2])
    assert (natea.name, natea.talks) == ('', ())


def test_persons_sort_by_name_else_by_handle() -> None:
    found = people.group_speakers(
        [speaker('Zed'), speaker('', '@bert'), speaker('anna'), speaker('Ägidius')], []
    )
    shown = [entry.name or entry.handles[0] for entry in found]
    assert shown == ['Ägidius', 'anna', '@bert', 'Zed']


def test_a_byline_with_neither_name_nor_handle_is_no_person() -> None:
    assert people.group_speakers([speaker()], []) == []


# -- contradictions ------------------------------------------------------------


@pytest.mark.parametrize(
    ('earlier', 'later', 'shared'),
    [
        (speaker('Ann', '@ann'), speaker('Bea', '@Ann'), '@Ann'),
        (speaker('Ann', '@ann'), speaker('', '@ann', 'Bea'), '@ann'),
        (speaker('Ann', '@x @ann'), speaker('Bea', '@ann @y'), '@ann'),
        (
            speaker('Ann')._replace(urls=('https://a.example',)),
            speaker('Bea')._replace(urls=('https://b.example', 'https://a.example/')),
            'https://a.example/',
        ),
        (speaker('Ann')._replace(id='1'), speaker('Bea')._replace(id='1'), '1'),
    ],
)
def test_a_handle_address_or_id_of_two_names_is_a_contradiction(
    earlier: Speaker, later: Speaker, shared: str
) -> None:
    nameless = speaker('', ' '.join(earlier.handles))._replace(
        urls=earlier.urls, id=earlier.id
    )
    found = people.conflicts([nameless, earlier, later])
    assert found == [(later, earlier, shared)]


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        (speaker('Ann', '@ann'), speaker('ANN', '@Ann')),
        (speaker('Ann', '@ann'), speaker('Ann', '@other')),
        (speaker('Ann', '@ann'), speaker('Dr. Ann Onymous', '@ann')),
        (speaker('Ann', '@ann'), speaker('Ann')),
        (speaker('Ann', '@ann'), speaker('', '@ann')),
        (speaker('Ann', '@ann'), speaker('Bea', '@bea')),
        (speaker('Ann', '@one'), speaker('Bea')._replace(id='one')),
        (speaker('Ann'), speaker('Bea')),
    ],
)
def test_bylines_that_agree_or_say_less_do_not_contradict(
    one: Speaker, other: Speaker
) -> None:
    assert people.conflicts([one, other]) == []


@pytest.mark.parametrize('order', [1, -1])
def test_a_short_name_does_not_contradict_the_full_one_added_beside_it(
    order: int,
) -> None:
    both = [speaker('Ann', '@ann', 'Bea Onymous'), speaker('Ann', '@ann')][::order]
    assert people.conflicts(both) == []


def test_each_byline_at_odds_is_named_once_with_the_first_it_contradicts() -> None:
    first = speaker('Ann', '@ann @anna', docname='a')
    second = speaker('Bea', '@anna @ann', docname='b')
    third = speaker('Cy', '@ann', docname='c')
    assert people.conflicts([first, second, third]) == [
        (second, first, '@anna'),
        (third, first, '@ann'),
    ]


# -- several people of one name ------------------------------------------------


def grouped(*bylines: Speaker) -> set[frozenset[str]]:
    """Return the people, each as the anchors of their bylines."""
    found = people.group_bylines(bylines)
    return {frozenset(byline.anchor for byline in person) for person in found}


def numbered(*bylines: Speaker) -> list[Speaker]:
    return [byline._replace(anchor=str(n)) for n, byline in enumerate(bylines)]


STAGE = numbered(
    speaker('Robin', '@db', docname='panel'),
    speaker('Robin', '@web', docname='panel'),
    speaker('Robin', '@db', docname='indexes'),
    speaker('robin', '@Web @robin', docname='sockets'),
    speaker('Robin', docname='late'),
    speaker('', '@robin', 'ROBIN', docname='later'),
    speaker('Robin', docname='last'),
)


@pytest.mark.parametrize('seed', range(5))
def test_two_of_one_name_in_one_talk_are_two_whatever_the_order(seed: int) -> None:
    order = random.Random(seed).sample(STAGE, len(STAGE))
    expected = {frozenset('02'), frozenset('135'), frozenset('46')}
    assert grouped(*order) == expected
    assert {s.anchor for s in people.ambiguous(order)} == {'4', '6'}


def test_only_a_name_that_several_have_is_ambiguous() -> None:
    bylines = [*STAGE[:2], speaker('Solo'), speaker('Rob', '', 'Robin'), speaker('Bob')]
    assert [s.name for s in people.ambiguous(bylines)] == ['Rob']


def test_ids_tell_people_of_one_name_apart_and_join_spellings() -> None:
    bylines = numbered(
        speaker('Robin', docname='a')._replace(id='db'),
        speaker('Robin', docname='b')._replace(id='web'),
        speaker('R. Stone', docname='c')._replace(id='web'),
        speaker('Robin', '@db', docname='d'),
    )
    expected = {frozenset('0'), frozenset('12'), frozenset('3')}
    assert grouped(*bylines) == expected


def test_one_name_with_other_handles_on_other_pages_is_one_person() -> None:
    moved = numbered(
        speaker('Carla', '@carla', docname='last'),
        speaker('Carla', '@carla@social.example', docname='this'),
    )
    assert grouped(*moved) == {frozenset('01')}
    (entry,) = people.group_speakers(moved, [])
    assert entry.handles == ('@carla', '@carla@social.example')
    assert people.ambiguous(moved) == []


def test_an_address_joins_spellings() -> None:
    one = speaker('Zoe Hart', docname='a')._replace(urls=('https://zoe.example/Z/',))
    other = speaker('Z. H.', docname='b')._replace(urls=('http://www.Zoe.example/Z',))
    third = speaker('Zed', docname='c')._replace(urls=('https://zoe.example/z',))
    _third, entry = people.group_speakers([one, other, third], [])
    assert entry.urls == ('https://zoe.example/Z/',)
    assert entry.also == ['Z. H.']


def test_a_second_byline_in_another_spelling_is_kept_as_a_spelling() -> None:
    bylines = [
        speaker('Zoe Hart', '@zoe')._replace(role='speaker', urls=('https://z',)),
        speaker('Zoe Lee', '@zoe', 'Zoe Quist')._replace(role='moderator'),
        speaker('ZOE LEE', '@ZOE @z')._replace(
            role='speaker', id='z', urls=('http://Z/', 'https://y')
        ),
    ]
    (found,) = people.each_person_once(bylines)
    assert found.all_names == ['Zoe Hart', 'Zoe Quist', 'Zoe Lee']
    assert (found.spellings, found.id) == (('Zoe Lee',), 'z')
    assert found.role == 'speaker, moderator'
    assert (found.handles, found.urls) == (('@zoe', '@z'), ('https://z', 'https://y'))


def test_each_id_leads_to_one_entry_and_a_shared_name_to_who_has_no_more() -> None:
    entries = people.group_speakers(STAGE, [])
    anchors = people.anchors(entries)
    every = [anchor for found in anchors for anchor in found]
    assert len(set(every)) == len(every)
    by_name = {entry.handles[:1]: a for entry, a in zip(entries, anchors, strict=True)}
    assert by_name[()] == ['speaker--robin']
    assert by_name['@db',] == ['handle--db']
    assert by_name['@web',] == ['handle--web', 'handle--robin']
    both = people.group_speakers(STAGE[:2], [])
    assert people.anchors(both)[0][-1] == 'speaker--robin'
    assert people.anchors(both)[1] == ['handle--web']


@pytest.mark.parametrize(
    'labelled',
    [
        [speaker('Robin')._replace(urls=(f'https://{n}.example',)) for n in 'ab'],
        [speaker('Robin')._replace(id=n) for n in 'ab'],
        [speaker('Robin', f'@{n}') for n in 'ab'],
    ],
)
def test_a_shared_name_leads_to_who_has_neither_handle_address_nor_id(
    labelled: list[Speaker],
) -> None:
    entries = people.group_speakers([*labelled, speaker('Robin', docname='x')], [])
    owners = [
        entry.talks[0].docname
        for entry, found in zip(entries, people.anchors(entries), strict=True)
        if 'speaker--robin' in found
    ]
    assert (len(entries), owners) == (3, ['x'])


def test_spellings_that_are_one_name_are_shown_once() -> None:
    bylines = [
        speaker('Zoe Hart', '@z', 'Zoe Quist'),
        speaker('Z. Lee', '@z'),
        speaker('Z. LEE', '@z'),
        speaker('zoe quist', '@z'),
    ]
    (entry,) = people.group_speakers(bylines, [])
    assert entry.also == ['Z. Lee']


@pytest.mark.parametrize('name', ["O'Hara", 'O\u2019Hara'])
def test_a_name_added_in_another_form_is_not_shown_beside_it(name: str) -> None:
    for added in ("O'Hara", 'O\u2019Hara'):
        (entry,) = people.group_speakers([speaker(name, '@o', added)], [])
        assert (entry.name, entry.added_name) == (name, '')


@pytest.mark.parametrize(
    ('given', 'target'),
    [
        ((['@a', '@b'], ['https://a'], 'id', 'Ann'), ('handle', '@a')),
        (([], ['https://a'], 'id', 'Ann'), ('person', 'https://a')),
        (([], [], 'id', 'Ann'), ('person', 'id')),
        (([], [], '', 'Ann'), ('speaker', 'Ann')),
        (([], [], '', ''), None),
    ],
)
def test_a_byline_refers_by_what_is_the_persons_alone(
    given: tuple[list[str], list[str], str, str], target: tuple[str, str] | None
) -> None:
    assert people.target(*given) == target
