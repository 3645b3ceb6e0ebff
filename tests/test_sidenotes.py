"""What was added to a text, marked for the margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fixtures import MakeProject

PAGE = """\
.. role:: added

Title
=====

Said :added:`[now], *` twice :added:`[so]`, and\n:added:`[then]`.

See(:added:`[close]`)

:added:`[Alone.]`

Not :added:`in brackets`, or :added:`[half`.

.. rst-class:: byline

Somebody :added:`[of somewhere]`

.. rst-class:: added

[A *paragraph*.]

.. container:: talk-summary

   Named :added:`[again]`

   .. rst-class:: added

   [In a box.]
"""


def test_only_additions_beside_words_are_for_the_margin(
    make_project: MakeProject,
) -> None:
    project = make_project(
        {'conf.py': "extensions = ['notesite']\n", 'a.rst': PAGE, 'b.rst': PAGE}
    )
    settings = {'html_theme': 'basic', 'notesite_side_notes': ['a']}
    built = project.build(confoverrides=settings)
    page = built.page('a')
    notes = page.select('.side-note')
    assert [note.get_text() for note in notes] == [
        ' [so]',
        ' [then]',
        '[close]',
        '[A paragraph.]',
    ]
    # With the brackets goes the space before them, and nothing else changes.
    assert 'twice<span' in str(page)
    brackets = [mark.get_text() for mark in page.select('.bracket')]
    assert brackets == [' [', ']', ' [', ']', '[', ']', '[', ']']
    other = built.page('b')
    assert not other.select('.side-note, .bracket')
    assert page.get_text().split() == other.get_text().split()
    # What has no margin keeps it as it was.
    plain = project.build('pseudoxml', confoverrides=settings).read('a.pseudoxml')
    assert 'side-note' not in plain
