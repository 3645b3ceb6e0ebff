"""Whatever people and servers write, nothing fails for it: generated at random."""

from __future__ import annotations

import gzip
import html
import math
import random
import re
import socket
import string
import time
import unicodedata
import zlib
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sphinx.testing.util import SphinxTestApp

from checks import EXTENSION, check
from sphinx_linkaudit.ask import page as page_module
from sphinx_linkaudit.ask.adapter import Request as Prepared
from sphinx_linkaudit.ask.anchors import AnchorParser
from sphinx_linkaudit.ask.exchange import PLAIN_URL
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.pace import http_date, reset_after, retry_after
from sphinx_linkaudit.ask.page import read_page
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.builder import LinkAuditBuilder
from sphinx_linkaudit.checker import host_of, split_safely
from sphinx_linkaudit.collect.raw import links_of
from sphinx_linkaudit.judge.anchors import finder_of, fragment_anchor, spellings
from sphinx_linkaudit.judge.judge import Policy, judge
from sphinx_linkaudit.judge.soft import crowded, soft_signs
from sphinx_linkaudit.records import Anchors, Ending, Evidence, Hop
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import REASONS
from web import HERE, Web, answer, document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fixtures import MakeProject
    from web import Peer, Request

#: Any characters, lone surrogates too.
TEXT = st.text(st.characters())
#: Parts of addresses, some of which are none.
_HOSTS = st.sampled_from(
    [
        *(
            '',
            'a.test',
            'A.TEST.',
            '127.0.0.1',
            '[::1]',
            '[::1',
            '::1]',
            '[fe80::1%eth0]',
        ),
        *(
            '[v1.x]',
            'a..b',
            '.',
            '..',
            'xn--',
            'xn--a',
            'xn--zckzah',
            '\xfc..test',
            '%zz',
        ),
        *(
            '%00',
            '\x00',
            'a b',
            'a\\b',
            '0x7f.1',
            '1.2.3.4.5',
            '999.1.1.1',
            f'{"a" * 64}.b',
        ),
        *(
            '\u2024',
            '\uff0e',
            '\u212a.test',
            '\udcff',
            '-',
            '_',
            '*',
            'a.test@',
            '@',
            ':@:',
        ),
        *('user:pass@a.test', 'user@@a.test', '@[', 'a.test:b@c', '\u00ad', '\u200d'),
    ]
)
_PORTS = st.sampled_from(
    [
        '',
        ':',
        ':0',
        ':80',
        ':99999',
        ':-1',
        ':port',
        ':8\u0660',
        ':80:80',
        ': 80',
        ':\n1',
    ]
)
_SCHEMES = st.sampled_from(
    ['http:', 'https:', 'HTTP:', 'hTTpS:', '', 'ftp:', 'http', 'http :', ':', 'file:']
)
_SLASHES = st.sampled_from(['//', '/', '', '///', '\\\\', '// '])
_PATHS = st.sampled_from(
    [
        '',
        '/',
        '/%',
        '/%zz',
        '?',
        '/a?b#c',
        '#',
        '##',
        '/\r\n',
        '/..//..',
        '/\ud800',
        '?#%',
    ]
)
URLS = st.one_of(
    TEXT,
    st.builds('http://{}'.format, TEXT),
    st.builds('https://a.test/{}'.format, TEXT),
    st.builds(
        '{}{}{}{}{}{}'.format,
        *(_SCHEMES, _SLASHES, _HOSTS | TEXT, _PORTS, _PATHS, TEXT),
    ),
)

ENDINGS = frozenset(get_args(Ending))


def nobody(host: str, port: int) -> list[object]:
    """Know no name: nothing is asked of the world."""
    raise socket.gaierror(socket.EAI_NONAME, 'Name or service not known')


@pytest.fixture(scope='module')
def fetcher() -> Iterator[Fetcher]:
    fetcher = Fetcher(Settings(), resolve=nobody)
    yield fetcher
    fetcher.close()


@pytest.fixture(scope='module')
def builder(make_project: MakeProject) -> Iterator[LinkAuditBuilder]:
    project = make_project({'conf.py': EXTENSION})
    app = SphinxTestApp('linkcheck', srcdir=project.srcdir)
    assert isinstance(app.builder, LinkAuditBuilder)
    yield app.builder
    app.cleanup()


# -- documents -----------------------------------------------------------------


@pytest.mark.parametrize(
    'text', ['foo[ x ]]', '!x', 'if !IE', 'CDATA[x]]', '[', 'endif']
)
def test_no_raw_html_is_an_error(text: str) -> None:
    before, after = '<a href="//a.test/1">', '<a href="//a.test/2">'
    found = links_of(f'{before}<![{text}> {after}<![{text}')
    assert [uri for uri, _classes in found] == ['//a.test/1', '//a.test/2']


# -- addresses -----------------------------------------------------------------


@given(url=URLS, anchors=st.lists(TEXT, max_size=2))
def test_any_text_can_be_asked_for(
    fetcher: Fetcher, url: str, anchors: list[str]
) -> None:
    evidence = fetcher.fetch(url, finder_of(anchors) if anchors else None)
    assert evidence.url == url
    # No library's error is unforeseen: that would be 'error'.
    assert evidence.ending in {'invalid-url', 'no-host'}, evidence.message
    verdict = judge(evidence, anchors[0] if anchors else '', Policy())
    assert verdict.kind in {'dead', 'unchecked'}


@given(url=st.from_regex(PLAIN_URL, fullmatch=True))
@example('http://a.example/~me/x.html?q=1&r=/')
@example('https://127.0.0.1:59999/')
def test_requests_changes_nothing_in_a_plain_address(url: str) -> None:
    plain = PLAIN_URL.fullmatch(url)
    assert plain
    request = Prepared()
    request.prepare_url(url, None)
    assert request.url == url
    assert urlsplit(url)[:2] == plain.groups()


@pytest.mark.parametrize(
    'url',
    [
        'http://A.example/',
        'http://a.example',
        'http://a.example:0/',
        'http://a.example:080/',
        'http://a.example:65536/',
        'http://me@a.example/',
        'http://a.example/./b',
        'http://a.example/b/..',
        'http://a.example/b%7e',
        'http://a.example/?',
        'http://a.example/\u00fc',
        'http://.example/',
        'http://a.example/\n',
    ],
)
def test_what_requests_may_change_is_not_plain(url: str) -> None:
    assert not PLAIN_URL.fullmatch(url)


@given(uri=URLS)
def test_any_text_can_be_the_target_of_a_link(
    builder: LinkAuditBuilder, uri: str
) -> None:
    url = builder.web_address(uri)
    assert url == '' or url.startswith(('http:', 'https:'))
    assert '#' not in url
    anchor = builder.anchor(uri)
    assert anchor in uri
    scheme, netloc = split_safely(url)
    assert isinstance(scheme + netloc, str)
    host = host_of(url)
    assert host == host.lower()


@given(anchor=TEXT)
@example('\ud800')
def test_any_text_can_be_an_anchor(anchor: str) -> None:
    assert ':~:' not in fragment_anchor(anchor)
    if anchor:
        assert anchor in list(spellings(anchor))


@given(location=st.binary() | URLS.map(lambda url: url.encode('utf-8', 'replace')))
@example(b'//')
@example(b'http://[')
@example(b'/\r\nLocation: /other')
def test_any_bytes_can_be_a_location(
    locations: tuple[Web, Fetcher, list[bytes]], location: bytes
) -> None:
    web, fetcher, current = locations
    current[:] = [location]
    evidence = fetcher.fetch(web.url('/start'))
    assert evidence.ending in ENDINGS - {'error', 'timeout', 'unasked'}, evidence
    # The link's own address is good.
    assert evidence.ending not in {'invalid-url', 'refused'}
    assert judge(evidence, '', Policy()).reason in REASONS


@pytest.fixture(scope='module')
def locations() -> Iterator[tuple[Web, Fetcher, list[bytes]]]:
    """Give a web whose start leads to the last of the locations, and who asks there."""
    current: list[bytes] = []

    def behave(peer: Peer, request: Request) -> None:
        answer(status=302, headers=[('Location', current[-1])])(peer, request)

    with Web() as web:
        web.page('/*', HERE)
        web.on('/start', behave)

        def resolve(host: str, port: int) -> list[object]:
            if (host, port) == (web.address, web.port):
                return list(web.names(host, port))
            return nobody(host, port)

        fetcher = Fetcher(Settings(timeout=60), resolve=resolve)
        yield web, fetcher, current
        fetcher.close()


@pytest.mark.parametrize('uri', ['http://[::1', 'http://[::1#anchor'])
def test_a_malformed_address_is_told_of_as_one(
    make_project: MakeProject, uri: str
) -> None:
    checked = check(make_project, f'`x <{uri}>`__\n')
    assert checked.verdict(uri) == ('dead', 'invalid-url')


# -- what servers say ----------------------------------------------------------

#: Evidence of a page that was found where somebody else says.
_EVIDENCE = st.builds(
    Evidence,
    url=st.just('http://a.test/page'),
    ending=st.sampled_from(sorted(ENDINGS - {'ignored-redirect'})),
    status=st.integers(0, 1000),
    final_url=st.sampled_from(['', '/', 'http://a.test/b', 'http://a.test/404']),
    hops=st.lists(st.just(Hop('http://a.test/page', 301, 'http://a.test/b'))).map(
        tuple
    ),
    headers=st.dictionaries(st.sampled_from(['cf-mitigated', 'retry-after']), TEXT),
    body=TEXT,
    anchors=st.none()
    | st.builds(
        Anchors,
        st.frozensets(TEXT),
        st.frozensets(TEXT),
        st.integers(0, 10),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    has_anchors=st.booleans(),
    undecodable=st.booleans(),
    message=TEXT,
    x509_code=st.integers(0, 100),
    root_status=st.integers(0, 1000),
    connected=st.booleans(),
    crowded=st.booleans(),
)


@given(evidence=_EVIDENCE, other=_EVIDENCE, anchor=TEXT)
def test_any_evidence_has_a_verdict(
    evidence: Evidence, other: Evidence, anchor: str
) -> None:
    verdict = judge(evidence, anchor, Policy())
    assert verdict.reason in REASONS
    assert verdict.kind == REASONS[verdict.reason].kind
    assert isinstance(list(soft_signs(evidence)), list)
    assert crowded([evidence, other]) == set()


@given(
    value=TEXT
    | st.floats().map(str)
    | st.integers().map(str)
    | st.builds(
        '{}, {} {} {} {}:{}:{} {}'.format,
        *(st.sampled_from(['Wed', 'x']), st.integers(), st.sampled_from(['Oct', 'x'])),
        *(st.integers(-1, 10**6), st.integers(-1, 99), st.integers(-1, 99)),
        *(st.integers(-1, 99), st.sampled_from(['GMT', '', '-0000', '+9999', 'x'])),
    )
)
@example('9' * 5000)
@example('Fri, 31 Dec 9999 23:59:59 -2359')
@example('Fri, 01 Jan 0001 00:00:00 +2359')
def test_any_text_can_be_a_retry_after(value: str) -> None:
    reset = reset_after({'ratelimit': f't={value}', 'ratelimit-reset': value})
    for seconds in (retry_after(value), reset):
        assert seconds is None or math.isfinite(seconds)


@pytest.mark.parametrize('zone', [' GMT', '', ' -0000', ' +0000', ' UT'])
def test_a_date_of_http_is_in_gmt_wherever_it_is_read(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('TZ', 'XXX-5:45')
    time.tzset()
    try:
        when = http_date(f'Wed, 21 Oct 2065 07:28:00{zone}')
        assert when == datetime(2065, 10, 21, 7, 28, tzinfo=UTC)
        seconds = retry_after(f'Wed, 21 Oct 2065 07:28:00{zone}')
        assert seconds is not None
        assert abs(when.timestamp() - time.time() - seconds) < 600
    finally:
        monkeypatch.undo()
        time.tzset()


@given(text=TEXT)
def test_what_is_printed_has_no_control_characters(text: str) -> None:
    shown = printable(text)
    assert not {unicodedata.category(char) for char in shown} & {'Cc', 'Cs', 'Zl', 'Zp'}
    assert not {unicodedata.bidirectional(char) for char in shown} & {
        *('LRE', 'RLE', 'LRO', 'RLO', 'PDF', 'LRI', 'RLI', 'FSI', 'PDI')
    }
    assert printable(shown) == shown
    if text.isascii() and text.isprintable():
        assert shown == text


# -- pages ---------------------------------------------------------------------

_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    '': bytes,
    'identity': bytes,
    'gzip': gzip.compress,
    'deflate': zlib.compress,
    'br': bytes,
}
_TYPES = st.sampled_from(
    [
        *('', 'text/html', 'text/html; charset=utf-8', 'text/html;charset="latin-1"'),
        *(
            'text/html; charset=',
            'text/html; charset=base64',
            'text/html; charset=idna',
        ),
        *(
            'text/html; charset=utf-16',
            'text/html; charset=utf-7',
            'x; charset=punycode',
        ),
        *('x; charset=unicode_escape', 'x; charset=undefined', 'x; charset=rot13'),
        *(
            'x; charset=utf-8-sig',
            'x; charset=hz',
            'x; charset=iso2022_jp',
            'charset=mbcs',
        ),
    ]
)
LIMIT = 1000


@given(
    body=st.binary(max_size=100) | st.integers(0, 200).map(lambda n: b'<p id=a>' * n),
    mark=st.sampled_from([b'', b'\xef\xbb\xbf', b'\xff\xfe', b'\xfe\xff', b'\x1f\x8b']),
    coding=st.sampled_from(sorted(_CODINGS)),
    is_true=st.booleans(),
    content_type=_TYPES | TEXT,
    size=st.integers(1, 300),
    wanted=st.lists(st.sampled_from(['a', 'b', '']), max_size=3),
)
def test_any_bytes_can_be_a_page(
    body: bytes,
    mark: bytes,
    coding: str,
    content_type: str,
    size: int,
    wanted: list[str],
    *,
    is_true: bool,
) -> None:
    body = mark + body
    data = _CODINGS[coding](body) if is_true else body
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        for start in range(0, len(data), size):
            chunk = data[start : start + size]
            read += len(chunk)
            yield chunk

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_module, 'MAX_BODY_BYTES', LIMIT)
        patch.setattr(page_module, 'MAX_BEGINNING_CHARS', 100)
        found = read_page(chunks(), coding, content_type, finder_of(wanted))
    assert len(found.beginning) <= 100
    if found.anchors:
        assert found.is_decodable
    if coding in {'', 'identity'}:
        assert read < LIMIT + size


@pytest.mark.parametrize(
    ('charset', 'meta', 'codec'),
    [
        ('; charset=utf-16', '', 'utf-16-le'),
        ('; charset=UTF-16LE', '', 'utf-16-le'),
        ('; charset=utf-16be', '', 'utf-16-be'),
        ('', '<meta charset="utf-16">', 'utf-8'),
        ('', '<meta charset="utf-16be">', 'utf-8'),
    ],
)
def test_utf_16_needs_no_byte_order_mark(charset: str, meta: str, codec: str) -> None:
    data = document('<p id="Z\xfcrich">', head=meta).encode(codec)
    page = read_page([data], '', f'text/html{charset}')
    assert page.anchors is not None
    assert page.anchors.ids == {'Z\xfcrich'}


@pytest.mark.parametrize('coding', ['gzip', 'deflate'])
@pytest.mark.parametrize('size', [100, 10_000])
def test_of_a_page_that_breaks_off_no_anchor_is_missing(coding: str, size: int) -> None:
    letters = random.Random(1).choices(string.ascii_letters, k=size)
    data = _CODINGS[coding](document(f'<p id="there">{"".join(letters)}').encode())
    cut = data[: len(data) - 20]
    for chunks, wanted, ids, whole in (
        ([cut], ['there', 'gone'], {'there'}, False),
        ([cut], ['there'], {'there'}, True),
        ([data], ['there', 'gone'], {'there'}, True),
        ([], ['gone'], set(), True),
    ):
        page = read_page(chunks, coding, 'text/html', finder_of(wanted))
        assert page.is_decodable
        assert page.anchors is not None
        assert page.anchors.ids == ids
        assert page.anchors.whole == whole


@pytest.mark.parametrize(
    'name', ['punycode', 'utf-7', 'unicode_escape', 'idna', 'cp500', 'shift_jisx0213']
)
def test_no_page_is_in_what_only_python_calls_a_charset(name: str) -> None:
    data = rb'<p id="a-b">\x41\x42 +AGE- + .xn--a-ecp'
    page = read_page([data], '', f'text/html; charset={name}')
    assert page.beginning.startswith('<p id="a-b">')
    assert page.beginning.endswith('+AGE- + .xn--a-ecp')


@pytest.mark.parametrize('size', [1, 3, 10_000])
@pytest.mark.parametrize(
    ('coding', 'data'),
    [
        ('gzip', gzip.compress(b'<p id="there">')[:-8] + b'.' * 8),
        ('gzip', gzip.compress(b'<p id="there">') + b'\x1f\x8b\x08' + b'.' * 20),
        ('deflate', zlib.compress(b'<p id="there">')[:-4] + b'.' * 4),
    ],
    ids=['checksum', 'member', 'zlib'],
)
def test_what_was_inflated_before_an_error_counts(
    coding: str, data: bytes, size: int
) -> None:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    anchors = read_page(pieces, coding, 'text/html').anchors
    assert anchors is not None
    assert anchors.ids == {'there'}
    assert not anchors.whole


@pytest.mark.parametrize('cut', range(-2, 3))
def test_a_page_of_several_members_is_read_however_it_comes(cut: int) -> None:
    first, second = gzip.compress(b'<p>'), gzip.compress(b'<p id="there">')
    data = first + second
    chunks = [data[: len(first) + cut], b'', data[len(first) + cut :]]
    anchors = read_page(chunks, 'gzip', 'text/html').anchors
    assert anchors is not None
    assert anchors.ids == {'there'}


@given(size=st.integers(1, 50_000), coding=st.sampled_from(['gzip', 'deflate']))
def test_nothing_is_inflated_beyond_the_limit(size: int, coding: str) -> None:
    data = _CODINGS[coding](b'a' * size)
    inflated = list(page_module.inflate([data], coding, LIMIT))
    assert sum(map(len, inflated)) == min(size, LIMIT)


class Ids(HTMLParser):
    """Finds what an anchor may lead to, as the standard library's parser reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {'id', 'name'} if tag == 'a' else {'id'}
        first = dict(reversed(attrs))  # of equal ones that counts
        self.found |= {first[name] or '' for name in names & first.keys()} - {''}


NAMES = ['a', 'b', 'A', 'a-b', '\xfc', 'a&b', 'a"b', "a'b", 'a<b>', 'x.y', '0']
_NAMES = st.sampled_from(NAMES)
#: Tags in the spellings that people use, upper case too.
_TAGS = st.sampled_from(
    ['p', 'a', 'A', 'div', 'DIV', 'h1', 'meta', 'custom-tag', 'img']
)
_KEYS = st.sampled_from(
    ['id', 'ID', 'name', 'Name', 'data-id', 'class', 'title', 'href', 'id2', 'xml:id']
)


def _attribute(key: str, value: str, quote: str, around: str) -> str:
    if not quote and not re.fullmatch(r'[\w.-]+', value):
        quote = '"'
    # People write "<" as it is, which is no fault.
    value = value if value == 'x < y' else html.escape(value)
    return f' {key}{around}={around}{quote}{value}{quote}'


_ATTRIBUTE = st.builds(
    _attribute,
    _KEYS,
    _NAMES
    | st.sampled_from(['x > y', 'x < y', 'id="a"', 'see id=b', '<p id=a>', ' id=a ']),
    st.sampled_from(['"', "'", '']),
    st.sampled_from(['', '', '', ' ', '\n']),
)
_ELEMENT = st.builds(
    lambda tag, attributes, end: f'<{tag}{"".join(attributes)}{end}',
    _TAGS,
    st.lists(_ATTRIBUTE, max_size=4),
    st.sampled_from(['>', '>', ' >', ' />', '\n>']),
)
#: What only looks like an element.
_NO_ELEMENT = _ELEMENT | st.sampled_from(['', 'x < y', 'id="a"', "'", '"', '<a', ' <'])
_SCRIPTS = st.sampled_from(['script', 'style', 'SCRIPT', 'Style'])
_PIECE = st.one_of(
    _ELEMENT,
    _ELEMENT,
    st.sampled_from(
        ['</p>', '</A>', 'id="a"', 'name=b', ' id=a ', 'x', '"', "'", '\n']
    ),
    st.builds('<!--{}-->'.format, _NO_ELEMENT),
    st.builds('<!--{}-->'.format, _SCRIPTS.map('<{}>'.format)),
    st.builds(lambda tag, text: f'<{tag}>{text}</{tag}>', _SCRIPTS, _NO_ELEMENT),
    st.builds(
        lambda tag, text: f'<{tag}>{text}</{tag.swapcase()}>', _SCRIPTS, _NO_ELEMENT
    ),
    st.builds(lambda tag: f'<{tag}>x = "<!--"</{tag}>', _SCRIPTS),
)


@given(pieces=st.lists(_PIECE, max_size=8))
@example(['<a title="x > y" id="a">'])
@example(['<a title="x < y" id="a">'])
@example(['<script id="a" src="b">x</script>'])
@example(['<!-- <script> -->', '<p id="a">'])
@example(['<script>x = "<!--"</script>', '<p id="a">'])
@example(['<STYLE><p id="a"></STYLE>'])
@example(['<script></SCRIPT><p id="a">'])
def test_anchors_are_found_where_a_parser_finds_them(pieces: list[str]) -> None:
    text = f'<html><body>{"".join(pieces)}</body></html>'
    parser = Ids()
    parser.feed(text)
    parser.close()
    ours = AnchorParser()
    ours.feed(text)
    assert ours.close(whole=True).ids == parser.found
