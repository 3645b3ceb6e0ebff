"""What a parser takes for something else than a directive or a role is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures import MakeProject
    from projects import Build

CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\nprimary_domain = 'talk'\n"
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
)
#: Pages -> lines below the title, and (line, what is quoted, what is said of it).
TOLD = {
    'colons.md': (
        (
            ':::{todo} Try it.\n:::\n\nText.\n:::{talk:packages} X\n:verdict: avoid\n\n'
            '- celery\n:::\n\n- ::::{speaker} Ada\n  ::::'
        ),
        [
            (3, ':::{todo}', 'colon_fence'),
            (7, ':::{talk:packages}', 'colon_fence'),
            (13, '::::{speaker}', 'colon_fence'),
        ],
    ),
    'backticks.md': (
        (
            '```{todo} one```\n\n```{talks}```\n\n~~~{todo} buy `milk`\n~~~\n\n'
            'Then:\n```{todo} buy `uv` shirts\n:done: 2025-08-01\n```\n\nThe rest.'
        ),
        [
            (3, '{todo} one', 'a line of its own'),
            (5, '{talks}', 'a line of its own'),
            (11, '```{todo}', 'no backtick'),
        ],
    ),
    'no-braces.md': (
        '```todo\nTry it.\n```\n\n```package-list\n```\n\n```python\ntodo = 1\n```',
        [(3, '```todo', '```{todo}'), (7, '```package-list', '```{package-list}')],
    ),
    'terms.md': (
        '```{packages} X\n\nword\n: it *does*\n\n- black\n```\n\nNot here\n: it does',
        [(5, 'word', 'deflist')],
    ),
    'as-in-rest.md': (
        (
            'See :package:`celery`, :meth:`x` and\n{handle} `@ada`.\n\n'
            'So:\n.. todo:: Ask.\n\n.. talk:speaker:: Ada'
        ),
        [
            (3, ':package:`celery`', '{package}`celery`'),
            (3, '{handle} `@ada`', '{handle}`@ada`'),
            (7, '.. todo::', '```{todo}'),
            (9, '.. talk:speaker::', '```{talk:speaker}'),
        ],
    ),
    'dots.rst': (
        (
            'Text\n.. todo:: Ask.\n\n..todo:: Ask again.\n\n.. speaker: Ada\n\n'
            '.. talk:todo: Ask.\n\n- See :package: `celery` and :handle:``@ada``.\n\n'
            '.todo:: Ask once more.'
        ),
        [
            (5, '.. todo::', 'below an empty line'),
            (7, '..todo::', 'below an empty line'),
            (9, '.. speaker:', 'two colons'),
            (11, '.. talk:todo:', 'two colons'),
            (13, ':package: `celery`', ':package:`celery`'),
            (13, ':handle:``@ada``', ':handle:`@ada`'),
            (15, '.todo::', 'begins with ".. "'),
        ],
    ),
    'spaces.rst': (
        (
            '.. todo::Ask.\n\n.. talk:speaker::Ada\n   :role: chair\n\n'
            '.. packages::: Good\n\n   - uv\n\n.. todo::\N{NO-BREAK SPACE}Ask.\n\n'
            '..todo::Ask.\n\nSee :package`uv` and handle:`@ada`.'
        ),
        [
            (4, '.. todo::Ask.', 'two colons, and behind them'),
            (6, '.. talk:speaker::Ada', 'two colons, and behind them'),
            (9, '.. packages:::', 'two colons, and behind them'),
            (13, '.. todo::', 'an ordinary space'),
            (15, '..todo::', 'below an empty line'),
            (17, ':package`uv`', ':package:`uv`'),
            (17, 'handle:`@ada`', ':handle:`@ada`'),
        ],
    ),
    'no-space.md': (
        '```{todo}Ask.\n```\n\n~~~{speaker}:Ada\n~~~\n\n```{code}x\n```',
        [
            (3, '```{todo}Ask.', 'a space behind'),
            (6, '```{speaker}:Ada', 'a space behind'),
        ],
    ),
    'quotes.rst': (
        (
            ".. packages:: Seen\n\n   - :package:'uv' is fast\n   - :package: `tox`\n"
            '   - package:`nox`\n   - :package: ty\n   - uv\n\n'
            'See :package:"ruff" and :handle:\'@ada\'.\n\n:handle: `@ben`'
        ),
        [
            (6, ':package:\u2019uv\u2019', ':package:`uv`'),
            (7, ':package: `tox`', ':package:`tox`'),
            (8, 'package:`nox`', ':package:`nox`'),
            (9, ':package: ty', ':package:`ty`'),
            (12, ':package:\u201druff\u201d', ':package:`ruff`'),
            (12, ':handle:\u2019@ada\u2019', ':handle:`@ada`'),
            (14, ':handle: `@ben`', ':handle:`@ben`'),
        ],
    ),
    'straight.md': (
        (
            "```{packages} Seen\n- {package}'uv' is fast\n- {package} `tox`\n"
            '- :package:"nox"\n- ruff\n```\n\nSee {talk:package}"ty".'
        ),
        [
            (4, '{package}\u2019uv\u2019', '{package}`uv`'),
            (5, '{package} `tox`', '{package}`tox`'),
            (6, ':package:\u201dnox\u201d', '{package}`nox`'),
            (10, '{talk:package}\u201dty\u201d', '{talk:package}`ty`'),
        ],
    ),
    'as-in-markdown.rst': (
        'See {talk:package}`celery`.\n\n:::{todo} Ask.\n\n```{talks}\n```',
        [
            (4, '{talk:package}`celery`', ':talk:package:`celery`'),
            (6, ':::{todo}', '.. todo::'),
            (8, '{talks}', '.. talks::'),
        ],
    ),
}
#: Pages of which nothing is told.
QUIET = {
    'quiet.md': (
        ':::{note} It.\n:::\n\nA {todo} and `{todo} x`.\n\n`{talks}` shows talks.\n\n'
        '    :::{todo} in code\n\n% :::{todo} hidden\n\n{talk}: a::b, `x`\n\n'
        'Todo\n: now'
    ),
    'still.rst': (
        '.. TODO: rewrite\n\n.. note that: yes\n\n.. todos::all\n\n'
        '..\n   .. todo::hidden\n\nA package: `x`, ``:package`x```.\n\n'
        'See ``{todo}`` and {talk} or ``x``; Markdown has ``{package}`x```.\n\n'
        "A class:'x', package: 'y', :class:'x', {talk: 'y'}, {package:'z'}.\n\n"
        'Fields:\n\n:author: Ada\n:package: ``x``\n\n'
        'The todo:: of *x*::\n\n   .. todo:: in code\n\n.. speakers: all\n\n:x:`y`'
    ),
    'apart.md': '---\nnocollect:\n---\n\n:::{todo} An example\n:::',
}


@pytest.fixture(scope='module')
def build(make_project: MakeProject) -> Build:
    heads = {'md': '# T\n\n', 'rst': 'T\n=\n\n'}
    texts = {name: text for name, (text, _told) in TOLD.items()} | QUIET
    pages = {
        name: f'{text}\n'
        if name == 'apart.md'
        else f'{heads[name[-3:].strip(".")]}{text}\n'
        for name, text in texts.items()
    }
    return make_project(
        {'conf.py': CONF, 'index.rst': 'Index\n=====\n', **pages}
    ).build()


@pytest.mark.parametrize('name', TOLD)
def test_what_was_meant_for_markup_is_told_with_what_to_write(
    name: str, build: Build
) -> None:
    found = [w for w in build.warnings if w.place.startswith(f'{name}:')]
    found = [w for w in found if w.type == 'talk.markup']
    _text, expected = TOLD[name]
    assert [w.place for w in found] == [f'{name}:{line}' for line, _q, _s in expected]
    for warning, (_line, quoted, said) in zip(found, expected, strict=True):
        assert warning.text.startswith(f'"{quoted}" is ')
        assert said in warning.text


def test_a_fence_of_colons_without_braces_is_told_too(
    make_project: MakeProject,
) -> None:
    page = (
        '# T\n\n:::todo\nTry it.\n:::\n\n:::card\nA todo.\n:::\n\n:::{todo}Ask\n:::\n'
    )
    conf = f"{CONF}myst_enable_extensions = ['colon_fence']\n"
    told = make_project({'conf.py': conf, 't.md': page}).build().warnings
    first, second = (w for w in told if w.type.startswith('talk'))
    assert (first.place, first.type) == ('t.md:3', 'talk.markup')
    assert '":::todo" is no directive here' in first.text
    assert (second.place, second.type) == ('t.md:11', 'talk.markup')
    assert '":::{todo}Ask" is no directive here' in second.text


def test_nothing_is_told_of_what_was_not(build: Build) -> None:
    told = {
        w.place.partition(':')[0] for w in build.warnings if w.type == 'talk.markup'
    }
    assert told == set(TOLD)
    pages = {name.partition('.')[0] for name in (*TOLD, *QUIET)}
    assert build.env.found_docs == pages | {'index'}
    assert len(pages) == len(TOLD) + len(QUIET)


def test_what_an_extension_of_myst_reads_is_read(make_project: MakeProject) -> None:
    conf = f"{CONF}myst_enable_extensions = ['colon_fence', 'deflist']\n"
    pages = {
        f'{name}.md': f'# T\n\n{TOLD[f"{name}.md"][0]}\n'
        for name in ('colons', 'terms')
    }
    pages['colons.md'] += '\n\\:::{todo} as it is written\n'
    build = make_project({'conf.py': conf, 'index.rst': 'I\n=\n', **pages}).build()
    assert [w for w in build.warnings if w.type.startswith('talk')] == []
    assert 'To do' in build.lines('colons')
