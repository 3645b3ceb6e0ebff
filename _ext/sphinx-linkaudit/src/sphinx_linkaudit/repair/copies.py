"""Looks for archived copies of pages: politely, one request at a time.

Any archive that speaks Memento (RFC 7089) can be asked; the Wayback Machine is asked by
its CDX API, where one request finds the nearest copy with a status of 200, and by its
availability API where that fails.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote, urlencode, urlsplit

from requests.utils import parse_header_links

from sphinx_linkaudit.ask import pace
from sphinx_linkaudit.ask.fetch import Fetcher
from sphinx_linkaudit.ask.pace import http_date
from sphinx_linkaudit.ask.page import MAX_BEGINNING_CHARS
from sphinx_linkaudit.ask.route import proxy_passwords
from sphinx_linkaudit.ask.settings import Settings
from sphinx_linkaudit.masking import hide
from sphinx_linkaudit.urls import URL_CHARACTERS, web_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx_linkaudit.records import Evidence

#: Seconds that an archive has for an answer: they are slow.
TIMEOUT = 60.0
#: Copies of one page that are looked at, the nearest first, before it has none.
MAX_CANDIDATES = 5
#: Pauses in a row that an archive may ask for before the run ends.
MAX_PAUSES = 4
#: Seconds of the first pause that an archive doesn't give a length, doubled each time.
FIRST_PAUSE = 5.0
#: Seconds of the longest pause that is waited.
MAX_PAUSE = 300.0


class ArchiveError(Exception):
    """An archive can't be asked any more; the message says why."""


class TooManyCopiesError(Exception):
    """An archive has more copies of a page than are looked at; the message says so."""


class Copy(NamedTuple):
    """An archived copy of a page."""

    url: str
    when: str  #: The day on which it was made, YYYY-MM-DD; '' if unknown.


class Client:
    """Asks archives: one request at a time, with pauses, and not more than so many."""

    def __init__(
        self,
        *,
        delay: float,
        budget: int,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Wait *delay* seconds between requests, of which there may be *budget*.

        *say* prints the pauses that an archive asks for.
        """
        self.remaining = budget
        self.requests = 0
        self._delay = delay
        self._say = say
        self._headers: dict[str, str] = {}
        self._last = -delay
        self._pauses = 0
        hide(proxy_passwords())
        self._fetcher = Fetcher(
            Settings(
                timeout=TIMEOUT,
                user_agent='sphinx-linkaudit archive',
                headers=lambda _: self._headers,
            )
        )

    def close(self) -> None:
        """Close all connections."""
        self._fetcher.close()

    def get(self, url: str, **headers: str) -> Evidence:
        """Ask for *url*; redirects are followed.

        Names of *headers* have underscores for their hyphens.

        :raises ArchiveError: if nothing answers, or it is rate-limiting.
        """
        while True:
            self.take_turn()
            self._headers = {n.replace('_', '-'): v for n, v in headers.items()}
            seen = self._fetcher.read(url, TIMEOUT)
            if seen.ending != 'answered':
                host = urlsplit(url).netloc
                message = f'{host} does not answer ({seen.ending})'
                raise ArchiveError(message)
            if seen.status not in {429, 503}:
                self._pauses = 0
                return seen
            self.pause(url, seen.headers.get('retry-after', ''))

    def take_turn(self) -> None:
        """Wait until the next request may be made.

        :raises ArchiveError: if there may be none.
        """
        if self.remaining <= 0:
            message = f'the budget of {self.requests} requests is used up'
            raise ArchiveError(message)
        self.remaining -= 1
        self.requests += 1
        time.sleep(max(0.0, self._last + self._delay - time.monotonic()))
        self._last = time.monotonic()

    def pause(self, url: str, retry_after: str) -> None:
        """Leave an archive alone for a while, as it asked for.

        :raises ArchiveError: if it has asked for too much.
        """
        host = urlsplit(url).netloc
        seconds = pace.retry_after(retry_after)
        if seconds is None:
            seconds = FIRST_PAUSE * 2**self._pauses
        self._pauses += 1
        if self._pauses > MAX_PAUSES or seconds > MAX_PAUSE:
            message = f'{host} is rate-limiting requests'
            raise ArchiveError(message)
        self._say(f'{host} asks for a pause of {seconds:.0f} seconds')
        time.sleep(max(0.0, seconds))


class Archive(Protocol):
    """An archive that can be asked for copies."""

    def find(self, client: Client, url: str, day: str) -> Copy | None:
        """Return the copy of *url* nearest to a *day* that was a page; None for none.

        :raises ArchiveError: if it can't be asked.
        :raises TooManyCopiesError: if it isn't known whether there is one.
        """


class Wayback:
    """An archive with the APIs of the Wayback Machine.

    Sources: the Internet Archive's "Wayback CDX Server API" and "Wayback Machine APIs".
    """

    def __init__(self, base: str = 'https://web.archive.org') -> None:
        self.base = base.rstrip('/')

    def find(self, client: Client, url: str, day: str) -> Copy | None:
        stamp = day.replace('-', '')
        query = {
            'url': url,
            'output': 'json',
            'fl': 'timestamp,original',
            'filter': 'statuscode:200',
            'closest': stamp,
            'sort': 'closest',
            'limit': '1',
        }
        seen = client.get(f'{self.base}/cdx/search/cdx?{urlencode(query)}')
        if seen.status == 200:
            rows = _json(seen.body)
            if isinstance(rows, list) and not rows:
                return None
            if isinstance(rows, list) and len(rows) > 1 and _is_row(rows[1]):
                return self.copy(*rows[1][:2])
        elif seen.status in {403, 404}:  # excluded by its owner, or not there
            return None
        return self._available(client, url, stamp)

    def _available(self, client: Client, url: str, stamp: str) -> Copy | None:
        """Ask by the availability API, which is on the host without ``web.``."""
        query = urlencode({'url': url, 'timestamp': stamp})
        base = self.base.replace('://web.', '://', 1)
        seen = client.get(f'{base}/wayback/available?{query}')
        answer = _json(seen.body)
        if seen.status != 200 or not isinstance(answer, dict):
            message = f'{urlsplit(base).netloc} fails (status {seen.status})'
            raise ArchiveError(message)
        try:
            closest = answer['archived_snapshots']['closest']
            is_page = closest['available'] and str(closest['status']) == '200'
            found = str(closest['timestamp'])
        except (KeyError, TypeError):
            return None
        return self.copy(found, url) if is_page and found.isdigit() else None

    def copy(self, stamp: str, url: str) -> Copy:
        """Return the copy of *url* made at a time (YYYYMMDDHHMMSS)."""
        page = quote(url, safe=URL_CHARACTERS)
        return Copy(f'{self.base}/web/{stamp}/{page}', _day(stamp))


class Memento:
    """An archive, or an aggregator of them, asked at its TimeGate (RFC 7089)."""

    def __init__(self, timegate: str) -> None:
        """Take the address of a TimeGate, which the page's is put behind."""
        self.timegate = timegate if timegate.endswith(('/', '=')) else f'{timegate}/'

    def find(self, client: Client, url: str, day: str) -> Copy | None:
        wanted = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        asked = f'{self.timegate}{quote(url, safe=URL_CHARACTERS)}'
        seen = client.get(asked, Accept_Datetime=format_datetime(wanted, usegmt=True))
        if copy := _memento(seen):
            return copy
        timemap = _links(seen.headers.get('link', ''), 'timemap')
        if not timemap:
            return None
        # The nearest copy is one of an error page, say: look for another.
        listed = client.get(timemap[0]['url'])
        copies = [
            (abs(when - wanted), link['url'])
            for link in _links(listed.body, 'memento')
            if (when := http_date(link.get('datetime', '')))
        ]
        for _distance, address in sorted(copies)[:MAX_CANDIDATES]:
            if address != seen.final_url and (copy := _memento(client.get(address))):
                return copy
        if len(listed.body) >= MAX_BEGINNING_CHARS:
            message = f'the list of copies at {timemap[0]["url"]} is too long to read'
            raise TooManyCopiesError(message)
        return None


def _memento(seen: Evidence) -> Copy | None:
    """Return the copy that an answer is, None if it is no copy of a page."""
    when = http_date(seen.headers.get('memento-datetime', ''))
    if seen.status != 200 or when is None:
        return None
    # A TimeGate may answer with the copy itself (RFC 7089, 4.2.1).
    location = seen.headers.get('content-location', '')
    return Copy(web_url(location) or seen.final_url, f'{when:%Y-%m-%d}')


def _links(text: str, relation: str) -> list[dict[str, str]]:
    """Return the links of a relation in a ``Link`` header or a TimeMap (RFC 6690)."""
    links = parse_header_links(' '.join(text.split()))
    return [
        link
        for link in links
        if relation in link.get('rel', '').split() and web_url(link['url'])
    ]


def _day(stamp: str) -> str:
    return f'{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}' if len(stamp) >= 8 else ''


def _json(text: str) -> Any:
    """Return what JSON says, None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_row(row: object) -> bool:
    """Whether a row of the CDX API begins with a time and an address."""
    match row:
        case [str(stamp), str(url), *_]:
            # Half a surrogate pair, which JSON may have, can't be in an address.
            return stamp.isdigit() and url.isprintable()
    return False
