"""Compares names: which spellings are one, and the id and the address made of one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from packaging.requirements import InvalidRequirement, Requirement

from sphinx_talknotes.addresses import short

# Service names differ (Twitter, GitHub, Mastodon with its host); none allows more.
_HANDLE = re.compile(
    r'@?[a-z0-9_][a-z0-9_.-]*(@[a-z0-9][a-z0-9.-]*)?', re.IGNORECASE | re.ASCII
)
# The forms of one character, each as the plainest one of them.
_QUOTES = str.maketrans(
    dict.fromkeys('\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`\uff40', "'")
    | dict.fromkeys('\u201c\u201d\u201e\u201f\u2033', '"')
)
_DASH = re.compile('[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]')
#: What a requirement has beside the name.
_REQUIREMENT = re.compile(r'[\[<>=~!(;]')
#: The number of a release, behind a name: Django 5.2, or react@18.2 as npm writes it.
_RELEASE = re.compile(r'(?<=\w)(?:\s+v?\d+(?:\.[\w*]+)+\+?|@[~^]?v?\d[\w.*+-]*)$')

_MASTODON = re.compile(
    r'@([a-z0-9_.-]+)@([a-z0-9-]+(?:\.[a-z0-9-]+)+)', re.IGNORECASE | re.ASCII
)
_BLUESKY = re.compile(r'@([a-z0-9-]+\.bsky\.social)', re.IGNORECASE | re.ASCII)
_ID_PART = re.compile('[a-z0-9_]+(-[a-z0-9_]+)*')


@lru_cache(maxsize=2**16)
def key(name: str) -> str:
    """Return what makes two spellings of a name the same name.

    Case, and the choice of ``-``, ``_``, ``.`` and space, don't count (PEP 503), nor
    do the forms of apostrophes, quotes and dashes (Sphinx makes some typographic), and
    characters that nobody sees.
    """
    folded = plain(name).casefold().strip()
    return re.sub(r'[-_.\s]+', '-', folded).strip('-') or folded


def plain(name: str) -> str:
    """Return *name* with one form of each character, and none that nobody sees."""
    if name.isascii() and '`' not in name:  # as nearly all, and it is asked often
        return name
    text = unicodedata.normalize('NFKC', name.translate(_QUOTES))
    text = _DASH.sub('-', text)
    return ''.join(c for c in text if unicodedata.category(c) != 'Cf') or text


def package_name(text: str) -> str:
    """Return the name of a package without extras, versions and markers (PEP 508).

    >>> package_name('psycopg[binary]>=3.1'), package_name('Debug Toolbar 5.2')
    ('psycopg', 'Debug Toolbar')
    """
    text = _RELEASE.sub('', text)
    if not _REQUIREMENT.search(text):
        return text
    try:
        requirement = Requirement(plain(text))
    except InvalidRequirement:
        return text
    return text if requirement.url else requirement.name


def handle_key(handle: str) -> str:
    """Return *handle* without its @ and case: no service tells apart by case."""
    return plain(handle).strip().removeprefix('@').casefold()


def object_key(kind: str, name: str) -> str:
    """Return what makes two spellings of an object's name the same object.

    *kind* is one of the domain's objects, such as 'handle' or 'package', or 'person',
    of whom the name is an address or an id.
    """
    if kind == 'handle':
        return handle_key(name)
    if kind == 'person':
        # What differs between addresses that are one in practice doesn't count.
        host, slash, path = short(name).partition('/')
        return f'{host.lower()}{slash}{path}'
    return key(name)


def is_handle(text: str) -> bool:
    """Whether *text* is a handle that some service could have given out."""
    return _HANDLE.fullmatch(text) is not None


def profile(handle: str, template: str = '') -> str:
    """Return the address of a handle's profile, '' where nobody knows.

    *handle* has its @.  Those of Mastodon and Bluesky say by their form where they
    lead; any other is put into the *template* for ``{handle}``, without the @.
    """
    if match := _MASTODON.fullmatch(handle):
        return f'https://{match[2].lower()}/@{match[1]}'
    if match := _BLUESKY.fullmatch(handle):
        return f'https://bsky.app/profile/{match[1].lower()}'
    return template.replace('{handle}', handle.removeprefix('@'))


def anchor(kind: str, *parts: str) -> str:
    """Return the id of an entry or a place, a pure function of what it is called.

    Docutils makes no id with two hyphens, so it meets no section's.  Where letters of
    an id can't say the whole name, a hash of it keeps ids apart.
    """
    name = '/'.join(parts)
    if len(name) <= 60 and all(map(_ID_PART.fullmatch, parts)):
        return '--'.join((kind, *parts))
    ascii_name = unicodedata.normalize('NFKD', name).encode('ascii', 'ignore').decode()
    slug = re.sub('[^a-z0-9_]+', '-', ascii_name.lower()).strip('-')[:40]
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return '--'.join(filter(None, (kind, slug, digest)))
