"""Serial, parallel, incremental and fresh builds give the same site."""

from __future__ import annotations

import os
import pickle
import shutil
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import sphinx
from sphinx.cmd.build import build_main
from sphinx.errors import ConfigError, ExtensionError

from conference import CONFERENCE
from projects import Project, body, build_by_processes, dead_fragments, links, touch
from sphinx_talknotes import records
from sphinx_talknotes.domain import BY_PAGE, TalkDomain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from fixtures import MakeProject
    from projects import Build

#: In seconds since the epoch: 2100.
FUTURE = 4102444800

TALK = ':talk:\n\n{0}\n=====\n\n.. speaker:: {0}\n   :handle: @{0}\n\n.. todo:: {0}.\n'


@pytest.fixture(scope='session')
def conference_built(make_project: MakeProject) -> Project:
    """Build a copy of the conference once, and keep it beside where it was built."""
    project = make_project(root=CONFERENCE)
    project.build()
    shutil.copytree(project.srcdir, _kept(project))
    return project


def _kept(project: Project) -> Path:
    return project.srcdir.with_name('kept')


@pytest.fixture
def project(conference_built: Project) -> Project:
    """Give a copy of the conference as it was when it had been built for HTML.

    It is always in the same folder: Sphinx reads all anew in another one.
    """
    srcdir = conference_built.srcdir
    shutil.rmtree(srcdir)
    shutil.copytree(_kept(conference_built), srcdir)
    return Project(srcdir)


@pytest.fixture
def unbuilt(make_project: MakeProject) -> Project:
    """Give a copy of the conference that nobody has built."""
    return make_project(root=CONFERENCE)


class BuildFresh(Protocol):
    """Builds a copy of a project's sources from nothing."""

    def __call__(self, project: Project, builder: str = 'html') -> Build: ...


@pytest.fixture(scope='session')
def fresh(make_project: MakeProject) -> BuildFresh:
    """Return what builds a copy of sources from nothing, the same ones only once."""
    built: dict[object, Build] = {}

    def build(project: Project, builder: str = 'html') -> Build:
        files = {
            path.relative_to(project.srcdir): path.read_bytes()
            for path in project.srcdir.rglob('*')
            if path.is_file()
            and project.builddir not in path.parents
            and path.suffix != '.mo'
        }
        key = builder, frozenset(files.items())
        if key not in built:
            copy = make_project({'conf.py': '', 'index.rst': ''})
            for name, content in files.items():
                path = copy.srcdir / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            built[key] = copy.build(builder)
        return built[key]

    return build


def written(build: Build) -> dict[str, bytes]:
    """Return the pages and data of a build; not what Sphinx makes of its own state."""
    return {
        path.relative_to(build.outdir).as_posix(): path.read_bytes()
        for path in sorted(build.outdir.rglob('*'))
        if path.suffix == '.html' or path.name in {'notes.json', 'objects.inv'}
    }


def stamp(build: Build) -> None:
    """Put the files that were written into the future, to see which are written again.

    Sphinx takes a page for outdated that is older than its source, not one that is
    newer.
    """
    for path in build.outdir.rglob('*'):
        if path.is_file():
            os.utime(path, (FUTURE, FUTURE))


def rewritten(build: Build) -> set[str]:
    """Return the files that were written since `stamp`."""
    return {
        path.relative_to(build.outdir).as_posix()
        for path in build.outdir.rglob('*')
        if path.is_file() and path.stat().st_mtime != FUTURE
    }


def rewritten_pages(build: Build) -> set[str]:
    """Return the pages with a source that were written since `stamp`."""
    names = {name.removesuffix('.html') for name in rewritten(build)}
    return names & build.env.found_docs


# -- parallel ------------------------------------------------------------------


@pytest.mark.parametrize('builder', ['html', 'dirhtml', 'text'])
def test_two_processes_give_the_same_files_as_one(
    builder: str, unbuilt: Project, fresh: BuildFresh
) -> None:
    for number in range(12):  # Sphinx reads only as many as that in parallel.
        unbuilt.write({f'talks/more{number}.rst': TALK.format(f'm{number:04}')})
    toctree = ''.join(f'   more{number}\n' for number in range(12))
    unbuilt.replace('talks/index.rst', '   scale\n', f'   scale\n{toctree}')
    parallel = build_by_processes(unbuilt, builder)
    serial = fresh(unbuilt, builder)
    assert parallel.warnings == serial.warnings == []
    assert written(parallel) == written(serial)
    assert domain_data(parallel) == domain_data(serial)


def test_two_processes_warn_of_the_same_mistakes_as_one(
    make_project: MakeProject,
) -> None:
    pages = {
        f'p{number}.rst': f'P\n=\n\n.. speaker:: Ann{number}\n   :handle: @ann\n'
        '\n.. todo::\n'
        for number in range(12)
    }
    found = [
        sorted(build(make_project(pages)).warnings)
        for build in (Project.build, build_by_processes)
    ]
    places = [[(w.place, w.type) for w in warnings] for warnings in found]
    assert len(places[0]) == 12 + 11
    assert places[0] == places[1]


def domain_data(build: Build) -> dict[str, Any]:
    """Return the domain's data, with the paths in it relative."""
    prefix = f'{build.srcdir}/'

    def relative(value: Any) -> Any:
        if isinstance(value, str):
            return value.removeprefix(prefix)
        if isinstance(value, dict):
            return {key: relative(item) for key, item in value.items()}
        if isinstance(value, tuple):
            return tuple(map(relative, value))
        return [*map(relative, value)] if isinstance(value, list) else value

    found: dict[str, Any] = relative(build.env.domaindata['talk'])
    return found


# -- incremental ---------------------------------------------------------------


def edit_prose(project: Project) -> None:
    project.replace('talks/panel.rst', 'All of them', 'None of them')


def edit_title(project: Project) -> None:
    project.replace(
        'talks/scale.rst',
        'Deploying at an unusual scale\n=============================\n',
        'Scale\n=====\n',
    )


def edit_byline(project: Project) -> None:
    project.replace('talks/rails.rst', 'Zachary Voase', 'Zack')


def edit_package(project: Project) -> None:
    project.replace('talks/celery.rst', 'celery : task queue', 'kombu : messages')


def edit_verdict(project: Project) -> None:
    project.replace('talks/celery.rst', 'recommended', 'interesting')


def edit_todo(project: Project) -> None:
    project.replace('talks/rails.rst', 'Try ', 'Retry ')


def finish_todo(project: Project) -> None:
    project.replace(
        'talks/rails.rst', '.. todo::\n', '.. todo::\n   :done: 2011-07-02\n'
    )


def edit_date(project: Project) -> None:
    project.replace('talks/scale.rst', '2011-06-06', '2011-06-07')


def add_page(project: Project) -> None:
    project.write({'talks/added.rst': TALK.format('added')})
    project.replace('talks/index.rst', '   celery\n', '   celery\n   added\n')


def rename_page(project: Project) -> None:
    project.move('talks/rails.rst', 'talks/tracks.rst')
    project.replace('talks/index.rst', '   rails\n', '   tracks\n')


def rename_with_folder(project: Project) -> None:
    project.move('talks/rails.rst', 'rails.rst')
    project.replace('talks/index.rst', '   rails\n', '')
    project.replace('index.rst', '   packages\n', '   rails\n   packages\n')


def delete_page(project: Project) -> None:
    (project.srcdir / 'talks/scale.rst').unlink()
    project.replace('talks/index.rst', '   scale\n', '')
    project.replace('talks/celery.rst', 'See :talk:`scale` first.', '')


def reorder(project: Project) -> None:
    project.replace('talks/index.rst', '   celery\n   pypy\n', '   pypy\n   celery\n')


def no_talk_any_more(project: Project) -> None:
    project.replace('talks/rails.rst', ':talk:\n\n', '')


def apart_now(project: Project) -> None:
    project.replace('talks/rails.rst', ':talk:\n', ':talk:\n:nocollect:\n')


def delete_list(project: Project) -> None:
    (project.srcdir / 'speakers.rst').unlink()
    project.replace('index.rst', '   speakers\n', '')


def rename_list(project: Project) -> None:
    project.move('packages.rst', 'all-packages.rst')
    project.replace('index.rst', '   packages\n', '   all-packages\n')


def add_earlier_list(project: Project) -> None:
    project.write({'a.rst': 'A\n=\n\n.. package-list::\n\n.. speaker-list::\n'})
    project.replace('index.rst', '   packages\n', '   packages\n   a\n')


def filter_list(project: Project) -> None:
    project.write(
        {'packages.rst': 'P\n=\n\n.. package-list::\n   :talk: talks/rails\n'}
    )


def touch_all(project: Project) -> None:
    for path in project.srcdir.rglob('*.rst'):
        touch(path)


EDITS = [
    edit_prose,
    edit_title,
    edit_byline,
    edit_package,
    edit_verdict,
    edit_todo,
    finish_todo,
    edit_date,
    add_page,
    rename_page,
    rename_with_folder,
    delete_page,
    reorder,
    no_talk_any_more,
    apart_now,
    delete_list,
    rename_list,
    add_earlier_list,
    filter_list,
    touch_all,
]
each_edit = pytest.mark.parametrize('edit', EDITS, ids=lambda edit: edit.__name__)

#: Lists on a page that keeps apart, and a reference to a talk there.
MANUAL = (
    ':orphan:\n:nocollect:\n\nManual\n======\n\n:talk:`talks/celery`, '
    ':talk:`talks/scale`\n\n.. talks::\n\n.. todo-list::\n   :state: open\n\n'
    '.. package-list::\n'
)


def same(built: Build, expected: Build) -> None:
    """Check that a site is as another, but for pages that were deleted.

    Sphinx itself leaves sidebars as they are where only the toctree changed.
    """
    now, then = contents(built), contents(expected)
    assert {name: text for name, text in now.items() if name in then} == then


def contents(build: Build) -> dict[str, str]:
    """Return the contents of the pages of HTML without the theme's, and the data."""
    found = {}
    for name, content in written(build).items():
        if name.endswith('.html') and name != 'search.html':
            found[name] = str(body(content.decode()))
        elif name == 'notes.json':
            found[name] = content.decode()
    return found


@each_edit
def test_after_an_edit_the_site_is_as_a_fresh_one(
    edit: Callable[[Project], None], project: Project, fresh: BuildFresh
) -> None:
    if edit is not delete_page:
        project.write({'manual.rst': MANUAL})
    project.build()
    edit(project)
    built = project.build()
    expected = fresh(project)
    assert [w[1:] for w in built.warnings] == [w[1:] for w in expected.warnings]
    same(built, expected)
    assert dead_fragments(expected.outdir) == []


@pytest.mark.parametrize('metadata', [':orphan:', ':orphan:\n:nocollect:'])
@pytest.mark.parametrize('edit', [edit_title, no_talk_any_more])
def test_a_page_that_refers_to_a_talk_follows_its_title(
    metadata: str, edit: Callable[[Project], None], project: Project, fresh: BuildFresh
) -> None:
    roles = ':talk:`talks/scale`, :talk:`talks/rails`'
    project.write({'page.rst': f'{metadata}\n\nPage\n====\n\n{roles}\n'})
    project.build()
    edit(project)
    same(project.build(), fresh(project))


def test_after_all_edits_one_by_one_too(project: Project, fresh: BuildFresh) -> None:
    project.build()
    for edit in (edit_title, finish_todo, reorder, add_page, rename_page, delete_list):
        edit(project)
        built = project.build()
    same(built, fresh(project))


def test_after_an_edit_in_parallel_too(unbuilt: Project, fresh: BuildFresh) -> None:
    for number in range(12):
        unbuilt.write(
            {f'more{number}.rst': f':orphan:\n{TALK.format(f"m{number:04}")}'}
        )
    build_by_processes(unbuilt)
    edit_byline(unbuilt)
    for number in range(12):
        unbuilt.replace(f'more{number}.rst', '.. todo:: m', '.. todo:: n')
    same(build_by_processes(unbuilt), fresh(unbuilt))


def test_an_edit_of_an_included_file_is_followed(
    make_project: MakeProject, fresh: BuildFresh
) -> None:
    project = make_project(
        {
            'a.rst': ':talk:\n\nA\n=\n\n.. include:: part.txt\n',
            'part.txt': '.. todo:: Ask.\n',
            'lists.rst': 'Lists\n=====\n\n.. todo-list::\n',
        }
    )
    project.build()
    project.write({'part.txt': '.. todo:: Ask again.\n'})
    built = project.build()
    assert built.lines('lists')[-1] == 'Ask again. – A'
    same(built, fresh(project))


# -- no needless work ----------------------------------------------------------

NEEDED: Mapping[Callable[[Project], None], set[str]] = {
    edit_prose: {'talks/panel'},
    edit_todo: {'talks/rails', 'to-do'},
    finish_todo: {'talks/rails', 'to-do', 'front', 'index'},
    edit_verdict: {'talks/celery', 'packages', 'front', 'index'},
    edit_package: {'talks/celery', 'packages'},
    edit_byline: {'talks/rails', 'speakers', 'front', 'index'},
    edit_date: {'talks/scale', 'front', 'index'},
}


@pytest.mark.parametrize('edit', NEEDED, ids=lambda edit: edit.__name__)
def test_only_pages_whose_content_changed_are_written(
    edit: Callable[[Project], None], project: Project
) -> None:
    project.write({'front.rst': ':orphan:\n\nFront\n=====\n\n.. talks::\n'})
    stamp(project.build())
    edit(project)
    build = project.build()
    assert rewritten_pages(build) == with_parents(build, NEEDED[edit])


def with_parents(build: Build, pages: set[str]) -> set[str]:
    """Return *pages* and those that have them in a toctree: Sphinx writes these too."""
    above = pages.union(*(build.env.files_to_rebuild.get(p, ()) for p in pages))
    # Before 8.2 it goes on with those above these.
    if sphinx.version_info < (8, 2) and above != pages:
        return with_parents(build, above)
    return above


def test_lines_that_move_write_no_collected_page(project: Project) -> None:
    stamp(project.build())
    project.replace(
        'talks/rails.rst', '.. speaker:: Zach', 'Moved.\n\n.. speaker:: Zach'
    )
    build = project.build()
    assert rewritten_pages(build) == with_parents(build, {'talks/rails'})


def test_without_an_edit_no_page_is_written(project: Project) -> None:
    stamp(project.build())
    assert rewritten_pages(project.build()) == set()


def test_without_an_edit_nothing_is_written_where_sphinx_writes_nothing_else(
    project: Project,
) -> None:
    stamp(project.build('text'))
    assert rewritten(project.build('text')) == set()


# -- builds that end early, or for another purpose -----------------------------


# After an exception Sphinx reads all pages anew, after Ctrl-C it does not.
@pytest.mark.parametrize('event', ['env-updated', 'write-started', 'doctree-resolved'])
@pytest.mark.parametrize('error', [KeyboardInterrupt, ConfigError])
def test_a_build_that_breaks_off_leaves_no_page_behind(
    event: str, error: type[BaseException], project: Project, fresh: BuildFresh
) -> None:
    project.build()
    edit_todo(project)
    edit_package(project)

    def stop(*_args: object) -> None:
        raise error

    with project.app() as app:
        app.connect(event, stop, priority=400)
        with pytest.raises((error, ExtensionError)):
            app.build()
    same(project.build(), fresh(project))


@pytest.mark.parametrize('page', ['packages', 'talks/rails', 'to-do'])
def test_a_build_that_breaks_off_while_writing_leaves_no_page_behind(
    page: str, project: Project, fresh: BuildFresh
) -> None:
    project.build()
    edit_todo(project)
    edit_package(project)

    def stop(_app: object, _doctree: object, docname: str) -> None:
        if docname == page:
            raise KeyboardInterrupt

    with project.app() as app:
        app.connect('doctree-resolved', stop)
        with pytest.raises(KeyboardInterrupt):
            app.build()
    same(project.build(), fresh(project))


@pytest.mark.parametrize('other', ['text', 'dirhtml', 'dummy', 'latex'])
def test_another_builders_run_in_between_leaves_no_page_behind(
    other: str, project: Project, fresh: BuildFresh
) -> None:
    project.build()
    edit_todo(project)
    rename_page(project)
    project.build(other)
    same(project.build(), fresh(project))


def test_a_run_into_another_folder_in_between_leaves_no_page_behind(
    project: Project, fresh: BuildFresh, tmp_path: Path
) -> None:
    project.build()
    edit_todo(project)
    doctrees = str(project.builddir / 'doctrees')
    out = str(tmp_path / 'elsewhere')
    assert build_main(['-q', '-d', doctrees, str(project.srcdir), out]) == 0
    same(project.build(), fresh(project))


def test_a_run_for_some_files_only_leaves_no_page_behind(
    project: Project, fresh: BuildFresh
) -> None:
    project.build()
    edit_todo(project)
    project.build(filenames=['index.rst', 'talks/rails.rst'])
    same(project.build(), fresh(project))


def test_pages_that_are_lost_are_written_again(
    project: Project, fresh: BuildFresh
) -> None:
    build = project.build()
    shutil.rmtree(build.outdir)
    same(project.build(), fresh(project))


@pytest.mark.parametrize('text', ['', '{', '[]', '3', 'null', '{"index": []}', '\x00'])
def test_a_spoilt_memory_of_what_was_shown_is_no_error(
    text: str, project: Project, fresh: BuildFresh
) -> None:
    build = project.build()
    (path,) = build.doctreedir.glob('sphinx-talknotes-*.json')
    path.write_text(text, encoding='utf-8')
    edit_todo(project)
    same(project.build(), fresh(project))


# -- where references lead -----------------------------------------------------


def test_references_follow_the_list_that_they_lead_to(
    make_project: MakeProject,
) -> None:
    page = 'P\n=\n\n.. speaker:: Ann\n\n:package:`South` :handle:`@x`\n'
    project = make_project(
        {
            'p.rst': page,
            'index.rst': 'I\n=\n\n.. toctree::\n   :glob:\n\n   *\n',
            # Pages that name nothing themselves, one of them kept apart.
            'any.rst': 'A\n=\n\n:any:`Ann`, :any:`South`, :any:`@x`\n',
            'any-md.md': '---\nnocollect: true\n---\n\n# A\n\n{any}`Ann`, '
            '{any}`South`, [@x](@x)\n',
            'conf.py': "extensions = ['myst_parser', 'sphinx_talknotes']\n"
            "primary_domain = 'talk'\n"
            "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n",
        }
    )

    def led_to() -> list[str]:
        build = project.build()
        p, *others = (
            [href for _text, href in links(build.page(page)) if '--' in href]
            for page in ('p', 'any', 'any-md')
        )
        for found in others:
            # What has no list is found at its own place.
            assert len(found) == 3
            assert set(p) <= set(found)
        return p

    assert led_to() == []
    project.write({'m.rst': 'M\n=\n\n.. package-list::\n\n.. speaker-list::\n'})
    assert led_to() == [
        'm.html#speaker--ann', 'm.html#package--south', 'm.html#handle--x'
    ]  # fmt: skip
    project.write({'a.rst': 'A\n=\n\n.. package-list::\n'})
    assert led_to() == [
        'm.html#speaker--ann', 'a.html#package--south', 'm.html#handle--x'
    ]  # fmt: skip
    project.write({'m.rst': 'M\n=\n\n.. package-list::\n'})
    assert led_to() == ['a.html#package--south']
    (project.srcdir / 'a.rst').unlink()
    assert led_to() == ['m.html#package--south']
    (project.srcdir / 'm.rst').unlink()
    assert led_to() == []


@pytest.mark.parametrize(
    'reference',
    [
        ':any:`South`',
        ':any:`words <South>`',
        ':talk:`keynote`',
        ':talk:`words <keynote>`',
        ':talk:`words </a>`',
    ],
)
def test_a_to_do_leads_from_a_list_to_where_it_leads_on_its_page(
    reference: str, make_project: MakeProject, fresh: BuildFresh
) -> None:
    page = 'Same\n====\n\n:package:`South`\n'
    talk = f':talk:\n:id: keynote\n\n{page}'
    project = make_project(
        {
            'index.rst': 'I\n=\n\n.. toctree::\n\n   a\n   b\n   todo\n   lists\n',
            'a.rst': talk,
            'b.rst': page,
            'todo.rst': f'T\n=\n\n.. todo:: See {reference}.\n',
            'lists.rst': 'Lists\n=====\n\n.. todo-list::\n',
        }
    )
    before = links(project.build().page('lists'))
    project.write({'a.rst': page.replace('South', 'North'), 'b.rst': talk})
    built = project.build()
    assert links(built.page('lists')) != before
    same(built, fresh(project))


def test_the_talk_that_may_be_meant_is_the_same_after_an_edit(
    make_project: MakeProject, fresh: BuildFresh
) -> None:
    talk = ':talk:\n\nQueues\n======\n'
    project = make_project(
        {'a.rst': talk, 'b.rst': talk, 'c.rst': 'C\n=\n\n:talk:`queue`\n'}
    )
    project.build()
    project.replace('a.rst', '======\n', '======\n\nMore.\n')
    touch(project.srcdir / 'c.rst')
    (told,) = project.build().warnings
    assert "did you mean '/" in told.text
    assert [told] == fresh(project).warnings


# -- what is kept between builds -----------------------------------------------


def leaves(value: object) -> set[type]:
    """Return the types of all that *value* is made of."""
    if isinstance(value, dict):
        return {dict}.union(*(leaves(x) for pair in value.items() for x in pair))
    if isinstance(value, (list, tuple)):
        return {type(value)}.union(*map(leaves, value))
    return {type(value)}


def test_what_is_kept_is_records_of_strings(project: Project) -> None:
    build = project.build()
    with (build.doctreedir / 'environment.pickle').open('rb') as file:
        env = pickle.load(file)
    data = env.domaindata['talk']
    # What no page says is looked at in test_fates.py, what is hidden in test_shown.py.
    assert all(
        data[part]
        for part in data
        if part not in {'version', 'fates', 'index', 'targets'}
    )
    kinds = {
        records.Talk, records.Speaker, records.Package, records.Mention, records.Todo,
        records.Link, records.List,
    }  # fmt: skip
    assert leaves(data) == {dict, list, tuple, str, int, bool} | kinds


def test_a_to_do_costs_little(make_project: MakeProject) -> None:
    sizes = []
    for number in (0, 1):
        todo = '.. todo:: Ask *them* :handle:`@x`.\n' * number
        build = make_project({'a.rst': f'A\n=\n\n{todo}'}).build()
        sizes.append(len(pickle.dumps(build.env.domaindata['talk'])))
    assert sizes[1] - sizes[0] < 1000


def test_of_what_another_process_read_only_its_pages_are_taken(
    project: Project,
) -> None:
    domain = project.build().env.domains['talk']
    before = dict(domain.data['todos'])
    theirs = {part: {'a': [part], 'b': [part]} for part in BY_PAGE}
    domain.merge_domaindata({'a'}, theirs)
    assert domain.data['todos'] == before | {'a': ['todos']}
    assert all('b' not in domain.data[part] for part in BY_PAGE)


def test_a_page_that_is_gone_is_forgotten(project: Project) -> None:
    project.build()
    rename_page(project)
    data = project.build().env.domaindata['talk']
    for part, pages in data.items():
        assert part == 'version' or 'talks/rails' not in pages


def test_records_of_another_version_are_read_anew(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp(project.build())
    monkeypatch.setattr(TalkDomain, 'data_version', TalkDomain.data_version + 1)
    build = project.build()
    assert 'talks/celery' in rewritten_pages(build)
    assert build.env.domaindata['talk']['version'] == TalkDomain.data_version
