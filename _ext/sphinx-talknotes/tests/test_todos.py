"""Each item of a task list in a to-do is one of its own, open or done."""

from __future__ import annotations

import json
from io import BytesIO
from textwrap import indent
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from projects import dead_fragments, doubled_ids

if TYPE_CHECKING:
    from fixtures import MakeProject
    from projects import Build

REST = """Tasks
=====

.. todo:: Before the *sprint*:
   :done: 2025-09-20 at last
   :class: urgent
   :name: before

   - [ ] Read :package:`celery` first.
   - [x] Install it.

     With all extras.

   And bring cake.

   - plain

See :ref:`what to do <before>`.
"""
MYST = """# Tasks

```{todo} Before the *sprint*:
:done: 2025-09-20 at last
:class: urgent
:name: before

- [ ] Read {package}`celery` first.
- [x] Install it.

  With all extras.

And bring cake.

* plain
```

See {ref}`what to do <before>`.
"""
UNDATED = """

```{todo}
- [X] Ask.
- [ ] **Bold** words.
```
"""
INDEX = 'Index\n=====\n\n.. todo-list::\n\n.. toctree::\n\n   tasks\n'
MYST_CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\nprimary_domain = 'talk'\n"
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
)
COLONS = "myst_enable_extensions = ['colon_fence']\n"
BOXES = "myst_enable_extensions = ['colon_fence', 'tasklist']\n"
BUILDS = {
    'reST': {'tasks.rst': REST},
    'MyST': {'conf.py': MYST_CONF, 'tasks.md': MYST + UNDATED},
    'MyST with check boxes': {
        'conf.py': f"{MYST_CONF}myst_enable_extensions = ['tasklist']\n",
        'tasks.md': MYST + UNDATED,
    },
}


@pytest.mark.parametrize('what', BUILDS)
def test_a_task_list_makes_a_to_do_of_each_item(
    what: str, make_project: MakeProject
) -> None:
    project = make_project({'index.rst': INDEX, **BUILDS[what]})
    build = project.build()
    assert build.warnings == []
    shown = build.lines('tasks')[1:]
    assert shown[:9] == [
        'Before the sprint:',
        'To do', 'Read celery first.',
        'Done: 2025-09-20 at last', 'Install it.', 'With all extras.',
        'And bring cake.',
        'To do', 'plain',
    ]  # fmt: skip
    assert 'See what to do.' in shown
    assert not build.page('tasks').select('input')
    assert {box['class'][0] for box in build.page('tasks').select('.urgent')}
    assert dead_fragments(build.outdir) == []
    assert doubled_ids(build.outdir) == []
    todos = todos_of(build)
    pot = project.build('gettext', freshenv=True).read('tasks.pot')
    catalog = read_po(BytesIO(pot.encode()))
    assert 'Install it.' in catalog
    assert not any('[' in str(message.id) for message in catalog)
    assert todos[:3] == [
        ('Read celery first.', None),
        ('Install it. With all extras.', '2025-09-20'),
        ('plain', None),
    ]
    if what != 'reST':
        # Nothing is left of the mark.
        assert '<p>Ask.</p>' in build.read('tasks.html')
        assert shown[-4:] == ['Done', 'Ask.', 'To do', 'Bold words.']
        assert todos[3:] == [('Ask.', True), ('Bold words.', None)]
        assert build.lines('index')[1] == '3 open, 2 done'
        assert 'Ask. \N{EN DASH} Tasks (Done)' in build.lines('index')


LISTS_REST = """Tasks
=====

.. todo::
   - a
   - [x] b
     and *more*
   - c

.. todo::

   - d
   - e

     - of e

.. todo::
   :done: 2025-09-20

   * f
   * g

.. todo:: h

   - of h

.. todo::

   Of these:

   - one
   - two

.. packages::
   - black: formats
   - the odd one
"""
LISTS_MYST = """# Tasks

```{todo}
- a
- [x] b
  and *more*
- c
```

```{todo}
- d
- e
  - of e
```

```{todo}
:done: 2025-09-20

* f
* g
```

```{todo} h
- of h
```

```{todo}
Of these:

- one
- two
```

```{packages}
- black: formats
- the odd one
```
"""


@pytest.mark.parametrize(
    'pages',
    [
        {'tasks.rst': LISTS_REST},
        {'conf.py': MYST_CONF, 'tasks.md': LISTS_MYST},
    ],
)
def test_a_list_alone_and_plain_bullets_among_tasks_are_to_dos_each(
    pages: dict[str, str], make_project: MakeProject
) -> None:
    build = make_project({'index.rst': INDEX, **pages}).build()
    (warning,) = build.warnings
    assert warning.place.rpartition(':')[2] == '36'
    assert todos_of(build) == [
        ('a', None), ('b and more', True), ('c', None), ('d', None), ('e of e', None),
        ('f', '2025-09-20'), ('g', '2025-09-20'), ('h of h', None),
        ('Of these: one two', None),
    ]  # fmt: skip
    (page,) = json.loads(build.read('notes.json'))['other_pages']
    assert [package['name'] for package in page['packages']] == ['black']
    assert doubled_ids(build.outdir) == []


NESTED_REST = """Tasks
=====

.. todo::

   1. [ ] a
   2. [x] b

.. todo::
   :done: 2025-09-20

   - [ ] c

     - [x] d *of c*

       1. [ ] e
       #. f

     * said of c

   - g

     - said of g

.. todo::

   At home:

     * [X] h

.. todo:: [x] i
   :done: 2025-09-21

.. todo:: [ ] j

.. todo::

   .. note:: [x] k
"""
NESTED_MYST = """# Tasks

```{todo}
1. [ ] a
2. [x] b
```

```{todo}
:done: 2025-09-20

- [ ] c
  - [x] d *of c*
    1. [ ] e
    2. f

  * said of c
- g
  - said of g
```

```{todo}
At home:

> * [X] h
```

```{todo}
:done: 2025-09-21
[x] i
```

```{todo} [ ] j
```

```{todo}
:::{note}
[x] k
:::
```
"""


@pytest.mark.parametrize(
    ('what', 'pages'),
    [
        ('reST', {'tasks.rst': NESTED_REST}),
        ('MyST', {'conf.py': MYST_CONF + COLONS, 'tasks.md': NESTED_MYST}),
        ('boxes', {'conf.py': MYST_CONF + BOXES, 'tasks.md': NESTED_MYST}),
    ],
)
def test_tasks_are_read_wherever_they_are_listed_and_told_of_elsewhere(
    what: str, pages: dict[str, str], make_project: MakeProject
) -> None:
    build = make_project({'index.rst': INDEX, **pages}).build()
    (warning,) = build.warnings
    line = '38' if what == 'reST' else '37'
    assert (warning.place.rpartition(':')[2], warning.type) == (line, 'talk.done')
    assert warning.text.endswith(': [x] k')
    assert todos_of(build) == [
        ('a', None), ('b', True), ('c said of c', None), ('d of c', '2025-09-20'),
        ('e', None), ('f', None), ('g said of g', None), ('h', True),
        ('i', '2025-09-21'), ('j', None), ('[x] k', None),
    ]  # fmt: skip
    assert doubled_ids(build.outdir) == []


#: How an item begins -> what is read of it: done, open, or that it is told.
MARKS = {
    '[x] ': True, '[X] ': True, '\u2611 ': True, '\u2612 ': True, '\u2705 ': True,
    '\u2713 ': True, '\u2714 ': True, '[ ] ': False, '\u2610 ': False, '- ': False,
    '[x]': None, '[ ]': None, '[-] ': None, '[] ': None, '[~] ': None,
    '[ x ] ': None, '[x ] ': None, '[1] ': False, '[it] ': False,
}  # fmt: skip


def test_other_marks_of_tasks_are_read_or_told(make_project: MakeProject) -> None:
    items = ''.join(f'- {mark}it\n' for mark in MARKS).replace('- - it', '- it')
    pages = {
        'index.rst': 'Index\n=====\n\n.. toctree::\n\n   tasks\n   more\n',
        'conf.py': MYST_CONF,
        'tasks.rst': f'Tasks\n=====\n\n.. todo::\n\n{indent(items, " " * 3)}',
        'more.md': f'# More\n\n```{{todo}}\n\n{items}```\n',
    }
    build = make_project(pages).build()
    told = sorted(build.warnings, key=lambda warning: warning.place)
    lines = [5 + n for n, is_done in enumerate(MARKS.values(), 1) if is_done is None]
    assert [(w.place, w.type) for w in told] == [
        *((f'more.md:{line - 1}', 'talk.done') for line in lines),
        *((f'tasks.rst:{line}', 'talk.done') for line in lines),
    ]
    pages_with_any = json.loads(build.read('notes.json'))['other_pages']
    for page in pages_with_any:
        todos = {todo['text']: todo.get('done') for todo in page['todos']}
        assert len(page['todos']) == len(MARKS)
        for mark, is_done in MARKS.items():
            if is_done is None:
                assert todos[f'{mark}it'] is None
        done = [todo for todo in page['todos'] if 'done' in todo]
        assert len(done) == list(MARKS.values()).count(True)
        assert {todo['text'] for todo in done} == {'it'}
    assert len(pages_with_any) == 2


def test_a_picture_is_a_to_do_and_one_in_another_is_none_of_its_text(
    make_project: MakeProject,
) -> None:
    tasks = """# Tasks

```{todo}
- [ ] ![](https://a.example/b.svg)
- [x] ![](https://a.example/c.svg)
- [ ] ![](https://a.example/d.svg) see
- [ ] ![A way](https://a.example/e.svg)
- [ ] ![](data:image/gif;base64,R0lGODlhAQABAAAAACw=)
```

````{todo}
Out

```{todo}
in *it*
```

and *about*
````
"""
    pages = {'index.rst': INDEX, 'conf.py': MYST_CONF, 'tasks.md': tasks}
    build = make_project(pages).build()
    assert [w for w in build.warnings if w.type.startswith('talk')] == []
    assert todos_of(build) == [
        ('b.svg', None), ('c.svg', True), ('see', None), ('A way', None),
        ('image/gif', None), ('Out and about', None), ('in it', None),
    ]  # fmt: skip
    shown = build.page('index').text
    assert 'Out and about' in shown
    assert 'b.svg' in shown


def test_what_docutils_says_of_a_to_do_is_none_of_it(make_project: MakeProject) -> None:
    page = (
        'Tasks\n=====\n\n.. todo::\n\n   - (x) first\n   - b\n\n     .. only this\n\n'
        '.. todo:: Read\n\n   =\n   it\n\n   .. not this\n'
    )
    build = make_project({'index.rst': INDEX, 'tasks.rst': page}).build()
    assert [text for text, _done in todos_of(build)] == ['first', 'b', 'Read = it']
    assert not any('INFO' in line for line in build.lines('index'))


def todos_of(build: Build) -> list[tuple[str, object]]:
    (page,) = json.loads(build.read('notes.json'))['other_pages']
    return [(todo['text'], todo.get('done')) for todo in page['todos']]
