"""Masks logins and tokens in whatever is written, printed or remembered."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A login in an address: a name with a password, which may have a slash or a number
#: sign in it by mistake, or what may be a token in the place of a name.
_PASSWORD = re.compile(r"(?<=://)([^\s/?#@:'\"]*):(?!\d+[/?#]).*")
#: What may end with one.  Each is looked through once, however many ``://`` it has.
_BEFORE_HOST = re.compile(r"[^\s@'\"]++@?")
_TOKEN_AS_NAME = re.compile(r"(?<=://)[^\s/?#@:'\"]{16,}@")
#: Parameters whose values let somebody in, and those whose long values may.
#: In the parameters of an address that is one itself, their marks are encoded.
#: A code that is longer than those of logins is a program's, at a site to try it.
_PARAMETER = re.compile(
    r'(?:(?<=[?&;#\'])|(?<=%26)|(?<=%3F)|(?<=%23))(?:(?!page|next)((?:[\w.-]*[_-])?(?:token|password|passwd|pwd|pass(?:phrase|code)?'
    r'|secret|signature|credential)|auth[_-]?key|api[_-]?key|access[_-]?key|sig|jwt)(=|%3D)[^&;#\s\'"<>]+'
    r'|(key|auth|session|sid|code(?!(?:=|%3D)[\w.~%-]{513}))(=|%3D)'
    r'(?=[\w.~%-]*\d)[\w.~%-]{16,})',
    re.IGNORECASE,
)
#: Tokens that are known by their first characters (GitHub's, GitLab's and Slack's), or
#: by the word before them.  One character is found much faster than one of several
#: words.
_TOKEN = re.compile(
    r'[gxB](?<!\w.)(?:(?<=g)(?:h[opsur]_|ithub_pat_|lpat-)[\w-]{10,}'
    r'|(?<=x)ox[abprs]-[\w-]{10,}'
    r'|(?<=B)(?:earer|asic) +(?=\S*[\d=])[\w.~+/=-]{8,})'
)
#: Addresses that let everybody in who knows them, and where their secret begins.
_WEBHOOK = re.compile(
    r'(hooks\.slack\.com/services/|discord\.com/api/webhooks/)[^\s\'"<>]+'
)
#: What stands in the place of a secret.
MASK = '***'
#: Characters of a secret at least: anything shorter is in too many texts.
MIN_SECRET = 6
#: The secrets of the configuration, the longest first: one may be part of another.
_hidden: list[str] = []
_hiding = threading.Lock()


def hide(secrets: Iterable[str]) -> None:
    """Have `masked` mask these *secrets* wherever they are, in this process."""
    with _hiding:
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
    if 'hooks' in text:
        text = _WEBHOOK.sub(rf'\1{MASK}', text)
    return _TOKEN.sub(MASK, text)


def _without_password(before: re.Match[str]) -> str:
    text = before[0]
    return _PASSWORD.sub(rf'\1:{MASK}@', text) if text.endswith('@') else text


def has_secret(uri: str) -> bool:
    """Whether a login or token is in an address, or was before it was masked."""
    return MASK in uri or masked(uri) != uri
