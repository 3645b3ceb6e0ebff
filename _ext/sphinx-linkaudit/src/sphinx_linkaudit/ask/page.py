"""Reads a page no further than it has to: inflates, decodes, looks for anchors."""

from __future__ import annotations

import codecs
import html
import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Bytes that a page may inflate to.
MAX_BODY_BYTES = 16 * 2**20
#: Characters that are kept to see what kind of page it is.
MAX_BEGINNING_CHARS = 64 * 2**10
#: Characters that a tag may have before an attribute of it is overlooked.
_MAX_TAG_CHARS = 8 * 2**10
#: Places looked at in vain for one page: a page of nothing else ends somewhere.
_MAX_PLACES = 200

#: Bytes in which a page says its charset (WHATWG HTML has 1024).
_START_BYTES = 2048
_META_CHARSET = re.compile(
    rb'<meta[^>]{0,200}?charset\s*=\s*["\']?\s*([\w.:-]+)', re.IGNORECASE
)
_BOMS = (
    (codecs.BOM_UTF8, 'utf-8-sig'),
    (codecs.BOM_UTF16_LE, 'utf-16'),
    (codecs.BOM_UTF16_BE, 'utf-16'),
)
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_OPEN_QUOTE = re.compile(r'=\s*["\']')
_TAG_NAME = re.compile(r'<([a-zA-Z][^\s/>]*)')
#: What has no tags in it, whatever it looks like: comments, and elements of text alone.
_TEXT_ALONE = re.compile(
    r'<!--(?:-?>|.*?(?:--!?>|\Z))'
    r'|<(script|style|textarea|title)(?=[\s/>]).*?(?:</\1(?=[\s/>])|\Z)',
    re.IGNORECASE | re.DOTALL,
)
#: How many "<" before an attribute may be some of another attribute's value.
_MAX_LESS_THANS = 8


class Page(NamedTuple):
    """What was read of a page."""

    beginning: str
    anchors: frozenset[str]  #: Those of the wanted ones that are there.
    whole: bool  #: Whether it was read to its end, or to the last anchor.
    decodable: bool


_GZIP = b'\x1f\x8b'  #: How a member of gzip begins.


class UnknownEncodingError(ValueError):
    """A content coding that can't be undone."""


def inflate(chunks: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """Yield *chunks* without their content coding, at most *limit* bytes in all.

    A chunk that inflates to a thousand times its size is inflated piece by piece.

    :raises UnknownEncodingError: if it is neither gzip nor deflate.
    :raises zlib.error: if it isn't what it says.
    :raises EOFError: after all that there is of it, if it breaks off.
    """
    left = limit
    if encoding in {'', 'identity'}:
        for chunk in chunks:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return
        return
    if encoding not in {'gzip', 'x-gzip', 'deflate'}:
        raise UnknownEncodingError(encoding)
    # With 32, zlib tells gzip and zlib apart; some servers send bare deflate.
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    first = True
    rest = b''
    for chunk in chunks:
        rest += chunk
        while rest:
            if inflater.eof:
                # gzip may have several members (RFC 1952, 2.2).
                if len(rest) < len(_GZIP):
                    break  # too short yet to say what it is
                if not rest.startswith(_GZIP):
                    return
                inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
            try:
                data = inflater.decompress(rest, left)
            except zlib.error:
                if not first:
                    raise
                inflater = zlib.decompressobj(-zlib.MAX_WBITS)
                data = inflater.decompress(rest, left)
            first = False
            if data:
                yield data
            left -= len(data)
            if left <= 0:
                return
            rest = inflater.unused_data
    if not first and not inflater.eof:
        raise EOFError


def _filled(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield *chunks*, the first of them long enough to see a charset in it."""
    start = b''
    try:
        for chunk in chunks:
            start += chunk
            if len(start) >= _START_BYTES:
                break
    except EOFError:  # which comes after all that there is
        yield start
        raise
    yield start
    yield from chunks


def charset_of(content_type: str, start: bytes) -> str | None:
    """Return the charset of a page, None if nobody says.

    From its byte order mark, its ``Content-Type`` or its ``<meta>``, in that order
    (WHATWG Encoding, "decode", and HTML, "prescan a byte stream").
    """
    for mark, charset in _BOMS:
        if start.startswith(mark):
            return charset
    header = re.search(r'charset\s*=\s*["\']?([\w.:-]+)', content_type, re.IGNORECASE)
    meta = _META_CHARSET.search(start[:_START_BYTES])
    for is_header, name in (
        (True, header and header[1]),
        (False, meta and meta[1].decode('ascii')),
    ):
        if name and _is_charset(name):
            # Python's own would want a byte order mark.
            codec = codecs.lookup(name).name
            if not codec.startswith(('utf-16', 'utf-32')):
                return name
            # A <meta> that could be read as ASCII is in neither.
            wide = codec if codec.endswith(('le', 'be')) else f'{codec}-le'
            return wide if is_header else 'utf-8'
    return None


def _is_charset(name: str) -> bool:
    """Whether Python decodes text from it; some of its codecs are none for text."""
    try:
        b'a'.decode(name, 'replace')
    except (LookupError, ValueError):
        return False
    return True


def read_page(
    chunks: Iterable[bytes],
    encoding: str,
    content_type: str,
    wanted: Sequence[frozenset[str]],
) -> Page:
    """Read a page until one id of each group of *wanted* is found, or to its end.

    Errors of *chunks* pass through.
    """
    text = ''
    missing = list(wanted)
    found: set[str] = set()
    decoder: codecs.IncrementalDecoder | None = None
    next_look = MAX_BEGINNING_CHARS
    size = 0
    parts: list[str] = []
    is_cut = False
    try:
        for chunk in _filled(inflate(chunks, encoding, MAX_BODY_BYTES)):
            if decoder is None:
                charset = charset_of(content_type, chunk)
                if charset is None and b'\0' in chunk:
                    return Page('', frozenset(), whole=False, decodable=False)
                decoder = codecs.getincrementaldecoder(charset or 'utf-8')('replace')
            parts.append(decoder.decode(chunk))
            size += len(chunk)
            # Looking at doubled sizes costs twice one look at the whole at most.
            if size >= next_look:
                next_look = size * 2
                text = ''.join(parts)
                parts = [text]
                missing = look_for(text, missing, found)
                if not missing:
                    break
    except EOFError:
        is_cut = True
    except (UnknownEncodingError, UnicodeError, zlib.error):
        return Page('', frozenset(), whole=False, decodable=False)
    text = ''.join(parts)
    missing = look_for(text, missing, found)
    whole = not missing or (size < MAX_BODY_BYTES and not is_cut)
    return Page(text[:MAX_BEGINNING_CHARS], frozenset(found), whole, decodable=True)


def look_for(
    text: str, wanted: Sequence[frozenset[str]], found: set[str]
) -> list[frozenset[str]]:
    """Return those groups of *wanted* that have no id in *text*; add to *found*.

    An id is an ``id`` of any element or a ``name`` of an ``<a>``.  It is looked for
    from its value backwards: a page made to be slow to parse is as fast as any.
    """
    if not wanted:
        return []
    ids = set().union(*wanted)
    values = {html.escape(name): name for name in ids} | {name: name for name in ids}
    choice = '|'.join(sorted(map(re.escape, values), key=len, reverse=True))
    pattern = re.compile(
        rf'[\s"\'/](id|name)\s{{0,9}}=\s{{0,9}}'
        rf'(?:"({choice})"|\'({choice})\'|({choice})(?=[\s>]))',
        re.IGNORECASE,
    )
    places = 0
    hidden = _hidden_in(text)
    start = end = 0
    for match in pattern.finditer(text):
        value = match[2] or match[3] or match[4]
        # Attribute names ignore case, ids don't.
        name = values.get(value)
        if name is None or name in found:
            continue
        if places >= _MAX_PLACES:
            break
        opening = _tag_before(text, match.start())
        if opening is None or not (
            match[1].lower() == 'id' or opening[1].lower() == 'a'
        ):
            places += 1
            continue
        while end <= opening.start():
            start, end = next(hidden)
        # The tag that such a place begins with is one.
        if opening.start() <= start:
            found.add(name)
        else:
            places += 1
    return [group for group in wanted if not group & found]


def _hidden_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of what has no tags in it, and of what is after *text*."""
    for match in _TEXT_ALONE.finditer(text):
        yield match.span()
    yield len(text), len(text) + 1


def _tag_before(text: str, position: int) -> re.Match[str] | None:
    """Return the match of `_TAG_NAME` for the tag that *position* is in, if any."""
    first = max(0, position - _MAX_TAG_CHARS)
    start = position
    for _ in range(_MAX_LESS_THANS):
        start = text.rfind('<', first, start)
        if start < 0:
            return None
        name = _TAG_NAME.match(text, start)
        if name is not None:
            inside = _QUOTED.sub('', text[start:position])
            # With a quote still open, it would be in another attribute's value.
            return None if '>' in inside or _OPEN_QUOTE.search(inside) else name
    return None
