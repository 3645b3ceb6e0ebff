"""What is known of links from before: results, failures, and which are accepted."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.locale import __
from sphinx.util import logging

from sphinx_linkaudit.memory.cache import Cache, digest
from sphinx_linkaudit.memory.known import BaselineError, find, load
from sphinx_linkaudit.settings import cache_days_of, verdict_settings_of
from sphinx_linkaudit.verdicts import ALIVE, FAILURES, REASONS

if TYPE_CHECKING:
    from sphinx.config import Config

    from sphinx_linkaudit.memory.cache import Remembered
    from sphinx_linkaudit.memory.known import KnownDead
    from sphinx_linkaudit.records import Evidence, Judged, Verdict

logger = logging.getLogger(__name__)

#: The name of the cache in the output folder.
CACHE_NAME = 'linkcheck-cache.sqlite'


class Ledger:
    """Remembers links from one check to the next, as the settings say.

    It is opened where nothing forks any more, and only one thread uses it.
    """

    def __init__(self, config: Config, srcdir: Path, outdir: Path) -> None:
        now = datetime.now(UTC)
        self._today = now.strftime('%Y-%m-%d')
        self._strikes_needed = config.linkcheck_strikes
        self.known = _load_known(config.linkcheck_known_dead, srcdir)
        self._cache: Cache | None = None
        if config.linkcheck_cache:
            name = config.linkcheck_cache_file
            path = Path(srcdir, name) if name else outdir / CACHE_NAME
            # What a verdict means depends on who judged, too.
            settings = digest(sorted(REASONS), verdict_settings_of(config))
            self._cache = Cache(path, cache_days_of(config), settings)

    @property
    def keeps(self) -> bool:
        """Whether anything is remembered."""
        return self._cache is not None

    def remembered(self, uri: str) -> Remembered | None:
        """Return the result of an earlier check, if that still holds."""
        found = self._cache.lookup(uri, time.time()) if self._cache else None
        return found if found and found.verdict.reason in REASONS else None

    def keep(self, uri: str, verdict: Verdict, evidence: Evidence | None) -> None:
        """Remember what a check just came to: in the file when this returns."""
        if self._cache is None:
            return
        self._cache.put(uri, verdict, evidence, time.time())
        if verdict.kind in FAILURES:
            self._cache.failed(uri, self._today)
        elif verdict.kind in ALIVE:
            self._cache.succeeded(uri)

    def enter(self, link: Judged) -> Judged:
        """Return *link* with what is known of it from before, and whether it fails."""
        entry = find(self.known, link.uri)
        if entry is not None:
            link = link._replace(known=True, archived=entry.archived)
        if link.verdict.kind not in FAILURES:
            return link
        since, days = self._today, 1
        if self._cache is not None and (strikes := self._cache.strikes(link.uri)).days:
            since, days = strikes.since, strikes.days
        # What nobody was asked for doesn't pass: a file that is missing here.  Where
        # nothing can be learned, no second day would ever come.
        learns = self._cache is not None and self._cache.writable
        needed = self._strikes_needed if link.evidence and learns else 1
        fails = entry is None and days >= needed
        return link._replace(since=since, failures=days, fails=fails)

    def close(self) -> None:
        """Close the cache, and say what was wrong with it."""
        if self._cache is not None:
            self._cache.close()
            for message in self._cache.messages:
                logger.warning('%s', message, type='linkcheck', subtype='cache')
            self._cache = None


def _load_known(name: str | None, srcdir: Path) -> dict[str, KnownDead]:
    if not name:
        return {}
    try:
        return load(Path(srcdir, name))
    except BaselineError as error:
        message = __('no link is accepted as dead: %s')
        logger.warning(message, error, type='linkcheck', subtype='known-dead')
        return {}
