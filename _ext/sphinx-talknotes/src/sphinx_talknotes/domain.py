"""The domain: what the pages say, kept by page, and where its objects are."""

from __future__ import annotations

import posixpath
from collections import Counter
from difflib import get_close_matches
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.domains import Domain, ObjType
from sphinx.errors import NoUri
from sphinx.util import docname_join
from sphinx.util.nodes import make_refnode

from sphinx_talknotes import names, people, records
from sphinx_talknotes._compat import app_of, docname_of
from sphinx_talknotes.filters import is_under, is_wanted, tags_in
from sphinx_talknotes.list_directives import (
    AtAGlance,
    PackageList,
    SpeakerList,
    Talks,
    TodoList,
)
from sphinx_talknotes.messages import warn
from sphinx_talknotes.packages import PackageRole, Packages
from sphinx_talknotes.roles import AddedRole, HandleRole, TalkRole
from sphinx_talknotes.shown import is_shown
from sphinx_talknotes.speaker import Speaker
from sphinx_talknotes.talk import Talk
from sphinx_talknotes.todos import Todo
from sphinx_talknotes.translate import _, __

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from docutils.nodes import Element, Node
    from sphinx.addnodes import pending_xref
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes.annotations import Annotation

#: The parts of the domain's data that are kept by page: docname -> records.
SAID = ('talks', 'speakers', 'packages', 'mentions', 'todos', 'links')
BY_PAGE = (*SAID, 'lists', 'uses', 'targets', 'index')

#: The builders that write one document, and in it the pages of its table of contents.
_ONE_DOCUMENT = {'singlehtml', 'latex', 'texinfo'}


class TalkDomain(Domain):
    """Talks, speakers, packages and to-dos.

    ``data`` has the parts `BY_PAGE`; only the methods ``note_*`` write to it.  What no
    page says isn't kept: see `annotate`.
    """

    name = 'talk'
    label = 'Conference notes'
    data_version = records.DATA_VERSION
    object_types: ClassVar[dict[str, ObjType]] = {
        'talk': ObjType(_('talk'), 'talk'),
        'speaker': ObjType(_('speaker')),
        'handle': ObjType(_('handle'), 'handle'),
        'package': ObjType(_('package'), 'package'),
    }
    directives: ClassVar[dict[str, Any]] = {
        'talk': Talk,
        'speaker': Speaker,
        'packages': Packages,
        'todo': Todo,
        'talks': Talks,
        'speaker-list': SpeakerList,
        'package-list': PackageList,
        'todo-list': TodoList,
        'at-a-glance': AtAGlance,
    }
    roles: ClassVar[dict[str, Any]] = {
        'added': AddedRole(),
        'handle': HandleRole(),
        'package': PackageRole(),
        'talk': TalkRole(warn_dangling=True),
    }
    initial_data: ClassVar[dict[str, Any]] = {part: {} for part in BY_PAGE}

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        #: What is known besides, by `names.key` of the packages.
        self.annotations: dict[str, Annotation] = {}
        # What is asked for again and again while pages are written.
        self._known_packages: set[str] | None = None
        self._homes: dict[str, str | None] = {}
        self._talks: dict[str, records.Talk] | None = None
        self._talks_by_id: dict[str, list[records.Talk]] | None = None
        self._objects: dict[tuple[str, str], tuple[str, str, str]] | None = None
        self._neighbours: dict[str, tuple[str, str]] | None = None
        self._shown: dict[records.Conditions, bool] = {}
        self._in_document: dict[str, set[str]] = {}

    # -- writing ---------------------------------------------------------------

    def note_talk(self, talk: records.Talk) -> None:
        """Remember that a page is a talk, or has one for a section."""
        self._note('talks', talk.docname, talk)

    def note_speaker(self, speaker: records.Speaker) -> None:
        """Remember a byline."""
        self._note('speakers', speaker.docname, speaker)

    def note_package(self, package: records.Package) -> None:
        """Remember an entry of a list of packages."""
        self._note('packages', package.docname, package)

    def note_mention(self, mention: records.Mention) -> None:
        """Remember what a role names."""
        self._note('mentions', mention.docname, mention)

    def note_todo(self, todo: records.Todo) -> None:
        """Remember a to-do."""
        self._note('todos', todo.docname, todo)

    def note_link(self, link: records.Link) -> None:
        """Remember an external link."""
        self._note('links', link.docname, link)

    def note_list(self, wanted: records.List) -> None:
        """Remember a place where something is collected."""
        self._note('lists', wanted.docname, wanted)

    def note_use(self, docname: str, talk: str) -> None:
        """Remember that a page shows the title of a *talk*, by what its role says."""
        self._note('uses', docname, talk)

    def note_target(self, docname: str, target: str) -> None:
        """Remember that a page refers to a *target* that may be of any domain."""
        self._note('targets', docname, target)

    def note_index_entry(
        self, docname: str, entry: records.IndexEntry, when: records.Conditions
    ) -> None:
        """Remember an entry of the general index that isn't always shown."""
        self._note('index', docname, (entry, when))

    def _note(self, part: str, docname: str, record: object) -> None:
        self._forget()
        self.data[part].setdefault(docname, []).append(record)

    def _forget(self) -> None:
        self._known_packages = None
        self._talks = None
        self._talks_by_id = None
        self._objects = None
        self._neighbours = None
        self._homes.clear()
        self._shown.clear()
        self._in_document.clear()

    def clear_doc(self, docname: str) -> None:
        self._forget()
        for part in BY_PAGE:
            self.data[part].pop(docname, None)

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        self._forget()
        for part in BY_PAGE:
            ours, theirs = self.data[part], otherdata[part]
            ours.update((name, theirs[name]) for name in docnames if name in theirs)

    # -- reading ---------------------------------------------------------------

    @property
    def language(self) -> str:
        """The language of the site, by which names are sorted."""
        language: str = self.env.config.language
        return language

    def is_shown(self, when: records.Conditions) -> bool:
        """Whether the builder shows what stands under conditions."""
        if not when:
            return True
        if when not in self._shown:
            self._shown[when] = is_shown(app_of(self.env), when)
        return self._shown[when]

    def reading_order(self) -> list[str]:
        """Return all pages and talks in the order of the table of contents.

        They are called as `records.owner_of` calls them: each page, and after it the
        talks that are its sections.  Pages in no table of contents come last.
        """
        order = dict.fromkeys([*self.in_toctrees(), *sorted(self.env.found_docs)])
        return [owner for docname in order for owner in self.owners(docname)]

    def in_toctrees(self) -> list[str]:
        """Return the pages in the table of contents, in its order."""
        relations = self.env.collect_relations()
        order: dict[str, None] = {}
        docname: str | None = self.env.config.root_doc
        while docname is not None and docname not in order:
            order[docname] = None
            docname = relations.get(docname, (None, None, None))[2]
        return list(order)

    def neighbours(self) -> dict[str, tuple[str, str]]:
        """Return the talk before and the one after each talk that links to them.

        All are called by their names, none is ''.  A page that is a talk among such
        needs no links: those of the theme, from page to page, lead there.
        """
        if self._neighbours is None:
            self._neighbours = {}
            wanted = self.env.config.talk_prev_next
            pages = (
                self.in_toctrees() if self.data['talks'] and wanted is not False else ()
            )
            owners = [owner for page in pages for owner in self.owners(page)]
            order = [self.talks()[owner] for owner in owners if owner in self.talks()]
            number = Counter(talk.docname for talk in order)
            for at, talk in enumerate(order):
                around = order[max(at - 1, 0) : at + 2]
                if len(around) > 1 and (
                    wanted or any(number[near.docname] > 1 for near in around)
                ):
                    self._neighbours[talk.owner] = (
                        order[at - 1].owner if at else '',
                        order[at + 1].owner if at + 1 < len(order) else '',
                    )
        return self._neighbours

    def folders(self) -> set[str]:
        """Return all folders that there are pages in, or below."""
        parents = (PurePosixPath(page).parents for page in self.env.found_docs)
        return {str(folder) for found in parents for folder in found} - {'.'}

    def owners(self, docname: str) -> list[str]:
        """Return a page and the talks that are its sections, by their names."""
        talks = self.data['talks'].get(docname, ())
        # Of one there are several records if it says more under conditions.
        sections = dict.fromkeys(talk.owner for talk in talks if talk.section)
        return [docname, *sections]

    def split_owner(self, owner: str) -> tuple[str, str]:
        """Return the page that a name as by `records.owner_of` says, and the section.

        The section is '' for a page, which may have a # in its name.
        """
        docname, _hash, section = owner.rpartition('#')
        if not docname or owner in self.env.found_docs:
            return owner, ''
        return docname, section

    def noted(self, part: str, owners: Iterable[str]) -> list[Any]:
        """Return the records of a *part* of the data, of those that are shown.

        They are those of *owners*, pages and talks, in that order.
        """
        pages = self.data[part]
        found = []
        for owner in owners:
            docname, section = self.split_owner(owner)
            found += [
                record
                for record in pages.get(docname, ())
                if record.section == section and self.is_shown(record.when)
            ]
        return found

    def speakers(self, owners: Iterable[str]) -> list[records.Speaker]:
        """Return the bylines that are shown, a person once in a talk or on a page."""
        return [
            speaker
            for owner in owners
            for speaker in people.each_person_once(self.noted('speakers', [owner]))
        ]

    def shown_index_entries(self) -> list[tuple[str, records.IndexEntry]]:
        """Return the entries of the general index that the builder shows.

        They are those that some builder may not show, each with its page.
        """
        return [
            (docname, entry)
            for docname, entries in self.data['index'].items()
            for entry, when in entries
            if self.is_shown(when)
        ]

    def on_all_pages(self, part: str) -> Iterator[Any]:
        """Yield the records of a *part* of the data, of those that are shown."""
        for page in self.data[part].values():
            for record in page:
                if self.is_shown(record.when):
                    yield record

    def talks(self) -> dict[str, records.Talk]:
        """Return the talks, by their names."""
        if self._talks is None:
            self._talks = {}
            for talk in self.on_all_pages('talks'):
                known = self._talks.get(talk.owner)
                self._talks[talk.owner] = known.with_more(talk) if known else talk
        return self._talks

    def talk(self, owner: str) -> records.Talk | None:
        """Return the talk of a name, None for a page that is none."""
        return self.talks().get(owner)

    def find_talk(self, docname: str, target: str) -> records.Talk | None:
        """Return the talk that *target* means on a page.

        It is a page as in ``:doc:``, with ``#`` and an id of a section behind it if
        the page has several talks; or the talk's ``:id:``.
        """
        owner = docname_join(docname, target)
        if talk := self.talk(owner):
            return talk
        page, section = self.split_owner(owner)
        for name in self.owners(page) if section else ():
            if (talk := self.talk(name)) and section in talk.ids:
                return talk
        of_page = [self.talk(name) for name in self.owners(owner)[1:]]
        if len(of_page) == 1:
            return of_page[0]
        return next(iter(self.talks_by_id().get(target, ())), None)

    def similar_talk(self, docname: str, target: str) -> str:
        """Return a question for the talk that a mistyped *target* may mean, or ''."""
        # In one order, whichever page was read last.
        owners = sorted(self.talks())
        known = {self.title(owner).casefold(): f'/{owner}' for owner in owners}
        known |= {owner.casefold(): f'/{owner}' for owner in owners}
        known |= {id_.casefold(): id_ for id_ in self.talks_by_id()}
        path = target.strip('/').casefold()
        elsewhere = [name for name in known if posixpath.basename(name) == path]
        close = (
            (elsewhere if len(elsewhere) == 1 else [])
            or get_close_matches(path, known, 1)
            or get_close_matches(docname_join(docname, target).casefold(), known, 1)
        )
        return __('; did you mean %r?') % known[close[0]] if close else ''

    def talks_by_id(self) -> dict[str, list[records.Talk]]:
        """Return the talks by their ``:id:``, those that share one in reading order."""
        if self._talks_by_id is None:
            self._talks_by_id = {}
            if any(talk.id for talk in self.talks().values()):
                for talk in filter(None, map(self.talk, self.reading_order())):
                    self._talks_by_id.setdefault(talk.id, []).append(talk)
                self._talks_by_id.pop('', None)
        return self._talks_by_id

    def annotate(self) -> None:
        """Ask anew what is known of the packages besides the notes.

        Whoever knows connects to the event ``talk-package-annotations``; of several who
        know of one the first is believed.
        """
        self.annotations = {}
        known = self.env.events.emit('talk-package-annotations', self.packages())
        for told in filter(None, known):
            for name, annotation in told.items():
                self.annotations.setdefault(names.key(name), annotation)

    def annotation(self, name: str) -> Annotation | None:
        """Return what is known of a package besides the notes, None for nothing."""
        return self.annotations.get(names.key(name))

    def packages(self, owners: Iterable[str] | None = None) -> set[str]:
        """Return `names.key` of the packages that *owners* name, by default all."""
        if owners is None:
            if self._known_packages is None:
                named = [p.name for p in self.on_all_pages('packages')]
                mentions = list(self.on_all_pages('mentions'))
                self._known_packages = self._package_keys(named, mentions)
            return self._known_packages
        pages = list(owners)
        named = [package.name for package in self.noted('packages', pages)]
        return self._package_keys(named, self.noted('mentions', pages))

    def _package_keys(
        self, named: list[str], mentions: Iterable[records.Mention]
    ) -> set[str]:
        named += [m.target for m in mentions if m.kind == 'package']
        return set(map(names.key, named))

    def says_something(self, docname: str) -> bool:
        """Whether a page has a byline, a package or a to-do, or names one of a kind.

        A link to a talk alone doesn't count: any page of a site may have some.
        """
        return any(
            self.data[part].get(docname) for part in ('speakers', 'packages', 'todos')
        ) or any(
            mention.kind != 'talk' for mention in self.data['mentions'].get(docname, ())
        )

    def links(self, owners: Iterable[str]) -> dict[str, str]:
        """Return url -> text of the links of *owners*, each once.

        Only talks and pages that say something (`says_something`) have any.

        Its text is the first that it has: a picture has none.  The address of a package
        is a link too, though pages show no more than its host.
        """
        owners = list(owners)
        links: dict[str, str] = {}
        for link in self.noted('links', owners):
            links[link.url] = links.get(link.url) or link.text
        links = {url: text or url for url, text in links.items()}
        for part in ('packages', 'mentions'):
            for record in self.noted(part, owners):
                links.update((url, url) for url in record.links if url not in links)
        return links

    def linked(self) -> Iterator[str]:
        """Yield the addresses that links of the pages lead to, their bylines' included.

        Those are of the pages that say something for the lists.
        """
        yield from (link.url for link in self.on_all_pages('links'))
        # Those that roles give are in brackets, as if they were added.
        for part in ('packages', 'mentions'):
            for record in self.on_all_pages(part):
                yield from record.links
        for speaker in self.on_all_pages('speakers'):
            yield from speaker.urls
            yield from speaker.sources

    def link_states(self, urls: Iterable[str]) -> Mapping[str, str]:
        """Return url -> how that link fares, in a word, of what anybody knows.

        Whoever knows connects to the event ``talk-link-states``; of several who know of
        one the first is believed.
        """
        found: dict[str, str] = {}
        for known in self.env.events.emit('talk-link-states', list(urls)):
            for url, state in (known or {}).items():
                if state:
                    found.setdefault(url, str(state))
        return found

    def says_anything(self, owner: str) -> bool:
        """Whether a list can have anything from a page or talk."""
        return any(self.noted(part, [owner]) for part in SAID)

    def title(self, owner: str) -> str:
        """Return what to call a page or talk.

        Where a page has no title, it is that of its fields, or its name.
        """
        docname, section = self.split_owner(owner)
        if section and (talk := self.talk(owner)):
            return talk.title
        title = self.env.titles.get(docname)
        text = title.astext().strip() if title is not None else ''
        if text in {'', '<no title>'}:  # as Sphinx says it
            return str(self.env.metadata[docname].get('title', '')).strip() or docname
        return text

    def told_apart(self) -> dict[str, str]:
        """Return name -> date of the talks whose title another talk has too."""
        talks = self.talks()
        titles = Counter(talk.title for talk in talks.values())
        return {
            owner: talk.date
            for owner, talk in talks.items()
            if talk.date and titles[talk.title] > 1
        }

    def home(self, kind: str, docnames: Iterable[str] | None = None) -> str | None:
        """Return the page whose list of a *kind* references lead to.

        *docnames* are the pages to look at, by default all.
        """
        if docnames is None:
            if kind not in self._homes:
                self._homes[kind] = self.home(kind, self.data['lists'])
            return self._homes[kind]
        return min(
            (
                docname
                for docname in docnames
                for wanted in self.data['lists'].get(docname, ())
                if wanted.kind == kind and wanted.home and self.is_shown(wanted.when)
            ),
            default=None,
        )

    def find_entry(self, kind: str, target: str) -> tuple[str, str] | None:
        """Return docname and id of the collected entry of a target, if it has one.

        *kind* is 'handle', 'speaker' or 'package'.
        """
        home = self.home('package' if kind == 'package' else 'speaker')
        if home is None:
            return None
        return home, names.anchor(kind, names.object_key(kind, target))

    def reference(
        self,
        builder: Builder,
        fromdocname: str,
        docname: str,
        anchor: str,
        content: Node,
    ) -> nodes.reference:
        """Return *content* as a reference to a place.

        :raises NoUri: if the builder has no addresses, or writes one document that the
            page isn't in.
        """
        if builder.name in _ONE_DOCUMENT and docname not in self.in_document(builder):
            raise NoUri(docname)
        node = make_refnode(builder, fromdocname, docname, anchor, content)
        # In singlehtml a page has a fragment for an address, and then it had two
        # (Sphinx issue 14221).
        page, hash_, fragment = node.get('refuri', '').rpartition('#')
        if '#' in page:
            node['refuri'] = hash_ + fragment
        return node

    def in_document(self, builder: Builder) -> set[str]:
        """Return the pages of the one document that *builder* is writing."""
        # For such builders the page that is written is the first of the document.
        first = docname_of(self.env) or self.env.config.root_doc
        if first not in self._in_document:
            found: set[str] = set()
            # With LaTeX, further pages can stand behind the table of contents.
            more = [first, *(self.env.config.latex_appendices or ())]
            while more:
                docname = more.pop()
                if docname not in found:
                    found.add(docname)
                    more += self.env.toctree_includes.get(docname, ())
            self._in_document[first] = found
        return self._in_document[first]

    def resolve_xref(  # type: ignore[override]  # it needn't be a link
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> Element | None:
        if typ == 'talk':
            talk = self.find_talk(node['refdoc'], target)
            if talk is None:
                return None
            if not node['refexplicit']:
                contnode = nodes.inline('', talk.title, classes=contnode['classes'])
            place = talk.anchor if talk.section else ''
            try:
                return self.reference(
                    builder, fromdocname, talk.docname, place, contnode
                )
            except NoUri:
                return contnode
        entry = self.find_entry(typ, target)
        if entry is None:
            return None
        return self.reference(builder, fromdocname, *entry, contnode)

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> list[tuple[str, nodes.reference]]:
        make = partial(self.reference, builder, fromdocname)
        return [
            (f'talk:{kind}', make(docname, anchor, contnode))
            for kind, docname, anchor in self.find_any(target)
        ]

    def find_any(self, target: str) -> list[tuple[str, str, str]]:
        """Return kind, docname and id of all that is called *target*.

        The page of a talk isn't among them: it is found by its name, as a document.
        """
        objects = self.objects()
        keys = [(k, names.object_key(k, target)) for k in sorted(self.object_types)]
        return [(key[0], *objects[key][1:]) for key in keys if key in objects]

    def objects(self) -> dict[tuple[str, str], tuple[str, str, str]]:
        """Return kind and key -> name, docname and id of all that isn't a talk."""
        if self._objects is None:
            self._objects = {}
            for kind, name, docname, anchor in self._namings(self.reading_order()):
                place = self.find_entry(kind, name) or (docname, anchor)
                key = kind, names.object_key(kind, name)
                self._objects.setdefault(key, (name, *place))
        return self._objects

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        for owner in self.reading_order():
            if talk := self.talk(owner):
                yield owner, talk.title, 'talk', talk.docname, talk.anchor, 1
        for (kind, _key), (name, docname, anchor) in self.objects().items():
            yield name, name, kind, docname, anchor, 1

    def _namings(self, order: Iterable[str]) -> Iterator[tuple[str, str, str, str]]:
        """Yield kind, name, docname and id of every place that names something."""
        for speaker in self.noted('speakers', order):
            for handle in speaker.handles:
                yield 'handle', handle, speaker.docname, speaker.anchor
            for name in speaker.all_names:
                yield 'speaker', name, speaker.docname, speaker.anchor
        for package in self.noted('packages', order):
            yield 'package', package.name, package.docname, package.anchor
        for mention in self.noted('mentions', order):
            if mention.kind != 'talk':
                yield mention.kind, mention.target, mention.docname, mention.anchor

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:
        return type.lname

    def check_consistency(self) -> None:
        known = {tag for talk in self.talks().values() for tag in tags_in(talk.tags)}
        for wanted in self.on_all_pages('lists'):
            # That of a summary may be one that this builder doesn't show.
            if wanted.kind == 'summary':
                continue
            filters = dict(wanted.filters)
            talk, folder = filters.get('talk'), filters.get('under', '')
            if not any(is_under(page, folder) for page in self.env.found_docs):
                message = __(':under: there is no page in a folder %r')
                found = get_close_matches(folder.strip('/'), self.folders(), 1)
                similar = __('; did you mean %r?') % found[0] if found else ''
                warn(
                    'filter', f'{message}%s', folder, similar, location=wanted.location
                )
            tags = tags_in(filters.get('tags', ''))
            if tags.isdisjoint(known):
                for tag in sorted(tags):
                    for similar in get_close_matches(tag, sorted(known), 1):
                        message = __(':tags: no talk has the tag %r; did you mean %r?')
                        place = wanted.location
                        warn('filter', message, tag, similar, location=place)
            if talk and not self.find_talk(wanted.docname, talk):
                message = __(':talk: there is no talk %r')
                similar = self.similar_talk(wanted.docname, talk)
                warn('filter', f'{message}%s', talk, similar, location=wanted.location)
        for id_, (first, *others) in self.talks_by_id().items():
            for other in others:
                message = __(':id: %r is already the id of the talk at %s')
                warn('talk', message, id_, first.location, location=other.location)
        speakers = self.speakers(self.reading_order())
        self._check_talks(speakers)
        for speaker, earlier, shared in people.conflicts(speakers):
            warn(
                'speaker',
                __('%s is %s here, but %s at %s'),
                shared,
                speaker.best_name,
                earlier.best_name,
                earlier.location,
                location=speaker.location,
            )
        for speaker in people.ambiguous(speakers):
            message = __(
                'several people are called %s; add a handle, :url: or :id: to say which'
            )
            warn('speaker', message, speaker.best_name, location=speaker.location)

    def _check_talks(self, speakers: Iterable[records.Speaker]) -> None:
        """Warn of pages with a byline that aren't talks: lists of talks lack them."""
        talks = {talk.docname for talk in self.talks().values()}
        lists = [
            dict(it.filters) for it in self.on_all_pages('lists') if it.kind == 'talk'
        ]
        first = {s.docname: s for s in reversed(list(speakers))}
        for docname, speaker in first.items():
            if docname in talks or not any(
                is_wanted(docname, None, it) for it in lists
            ):
                continue
            message = __(
                'a byline, but the page is no talk and in no list of talks: write '
                '":talk:" above its title, in Markdown "talk:" in its front matter'
            )
            warn('no-talk', message, location=speaker.location)
