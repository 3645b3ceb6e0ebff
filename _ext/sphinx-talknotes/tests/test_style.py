"""The style sheet tells apart what the notes mark, in any theme."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sphinx_talknotes import style

if TYPE_CHECKING:
    from fixtures import MakeProject

PAGE = """Notes
=====

.. speaker:: Ada Field

:added:`The slides never came.`

.. todo:: Ask for them.
   :done: 2025-09-20

.. packages:: Seen
   :verdict: avoid

   - black
"""
SHEET = (style.FOLDER / style.FILE).read_text(encoding='utf-8')


@pytest.mark.parametrize('theme', ['alabaster', 'classic'])
def test_each_page_has_it_before_the_sites_own(
    theme: str, make_project: MakeProject
) -> None:
    build = make_project({'index.rst': PAGE, 'own/own.css': ''}).build(
        confoverrides={
            'html_theme': theme,
            'html_static_path': ['own'],
            'html_css_files': ['own.css'],
        }
    )
    assert build.warnings == []
    sheets = re.findall(r'href="_static/([^"?]+\.css)', build.read('index.html'))
    assert sheets.index(style.FILE) < sheets.index('own.css')
    assert build.read(f'_static/{style.FILE}') == SHEET
    classes = {c for e in build.page('index').select('[class]') for c in e['class']}
    # What has a rule is there: a class renamed here would lose its rule.
    assert classes >= {'added', 'speaker', 'todo', 'done', 'packages', 'verdict-avoid'}


def test_it_can_be_left_out(make_project: MakeProject) -> None:
    project = make_project({'index.rst': PAGE})
    build = project.build(confoverrides={'talk_style_sheet': False})
    assert style.FILE not in build.read('index.html')
    assert not (build.outdir / '_static' / style.FILE).exists()


def test_it_is_light_and_its_colours_are_those_of_the_theme() -> None:
    assert len(SHEET) < 2000
    assert not re.search(r'#[0-9a-f]{3}|rgb|(?<![-\w])(?:color|background)', SHEET)
    for marked in ('added', 'speaker', 'done', 'open', 'verdict-avoid', 'packages'):
        assert re.search(rf'\.{marked}(?![-\w])', SHEET), marked
