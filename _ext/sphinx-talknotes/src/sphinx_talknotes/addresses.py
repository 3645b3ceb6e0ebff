"""Knows addresses of the web, and how they stand in a line of text."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_URL = re.compile(r'(?i:https?|ftp)://[^\s/<>`][^\s<>`]*')


def is_url(text: str) -> bool:
    """Whether *text* is an absolute web address.

    >>> is_url('https://example.org'), is_url('https://['), is_url('https://[::1]/a')
    (True, False, True)
    """
    if _URL.fullmatch(text) is None:
        return False
    try:
        urlsplit(text)
    except ValueError:  # brackets around what is no address of IPv6, say
        return False
    return True


def words(text: str) -> list[str]:
    """Return the words of *text*, addresses among them without what is around them.

    >>> words('<https://a.example>, programme, page 3')
    ['https://a.example', 'programme,', 'page', '3']
    """
    bare = ((word, word.strip('<>,;')) for word in text.split())
    return [url if is_url(url) else word for word, url in bare]


def host(url: str) -> str:
    """Return the host of *url*, to stand for it in a line of text.

    A malformed address stands for itself.
    """
    try:
        return urlsplit(url).netloc.removeprefix('www.') or url
    except ValueError:
        return url


def short(url: str) -> str:
    """Return a web address as people say it.

    >>> short('https://www.example.org/ada/')
    'example.org/ada'
    """
    return url.partition('://')[2].removeprefix('www.').rstrip('/') or url
