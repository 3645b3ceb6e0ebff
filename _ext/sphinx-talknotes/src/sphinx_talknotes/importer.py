"""Adds the talks of a schedule to a site, a page a talk or a page a day."""

from __future__ import annotations

import os
import re
from itertools import count, groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sphinx_talknotes.markup import Myst, Rest, page, slug, talk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx_talknotes.markup import Markup
    from sphinx_talknotes.schedule import Event

#: Suffixes of sources, the usual ones.
SUFFIXES = {'.rst', '.rest', '.md', '.markdown', '.myst', '.txt'}
#: Names that Sphinx or Windows keeps for itself.
RESERVED = {'index', 'genindex', 'modindex', 'search', 'con', 'prn', 'aux', 'nul'}
#: Most characters that a title has in a page's name.
LONGEST = 70

#: An id in a page: an option of ``talk``, in reST or MyST, perhaps in a comment; it may
#: stand on a line of its own, and in any form of YAML.  Any space is around the colons,
#: or none.
_ID = re.compile(
    r'(?<![\w`])id["\']?[^\S\n]*:[^\S\n]*(?:[>|][-+]?[^\S\n]*)?(?:\n[^\S\n]*)?'
    r'["\']?([\w.:-]+)',
    re.IGNORECASE,
)
_PRIMARY = re.compile(r"""^primary_domain\s*=\s*['"]talk['"]""", re.MULTILINE)


class Site(NamedTuple):
    """What is to be known of the site that pages are added to."""

    root: Path  #: The folder of ``conf.py``; where there is none, that of the pages.
    is_markdown: bool  #: Whether its first page is written in Markdown.
    prefix: str  #: Before the names of directives, '' or 'talk:'.


def site_of(folder: Path) -> Site:
    """Return the site that *folder*, which needn't exist yet, belongs to."""
    folder = folder.absolute()
    for root in (folder, *folder.parents):
        conf = root / 'conf.py'
        if conf.is_file():
            text = conf.read_text(encoding='utf-8', errors='replace')
            is_markdown = (root / 'index.md').is_file()
            return Site(root, is_markdown, '' if _PRIMARY.search(text) else 'talk:')
    return Site(folder, is_markdown=False, prefix='')


def known_ids(root: Path) -> set[str]:
    """Return the ids of the talks of a site, wherever their pages are."""
    found: set[str] = set()
    for path in _sources(root):
        found.update(_ID.findall(path.read_text(encoding='utf-8', errors='replace')))
    return found


def _sources(root: Path) -> Iterator[Path]:
    """Yield what may be pages below *root*: nothing that was built, nothing hidden."""
    seen: set[str] = set()
    # Sphinx reads what links lead to as well; one may lead back.
    for folder, names, files in os.walk(root, followlinks=True):
        here = Path(folder)
        if os.path.realpath(folder) in seen:
            names.clear()
            continue
        seen.add(os.path.realpath(folder))
        names[:] = [
            name
            for name in names
            if not name.startswith(('.', '_build'))
            and name not in {'_sources', 'node_modules'}
            and not (here / name / 'pyvenv.cfg').exists()
        ]
        for path in map(here.joinpath, files):
            # A link may lead nowhere, such as Emacs's locks.
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path


def write_pages(
    events: Sequence[Event],
    folder: Path,
    *,
    is_markdown: bool | None = None,
    by_day: bool = False,
) -> tuple[list[Path], int]:
    """Write pages for those of *events* that the site of *folder* doesn't know.

    A file that is there is never written to: names that are taken get a number.
    Return the pages, and how many talks are on them.

    :raises OSError: if a page can't be written; what was written before stays.
    """
    site = site_of(folder)
    if is_markdown is None:
        is_markdown = site.is_markdown
    markup: Markup = Myst() if is_markdown else Rest()
    known = known_ids(site.root) if site.root.is_dir() else set()
    new = [event for event in events if event.id not in known]
    if not new:
        return [], 0
    days: list[list[Event]] = [[event] for event in new]
    if by_day:
        days = [list(day) for _day, day in groupby(new, key=lambda event: event.day)]
    folder.mkdir(parents=True, exist_ok=True)
    taken = {path.stem.lower() for path in folder.iterdir()} | RESERVED
    written = []
    for day in days:
        name = (day[0].day or 'without-date') if by_day else _name(day[0])
        free = next(n for n in _names(name) if n not in taken)
        taken.add(free)
        written.append(path := folder / f'{free}{markup.suffix}')
        if by_day:
            # Talks that came to the programme later are on a page of their own.
            number = free.removeprefix(name).removeprefix('-')
            title = day[0].day or 'Without a date'
            title += f' ({number})' if number else ''
            _write(path, page(title, day, markup, site.prefix))
        else:
            _write(path, talk(day[0], markup, site.prefix))
    return written, len(new)


def _name(event: Event) -> str:
    """Return a name for the page of *event*: in the order of names are the talks."""
    title = slug(event.title)[:LONGEST].strip('-') or slug(event.id)
    parts = (event.day, event.time.replace(':', ''), title)
    return '-'.join(filter(None, parts)) or 'talk'


def _names(name: str) -> Iterator[str]:
    yield name
    for number in count(2):
        yield f'{name}-{number}'


def _write(path: Path, text: str) -> None:
    """Write a new file, whole or not at all."""
    try:
        with path.open('x', encoding='utf-8', newline='\n') as file:
            file.write(text)
    except FileExistsError:
        raise
    except OSError:
        path.unlink(missing_ok=True)
        raise
