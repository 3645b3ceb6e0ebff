"""Reads schedules of conferences: JSON of frab and pretalx, XML of Pentabarf."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import urljoin
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

from sphinx_talknotes import names
from sphinx_talknotes.markup import one_line, slug
from sphinx_talknotes.spellings import alike, is_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from xml.etree.ElementTree import Element

_TIME = re.compile(r'([01]?\d|2[0-3]):([0-5]\d)(:\d\d)?', re.ASCII)
_DURATION = re.compile(r'(\d{1,2}):([0-5]\d)(?::\d\d)?', re.ASCII)


class _Kind(NamedTuple):
    """What a kind of link is recognised by."""

    words: re.Pattern[str]  #: In the title, or in the address.
    files: re.Pattern[str]  #: In the address, whatever the words say.


_SLIDES = _Kind(
    re.compile(r'\b(?:slides?|folien|presentation)\b', re.IGNORECASE),
    re.compile(
        r'^(?!.*(?:\b|_)(?:white)?(?:papers?|poster)\d*(?:\b|_))'
        r'.*\.(?:pdf|pptx?|odp|key)(?:[?#].*)?$',
        re.IGNORECASE,
    ),
)
_VIDEO = _Kind(
    re.compile(r'\b(?:video|recording|aufzeichnung)\b', re.IGNORECASE),
    re.compile(
        r'//(?:www\.)?(?:youtube\.com|youtu\.be)/'
        r'|\.(?:webm|mp4|mkv|mov|avi|og[gv])(?:[?#].*)?$',
        re.IGNORECASE,
    ),
)
#: Subtitles and sound are neither.
_OTHER_FILES = re.compile(r'\.(?:vtt|srt|mp3)(?:[?#].*)?$', re.IGNORECASE)
_BESIDE_NAME = re.compile(
    r'(.*?\S)\s+(?:\(([^()]+)\)|\[([^][]+)\]|(?:[-\u2013\u2014]{1,3}|[|])\s+(\S.*))'
)
#: The same in the parentheses of Chinese and Japanese, which need no space.
_IN_WIDE = re.compile(r'\s*\uff08([^\uff08\uff09]+)\uff09$')
#: Pronouns, which are no affiliation: she/her, er/ihm, any.
_PRONOUNS = re.compile(
    r'(?:^|[\s/])(?:s?he|they|it(?=/its)|xe|er|sie|es|sein\w*|dey|elle|il|iel|any|beliebig)\s*/\s*\w'
    r'|^(?:s?he|they|er|sie|any|keine?)$',
    re.IGNORECASE,
)
#: An address, in which there may be spaces behind the host.
_URL = re.compile(r'https?://[^\s<>"/?#]+(?:[/?#][^<>"]*)?', re.IGNORECASE)


class Person(NamedTuple):
    """Somebody who speaks in an event."""

    name: str
    id: str = ''  #: Where the schedule has several people of that name, else ''.
    affiliation: str = ''  #: What stands behind the name, in parentheses say.
    handle: str = ''  #: The same, if it is one: @ada.


class Event(NamedTuple):
    """One event of a schedule.  What the schedule doesn't say is ''."""

    id: str  #: Unlike that of all other events, and the same in later versions.
    title: str
    speakers: tuple[Person, ...]  #: In the schedule's order.
    day: str  #: The day it begins on, as in 2025-09-12.
    time: str  #: When it begins, where the conference is: 09:30.
    room: str
    track: str
    language: str
    url: str  #: Its page in the programme, a web address.
    end: str = ''  #: When it ends: 10:15.
    slides: str = ''  #: A web address, and so is that of the video.
    video: str = ''

    def has(self, text: str) -> bool:
        """Whether title, track, id or the name of a speaker has *text* in any case."""
        people = (part for s in self.speakers for part in (s.name, s.affiliation))
        where = [self.title, self.track, self.id, *people]
        return any(text.casefold() in part.casefold() for part in where)


class Schedule(NamedTuple):
    """What a file says."""

    events: tuple[Event, ...]  #: In the order of their time.
    problems: tuple[str, ...]  #: What it says of an event that is invalid, a line each.


class ScheduleError(ValueError):
    """A file that is no schedule.  The message is one line, without the file's name."""


def _refuse(why: str) -> NoReturn:
    raise ScheduleError(why)


def _unlike(what: str) -> NoReturn:
    """Refuse a file that is something else."""
    wanted = 'schedule.json of frab or pretalx nor schedule.xml of Pentabarf'
    _refuse(f'neither {wanted}: {what}')


def read_schedule(path: Path) -> Schedule:
    """Return what the schedule in the file *path* says.

    :raises ScheduleError: if it is none.
    :raises OSError: if the file can't be read.
    """
    data = path.read_bytes()
    encoding = json.detect_encoding(data)
    start = data[:1024].decode(encoding, 'ignore').lstrip().lower()
    if start.startswith(('<!doctype html', '<html')):
        _unlike('a page of HTML')
    if start.startswith('<'):
        top, items = _xml_events(_parse_xml(data))
    elif start.startswith(('{', '[')):
        top, items = _json_events(_parse_json(data))
    else:
        _unlike('neither JSON nor XML')
    reader = _Reader(top)
    events = [reader.event(where, item) for where, item in items]
    if not events:
        _refuse('no event in it')
    events.sort(key=lambda event: (event.day, event.time))
    # An address may be that of slides for several reasons.
    problems = tuple(dict.fromkeys(reader.problems))
    return Schedule(tuple(_with_ids_that_tell(events)), problems)


def _with_ids_that_tell(events: Sequence[Event]) -> Iterator[Event]:
    """Yield the events without the ids of people whom the name alone tells apart.

    An id of several people, 0 for instance, is none.  Nor is any where none is in two
    talks but several names have more than one: then each byline has a number.
    """
    ids: dict[str, set[str]] = {}
    named: dict[str, str] = {}
    shared = {''}
    for person in (person for event in events for person in event.speakers):
        ids.setdefault(names.key(person.name), set()).add(person.id)
        if not alike(person.name, named.setdefault(person.id, person.name)):
            shared.add(person.id)
    talks = Counter(id_ for event in events for id_ in {p.id for p in event.speakers})
    several = [name for name, of in ids.items() if len(of - {''}) > 1]
    if len(several) > 1 and all(talks[id_] == 1 for id_ in named if id_):
        shared |= named.keys()
    for event in events:
        speakers = [
            person
            if person.id not in shared and len(ids[names.key(person.name)] - shared) > 1
            else person._replace(id='')
            for person in event.speakers
        ]
        # Some programmes name a person for each of their parts in a talk.
        yield event._replace(speakers=tuple(dict.fromkeys(speakers)))


def _parse_json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except UnicodeDecodeError as error:
        message = f'not JSON: not in {error.encoding}'
        raise ScheduleError(message) from error
    except json.JSONDecodeError as error:
        message = f'not JSON: line {error.lineno}: {error.msg}'
        raise ScheduleError(message) from error
    except (ValueError, RecursionError) as error:
        message = 'not JSON: too deep, or too large a number'
        raise ScheduleError(message) from error


def _parse_xml(data: bytes) -> Element:
    """Return the root of an XML document.

    No schedule has a document type, and only in one can entities be declared that grow
    without bounds or stand for a file: it is refused before it is read.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, ScheduleError):
            raise
        message = f'not XML: {error}'
        raise ScheduleError(message) from error
    return builder.close()


def _refuse_document_type(*_args: object) -> None:
    _refuse('it has a document type, which can declare entities: not read')


#: Where an event stands, in words, and what is said of it: 'id', 'guid', 'title', ...
_Item = tuple[str, dict[str, Any]]


def _json_events(data: Any) -> tuple[dict[str, Any], Iterator[_Item]]:
    """Return what the schedule says of the conference, and its events."""
    schedule = data.get('schedule', data) if isinstance(data, dict) else None
    conference = schedule.get('conference') if isinstance(schedule, dict) else None
    days = conference.get('days') if isinstance(conference, dict) else None
    if not (
        isinstance(schedule, dict)
        and isinstance(conference, dict)
        and isinstance(days, list)
    ):
        _unlike('no list at schedule.conference.days')
    top = {**conference, 'base_url': schedule.get('base_url')}
    return top, _json_items(days)


def _json_items(days: list[Any]) -> Iterator[_Item]:
    for number, day in enumerate(days, 1):
        rooms = day.get('rooms') if isinstance(day, dict) else None
        # What frab makes of no rooms at all is a list.
        if not isinstance(rooms, dict) and rooms != []:
            _unlike(f'day {number} has no rooms')
        for room, events in dict(rooms).items():
            where = f'day {number}, room {room!r}'
            if not isinstance(events, list):
                _refuse(f'{where}: its events are no list')
            for position, event in enumerate(events, 1):
                if not isinstance(event, dict):
                    _refuse(f'{where}: event {position} is no object')
                persons = event.get('persons') or []
                if not isinstance(persons, list):
                    _refuse(f'{where}: event {position}: persons: no list')
                about = {
                    'day': day.get('date'),
                    'day_start': day.get('day_start'),
                    'persons': [_json_person(person) for person in persons],
                }
                yield f'{where}, event {position}', {'room': room, **event, **about}


def _json_person(person: Any) -> dict[str, Any]:
    if not isinstance(person, dict):
        return {'name': person}
    keys = ('public_name', 'full_public_name', 'name')
    name = next((person[key] for key in keys if person.get(key)), None)
    return {**person, 'name': name}


def _xml_events(root: Element) -> tuple[dict[str, Any], Iterator[_Item]]:
    """Return what the schedule says of the conference, and its events."""
    if root.tag != 'schedule':
        _unlike(f'its root is {root.tag!r}, not schedule')
    keys = ('acronym', 'title', 'base_url', 'day_change')
    return {key: root.findtext(f'conference/{key}') for key in keys}, _xml_items(root)


def _xml_items(root: Element) -> Iterator[_Item]:
    for number, day in enumerate(root.iterfind('day'), 1):
        # Old ones have the events right in a day, and their rooms in them.
        for room in (day, *day.iterfind('room')):
            for position, event in enumerate(room.iterfind('event'), 1):
                about: dict[str, Any] = {
                    child.tag: ''.join(child.itertext()) for child in event
                }
                about |= {
                    'day': day.get('date'),
                    'day_start': day.get('start'),
                    'id': event.get('id') or about.get('id'),
                    'guid': event.get('guid') or about.get('guid'),
                    'room': about.get('room') or room.get('name'),
                    'persons': [
                        {**person.attrib, 'name': ''.join(person.itertext())}
                        for person in event.iterfind('persons/person')
                    ],
                    'attachments': _xml_links(event, 'attachments/attachment'),
                    'links': _xml_links(event, 'links/link'),
                }
                where = f'day {number}, room {about["room"]!r}, event {position}'
                yield where, about


def _xml_links(event: Element, path: str) -> list[dict[str, Any]]:
    return [
        {'url': link.get('href'), 'title': ''.join(link.itertext())}
        for link in event.iterfind(path)
    ]


class _Reader:
    """Makes events of what a schedule says, whatever its form."""

    def __init__(self, top: dict[str, Any]) -> None:
        self.problems: list[str] = []
        self.base = self._text('conference', top, 'base_url')
        self.change = self._text('conference', top, 'day_change')
        #: What tells the events of this conference from those of others.
        called = (self._text('conference', top, name) for name in ('acronym', 'title'))
        name = next(filter(None, called), '')
        self.prefix = slug(name) or name
        self._ids: dict[str, int] = {}

    def event(self, where: str, about: dict[str, Any]) -> Event:
        """Return the event that stands at *where*."""
        language = self._text(where, about, 'language')
        title = self._text(where, about, 'title', language)
        if not title:
            self.problems.append(f'{where}: no title')
        day, time = self._when(where, about)
        persons = [
            _person(
                self._text(f'{where}: persons', person, 'name'), self._person_id(person)
            )
            for person in about['persons']
        ]
        attached, linked = map(_links, (about.get('attachments'), about.get('links')))
        return Event(
            id=self._id(about),
            title=title or 'Untitled',
            speakers=tuple(p for p in persons if p.name and not is_unknown(p.name)),
            day=day,
            time=time,
            room=self._text(where, about, 'room', language),
            track=self._text(where, about, 'track', language),
            language=language,
            url=self._url(where, about),
            end=_end(time, self._text(where, about, 'duration')),
            # A film that is attached may be part of the slides.
            slides=self._link(where, [*attached, *linked], _SLIDES, _VIDEO),
            video=self._link(where, [*linked, *attached], _VIDEO, _SLIDES),
        )

    def _text(
        self, where: str, about: dict[str, Any], key: str, language: str = ''
    ) -> str:
        """Return a text of an event, of several languages' that of the event."""
        value = about.get(key)
        if isinstance(value, dict):
            value = value.get(language) or next(iter(value.values()), '')
        if value is not None and not isinstance(value, str):
            _refuse(f'{where}: {key} is no text')
        return one_line(value)

    def _when(self, where: str, about: dict[str, Any]) -> tuple[str, str]:
        """Return the day and time that an event begins.

        A talk at half past midnight stands under the day before; its own ``date`` says
        better, and is perhaps that of another time zone than ``start``.
        """
        said, day = (self._text(where, about, key) for key in ('date', 'day'))
        said = said or day
        start = self._text(where, about, 'start')
        opens = self._text(where, about, 'day_start')
        moment = _moment(said)
        if said and not moment:
            self.problems.append(f'{where}: no date: {said!r}')
            said, moment = day, _moment(day)
        match = _TIME.fullmatch(start)
        if match:
            time = f'{match[1]:0>2}:{match[2]}'
        else:
            if start:
                self.problems.append(f'{where}: no time: {start!r}')
            time = f'{moment:%H:%M}' if moment and len(said) > len('YYYY-MM-DD') else ''
        if not moment:
            return '', time
        if len(said) > len('YYYY-MM-DD') and time:
            moment = _nearest(moment, time)
        elif time and (opening := _moment(opens) or _moment(f'{said} {self.change}')):
            # The day of a conference ends late at night.
            is_late = time < f'{opening:%H:%M}' and f'{opening:%F}' == f'{moment:%F}'
            moment += datetime.timedelta(days=is_late)
        return f'{moment:%Y-%m-%d}', time

    def _id(self, about: dict[str, Any]) -> str:
        """Return what tells an event from all others."""
        guid, number = (one_line(str(about.get(key) or '')) for key in ('guid', 'id'))
        title = one_line(str(about.get('title')))
        number = number or slug(title) or title
        name = guid or '-'.join(filter(None, (self.prefix, number)))
        name = re.sub(r'[^\w.:-]+', '-', name)
        # A talk may be held twice, and another one be called as the second.
        count = self._ids.get(name, 0) + 1
        while (free := name if count == 1 else f'{name}-{count}') in self._ids:
            count += 1
        self._ids[name] = count
        self._ids.setdefault(free, 1)
        return free

    def _person_id(self, person: dict[str, Any]) -> str:
        """Return what tells a person from all others, '' if nothing does."""
        given = (person.get(key) for key in ('guid', 'code', 'id'))
        guid, code, number = (
            slug(str(value)) if isinstance(value, str | int) else '' for value in given
        )
        if guid or not (code or number):
            return guid
        # A talk may have the same number.
        return '-'.join(filter(None, (self.prefix, 'person', code or number)))

    def _link(
        self, where: str, links: Sequence[tuple[str, str]], kind: _Kind, other: _Kind
    ) -> str:
        """Return the most likely one of a *kind* of *links*, titles and addresses."""
        possible = [
            (title, url)
            for title, url in links
            if not (other.files.search(url) or _OTHER_FILES.search(url))
        ]
        found = [url for title, url in possible if kind.words.search(title)]
        found += (url for _title, url in possible if kind.files.search(url))
        found += (url for _title, url in possible if kind.words.search(url))
        full = (self._url(where, {'url': url}) for url in found)
        return next(filter(None, full), '')

    def _url(self, where: str, about: dict[str, Any]) -> str:
        url = self._text(where, about, 'url')
        base = 'https:' if url.startswith('//') else self.base
        try:
            full = urljoin(base, url) if url else ''
        except ValueError:
            full = ''
        if url and not _URL.fullmatch(full):
            self.problems.append(f'{where}: no web address: {url!r}')
            return ''
        return full.replace(' ', '%20').replace('`', '%60')


def _links(given: object) -> list[tuple[str, str]]:
    """Return titles and addresses of what is linked."""
    items = given if isinstance(given, list) else []
    return [
        (one_line(str(item.get('title') or '')), item['url'])
        for item in items
        if isinstance(item, dict) and isinstance(item.get('url'), str)
    ]


def _person(text: str, id_: str) -> Person:
    """Return the person of a name, behind which it may say where they work."""
    text = _IN_WIDE.sub(r' (\1)', text).lstrip()
    match = _BESIDE_NAME.fullmatch(text)
    if match is None:
        return Person(text, id_)
    said = next(filter(None, match.groups()[1:])).strip('[] ')
    if said.startswith('@') and names.is_handle(said):
        return Person(match[1], id_, handle=said)
    if not said or is_unknown(said) or _PRONOUNS.search(said):
        return Person(match[1], id_)
    if match[2] and len(said.split()) == 1:
        # A nickname, an employer, or the name in another script: nobody can tell.
        return Person(text, id_)
    return Person(match[1], id_, said)


def _end(time: str, duration: str) -> str:
    """Return when what begins at a *time* ends, '' if nobody knows."""
    match = _DURATION.fullmatch(duration)
    minutes = int(match[1]) * 60 + int(match[2]) if match else 0
    if not time or not 0 < minutes < 24 * 60:
        return ''
    start = datetime.datetime.combine(
        datetime.date(2000, 1, 1), datetime.time.fromisoformat(time)
    )
    return f'{start + datetime.timedelta(minutes=minutes):%H:%M}'


def _moment(text: str) -> datetime.datetime | None:
    """Return a date, or date and time, without its time zone."""
    try:
        moment = datetime.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    # Days are added to it.
    return moment if 1000 <= moment.year < datetime.MAXYEAR else None


def _nearest(moment: datetime.datetime, time: str) -> datetime.datetime:
    """Return the moment nearest to *moment* at which a clock shows *time*."""
    clock = datetime.datetime.combine(moment, datetime.time.fromisoformat(time))
    days = (clock + datetime.timedelta(days=days) for days in (-1, 0, 1))
    return min(days, key=lambda day: abs(day - moment))
