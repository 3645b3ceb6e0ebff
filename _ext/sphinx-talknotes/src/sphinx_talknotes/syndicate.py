"""Writes the talks as an Atom feed and as a calendar, from what ``notes.json`` says."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit
from zoneinfo import ZoneInfo

from feedgen.feed import FeedGenerator
from icalendar import Calendar, Event

from sphinx_talknotes import notes_file
from sphinx_talknotes.markup import one_line

if TYPE_CHECKING:
    from pathlib import Path

#: What is written, beside ``notes.json``.
ATOM, CALENDAR = 'talks.atom', 'talks.ics'
#: What else than letters stands in an address, quoted signs among it (RFC 3986).
_RESERVED = "%:/?#[]@!$&'()*+,;="


class Talk(NamedTuple):
    """A talk that has a day."""

    id: str  #: That of the programme, else `page`; no two talks share it.
    title: str
    page: str  #: Where it stands, relative to the top of the site.
    day: datetime.date
    time: datetime.time | None
    room: str
    speakers: tuple[str, ...]
    tags: tuple[str, ...]
    end: datetime.time | None = None
    packages: tuple[str, ...] = ()

    def begins(self, zone: datetime.tzinfo | None) -> datetime.datetime:
        """Return when it begins: at midnight, if nobody knows."""
        return datetime.datetime.combine(self.day, self.time or datetime.time(), zone)

    def ends(self, zone: datetime.tzinfo | None) -> datetime.datetime | None:
        """Return when it ends, perhaps after midnight; None if nobody knows."""
        if not (self.time and self.end):
            return None
        is_next_day = self.end <= self.time
        day = self.day + datetime.timedelta(days=is_next_day)
        return datetime.datetime.combine(day, self.end, zone)

    def address(self, base: str) -> str:
        """Return where it stands on the web, below *base*."""
        # Not every builder quotes the names of its pages.
        return base + quote(self.page, safe=_RESERVED)

    def summary(self) -> str:
        """Return who spoke, and which packages the notes list."""
        who, what = ', '.join(self.speakers), ', '.join(self.packages)
        return ' \N{EN DASH} '.join(filter(None, (who, what)))


def write_feeds(folder: Path, base: str, zone: ZoneInfo | None) -> list[str]:
    """Write the calendar, and the feed if the site has an address; return their names.

    *folder* has the ``notes.json`` of a site, *base* is the site's address, '' if it
    has none, and *zone* that of the talks: without one, they are at their time in
    whatever zone somebody looks at the calendar.

    :raises OSError: if there is no such file, or none can be written.
    :raises NotesError: if it isn't one.
    """
    with notes_file.reading(folder / 'notes.json') as notes:
        title = one_line(notes['project']) or 'Talks'
        talks = dated_talks(notes)
    base = f'{base.rstrip("/")}/' if base else ''
    texts = {CALENDAR: calendar(talks, title, base, zone)}
    if base:
        texts[ATOM] = atom(talks, title, base, zone or ZoneInfo('UTC'))
    for name, text in texts.items():
        (folder / name).write_bytes(text)
    return sorted(texts)


def dated_talks(notes: dict[str, Any]) -> list[Talk]:
    """Return the talks of a ``notes.json`` that have a day, in the order of time."""
    talks = []
    ids = Counter(talk.get('id') for talk in notes['talks'])
    for talk in filter(lambda talk: talk.get('date'), notes['talks']):
        page, time = talk['page'], talk.get('time')
        own = talk.get('id')
        talks.append(
            Talk(
                id=own if own and ids[own] == 1 else page,
                title=one_line(talk['title']),
                page=page,
                day=datetime.date.fromisoformat(talk['date']),
                time=datetime.time.fromisoformat(time) if time else None,
                room=one_line(talk.get('room')),
                speakers=tuple(filter(None, map(_name, talk['speakers']))),
                tags=tuple(map(one_line, talk.get('tags', ()))),
                end=datetime.time.fromisoformat(talk['end']) if 'end' in talk else None,
                packages=tuple(
                    dict.fromkeys(one_line(p['name']) for p in talk.get('packages', ()))
                ),
            )
        )
    return sorted(talks, key=lambda talk: talk.begins(None))


def _name(speaker: dict[str, Any]) -> str:
    names = speaker.get('name') or speaker.get('added', {}).get('name')
    return one_line(names or next(iter(speaker.get('handles', ())), ''))


def atom(talks: list[Talk], title: str, base: str, zone: ZoneInfo) -> bytes:
    """Return an Atom feed (RFC 4287), the newest talk first.

    What is said of a time is when the talk was: the same notes give the same bytes.
    """
    feed = FeedGenerator()
    feed.id(base)
    feed.title(title)
    feed.link(href=urljoin(base, ATOM), rel='self')
    feed.link(href=base, rel='alternate')
    # One that has no entry is as old as can be.
    first = datetime.datetime(1970, 1, 1, tzinfo=zone)
    feed.updated(max((talk.begins(zone) for talk in talks), default=first))
    for talk in reversed(talks):
        entry = feed.add_entry(order='append')
        address = talk.address(base)
        entry.id(address)
        entry.title(talk.title or address)
        entry.link(href=address, rel='alternate')
        entry.published(talk.begins(zone))
        entry.updated(talk.begins(zone))
        # Every entry needs an author, or the feed does.
        for name in talk.speakers or (title,):
            entry.author(name=name)
        if summary := talk.summary():
            entry.summary(summary)
        for tag in talk.tags:
            entry.category(term=tag)
    found: bytes = feed.atom_str(pretty=True)
    return found


def calendar(talks: list[Talk], title: str, base: str, zone: ZoneInfo | None) -> bytes:
    """Return a calendar (RFC 5545) with an event for each talk."""
    found = Calendar()
    found.add('prodid', '-//sphinx-talknotes//EN')
    found.add('version', '2.0')
    found.add('x-wr-calname', title)
    for talk in talks:
        event = Event()
        event.add('uid', f'{talk.id}@{urlsplit(base).hostname or quote(title)}')
        event.add('dtstamp', talk.begins(zone or datetime.UTC).astimezone(datetime.UTC))
        event.add('dtstart', talk.begins(zone) if talk.time else talk.day)
        if ends := talk.ends(zone):
            event.add('dtend', ends)
        event.add('summary', talk.title)
        if summary := talk.summary():
            event.add('description', summary)
        if talk.room:
            event.add('location', talk.room)
        if talk.tags:
            event.add('categories', list(talk.tags))
        if base:
            event.add('url', talk.address(base))
        found.add_component(event)
    if zone and talks:
        # From the change of clocks before the first talk to that after the last.
        first, last = talks[0].day.replace(day=1), talks[-1].day.replace(day=1)
        year = datetime.timedelta(days=366)
        found.add_missing_timezones(first - year, last + year)
    return bytes(found.to_ical())
