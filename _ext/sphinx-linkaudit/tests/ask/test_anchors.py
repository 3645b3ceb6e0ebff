"""Anchors are found as browsers find them, and what can't be known is no failure."""

from __future__ import annotations

import html
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from checks import check
from sphinx_linkaudit.ask import anchors as anchors_module
from sphinx_linkaudit.ask.anchors import AnchorParser
from web import Web, answer, document, redirect

if TYPE_CHECKING:
    from fixtures import MakeProject
    from sphinx_linkaudit.records import Evidence


TEXT = f'<p>{"Some words. " * 30}</p>'


def ids(text: str, size: int = 0, *, is_xml: bool = False) -> set[str]:
    """Return the ids of a page that comes in pieces of *size*, or at once."""
    parser = AnchorParser(is_xml=is_xml)
    for start in range(0, len(text), size or len(text)):
        parser.feed(text[start : start + (size or len(text))])
    return set(parser.close(whole=True).ids)


#: Pages, and the ids that browsers find in them.
PAGES = [
    # Character references, with and without a semicolon.
    ('<p id="it&#39;s">', "it's"),
    ('<p id="it&#x27;s">', "it's"),
    ('<p id="caf&eacute;">', 'caf\xe9'),
    ('<p id="a&amp;b">', 'a&b'),
    ('<p id="a&ampb">', 'a&ampb'),
    ('<p id="a&amp=b">', 'a&amp=b'),
    ('<p id="&#0;">', '\ufffd'),
    ('<p id="&#x80;">', '\u20ac'),
    ('<p id="&#1114112;">', '\ufffd'),
    ('<p id="&#xd800;">', '\ufffd'),
    ('<p id="&#99999999999999999999;">', '\ufffd'),
    ('<p id="&unknown;">', '&unknown;'),
    # Attributes.
    ('<p id = a>', 'a'),
    ("<p ID='a'>", 'a'),
    ('<p/id=a/>', 'a/'),
    ('<p id="a"id="b">', 'a'),
    ('<p title="id=b" id="a">', 'a'),
    ('<p title=\'<p id="b">\' id="a">', 'a'),
    ('<p title="a>b" id="a">', 'a'),
    (f'<p title="{"x" * 100_000}" id="a">', 'a'),
    (f'<p{" x=1" * 5000} id="a">', 'a'),
    ('<p ="x" id="a">', 'a'),
    ('<p id="">', ''),
    ('<p id>', ''),
    ('<p data-id="a" xml:id="b">', ''),
    ('<p id="a&amp;=b">', 'a&=b'),
    ('<p id="a&not;=b">', 'a\xac=b'),
    ('<a name="a">', 'a'),
    ('<meta name="a"><input name="b">', ''),
    # What has no end is no tag.
    ('<p id="a', ''),
    ('<p id="a"', ''),
    ('< p id="a">', ''),
    ('</p id="a">', ''),
    # Comments and the like.
    ('<!-- <p id="b"> --><p id="a">', 'a'),
    ('<!--><p id="a">-->', 'a'),
    ('<!---><p id="a">', 'a'),
    ('<!-- --!><p id="a">', 'a'),
    ('<!-- <p id="b">', ''),
    ('<? <p id="b"><p id="a">', 'a'),
    ('<![CDATA[ <p id="b">]]><p id="a">', 'a'),
    ('</ <p id="b"><p id="a">', 'a'),
    # Elements that have nothing but text.
    ('<title><p id="b"></title><p id="a">', 'a'),
    ('<textarea><p id="b"></textarea><p id="a">', 'a'),
    ('<script><p id="b"></script ><p id="a">', 'a'),
    ('<script></scripts><p id="b"></script><p id="a">', 'a'),
    ('<script><!-- <script></script><p id="b">--></script><p id="a">', 'a'),
    ('<script><!-- </script><p id="a">', 'a'),
    ('<style/><p id="b"></style><p id="a">', 'a'),
    ('<xmp><p id="b"></xmp><p id="a">', 'a'),
    ('<iframe><p id="b"></iframe><p id="a">', 'a'),
    ('<noscript><p id="a"></noscript>', 'a'),
    ('<plaintext><p id="b"></plaintext>', ''),
    # Templates aren't on the page.
    ('<template><p id="b"></template><p id="a">', 'a'),
    ('<template><template></template><p id="b"></template><p id="a">', 'a'),
    # SVG and MathML have titles, styles and scripts of their own.
    ('<svg><title/><g id="a"></g></svg>', 'a'),
    ('<svg><title><p id="a"></title></svg>', 'a'),
    ('<svg><style/><g id="a"/></svg>', 'a'),
    ('<svg><script/><g id="a"/></svg>', 'a'),
    ('<svg/><title><p id="b"></title><p id="a">', 'a'),
    ('<svg><![CDATA[<g id="b">]]><g id="a"/></svg>', 'a'),
    ('<svg><p><title><b id="b"></title><b id="a">', 'a'),
    ('<svg><foreignObject><title><p id="b"></title></foreignObject></svg>', ''),
]


@pytest.mark.parametrize(('text', 'expected'), PAGES)
def test_ids_are_those_that_browsers_find(text: str, expected: str) -> None:
    found = set(expected.split(' ')) - {''}
    assert ids(text) == found
    for size in (1, 2, 7, 64):
        if len(text) < 1000 * size:
            assert ids(text, size) == found


def test_what_a_script_writes_is_the_same_however_it_comes() -> None:
    text = (
        '<script>id="one"; name = \'two\'; {"slug":"three"}; '
        '{"url": "#four", "href": "5", "hash":"#six"}; id="seven'
    )
    for size in range(1, len(text)):
        parser = AnchorParser()
        for start in range(0, len(text), size):
            parser.feed(text[start : start + size])
        assert parser.close(whole=True).drawn == {'one', 'two', 'three', 'four', 'six'}


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        ('0; /a', (0, '/a')),
        ('0 /a', (0, '/a')),
        ('0 ;', None),
        ('0 ; /a', (0, '/a')),
        ('0,url = "/a"b', (0, '/a')),
        ('0;url /a', (0, 'url /a')),
        (".5;URL='/a", (0, '/a')),
        ('\u0663; /a', None),
        ('\xa00; /a', None),
    ],
)
def test_a_refresh_is_read_as_the_standard_says(
    content: str, expected: tuple[int, str] | None
) -> None:
    parser = AnchorParser()
    parser.feed(f'<meta http-equiv="refresh" content="{html.escape(content)}">')
    found = parser.refresh
    assert (found and (found.seconds, found.url)) == expected


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('<p><title/><script/><style/><b id="a"/></p>', {'a'}),
        ('<p xml:id="a"/>', {'a'}),
        ('<p><![CDATA[<b id="b"/>]]><b id="a"/></p>', {'a'}),
        ('<?x <b id="b"/> ?><b id="a"/>', {'a'}),
        ('<!DOCTYPE x [<!ENTITY y "<b id=\'b\'/>">]><b id="a"/>', {'a'}),
        ('<!-- --!> <b id="b"/> --><b id="a"/>', {'a'}),
    ],
)
def test_xml_is_read_as_xml(text: str, expected: set[str]) -> None:
    assert ids(text, is_xml=True) == expected
    assert ids(text, 1, is_xml=True) == expected


@pytest.mark.parametrize(
    'piece',
    [
        '<',
        '<a ',
        '<!--',
        '<a b="',
        '<a b=',
        '</script',
        '<svg>',
        '<![CDATA[',
        '&#',
        '<a/',
    ],
)
def test_no_page_takes_more_than_its_share_of_steps(piece: str) -> None:
    # A pass whose time grows with the square would not end in an hour.
    text = piece * (300_000 // len(piece))
    ids(text, 1000)
    ids(f'<script>{text}', 1000)


def test_a_page_may_have_more_ids_than_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(anchors_module, 'MAX_IDS', 2)
    parser = AnchorParser()
    parser.feed('<p id=a><p id=b><p id=a>')
    assert parser.close(whole=True).whole
    parser = AnchorParser()
    parser.feed('<p id=a><p id=b><p id=c>')
    assert not parser.close(whole=True).whole


def embedded(**payload: object) -> str:
    """Return a page whose scripts draw what is embedded in it, as GitHub's do."""
    data = json.dumps({'payload': payload}).replace('<', r'\u003c')
    return document(
        '<script type="application/json" data-target="react-app.embeddedData">'
        f'{data}</script>'
    )


def test_data_within_embedded_data_is_no_more_than_text() -> None:
    within = embedded(richText='<p id="within">')
    page = embedded(richText=f'<p id="here">{within}')
    found: list[set[str]] = []
    # Such pages are read one at a time: this one must not wait for itself.
    thread = threading.Thread(target=lambda: found.append(ids(page)), daemon=True)
    thread.start()
    thread.join(60)
    assert found == [{'here'}]


def test_each_fragment_is_judged_for_what_it_is(
    make_project: MakeProject, web: Web
) -> None:
    web.page('/page', document(f'{TEXT}<p id="it&#39;s">'))
    web.page('/app', document('<div id="root"></div><script src="/x.js"></script>'))
    web.page('/made', document(f'{TEXT}<script>x = {{"id": "made"}}</script>'))
    web.page('/mixed', document(f'{TEXT}<template><p id="later"></template>'))
    web.page('/scripted', document(f'{TEXT}<script></script>'))
    web.page('/code', embedded(blob={'rawLines': ['x'] * 20}))
    heading = {'anchor': 'try-it'}
    web.page('/readme', embedded(blob={'headerInfo': {'toc': [heading]}}))
    web.page('/broken', embedded().replace('payload', 'pay"load'))
    web.on(
        '/cut',
        answer(
            f'{TEXT}<p id="here">',
            headers={'Content-Length': '5000', 'Connection': 'close'},
        ),
    )
    web.on(
        '/film',
        answer('\0\1\2\xff', headers={'Content-Type': 'video/mp4'}),
    )
    xml = '<?xml version="1.0"?><x about="#Thing"/>'
    for name in ('rdf', 'owl', 'svg'):
        headers = {'Content-Type': f'application/{name}+xml'}
        web.on(f'/{name}', answer(xml, headers=headers))
    web.on('/paper', answer('%PDF-1.7 \0', headers={'Content-Type': ''}))
    preloads = {f'X-Preload-{number}': '/x.js' for number in range(150)}
    web.on('/preloads', answer(document('<p id="it">'), headers=preloads))
    lines = ('L3', 'f-LC4', 'line-5', 'lines-8', '10', 'n12')
    web.page('/lines', document(''.join(f'<i id="{i}">' for i in lines) + TEXT))
    web.on('/latin', answer(
        '<?xml version="1.0" encoding="latin-1"?><p id="\xfc"/>'.encode('latin-1'),
        headers={'Content-Type': 'application/xhtml+xml'},
    ))  # fmt: skip
    web.page('/long', document(f'<p id="first">{TEXT * 5000}<p id="last">'))
    web.on('/moved', redirect('/page#it%27s'))
    web.on('/end', redirect('/long#last'))
    web.on('/lost', redirect('/page#gone'))
    expected = {
        "/page#it's": 'ok',
        '/preloads#it': 'ok',
        '/page#it%27s': 'ok',
        '/page#:~:text=words': 'ok',
        '/page#it': 'no-anchor',
        '/page#/route': 'no-anchor',
        '/scripted#/route': 'route',
        '/scripted#!room': 'ok',  # by the default of linkcheck_anchors_ignore
        '/scripted#page=2': 'route',
        '/scripted#gone': 'no-anchor',
        '/app#root': 'ok',
        '/app#usage': 'drawn-by-script',
        '/made#made': 'drawn-by-script',
        '/made#other': 'no-anchor',
        '/mixed#later': 'drawn-by-script',
        '/mixed#other': 'no-anchor',
        '/code#L20': 'ok',
        '/code#L0': 'no-anchor',
        '/lines#L3-L7': 'ok',
        '/lines#L3C1-L7C2': 'ok',
        '/lines#L3-7': 'ok',
        '/lines#f-L4': 'ok',
        '/lines#lines-5:8': 'ok',
        '/lines#lines-8:9': 'ok',
        '/lines#10-12': 'ok',
        '/lines#n12-20': 'ok',
        '/lines#10-02': 'no-anchor',
        '/lines#n10-12': 'no-anchor',
        '/lines#x10-12': 'no-anchor',
        '/lines#L6': 'no-anchor',
        '/scripted#comment-12': 'drawn-by-script',
        '/scripted#comment12_34': 'drawn-by-script',
        '/scripted#comments': 'no-anchor',
        '/page#comment-12': 'no-anchor',
        '/page#xywh=1,2,3,4': 'ok',
        '/page#svgView(viewBox(0,0,1,1))': 'ok',
        '/latin#\xfc': 'ok',
        '/end#first': 'temporary',
        '/code#L3-L7': 'ok',
        '/code#L21': 'no-anchor',
        '/readme#try-it': 'ok',
        '/readme#other': 'no-anchor',
        '/broken#other': 'unverified',
        '/cut#here': 'ok',
        '/cut#there': 'unverified',
        '/film#t=30': 'ok',
        '/rdf#Thing': 'ok',
        '/owl#Thing': 'ok',
        '/svg#Thing': 'no-anchor',
        '/paper#page=2': 'ok',
        '/moved#gone': 'temporary',
        '/lost#here': 'no-anchor',
    }
    text = '\n'.join(f'`{n} <{web.url(to)}>`__' for n, to in enumerate(expected))
    checked = check(make_project, text)
    found = {to: checked.verdict(web.url(to))[1] for to in expected}
    assert found == expected


def test_pages_of_forges_are_known_for_what_their_scripts_add(
    make_project: MakeProject, web: Web
) -> None:
    for host in ('github.com', 'docs.github.com', 'gitlab.nowhere'):
        web.names.add(host, web.address)
    readme = '<h2 id="user-content-try-it">Try it</h2>'
    script = '<script></script>'
    comment = {'__typename': 'IssueComment', 'databaseId': 12}
    gitlab = '<meta content="GitLab" property="og:site_name">'
    pages = {
        '/a/wiki': f'{TEXT}{readme}{script}',
        '/a/list': f'{TEXT}{script}',
        '/a/issues/1': embedded(items=[comment]) + TEXT + readme,
        '/a/gitlab': f'{gitlab}{TEXT}{script}',
        '/a/draft': f'<script src="/Tools/respec/respec-w3c.js"></script>{TEXT}',
        '/a/guide': f'{TEXT}<script src="/x/anchor.min.js"></script>',
        '/a/other': f'{TEXT}<script src="/anchor.min.js/x.js"></script>',
        '/a/b': embedded(overviewFiles=[{'preferredFileType': 'readme'}]) + readme,
    }
    for path, page in pages.items():
        web.page(path, document(page))
    github, docs, other = 'github.com', 'docs.github.com', 'gitlab.nowhere'
    expected = {
        (github, '/a/wiki#try-it'): 'ok',
        (github, '/a/wiki#Try-It'): 'ok',
        (github, '/a/wiki#gone'): 'no-anchor',
        # It comes as one scrolls to it.
        (github, '/a/wiki#issuecomment-13'): 'drawn-by-script',
        (github, '/a/wiki#discussion_r13'): 'drawn-by-script',
        (other, '/a/wiki#issuecomment-13'): 'no-anchor',
        # What it shows isn't in its HTML.
        (github, '/a/list#gone'): 'drawn-by-script',
        (other, '/a/list#gone'): 'no-anchor',
        (docs, '/a/list#gone'): 'no-anchor',
        # The source of what is shown as text has lines, too.
        (github, '/a/wiki#L3-L5'): 'drawn-by-script',
        # Tabs below a list of files.
        (github, '/a/b#readme'): 'ok',
        (github, '/a/b#readme-ov-file'): 'ok',
        (github, '/a/b#MIT-1-ov-file'): 'drawn-by-script',
        (github, '/a/wiki#readme'): 'drawn-by-script',
        (github, '/a/issues/1#issuecomment-12'): 'ok',
        (other, '/a/gitlab#L3'): 'drawn-by-script',
        (other, '/a/gitlab#readme'): 'drawn-by-script',
        # Headings get their ids as the page is shown.
        (other, '/a/draft#terms'): 'drawn-by-script',
        (other, '/a/guide#terms'): 'drawn-by-script',
        (other, '/a/other#terms'): 'no-anchor',
    }
    urls = {key: web.url(key[1], host=key[0]) for key in expected}
    text = '\n'.join(f'`{n} <{url}>`__' for n, url in enumerate(urls.values()))
    checked = check(make_project, text)
    assert {key: checked.verdict(url)[1] for key, url in urls.items()} == expected


TOKEN = 'ghp_0123456789abcdef0123456789abcdef'


@pytest.mark.parametrize('given', ['', 'environment', 'setting', 'for all hosts'])
def test_githubs_api_is_asked_by_who_has_a_token(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.delenv('GITHUB_TOKEN', raising=False)
    settings: dict[str, Any] = {}
    if given == 'environment':
        monkeypatch.setenv('GITHUB_TOKEN', TOKEN)
    elif given:
        pattern = r'https://api\.github\.com/' if given == 'setting' else '.*'
        settings = {'linkcheck_auth': [(pattern, ('me', TOKEN))]}
    hosts = 'github.com', 'api.github.com', 'gist.github.com'
    github = web.also(Web(tls=web.authority.good(*hosts)))
    for host in hosts:
        web.names.add(host, github)
    readme = f'{TEXT}<h2 id="user-content-try-it">Try it</h2><script></script>'
    for path in ('issues/1', 'pull/2', 'commit/3', 'wiki'):
        github.page(f'/o/r/{path}', document(readme))
    api = '/repos/o/r'
    github.page(f'{api}/issues/comments/5', '{}')
    github.page(f'{api}/pulls/comments/7', status=403)
    github.on(f'{api}/comments/8', redirect('https://github.com/o/r/wiki?8'))
    lines = '<p id="file-a-py"><p id="file-a-py-L3">'
    github.page('/o/1', document(f'{TEXT}{lines}<script></script>'))
    page, gist = 'https://github.com/o/r', 'https://gist.github.com/o/1'
    asked, drawn = given in {'environment', 'setting'}, 'drawn-by-script'
    expected = {
        f'{page}/issues/1#issuecomment-5': 'ok' if asked else drawn,
        f'{page}/issues/1#issuecomment-6': 'no-anchor' if asked else drawn,
        f'{page}/pull/2#discussion_r7': drawn,
        f'{page}/commit/3#commitcomment-8': 'ok' if asked else drawn,
        f'{page}/wiki#issuecomment-5': drawn,
        f'{page}/issues/1#try-it': 'ok',
        f'{gist}#file-a-py': 'ok',
        f'{gist}#file-a-py-L3-L5': 'ok',
        f'{gist}#file-gone-py': drawn,
    }
    text = '\n'.join(f'`{n} <{uri}>`__' for n, uri in enumerate(expected))
    authority = str(web.authority.ca_file)
    checked = check(make_project, text, tls_cacerts=authority, **settings)
    assert {uri: checked.links[uri]['reason'] for uri in expected} == expected
    with_login = {h.headers['host'] for h in github.log if 'authorization' in h.headers}
    to_api = {h.path for h in github.log if h.headers['host'] == 'api.github.com'}
    if asked:
        assert with_login == {'api.github.com'}
        assert to_api == {
            *(f'{api}/issues/comments/{number}' for number in (5, 6)),
            *(f'{api}/pulls/comments/7', f'{api}/comments/8'),
        } | (to_api & {'/'})
    else:
        assert to_api == set()
    for file in checked.outdir.iterdir():
        assert file.is_dir() or TOKEN.encode() not in file.read_bytes()


def test_the_text_of_a_page_is_looked_through_once_for_all_its_anchors(
    make_project: MakeProject, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def look(evidence: Evidence) -> list[str]:
        looked.append(evidence.url)
        return []

    monkeypatch.setattr('sphinx_linkaudit.judge.judge.soft_signs', look)
    url = web.page('/page', ''.join(f'<p id="id{n}">' for n in range(30)))
    uris = [f'{url}#id{n}' for n in range(60)]
    checked = check(make_project, ' '.join(uris))
    verdicts = [checked.links[uri]['reason'] for uri in uris]
    assert verdicts == ['ok'] * 30 + ['no-anchor'] * 30
    assert looked == [url]
