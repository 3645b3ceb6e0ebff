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
    return Speaker(docname, 'id', name, handle, added_name, '', (), f'{docname}.rst:1')


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
    assert people.each_person_once(bylines) == bylines


def test_a_second_byline_adds_what_the_first_does_not_say() -> None:
    later = speaker('Ada', '@ada')._replace(
        added_title='One', sources=('u', 'v'), affiliation='Engines'
    )
    (found,) = people.each_person_once([speaker('Ada')._replace(sources=('u',)), later])
    assert found.sources == ('u', 'v')
    said = found.handle, found.added_title, found.affiliation
    assert said == ('@ada', 'One', 'Engines')


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
    labelled = {s: {s.name, s.handle, s.added_name} - {''} for s in bylines}
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
    assert people.conflicts([earlier, later]) == [(later, earlier)]


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
    assert people.conflicts([one, other]) == []


@pytest.mark.parametrize('order', [1, -1])
def test_a_short_name_does_not_contradict_the_full_one_added_beside_it(
    order: int,
) -> None:
    both = [speaker('Ann', '@ann', 'Ann Onymous'), speaker('Ann', '@ann')][::order]
    assert people.conflicts(both) == []


def test_each_byline_at_odds_is_named_once_with_the_first_it_contradicts() -> None:
    first = speaker('Ann', '@ann', docname='a')
    second = speaker('Ann', '@anna', docname='b')
    third = speaker('Ann', '@anne', docname='c')
    assert people.conflicts([first, second, third]) == [
        (second, first),
        (third, first),
    ]
