"""What a builder doesn't show is in nothing that is collected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from inventories import inventory
from projects import dead_fragments

if TYPE_CHECKING:
    from fixtures import MakeProject

CONF = """\
extensions = ['sphinx.ext.ifconfig', 'sphinx_talknotes']
primary_domain = 'talk'
nitpicky = True
talk_summary = True


def setup(app):
    app.add_config_value('gossip', 'none', 'env')
"""
HIDDEN = """\
   .. speaker:: Zed{0}

   .. packages::
      :verdict: recommended

      zip{0}
         A `link <https://{0}.example.org/>`__.

   .. todo:: Zero {0}.

   :package:`zap{0}` :handle:`@zorro{0}`

   .. package-list::
"""
PAGE = f""":talk:

Page
====

.. only:: private

{HIDDEN.format('private')}
.. only:: html

{HIDDEN.format('html')}
.. ifconfig:: gossip == 'much'

{HIDDEN.format('ifconfig')}
.. todo::
   :done: 2025-09-13

   .. only:: private

      Zero private inside, zip.

   .. ifconfig:: gossip == 'much'

      Zero ifconfig *inside*.

.. todo::

   .. only:: html

      Zero html inside.

   .. only:: private

      Zero private last.

.. todo:: Zero

   .. only:: private

      private tail.

.. ifconfig:: nonsense +

   .. todo:: Zero nonsense.

One
---

.. only:: text

   .. talk::
      :date: 2025-09-13

.. todo:: Zero of one.
"""
LISTS = """\
Lists
=====

.. talks::

.. speaker-list::

.. todo-list::

.. package-list::

.. at-a-glance::
"""


def test_what_is_not_shown_is_nowhere_and_what_is_shown_is_everywhere(
    make_project: MakeProject,
) -> None:
    project = make_project({'conf.py': CONF, 'page.rst': PAGE, 'z.rst': LISTS})
    build = project.build()
    assert [w for w in build.warnings if 'ifconfig expression' not in w.text] == []
    for path in build.outdir.rglob('*'):
        if path.is_file() and not {'_sources', '_static'} & set(path.parts):
            content = path.read_bytes()
            assert b'private' not in content, path
            assert b'Zedifconfig' not in content, path
    shown = ' '.join(build.lines('z'))
    for text in ('Zedhtml', 'ziphtml', 'zaphtml', '@zorrohtml', 'Zero html.'):
        assert text in shown
    assert 'Zero html inside.' in shown
    assert 'Zero of one. – Page' in shown
    assert '1 talk, 2 people' in shown.replace('\N{NO-BREAK SPACE}', ' ')
    index = build.read('genindex.html')
    assert 'zaphtml (package)' in index
    assert 'zapifconfig' not in index
    objects = inventory(build)['talk:package']
    assert set(objects) == {'ziphtml', 'zaphtml'}
    assert dead_fragments(build.outdir) == []
    # Its list is in the page's own only while that is shown.
    places = [place for place, _shown in objects.values()]
    assert all(place.startswith('page.html#package--') for place in places)

    # The same doctrees, for another builder, another setting and other tags.
    build = project.build('text', tags=['private'], confoverrides={'gossip': 'much'})
    shown = (build.outdir / 'z.txt').read_text('utf-8')
    assert 'html' not in shown
    for kind in ('private', 'ifconfig'):
        assert f'Zero {kind}.' in shown
        assert f'Zed{kind}' in shown


def test_a_talk_that_one_builder_hides_is_one_for_another(
    make_project: MakeProject,
) -> None:
    files = {'conf.py': CONF, 'page.rst': PAGE.replace(':talk:', ''), 'z.rst': LISTS}
    project = make_project(files)
    build = project.build()
    assert json.loads(build.read('notes.json'))['talks'] == []
    assert build.lines('z')[1] == 'Nothing yet.'
    assert 'talk-summary' not in build.read('page.html')
    build = project.build('text')
    assert '* One (1\N{NO-BREAK SPACE}to-do)' in (build.outdir / 'z.txt').read_text(
        'utf-8'
    )


CONDITIONAL = """:talk:
:date: 2025-09-12

Both
====

.. only:: private

   .. talk::
      :room: Zanzibar

.. only:: not private

   .. talk::
      :room: Main

First
-----

.. talk::
   :time: 09:30
   :track: Web

.. only:: private

   .. talk::
      :room: Zanzibar

Second
------

.. only:: html

   .. talk::
      :room: Small

.. only:: html

   .. talk::
      :room: Large

.. only:: not latex

   .. talk::
      :room: Attic
      :language: de

.. only:: html

   .. only:: not latex

      .. talk::
         :track: Web

.. todo:: Ask.

Third
-----

.. only:: html

   .. talk::
      :time: 10:00
      :id: T3

.. only:: not latex

   .. talk::
      :date: 2025-09-13
      :time: 11:00-12:00
"""


@pytest.mark.parametrize('private', [False, True])
def test_a_talk_says_what_is_shown_of_it(
    make_project: MakeProject, private: bool
) -> None:
    index = 'Index\n=====\n\n.. toctree::\n\n   page\n\n.. talks::\n'
    conf = "extensions = ['sphinx_talknotes']\nprimary_domain = 'talk'\n"
    conf += 'talk_summary = True\n'
    if private:
        conf += "tags.add('private')\n"
    project = make_project(
        {'conf.py': conf, 'index.rst': index, 'page.rst': CONDITIONAL}
    )
    build = project.build()
    assert [w.place for w in build.warnings] == ['page.rst:39', 'page.rst:52']
    assert all(
        'this section already has a talk directive' in w.text for w in build.warnings
    )
    both, first, second, third = json.loads(build.read('notes.json'))['talks']
    room = 'Zanzibar' if private else 'Main'
    assert [both.get(name) for name in ('date', 'room')] == ['2025-09-12', room]
    assert [first.get(name) for name in ('date', 'time', 'track', 'room')] == [
        '2025-09-12', '09:30', 'Web', 'Zanzibar' if private else None
    ]  # fmt: skip
    assert (second['room'], second['language']) == ('Small', 'de')
    assert [third.get(name) for name in ('date', 'time', 'end', 'id')] == [
        '2025-09-13', '10:00', None, 'T3'
    ]  # fmt: skip
    shown = build.page('page').text
    assert ('Zanzibar' in shown) is private
    assert ('Zanzibar' in build.read('notes.json')) is private
    # The second has two places, which not every builder shows.
    assert shown.count('2025-09-12') == 5
    assert shown.count('Next talk') == 3
    assert shown.count('In short') == 1
