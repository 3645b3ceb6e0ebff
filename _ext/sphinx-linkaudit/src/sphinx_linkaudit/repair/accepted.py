"""Says which links of a report are added to the file of those accepted as dead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx_linkaudit.memory.known import KnownDead, find, outdated
from sphinx_linkaudit.urls import is_url
from sphinx_linkaudit.verdicts import UNSURE

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping


class Choice(NamedTuple):
    """Which links of a report are accepted, and what is said of them."""

    verdicts: frozenset[str] = frozenset()  #: None for "dead" where that is sure.
    only: tuple[re.Pattern[str], ...] = ()  #: None for all.
    excepted: tuple[re.Pattern[str], ...] = ()
    since: str = ''  #: YYYY-MM-DD; '' for the first day on which a check saw it.
    until: str = ''  #: YYYY-MM-DD, the last day for which it is; '' for good.
    why: str = ''  #: What happened to them; '' for what the check saw.

    def has(self, link: Mapping[str, Any]) -> bool:
        """Whether a link of the report is chosen."""
        if self.verdicts:
            fits = link['verdict'] in self.verdicts
        else:
            fits = link['verdict'] == 'dead' and link.get('reason') not in UNSURE
        if not fits or (link.get('failures') and not link.get('fails', True)):
            return False
        is_one = not self.only or any(p.search(link['uri']) for p in self.only)
        return is_one and not any(p.search(link['uri']) for p in self.excepted)


class Accepted(NamedTuple):
    """The links of the file after a check's findings were added.

    *links* has all of them: what is *alive* or *unused* is named, never dropped here.
    """

    links: dict[str, KnownDead]
    added: tuple[str, ...]  #: Found dead, and not accepted before.
    alive: tuple[str, ...]  #: Accepted as dead, but working.
    unused: tuple[str, ...]  #: Accepted as dead, but no longer linked to.
    refused: tuple[str, ...]  #: Found dead, but not a web address: fix the source.

    def pruned(self) -> dict[str, KnownDead]:
        """Return the links without those that are alive or unused."""
        gone = {*self.alive, *self.unused}
        return {uri: dead for uri, dead in self.links.items() if uri not in gone}


def accept(
    report: Mapping[str, Any],
    known: Mapping[str, KnownDead],
    choice: Choice | None = None,
) -> Accepted:
    """Add the links that a check found dead, or those that are chosen, to the *known*.

    Existing entries stay as they are, except that expired ones are replaced.  A link
    that hasn't failed on enough days to make the check fail isn't added.
    """
    choice = choice or Choice()
    # An incomplete report doesn't have all links.
    is_complete = report.get('complete', True)
    day = report['finished'][:10]
    dead = {}
    for link in filter(choice.has, report['links']):
        uri = link['uri']
        entry = find(known, uri)
        if entry is None or entry.is_over(day):
            since = choice.since or link.get('since') or day
            entry = known.get(uri) or KnownDead(link['what'], since)
            reason = choice.why or entry.reason
            dead[uri] = entry._replace(reason=reason, until=choice.until)
    added = {uri: entry for uri, entry in dead.items() if is_url(uri)}
    links = [(link['uri'], link['verdict']) for link in report['links']]
    alive, unused = outdated(known, links)
    return Accepted(
        links={**known, **added},
        added=tuple(sorted(added)),
        alive=alive,
        unused=unused if is_complete else (),
        refused=tuple(sorted(dead.keys() - added.keys())),
    )
