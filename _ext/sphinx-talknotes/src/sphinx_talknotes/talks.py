"""Finds the talks of a page, by the fields at its top and the directive ``talk``."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from docutils import nodes
from sphinx.util.logging import get_node_location
from sphinx.util.nodes import traverse_parent

from sphinx_talknotes import fields, file_fields, names, records
from sphinx_talknotes.messages import warn
from sphinx_talknotes.nodes import find, find_sections, talk_fields, words
from sphinx_talknotes.shown import conditions_of
from sphinx_talknotes.translate import __
from sphinx_talknotes.unread import how_to_write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from docutils.nodes import Element
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes.file_fields import Field
    from sphinx_talknotes.messages import Subtype

#: What is said of a talk, under which conditions, in which place of the directive.
_Saying: TypeAlias = 'tuple[records.Conditions, dict[str, str], talk_fields | None]'
#: All that the fields of a file can say of a talk.
KNOWN = {'talk', 'seed', *fields.FIELDS}
_TRUE = {'', 'true', 'yes', 'on', 'none'}
_FALSE = {'false', 'no', 'off'}
#: What is said of a page, or of a talk with others in it, is said of all those too.
_SHARED = ('date', 'room', 'track', 'language', 'tags')
#: A line of fields in reST, perhaps without its second colon, or of YAML.
_FIELD = re.compile(r'(?::([\w-]+):?|([\w-]+):)(?:\s+(.*))?')
_LINES = re.compile(r'(\d+)-(\d+)', re.ASCII)


def is_marked_as(mark: str, metadata: Mapping[str, Any]) -> bool:
    """Whether the fields of a file have a *mark*, ``talk`` say, that isn't false."""
    marks = [value for name, value in metadata.items() if name.casefold() == mark]
    return any(str(value).strip().casefold() not in _FALSE for value in marks)


def of_malformed(env: BuildEnvironment, docname: str) -> dict[str, str]:
    """Return the fields of a Markdown page that MyST can't parse, and warn."""
    found = file_fields.malformed(env.doc2path(docname))
    if found.problem and not KNOWN.isdisjoint(map(str.casefold, found.fields)):
        message = __('the front matter is no YAML here: %s')
        warn('field', message, found.problem, location=(docname, found.line))
    return found.fields


class TalksOfPage:
    """The talks of a page, and which of them a node is in."""

    def __init__(self) -> None:
        self.talks: list[records.Talk] = []
        #: What is shown of the fields of the file leads to.
        self.links: list[nodes.reference] = []
        self._sections: dict[int, nodes.section] = {}
        self._ids: dict[int, str] = {}

    def add(self, talk: records.Talk, section: nodes.section | None) -> None:
        """Add a talk, with its section if it isn't the page as a whole."""
        self.talks.append(talk)
        if section is not None:
            self._sections[len(self.talks)] = section
            self._ids[id(section)] = talk.section

    def node(self, talk: records.Talk) -> nodes.section | None:
        """Return the section of a talk, None if it is the page as a whole."""
        return self._sections.get(self.talks.index(talk) + 1)

    def section_of(self, node: nodes.Node) -> str:
        """Return the id of the section that is the talk *node* is in, or ''."""
        parent = node.parent if self._ids else None
        while parent is not None:
            if found := self._ids.get(id(parent)):
                return found
            parent = parent.parent
        return ''


def talks_of(
    env: BuildEnvironment,
    docname: str,
    doctree: nodes.document,
    metadata: Mapping[str, Any],
    places: list[talk_fields],
) -> TalksOfPage:
    """Return the talks of a page; warn of mistakes.

    A talk is the page as a whole, if its fields say so or the directive stands below
    its only title, and else each section with the directive.  *metadata* are the fields
    of the file, *places* those of the directive.
    """
    is_marked = is_marked_as('talk', metadata)
    top: dict[str, Field] = {}
    if metadata and (is_marked or places or _is_ours(metadata)):
        top = file_fields.read(env.doc2path(docname), metadata)
    warn_of_field = partial(_warn_of_field, docname, top)
    _check_mark(top, warn_of_field)
    seed = _seed(top, warn_of_field)
    _check_lists(doctree, is_talk=is_marked or bool(places))
    found = TalksOfPage()
    if not (is_marked or places):
        return found
    _check_names(top, env, docname, warn_of_field)
    tops = [node for node in doctree.children if isinstance(node, nodes.section)]
    if is_marked and len(tops) > 1:
        message = __(
            'a second title: the fields at the top make one talk of the whole page; '
            'for several, give each section the directive talk'
        )
        warn('talk', message, location=tops[1])
    of_page, of_sections = _by_section(places, tops[0] if len(tops) == 1 else None)
    given = {name: field.value for name, field in top.items() if name in KNOWN}
    of_file = fields.check(given, warn_of_field)
    if is_marked or (of_page and 'talk' not in top):
        anchor = tops[0]['ids'][0] if tops else ''
        title = env.domains['talk'].title(docname)  # type: ignore[attr-defined]  # it is ours
        if not tops and title == docname:
            message = __('a talk without a title is called by the name of its page')
            warn('talk', message, location=docname)
        first, more = _said(of_file, of_page, is_always_talk=is_marked)
        for when, said, place in (*first, *more):
            # Without a mark they are the page's, and the talk may differ.
            for name in of_file.keys() & said.keys() & top.keys() if is_marked else ():
                if said[name] != of_file[name]:
                    message = __(':%s: %s, but the directive talk says %s')
                    values = of_file[name], said[name]
                    warn_of_field('field', message, name, *values, field=name)
            at = f'{env.doc2path(docname)}:{top["id"].line}' if 'id' in top else docname
            if place is not None and 'id' in place['fields']:
                at = get_node_location(place) or docname
            talk = _talk(docname, anchor, title, said)._replace(
                seed=seed, when=when, location=at
            )
            found.add(talk, None)
        for _when, _words, place in first if env.config.talk_show_fields else ():
            found.links += _show(given, place, tops[0] if tops else doctree)
    if found.talks or len(of_sections) > 1:
        if not found.talks:
            _check_shared(top, of_file, warn_of_field)
        of_file = _shared(of_file | _always(of_page))
    said_around: dict[int, dict[str, str]] = {}
    for section, places_there in of_sections:
        around = (said_around.get(id(s)) for s in traverse_parent(section))
        inherited = next(filter(None, around), of_file)
        ids = section['ids'].copy()
        # MyST has the id of a label before that of the title.
        of_title = nodes.make_id(section[0].astext())
        own_id = of_title if of_title in ids else ids[0]
        # Its own id may be that of a section of another page, all in one.
        anchor = names.anchor('talk', *docname.split('/'), own_id)
        section['ids'].append(anchor)
        title = words(section[:1])
        said_around[id(section)] = _shared(inherited | _always(places_there))
        first, more = _said(inherited, places_there)
        for when, said, place in (*first, *more):
            talk = _talk(docname, anchor, title, said)._replace(
                section=own_id,
                when=when,
                location=(place and get_node_location(place)) or docname,
                ids=tuple(ids),
            )
            found.add(talk, section)
        for _when, _words, place in first if env.config.talk_show_fields else ():
            found.links += _show(inherited, place, section)
    return found


def _always(places: list[talk_fields]) -> dict[str, str]:
    """Return what the directive says in any case, if it does, in several *places*."""
    return next((p['fields'] for p in places if not conditions_of(p)), {})


def _said(
    given: Mapping[str, str],
    places: list[talk_fields],
    *,
    is_always_talk: bool = False,
) -> tuple[list[_Saying], list[_Saying]]:
    """Return what a talk says, under which conditions, and what it adds under others.

    What is *given* it says in all *places* of the directive, or in any case.  Of what
    it adds the first place has the last word.
    """
    conditional = [(conditions_of(p), p) for p in places if conditions_of(p)]
    always = [p for p in places if not conditions_of(p)]
    first: list[_Saying]
    if always or is_always_talk:
        own = records.said_over(given, _always(places))
        first = [((), own, always[0] if always else None)]
    else:
        first = [(when, dict(given), place) for when, place in conditional]
    more: list[_Saying] = [
        (when, place['fields'], place) for when, place in reversed(conditional)
    ]
    return first, more


def _shared(said: Mapping[str, str]) -> dict[str, str]:
    """Return what is *said* of a page that is said of each talk in it, too."""
    return {name: said[name] for name in _SHARED if name in said}


def _show(
    of_file: Mapping[str, str], place: talk_fields | None, section: Element
) -> list[nodes.reference]:
    """Show what the fields of a file say of a talk; return the links in that.

    They stand with those of the directive, in its *place*, or begin the *section*.
    """
    own = place['fields'] if place is not None else {}
    given = {name: value for name, value in of_file.items() if name not in own}
    if 'date' in given and 'time' in own:
        given['date'] = fields.without_time(given['date'])
    shown = fields.show(given)
    if shown is None:
        return []
    if place is None:
        title = section.first_child_matching_class(nodes.title)
        place = talk_fields('', classes=['talk-fields'], fields={})
        section.insert(0 if title is None else title + 1, place)
    line = place.children[0] if place.children else None
    if isinstance(line, nodes.paragraph) and 'added' not in place['classes']:
        known = set(map(id, find(line, nodes.reference)))
        fields.add_to(line, given)
        return [link for link in find(line, nodes.reference) if id(link) not in known]
    shown.source, shown.line = section.source, section.line
    place.insert(0, shown)
    return find(shown, nodes.reference)


def _by_section(
    places: list[talk_fields], top: nodes.section | None
) -> tuple[list[talk_fields], list[tuple[nodes.section, list[talk_fields]]]]:
    """Return where the directive says something of the page, and of sections.

    It is several places if they are shown under different conditions.  *top* is the
    section of the page's only title.
    """
    of_page: list[talk_fields] = []
    of_sections: dict[int, tuple[nodes.section, list[talk_fields]]] = {}
    for place in places:
        sections = list(traverse_parent(place, nodes.section))
        section = sections[0] if sections else None
        if not isinstance(section, nodes.section) or section is top:
            others = of_page
            message = __('this title already has a talk directive')
        else:
            _section, others = of_sections.setdefault(id(section), (section, []))
            message = __('this section already has a talk directive')
        when = set(conditions_of(place))
        known = [set(conditions_of(other)) for other in others]
        # One under conditions may add to one without.
        if when in known or any(other and other <= when for other in known):
            warn('talk', message, location=place)
        else:
            others.append(place)
    return of_page, list(of_sections.values())


def _talk(
    docname: str, anchor: str, title: str, said: Mapping[str, str]
) -> records.Talk:
    rest = tuple((name, value) for name, value in said.items() if name != 'date')
    return records.Talk(docname, anchor, title, said.get('date', ''), '', rest)


def _check_shared(
    top: Mapping[str, Field], of_file: Mapping[str, str], warn_of_field: fields.Warn
) -> None:
    """Warn of what the fields of a file say of one of its talks only."""
    for name in of_file:
        if name in top and name not in _SHARED:
            message = __(':%s: is above several talks: give it to the one it is of')
            warn_of_field('field', message, name, field=name)


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
    top: Mapping[str, Field],
    env: BuildEnvironment,
    docname: str,
    warn_of_field: fields.Warn,
) -> None:
    """Warn of fields that nobody knows, or that a talk has twice."""
    known = {name.casefold() for name in env.config.talk_known_fields} | KNOWN
    directives = env.domains['talk'].directives
    for name, field in top.items():
        if field.before and name in KNOWN:
            message = __(':%s: is given twice; this one is left out: %s')
            warn_of_field('field', message, name, field.before, field=name)
        if name in known or file_fields.is_of_others(name):
            continue
        similar = [] if name in directives else get_close_matches(name, KNOWN, 1)
        meant = [] if similar else get_close_matches(name, directives, 1, 0.8)
        if meant:
            message = __(
                ':%s: is no field of a talk, but a directive below its title: %s'
            )
            how = how_to_write(env, docname, meant[0])
            warn_of_field('field', message, name, how, field=name)
        elif similar:
            message = __(':%s: is no field of a talk; did you mean :%s:?')
            warn_of_field('field', message, name, similar[0], field=name)
        else:
            message = __('unknown field :%s:; it will not be collected')
            warn_of_field('field', message, name, field=name)


def _check_lists(doctree: nodes.document, *, is_talk: bool) -> None:
    """Warn of a talk's fields that aren't at the top of the file."""
    for place in (doctree, *find_sections(doctree)):
        for found in place.children:
            if isinstance(found, nodes.block_quote) and found.children:
                found = found.children[0]  # noqa: PLW2901 (indented by mistake)
            said: set[str] = set()
            if isinstance(found, nodes.field_list):
                said = {
                    name.astext().casefold() for name in find(found, nodes.field_name)
                }
            elif isinstance(found, (nodes.paragraph, nodes.title)):
                said = _fields_as_text(
                    found.astext(), is_title='title' in found.tagname
                )
            if 'talk' in said or (said and is_talk and said <= KNOWN):
                message = __(
                    'the fields of a talk stand at the top of the file, above all but '
                    'comments and labels, in Markdown between two lines of "---"; '
                    'elsewhere use the directive talk'
                )
                warn('field', message, location=found)


def _fields_as_text(text: str, *, is_title: bool) -> set[str]:
    """Return the names of fields that became a text, ``talk`` being one of them.

    Of front matter below the title Markdown makes another title.
    """
    said = {}
    for line in text.splitlines():
        match = _FIELD.fullmatch(line)
        if match is None:
            return set()
        said[(match[1] or match[2]).casefold()] = (match[3] or '').casefold()
    # In a paragraph, "talk:" alone may be said of what follows.
    is_sure = is_title or len(said) > 1 or text.startswith(':')
    is_mark = is_sure and said.get('talk') in _TRUE | _FALSE
    return set(said) if is_mark else set()
