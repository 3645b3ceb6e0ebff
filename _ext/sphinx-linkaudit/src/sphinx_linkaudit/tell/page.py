"""Makes ``report.html``, a page for people, from ``report.json``.

The page is one file with no script in it, and nothing in it comes from anywhere else.
What servers and documents say is text in it; only ``http`` and ``https`` become links.
Where there is much it shows a part, and says how much more ``report.json`` has.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, Template

from sphinx_linkaudit.tell.findings import Group, did_finish, grouped
from sphinx_linkaudit.text import details, printable
from sphinx_linkaudit.urls import host_of, web_url
from sphinx_linkaudit.verdicts import BY_URGENCY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sphinx_linkaudit.tell.findings import Document, Link

#: Links of a group that are shown in full, and of these those of one host with one
#: reason: with more, browsers get slow, and readers give up.
MAX_LINKS = 500
MAX_ALIKE = 20
#: Places of a link that are shown at once, and folded away.
SHOWN_PLACES = 5
MAX_PLACES = 100
#: Hosts and files that are listed, and links of each.
MAX_NAMES = 500
MAX_MENTIONS = 100


class Section(NamedTuple):
    """A group of links as the page shows it."""

    group: Group
    links: Sequence[dict[str, Any]]  #: Those that are shown.
    total: int


class Index(NamedTuple):
    """The links to do something about, by host or by file."""

    entries: Sequence[tuple[str, Sequence[tuple[int, dict[str, Any]]], int]]
    total: int  #: How many hosts or files there are.


def page(document: Document) -> str:
    """Return the page for *document*, the contents of ``report.json``.

    A link in it may also have what ``report.schema.json`` calls optional.
    """
    counts = Counter(link['verdict'] for link in document['links'])
    shown: dict[str, dict[str, Any]] = {}  # by address, what the page shows of a link
    numbers = count(1)
    sections, tasks = [], []
    for group, links in grouped(document['links']).items():
        if group.id == 'working':
            continue  # there is much of it: report.json has it
        chosen = [_shown(link, next(numbers), shown) for link in _chosen(links)]
        sections.append(Section(group, chosen, len(links)))
        if group.is_task:
            tasks += links
    return _template().render(
        project=printable(document['project']),
        finished=printable(document['finished']),
        complete=did_finish(document),
        since=printable(document.get('since', '')),
        counts=[(kind, counts[kind]) for kind in BY_URGENCY if counts[kind]],
        total=counts.total(),
        tasks=[section for section in sections if section.group.is_task],
        rest=[section for section in sections if not section.group.is_task],
        hosts=_index(tasks, _hosts_of, shown, by_number=True),
        pages=_index(tasks, _spots_of, shown, by_number=False),
        shown_places=SHOWN_PLACES,
    )


def _chosen(links: Iterable[Link]) -> list[Link]:
    """Return the links of a group that are shown in full."""
    alike: Counter[tuple[str, str]] = Counter()
    chosen = []
    for link in links:
        key = host_of(link['uri']), link['reason']
        alike[key] += 1
        if alike[key] <= MAX_ALIKE:
            chosen.append(link)
            if len(chosen) == MAX_LINKS:
                break
    return chosen


def _shown(link: Link, number: int, shown: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a link with what the template needs, and remember it among *shown*."""
    has_target = link['verdict'] in {'moved', 'suspect'} and link['message']
    places = link['places'][:MAX_PLACES]
    found: dict[str, Any] = _cleaned(
        {
            **link,
            'places': places,
            'id': f'link-{number}',
            'target': link['message'] if has_target else '',
            'detail': '' if has_target else details(link),
        }
    )
    found['more_places'] = len(link['places']) - len(places)
    shown[link['uri']] = found
    return found


def _hosts_of(link: Link) -> Iterable[tuple[str, int]]:
    return [(host_of(link['uri']) or 'no host', 0)]


def _spots_of(link: Link) -> Iterable[tuple[str, int]]:
    return [(place['path'], place['line']) for place in link['places']]


def _index(
    links: Iterable[Link],
    spots_of: Callable[[Link], Iterable[tuple[str, int]]],
    shown: dict[str, dict[str, Any]],
    *,
    by_number: bool,
) -> Index:
    """Return the links by what *spots_of* says: names, each with a line.

    The names are in the order of the alphabet or, *by_number*, that with most first.
    """
    found: dict[str, list[tuple[int, Link]]] = {}
    for link in links:
        for name, line in spots_of(link):
            found.setdefault(name, []).append((line, link))
    names = sorted(found, key=lambda name: (-len(found[name]) * by_number, name))
    entries = []
    for name in names[:MAX_NAMES]:
        mentions = sorted(found[name], key=lambda item: (item[0], item[1]['uri']))
        chosen = [
            (line, shown.get(link['uri']) or _cleaned(_mention(link)))
            for line, link in mentions[:MAX_MENTIONS]
        ]
        entries.append((printable(name), chosen, len(mentions)))
    return Index(entries, len(names))


def _mention(link: Link) -> dict[str, Any]:
    return {name: link[name] for name in ('uri', 'verdict', 'what')}


def _cleaned(value: Any) -> Any:
    """Return *value*, what JSON can hold, with every text in it made printable."""
    match value:
        case str():
            return printable(value)
        case list() | tuple():
            return [_cleaned(item) for item in value]
        case dict():
            return {name: _cleaned(item) for name, item in value.items()}
    return value


@cache
def _template() -> Template:
    """Return the template, which takes long to compile, so checks alone do it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters['web_url'] = web_url
    return environment.get_template('report.html.jinja')
