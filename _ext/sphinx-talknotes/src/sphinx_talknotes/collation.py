"""Sorts names by the Unicode Collation Algorithm and the alphabet of a language."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeVar

from pyuca import Collator

from sphinx_talknotes import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_T = TypeVar('_T')

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
#: The printable characters of ASCII in the order of Unicode's table, but for case.
_ASCII = ' _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz'
_PLACES = str.maketrans({letter: chr(place) for place, letter in enumerate(_ASCII)})


def sorted_by_name(
    items: Iterable[_T], name_of: Callable[[_T], str], language: str = 'en'
) -> list[_T]:
    """Return *items* in the order of `collation_key` of their names.

    For a list in ASCII alone Unicode's table isn't read: that takes a tenth of a
    second, much of the time of a build after an edit.
    """
    named = [
        (name, _letters_of(name, language), item)
        for item in items
        for name in [name_of(item)]
    ]
    if all(text.isascii() and text.isprintable() for _name, text, _item in named):
        # Small letters come before capitals.
        named.sort(
            key=lambda it: (it[1].lower().translate(_PLACES), it[1].swapcase(), it[0])
        )
    else:
        named.sort(key=lambda it: collation_key(it[0], language))
    return [item for _name, _text, item in named]


@lru_cache(maxsize=2**16)
def collation_key(name: str, language: str = 'en') -> tuple[tuple[int, ...], str]:
    """Return a key to sort names by, as the alphabet of a *language* does.

    Letters come before accents, and accents before case, by the Unicode Collation
    Algorithm (Unicode Technical Standard 10).  An @ in front doesn't count.
    """
    return _collator().sort_key(_letters_of(name, language)), name


def _letters_of(name: str, language: str) -> str:
    """Return what a name is sorted as in a *language*, by the table of Unicode."""
    text = unicodedata.normalize('NFC', names.plain(name).removeprefix('@'))
    pattern, letters = _letters(re.split('[-_]', language)[0])
    return pattern.sub(lambda match: letters[match[0]], text) if letters else text


def weights(word: str) -> str:
    """Return the weights of the letters of a word, a character for each.

    Neither accents nor case weigh anything.
    """
    key = _collator().sort_key(word)
    return ''.join(map(chr, key[: key.index(0)]))


@cache
def _collator() -> Collator:
    # Reading its table takes a tenth of a second.
    return Collator()


@cache
def _letters(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return letter -> what it is sorted as, of those with a place of their own.

    The pattern finds them, the longest first.
    """
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
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile('|'.join(map(re.escape, longest_first))), found


def _cases(piece: str, written: str) -> dict[str, str]:
    """Return *piece* -> *written*, in small letters, capitals, and both."""
    if piece == _DOTLESS_I:  # whose capital is that of i, elsewhere
        return {piece: written, 'I': written.capitalize()}
    return {
        piece: written,
        piece.capitalize(): written.capitalize(),
        piece.upper(): written.upper(),
    }
