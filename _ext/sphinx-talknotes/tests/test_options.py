"""Every directive takes the common options, and loses nothing to an unknown one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from projects import dead_fragments, doubled_ids
from sphinx_talknotes.domain import TalkDomain

if TYPE_CHECKING:
    from fixtures import MakeProject
    from projects import Build

MYST_CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\nprimary_domain = 'talk'\n"
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
)
#: A directive's argument and content, where it wants one.
ARGUMENTS = {'speaker': 'Ada Field', 'packages': 'Good', 'todo': 'Try it.'}
CONTENTS = {'packages': 'celery\n  Good.'}
MARKUPS = ('rst', 'md')
NAMES = sorted(TalkDomain.directives)


def directive(markup: str, name: str, options: dict[str, str], content: str) -> str:
    """Return a directive in reST or MyST; its options begin on its second line."""
    argument = ARGUMENTS.get(name, '')
    lines = [f':{option}: {value}' for option, value in options.items()]
    if markup == 'md':
        fence = '```'
        body = [*lines, *(['', *content.splitlines()] if content else []), fence]
        return '\n'.join([f'{fence}{{{name}}} {argument}', *body, ''])
    body = [*lines, *(['', *content.splitlines()] if content else [])]
    return '\n'.join([f'.. {name}:: {argument}', *(f'   {b}' for b in body), '', ''])


def page(markup: str, name: str, options: dict[str, str]) -> str:
    title = f'# {name}\n' if markup == 'md' else f'{name}\n{"=" * len(name)}\n'
    content = CONTENTS.get(name, '')
    if markup == 'md' and content:
        content = f'{{package}}`{content.split()[0]}`'
    ref = '{ref}`it <%s>`' if markup == 'md' else ':ref:`it <%s>`'
    shown = directive(markup, name, options, content)
    reference = ref % options['name'] if 'name' in options else ''
    return f'{title}\n{shown}\n{reference}\n'


INDEX = 'Index\n=====\n\n.. toctree::\n   :glob:\n\n   *\n'
#: Bylines stand on pages that are no talks here.
CONF = f"{MYST_CONF}suppress_warnings = ['talk.no-talk']\n"
FILES = {'conf.py': CONF, 'index.rst': INDEX}


def own_name(name: str, markup: str) -> str:
    """Return a name to refer to; that of a byline could else be a person's."""
    return f'{name}-in-{markup}' if name == 'speaker' else f'{name} In {markup}'


@pytest.fixture(scope='module')
def common(make_project: MakeProject) -> Build:
    """Build pages of all directives, each with the common options."""
    pages = {
        f'{name}-{markup}.{markup}': page(
            markup, name, {'class': 'one two', 'name': own_name(name, markup)}
        )
        for name in NAMES
        for markup in MARKUPS
    }
    return make_project(FILES | pages).build()


def test_the_common_options_are_no_mistake(common: Build) -> None:
    assert common.warnings == []
    assert dead_fragments(common.outdir) == []
    assert doubled_ids(common.outdir) == []


@pytest.mark.parametrize('markup', MARKUPS)
@pytest.mark.parametrize('name', NAMES)
def test_a_directive_has_the_classes_and_a_reference_leads_to_it(
    name: str, markup: str, common: Build
) -> None:
    body = common.page(f'{name}-{markup}')
    assert body.select_one('.one.two')
    (reference,) = (a for a in body.select('a.reference') if a.text == 'it')
    # The name is an id too, so that the place can be linked to from elsewhere.
    assert str(reference['href']).endswith(f'#{name}-in-{markup}')


def test_an_own_name_leaves_the_ids_that_lists_lead_to(common: Build) -> None:
    links = {a['href'] for a in common.page('todo-list-rst').select('a.internal')}
    assert {'todo-rst.html#todo--todo-rst--1', 'todo-md.html#todo--todo-md--1'} <= links


@pytest.fixture(scope='module')
def unknown(make_project: MakeProject) -> Build:
    """Build pages of all directives, each with an option that no directive has."""
    pages = {
        f'{name}-{markup}.{markup}': page(
            markup, name, {'class': 'kept', 'bio': 'Sells lemons', 'nmae': 'x'}
        )
        for name in NAMES
        for markup in MARKUPS
    }
    return make_project(FILES | pages).build()


@pytest.mark.parametrize('markup', MARKUPS)
@pytest.mark.parametrize('name', NAMES)
def test_an_unknown_option_is_told_with_its_line_and_value_and_the_rest_is_kept(
    name: str, markup: str, unknown: Build
) -> None:
    line = page(markup, name, {'class': 'kept', 'bio': ''}).splitlines()
    at = next(n for n, text in enumerate(line, 1) if ':bio:' in text)
    file = f'{name}-{markup}.{markup}'
    told = [w for w in unknown.warnings if w.place.startswith(f'{file}:')]
    assert [(w.place, w.type) for w in told] == [
        (f'{file}:{at}', 'talk.option'),
        (f'{file}:{at + 1}', 'talk.option'),
    ]
    assert told[0].text.startswith(f'unknown option ":bio: Sells lemons" ({name} has :')
    assert told[1].text == 'unknown option ":nmae: x"; did you mean :name:?'
    body = unknown.page(f'{name}-{markup}')
    kept = body.select_one('.kept')
    assert kept
    assert ARGUMENTS.get(name, '') in kept.text
    assert 'System Message' not in body.text


def test_the_option_of_an_included_file_is_told_there(
    make_project: MakeProject,
) -> None:
    files = {
        'index.rst': 'Index\n=====\n\n.. include:: part.txt\n',
        'part.txt': 'Words.\n\n- .. todo:: Ask.\n     :handel: @ann\n',
    }
    (warning,) = make_project(files).build().warnings
    assert (warning.place, warning.type) == ('part.txt:4', 'talk.option')


def test_a_byline_tells_a_name_to_refer_to_from_a_persons(
    make_project: MakeProject,
) -> None:
    bylines = {
        'her': '.. speaker:: Ada\n   :name: ada-2.x\n',
        'sourced': '.. speaker:: @bea\n   :name: bea\n   :source: https://a.example/\n',
        'unsourced': '.. speaker:: @cy\n   :name: Cy Lake\n',
    }
    pages = {f'{n}.rst': f'{n}\n{"=" * len(n)}\n\n{b}' for n, b in bylines.items()}
    build = make_project(pages).build()
    (warning,) = build.warnings
    assert (warning.place, warning.type) == ('unsourced.rst:4', 'talk.source')
    assert build.lines('her') == ['her', 'Ada']
    assert build.lines('sourced') == ['sourced', '@bea [bea, a.example]']
    assert build.lines('unsourced') == ['unsourced', '@cy [Cy Lake]']


def test_options_that_are_no_yaml_are_told_and_mean_what_they_say(
    make_project: MakeProject,
) -> None:
    text = (
        '# Page\n\n```{speaker} Ada Field\n:handle: @ada\n:bio: "Sells" lemons\n```\n'
        '\n```{todo} Ask.\n:class: "a" b\n\n:by: nobody\n```\n'
    )
    build = make_project(FILES | {'page.md': text}).build()
    told = build.warnings
    assert [(w.place, w.type) for w in told] == [
        ('page.md:5', 'myst.directive_option'),
        ('page.md:5', 'talk.option'),
        ('page.md:9', 'myst.directive_option'),
    ]
    assert ':bio: "Sells" lemons' in told[1].text
    assert build.lines('page') == [
        'Page',
        'Ada Field @ada',
        'To do',
        'Ask.',
        ':by: nobody',
    ]


def test_comments_in_a_block_of_yaml_are_no_part_of_the_values(
    make_project: MakeProject,
) -> None:
    text = (
        '# Page\n\n```{speaker} Ada\n---\n# who\nrole: moderator  # she was late\n'
        'affiliation: C# & Co. #1\nhandle: @ada\n  # as seen\n'
        'url: https://a.example/#me\nid: # none\n---\n```\n\n'
        '```{speaker} Bea\n:role: no 1 # 2\n```\n\n'
        '```{speaker} Cy\n---\naffiliation: "No # 1"\nhandle: "@cy"  # as seen\n'
        'role: ~\nurl: Null # no\n---\n```\n'
        '```{talk}\n---\nroom: >-\n  # 1\nnotes:\n  {Ada: https://a.example}\n---\n```\n'
    )
    build = make_project(FILES | {'page.md': text}).build()
    assert {w.type for w in build.warnings} == {'myst.directive_comments'}
    assert build.lines('page')[1:] == [
        'Ada @ada (moderator, C# & Co., a.example/#me)',
        'Bea (no 1 # 2)',
        'Cy @cy (No # 1)',
        '# 1 · Ada',
    ]


def test_an_address_on_a_line_of_its_own_is_no_option(
    make_project: MakeProject,
) -> None:
    text = (
        '# Page\n\n```{talk}\n---\nnotes: https://b.example/1\n'
        'https://c.example/2\nroom:A\n---\n```\n'
    )
    build = make_project(FILES | {'page.md': text}).build()
    (talk,) = json.loads(build.read('notes.json'))['talks']
    assert talk['notes'] == ['https://b.example/1', 'https://c.example/2']
    assert talk['room'] == 'A'
    assert [w for w in build.warnings if w.type.startswith('talk')] == []


def test_an_option_that_is_given_twice_is_told_and_nothing_is_lost(
    make_project: MakeProject,
) -> None:
    rest = '.. todo:: Ask.\n   :done: 2025-09-12 him\n   :done: 2025-09-13\n\n   Her.\n'
    text = (
        '# Page\n\n```{todo} Ask.\n:done: 2025-09-12 him\n:done: 2025-09-13 # 1\n'
        '\nHer.\n```\n'
        '\n```{talks}\n---\ntags: [a,\n  "b c"]\ntags: x\nclass: some\n---\n```\n'
    )
    rest = f'Rest\n====\n\n{rest}'
    build = make_project(FILES | {'page.md': text, 'rest.rst': rest}).build()
    told = [w for w in build.warnings if w.type == 'talk.option']
    assert [(w.place, w.text.rpartition(': ')[2]) for w in told] == [
        ('page.md:4', '2025-09-12 him'),
        ('page.md:12', 'a, b c'),
    ]
    assert build.lines('page')[1:4] == ['Done: 2025-09-13 # 1', 'Ask.', 'Her.']
    # In reST docutils doesn't run the directive, and says what it is.
    assert all(line.strip() in build.printed for line in rest.splitlines()[3:])


@pytest.mark.parametrize('markup', ['rst', 'md'])
def test_an_option_is_one_whatever_space_is_behind_its_colon(
    markup: str, make_project: MakeProject
) -> None:
    lines = [
        ('speaker', 'Ada Field', ':role:\N{NO-BREAK SPACE}host'),
        ('speaker', 'Ben Wood', ':handle:@ben'),
        ('speaker', 'Cy Lake', ':role : chair'),
        ('packages', 'Seen', ':verdict:\N{NARROW NO-BREAK SPACE}avoid'),
        ('todo', 'Try it.', ':done:\N{NO-BREAK SPACE}2025-09-20 yes'),
        ('todo', 'Ask about :handle:`@ben`' if markup == 'rst' else 'Ask @ben', ''),
    ]
    if markup == 'rst':
        page = ':talk:\n\nPage\n====\n\n' + '\n'.join(
            f'.. {name}:: {text}\n   {option}\n\n   {"- uv" * (name == "packages")}\n'
            for name, text, option in lines
        )
        page += '\n.. speaker:: Di Hill\n   role: host\n'
    else:
        page = '---\ntalk:\n---\n\n# Page\n\n' + '\n'.join(
            f'```{{{name}}} {text}\n{option}\n\n{"- uv" * (name == "packages")}\n```\n'
            for name, text, option in lines
        )
    conf = "extensions = ['myst_parser', 'sphinx_talknotes']\nprimary_domain = 'talk'\n"
    files = {'conf.py': conf, 'index.rst': 'Index\n=====\n', f'page.{markup}': page}
    build = make_project(files).build()
    talk = json.loads(build.read('notes.json'))['talks'][0]
    assert talk['speakers'][:3] == [
        {'name': 'Ada Field', 'role': 'host'},
        {'name': 'Ben Wood', 'handles': ['@ben']},
        {'name': 'Cy Lake', 'role': 'chair'},
    ]
    assert [package['verdict'] for package in talk['packages']] == ['avoid']
    done, ask = talk['todos']
    assert (done['done'], done['remark']) == ('2025-09-20', 'yes')
    assert '@ben' in ask['text']
    told = [w.text for w in build.warnings if w.type == 'talk.option']
    if markup == 'rst':
        (text,) = told
        assert 'no colon before it: role: host' in text


@pytest.mark.parametrize('markup', MARKUPS)
def test_markup_in_an_option_that_is_plain_text_is_told(
    markup: str, make_project: MakeProject
) -> None:
    package = ':package:`uv`' if markup == 'rst' else '{package}`uv`'
    options = {
        'talk': {
            'room': f'Hall {package}',
            'track': '*Web*',
            'language': 'C* and D*, 5 * 2 * 1 [1]',
            'slides': 'https://s.example/ **Slides**',
            'tags': 'a_b, __init__, *nix, *BSD',
        },
        'speaker': {
            'role': f'co-maintainer of {package}',
            'affiliation': '[Lemon](https://lemon.example)',
            'name': 'Ada ``Field``',
            'title': 'Queues [1]_',
            'source': 'https://p.example/',
        },
        'todo': {'done': f'2025-09-20 with {package}'},
    }
    title = '# Page\n' if markup == 'md' else 'Page\n====\n'
    body = '\n'.join(directive(markup, name, o, '') for name, o in options.items())
    text = f'{title}\n{body}\n'
    build = make_project({**FILES, f'page.{markup}': text}).build()
    what = 'is plain text; its markup is shown as it is written'
    is_one = re.compile(r' *(:(?!language|tags|source)\w+:) (.*)')
    matches = ((n, is_one.fullmatch(t)) for n, t in enumerate(text.splitlines(), 1))
    wanted = [(f'page.{markup}:{n}', f'{m[1]} {what}: ', m[2]) for n, m in matches if m]
    assert len(wanted) == 8
    told = {w.place: w for w in build.warnings}
    assert len(told) == len(build.warnings) == len(wanted)
    for place, begins, value in wanted:
        assert told[place].type == 'talk.markup'
        _before, sign, end = told[place].text.partition(begins)
        assert sign
        assert value.endswith(end)
    assert f'co-maintainer of {package}' in ' '.join(build.lines('page'))
