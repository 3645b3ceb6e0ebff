r"""Says where redirects may lead whose targets repeat parts of the address.

In the expression of a target, ``\g<1>`` and ``\g<name>`` stand for what a group of its
source's has matched, and so does ``\1`` where the target has no such group itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: A reference to a group, or any other escaped character.
_ESCAPE = re.compile(r'\\(?:(?P<number>[1-9]\d?)|g<(?P<name>\w+)>|.)', re.DOTALL)


class Repeating(NamedTuple):
    """The expression of a target that refers to groups of its source's."""

    pattern: str

    def match(self, source: re.Match[str], url: str) -> bool:
        """Whether *url* is such a target for the address that *source* matched."""
        groups = source.groups(''), tuple(sorted(source.groupdict('').items()))
        return bool(_compiled(self.pattern, *groups).match(url))


def target_of(source: str, target: str) -> Repeating | None:
    """Return the *target* if it refers to groups of the *source*, else None.

    :raises re.error: if one of the two is no regular expression, or a group is missing.
    """
    try:
        re.compile(target)
    except re.error:
        found = re.compile(source)
        # Whatever they match: as text, it makes no other expression of the target.
        names = dict.fromkeys(found.groupindex, 'x')
        _compiled(target, ('x',) * found.groups, tuple(names.items()))
        return Repeating(target)
    return None


@lru_cache(maxsize=1024)
def _compiled(
    pattern: str, groups: tuple[str, ...], names: tuple[tuple[str, str], ...]
) -> re.Pattern[str]:
    """Return the expression with what the source's *groups* have matched in it."""
    by_name = dict(names)

    def replace(escape: re.Match[str]) -> str:
        number, name = escape['number'], escape['name']
        if name and not name.isdecimal():
            if name not in by_name:
                message = f'no group {name!r}'
                raise re.error(message)
            return _as_text(by_name[name])
        if number or name:
            at = int((number or name)[:9])
            if not 1 <= at <= len(groups):
                message = f'no group {at}'
                raise re.error(message)
            return _as_text(groups[at - 1])
        return escape[0]

    return re.compile(_ESCAPE.sub(replace, pattern))


def _as_text(text: str) -> str:
    # Together, for what follows in the expression may be "+", and the text empty.
    return f'(?:{re.escape(text)})'
