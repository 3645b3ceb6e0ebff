"""The command that names the facts about packages to look at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx_talknotes import notes_file
from sphinx_talknotes.fates.file import load, outdated

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from pathlib import Path


class FactsError(ValueError):
    """Files that aren't what they have to be: a message of a line for each mistake."""


def look_again(notes: Path, file: Path, today: datetime.date) -> Iterator[str]:
    """Yield what to look at again, a line each; the last is a summary.

    *notes* is the ``notes.json`` of the site, and *file* that of the fates.

    :raises FactsError: if one of them isn't what it has to be.
    """
    fates, problems = load(file)
    if problems:
        raise FactsError('\n'.join(f'{file}:{line}: {text}' for line, text in problems))
    try:
        with notes_file.reading(notes) as document:
            names = package_names(document)
    except OSError as error:
        message = f'{notes}: {error.strerror or error}'
        raise FactsError(message) from error
    except notes_file.NotesError as error:
        raise FactsError(str(error)) from error
    without, undated, old = outdated(fates.values(), names, today)
    for name in without:
        yield f'no entry: {name}'
    for fate in undated:
        yield f'date not known: {fate.name} ({fate.fate})'
    for fate in old:
        yield f'of {fate.as_of}: {fate.name} ({fate.fate})'
    yield (
        f'{file.name}: {len(fates)} entries, {len(undated)} without a date, '
        f'{len(old)} older than a year; {len(without)} packages without an entry'
    )


def package_names(notes: Any) -> list[str]:
    """Return the packages that a ``notes.json`` names, as `TalkDomain.packages` does.

    :raises LookupError: or TypeError, if it isn't one.
    """
    pages = [*notes['talks'], *notes['other_pages']]
    names = [package['name'] for page in pages for package in page['packages']]
    mentions = [mention for page in pages for mention in page['mentions']]
    return names + [m['target'] for m in mentions if m['kind'] == 'package']
