"""Knows where addresses, and roles that make addresses, stand in a file."""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from functools import cached_property, lru_cache
from io import StringIO
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Bytes of a file that is looked through.
MAX_BYTES = 16 * 2**20

#: Where an absolute address begins, and all that may belong to it: an escaped character
#: is one (in a string with two backslashes), what quotes or brackets enclose in any
#: markup is not.
_RUN = re.compile(
    r'(?:(?<=\\[nrt])|(?<![A-Za-z0-9+.\-])(?!(?<=\\)[nrt]))'
    r'[A-Za-z][A-Za-z0-9+.\-]*:(?://|(?=[A-Za-z0-9+]))'
    r'(?:\\{1,2}[_*`|:~()]|[^\s<>"`{}|\\^])*'
)
_SCHEME = re.compile(r'[A-Za-z][A-Za-z0-9+.\-]*:')
#: Addresses that go on in the next line, which reST joins: one within a reference, and
#: the definition of a target.
_SPLIT = re.compile(
    r'<(?P<within>[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>`]*(?:\s+[^\s<>`]+)+)>`'
    r'|^[ \t]*(?:\.\.[ ]+)?__?[^\n]*?(?<![ ])[ ]++(?P<target>[A-Za-z][A-Za-z0-9+.\-]*://\S*'
    r'(?:\r?\n[ \t]+[^\s:.][^\s]*)+)[ \t]*\r?$',
    re.MULTILINE,
)
#: Addresses that end where their markup says so, whatever characters they have: within
#: angle brackets, of a Markdown link, and of a target's or a Markdown definition.
_ENCLOSED = re.compile(
    r'<(?P<angle>[A-Za-z][A-Za-z0-9+.\-]*://[^<>`\n]*)>'
    r'|\]\((?P<round>[A-Za-z][A-Za-z0-9+.\-]*://'
    r'[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)'
    r'|^[ \t]*(?:(?:\.\.[ ]+)?__?[^\n]*?|\[[^\]\n]+\]:)(?<![ ])[ ]++'
    r'(?P<line>[A-Za-z][A-Za-z0-9+.\-]*://\S*)[ \t]*\r?$',
    re.MULTILINE,
)
#: Characters that end an address in plain text.
_ODD = re.compile(r'[\s<>"`{}|\\^]')
#: The same in a catalog, where a quote ends each line and another begins the next.
_SPLIT_IN_CATALOG = re.compile(
    r'(?<![^\s<>"`])[^\s<>"`]++(?:"\r?\n[ \t]*+"[^\s<>"`]++)++'
)
_NEXT_LINE = re.compile(r'"\r?\n[ \t]*"')
#: What an address may end before, although it could be part of one.
_TRAILING = frozenset(".,;:!?'*_)]&\\")
_PUNCTUATION = re.compile(r'[^\x00-\x7f](?<!\w)')
_MARKS = (')', ']', "'", ',', ';', '*', '&quot;', '&gt;', '&lt;', '&#34;', '&#39;')

#: A role with its text, in reST and in MyST; a reference; a Markdown link; and inline
#: code or a comment, which have none.  All but that end in the paragraph they begin in.
_ROLE = re.compile(
    r'(?P<code>(?<![`\w])``(?!`)(?:.(?!\n\s*\n))+?``(?![`\w])|<!--.*?-->)'
    r'|:[A-Za-z][\w+.\-]*(?::[\w+.\-]+)*:`(?P<rst>(?:\\.|[^`\\\n]|\n(?!\s*\n))+)`'
    r'|\{[A-Za-z][\w+.:\-]*\}(?P<ticks>`++)(?P<myst>(?:.(?!\n\s*\n))+?)(?P=ticks)'
    r'|(?<![:`\w\\])`(?P<bare>(?:\\.|[^`\\\n]|\n(?!\s*\n))+)`(?!`)'
    r'|\[(?P<label>[^\[\]]*)\]\((?P<to>[^()\s]++(?:\([^()]*\))?+)[^()]*+\)'
    r'|<(?P<auto>[A-Za-z][\w+.\-]*:(?!//)[^<>\s]+)>'
    r'|(?:PEP|RFC)[\s-]+(?P<number>\d+)',
    re.DOTALL,
)
#: A field that names types: `:param str name:`, `:rtype: str`, and napoleon's, in which
#: the types of what is returned or raised stand without a name.
_TYPES = re.compile(
    r'\s*(?::(?:param|parameter|arg|argument|key|keyword|raises?|except|exception)'
    r'\s(?P<within>[^:\n]+):|:(?:type\s[^:\n]+|rtype|vartype\s[^:\n]+):(?P<behind>.*)'
    r'|\*{0,2}\w+(?:\s\(|\s:\s)(?P<named>.*)|(?P<nameless>[\w.]+(?:\[.*\])?)(?::\s|\s*$))'
)
_GOES_ON = re.compile(r'[./]\w')
#: How the address of a page may end, beyond what a role is given.
_SUFFIX = re.compile(r'\.[A-Za-z]\w*$')
_BLANK = re.compile(r'\n[ \t]*\n')
#: The first line of a directive, in reST and in MyST.
_DIRECTIVE = re.compile(
    r'\s*(?:\.\. (?:\|[^|]+\| )?[\w.:+\-]+::|(?:`{3,}|:{3,})\{\S+\})'
)
_TITLED = re.compile(r'(?P<title>.*?)(?<!\\)<(?P<target>[^<>]*)>\s*', re.DOTALL)
#: An address of the web that no template has filled in, and how it follows its text.
_WHOLE = re.compile(r'https?://[^\s<>{}|$%]+', re.IGNORECASE)
_OWN_ADDRESS = re.compile(rf'(?:\s*<|\]\(<?){_WHOLE.pattern}[>)]', re.IGNORECASE)
#: What a template has filled in: {{ name }}, {name}, ${name}, %(name)s, |name|, @name@.
_FILLED_IN = r'\$?\{\{?[^{}\n]+\}?\}|%\(\w+\)s|\|\w+\||@\w+@'
_TEMPLATE = re.compile(rf'(?:{_FILLED_IN}|[^\s<>"`\'(){{}}|])++')
#: Characters that tell one template of an address from another, at least.
_TELLING = 4
#: Blanks that it has, at most: each may be filled in with anything.
_MAX_BLANKS = 6
#: Roles looked at for one link, at most, before its place is unknown.
_FAR = 400


class Span(NamedTuple):
    """Where something stands in a file."""

    start: int  #: Characters from the beginning.
    line: int  #: Counted from 1.
    is_sure: bool = True  #: Whether what follows can be no part of it.


class Role(NamedTuple):
    """Something in a file that makes a link of a name."""

    span: Span
    title: str  #: What it shows, if it says so itself.
    target: str  #: The name, without what only changes how it is shown.


class Source:
    """A file, and what stands in it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins."""
        return list(accumulate(map(len, split_lines(self.text)), initial=0))

    @cached_property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self._starts)

    def line_of(self, offset: int) -> int:
        """Return the line of a character, counted from 1."""
        return bisect_right(self._starts, offset)

    def offset_of(self, line: int) -> int:
        """Return where a line begins; beyond the last one, where the text ends."""
        return self._starts[min(max(line, 1), len(self._starts)) - 1]

    def line(self, number: int) -> str:
        """Return a line, '' for none."""
        return self.text[self.offset_of(number) : self.offset_of(number + 1)]

    @cached_property
    def _addresses(self) -> dict[str, list[Span]]:
        found: dict[str, list[Span]] = {}
        for start, run in self._runs():
            line = self.line_of(start)
            for address in _wholes(run):
                span = Span(start, line, _is_sure(run, address))
                for spelling in _spellings(address):
                    spans = found.setdefault(spelling, [])
                    if not spans or spans[-1].start != span.start:
                        spans.append(span)
        for match in _SPLIT.finditer(self.text):
            group = 'within' if match['within'] else 'target'
            start = match.start(group)
            address = ''.join(match[group].split())
            spans = found.setdefault(address, [])
            spans.append(Span(start, self.line_of(start)))
        for match in _ENCLOSED.finditer(self.text):
            enclosed = match.lastgroup or ''
            if _ODD.search(address := match[enclosed]):
                start = match.start(enclosed)
                span = Span(start, self.line_of(start))
                for spelling in {address, _encoded(address)}:
                    found.setdefault(spelling, []).append(span)
        return found

    def _runs(self) -> Iterator[tuple[int, str]]:
        """Yield where each address begins, and all that may belong to it."""
        for match in _RUN.finditer(self.text):
            start = match.start()
            # A Markdown image that is a link has two.
            for run in match[0].split(']('):
                if _RUN.match(run):
                    yield start, run
                start += len(run) + len('](')
        if not _NEXT_LINE.search(self.text):
            return
        for match in _SPLIT_IN_CATALOG.finditer(self.text):
            if found := _RUN.search(_NEXT_LINE.sub('', match[0])):
                at = found.start()
                for joint in _NEXT_LINE.finditer(match[0]):
                    at += len(joint[0]) if joint.start() <= at else 0
                if not match[0].startswith(found[0], at):
                    yield match.start() + at, found[0]

    def find(self, address: str) -> list[Span]:
        """Return where a whole *address* stands, in order."""
        found = self._addresses.get(address) or self._addresses.get(_encoded(address))
        is_mail = address.startswith('mailto:')
        if found or (_SCHEME.match(address) and not is_mail):
            return found or []
        return self._find_words(address.removeprefix('mailto:'))

    @lru_cache(maxsize=512)  # noqa: B019 (it lives as long as the check of a document)
    def _find_words(self, text: str) -> list[Span]:
        """Return where a *text* stands that is no absolute address."""
        if not text:
            return []
        size = len(text)
        starts = [
            at
            for at in _starts_of(text, self.text)
            if not re.match(r'[\w./\-]', self.text[at - 1 : at])
            and not re.match(r'[\w/\-]', self.text[at + size : at + size + 1])
        ]
        written = html.escape(text, quote=False)
        if written != text:
            starts = sorted({*starts, *_starts_of(written, self.text)})
        return [Span(at, self.line_of(at)) for at in starts]

    @cached_property
    def _templates(self) -> list[tuple[Span, re.Pattern[str]]]:
        found: list[tuple[Span, re.Pattern[str]]] = []
        if not re.search(_FILLED_IN, self.text):
            return found
        for match in _TEMPLATE.finditer(self.text):
            pieces = re.split(_FILLED_IN, match[0].rstrip('.,;:_'))
            if 1 < len(pieces) <= _MAX_BLANKS + 1 and len(''.join(pieces)) >= _TELLING:
                span = Span(match.start(), self.line_of(match.start()))
                found.append((span, _filled_in(pieces)))
        return found

    def find_templates(self, address: str) -> list[Span]:
        """Return where a template stands that an *address* can have been made of."""
        return [span for span, made in self._templates if made.fullmatch(address)]

    @cached_property
    def _roles(self) -> list[Role]:
        found = _ROLE.finditer(self.text)
        return [self._role(match) for match in found if not match['code']]

    @cached_property
    def _role_starts(self) -> list[int]:
        return [role.span.start for role in self._roles]

    def _role(self, match: re.Match[str]) -> Role:
        span = Span(match.start(), self.line_of(match.start()))
        if match['to'] is not None:
            return Role(span, _plain(match['label']), match['to'])
        if number := match['number']:
            return Role(span, _plain(match[0]), number)
        content = match['rst'] or match['myst'] or match['bare'] or match['auto'] or ''
        if titled := _TITLED.fullmatch(content):
            return Role(span, _plain(titled['title']), titled['target'].strip())
        return Role(span, '', ' '.join(content.split()).lstrip('~!'))

    def words(self, word: str, line: int) -> list[Span]:
        """Return where a *word* stands in the block of text at a *line*."""
        # Titles stand above the line that docutils has for them.
        first = line - 1 if self.line(line - 1).strip() else line
        start = self.offset_of(first)
        end = _BLANK.search(self.text, self.offset_of(line))
        block = self.text[start : end.start() if end else None]
        starts = [
            start + at
            for at in _words(block, word)
            if not _OWN_ADDRESS.match(block, at + len(word))
        ]
        return [Span(at, self.line_of(at)) for at in starts]

    def typed(self, word: str, line: int) -> list[Span]:
        """Return where a *word* stands as a type in the fields of an object.

        The object is described, or defined, from a *line* on.
        """
        indent = _indent(self.line(line))
        found: list[Span] = []
        for number in range(line + 1, self.lines + 1):
            text = self.line(number)
            if text.strip() and _indent(text) <= indent:
                break
            if field := _TYPES.match(text):
                group = field.lastgroup or 0
                at = self.offset_of(number) + field.start(group)
                words = _words(field[group], word)
                found += [Span(at + start, number) for start in words]
        return found

    def is_quoted(self, span: Span) -> bool:
        """Whether what stands there begins as inline code does."""
        return self.text[span.start - 1 : span.start] == '`'

    def is_directive(self, line: int) -> bool:
        """Whether a directive begins in a *line*."""
        return bool(_DIRECTIVE.match(self.line(line)))

    def roles_from(self, line: int) -> Iterator[Role]:
        """Yield roles near a *line*: those from it on, then those before it."""
        first = bisect_left(self._role_starts, self.offset_of(line))
        yield from self._roles[first : first + _FAR]
        yield from reversed(self._roles[max(0, first - _FAR) : first])


def _wholes(run: str) -> Iterator[str]:
    """Yield what may be the whole address that a *run* of characters begins with."""
    seen = {run}
    yield run
    end = len(run)
    while end and run[end - 1] in _TRAILING:
        end -= 1
        if run[:end] not in seen:
            seen.add(run[:end])
            yield run[:end]
    cuts = {run.find(mark) for mark in _MARKS} | {_unbalanced(run)}
    # In text, punctuation such as a dash or that of Chinese ends an address.
    if not run.isascii() and (mark := _PUNCTUATION.search(run)):
        cuts.add(mark.start())
    for cut in sorted(cuts - {-1}, reverse=True):
        address = run[:cut]
        while address not in seen:
            seen.add(address)
            yield address
            if address[-1:] not in _TRAILING:
                break
            address = address[:-1]


def _is_sure(run: str, address: str) -> bool:
    """Whether an *address* has to end where it does in a *run*."""
    rest = run[len(address) :]
    return not rest.strip(''.join(_TRAILING)) or rest.startswith(
        ('&quot;', '&gt;', '&lt;', '&#3', ')', ']', "'")
    )


def _unbalanced(run: str) -> int:
    """Return where a bracket closes that opened before the *run*, -1 for nowhere."""
    depth = 0
    for at, character in enumerate(run):
        depth += (character == '(') - (character == ')')
        if depth < 0:
            return at
    return -1


def _spellings(address: str) -> Iterator[str]:
    """Yield the addresses that a text may mean which is written so."""
    yield address
    if '\\' in address:
        address = re.sub(r'\\+(.)', r'\1', address)
        yield address
    if '&' in address and (read := html.unescape(address)) != address:
        yield read
    if (encoded := _encoded(address)) != address:
        yield encoded


def _encoded(address: str) -> str:
    """Return an *address* with what no address can have percent-encoded."""
    if address.isascii() and not _ODD.search(address):
        return address
    return quote(address, safe="!#$%&'()*+,/:;=?@[]~", errors='replace')


_QUOTES = str.maketrans('\u2018\u2019\u201c\u201d', '\'\'""')


def _plain(text: str) -> str:
    """Return *text* as it reads, whatever became of its quotes and white space."""
    text = re.sub(r'[*`\\]|<wbr>', '', text.translate(_QUOTES))
    return ' '.join(text.split())


def _filled_in(pieces: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern of what a template with these *pieces* can become.

    Each of them is looked for once, where it comes first: to try all the places of a
    slash would take for ever.
    """
    first, *within, last = map(re.escape, pieces)
    return re.compile(f'{first}{"".join(f"(?>.+?{one})" for one in within)}.+{last}')


def maker_of(text: str, uri: str) -> Callable[[Role], bool]:
    """Return what says whether a role can have made the link to *uri*.

    *text* is what the link shows.
    """
    text = _plain(text)
    shown = re.split(r'[.:\s]', text.rstrip('()'))[-1]
    # What a role is given is no part of the host.
    made = uri.partition('://')[2].partition('/')[2].rstrip('/#') or uri
    ends = made, _SUFFIX.sub('', made)

    def makes(role: Role) -> bool:
        if _WHOLE.fullmatch(role.target):
            return False
        if not role.title and ',' in role.target:
            several = map(str.strip, role.target.split(','))
            return any(makes(role._replace(target=one)) for one in several)
        if role.title and _alike(role.title, text):
            return True
        target = role.target.strip()
        if not target:
            return False
        name = re.split(r'[.:/#]', target.rstrip('()/'))[-1]
        if name and _alike(name, shown):
            return True
        page, _hash, section = target.partition('#')
        # What MyST's `inv:#label` shows is the title of the section.
        is_named = page.startswith('inv:') or has_word(text, page)
        if section and is_named and uri.endswith(f'#{section}'):
            return True
        is_in_text = _shows(text, target)
        # A scheme that a project made, MyST's `<gh-pr:12>` say, is no part of the
        # address.
        _scheme, _colon, path = target.rpartition(':')
        is_at_end = any(
            _ends_with(end, word) for end in ends for word in (target, path)
        )
        return is_in_text or (is_at_end and (not role.title or not text))

    return makes


def has_word(text: str, word: str) -> bool:
    """Whether *word* is in a *text*, and no letter or digit goes on with it."""
    return next(_words(text, word), -1) >= 0


def _shows(text: str, target: str) -> bool:
    """Whether a link that shows *text* shows the *target* of its role.

    A number in a longer one, as in "doi:10.1000/182", is none.
    """
    size = len(target)
    return any(
        not (target.isdigit() and _GOES_ON.match(text, at + size))
        for at in _words(text, target)
    )


def _ends_with(text: str, word: str) -> bool:
    """Whether *word* ends a *text*, and is no part of a longer one."""
    before = text.removesuffix(word)
    return bool(word) and before != text and not before[-1:].isalnum()


def _words(text: str, word: str) -> Iterator[int]:
    """Yield where *word* begins in a *text* and no letter or digit goes on with it."""
    size = len(word)
    for at in _starts_of(word, text) if word else ():
        around = text[at - 1 : at], text[at + size : at + size + 1]
        if not any(map(str.isalnum, around)):
            yield at


def _starts_of(word: str, text: str) -> Iterator[int]:
    """Yield where *word* begins in a *text*: unlike a pattern, `find` is fast."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def split_lines(text: str) -> list[str]:
    """Return the lines of a *text*, with their ends, as editors and Git have them.

    `str.splitlines` has more: a form feed, say, ends none of these.
    """
    return list(StringIO(text, newline=''))


#: More than a document is looked for in, or each file would be read for each link.
_SOURCES = 256


@lru_cache(maxsize=_SOURCES)
def source_at(path: str) -> Source | None:
    """Return the file at *path*, None if there is none that could be read as text."""
    try:
        with Path(path).open('rb') as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None
    if len(data) > MAX_BYTES or b'\0' in data:
        return None
    return Source(data.decode('utf-8', 'replace'))
