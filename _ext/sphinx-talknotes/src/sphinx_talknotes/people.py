"""Says which bylines are of one person, within a talk and across all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sphinx_talknotes import names
from sphinx_talknotes.addresses import short
from sphinx_talknotes.collation import sorted_by_name
from sphinx_talknotes.records import owner_of, unique
from sphinx_talknotes.spellings import alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sphinx_talknotes.records import Mention, Speaker


class SpeakerEntry(NamedTuple):
    """Everything that the notes say of one person."""

    name: str  #: The first name that the notes give, or ''.
    added_name: str  #: The first unlike it that was found out later, or ''.
    names: tuple[str, ...]  #: All spellings.
    handles: tuple[str, ...]  #: With their @.
    urls: tuple[str, ...]  #: Addresses of the person's own.
    ids: tuple[str, ...]  #: What tells the person from others of that name.
    talks: tuple[Speaker, ...]
    mentions: tuple[Mention, ...]

    @property
    def label(self) -> str:
        """What to call the person: a name, else a handle or an address."""
        named = (
            self.name,
            self.added_name,
            *self.handles,
            *map(short, self.urls),
        )
        return next(filter(None, named))

    @property
    def also(self) -> list[str]:
        """The spellings besides the names that are shown first."""
        shown = {names.key(name) for name in (self.name, self.added_name)}
        return [
            name
            for name in unique(self.names, names.key)
            if names.key(name) not in shown
        ]


def group_speakers(
    speakers: Iterable[Speaker], mentions: Iterable[Mention], language: str = 'en'
) -> list[SpeakerEntry]:
    """Return an entry a person, sorted by name as in a *language*, their talks in the
    order given.
    """
    named: dict[str, list[Mention]] = {}
    for mention in mentions:
        if mention.kind == 'handle':
            named.setdefault(names.handle_key(mention.target), []).append(mention)

    entries = []
    for group in group_bylines(speakers):
        handles = unique((h for s in group for h in s.handles), names.handle_key)
        name = next((s.name for s in group if s.name), '')
        added = (s.added_name for s in group)
        unlike = (n for n in added if names.plain(n) != names.plain(name))
        entries.append(
            SpeakerEntry(
                name=name,
                added_name=next(filter(None, unlike), ''),
                names=tuple(unique(name for s in group for name in s.all_names)),
                handles=tuple(handles),
                urls=tuple(unique((url for s in group for url in s.urls), _address)),
                ids=tuple(unique(s.id for s in group)),
                talks=tuple(group),
                mentions=tuple(
                    mention
                    for handle in handles
                    for mention in named.pop(names.handle_key(handle), ())
                ),
            )
        )
    entries = [entry for entry in entries if entry.names or entry.handles or entry.urls]
    entries += (
        SpeakerEntry('', '', (), (first.target,), (), (), (), (first, *others))
        for first, *others in named.values()
    )
    return sorted_by_name(entries, lambda entry: entry.label, language)


def anchors(entries: Iterable[SpeakerEntry]) -> list[list[str]]:
    """Return the ids of each entry that references lead to.

    A name that several people have leads to the one of whom only the name is known,
    else to the first.
    """
    every = list(entries)
    owners: dict[str, int] = {}
    for number, entry in sorted(enumerate(every), key=lambda e: _is_labelled(e[1])):
        for name in entry.names:
            owners.setdefault(names.key(name), number)
    found = []
    for number, entry in enumerate(every):
        targets = [('handle', handle) for handle in entry.handles]
        targets += [('person', label) for label in (*entry.urls, *entry.ids)]
        targets += [
            ('speaker', name)
            for name in entry.names
            if owners[names.key(name)] == number
        ]
        keys = [(kind, names.object_key(kind, name)) for kind, name in targets]
        found.append(unique(names.anchor(*key) for key in keys))
    return found


def _is_labelled(entry: SpeakerEntry) -> bool:
    return bool(entry.handles or entry.urls or entry.ids)


def target(
    handles: Sequence[str], urls: Sequence[str], person: str, name: str
) -> tuple[str, str] | None:
    """Return kind and name by which a byline refers to the entry of its person.

    *person* is the id.  There is none of nobody.
    """
    if handles:
        return 'handle', handles[0]
    if label := next(iter(urls), person):
        return 'person', label
    return ('speaker', name) if name else None


def group_bylines(speakers: Iterable[Speaker]) -> list[list[Speaker]]:
    """Return the bylines by person, in the order given.

    A handle, an address or an id is one person's, however the name is spelled.  So is a
    name, unless several people have it.  They certainly do where two of them speak in
    one talk, with handles or addresses that nothing joins, or have different ids.  Then
    those who have neither are one more.
    """
    bylines = list(speakers)
    groups = _Groups(len(bylines))
    by_label: dict[str, int] = {}
    by_name: dict[str, list[int]] = {}
    for number, speaker in enumerate(bylines):
        for label in _labels(speaker):
            groups.join(by_label.setdefault(label, number), number)
        for name in dict.fromkeys(map(names.key, speaker.all_names)):
            by_name.setdefault(name, []).append(number)
    # All that is joined by labels, before anything is joined by names.
    labelled = [groups.of(number) for number in range(len(bylines))]
    for numbers in by_name.values():
        if _are_several(bylines, labelled, numbers):
            numbers = [n for n in numbers if not _labels(bylines[n])]  # noqa: PLW2901
        for number in numbers:
            groups.join(numbers[0], number)
    found: dict[int, list[Speaker]] = {}
    for number, speaker in enumerate(bylines):
        found.setdefault(groups.of(number), []).append(speaker)
    return list(found.values())


def _are_several(bylines: list[Speaker], groups: list[int], numbers: list[int]) -> bool:
    """Whether the bylines of those *numbers*, of one name, are of several people."""
    by_id: set[int] = set()
    on_stage: dict[str, set[int]] = {}
    for number in numbers:
        speaker = bylines[number]
        if speaker.id:
            by_id.add(groups[number])
        if _labels(speaker):
            on_stage.setdefault(owner_of(speaker), set()).add(groups[number])
    return any(len(people) > 1 for people in (by_id, *on_stage.values()))


class _Groups:
    """Numbers that are joined to groups (a disjoint-set forest)."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def of(self, number: int) -> int:
        """Return the group of a number: the smallest number in it."""
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Make one group of those of two numbers."""
        first, second = sorted((self.of(one), self.of(other)))
        self._parents[second] = first


def each_person_once(speakers: Iterable[Speaker]) -> list[Speaker]:
    """Return the bylines of a talk, those of one person as one where the first stands.

    A second byline adds what the first doesn't say.  Both are kept where they give a
    handle to names that have nothing in common, or different titles to the talk.
    """
    bylines = list(speakers)
    if len(bylines) < 2:  # as in nearly all talks, and it is asked often
        return bylines
    person = {
        id(speaker): number
        for number, group in enumerate(group_bylines(bylines))
        for speaker in group
    }
    found: list[tuple[int, Speaker]] = []
    for speaker in bylines:
        number = person[id(speaker)]
        for position, (other, earlier) in enumerate(found):
            if other == number and _can_be_one(earlier, speaker):
                found[position] = number, _merge(earlier, speaker)
                break
        else:
            found.append((number, speaker))
    return [speaker for _number, speaker in found]


def _can_be_one(one: Speaker, other: Speaker) -> bool:
    titles = {one.added_title, other.added_title} - {''}
    return len(titles) < 2 and _are_alike(one, other)


def _merge(one: Speaker, other: Speaker) -> Speaker:
    name, added_name = one.name or other.name, one.added_name or other.added_name
    spelled = unique((*one.all_names, *other.all_names), names.key)
    shown = {names.key(name), names.key(added_name)}
    return one._replace(
        name=name,
        handles=tuple(unique((*one.handles, *other.handles), names.handle_key)),
        added_name=added_name,
        added_title=one.added_title or other.added_title,
        sources=tuple(unique((*one.sources, *other.sources))),
        affiliation=_joined(one.affiliation, other.affiliation),
        role=_joined(one.role, other.role),
        urls=tuple(unique((*one.urls, *other.urls), _address)),
        id=one.id or other.id,
        spellings=tuple(name for name in spelled if names.key(name) not in shown),
    )


def _joined(one: str, other: str) -> str:
    """Return both texts with a comma between, or one that says the other too."""
    if not other or f', {other}, ' in f', {one}, ':
        return one
    if not one or f', {one}, ' in f', {other}, ':
        return other
    return f'{one}, {other}'


def conflicts(speakers: Iterable[Speaker]) -> list[tuple[Speaker, Speaker, str]]:
    """Return the bylines at odds, each with the earlier one that it contradicts.

    Two are at odds where they give one handle, address or id, which comes last, to
    names that have nothing in common: it is mistyped, or two people share it.
    """
    first: dict[str, Speaker] = {}
    found: list[tuple[Speaker, Speaker, str]] = []
    for speaker in speakers:
        if not speaker.all_names:
            continue
        shared = (*speaker.handles, *speaker.urls, speaker.id)
        for label, shown in zip(_labels(speaker), shared, strict=False):
            earlier = first.setdefault(label, speaker)
            if not _are_alike(earlier, speaker):
                found.append((speaker, earlier, shown))
                break
    return found


def ambiguous(speakers: Iterable[Speaker]) -> list[Speaker]:
    """Return the bylines of which nobody can tell whose of several people they are."""
    bylines = list(speakers)
    people: dict[str, int] = {}
    for group in group_bylines(bylines):
        for name in {names.key(name) for s in group for name in s.all_names}:
            people[name] = people.get(name, 0) + 1
    return [
        speaker
        for speaker in bylines
        if not _labels(speaker)
        and any(people[names.key(name)] > 1 for name in speaker.all_names)
    ]


def _are_alike(one: Speaker, other: Speaker) -> bool:
    """Whether two bylines may have spellings of one name, or one of them has none."""
    first, second = one.all_names, other.all_names
    return (
        not first
        or not second
        or any(alike(name, spelled) for name in first for spelled in second)
    )


def _labels(speaker: Speaker) -> list[str]:
    """Return what a byline is recognised by, whatever the name."""
    return [
        *(f'@{names.handle_key(handle)}' for handle in speaker.handles),
        *map(_address, speaker.urls),
        *([f'#{speaker.id}'] if speaker.id else []),
    ]


def _address(url: str) -> str:
    return names.object_key('person', url)
