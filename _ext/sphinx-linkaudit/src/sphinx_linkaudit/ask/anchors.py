"""Finds in one pass over a page's HTML what a link to it can lead to.

The pass follows the tokenizer of the WHATWG's HTML standard (section 13.2.5), and as
much of its tree construction as decides what is a tag: raw text, templates, and foreign
content.  Each character is looked at a bounded number of times, however a page is made
or cut to pieces.
"""

from __future__ import annotations

import json
import re
import sys
from html.entities import html5
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx_linkaudit.records import Anchors

if TYPE_CHECKING:
    from collections.abc import Set

#: Ids that are kept of a page; HTML's own standard on one page has 30,000.
MAX_IDS = 100_000
#: Characters of embedded JSON that are read.
MAX_JSON_CHARS = 4 * 2**20
#: They may take twenty times as many bytes when they are read: of one page at a time.
_ONE_JSON = Lock()
#: Characters of text from which a page is more than a frame for scripts.
_ENOUGH_TEXT = 200
_S = r'[\t\n\f\r ]'
#: A start or end tag from its name to its ``>``.  Nothing in it is ever tried twice.
_TAG = re.compile(
    rf"""</?([a-zA-Z][^\t\n\f\r />]*+)
    ((?:(?:{_S}|/)*+
        [^\t\n\f\r />][^\t\n\f\r />=]*+
        (?:{_S}*+={_S}*+
           (?:"[^"]*+"|'[^']*+'|[^\t\n\f\r >"'][^\t\n\f\r >]*+|(?=>))
         |(?!{_S}*+=))
    )*+)
    ((?:{_S}|/)*+)>""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(
    rf"""(?:{_S}|/)*+
    ([^\t\n\f\r />][^\t\n\f\r />=]*+)
    (?:{_S}*+={_S}*+
       (?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r >"'][^\t\n\f\r >]*+)|\Z))?+""",
    re.VERBOSE,
)
#: Where something may begin that isn't text.
_MARKUP = re.compile('<[a-zA-Z/!?]')
#: What can begin a comment or a section of CDATA has to be there in full.
_LONGEST_OPENING = len('<![CDATA[')
_COMMENT_END = re.compile('--!?>')
_XML_DOCTYPE = re.compile(r'<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\][^>]*+)?+>', re.IGNORECASE)
#: What a tag has that may have one of the attributes that are looked at; to look for
#: the one character is many times faster than for one of several words.
_NEEDED = re.compile(rf'=(?:(?<=id=)|(?<=name=)|(?<={_S}=))', re.IGNORECASE)

#: The attributes that are looked at.
_USED = frozenset(
    {'id', 'xml:id', 'name', 'href', 'http-equiv', 'content', 'data-target'}
)

#: Elements that have nothing but text in them (13.2.6.4); without scripts, a browser
#: reads the content of ``noscript``.
_RAW = frozenset(
    {'script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes'}
)
#: What ends such an element, and for scripts also what hides that end (13.2.5.15-31).
_RAW_ENDS = {
    name: re.compile(rf'</{name}(?={_S}|[/>])', re.IGNORECASE) for name in _RAW
}
_SCRIPT = re.compile(rf'<!(?=--)|-->|<(/?)script(?={_S}|[/>])', re.IGNORECASE)
#: Characters that are held back of raw text, in which its end may have begun.
_LONGEST_END = len('</textarea>')

#: Elements of SVG and MathML in which HTML is allowed (13.2.6.5).
_HTML_INSIDE = frozenset(
    {'foreignobject', 'desc', 'title', 'annotation-xml'}
    | {'mi', 'mo', 'mn', 'ms', 'mtext'}
)
#: Start tags that can be of HTML alone, and so end SVG and MathML (as above).
_ONLY_HTML = frozenset(
    {
        'b',
        'big',
        'blockquote',
        'body',
        'br',
        'center',
        'code',
        'dd',
        'div',
        'dl',
        'dt',
        'em',
        'embed',
        'h1',
        'h2',
        'h3',
        'h4',
        'h5',
        'h6',
        'head',
        'hr',
        'i',
        'img',
        'li',
        'listing',
        'menu',
        'meta',
        'nobr',
        'ol',
        'p',
        'pre',
        'ruby',
        's',
        'small',
        'span',
        'strong',
        'strike',
        'sub',
        'sup',
        'table',
        'tt',
        'u',
        'ul',
        'var',
    }
)

#: How scripts write the ids that they will make, in HTML, JSON and their own language.
_IS = r"""\\?["']?\s{0,4}[:=]\s{0,4}\\?["']"""
_MADE_BY_SCRIPT = re.compile(
    rf"""\b(?:(?:id|name|anchor|slug|hash){_IS}#?|(?:href|url){_IS}#)"""
    r"""([^"'\\<>\s]{1,200})(?=["'\\<>\s])"""
)
#: Characters that one of them has at most.
_MADE_BY_SCRIPT_CHARS = 250
#: The ids that GitHub gives comments, by what its data calls them.
_COMMENTS = {
    'IssueComment': 'issuecomment-',
    'DiscussionComment': 'discussioncomment-',
    'PullRequestReview': 'pullrequestreview-',
    'PullRequestReviewComment': 'discussion_r',
    'CommitComment': 'commitcomment-',
}
_LAST_CHARACTER = 0x10FFFF
_REFERENCE = re.compile(
    '&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|([a-zA-Z][a-zA-Z0-9]*+)(;|(?!=)))'
)
_SPECIAL = _RAW | {'plaintext', 'template', 'noscript', 'base', 'meta'}
#: The first half of "shared declarative refresh steps" (WHATWG HTML, 4.2.5.3).
_REFRESH = re.compile(
    rf"""{_S}*+([0-9]++|(?=\.))[0-9.]*+(?>{_S}*+[;,]|{_S}){_S}*+
    (?:url{_S}*+={_S}*+)?+(?:"([^"]*+)|'([^']*+)|([^"'].*+))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


class Refresh(NamedTuple):
    """A page that a page loads in its place."""

    seconds: int
    url: str  #: As it is written, relative to *base*.
    base: str  #: Of the page's ``<base>``, '' without one.


class AnchorParser:
    """Reads a page, piece by piece."""

    def __init__(
        self,
        *,
        is_xml: bool = False,
        wanted: Set[str] | None = None,
        is_embedded: bool = False,
    ) -> None:
        """Begin a page, of whose ids those that are *wanted* are kept: None for all.

        What *is_embedded* in the data of another page has no such data itself.
        """
        self._is_xml = is_xml
        self._is_embedded = is_embedded
        self._wanted = wanted
        self._has_ids = False
        self._has_headings = False
        self.ids: set[str] = set()  #: Those found so far.
        self._drawn: set[str] = set()  #: What scripts may make of templates.
        self._has_room = True
        self._has_scripts = False
        self._text = 0  #: Characters of it, counted until there are enough.
        self._base = ''
        self._refresh: tuple[int, str] | None = None
        #: Bytes of memory that are taken by a tag or comment that waits for its end.
        self.held = 0
        self._rest = ''  #: What isn't understood yet.
        self._parts: list[str] = []  #: What came since, until it is worth another try.
        self._missing = 0  #: Characters until then.
        self._raw = ''  #: The element that has nothing but text in it.
        self._script = 'script'  #: What a script's text is: that, escaped, or doubly.
        self._script_tail = ''
        self._json: list[str] | None = None  #: Pieces of a script that is data.
        self._json_room = MAX_JSON_CHARS
        self._has_data = False  #: Whether some was read.
        self._lines = 0
        self._templates = 0  #: How deep in them.
        self._in_noscript = False
        self._foreign: list[str] = []  #: Open elements of SVG and MathML.
        self._open: dict[str, int] = {}  #: How many of each are.

    def feed(self, text: str) -> None:
        """Take the next piece of the page."""
        self._parts.append(text)
        self._missing -= len(text)
        self.held += sys.getsizeof(text)
        if self._missing <= 0:
            self._read(is_all=False)

    def close(self, *, whole: bool) -> Anchors:
        """Return what was found; *whole* says whether the page was read to its end."""
        self._read(is_all=True)
        return Anchors(
            frozenset(self.ids),
            drawn=frozenset(self._drawn),
            lines=self._lines,
            is_frame=self._is_frame(),
            has_scripts=self._has_scripts,
            whole=whole and self._has_room,
            has_headings=self._has_headings,
        )

    def _is_frame(self) -> bool:
        """Whether what the page has to say is made by its scripts alone."""
        is_known = self._has_data and (self._has_ids or self._lines)
        return self._has_scripts and self._text < _ENOUGH_TEXT and not is_known

    @property
    def refresh(self) -> Refresh | None:
        """The page that is loaded in place of this one, if any."""
        return self._refresh and Refresh(*self._refresh, self._base)

    def _read(self, *, is_all: bool) -> None:
        text = ''.join((self._rest, *self._parts))
        self._rest, self._parts = '', []
        position = 0
        while position < len(text):
            if self._raw:
                following = self._read_raw(text, position, is_all=is_all)
            else:
                following = self._read_markup(text, position)
            if following is None:
                break
            position = following
        self._rest = text[position:]
        self.held = sys.getsizeof(self._rest)
        # What is tried again at twice the size costs twice one try at most.
        self._missing = len(self._rest)

    def _read_markup(self, text: str, position: int) -> int | None:
        """Return where what begins here ends, None if that isn't there yet."""
        found = _MARKUP.search(text, position)
        # The last character may be the beginning of something.
        start = found.start() if found else len(text) - text.endswith('<')
        self._count(text, position, start)
        if found and (end := self._end_of(text, start)):
            return end
        return start if start > position else None

    def _count(self, text: str, start: int, end: int) -> None:
        """Count the text that readers see."""
        if self._text < _ENOUGH_TEXT and not self._templates and not self._in_noscript:
            self._text += len(text[start:end].strip())

    def _end_of(self, text: str, start: int) -> int:
        """Read what begins with the ``<`` at *start*; return its end, 0 if it has none.

        It has none if it isn't all there.
        """
        if text[start + 1] not in '!?' and (tag := _TAG.match(text, start)):
            self._read_tag(tag, is_end=text[start + 1] == '/')
            return tag.end()
        if text[start + 1] == '/':
            if len(text) < start + 3:
                return 0
            if re.match('[a-zA-Z]', text[start + 2]):
                return 0
            return text.find('>', start) + 1
        if text[start + 1] not in '!?':
            return 0
        if text.startswith('<!--', start):
            return self._end_of_comment(text, start)
        if len(text) < start + _LONGEST_OPENING and '>' not in text[start:]:
            return 0
        is_foreign = self._is_xml or self._is_in_foreign()
        if is_foreign and text.startswith('<![CDATA[', start):
            end = text.find(']]>', start)
            return end + 3 if end >= 0 else 0
        if self._is_xml and text[start + 1] == '?':
            end = text.find('?>', start)
            return end + 2 if end >= 0 else 0
        if self._is_xml and text[start + 2] in 'dD':
            doctype = _XML_DOCTYPE.match(text, start)
            return doctype.end() if doctype else 0
        return text.find('>', start) + 1

    def _end_of_comment(self, text: str, start: int) -> int:
        inner = start + 4
        if self._is_xml:
            end = text.find('-->', inner)
            return end + 3 if end >= 0 else 0
        for short in ('>', '->'):
            if text.startswith(short, inner):
                return inner + len(short)
        found = _COMMENT_END.search(text, inner)
        return found.end() if found else 0

    # -- tags --------------------------------------------------------------------

    def _read_tag(self, tag: re.Match[str], *, is_end: bool) -> None:
        name = tag[1].lower()
        if is_end:
            self._end(name)
            return
        closes = tag[3].endswith('/')
        needed = name in _SPECIAL or _NEEDED.search(tag.string, *tag.span(2))
        attributes = self._attributes(tag) if needed else {}
        self._note(attributes.get('id', ''))
        if self._is_xml:
            self._note(attributes.get('xml:id', ''))
        if name == 'a':
            self._note(attributes.get('name', ''))
        if self._is_xml:
            self._has_scripts = self._has_scripts or name == 'script'
            return
        if self._foreign and not self._is_in_html():
            if name not in _ONLY_HTML:
                if not closes:
                    self._push(name)
                self._has_scripts = self._has_scripts or name == 'script'
                return
            self._leave_foreign()
        if name in {'svg', 'math'}:
            if not closes:
                self._push(name)
        elif name in _SPECIAL:
            self._begin(name, attributes)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element of HTML that isn't like all others."""
        if name in _RAW:
            self._raw = name
        if name == 'script':
            self._has_scripts, self._script = True, 'script'
            self._script_tail = ''
            kind = attributes.get('data-target', '')
            is_data = kind.endswith('embeddedData') and not self._is_embedded
            self._json = [] if is_data else None
        elif name == 'plaintext':
            self._raw = name
        elif name == 'template':
            self._templates += 1
        elif name == 'noscript':
            self._in_noscript = True
        elif name == 'base':
            self._base = self._base or attributes.get('href', '').strip()
        elif name == 'meta' and not (
            self._refresh or self._templates or self._in_noscript
        ):
            is_refresh = attributes.get('http-equiv', '').strip().lower() == 'refresh'
            self._refresh = (
                refresh_of(attributes.get('content', '')) if is_refresh else None
            )

    def _end(self, name: str) -> None:
        if name == 'template':
            self._templates = max(0, self._templates - 1)
        elif name == 'noscript':
            self._in_noscript = False
        while self._open.get(name):
            last = self._foreign.pop()
            self._open[last] -= 1
            if last == name:
                break

    def _push(self, name: str) -> None:
        self._foreign.append(name)
        self._open[name] = self._open.get(name, 0) + 1

    def _is_in_html(self) -> bool:
        """Whether the innermost element of foreign content has HTML in it."""
        return self._foreign[-1] in _HTML_INSIDE

    def _is_in_foreign(self) -> bool:
        return bool(self._foreign) and not self._is_in_html()

    def _leave_foreign(self) -> None:
        while self._is_in_foreign():
            self._open[self._foreign.pop()] -= 1

    def _attributes(self, tag: re.Match[str]) -> dict[str, str]:
        """Return those attributes of a tag that are used: of equal ones the first."""
        found: dict[str, str] = {}
        for one in _ATTRIBUTE.finditer(tag.string, *tag.span(2)):
            name = one[1].lower()
            if name in _USED and name not in found:
                found[name] = _unescaped(one[2] or one[3] or one[4] or '')
        return found

    def _note(self, value: str) -> None:
        if not value:
            return
        self._add(self._drawn if self._templates else self.ids, value)

    def _add(self, found: set[str], value: str) -> None:
        if found is self.ids:
            self._has_ids = True
            if value.startswith('user-content-'):
                self._has_headings = True
        if self._wanted is not None and value not in self._wanted:
            return
        if len(self.ids) + len(self._drawn) < MAX_IDS:
            found.add(value)
        elif value not in found:
            self._has_room = False

    # -- raw text ----------------------------------------------------------------

    def _read_raw(self, text: str, start: int, *, is_all: bool) -> int | None:
        """Read the text of an element to its end, or as far as it is there."""
        end, is_closed = self._end_of_raw(text, start, is_all=is_all)
        if self._raw == 'script':
            self._read_script(text[start:end])
        if is_closed:
            if self._json is not None:
                self._read_json(''.join(self._json))
            self._raw = ''
        elif end <= start:
            return None
        return end

    def _end_of_raw(self, text: str, start: int, *, is_all: bool) -> tuple[int, bool]:
        """Return where raw text ends, or as far as it surely goes, and which it is."""
        sure = start
        if self._raw == 'script':
            for found in _SCRIPT.finditer(text, start):
                sure = found.end()
                if found[0][:2] == '<!':
                    if self._script == 'script':
                        self._script = 'escaped'
                elif found[0] == '-->':
                    self._script = 'script'
                elif not found[1]:
                    if self._script == 'escaped':
                        self._script = 'doubly escaped'
                elif self._script == 'doubly escaped':
                    self._script = 'escaped'
                else:
                    return found.start(), True
        elif self._raw != 'plaintext' and (
            end := _RAW_ENDS[self._raw].search(text, start)
        ):
            return end.start(), True
        return len(text) if is_all else max(sure, len(text) - _LONGEST_END), False

    def _read_script(self, text: str) -> None:
        if self._json is None:
            text = self._script_tail + text
            for match in _MADE_BY_SCRIPT.finditer(text):
                self._add(self._drawn, match[1])
            self._script_tail = text[-_MADE_BY_SCRIPT_CHARS:]
        elif self._json_room > 0:
            self._json.append(text[: self._json_room])
            self._json_room -= len(text)

    def _read_json(self, text: str) -> None:
        """Read what GitHub embeds in a page for its scripts to draw."""
        self._json = None
        with _ONE_JSON:
            try:
                data = json.loads(text)
            except (ValueError, RecursionError):  # it was cut at our limit, say
                self._has_room = False
                return
            self._has_data = True
            self._read_data(data)

    def _read_data(self, data: Any) -> None:
        stack = [data]
        while stack:
            one = stack.pop()
            if isinstance(one, list):
                stack += one
            elif isinstance(one, str):
                # HTML that a script puts into the page.
                if 'id=' in one or 'name=' in one:
                    inner = AnchorParser(is_embedded=True)
                    inner.feed(one)
                    for name in inner.close(whole=True).ids:
                        self._add(self.ids, name)
            elif isinstance(one, dict):
                lines = one.get('rawLines')
                if isinstance(lines, list):
                    self._lines = max(self._lines, len(lines))
                anchor = one.get('anchor')
                if isinstance(anchor, str):  # a heading of the table of contents
                    self._add(self.ids, f'user-content-{anchor}')
                tab = one.get('preferredFileType')
                if isinstance(tab, str):  # a file that is shown below a list of files
                    self._add(self.ids, tab)
                    self._add(self.ids, f'{tab}-ov-file')
                kind, number = one.get('__typename'), one.get('databaseId')
                if isinstance(kind, str) and kind in _COMMENTS:
                    self._add(self.ids, f'{_COMMENTS[kind]}{number}')
                stack += [v for k, v in one.items() if k != 'rawLines']


def _unescaped(value: str) -> str:
    """Return the value of an attribute, its character references resolved."""
    if '&' in value:
        value = _REFERENCE.sub(_character, value)
    if '\0' in value:
        value = value.replace('\0', '\ufffd')
    return value


def _character(match: re.Match[str]) -> str:
    """Return what a character reference means within an attribute (13.2.5.72-84)."""
    hexadecimal, decimal, name, semicolon = match.groups()
    if name:
        return html5.get(f'{name}{semicolon}', match[0])
    digits = (hexadecimal or decimal).lstrip('0') or '0'
    code = int(digits[:8], 16 if hexadecimal else 10)
    if code == 0 or code > _LAST_CHARACTER or 0xD800 <= code <= 0xDFFF:
        return '\ufffd'
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode('cp1252', 'ignore') or chr(code)
    return chr(code)


def refresh_of(content: str) -> tuple[int, str] | None:
    """Return when a page is to be loaded in place of this one, and which.

    *content* is that of a ``<meta http-equiv="refresh">``, or a ``Refresh`` header.
    """
    match = _REFRESH.match(content)
    if match is None:
        return None
    url = (match[2] or match[3] or match[4] or '').strip()
    return (int((match[1] or '0')[:9]), url) if url else None
