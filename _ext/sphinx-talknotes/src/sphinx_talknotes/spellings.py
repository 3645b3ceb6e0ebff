"""Tells from names of people whether they may be of one person, or are of several."""

from __future__ import annotations

import re
import unicodedata
from operator import and_

from sphinx_talknotes import names
from sphinx_talknotes.collation import weights

#: What stands between the names of several people, "and" in a dozen languages among it.
_BETWEEN = re.compile(
    r'\s+(?:[&+/\u00d7]|f(?:ea)?t\.?|vs\.?|(?:with|mit|avec)(?=\s+(?-i:[^a-z]))'
    r'|and|und|et|och|og|ja|oraz|ve|és|και|и|та|و|と)\s+|\s*;\s+|\s*、\s*',
    re.IGNORECASE,
)
#: "And" in more languages, or an x, before a whole name: Ramón y Cajal is one.
_BEFORE_FULL_NAME = re.compile(r'\s+[yeix]\s+(?=\S+\s+\S)')
#: How what isn't a name begins, if it says of somebody whose name nobody caught.
_DESCRIPTION = re.compile(r'(?:[Tt]he|an?|[Ss]ome\w*|der|die|das|eine?)\s')
#: What stands for a name that nobody knows, or knows yet.
_UNKNOWN = re.compile(
    r'[-?.!_\N{EM DASH}\N{HORIZONTAL ELLIPSIS}]+|none|nobody'
    r'|t\.?b\.?[acd]\.?|n\.\s?n\.|n/a'
    r'|to be (?:announced|confirmed|determined|decided)'
    r'|(?:unknown|anonymous|various)(?: speakers?)?|unbekannt|anonym',
    re.IGNORECASE,
)


def is_description(name: str) -> bool:
    """Whether *name* is none, but says of whom it is: "the guy with the hat"."""
    return _DESCRIPTION.match(names.plain(name)) is not None


def is_unknown(name: str) -> bool:
    """Whether *name* says that nobody knows it: "???", "TBA"."""
    return _UNKNOWN.fullmatch(names.plain(name).strip()) is not None


def is_of_several(name: str) -> bool:
    """Whether *name* seems to be the names of several people, as in "Ada & Ben"."""
    # What stands in parentheses is said of one.
    text = re.sub(r'\([^()]*\)', '', names.plain(name))
    if is_description(text):
        return False
    is_noble = re.search(r'\bvon und\b', text, re.IGNORECASE)
    if _BEFORE_FULL_NAME.search(text) or (_BETWEEN.search(text) and not is_noble):
        return True
    # "Field, Ada" and "Ada Field, PhD" are one person: two have two words each.
    are_full = [len(part.split()) > 1 for part in re.split('[,/]', text)]
    return any(map(and_, are_full, are_full[1:]))


def alike(one: str, other: str) -> bool:
    """Whether two names may be spellings of one person's.

    They may if they have a word in common, whatever its accents, if one is the initials
    of the other or a part of it without spaces, or if they are in different scripts.
    """
    if names.key(one) == names.key(other):
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
    """Return the words of a name, by their weights."""
    words = re.findall(r'\w+', names.plain(name))
    weighed = {weights(word): word for word in words}
    weighed.pop('', None)
    return weighed


def _scripts(name: str) -> set[str]:
    """Return the scripts of a name's letters, such as 'LATIN' and 'CJK'."""
    letters = filter(str.isalpha, names.plain(name))
    return {unicodedata.name(letter, '?').partition(' ')[0] for letter in letters}
