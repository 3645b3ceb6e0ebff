"""Reports links on the console as they are judged, and a summary at the end."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from sphinx.util import logging

from sphinx_linkaudit._compat.sphinx import (
    bold,
    darkgray,
    darkgreen,
    has_allowed_redirects,
    purple,
    red,
    turquoise,
)
from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.tell.files import redirect_text, sphinx_status
from sphinx_linkaudit.tell.findings import grouped, is_known, spot, what
from sphinx_linkaudit.tell.progress import ProgressLine, awaited
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.urls import host_of
from sphinx_linkaudit.verdicts import BY_URGENCY, FAILURES, REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from sphinx.config import Config

    from sphinx_linkaudit.records import Judged, Place
    from sphinx_linkaudit.schedule.outcome import Progress
    from sphinx_linkaudit.tell.findings import Document, Link

logger = logging.getLogger(__name__)

#: The groups that the summary lists.
_LISTED = frozenset({'dead', 'timed-out', 'waiting', 'back', 'suspect', 'blocked'})
#: Links of one host with one reason, or of one page, that are listed; the others are
#: counted.
SHOWN_LINKS = 5
#: Places of a link that are listed.
SHOWN_PLACES = 5
#: Links of one group that are listed in all.
MAX_LISTED = 100


class Console:
    """Reports links as their verdicts come, and the progress on a terminal."""

    def __init__(
        self, config: Config, srcdir: Path, stream: IO[str], *, is_quiet: bool
    ) -> None:
        """Draw the progress on *stream*, the one that Sphinx logs to."""
        self._srcdir = srcdir
        self._config = config
        self._is_quiet = is_quiet
        self._progress = ProgressLine(stream)

    def tell(self, link: Judged) -> None:
        """Report a link, in Sphinx's own words for its state."""
        self.clear()
        status, message = sphinx_status(link)
        if self._is_quiet and link.fails and status not in {'timeout', 'broken'}:
            text = '%s: %s (%s)'
            kind, what = link.verdict.kind, REASONS[link.verdict.reason].what
            uri, where = printable(masked(link.uri)), self._location(link.places[0])
            logger.warning(text, kind, uri, what, location=where)
            return
        if self._is_quiet and status in {'ignored', 'working', 'unchecked'}:
            return
        uri, message = printable(masked(link.uri)), printable(message)
        # What requests says ends with the address that it asked.
        message = message.removesuffix(f' for url: {uri.partition("#")[0]}')
        place = link.places[0]
        docname = printable(place.docname)
        start = f'({docname:>16}: line {place.line:4}) ' if place.line else ''
        if link.unchanged:
            # However it is judged, it is no task of whoever changed the other lines.
            logger.info('%s', start + darkgray('-unchanged- ') + f'{uri}: {status}')
            return
        match status:
            case 'ignored':
                text = f'{uri}: {message}' if message else uri
                logger.info('%s', start + darkgray('-ignored- ') + text)
            case 'working':
                logger.info('%s', start + darkgreen('ok        ') + uri)
            case 'timeout' | 'broken' if not (self._is_quiet and link.fails):
                waits = link.failures and not link.fails
                days = f' ({_failing(link.since, link.failures)})' if waits else ''
                text = red(f'{status:10}') + uri + red(f' - {message}{days}')
                logger.info('%s', start + text)
            case 'timeout':
                text = f'timeout   {uri} - {message}'
                logger.warning('%s', text, location=self._location(place))
            case 'broken':
                where = self._location(place)
                logger.warning('broken link: %s (%s)', uri, message, location=where)
            case 'redirected':
                code = link.verdict.code
                how = redirect_text(code)
                if has_allowed_redirects(self._config):
                    text = f'redirect  {uri} - {how} to {message}'
                    logger.warning('%s', text, location=self._location(place))
                else:
                    colour = turquoise if code == 307 else purple
                    text = colour(f' - {how} to {message}')
                    logger.info('%s', start + colour('redirect  ') + uri + text)

    def _location(self, place: Place) -> str:
        """Return file and line of a link, as Sphinx has them in a warning."""
        path = printable(os.path.normpath(self._srcdir / place.path))
        return f'{path}:{place.line}' if place.line else path

    def tell_paused(self, url: str) -> None:
        """Report that the host of *url* asked for a pause."""
        self.clear()
        waits = darkgray('-rate limited-   ') + printable(masked(url))
        logger.info('%s', waits + darkgray(' | sleeping...'))

    def draw(
        self, progress: Callable[[], Progress], checked: int, total: int, dead: int
    ) -> None:
        """Show how far the check is: links *checked* of *total*, and *dead* ones."""
        if not self._progress.due():
            return
        text = f'checked {checked} of {total} links, {dead} dead'
        self._progress.draw(text + awaited(progress()))

    def clear(self) -> None:
        """Clear the progress line, so that something else can be printed."""
        self._progress.clear()

    def summarise(self, document: Document, unused: Sequence[str]) -> None:
        """Say what to do, what is dead first, and how many links are of each kind.

        *unused* are the addresses accepted as dead that no page links to any more.
        """
        self.clear()
        for group, links in grouped(document['links']).items():
            if group.id in _LISTED:
                logger.info('\n%s', bold(group.heading))
                _list_all(links)
        if unused:
            logger.info(
                '\n%s', bold('Accepted as dead, but no page links to them any more')
            )
            for uri in unused:
                logger.info('  %s', printable(masked(uri)))
        counts = Counter(
            'accepted as dead'
            if is_known(link) and link['verdict'] in FAILURES
            else str(link['verdict'])
            for link in document['links']
        )
        words = (f'{counts[kind]} {kind}' for kind in sorted(counts, key=_rank))
        logger.info('\nlinks: %s', ', '.join(words) or '0')
        if since := document.get('since'):
            others = [link for link in document['links'] if link.get('unchanged')]
            left_out = sum(
                link['verdict'] == 'ignored' and not link.get('unchanged')
                for link in document['links']
            )
            unasked = sum(link['verdict'] == 'unchecked' for link in others)
            logger.info(
                'changed since %s: %d; on other lines: %d from the cache, %d unchecked',
                printable(since),
                counts.total() - len(others) - left_out,
                len(others) - unasked,
                unasked,
            )


def _list_all(links: Sequence[Link]) -> None:
    """List *links* in the order of their places; of similar ones, only a few."""
    room, listed = MAX_LISTED, 0
    for same in _folded(links):
        shown = same[: min(SHOWN_LINKS, room)]
        for link in shown:
            _list(link)
        if more := len(same) - len(shown):
            host, seen = printable(host_of(same[0]['uri'])), same[0]['what']
            logger.info('  ... and %d more to %s: %s', more, host, seen)
        listed += len(same)
        room -= len(shown)
        if not room:
            break
    if left := len(links) - listed:
        logger.info('  ... and %d more: report.html and report.json have them', left)


def _folded(links: Sequence[Link]) -> Iterator[list[Link]]:
    """Yield *links* by place; many of one host with the same reason, together."""
    ordered = sorted(links, key=lambda link: _order(link['places'][0]))
    alike: dict[tuple[str, str], list[Link]] = {}
    for link in ordered:
        alike.setdefault((host_of(link['uri']), link['reason']), []).append(link)
    for link in ordered:
        same = alike.get((host_of(link['uri']), link['reason']), [])
        if len(same) <= SHOWN_LINKS or not host_of(link['uri']):
            yield [link]
        elif same[0] is link:
            yield same


def _order(place: dict[str, object]) -> tuple[str, int]:
    line = place['line']
    assert isinstance(line, int)
    return str(place['path']), line


def _list(link: Link) -> None:
    seen = what(link)
    if link.get('since') and (link['failures'] > 1 or not link['fails']):
        seen += f', {_failing(link["since"], link["failures"])}'
    logger.info('  %s\n      %s', printable(link['uri']), printable(seen))
    for place in link['places'][:SHOWN_PLACES]:
        logger.info('      %s', printable(spot(place)))
    if (more := len(link['places']) - SHOWN_PLACES) > 0:
        logger.info('      (and %d more)', more)
    if link['excluded']:
        pages = 'on pages that linkcheck_exclude_documents matches'
        logger.info('      %s', f'(and {link["excluded"]} {pages})')


def _failing(since: str, failures: int) -> str:
    """Return for how long a link has failed."""
    days = 'day' if failures == 1 else 'days'
    return f'failing since {since}, on {failures} {days}'


def _rank(kind: str) -> int:
    """Return where a kind stands in the counts: the most urgent first."""
    order: list[str] = list(BY_URGENCY)
    order.insert(order.index('working') + 1, 'accepted as dead')
    return order.index(kind)
