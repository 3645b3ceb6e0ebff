"""The command ``sphinx-linkaudit``: accepts what a check found dead."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sphinx_linkaudit.atomic import replace_file
from sphinx_linkaudit.memory.known import (
    BaselineError,
    accept,
    dump,
    is_day,
    load,
    load_report,
)
from sphinx_linkaudit.repair import UsageError, archive, fix
from sphinx_linkaudit.text import printable, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    top = argparse.ArgumentParser(
        prog='sphinx-linkaudit',
        description='Works with what the link check found out.',
    )
    commands = top.add_subparsers(dest='command', required=True, metavar='COMMAND')
    _add_accept(commands)
    archive.add_parser(commands)
    fix.add_parser(commands)
    return top


def _add_accept(commands: Any) -> None:
    one = commands.add_parser(
        'accept',
        help='accept the links that a check found dead',
        description='Accept the links that a check found dead. They are added to a '
        'file of known dead links, which linkcheck_known_dead names in conf.py: the '
        'next check does not fail for them, and readers are shown the way to an '
        'archived copy. What is in the file already stays as it is; a link that timed '
        'out is not accepted.',
        epilog='Exit status: 0 fine, 1 a file is not what it has to be, 2 wrong usage.',
    )
    one.add_argument(
        'report', type=Path, metavar='REPORT', help='report.json of the check'
    )
    one.add_argument(
        'file',
        type=Path,
        metavar='FILE',
        help='the file of known dead links, made if there is none',
    )
    one.add_argument(
        '--prune',
        action='store_true',
        help='drop the links that are alive again or on no page any more; without it '
        'they are only named',
    )
    one.add_argument(
        '--date',
        type=_day,
        metavar='YYYY-MM-DD',
        help='since when the links that are added are dead '
        '(default: the day of the check)',
    )
    one.set_defaults(run=_accept)


def _day(text: str) -> str:
    if is_day(text):
        return text
    message = f'{text!r} is no day of the form YYYY-MM-DD'
    raise argparse.ArgumentTypeError(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options, lambda line: _say(sys.stdout, line))
    except BaselineError as error:
        _say(sys.stderr, f'sphinx-linkaudit: {error}')
        return 1
    except OSError as error:
        name = error.filename or options.file
        _say(sys.stderr, f'sphinx-linkaudit: {name}: {error.strerror or error}')
        return 1
    except UsageError as error:
        _say(sys.stderr, f'sphinx-linkaudit: {error}')
        return 2
    except KeyboardInterrupt:
        _say(sys.stderr, 'sphinx-linkaudit: interrupted')
        return 130
    return status


def _accept(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    since = options.date or ''
    for line in accept_file(options.report, options.file, since, options.prune):
        say(line)
    return 0


def accept_file(report: Path, file: Path, since: str, prune: bool) -> list[str]:
    """Add what a *report* says is dead to a *file*, and return what to say of it.

    :raises BaselineError: if one of them isn't what it has to be.
    :raises OSError: if the file can't be written.
    """
    # A link to a file stays one.
    file = file.resolve()
    known = load(file) if file.exists() else {}
    accepted = accept(load_report(report), known, since=since)
    links = accepted.pruned() if prune else accepted.links
    if not file.exists() or links != known:
        replace_file(file, dump(links))
    dropped = ', dropped' if prune else ''
    named = [
        ('added', accepted.added),
        (f'alive again{dropped}', accepted.alive),
        (f'on no page any more{dropped}', accepted.unused),
        ('not accepted, for it is no address of the web', accepted.refused),
    ]
    counts = (
        f'{len(accepted.added)} added',
        f'{len(links) - len(accepted.added)} kept',
        f'{len(accepted.alive)} alive again',
        f'{len(accepted.unused)} on no page any more',
    )
    return [
        *(f'{what}: {uri}' for what, uris in named for uri in uris),
        f'{file.name}: {", ".join(counts)}',
    ]


def _say(stream: TextIO, *lines: str) -> None:
    # The addresses in them have whatever characters the files had.
    write_lines(stream, map(printable, lines))


if __name__ == '__main__':
    sys.exit(main())
