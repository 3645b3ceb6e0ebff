"""Writes what a schedule says of talks as reStructuredText or MyST Markdown."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Protocol

from docutils.nodes import make_id
from docutils.utils import column_width
from docutils.utils.urischemes import schemes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx_talknotes.schedule import Event

#: What reST may take for markup, or a byline for a handle, wherever it is in a line.
_REST = re.compile(r'[\\*`|@]|_(?=_*(?:\W|$))')
#: What reST may take for a list, a field, a comment or a line of punctuation.  A
#: quotation mark can begin the last only, and has to stay one of a pair elsewhere.
_REST_START = re.compile(r'[^\w\\"\']|["\']\W*$')
#: What Markdown may take for markup, with the extensions that MyST knows.
_MYST = re.compile(
    r'[\\`*{}\[\]$@]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|~(?=~)|#'
)
#: What a byline takes for no part of the name: something in parentheses behind it.
_BESIDE = re.compile(r'(?<!\S)\((?=[^()]*\)$)')
_SCHEME = re.compile(r'(?<!\w)([A-Za-z][\w.+-]*):(?=\S)|(?<!\w)www\.', re.ASCII)
#: A value that YAML takes for a text, whole and as it is.
_PLAIN = re.compile(r'[^\W_](?:[\w ./+-]|:(?=\S))*')


class Markup(Protocol):
    """A form to write pages in."""

    suffix: str  #: Of its files.

    def heading(self, title: str, level: int) -> str:
        """Return a heading, of level 1 or 2, as one or more lines."""

    def directive(self, name: str, argument: str, options: dict[str, str]) -> str:
        """Return a directive with a person's name for an argument ('' for none)."""


class Rest:
    """reStructuredText."""

    suffix = '.rst'

    def heading(self, title: str, level: int) -> str:
        text = rest_escape(title)
        return f'{text}\n{"=-"[level - 1] * max(column_width(text), 1)}\n'

    def directive(self, name: str, argument: str, options: dict[str, str]) -> str:
        lines = [f'.. {name}:: {_whole(rest_escape(argument))}'.rstrip()]
        lines += [f'   :{option}: {value}' for option, value in options.items()]
        return '\n'.join(lines) + '\n'


class Myst:
    """MyST Markdown."""

    suffix = '.md'

    def heading(self, title: str, level: int) -> str:
        return f'{"#" * level} {myst_escape(title)}\n'

    def directive(self, name: str, argument: str, options: dict[str, str]) -> str:
        text = _whole(myst_escape(argument))
        # The line of a fence of backticks can't have any.
        fence = '~~~' if '`' in text else '```'
        lines = [f'{fence}{{{name}}} {text}'.rstrip()]
        lines += [f':{option}: {_scalar(value)}' for option, value in options.items()]
        return '\n'.join([*lines, fence]) + '\n'


def one_line(text: str | None) -> str:
    """Return *text* in one line, without characters that XML can't have.

    Control characters, U+FFFE and U+FFFF are dropped; lone surrogates become U+FFFD.
    """
    line = ' '.join((text or '').split())
    kinds = map(unicodedata.category, line)
    return ''.join(
        '\ufffd' if kind == 'Cs' else char
        for char, kind in zip(line, kinds, strict=True)
        if kind != 'Cc' and char not in '\ufffe\uffff'
    )


def slug(text: str | None) -> str:
    """Return *text* in the letters of a web address: "Łódź, 2nd" is lodz-2nd."""
    # By itself, an id can't begin with a digit.
    return make_id(f'x {one_line(text)}').removeprefix('x').removeprefix('-')


def rest_escape(text: str) -> str:
    r"""Return a line of reST that says *text*, as a title or an argument.

    >>> rest_escape('*args and `backticks`')
    '\\*args and \\`backticks\\`'
    """
    escaped = _no_address(_REST.sub(r'\\\g<0>', text))
    if text and not text.strip('\\'):
        # Backslashes alone would be a line of punctuation.
        return f'\\ {escaped}'
    return f'\\{escaped}' if _REST_START.match(escaped) else escaped


def myst_escape(text: str) -> str:
    r"""Return a line of MyST that says *text*, as a title or an argument.

    >>> myst_escape('*args and `backticks`')
    '\\*args and \\`backticks\\`'
    """
    return _no_address(_MYST.sub(r'\\\g<0>', text))


def _whole(name: str) -> str:
    """Return an escaped name such that a byline takes all of it for the name."""
    return _BESIDE.sub(r'\\\g<0>', name)


def _no_address(text: str) -> str:
    """Escape what would become a link by itself: a title is one already in lists."""

    def escape(match: re.Match[str]) -> str:
        if match[1] and match[1].lower() not in schemes:
            return match[0]
        return f'{match[0][:-1]}\\{match[0][-1]}'

    return _SCHEME.sub(escape, text)


def _scalar(value: str) -> str:
    """Return *value* as YAML: what JSON has for a text is as well."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def talk(event: Event, markup: Markup, prefix: str = '', level: int = 1) -> str:
    """Return *event* as a section of a page: a talk.

    The *prefix* is that of the domain, where pages have to say it: ``talk:``.
    """
    options = {
        'date': event.day,
        'time': '-'.join(filter(None, (event.time, event.end))),
        'room': event.room,
        'track': event.track,
        'language': event.language,
        'video': event.video,
        'slides': event.slides,
        'url': event.url,
        'id': event.id,
    }
    given = {option: value for option, value in options.items() if value}
    parts = [markup.heading(event.title, level)]
    parts.append(markup.directive(f'{prefix}talk', '', given))
    for person in event.speakers:
        about = {
            'handle': person.handle,
            'affiliation': person.affiliation,
            'id': person.id,
        }
        said = {option: value for option, value in about.items() if value}
        parts.append(markup.directive(f'{prefix}speaker', person.name, said))
    return '\n'.join(parts)


def page(title: str, events: Iterable[Event], markup: Markup, prefix: str = '') -> str:
    """Return a page with *title* that has a section for each of *events*."""
    talks = (talk(event, markup, prefix, level=2) for event in events)
    return '\n\n'.join([markup.heading(title, 1).rstrip('\n'), *talks])
