"""Ten builders: each renders all of it, without a warning."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from conference import CONFERENCE
from projects import body, dead_fragments, lines, links

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures import MakeProject
    from projects import Build

HTML = ['html', 'dirhtml', 'singlehtml', 'epub']
BUILDERS = [*HTML, 'latex', 'text', 'man', 'texinfo', 'xml', 'gettext']

#: What the pages of the talks say, in order: byline, roles, packages, to-dos.
SAID = [
    'Andrew Godwin @andrewgodwin [Deploying at Scale, programme.example.org]',
    'Uses South a lot.',
    'Open Source',
    'South [south.example.org]',
    'ZooKeeper',
    'Done: 2011-07-01 it was the cable',
    'Check ports are in full duplex mode??',
    '@keimlink [Markus Zapke-Gründemann, programme.example.org]',
    'celery',
    'task queue',
    'See its pages.',
    'To do',
    'Start using Celery and a queue of some kind.',
    'See Deploying at an unusual scale first.',
    '[Alex Gaynor, programme.example.org]',
    'As @natea said, and @KeimLink too; SOUTH does not run.',
    'that is Psyco.',
    'Zachary Voase',
    '渋谷 @shibu_ya',
    'C++',
    'Try rip.',
    'All of them use South [south.example.org]; see Celery.',
]

#: What the pages that collect say.
COLLECTED = {
    'index': [
        # Here the line ends in text.
        'Celery – [Markus Zapke-Gründemann] (2 packages, 2 recommended, 1 to-',
        'Django on Rails – Zachary Voase, 渋谷 (3 packages, 1 to-do, 1 link)',
    ],
    'packages': [
        'migrations',
        'Deploying at an unusual scale: Open Source [interesting]',
        'Celery: Links [recommended]',
        'named in Django and PyPy',
        'ZooKeeper',
    ],
    'speakers': ['Andrew Godwin @andrewgodwin', '@natea', 'named in Django and PyPy'],
    'to-do': [
        '2 open, 1 done',
        'Try rip. – Django on Rails',
        'Check ports are in full duplex mode?? – Deploying at an unusual scale',
        '(Done: 2011-07-01 it was the cable)',
    ],
}
TALKS = ['scale', 'celery', 'pypy', 'rails', 'panel']


def read(path: Path) -> str:
    return path.read_text(encoding='utf-8')


def plain_html(source: str) -> str:
    return '\n'.join(lines(body(source)))


def plain_latex(source: str) -> str:
    source = source.partition(r'\begin{document}')[2]
    source = re.sub(r'\\index\{.*?\\spxextra\{\w+\}\}', '', source)
    source = re.sub(r'\\(phantomsection|sphinxAtStartPar|item)\b( \{\})?', '', source)
    source = re.sub(
        r'\\(label|hyperref|sphinxhref)[\[{](\\detokenize)?[^\]}]*\}*\]?', '', source
    )
    source = re.sub(r'\\sphinxhyphen\{\}', '-', source)
    source = re.sub(r'\\(textendash|textquotesingle)(\{\})?', '–', source)
    source = re.sub(r'\\(?:sphinx)?(?:DUrole\{[\w-]+\}|[a-zA-Z]+\*?)', '', source)
    return re.sub(r'\\(?=[_&#%$])|[{}]', '', source).replace('--', '–')


def plain_texinfo(source: str) -> str:
    source = source.partition('@contents')[2]
    source = re.sub(r'@footnote\{[^}]*\}|@w\{[^}]*\}|@anchor\{[^}]*\}', '', source)
    source = re.sub(r'@ref\{[^,]*,,([^}]*)\}', r'\1', source)
    source = re.sub(r'^@geindex .*$\n', '', source, flags=re.MULTILINE)
    source = re.sub(r'@(?:indicateurl|emph|strong)\{([^}]*)\}', r'\1', source)
    return re.sub(r'@(?=[@{}])', '', source.replace('`', '').replace("'", ''))


def plain_man(source: str) -> str:
    # docutils, since 0.22, shows the address of every reference.
    source = re.sub(r' ?\\%<[^>]*>', '', source)
    # 0.21 makes links of terminals of those to the web.
    source = re.sub(r"\\X'[^']*'", '', source)
    source = re.sub(r'^\.(?:IP|TP|SS|SH|B)\b *(.*)$', r'\1', source, flags=re.MULTILINE)
    source = re.sub(r'^\..*$\n', '', source, flags=re.MULTILINE)
    source = re.sub(r'\\f.|\\&|\\%', '', source).replace(r'\ ', ' ')
    return re.sub(r'\\\(aq', "'", source).replace(r'\-', '-').replace(r'\(bu', '')


def plain_xml(source: str) -> str:
    return html.unescape(
        re.sub(r'<[^>]*>', '', re.sub(r'<index .*?</index>', '', source))
    )


def plain_text(source: str) -> str:
    return source.replace('*', '')


def said(builder: str, build: Build) -> str:
    """Return what a build says of talks, white space made even."""
    out = build.outdir
    if builder in {'html', 'epub', 'xml', 'text'}:
        suffix = {'html': 'html', 'epub': 'xhtml', 'xml': 'xml', 'text': 'txt'}[builder]
        plain = {'xml': plain_xml, 'text': plain_text}.get(builder, plain_html)
        text = '\n'.join(plain(read(out / f'talks/{name}.{suffix}')) for name in TALKS)
    elif builder == 'dirhtml':
        text = '\n'.join(
            plain_html(read(out / f'talks/{name}/index.html')) for name in TALKS
        )
    elif builder == 'singlehtml':
        text = plain_html(read(out / 'index.html'))
    elif builder == 'latex':
        text = plain_latex(read(out / 'conference.tex'))
    elif builder == 'man':
        text = plain_man(read(out / 'conference.1'))
    else:
        text = plain_texinfo(read(out / 'conference.texi'))
    return ' '.join(text.split())


def collected(builder: str, build: Build, page: str) -> str:
    """Return what a build says on a page that collects, white space made even."""
    out = build.outdir
    if builder in {'html', 'epub', 'xml', 'text'}:
        suffix = {'html': 'html', 'epub': 'xhtml', 'xml': 'xml', 'text': 'txt'}[builder]
        plain = {'xml': plain_xml, 'text': plain_text}.get(builder, plain_html)
        text = plain(read(out / f'{page}.{suffix}'))
    elif builder == 'dirhtml':
        text = plain_html(read(out / page.replace('index', '.') / 'index.html'))
    else:
        return said(builder, build)
    return ' '.join(text.split())


@pytest.mark.parametrize('builder', BUILDERS)
def test_a_build_with_no_leave_to_warn_succeeds(
    builder: str, make_project: MakeProject
) -> None:
    project = make_project(root=CONFERENCE)
    build = project.build(builder, warningiserror=True)
    assert build.warnings == []
    assert build.status_code == 0


@pytest.mark.parametrize('builder', [b for b in BUILDERS if b != 'gettext'])
def test_the_words_of_the_notes_are_all_there_in_order(
    builder: str, conference: Callable[[str], Build]
) -> None:
    text = said(builder, conference(builder))
    if builder == 'text':
        # So Sphinx writes any admonition.
        text = text.replace(': Check', ' Check').replace('kind.See', 'kind. See')
        text = text.replace('To do: ', 'To do ')
    position, missing = 0, []
    for words in SAID:
        found = text.find(words, position)
        if found < 0:
            missing.append(words)
        else:
            position = found + len(words)
    assert missing == []


@pytest.mark.parametrize('page', COLLECTED)
@pytest.mark.parametrize('builder', [b for b in BUILDERS if b != 'gettext'])
def test_what_is_collected_is_there_in_order(
    builder: str, page: str, conference: Callable[[str], Build]
) -> None:
    text = collected(builder, conference(builder), page)
    position, missing = 0, []
    for words in COLLECTED[page]:
        found = text.find(words, position)
        if found < 0:
            missing.append(words)
        else:
            position = found + len(words)
    assert missing == []


def test_references_in_a_book_lead_to_labels_that_exist(
    conference: Callable[[str], Build],
) -> None:
    tex = read(conference('latex').outdir / 'conference.tex')
    labels = re.findall(r'\\label\{\\detokenize\{([^}]*)\}\}', tex)
    references = re.findall(r'\\hyperref\[\\detokenize\{([^}]*)\}\]', tex)
    assert len(labels) == len(set(labels))
    assert {r for r in references if r not in set(labels)} == set()
    assert 'talks/celery:todo--talks--celery--1' in references


@pytest.mark.parametrize(
    ('builder', 'setting', 'name'),
    [('latex', 'latex_documents', 'p.tex'), ('texinfo', 'texinfo_documents', 'p.texi')],
)
def test_what_is_not_in_a_book_is_named_without_a_reference(
    builder: str, setting: str, name: str, make_project: MakeProject
) -> None:
    document = ('packages', name.partition('.')[0], 'Packages', 'An attendee')
    more = ('manual',) if builder == 'latex' else ('p', 'Notes', 'Misc')
    if builder == 'latex':
        document = ('packages', name, 'Packages', 'An attendee')
    build = make_project(root=CONFERENCE).build(
        builder, confoverrides={setting: [(*document, *more)]}
    )
    assert build.warnings == []
    text = (plain_latex if builder == 'latex' else plain_texinfo)(build.read(name))
    text = ' '.join(text.split())
    position = -1
    for words in COLLECTED['packages']:
        position = text.index(words, position + 1)


def test_references_in_info_lead_to_anchors_that_stand_at_their_place(
    conference: Callable[[str], Build],
) -> None:
    texi = read(conference('texinfo').outdir / 'conference.texi')
    # What the writer could not place it puts behind the index, so that nothing fails.
    placed, _index, unplaced = texi.partition('@printindex')
    assert re.findall(r'@anchor\{([^}]*)\}', unplaced) == []
    anchors = set(re.findall(r'@anchor\{([^}]*)\}', placed))
    assert set(re.findall(r'@ref\{([^,}]*),', placed)) <= anchors


def test_an_epub_names_no_file_that_is_not_in_it(
    conference: Callable[[str], Build],
) -> None:
    out = conference('epub').outdir
    manifest = re.findall(r'<item [^>]*href="([^"]+)"', read(out / 'content.opf'))
    assert 'packages.xhtml' in manifest
    assert [name for name in manifest if not (out / name).is_file()] == []


def test_xml_keeps_the_meaning_of_what_an_author_wrote(
    conference: Callable[[str], Build],
) -> None:
    source = read(conference('xml').outdir / 'talks/celery.xml')
    (speaker,) = re.findall(r'<talk_speaker [^>]*>', source)
    assert 'handles="@keimlink"' in speaker
    assert 'added_name="Markus Zapke-Gründemann"' in speaker
    (packages,) = re.findall(r'<talk_packages [^>]*>', source)
    assert 'verdict="recommended"' in packages
    (todo,) = re.findall(r'<talk_todo [^>]*>', read(
        conference('xml').outdir / 'talks/scale.xml'
    ))  # fmt: skip
    assert 'done="2011-07-01"' in todo
    assert 'remark="it was the cable"' in todo


@pytest.mark.parametrize('builder', ['singlehtml', 'latex', 'texinfo'])
def test_one_document_names_an_orphan_without_links_to_it(
    builder: str, make_project: MakeProject
) -> None:
    orphan = (
        ':orphan:\n:talk:\n\nHallway track\n=============\n\n.. speaker:: Ben Wood\n\n'
        '.. packages:: Named\n\n   celery\n      a queue\n\n.. todo:: Meet again.\n\n'
        '.. todo-list::\n'
    )
    roles = ':talk:`hallway`, :talk:`there <hallway>`'
    lists = '.. talks::\n\n.. speaker-list::\n\n.. package-list::\n\n.. todo-list::\n'
    build = make_project(
        {
            'index.rst': f'Index\n=====\n\n.. toctree::\n\n   page\n\n{lists}',
            'page.rst': f':talk:\n\nPage\n====\n\n{roles}\n',
            'hallway.rst': orphan,
        }
    ).build(builder)
    assert build.warnings == []
    if builder == 'singlehtml':
        shown = build.lines('index')
        assert 'Hallway track, there' in shown
        assert 'Hallway track – Ben Wood (1 package, 1 to-do)' in shown
        assert 'Meet again. – Hallway track' in shown
        assert dead_fragments(build.outdir) == []
        assert 'Page' in dict(links(build.page('index')))
    else:
        suffix = {'latex': 'tex', 'texinfo': 'texi'}[builder]
        text = next(build.outdir.glob(f'*.{suffix}')).read_text('utf-8')
        assert text.count('Hallway track') == 5
        assert 'hallway' not in text


def test_a_builder_without_pages_to_link_to_runs_too(
    conference: Callable[[str], Build],
) -> None:
    build = conference('changes')
    assert (build.status_code, build.warnings) == (0, [])
