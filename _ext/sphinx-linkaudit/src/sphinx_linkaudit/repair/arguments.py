"""The types of arguments that several commands take."""

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


def pattern(text: str) -> re.Pattern[str]:
    """Return *text* compiled, if it is a regular expression."""
    try:
        return re.compile(text)
    except re.error as error:
        message = f'{text!r} is no regular expression: {error}'
        raise argparse.ArgumentTypeError(message) from error
