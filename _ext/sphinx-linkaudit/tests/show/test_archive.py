"""What readers are shown of a dead link, and which pages are written again for it."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from sphinx.config import Config
from sphinx.errors import ConfigError

from projects import Project, body, build_by_processes, one
from sphinx_linkaudit.settings import SETTINGS, check_archive
from sphinx_linkaudit.urls import archived_url
from web import Web

if TYPE_CHECKING:
    from collections.abc import Callable

    from bs4.element import Tag

    from fixtures import MakeProject
    from projects import Build

#: What EPUB wants to know.
PLAIN = "copyright = 'nobody'\nversion = '1'\n"
CONF = f"{PLAIN}extensions = ['sphinx_linkaudit']\n"
DEAD = {'linkcheck_known_dead': 'known-dead.json'}
DATED = {'linkcheck_archive_date': '2011-06-07'}
HTML = ['html', 'dirhtml', 'singlehtml', 'epub']
BUILDERS = [*HTML, 'latex', 'text', 'man', 'texinfo', 'xml', 'gettext']

GONE = 'http://gone.example/a?b=1&c=%20'
FINE = 'https://fine.example/'
SPARE = 'https://spare.example/'
#: A time, in seconds, that tells a file that was not written since.
FUTURE = 4_000_000_000


def known(*uris: str, **entry: Any) -> str:
    """Return the text of a file of known dead links."""
    row = {'since': '2012-05-31', 'reason': 'The "company" <closed>.', **entry}
    return json.dumps({'version': 1, 'links': dict.fromkeys(uris, row)})


def page(title: str, *links: str, day: str = '') -> str:
    """Return a page with a paragraph for each of the links."""
    date = f':date: {day}\n\n' if day else ''
    paragraphs = ''.join(f'`{link} <{link}>`__\n\n' for link in links)
    return f'{date}{title}\n{"=" * len(title)}\n\n{paragraphs}'


FILES = {
    'conf.py': CONF,
    'known-dead.json': known(GONE),
    'a.rst': page('A', GONE, FINE),
    'b.rst': page('B', GONE, day='2011-06-08'),
    'c.rst': page('C', FINE),
}


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    """Give a project that was built with marks."""
    conf = f"{CONF}linkcheck_known_dead = 'known-dead.json'\n"
    return make_project(FILES | {'conf.py': conf})


def link_to(tag: Tag, uri: str) -> Tag:
    """Return the only link in *tag* to *uri*."""
    (found,) = [link for link in tag.select('a') if link['href'] == uri]
    return found


def wayback(date: str, uri: str = GONE) -> str:
    return f'https://web.archive.org/web/{date}/{uri}'


def marks(tag: Tag) -> list[str]:
    """Return what is said beside the dead links."""
    return [' '.join(mark.get_text().split()) for mark in tag.select('.dead-link')]


# -- nothing set ---------------------------------------------------------------


@pytest.mark.parametrize('builder', ['html', 'text', 'latex', 'epub'])
def test_without_the_settings_not_a_byte_is_another(
    builder: str, make_project: MakeProject
) -> None:
    def built(conf: str) -> dict[str, bytes]:
        build = make_project(FILES | {'conf.py': conf}).build(builder)
        assert build.warnings == []
        return {
            path.relative_to(build.outdir).as_posix(): path.read_bytes()
            for path in build.outdir.rglob('*')
            # Of these the time of the build and a random number are parts.
            if path.is_file() and path.suffix not in {'.opf', '.epub', '.ncx'}
        }

    assert built(CONF) == built(PLAIN)


# -- Robust Links --------------------------------------------------------------


@pytest.mark.parametrize('builder', ['html', 'epub'])
def test_each_external_link_says_where_its_copy_is(
    builder: str, make_project: MakeProject
) -> None:
    suffix = {'html': 'html', 'epub': 'xhtml'}[builder]
    build = make_project(FILES).build(builder, confoverrides=DATED)
    assert build.warnings == []
    link = link_to(body(build.read(f'a.{suffix}')), FINE)
    assert link['data-originalurl'] == FINE
    assert link['data-versiondate'] == '2011-06-07'
    assert link['data-versionurl'] == wayback('20110607', FINE)
    assert link['class'] == ['reference', 'external']
    assert link.get_text() == FINE
    # The page's own day goes before the setting.
    link = link_to(body(build.read(f'b.{suffix}')), GONE)
    assert link['data-versiondate'] == '2011-06-08'
    assert link['data-versionurl'] == wayback('20110608')
    assert marks(body(build.read(f'a.{suffix}'))) == []


def test_links_that_were_added_later_carry_no_address(
    make_project: MakeProject,
) -> None:
    later = f'`later <{SPARE}>`__'
    text = (
        f':date: 2011-06-08\n\nP\n=\n\n{FINE}\n\n.. container:: added much\n\n'
        f'   - {later} and `dead <{GONE}>`__\n'
    )
    files = {'conf.py': CONF, 'known-dead.json': known(GONE), 'p.rst': text}
    settings = DATED | DEAD | {'linkcheck_archive_except': ['added']}
    project = make_project(files)
    before = project.build(confoverrides=DATED | DEAD).page('p')
    assert link_to(before, SPARE)['data-versiondate'] == '2011-06-08'
    build = project.build(confoverrides=settings)
    assert build.warnings == []
    tag = build.page('p')
    assert link_to(tag, FINE)['data-versiondate'] == '2011-06-08'
    assert not link_to(tag, SPARE).has_attr('data-versiondate')
    assert not link_to(tag, GONE).has_attr('data-originalurl')
    # It is marked all the same.
    assert len(marks(tag)) == 1


@pytest.mark.parametrize('builder', ['dirhtml', 'singlehtml'])
def test_pages_keep_their_day_in_other_forms_of_html(
    builder: str, make_project: MakeProject
) -> None:
    build = make_project(FILES).build(builder, confoverrides=DATED)
    name = {'dirhtml': 'b/index.html', 'singlehtml': 'index.html'}[builder]
    dates = {
        (link['href'], link['data-versiondate'])
        for link in body(build.read(name)).select('a.external')
    }
    assert (GONE, '2011-06-08') in dates
    if builder == 'singlehtml':
        assert {(GONE, '2011-06-07'), (FINE, '2011-06-07')} <= dates


@pytest.mark.parametrize('day', ['7 June 2011', '2011-06', '$Date$', '2011-02-30'])
def test_a_page_whose_day_is_none_has_that_of_the_setting(
    day: str, make_project: MakeProject
) -> None:
    build = make_project({'conf.py': CONF, 'p.rst': page('P', FINE, day=day)}).build(
        confoverrides=DATED
    )
    assert link_to(build.page('p'), FINE)['data-versiondate'] == '2011-06-07'


SHAPES = r"""
A `title <https://h.example/>`__
================================

.. image:: p.png
   :target: https://image.example/

.. figure:: p.png
   :target: https://figure.example/

   With a `caption <https://caption.example/>`__.

|sub| and [#n]_ and A_.

.. |sub| image:: p.png
   :target: https://sub.example/
.. _A: https://named.example/#part
.. [#n] A `footnote <https://note.example/>`__.

.. parsed-literal::

   `code <https://code.example/?a="b"&c='d'>`__

==========================================  =
`cell <//relative.example/ü\ b>`__          x
==========================================  =

`here <self_>`_ and `page <other.html>`__ and `mail <mailto:a@b.example>`__ and
:doc:`index` and `copy <https://web.archive.org/web/2010/http://x.example/>`__.

.. _self:

.. toctree::

   Elsewhere <https://toctree.example/>
"""

EXTERNAL = {
    'https://h.example/': 'https://h.example/',
    'https://image.example/': 'https://image.example/',
    'https://figure.example/': 'https://figure.example/',
    'https://caption.example/': 'https://caption.example/',
    'https://sub.example/': 'https://sub.example/',
    'https://named.example/#part': 'https://named.example/',
    'https://note.example/': 'https://note.example/',
    'https://code.example/?a="b"&c=\'d\'': "https://code.example/?a=%22b%22&c='d'",
    '//relative.example/ü b': 'https://relative.example/%C3%BC%20b',
}


def shapes(make_project: MakeProject) -> Project:
    """Return a project with links of every shape, all of them known as dead."""
    project = make_project(
        {
            'conf.py': CONF,
            'known-dead.json': known(*EXTERNAL, 'https://toctree.example/'),
            'index.rst': SHAPES,
        }
    )
    png = (
        '89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944'
        '4154789c63f8ffff3f0005fe02fea73501d50000000049454e44ae426082'
    )
    (project.srcdir / 'p.png').write_bytes(bytes.fromhex(png))
    return project


def test_links_of_every_shape_have_it_and_no_others(make_project: MakeProject) -> None:
    build = shapes(make_project).build(confoverrides=DATED)
    tag = build.page('index')
    found = {
        str(link['data-originalurl']): str(link['data-versionurl'])
        for link in tag.select('a[data-originalurl]')
    }
    assert found == {
        uri: wayback('20110607', quoted) for uri, quoted in EXTERNAL.items()
    }
    for link in tag.select('a[data-originalurl]'):
        assert link['href'] == link['data-originalurl']


@pytest.mark.parametrize('builder', BUILDERS)
def test_dead_links_of_every_shape_are_marked_without_a_warning(
    builder: str, make_project: MakeProject
) -> None:
    project = shapes(make_project)
    build = project.build(builder, confoverrides=DATED | DEAD)
    assert build.warnings == []
    if builder in {'html', 'dirhtml', 'singlehtml'}:
        tag = build.page('index')
        assert {str(link['href']) for link in tag.select('a.dead')} == set(EXTERNAL)
        assert marks(tag) == ['[dead since 2012: archived copy]'] * len(EXTERNAL)
        assert not tag.select('a a')
        # An image alone, and one in a figure: beside it, not in its link.
        assert (
            len(tag.select('.image-reference + p .dead-link, figure + p .dead-link'))
            == 2
        )
    if builder == 'epub':
        for path in build.outdir.glob('*.xhtml'):
            ET.fromstring(path.read_text(encoding='utf-8'))  # well-formed


def test_what_is_in_an_address_ends_no_attribute(make_project: MakeProject) -> None:
    uri = 'https://x.example/?a="><script>alert(1)</script>'
    entry = known(uri, reason='"><script>alert(2)</script>', words='<b>so</b>')
    files = {
        'conf.py': CONF,
        'known-dead.json': entry,
        'p.rst': f'P\n=\n\n.. _x: {uri}\n\nx_\n',
    }
    build = make_project(files).build(confoverrides=DATED | DEAD)
    tag = build.page('p')
    assert not tag.select('script, b')
    link = link_to(tag, uri)
    assert link['data-originalurl'] == uri
    assert marks(tag) == ['[dead since 2012: archived copy; <b>so</b>]']


@pytest.mark.parametrize(
    ('url', 'date', 'archived'),
    [
        ('http://a.example/#x', '2011-06-07', wayback('20110607', 'http://a.example/')),
        ('//a.example', '2012-05', wayback('201205', 'https://a.example')),
        (
            'http://é.example/%C3%A9 é?q=a+b|c',
            '2012',
            wayback('2012', 'http://%C3%A9.example/%C3%A9%20%C3%A9?q=a+b%7Cc'),
        ),
        (
            'http://a.example/{0}{url}',
            '2',
            wayback('2', 'http://a.example/%7B0%7D%7Burl%7D'),
        ),
    ],
)
def test_the_template_is_filled_with_an_address_as_archives_have_it(
    url: str, date: str, archived: str
) -> None:
    template = 'https://web.archive.org/web/{date}/{url}'
    assert archived_url(template, url, date) == archived


@pytest.mark.parametrize(
    ('template', 'archived'),
    [
        ('https://x.example/{url}?on={date}', f'https://x.example/{FINE}?on=20110607'),
        ('https://x.example/?url={url}', f'https://x.example/?url={FINE}'),
        ('https://{date}.x.example/{url}', f'https://20110607.x.example/{FINE}'),
        ('{url}?on={date}', f'{FINE}?on=20110607'),
    ],
)
def test_another_archive_is_a_matter_of_a_setting(
    template: str, archived: str, make_project: MakeProject
) -> None:
    settings = DATED | DEAD | {'linkcheck_archive_url': template}
    build = make_project(FILES).build(confoverrides=settings)
    assert link_to(build.page('c'), FINE)['data-versionurl'] == archived


# -- known as dead -------------------------------------------------------------


def test_a_dead_link_says_so_and_leads_to_a_copy(make_project: MakeProject) -> None:
    build = make_project(FILES).build(confoverrides=DATED | DEAD)
    assert build.warnings == []
    tag = build.page('b')
    link = link_to(tag, GONE)
    assert link['class'] == ['dead', 'reference', 'external']
    assert link['title'] == 'Dead since 2012-05-31: The "company" <closed>.'
    mark = one(tag, '.added.dead-link')
    assert mark.find_previous_sibling('a') is link
    assert mark.get_text() == '[dead since 2012: archived copy]'
    # The page's day, and nothing of Robust Links on our own link.
    assert one(mark, 'a')['href'] == wayback('20110608')
    assert list(one(mark, 'a').attrs) == ['class', 'href']
    assert marks(build.page('c')) == []


def test_without_a_date_the_copy_is_of_when_it_died(make_project: MakeProject) -> None:
    files = FILES | {'d.rst': page('D', 'http://unknown.example/#x')}
    document = json.loads(known(GONE))
    document['links']['http://unknown.example/'] = {'reason': 'who knows'}
    files['known-dead.json'] = json.dumps(document)
    build = make_project(files).build(confoverrides=DEAD)
    assert one(build.page('a'), '.dead-link a')['href'] == wayback('20120531')
    # A page's own day is still the better one.
    assert one(build.page('b'), '.dead-link a')['href'] == wayback('20110608')
    # Nobody knows since when: the last copy there is.
    tag = build.page('d')
    assert one(tag, '.dead-link a')['href'] == wayback('2', 'http://unknown.example/')
    assert marks(tag) == ['[dead: archived copy]']
    assert one(tag, 'a.dead')['title'] == 'Dead: who knows'
    for name in 'abcd':
        assert not build.page(name).select('[data-originalurl], [data-versiondate]')


def test_an_entrys_own_copy_and_words_go_first(make_project: MakeProject) -> None:
    copy = 'https://archive.example/it'
    entry = known(GONE, archived=copy, words='see B instead')
    build = make_project(FILES | {'known-dead.json': entry}).build(
        confoverrides=DATED | DEAD
    )
    tag = build.page('a')
    assert one(tag, '.dead-link a')['href'] == copy
    assert link_to(tag, GONE)['data-versionurl'] == copy
    assert marks(tag) == ['[dead since 2012: archived copy; see B instead]']


@pytest.mark.parametrize('builder', ['text', 'latex', 'man', 'texinfo'])
def test_on_paper_it_is_said_in_words(builder: str, make_project: MakeProject) -> None:
    files = FILES | {'known-dead.json': known(GONE, words='see B instead')}
    project = make_project(files)
    build = project.build(builder, confoverrides=DATED | DEAD)
    assert build.warnings == []
    text = ''.join(
        path.read_text(encoding='utf-8')
        for path in sorted(build.outdir.glob('*'))
        if path.suffix in {'.txt', '.tex', '.1', '.texi'}
    )
    # How a manual says where a line may break, and LaTeX that a character is one.
    escapes = r'\\[:%]' if builder == 'man' else r'\\(?=[%&#_])'
    plain = ' '.join(re.sub(escapes, '', text).split())
    assert plain.count('dead since 2012; archived copy: ') == 2
    assert plain.count('; see B instead]') + plain.count('see B instead{]}') == 2
    assert wayback('20110607') in plain
    assert wayback('20110608') in plain


def test_catalogs_have_the_text_as_it_was_written(make_project: MakeProject) -> None:
    build = make_project(FILES).build('gettext', confoverrides=DATED | DEAD)
    assert 'archived copy' not in build.read('a.pot')


def test_a_translation_is_marked_as_well(make_project: MakeProject) -> None:
    files = FILES | {
        'locale/de/LC_MESSAGES/a.po': 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; '
        f'charset=UTF-8\\n"\n\nmsgid "`{GONE} <{GONE}>`__"\n'
        f'msgstr "`weg <{GONE}>`__"\n',
    }
    settings = {'language': 'de', 'locale_dirs': ['locale']}
    build = make_project(files).build(confoverrides=DATED | DEAD | settings)
    tag = build.page('a')
    assert link_to(tag, GONE).get_text() == 'weg'
    assert len(marks(tag)) == 1


def test_the_copies_are_not_checked(make_project: MakeProject) -> None:
    with Web() as web:
        dead, copy = web.url('/dead'), web.url('/copy')
        files = {
            'conf.py': CONF,
            'known-dead.json': known(dead, archived=copy),
            'p.rst': page('P', dead),
        }
        project = make_project(files)
        project.build(confoverrides=DATED | DEAD)
        build = project.build('linkcheck', confoverrides=DATED | DEAD)
    links = json.loads(build.read('report.json'))['links']
    assert [link['uri'] for link in links] == [dead]


# -- mistakes ------------------------------------------------------------------


@pytest.mark.parametrize(
    ('build', 'text', 'said'),
    [
        (Project.build, None, 'known-dead.json: No such file or directory'),
        (Project.build, '', 'known-dead.json: not JSON'),
        (
            Project.build,
            known(GONE, since='soon'),
            f'known-dead.json: {GONE!r}: since: ',
        ),
        (build_by_processes, '', 'known-dead.json: not JSON'),
    ],
)
def test_a_broken_file_is_one_warning_and_the_pages_are_built(
    build: Callable[[Project], Build],
    text: str | None,
    said: str,
    project: Project,
) -> None:
    project.write({'known-dead.json': text or ''})
    if text is None:
        (project.srcdir / 'known-dead.json').unlink()
    for _again in range(2):
        built = build(project)
        (warning,) = built.warnings
        assert warning.type == 'linkcheck.known-dead'
        assert said in built.printed
        assert marks(built.page('a')) == []
        assert link_to(built.page('a'), GONE)


@pytest.mark.parametrize(
    ('setting', 'value'),
    [
        ('known_dead', 1),
        ('known_dead', ['known-dead.json']),
        ('archive_date', '20110607'),
        ('archive_date', '2011'),
        ('archive_date', '2011-02-30'),
        ('archive_date', 7),
        ('archive_url', ''),
        ('archive_url', None),
        ('archive_url', 'https://archive.example/{date}/'),
        ('archive_url', 'https://archive.example/{day}/{url}'),
        ('archive_url', 'https://archive.example/{}/{url}'),
        ('archive_url', 'https://archive.example/{/{url}'),
        ('archive_url', 'javascript:{url}'),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(setting: str, value: object) -> None:
    config = Config()
    for known_setting in SETTINGS:
        config.add(known_setting.name, known_setting.default, '', ())
    check_archive(config)
    config[f'linkcheck_{setting}'] = value
    with pytest.raises(ConfigError, match=f'linkcheck_{setting}'):
        check_archive(config)


# -- what is written again -----------------------------------------------------


def built_again(project: Project, builder: str = 'html', **options: Any) -> set[str]:
    """Build, and return the pages but the index that were written again for it.

    Sphinx itself writes a page again whose toctree has one that is.
    """
    suffix = {'text': '.txt'}.get(builder, '.html')
    outdir = project.builddir / builder
    for path in outdir.rglob('*'):
        if path.is_file():
            # Sphinx writes a page again that is older than its source.
            os.utime(path, (FUTURE, FUTURE))
    build = project.build(builder, **options)
    assert build.warnings == []
    written = {
        path.relative_to(outdir).with_suffix('').as_posix()
        for path in outdir.rglob(f'*{suffix}')
        if path.stat().st_mtime != FUTURE
    }
    return (written & build.env.found_docs) - {'index'}


@pytest.mark.parametrize('builder', ['html', 'text'])
@pytest.mark.parametrize(
    ('text', 'pages'),
    [
        (known(GONE), set()),
        (known(GONE, FINE), {'a', 'c'}),
        (known(FINE), {'a', 'b', 'c'}),
        (known(GONE, 'http://nobody.example/'), set()),
        (known(GONE, words='new'), {'a', 'b'}),
        (known(GONE, source=['https://where.example/']), set()),
        (known(), {'a', 'b'}),
    ],
)
def test_a_change_of_the_file_writes_the_pages_it_concerns(
    builder: str, text: str, pages: set[str], project: Project
) -> None:
    project.build(builder)
    project.write({'known-dead.json': text})
    assert built_again(project, builder) == pages
    assert built_again(project, builder) == set()


def test_what_is_written_again_is_what_a_fresh_build_has(
    project: Project, make_project: MakeProject
) -> None:
    project.build()
    project.write({'known-dead.json': known(FINE)})
    build = project.build()
    files = {path.name: path.read_text() for path in project.srcdir.glob('*.*')}
    fresh = make_project(files).build()
    for name in 'abc':
        assert build.read(f'{name}.html') == fresh.read(f'{name}.html')
    assert marks(build.page('a')) == marks(build.page('c'))


def test_another_builder_in_between_hides_no_change(project: Project) -> None:
    project.build()
    project.write({'known-dead.json': known(FINE)})
    # They share the doctrees, as `make linkcheck` and `make html` do.
    project.build('text')
    settings = {'linkcheck_ignore': ['.*']}
    project.build('linkcheck', confoverrides=settings)
    assert built_again(project) == {'a', 'b', 'c'}


def test_a_build_of_some_pages_hides_no_change(project: Project) -> None:
    project.build()
    project.write({'known-dead.json': known(FINE)})
    assert built_again(project, filenames=['a.rst']) == {'a'}
    assert built_again(project) == {'b', 'c'}


@pytest.mark.parametrize(
    ('settings', 'pages'),
    [
        (DATED, {'a', 'b', 'c'}),
        ({'linkcheck_archive_url': 'https://x.example/{url}'}, {'a', 'b'}),
        ({'linkcheck_known_dead': ''}, {'a', 'b'}),
    ],
)
def test_a_change_of_a_setting_writes_the_pages_it_concerns(
    settings: dict[str, str], pages: set[str], project: Project
) -> None:
    project.build()
    assert built_again(project, confoverrides=settings) == pages
    assert built_again(project, confoverrides=settings) == set()
    assert built_again(project) == pages


def test_once_it_is_turned_on_all_pages_have_it(make_project: MakeProject) -> None:
    project = make_project(FILES)
    project.build()
    assert built_again(project, confoverrides=DEAD) >= {'a', 'b'}
    assert built_again(project, confoverrides=DEAD) == set()


def test_a_first_entry_writes_its_pages_only(project: Project) -> None:
    project.write({'known-dead.json': json.dumps({'version': 1, 'links': {}})})
    project.build()
    project.write({'known-dead.json': known(FINE)})
    assert built_again(project) == {'a', 'c'}


def test_edited_renamed_and_deleted_pages_follow(project: Project) -> None:
    project.build()
    project.replace('c.rst', f'`{FINE} <{FINE}>`__', f'`x <{GONE}>`__')
    project.move('b.rst', 'd.rst')
    project.replace('index.rst', '   b\n', '   d\n')
    build = project.build()
    assert build.warnings == []
    assert [len(marks(build.page(name))) for name in 'acd'] == [1, 1, 1]
    (project.srcdir / 'd.rst').unlink()
    project.replace('index.rst', '   d\n', '')
    project.write({'known-dead.json': known()})
    build = project.build()
    assert build.warnings == []
    assert [len(marks(build.page(name))) for name in 'ac'] == [0, 0]


def test_a_page_that_changes_its_day_has_another_copy(project: Project) -> None:
    project.build()
    project.replace('b.rst', '2011-06-08', '2010-01-01')
    assert one(project.build().page('b'), '.dead-link a')['href'] == wayback('20100101')


def test_two_processes_give_the_same_pages_and_know_the_same(
    project: Project, make_project: MakeProject
) -> None:
    # Enough of them to be shared out.
    pages = {f'p{number}.rst': page(f'P{number}', GONE) for number in range(12)}
    toctree = ''.join(f'   {name[:-4]}\n' for name in pages)
    index = f'Index\n=====\n\n.. toctree::\n\n   a\n   b\n   c\n{toctree}'
    project.write(pages | {'index.rst': index})
    parallel = build_by_processes(project)
    assert parallel.printed == ''
    files = {path.name: path.read_text() for path in project.srcdir.glob('*.*')}
    serial = make_project(files).build()
    for path in serial.outdir.glob('*.html'):
        assert parallel.read(path.name) == path.read_text(encoding='utf-8'), path.name
    assert marks(parallel.page('p7')) == ['[dead since 2012: archived copy]']
    project.write({'known-dead.json': known()})
    again = build_by_processes(project)
    assert marks(again.page('p7')) == []


def test_a_link_that_is_collected_from_elsewhere_follows(
    make_project: MakeProject,
) -> None:
    # Another extension makes it as the page is written.
    conf = f"""{CONF}linkcheck_known_dead = 'known-dead.json'
from docutils import nodes

def collect(app, doctree, docname):
    if docname == 'c':
        link = nodes.reference('', 'x', refuri={GONE!r}, internal=False)
        doctree[0] += nodes.paragraph('', '', link)

def setup(app):
    app.connect('doctree-resolved', collect, priority=600)
"""
    project = make_project(FILES | {'conf.py': conf, 'known-dead.json': known()})
    project.build()
    project.write({'known-dead.json': known(GONE)})
    assert built_again(project) == {'a', 'b', 'c'}


def test_what_is_remembered_may_be_lost_or_broken(project: Project) -> None:
    build = project.build()
    (store,) = build.doctreedir.glob('sphinx-linkaudit-html-*.json')
    for text in (
        '',
        '[]',
        '[' * 100_000,
        '{"a": 1}',
        '{"a": [1, 2]}',
        '{"a": [["x"], 1, 3]}',
        '{"a": [[1], 1]}',
    ):
        store.write_text(text)
        assert built_again(project) == {'a', 'b', 'c'}
    store.unlink()
    assert built_again(project) == {'a', 'b', 'c'}
