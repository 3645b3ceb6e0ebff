"""What translators get, and a translated site."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from projects import dead_fragments, doubled_ids, links, one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fixtures import MakeProject
    from projects import Build

TALK = """\
:talk:

Queues
======

.. speaker:: Ann *Onymous*
   :handle: @ann
   :name: Ann B. Onymous
   :title: On Queues
   :source: https://programme.example.org/

Ask :handle:`@natea` of :package:`South <http://south.example.org/>`.

.. packages:: Good *ones*:
   :verdict: recommended

   celery : task queue
      See http://celery.example.org/ for it.
   :package:`kombu` : messaging
      Words.

   - :package:`rip`, quick, http://rip.example.org/

.. todo:: Try *it* with :package:`pip`.

   See :talk:`other`.

.. todo:: Ask.
   :done: 2011-07-01 in vain

.. todo::

   - [x] Read *this*.
"""
OTHER = ':talk:\n\nOther\n=====\n\nSee :talk:`talk`.\n'
LISTS = (
    'Lists\n=====\n\n.. talks::\n\n.. speaker-list::\n\n'
    '.. package-list::\n\n.. todo-list::\n'
)

TRANSLATIONS = {
    'Queues': 'Schlangen',
    'Ask :handle:`@natea` of :package:`South <http://south.example.org/>`.': (
        'Nach :package:`South <http://south.example.org/>` frag :handle:`@natea`.'
    ),
    'Good *ones*:': '*Gute*:',
    'task queue': 'Auftragsschlange',
    'See http://celery.example.org/ for it.': 'Siehe http://celery.example.org/de/.',
    'messaging': 'Nachrichten',
    'Words.': 'Worte.',
    ':package:`rip`, quick, http://rip.example.org/': (
        ':package:`rip`, schnell, http://rip.example.org/de/'
    ),
    'Try *it* with :package:`pip`.': 'Probier *es* mit :package:`pip`.',
    'See :talk:`other`.': 'Siehe :talk:`other`.',
    'Ask.': 'Frag.',
    'Read *this*.': 'Lies *das*.',
}


@pytest.fixture(scope='module')
def messages(make_project: MakeProject) -> Catalog:
    """Give what translators get of the page of the talk."""
    project = make_project({'talk.rst': TALK, 'other.rst': OTHER, 'lists.rst': LISTS})
    build = project.build('gettext')
    assert build.warnings == []
    return read_po(BytesIO((build.outdir / 'talk.pot').read_bytes()))


def test_translators_get_the_words_of_the_notes_and_no_names(messages: Catalog) -> None:
    assert {str(message.id) for message in messages if message.id} == set(TRANSLATIONS)


def test_translators_are_told_the_line(messages: Catalog) -> None:
    lines = {
        message.id: line
        for message in messages
        for path, line in message.locations
        if path.endswith('talk.rst')
    }
    assert lines['Good *ones*:'] == 14
    assert lines['Try *it* with :package:`pip`.'] == 24


def test_pages_that_collect_have_nothing_to_translate_but_their_own(
    make_project: MakeProject,
) -> None:
    project = make_project({'talk.rst': TALK, 'other.rst': OTHER, 'lists.rst': LISTS})
    build = project.build('gettext')
    found = read_po(BytesIO((build.outdir / 'lists.pot').read_bytes()))
    assert {message.id for message in found if message.id} == {'Lists'}


def translated(make_project: MakeProject, texts: Mapping[str, str]) -> Build:
    """Build the project in German, of *texts* given."""
    project = make_project({'talk.rst': TALK, 'other.rst': OTHER, 'lists.rst': LISTS})
    catalog = Catalog(locale='de')
    for text, translation in texts.items():
        catalog.add(text, translation)
    buffer = BytesIO()
    write_po(buffer, catalog)
    project.write({'locale/de/LC_MESSAGES/talk.po': buffer.getvalue().decode()})
    return project.build(
        confoverrides={
            'language': 'de',
            'locale_dirs': ['locale'],
            'gettext_compact': False,
        }
    )


@pytest.fixture(scope='module')
def site(make_project: MakeProject) -> Build:
    """Build the project in German."""
    return translated(make_project, TRANSLATIONS)


def test_a_translated_site_builds_without_a_warning(site: Build) -> None:
    assert site.warnings == []


def test_the_page_of_a_talk_is_translated_but_for_names(site: Build) -> None:
    assert site.lines('talk') == [
        'Schlangen',
        'Ann Onymous @ann [Ann B. Onymous, On Queues, programme.example.org]',
        'Nach South [south.example.org] frag @natea.',
        'Gute:',
        'celeryAuftragsschlange',
        'Siehe http://celery.example.org/de/.',
        'kombuNachrichten',
        'Worte.',
        'rip, schnell, http://rip.example.org/de/',
        'Zu tun',
        'Probier es mit pip.',
        'Siehe Other.',
        'Erledigt: 2011-07-01 in vain',
        'Frag.',
        'Erledigt',
        'Lies das.',
    ]


COUNTED = (
    'Schlangen [On Queues] – Ann Onymous [Ann B. Onymous] '
    '(5 Pakete, 3 empfohlen, 1 Aufgabe, 3 Links)'
)


def test_so_are_the_pages_that_collect(site: Build) -> None:
    assert site.lines('lists') == [
        'Lists',
        COUNTED,
        'Other',
        'Ann Onymous [Ann B. Onymous] @ann', 'Schlangen [On Queues]',
        '@natea', 'genannt in Schlangen',
        'celery', 'Auftragsschlange', 'http://celery.example.org/de/',
        'Schlangen: Gute [empfohlen]',
        'kombu', 'Nachrichten', 'Schlangen: Gute [empfohlen]',
        'pip', 'genannt in Schlangen',
        'rip', 'http://rip.example.org/de/', 'Schlangen: Gute [empfohlen]',
        'South', 'http://south.example.org/', 'genannt in Schlangen',
        '1 offen, 2 erledigt',
        'Probier es mit pip. Siehe Other. – Schlangen',
        'Frag. – Schlangen (Erledigt: 2011-07-01 in vain)',
        'Lies das. – Schlangen (Erledigt)',
    ]  # fmt: skip


def test_references_from_other_pages_show_the_translated_title(site: Build) -> None:
    assert site.lines('other') == ['Other', 'See Schlangen.']


def test_links_and_index_of_a_translated_site_lead_somewhere(site: Build) -> None:
    assert dead_fragments(site.outdir) == []
    assert doubled_ids(site.outdir) == []
    index = site.read('genindex.html')
    for record in [
        *site.env.domains['talk'].data['mentions']['talk'],
        *site.env.domains['talk'].data['packages']['talk'],
    ]:
        if record.anchor:
            assert f'href="talk.html#{record.anchor}"' in index
            assert one(site.page('talk'), f'#{record.anchor}')


def test_what_a_role_leads_to_is_what_the_translation_says(site: Build) -> None:
    paragraph = site.page('talk').select('p')[1]
    assert links(paragraph) == [
        ('South', 'lists.html#package--south'),
        ('south.example.org', 'http://south.example.org/'),
        ('@natea', 'lists.html#handle--natea'),
    ]


def test_what_is_not_translated_stays(make_project: MakeProject) -> None:
    site = translated(make_project, {'Queues': 'Schlangen'})
    assert site.warnings == []
    assert site.lines('talk')[0] == 'Schlangen'
    assert site.lines('talk')[2] == 'Ask @natea of South [south.example.org].'
    assert site.lines('lists')[-2] == 'Ask. – Schlangen (Erledigt: 2011-07-01 in vain)'
