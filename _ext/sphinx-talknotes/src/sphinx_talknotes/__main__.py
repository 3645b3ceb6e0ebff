"""The command ``sphinx-talknotes``: begins a site, imports talks, and more."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sphinx_talknotes.fates.facts import FactsError, look_again
from sphinx_talknotes.importer import site_of, write_pages
from sphinx_talknotes.newsite import write_site
from sphinx_talknotes.notes_file import NotesError
from sphinx_talknotes.schedule import ScheduleError, read_schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    top = argparse.ArgumentParser(
        prog='sphinx-talknotes',
        description='Begins a site of conference notes, and works with what is in it.',
    )
    commands = top.add_subparsers(required=True, metavar='COMMAND')
    for add in (_add_init, _add_import, _add_feed, _add_facts):
        add(commands)
    return top


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001


def _add_init(commands: Commands) -> None:
    init = commands.add_parser(
        'init',
        help='begin a site',
        description='Write a site that builds: conf.py, a first page with all lists, '
        'a talk as an example, a Makefile and a workflow for GitHub.',
        epilog='No file that is there is written to. Exit status: 0 the site is there, '
        '2 it could not be written, or wrong usage.',
    )
    init.add_argument('folder', type=Path, metavar='DIR', help='folder for the site')
    init.add_argument(
        '--markdown',
        action='store_true',
        help='write the pages in MyST Markdown instead of reStructuredText',
    )
    init.add_argument(
        '--project', metavar='NAME', help="the site's name (default: the folder's)"
    )
    init.add_argument(
        '--author',
        metavar='NAME',
        help="who takes the notes (default: git's user.name)",
    )
    init.add_argument(
        '--theme',
        default='alabaster',
        metavar='NAME',
        help='the theme, which has to be installed: furo, say (default: %(default)s)',
    )
    init.set_defaults(run=_init)


def _add_import(commands: Commands) -> None:
    add = commands.add_parser(
        'import',
        help="add the talks of a conference's programme",
        description='Write a page for each talk in the programme of a conference: a '
        'schedule.json of frab or pretalx, or a schedule.xml of Pentabarf.',
        epilog='Run it again when the programme has changed: talks whose :id: stands '
        'in any page of the site are left alone, and no file that is there is written '
        'to. Exit status: 0 all talks have a page, 2 the file is no schedule, a page '
        'could not be written, or wrong usage.',
    )
    add.add_argument('file', type=Path, metavar='FILE', help='the programme')
    add.add_argument(
        'folder', type=Path, metavar='DIR', help='folder of the site for the pages'
    )
    add.add_argument(
        '--only',
        action='append',
        metavar='TEXT',
        help='only talks with TEXT in their title, track or id, or in the name of a '
        'speaker, in any case; may be repeated',
    )
    add.add_argument(
        '--by-day', action='store_true', help='write a page for each day, not each talk'
    )
    add.add_argument(
        '--markdown',
        action=argparse.BooleanOptionalAction,
        help='write MyST Markdown (default: if the first page of the site is index.md)',
    )
    add.set_defaults(run=_import)


def _add_feed(commands: Commands) -> None:
    feed = commands.add_parser(
        'feed',
        help='write the talks as an Atom feed and a calendar',
        description='Write the talks that have a date into talks.atom and talks.ics, '
        'beside the notes.json of a site as built. The extension '
        'sphinx_talknotes.feed does the same with each build.',
        epilog="Needs the extra 'feed': pip install 'sphinx-talknotes[feed]'. Exit "
        'status: 0 the files are written, 2 they could not be, or wrong usage.',
    )
    feed.add_argument(
        'folder', type=Path, metavar='DIR', help='where notes.json is: _build/html'
    )
    feed.add_argument(
        '--base-url',
        type=_address,
        default=None,
        metavar='URL',
        help='where the site will be; without it, there is no Atom feed',
    )
    feed.add_argument(
        '--timezone',
        type=_zone,
        metavar='ZONE',
        help='of the talks: Europe/Berlin, say (default: that of the reader)',
    )
    feed.set_defaults(run=_feed)


def _address(text: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(text)
        if parts.scheme in {'http', 'https'} and parts.hostname:
            return text
    message = f'{text!r} is no address such as https://notes.example/'
    raise argparse.ArgumentTypeError(message)


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (LookupError, ValueError, OSError) as error:
        message = f'there is no time zone {text!r}'
        raise argparse.ArgumentTypeError(message) from error


def _add_facts(commands: Commands) -> None:
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
    facts.set_defaults(run=_facts)


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        message = f'{text!r} is no day of the form YYYY-MM-DD'
        raise argparse.ArgumentTypeError(message) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    options = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        status = run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has enough; nothing more is to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except OSError as error:
        _say(sys.stderr, f'{error.filename or ""}: {error.strerror or error}')
        return 2
    return status


def _init(options: argparse.Namespace) -> int:
    try:
        names = write_site(
            options.folder,
            is_markdown=options.markdown,
            project=options.project,
            author=options.author,
            theme=options.theme,
        )
    except LookupError as error:
        _say(sys.stderr, f'--theme: {error}')
        return 2
    for name in names:
        _say(sys.stdout, f'{options.folder / name}')
    install = 'pip install -r requirements.txt'
    _say(sys.stdout, f'next, in {options.folder}: {install}, then make html')
    return 0


def _import(options: argparse.Namespace) -> int:
    try:
        schedule = read_schedule(options.file)
    except ScheduleError as error:
        _say(sys.stderr, f'{options.file}: {error}')
        return 2
    for problem in schedule.problems:
        _say(sys.stderr, f'{options.file}: {problem}')
    events = schedule.events
    if options.only:
        events = tuple(e for e in events if any(e.has(t) for t in options.only))
        if not events:
            words = ', '.join(map(repr, options.only))
            _say(sys.stderr, f'{options.file}: no talk has {words}')
            return 2
    pages, number = write_pages(
        events,
        options.folder,
        is_markdown=options.markdown,
        by_day=options.by_day,
    )
    known = len(events) - number
    talks, files = _count(number, 'new talk'), _count(len(pages), 'new page')
    _say(sys.stdout, f'{options.folder}: {talks} on {files}, {known} known already')
    if not (site_of(options.folder).root / 'conf.py').is_file():
        said = 'no conf.py there or above, so its pages are in no site'
        _say(sys.stderr, f'{options.folder}: {said}')
    return 0


def _feed(options: argparse.Namespace) -> int:
    try:
        from sphinx_talknotes.syndicate import write_feeds  # noqa: PLC0415 (an extra)
    except ImportError as error:
        needed = f"{error.name} is not installed: pip install 'sphinx-talknotes[feed]'"
        _say(sys.stderr, needed)
        return 2
    try:
        names = write_feeds(options.folder, options.base_url or '', options.timezone)
    except NotesError as error:
        _say(sys.stderr, str(error))
        return 2
    for name in names:
        _say(sys.stdout, f'{options.folder / name}')
    return 0


def _facts(options: argparse.Namespace) -> int:
    today = options.today or datetime.datetime.now(datetime.UTC).date()
    try:
        lines = list(look_again(options.notes, options.file, today))
    except FactsError as error:
        _say(sys.stderr, str(error))
        return 2
    for line in lines:
        _say(sys.stdout, line)
    return 1 if len(lines) > 1 else 0


def _count(number: int, name: str) -> str:
    return f'{number} {name}{"" if number == 1 else "s"}'


def _say(stream: TextIO, text: str) -> None:
    # Names of files needn't be text, and not every terminal has every letter.
    encoding = stream.encoding or 'utf-8'
    stream.write(text.encode(encoding, 'backslashreplace').decode(encoding) + '\n')


if __name__ == '__main__':
    sys.exit(main())
