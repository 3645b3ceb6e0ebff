"""What became of the packages: the file, its mistakes, and all that shows it."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

import sphinx_talknotes
from conference import CONFERENCE
from projects import (
    CONF,
    PYTHONPATH,
    build_by_processes,
    dead_fragments,
    entries,
    links,
    one,
)
from sphinx_talknotes.__main__ import main
from sphinx_talknotes.fates import file as fates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fixtures import MakeProject
    from projects import Build, Project

FOLDER = Path(sphinx_talknotes.__file__).parent
SCHEMA = json.loads((FOLDER / 'fates' / 'fates.schema.json').read_text('utf-8'))
NOTES_SCHEMA = json.loads((FOLDER / 'notes.schema.json').read_text('utf-8'))

SOUTH: dict[str, Any] = {
    'name': 'South',
    'fate': 'superseded',
    'successor': 'celery',
    'part_of': 'ZooKeeper',
    'fact': 'Its work is done elsewhere.',
    'as_of': '2014-09',
    'sources': ['https://www.south.example.org/end/', 'https://b.example.org/'],
    'evidence': 'read',
    'caveat': 'It is made up.',
    'checked': '2026-11-22, by hand',
}
CELERY: dict[str, Any] = {
    'name': 'Celery',
    'fate': 'maintained',
    'successor': None,
    'fact': 'Still there.',
    'as_of': None,
    'sources': ['https://celery.example.org/'],
    'evidence': 'general knowledge',
}
RIP: dict[str, Any] = {
    'name': 'rip',
    'fate': 'unknown',
    'fact': 'Nobody looked.',
    'evidence': 'none',
}
ALL = [SOUTH, CELERY, RIP]
PAGE = (
    'Later\n=====\n\n.. fates::\n\n.. fates::\n   :show: successors\n\n'
    '.. fates::\n   :show: parts\n\n.. package-list::\n   :fate: unknown\n'
)


def dump(rows: object, **more: object) -> str:
    return json.dumps({'version': 1, 'fates': rows, **more})


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    """Give the conference with fates, and a page of them; to be changed at will."""
    project = make_project(root=CONFERENCE)
    conf = (project.srcdir / 'conf.py').read_text('utf-8')
    index = (project.srcdir / 'index.rst').read_text('utf-8')
    project.write(
        {
            'conf.py': f"{conf}talk_fates = 'fates.json'\n",
            'index.rst': f'{index}\n.. toctree::\n\n   later\n',
            'later.rst': PAGE,
            'fates.json': dump(ALL),
        }
    )
    return project


# -- the file ------------------------------------------------------------------

MISTAKES: Mapping[str, tuple[str, str]] = {
    'not JSON': ('{\n "version": 1\n "x"', 'not JSON'),
    'no object': ('[]', 'has to be an object with a list "fates"'),
    'no list': ('{"version": 1}', 'has to be an object with a list "fates"'),
    'too deep': ('[' * 100_000, 'not JSON: too deep'),
    'another version': (dump(ALL, version=2), 'its version is 2'),
    'a version that is true': (dump(ALL, version=True), 'its version is True'),
    'an unknown key of the file': (dump([SOUTH], date='x'), "unknown key 'date'"),
    'a row that is none': (dump([3]), 'entry 1: has to be an object'),
    'a key that is missing': (
        dump([{k: v for k, v in SOUTH.items() if k != 'evidence'}]),
        "'South': evidence is missing",
    ),
    'no name': (dump([{**SOUTH, 'name': ''}]), 'entry 1: name has to be a text'),
    'a name that is a number': (dump([{**SOUTH, 'name': 3}]), 'entry 1: name has'),
    'an unknown fate': (dump([{**SOUTH, 'fate': 'gone'}]), "'South': unknown fate 'go"),
    'a fate that is a list': (dump([{**SOUTH, 'fate': []}]), "'South': fate has to be"),
    'no fact': (dump([{**SOUTH, 'fact': None}]), "'South': fact has to be a text"),
    'a fact of two lines': (dump([{**SOUTH, 'fact': 'a\nb'}]), "'South': fact has to"),
    'unknown evidence': (dump([{**SOUTH, 'evidence': 'x'}]), "unknown evidence 'x'"),
    'a date that is none': (dump([{**SOUTH, 'as_of': 'May'}]), "as_of: 'May' is no"),
    'a day that is none': (dump([{**SOUTH, 'as_of': '2011-02-30'}]), 'as_of: '),
    'a date that is a number': (dump([{**SOUTH, 'as_of': 2014}]), 'as_of has to be'),
    'a sign without what it was': (
        dump([{**SOUTH, 'last_sign': '2014'}]),
        "'South': last_sign and last_sign_of need each other",
    ),
    'a sign without a date': (
        dump([{**SOUTH, 'last_sign_of': 'last commit'}]),
        "'South': last_sign and last_sign_of need each other",
    ),
    'a date of a sign that is none': (
        dump([{**SOUTH, 'last_sign': 'May', 'last_sign_of': 'last commit'}]),
        "last_sign: 'May' is no",
    ),
    'a source that is no URL': (dump([{**SOUTH, 'sources': ['p. 3']}]), "'p. 3' is no"),
    'sources that are a text': (dump([{**SOUTH, 'sources': 'x'}]), 'sources has to be'),
    'no source': (dump([{**SOUTH, 'sources': []}]), 'superseded needs evidence and a'),
    'no evidence': (dump([{**SOUTH, 'evidence': 'none'}]), 'superseded needs evidence'),
    'an unknown key': (dump([{**SOUTH, 'due': 1}]), "'South': unknown key 'due'"),
    'a successor that is a list': (dump([{**SOUTH, 'successor': []}]), 'successor has'),
    'two entries for one': (dump([SOUTH, SOUTH]), "'South': the same name as 'South'"),
    'two spellings of one': (
        dump([SOUTH, {**SOUTH, 'name': 'SOUTH '}]),
        "'SOUTH ': the same name as 'South': two entries for one",
    ),
    'an unknown package': (dump([{**SOUTH, 'name': 'nix'}]), "'nix': no page names a"),
}


@pytest.mark.parametrize('what', MISTAKES)
def test_a_mistake_is_a_warning_with_file_and_entry_and_the_page_is_built(
    what: str, make_project: MakeProject
) -> None:
    text, said = MISTAKES[what]
    page = ':talk:\n\nPage\n====\n\n.. packages::\n\n   South\n     Good.\n'
    conf = f"{CONF}talk_fates = 'fates.json'\n"
    project = make_project({'conf.py': conf, 'page.rst': page, 'fates.json': text})
    build = project.build()
    (warning,) = build.warnings
    assert warning.type == 'talk.fates'
    assert warning.place == f'fates.json:{3 if what == "not JSON" else 1}'
    assert said in warning.text
    # Of two entries the first is taken.
    is_shown = what.startswith('two') or what == 'an unknown key of the file'
    mark = ' [now celery]' if is_shown else ''
    assert build.lines('page') == ['Page', f'South{mark}', 'Good.']
    options = {'suppress_warnings': ['talk.fates']}
    assert project.build(confoverrides=options).warnings == []


def test_a_missing_file_and_one_that_is_not_utf_8_are_warnings(
    make_project: MakeProject,
) -> None:
    project = make_project({'conf.py': f"{CONF}talk_fates = 'none.json'\n"})
    (warning,) = project.build().warnings
    assert (warning.place, warning.type) == ('none.json:1', 'talk.fates')
    assert 'cannot be read' in warning.text
    (project.srcdir / 'none.json').write_bytes(b'\xff')
    (warning,) = project.build().warnings
    assert 'not UTF-8' in warning.text


def test_a_warning_names_the_line_of_the_entry(project: Project) -> None:
    rows = [SOUTH, {**RIP, 'fate': 'x'}, {**SOUTH, 'caveat': '"name": "South"'}]
    text = json.dumps({'version': 1, 'fates': rows}, indent=1)
    project.write({'fates.json': text})
    found = [w.place for w in project.build().warnings]
    lines = [n for n, line in enumerate(text.splitlines(), 1) if '  "name"' in line]
    assert found == [f'fates.json:{lines[1]}', f'fates.json:{lines[2]}']


def test_an_entry_with_a_mistake_leaves_the_others_as_they_are(
    project: Project,
) -> None:
    old = {**CELERY, 'fate': 'dormant'}
    project.write({'fates.json': dump([{**SOUTH, 'fate': 'gone'}, old, RIP])})
    build = project.build()
    assert len(build.warnings) == 1
    assert [tag.get_text() for tag in build.page('talks/celery').select('.fate')] == [
        '[dormant]'
    ]


@pytest.mark.parametrize('as_of', ['2014', '2014-09', '2014-09-02'])
def test_a_date_may_be_a_day_a_month_or_a_year(as_of: str) -> None:
    assert fates.is_date(as_of)


@pytest.mark.parametrize(
    'as_of', ['', '14', '2014-13', '2014-9', '2014-09-02T00', '٢٠']
)
def test_other_dates_are_none(as_of: str) -> None:
    assert not fates.is_date(as_of)


def test_without_the_setting_nothing_is_shown(
    conference: Callable[[str], Build],
) -> None:
    build = conference('html')
    assert build.page('packages').select('.fate') == []
    assert '"fate"' not in build.read('notes.json')
    assert not (build.outdir / 'fates.schema.json').exists()


# -- the schema ----------------------------------------------------------------


def test_the_schema_is_one_and_is_published(project: Project) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(project.build().read('fates.schema.json')) == SCHEMA


def test_the_schema_agrees_with_what_is_read(tmp_path: Path) -> None:
    validator = Draft202012Validator(SCHEMA)
    validator.validate(json.loads(dump(ALL)))
    # What no schema can say: that names are alike, that a day isn't in the calendar.
    beyond = {
        'two entries',
        'two spellings',
        'an unknown package',
        'a day',
        'a fact of',
    }
    for what, (text, _said) in MISTAKES.items():
        if what in {'not JSON', 'too deep'} or any(map(what.startswith, beyond)):
            continue
        with pytest.raises(ValidationError):
            validator.validate(json.loads(text))


# -- what is shown -------------------------------------------------------------


def test_a_page_says_once_of_each_package_that_is_not_maintained(
    project: Project,
) -> None:
    build = project.build()
    assert build.warnings == []
    terms = [t.get_text() for t in build.page('talks/celery').select('dt')]
    celery, south = [' '.join(t.replace(' :', '').split()) for t in terms]
    assert (celery, south) == ('celerytask queue', 'south [now celery]migrations')
    mark = one(build.page('talks/celery'), '.fate-superseded')
    assert set(mark.get_attribute_list('class')) == {
        'added', 'fate', 'fate-superseded'
    }  # fmt: skip
    assert [link['href'] for link in mark.select('a')] == [
        '../packages.html#package--celery'
    ]
    # One bracket is enough.
    assert 'South [now celery; south.example.org]' in build.lines('talks/scale')
    # In running text too, but not of what the file says nothing of.
    assert 'SOUTH [now celery] does not run.' in ' '.join(build.lines('talks/pypy'))
    twice = ':orphan:\n\nT\n=\n\n:package:`South`, :package:`pip`, :package:`SOUTH`\n'
    project.write({'twice.rst': twice})
    build = project.build()
    assert build.lines('twice') == ['T', 'South [now celery], pip, SOUTH']
    # In one page of all, each of them says it.
    whole = project.build('singlehtml').lines('index')
    assert 'SOUTH [now celery] does not run.' in ' '.join(whole)
    assert 'South [now celery; south.example.org]' in whole


def test_an_entry_has_fate_fact_successor_sources_and_date(project: Project) -> None:
    page = project.build().page('packages')
    said = entries(page)
    assert said['South'][-3] == (
        '[Since then: superseded. Its work is done elsewhere. In its place: celery'
        ' (part of ZooKeeper). Note: It is made up.]'
    )
    assert said['South'][-2:] == [
        '[Source (as of September 2014)]',
        '[south.example.org/end, b.example.org]',
    ]
    assert said['celery'][-3:] == [
        '[Since then: maintained. Still there.]',
        '[See (date not known; general knowledge)]',
        '[celery.example.org]',
    ]
    assert said['rip'][-1] == (
        '[Since then: fate unknown. Nobody looked. (date not known; no source)]'
    )
    assert not said['ZooKeeper'][-1].startswith('[Since')
    fact = one(page, 'p.fate-superseded')
    assert 'added' in fact.get_attribute_list('class')
    found = [str(link['href']) for link in fact.select('a')]
    assert found == ['#package--celery', '#package--zookeeper']
    sources = one(page, 'p.fate-superseded + details.added')
    assert [str(link['href']) for link in sources.select('a')] == SOUTH['sources']


def test_sources_are_told_where_nothing_can_be_folded(project: Project) -> None:
    text = ' '.join(project.build('text').read('packages.txt').split())
    assert (
        'In its place: celery (part of ZooKeeper). Note: It is made up.]'
        ' [Source (as of September 2014): south.example.org/end, b.example.org]'
    ) in text


def test_the_page_of_fates_has_counts_successors_and_parts(project: Project) -> None:
    build = project.build()
    assert dead_fragments(build.outdir) == []
    lines = build.lines('later')
    lines = [line for line in lines if not line.startswith('Packages by')]  # the bar's
    assert lines[1:] == [
        (
            '3 names: 1 maintained, 1 superseded, 1 fate unknown.'
            ' Read at a source: 1; general knowledge: 1; no evidence: 1.'
        ),
        'what became of it', 'how many', 'names',
        'maintained', '1', 'celery',
        'superseded', '1', 'South',
        'fate unknown', '1', 'rip',
        'South, superseded: celery (part of ZooKeeper)',
        'ZooKeeper',
        'South, superseded: celery. Its work is done elsewhere.',
        'rip',
        'named in Django on Rails',
        '[Since then: fate unknown. Nobody looked. (date not known; no source)]',
    ]  # fmt: skip
    bar = one(build.page('later'), 'svg.fates')
    assert [rect['width'] for rect in bar.select('rect')] == ['1', '1', '1']
    assert '3 names: 1 maintained' in one(bar, 'desc').get_text()
    assert bar['role'] == 'img'


def test_a_timeline_has_the_last_signs_of_life_by_year(project: Project) -> None:
    signs = [
        {**CELERY, 'last_sign': '2014-12-23', 'last_sign_of': 'release 1.0'},
        {**SOUTH, 'last_sign': '2014-02', 'last_sign_of': 'last commit'},
        {**RIP, 'last_sign': '2011', 'last_sign_of': 'closed'},
    ]
    later = 'Later\n=====\n\n.. fates::\n   :show: timeline\n'
    project.write({'fates.json': dump(signs), 'later.rst': later})
    build = project.build()
    assert build.lines('later')[1:] == [
        '2011',
        'rip (closed, 2011)',
        '2014',
        'South (last commit, February 2014), Celery (release 1.0, 23 December 2014)',
    ]
    assert [text for text, _href in links(one(build.page('later'), '.timeline'))] == [
        *('rip', 'South', 'Celery')
    ]
    Draft202012Validator(NOTES_SCHEMA).validate(json.loads(build.read('notes.json')))
    project.write({'fates.json': dump(ALL)})
    assert project.build().lines('later')[1:] == ['Nothing yet.']


def test_verdicts_stand_beside_what_became_of_what_was_judged(
    make_project: MakeProject,
) -> None:
    def judged(verdict: str, *names: str) -> str:
        items = ''.join(f'   - :package:`{name}`\n' for name in names)
        return f'.. packages::\n   :verdict: {verdict}\n\n{items}\n'

    rows = [
        {**CELERY, 'name': name, 'fate': fate}
        for name, fate in [
            ('a', 'maintained'), ('b', 'deprecated'), ('c', 'maintained'),
            ('d', 'shut-down'), ('e', 'maintained'),
        ]
    ]  # fmt: skip
    lists = judged('recommended', 'a', 'b', 'c') + judged('avoid', 'd', 'A')
    more = f'{judged("not-relevant", "d")}:package:`e` and :package:`unheard-of`\n'
    project = make_project(
        {
            'conf.py': f"{CONF}talk_fates = 'fates.json'\n",
            'fates.json': dump(rows),
            'one.rst': f':talk:\n\nOne\n===\n\n{lists}{more}',
            'later.rst': 'Later\n=====\n\n.. fates::\n   :show: verdicts\n\n'
            '.. fates::\n   :show: verdicts\n   :talk: two\n',
            'two.rst': ':talk:\n\nTwo\n===\n\n:package:`e`\n',
        }
    )
    for builder in ('html', 'latex', 'text', 'man'):
        build = project.build(builder)
        assert build.warnings == []
    build = project.build()
    assert build.lines('later')[1:] == [
        (
            'Of 3 recommended, 2 are maintained today; 1 deprecated.'
            ' Of 1 not relevant, none is maintained today; 1 shut down.'
            ' Of 2 avoid, 1 is maintained today; 1 shut down.'
        ),
        'verdict', 'what became of it', 'names',
        'recommended', 'maintained (2)', 'a, c',
        'recommended', 'deprecated (1)', 'b',
        'not relevant', 'shut down (1)', 'd',
        'avoid', 'maintained (1)', 'a',
        'avoid', 'shut down (1)', 'd',
        'Nothing yet.',
    ]  # fmt: skip


def test_the_fates_may_be_those_of_one_talk_or_day(project: Project) -> None:
    source = (
        ':orphan:\n\nF\n=\n\n.. fates::\n   :talk: talks/rails\n   :show: successors\n'
    )
    day = '\n.. package-list::\n   :fate: maintained\n   :date: 2011-06-07\n'
    project.write({'filtered.rst': source + day})
    build = project.build()
    assert build.warnings == []
    assert build.lines('filtered')[:3] == [
        'F', 'South, superseded: celery (part of ZooKeeper)', 'celery'
    ]  # fmt: skip


def test_a_setting_that_is_no_text_is_a_warning_too(make_project: MakeProject) -> None:
    build = make_project({'conf.py': f'{CONF}talk_fates = 3\n'}).build()
    assert [w.type for w in build.warnings if w.type.startswith('talk')] == [
        'talk.fates'
    ]


@pytest.mark.parametrize('option', ['show: x', 'fate: x'])
def test_an_option_that_cannot_be_is_a_warning(
    option: str, make_project: MakeProject
) -> None:
    name = 'fates' if option.startswith('show') else 'package-list'
    build = make_project({'a.rst': f'A\n=\n\n.. {name}::\n   :{option}\n'}).build()
    assert [w.type for w in build.warnings] == ['talk.filter']
    assert build.lines('a') == ['A', 'Nothing yet.']


def test_a_mark_stands_in_the_brackets_of_an_added_name(project: Project) -> None:
    source = (
        ':orphan:\n\nP\n=\n\n.. packages::\n\n   https://a.example.org/,'
        ' :package:`https://b.example.org/ <South>`\n\n'
        '   .. rst-class:: added\n\n   Also :package:`rip`.\n'
    )
    project.write({'page.rst': source})
    build = project.build('html')
    assert build.warnings == []
    assert build.lines('page')[1:] == [
        'https://a.example.org/, [South; now celery] https://b.example.org/',
        'Also rip [fate unknown].',
    ]


def test_a_site_is_in_its_own_language_after_one_in_another(project: Project) -> None:
    # In a process that has imported nothing of it yet.
    script = (
        'import sys\nfrom sphinx import locale\n'
        'from sphinx.application import Sphinx\n'
        'for language in ("de", "en"):\n'
        '    app = Sphinx(sys.argv[1], sys.argv[1], f"{sys.argv[2]}/{language}",\n'
        '        sys.argv[2], "text", {"language": language}, status=None)\n'
        '    app.build(force_all=True)\n'
        '    locale.translators.clear()\n'  # as Sphinx's own application for tests does
    )
    out = project.builddir / 'languages'
    subprocess.run(
        [sys.executable, '-c', script, project.srcdir, out],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        check=True,
    )
    german, english = (
        (out / name / 'later.txt').read_text('utf-8') for name in ('de', 'en')
    )
    assert 'abgelöst' in german
    assert 'superseded' in english
    assert 'abgelöst' not in english


def test_a_month_is_in_the_case_of_one_that_stands_alone(project: Project) -> None:
    # In Polish that of a day is "września".
    build = project.build('text', confoverrides={'language': 'pl'})
    assert '(as of wrzesień 2014)' in build.read('packages.txt')


def test_nothing_of_a_fate_is_kept_with_the_pages(project: Project) -> None:
    kept = project.build().env.domaindata['talk']
    assert SOUTH['fact'] not in repr(kept)


def test_a_manual_has_no_marks(project: Project) -> None:
    source = ':nocollect:\n:orphan:\n\nM\n=\n\n.. packages::\n\n   South\n     Good.\n'
    project.write({'manual.rst': source})
    build = project.build()
    assert build.lines('manual') == ['M', 'South', 'Good.']


def test_the_notes_as_data_have_it_apart_from_their_words(project: Project) -> None:
    document = json.loads(project.build().read('notes.json'))
    Draft202012Validator(NOTES_SCHEMA).validate(document)
    assert document['version'] == 2
    _celery, south = document['talks'][1]['packages']
    assert south['fate'] == SOUTH
    (mention,) = document['talks'][3]['mentions']
    assert mention['fate'] == {**RIP, 'sources': []}
    assert 'fate' not in document['talks'][2]['packages'][0]


NAMES = {
    'text': 'later.txt', 'man': 'conference.1', 'latex': 'conference.tex',
    'texinfo': 'conference.texi', 'epub': 'later.xhtml', 'html': 'later.html',
    'dirhtml': 'later/index.html', 'singlehtml': 'index.html', 'xml': 'later.xml',
}  # fmt: skip


@pytest.mark.parametrize('builder', [*NAMES, 'gettext'])
def test_each_builder_says_it_in_words_without_a_warning(
    builder: str, project: Project
) -> None:
    build = project.build(builder, warningiserror=True)
    assert build.warnings == []
    if builder == 'gettext':
        return
    text = ' '.join(build.read(NAMES[builder]).split())
    assert 'Nobody looked.' in text
    assert 'Its work is done elsewhere.' in text
    assert 'successors' not in text
    has_bar = builder in {'html', 'dirhtml', 'singlehtml'}
    assert ('<svg' in text) == has_bar
    if builder == 'text':
        celery = build.read('talks/celery.txt')
        assert 'south [now celery]' in celery


# -- builds after builds -------------------------------------------------------


ALWAYS_WRITTEN = {'genindex.html', 'search.html'}


def stamps(build: Build) -> dict[str, int]:
    found = sorted(build.outdir.rglob('*.html'))
    times = {
        p.relative_to(build.outdir).as_posix(): p.stat().st_mtime_ns for p in found
    }
    return {name: time for name, time in times.items() if name not in ALWAYS_WRITTEN}


def test_a_change_of_the_file_writes_only_the_pages_that_show_it(
    project: Project,
) -> None:
    before = stamps(project.build())
    project.write({'fates.json': dump([SOUTH, CELERY, {**RIP, 'fact': 'New.'}])})
    build = project.build()
    after = stamps(build)
    written = {name for name in after if after[name] != before[name]}
    # A page is written again with those in its toctree: that is Sphinx's own.
    assert written == {'packages.html', 'later.html', 'index.html'}
    assert 'New.' in build.read('packages.html')
    # A fate is on the pages that list the package, too; a fact isn't.
    project.write({'fates.json': dump([{**SOUTH, 'fate': 'archived'}, CELERY, RIP])})
    build = project.build()
    again = stamps(build)
    assert {n for n in again if n.startswith('talks/') and again[n] != after[n]} == {
        'talks/index.html', 'talks/scale.html', 'talks/celery.html', 'talks/rails.html',
        'talks/pypy.html', 'talks/panel.html',
    }  # fmt: skip
    assert 'South [archived; south.example.org]' in build.lines('talks/scale')


def test_nothing_is_written_again_without_a_change(project: Project) -> None:
    before = stamps(project.build())
    assert stamps(project.build()) == before


def test_the_file_may_go_and_come_back(project: Project) -> None:
    fresh = project.build().read('packages.html')
    (project.srcdir / 'fates.json').unlink()
    build = project.build()
    assert [w.type for w in build.warnings] == ['talk.fates']
    assert build.page('packages').select('.fate') == []
    project.write({'fates.json': dump(ALL)})
    assert project.build().read('packages.html') == fresh


def test_another_builders_run_leaves_no_page_behind(project: Project) -> None:
    project.build()
    project.write({'fates.json': dump([SOUTH, CELERY, {**RIP, 'fact': 'New.'}])})
    project.build('text')
    assert 'New.' in project.build().read('packages.html')


def test_two_processes_give_the_same_pages_fresh_and_after_a_change(
    project: Project,
) -> None:
    names = ['packages.html', 'later.html', 'talks/celery.html', 'notes.json']
    changed = dump([{**SOUTH, 'fate': 'archived'}, CELERY, {**RIP, 'fact': 'New.'}])
    before = project.build()
    expected = [before.read(name) for name in names]
    project.write({'fates.json': changed})
    after = project.build(freshenv=True)
    expected += [after.read(name) for name in names]
    shutil.rmtree(project.builddir)
    project.write({'fates.json': dump(ALL)})
    parallel = build_by_processes(project)
    found = [parallel.read(name) for name in names]
    project.write({'fates.json': changed})
    parallel = build_by_processes(project)
    found += [parallel.read(name) for name in names]
    assert found == expected
    assert found[:4] != found[4:]


# -- the command ---------------------------------------------------------------


@pytest.fixture
def files(project: Project, tmp_path: Path) -> tuple[str, str]:
    notes = tmp_path / 'notes.json'
    notes.write_text(project.build().read('notes.json'), encoding='utf-8')
    return str(notes), str(project.srcdir / 'fates.json')


def test_facts_lists_what_to_look_at_again(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['facts', *files, '--today', '2026-11-22']) == 1
    assert capsys.readouterr().out.splitlines() == [
        'no entry: C++',
        'no entry: Psyco',
        'no entry: ZooKeeper',
        'date not known: Celery (maintained)',
        'date not known: rip (unknown)',
        'of 2014-09: South (superseded)',
        (
            'fates.json: 3 entries, 2 without a date, 1 older than a year;'
            ' 3 packages without an entry'
        ),
    ]


def test_facts_has_nothing_to_say_of_what_is_new_and_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes, file = tmp_path / 'notes.json', tmp_path / 'fates.json'
    notes.write_text('{"talks": [], "other_pages": []}')
    file.write_text(dump([SOUTH]))
    assert main(['facts', str(notes), str(file), '--today', '2015-09-29']) == 0
    assert main(['facts', str(notes), str(file), '--today', '2015-10-01']) == 1
    capsys.readouterr()


@pytest.mark.parametrize(
    ('notes', 'text'),
    [
        ('{}', dump(ALL)),
        ('[', dump(ALL)),
        ('{"talks": 3, "other_pages": []}', dump(ALL)),
        ('{"talks": [], "other_pages": []}', '{'),
        ('{"talks": [], "other_pages": []}', dump([3])),
    ],
)
def test_facts_says_which_file_is_not_what_it_has_to_be(
    notes: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'notes.json').write_text(notes)
    (tmp_path / 'fates.json').write_text(text)
    names = [str(tmp_path / 'notes.json'), str(tmp_path / 'fates.json')]
    assert main(['facts', *names]) == 2
    assert '.json' in capsys.readouterr().err


def test_the_command_helps_and_refuses_wrong_usage() -> None:
    env = {**os.environ, 'PYTHONPATH': PYTHONPATH}
    command = [sys.executable, '-m', 'sphinx_talknotes']
    helped = subprocess.run(
        [*command, 'facts', '--help'],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'Exit status: 0' in ' '.join(helped.stdout.split())
    for wrong in ([], ['facts'], ['facts', 'a', 'b', '--today', 'now']):
        done = subprocess.run(
            [*command, *wrong], env=env, capture_output=True, check=False
        )
        assert done.returncode == 2


def test_a_year_counts_as_old_once_all_of_it_is() -> None:
    def old(as_of: str, today: str) -> bool:
        fate = fates.Fate('x', 'dormant', 'x', '', '', as_of, (), 'read', '', '')
        _without, _undated, found = fates.outdated(
            [fate], [], datetime.date.fromisoformat(today)
        )
        return bool(found)

    assert not old('2025', '2026-12-31')
    assert old('2025', '2027-01-01')
    assert not old('2024-02-28', '2025-02-28')
    assert not old('2024-02-29', '2025-02-28')
    assert old('2023-02-28', '2024-02-29') is False
