"""A link's place is the line of a file of the project that has the address."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from sphinx.pycode import ModuleAnalyzer

from checks import TITLE, check, project_with
from runs import run_apart
from sphinx_linkaudit.collect.locate import Locator
from sphinx_linkaudit.collect.source import (
    MAX_BYTES,
    Role,
    Source,
    Span,
    maker_of,
    source_at,
)
from web import Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from checks import Checked
    from fixtures import MakeProject
    from sphinx_linkaudit.records import Place

#: In a line, what follows this is the name of the page that the line's link leads to.
MARKER = 'AT/'

PAGE = """\
A page with a `link in its title <AT/title>`__
===============================================

A paragraph that goes on for a line or two
before it comes to AT/bare, then to
AT/bare again, and to `a phrase
<AT/next-line>`__ in it.

A `named`_ one, `one with alias <AT/alias>`_, and an `anonymous`__ one.

.. _named: AT/named
__ AT/anonymous

.. image:: picture.png
   :alt: A picture
   :target: AT/target

.. glossary::

   term
      What it means: AT/glossary.

======  ==================
Name    Address
======  ==================
one     AT/table
two     AT/table-too
======  ==================

.. only:: html

   For HTML alone: AT/only-html.

.. only:: latex

   For paper alone: AT/only-latex.

.. only:: not builder_linkcheck

   Not to be checked: AT/only-unchecked.

.. raw:: latex

   <a href="AT/latex">not</a>

.. raw:: html

   <!-- <a href="AT/comment">not</a> -->
   <script>var page = '<a href="AT/script">not</a>'</script>
   <textarea><a href="AT/textarea">not</a></textarea>
   <p title='<a href="AT/attribute">'>
   <template><a href="AT/template">not</a></template>
   <a href="AT/first" href="AT/second">the first counts</a>
   <map><area href="AT/area"></map>
   <picture><source srcset="AT/dark.png"><img srcset="AT/large.png 2x,AT/larger.png 3x,
   AT/largest.png, " src="AT/small.png"></picture>
   <video poster="AT/poster"></video>
   <object data="AT/object"></object><track src="AT/track">
   <a href="AT/
   broken">in two lines</a>
   <svg><a xlink:href="AT/xlink"></a></svg>
   <a title="a > b"
      href='AT/raw?a=1&amp;b=2'>link</a>

.. graphviz::

   digraph {
      a [label="href=AT/label", URL="AT/drawn"];  // [URL="AT/undrawn"]
      a -> b [edgehref = "AT/edge"];
   }

.. graphviz:: drawing.dot

Here is :ours:`7`, and below
it is once more, :ours:`7`, with :fixed:`9`.

.. The address in a comment is none of the paragraph's: AT/near.

A paragraph that begins
here, goes on
and on to its link, AT/near.

One that has ``AT/cut;more``, and
then AT/cut.

The :ours:`5` in a title
------------------------

Then :ours:`5` again.

One writes ``:ours:`24``` or ``as in :ours:`24```,
and it becomes :ours:`24`.

* :ours:`the eighth <8>`
* an escaped AT/a\\_b\\_c one
* what is escaped begins no role: \\`code, and then :ours:`21` and
  another one, :ours:`22`

* a tick ` that opens nothing

* and the role after it, :ours:`23`

Made of words: GH-31,
then GH-32, then
GH-31 and GH-311 again.

:List: talk@example

talk@example.org has
its list.

Some code::

   fetch AT/coded
   fetch AT/only-coded

``AT/coded`` is linked `where it is defined`_, and `once more <where it is defined_>`_.

.. AT/coded

Something else in between.

.. _where it is defined: AT/coded

.. example::

   Now AT/shown
   is a link, too.

AT/shown

.. made:: x

.. news::

.. include:: included.txt

.. toctree::

   Elsewhere <AT/toctree>
   sub/other

|prolog|

Filled in: `the version <AT/v{{ version }}/x>`__, AT/%(name)s.zip,
and `another link <AT/whole>`__.

.. |again| replace:: :ours:`55`

Here |again|, and |again|.

.. py:function:: typed(one)

   Typed by hand.

   :param Typed one: What is given.
   :rtype: Typed
"""
INCLUDED = 'Something.\n\nAnd a link: AT/included.\n'
OTHER = 'Other\n=====\n\nFrom another folder: AT/other\n'
MODULE = '''\
"""A module: AT/module."""


def function():
    """Do it.

    Look at AT/function for more, and at `another link <AT/own>`__.

    :param none: see AT/param
    :rtype: Typed
    """


class Thing:
    """A thing.

    As is AT/class-doc.
    """

    #: An attribute, AT/attribute-doc.
    size = 1
    #: Said of two attributes: AT/attributes.
    zeta = 1
    #: The first in the manual: AT/attributes.
    alpha = 1


\f
def sample(one: 'Typed'):
    """Show it.

    One too many.

    >>> fetch('AT/sampled')

    AT/sampled is it, and :py:obj:`Typed` what it takes.

    :param Typed one: What is sampled.
    """


def written_first():
    """Written first, AT/functions."""


def shown_first():
    """Shown first, AT/functions."""
'''
CONF = """
import sys
sys.path.insert(0, {code!r})
extensions = ['sphinx_linkaudit', 'sphinx.ext.extlinks', 'sphinx.ext.autodoc', 'makers']
extensions.append('sphinx.ext.graphviz')
extlinks = {{
    'ours': ('{base}/issue-%s', 'issue %s'),
    'fixed': ('{base}/fixed-%s', 'the manual%.0s'),
}}
rst_prolog = '''
.. |prolog| replace:: `from the prolog <{base}/prolog>`__
.. |role| replace:: :ours:`99`
'''
"""


#: An extension of a project that makes links of words, of files and of nothing.
MAKERS = """
import re
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
BASE = {base!r} + '/made'

class Made(SphinxDirective):
    required_arguments = 1
    def run(self):
        self.env.note_dependency('news/41.fix.txt')
        self.env.note_dependency('read.bib')
        return [self.link('a text', '')]
    def link(self, text, end):
        link = nodes.reference('', text, refuri=f'{{BASE}}{{end}}')
        paragraph = nodes.paragraph('', '', link)
        self.set_source_info(paragraph)
        return paragraph

class Example(SphinxDirective):
    has_content = True
    def run(self):
        code = nodes.literal_block('', '\\n'.join(self.content))
        self.set_source_info(code)
        return [code, *self.parse_content_to_nodes()]

class News(Made):
    required_arguments = 0
    def run(self):
        texts = {{'#41': '/41', '#42': '/42', 'included by': '/included'}}
        texts |= {{'Something else': '/elsewhere', 'doi:10.5/x': '/10.5/x'}}
        texts['doi:http://x.test/y'] = '/http://x.test/y'
        return [self.link(text, end) for text, end in texts.items()]

def link(app, document):
    for node in list(document.findall(nodes.Text)):
        parts = re.split(r'(GH-\\d+|talk@example(?!.org))', node)
        new = [nodes.Text(part) for part in parts]
        for at, part in enumerate(parts):
            if at % 2:
                text = part if 'GH' in part else 'somewhere'
                new[at] = nodes.reference('', text, refuri=f'{{BASE}}-{{part}}')
                if text == 'somewhere':
                    new[at]['refuri'] = f'{{BASE}}/{{part}}/'
        if len(parts) > 1:
            node.parent.replace(node, new)

def resolve(app, env, node, child):
    if node['reftarget'].endswith('Typed'):
        return nodes.reference('', '', child, refuri=f'{{BASE}}/typed')

def fill_in(app, name, text):
    text[0] = text[0].replace('{{{{ version }}}}', '3.2').replace('%(name)s', 'a-b')

def describe(app, what, name, thing, options, lines):
    if name == 'things.function':
        lines += ['', f'`another link <{{BASE}}/appended>`__']
    if name == 'things.sample':
        lines.remove('One too many.')

def setup(app):
    app.connect('source-read', fill_in)
    app.connect('missing-reference', resolve)
    app.connect('autodoc-process-docstring', describe)
    app.add_directive('made', Made)
    app.add_directive('news', News)
    app.add_directive('example', Example)
    app.connect('doctree-read', link)
"""


@pytest.fixture(scope='module')
def web() -> Iterator[Web]:
    with Web() as server:
        server.page('/*')
        yield server


def at(text: str, base: str) -> str:
    return text.replace(MARKER, f'{base}/')


@pytest.fixture(scope='module')
def checked(
    make_project: MakeProject, web: Web, tmp_path_factory: pytest.TempPathFactory
) -> Checked:
    base = web.url('').rstrip('/')
    code = tmp_path_factory.mktemp('code').resolve()
    code.joinpath('things.py').write_text(at(MODULE, base))
    code.joinpath('makers.py').write_text(MAKERS.format(base=base))
    api = 'API\n===\n\n.. automodule:: things\n   :members:\n   :undoc-members:\n'
    pages = {
        'page.rst': at(PAGE, base),
        'included.txt': at(INCLUDED, base),
        'sub/other.rst': at(OTHER, base),
        'api.rst': api,
        'picture.png': '',
        'drawing.dot': at('digraph {\n  a [URL="AT/dot"]\n}\n', base),
        'news/41.fix.txt': 'Fixed: 10.5/x.\n',
        'read.bib': 'doi={10.5/x}\ndoi={http://x.test/y}\n',
    }
    conf = CONF.format(code=str(code), base=base)
    # A worker comes back to this file at times, and then to modules of other addresses.
    for module in ('things', 'makers'):
        sys.modules.pop(module, None)
    ModuleAnalyzer.cache.clear()
    return check(make_project, pages, conf=conf)


def found(checked: Checked, web: Web, name: str) -> list[tuple[str, int, bool]]:
    """Return file, line, and whether it is exact, of each place of a page's link."""
    link = checked.links[web.url(f'/{name}')]
    return [
        (p['path'].split('/')[-1], p['line'], p.get('exact', True))
        for p in link['places']
    ]


def line_of(text: str, what: str, number: int = 1) -> int:
    """Return the line of *text* that has *what* for the time of that *number*."""
    lines = [at for at, line in enumerate(text.split('\n'), 1) if what in line]
    return lines[number - 1]


@pytest.mark.parametrize(
    'name',
    [
        'title',
        'next-line',
        'alias',
        'named',
        'anonymous',
        'target',
        'glossary',
        'table',
        'table-too',
        'only-html',
        'first',
        'area',
        'dark.png',
        'large.png',
        'larger.png',
        'largest.png',
        'small.png',
        'poster',
        'object',
        'track',
        'xlink',
        'drawn',
        'edge',
        'toctree',
    ],
)
def test_an_address_is_where_it_stands(checked: Checked, web: Web, name: str) -> None:
    line = line_of(PAGE, f'{MARKER}{name}')
    assert found(checked, web, name) == [('page.rst', line, True)]


def test_an_address_in_a_drawing_of_its_own_is_there(
    checked: Checked, web: Web
) -> None:
    assert found(checked, web, 'dot') == [('drawing.dot', 2, True)]


def test_twice_in_a_paragraph_is_two_places(checked: Checked, web: Web) -> None:
    lines = [line_of(PAGE, f'{MARKER}bare', number) for number in (1, 2)]
    assert found(checked, web, 'bare') == [('page.rst', n, True) for n in lines]


def test_of_several_lines_the_link_is_on_that_of_its_text(
    checked: Checked, web: Web
) -> None:
    line = line_of(PAGE, f'{MARKER}near', 2)
    assert found(checked, web, 'near') == [('page.rst', line, True)]
    line = line_of(PAGE, f'{MARKER}cut.')
    assert found(checked, web, 'cut') == [('page.rst', line, True)]


def test_an_address_with_character_references_or_escapes_is_found_as_written(
    checked: Checked, web: Web
) -> None:
    line = line_of(PAGE, 'a=1&amp;b=2')
    assert found(checked, web, 'raw?a=1&b=2') == [('page.rst', line, True)]
    line = line_of(PAGE, 'an escaped')
    assert found(checked, web, 'a_b_c') == [('page.rst', line, True)]


def test_what_a_browser_takes_for_no_link_is_none(checked: Checked, web: Web) -> None:
    assert web.url('/broken') in checked.links
    names = ['comment', 'script', 'textarea', 'template', 'attribute', 'second']
    names += ['latex', 'only-latex', 'only-unchecked', 'label', 'undrawn']
    assert not {web.url(f'/{name}') for name in names} & set(checked.links)


def test_a_link_that_a_role_makes_is_where_the_role_stands(
    checked: Checked, web: Web
) -> None:
    lines = [line_of(PAGE, ':ours:`7`', number) for number in (1, 2)]
    assert found(checked, web, 'issue-7') == [('page.rst', n, True) for n in lines]
    for number, nth in ((21, 1), (22, 1), (23, 1), (24, 2)):
        line = line_of(PAGE, f':ours:`{number}`', nth)
        assert found(checked, web, f'issue-{number}') == [('page.rst', line, True)]
    lines = [line_of(PAGE, ':ours:`5`', number) for number in (1, 2)]
    assert found(checked, web, 'issue-5') == [('page.rst', n, True) for n in lines]
    line = line_of(PAGE, ':fixed:`9`')
    assert found(checked, web, 'fixed-9') == [('page.rst', line, True)]
    line = line_of(PAGE, ':ours:`55`')
    assert set(found(checked, web, 'issue-55')) == {('page.rst', line, True)}
    line = line_of(PAGE, 'the eighth <8>')
    assert found(checked, web, 'issue-8') == [('page.rst', line, True)]


def test_a_link_is_not_where_its_address_stands_as_code_or_in_a_comment(
    checked: Checked, web: Web
) -> None:
    line = line_of(PAGE, '.. _where it is defined')
    assert found(checked, web, 'coded') == [('page.rst', line, True)]
    # An example is both code and what it makes.
    lines = [line_of(PAGE, 'AT/shown', number) for number in (1, 2)]
    assert found(checked, web, 'shown') == [('page.rst', n, True) for n in lines]
    # A line was taken out of this docstring, so that all seem to be a line higher up.
    line = line_of(MODULE, 'AT/sampled is it')
    assert found(checked, web, 'sampled') == [('things.py', line, True)]


def test_a_link_that_a_program_makes_is_where_it_was_made_of(
    checked: Checked, web: Web
) -> None:
    lines = [line_of(PAGE, 'GH-31', number) for number in (1, 2)]
    assert found(checked, web, 'made-GH-31') == [('page.rst', n, True) for n in lines]
    for name, what in {
        '-GH-32': 'GH-32',
        '-GH-311': 'GH-311',
        '/talk@example/': 'talk@',
    }.items():
        line = line_of(PAGE, what)
        assert found(checked, web, f'made{name}') == [('page.rst', line, True)]
    line = line_of(PAGE, '.. made::')
    assert found(checked, web, 'made') == [('page.rst', line, True)]
    assert found(checked, web, 'made/41') == [('41.fix.txt', 1, True)]
    assert found(checked, web, 'made/10.5/x') == [('read.bib', 1, True)]
    # By mistake, the address of one.
    assert found(checked, web, 'made/http://x.test/y') == [('read.bib', 2, True)]
    # None of the project's files tells of this one but by the directive.
    line = line_of(PAGE, '.. news::')
    assert found(checked, web, 'made/42') == [('page.rst', line, True)]
    assert found(checked, web, 'made/included') == [('page.rst', line, True)]
    # What it shows stands elsewhere, so that nobody knows.
    assert found(checked, web, 'made/elsewhere') == [('page.rst', line, False)]


def test_a_type_is_in_the_field_or_the_signature_that_names_it(
    checked: Checked, web: Web
) -> None:
    fields: dict[str, tuple[str, ...]] = {}
    fields['page.rst'] = PAGE, ':param Typed', ':rtype: Typed'
    names = 'def sample', ':rtype: Typed', ':param Typed', ':py:obj:`Typed`'
    fields['things.py'] = MODULE, *names
    assert set(found(checked, web, 'made/typed')) == {
        (path, line_of(text, field), True)
        for path, (text, *names) in fields.items()
        for field in names
    }


#: Fields as Google and NumPy write them, and types that are in a signature alone.
STYLES = '''\
def hinted(one: 'Typed'):
    """Say it as types do."""


def google(one):
    """Say it as Google does.

    Args:
        one (Typed): What is said.

    Returns:
        Typed: What is heard.
    """


def numpy(one):
    """Say it as NumPy does.

    Parameters
    ----------
    one : Typed
        What is written.

    Raises
    ------
    mod.Typed
        If nobody reads it.
    """


def _hidden(one):
    """Say nothing.

    :param Typed one: What isn't said.
    """
'''
NAPOLEON = """
import sys
from docutils import nodes
sys.path.insert(0, {code!r})
extensions = ['sphinx_linkaudit', 'sphinx.ext.autodoc', 'sphinx.ext.napoleon']
autodoc_typehints = 'both'

def resolve(app, env, node, child):
    return nodes.reference('', '', child, refuri={base!r} + 'typed')

def setup(app):
    app.connect('missing-reference', resolve)
"""


def test_a_type_is_in_its_field_as_google_and_numpy_write_it(
    make_project: MakeProject, web: Web, tmp_path: Path
) -> None:
    (tmp_path / 'styled.py').write_text(STYLES)
    conf = NAPOLEON.format(code=str(tmp_path), base=web.url('/'))
    pages = {'page.rst': '.. automodule:: styled\n   :members:\n   :undoc-members:\n'}
    checked = check(make_project, pages, conf=conf)
    names = 'def hinted', 'one (Typed)', 'Typed: What', 'one : Typed', 'mod.Typed'
    lines = [line_of(STYLES, name) for name in names]
    assert set(found(checked, web, 'typed')) == {('styled.py', n, True) for n in lines}


def test_a_link_of_another_file_is_in_that(checked: Checked, web: Web) -> None:
    assert found(checked, web, 'included') == [('included.txt', 3, True)]
    assert found(checked, web, 'other') == [('other.rst', 4, True)]
    conf = checked.srcdir.joinpath('conf.py').read_text()
    line = line_of(conf, '/prolog>`__')
    assert set(found(checked, web, 'prolog')) == {('conf.py', line, True)}
    line = line_of(conf, ':ours:`99`')
    assert set(found(checked, web, 'issue-99')) == {('conf.py', line, True)}


@pytest.mark.parametrize(
    ('name', 'written'), [('v3.2/x', '{{ version }}'), ('a-b.zip', '%(name)s')]
)
def test_what_a_template_filled_in_is_where_the_template_is(
    checked: Checked, web: Web, name: str, written: str
) -> None:
    line = line_of(PAGE, written)
    assert found(checked, web, name) == [('page.rst', line, True)]


def test_a_link_with_the_text_of_another_is_not_on_its_line(
    checked: Checked, web: Web
) -> None:
    [(path, _line, exact)] = found(checked, web, 'made/appended')
    assert (path, exact) == ('things.py', False)


@pytest.mark.parametrize(
    'name', ['module', 'function', 'param', 'class-doc', 'attribute-doc']
)
def test_a_link_of_a_docstring_is_in_its_module(
    checked: Checked, web: Web, name: str
) -> None:
    line = line_of(MODULE, f'{MARKER}{name}')
    assert found(checked, web, name) == [('things.py', line, True)]


def test_a_link_of_several_docstrings_is_in_that_of_its_object(
    checked: Checked, web: Web
) -> None:
    # The manual has them in the order of their names.
    for name in 'functions', 'attributes':
        lines = [line_of(MODULE, f'{MARKER}{name}', number) for number in (2, 1)]
        assert found(checked, web, name) == [('things.py', n, True) for n in lines]


def test_a_link_that_stands_nowhere_is_said_to_be_inexact(
    make_project: MakeProject, web: Web
) -> None:
    made = web.url('/made')
    conf = f"""
extensions = ['sphinx_linkaudit']
from docutils import nodes

def link(name, rawtext, text, lineno, inliner, options=None, content=None):
    return [nodes.reference(rawtext, 'shown', refuri='{made}'[:-1] + 'e')], []

def setup(app):
    app.add_role('linking', link)
"""
    page = 'Page\n====\n\nFirst.\n\nA paragraph\nwith :linking:`x` in it.\n'
    conf = conf.replace(made, made[:-1] + 'X')
    checked = check(make_project, {'page.rst': page}, conf=conf)
    assert found(checked, web, 'made') == [('page.rst', 6, False)]


def test_a_translated_link_is_in_the_catalog(
    make_project: MakeProject, web: Web
) -> None:
    base = web.url('').rstrip('/')
    page = (
        f'Page\n====\n\nSee `this page <{base}/en>`__.\n\nFixed: :ours:`1`, in 3.\n\n'
        'Same: :ours:`5`.\n'
    )
    catalog = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        f'#: ../page.rst:4\nmsgid "See `this page <{base}/en>`__."\n'
        f'msgstr ""\n"Siehe "\n"`diese Seite <{base}/de>`__."\n'
        f'" Und `die <{base}/long-"\n"name-of/a-"\n"page>`__."\n\n'
        'msgid "Fixed: :ours:`1`, in 3."\n'
        'msgstr "Behoben: :ours:`3`, in 1."\n\n'
        'msgid "Same: :ours:`5`."\n'
        'msgstr "Gleich: :ours:`5`."\n'
    )
    conf = "extensions = ['sphinx_linkaudit', 'sphinx.ext.extlinks']\n"
    checked = check(
        make_project,
        {'page.rst': page, 'locales/de/LC_MESSAGES/page.po': catalog},
        conf=conf,
        extlinks={'ours': (f'{base}/issue-%s', 'issue %s')},
        language='de',
        locale_dirs=['locales'],
    )
    assert found(checked, web, 'de') == [('page.po', 9, True)]
    assert found(checked, web, 'long-name-of/a-page') == [('page.po', 10, True)]
    assert found(checked, web, 'issue-3') == [('page.po', 15, True)]
    assert found(checked, web, 'issue-5') == [('page.rst', 8, True)]


def test_markdown_has_its_own_lines(make_project: MakeProject, web: Web) -> None:
    pytest.importorskip('myst_parser', reason='myst-parser is not installed')
    base = web.url('').rstrip('/')
    page = at(
        """\
# Page

A [link](AT/inline) and <AT/auto/ü> and
a [reference][one], {ours}`9` and [twice](AT/inline).

[one]: AT/definition

| a | b |
|---|---|
| 1 | [cell](AT/cell) |

- Fix one by <user:one> in <pr:12>,
  another by <user:two> in
  <pr:13>, see [that](pr:14).

[![badge](AT/badge.svg)](AT/badge)

```{include} part.txt
:start-line: 1
```

Neither `` {ours}`8` `` nor <!-- {ours}`8` -->
but {ours}`8`.
""",
        base,
    )
    conf = f"""
extensions = ['sphinx_linkaudit', 'myst_parser', 'sphinx.ext.extlinks']
# MyST would change the default, which later projects have as well.
source_suffix = {{'.rst': 'restructuredtext', '.md': 'markdown'}}
extlinks = {{'ours': ('{base}/issue-%s', 'issue %s')}}
myst_url_schemes = {{
    'http': None,
    'https': None,
    'pr': {{'url': '{base}/pull/{{{{path}}}}#{{{{fragment}}}}'}},
    'user': {{'url': '{base}/{{{{path}}}}', 'title': '@{{{{path}}}}'}},
}}
"""
    part = 'Left out.\nOf another file.\n\nIn it, see {ours}`88`.\n'
    pages = {'page.md': page, 'index.rst': INDEX, 'part.txt': part}
    checked = check(make_project, pages, conf=conf)
    assert found(checked, web, 'issue-88') == [('part.txt', 4, True)]
    assert found(checked, web, 'issue-8') == [('page.md', 23, True)]
    places = {
        name: [line for _, line, exact in found(checked, web, name) if exact]
        for name in (
            *('inline', 'auto/%C3%BC', 'definition', 'issue-9', 'cell'),
            *('badge', 'badge.svg', 'one', 'two', 'pull/12#', 'pull/13#', 'pull/14#'),
        )
    }
    assert places == {
        'inline': [3, 4],
        'auto/%C3%BC': [3],
        'definition': [6],
        'issue-9': [4],
        'cell': [10],
        'badge': [16],
        'badge.svg': [16],
        'one': [12],
        'two': [13],
        'pull/12#': [12],
        'pull/13#': [14],
        'pull/14#': [14],
    }


def test_what_a_cell_of_a_notebook_shows_in_html_is_looked_through(
    make_project: MakeProject, web: Web
) -> None:
    # What MyST-NB makes of a cell's output, of which each builder chooses one.
    conf = f"""
extensions = ['sphinx_linkaudit']
from docutils import nodes
from docutils.parsers.rst import Directive

class Output(Directive):
    def run(self):
        bundle = nodes.container(nb_element='mime_bundle')
        for mime, name in ('text/plain', 'plain'), ('text/html', 'html'):
            html = f'<a href="{web.url()}{{name}}">{{name}}</a>'
            one = nodes.container(mime_type=mime)
            one += nodes.raw(html, html, format='html')
            bundle += one
        return [bundle]

def setup(app):
    app.add_directive('output', Output)
"""
    checked = check(
        make_project, {'page.rst': 'Page\n====\n\n.. output::\n'}, conf=conf
    )
    assert set(checked.links) == {web.url('/html')}


def test_a_link_of_a_cell_is_on_its_line_of_the_notebook(
    make_project: MakeProject, web: Web
) -> None:
    # As MyST-NB does it: ten thousand lines for each cell.
    conf = """
import json
from docutils import nodes
from docutils.parsers import Parser

class Notebook(Parser):
    supported = ('notebook',)

    def parse(self, inputstring, document):
        section = nodes.section('', nodes.title('', 'Page'), ids=['page'])
        document += section
        for number, cell in enumerate(json.loads(inputstring)['cells'], 1):
            if cell['cell_type'] == 'markdown':
                uri = cell['source'][0].split()[-1]
                text = nodes.paragraph('', '', nodes.reference('', uri, refuri=uri))
                text.line, text.source = number * 10_000 + 1, document['source']
                section += text

def setup(app):
    app.add_source_suffix('.ipynb', 'notebook')
    app.add_source_parser(Notebook)

extensions = ['sphinx_linkaudit']
"""
    cells = [
        {'cell_type': 'markdown', 'source': [f'See {web.url("/cell")}']},
        {'cell_type': 'code', 'source': [f'get({web.url("/cell")})']},
    ]
    notebook = json.dumps({'cells': cells}, indent=1)
    checked = check(
        make_project, {'page.ipynb': notebook, 'index.rst': INDEX}, conf=conf
    )
    line = line_of(notebook, web.url('/cell'))
    assert found(checked, web, 'cell') == [('page.ipynb', line, True)]


def test_a_summary_in_a_table_is_in_the_docstring_of_its_object(
    make_project: MakeProject, web: Web, tmp_path: Path
) -> None:
    url = web.url('/summed')
    function = 'def {}():\n    """Do it as {} says."""\n\n'
    code = [
        f'"""Sum {url}, :ours:`7`."""\n\n',
        *(function.format(n, url) for n in 'abc'),
    ]
    tmp_path.joinpath('summed.py').write_text(''.join(code))
    conf = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
extensions = ['sphinx_linkaudit', 'sphinx.ext.autosummary', 'sphinx.ext.extlinks']
extlinks = {{'ours': ('{url}-%s', 'issue %s')}}
"""
    # One is described, so that it is linked; the others are not.
    names = ['~summed.c', 'summed.a', 'summed']
    summary = '.. autosummary::\n\n' + ''.join(f'   {name}\n' for name in names)
    summary += '\n.. py:function:: summed.c\n'
    checked = check(make_project, {'page.rst': TITLE + summary}, conf=conf)
    lines = [line_of(''.join(code), url, number) for number in (4, 2, 1)]
    assert found(checked, web, 'summed') == [('summed.py', n, True) for n in lines]
    assert found(checked, web, 'summed-7') == [('summed.py', 1, True)]


def test_what_is_too_large_or_no_text_is_not_looked_through(tmp_path: Path) -> None:
    path = tmp_path / 'large'
    path.write_bytes(b'x' * MAX_BYTES)
    assert source_at(str(path)) is not None
    source_at.cache_clear()
    path.write_bytes(b'x' * (MAX_BYTES + 1))
    assert source_at(str(path)) is None
    other = tmp_path / 'binary'
    other.write_bytes(b'a\0b')
    assert source_at(str(other)) is None


INDEX = 'Index\n=====\n\n.. toctree::\n\n   page\n'


def test_many_places_of_one_address_cost_no_more_each(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0
    locate = Locator.locate

    def trace(_frame: FrameType, _event: str, _argument: object) -> Any:
        # Each line that is run, and each turn of a loop within one.
        nonlocal count
        count += 1
        return trace

    def counted(*given: Any) -> Place:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            return locate(*given)
        finally:
            sys.settrace(before)

    monkeypatch.setattr(Locator, 'locate', counted)
    counts = []
    for number in (100, 200):
        count = 0
        text = '* http://ignored.test/page\n' * number
        checked = check(make_project, text, linkcheck_ignore=['http://ignored'])
        (link,) = checked.links.values()
        assert [one['line'] for one in link['places']] == [*range(4, 4 + number)]
        counts.append(count)
    assert counts[1] < 2.3 * counts[0]


@pytest.mark.parametrize(
    ('uri', 'is_made'),
    [
        ('http://x.test/12', True),
        ('http://x.test/112/12', True),
        ('http://x.test/112', False),
        ('http://x.test/121', False),
        ('http://x.test/12/', True),
        ('http://x.test/12#', True),
        ('http://x.test/12.html', True),
        ('http://x.test/12.345/6', False),
        ('http://x.test/12/issues/3', False),
        ('http://12.x.test/a', False),
    ],
)
def test_a_role_makes_an_address_that_ends_with_its_target(
    uri: str, is_made: bool
) -> None:
    makes = maker_of('what it shows', uri)
    assert makes(Role(Span(0, 1), '', 'pr:12')) is is_made
    assert not makes(Role(Span(0, 1), 'a title', 'pr:12'))


@pytest.mark.parametrize(
    ('target', 'text', 'is_made'),
    [
        ('11, 12', '#12', True),
        ('11,112', '#12', False),
        ('12', 'doi:12.345/6', False),
    ],
)
def test_a_role_makes_each_link_that_shows_one_of_its_numbers(
    target: str, text: str, is_made: bool
) -> None:
    makes = maker_of(text, f'http://x.test/{text.strip("#doi:")}')
    assert makes(Role(Span(0, 1), '', target)) is is_made


@pytest.mark.parametrize(
    ('text', 'end'),
    [
        ('`a <{}>`__', '{a}'),
        ('<{}>', 'a|b'),
        ('[a]({} "title")', 'a^b_(c)'),
        ('.. _a: {}', 'a>'),
        ('[a]: {}', 'a"b'),
    ],
)
def test_an_address_ends_where_its_markup_says_so(text: str, end: str) -> None:
    address = f'http://x.test/{end}'
    source = Source('http://x.test/a\n\n' + text.replace('{}', address, 1))
    for found in (address, f'http://x.test/{quote(end, safe="()")}'):
        assert [span.line for span in source.find(found)] == [3]


def test_a_type_is_in_no_field_of_the_next_object() -> None:
    source = Source(''.join(f'def {name}():\n    :rtype: T\n\n' for name in 'ab'))
    assert [span.line for span in source.typed('T', 1)] == [2]


def test_lines_end_where_editors_end_them() -> None:
    source = Source('a\r\nb\x0c\u2028\rc\nhttp://x.test/d')
    assert source.find('http://x.test/d')[0].line == 4


@pytest.mark.parametrize(
    ('target', 'is_made'),
    [
        ('2822#section-3', True),
        ('2822#section-4', False),
        ('822#section-3', False),
        ('inv:#section-3', True),
        ('inv:other#section-4', False),
    ],
)
def test_a_role_makes_the_address_of_a_section(target: str, is_made: bool) -> None:
    uri = 'http://x.test/rfc2822.html#section-3'
    makes = maker_of('RFC 2822 Section 3', uri)
    assert makes(Role(Span(0, 1), '', target)) is is_made


def test_an_address_in_a_string_begins_behind_an_escape_and_goes_on_in_the_next() -> (
    None
):
    text = r"""
"one\nhttp://a.test/b\n\thttp://a.test/b "
"(http://a.test/c"
"/d.) <http://a.test/c"
"/e> \xhttp://a.test/f"
"http://a.test/c"
.. _g: http://a.test/
   g/h
"""
    for source in (Source(text), Source(text.replace('\n', '\r\n'))):
        lines = {
            name: [span.line for span in source.find(f'http://a.test/{name}')]
            for name in ('b', 'c/d', 'c/e', 'c', 'f')
        }
        assert lines == {'b': [2, 2], 'c/d': [3], 'c/e': [4], 'c': [3, 4, 6], 'f': []}
        assert [span.line for span in source.find('http://a.test/g/h')] == [7]


def test_an_address_in_text_ends_before_punctuation_of_any_script() -> None:
    dash, of_it, chinese = (
        f'http://a.test/{name}' for name in ('a', '\u00fc\u2013b', 'c')
    )
    source = Source(f'{dash}\u2014so, <{of_it}>,\n\\({chinese}\\), {chinese}\u3002')
    assert [len(source.find(one)) for one in (dash, of_it, chinese)] == [1, 1, 2]


def test_a_path_is_found_as_a_word_and_as_html_has_it() -> None:
    source = Source('xa/b a/bx a/b.c\n a/b?c=1&amp;d=2 a/b\n')
    assert [span.line for span in source.find('a/b')] == [1, 2, 2]
    assert [span.line for span in source.find('a/b?c=1&d=2')] == [2]


def test_an_address_that_goes_on_in_a_catalog_is_at_its_beginning() -> None:
    source = Source('"a (http://x.test/a-"\n"b) ("\n  "http://x.test/c/"\n"d) e"\n"f"')
    assert [span.line for span in source.find('http://x.test/a-b')] == [1]
    assert [span.line for span in source.find('http://x.test/c/d')] == [3]
    source = Source('"a ("\n"http://x.test/e)"')
    assert [span.line for span in source.find('http://x.test/e')] == [2]


def test_the_text_of_another_link_is_no_word_of_its_own() -> None:
    source = Source('`text <http://x.test/>`__, [text](<http://x.test/>) and text\n')
    [span] = source.words('text', 1)
    assert source.text[span.start :] == 'text\n'
    for other in ('`text <http://x.test/{}>`__\n', '[text](page)\n'):
        assert Source(other).words('text', 1)


def test_what_changes_between_two_checks_of_a_process_is_read_anew(
    make_project: MakeProject,
) -> None:
    project = project_with(
        make_project, 'See\nhttp://ignored.test/', linkcheck_ignore=['http:']
    )
    lines = []
    for text in ('', 'One line more.\n\n'):
        page = project.srcdir / 'page.rst'
        page.write_text(text + page.read_text(encoding='utf-8'), encoding='utf-8')
        with project.app('linkcheck', freshenv=True) as app:
            app.build()
            report = json.loads((app.outdir / 'report.json').read_text('utf-8'))
        lines += [place['line'] for place in report['links'][0]['places']]
    assert lines[1] == lines[0] + 2


def test_a_warning_names_a_file_beside_the_sources_by_its_shortest_path(
    make_project: MakeProject,
) -> None:
    project = project_with(make_project, '.. include:: ../beside.rst\n')
    beside = project.srcdir.parent / 'beside.rst'
    beside.write_text('A link: `dead <none.html>`__\n', encoding='utf-8')
    found = run_apart(project, '-q', stderr=subprocess.STDOUT)
    assert f'{beside}:1: WARNING: broken link: none.html' in found.shown


def test_a_template_is_filled_in_at_once() -> None:
    source = Source('See\nhttps://a.test/{{ a }}/{{ b }}/{{ c }}/{{ d }}/{{ e }}/x.\n')
    slashes = '/y' * 2000
    assert [
        span.line for span in source.find_templates(f'https://a.test{slashes}/x')
    ] == [2]
    assert not source.find_templates(f'https://a.test{slashes}/z')
    assert not source.find_templates('https://a.test/a/b/c/d//x')


@pytest.mark.parametrize(
    'text',
    [
        f'_{" " * 10**6}',
        f'[label]({"a" * 10**6}(',
        f'{{role}}{"`" * 10**6}',
        f':role:`{" " * 10**6}`',
    ],
)
def test_however_long_a_line_is_it_is_read_in_a_moment(text: str) -> None:
    # What looked at it again from each character would take hours.
    source = Source(f'{text}\n\n:role:`name`\n')
    assert source.find('https://example.org/') == []
    assert [role.target for role in source.roles_from(2)][:1] == ['name']
