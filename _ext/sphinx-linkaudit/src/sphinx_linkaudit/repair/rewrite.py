"""Rewrites an address on a line of a file, and nothing else that is said there."""

from __future__ import annotations

import html
import re
import tokenize
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from sphinx_linkaudit.repair.layout import keep_title, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Characters that an address can go on with (RFC 3986, and those beyond ASCII).
_IN_ADDRESS = r"[\w\-.~:/?#\[\]@!$&'()*+,;=%]"
#: Of these, what ends a sentence or a construct of markup rather than an address.
_TRAILING = r"[.,;:!?'*_)\]]"
#: What follows an address that ends here: nothing of one, or punctuation and then that.
_END = re.compile(
    rf'{_TRAILING}*(?:\Z|(?!{_IN_ADDRESS}).)|&(?:quot|gt|lt|apos|#\d+);', re.DOTALL
)
#: What ends an address that a list without spaces goes on behind.
_NEXT = re.compile(r'[,;]')
#: What an address may stand within.
_QUOTES = frozenset({"''", '()', '[]', '**', '__'})
#: What an address begins behind, even if another one stands before that.
_DELIMITER = re.compile(r'[\s<>"\'()\[\]{}|,;`]')

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

    :raises ValueError: if it isn't in UTF-8, or in what a Python file declares.
    """
    encoding = 'utf-8'
    if suffix == '.py':
        try:
            encoding, _lines = tokenize.detect_encoding(BytesIO(data).readline)
        except SyntaxError as error:
            raise ValueError(str(error)) from error
        # A mark at the beginning stays part of the text.
        encoding = encoding.removesuffix('-sig')
    return data.decode(encoding), encoding


def is_safe(new: str, old: str) -> bool:
    """Whether markup takes *new* for an address wherever it takes *old* for one."""
    if _UNSAFE.search(new) or not new.isprintable():
        return False
    is_balanced = new.count('(') == new.count(')')
    ends_alike = new[-1:] == old[-1:] or not re.search(rf'{_TRAILING}$', new)
    return is_balanced and ends_alike


def rewrite(text: str, lines: Mapping[int, Mapping[str, str]]) -> Rewritten:
    """Replace addresses of a *text*: by line, counted from 1, old address -> new one.

    An address is replaced where it stands whole on that line, as often as it does.
    """
    pieces = text.splitlines(keepends=True)
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
        keep_title(pieces, number - 1, was)
    return Rewritten(
        ''.join(pieces), frozenset(done), frozenset(before), frozenset(full)
    )


def replace_in(line: str, old: str, new: str) -> str:
    """Return a *line* with each whole *old* address replaced by the *new* one."""
    found = sorted(spans(line, old))
    for start, end, escape in reversed(found):
        line = f'{line[:start]}{escaped(new, escape)}{line[end:]}'
    return line


def spans(line: str, address: str) -> Iterator[tuple[int, int, str]]:
    """Yield where an *address* stands whole on a line, and how it is escaped there."""
    loose = []
    taken: set[int] = set()
    for pattern, escape in spellings(address):
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
    before = line[:start]
    if re.search(r'[A-Za-z0-9+.\-%/]\Z', before):
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
    if (written := html.escape(address, quote=False)) != address:
        yield Spelling(re.escape(written), 'html')
    if re.search(r'[_*]', address):
        # In reST a backslash takes away what these mean.
        parts = (r'\\?' + re.escape(c) if c in '_*' else re.escape(c) for c in address)
        yield Spelling(''.join(parts), 'backslash')
    if (decoded := _decoded(address)) != address:
        # Markdown's parser encodes what isn't ASCII.
        yield Spelling(re.escape(decoded), '')


def escaped(address: str, escape: str) -> str:
    """Return an *address* as it is written where others are escaped."""
    if escape == 'html':
        return html.escape(address, quote=False)
    if escape == 'backslash':
        return re.sub(r'([_*])', r'\\\1', address)
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
    same in both: ``%7E`` stays where ``~`` is said now; no host gets a slash.
    """
    page, hash_, fragment = old.partition('#')
    new_page, new_hash, new_fragment = target.partition('#')
    was, now = urlsplit(page), urlsplit(new_page)
    path = was.path if _plain(was.path) == _plain(now.path) else now.path
    query = was.query if _plain(was.query) == _plain(now.query) else now.query
    parts = [now.scheme, '://', now.netloc, path, '?' * bool(query), query]
    kept = [hash_, fragment] if hash_ else [new_hash, new_fragment]
    return ''.join(parts + kept)


def _plain(text: str) -> str:
    """Return a part of an address without what spelling alone makes of it."""
    return unquote(text).rstrip('/') if text in {'', '/'} else unquote(text)
