"""Says what of others' text may be printed, and what in it is an address of the web."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TextIO

# -- text ----------------------------------------------------------------------

#: Control characters, those that turn the direction of text, and lone surrogates.
_UNPRINTABLE = re.compile(
    r'[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]'
)


def printable(text: str) -> str:
    """Return *text* with every character escaped that could do more than be read."""
    return _UNPRINTABLE.sub(
        lambda match: match[0].encode('unicode_escape').decode(), text
    )


def write_lines(stream: TextIO, lines: Iterable[str]) -> None:
    """Write *lines* to a *stream* that may not have all of their characters."""
    encoding = stream.encoding or 'utf-8'
    text = ''.join(f'{line}\n' for line in lines)
    stream.write(text.encode(encoding, 'backslashreplace').decode(encoding))


def details(link: Mapping[str, Any]) -> str:
    """Return what the message of a link says beyond its reason, as it came.

    *link* is as in ``report.json``; '' means that its ``what`` says it all.
    """
    # What requests says of an error ends with the address.
    message = str(link['message']).partition(' for url: ')[0]
    return '' if message == link['what'] else message


# -- addresses -----------------------------------------------------------------

#: No backslash: an address that was escaped would lead elsewhere.
_WEB = re.compile(r'https?://[^\\\s]+', re.IGNORECASE)


def is_url(text: str) -> bool:
    """Whether *text* is a web address (``//host`` is one), in one line."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    of_the_web = parts.scheme in {'http', 'https', ''} and parts.hostname
    return bool(of_the_web) and text.isprintable()


def web_url(text: str) -> str:
    """Return *text* if it is an address that a browser may be led to, else ''."""
    is_one = _WEB.fullmatch(text) and host_of(text) and printable(text) == text
    return text if is_one else ''


def host_of(uri: str) -> str:
    """Return the host of *uri* in lower case, without a port; '' if it has none."""
    try:
        return urlsplit(uri).hostname or ''
    except ValueError:
        return ''


def page_of(uri: str) -> str:
    """Return the address without its fragment."""
    return uri.partition('#')[0]


#: All of ASCII that an address may have, so that what is escaped already stays so.
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


def archived_url(template: str, url: str, date: str) -> str:
    """Return where the copy of a page is that is nearest to a *date*.

    *template* is `linkcheck_archive_url`; the *date* has dashes or not, and may be a
    month or a year: the Wayback Machine takes as many digits as there are.

    :raises KeyError, IndexError, ValueError: if the template is none.
    """
    if url.startswith('//'):
        url = f'https:{url}'
    page = quote(page_of(url), safe=_URL_CHARACTERS)
    return template.format(date=date.replace('-', ''), url=page)
