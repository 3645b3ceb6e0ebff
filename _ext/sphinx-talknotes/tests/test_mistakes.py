"""An author's mistakes: each a warning that says where, and the words stay."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import docutils
import pytest

from projects import dead_fragments, doubled_ids, links, nested_links
from sphinx_talknotes import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fixtures import MakeProject
    from projects import Build

TITLE = 'Page\n====\n\n'
OTHER = '.. speaker:: Ann\n   :handle: @ann\n'
LISTS = (
    'Lists\n=====\n\n.. talks::\n.. speaker-list::\n.. package-list::\n.. todo-list::\n'
)


class Case(NamedTuple):
    """A page with a mistake."""

    what: str  #: The mistake, or what looks like one.
    source: str
    warned: Sequence[tuple[int, str]]  #: Line and subtype of each warning.
    shown: Sequence[str]  #: All lines of the page below its title.


CASES = [
    # -- speaker
    Case(
        'a handle with characters no handle has',
        f'{TITLE}.. speaker:: @Zapke-Gründemann\n',
        [(4, 'handle')],
        ['@Zapke-Gründemann'],
    ),
    Case(
        'a :handle: with characters no handle has',
        f'{TITLE}.. speaker:: Ann\n   :handle: @an/na\n',
        [(5, 'handle')],
        ['Ann @an/na'],
    ),
    Case(
        'what is said of a :handle: beside it',
        f'{TITLE}.. speaker:: Ann\n   :handle: @ann (GitHub), an.bsky.social and @a\n\n'
        '.. speaker:: Ben\n   :handle: ben\n',
        [(5, 'handle'), (5, 'handle')],
        ['Ann @ann @an.bsky.social @a (GitHub), and', 'Ben @ben'],
    ),
    Case(
        'what is said of a :handle: without a sign',
        f'{TITLE}.. speaker:: Ann\n   :handle: ann on GitHub\n\n'
        '.. speaker:: Ben\n   :handle: ben, benwood\n',
        [(5, 'handle'), (5, 'handle')],
        ['Ann @ann on GitHub', 'Ben @ben @benwood'],
    ),
    Case(
        'an address in the syntax of a link',
        f'{TITLE}.. speaker:: Ann\n   :url: `me <https://ann.example>`__\n',
        [(5, 'speaker'), (5, 'speaker')],
        ['Ann `me <https://ann.example>`__'],
    ),
    Case(
        'options below an empty line',
        f'{TITLE}.. todo:: Go.\n\n   :done: 2025-09-12\n\n.. packages::\n\n'
        '   :verdict: avoid\n\n   - rip\n\n.. todo::\n\n   :due: now\n',
        [(4, 'option'), (8, 'option')],
        [
            'To do',
            'Go.',
            'done:',
            '2025-09-12',
            'verdict:',
            'avoid',
            'rip',
            'To do',
            'due:',
            'now',
        ],
    ),
    Case(
        'a handle with a name behind it',
        f'{TITLE}.. speaker:: @ann Onymous\n',
        [(4, 'handle')],
        ['@ann Onymous'],
    ),
    Case(
        'a handle in characters of full width',
        f'{TITLE}.. speaker:: Ann \uff20ann\n',
        [],
        ['Ann @ann'],
    ),
    Case(
        'handles in all places of one byline, of which one can be none',
        f'{TITLE}.. speaker:: Ann @ann\n'
        '   :handle: a.bsky.social, @a/b <@c@d.example> ;\n',
        [(5, 'handle')],
        ['Ann @ann @a.bsky.social @c@d.example @a/b'],
    ),
    Case(
        'an address without a scheme',
        f'{TITLE}.. speaker:: Ann\n   :role: moderator\n'
        '   :url: ann.example https://www.ann.example/me/\n   :affiliation: Ltd.\n',
        [(6, 'speaker')],
        ['Ann ann.example (moderator, Ltd., ann.example/me)'],
    ),
    Case(
        'several people in one byline',
        f'{TITLE}.. speaker:: Ann & *Bea*\n',
        [(4, 'speaker')],
        ['Ann & Bea'],
    ),
    Case(
        'several people in an added name',
        f'{TITLE}.. speaker::\n   :name: Ann and Bea\n   :source: https://a.example\n',
        [(4, 'speaker')],
        ['[Ann and Bea, a.example]'],
    ),
    Case(
        'one handle written twice',
        f'{TITLE}.. speaker:: @ann\n   :handle: Ann\n',
        [],
        ['@ann'],
    ),
    Case('nobody', f'{TITLE}.. speaker::\n\nText.\n', [(4, 'name')], ['Text.']),
    Case(
        'nobody, with a source',
        f'{TITLE}.. speaker::\n   :source: https://a.example.org/\n',
        [(5, 'source')],
        ['[a.example.org]'],
    ),
    Case(
        'an added name without its source',
        f'{TITLE}.. speaker:: @ann\n   :name: Ann\n',
        [(4, 'source')],
        ['@ann [Ann]'],
    ),
    Case(
        'an added title without its source',
        f'{TITLE}.. speaker:: @ann\n   :title: On Nymity\n',
        [(4, 'source')],
        ['@ann [On Nymity]'],
    ),
    Case(
        'a source that is no web address',
        f'{TITLE}.. speaker:: @ann\n   :name: Ann\n   :source: programme, page 3\n',
        [(6, 'source')],
        ['@ann [Ann, programme, page 3]'],
    ),
    Case(
        'addresses with commas between, and in angle brackets',
        f'{TITLE}.. speaker:: Ann\n   :url: https://a.example, <https://b.example>;\n'
        '   :title: T\n   :source: <https://c.example>, https://d.example,\n',
        [],
        ['Ann (a.example, b.example) [T, c.example, d.example]'],
    ),
    Case(
        'a web address and words as the source',
        f'{TITLE}.. speaker:: @ann\n   :name: Ann\n'
        '   :source: https://a.example.org/ and hearsay\n',
        [(6, 'source')],
        ['@ann [Ann, a.example.org, and hearsay]'],
    ),
    Case(
        'a source without an added name',
        f'{TITLE}.. speaker:: @ann\n   :source: https://a.example.org/\n',
        [(5, 'source')],
        ['@ann [a.example.org]'],
    ),
    Case(
        'markup in a name',
        f'{TITLE}.. speaker:: *Ann* ``O.`` `Nymous <https://a.example.org/>`__ \\*\n',
        [],
        ['Ann O. Nymous *'],
    ),
    Case(
        'a reference in a name',
        f'{TITLE}.. speaker:: :doc:`Ann <index>` like :handle:`@bea`\n',
        [],
        ['Ann like @bea'],
    ),
    # -- packages
    Case(
        'an unknown verdict',
        f'{TITLE}.. packages:: Links\n   :verdict: great\n\n   South\n     Good.\n',
        [(5, 'verdict')],
        ['Links', 'South', 'Good.'],
    ),
    Case(
        'no package in a list of packages',
        f'{TITLE}.. packages:: Links\n\n   Many.\n',
        [(4, 'empty-packages')],
        ['Links', 'Many.'],
    ),
    Case(
        'a list of packages with only a title',
        f'{TITLE}.. packages:: Links\n',
        [(4, 'empty-packages')],
        ['Links'],
    ),
    Case(
        'a list of packages with nothing at all',
        f'{TITLE}.. packages::\n\nText.\n',
        [(4, 'empty-packages')],
        ['Text.'],
    ),
    Case(
        'a list of packages with only a verdict',
        f'{TITLE}.. packages::\n   :verdict: recommended\n\nText.\n',
        [(4, 'empty-packages')],
        ['Text.'],
    ),
    Case(
        'entries without a link',
        f'{TITLE}.. packages::\n\n   South\n     Good.\n\n   - :package:`pip`\n',
        [],
        ['South', 'Good.', 'pip'],
    ),
    Case(
        'an entry without a name',
        f'{TITLE}.. packages::\n\n   South\n     Good.\n   \\ \\ \n     Unnamed.\n',
        [(8, 'name')],
        ['South', 'Good.', 'Unnamed.'],
    ),
    Case(
        'a role with a web address for a name',
        f'{TITLE}Text.\n\nSee :package:`https://south.example.org/`.\n',
        [(6, 'name')],
        ['Text.', 'See https://south.example.org/.'],
    ),
    Case(
        'a role with two web addresses',
        f'{TITLE}:package:`https://a.example.org/ <https://b.example.org/>`\n',
        [(4, 'name')],
        ['https://a.example.org/ [https://b.example.org/]'],
    ),
    Case(
        'a role with an empty name',
        f'{TITLE}See :package:`South <>`.\n',
        [(4, 'name')],
        ['See South.'],
    ),
    Case(
        'markup in a term',
        f'{TITLE}.. packages::\n\n'
        '   *South* ``0.7``\n     Good.\n   `pip <https://pip.example.org/>`__ now\n'
        '     New.\n   :doc:`Index <index>`\n     Page.\n',
        [],
        ['South 0.7', 'Good.', 'pip now', 'New.', 'Index', 'Page.'],
    ),
    Case(
        'a substitution as a term',
        f'{TITLE}.. |x| replace:: South\n\n.. packages::\n\n   |x|\n     Good.\n',
        [],
        ['South', 'Good.'],
    ),
    Case(
        'a substitution as a speaker',
        f'{TITLE}.. |x| replace:: Ann Onymous\n\n.. speaker:: |x|\n',
        [],
        ['Ann Onymous'],
    ),
    Case(
        'a list of packages in a list of packages',
        f'{TITLE}.. packages:: All\n\n   .. packages:: Some\n\n      South\n'
        '        Good.\n',
        [(4, 'empty-packages')],
        ['All', 'Some', 'South', 'Good.'],
    ),
    Case(
        'markup in the title of a list',
        f'{TITLE}.. packages:: *Good* :package:`pip` `ones <https://a.example.org/>`__\n'
        '\n   South\n     Good.\n',
        [],
        ['Good pip ones', 'South', 'Good.'],
    ),
    # -- handle, talk
    Case(
        'a handle role with characters no handle has',
        f'{TITLE}Text.\n\nAs :handle:`@na/tea` said.\n',
        [(6, 'handle')],
        ['Text.', 'As @na/tea said.'],
    ),
    Case(
        'a talk role to nobody',
        f'{TITLE}Text.\n\nSee :talk:`nowhere` and :talk:`this <neither>`.\n',
        [(6, 'talk'), (6, 'talk')],
        ['Text.', 'See nowhere and this.'],
    ),
    Case(
        'a talk role to a page that is no talk',
        f'{TITLE}See :talk:`other`.\n',
        [(4, 'talk')],
        ['See other.'],
    ),
    # -- todo
    Case(
        'an empty to-do',
        f'{TITLE}.. todo::\n\nText.\n',
        [(4, 'empty-todo')],
        ['To do', 'Text.'],
    ),
    Case(
        'a to-do with only a comment',
        f'{TITLE}.. todo::\n\n   .. a comment\n\nText.\n',
        [(4, 'empty-todo')],
        ['To do', 'Text.'],
    ),
    Case(
        'a :done: that is no date',
        f'{TITLE}.. todo:: Ask.\n   :done: last week, in vain\n',
        [(5, 'done')],
        ['To do', 'Ask.', 'last week, in vain'],
    ),
    Case(
        'a :done: without a date',
        f'{TITLE}.. todo:: Ask.\n   :done:\n',
        [(5, 'done')],
        ['To do', 'Ask.'],
    ),
    Case(
        'a :done: that is no day',
        f'{TITLE}.. todo:: Ask.\n   :done: 2011-02-29 twice\n',
        [(5, 'done')],
        ['To do', 'Ask.', '2011-02-29 twice'],
    ),
    # -- what is no directive, see test_unread.py
    Case(
        'a directive that lacks the empty line above',
        f'{TITLE}Text.\n.. todo:: Ask.\n',
        [(5, 'markup')],
        ['Text. .. todo:: Ask.'],
    ),
    # -- where a directive stands
    Case(
        'a byline on a page that a list of talks leaves out',
        f'{TITLE}.. speaker:: Ann\n\n.. speaker:: Bea\n\n.. talks::\n',
        [(4, 'no-talk')],
        ['Ann', 'Bea', 'Nothing yet.'],
    ),
    Case(
        'a byline before the title',
        f'.. speaker:: Bea\n\n{TITLE}Text.\n',
        [(1, 'before-title')],
        ['Text.'],
    ),
    Case(
        'packages before the title',
        f'.. packages::\n\n   South\n     Good.\n\n{TITLE}Text.\n',
        [(1, 'before-title')],
        ['Text.'],
    ),
    Case(
        'a to-do before the title',
        f'\n.. todo:: Ask.\n\n{TITLE}Text.\n',
        [(2, 'before-title')],
        ['Text.'],
    ),
    Case(
        'a list before the title',
        f'.. todo-list::\n\n{TITLE}Text.\n',
        [(1, 'before-title')],
        ['Text.'],
    ),
    Case(
        'directives inside a list',
        f'{TITLE}- .. speaker:: Bea\n\n- .. todo:: Ask.\n\n'
        '  .. packages::\n\n     South\n       Good.\n',
        [],
        ['Bea', 'To do', 'Ask.', 'South', 'Good.'],
    ),
    Case(
        'directives inside a table',
        f'{TITLE}.. list-table::\n\n   * - .. speaker:: Bea\n'
        '     - .. todo:: Ask.\n'
        '     - .. packages::\n\n          South\n            Good.\n',
        [],
        ['Bea', 'To do', 'Ask.', 'South', 'Good.'],
    ),
    Case(
        'directives inside an admonition',
        f'{TITLE}.. note::\n\n   .. speaker:: Bea\n   .. todo:: Ask.\n'
        '   .. packages::\n\n      South\n        Good.\n',
        [],
        ['Note', 'Bea', 'To do', 'Ask.', 'South', 'Good.'],
    ),
    Case(
        'a mistake inside a list, a table and an admonition',
        f'{TITLE}- .. todo::\n\n.. list-table::\n\n   * - .. todo::\n\n'
        '.. note::\n\n   .. todo::\n',
        [(4, 'empty-todo'), (8, 'empty-todo'), (12, 'empty-todo')],
        ['To do', 'To do', 'Note', 'To do'],
    ),
    # -- the page's own metadata
    Case(
        'a :date: that is none',
        f':talk:\n:seed: 1-2\n:date: June 2011\n\n{TITLE}Text.\n',
        [(3, 'date')],
        ['Text.'],
    ),
    Case(
        'a field that nobody knows',
        f':talk:\n:speaker: Ada\n\n{TITLE}Text.\n',
        [(2, 'field')],
        ['Text.'],
    ),
    Case(
        'a :seed: that is no range',
        f':talk:\n:seed: all\n\n{TITLE}Text.\n',
        [(2, 'seed')],
        ['Text.'],
    ),
    Case(
        'a :seed: that ends before it begins',
        f':talk:\n:seed: 20-10\n\n{TITLE}Text.\n',
        [(2, 'seed')],
        ['Text.'],
    ),
    # -- filters
    Case(
        'a filter by no talk',
        f'{TITLE}.. speaker-list::\n   :talk: nowhere\n',
        [(4, 'filter')],
        ['Nothing yet.'],
    ),
    Case(
        'a filter by an unknown verdict',
        f'{TITLE}.. package-list::\n   :verdict: great\n',
        [(5, 'filter')],
        ['Nothing yet.'],
    ),
    Case(
        'a filter by an unknown state',
        f'{TITLE}.. todo-list::\n   :state: late\n',
        [(5, 'filter')],
        ['Nothing yet.'],
    ),
    Case(
        'a filter by no date',
        f'{TITLE}.. talks::\n   :date: Tuesday\n',
        [(5, 'filter')],
        ['Nothing yet.'],
    ),
    # -- options
    Case(
        'a mistyped option',
        f'{TITLE}.. speaker:: Ann\n   :handel: @ann\n',
        [(5, 'option')],
        ['Ann'],
    ),
    Case(
        'a class that is none',
        f'{TITLE}.. todo:: Ask.\n   :done: 2025-09-20\n   :class: ?!\n',
        [(6, 'option')],
        ['Done: 2025-09-20', 'Ask.'],
    ),
    Case(
        'content where none belongs',
        f'{TITLE}.. speaker:: Ann\n\n   Sells *lemons*.\n',
        [(4, 'option')],
        ['Ann', 'Sells lemons.'],
    ),
    Case(
        'an argument where none belongs',
        f'{TITLE}.. talks:: All *of* them\n',
        [(4, 'option')],
        ['Nothing yet.', 'All of them'],
    ),
    Case(
        'a value where none belongs',
        f'{TITLE}.. speaker-list::\n   :spoke: Ann\n',
        [(5, 'filter')],
        ['Nothing yet.'],
    ),
    Case(
        'a filter without a value',
        f'{TITLE}.. speaker-list::\n   :talk:\n',
        [(5, 'filter')],
        ['Nothing yet.'],
    ),
]

#: What takes two pages to get wrong: the first is right.
CONTRADICTIONS = {
    'a handle with two names': ('.. speaker:: Bea\n   :handle: @x @Ann\n', '@Ann'),
    'an address with two names': (
        '.. speaker:: Bea\n   :url: https://a.example\n', 'https://a.example'
    ),
    'an id with two names': ('.. speaker:: Bea\n   :id: ann\n', 'ann'),
}  # fmt: skip

each_case = pytest.mark.parametrize('case', CASES, ids=[case.what for case in CASES])


def collects(case: Case) -> bool:
    """Whether a page shows what others say, and so wants to be alone."""
    return (
        re.search(r'\.\. (talks|[a-z]+-list|at-a-glance|fates)::', case.source)
        is not None
    )


@pytest.fixture(scope='module')
def together(make_project: MakeProject) -> Build:
    """Build the pages that don't collect, and a page that holds no talk, in one go."""
    pages = {
        f'page{n}.rst': case.source
        for n, case in enumerate(CASES)
        if not collects(case)
    }
    return make_project({**pages, 'other.rst': 'Other\n=====\n'}).build()


@each_case
def test_a_mistake_is_a_warning_that_says_where_and_the_words_stay(
    case: Case, together: Build, make_project: MakeProject
) -> None:
    page, build = f'page{CASES.index(case)}', together
    if collects(case):
        page = 'page'
        build = make_project({'page.rst': case.source}).build()
    found = [w for w in build.warnings if w.place.startswith(f'{page}.rst:')]
    assert [(w.place, w.type) for w in found] == [
        (f'{page}.rst:{line}', f'talk.{subtype}') for line, subtype in case.warned
    ]
    shown = build.lines(page)
    # What stands before the title may be shown before it.
    assert [line for line in shown if line != 'Page'][-len(case.shown) :] == [
        *case.shown
    ]


def test_mistakes_leave_no_page_with_links_that_lead_nowhere(together: Build) -> None:
    assert all(w.place.startswith('page') for w in together.warnings)
    assert any("the page 'other' is no talk" in w.text for w in together.warnings)
    texts = [w.text for w in together.warnings]
    assert 'write the handle behind the name: @ann Onymous' in texts
    assert dead_fragments(together.outdir) == []
    assert doubled_ids(together.outdir) == []
    assert nested_links(together.outdir) == []


@pytest.mark.parametrize('what', CONTRADICTIONS)
def test_a_contradiction_is_a_warning_at_the_later_byline_that_names_the_earlier(
    what: str, make_project: MakeProject
) -> None:
    project = make_project(
        {
            'b.rst': f'B\n=\n\n{OTHER}   :url: https://a.example/\n   :id: ann\n',
            'a.rst': f'A\n=\n\n{CONTRADICTIONS[what][0]}',
        }
    )
    build = project.build()
    (warning,) = build.warnings
    assert (warning.place, warning.type) == ('a.rst:4', 'talk.speaker')
    said = f'{CONTRADICTIONS[what][1]} is Bea here, but Ann at {project.srcdir}/b.rst:4'
    assert warning.text == said
    assert build.lines('b') == ['B', 'Ann @ann (a.example)']


def suppressible() -> list[tuple[str, Case]]:
    cases: dict[str, Case] = {}
    for case in CASES:
        for _line, subtype in case.warned:
            cases.setdefault(subtype, case)
    return sorted(cases.items())


def test_every_subtype_has_a_case_here() -> None:
    # What may be wrong with a file that is no page is in test_fates.py.
    here = {subtype for subtype, _case in suppressible()}
    assert here == set(messages.SUBTYPES) - {'fates'}


def test_no_case_here_has_a_subtype_that_does_not_exist() -> None:
    found = {subtype for case in CASES for _line, subtype in case.warned}
    assert found <= set(messages.SUBTYPES)


@pytest.mark.parametrize(('subtype', 'case'), suppressible())
def test_a_subtype_can_be_suppressed_and_the_others_still_warn(
    subtype: str, case: Case, make_project: MakeProject
) -> None:
    options = {'suppress_warnings': [f'talk.{subtype}']}
    project = make_project({'page.rst': case.source, 'other.rst': 'Other\n=====\n'})
    quiet = project.build(confoverrides=options).warnings
    assert [w.type for w in quiet] == [
        f'talk.{other}' for _line, other in case.warned if other != subtype
    ]


def test_all_of_them_can_be_suppressed_at_once(make_project: MakeProject) -> None:
    pages = {f'page{number}.rst': case.source for number, case in enumerate(CASES)}
    project = make_project(pages)
    assert len(project.build().warnings) > len(messages.SUBTYPES)
    options = {'suppress_warnings': ['talk']}
    assert project.build(freshenv=True, confoverrides=options).warnings == []


# -- included files, orphans ---------------------------------------------------


@pytest.mark.parametrize(
    ('included', 'warned'),
    [
        ('Words.\n\n.. todo::\n', ('part.txt:3', 'talk.empty-todo')),
        ('Words.\n\n.. speaker:: @/\n', ('part.txt:3', 'talk.handle')),
        (
            '.. packages::\n   :verdict: x\n\n   A\n     B\n',
            ('part.txt:2', 'talk.verdict'),
        ),
        (
            '.. packages::\n\n   A\n     B\n   \\ \\ \n     C\n',
            ('part.txt:5', 'talk.name'),
        ),
        ('Words.\n\nMore :handle:`@/`.\n', ('part.txt:3', 'talk.handle')),
        ('Words.\n\nMore :package:`X <>`.\n', ('part.txt:3', 'talk.name')),
        ('Words.\n\nMore :talk:`nowhere`.\n', ('part.txt:3', 'talk.talk')),
        ('.. talks::\n   :date: x\n', ('part.txt:2', 'talk.filter')),
        ('Words.\n\n.. todo-list::\n   :talk: x\n', ('part.txt:3', 'talk.filter')),
    ],
)
def test_a_warning_names_the_included_file_and_its_line(
    included: str, warned: tuple[str, str], make_project: MakeProject
) -> None:
    page = f'{TITLE}A line.\n\nA line.\n\n.. include:: part.txt\n'
    build = make_project({'page.rst': page, 'part.txt': included}).build()
    assert [(w.place, w.type) for w in build.warnings] == [warned]


def test_what_an_included_file_says_belongs_to_the_page_that_includes_it(
    make_project: MakeProject,
) -> None:
    part = (
        '.. speaker:: Ann\n\n.. packages:: Links\n\n   South\n     Good.\n\n'
        '.. todo:: Ask.\n'
    )
    page = f':talk:\n\n{TITLE}.. include:: part.txt\n'
    build = make_project(
        {'page.rst': page, 'part.txt': part, 'lists.rst': LISTS}
    ).build()
    assert build.warnings == []
    assert build.lines('page') == [
        'Page', 'Ann', 'Links', 'South', 'Good.', 'To do', 'Ask.'
    ]  # fmt: skip
    assert build.lines('lists') == [
        'Lists',
        'Page – Ann (1 package, 1 to-do)',
        'Ann', 'Page',
        'South', 'Good.', 'Page: Links',
        '1 open, 0 done', 'Ask. – Page',
    ]  # fmt: skip


def test_a_contradiction_in_an_included_file_is_named_there(
    make_project: MakeProject,
) -> None:
    page = f'{TITLE}{OTHER}\n.. include:: part.txt\n'
    part = 'Words.\n\n.. speaker:: Bea\n   :handle: @ann\n'
    build = make_project({'page.rst': page, 'part.txt': part}).build()
    (warning,) = build.warnings
    assert (warning.place, warning.type) == ('part.txt:3', 'talk.speaker')


def test_an_orphan_page_is_collected_behind_the_others(
    make_project: MakeProject,
) -> None:
    orphan = f':orphan:\n:talk:\n\n{TITLE}.. todo:: Ask.\n'
    toctree = 'Index\n=====\n\n.. toctree::\n\n   z#\n   lists\n'
    # A page may have in its name what stands before the section of one.
    build = make_project(
        {
            'index.rst': toctree,
            'a#b.rst': orphan,
            'z#.md': '# Z\n\n## One\n\n```{talk}\n```\n\n```{todo} First.\n```\n\n'
            '## Two\n\n```{talk}\n```\n\n{talk}`/a#b`\n',
            'lists.rst': 'Lists\n=====\n\n.. talks::\n.. todo-list::\n',
            'conf.py': "extensions = ['myst_parser', 'sphinx_talknotes']\n"
            "primary_domain = 'talk'\n"
            "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n",
        }
    ).build()
    assert build.warnings == []
    assert build.lines('lists') == [
        'Lists',
        'One (1 to-do)',
        'Two',
        'Page (1 to-do)',
        '2 open, 0 done',
        'First. – One',
        'Ask. – Page',
    ]
    assert 'Page' in build.lines('z#')[-3:]
    found = {href for _text, href in links(build.page('lists'))}
    assert 'a%23b.html' in found
    assert any(href.startswith('z%23.html#talk--') for href in found)
    assert dead_fragments(build.outdir) == []
    exported = json.loads(build.read('notes.json'))['talks']
    assert [talk['docname'] for talk in exported] == ['z#', 'z#', 'a#b']


# -- names of every kind -------------------------------------------------------


def test_names_of_every_kind_get_entries_of_their_own(
    make_project: MakeProject,
) -> None:
    names = [
        'Zapke-Gründemann',
        'Zapke-Grundemann',
        '渋谷',
        '渋谷区',
        'C',
        'C++',
        'a;b',
        'a!b',
        '"quoted"&<angled>',
        '%s {0} $x \\',
        'long ' * 60 + 'name',
        'x' * 300,
        '\u202eabc',
        '-',
        'مرحبا',
        '👍🏽',
    ]
    written = [re.sub(r'^-|\\', r'\\\g<0>', name) for name in names]
    bylines = ''.join(f'.. speaker:: {name}\n' for name in written)
    # Punctuation alone names no package.
    of_packages = [name for name in names if name != '-']
    terms = ''.join(
        f'   {said}\n      Good.\n'
        for said, name in zip(written, names, strict=True)
        if name in of_packages
    )
    build = make_project(
        {
            'page.rst': f'{TITLE}{bylines}\n.. packages::\n\n{terms}',
            'lists.rst': LISTS,
        }
    ).build(confoverrides={'smartquotes': False, 'suppress_warnings': ['talk.no-talk']})
    assert build.warnings == []
    shown = build.lines('page')
    assert shown[1:] == names + [x for name in of_packages for x in (name, 'Good.')]
    terms_shown = [term.get_text() for term in build.page('lists').select('dt')]
    assert sorted(terms_shown) == sorted(names + of_packages)
    assert dead_fragments(build.outdir) == []
    assert doubled_ids(build.outdir) == []
    assert nested_links(build.outdir) == []


# -- anything at all -----------------------------------------------------------

ODD = [
    '',
    ' ',
    '@',
    '@@',
    '*',
    '`',
    '``',
    ':',
    '|x|',
    'x_',
    '[1]_',
    '<>',
    '< >',
    'a <b> <c>',
    '!a',
    '~a',
    '\\',
    '\\ ',
    '\x00',
    '\ufeff',
    '\ud7ff',
    '%',
    '%s',
    '%(x)s',
    '{',
    ';',
    ';;',
    '!',
    '@!',
    '/',
    '../..',
    'http://[',
    'https://[x <a>',
    'a <https://[x>',
    'https://',
    '0000-00-00',
    '2011-06-07 ' + 'x' * 999,
    '٢٠١١-٠٦-٠٧',
    ':package:`x`',
    ':handle:`x`',
    ':talk:`x`',
    '.. todo::',
]
PAGE = ':talk:\n\nPage\n====\n\n'
TEMPLATES = {
    'metadata': ':talk:\n:date: {0}\n:seed: {0}\n\nPage\n====\n',
    'speaker': PAGE + '.. speaker:: {0}\n',
    'speaker handle': PAGE + '.. speaker:: Ann\n   :handle: {0}\n',
    'speaker added': PAGE
    + '.. speaker:: @ann\n   :name: {0}\n   :source: {0}\n   :title: {0}\n',
    'packages': PAGE + '.. packages:: {0}\n   :verdict: {0}\n\n   {0}\n     {0}\n',
    'packages without a title': PAGE + '.. packages::\n\n   {0}\n',
    'packages items': PAGE + '.. packages::\n\n   - {0}\n   - :package:`{0}`\n',
    'todo': PAGE + '.. todo:: {0}\n   :done: {0}\n\n   {0}\n',
    'lists': PAGE
    + ''.join(
        f'.. {name}::\n   :{option}: {{0}}\n\n'
        for name, options in {
            'talks': ['date'],
            'speaker-list': ['talk', 'date', 'spoke'],
            'package-list': ['talk', 'date', 'verdict'],
            'todo-list': ['talk', 'date', 'state'],
        }.items()
        for option in options
    ),
    'handle': PAGE + 'A :handle:`{0}`, :handle:`x <{0}>`.\n',
    'package': PAGE + 'A :package:`{0}`, :package:`x <{0}>`, :package:`{0} <x>`.\n',
    'other roles': PAGE + 'A :talk:`{0}`, :talk:`x <{0}>`, :any:`{0}`, :added:`{0}`.\n',
    'title': PAGE + '{0}\n' + '"' * 80 + '\n\n.. packages::\n\n   :package:`x`\n',
}


@pytest.mark.parametrize('template', TEMPLATES)
def test_no_argument_however_odd_ends_a_build(
    template: str, make_project: MakeProject
) -> None:
    # A role leaves its index entry behind where Sphinx removes the field it stands in.
    odds = [odd for odd in ODD if template != 'metadata' or not odd.startswith(':')]
    # What stands above the title is a page's own; of all else one has several.
    whole = TEMPLATES[template]
    size = 1 if template == 'metadata' else 6
    pages = {
        f'page{first // size}.rst': (PAGE if size > 1 else '')
        + '\n'.join(
            whole.removeprefix(PAGE).replace('{0}', odd)
            for odd in odds[first : first + size]
        )
        for first in range(0, len(odds), size)
    }
    build = make_project({**pages, 'lists.rst': LISTS}).build()
    assert build.status_code == 0
    for number in range(len(pages)):
        assert 'Page' in build.lines(f'page{number}')
    for warning in build.warnings:
        assert warning.place, warning
        # Before 0.22 docutils knows no line of an unknown name.
        is_old = warning.type == 'docutils' and docutils.__version_info__ < (0, 22)
        assert is_old or not warning.place.endswith(':'), warning
    # docutils has dead links of its own, '#id1', to where it says what is wrong.
    dead = [href for _page, href in dead_fragments(build.outdir)]
    assert [href for href in dead if not re.match(r'#id\d', href)] == []
    assert doubled_ids(build.outdir) == []
