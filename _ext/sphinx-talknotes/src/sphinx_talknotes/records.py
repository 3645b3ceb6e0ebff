"""What is remembered of the pages: records of strings, and how to group packages."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx_talknotes import names
from sphinx_talknotes.collation import sorted_by_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

#: The shape of the records as they are pickled.  Raise it with every change of a
#: field or its meaning: Sphinx then reads all pages anew.
DATA_VERSION = 12

#: The verdicts that a list of packages may carry, in the order of their weight.
VERDICTS = ('recommended', 'interesting', 'not-relevant', 'avoid')


#: Under which conditions something is shown: the name of each node that it stands in
#: and that sets one, 'only' or 'ifconfig', with its expression.
Conditions = tuple[tuple[str, str], ...]


#: An entry of the general index, as Sphinx has it.
IndexEntry = tuple[str, str, str, str, str | None]


#: Says of a to-do that it is done, where nobody says when.
DONE = 'done'

#: Text with its markup: see `content.keep`.
Content = tuple[Any, ...]

#: What stands between tags: a comma of any script, a semicolon, or a hashtag's sign.
_BETWEEN_TAGS = re.compile(
    '[,;\N{ARABIC COMMA}\N{ARABIC SEMICOLON}\N{IDEOGRAPHIC COMMA}'
    '\N{FULLWIDTH COMMA}\N{FULLWIDTH SEMICOLON}]|\\s+(?=#\\w)'
)


class Talk(NamedTuple):
    """A talk, a page as a whole or a section; or what it adds under conditions."""

    docname: str
    anchor: str  #: Id of the section; of a page as a whole, of its first.
    title: str  #: The section's title, or the page's.
    date: str  #: ISO date of the talk, or ''.
    seed: str  #: First and last line of the notes as handed over, '261-404', or ''.
    fields: tuple[tuple[str, str], ...] = ()  #: What else the directive ``talk`` says.
    section: str = ''  #: As in other records, the id of the talk's own section.
    when: Conditions = ()
    location: str = ''  #: 'path:line', for warnings.
    ids: tuple[str, ...] = ()  #: All ids of that section: of its title, of labels.

    @property
    def owner(self) -> str:
        """What names the talk in the domain: see `owner_of`."""
        return owner_of(self)

    @property
    def id(self) -> str:
        """What its programme calls it, or ''."""
        return dict(self.fields).get('id', '')

    @property
    def tags(self) -> str:
        """What it is about, with commas between, or ''."""
        return dict(self.fields).get('tags', '')

    def with_more(self, more: Talk) -> Talk:
        """Return the talk with what another record says of it under conditions."""
        said = said_over(dict(self.fields), dict(more.fields))
        return self._replace(
            date=more.date or self.date,
            fields=tuple(said.items()),
            location=more.location if more.id else self.location,
        )


class Speaker(NamedTuple):
    """A byline."""

    docname: str
    anchor: str  #: Id of the place.
    name: str  #: The name that the notes give, or ''.
    handles: tuple[str, ...]  #: The handles that the notes give, each with its @.
    added_name: str  #: The name that was found out later, or ''.
    added_title: str  #: The talk's title that was found out later, or ''.
    sources: tuple[str, ...]  #: URLs of where that was found.
    location: str  #: 'path:line', for warnings.
    affiliation: str = ''  #: Where the speaker works, or ''.
    role: str = ''  #: What the speaker did there, such as 'moderator', or ''.
    urls: tuple[str, ...] = ()  #: Addresses of the speaker's own.
    id: str = ''  #: What tells the speaker from others of that name, or ''.
    spellings: tuple[str, ...] = ()  #: Other names, of a second byline in a talk.
    section: str = ''  #: Id of the section that is the talk it is in, or ''.
    when: Conditions = ()

    @property
    def best_name(self) -> str:
        """The name to show: the notes', else the one found out later."""
        return self.name or self.added_name

    @property
    def all_names(self) -> list[str]:
        """All names of the speaker, the one to show first."""
        return unique((self.name, self.added_name, *self.spellings))


class Package(NamedTuple):
    """An entry in a list of packages."""

    docname: str
    anchor: str  #: Id of the place.
    name: str
    summary: str  #: What it does, or ''.
    links: tuple[str, ...]  #: URLs that the notes give with it.
    list_title: str  #: Title of the list it is in, or ''.
    verdict: str  #: One of `VERDICTS`, or ''.
    section: str = ''  #: Id of the section that is the talk it is in, or ''.
    when: Conditions = ()


class Mention(NamedTuple):
    """A handle, package or talk that a role names in passing."""

    docname: str
    anchor: str  #: Id of the place; none for a talk.
    kind: str  #: 'handle', 'package' or 'talk'.
    target: str  #: A handle with its @, a package's name or a talk's docname.
    links: tuple[str, ...]  #: URLs given with a package.
    section: str = ''  #: Id of the section that is the talk it is in, or ''.
    when: Conditions = ()


class Todo(NamedTuple):
    """Something still to do, or done."""

    docname: str
    anchor: str  #: Id of the box.
    text: str
    done: str  #: ISO date, `DONE` if nobody says when, or '' while it is open.
    remark: str  #: Words beside that date, or ''.
    content: Content  #: The text with its links and other markup; () without any.
    section: str = ''  #: Id of the section that is the talk it is in, or ''.
    when: Conditions = ()


class Link(NamedTuple):
    """An external link of a page."""

    docname: str
    url: str
    text: str
    section: str = ''  #: Id of the section that is the talk it is in, or ''.
    when: Conditions = ()


class List(NamedTuple):
    """A place where something is collected from all pages."""

    docname: str
    kind: str  #: 'talk', 'speaker', 'package', 'todo', 'fate', 'glance' or 'summary'.
    filters: tuple[tuple[str, str], ...]  #: Options of the directive.
    home: bool  #: Whether references to an entry may lead here.
    location: str  #: 'path:line', for warnings.
    when: Conditions = ()


def owner_of(record: Talk | Speaker | Package | Mention | Todo | Link) -> str:
    """Return what names the talk, or the page, that a record is of.

    It is 'day' for a page, also one that is a talk as a whole, and 'day#keynote' for a
    talk that is a section of it.
    """
    section = record.section
    return f'{record.docname}#{section}' if section else record.docname


class PackageEntry(NamedTuple):
    """Everything that the notes say of one package."""

    key: str
    name: str  #: As first spelled in a list, else in a mention.
    listed: tuple[Package, ...]
    mentions: tuple[Mention, ...]
    #: The URLs given at other places, if none is given at these.
    links_elsewhere: tuple[str, ...] = ()

    @property
    def summaries(self) -> list[str]:
        """What it does, each wording once."""
        return unique(package.summary for package in self.listed)

    @property
    def links(self) -> list[str]:
        """The URLs given with it, each once, in the order of the pages."""
        listed = (url for package in self.listed for url in package.links)
        mentioned = (url for mention in self.mentions for url in mention.links)
        return unique(chain(listed, mentioned, self.links_elsewhere))


def group_packages(
    packages: Iterable[Package], mentions: Iterable[Mention], language: str = 'en'
) -> list[PackageEntry]:
    """Return an entry a package, sorted by name as in a *language*, its places in the
    order given.
    """
    listed: dict[str, list[Package]] = {}
    mentioned: dict[str, list[Mention]] = {}
    spelled: dict[str, str] = {}
    for package in packages:
        spelled.setdefault(package_key := names.key(package.name), package.name)
        listed.setdefault(package_key, []).append(package)
    for mention in mentions:
        if mention.kind == 'package':
            spelled.setdefault(package_key := names.key(mention.target), mention.target)
            mentioned.setdefault(package_key, []).append(mention)
    return sorted_by_name(
        (
            PackageEntry(
                package_key,
                name,
                tuple(listed.get(package_key, ())),
                tuple(mentioned.get(package_key, ())),
            )
            for package_key, name in spelled.items()
        ),
        lambda entry: entry.name,
        language,
    )


def said_over(given: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return what is *given*, and what a talk says of its *own* in place of it.

    The end of a time is of that time alone.
    """
    kept = {k: v for k, v in given.items() if k != 'end' or 'time' not in own}
    return {**kept, **own}


def unique(values: Iterable[str], by: Callable[[str], str] = str) -> list[str]:
    """Return the non-empty *values* in their order, those alike *by* it once."""
    found: dict[str, str] = {}
    for value in values:
        if value:
            found.setdefault(by(value), value)
    return list(found.values())


def split_tags(text: str) -> Iterator[str]:
    """Yield the tags of a text, which has commas between them, as they are written.

    The sign of a hashtag is no part of it.
    """
    for tag in _BETWEEN_TAGS.split(text):
        if words := ' '.join(tag.split()).lstrip('#'):
            yield words
