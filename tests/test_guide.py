"""The guide's snippets build, and it leaves nothing out that an author can write."""

from __future__ import annotations

import re
from ast import literal_eval
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from sphinx.testing.util import SphinxTestApp

from linkguide import SPHINX_SETTINGS
from sphinx_linkaudit.settings import SETTINGS
from sphinx_linkaudit.verdicts import CACHE_DAYS
from sphinx_talknotes.domain import TalkDomain
from sphinx_talknotes.fates.directives import Fates, PackageListByFate
from sphinx_talknotes.filters import FILTERS
from sphinx_talknotes.list_directives import TalkList
from sphinx_talknotes.messages import SUBTYPES
from sphinx_talknotes.options import COMMON

if TYPE_CHECKING:
    from fixtures import MakeProject

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / 'guide' / 'writing-notes.rst').read_text(encoding='utf-8')
MARKDOWN = (ROOT / 'guide' / 'notes-in-markdown.rst').read_text(encoding='utf-8')
#: The heading of its section on raw notes.
RAW = '\nRaw notes\n---------\n'
SUFFIXES = "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
#: The pages that are about notes.
NOTES = ('writing-notes.rst', 'notes-in-markdown.rst', 'notes-among-others.rst')
EXAMPLES = {
    path.stem: path.read_text(encoding='utf-8')
    for path in sorted((ROOT / 'guide' / 'examples').glob('*.rst'))
}


#: A file that a page of the guide gives: its name, and the block behind that.
_FILE = re.compile(
    r'^``([\w/]+\.\w+)``[^\n]*:\n\n(?:\.\. container:: no-search\n\n)?'
    r'( *)\.\. code-block:: \w+\n((?:\n|\2   .*\n)+)',
    re.MULTILINE,
)


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of code of a *language* on a page of the guide."""
    pattern = rf'^( *)\.\. code-block:: {language}\n((?:\n|\1   .*\n)+)'
    found = re.finditer(pattern, page, re.MULTILINE)
    return [dedent(block[2]).strip('\n') + '\n' for block in found]


def files(page: str) -> dict[str, str]:
    """Return the files that a page of the guide has its readers write."""
    return {
        name: dedent(block).strip('\n') + '\n'
        for name, _indent, block in _FILE.findall(page)
    }


@pytest.fixture(scope='module')
def app(tmp_path_factory: pytest.TempPathFactory) -> SphinxTestApp:
    """Build what the guide begins with, with its examples in pages of their own."""
    srcdir = tmp_path_factory.mktemp('guide')
    pages = files(GUIDE)
    assert list(pages) == ['conf.py', 'index.rst', 'talks/queues.rst']
    pages['talks/talk.rst'] = f':orphan:\n{EXAMPLES["talk"]}'
    for name, text in EXAMPLES.items():
        if name != 'talk':
            pages[f'talks/{name}.rst'] = f'{name}\n{"=" * len(name)}\n\n{text}'
    for page, text in pages.items():
        path = srcdir / page
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding='utf-8')
    app = SphinxTestApp('html', srcdir=srcdir, warningiserror=False)
    app.build()
    app.cleanup()  # what it registered would be in the way of other builds
    return app


def test_the_snippets_build_without_a_warning(app: SphinxTestApp) -> None:
    assert app.warning.getvalue() == ''


def test_the_guide_says_the_text_of_every_example_that_it_shows() -> None:
    # An included text would be missing where a forge shows the guide.
    shown = blocks(GUIDE, 'rst')
    for name, text in EXAMPLES.items():
        assert text in shown, name
    included = set(re.findall(r'\.\. include:: examples/([\w-]+)\.rst', GUIDE))
    assert included == EXAMPLES.keys() - {'lists'}


@pytest.mark.parametrize('page', NOTES)
def test_a_forge_shows_all_of_the_guide(page: str) -> None:
    text = (ROOT / 'guide' / page).read_text(encoding='utf-8')
    directives = set(re.findall(r'^ *\.\. ([\w:-]+)::', text, re.MULTILINE))
    for language in ('rst', 'python', 'markdown'):
        for block in blocks(text, language):
            directives -= set(re.findall(r'^ *\.\. ([\w:-]+)::', block, re.MULTILINE))
    assert directives <= {'code-block', 'container', 'include', 'list-table'}
    # A role of Sphinx would be shown as a mistake.
    code = r'^( *)\.\. code-block:: \w+\n(?:\n|\1   .*\n)+'
    outside = re.sub(code, '', text, flags=re.MULTILINE)
    outside = re.sub(r'``.+?``(?!`)', '', outside, flags=re.DOTALL)
    assert not re.search(r'(?<!`):[\w:]+:`', outside)


def test_the_site_in_markdown_builds_as_the_guide_has_it(
    make_project: MakeProject,
) -> None:
    pages = files(MARKDOWN.partition(RAW)[0])
    assert list(pages) == ['conf.py', 'queues.md', 'index.md']
    pages['conf.py'] += SUFFIXES
    project = make_project(pages)
    (project.srcdir / 'index.rst').unlink(missing_ok=True)
    build = project.build()
    assert build.warnings == []
    lines = build.lines('index')
    assert {'celery', 'flower', 'a task queue'} <= set(lines)
    assert any('Ada Lovelace' in line for line in lines)
    assert '1 open, 0 done' in lines


def test_raw_notes_become_the_page_that_the_guide_makes_of_them(
    make_project: MakeProject,
) -> None:
    conf = files(MARKDOWN)['conf.py'] + SUFFIXES
    raw, page = blocks(MARKDOWN.partition(RAW)[2], 'markdown')
    assert files(MARKDOWN)['saturday.md'] == page
    lists = '\n\n'.join(
        f'.. {name}::' for name in ('talks', 'package-list', 'todo-list')
    )
    index = f'All\n===\n\n.. toctree::\n\n   saturday\n\n{lists}\n'
    kept = {'conf.py': conf, 'index.rst': index}
    before = make_project({**kept, 'saturday.md': raw}).build()
    assert [warning.text for warning in before.warnings] == [
        'Non-consecutive header level increase; H1 to H4'
    ] * 2
    assert before.lines('index').count('Nothing yet.') == 3
    files_beside = {'IMG_0815.jpg': 'a picture', 'slides.pdf': 'slides'}
    after = make_project({**kept, 'saturday.md': page, **files_beside}).build()
    assert after.warnings == []
    lines = after.lines('index')
    assert {'sqitch', 'atlas', 'flyway', '4 open, 1 done'} <= set(lines)
    assert any('10:00 Schemas that grow' in line for line in lines)
    assert 'Watch the video. \N{EN DASH} Saturday' in '\n'.join(lines)
    assert {path.name for path in after.outdir.rglob('*')} >= files_beside.keys()


def test_linkify_is_set_as_the_guide_has_it(make_project: MakeProject) -> None:
    conf, linkify = blocks(MARKDOWN, 'python')
    has_it = find_spec('linkify_it') is not None
    if not has_it:
        linkify = linkify.replace(", 'linkify'", '')
    page = '# All\n\nhttps://queues.example/ and README.md\n'
    build = make_project(
        {'conf.py': f'{conf}\n{linkify}{SUFFIXES}', 'index.rst': '', 'all.md': page}
    ).build()
    links = [link['href'] for link in build.page('all').select('p a.external')]
    assert links == ['https://queues.example/'] * has_it


def test_what_begins_a_bullet_is_a_name_as_the_guide_says(
    make_project: MakeProject,
) -> None:
    page = """\
---
orphan:
---

# All

```{packages} Tools
- `nox` runs them
- **Typer** nice
- [httpx](https://httpx.example) nice
- `pytest -n auto` is faster
- [Scylla](p99.chat) is fast
```

```{package-list}
```
"""
    conf = files(MARKDOWN)['conf.py'] + SUFFIXES
    build = make_project({'conf.py': conf, 'index.rst': '', 'all.md': page}).build()
    named, missing = (w.text for w in build.warnings if w.place.startswith('all.md:'))
    assert 'no package is named by "pytest -n auto is faster"' in named
    assert "cross-reference target not found: 'p99.chat'" in missing
    names = [dt.get_text() for dt in build.page('all').select('dt')]
    assert names == ['httpx', 'nox', 'Typer']


def test_the_site_of_two_conferences_builds_as_the_guide_has_it(
    make_project: MakeProject,
) -> None:
    guide = (ROOT / 'guide' / 'notes-among-others.rst').read_text(encoding='utf-8')
    pages = files(guide)
    assert list(pages) == ['index.rst', '2025/index.rst']
    pages['2024/index.rst'] = pages['2025/index.rst'].replace('2025', '2024')
    for year in ('2024', '2025'):
        pages[f'{year}/{year}-09-12-queues.rst'] = (
            f':talk:\n\nQueues of {year}\n==============\n\n'
            f'.. speaker:: Ada Field\n\n.. packages:: Tools\n\n   - tool{year}\n\n'
            f'.. todo:: Try {year}.\n'
        )
    pages['conf.py'] = files(GUIDE)['conf.py'] + 'nitpicky = True\n'
    build = make_project(pages).build()
    assert build.warnings == []
    for page, years in (('index', {'2024', '2025'}), ('2025/index', {'2025'})):
        text = '\n'.join(build.lines(page))
        assert set(re.findall(r'tool(\d+)', text)) == years, page
        assert set(re.findall(r'Queues of (\d+)', text)) == years, page
    assert '1 open, 0 done' in build.lines('2025/index')
    assert '1 talk, 1 person, 1 package, 1 to-do' in build.lines('2025/index')


def test_the_snippets_are_collected_as_the_guide_says(app: SphinxTestApp) -> None:
    domain = app.env.domains['talk']
    names = {name for name, _disp, kind, *_place in domain.get_objects()}
    assert names >= {'celery', 'flower', 'South', 'django-debug-toolbar', 'django-rq'}
    assert names >= {'Ada Lovelace', '@ada', 'Grace Hopper', '@grace', '@linus', 'cron'}
    (done,) = [todo for todo in domain.data['todos']['talks/todo'] if todo.done]
    assert (done.done, done.remark) == ('2025-09-20', 'they are, see the schedule')


#: With those that the extension has which is loaded along.
DIRECTIVES = TalkDomain.directives | {'fates': Fates, 'package-list': PackageListByFate}


@pytest.mark.parametrize('name', DIRECTIVES)
def test_the_guide_describes_the_directive_with_all_its_options(name: str) -> None:
    described = re.search(
        rf'^( *)``\.\. {name}::.*\n((?:\1 +.*\n|\n)*)',
        GUIDE,
        re.MULTILINE,
    )
    assert described, name
    # The common ones are described once, but the byline's :name: is another.
    options = set(DIRECTIVES[name].option_spec) - set(COMMON)
    options |= {'name'} if name == 'speaker' else set()
    if issubclass(DIRECTIVES[name], TalkList):
        assert all(f'``:{option}:``' in GUIDE for option in FILTERS)
        options -= set(FILTERS)
    terms = re.findall(r'^   (``:[a-z]+:``.*)', described[2], re.MULTILINE)
    documented = [name for term in terms for name in re.findall(r'``:(\w+):``', term)]
    assert set(documented) == options


@pytest.mark.parametrize('name', TalkDomain.roles)
def test_the_guide_describes_the_role(name: str) -> None:
    assert f'\n``:{name}:`` (role)\n' in GUIDE


def test_the_guide_lists_every_warning_and_no_other() -> None:
    assert re.findall(r'\* - ``talk\.([a-z-]+)``', GUIDE) == sorted(SUBTYPES)


def test_the_guide_lists_every_warning_of_the_link_check_and_no_other() -> None:
    guide = (ROOT / 'guide' / 'checking-links.rst').read_text(encoding='utf-8')
    code = ''.join(
        path.read_text(encoding='utf-8')
        for path in (ROOT / '_ext/sphinx-linkaudit/src').glob('**/*.py')
    )
    found = set(re.findall(r"subtype='([a-z-]+)'", code))
    assert re.findall(r'\* - ``linkcheck\.([a-z-]+)``', guide) == sorted(found)


def test_the_readme_of_the_link_check_has_every_setting_with_its_default() -> None:
    readme = (ROOT / '_ext/sphinx-linkaudit/README.rst').read_text(encoding='utf-8')
    found = dict(
        re.findall(r'^- ``(linkcheck_\w+)(?: = (.+?))?``: ', readme, re.MULTILINE)
    )
    # One default would fill a line.
    assert {name for name, default in found.items() if not default} == {
        'linkcheck_cache_duration'
    }
    found['linkcheck_cache_duration'] = repr(CACHE_DAYS)
    defaults = {name: literal_eval(default) for name, default in found.items()}
    assert defaults == {setting.name: setting.default for setting in SETTINGS}
    assert list(found) == sorted(found)


def test_the_guide_has_every_setting_of_the_link_check(
    make_project: MakeProject,
) -> None:
    files = {'conf.py': "extensions = ['sphinx_linkaudit']\n"}
    with make_project(files).app('linkcheck') as app:
        names = {name for name in app.config._options if name.startswith('linkcheck_')}
    ours = {setting.name for setting in SETTINGS}
    assert names == ours | set(SPHINX_SETTINGS)
    assert not ours & set(SPHINX_SETTINGS)
