"""What is remembered of links from one run to the next, in one file.

The file is an SQLite database with a rollback journal: nothing but the one file is left
by a run that ends well, and every result is complete in it as soon as `Cache.put`
returns, whatever kills the process then.  Writes aren't synced to the disk, so a power
cut may corrupt the file; a corrupt file is set aside.

Nothing that is wrong with the file is an error: at worst its results are lost, and
`Cache.messages` says so.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
import time
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.records import Evidence, Hop, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from sphinx_linkaudit.records import Kind

#: Says in the file's header that it is ours ('link').
APPLICATION_ID = 0x6C696E6B

#: What brings a database from each version to the next, statement by statement; an
#: empty one has version 0.  To change the schema, append.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # A URI is UTF-8, lone surrogates included, which TEXT could not hold; data is
        # a JSON object, pure ASCII.
        """
        CREATE TABLE links (uri BLOB PRIMARY KEY, checked REAL NOT NULL,
        settings TEXT NOT NULL, data TEXT NOT NULL) WITHOUT ROWID
        """,
        """
        CREATE TABLE strikes (uri BLOB PRIMARY KEY, days INTEGER NOT NULL,
        since TEXT NOT NULL, last TEXT NOT NULL) WITHOUT ROWID
        """,
    ),
    (
        # The latest days on which it was seen to fail, separated by spaces.
        "ALTER TABLE strikes ADD COLUMN seen TEXT NOT NULL DEFAULT ''",
        "UPDATE strikes SET seen = since || ' ' || last",
    ),
)

#: Days of a failing link that are kept one by one.
MAX_SEEN = 31

#: Days after which a URI that no page links to is forgotten.
UNSEEN_DAYS = 365
#: The first share of its duration after which a result may be stale; at the latest all.
_JITTER = 0.8
#: Characters of a message that are kept.
MAX_MESSAGE = 2_000
#: Characters of an address; a result with a longer one isn't remembered, for part of
#: an address leads elsewhere.
MAX_URL = 8_000

_DAY = 86_400.0  # seconds

#: Why a file is set aside, which goes into its new name.
_Fault = Literal['corrupt', 'foreign', 'newer']

#: What comes with a database file; left behind, it would be taken for the next one's.
_COMPANIONS = ('-journal', '-wal', '-shm')


class Remembered(NamedTuple):
    """What a check of a link came to."""

    verdict: Verdict
    #: Without headers, body and what was read from it; None without a request.
    evidence: Evidence | None
    checked: float  #: When, in seconds since the epoch.


class Strikes(NamedTuple):
    """For how long a link has failed."""

    days: int = 0  #: On how many different ones it was seen to fail.
    since: str = ''  #: The first of them, YYYY-MM-DD; '' if there is none.


class _Unfit(Exception):  # noqa: N818 (a signal: no user of a cache gets it)
    """The file can't be used and has to be set aside."""

    def __init__(self, why: str, fault: _Fault) -> None:
        super().__init__(why)
        self.fault = fault


def digest(*settings: object) -> str:
    """Return a short name for *settings*, by their ``repr``; equal ones have the same.

    A verdict is only remembered for the settings that it was reached with.  What else
    it depends on, such as the version of the judge, belongs to them.
    """
    return hashlib.sha256(repr(settings).encode('utf-8', 'replace')).hexdigest()[:16]


class Cache:
    """Remembers verdicts and failures.  It is for one thread.

    No method raises an error over the file or its contents.
    """

    def __init__(
        self,
        path: Path,
        days: Mapping[Kind, float],
        settings: str = '',
        *,
        patience: float = 5.0,
    ) -> None:
        """Open the file at *path*; it, and folders above it, are made if need be.

        *days* says for how long a verdict of each kind holds; one of another kind never
        does.  *settings* is what `digest` makes of what verdicts depend on.  Another
        process that writes is waited for *patience* seconds at a time; then nothing
        more is written.
        """
        #: What the user should be warned of; complete once the cache is closed.
        self.messages: list[str] = []
        self._path = path
        self._days = dict(days)
        self._settings = settings
        self._patience = patience
        self._is_lost = False
        self._inode = 0  #: Of the file that was opened; 0 for a new one.
        self._rows: dict[str, tuple[float, str, str]] = {}
        self._strikes: dict[str, tuple[int, str, str, str]] = {}
        #: None if nothing is, or can be, written.
        self._connection: sqlite3.Connection | None = None
        try:
            self._open()
        except _Unfit as error:
            self._begin_anew(error)
        except (OSError, ValueError, sqlite3.Error) as error:
            self._give_up('not used', error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def can_learn(self) -> bool:
        """Whether what is learned now, or next time, will be remembered.

        It won't in a file that may not be written.  One that is locked or on a full
        disk may be written the next time.
        """
        return not self._is_lost

    # -- verdicts ----------------------------------------------------------------

    def lookup(self, uri: str, now: float) -> Remembered | None:
        """Return what is known of *uri*, fragment included, if that still holds.

        *now* is in seconds since the epoch.  The reason in the verdict is what was
        given to `put`, perhaps by another version of the judge.
        """
        if (row := self._rows.get(uri)) is None:
            return None
        checked, settings, data = row
        try:
            found = _unpack(data, checked)
            days = self._days.get(found.verdict.kind, 0)
        except _OTHER_DATA:
            return None
        fresh = 0 <= now - checked < days * _DAY * _share(uri)
        return found if fresh and settings == self._settings else None

    def put(
        self, uri: str, verdict: Verdict, evidence: Evidence | None, now: float
    ) -> None:
        """Remember the *verdict* on *uri*, reached *now* (seconds since the epoch).

        It is in the file when this returns.
        """
        data = _pack(uri, verdict, evidence)
        # An address with a login isn't stored: it is checked each time.
        if data is None or masked(uri) != uri:
            return
        row = self._rows[uri] = (now, self._settings, data)
        self._write('REPLACE INTO links VALUES (?, ?, ?, ?)', _key(uri), *row)

    # -- strikes -----------------------------------------------------------------

    def failed(self, uri: str, today: str) -> Strikes:
        """Note that *uri* was asked for *today* (YYYY-MM-DD) and failed.

        Return on how many different days it has, this one included.
        """
        number, since, last, text = self._strikes.get(masked(uri), (0, today, '', ''))
        seen = text.split()
        # No day counts twice, even if the clock was set back and forward again.
        is_new = today > last and today not in seen
        latest = ' '.join(sorted({*seen, today})[-MAX_SEEN:])
        row = (number + is_new, min(since, today), today, latest)
        self._strikes[masked(uri)] = row
        self._write('REPLACE INTO strikes VALUES (?, ?, ?, ?, ?)', _key(uri), *row)
        return Strikes(*row[:2])

    def succeeded(self, uri: str) -> None:
        """Note that *uri* was checked and works: its failures are forgotten."""
        if self._strikes.pop(masked(uri), None):
            self._write('DELETE FROM strikes WHERE uri = ?', _key(uri))

    def strikes(self, uri: str) -> Strikes:
        """Return on how many days *uri* has failed, since it last worked."""
        return Strikes(*self._strikes.get(masked(uri), (0, '', '', ''))[:2])

    # -- the file ----------------------------------------------------------------

    def close(self) -> None:
        """Forget what no page has linked to for a year, and close the file."""
        now = time.time()
        # A clock that was wrong leaves results from the future.
        keep = max([UNSEEN_DAYS, *self._days.values()]) * _DAY
        self._write('DELETE FROM links WHERE abs(checked - ?) > ?', now, keep)
        today, year = datetime.fromtimestamp(now, UTC), timedelta(UNSEEN_DAYS)
        first, last = (f'{day:%Y-%m-%d}' for day in (today - year, today + year))
        self._write('DELETE FROM strikes WHERE last NOT BETWEEN ? AND ?', first, last)
        self._disconnect()

    def _write(self, statement: str, *values: object) -> None:
        """Execute a *statement* that is a transaction of its own, if that is possible.

        After the first failure nothing more is written: the next attempt would wait
        just as long.
        """
        if self._connection is None:
            return
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            self._give_up('no longer written to', error)

    def _give_up(self, what: str, error: Exception) -> None:
        self._disconnect()
        self._is_lost = not _passes(error)
        self.messages.append(f'the cache {self._path} is {what}: {error}')

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _begin_anew(self, error: _Unfit) -> None:
        """Set the file aside and begin a new one."""
        self._disconnect()
        self._rows.clear()
        self._strikes.clear()
        try:
            if kept := set_aside(self._path, error.fault, self._inode):
                self.messages.append(
                    f'the cache {self._path} is {error.fault} ({error}): '
                    f'renamed to {kept.name}, and a new one begun'
                )
            self._open()
        except (_Unfit, OSError, ValueError, sqlite3.Error) as another:
            self._give_up('not used', another)

    def _open(self) -> None:
        """Open the file and read it whole.

        :raises _Unfit: if there is something in it that isn't a cache of this version.
        :raises OSError: and others, if it can't be opened.
        """
        path = self._path.absolute()
        try:
            status = path.stat()
            size, self._inode = status.st_size, status.st_ino
        except FileNotFoundError:
            size = self._inode = 0
            path.parent.mkdir(parents=True, exist_ok=True)
        else:
            if not path.is_file():
                message = 'not a regular file'
                raise OSError(message)
        if size and not _has_magic(path):
            message = 'not an SQLite database'
            raise _Unfit(message, 'foreign')
        # A journal has to be written beside it.
        writable = all(
            os.access(needed, os.W_OK)
            for needed in (path.parent, path)
            if needed.exists()
        )
        connection = sqlite3.connect(
            f'{path.as_uri()}?mode={"rwc" if writable else "ro"}',
            uri=True,
            timeout=self._patience,
            isolation_level=None,
        )
        try:
            self._read(connection, writable=writable)
        except BaseException as error:
            connection.close()
            if _is_corrupt(error):
                raise _Unfit(str(error), 'corrupt') from error
            raise
        if writable:
            self._connection = connection
        else:
            self._is_lost = True
            connection.close()

    def _read(self, connection: sqlite3.Connection, *, writable: bool) -> None:
        version = _version(connection)
        if version < len(MIGRATIONS):
            if not writable:
                message = f'its version {version} is old, and it is read-only'
                raise OSError(message)
            _migrate(connection)
        if writable:
            connection.execute('PRAGMA synchronous = OFF')
        (sound,) = connection.execute('PRAGMA quick_check(1)').fetchone()
        if sound != 'ok':
            raise sqlite3.DatabaseError(sound)
        rows = connection.execute('SELECT uri, checked, settings, data FROM links')
        for uri, checked, settings, data in rows:
            self._rows[_text(uri)] = (float(checked), str(settings), str(data))
        rows = connection.execute('SELECT uri, days, since, last, seen FROM strikes')
        for uri, days, *texts in rows:
            since, last, seen = map(str, texts)
            self._strikes[_text(uri)] = (int(days), since, last, seen)


def set_aside(path: Path, why: str, inode: int) -> Path | None:
    """Rename a database file and what belongs to it; return its new path.

    The name is free: ``name.why-1``, or the next number.  None means that another check
    was quicker: what is there now isn't the file with this *inode*, and stays.

    :raises OSError: if it can't be renamed.
    """
    new = next(
        new
        for number in count(1)
        if not (new := path.with_name(f'{path.name}.{why}-{number}')).exists()
    )
    with suppress(FileNotFoundError):
        if path.stat().st_ino != inode:
            return None
        path.rename(new)
    if not new.exists():
        return None
    if new.stat().st_ino != inode:
        # It came in between: give it back, unless there is a newer one already.
        with suppress(OSError):
            os.link(new, path)
            new.unlink()
        return None
    for suffix in _COMPANIONS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(f'{new}{suffix}')
    return new


def _passes(error: Exception) -> bool:
    """Whether what an *error* says of the file may be over the next time."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, 'sqlite_errorcode', 0) & 0xFF
        return code in {
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
            sqlite3.SQLITE_NOMEM,
            sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_CANTOPEN,  # no descriptor is left for a journal
        }
    short = {errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN}
    return isinstance(error, OSError) and error.errno in short


def _has_magic(path: Path) -> bool:
    with path.open('rb') as file:
        return file.read(16) == b'SQLite format 3\0'


def _is_corrupt(error: BaseException) -> bool:
    """Whether an *error* is about what stands in the file, not about access to it."""
    if not isinstance(error, sqlite3.Error):
        return isinstance(error, (AttributeError, TypeError, ValueError, OverflowError))
    # Errors that Python finds, such as text that is none, have no code.
    code = getattr(error, 'sqlite_errorcode', sqlite3.SQLITE_ERROR)
    # The low byte is the primary code; SQLITE_ERROR: tables or columns are missing.
    return code & 0xFF in {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }


def _version(connection: sqlite3.Connection) -> int:
    """Return the version of the database's schema, 0 if it is empty.

    :raises _Unfit: if it isn't ours, or is newer than this program.
    """
    (owner,) = connection.execute('PRAGMA application_id').fetchone()
    (version,) = connection.execute('PRAGMA user_version').fetchone()
    (tables,) = connection.execute('SELECT count(*) FROM sqlite_master').fetchone()
    if owner != APPLICATION_ID and (owner or version or tables):
        message = 'the database of another program'
        raise _Unfit(message, 'foreign')
    if version > len(MIGRATIONS):
        message = f'version {version}; the newest supported is {len(MIGRATIONS)}'
        raise _Unfit(message, 'newer')
    return int(version)


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest version: all the way or not at all."""
    connection.execute('BEGIN IMMEDIATE')
    try:
        # Another process may have done it by now.
        for statements in MIGRATIONS[_version(connection) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f'PRAGMA application_id = {APPLICATION_ID}')
        connection.execute(f'PRAGMA user_version = {len(MIGRATIONS)}')
        connection.execute('COMMIT')
    except BaseException:
        if connection.in_transaction:
            connection.execute('ROLLBACK')
        raise


def _key(uri: str) -> bytes:
    return masked(uri).encode('utf-8', 'surrogatepass')


def _text(key: bytes) -> str:
    return key.decode('utf-8', 'surrogatepass')


def _share(uri: str) -> float:
    """Return the share of its duration that a result for *uri* holds: 0.8 to 1.

    It is the same each time, and different for different ones, so that not all results
    of one day fall due on one day.
    """
    return _JITTER + (1 - _JITTER) * zlib.crc32(_key(uri)) / 2**32


def _pack(uri: str, verdict: Verdict, evidence: Evidence | None) -> str | None:
    """Return both as JSON, None if an address is too long."""
    message, urls, seen = verdict.message, [uri], None
    if verdict.code:
        urls.append(message)
    elif len(message) > MAX_MESSAGE:
        message = f'{message[: MAX_MESSAGE - 1]}…'
    if evidence is not None:
        urls += [evidence.url, evidence.final_url]
        urls += [url for hop in evidence.hops for url in (hop.url, hop.target)]
        seen = {
            'url': masked(evidence.url),
            'ending': evidence.ending,
            'status': evidence.status,
            'final_url': masked(evidence.final_url),
            'hops': [(masked(u), status, masked(t)) for u, status, t in evidence.hops],
            'seconds': round(evidence.seconds, 3),
        }
    if any(len(url) > MAX_URL for url in urls):
        return None
    found = {'verdict': verdict._replace(message=masked(message)), 'evidence': seen}
    return json.dumps(found, separators=(',', ':'))


#: What is raised by data that `_pack` didn't make.
_OTHER_DATA = KeyError, TypeError, ValueError, OverflowError, RecursionError


def _unpack(data: str, checked: float) -> Remembered:
    """Return what `_pack` was given.

    :raises: one of `_OTHER_DATA` if it is something else.
    """
    found = json.loads(data)
    kind, reason, message, code = found['verdict']
    evidence = None
    if (seen := found['evidence']) is not None:
        hops = tuple(Hop(str(u), int(s), str(t)) for u, s, t in seen['hops'])
        evidence = Evidence(
            url=str(seen['url']),
            ending=seen['ending'],
            status=int(seen['status']),
            final_url=str(seen['final_url']),
            hops=hops,
            seconds=float(seen['seconds']),
        )
    verdict = Verdict(kind, str(reason), str(message), int(code))
    return Remembered(verdict, evidence, checked)
