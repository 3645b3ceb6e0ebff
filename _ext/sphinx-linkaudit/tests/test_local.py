"""Links within the project, and addresses that are none."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from sphinx.errors import ExtensionError

from checks import check, project_with

if TYPE_CHECKING:
    from checks import Checked
    from fixtures import MakeProject

#: What Sphinx makes of a file's name, to keep files of one name apart.
DIGEST = hashlib.md5(b'with space.dat', usedforsecurity=False).hexdigest()
FROM_DEEP = '`html <../other.html>`__ `dirhtml <../more/>`__'

THERE = [
    'other.html',
    'other.html#part',
    'other.html?query',
    'other/',
    'other/index.html',
    './other.html',
    '../page/',
    'sub/deep.html',
    'sub/deep/',
    'genindex.html',
    'search.html',
    'genindex/',
    'genindex-A.html',
    'genindex-all.html',
    'index.html',
    './',
    'extra.dat',
    'given.html',
    '_sources/other.rst.txt',
    '_images/picture.png',
    f'_downloads/{DIGEST}/with%20space.dat',
    '_static/any.css',
    'page.rst',
    'with%20space.dat',
    '_sources/note.txt',
    'sub/',
    '../sub/',
    'robots.dat',
    'py-modindex.html',
    'objects.inv',
    'searchindex.js',
    '_modules/index.html',
    '_modules/package/module.html',
]
NOT_THERE = [
    'gone.html',
    'gone/',
    'sub/other.html',
    'genindex.htm',
    '_sources/gone.rst.txt',
    '_images/gone.png',
    '_downloads/gone.dat',
    'extra-not.dat',
    'left-out.dat',
    'sub/robots.dat',
    'sub/objects.inv',
    'js-modindex.html',
    '../../../../gone.html',
    '/etc',
    '%2Fetc/passwd',
    '/usr/',
    'x' * 5000,
    '%00.html',
]
UNCHECKED = [
    'mailto:x@example.org',
    'TEL:112',
    'urn:isbn:0451450523',
    'data:text/plain,x',
    'ftp://example.org/x',
    'whatever://example.org',
    'javascript:void(0)',
]
MISSPELLED = ['packaging:x', 'ttps:example.org', 'doc:other']


@pytest.fixture(scope='module')
def checked(make_project: MakeProject) -> Checked:
    uris = [*THERE, *NOT_THERE, *UNCHECKED, *MISSPELLED]
    rows = ''.join(f'* `{number} <{uri}>`__\n' for number, uri in enumerate(uris))
    pages = {
        'page.rst': f'Page\n====\n\n{rows}\n.. image:: picture.png\n',
        'other.rst': 'Other\n=====\n\n:download:`this <with space.dat>`\n',
        'sub/deep.rst': f'Deep\n====\n\n{FROM_DEEP}\n',
        'sub/more.rst': 'More\n====\n',
        'sub/index.rst': 'Sub\n===\n\n`from sub <../deep.html>`__\n',
        'note.txt': 'Note\n====\n',
        'picture.png': '',
        'with space.dat': '',
        'extra/extra.dat': '',
        'extra/left-out.dat': '',
        'files/robots.dat': '',
    }
    return check(
        make_project,
        pages,
        html_extra_path=['extra', 'files/robots.dat'],
        exclude_patterns=['left-out.dat'],
        html_split_index=True,
        extensions=['sphinx_linkaudit', 'sphinx.ext.viewcode'],
        html_additional_pages={'given': 'page.html'},
        source_suffix={'.rst': 'restructuredtext', '.txt': 'restructuredtext'},
    )


@pytest.mark.parametrize('uri', THERE)
def test_what_html_makes_is_there(checked: Checked, uri: str) -> None:
    assert checked.links[uri]['verdict'] == 'working'


def test_a_path_counts_from_where_html_and_dirhtml_put_its_page(
    checked: Checked,
) -> None:
    assert checked.links['../other.html']['verdict'] == 'working'
    assert checked.links['../more/']['verdict'] == 'working'
    # An index is in its folder with either.
    assert checked.links['../deep.html']['reason'] == 'no-file'


@pytest.mark.parametrize('uri', NOT_THERE, ids=lambda uri: uri[:20])
def test_what_it_does_not_make_is_not(checked: Checked, uri: str) -> None:
    assert checked.links[uri]['reason'] == 'no-file'


@pytest.mark.parametrize('uri', UNCHECKED)
def test_other_kinds_of_addresses_are_not_checked(checked: Checked, uri: str) -> None:
    assert checked.links[uri]['verdict'] == 'unchecked'


@pytest.mark.parametrize('uri', MISSPELLED)
def test_a_scheme_that_nobody_knows_is_misspelled(checked: Checked, uri: str) -> None:
    assert checked.links[uri]['reason'] == 'no-scheme'


def test_a_reference_within_a_page_is_in_no_report(make_project: MakeProject) -> None:
    page = 'Page\n====\n\n`here <#page>`__, `there <page.html#page>`__\n'
    checked = check(make_project, {'page.rst': page})
    assert list(checked.links) == ['page.html#page']


def test_without_viewcode_there_are_no_pages_of_code(make_project: MakeProject) -> None:
    pages = {'page.rst': 'Page\n====\n\n`code <_modules/index.html>`__\n'}
    found = check(make_project, pages).links['_modules/index.html']
    assert found['reason'] == 'no-file'


def test_one_path_may_be_there_from_one_page_and_not_from_another(
    make_project: MakeProject,
) -> None:
    link = '`here <other.html>`__\n'
    pages = {
        'page.rst': f'Page\n====\n\n{link}',
        'sub/deep.rst': f'Deep\n====\n\n{link}',
        'other.rst': 'Other\n=====\n',
    }
    checked = check(make_project, pages)
    found = checked.links['other.html']
    assert found['verdict'] == 'dead'
    assert 'sub/deep' in found['message']
    assert [place['docname'] for place in found['places']] == ['sub/deep']


@pytest.mark.filterwarnings('ignore:.*deprecated')  # MyST's own use of Sphinx
def test_references_of_any_kind_ask_this_domain_in_peace(
    make_project: MakeProject,
) -> None:
    pytest.importorskip('myst_parser', reason='myst-parser is not installed')
    project = make_project(
        {
            'conf.py': "extensions = ['sphinx_linkaudit', 'myst_parser']\n",
            'index.md': '# Index\n\nSee [](there).\n\n(there)=\n## There\n',
        }
    )
    with project.app('html') as app:
        app.build()
        assert 'resolve_any_xref' not in app.warning.getvalue()
    # Nor does Markdown stay known to the projects of later tests.
    files = {
        'conf.py': "extensions = ['sphinx_linkaudit']\n",
        'index.rst': '',
        'notes.md': '',
    }
    with make_project(files).app('html') as app:
        app.build()
        assert app.env.found_docs == {'index'}


@pytest.mark.parametrize('kind', ['str', 'Path'])
def test_a_path_that_an_extension_makes_is_one_of_this_machine(
    make_project: MakeProject, kind: str
) -> None:
    conf = (
        "extensions = ['sphinx_linkaudit']\n"
        'from pathlib import Path\n'
        'def process(app, uri):\n'
        "    name = uri.removeprefix('https://docs.example/')\n"
        '    return str(Path(app.srcdir, name)) if name != uri else None\n'
        'def setup(app):\n'
        "    app.connect('linkcheck-process-uri', process)\n"
    )
    names = ['there.json#x', 'gone.json', 'sub']
    links = ''.join(f'`{name} <https://docs.example/{name}>`__\n' for name in names)
    pages = {
        'page.rst': f'Page\n====\n\n{links}',
        'there.json': '{}',
        'sub/note.inc': '',
    }
    checked = check(make_project, pages, conf=conf)
    reasons = [checked.links[str(checked.srcdir / name)]['reason'] for name in names]
    assert reasons == ['local', 'no-file', 'local']


def test_a_handler_that_returns_no_address_is_named(make_project: MakeProject) -> None:
    project = project_with(make_project, 'See http://ignored.test/')
    with project.app('linkcheck') as app:
        app.connect('linkcheck-process-uri', lambda _app, uri: uri.encode())
        with pytest.raises(ExtensionError, match='process-uri returns a bytes'):
            app.build()
