"""The guide's snippets build, and it leaves nothing out that an author can write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sphinx.testing.util import SphinxTestApp

from linkguide import SPHINX_SETTINGS
from sphinx_linkaudit.settings import SETTINGS
from sphinx_talknotes.domain import TalkDomain
from sphinx_talknotes.filters import FILTERS
from sphinx_talknotes.list_directives import TalkList
from sphinx_talknotes.messages import SUBTYPES
from sphinx_talknotes.options import COMMON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures import MakeProject

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / 'guide' / 'writing-notes.rst').read_text(encoding='utf-8')
EXAMPLES = {
    path.stem: path.read_text(encoding='utf-8')
    for path in sorted((ROOT / 'guide' / 'examples').glob('*.rst'))
}


@pytest.fixture(scope='module')
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SphinxTestApp]:
    """Build a project that is made of nothing but the guide's snippets."""
    srcdir = tmp_path_factory.mktemp('guide')
    conf = re.search(r'^   extensions = .*\n(?:   .*\n)+', GUIDE, re.MULTILINE)
    assert conf
    conf_py = re.sub('^   ', '', conf[0], flags=re.MULTILINE)
    (srcdir / 'conf.py').write_text(conf_py, encoding='utf-8')
    pages = {'djangocon/celery': EXAMPLES['talk']}
    for name, text in EXAMPLES.items():
        if name != 'talk':
            pages[name] = f'{name}\n{"=" * len(name)}\n\n{text}'
    toctree = '\n'.join(f'   {page}' for page in pages)
    pages['index'] = (
        'Index\n=====\n\n'
        f'.. toctree::\n\n{toctree}\n\n'
        '.. package-list::\n\n.. speaker-list::\n'
    )
    for page, text in pages.items():
        path = srcdir / f'{page}.rst'
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding='utf-8')
    app = SphinxTestApp('html', srcdir=srcdir, warningiserror=False)
    app.build()
    yield app
    app.cleanup()


def test_the_snippets_build_without_a_warning(app: SphinxTestApp) -> None:
    assert app.warning.getvalue() == ''


def test_the_guide_shows_every_example() -> None:
    for name in EXAMPLES:
        assert f'.. literalinclude:: examples/{name}.rst' in GUIDE, name


def test_the_snippets_are_collected_as_the_guide_says(app: SphinxTestApp) -> None:
    domain = app.env.domains['talk']
    names = {name for name, _disp, kind, *_place in domain.get_objects()}
    assert names >= {'celery', 'flower', 'South', 'django-debug-toolbar', 'django-rq'}
    assert names >= {'Ada Lovelace', '@ada', 'Grace Hopper', '@grace', '@linus', 'cron'}
    (done,) = [todo for todo in domain.data['todos']['todo'] if todo.done]
    assert (done.done, done.remark) == ('2025-09-20', 'they are, see the schedule')


@pytest.mark.parametrize('name', TalkDomain.directives)
def test_the_guide_describes_the_directive_with_all_its_options(name: str) -> None:
    described = re.search(
        rf'^( *)\.\. rst:directive:: \.\. {name}::.*\n((?:\1 +.*\n|\n)*)',
        GUIDE,
        re.MULTILINE,
    )
    assert described, name
    # The common ones are described once, but the byline's :name: is another.
    options = set(TalkDomain.directives[name].option_spec) - set(COMMON)
    options |= {'name'} if name == 'speaker' else set()
    if issubclass(TalkDomain.directives[name], TalkList):
        assert all(f'``:{option}:``' in GUIDE for option in FILTERS)
        options -= set(FILTERS)
    documented = re.findall(r'rst:directive:option:: ([a-z]+)', described[2])
    assert set(documented) == options


@pytest.mark.parametrize('name', TalkDomain.roles)
def test_the_guide_describes_the_role(name: str) -> None:
    assert f'\n.. rst:role:: {name}\n' in GUIDE


def test_the_guide_lists_every_warning_and_no_other() -> None:
    assert re.findall(r'\* - ``talk\.([a-z-]+)``', GUIDE) == sorted(SUBTYPES)


def test_the_guide_has_every_setting_of_the_link_check(
    make_project: MakeProject,
) -> None:
    files = {'conf.py': "extensions = ['sphinx_linkaudit']\n"}
    with make_project(files).app('linkcheck') as app:
        names = {name for name in app.config._options if name.startswith('linkcheck_')}
    ours = {setting.name for setting in SETTINGS}
    assert names == ours | set(SPHINX_SETTINGS)
    assert not ours & set(SPHINX_SETTINGS)
