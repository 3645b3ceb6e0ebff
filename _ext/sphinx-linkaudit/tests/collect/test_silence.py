"""A link that is marked where it stands isn't checked, and the report says where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from jsonschema import Draft202012Validator

from checks import EXTENSION, check, project_with
from reports import SCHEMA
from web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks import Checked
    from fixtures import MakeProject

PAGE = """\
Page
====

One by :nolinkcheck:`its role <AT/role>`, one
of :nolinkcheck:`AT/bare` and one `after <AT/after-role>`__ them.
A :nolinkcheck:`target's name`, the `target's name`_ unmarked, and
:nolinkcheck:`over two lines <AT/over-
two>`, and |substituted|.

.. _target's name: AT/named
.. |substituted| replace:: :nolinkcheck:`by substitution <AT/substituted>`

.. rst-class:: nolinkcheck

A paragraph with AT/paragraph in it.

The next has AT/after-class in it.

.. rst-class:: nolinkcheck

* one AT/item

  * two AT/inner-item

.. image:: AT/image.png
   :class: nolinkcheck

.. image:: AT/image-without.png
   :target: AT/target-without

.. figure:: AT/badge.svg
   :target: AT/badge
   :class: nolinkcheck

.. container:: other nolinkcheck

   .. toctree::

      Elsewhere <AT/toctree>

.. raw:: html

   <a class="x nolinkcheck" href="AT/raw">a</a> <a class="nolinkchecks" href="AT/raw-2">

.. rst-class:: nolinkcheck

A section
---------

With AT/section.

A section after that
--------------------

With AT/after-section, and at another place AT/paragraph again.
"""
SILENCED = {
    'role': 4,
    'bare': 5,
    'over-two': 7,
    'substituted': 11,
    'item': 21,
    'inner-item': 23,
    'image.png': 25,
    'badge.svg': 31,
    'badge': 32,
    'toctree': 39,
    'raw': 43,
    'section': 50,
}
NAMED = 10  #: The line of the target, which one reference of two silences.
CHECKED = {
    'after-role': 5,
    'named': NAMED,
    'after-class': 17,
    'image-without.png': 28,
    'target-without': 29,
    'raw-2': 43,
    'after-section': 55,
    'paragraph': 55,
}

MARKDOWN = """\
# Page

A [link](AT/link){.nolinkcheck}, <AT/auto>{.nolinkcheck}, a
[checked](AT/checked){.other} one, {nolinkcheck}`one by role <AT/role>`,
![](AT/image.png){.nolinkcheck} and a [reference][one]{.nolinkcheck}.

[one]: AT/definition

{.nolinkcheck}
A paragraph with [a link](AT/paragraph).
"""


@pytest.fixture(scope='module')
def web() -> Iterator[Web]:
    with Web() as server:
        yield server


@pytest.fixture(scope='module')
def checked(make_project: MakeProject, web: Web) -> Checked:
    return check(make_project, {'page.rst': PAGE.replace('AT/', web.url('/'))})


def lines(checked: Checked, web: Web, reason: str) -> dict[str, int]:
    """Return the line of the first place of each link with a verdict's reason."""
    return {
        uri.removeprefix(web.url('/')): link['places'][0]['line']
        for uri, link in checked.links.items()
        if link['reason'] == reason
    }


def test_what_is_marked_is_ignored_and_told_with_its_place(
    checked: Checked, web: Web
) -> None:
    assert lines(checked, web, 'nolinkcheck') == SILENCED
    assert {checked.status(web.url(f'/{name}')) for name in SILENCED} == {'ignored'}
    assert not {request.path[1:] for request in web.log} & SILENCED.keys()


def test_what_is_not_marked_is_checked_wherever_it_stands(
    checked: Checked, web: Web
) -> None:
    assert lines(checked, web, 'not-found') == CHECKED
    assert checked.status_code == 1


def test_a_link_that_is_marked_at_some_places_has_the_others_checked(
    checked: Checked, web: Web
) -> None:
    link = checked.links[web.url('/paragraph')]
    assert [place['line'] for place in link['places']] == [55]
    assert [place['line'] for place in link['silenced']] == [15]
    page = (checked.outdir / 'report.html').read_text()
    assert 'and 1 that nolinkcheck marks' in page
    report = json.loads((checked.outdir / 'report.json').read_text())
    Draft202012Validator(SCHEMA).validate(report)


def test_markdown_marks_links_by_attributes(
    make_project: MakeProject, web: Web
) -> None:
    pytest.importorskip('myst_parser', reason='myst-parser is not installed')
    page = MARKDOWN.replace('AT/', web.url('/md/'))
    conf = """
extensions = ['sphinx_linkaudit', 'myst_parser']
# MyST would change the default, which later projects have as well.
source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}
myst_enable_extensions = ['attrs_inline', 'attrs_block']
"""
    index = 'I\n=\n\n.. toctree::\n\n   page\n'
    checked = check(make_project, {'page.md': page, 'index.rst': index}, conf=conf)
    assert checked.warnings == []
    assert lines(checked, web, 'nolinkcheck') == {
        'md/link': 3,
        'md/auto': 3,
        'md/role': 4,
        'md/image.png': 5,
        'md/definition': 7,
        'md/paragraph': 10,
    }
    assert lines(checked, web, 'not-found') == {'md/checked': 4}


def test_other_builders_know_the_role_and_make_a_link_of_it(
    make_project: MakeProject,
) -> None:
    page = (
        'See :nolinkcheck:`the page <https://a.example/x>`, '
        ':nolinkcheck:`https://b.example/`, and :nolinkcheck:`there`.\n\n'
        '.. _there: https://c.example/\n'
    )
    project = project_with(make_project, page, EXTENSION)
    build = project.build('html')
    assert build.warnings == []
    text = (project.builddir / 'html' / 'page.html').read_text(encoding='utf-8')
    found = BeautifulSoup(text, 'html.parser').select('a.nolinkcheck')
    assert [(a['href'], a.text) for a in found] == [
        ('https://a.example/x', 'the page'),
        ('https://b.example/', 'https://b.example/'),
        ('https://c.example/', 'there'),
    ]
    assert all('external' in (a.get('class') or []) for a in found)


def test_a_name_that_is_no_target_is_a_warning_with_its_line(
    make_project: MakeProject,
) -> None:
    project = project_with(make_project, 'See :nolinkcheck:`nothing`.\n', EXTENSION)
    (warning,) = project.build('linkcheck').warnings
    assert warning.place == 'page.rst:4'
    assert 'nothing' in warning.text
