"""Reads a page, no further than it has to: inflates, decodes, finds its anchors."""

from __future__ import annotations

import codecs
import re
import zlib
from contextlib import closing
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from urllib3.exceptions import HTTPError

from sphinx_linkaudit.ask.anchors import AnchorParser
from sphinx_linkaudit.ask.charset import START_BYTES, charset_of, guessed_charset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sphinx_linkaudit.ask.anchors import Refresh
    from sphinx_linkaudit.records import Anchors, Wanted

#: Bytes that a page may inflate to.
MAX_BODY_BYTES = 16 * 2**20
#: Bytes that are inflated at once: a thousand times as many may come of a few.
PIECE_BYTES = 256 * 2**10
#: Characters that are kept to see what kind of page it is.
MAX_BEGINNING_CHARS = 64 * 2**10
#: Bytes of memory for a tag or comment that are held until it ends, and those from
#: which on only one page at a time may hold one, such as an image that is in its tag.
MAX_TAG_BYTES = 8 * 2**20
LONG_TAG_BYTES = 256 * 2**10
_ONE_LONG_TAG = Lock()
#: Seconds of one wait for that.
_WAIT = 0.1
#: Content codings that can be undone, and all others that there are (IANA, HTTP Content
#: Coding Registry, 2026-11).
_INFLATABLE = frozenset({'deflate', 'gzip', 'x-gzip'})
_OTHERS = frozenset(
    {
        'aes128gcm',
        'br',
        'compress',
        'dcb',
        'dcz',
        'exi',
        'pack200-gzip',
        'x-compress',
        'zstd',
    }
)
#: How a member of gzip begins.
_GZIP = b'\x1f\x8b'
#: Types of content in which tags are those of XML.
_XML = re.compile(r'[/+]xml\b', re.IGNORECASE)
#: A fragment of RDF or OWL names a resource, not an id (RFC 3870, 3).
_PAGE = re.compile(r'html|(?<!rdf\+)(?<!owl\+)xml', re.IGNORECASE)
#: What reads the same in all charsets of the web: ISO-2022-JP begins with an escape.
_PLAIN = re.compile(rb'[\t\n\f\r -~]*')
#: Files that some servers send without a type, or with the wrong one.
_FILE_STARTS = (b'%PDF-', b'\x89PNG', b'GIF8', b'\xff\xd8\xff', b'PK\x03\x04', _GZIP)
#: Bytes of the longest of them.
_MARK_BYTES = max(map(len, _FILE_STARTS))


class Page(NamedTuple):
    """What was read of a page."""

    beginning: str = ''
    anchors: Anchors | None = None  #: None if it is no page.
    refresh: Refresh | None = None  #: What it loads in its place.
    is_decodable: bool = True


class UnknownEncodingError(ValueError):
    """A content coding that can't be undone."""


def is_page(content_type: str) -> bool:
    """Whether what is of this type has anchors; what has no type may have."""
    return not content_type or bool(_PAGE.search(content_type))


def inflate(chunks: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """Yield *chunks* without their content coding, at most *limit* bytes in all.

    A chunk that inflates to a thousand times its size is inflated piece by piece.

    :raises UnknownEncodingError: if it is another than gzip or deflate, or several.
    :raises zlib.error: if it isn't what it says.
    :raises EOFError: after all that there is of it, if it breaks off.
    """
    left = limit
    # A charset, "none" and the like are no coding, and to browsers they are nothing.
    named = map(str.strip, encoding.split(','))
    codings = [name for name in named if name in _INFLATABLE | _OTHERS]
    if not codings:
        for chunk in chunks:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return
        return
    if len(codings) > 1 or codings[0] not in _INFLATABLE:
        raise UnknownEncodingError(encoding)
    inflater = None
    rest = b''
    for chunk in chunks:
        rest += chunk
        if inflater is None:
            if len(rest) < 2:
                continue  # too short yet to tell zlib from bare deflate
            inflater = _inflater(rest)
        has_more = False  # of what was taken, if it was much
        while rest or has_more:
            if inflater.eof:
                # gzip may have several members (RFC 1952, 2.2).
                if len(rest) < len(_GZIP):
                    break  # too short yet to say what it is
                if not rest.startswith(_GZIP):
                    return
                inflater = _inflater(rest)
            room = min(left, PIECE_BYTES)
            before = inflater.copy()
            try:
                data = inflater.decompress(rest, room)
            except zlib.error:
                # What it was before the error counts: its checksum may be wrong.
                for number in rest:
                    yield before.decompress(bytes([number]))
            yield data  # even if that is nothing, for whoever looks at the time
            left -= len(data)
            if left <= 0:
                return
            rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            has_more = len(data) == room and not inflater.eof
    if rest or not (inflater is None or inflater.eof):
        raise EOFError


def _inflater(start: bytes) -> Any:
    """Return what inflates gzip, zlib (RFC 1950), or bare deflate that begins so."""
    # With 32, zlib tells the first two apart.
    wrapped = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        wrapped.copy().decompress(start[:2])
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS)
    return wrapped


class _NoPageError(ValueError):
    """It is a file of another kind, or text in no known charset."""

    def __init__(self, *, is_decodable: bool) -> None:
        super().__init__()
        self.is_decodable = is_decodable


class _Decoder:
    """Decodes a page as it comes.

    Its charset is known once `START_BYTES` are there.  What is plain ASCII up to there
    is the same in all, so nobody waits for a server that says no more.
    """

    def __init__(self, content_type: str) -> None:
        self._content_type = content_type
        self._start = b''
        self._read = 0  #: Bytes of it that were decoded.
        self._decoder: codecs.IncrementalDecoder | None = None

    def decode(self, chunk: bytes) -> str:
        """Return the text of the next piece, as far as it is known.

        :raises _NoPageError: if it has none.
        """
        if self._decoder:
            return self._decoder.decode(chunk)
        self._start += chunk
        if len(self._start) >= START_BYTES:
            return self.end()
        is_plain = len(self._start) >= _MARK_BYTES and _PLAIN.fullmatch(self._start)
        if not is_plain or self._start.startswith(_FILE_STARTS):
            return ''
        return self._take().decode('ascii')

    def end(self) -> str:
        """Return the text of what came so far, whatever the charset.

        :raises _NoPageError: if it has none.
        """
        if self._decoder:
            return ''
        if self._start.startswith(_FILE_STARTS):
            raise _NoPageError(is_decodable=True)
        charset = charset_of(self._content_type, self._start)
        if charset is None:
            if b'\0' in self._start:
                raise _NoPageError(is_decodable=False)
            charset = guessed_charset(self._start)
        self._decoder = codecs.getincrementaldecoder(charset)('replace')
        return self._decoder.decode(self._take())

    def _take(self) -> bytes:
        rest, self._read = self._start[self._read :], len(self._start)
        return rest


class _LongTag:
    """The right to hold a long tag, which one page has at a time."""

    def __init__(self) -> None:
        self._is_taken = False

    def take(self, is_over: Callable[[], bool]) -> bool:
        """Wait for it, if need be; return whether it could be had in time."""
        while not (self._is_taken or is_over()):
            self._is_taken = _ONE_LONG_TAG.acquire(timeout=_WAIT)
        return self._is_taken

    def close(self) -> None:
        """Let another page have it."""
        if self._is_taken:
            self._is_taken = False
            _ONE_LONG_TAG.release()


def read_page(
    chunks: Iterable[bytes],
    encoding: str,
    content_type: str,
    wanted: Wanted | None = None,
    is_over: Callable[[], bool] = lambda: False,
) -> Page:
    """Read a page, at most `MAX_BODY_BYTES` of it.

    It is read to its end, or until all anchors are found that are *wanted*; where none
    are, no further than its beginning.  Once its time *is_over*, no more is read: a few
    bytes may inflate to what takes long.
    What breaks off, by an error of the network too, was read in part.

    :raises OSError, HTTPError: if nothing of it comes, whatever that is of *chunks*.
    """
    with closing(_LongTag()) as long_tag:
        return _read_page(chunks, encoding, content_type, wanted, is_over, long_tag)


def _read_page(
    chunks: Iterable[bytes],
    encoding: str,
    content_type: str,
    wanted: Wanted | None,
    is_over: Callable[[], bool],
    long_tag: _LongTag,
) -> Page:
    parser = AnchorParser(
        is_xml=bool(_XML.search(content_type)), wanted=wanted.ids if wanted else None
    )
    is_enough = wanted.reader() if wanted else None
    decoder = _Decoder(content_type)
    beginning = ''
    size = 0
    whole = True
    is_cut = False

    def feed(text: str) -> None:
        nonlocal beginning
        if len(beginning) < MAX_BEGINNING_CHARS:
            beginning += text[: MAX_BEGINNING_CHARS - len(beginning)]
        parser.feed(text)

    try:
        for chunk in inflate(chunks, encoding, MAX_BODY_BYTES):
            size += len(chunk)
            feed(decoder.decode(chunk))
            if is_enough is None:
                if len(beginning) >= MAX_BEGINNING_CHARS:
                    break
            elif is_enough(parser.ids):
                break
            if parser.held <= LONG_TAG_BYTES:
                long_tag.close()
            elif parser.held > MAX_TAG_BYTES or not long_tag.take(is_over):
                is_cut = True
                break
            if is_over():
                is_cut = True
                break
        whole = size < MAX_BODY_BYTES and not is_cut
    except _NoPageError as error:
        return Page(is_decodable=error.is_decodable)
    except EOFError:
        whole = False
    except (UnknownEncodingError, UnicodeError, zlib.error):
        if not size:
            return Page(is_decodable=False)
        whole = False
    except (OSError, HTTPError):
        # What came of it counts.
        if not size:
            raise
        whole = False
    try:
        feed(decoder.end())
    except _NoPageError as error:
        return Page(is_decodable=error.is_decodable)
    return Page(beginning, parser.close(whole=whole), parser.refresh)
