"""Begins a site of conference notes: the files of a small one that builds."""

from __future__ import annotations

import datetime
import errno
import os
import subprocess
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sphinx_talknotes.markup import Markup, Myst, Rest, one_line

#: Folders with the files of a site: for every site, and for one in either markup.
TEMPLATES = Path(__file__).with_name('site')


def write_site(
    folder: Path,
    *,
    is_markdown: bool = False,
    project: str | None = None,
    author: str | None = None,
    theme: str = 'alabaster',
) -> list[str]:
    """Write a site into *folder*, and return the names of its files.

    :raises OSError: if a file can't be written, or is there already; then none is.
    :raises LookupError: if no such theme is installed.
    """
    theme_package = package_of(theme)
    markup: Markup = Myst() if is_markdown else Rest()
    name = one_line(project) or guess_project(folder)
    values = {
        'project': name,
        'heading': markup.heading(name, 1).rstrip('\n'),
        'author': one_line(author) if author is not None else guess_author(),
        'is_markdown': is_markdown,
        'theme': theme,
        'theme_package': theme_package,
        'year': datetime.datetime.now(datetime.UTC).year,
    }
    texts = dict(sorted(_texts(markup.suffix.removeprefix('.'), values).items()))
    for name in texts:
        if (folder / name).exists():
            reason = 'is there already, so nothing was written'
            raise FileExistsError(errno.EEXIST, reason, str(folder / name))
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open('x', encoding='utf-8', newline='\n') as file:
            file.write(text)
    return list(texts)


def _texts(markup: str, values: dict[str, object]) -> dict[str, str]:
    """Return the files of a site, name -> text."""
    environment = Environment(  # noqa: S701 (it isn't HTML)
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    environment.filters['repr'] = repr
    texts = {}
    for part in ('common', markup):
        for template in (TEMPLATES / part).rglob('*.jinja'):
            name = template.relative_to(TEMPLATES).as_posix()
            text = environment.get_template(name).render(values)
            texts[name.removeprefix(f'{part}/').removesuffix('.jinja')] = text
    return texts


def guess_project(folder: Path) -> str:
    """Return a name for the site in *folder*: my-notes is "My notes"."""
    words = one_line(
        folder.absolute().resolve().name.replace('-', ' ').replace('_', ' ')
    )
    return f'{words[:1].upper()}{words[1:]}' or 'Notes'


def package_of(theme: str) -> str:
    """Return what to install for a theme, '' if it comes with Sphinx.

    :raises LookupError: if no theme of that name is installed.
    """
    of_sphinx = {folder.name for folder in (files('sphinx') / 'themes').iterdir()}
    if theme == 'alabaster' or theme in of_sphinx:
        return ''
    for entry in entry_points(group='sphinx.html_themes', name=theme):
        if entry.dist:
            return entry.dist.name
    message = f'no theme {theme!r} is installed; install it before you begin a site'
    raise LookupError(message)


def guess_author() -> str:
    """Return the name that git knows of who takes the notes, '' if none."""
    try:
        found = subprocess.run(
            ['git', 'config', 'user.name'],
            capture_output=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return one_line(os.fsdecode(found.stdout))
