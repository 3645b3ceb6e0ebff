"""Says which pages and talks the options of a list limit it to."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from sphinx_talknotes.records import split_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_talknotes.records import Talk

#: The options that limit a list to some pages, or to some talks.
FILTERS = ('talk', 'under', 'date', 'from', 'to', 'tags')
_DAYS = {'date', 'from', 'to'}


def is_wanted(docname: str, talk: Talk | None, filters: Mapping[str, str]) -> bool:
    """Whether a list shows what a page says, and the *talk* on it."""
    if not is_under(docname, filters.get('under', '')):
        return False
    if filters.keys().isdisjoint({*_DAYS, 'tags'}):
        return True
    if talk is None:
        return False
    if not filters.keys().isdisjoint(_DAYS) and not talk.date:
        return False
    tags = filters.get('tags')
    return (
        # Dates in this form sort as texts.
        filters.get('date', talk.date) == talk.date
        and filters.get('from', talk.date) <= talk.date <= filters.get('to', talk.date)
        and (tags is None or not tags_in(tags).isdisjoint(tags_in(talk.tags)))
    )


def is_under(docname: str, folder: str) -> bool:
    """Whether a page is in a *folder*, or below; '' is the top of the sources."""
    path = posixpath.normpath(folder.strip('/'))
    return path == '.' or docname.startswith(f'{path}/')


def tags_in(text: str) -> set[str]:
    """Return the tags of a text in the one form that they are compared in."""
    return {tag.casefold() for tag in split_tags(text)}
