"""Arguments that several commands take, and their types."""

from __future__ import annotations

import argparse
import re

from sphinx_linkaudit.memory.known import is_day


def day(text: str) -> str:
    """Return *text*, if it is a day."""
    if is_day(text):
        return text
    message = f'{text!r} is no day of the form YYYY-MM-DD'
    raise argparse.ArgumentTypeError(message)


def add_patterns(parser: argparse.ArgumentParser, only: str, excepted: str) -> None:
    """Add ``--only`` and ``--except``, each with its help."""
    for name, dest, meaning in (
        ('--only', 'only', only),
        ('--except', 'excepted', excepted),
    ):
        parser.add_argument(
            name,
            dest=dest,
            type=_pattern,
            action='append',
            default=[],
            metavar='REGEX',
            help=f'{meaning}; may be repeated',
        )


def _pattern(text: str) -> re.Pattern[str]:
    """Return *text* compiled, if it is a regular expression."""
    try:
        return re.compile(text)
    except re.error as error:
        message = f'{text!r} is no regular expression: {error}'
        raise argparse.ArgumentTypeError(message) from error
