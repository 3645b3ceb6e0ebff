"""What a programme says of a talk, as reST and MyST: a text stays that text."""

from __future__ import annotations

import io
from typing import Any

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives
from hypothesis import given
from hypothesis import strategies as st
from myst_parser.parsers.docutils_ import Parser as MystParser

from sphinx_talknotes.markup import Markup, Myst, Rest, one_line, page
from sphinx_talknotes.schedule import Event, Person

NASTY = [
    '*args, **kwargs and `backticks`',
    'a case_study_',
    'an __anonymous__ one__ and a_b_c',
    '|pipes| and pipe|s',
    ':field: of a list',
    ':ref:`role`',
    '{ref}`role` and {{ substitution }}',
    '- a dash',
    '-- two dashes',
    '-v is an option',
    '--verbose too',
    '+ plus',
    '* star',
    '# C# and F#',
    '## twice ##',
    '1. first',
    '(1) first',
    '#. first',
    'a) first',
    'iv. fourth',
    'A. Turing',
    '.. comment',
    '.. note:: a directive',
    '...',
    '!!!!!!!!',
    '????',
    '----',
    '====',
    '___',
    '>>> doctest',
    '> quoted',
    '| line block',
    '__ anonymous',
    '[1]_ and [#]_ and [x]',
    '[link](https://a.example/)',
    '![image](x.png)',
    '<https://a.example/> <b>bold</b> <!-- not -->',
    'see https://a.example/x or www.a.example',
    'write to ada@a.example',
    'mailto:ada@a.example news:x std::vector 09:30',
    'C:\\Windows\\*',
    '\\',
    '\\\\\\\\',
    'ends with a backslash\\',
    '&amp; &lt;tag&gt; &#42; R&D',
    'costs $5 or $x$ or $$y$$',
    '~~struck~~ ~/.ssh',
    '``literal`` `',
    '```fence',
    '~~~fence',
    ':::{note}',
    '+---+',
    'a\tb\nc\r\nd\x00e\x1ff\x85g\u2028h',
    'half \ud83d of a character',
    '日本語のタイトル',
    'e\u0301\u0327 combined',
    '\u0301',
    'שלום',
    '\u200b',
    '🐍 snakes',
    '%percent% {percent}',
    '---',
    'yes',
    'null',
    '@mention',
    'it\'s "quoted"',
    'x::',
    'term : classifier',
    '.',
    '_',
    '`',
    '~',
    '=',
]


class Recorder(Directive):
    """Takes what the real directives take, and keeps it."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = dict.fromkeys(
        ('date', 'time', 'room', 'track', 'language', 'url', 'id'), directives.unchanged
    )

    def run(self) -> list[nodes.Node]:
        text, messages = self.state.inline_text(''.join(self.arguments), self.lineno)
        node = nodes.paragraph('', '', *text, kind=self.name, options=self.options)
        return [node, *messages]


@pytest.mark.parametrize(
    ('title', 'line'),
    [
        ('"Exploit" in theatre', '"Exploit" in theatre'),
        ("'tis", "'tis"),
        ('"""" !', r'\"""" !'),
    ],
)
def test_quotation_marks_stay_those_of_a_pair(title: str, line: str) -> None:
    assert Rest().heading(title, 1).startswith(f'{line}\n')


@pytest.fixture(autouse=True, scope='module')
def recorders() -> None:
    """Have docutils know the directives, for it alone knows nothing of the domain."""
    for name in ('talk', 'speaker'):
        directives.register_directive(name, Recorder)


def event(text: str, url: str = 'https://a.example/') -> Event:
    return Event(
        'i-1',
        text,
        (Person(text), Person('Ada')),
        '2025-09-12',
        '09:30',
        text,
        text,
        'de',
        url,
    )


def parse(source: str, markup: Markup) -> nodes.document:
    complaints = io.StringIO()
    settings = {
        'warning_stream': complaints,
        'doctitle_xform': False,
        # That two titles say the same is no mistake in them, but an information.
        'report_level': 2,
        'myst_enable_extensions': [
            'amsmath',
            'attrs_inline',
            'colon_fence',
            'deflist',
            'dollarmath',
            'fieldlist',
            'strikethrough',
            'substitution',
        ],
    }
    more: dict[str, Any] = {'parser': MystParser()} if isinstance(markup, Myst) else {}
    document = publish_doctree(source, settings_overrides=settings, **more)
    assert complaints.getvalue() == ''
    return document


def check(texts: list[str], markup: Markup) -> None:
    """Check that a page of talks says *texts*, in all places that a text can be in."""
    document = parse(page(texts[0], map(event, texts), markup), markup)
    titles = [title.astext() for title in document.findall(nodes.title)]
    lines = list(map(one_line, texts))
    assert titles == [lines[0], *lines]
    found: dict[str, list[nodes.paragraph]] = {'talk': [], 'speaker': []}
    every = [n for n in document.findall() if isinstance(n, nodes.paragraph)]
    for node in every:
        if kind := node.get('kind'):
            found[kind].append(node)
    assert [node.astext() for node in found['speaker'][::2]] == lines
    assert [node['options']['room'] for node in found['talk']] == lines
    assert [node['options']['track'] for node in found['talk']] == lines
    assert {node['options']['time'] for node in found['talk']} == {'09:30'}
    assert {node['options']['date'] for node in found['talk']} == {'2025-09-12'}
    assert list(document.findall(nodes.reference)) == []
    assert list(document.findall(nodes.problematic)) == []
    assert not [n for n in document.findall() if isinstance(n, nodes.Inline)]


@pytest.mark.parametrize('markup', [Rest(), Myst()], ids=['rest', 'myst'])
def test_nothing_in_a_text_is_markup(markup: Markup) -> None:
    check([one_line(text) for text in NASTY], markup)


LINES = (
    st.text(
        st.one_of(
            st.sampled_from('\\*`|_-=~#+.:;!?<>[](){}&$%^@"\'/ 1aAi'),
            st.characters(codec='utf-8', exclude_categories=['Cc', 'Cs', 'Zl', 'Zp']),
        ),
        min_size=1,
        max_size=12,
    )
    .map(one_line)
    .filter(bool)
)


@pytest.mark.parametrize('markup', [Rest(), Myst()], ids=['rest', 'myst'])
@given(line=LINES)
def test_no_text_is_markup(markup: Markup, line: str) -> None:
    check([line], markup)
