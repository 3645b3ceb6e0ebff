"""An address is replaced where it stands whole on its line, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sphinx_linkaudit.repair.rewrite import (
    decode,
    in_catalog,
    is_safe,
    replace_in,
    respelled,
    rewrite,
)

OLD, NEW = 'http://a.example/old', 'https://b.example/new'


@pytest.mark.parametrize(
    'line',
    [
        '{}',
        'See {} and',
        'at the end {}.',
        '({}), then',
        '{}!?',
        '`text <{}>`__',
        '`text <{}>`_, and',
        '.. _name: {}',
        '.. __: {}',
        '__ {}',
        ':target: {}\r\n',
        '[text]({})more',
        '[text]({} "title")',
        '[text]: <{}> (title)',
        '<{}>',
        '<a href="{}">',
        "<a href='{}'>",
        '<a href={}>',
        '**{}**',
        '*{}*',
        '_{}_ and',
        '"{}",',
        "'{}','x'",
        "['{}']",
        '   "See <{}>\\n",',
        'msgid "`x <{}>`_"',
        'cell,{},more',
        '"cell";{};"more"',
        '| {} |',
        'url:{} and',
        '# {}: a comment',
        '{}\u3002',
        '{}\u2014{}\u3001{}\u2014',
        '\u201c{}\u201d',
        '{}&quot;',
    ],
)
def test_an_address_is_replaced_within_what_is_around_it(line: str) -> None:
    changed = replace_in(line.replace('{}', OLD), OLD, NEW)
    assert changed == line.replace('{}', NEW)


@pytest.mark.parametrize(
    'text',
    [
        f'{OLD}er',
        f'{OLD}/deeper',
        f'{OLD}.html',
        f'{OLD}?a=b',
        f'{OLD}#place',
        f'{OLD}-2',
        f'{OLD}%20x',
        f'{OLD}\u00e9',
        f'{OLD}\\_more',
        f'{OLD}\\\\*more',
        f'\\x{OLD}',
        f'https://go.example/\\_?{OLD}',
        f'https://archive.example/2011/{OLD}',
        f'https://go.example/?to={OLD}',
        f'https://go.example/?a=b&to={OLD}&c=d',
        f'x{OLD}',
        OLD.replace('http', 'https'),
        OLD.upper(),
    ],
)
def test_what_is_another_address_stays(text: str) -> None:
    assert replace_in(text, OLD, NEW) == text


def test_an_address_without_a_scheme_is_no_part_of_one_that_has_it() -> None:
    line = '<a href="//a.example/x">https://a.example/x</a> http://a.example/x'
    new = line.replace('"//a', '"//b')
    assert replace_in(line, '//a.example/x', '//b.example/x') == new


def test_each_of_several_on_one_line_is_replaced() -> None:
    line = f'`{OLD} <{OLD}>`__, {OLD}.'
    assert replace_in(line, OLD, NEW) == line.replace(OLD, NEW)


def test_the_longer_of_two_addresses_is_not_taken_for_the_shorter() -> None:
    text = f'{OLD} {OLD}/deeper {OLD}.\n'
    addresses = {OLD: NEW, f'{OLD}/deeper': 'https://c.example/'}
    changed = rewrite(text, {1: addresses})
    assert changed.text == f'{NEW} https://c.example/ {NEW}.\n'
    assert changed.done == {(1, OLD), (1, f'{OLD}/deeper')}


@pytest.mark.parametrize(
    ('written', 'address', 'new', 'changed'),
    [
        # As HTML has it.
        (
            '<a href="http://a.example/?x=1&amp;y=2">',
            'http://a.example/?x=1&y=2',
            'https://b.example/?x=1&y=2',
            '<a href="https://b.example/?x=1&amp;y=2">',
        ),
        # As reST does.
        (
            'http://a.example/a\\_b\\_ x',
            'http://a.example/a_b_',
            'https://b.example/a_c_',
            'https://b.example/a\\_c\\_ x',
        ),
        (
            '<a href="http://a.example/?x=1&#38;y=2&z">',
            'http://a.example/?x=1&y=2&z',
            'https://b.example/?x&y',
            '<a href="https://b.example/?x&amp;y">',
        ),
        # As Markdown does, in a notebook as well.
        (
            '[x](http://a.example/a\\(b\\)_c)',
            'http://a.example/a(b)_c',
            'https://b.example/c_(d)',
            '[x](https://b.example/c_\\(d\\))',
        ),
        (
            '"<http://a.example/a\\\\_b>"',
            'http://a.example/a_b',
            'https://b.example/c_d',
            '"<https://b.example/c\\\\_d>"',
        ),
        # In one string of a notebook.
        (
            '"x\\nhttp://a.example/a\\nhttp://a.example/a\\n\\thttp://a.example/a"',
            'http://a.example/a',
            'https://b.example/c',
            '"x\\nhttps://b.example/c\\nhttps://b.example/c\\n\\thttps://b.example/c"',
        ),
        # Markdown's parser encodes what isn't ASCII.
        (
            '[x](http://a.example/\u00fc)',
            'http://a.example/%C3%BC',
            'https://b.example/',
            '[x](https://b.example/)',
        ),
        (
            '(http://a.example/a_(b))',
            'http://a.example/a_(b)',
            'https://b.example/a_(b)',
            '(https://b.example/a_(b))',
        ),
    ],
)
def test_an_address_is_found_and_written_as_the_file_writes_it(
    written: str, address: str, new: str, changed: str
) -> None:
    assert replace_in(written, address, new) == changed


def test_only_the_named_lines_change_and_every_other_byte_stays() -> None:
    text = f'\ufeff{OLD}\r\n{OLD}\n\n  {OLD}\t\r{OLD}'
    changed = rewrite(text, {2: {OLD: NEW}, 9: {OLD: NEW}, 0: {OLD: NEW}})
    assert changed.text == text.replace(f'\n{OLD}\n', f'\n{NEW}\n')
    assert changed.done == {(2, OLD)}
    assert changed.before == frozenset()


def test_what_is_done_already_is_known_as_that() -> None:
    changed = rewrite(f'{NEW}\n', {1: {OLD: NEW}})
    assert (changed.text, changed.done) == (f'{NEW}\n', frozenset())
    assert changed.before == {(1, OLD)}


TABLES = """\
+------------------+---------+
| x://OLD          | b       |\r
| x://OLD x://OLD y| x://OLD |
+------------------+---------+
| x://OLD | x://OLD          |
+------------------+---------+

========  ===  =====
`x://OLD  b    x://OLD
a              x://OLD x
x://OLD   d
x://OLD d e f  g
x://OLD
========  ===  =====

| x://OLD |

===  ====
x://OLD   d
"""
WIDER = """\
+------------------+---------+
| x://LONGR        | b       |\r
| x://OLD x://OLD y| x://OLD |
+------------------+---------+
| x://OLD | x://OLD          |
+------------------+---------+

========  ===  =====
`x://OLD  b    x://OLD
a              x://LONGR x
x://OLD   d
x://OLD d e f  g
x://OLD
========  ===  =====

| x://LONGR |

===  ====
x://LONGR   d
"""
NARROWER = """\
+------------------+---------+
| x://O            | b       |\r
| x://O x://O y    | x://O   |
+------------------+---------+
| x://O   | x://O            |
+------------------+---------+

========  ===  =====
`x://O    b    x://O
a              x://O x
x://O     d
x://O   d e f  g
x://O
========  ===  =====

| x://O |

===  ====
x://O   d
"""


@pytest.mark.parametrize(
    ('new', 'after', 'full'),
    [('x://LONGR', WIDER, [3, 5, 9, 11, 12, 13]), ('x://O', NARROWER, [])],
)
def test_a_table_keeps_its_columns_or_its_address(
    new: str, after: str, full: list[int]
) -> None:
    old = 'x://OLD'
    changed = rewrite(TABLES, {number: {old: new} for number in range(1, 30)})
    assert changed.text == after
    assert sorted(changed.full) == [(number, old) for number in full]


@pytest.mark.parametrize(
    ('before', 'after'),
    [
        ('A x://OLD\n---------\n', 'A x://LONGR\n-----------\n'),
        ('==\nx://OLD\n', '==\nx://LONGR\n'),
        ('=======\nx://OLD\n=======\n', '=========\nx://LONGR\n=========\n'),
        ('  x://OLD\n  -------\n', '  x://LONGR\n  ---------\n'),
        ('  x://OLD\n----------\n', '  x://LONGR\n-----------\n'),
        ('x://OLD\r\n-------\r\n', 'x://LONGR\r\n---------\r\n'),
        ('字 x://OLD\n----------\n', '字 x://LONGR\n------------\n'),
        ('x://OLD\n------\n', 'x://LONGR\n------\n'),
        ('x://OLD\n-----------\n', 'x://LONGR\n-----------\n'),
        ('x://OLD\n-------.\n', 'x://LONGR\n-------.\n'),
        ('x://OLD', 'x://LONGR'),
    ],
)
def test_a_title_keeps_its_adornment(before: str, after: str) -> None:
    lines = {number: {'x://OLD': 'x://LONGR'} for number in (1, 2)}
    assert rewrite(before, lines).text == after


@pytest.mark.parametrize(
    ('before', 'after'),
    [
        ('`a <x://OLD/\n  b>`__', '`a <x://NEWER/\n  b>`__'),
        ('.. _a: x://\r\n   OLD/\r\n   b\r\n', '.. _a: x://NE\r\n   WER/\r\n   b\r\n'),
        ('"(x://OLD"\n"/b)"\n"c"\n', '"(x://NEWER"\n"/b)"\n"c"\n'),
        ('`x://OLD\n/b-c', ''),
        ('-x://OLD\n/b', ''),
        ('x://OLD/\n\nb', ''),
    ],
)
def test_an_address_may_go_on_in_the_next_line(before: str, after: str) -> None:
    old, new = 'x://OLD/b', 'x://NEWER/b'
    changed = rewrite(before, {1: {old: new}})
    assert changed.text == (after or before)
    assert changed.done == ({(1, old)} if after else set())
    again = rewrite(changed.text, {1: {old: new}})
    assert again.text == changed.text
    assert again.before == changed.done


def test_of_a_catalog_only_what_the_pages_have_and_translations_are_replaced() -> None:
    texts = [
        '# x://OLD/b',
        'msgid "x://OLD/b ``x://OLD/b``"',
        'msgstr "``x://OLD/b`` x://OLD/c"',
        'msgid ""',
        '"x://OLD/c"',
        'msgstr ""',
        '"x://OLD/c x://OLD/"',
        '"b."',
        'msgid "`b <x://OLD/a\\\\_b>`__ x://OLD/bc"',
        'msgid_plural "x://OLD/c"',
    ]
    moved = {'x://OLD/b': 'x://B', 'x://OLD/a_b': 'x://A', 'x://OLD/d': 'x://D'}
    other = {'x://OLD/c': 'x://C'}
    wanted = dict.fromkeys((3, 5, 7, 10), other)
    assert in_catalog('\n'.join(texts), wanted, moved) == {
        2: {'x://OLD/b': 'x://B'},
        3: other,
        7: {**other, 'x://OLD/b': 'x://B'},
        9: {'x://OLD/a_b': 'x://A'},
    }


@pytest.mark.parametrize(
    ('old', 'target', 'new'),
    [
        ('http://a.example/x', 'https://a.example/x', 'https://a.example/x'),
        ('http://a.example', 'https://a.example/', 'https://a.example'),
        ('http://a.example/x#Y', 'https://b.example/z', 'https://b.example/z#Y'),
        ('http://a.example/x', 'https://b.example/z#w', 'https://b.example/z#w'),
        ('http://a.example/x#y', 'https://b.example/z#w', 'https://b.example/z#y'),
        ('http://a.example/%7Ex', 'https://a.example/~x', 'https://a.example/%7Ex'),
        (
            'http://a.example/\u00fc',
            'https://a.example/%C3%BC',
            'https://a.example/\u00fc',
        ),
        ('http://\u00fc.test/x', 'https://xn--tda.test:8/x', 'https://\u00fc.test:8/x'),
        (
            'http://\u00fc.test/x',
            'https://xn--tda.example/',
            'https://xn--tda.example/',
        ),
        ('http://\u00fc\u2260/x', 'https://xn--tda.test/x', 'https://xn--tda.test/x'),
        ('http://A.test:80/x', 'https://a.test/y', 'https://A.test/y'),
        ('http://[::1]:80/x', 'https://[::1]/x', 'https://[::1]/x'),
        (
            'http://a.test/1/\u00fc/%7Ex',
            'http://b.test/%C3%BC/~x',
            'http://b.test/\u00fc/%7Ex',
        ),
        ('http://a.test/a%2Fb', 'http://b.test/a/b', 'http://b.test/a/b'),
        ('http://a.test/a b', 'http://b.test/c/a%20b', 'http://b.test/c/a%20b'),
        ('http://a.test/?a=~&b', 'http://b.test/?b&c&a=%7E', 'http://b.test/?b&c&a=~'),
        ('http://a.test/x/', 'http://b.test', 'http://b.test'),
        ('http://a.example/a b', 'https://b.example/c%20d', 'https://b.example/c%20d'),
        (
            'http://a.example/?q=%2F',
            'https://a.example/?q=/',
            'https://a.example/?q=%2F',
        ),
        (
            'http://a.example/x#%C3%A9',
            'https://a.example/x',
            'https://a.example/x#%C3%A9',
        ),
        ('//a.example/x', 'https://b.example/x', 'https://b.example/x'),
    ],
)
def test_fragments_and_encodings_stay_as_they_are_written(
    old: str, target: str, new: str
) -> None:
    assert respelled(old, target) == new


@pytest.mark.parametrize(
    'new',
    [
        'https://b.example/a b',
        'https://b.example/"x"',
        'https://b.example/<x>',
        'https://b.example/`x',
        'https://b.example/{x}',
        'https://b.example/\\x',
        'https://b.example/x|y',
        'https://b.example/x_',
        'https://b.example/x.',
        'https://b.example/(x',
        'https://b.example/x\n',
        'https://b.example/\x1b[31m',
        'https://b.example/\u202ex',
    ],
)
def test_an_address_that_markup_would_cut_is_not_safe(new: str) -> None:
    assert not is_safe(new, OLD)
    assert is_safe(NEW, OLD)


def test_an_end_that_the_old_address_had_as_well_is_safe() -> None:
    assert is_safe('https://b.example/x_', 'http://a.example/x_')
    assert is_safe('https://b.example/x_(y)', 'http://a.example/x_(y)')
    # docutils leaves the last bracket of an address to the text.
    assert is_safe('https://b.example/x_(y', 'http://a.example/x_(y')


def test_python_says_its_encoding_itself() -> None:
    source = '# -*- coding: latin-1 -*-\n# \u00e9\n'
    assert decode(source.encode('latin-1'), '.py') == (source, 'iso-8859-1')
    marked = b'\xef\xbb\xbfx = 1\n'
    text, encoding = decode(marked, '.py')
    assert text.encode(encoding) == marked


def test_a_python_file_in_no_known_encoding_is_an_error() -> None:
    with pytest.raises(ValueError, match=r'.'):
        decode(b'\xff\xfe\x00x', '.py')


@given(st.text(), st.text(), st.sampled_from(['', '.', ')', '*', "'", '"', ' ', 'x']))
def test_nothing_else_of_a_line_changes(before: str, after: str, end: str) -> None:
    line = f'{before} {OLD}{end}{after}'
    assert replace_in(line, OLD, NEW).replace(NEW, OLD) == line.replace(NEW, OLD)
