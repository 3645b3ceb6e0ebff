"""Commands that act on what a check found: fix redirects, look up copies."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a number with what there is of it, as ``2 links``."""
    return f'{count} {noun}' if count == 1 else f'{count} {noun}s'


class UsageError(ValueError):
    """A command can't do what was asked; the message says why."""
