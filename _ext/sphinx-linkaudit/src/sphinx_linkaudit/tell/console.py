"""Says what is found while it is, and at the end what to do about it."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from sphinx.locale import __
from sphinx.util import logging

from sphinx_linkaudit._compat import (
    bold,
    darkgray,
    darkgreen,
    has_allowed_redirects,
    purple,
    red,
    turquoise,
)
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import BY_URGENCY, FAILURES, REASONS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import IO

    from sphinx.config import Config

    from sphinx_linkaudit.records import Judged, Kind, Place
    from sphinx_linkaudit.schedule import Progress

logger = logging.getLogger(__name__)

#: What Sphinx calls a redirect, by its code.
REDIRECT_TEXT = {
    301: 'permanently',
    302: 'with Found',
    303: 'with See Other',
    307: 'temporarily',
    308: 'permanently',
}

#: The verdicts whose links the summary lists.
_LISTED: tuple[Kind, ...] = ('dead', 'timed out', 'suspect', 'blocked')

#: Seconds between two pictures of the progress.
_REDRAW = 0.1
#: Hosts that are named as awaited.
_NAMED_HOSTS = 3


class Console:
    """Tells of links as their verdicts come, and of the progress on a terminal."""

    def __init__(
        self, config: Config, srcdir: Path, stream: IO[str], *, is_quiet: bool
    ) -> None:
        """Draw the progress on *stream*, the one that Sphinx logs to."""
        self._srcdir = srcdir
        self._config = config
        self._is_quiet = is_quiet
        self._progress = ProgressLine(stream)

    def tell(self, link: Judged, status: str) -> None:
        """Tell of a link, in Sphinx's own words for its *status*."""
        self.clear()
        if self._is_quiet and status in {'ignored', 'working', 'unchecked'}:
            return
        uri, message = printable(link.uri), printable(link.verdict.message)
        if link.known and status == 'ignored':
            message = f'accepted as dead: {message}'
        place = link.places[0]
        start = f'({place.docname:>16}: line {place.line:4}) ' if place.line else ''
        match status:
            case 'ignored':
                text = f'{uri}: {message}' if message else uri
                logger.info('%s', start + darkgray('-ignored- ') + text)
            case 'working':
                logger.info('%s', start + darkgreen('ok        ') + uri)
            case 'timeout' | 'broken' if not (self._is_quiet and link.fails):
                days = '' if link.fails else f' ({_failures(link)})'
                text = red(f'{status:10}') + uri + red(f' - {message}{days}')
                logger.info('%s', start + text)
            case 'timeout':
                text = f'timeout   {uri} - {message}'
                logger.warning('%s', text, location=self._location(place))
            case 'broken':
                text = __('broken link: %s (%s)')
                where = self._location(place)
                logger.warning(text, uri, message, location=where)
            case 'redirected':
                code = link.verdict.code
                how = REDIRECT_TEXT.get(code, 'with unknown code')
                if has_allowed_redirects(self._config):
                    text = f'redirect  {uri} - {how} to {message}'
                    logger.warning('%s', text, location=self._location(place))
                else:
                    colour = turquoise if code == 307 else purple
                    text = colour(f' - {how} to {message}')
                    logger.info('%s', start + colour('redirect  ') + uri + text)

    def _location(self, place: Place) -> str:
        """Return file and line of a link, as Sphinx has them in a warning."""
        path = f'{self._srcdir / place.path}'
        return f'{path}:{place.line}' if place.line else path

    def tell_paused(self, url: str) -> None:
        """Tell that the host of *url* wants to be left alone for a while."""
        self.clear()
        waits = darkgray('-rate limited-   ') + printable(url)
        logger.info('%s', waits + darkgray(' | sleeping...'))

    def draw(
        self, progress: Callable[[], Progress], checked: int, total: int, dead: int
    ) -> None:
        """Show how far the check is: links *checked* of *total*, and *dead* ones."""
        if not self._progress.due():
            return
        text = f'checked {checked} of {total} links, {dead} dead'
        self._progress.draw(text + _awaited(progress()))

    def clear(self) -> None:
        """Take the progress away, so that something else can be said."""
        self._progress.clear()

    def summarise(
        self, links: Sequence[Judged], alive: Sequence[str], unused: Sequence[str]
    ) -> None:
        """Say what to do, what is dead first, and how many links are of each kind.

        Of those accepted as dead, *alive* and *unused* ones are named.
        """
        self.clear()
        new = [link for link in links if not link.known]
        for kind in _LISTED:
            found = [link for link in new if link.verdict.kind == kind]
            if VERDICTS[kind].fails:
                found = [link for link in found if link.fails]
            self._list_all(VERDICTS[kind].heading, found)
        self._list_all(
            'Failing, but not on enough days yet: wait',
            [link for link in new if link.failures and not link.fails],
        )
        for heading, uris in (
            ('Accepted as dead, but alive: remove these from the list', alive),
            ('Accepted as dead, but nobody links to them any more', unused),
        ):
            if uris:
                logger.info('\n%s', bold(heading))
            for uri in uris:
                logger.info('  %s', printable(uri))
        counts: dict[str, int] = {}
        for link in links:
            kind_ = 'accepted as dead' if _is_accepted(link) else link.verdict.kind
            counts[kind_] = counts.get(kind_, 0) + 1
        words = (f'{counts[kind]} {kind}' for kind in sorted(counts, key=_rank))
        logger.info('\nlinks: %s', ', '.join(words) or '0')

    def _list_all(self, heading: str, links: Sequence[Judged]) -> None:
        if links:
            logger.info('\n%s', bold(heading))
            for link in sorted(links, key=lambda link: link.places):
                self._list(link)

    def _list(self, link: Judged) -> None:
        reason = REASONS[link.verdict.reason]
        what = ': '.join(filter(None, [reason.what, _detail(link)]))
        if link.failures > 1 or (link.failures and not link.fails):
            what += f', {_failures(link)}'
        logger.info('  %s\n      %s', printable(link.uri), what)
        for place in link.places:
            logger.info('      %s:%d', printable(place.path), place.line)
        if link.excluded:
            pages = 'on pages that linkcheck_exclude_documents matches'
            message = f'(and {link.excluded} {pages})'
            logger.info('      %s', message)


class ProgressLine:
    """The last line of a terminal, drawn over again and again."""

    def __init__(self, stream: IO[str]) -> None:
        """Draw on *stream*, if that is a terminal that can take a line back."""
        self._stream = stream
        self._able = stream.isatty() and os.environ.get('TERM', 'dumb') != 'dumb'
        self._shown = False
        self._drawn = -_REDRAW  #: When, in seconds of `time.monotonic`.

    def due(self) -> bool:
        """Whether there is a terminal, and it wasn't drawn just now."""
        just_now = self._shown and time.monotonic() - self._drawn < _REDRAW
        return self._able and not just_now

    def draw(self, text: str) -> None:
        """Show *text*, cut to the width of the terminal."""
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f'\r\x1b[K{printable(text)[:width]}')
        self._stream.flush()
        self._shown, self._drawn = True, time.monotonic()

    def clear(self) -> None:
        """Take it away."""
        if self._shown:
            self._stream.write('\r\x1b[K')
            self._stream.flush()
            self._shown = False


def _awaited(progress: Progress) -> str:
    """Return which hosts are waited for, those for the longest first."""
    waits = [
        f'{host} ({seconds:.0f} s)'
        for host, (_jobs, seconds) in progress.in_flight.items()
        if seconds >= 1
    ]
    waits += [
        f'{host} (again in {seconds:.0f} s)'
        for host, seconds in progress.paused.items()
    ]
    if not waits:
        return ''
    more = len(waits) - _NAMED_HOSTS
    names = ', '.join(waits[:_NAMED_HOSTS]) + (f' +{more}' if more > 0 else '')
    return f'; waiting for {names}'


def _detail(link: Judged) -> str:
    """Return what the reason alone doesn't say, '' if that is all."""
    verdict = link.verdict
    if verdict.reason in {'error', 'invalid-url', 'client-error', 'server-error'}:
        return printable(verdict.message)
    if verdict.kind == 'suspect' and verdict.code:
        return printable(verdict.message)
    return ''


def _failures(link: Judged) -> str:
    """Return for how long a link has failed."""
    days = 'day' if link.failures == 1 else 'days'
    return f'failing since {link.since}, on {link.failures} {days}'


def _is_accepted(link: Judged) -> bool:
    return link.known and link.verdict.kind in FAILURES


def _rank(kind: str) -> int:
    """Return where a kind stands in the counts: what needs care first."""
    order: list[str] = list(BY_URGENCY)
    order.insert(order.index('working') + 1, 'accepted as dead')
    return order.index(kind)
