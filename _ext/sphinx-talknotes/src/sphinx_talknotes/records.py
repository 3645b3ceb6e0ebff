"""What is remembered of the pages: records of strings, and how to group them."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: The shape of the records as they are pickled.  Raise it with every change of a
#: field or its meaning: Sphinx then reads all pages anew.
DATA_VERSION = 5

#: The verdicts that a list of packages may carry, in the order of their weight.
VERDICTS = ('recommended', 'interesting', 'not-relevant', 'avoid')

# Service names differ (Twitter, GitHub, Mastodon with its host); none allows more.
_HANDLE = re.compile(
    r'@?[a-z0-9_][a-z0-9_.-]*(@[a-z0-9][a-z0-9.-]*)?', re.IGNORECASE | re.ASCII
)
# The forms of one character, each as the plainest one of them.
_QUOTES = str.maketrans(
    dict.fromkeys('\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`\uff40', "'")
    | dict.fromkeys('\u201c\u201d\u201e\u201f\u2033', '"')
)
_DASH = re.compile('[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]')
#: What a requirement has beside the name.
_REQUIREMENT = re.compile(r'[\[<>=~!(;]')

_ID_PART = re.compile('[a-z0-9_]+(-[a-z0-9_]+)*')


class Talk(NamedTuple):
    """A page that says of itself that it holds a talk."""

    docname: str
    anchor: str  #: Id of the page's first section.
    title: str  #: The page's title.
    date: str  #: ISO date of the talk, or ''.
    seed: str  #: First and last line of the notes as handed over, '261-404', or ''.
    fields: tuple[tuple[str, str], ...] = ()  #: What else the directive ``talk`` says.


class Speaker(NamedTuple):
    """A byline."""

    docname: str
    anchor: str  #: Id of the place.
    name: str  #: The name that the notes give, or ''.
    handle: str  #: The handle that the notes give, with its @, or ''.
    added_name: str  #: The name that was found out later, or ''.
    added_title: str  #: The talk's title that was found out later, or ''.
    sources: tuple[str, ...]  #: URLs of where that was found.
    location: str  #: 'path:line', for warnings.
    affiliation: str = ''  #: Where the speaker works, or ''.

    @property
    def best_name(self) -> str:
        """The name to show: the notes', else the one found out later."""
        return self.name or self.added_name


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
        return _unique(package.summary for package in self.listed)

    @property
    def links(self) -> list[str]:
        """The URLs given with it, each once, in the order of the pages."""
        listed = (url for package in self.listed for url in package.links)
        mentioned = (url for mention in self.mentions for url in mention.links)
        return _unique(chain(listed, mentioned))


class SpeakerEntry(NamedTuple):
    """Everything that the notes say of one person."""

    name: str  #: The first name that the notes give, or ''.
    added_name: str  #: The first unlike it that was found out later, or ''.
    names: tuple[str, ...]  #: All spellings.
    handles: tuple[str, ...]  #: With their @.
    talks: tuple[Speaker, ...]
    mentions: tuple[Mention, ...]


def key(name: str) -> str:
    """Return what makes two spellings of a name the same name.

    Case, and the choice of ``-``, ``_``, ``.`` and space, don't count (PEP 503), nor
    do the forms of apostrophes, quotes and dashes (Sphinx makes some typographic), and
    characters that nobody sees.
    """
    folded = plain(name).casefold().strip()
    return re.sub(r'[-_.\s]+', '-', folded).strip('-') or folded


def plain(name: str) -> str:
    """Return *name* with one form of each character, and none that nobody sees."""
    if name.isascii() and '`' not in name:  # as nearly all, and it is asked often
        return name
    text = unicodedata.normalize('NFKC', name.translate(_QUOTES))
    text = _DASH.sub('-', text)
    return ''.join(c for c in text if unicodedata.category(c) != 'Cf') or text


def package_name(text: str) -> str:
    """Return the name of a package without extras, versions and markers (PEP 508).

    >>> package_name('psycopg[binary]>=3.1'), package_name('Debug Toolbar')
    ('psycopg', 'Debug Toolbar')
    """
    if not _REQUIREMENT.search(text):
        return text
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return text
    return text if requirement.url else requirement.name


def handle_key(handle: str) -> str:
    """Return *handle* without its @ and case: no service tells apart by case."""
    return handle.strip().removeprefix('@').casefold()


def is_handle(text: str) -> bool:
    """Whether *text* is a handle that some service could have given out."""
    return _HANDLE.fullmatch(text) is not None


def anchor(kind: str, *parts: str) -> str:
    """Return the id of an entry or a place, a pure function of what it is called.

    Docutils makes no id with two hyphens, so it meets no section's.  Where letters of
    an id can't say the whole name, a hash of it keeps ids apart.
    """
    name = '/'.join(parts)
    if len(name) <= 60 and all(map(_ID_PART.fullmatch, parts)):
        return '--'.join((kind, *parts))
    ascii_name = unicodedata.normalize('NFKD', name).encode('ascii', 'ignore').decode()
    slug = re.sub('[^a-z0-9_]+', '-', ascii_name.lower()).strip('-')[:40]
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return '--'.join(filter(None, (kind, slug, digest)))


def collation_key(name: str) -> tuple[str, str]:
    """Return a key to sort names by: letters before accents, case last."""
    decomposed = unicodedata.normalize('NFKD', name.removeprefix('@').casefold())
    letters = ''.join(c for c in decomposed if not unicodedata.combining(c))
    return letters, name


def group_packages(
    packages: Iterable[Package], mentions: Iterable[Mention]
) -> list[PackageEntry]:
    """Return an entry a package, sorted by name, its places in the order given."""
    listed: dict[str, list[Package]] = {}
    mentioned: dict[str, list[Mention]] = {}
    names: dict[str, str] = {}
    for package in packages:
        names.setdefault(package_key := key(package.name), package.name)
        listed.setdefault(package_key, []).append(package)
    for mention in mentions:
        if mention.kind == 'package':
            names.setdefault(package_key := key(mention.target), mention.target)
            mentioned.setdefault(package_key, []).append(mention)
    return sorted(
        (
            PackageEntry(
                package_key,
                name,
                tuple(listed.get(package_key, ())),
                tuple(mentioned.get(package_key, ())),
            )
            for package_key, name in names.items()
        ),
        key=lambda entry: collation_key(entry.name),
    )


def group_speakers(
    speakers: Iterable[Speaker], mentions: Iterable[Mention]
) -> list[SpeakerEntry]:
    """Return an entry a person, sorted by name, their talks in the order given.

    A byline with a handle and a name says that the two are one person, and so joins
    what other pages say of either.
    """
    groups: dict[str, dict[int, Speaker]] = {}
    for position, speaker in enumerate(speakers):
        labels = _labels(speaker)
        joined = {position: speaker}
        for label in labels:
            joined |= groups.get(label, {})
        for byline in joined.values():
            groups.update(dict.fromkeys(_labels(byline), joined))

    named: dict[str, list[Mention]] = {}
    for mention in mentions:
        if mention.kind == 'handle':
            named.setdefault(f'@{handle_key(mention.target)}', []).append(mention)

    entries = []
    for bylines in {id(group): group for group in groups.values()}.values():
        group = [bylines[position] for position in sorted(bylines)]
        handles = _unique((s.handle for s in group), handle_key)
        name = next((s.name for s in group if s.name), '')
        added_names = (
            s.added_name for s in group if plain(s.added_name) != plain(name)
        )
        entries.append(
            SpeakerEntry(
                name=name,
                added_name=next(filter(None, added_names), ''),
                names=tuple(_unique(n for s in group for n in (s.added_name, s.name))),
                handles=tuple(handles),
                talks=tuple(group),
                mentions=tuple(
                    mention
                    for handle in handles
                    for mention in named.pop(f'@{handle_key(handle)}', ())
                ),
            )
        )
    entries += (
        SpeakerEntry('', '', (), (mentioned[0].target,), (), tuple(mentioned))
        for mentioned in named.values()
    )
    return sorted(
        entries, key=lambda e: collation_key(e.name or e.added_name or e.handles[0])
    )


def each_person_once(speakers: Iterable[Speaker]) -> list[Speaker]:
    """Return the bylines of a talk, those of one person as one where the first stands.

    They are of one person if they have a name or a handle in common, and nothing in one
    contradicts the other.  A second byline adds what the first doesn't say.
    """
    found: list[Speaker] = []
    for speaker in speakers:
        for position, earlier in enumerate(found):
            if _are_one(earlier, speaker):
                found[position] = earlier._replace(
                    name=earlier.name or speaker.name,
                    handle=earlier.handle or speaker.handle,
                    added_name=earlier.added_name or speaker.added_name,
                    added_title=earlier.added_title or speaker.added_title,
                    sources=tuple(_unique((*earlier.sources, *speaker.sources))),
                    affiliation=earlier.affiliation or speaker.affiliation,
                )
                break
        else:
            found.append(speaker)
    return found


def _are_one(one: Speaker, other: Speaker) -> bool:
    contradicts = (
        (one.handle and other.handle)
        and handle_key(one.handle) != handle_key(other.handle)
    ) or any(
        first and second and key(first) != key(second)
        for first, second in (
            (one.name, other.name),
            (one.added_name, other.added_name),
            (one.added_title, other.added_title),
        )
    )
    return not contradicts and not set(_labels(one)).isdisjoint(_labels(other))


def conflicts(speakers: Iterable[Speaker]) -> list[tuple[Speaker, Speaker]]:
    """Return the bylines at odds, each with the earlier one that it contradicts.

    Two are at odds where they give one handle to different names, or one name to
    different handles.
    """
    by_handle: dict[str, Speaker] = {}
    by_name: dict[str, Speaker] = {}
    found = []
    for speaker in speakers:
        names = _name_keys(speaker)
        if not (speaker.handle and names):
            continue
        handle = handle_key(speaker.handle)
        same_handle = by_handle.setdefault(handle, speaker)
        same_names = [by_name.setdefault(name, speaker) for name in names]
        if not names & _name_keys(same_handle):
            found.append((speaker, same_handle))
        found += [
            (speaker, earlier)
            for earlier in dict.fromkeys(same_names)
            if handle_key(earlier.handle) != handle
        ]
    return found


def _name_keys(speaker: Speaker) -> set[str]:
    return {key(name) for name in (speaker.name, speaker.added_name) if name}


def _labels(speaker: Speaker) -> list[str]:
    """Return what a byline can be recognised by."""
    labels = [key(name) for name in (speaker.name, speaker.added_name) if name]
    if speaker.handle:
        labels.append(f'@{handle_key(speaker.handle)}')
    return labels


def _unique(values: Iterable[str], by: Callable[[str], str] = str) -> list[str]:
    """Return the non-empty *values* in their order, those alike *by* it once."""
    found: dict[str, str] = {}
    for value in values:
        if value:
            found.setdefault(by(value), value)
    return list(found.values())
