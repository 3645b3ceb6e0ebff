"""Finds the talk of a page, by the fields at its top and the directive ``talk``."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.locale import __

from sphinx_talknotes import fields, file_fields, records
from sphinx_talknotes.messages import warn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes.file_fields import Field
    from sphinx_talknotes.messages import Subtype
    from sphinx_talknotes.nodes import talk_fields

#: All that the fields of a file can say of a talk.
KNOWN = {'talk', 'seed', *fields.FIELDS}
_TRUE = {'', 'true', 'yes', 'on', 'none'}
_FALSE = {'false', 'no', 'off'}
_LINES = re.compile(r'(\d+)-(\d+)', re.ASCII)


def says_talk(metadata: Mapping[str, Any]) -> bool:
    """Whether the fields of a file make its page a talk."""
    marks = [value for name, value in metadata.items() if name.casefold() == 'talk']
    return any(str(mark).strip().casefold() not in _FALSE for mark in marks)


def talk_of(
    env: BuildEnvironment,
    docname: str,
    doctree: nodes.document,
    places: list[talk_fields],
) -> records.Talk | None:
    """Return the talk of a page, None if it holds none; warn of mistakes.

    *places* are those of the directive.
    """
    metadata = env.metadata[docname]
    is_marked = says_talk(metadata)
    top: dict[str, Field] = {}
    if metadata and (is_marked or places or _is_ours(metadata)):
        top = file_fields.read(env.doc2path(docname), metadata)
    warn_of_field = partial(_warn_of_field, docname, top)
    _check_mark(top, warn_of_field)
    seed = _seed(top, warn_of_field)
    for place in places[1:]:
        message = __('a second talk on this page: a page is one talk in the lists')
        warn('talk', message, location=place)
    is_talk = is_marked or bool(places)
    _check_lists(doctree, is_talk=is_talk)
    if not is_talk:
        return None
    _check_names(top, env.config.talk_known_fields, warn_of_field)
    sections = [node for node in doctree.children if isinstance(node, nodes.section)]
    if is_marked and len(sections) > 1:
        message = __(
            'a second title: the fields at the top make one talk of the whole page; '
            'for several, give each section the directive talk'
        )
        warn('talk', message, location=sections[1])
    given = {name: field.value for name, field in top.items() if name in KNOWN}
    found = fields.check(given, warn_of_field)
    if places:
        found |= places[0]['fields']
    date = found.pop('date', '')
    anchor = sections[0]['ids'][0] if sections else ''
    title = env.domains['talk'].title(docname)  # type: ignore[attr-defined]  # it is ours
    return records.Talk(docname, anchor, title, date, seed, tuple(found.items()))


def _is_ours(metadata: Mapping[str, Any]) -> bool:
    return any(name.casefold() in {'talk', 'seed'} for name in metadata)


def _warn_of_field(
    docname: str,
    top: Mapping[str, Field],
    subtype: Subtype,
    message: str,
    *args: object,
    field: str,
) -> None:
    """Warn of a field at the top of a page, where it stands."""
    warn(subtype, message, *args, location=(docname, top[field].line))


def _check_mark(top: Mapping[str, Field], warn_of_field: fields.Warn) -> None:
    """Warn of a mark that says more, or less, than that the page is a talk."""
    if 'talk' not in top:
        return
    value = top['talk'].value
    if value.casefold() in _FALSE:
        message = __(':talk: %s: the page is not listed; a page without it is no talk')
        warn_of_field('talk', message, value, field='talk')
    elif value.casefold() not in _TRUE:
        message = __(':talk: takes no value: %r')
        warn_of_field('talk', message, value, field='talk')


def _seed(top: Mapping[str, Field], warn_of_field: fields.Warn) -> str:
    """Return which lines of the notes as handed over the page holds."""
    seed = top['seed'].value if 'seed' in top else ''
    lines = _LINES.fullmatch(seed)
    if lines and int(lines[1]) <= int(lines[2]):
        return seed
    if 'seed' in top:
        message = __(':seed: no range of lines such as 318-427: %r')
        warn_of_field('seed', message, seed, field='seed')
    return ''


def _check_names(
    top: Mapping[str, Field], others: list[str], warn_of_field: fields.Warn
) -> None:
    """Warn of fields that nobody knows."""
    known = {name.casefold() for name in others} | KNOWN
    for name in top:
        if name in known or file_fields.is_of_others(name):
            continue
        similar = get_close_matches(name, KNOWN, 1)
        if similar:
            message = __(':%s: is no field of a talk; did you mean :%s:?')
            warn_of_field('field', message, name, similar[0], field=name)
        else:
            message = __(':%s: is no field of a talk, so what it says is nowhere')
            warn_of_field('field', message, name, field=name)


def _check_lists(doctree: nodes.document, *, is_talk: bool) -> None:
    """Warn of a talk's fields that aren't at the top of the file."""
    for place in (doctree, *doctree.findall(nodes.section)):
        for found in place.children:
            if isinstance(found, nodes.field_list):
                names = {
                    name.astext().casefold() for name in found.findall(nodes.field_name)
                }
                if 'talk' in names or (is_talk and names <= KNOWN):
                    message = __(
                        'the fields of a talk stand at the top of the file, above all '
                        'but comments and labels; elsewhere use the directive talk'
                    )
                    warn('field', message, location=found)
