"""Commands that act on what a check found: fix redirects, look up copies."""

from __future__ import annotations


class UsageError(ValueError):
    """A command can't do what was asked; the message says why."""
