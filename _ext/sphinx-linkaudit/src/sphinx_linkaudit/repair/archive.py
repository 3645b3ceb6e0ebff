"""The command ``archive``: looks up archived copies of pages that may be lost."""

from __future__ import annotations

import argparse
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sphinx_linkaudit.ask.address import PUBLIC, InvalidAddressError, url_class
from sphinx_linkaudit.atomic import remove_leftovers, replace_file
from sphinx_linkaudit.exit_status import EX_TEMPFAIL
from sphinx_linkaudit.masking import has_secret, masked
from sphinx_linkaudit.memory.known import dump, load
from sphinx_linkaudit.memory.report import load_report
from sphinx_linkaudit.repair import counted
from sphinx_linkaudit.repair.arguments import day
from sphinx_linkaudit.repair.copies import (
    ArchiveError,
    Client,
    Memento,
    TooManyCopiesError,
    Wayback,
)
from sphinx_linkaudit.repair.save import SaveError, Saver
from sphinx_linkaudit.urls import host_of, is_url, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sphinx_linkaudit.memory.known import KnownDead
    from sphinx_linkaudit.repair.copies import Archive

#: Days for which "no archive has it" is believed.
NO_COPY_DAYS = 30
#: Names that no name server of the internet knows: those without a dot, those that are
#: reserved (RFC 2606, 6761, 6762 and 8375) and those that networks of one's own use
#: (RFC 6762, appendix G; ``internal`` by a resolution of ICANN of 2024).
_PRIVATE_NAME = re.compile(
    r'^[^.:]+\.?$|\.(?:localhost|local|test|example|invalid|home\.arpa'
    r'|internal|intranet|private|corp|home|lan)\.?$'
)
#: The verdicts of links whose page is there, and may be lost one day.
_LIVING = frozenset({'working', 'moved', 'blocked', 'suspect'})


def add_parser(commands: Any) -> None:
    """Add the command to those of the program."""
    one = commands.add_parser(
        'archive',
        help='look up archived copies of links',
        description='Look up archived copies of the links that a check has seen, one '
        'request at a time. For the links accepted as dead, the address of the copy is '
        'written to FILE, or that no archive has one; existing entries stay. Of '
        'links that are alive, those without a copy are named, and with --save the '
        'archive is asked to make one. What was found is kept beside REPORT: run it '
        'again, and it goes on where it was.',
        epilog='Exit status: 0 fine, 1 a file is missing or invalid, 2 wrong usage, '
        '75 the archive or the budget ended it: run it again later.',
    )
    one.add_argument('report', type=Path, metavar='REPORT', help='report.json')
    one.add_argument(
        'file',
        type=Path,
        metavar='FILE',
        nargs='?',
        help='the file of known dead links',
    )
    one.add_argument(
        '--date',
        type=day,
        metavar='YYYY-MM-DD',
        help='look for copies nearest to this day (default: the day on which a known '
        'dead link died, else today)',
    )
    one.add_argument(
        '--archive',
        type=_url,
        metavar='URL',
        default='https://web.archive.org',
        help='an archive like the Wayback Machine (default: %(default)s)',
    )
    one.add_argument(
        '--timegate',
        type=_url,
        metavar='URL',
        action='append',
        default=[],
        help='ask this TimeGate (RFC 7089) instead; may be repeated',
    )
    one.add_argument(
        '--living', action='store_true', help='look up links that are alive, too'
    )
    one.add_argument(
        '--save',
        action='store_true',
        help='have the archive make the copies that living links lack (implies '
        '--living); keys are in IA_ACCESS_KEY_ID and IA_SECRET_ACCESS_KEY, or in '
        'netrc for the archive',
    )
    one.add_argument(
        '--budget', type=_count, default=500, help='requests at most (%(default)s)'
    )
    one.add_argument(
        '--delay',
        type=_seconds,
        default=1.5,
        help='seconds between two requests (%(default)s)',
    )
    one.add_argument(
        '--state',
        type=Path,
        metavar='PATH',
        help='where to keep what was found (archive.jsonl beside REPORT)',
    )
    one.set_defaults(run=run)


def _url(text: str) -> str:
    if is_url(text) and text.lower().startswith(('http://', 'https://')):
        return text
    message = f'{masked(text)!r} is no address of the web'
    raise argparse.ArgumentTypeError(message)


def _count(text: str) -> int:
    if text.isdecimal():
        return int(text)
    message = f'{text!r} is no number of requests'
    raise argparse.ArgumentTypeError(message)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if 0 <= seconds <= 3600:
        return seconds
    message = f'{text!r} is no number of seconds'
    raise argparse.ArgumentTypeError(message)


class State:
    """What was found so far: a line for each page, written as soon as it is known."""

    def __init__(self, path: Path) -> None:
        """Read the file, if there is one; a line that was cut off is left out.

        :raises OSError: if it can't be read.
        """
        self._path = path
        self._rows: dict[str, dict[str, Any]] = {}
        try:
            text = path.read_text(encoding='utf-8', errors='replace')
        except FileNotFoundError:
            text = ''
        for line in text.splitlines():
            try:
                row = json.loads(line)
                self._rows[str(row['page'])] = {
                    'copy': str(row['copy']),
                    'looked': date.fromisoformat(str(row['looked'])),
                    'for': str(row['for']),
                }
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
        self._is_cut = bool(text) and not text.endswith('\n')

    def find(self, page: str, day: str, today: date) -> str | None:
        """Return where the copy of a page is, '' if there is none, None if unknown."""
        row = self._rows.get(page)
        if row is None or row['for'] != day:
            return None
        is_old = (today - row['looked']).days > NO_COPY_DAYS
        return None if is_old and not row['copy'] else str(row['copy'])

    def note(self, page: str, day: str, copy: str, today: date) -> None:
        """Remember what was found; it is in the file when this returns.

        :raises OSError: if it can't be written.
        """
        self._rows[page] = {'copy': copy, 'looked': today, 'for': day}
        row = {'page': page, 'for': day, 'copy': copy, 'looked': today.isoformat()}
        with self._path.open('a', encoding='utf-8') as file:
            file.write('\n' * self._is_cut + json.dumps(row) + '\n')
        self._is_cut = False


class Lookup:
    """One run of the command: what is looked up, and what came of it."""

    def __init__(
        self,
        options: argparse.Namespace,
        client: Client,
        state: State,
        say: Callable[[str], None],
    ) -> None:
        wayback = Wayback(options.archive)
        self._archives: list[Archive] = [Memento(url) for url in options.timegate]
        self._archives = self._archives or [wayback]
        self._client = client
        self._state = state
        self._say = say
        self._today = datetime.now(UTC).date()
        self._day = options.date or ''
        self._saver = Saver(wayback, client) if options.save else None
        self.copies = self.missing = self.saved = 0

    def look_up_known(self, known: dict[str, KnownDead]) -> None:
        """Note in *known* where copies are; what stands there already stays.

        :raises ArchiveError: if an archive can't be asked any more.
        """
        for uri, entry in tuple(known.items()):
            if entry.archived or self._is_for_nobody(uri):
                continue
            copy = self.copy_of(uri, self._day or first_day(entry.since))
            if copy is None:
                continue
            looked = '' if copy else self._today.isoformat()
            known[uri] = entry._replace(archived=copy, no_copy=looked)

    def look_up_living(self, uris: Iterable[str]) -> None:
        """Say which living links have no copy, and have one made if that is wanted.

        :raises ArchiveError: if an archive can't be asked any more.
        """
        for uri in uris:
            if self._is_for_nobody(uri):
                continue
            if self.copy_of(uri, self._day) != '' or self._saver is None:
                continue
            try:
                copy = self._saver.save(page_of(uri))
            except SaveError as error:
                self._say(f'not saved: {uri}: {error}')
                continue
            self.saved += 1
            self._state.note(_page(uri), self._day, copy.url, self._today)
            self._say(f'saved: {uri}: {copy.url}')

    def _is_for_nobody(self, uri: str) -> bool:
        """Whether an address must not be sent to an archive; if so, it is named."""
        if has_secret(uri):
            self._say(f'skipped: {uri}: it has a login or a token')
            return True
        if _is_private(_page(uri)):
            self._say(f'skipped: {uri}: private address')
            return True
        return False

    def copy_of(self, uri: str, day: str) -> str | None:
        """Return where the copy of a link's page is, '' if no archive has one.

        None: an archive has copies, but which one to take can't be said.
        """
        page = _page(uri)
        found = self._state.find(page, day, self._today)
        if found is None:
            nearest = day or self._today.isoformat()
            copies = (one.find(self._client, page, nearest) for one in self._archives)
            try:
                copy = next(filter(None, copies), None)
            except TooManyCopiesError as error:
                self._say(f'unknown: {uri}: {error}')
                return None
            found = copy.url if copy else ''
            self._state.note(page, day, found, self._today)
        if found:
            self.copies += 1
            self._say(f'copy: {uri}: {found}')
        else:
            self.missing += 1
            self._say(f'no copy: {uri}')
        return found


def _page(uri: str) -> str:
    """Return the absolute address of the page of a link."""
    page = page_of(uri)
    return f'https:{page}' if page.startswith('//') else page


def _is_private(url: str) -> bool:
    """Whether *url* is of a private network, has a login in it, or isn't valid."""
    host = host_of(url)
    if not host or '@' in urlsplit(url).netloc or _PRIVATE_NAME.search(host):
        return True
    try:
        return url_class(url) != PUBLIC
    except InvalidAddressError:
        return True


def first_day(since: str) -> str:
    """Return the first day of a day, month or year, '' of none."""
    return (since + '-01-01')[:10] if since else ''


def run(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Run the command, and return its exit status; *say* prints a line.

    :raises JsonFileError: if a file is missing or invalid.
    :raises OSError: if one can't be written.
    """
    links = load_report(options.report)['links']
    file = options.file and options.file.resolve()
    known = load(file) if file else {}
    before = dict(known)
    wanted = [
        link['uri']
        for link in links
        if link['verdict'] in _LIVING and is_url(link['uri'])
    ]
    client = Client(delay=options.delay, budget=options.budget, say=say)
    state = State(options.state or options.report.with_name('archive.jsonl'))
    lookup = Lookup(options, client, state, say)
    ended = ''
    try:
        lookup.look_up_known(known)
        if options.living or options.save:
            lookup.look_up_living(wanted)
    except ArchiveError as error:
        ended = str(error)
    finally:
        # After Ctrl-C too: keep what was found.
        client.close()
        if file and known != before:
            remove_leftovers(file)
            replace_file(file, dump(known))
    counts = f'{lookup.copies} with a copy, {lookup.missing} without'
    counts += f', {lookup.saved} saved' if options.save else ''
    say(f'{counted(client.requests, "request")}: {counts}')
    if ended:
        say(f'stopped: {ended}; run it again to go on')
        return EX_TEMPFAIL
    return 0
