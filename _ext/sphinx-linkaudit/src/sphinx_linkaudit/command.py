"""The command ``sphinx-linkaudit``, which works with what a check found."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.memory.jsonfile import JsonFileError
from sphinx_linkaudit.repair import UsageError, accept, archive, fix
from sphinx_linkaudit.text import printable, write_lines

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    top = argparse.ArgumentParser(
        prog='sphinx-linkaudit',
        description='Act on the results of a link check.',
    )
    commands = top.add_subparsers(dest='command', required=True, metavar='COMMAND')
    accept.add_parser(commands)
    archive.add_parser(commands)
    fix.add_parser(commands)
    return top


def run(arguments: Sequence[str] | None) -> int:
    """Run the command, and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options, lambda line: _say(sys.stdout, line))
    except JsonFileError as error:
        _say(sys.stderr, f'sphinx-linkaudit: {error}')
        return 1
    except OSError as error:
        name = error.filename or getattr(options, 'file', None) or options.report
        _say(sys.stderr, f'sphinx-linkaudit: {name}: {error.strerror or error}')
        return 1
    except UsageError as error:
        _say(sys.stderr, f'sphinx-linkaudit: {error}')
        return 2
    return status


def _say(stream: TextIO, *lines: str) -> None:
    write_lines(stream, map(_shown, lines))


def _shown(line: str) -> str:
    # The addresses in it have whatever characters the files had; of these, a tab and
    # the end of a line do no harm, and a diff needs them.
    end = '\r' if line.endswith('\r') else ''
    return '\t'.join(map(printable, masked(line).removesuffix('\r').split('\t'))) + end
