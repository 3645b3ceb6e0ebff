"""Says which bylines are of one person, within a talk and across all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sphinx_talknotes import names
from sphinx_talknotes.records import unique

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx_talknotes.records import Mention, Speaker


class SpeakerEntry(NamedTuple):
    """Everything that the notes say of one person."""

    name: str  #: The first name that the notes give, or ''.
    added_name: str  #: The first unlike it that was found out later, or ''.
    names: tuple[str, ...]  #: All spellings.
    handles: tuple[str, ...]  #: With their @.
    talks: tuple[Speaker, ...]
    mentions: tuple[Mention, ...]


def group_speakers(
    speakers: Iterable[Speaker], mentions: Iterable[Mention], language: str = 'en'
) -> list[SpeakerEntry]:
    """Return an entry a person, sorted by name as in a *language*, their talks in
    the order given.

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
            named.setdefault(f'@{names.handle_key(mention.target)}', []).append(mention)

    entries = []
    for bylines in {id(group): group for group in groups.values()}.values():
        group = [bylines[position] for position in sorted(bylines)]
        handles = unique((s.handle for s in group), names.handle_key)
        name = next((s.name for s in group if s.name), '')
        added_names = (
            s.added_name
            for s in group
            if names.plain(s.added_name) != names.plain(name)
        )
        entries.append(
            SpeakerEntry(
                name=name,
                added_name=next(filter(None, added_names), ''),
                names=tuple(unique(n for s in group for n in (s.added_name, s.name))),
                handles=tuple(handles),
                talks=tuple(group),
                mentions=tuple(
                    mention
                    for handle in handles
                    for mention in named.pop(f'@{names.handle_key(handle)}', ())
                ),
            )
        )
    entries += (
        SpeakerEntry('', '', (), (mentioned[0].target,), (), tuple(mentioned))
        for mentioned in named.values()
    )
    return sorted(
        entries,
        key=lambda entry: names.collation_key(
            entry.name or entry.added_name or entry.handles[0], language
        ),
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
                    sources=tuple(unique((*earlier.sources, *speaker.sources))),
                    affiliation=earlier.affiliation or speaker.affiliation,
                )
                break
        else:
            found.append(speaker)
    return found


def _are_one(one: Speaker, other: Speaker) -> bool:
    contradicts = (
        (one.handle and other.handle)
        and names.handle_key(one.handle) != names.handle_key(other.handle)
    ) or any(
        first and second and names.key(first) != names.key(second)
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
        called = _name_keys(speaker)
        if not (speaker.handle and called):
            continue
        handle = names.handle_key(speaker.handle)
        same_handle = by_handle.setdefault(handle, speaker)
        same_names = [by_name.setdefault(name, speaker) for name in called]
        if not called & _name_keys(same_handle):
            found.append((speaker, same_handle))
        found += [
            (speaker, earlier)
            for earlier in dict.fromkeys(same_names)
            if names.handle_key(earlier.handle) != handle
        ]
    return found


def _name_keys(speaker: Speaker) -> set[str]:
    return {names.key(name) for name in (speaker.name, speaker.added_name) if name}


def _labels(speaker: Speaker) -> list[str]:
    """Return what a byline can be recognised by."""
    labels = [names.key(name) for name in (speaker.name, speaker.added_name) if name]
    if speaker.handle:
        labels.append(f'@{names.handle_key(speaker.handle)}')
    return labels
