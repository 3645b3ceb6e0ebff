"""Looks for many patterns in a page at the cost of looking for plain text."""

from __future__ import annotations

import re

#: What a pattern begins with that is plain text.
_PLAIN_START = re.compile(r'(?:\\\W|[^\\.^$*+?{}\[\]|()])*')
#: What isn't text that a page shows.
_NO_TEXT = re.compile(
    r'<(script|style|title)\b(?:[\s\S]*?</\1\s*>|[\s\S]*)'
    r'|<!--(?:[\s\S]*?-->|[\s\S]*)|<[^>]*>?',
    re.IGNORECASE,
)


class Phrases:
    """Some patterns, each beginning with plain text; upper and lower case are one.

    To look for a regular expression takes a hundred times as long as to look for plain
    text, and most pages have none of these.
    """

    def __init__(self, *patterns: str) -> None:
        self._patterns = tuple((plain_start(p), _compile(p)) for p in patterns)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def are_in(self, text: str, lowered: str) -> bool:
        """Whether one of them is in *text*, which is *lowered* in lower case."""
        return any(
            start in lowered and pattern.search(text)
            for start, pattern in self._patterns
        )


def plain_start(pattern: str) -> str:
    """Return the plain text in lower case that a *pattern* begins with."""
    found = _PLAIN_START.match(pattern)
    assert found
    return re.sub(r'\\(.)', r'\1', found[0]).lower()


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def text_of(html: str) -> str:
    """Return the text that a page shows, without its title."""
    return ' '.join(_NO_TEXT.sub(' ', html).split())
