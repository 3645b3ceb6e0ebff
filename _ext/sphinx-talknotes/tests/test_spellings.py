"""Whether names may be of one person, or are of several."""

from __future__ import annotations

import pytest

from sphinx_talknotes.spellings import alike, is_of_several, is_unknown


@pytest.mark.parametrize(
    'name',
    [
        'Ada Field & Ben Wood',
        'Ada and Ben',
        'Ada Field \u2009AND Ben Wood',
        'Ada Field / Ben Wood',
        'Ada Field + Ben Wood',
        'Ada Field; Ben Wood',
        'Ada und Ben',
        'Ada et Ben',
        'Ada Field, Ben Wood',
        'Ada Field, Ben Wood, Cy Lake',
        'Ada, Ben & Cy',
        'Ada Field/Ben Wood',
        'Ada Field \uff06 Ben Wood',
        'Ada Field (Lemon) & Ben Wood',
        'Ada with Ben',
        'Ada Field ft. Ben Wood',
        'Ada Field x Ben Wood',
        'Ada Field vs. Ben Wood',
        'Thea and Ben',
        'Ada y Ben Wood',
        'Ada Field e Ben Wood',
        'Ada Field i Ben Wood',
        'Åsa och Ben',
        '\u0418\u0432\u0430\u043d \u0438 \u041c\u0430\u0440\u0438\u044f',
        '\u674e\u96f7\u3001\u97e9\u6885\u6885',
    ],
)
def test_a_name_of_several_people_is_noticed(name: str) -> None:
    assert is_of_several(name)


@pytest.mark.parametrize(
    'name',
    [
        '',
        'Ada Field',
        'Anders And',
        'And You',
        'Fernando Andrade',
        'Field, Ada',
        'Martin King, Jr.',
        'Ada Field, PhD',
        'Ram\u00f3n y Cajal',
        'Jos\u00e9 Ortega y Gasset',
        'Anna I Oga Field',
        'Karl von und zu Berg',
        'R&D',
        'a;b',
        'AC/DC',
        'Ada Field (Lemon and Lime, Fruit & Co)',
        'Ada Field, Ben',
        'Ada &',
        'the guy with the hat',
        'The woman and her dog',
        'somebody from Lemon & Lime',
        'Ada with flowers',
        'Malcolm X Field Wood',
    ],
)
def test_a_name_of_one_person_is_not_taken_for_several(name: str) -> None:
    assert not is_of_several(name)


@pytest.mark.parametrize(
    'name',
    ['?', 'TBA', 't.b.d.', 'To be confirmed', 'N. N.', 'Unknown speaker', '\uff34BA'],
)
def test_what_stands_for_a_name_that_nobody_knows_is_none(name: str) -> None:
    assert is_unknown(name)


@pytest.mark.parametrize('name', ['Tba Field', 'Nn', 'Ann Onymous', 'A.'])
def test_a_name_that_is_like_it_is_one(name: str) -> None:
    assert not is_unknown(name)


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        ('Zo\u00eb Hartmann-Quist', 'Dr. Zoe Quist'),
        ('Bj\u00f8rn', 'BJORN Borg'),
        ('Ada Field', 'adafield'),
        ('Ada Field', 'Ada'),
        ('Jo', 'Joanna Field'),
        ('Ad\u00ada Field', 'Ada Wood'),
        ('David Heinemeier Hansson', 'DHH'),
        ('A. F.', 'Ada Field'),
        ('\u6e0b\u8c37', 'Shibuya'),
        ('\u6e0b\u8c37 \u592a\u90ce', '\u592a\u90ce'),
        ('Li Na', 'Na Li'),
        ("O'Hara", 'O\u2019Hara'),
        ('123', 'Ada'),
    ],
)
def test_names_that_may_be_one_person_s_are_alike(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ('one', 'other'),
    [
        ('Ada Field', 'Ben Wood'),
        ('Ann', 'Bea'),
        ('\uff21\uff4e\uff4e', 'Bea'),
        ('Ada Field', 'Alan Ford'),
        ('Dr. Ada', 'Dr. Ben'),
        ('Li Ming', 'Li Hong'),
        ('\u6e0b\u8c37', '\u592a\u90ce'),
    ],
)
def test_names_with_nothing_in_common_are_not_alike(one: str, other: str) -> None:
    assert not alike(one, other)
    assert not alike(other, one)
