"""Says which charset a page is in."""

from __future__ import annotations

import codecs
import re

#: Bytes in which a page says its charset (WHATWG HTML has 1024).
START_BYTES = 2048
_META_CHARSET = re.compile(
    rb'<meta[^>]{0,200}?charset\s*=\s*["\']?\s*([\w.:-]+)', re.IGNORECASE
)
_COMMENT = re.compile(rb'<!--.*?-->', re.DOTALL)
_XML_ENCODING = re.compile(rb'\s*<\?xml[^>]{0,100}?encoding\s*=\s*["\']([\w.:-]+)["\']')
#: What reads the same in all charsets of the web that aren't wide, but for a backslash.
#: Python has others, which no browser knows: EBCDIC, UTF-7, Punycode, escapes.
_ASCII = rb'<p id="a-b">\x41 +AGE- &amp;'
#: What browsers read in place of what is said, which has fewer characters, by Python's
#: names; and names that Python doesn't know (WHATWG Encoding, "names and labels").
_WIDER = {
    'ascii': 'cp1252',
    'big5': 'big5hkscs',
    'euc_kr': 'cp949',
    'gb2312': 'gb18030',
    'gbk': 'gb18030',
    'iso8859-1': 'cp1252',
    'iso8859-9': 'cp1254',
    'shift_jis': 'cp932',
    'tis-620': 'cp874',
    'windows-31j': 'cp932',
    'windows-874': 'cp874',
    'windows-949': 'cp949',
    'x-gbk': 'gb18030',
    'x-sjis': 'cp932',
}
_WIDE = ('utf-16', 'utf-32')
_BOMS = (
    (codecs.BOM_UTF8, 'utf-8-sig'),
    (codecs.BOM_UTF16_LE, 'utf-16'),
    (codecs.BOM_UTF16_BE, 'utf-16'),
)


def charset_of(content_type: str, start: bytes) -> str | None:
    """Return the charset of a page, None if nobody says.

    From its byte order mark, its ``Content-Type``, or its ``<meta>`` or declaration of
    XML, in that order (WHATWG Encoding, "decode", and HTML, "prescan a byte stream").
    """
    for mark, charset in _BOMS:
        if start.startswith(mark):
            return charset
    header = re.search(r'charset\s*=\s*["\']?([\w.:-]+)', content_type, re.IGNORECASE)
    start = _COMMENT.sub(b'', start[:START_BYTES])
    meta = _META_CHARSET.search(start) or _XML_ENCODING.match(start)
    for is_header, said in (
        (True, header and header[1]),
        (False, meta and meta[1].decode('ascii')),
    ):
        name = _WIDER.get(said.lower(), said) if said else ''
        if name and _is_charset(name):
            # Python's own would want a byte order mark.
            codec = codecs.lookup(name).name
            if not codec.startswith(_WIDE):
                return _WIDER.get(codec, name)
            # A <meta> that could be read as ASCII is in neither.
            wide = codec if codec.endswith(('le', 'be')) else f'{codec}-le'
            return wide if is_header else 'utf-8'
    return None


def guessed_charset(start: bytes) -> str:
    """Return the charset of a page that *start* is of and that doesn't say its own.

    Browsers guess, too; that of most languages is Windows-1252 (WHATWG HTML,
    "determining the character encoding").
    """
    try:
        codecs.getincrementaldecoder('utf-8')().decode(start)
    except UnicodeDecodeError:
        return 'cp1252'
    return 'utf-8'


def _is_charset(name: str) -> bool:
    """Whether a page may be in it; some of Python's codecs are none for text."""
    try:
        text = _ASCII.decode(name, 'replace')
    except (LookupError, ValueError):
        return False
    is_wide = codecs.lookup(name).name.startswith(_WIDE)
    return is_wide or (text[:1] == '<' and len(text) == len(_ASCII))
