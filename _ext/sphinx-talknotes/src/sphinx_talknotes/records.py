"""What is remembered of the pages: records of strings, and how to group packages."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sphinx_talknotes import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: The shape of the records as they are pickled.  Raise it with every change of a
#: field or its meaning: Sphinx then reads all pages anew.
DATA_VERSION = 6

#: The verdicts that a list of packages may carry, in the order of their weight.
VERDICTS = ('recommended', 'interesting', 'not-relevant', 'avoid')


class Talk(NamedTuple):
    """A page that says of itself that it holds a talk."""

    docname: str
    anchor: str  #: Id of the page's first section.
    title: str  #: The page's title.
    date: str  #: ISO date of the talk, or ''.
    seed: str  #: First and last line of the notes as handed over, '261-404', or ''.
    fields: tuple[tuple[str, str], ...] = ()  #: What else the directive ``talk`` says.

    @property
    def tags(self) -> str:
        """What it is about, with commas between, or ''."""
        return dict(self.fields).get('tags', '')


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


class Mention(NamedTuple):
    """A handle, package or talk that a role names in passing."""

    docname: str
    anchor: str  #: Id of the place; none for a talk.
    kind: str  #: 'handle', 'package' or 'talk'.
    target: str  #: A handle with its @, a package's name or a talk's docname.
    links: tuple[str, ...]  #: URLs given with a package.


class Todo(NamedTuple):
    """Something still to do, or done."""

    docname: str
    anchor: str  #: Id of the box.
    text: str
    done: str  #: ISO date, or '' while it is open.
    remark: str  #: Words beside that date, or ''.
    links: tuple[str, ...]  #: The URLs in the text that are links.


class Link(NamedTuple):
    """An external link of a page."""

    docname: str
    url: str
    text: str


class List(NamedTuple):
    """A place where something is collected from all pages."""

    docname: str
    kind: str  #: 'talk', 'speaker', 'package', 'todo', 'fate', 'glance' or 'summary'.
    filters: tuple[tuple[str, str], ...]  #: Options of the directive.
    home: bool  #: Whether references to an entry may lead here.
    location: str  #: 'path:line', for warnings.


class PackageEntry(NamedTuple):
    """Everything that the notes say of one package."""

    key: str
    name: str  #: As first spelled in a list, else in a mention.
    listed: tuple[Package, ...]
    mentions: tuple[Mention, ...]

    @property
    def summaries(self) -> list[str]:
        """What it does, each wording once."""
        return unique(package.summary for package in self.listed)

    @property
    def links(self) -> list[str]:
        """The URLs given with it, each once, in the order of the pages."""
        listed = (url for package in self.listed for url in package.links)
        mentioned = (url for mention in self.mentions for url in mention.links)
        return unique(chain(listed, mentioned))


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
    return sorted(
        (
            PackageEntry(
                package_key,
                name,
                tuple(listed.get(package_key, ())),
                tuple(mentioned.get(package_key, ())),
            )
            for package_key, name in spelled.items()
        ),
        key=lambda entry: names.collation_key(entry.name, language),
    )


def unique(values: Iterable[str], by: Callable[[str], str] = str) -> list[str]:
    """Return the non-empty *values* in their order, those alike *by* it once."""
    found: dict[str, str] = {}
    for value in values:
        if value:
            found.setdefault(by(value), value)
    return list(found.values())
