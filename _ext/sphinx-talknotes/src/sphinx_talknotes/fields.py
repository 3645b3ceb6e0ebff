"""Checks and shows the fields of a talk: what its programme says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from docutils import nodes

from sphinx_talknotes.addresses import is_url
from sphinx_talknotes.dates import parse_date, parse_time, with_colons
from sphinx_talknotes.messages import has_markup
from sphinx_talknotes.nodes import talk_fields
from sphinx_talknotes.places import external_link
from sphinx_talknotes.translate import _, __

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docutils.nodes import Node

    from sphinx_talknotes.messages import Subtype

#: The fields that hold an address, with the words for it.
LINKS = {
    'video': _('Video'),
    'slides': _('Slides'),
    'notes': _('Others\u2019 notes'),
    'url': _('In the programme'),
}
#: Those of them that may hold several.
SEVERAL = frozenset({'notes'})
#: The fields in the order they are shown in; an id is for programs.
FIELDS = ('date', 'time', 'room', 'track', 'language', *LINKS, 'tags', 'id')

#: A day, perhaps with a time, as people and YAML write it.
_WHEN = re.compile(
    r'(\S+?)(?:[Tt\s]\s*(\d\d?:\d\d)(?::\d\d(?:\.\d+)?)?\s*(?:Z|[+-]\d\d?(?::?\d\d)?)?)?',
    re.ASCII,
)
#: A day with the times when it began and ended.  What may as well be a zone, as in
#: 09:30-07:00, is one.
_FROM_TO = re.compile(
    r'(\S+?)\s+(\d\d?:\d\d)\s*[-\N{EN DASH}\N{EM DASH}]\s*(\d\d?:\d\d)', re.ASCII
)
_ADDRESS = re.compile(r'(?<!\S)<?((?i:https?|ftp)://[^\s<>]*[^\s<>,;:])>?')
_DASH = re.compile(r'\s*[-\N{EN DASH}\N{EM DASH}]\s*')
#: What stands between fields.
_BETWEEN = ' · '
_BULLET = re.compile(r'\s*[-*+]\s')


class Warn(Protocol):
    """Warns of a mistake in a field."""

    def __call__(
        self, subtype: Subtype, message: str, *args: object, field: str
    ) -> None: ...


def check(given: Mapping[str, str], warn: Warn) -> dict[str, str]:
    """Return the fields in *given*, each in the form that is kept, without mistakes.

    A date may have the time with it, and a time that of the end, which is the field
    ``end``.  Of several addresses each is on a line.
    """
    found: dict[str, str] = {}
    for name in FIELDS:
        text = ' '.join(given.get(name, '').split())
        if not text:
            continue
        if name == 'date':
            found |= _check_date(text, warn)
        elif name == 'time':
            _check_time(text, found, warn)
        elif name in LINKS:
            found |= _check_links(name, links_in(given[name]), warn)
        else:
            _check_markup(name, text, warn)
            found[name] = text
    return found


def _check_date(text: str, warn: Warn) -> dict[str, str]:
    plain = with_colons(text)
    match = _WHEN.fullmatch(plain)
    times = _FROM_TO.fullmatch(plain)
    if match and times and times[2].zfill(5) >= times[3].zfill(5):
        times = None
    match = times or match
    try:
        found = {'date': parse_date(match[1] if match else text)}
        if not '1000' <= found['date'] < '9000':
            # In a calendar, days and hours are added and taken away.
            raise ValueError(text)  # noqa: TRY301 (as one that can't be)
        found |= {'time': parse_time(match[2])} if match and match[2] else {}
        return found | ({'end': parse_time(times[3])} if times else {})
    except ValueError:
        message = __(':date: no date such as 2011-06-07 or 2011-06-07 09:30: %r')
        warn('date', message, text, field='date')
        return {}


def _check_time(text: str, found: dict[str, str], warn: Warn) -> None:
    start, dash, end = _DASH.sub('-', with_colons(text)).partition('-')
    try:
        time = parse_time(start)
        found |= {'end': parse_time(end)} if dash else {}
    except ValueError:
        message = __(':time: no time such as 09:30 or 09:30-10:15: %r')
        warn('date', message, text, field='time')
        return
    if found.setdefault('time', time) != time:
        message = __(':time: %r, but :date: says %s')
        warn('date', message, text, found['time'], field='time')


def _check_markup(name: str, text: str, warn: Warn) -> None:
    if has_markup(text):
        message = __(':%s: is plain text; its markup is shown as it is written: %s')
        warn('markup', message, name, text, field=name)


def _check_links(name: str, links: list[tuple[str, str]], warn: Warn) -> dict[str, str]:
    """Return the links of a field: of others' notes one a line, else the first."""
    right: list[str] = []
    for url, words in links:
        if not is_url(url):
            message = __(':%s: no web address such as https://example.org: %r')
            warn('talk', message, name, f'{url} {words}'.strip(), field=name)
        elif right and name not in SEVERAL:
            message = __(':%s: takes one address only; ignored: %r')
            warn('talk', message, name, url, field=name)
        else:
            _check_markup(name, words, warn)
            right.append(f'{url} {words}'.rstrip())
    return {name: '\n'.join(right)} if right else {}


def links_in(text: str) -> list[tuple[str, str]]:
    """Return each address in *text* with the words behind it.

    Each line begins with one.  Where it doesn't, what stands there is words without an
    address.
    """
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        before, *rest = _ADDRESS.split(_BULLET.sub('', line))
        if words := ' '.join(before.split()):
            found.append(('', words))
        for url, behind in zip(rest[::2], rest[1::2], strict=True):
            found.append((url, ' '.join(behind.split()).strip(',;:').strip()))
    return found


def show(given: Mapping[str, str]) -> nodes.paragraph | None:
    """Return what readers see of the fields, right or not; None if there are none."""
    parts: list[list[Node]] = []
    for name in FIELDS:
        text = ' '.join(given.get(name, '').split())
        if not text or name == 'id':
            continue
        links = links_in(given[name]) if name in LINKS else [('', text)]
        for url, words in links:
            label = words or str(LINKS[name])
            if url and not is_url(url):
                label = f'{url} {words}'.strip()
            parts.append(
                [external_link(url, label) if is_url(url) else nodes.Text(label)]
            )
    if not parts:
        return None
    # The names of rooms and tracks are the same in every language.
    shown = nodes.paragraph('', translatable=False)
    for number, part in enumerate(parts):
        shown += [nodes.Text(_BETWEEN), *part] if number else part
    return shown


def without_time(date: str) -> str:
    """Return the text of a *date* without the time that stands with it."""
    text = with_colons(' '.join(date.split()))
    match = _FROM_TO.fullmatch(text) or _WHEN.fullmatch(text)
    return match[1] if match else date


def add_to(line: nodes.paragraph, given: Mapping[str, str]) -> None:
    """Add to a *line* that shows fields what readers see of others.

    A day comes first, the others last.
    """
    day = show({name: text for name, text in given.items() if name == 'date'})
    others = show({name: text for name, text in given.items() if name != 'date'})
    if day is not None:
        line.insert(0, [*day.children, nodes.Text(_BETWEEN)])
    if others is not None:
        line += [nodes.Text(_BETWEEN), *others.children]


def fields_node(given: Mapping[str, str], found: dict[str, str]) -> talk_fields:
    """Return the node that shows the fields *given*, and says what was *found*."""
    place = talk_fields('', classes=['talk-fields'], fields=found)
    shown = show(given)
    place += [shown] if shown else []
    return place
