"""In which order names stand."""

from __future__ import annotations

import random
import string

import pytest

from sphinx_talknotes.collation import collation_key, sorted_by_name


def test_names_sort_by_letters_without_at_case_or_accents() -> None:
    spelled = ['Zope', 'älter', '@bert', 'Anna', 'celery', 'Celerymon', 'Alf', '渋谷']
    expected = ['Alf', 'älter', 'Anna', '@bert', 'celery', 'Celerymon', 'Zope', '渋谷']
    assert sorted(spelled, key=collation_key) == expected


@pytest.mark.parametrize(
    ('language', 'order'),
    [
        (
            'en',
            'Aaron Ægir Alma Dana Dora Đorđe Ea Émile Enno Lena Łucja Lydia Øre Ozan',
        ),
        ('de', 'Ad Äd Ae Od Öd Oe'),
        ('az', 'H X Xa I İ K Q Z W'),
        ('cs', 'C Cz Č D H Hz Ch I R Rz Ř S Š Z Ž'),
        ('da', 'A X Y Ü Yb Z Ä Æ Ø Å Åb Aarhus'),
        ('es', 'Na Nz Ña O'),
        ('et', 'S Š Z Ž T V Õ Ä Ö Ü X'),
        ('fi_FI', 'A Z Å Ä Ö'),
        ('hr', 'C Č Ć D Dz Dž Đ E L Lz Lj M'),
        ('hu', 'C Cz Cs D Dz Dzz Dzs E G Gz Gy O Ó Oz Ö Őz P'),
        ('is', 'A Az Á B D Z Þ Æ Ö'),
        ('lt', 'C Č I Y J'),
        ('nb', 'A Z Æ Ø Å Aab'),
        ('pl', 'L Lz Ł Z Ź Ż'),
        ('ro', 'A Az Ă Â B S Ș T Ț'),
        ('sv', 'A Z Å Äb Ö'),
        ('sv-SE', 'A Z Å Äb Ö'),
        ('sr_Latn', 'C Č Ć D Dž Đ А Б'),
        ('tr', 'C Ç D H Irmak İpek J O Ö'),
        ('xx', 'A Å Äz Z'),
    ],
)
def test_names_sort_by_the_alphabet_of_the_language(language: str, order: str) -> None:
    expected = order.split()
    for spelled in (expected, [name.lower() for name in expected]):
        if language in {'az', 'tr'} and spelled is not expected:
            spelled = [n.translate({0x49: 0x131}).lower() for n in expected]  # noqa: PLW2901
        found = random.Random(1).sample(spelled, len(spelled))
        found.sort(key=lambda name: collation_key(name, language))
        assert found == spelled


def test_what_is_not_seen_and_the_form_of_an_apostrophe_do_not_change_the_order() -> (
    None
):
    order = ["O'Hara", '\u200bO\u2019Meara', "O'Neil", 'Oak']
    assert sorted([*reversed(order)], key=collation_key) == order


def test_spellings_that_sort_alike_still_have_an_order() -> None:
    keys = [collation_key(name) for name in ('South', 'south', 'SOUTH')]
    assert len(set(keys)) == 3


@pytest.mark.parametrize('language', ['en', 'cs', 'da', 'tr'])
def test_a_list_is_in_one_order_whether_the_table_of_unicode_is_read_or_not(
    language: str,
) -> None:
    rng = random.Random(2)
    letters = string.printable[:95]
    drawn = [''.join(rng.choices(letters, k=rng.randint(0, 4))) for _ in range(400)]
    drawn += [*letters, *map(str.upper, drawn), 'Chur', 'Aaron', 'Aachen', 'Ida', 'ida']
    for more in ([], ['tab\tin it', '\tZ'], ['Łucja']):
        some = [*drawn, *more]
        expected = sorted(some, key=lambda name: collation_key(name, language))
        assert sorted_by_name(some, str, language) == expected
