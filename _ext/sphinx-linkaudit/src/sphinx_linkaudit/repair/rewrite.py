"""Rewrites an address on a line of a file, and nothing else that is said there."""

from __future__ import annotations

import html
import re
import tokenize
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from sphinx_linkaudit.ask.address import InvalidAddressError, domain_to_ascii
from sphinx_linkaudit.collect.source import Source, split_lines
from sphinx_linkaudit.repair.layout import keep_title, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Characters that an address can go on with (RFC 3986, and those beyond ASCII).
_IN_ADDRESS = r"[\w\-.~:/?#\[\]@!$&'()*+,;=%]"
#: Of these, what ends a sentence or a construct of markup rather than an address.
_TRAILING = r"[.,;:!?'*_)\]]"
#: What follows an address that ends here: nothing of one, or punctuation and then that.
_END = re.compile(
    rf'{_TRAILING}*(?:\Z|(?!{_IN_ADDRESS}|\\{{1,2}}[_*~]).)'
    r'|&(?:quot|gt|lt|apos|#\d+);',
    re.DOTALL,
)
#: What ends an address that a list without spaces goes on behind.
_NEXT = re.compile(r'[,;]')
#: What an address may stand within.
_QUOTES = frozenset({"''", '()', '[]', '**', '__'})
#: What an address begins behind, even if another one stands before that.
_DELIMITER = re.compile(r'[^\w\-.~:/?#@!$&*+=%\\]|\\[nrt]')

#: Where an address goes on in the next line: in reST, and between two strings of a
#: catalog or of Python.
_BREAK = r'(?:"[ \t]*\r?\n[ \t]*"|[ \t]*\r?\n[ \t]*)'
#: Characters before an address that are looked at: a notebook may be one long line.
_LONGEST = 2_000
#: Lines of a file that one address may stand on.
_MOST_LINES = 10

#: Characters that an address may not have, for markup would take them for its own.
_UNSAFE = re.compile(r'[\s<>"`{}|\\^\x00-\x1f\x7f]')


class Rewritten(NamedTuple):
    """The text of a file after replacements."""

    text: str
    done: frozenset[tuple[int, str]]  #: Line and old address of what was changed.
    #: Line and old address of what had the new one already.
    before: frozenset[tuple[int, str]]
    #: Line and old address of what stands in a table that is too narrow.
    full: frozenset[tuple[int, str]]


class Spelling(NamedTuple):
    """A way in which files write an address."""

    pattern: str  #: A regular expression.
    escape: str  #: How another one is written there: 'html', 'backslash' or ''.


def decode(data: bytes, suffix: str) -> tuple[str, str]:
    """Return the text of a file, and its encoding.

    Bytes that aren't valid in UTF-8, or in the encoding that a Python file declares,
    become surrogates.

    :raises ValueError: if a Python file declares what is no encoding.
    """
    encoding = 'utf-8'
    if suffix == '.py':
        try:
            encoding, _lines = tokenize.detect_encoding(BytesIO(data).readline)
        except SyntaxError as error:
            raise ValueError(str(error)) from error
        # A mark at the beginning stays part of the text.
        encoding = encoding.removesuffix('-sig')
    return data.decode(encoding, 'surrogateescape'), encoding


def is_safe(new: str, old: str) -> bool:
    """Whether markup takes *new* for an address wherever it takes *old* for one."""
    if _UNSAFE.search(new) or not new.isprintable():
        return False
    is_balanced = _depth(new) == _depth(old)
    ends_alike = new[-1:] == old[-1:] or not re.search(rf'{_TRAILING}$', new)
    return is_balanced and ends_alike


def _depth(address: str) -> int:
    return address.count('(') - address.count(')')


def rewrite(text: str, lines: Mapping[int, Mapping[str, str]]) -> Rewritten:
    """Replace addresses of a *text*: by line, counted from 1, old address -> new one.

    An address is replaced where it stands whole on that line, as often as it does.
    """
    pieces = split_lines(text)
    done, before, full = set(), set(), set()
    for number, addresses in lines.items():
        if not 0 < number <= len(pieces):
            continue
        was = pieces[number - 1]
        # The longest first: one address may be the beginning of another.
        for old in sorted(addresses, key=len, reverse=True):
            new = addresses[old]
            line = pieces[number - 1]
            changed = replaced(
                pieces, number - 1, partial(replace_in, old=old, new=new)
            )
            if changed is None:
                full.add((number, old))
            elif changed != line:
                done.add((number, old))
                pieces[number - 1] = changed
            elif any(spans(line, new)):
                before.add((number, old))
            elif found := _over_lines(pieces, number - 1, old):
                done.add((number, old))
                broken = _broken(found, new)
                pieces[number - 1 : number - 1 + len(broken)] = broken
            elif _over_lines(pieces, number - 1, new):
                before.add((number, old))
        keep_title(pieces, number - 1, was)
    return Rewritten(
        ''.join(pieces), frozenset(done), frozenset(before), frozenset(full)
    )


def replace_in(line: str, old: str, new: str) -> str:
    """Return a *line* with each whole *old* address replaced by the *new* one."""
    found = sorted(spans(line, old))
    for start, end, escape in reversed(found):
        line = f'{line[:start]}{escaped(new, escape, line[start:end])}{line[end:]}'
    return line


def in_catalog(
    text: str, wanted: Mapping[int, Mapping[str, str]], moved: Mapping[str, str]
) -> dict[int, dict[str, str]]:
    """Return what is to be replaced in a catalog: by line, old address -> new one.

    That is what the pages have *moved*, wherever it is, but as code; and what is
    *wanted* besides in a translation.  Any other text has to stay as the page has it.
    """
    source = Source(text)
    found = {
        line: dict(uris)
        for line, uris in wanted.items()
        if not _is_original(source, line)
    }
    for uri, new in moved.items():
        for span in source.find(uri):
            before = source.text[source.offset_of(span.line) : span.start]
            if not before.startswith('#') and not before.endswith('``'):
                found.setdefault(span.line, {})[uri] = new
    return found


def _is_original(source: Source, line: int) -> bool:
    """Whether a line of a catalog is of a text and not of its translation."""
    lines = map(source.line, range(line, 0, -1))
    return next((one for one in lines if one.startswith('msg')), '').startswith('msgid')


def _over_lines(lines: Sequence[str], at: int, address: str) -> re.Match[str] | None:
    """Return where, from a line on, an *address* stands that begins on it and goes on.

    The text that it is found in is that of `_MOST_LINES`.
    """
    text = ''.join(lines[at : at + _MOST_LINES])
    for match in re.finditer(f'{_BREAK}?'.join(map(re.escape, address)), text):
        start, end = match.span()
        goes_on = start < len(lines[at]) < end
        if goes_on and _begins(text, start) and _ends(text, start, end):
            return match
    return None


def _broken(found: re.Match[str], new: str) -> list[str]:
    """Return the lines of an address that was *found*, replaced by the *new* one.

    Each line but the first keeps as many characters of it as it had.
    """
    parts = re.split(f'({_BREAK})', found[0])
    for at in range(len(parts) - 1, 0, -2):
        size = len(parts[at])
        parts[at], new = new[-size:], new[:-size]
    text = found.string
    text = f'{text[: found.start()]}{new}{"".join(parts[1:])}{text[found.end() :]}'
    return split_lines(text)


def spans(line: str, address: str) -> Iterator[tuple[int, int, str]]:
    """Yield where an *address* stands whole on a line, and how it is escaped there."""
    loose = []
    taken: set[int] = set()
    for pattern, escape in spellings(address):
        if escape == 'backslash' and '\\' not in line:
            continue
        for match in re.finditer(pattern, line):
            start, end = match.span()
            if start in taken or not _begins(line, start):
                continue
            if _ends(line, start, end):
                taken.add(start)
                yield start, end, escape
            elif _NEXT.match(line, end):
                loose.append((start, end, escape))
    if not taken:
        yield from loose[:1]


def _begins(line: str, start: int) -> bool:
    """Whether what stands at *start* is no part of a longer word or address."""
    before = line[max(0, start - _LONGEST) : start]
    # In a string, what follows a backslash may be white space.
    if re.search(r'[A-Za-z0-9+.\-%/](?<!\\[nrt])\Z', before):
        return False
    if line.startswith('//', start) and before.endswith(':'):
        return False  # its scheme is before it
    word = _DELIMITER.split(before)[-1]
    return '://' not in word


def _ends(line: str, start: int, end: int) -> bool:
    """Whether an address that begins at *start* ends at *end*."""
    around = line[start - 1 : start] + line[end : end + 1]
    address = line[start:end]
    is_closed = around[-1:] == ')' and address.count('(') == address.count(')')
    return around in _QUOTES or is_closed or bool(_END.match(line, end))


def spellings(address: str) -> Iterator[Spelling]:
    """Yield the ways in which files write an *address*."""
    yield Spelling(re.escape(address), '')
    if '&' in address:
        written = re.escape(address).replace(r'\&', '&(?:amp;|#38;|#x26;)?')
        yield Spelling(written, 'html')
    # A backslash takes away what these mean; in a string of JSON there are two.
    parts = (c if c.isalnum() else rf'\\{{0,2}}{re.escape(c)}' for c in address)
    yield Spelling(''.join(parts), 'backslash')
    if (decoded := _decoded(address)) != address:
        # Markdown's parser encodes what isn't ASCII.
        yield Spelling(re.escape(decoded), '')


def escaped(address: str, escape: str, written: str) -> str:
    """Return an *address* as it is written where another one is *written* so."""
    if escape == 'html':
        return html.escape(address, quote=False)
    if escape == 'backslash':
        marks = {c: slashes for slashes, c in re.findall(r'(\\+)(.)', written)}
        return ''.join(f'{marks.get(c, "")}{c}' for c in address)
    return address


def _decoded(address: str) -> str:
    """Return an *address* with what isn't ASCII as it reads, if it is UTF-8."""
    return re.sub(
        r'(?:%[89A-Fa-f][0-9A-Fa-f])+',
        lambda match: _text(bytes.fromhex(match[0].replace('%', '')), match[0]),
        address,
    )


def _text(data: bytes, otherwise: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return otherwise


def respelled(old: str, target: str) -> str:
    """Return the address that *old* has moved to, in the spelling that *old* has.

    The fragment is that of *old*, if it has one, and so is each part that means the
    same in both: ``%7E`` stays where ``~`` is said now; no host gets a slash or becomes
    Punycode.
    """
    page, hash_, fragment = old.partition('#')
    new_page, new_hash, new_fragment = target.partition('#')
    was, now = urlsplit(page), urlsplit(new_page)
    path = _kept(was.path, now.path, '/')
    if {was.path, now.path} == {'', '/'}:
        path = was.path
    query = _kept(was.query, now.query, '&')
    host, _ = host_and_port(was)
    new_host, port = host_and_port(now)
    netloc = f'{host}{port}' if _ascii(host) == new_host.lower() else now.netloc
    parts = [now.scheme, '://', netloc, path, '?' * bool(query), query]
    kept = [hash_, fragment] if hash_ else [new_hash, new_fragment]
    return ''.join(parts + kept)


def host_and_port(parts: SplitResult) -> tuple[str, str]:
    """Return the host of an address, and its port with a colon if it isn't usual."""
    found = re.fullmatch(
        r'(.*?)((?::\d+)?)', parts.netloc.rpartition('@')[2], re.DOTALL
    )
    host, port = found.groups() if found else ('', '')
    usual = {'http': ':80', 'https': ':443'}.get(parts.scheme)
    return host, '' if port == usual else port


def _ascii(host: str) -> str:
    try:
        return host.lower() if host.isascii() else domain_to_ascii(host)
    except InvalidAddressError:
        return host


def _kept(was: str, now: str, separator: str) -> str:
    """Return *now*, each part of it that *was* has as well spelled as there."""
    parts = [part for part in was.split(separator) if not _UNSAFE.search(part)]
    spelled = {unquote(part): part for part in parts}
    new = (spelled.get(unquote(part), part) for part in now.split(separator))
    return separator.join(new)
