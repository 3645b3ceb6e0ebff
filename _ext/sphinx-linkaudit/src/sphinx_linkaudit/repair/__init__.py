"""Commands that act on what a check found: rewrite what moved, look up copies."""

from __future__ import annotations


class UsageError(ValueError):
    """A command can't do what it is told to; the message says why."""
