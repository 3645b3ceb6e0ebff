"""Says what of others' text may be printed, and what in it is an address of the web."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from sphinx_linkaudit.verdicts import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO, Any

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

    It may lack some of their characters, and whoever reads it may be gone: that
    somebody doesn't listen is no reason not to go on.
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


# -- secrets -------------------------------------------------------------------

#: A login in an address: a name with a password, which may have a slash or a number
#: sign in it by mistake, or what may be a token in the place of a name.
_PASSWORD = re.compile(r"(?<=://)([^\s/?#@:'\"]*):(?!\d+[/?#]).*")
#: What may end with one.  Each is looked through once, however many ``://`` it has.
_BEFORE_HOST = re.compile(r"[^\s@'\"]++@?")
_TOKEN_AS_NAME = re.compile(r"(?<=://)[^\s/?#@:'\"]{16,}@")
#: Parameters whose values let somebody in, and those whose long values may.
#: In the parameters of an address that is one itself, their marks are encoded.
_PARAMETER = re.compile(
    r'(?:(?<=[?&;#\'])|(?<=%26)|(?<=%3F)|(?<=%23))(?:(?!page|next)((?:[\w.-]*[_-])?(?:token|password|passwd|pwd|pass(?:phrase|code)?'
    r'|secret|signature|credential)|auth[_-]?key|api[_-]?key|access[_-]?key|sig|jwt)(=|%3D)[^&;#\s\'"<>]+'
    r'|(key|auth|code|session|sid)(=|%3D)(?=[\w.~%-]*\d)[\w.~%-]{16,})',
    re.IGNORECASE,
)
#: Tokens that are known by their first characters (GitHub's, GitLab's and Slack's), or
#: by what they stand behind.
_TOKEN = re.compile(
    r'\b(?:gh[opsur]_|github_pat_|glpat-|xox[abprs]-)[\w-]{10,}'
    r'|\b(?:Bearer|Basic) +(?=\S*[\d=])[\w.~+/=-]{8,}'
    r'|(?<=hooks\.slack\.com/services/)[^\s\'"<>]+'
    r'|(?<=discord\.com/api/webhooks/)[^\s\'"<>]+'
)
#: What stands in the place of a secret.
MASK = '***'
#: Characters of a secret at least: anything shorter is in too many texts.
MIN_SECRET = 6
#: The secrets of the configuration, the longest first: one may be part of another.
_hidden: list[str] = []


def hide(secrets: Iterable[str]) -> None:
    """Have `masked` mask these *secrets* wherever they are, in this process."""
    found = {*_hidden, *(one for one in secrets if len(one) >= MIN_SECRET)}
    _hidden[:] = sorted(found, key=len, reverse=True)


def masked(text: str) -> str:
    """Return *text* with the logins and tokens in it, and in its addresses, masked.

    Whatever is written, printed or remembered of links goes through this.
    """
    for secret in _hidden:
        text = text.replace(secret, MASK)
    if '@' in text:
        text = _BEFORE_HOST.sub(_without_password, text)
        text = _TOKEN_AS_NAME.sub(f'{MASK}@', text)
    if '=' in text or '%3' in text:
        text = _PARAMETER.sub(
            lambda found: f'{found[1] or found[3]}{found[2] or found[4]}{MASK}', text
        )
    return _TOKEN.sub(MASK, text)


def _without_password(before: re.Match[str]) -> str:
    text = before[0]
    return _PASSWORD.sub(rf'\1:{MASK}@', text) if text.endswith('@') else text


def has_secret(uri: str) -> bool:
    """Whether a login or token is in an address, or was before it was masked."""
    return MASK in uri or masked(uri) != uri


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
URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


def archived_url(template: str, url: str, date: str) -> str:
    """Return where the copy of a page is that is nearest to a *date*.

    *template* is `linkcheck_archive_url`; the *date* has dashes or not, and may be a
    month or a year: the Wayback Machine takes as many digits as there are.

    :raises KeyError, IndexError, ValueError: if the template is none.
    """
    if url.startswith('//'):
        url = f'https:{url}'
    page = quote(page_of(url), safe=URL_CHARACTERS)
    return template.format(date=date.replace('-', ''), url=page)
