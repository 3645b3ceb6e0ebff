"""What is known of links from before: results, failures, and which are accepted."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sphinx.util import logging

from sphinx_linkaudit.memory.known import find
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import ALIVE, FAILURES, REASONS

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from sphinx_linkaudit.memory.cache import Cache, Remembered
    from sphinx_linkaudit.memory.known import KnownDead
    from sphinx_linkaudit.records import Evidence, Judged, Kind, Verdict

logger = logging.getLogger(__name__)


class Ledger:
    """Remembers links from one check to the next.

    It is opened where nothing forks any more, and only one thread uses it.
    """

    def __init__(
        self,
        known: Mapping[str, KnownDead],
        cache: Cache | None = None,
        *,
        strikes: int = 1,
        failing: frozenset[Kind] = FAILURES,
        ignore: Sequence[re.Pattern[str]] = (),
    ) -> None:
        """Take the links that are *known* as dead, and the *cache*, if there is one.

        *strikes* is on how many days a link has to fail to make the check fail, which
        it does with the verdicts *failing*; no redirect is followed to an address that
        *ignore* matches.
        """
        self.known = known
        self._cache = cache
        self._today = datetime.now(UTC).strftime('%Y-%m-%d')
        self._strikes_needed = strikes
        self._failing = failing
        self._ignore = ignore

    @property
    def keeps(self) -> bool:
        """Whether anything is remembered."""
        return self._cache is not None

    def remembered(self, uri: str) -> Remembered | None:
        """Return the result of an earlier check, if that still holds."""
        found = self._cache.lookup(uri, time.time()) if self._cache else None
        if found is None or found.verdict.reason not in REASONS:
            return None
        # linkcheck_ignore, which applies to redirects too, may have changed.
        hops = found.evidence.hops if found.evidence else ()
        led = any(p.match(hop.target) for hop in hops for p in self._ignore)
        return found if led == (found.verdict.reason == 'ignored-redirect') else None

    def keep(self, uri: str, verdict: Verdict, evidence: Evidence | None) -> None:
        """Remember what a check just came to: in the file when this returns.

        Links that weren't checked, for whatever reason, aren't.
        """
        if self._cache is None or verdict.kind == 'unchecked':
            return
        self._cache.put(uri, verdict, evidence, time.time())
        if verdict.kind in self._failing:
            self._cache.failed(uri, self._today)
        elif verdict.kind in ALIVE:
            self._cache.succeeded(uri)

    def enter(self, link: Judged) -> Judged:
        """Return *link* with what is known of it from before, and whether it fails."""
        entry = find(self.known, link.uri)
        if entry is not None and entry.is_over(self._today):
            entry = None
        if entry is not None:
            link = link._replace(known=True, archived=entry.archived)
        if link.verdict.kind not in self._failing:
            return link
        if self._cache is None:
            return link._replace(fails=entry is None and not link.unchanged)
        strikes = self._cache.strikes(link.uri)
        since, days = (strikes.since or self._today), max(strikes.days, 1)
        # A missing local file fails at once: waiting won't bring it back.  So does
        # everything where the cache can't be written, or no second day would count.
        passes = link.evidence is not None and self._cache.can_learn
        needed = self._strikes_needed if passes else 1
        fails = entry is None and days >= needed and not link.unchanged
        return link._replace(since=since, failures=days, fails=fails)

    def close(self) -> None:
        """Close the cache, and say what was wrong with it."""
        if self._cache is not None:
            self._cache.close()
            for message in self._cache.messages:
                text = printable(message)
                logger.warning('%s', text, type='linkcheck', subtype='cache')
            self._cache = None
