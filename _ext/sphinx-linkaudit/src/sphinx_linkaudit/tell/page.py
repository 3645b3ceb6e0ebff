"""Makes of ``report.json`` a page that a person reads: ``report.html``.

The page is one file with no script in it, and nothing in it comes from anywhere else.
What servers and documents say is text in it; only ``http`` and ``https`` become links.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, FileSystemLoader

from sphinx_linkaudit.text import details, host_of, printable, web_url
from sphinx_linkaudit.verdicts import ALIVE, BY_URGENCY, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    #: A link as in ``report.json``.
    Link = Mapping[str, Any]

#: Places of a link that are shown at once; the rest is folded.
SHOWN_PLACES = 5


class Group(NamedTuple):
    """Links with which the same is to be done."""

    id: str
    heading: str
    holds: Callable[[Link], bool]
    is_task: bool = True  #: Whether there is anything to do.


def _is(verdict: str) -> Callable[[Link], bool]:
    return lambda link: link['verdict'] == verdict


def _is_well(link: Link) -> bool:
    return link['verdict'] == 'working' and not link.get('known')


def _is_known(link: Link) -> bool:
    return bool(link.get('known'))


#: What to do first comes first; a link belongs to the first group that holds it.
GROUPS = (
    Group(
        'back',
        'Accepted as dead, but alive: remove these from the list',
        lambda link: _is_known(link) and link['verdict'] in ALIVE,
    ),
    Group('known', 'Accepted as dead', _is_known, is_task=False),
    Group('dead', VERDICTS['dead'].heading, _is('dead')),
    Group('timed-out', VERDICTS['timed out'].heading, _is('timed out')),
    Group('suspect', VERDICTS['suspect'].heading, _is('suspect')),
    Group('blocked', VERDICTS['blocked'].heading, _is('blocked')),
    Group(
        'moved',
        'Permanent redirects: link the new address',
        lambda link: link['reason'] in {'permanent', 'https'},
    ),
    Group('elsewhere', 'Other redirects', _is('moved'), is_task=False),
    Group('unchecked', VERDICTS['unchecked'].heading, _is('unchecked'), is_task=False),
    Group('ignored', VERDICTS['ignored'].heading, _is('ignored'), is_task=False),
)
#: The order in which the groups stand on the page, where it isn't that of `GROUPS`.
_ORDER = ('dead', 'timed-out', 'back', 'suspect', 'blocked', 'moved', 'known')


def page(document: Mapping[str, Any]) -> str:
    """Return the page for *document*, the contents of ``report.json``.

    A link in it may also have what ``report.schema.json`` calls optional.
    """
    counts = Counter(link['verdict'] for link in document['links'])
    # What works is in report.json: here it is only counted, for there is much of it.
    shown = [link for link in document['links'] if not _is_well(link)]
    document = _cleaned({**document, 'links': shown})
    links = [_with_extras(n, link) for n, link in enumerate(document['links'], 1)]
    groups = {group.id: (group, list[dict[str, Any]]()) for group in GROUPS}
    for link in links:
        group = next(group for group in GROUPS if group.holds(link))
        link['is_task'] = group.is_task
        groups[group.id][1].append(link)
    names = sorted(groups, key=lambda name: (*_ORDER, name).index(name))
    ordered = [groups[name] for name in names if groups[name][1]]
    tasks = [link for link in links if link['is_task']]
    return _TEMPLATE.render(
        document=document,
        counts=[(kind, counts[kind]) for kind in BY_URGENCY if counts[kind]],
        total=counts.total(),
        tasks=[(group, found) for group, found in ordered if group.is_task],
        rest=[(group, found) for group, found in ordered if not group.is_task],
        hosts=_by_host(tasks),
        pages=_by_page(tasks),
        shown_places=SHOWN_PLACES,
    )


def write_page(document: Mapping[str, Any], path: Path) -> None:
    """Write the page for *document* to *path*.

    :raises OSError: if it can't be written.
    """
    path.write_text(page(document), encoding='utf-8')


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


def _with_extras(number: int, link: Link) -> dict[str, Any]:
    """Return a link with what the template needs beside it."""
    has_target = link['verdict'] in {'moved', 'suspect'} and link['message']
    return {
        **link,
        'id': f'link-{number}',
        'host': host_of(link['uri']) or 'no host',
        'target': link['message'] if has_target else '',
        'detail': '' if has_target else details(link),
    }


def _by_host(links: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the links of each host, that with the most first."""
    hosts: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        hosts.setdefault(link['host'], []).append(link)
    return sorted(hosts.items(), key=lambda item: (-len(item[1]), item[0]))


def _by_page(
    links: Iterable[dict[str, Any]],
) -> list[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    """Return the links of each file with their lines, files and lines in order."""
    files: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for link in links:
        for place in link['places']:
            files.setdefault(place['path'], []).append((place['line'], link))
    for found in files.values():
        found.sort(key=lambda item: (item[0], item[1]['uri']))
    return sorted(files.items())


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters['web_url'] = web_url
    return environment


_TEMPLATE = _environment().get_template('report.html.jinja')
