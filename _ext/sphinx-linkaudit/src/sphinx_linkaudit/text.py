"""Makes text from elsewhere safe to print, and prints it."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from sphinx_linkaudit.verdicts import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO, Any

#: Control characters, those that turn the direction of text, and lone surrogates.
_UNPRINTABLE = re.compile(
    r'[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]'
)


def printable(text: str) -> str:
    """Return *text* with every character escaped that could do more than be read."""
    return _UNPRINTABLE.sub(
        lambda match: match[0].encode('unicode_escape').decode(), text
    )


#: Characters of a text in a report that has to be short.
MAX_TEXT = 1_000


def cut(text: str) -> str:
    """Return *text* with no more than `MAX_TEXT` characters."""
    return text if len(text) <= MAX_TEXT else f'{text[: MAX_TEXT - 1]}…'


def encodable(text: str, stream: IO[str]) -> str:
    """Return *text* with what the encoding of a *stream* lacks as escapes."""
    encoding = getattr(stream, 'encoding', None) or 'utf-8'
    try:
        return text.encode(encoding, 'backslashreplace').decode(encoding)
    except LookupError:
        return text.encode('ascii', 'backslashreplace').decode('ascii')


def write_lines(stream: IO[str] | None, lines: Iterable[str]) -> None:
    """Write *lines* to a *stream*, if it is there and takes them.

    Its encoding may lack some of their characters, and its reader may be gone; neither
    is an error.
    """
    text = ''.join(f'{line}\n' for line in lines)
    # None: the process was started without one.
    with suppress(AttributeError, OSError, ValueError):
        stream.write(encodable(text, stream))  # type: ignore[union-attr,arg-type]
        stream.flush()  # type: ignore[union-attr]


#: What urllib3 says around the cause of an error.
_AROUND = re.compile(
    r'\w+Pool\(.*?\): Max retries exceeded with url: .* \(Caused by (.*)\)'
)


def details(link: Mapping[str, Any]) -> str:
    """Return what the message of a link says beyond its reason, as it came.

    *link* is as in ``report.json``; '' means that its ``what`` says it all.
    """
    if link['reason'] in PLAIN:
        return ''
    # What requests says of an error ends with the address.
    message = str(link['message']).partition(' for url: ')[0]
    if around := _AROUND.fullmatch(message):
        message = around[1]
    return '' if message == link['what'] else message
