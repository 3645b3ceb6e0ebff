"""What each directive, role and option looks like in HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from projects import (
    Build,
    Project,
    body,
    dead_fragments,
    doubled_ids,
    lines,
    links,
    nested_links,
    one,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bs4.element import Tag

    from fixtures import MakeProject

SOUTH = 'http://south.example.org/'
SOURCE = 'https://programme.example.org/a'


class Byline(NamedTuple):
    """A byline, and what it looks like."""

    source: str
    text: str
    added: str  #: The part of *text* that is marked as added.
    links: Sequence[tuple[str, str]]
    entry: str  #: Its entry in the general index, '' for none.


BYLINES = {
    'by-name': Byline(
        '.. speaker:: Ann Onymous',
        'Ann Onymous',
        '',
        [('Ann Onymous', 'lists.html#speaker--ann-onymous')],
        'Ann Onymous (speaker)',
    ),
    'by-handle': Byline(
        '.. speaker:: @enn_io',
        '@enn_io',
        '',
        [('@enn_io', 'lists.html#handle--enn_io')],
        '@enn_io (speaker)',
    ),
    'by-name-and-handle': Byline(
        '.. speaker:: Bea\n   :handle: @bea',
        'Bea @bea',
        '',
        [('Bea @bea', 'lists.html#handle--bea')],
        'Bea (speaker)',
    ),
    'by-handle-without-at': Byline(
        '.. speaker:: Cid\n   :handle: cid',
        'Cid @cid',
        '',
        [('Cid @cid', 'lists.html#handle--cid')],
        'Cid (speaker)',
    ),
    'by-handle-only-as-an-option': Byline(
        '.. speaker::\n   :handle: @dot',
        '@dot',
        '',
        [('@dot', 'lists.html#handle--dot')],
        '@dot (speaker)',
    ),
    'by-handle-and-added-name': Byline(
        f'.. speaker:: @eve\n   :name: Eve Dropper\n   :source: {SOURCE}',
        '@eve [Eve Dropper, programme.example.org]',
        '[Eve Dropper, programme.example.org]',
        [('@eve', 'lists.html#handle--eve'), ('programme.example.org', SOURCE)],
        'Eve Dropper (speaker)',
    ),
    'by-name-and-added-name': Byline(
        f'.. speaker:: Fay\n   :name: Fay Kename\n   :source: {SOURCE}',
        'Fay [Fay Kename, programme.example.org]',
        '[Fay Kename, programme.example.org]',
        [('Fay', 'lists.html#speaker--fay'), ('programme.example.org', SOURCE)],
        'Fay [Fay Kename] (speaker)',
    ),
    'by-added-name': Byline(
        f'.. speaker::\n   :name: Gus\n   :source: {SOURCE}',
        '[Gus, programme.example.org]',
        '[Gus, programme.example.org]',
        [('Gus', 'lists.html#speaker--gus'), ('programme.example.org', SOURCE)],
        'Gus (speaker)',
    ),
    'by-added-title': Byline(
        f'.. speaker:: Hal\n   :title: On Nymity\n   :source: {SOURCE}',
        'Hal [On Nymity, programme.example.org]',
        '[On Nymity, programme.example.org]',
        [('Hal', 'lists.html#speaker--hal'), ('programme.example.org', SOURCE)],
        'Hal (speaker)',
    ),
    'by-added-title-alone': Byline(
        f'.. speaker::\n   :title: On Nymity\n   :source: {SOURCE}',
        '[On Nymity, programme.example.org]',
        '[On Nymity, programme.example.org]',
        [('programme.example.org', SOURCE)],
        '',
    ),
    'by-all-of-it': Byline(
        '.. speaker:: Ida *Down*\n   :handle: @ida\n   :name: Ida B. Down\n'
        f'   :title: On\n      Nymity\n   :source: {SOURCE}\n'
        '      https://www.a.example.org/about',
        'Ida Down @ida [Ida B. Down, On Nymity, programme.example.org, a.example.org]',
        '[Ida B. Down, On Nymity, programme.example.org, a.example.org]',
        [
            ('Ida Down @ida', 'lists.html#handle--ida'),
            ('programme.example.org', SOURCE),
            ('a.example.org', 'https://www.a.example.org/about'),
        ],
        'Ida Down [Ida B. Down] (speaker)',
    ),
}


class Packages(NamedTuple):
    """A list of packages, and what it looks like."""

    source: str
    shown: Sequence[str]
    collected: dict[str, Sequence[str]]  #: Package -> the links that it was given.


PACKAGES = {
    'a-definition-list': Packages(
        f"""\
.. packages:: Links

   A1 : one
      {SOUTH}
   A2 : one : two
      Words.

      See https://b.example.org/ and `more <https://c.example.org/>`_, `here`_.

      - https://e.example.org/
   A3
      None.

.. _here: https://d.example.org/
""",
        [
            'Links',
            'A1one',
            SOUTH,
            'A2onetwo',
            'Words.',
            'See https://b.example.org/ and more, here.',
            'https://e.example.org/',
            'A3',
            'None.',
        ],
        {
            'A1': [SOUTH],
            'A2': [
                'https://b.example.org/',
                'https://c.example.org/',
                'https://d.example.org/',
                'https://e.example.org/',
            ],
            'A3': [],
        },
    ),
    'a-link-as-the-term': Packages(
        f'.. packages::\n\n   `B1 <{SOUTH}>`__ : one\n      Words.\n',
        ['B1one', 'Words.'],
        {'B1': [SOUTH]},
    ),
    'a-role-as-the-term': Packages(
        f'.. packages::\n\n   :package:`Shown <C1>`\n      {SOUTH}\n',
        ['Shown', SOUTH],
        {'C1': [SOUTH]},
    ),
    'a-bullet-list': Packages(
        f"""\
.. packages:: Good third party apps

   - :package:`D1`, {SOUTH}
   - :package:`D2` (no link)

     Words: https://a.example.org/

     - :package:`D3` within it, https://b.example.org/
     - https://c.example.org/
   - https://d.example.org/ and nobody
""",
        [
            'Good third party apps',
            f'D1, {SOUTH}',
            'D2 (no link)',
            'Words: https://a.example.org/',
            'D3 within it, https://b.example.org/',
            'https://c.example.org/',
            'https://d.example.org/ and nobody',
        ],
        {
            'D1': [SOUTH],
            'D2': ['https://a.example.org/', 'https://c.example.org/'],
            'D3': ['https://b.example.org/'],
        },
    ),
    'a-paragraph': Packages(
        f"""\
.. packages:: They use
   :verdict: interesting

   :package:`E1`, :package:`E2` ({SOUTH}) and :package:`E3 <https://e.example.org/>`.

   See https://elsewhere.example.org/.
""",
        [
            'They use',
            f'E1, E2 ({SOUTH}) and E3 [e.example.org].',
            'See https://elsewhere.example.org/.',
        ],
        {'E1': [], 'E2': [SOUTH], 'E3': ['https://e.example.org/']},
    ),
    'a-list-nested-in-an-item': Packages(
        f"""\
- They named:

  .. packages:: Tools

     F1
        {SOUTH}

  and no more.
""",
        ['They named:', 'Tools', 'F1', SOUTH, 'and no more.'],
        {'F1': [SOUTH]},
    ),
    'a-mention-in-a-list': Packages(
        f'.. packages::\n\n   - :package:`!G0` is none, :package:`G1` is ({SOUTH})\n',
        [f'G0 is none, G1 is ({SOUTH})'],
        {'G1': [SOUTH]},
    ),
    'any-other-shape': Packages(
        f"""\
.. packages::

   1. :package:`H1`
      {SOUTH}

   ==============  =======================
   :package:`H2`   https://b.example.org/
   ==============  =======================
""",
        [f'H1 {SOUTH}', 'H2', 'https://b.example.org/'],
        {'H1': [SOUTH], 'H2': ['https://b.example.org/']},
    ),
}


class Role(NamedTuple):
    """A role in running text, and what it looks like."""

    source: str
    shown: str
    links: Sequence[tuple[str, str]]
    added: Sequence[str] = ()


ROLES = {
    'package': Role(
        'Try :package:`South`.', 'Try South.', [('South', 'lists.html#package--south')]
    ),
    'package-with-a-text': Role(
        'Try :package:`Debug Toolbar <django-debug-toolbar>`.',
        'Try Debug Toolbar.',
        [('Debug Toolbar', 'lists.html#package--django-debug-toolbar')],
    ),
    'package-with-an-address': Role(
        f'Try :package:`South <{SOUTH}>`.',
        'Try South [south.example.org].',
        [('South', 'lists.html#package--south'), ('south.example.org', SOUTH)],
        ['[south.example.org]'],
    ),
    'package-for-an-address': Role(
        f'Try :package:`{SOUTH} <South>`.',
        f'Try [South] {SOUTH}.',
        [('South', 'lists.html#package--south'), (SOUTH, SOUTH)],
        ['[South]'],
    ),
    'package-mentioned': Role(
        'Try :package:`!South`.', 'Try South.', [('South', 'lists.html#package--south')]
    ),
    'package-in-a-line-that-breaks': Role(
        'Try :package:`Debug\nToolbar <django-\ndebug-toolbar>`.',
        'Try Debug Toolbar.',
        [('Debug Toolbar', 'lists.html#package--django-debug-toolbar')],
    ),
    'handle': Role(
        'As :handle:`@natea` said.',
        'As @natea said.',
        [('@natea', 'lists.html#handle--natea')],
    ),
    'handle-with-a-text': Role(
        'As :handle:`Nate <@natea>` said.',
        'As Nate said.',
        [('Nate', 'lists.html#handle--natea')],
    ),
    'handle-without-at': Role(
        'As :handle:`NateA` said.',
        'As NateA said.',
        [('NateA', 'lists.html#handle--natea')],
    ),
    'handle-without-a-reference': Role(
        'As :handle:`!@nobody` said.', 'As @nobody said.', []
    ),
    'talk': Role(
        'See :talk:`by-name`.',
        'See The talk of by-name.',
        [('The talk of by-name', 'by-name.html')],
    ),
    'talk-from-the-top': Role(
        'See :talk:`/by-name`.',
        'See The talk of by-name.',
        [('The talk of by-name', 'by-name.html')],
    ),
    'talk-with-a-text': Role(
        'See :talk:`this <by-name>`.', 'See this.', [('this', 'by-name.html')]
    ),
    'talk-without-a-reference': Role('See :talk:`!by-name`.', 'See by-name.', []),
    'added': Role(
        'Good.  :added:`(So they say.)`', 'Good. (So they say.)', [], ['(So they say.)']
    ),
}


class Todo(NamedTuple):
    """A to-do, and what it looks like."""

    source: str
    shown: Sequence[str]
    state: str


TODOS = {
    'open-in-the-argument': Todo(
        '.. todo:: Ask *them* :handle:`@natea`.\n',
        ['To do', 'Ask them @natea.'],
        'open',
    ),
    'open-in-the-body': Todo(
        '.. todo::\n\n   Ask.\n\n   Ask again.\n',
        ['To do', 'Ask.', 'Ask again.'],
        'open',
    ),
    'open-in-both': Todo(
        '.. todo:: Ask.\n\n   Again.\n', ['To do', 'Ask.', 'Again.'], 'open'
    ),
    'done': Todo(
        '.. todo:: Ask.\n   :done: 2011-07-01\n', ['Done: 2011-07-01', 'Ask.'], 'done'
    ),
    'done-with-a-remark': Todo(
        '.. todo:: Ask.\n   :done: 2011-07-01 in\n      vain\n',
        ['Done: 2011-07-01 in vain', 'Ask.'],
        'done',
    ),
}


def talk(title: str, source: str) -> str:
    return f':talk:\n\n{title}\n{"=" * len(title)}\n\n{source}\n'


@pytest.fixture(scope='module')
def site(make_project: MakeProject) -> Build:
    """Build all of the above, a page each."""
    files = {}
    for cases in (BYLINES, PACKAGES, ROLES, TODOS):
        for name, case in cases.items():
            assert f'{name}.rst' not in files
            files[f'{name}.rst'] = talk(f'The talk of {name}', case.source)
    files['verdict.rst'] = talk(
        'Verdict',
        ''.join(
            f'.. packages:: {verdict}\n   :verdict: {verdict}\n\n   :package:`V`\n\n'
            for verdict in ('recommended', 'interesting', 'not-relevant', 'avoid')
        )
        + '.. packages:: none\n\n   :package:`V`\n',
    )
    files['lists.rst'] = (
        'Lists\n=====\n\n.. talks::\n.. speaker-list::\n'
        '.. package-list::\n.. todo-list::\n'
    )
    build = make_project(files).build()
    assert build.warnings == []
    return build


@pytest.mark.parametrize('name', BYLINES)
def test_a_byline_says_what_the_notes_say_and_marks_what_was_added(
    name: str, site: Build
) -> None:
    case = BYLINES[name]
    page = site.page(name)
    byline = one(page, 'p.speaker')
    assert lines(byline) == [case.text]
    assert ' '.join(tag.get_text() for tag in byline.select('.added')) == case.added
    assert links(byline) == [*case.links]
    assert lines(page) == [f'The talk of {name}', case.text]


@pytest.mark.parametrize('name', BYLINES)
def test_a_byline_has_an_entry_in_the_general_index(name: str, site: Build) -> None:
    case = BYLINES[name]
    (record,) = site.env.domains['talk'].data['speakers'][name]
    assert one(site.page(name), 'p.speaker')['id'] == record.anchor
    places = links(general_index(site))
    entries = [text for text, href in places if href == f'{name}.html#{record.anchor}']
    assert entries == [case.entry] * bool(case.entry)


@pytest.mark.parametrize('name', PACKAGES)
def test_a_list_of_packages_keeps_the_shape_of_the_notes(
    name: str, site: Build
) -> None:
    assert site.lines(name) == [f'The talk of {name}', *PACKAGES[name].shown]


@pytest.mark.parametrize('name', PACKAGES)
def test_links_belong_to_the_entry_before_them_in_the_same_item(
    name: str, site: Build
) -> None:
    records = site.env.domains['talk'].data['packages'][name]
    assert {r.name: [*r.links] for r in records} == PACKAGES[name].collected


@pytest.mark.parametrize('name', PACKAGES)
def test_an_entry_and_the_list_of_packages_lead_to_each_other(
    name: str, site: Build
) -> None:
    page, lists = site.page(name), site.page('lists')
    for record in site.env.domains['talk'].data['packages'][name]:
        place = one(page, f'#{record.anchor}')
        anchor = f'package--{record.name.lower()}'
        entry = one(lists, f'#{anchor}')
        assert page.select(f'a[href="lists.html#{anchor}"]') or record.name == 'B1', (
            'its own link leads out'
        )
        assert lines(entry) == [record.name]
        definition = entry.find_next_sibling('dd')
        assert (f'The talk of {name}', f'{name}.html#{place["id"]}') in links(
            definition  # type: ignore[arg-type]
        )


@pytest.mark.parametrize('name', ROLES)
def test_a_role_shows_its_text_and_leads_to_the_entry(name: str, site: Build) -> None:
    case = ROLES[name]
    paragraph = one(site.page(name), 'p')
    assert lines(paragraph) == [case.shown]
    assert links(paragraph) == [*case.links]
    assert [tag.get_text() for tag in paragraph.select('.added')] == [*case.added]


@pytest.mark.parametrize(
    'name', [n for n in ROLES if n.startswith(('package', 'handle'))]
)
def test_a_role_has_a_place_that_the_lists_and_the_index_lead_to(
    name: str, site: Build
) -> None:
    mentions = site.env.domains['talk'].data['mentions'].get(name, [])
    if name == 'handle-without-a-reference':
        assert mentions == []
        return
    (mention,) = mentions
    href = f'{name}.html#{mention.anchor}'
    assert one(site.page(name), f'p #{mention.anchor}')
    assert (f'The talk of {name}', href) in links(site.page('lists'))
    assert href in {href for _text, href in links(general_index(site))}


@pytest.mark.parametrize('name', TODOS)
def test_a_to_do_is_a_box_that_says_whether_it_is_done(name: str, site: Build) -> None:
    _source, shown, state = TODOS[name]
    box = one(site.page(name), 'div.admonition.todo')
    assert lines(box) == shown
    assert state in box.get_attribute_list('class')
    assert {'open', 'done'} & set(box.get_attribute_list('class')) == {state}
    # Its heading isn't the notes'.
    assert [tag.get_text() for tag in box.select('.added')] == shown[:1]
    (record,) = site.env.domains['talk'].data['todos'][name]
    place = (f'The talk of {name}', f'{name}.html#{record.anchor}')
    assert place in links(site.page('lists'))
    assert box['id'] == record.anchor


def test_a_verdict_is_a_class_that_style_sheets_find(site: Build) -> None:
    found = {
        lines(tag)[0]: set(tag.get_attribute_list('class')) - {'docutils', 'container'}
        for tag in site.page('verdict').select('.packages')
    }
    assert found == {
        'recommended': {'packages', 'verdict-recommended'},
        'interesting': {'packages', 'verdict-interesting'},
        'not-relevant': {'packages', 'verdict-not-relevant'},
        'avoid': {'packages', 'verdict-avoid'},
        'none': {'packages'},
    }


def general_index(site: Build) -> Tag:
    return body(site.read('genindex.html'))


# In singlehtml, Sphinx since 8.2 puts two fragments into an address (its issue 14221).
@pytest.mark.parametrize('builder', ['html', 'dirhtml', 'singlehtml', 'epub'])
def test_every_link_inside_the_site_leads_somewhere(
    builder: str, conference: Callable[[str], Build]
) -> None:
    assert dead_fragments(conference(builder).outdir) == []


@pytest.mark.parametrize('builder', ['html', 'dirhtml', 'singlehtml', 'epub'])
def test_no_page_has_an_id_twice_or_a_link_in_a_link(
    builder: str, conference: Callable[[str], Build]
) -> None:
    build = conference(builder)
    assert doubled_ids(build.outdir) == []
    assert nested_links(build.outdir) == []


def test_in_all_of_the_shapes_above_too(site: Build) -> None:
    assert dead_fragments(site.outdir) == []
    assert doubled_ids(site.outdir) == []
    assert nested_links(site.outdir) == []


#: Projects in which ids could meet.
MEETINGS = {
    'pages whose names differ only in separators': {
        'a/b.rst': talk('One', '.. todo:: Ask.\n'),
        'a-b.rst': talk('Two', '.. todo:: Ask.\n'),
        'a_b.rst': talk('Three', '.. todo:: Ask.\n'),
    },
    'a package named like a place on a page': {
        'a.rst': talk('One', '.. packages::\n\n   :package:`a 1` :package:`x`\n'),
        'lists.rst': talk('Two', '.. package-list::\n'),
    },
    'a section named like a place on its page': {
        'a.rst': talk(
            'One', '.. todo:: Ask.\n\nTodo a 1\n--------\n\n.. todo:: Ask.\n'
        ),
    },
    'a section named like an entry': {
        'a.rst': talk('One', ':package:`South` :handle:`@x`\n'),
        'lists.rst': talk(
            'Two', 'Package South\n-------------\n\n.. package-list::\n'
        ),
    },
    'two whole lists on two pages': {
        'a.rst': talk('One', ':package:`South` :handle:`@x`\n\n.. package-list::\n'),
        'b.rst': talk('Two', '.. package-list::\n\n.. speaker-list::\n'),
        'c.rst': talk('Three', '.. speaker-list::\n'),
    },
    'two whole lists on one page': {
        'a.rst': talk(
            'One', ':package:`South`\n\n.. package-list::\n\n.. package-list::\n'
        ),
    },
    'roles in titles': {
        'a.rst': ':talk:\n\nOn :package:`South` by :handle:`@x`\n'
        '===================================\n\n'
        ':package:`pip` too\n------------------\n\n'
        '.. packages::\n\n   :package:`rip`\n',
        'lists.rst': talk('Two', '.. talks::\n.. package-list::\n.. speaker-list::\n'),
    },
    'roles in a caption, a table and a footnote': {
        'a.rst': talk(
            'One',
            '.. list-table:: Of :package:`South`\n\n   * - :handle:`@x` [#]_\n\n'
            '.. [#] By :package:`pip`.\n',
        ),
        'lists.rst': talk('Two', '.. package-list::\n.. speaker-list::\n'),
    },
    'an included file on two pages': {
        'a.rst': talk('One', '.. include:: part.txt\n'),
        'b.rst': talk('Two', '.. include:: part.txt\n'),
        'part.txt': '.. speaker:: @x\n\n.. todo:: Ask :package:`South`.\n',
        'lists.rst': talk('Three', '.. package-list::\n.. todo-list::\n'),
    },
}  # fmt: skip


@pytest.mark.parametrize('builder', ['html', 'singlehtml'])
@pytest.mark.parametrize('what', MEETINGS)
def test_ids_do_not_meet(what: str, builder: str, make_project: MakeProject) -> None:
    build = make_project(MEETINGS[what]).build(builder)
    assert build.warnings == []
    assert doubled_ids(build.outdir) == []
    assert builder == 'singlehtml' or dead_fragments(build.outdir) == []


def test_a_title_with_roles_in_it_is_collected_as_its_words(
    make_project: MakeProject,
) -> None:
    build = make_project(MEETINGS['roles in titles']).build()
    assert build.lines('lists') == [
        'Two', 'On South by @x (3 packages)', 'Two',
        'pip', 'named in On South by @x',
        'rip', 'On South by @x: pip too',
        'South', 'named in On South by @x',
        '@x', 'named in On South by @x',
    ]  # fmt: skip


# -- pages that keep apart -----------------------------------------------------


@pytest.fixture(scope='module')
def apart(make_project: MakeProject) -> Build:
    """Build a page that keeps apart, and one that doesn't."""
    manual = (
        ':nocollect:\n:talk:\n\nManual\n======\n\n'
        '.. index:: single: manuals\n\n'
        '.. speaker:: Ann\n   :handle: @ann\n\n'
        '.. packages:: Links\n   :verdict: recommended\n\n   South : migrations\n'
        f'      {SOUTH}\n\n   - tox\n   - `nox <https://nox.example>`__\n\n'
        '.. todo:: Ask :handle:`@bea` of :package:`pip`, see :talk:`a`.\n\n'
        '.. package-list::\n\n.. todo-list::\n   :state: open\n'
    )
    build = make_project(
        {
            'manual.rst': manual,
            'a.rst': talk('One', ':package:`rip`\n\n.. todo:: Go.\n'),
            'lists.rst': 'Lists\n=====\n\n.. talks::\n.. speaker-list::\n'
            '.. package-list::\n.. todo-list::\n',
        }
    ).build()
    assert build.warnings == []
    return build


def test_a_page_that_keeps_apart_shows_all_that_it_says(apart: Build) -> None:
    assert apart.lines('manual') == [
        'Manual', 'Ann @ann', 'Links', 'Southmigrations', SOUTH, 'tox', 'nox',
        'To do', 'Ask @bea of pip, see One.',
        'rip', 'named in One', '1 open, 0 done', 'Go. – One',
    ]  # fmt: skip


def test_nothing_of_it_is_collected(apart: Build) -> None:
    assert apart.lines('lists') == [
        'Lists', 'One (1 package, 1 to-do)', 'Nothing yet.', 'rip', 'named in One',
        '1 open, 0 done', 'Go. – One',
    ]  # fmt: skip


def test_it_is_out_of_index_objects_and_export(apart: Build) -> None:
    objects = apart.env.domains['talk'].get_objects()
    assert {(kind, name) for name, _d, kind, *_place in objects} == {
        ('talk', 'a'),
        ('package', 'rip'),
    }
    assert '"docname": "manual"' not in apart.read('notes.json')
    assert 'manual.html' not in {
        href.partition('#')[0]
        for text, href in links(general_index(apart))
        if text != 'manuals'
    }


def test_its_own_index_entries_stay(apart: Build) -> None:
    assert 'manuals' in {text for text, _href in links(general_index(apart))}


def test_its_talk_roles_and_lists_still_lead_somewhere(apart: Build) -> None:
    assert dead_fragments(apart.outdir) == []
    assert doubled_ids(apart.outdir) == []
    assert ('One', 'a.html') in links(apart.page('manual'))


def test_it_is_out_of_the_index_of_a_book_too(apart: Build) -> None:
    build = Project(apart.srcdir).build('latex')
    (tex,) = build.outdir.glob('*.tex')
    text = tex.read_text(encoding='utf-8')
    assert r'\index{rip' in text
    for name in ('South', 'Ann', 'pip', 'tox', 'nox'):
        assert rf'\index{{{name}' not in text
