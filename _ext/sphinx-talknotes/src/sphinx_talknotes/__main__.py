"""The command ``sphinx-talknotes``: which facts to look at again."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sphinx_talknotes.fates import load, outdated

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    top = argparse.ArgumentParser(
        prog='sphinx-talknotes',
        description='Works with what sphinx-talknotes knows of the packages.',
    )
    commands = top.add_subparsers(dest='command', required=True, metavar='COMMAND')
    facts = commands.add_parser(
        'facts',
        help='list the facts to look at again',
        description='List the packages of which nothing is said in the file of fates, '
        'and the facts without a date or more than a year old.',
        epilog='Exit status: 0 nothing to look at, 1 something is, 2 wrong usage or a '
        'file that is not what it has to be.',
    )
    facts.add_argument(
        'notes', type=Path, metavar='NOTES', help='notes.json of the site as built'
    )
    facts.add_argument(
        'file', type=Path, metavar='FILE', help='the file of fates, fates.json'
    )
    facts.add_argument(
        '--today',
        type=_day,
        default=None,
        metavar='YYYY-MM-DD',
        help='the day to count the year from (default: today)',
    )
    return top


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        message = f'{text!r} is no day of the form YYYY-MM-DD'
        raise argparse.ArgumentTypeError(message) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    options = parser().parse_args(arguments)
    fates, problems = load(options.file)
    if problems:
        for line, text in problems:
            _say(sys.stderr, f'{options.file}:{line}: {text}')
        return 2
    try:
        names = package_names(json.loads(options.notes.read_text(encoding='utf-8')))
    except (OSError, ValueError, LookupError, TypeError) as error:
        _say(sys.stderr, f'{options.notes}: no notes.json of sphinx-talknotes: {error}')
        return 2
    today = options.today or datetime.datetime.now(datetime.UTC).date()
    without, undated, old = outdated(fates.values(), names, today)
    for name in without:
        _say(sys.stdout, f'no entry: {name}')
    for fate in undated:
        _say(sys.stdout, f'date not known: {fate.name} ({fate.fate})')
    for fate in old:
        _say(sys.stdout, f'of {fate.as_of}: {fate.name} ({fate.fate})')
    _say(
        sys.stdout,
        f'{options.file.name}: {len(fates)} entries, {len(undated)} without a date, '
        f'{len(old)} older than a year; {len(without)} packages without an entry',
    )
    return 1 if without or undated or old else 0


def package_names(notes: Any) -> list[str]:
    """Return the packages that a ``notes.json`` names, as `TalkDomain.packages` does.

    :raises LookupError: or TypeError, if it isn't one.
    """
    pages = [*notes['talks'], *notes['other_pages']]
    names = [package['name'] for page in pages for package in page['packages']]
    mentions = [mention for page in pages for mention in page['mentions']]
    return names + [m['target'] for m in mentions if m['kind'] == 'package']


def _say(stream: TextIO, text: str) -> None:
    stream.write(f'{text}\n')


if __name__ == '__main__':
    sys.exit(main())
