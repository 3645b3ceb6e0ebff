"""People, from their bylines to their entries, in both markups."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from projects import doubled_ids, entries, lines, links, nested_links, one
from sphinx_talknotes.markup import Myst, Rest
from sphinx_talknotes.markup import page as day_of
from sphinx_talknotes.schedule import Event, Person

if TYPE_CHECKING:
    from bs4.element import Tag

    from fixtures import MakeProject
    from projects import Build, Project

CONF = (
    "extensions = ['myst_parser', 'sphinx_talknotes']\n"
    "primary_domain = 'talk'\nnitpicky = True\n"
    "talk_handle_url = 'https://code.example/{handle}'\n"
    "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
)
#: Page -> its title, bylines (the name, and options), and text.
PAGES: dict[str, tuple[str, list[tuple[str, dict[str, str]]], str]] = {
    'panel': (
        'Panel',
        [
            ('Robin Stone', {'handle': '@db', 'role': 'moderator'}),
            ('Robin Stone', {'handle': '@Web', 'affiliation': 'Lemon Ltd.'}),
            (
                'Ada Field',
                {
                    'handle': '@ada @ada@social.example, ada.bsky.social',
                    'url': 'https://ada.example.org/ http://www.two.example/ada/',
                },
            ),
            # Again, where the questions begin, and once more in another spelling.
            ('Ada Field', {'handle': '@ada'}),
            ('Dr. A. Field', {'handle': '@ADA'}),
        ],
        'Thanks to HANDLE:@ada@social.example:, and HANDLE:@nat.bsky.social:.',
    ),
    'sockets': ('Sockets', [('Robin Stone', {'handle': '@web'})], ''),
    'late': (
        'Late',
        [
            # As copied from elsewhere: a mark of direction, and a no-break hyphen.
            ('Li\u200e Wei\u2011Long', {'handle': '\u200e@li'}),
            ('', {'url': 'https://nobody.example/'}),
            ('Ada Field', {}),
        ],
        (
            'HANDLE:\u200e@li\u200e: ANY:Li Wei-Long:'
            ' ANY:dr a field: ANY:@ada.bsky.social:'
        ),
    ),
    'two-id': ('By id', [('Kim Lee', {'id': 'one'})], ''),
    'two-ids': ('By another', [('Kim Lee', {'id': 'two'})], ''),
}


def rest(title: str, bylines: list[tuple[str, dict[str, str]]], text: str) -> str:
    page = f':talk:\n\n{title}\n{"=" * len(title)}\n'
    for name, options in bylines:
        page += f'\n.. speaker:: {name}\n'
        page += ''.join(f'   :{option}: {said}\n' for option, said in options.items())
    return f'{page}\n{roles(text, ":handle:", ":any:")}\n'


def myst(title: str, bylines: list[tuple[str, dict[str, str]]], text: str) -> str:
    page = f"---\ntalk: ''\n---\n\n# {title}\n"
    for name, options in bylines:
        page += f'\n```{{speaker}} {name}\n'
        page += ''.join(f':{option}: "{said}"\n' for option, said in options.items())
        page += '```\n'
    return f'{page}\n{roles(text, "{handle}", "{any}")}\n'


def roles(text: str, handle: str, reference: str) -> str:
    for word, role in (('HANDLE:', handle), ('ANY:', reference)):
        first, *others = text.split(word)
        parts = (part.partition(':') for part in others)
        text = first + ''.join(
            f'{role}`{name}`{after}' for name, _colon, after in parts
        )
    return text


@pytest.fixture(scope='module', params=['rst', 'md'])
def site(request: pytest.FixtureRequest, make_project: MakeProject) -> Build:
    """Build the pages, with lists of them."""
    markup = {'rst': rest, 'md': myst}[request.param]
    files = {f'{name}.{request.param}': markup(*page) for name, page in PAGES.items()}
    names = '\n   '.join(PAGES)
    files['index.rst'] = f'Index\n=====\n\n.. toctree::\n\n   {names}\n   people\n'
    files['people.rst'] = 'People\n======\n\n.. talks::\n\n.. speaker-list::\n'
    return make_project({**files, 'conf.py': CONF}).build()


def test_the_entry_of_a_person_has_all_that_the_bylines_say(site: Build) -> None:
    assert site.warnings == []
    people = one(site.page('people'), 'dl.talk-list')
    shown = [
        (lines(term)[0], lines(body))
        for term, body in zip(people('dt'), people('dd'), strict=True)
    ]
    assert shown == [
        (
            'Ada Field (Dr. A. Field) @ada @ada@social.example @ada.bsky.social',
            ['ada.example.org', 'two.example/ada', 'Panel', 'Late', 'named in Panel'],
        ),
        ('Kim Lee', ['By id']),
        ('Kim Lee', ['By another']),
        ('Li\u200e Wei\u2011Long @li', ['Late', 'named in Late']),
        ('@nat.bsky.social', ['named in Panel']),
        ('nobody.example', ['nobody.example', 'Late']),
        ('Robin Stone @db', ['Panel (moderator)']),
        ('Robin Stone @Web', ['Panel (Lemon Ltd.)', 'Sockets']),
    ]


def test_handles_lead_out_by_their_form_or_by_the_template(site: Build) -> None:
    people = one(site.page('people'), 'dl.talk-list')
    led = [link for term in people('dt') for link in links(term)]
    assert led == [
        ('@ada', 'https://code.example/ada'),
        ('@ada@social.example', 'https://social.example/@ada'),
        ('@ada.bsky.social', 'https://bsky.app/profile/ada.bsky.social'),
        ('@li', 'https://code.example/li'),
        ('@nat.bsky.social', 'https://bsky.app/profile/nat.bsky.social'),
        ('@db', 'https://code.example/db'),
        ('@Web', 'https://code.example/Web'),
    ]


def test_a_byline_says_all_on_its_page_and_leads_to_the_right_entry(
    site: Build,
) -> None:
    bylines = site.page('panel').select('.speaker')
    addresses = 'ada.example.org, two.example/ada'
    assert [lines(byline)[0] for byline in bylines] == [
        'Robin Stone @db (moderator)',
        'Robin Stone @Web (Lemon Ltd.)',
        f'Ada Field @ada @ada@social.example @ada.bsky.social ({addresses})',
        'Ada Field @ada',
        'Dr. A. Field @ADA',
    ]
    targets = [link for byline in bylines for _text, link in links(byline)]
    assert targets[:3] == [
        'people.html#handle--db', 'people.html#handle--web', 'people.html#handle--ada'
    ]  # fmt: skip
    found = [
        link
        for page in ('late', 'two-id', 'two-ids')
        for link in page_links(site, page)
    ]
    people = site.page('people')
    led = [(text, entry_of(people, url.partition('#')[2])) for text, url in found]
    assert led == [
        ('Li\u200e Wei\u2011Long @li', 'Li\u200e Wei\u2011Long'),
        ('Ada Field', 'Ada Field (Dr. A. Field)'),
        ('\u200e@li\u200e', 'Li\u200e Wei\u2011Long'),
        ('Li Wei-Long', 'Li\u200e Wei\u2011Long'),
        ('dr a field', 'Ada Field (Dr. A. Field)'),
        ('@ada.bsky.social', 'Ada Field (Dr. A. Field)'),
        ('Kim Lee', 'Kim Lee'),
        ('Kim Lee', 'Kim Lee'),
    ]
    assert len({url for text, url in found if text == 'Kim Lee'}) == 2
    assert doubled_ids(site.outdir) == []
    assert nested_links(site.outdir) == []


def entry_of(people: Tag, place: str) -> str:
    """Return the names in the entry that has an id."""
    found = one(people, f'[id="{place}"]')
    term = found if found.name == 'dt' else found.find_parent('dt')
    assert term is not None
    return lines(term)[0].partition('@')[0].strip()


def page_links(site: Build, page: str) -> list[tuple[str, str]]:
    return [
        (text, url) for text, url in links(site.page(page)) if 'people.html#' in url
    ]


def test_a_person_is_once_in_the_list_of_talks_and_a_page_of_theirs_no_link_of_it(
    site: Build,
) -> None:
    talks = lines(one(site.page('people'), 'ul.talk-list:not(.places-list)'))
    assert talks[0] == 'Panel \u2013 Robin Stone, Robin Stone, Ada Field'
    assert talks[2] == 'Late \u2013 Li\u200e Wei\u2011Long, nobody.example, Ada Field'


def test_the_export_names_all_like_the_options(site: Build) -> None:
    talks = json.loads(site.read('notes.json'))['talks']
    assert talks[0]['speakers'] == [
        {'name': 'Robin Stone', 'handles': ['@db'], 'role': 'moderator'},
        {'name': 'Robin Stone', 'handles': ['@Web'], 'affiliation': 'Lemon Ltd.'},
        {
            'name': 'Ada Field',
            'handles': ['@ada', '@ada@social.example', '@ada.bsky.social'],
            'urls': ['https://ada.example.org/', 'http://www.two.example/ada/'],
            'spellings': ['Dr. A. Field'],
        },
    ]
    assert [s.get('id') for talk in talks[3:] for s in talk['speakers']] == [
        'one',
        'two',
    ]


def test_who_has_no_handle_where_several_have_the_name_is_asked_for(
    make_project: MakeProject,
) -> None:
    panel = (
        'Panel\n=====\n\n.. speaker:: Kim\n   :handle: @a\n\n'
        '.. speaker:: Kim\n   :handle: @b\n'
    )
    late = 'Late\n====\n\n.. speaker:: KIM\n\n.. speaker-list::\n'
    build = make_project({'panel.rst': panel, 'late.rst': late}).build()
    (warning,) = build.warnings
    assert (warning.place, warning.type) == ('late.rst:4', 'talk.speaker')
    assert warning.text.startswith('several people are called KIM; ')
    assert list(entries(build.page('late'))) == ['Kim @a', 'Kim @b', 'KIM']
    byline = one(build.page('late'), '.speaker a')
    assert byline['href'] == '#speaker--kim'
    assert one(build.page('late'), '[id="speaker--kim"]').get_text() == 'KIM'


def set_template(project: Project, template: object) -> None:
    project.replace('conf.py', 'nitpicky', f'talk_handle_url = {template!r}\nnitpicky')


@pytest.mark.parametrize(
    'template', ['https://code.example/', '{handle}.example', 'x', 3]
)
def test_a_template_that_leads_nowhere_is_told_and_not_used(
    template: object, make_project: MakeProject
) -> None:
    page = 'Page\n====\n\n.. speaker:: @ann\n\n.. speaker-list::\n'
    project = make_project({'page.rst': page})
    set_template(project, template)
    build = project.build()
    (warning,) = build.warnings
    assert (warning.place, warning.type) == ('conf.py:3', 'talk.handle')
    assert repr(template) in warning.text
    assert links(one(build.page('page'), 'dl.talk-list dt')) == []


def test_a_change_of_the_template_is_shown_at_once(make_project: MakeProject) -> None:
    page = 'Page\n====\n\n.. speaker:: @ann\n\n.. speaker-list::\n'
    project = make_project({'page.rst': page})
    assert links(one(project.build().page('page'), 'dl.talk-list dt')) == []
    set_template(project, 'https://a.example/~{handle}')
    terms = one(project.build().page('page'), 'dl.talk-list dt')
    assert links(terms) == [('@ann', 'https://a.example/~ann')]


def test_names_sort_by_the_alphabet_of_the_language_of_the_site(
    make_project: MakeProject,
) -> None:
    page = (
        'Page\n====\n\n.. speaker:: \u00c5sa\n\n.. speaker:: Zara\n\n'
        '.. speaker:: Bo\n\n.. packages::\n\n   :package:`\u00e5l`, :package:`zope`\n\n'
        '.. speaker-list::\n\n.. package-list::\n'
    )
    project = make_project({'page.rst': page})

    def found() -> list[str]:
        terms = project.build().page('page').select('dl.talk-list > dt')
        return [term.get_text() for term in terms]

    assert found() == ['\u00c5sa', 'Bo', 'Zara', '\u00e5l', 'zope']
    project.replace('conf.py', 'nitpicky', "language = 'sv'\nnitpicky")
    assert found() == ['Bo', 'Zara', '\u00c5sa', 'zope', '\u00e5l']


def test_without_a_list_a_handle_leads_to_the_profile(
    make_project: MakeProject,
) -> None:
    page = (
        'Page\n====\n\n.. speaker:: Ann\n   :handle: @ann@social.example @ann\n\n'
        'As :handle:`bea.bsky.social`, :handle:`she <@cy@social.example>` and'
        ' :handle:`@dan`, but not :package:`@e@social.example`.\n'
    )
    build = make_project({'page.rst': page}).build()
    assert build.warnings == []
    assert links(build.page('page')) == [
        ('Ann @ann@social.example @ann', 'https://social.example/@ann'),
        ('bea.bsky.social', 'https://bsky.app/profile/bea.bsky.social'),
        ('she', 'https://social.example/@cy'),
    ]


def test_a_byline_that_not_every_builder_shows_is_one_more_of_the_same_person(
    make_project: MakeProject,
) -> None:
    page = (
        ':talk:\n\nPage\n====\n\n.. speaker:: Ann @ann\n\n'
        '.. only:: html\n\n   .. speaker:: Ann\n      :role: host\n\n'
        '.. only:: text\n\n   .. speaker:: Ann @other\n\n'
    )
    lists = 'Lists\n=====\n\n.. talks::\n\n.. speaker-list::\n'
    build = make_project({'page.rst': page, 'lists.rst': lists}).build()
    assert build.warnings == []
    assert build.lines('lists')[1:] == ['Page \u2013 Ann', 'Ann @ann', 'Page (host)']
    (talk,) = json.loads(build.read('notes.json'))['talks']
    assert talk['speakers'] == [{'name': 'Ann', 'handles': ['@ann'], 'role': 'host'}]


#: What stands in a byline -> name, handles, addresses, what is shown, what is told of.
WRITTEN = {
    'Ada Field (@ada)': ('Ada Field', ['@ada'], [], 'Ada Field @ada', ''),
    'Bea (@bea, @b@x.example)': ('Bea', ['@bea', '@b@x.example'], [], None, ''),
    'Cy Lake, @cy (https://cy.example/)': (
        'Cy Lake', ['@cy'], ['https://cy.example/'], 'Cy Lake @cy (cy.example)', ''
    ),
    'Di https://di.example': ('Di', [], ['https://di.example'], None, ''),
    'Wei @wei; <@wei@x.example>,': ('Wei', ['@wei', '@wei@x.example'], [], None, ''),
    'Ed <https://ed.example> @e': ('Ed', ['@e'], ['https://ed.example'], None, ''),
    'Flo Lake (Lemon (UK) Ltd.)': (
        'Flo Lake', [], [], 'Flo Lake (Lemon (UK) Ltd.)', '(Lemon (UK) Ltd.)'
    ),
    '\u5c71\u7530 \u592a\u90ce\uff08@yamada\uff09': (
        '\u5c71\u7530 \u592a\u90ce', ['@yamada'], [], None, ''
    ),
    '\u5c71\u7530\u592a\u90ce\uff08Lemon\uff09@yamada': (
        '\u5c71\u7530\u592a\u90ce\uff08Lemon\uff09@yamada', [], [], None, ''
    ),
    '\u5c71\u7530\u592a\u90ce\uff08Lemon\uff09': (
        '\u5c71\u7530\u592a\u90ce', [], [], None, '(Lemon)'
    ),
    '[[Gus Wood]]': ('[[Gus Wood]]', [], [], '[[Gus Wood]]', '[['),
    'Gus Wood mit Hal': (
        'Gus Wood mit Hal', [], [], 'Gus Wood mit Hal', 'several people'
    ),
    'Gus \xd7 Hal': ('Gus \xd7 Hal', [], [], 'Gus \xd7 Hal', 'several people'),
    'Gus \u3068 Hal': ('Gus \u3068 Hal', [], [], 'Gus \u3068 Hal', 'several people'),
    '\u2014': (None, [], [], '\u2014', '\u2014'),
    'Gus @gus (he/him)': ('Gus', ['@gus'], [], 'Gus @gus (he/him)', '(he/him)'),
    'Hal Wood <hal@wood.example>': (
        'Hal Wood', [], [], 'Hal Wood <hal@wood.example>', '<hal@wood.example>'
    ),
    'Hal Wood mailto:hal@wood.example': (
        'Hal Wood', [], [], 'Hal Wood mailto:hal@wood.example',
        'mailto:hal@wood.example',
    ),
    'Ida Wood, Lemon': ('Ida Wood, Lemon', [], [], None, 'Lemon'),
    'Jo Wood, PhD': ('Jo Wood, PhD', [], [], None, ''),
    'van der Wood, Kim': ('van der Wood, Kim', [], [], None, ''),
    'Kim Wood,': ('Kim Wood', [], [], 'Kim Wood', ''),
    'by Kim Wood': ('by Kim Wood', [], [], 'by Kim Wood', '"by"'),
    'Wood, Kim': ('Wood, Kim', [], [], None, ''),
    'Lu (Lulu) Wood': ('Lu (Lulu) Wood', [], [], None, ''),
    # What stands behind a dash, a bar, a colon or in brackets is no part of a name.
    'Nat Wood - CTO, Lemon': ('Nat Wood', [], [], 'Nat Wood - CTO, Lemon', '- CTO'),
    'Nat Wood \u2014 Lemon Ltd.': (
        'Nat Wood', [], [], 'Nat Wood \u2014 Lemon Ltd.', '\u2014 Lemon Ltd.'
    ),
    'Nat Wood | Lemon': ('Nat Wood', [], [], 'Nat Wood | Lemon', '| Lemon'),
    'Nat Wood @ Lemon Ltd.': (
        'Nat Wood', [], [], 'Nat Wood @ Lemon Ltd.', '@ Lemon Ltd.'
    ),
    'Nat Wood [Lemon]': ('Nat Wood', [], [], 'Nat Wood [Lemon]', '[Lemon]'),
    'Nat Wood: host': ('Nat Wood: host', [], [], None, 'host'),
    'Speaker: Nat Wood': ('Speaker: Nat Wood', [], [], None, 'Speaker'),
    'Nat-Lu Wood-Hall - @nat': ('Nat-Lu Wood-Hall', ['@nat'], [], None, ''),
    'Nat Wood: https://n.example': ('Nat Wood', [], ['https://n.example'], None, ''),
    'Nat from Lemon Ltd.': ('Nat', [], [], 'Nat from Lemon Ltd.', 'from Lemon Ltd.'),
    'Nat Wood bei Lemon (UK)': (
        'Nat Wood', [], [], 'Nat Wood bei Lemon (UK)', 'bei Lemon'
    ),
    'somebody from Lemon (UK)': ('somebody from Lemon (UK)', [], [], None, ''),
    # Neither is an address without its scheme, or an account.
    'Oz Wood code.example/oz': (
        'Oz Wood', [], [], 'Oz Wood code.example/oz', 'code.example/oz'
    ),
    'Oz Wood (oz.bsky.social)': ('Oz Wood', ['@oz.bsky.social'], [], None, ''),
    'Oz Wood matrix:@oz:wood.example': (
        'Oz Wood', [], [], 'Oz Wood matrix:@oz:wood.example', 'matrix:@oz'
    ),
    # What stands before a handle in parentheses is told; so is a handle in markup.
    'Pia Wood (Lemon, @pia)': (
        'Pia Wood', ['@pia'], [], 'Pia Wood @pia (Lemon)', '(Lemon)'
    ),
    'Pia Wood (web: https://p.example; @pia)': (
        'Pia Wood', ['@pia'], ['https://p.example'],
        'Pia Wood @pia (web) (p.example)', '(web)',
    ),
    'Pia Wood **@pia**': ('Pia Wood @pia', [], [], 'Pia Wood @pia', '"@pia"'),
    'Pia Wood @pia.wood Lemon': (
        'Pia Wood @pia.wood Lemon', [], [], None, '"@pia.wood"'
    ),
    'Pia Wood she/her': ('Pia Wood', [], [], 'Pia Wood she/her', '"she/her"'),
    'Pia Wood sie/ihr @pia': (
        'Pia Wood', ['@pia'], [], 'Pia Wood @pia sie/ihr', '"sie/ihr"'
    ),
    'Pia Wood {Lemon}': ('Pia Wood', [], [], 'Pia Wood {Lemon}', '{Lemon}'),
    'Pia Wood of Lemon': ('Pia Wood of Lemon', [], [], None, '"of Lemon"'),
    'Pia of Lemon': ('Pia of Lemon', [], [], None, ''),
    'the lady of Lemon': ('the lady of Lemon', [], [], None, ''),
    # What is somebody's is no part of the name, but an apostrophe may be.
    "Pia Wood's keynote": ("Pia Wood's keynote", [], [], None, '"\'s keynote"'),
    'Pia Wood\u2019s Django talk': (
        'Pia Wood\u2019s Django talk', [], [], None, '"\u2019s Django talk"'
    ),
    "Pia van 't Wood's": ("Pia van 't Wood's", [], [], None, '"\'s"'),
    "Jo Woods' talk": ("Jo Woods' talk", [], [], None, '"\' talk"'),
    'Max\u2019 Vortrag': ('Max\u2019 Vortrag', [], [], None, '"\u2019 Vortrag"'),
    "Pia O'Wood": ("Pia O'Wood", [], [], None, ''),
    "D'Arcy Wood": ("D'Arcy Wood", [], [], None, ''),
    'N\u2019Golo Wood': ('N\u2019Golo Wood', [], [], None, ''),
    "Ng'ang'a Wood": ("Ng'ang'a Wood", [], [], None, ''),
    "Jess O'": ("Jess O'", [], [], None, ''),
    "Jo van 's Wood O's\xe9": ("Jo van 's Wood O's\xe9", [], [], None, ''),
    "Pia 'Boss' Wood": ("Pia 'Boss' Wood", [], [], None, ''),
    "the lady's friend": ("the lady's friend", [], [], None, ''),
    'Pia Wood Twitter: @pia': (
        'Pia Wood', ['@pia'], [], 'Pia Wood @pia (Twitter)', '(Twitter)'
    ),
    'Pia Wood on GitHub @pia': (
        'Pia Wood', ['@pia'], [], 'Pia Wood @pia (on GitHub)', '(on GitHub)'
    ),
    'Pia Wood, blog: https://p.example': (
        'Pia Wood', [], ['https://p.example'], 'Pia Wood (blog) (p.example)', '(blog)'
    ),
    'with Pia Wood': ('with Pia Wood', [], [], None, '"with"'),
    'J.R. St.John Jr.': ('J.R. St.John Jr.', [], [], None, ''),
    'web.de': ('web.de', [], [], None, ''),
    '@pat @quin': (None, ['@pat', '@quin'], [], '@pat @quin', '@pat @quin'),
    '@pat @pat@x.example @pat.bsky.social': (
        None, ['@pat', '@pat@x.example', '@pat.bsky.social'], [], None, ''
    ),
    'mo@wood.example': ('mo@wood.example', [], [], None, 'mo@wood.example'),
    'the guy with the hat and a tie': (
        'the guy with the hat and a tie', [], [], None, ''
    ),
    '???': (None, [], [], '???', '???'),
    'TBA': (None, [], [], 'TBA', 'TBA'),
    'to be announced @pat': (
        None, ['@pat'], [], '@pat to be announced', 'to be announced'
    ),
}  # fmt: skip


def test_what_stands_behind_a_name_is_taken_apart_or_told(
    make_project: MakeProject,
) -> None:
    conf = (
        "extensions = ['myst_parser', 'sphinx_talknotes']\nprimary_domain = 'talk'\n"
        "source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}\n"
        'smartquotes = False\n'
    )
    pages = {'conf.py': conf, 'index.rst': 'Index\n=====\n\n.. speaker-list::\n'}
    for number, written in enumerate(WRITTEN):
        pages[f'r{number}.rst'] = f':talk:\n\nT\n=\n\n.. speaker:: {written}\n'
        head = '---\ntalk:\n---\n\n# T\n\n'
        pages[f'm{number}.md'] = f'{head}```{{speaker}} {written}\n```\n'
    # A link is the person's, whatever its syntax.
    address = 'https://vi.example/'
    pages['rlink.rst'] = f':talk:\n\nT\n=\n\n.. speaker:: `Vi <{address}>`__ @vi\n'
    pages['mlink.md'] = f'{head}```{{speaker}} [V. W.]({address})\n```\n'
    pages['mpicture.md'] = (
        f'{head}```{{speaker}} Xia Ye ![](x.png) [^1]\n```\n\n[^1]: One.\n'
    )
    pages['mbeside.md'] = f'{head}```{{speaker}} Wim [web]({address}wim)\n```\n'
    build = make_project(pages).build()
    talks = {t['docname']: t for t in json.loads(build.read('notes.json'))['talks']}
    for number, (name, handles, urls, shown, told) in enumerate(WRITTEN.values()):
        for page, line in ((f'r{number}.rst', 6), (f'm{number}.md', 7)):
            docname = page.partition('.')[0]
            found = [
                (s.get('name'), s.get('handles', []), s.get('urls', []))
                for s in talks[docname].get('speakers', [])
            ]
            assert found == ([(name, handles, urls)] if name or handles else [])
            if shown:
                assert build.lines(docname)[1:] == [shown]
            said = [w for w in build.warnings if w.place.startswith(f'{page}:')]
            said = [w for w in said if w.type.startswith('talk')]
            assert [w.place for w in said] == ([f'{page}:{line}'] if told else [])
            assert all(told in w.text for w in said)
    assert talks['mpicture']['speakers'] == [{'name': 'Xia Ye'}]
    byline = build.page('mpicture').text
    assert 'Xia Ye [1]' in ' '.join(byline.split())
    assert 'x.png' in build.read('mpicture.html')
    beside = [w.text for w in build.warnings if w.place == 'mbeside.md:7']
    assert any('"web" seems to be no part of the name' in text for text in beside)
    (linked,) = talks['rlink']['speakers']
    assert linked['urls'] == talks['mlink']['speakers'][0]['urls'] == [address]
    assert linked['name'] == 'Vi'
    assert build.lines('rlink')[1:] == ['Vi @vi']
    assert nested_links(build.outdir) == []


def test_no_word_of_a_name_in_a_programme_is_a_handle(
    make_project: MakeProject,
) -> None:
    names = [
        'Jane Doe @acme',
        '@jane',
        '@joe Doe',
        'Ann @ Home',
        'a@b.example',
    ]
    people = tuple(map(Person, names))
    event = Event('K7', 'Ask @ada', people, '2025-09-12', '', '', '', '', '')
    files = {
        'rest.rst': day_of('Day', [event], Rest()),
        'myst.md': day_of('D', [event], Myst()),
    }
    build = make_project({**files, 'conf.py': CONF}).build()
    assert not any('@acme' in w.text for w in build.warnings)
    assert not any(w.type == 'talk.handle' for w in build.warnings)
    talks = json.loads(build.read('notes.json'))['talks']
    assert [talk['title'] for talk in talks] == ['Ask @ada'] * 2
    for talk in talks:
        assert [speaker.get('name') for speaker in talk['speakers']] == names
        assert not any('handles' in speaker for speaker in talk['speakers'])
