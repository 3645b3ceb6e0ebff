"""Reads a page, once it is parsed, translated and its targets are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from docutils import nodes
from sphinx import addnodes
from sphinx.util import docname_join
from sphinx.util.logging import get_node_location
from sphinx.util.nodes import traverse_parent

from sphinx_talknotes import content, names, people, records, talks
from sphinx_talknotes._compat import docname_of
from sphinx_talknotes.addresses import is_url
from sphinx_talknotes.entries import without_more
from sphinx_talknotes.messages import warn
from sphinx_talknotes.nodes import (
    find,
    find_blocks,
    is_package,
    link_entries,
    package_entries,
    talk_fields,
    talk_list,
    talk_packages,
    talk_speaker,
    talk_todo,
    text_of,
    todo_text,
    words,
)
from sphinx_talknotes.shown import conditions_of
from sphinx_talknotes.translate import __
from sphinx_talknotes.unread import UNREAD, Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from docutils.nodes import Element
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.domains import Domain
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes.domain import TalkDomain

_E = TypeVar('_E')

#: The nodes that say something.
_NOTED = (
    talk_fields,
    talk_list,
    talk_packages,
    talk_speaker,
    talk_todo,
    addnodes.index,
    addnodes.pending_xref,
    nodes.reference,
    nodes.section,
    nodes.term,
)
#: Nothing but a remark in parentheses, also those of Chinese and Japanese.
_IN_PARENTHESES = re.compile('[(\uff08]+([^)\uff09]*)[)\uff09]?')
#: What stands between a name and what is said of it.
_SEPARATORS = ' .?!,:;->=\N{EN DASH}\N{EM DASH}\u2192\u21d2\N{FULLWIDTH COLON}\u2026'
#: The types of references that each domain is asked about, MyST's links among them.
_OF_ANY_DOMAIN = {'any', 'myst'}
_LIST_ITEMS = (nodes.list_item, nodes.definition_list_item)


def note_page(app: Sphinx, doctree: nodes.document) -> None:
    """Note in the domain what the page being read says (for ``doctree-read``).

    Directives could note it as they run, but then they would miss what transforms do
    to their text: translation, and the addresses behind named links.
    """
    domain: TalkDomain = app.env.domains['talk']  # type: ignore[assignment]  # it is ours
    docname = docname_of(app.env)
    unread = Unread(app.env, docname, domain.directives, domain.roles)
    metadata: Mapping[str, Any] = app.env.metadata[docname]
    if not (unread.is_rest or any(isinstance(v, str) for v in metadata.values())):
        metadata = talks.of_malformed(app.env, docname)
    apart = talks.is_marked_as('nocollect', metadata)
    found = _Found(doctree)
    page = _Page(domain, docname, doctree, found)
    if apart:
        page.note_lists(are_homes=False)
        page.note_targets()
        _keep_apart(app.env, docname, doctree)
        return
    for node in found.texts:
        unread.look(node)
    page.note_talks(app, metadata)
    page.note_lists(are_homes=True)
    page.note_targets()
    _settle_index(app.env, domain, docname, found.of(addnodes.index))
    _settle_names(found)
    page.note_speakers()
    page.note_packages()
    page.note_todos()
    page.note_mentions()
    page.note_links()


class _Found:
    """The nodes of a page that say something, by what they are."""

    def __init__(self, doctree: nodes.document) -> None:
        #: What a directive or role may be in that its parser read as something else.
        self.texts: list[Element] = []
        self._nodes: dict[type, list[Any]] = {kind: [] for kind in _NOTED}
        self._by_type: dict[type, list[Any]] = {}
        # One walk for all: walks are most of what noting a page costs.
        self.add(find(doctree, (*_NOTED, *UNREAD)))

    def add(self, found: Iterable[Element]) -> None:
        """Add nodes, behind those of the page."""
        for node in found:
            alike = self._by_type.get(type(node))
            if alike is None:
                kind = next((kind for kind in _NOTED if isinstance(node, kind)), None)
                alike = self._nodes[kind] if kind else self.texts
                self._by_type[type(node)] = alike
            alike.append(node)

    def of(self, kind: type[_E]) -> list[_E]:
        """Return the nodes of a *kind*, in the order of the page."""
        return self._nodes[kind]


class _Page:
    """What is *found* in a page, to be noted in the domain."""

    def __init__(
        self,
        domain: TalkDomain,
        docname: str,
        doctree: nodes.document,
        found: _Found,
    ) -> None:
        self.domain = domain
        self.docname = docname
        self.doctree = doctree
        self.found = found
        self.talks = talks.TalksOfPage()

    def note_talks(self, app: Sphinx, metadata: Mapping[str, Any]) -> None:
        """Note the talks; what is shown of their fields is found, too."""
        given = self.found.of(talk_fields)
        for fields in given:
            self._check_place(fields)
        self.talks = talks.talks_of(
            app.env, self.docname, self.doctree, metadata, given
        )
        self.found.add(self.talks.links)
        done: set[str] = set()
        for talk in self.talks.talks:
            self.domain.note_talk(talk)
            if app.config.talk_summary and talk.owner not in done:
                done.add(talk.owner)
                section = self.talks.node(talk)
                place = _make_place_for_summary(self.doctree, section, talk)
                self.found.add(place)

    def note_lists(self, *, are_homes: bool) -> None:
        """Note the collected lists; of all entries, they can be those' homes."""
        for place in self.found.of(talk_list):
            self._check_place(place)
            place['home'] = not place['filters'] and are_homes
            self.domain.note_list(
                records.List(
                    self.docname,
                    place['kind'],
                    tuple(place['filters'].items()),
                    place['home'],
                    get_node_location(place) or self.docname,
                    conditions_of(place),
                )
            )

    def note_targets(self) -> None:
        """Note what the references lead to that other pages can change."""
        for reference in self.found.of(addnodes.pending_xref):
            if (reference.get('refdomain'), reference['reftype']) == ('talk', 'talk'):
                self.domain.note_use(self.docname, reference['reftarget'])
            elif reference['reftype'] in _OF_ANY_DOMAIN:
                self.domain.note_target(self.docname, reference['reftarget'])

    def note_speakers(self) -> None:
        """Note the speakers, each person once in a talk."""
        speakers: dict[object, list[records.Speaker]] = {}
        for byline in self.found.of(talk_speaker):
            self._check_place(byline)
            speaker = records.Speaker(
                self.docname,
                _own_id(byline),
                byline['name'],
                tuple(byline['handles']),
                byline['added_name'],
                byline['added_title'],
                tuple(byline['sources']),
                get_node_location(byline) or self.docname,
                byline['affiliation'],
                byline['role'],
                tuple(byline['urls']),
                byline['person'],
                section=self.talks.section_of(byline),
                when=conditions_of(byline),
            )
            known = (speaker.all_names, speaker.handles, speaker.urls)
            if any((*known, speaker.added_title)):
                where = (speaker.section, speaker.when)
                speakers.setdefault(where, []).append(speaker)
        for bylines in speakers.values():
            for speaker in people.each_person_once(bylines):
                self.domain.note_speaker(speaker)

    def note_packages(self) -> None:
        """Note the entries of the lists of packages."""
        for packages in self.found.of(talk_packages):
            self._check_place(packages)
            section = self.talks.section_of(packages)
            for package in _packages(self.docname, packages, section):
                self.domain.note_package(package)

    def note_todos(self) -> None:
        """Note the to-dos, with a copy of what is in their boxes."""
        for todo in self.found.of(talk_todo):
            self._check_place(todo)
            self.domain.note_todo(
                records.Todo(
                    self.docname,
                    _own_id(todo),
                    todo_text(todo[1:]),
                    todo['done'],
                    todo['remark'],
                    content.keep(todo[1:]),
                    section=self.talks.section_of(todo),
                    when=conditions_of(todo),
                )
            )

    def note_mentions(self) -> None:
        """Note what roles say in passing."""
        for reference in self.found.of(addnodes.pending_xref):
            if mention := _mention(self.docname, reference):
                section = self.talks.section_of(reference)
                when = conditions_of(reference)
                self.domain.note_mention(mention._replace(section=section, when=when))

    def note_links(self) -> None:
        """Note the notes' own links to the web.

        Without a talk, a page is of the notes if it says something for the lists.
        """
        sections = {talk.section for talk in self.talks.talks}
        if not sections and self.domain.says_something(self.docname):
            sections = {''}
        for link in self.found.of(nodes.reference) if sections else ():
            url = link.get('refuri', '')
            if is_url(url) and not _is_of_speaker_or_added(link):
                section = self.talks.section_of(link)
                if section in sections:
                    text, when = _line(link.astext()), conditions_of(link)
                    self.domain.note_link(
                        records.Link(self.docname, url, text, section, when)
                    )

    def _check_place(self, node: Element) -> None:
        """Warn of what stands before the page's title."""
        if self.found.of(nodes.section) and not any(
            traverse_parent(node, nodes.section)
        ):
            name = node.tagname.removeprefix('talk_').replace('fields', 'talk')
            message = __(
                '%r stands before the title of the page: move it below the title'
            )
            warn('before-title', message, name, location=node)


def _make_place_for_summary(
    doctree: nodes.document, section: nodes.section | None, talk: records.Talk
) -> list[Element]:
    """Let a talk end with a place for its summary; return it, if there is one.

    *section* is that of the talk, None for a page as a whole.
    """
    if section is None:
        # A page may have several at its top, and the first alone is its title's.
        tops = [node for node in doctree.children if isinstance(node, nodes.section)]
        if not tops:
            return []
        section = tops[-1]
    place = talk_list(
        '',
        docname=talk.docname,
        kind='summary',
        filters={'talk': f'/{talk.owner}'},
        home=False,
    )
    place.source, place.line = section.source, section.line
    section += place
    return [place]


def _settle_index(
    env: BuildEnvironment,
    domain: TalkDomain,
    docname: str,
    indexed: Iterable[addnodes.index],
) -> None:
    """Take out of the general index what not every builder shows.

    Sphinx puts into it whatever is in a page, shown or not.
    """
    entries = env.domains.index_domain.entries
    for node in indexed:
        if 'talk' in node and (when := conditions_of(node)):
            for entry in node['entries']:
                entries[docname] = [e for e in entries[docname] if e != entry]
                domain.note_index_entry(docname, entry, when)


def complete_index(app: Sphinx, builder: Builder) -> None:
    """Put into the general index what the builder shows (for ``write-started``)."""
    domain: TalkDomain = app.env.domains['talk']  # type: ignore[assignment]  # it is ours
    index = app.env.domains.index_domain.entries
    for docname, entry in domain.shown_index_entries():
        if entry not in index.setdefault(docname, []):
            index[docname].append(entry)


def annotate(app: Sphinx, env: BuildEnvironment) -> None:
    """Ask what is known of the packages besides the notes (for ``env-updated``).

    It is asked in every build: no doctree has anything of it, so a change of it has no
    page read again, and those that show it are written again as all are that show what
    stands elsewhere.
    """
    domain: TalkDomain = env.domains['talk']  # type: ignore[assignment]  # it is ours
    domain.annotate()


def _settle_names(found: _Found) -> None:
    """Take names and titles from the text as it is now.

    A substitution may stand in for them, and quotes have become typographic.
    """
    for byline in found.of(talk_speaker):
        for name in find(byline, nodes.inline):
            if 'talk-name' in name['classes']:
                byline['name'] = _line(text_of(name))
        for title in find(byline, nodes.emphasis):
            if 'talk-title' in title['classes']:
                byline['added_title'] = _line(title.astext())
    for term in found.of(nodes.term):
        if 'package' in term:
            term['package'] = names.package_name(_line(text_of(term)))
    for reference in found.of(addnodes.pending_xref):
        if reference.get('byline') and reference['reftype'] == 'speaker':
            reference['reftarget'] = _line(reference.astext())


def _keep_apart(env: BuildEnvironment, docname: str, doctree: nodes.document) -> None:
    """Show the page, but keep what it says from lists, index and references.

    So a manual's examples stay out of what was said at the conference.
    """
    for packages in find_blocks(doctree, talk_packages):
        link_entries(packages, lambda _name, text: text)
    index = env.domains.index_domain.entries
    for node in [n for n in find(doctree, addnodes.index) if 'talk' in n]:
        index[docname] = [e for e in index[docname] if e not in node['entries']]
        node.parent.remove(node)
    for reference in find(doctree, addnodes.pending_xref):
        if reference.get('refdomain') == 'talk' and reference['reftype'] != 'talk':
            reference.replace_self(reference.children)


def _packages(
    docname: str, packages: talk_packages, section: str
) -> list[records.Package]:
    """Return the entries of a list, each with the links of its item that follow it."""
    entries = list(package_entries(packages))
    links = _links_behind(packages, entries)
    title = _list_title(packages, section)
    return [
        records.Package(
            docname,
            _anchor(entry),
            entry.get('package') or _line(entry['reftarget']),
            _summary(entry),
            tuple(dict.fromkeys(links[id(entry)])),
            title,
            packages['verdict'],
            section,
            conditions_of(entry),
        )
        for entry in entries
    ]


def _links_behind(
    packages: talk_packages, entries: Iterable[Element]
) -> dict[int, list[str]]:
    """Return the links that follow each entry in its item, by the id of its node."""
    links: dict[int, list[str]] = {id(entry): [] for entry in entries}

    def walk(node: Element, around: list[list[list[str]]]) -> None:
        """Walk *node*; *around* has the links of the entries so far of each item.

        The innermost comes last.
        """
        if id(node) in links:
            around[-1].append(links[id(node)])
        if isinstance(node, nodes.reference) and is_url(node.get('refuri', '')):
            for of_item in reversed(around):
                if of_item:
                    of_item[-1].append(node['refuri'])
                    break
        for child in node.children:
            if isinstance(child, _LIST_ITEMS):
                walk(child, [*around, []])
            elif isinstance(child, nodes.Element):
                walk(child, around)

    for block in packages.children:
        if isinstance(block, nodes.Element):
            walk(block, [[]])
    return links


def _list_title(packages: talk_packages, talk: str) -> str:
    """Return the title of a list: its own, else that of its section.

    The title of the page, or of the section that is the *talk*, is nobody else's.
    """
    if packages.children and isinstance(packages[0], nodes.rubric):
        return words(packages[:1]).removesuffix(':')
    sections = list(traverse_parent(packages, nodes.section))
    if len(sections) < 2 or talk in sections[0]['ids']:
        return ''
    return words(sections[0][:1])


def _summary(entry: Element) -> str:
    """Return what the notes say that a package does.

    That stands behind its name in the term, else at the beginning of the definition:
    Markdown has no other place for it.
    """
    if 'bullet' in entry and (said := _said_behind(entry)):
        return said
    for term in traverse_parent(entry, nodes.term):
        item = term.parent
        beside = [c for c in item.children if isinstance(c, nodes.classifier)]
        if beside:
            return _line(', '.join(map(text_of, beside)))
        first = next(iter(find(item, nodes.definition)), nodes.definition()).children[
            :1
        ]
        if first and isinstance(first[0], nodes.paragraph) and not _is_links(first[0]):
            return words(first)
    return ''


def _said_behind(entry: Element) -> str:
    """Return what a bullet says behind the names that it begins with."""
    line = next(p for p in traverse_parent(entry) if _is_line(p))
    ends = [n for n, child in enumerate(line.children) if _has_bullet(child)]
    said = ''.join(
        '' if isinstance(child, nodes.reference) and is_url(child.astext()) else text
        for child in line.children[ends[-1] + 1 :]
        for text in [text_of(child)]
    )
    said = _line(re.sub(r'\(\)|<>', '', said)).lstrip(_SEPARATORS).rstrip(' :')
    if match := _IN_PARENTHESES.fullmatch(said):
        said = match[1]
    return without_more(said) if any(map(str.isalnum, said)) else ''


def _is_line(node: Element) -> bool:
    return isinstance(node, (nodes.paragraph, nodes.term))


def _has_bullet(node: nodes.Node) -> bool:
    return any('bullet' in inner for inner in find(node, nodes.Element))


def _is_links(paragraph: nodes.paragraph) -> bool:
    """Whether there is nothing but links in a paragraph."""
    return all(
        isinstance(child, (nodes.reference, nodes.target))
        or not child.astext().strip(' ,;')
        for child in paragraph.children
    )


def _mention(docname: str, reference: Element) -> records.Mention | None:
    """Return what a role says in passing, None for any other reference."""
    if reference.get('refdomain') != 'talk' or reference.get('byline'):
        return None
    if 'intersphinx' in reference:  # another project's
        return None
    if (
        is_package(reference)
        and not reference.get('mention')
        and any(traverse_parent(reference, talk_packages))
    ):
        return None
    kind, target = reference['reftype'], _line(reference['reftarget'])
    if kind == 'talk':
        target = docname_join(docname, target)
    link = reference.get('link')
    links = (link,) if link else ()
    return records.Mention(docname, _anchor(reference), kind, target, links)


def _anchor(node: Element) -> str:
    """Return the id of a place: of the term, or of the target before the reference.

    There is none before a reference to a talk.
    """
    place: nodes.Node = node
    while not isinstance(place, (nodes.term, nodes.target)):
        position = place.parent.index(place)
        if position and isinstance(place.parent[position - 1], nodes.target):
            place = place.parent[position - 1]
        elif isinstance(place.parent, nodes.inline):
            place = place.parent
        else:
            return ''
    return _own_id(place)


def _own_id(place: Element) -> str:
    """Return the id of a place that is its own, of those that authors gave it too."""
    return next(str(i) for i in place['ids'] if '--' in i)


def _is_of_speaker_or_added(link: Element) -> bool:
    """Whether a link isn't the talk's: a speaker's own page, or not the notes' own."""
    return any(
        isinstance(parent, talk_speaker) or 'added' in parent['classes']
        for parent in traverse_parent(link)
    )


def _line(text: str) -> str:
    """Return *text* as one line."""
    return ' '.join(text.split())


def warn_of_unknown_talk(
    app: Sphinx, domain: Domain | None, node: addnodes.pending_xref
) -> bool | None:
    """Warn of a role that refers to no talk (for ``warn-missing-reference``).

    A handle or a package needs no page of its own: about those there is no warning.
    """
    if domain is None or domain.name != 'talk':
        return None
    if node['reftype'] == 'talk':
        target = docname_join(node['refdoc'], node['reftarget'])
        if target in app.env.found_docs:
            message = __('the page %r is no talk: it has no ":talk:" above its title')
        else:
            message = __('there is no talk %r')
        ours: TalkDomain = domain  # type: ignore[assignment]  # by its name
        similar = ours.similar_talk(node['refdoc'], node['reftarget'])
        warn('talk', f'{message}%s', node['reftarget'], similar, location=node)
    return True
