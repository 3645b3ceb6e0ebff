"""Compares and sorts names: which spellings are one name, its id, and its place."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache, lru_cache
from operator import and_

from packaging.requirements import InvalidRequirement, Requirement
from pyuca import Collator

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

_MASTODON = re.compile(
    r'@([a-z0-9_.-]+)@([a-z0-9-]+(?:\.[a-z0-9-]+)+)', re.IGNORECASE | re.ASCII
)
_BLUESKY = re.compile(r'@([a-z0-9-]+\.bsky\.social)', re.IGNORECASE | re.ASCII)
#: What stands between the names of several people.  "y" doesn't: Ramón y Cajal is one.
_BETWEEN = re.compile(r'\s+(?:[&+/]|and|und|et|feat\.?|with)\s+|\s*;\s+', re.IGNORECASE)
_ID_PART = re.compile('[a-z0-9_]+(-[a-z0-9_]+)*')

#: Letters with a place of their own in the alphabet of a language, where the default
#: order of Unicode has them beside others: "n<ñ" puts ñ behind n, "z<ä,æ<ö" puts ä and
#: æ behind z as one letter and ö behind both, and "y=ü" sorts ü as a y.  After CLDR 46,
#: common/collation; German, English, French and others need none.
_ALPHABETS = {
    'az': 'c<ç e<ə g<ğ h<x<\u0131 k<q o<ö s<ş u<ü z<w',
    'cs': 'c<č h<ch r<ř s<š z<ž',
    'da': 'y=ü z<æ,ä<ø,ö<å,aa',
    'eo': 'c<ĉ g<ĝ h<ĥ j<ĵ s<ŝ u<ŭ',
    'es': 'n<ñ',
    'et': 's<š<z<ž w<õ<ä<ö<ü',
    'fi': 'y=ü z<å<ä,æ<ö,ø',
    'hr': 'c<č<ć d<dž<đ l<lj n<nj s<š z<ž',
    'hu': 'c<cs d<dz<dzs g<gy l<ly n<ny o<ö,ő s<sz t<ty u<ü,ű z<zs',
    'is': 'a<á e<é i<í o<ó u<ú y<ý z<þ<æ,ä<ö,ø<å',
    'lt': 'c<č i=y s<š z<ž',
    'lv': 'c<č g<ģ i=y k<ķ l<ļ n<ņ r<ŗ s<š z<ž',
    'pl': 'a<ą c<ć e<ę l<ł n<ń o<ó s<ś z<ź<ż',
    'ro': 'a<ă<â i<î s<ş,ș t<ţ,ț',
    'sk': 'a<ä c<č h<ch o<ô r<ř s<š z<ž',
    'sl': 'c<č<ć d<đ s<š z<ž',
    'sq': 'c<ç d<dh e<ë g<gj l<ll n<nj r<rr s<sh t<th x<xh z<zh',
    'sv': 'y=ü z<å<ä,æ<ö,ø',
    'tr': 'c<ç g<ğ h<\u0131 o<ö s<ş u<ü',
}
_ALPHABETS |= {
    'bs': _ALPHABETS['hr'],
    'eu': _ALPHABETS['es'],
    'gl': _ALPHABETS['es'],
    'nb': _ALPHABETS['da'],
    'nn': _ALPHABETS['da'],
    'no': _ALPHABETS['da'],
    'sr': _ALPHABETS['hr'],  # in Latin letters
}
_DOTLESS_I = '\N{LATIN SMALL LETTER DOTLESS I}'
#: Put behind a letter, they sort it behind all others: the table of Unicode has no
#: weight for them, and what has none comes last.
_BEHIND = tuple(map(chr, range(0x10FFF0, 0x10FFFA)))


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

    >>> package_name('psycopg[binary]>=3.1'), package_name('Debug Toolbar')
    ('psycopg', 'Debug Toolbar')
    """
    if not _REQUIREMENT.search(text):
        return text
    try:
        requirement = Requirement(text)
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


def short(url: str) -> str:
    """Return a web address as people say it.

    >>> short('https://www.example.org/ada/')
    'example.org/ada'
    """
    return url.partition('://')[2].removeprefix('www.').rstrip('/') or url


def is_of_several(name: str) -> bool:
    """Whether *name* seems to be the names of several people, as in "Ada & Ben"."""
    # What stands in parentheses is said of one.
    text = re.sub(r'\([^()]*\)', '', plain(name))
    parts = _BETWEEN.split(text)
    is_noble = re.search(r'\bvon und\b', text, re.IGNORECASE)
    if len(parts) > 1 and not is_noble:
        return True
    # "Field, Ada" and "Ada Field, PhD" are one person: two have two words each.
    are_full = [len(part.split()) > 1 for part in re.split('[,/]', text)]
    return any(map(and_, are_full, are_full[1:]))


def alike(one: str, other: str) -> bool:
    """Whether two names may be spellings of one person's.

    They may if they have a word in common, whatever its accents, if one is the initials
    of the other or a part of it without spaces, or if they are in different scripts.
    """
    if key(one) == key(other):
        return True
    first, second = _words(one), _words(other)
    if _scripts(one).isdisjoint(_scripts(other)):
        return True
    common = [first[word] for word in first.keys() & second.keys()]
    if any(len(word) > 2 or not word.isascii() for word in common):
        return True
    joined, joined_other = ''.join(first), ''.join(second)
    initials = ''.join(word[0] for word in first)
    initials_other = ''.join(word[0] for word in second)
    return (
        first.keys() == second.keys()
        or joined in joined_other
        or joined_other in joined
        or initials == joined_other
        or initials_other == joined
    )


def _words(name: str) -> dict[str, str]:
    """Return weights -> word of a name: neither accents nor case weigh anything."""
    found: dict[str, str] = {}
    for word in re.findall(r'\w+', plain(name)):
        weights = _collator().sort_key(word)
        found[''.join(map(chr, weights[: weights.index(0)]))] = word
    return {weights: word for weights, word in found.items() if weights}


def _scripts(name: str) -> set[str]:
    """Return the scripts of a name's letters, such as 'LATIN' and 'CJK'."""
    letters = filter(str.isalpha, plain(name))
    return {unicodedata.name(letter, '?').partition(' ')[0] for letter in letters}


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


@lru_cache(maxsize=2**16)
def collation_key(name: str, language: str = 'en') -> tuple[tuple[int, ...], str]:
    """Return a key to sort names by, as the alphabet of a *language* does.

    Letters come before accents, and accents before case, by the Unicode Collation
    Algorithm (Unicode Technical Standard 10).  An @ in front doesn't count.
    """
    text = unicodedata.normalize('NFC', plain(name).removeprefix('@'))
    letters = _letters(re.split('[-_]', language)[0])
    if letters:
        found = '|'.join(map(re.escape, sorted(letters, key=len, reverse=True)))
        text = re.sub(found, lambda match: letters[match[0]], text)
    return _collator().sort_key(text), name


@cache
def _collator() -> Collator:
    # Reading its table takes a tenth of a second.
    return Collator()


@cache
def _letters(language: str) -> dict[str, str]:
    """Return letter -> what it is sorted as, of those with a place of their own."""
    found: dict[str, str] = {}
    for rule in _ALPHABETS.get(language, '').split():
        letter, same, other = rule.partition('=')
        if same:
            found |= _cases(other, letter)
            continue
        first, *chain = rule.split('<')
        for behind, alike in zip(_BEHIND, chain, strict=False):
            for piece in alike.split(','):
                found |= _cases(piece, first + behind)
    return found


def _cases(piece: str, written: str) -> dict[str, str]:
    """Return *piece* -> *written*, in small letters, capitals, and both."""
    if piece == _DOTLESS_I:  # whose capital is that of i, elsewhere
        return {piece: written, 'I': written.capitalize()}
    return {
        piece: written,
        piece.capitalize(): written.capitalize(),
        piece.upper(): written.upper(),
    }
