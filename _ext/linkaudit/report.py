"""Writes what was found: output files, console, a report for people and machines."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from sphinx._cli.util.colour import darkgray, darkgreen, purple, red, turquoise
from sphinx.builders import linkcheck
from sphinx.locale import __
from sphinx.util import logging

from linkaudit.judge import REASONS, STATUS

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from sphinx.config import Config

    from linkaudit.builder import Link
    from linkaudit.records import Kind, Place

logger = logging.getLogger(__name__)

#: The version of ``report.json``; its readers should refuse one they don't know.
VERSION = 1

#: What Sphinx calls a redirect, by its code.
_REDIRECT_TEXT = {
    301: 'permanently',
    302: 'with Found',
    303: 'with See Other',
    307: 'temporarily',
    308: 'permanently',
}

#: What the summary says of each kind, in the order of what to do first.
_HEADINGS: dict[Kind, str] = {
    'dead': 'Dead: mend, replace or drop these',
    'timed out': 'No answer in time: try again',
    'suspect': 'Suspect: look at these in a browser',
    'blocked': 'Closed to robots: look at these in a browser',
}

_UNPRINTABLE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]')


def printable(text: str) -> str:
    """Return *text* with every character escaped that could do more than be read."""
    return _UNPRINTABLE.sub(
        lambda match: match[0].encode('unicode_escape').decode(), text
    )


class Report:
    """Takes links as their verdicts come, and writes all that is to be read of them."""

    def __init__(self, outdir: Path, config: Config, srcdir: Path) -> None:
        self.outdir = outdir
        self.config = config
        self.links: list[Link] = []
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._text = open(self.outdir / 'output.txt', 'w', encoding='utf-8')  # noqa: PTH123
        self._json = open(self.outdir / 'output.json', 'w', encoding='utf-8')  # noqa: PTH123
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._text.close()
        self._json.close()
        document = json.dumps(self.document(), indent=1, ensure_ascii=False)
        (self.outdir / 'report.json').write_text(f'{document}\n', encoding='utf-8')

    def count(self, kind: Kind) -> int:
        """Return how many links are of a kind."""
        return self._counts[kind]

    def add(self, link: Link) -> None:
        """Write a link that has its verdict to the output files and the console."""
        verdict = link.verdict
        assert verdict is not None
        self.links.append(link)
        self._counts[verdict.kind] += 1
        status = STATUS[verdict.kind]
        if verdict.kind == 'suspect' and verdict.code:
            status = 'redirected'
        place = link.first
        row: dict[str, str | int] = {
            'filename': place.path,
            'lineno': place.line,
            'status': status,
            'code': verdict.code,
            'uri': link.uri,
            'info': verdict.message,
        }
        self._say(link, status, place)
        self._json.write(f'{json.dumps(row)}\n')
        self._json.flush()

    def _say(self, link: Link, status: str, place: Place) -> None:
        """Write a link to output.txt and to the console, in Sphinx's own words."""
        assert link.verdict is not None
        uri, message = printable(link.uri), printable(link.verdict.message)
        location = place.docname, place.line
        if place.line and status != 'unchecked':
            logger.info('(%16s: line %4d) ', place.docname, place.line, nonl=True)
        match status:
            case 'ignored':
                text = f'{uri}: {message}' if message else uri
                logger.info('%s%s', darkgray('-ignored- '), text)
            case 'working':
                logger.info('%s%s', darkgreen('ok        '), uri)
            case 'timeout':
                self._say_failure('timeout', uri, message, location)
                self._write(place, 'timeout', f'{uri}: {message}')
            case 'broken':
                self._say_failure('broken', uri, message, location)
                self._write(place, 'broken', f'{uri}: {message}')
            case 'redirected':
                code = link.verdict.code
                how = _REDIRECT_TEXT.get(code, 'with unknown code')
                where = f'{how} to {message}'
                unset = linkcheck._SENTINEL_LAR  # noqa: SLF001
                if self.config.linkcheck_allowed_redirects is not unset:
                    text = f'redirect  {uri} - {where}'
                    logger.warning('%s', text, location=location)
                else:
                    colour = turquoise if code == 307 else purple
                    text = colour('redirect  ') + uri + colour(f' - {where}')
                    logger.info('%s', text)
                self._write(place, f'redirected {how}', f'{uri} to {message}')

    def _say_failure(
        self, status: str, uri: str, message: str, location: tuple[str, int]
    ) -> None:
        if self.config.verbosity < 0:
            if status == 'broken':
                text = __('broken link: %s (%s)')
                logger.warning(text, uri, message, location=location)
            else:
                logger.warning('timeout   %s%s', uri, message, location=location)
        else:
            text = red(f'{status:10}') + uri + red(f' - {message}')
            logger.info('%s', text)

    def _write(self, place: Place, what: str, text: str) -> None:
        self._text.write(f'{place.path}:{place.line}: [{what}] {text}\n')
        self._text.flush()

    def summarise(self) -> None:
        """Say what to do, what is dead first."""
        for kind, heading in _HEADINGS.items():
            links = [li for li in self.links if li.verdict and li.verdict.kind == kind]
            if not links:
                continue
            logger.info('\n%s', __(heading))
            for link in sorted(links, key=lambda link: link.first):
                assert link.verdict is not None
                reason = REASONS[link.verdict.reason]
                logger.info('  %s: %s', printable(link.uri), reason.what)
                for place in link.places:
                    logger.info('    %s:%d', place.path, place.line)
        counts = ', '.join(
            f'{number} {kind}' for kind, number in self._counts.most_common()
        )
        logger.info('\n%s', __('links: %s') % (counts or '0'))

    def document(self) -> dict[str, Any]:
        """Return all that is known, for ``report.json``."""
        return {
            'version': VERSION,
            'project': self.config.project,
            'links': [_row(link) for link in sorted(self.links, key=lambda x: x.uri)],
        }


def _row(link: Link) -> dict[str, Any]:
    verdict, evidence = link.verdict, link.evidence
    assert verdict is not None
    row: dict[str, Any] = {
        'uri': link.uri,
        'verdict': verdict.kind,
        'reason': verdict.reason,
        'what': REASONS[verdict.reason].what,
        'advice': REASONS[verdict.reason].advice,
        'message': verdict.message,
        'places': [place._asdict() for place in link.places],
    }
    if evidence is not None:
        row['code'] = evidence.status
        row['chain'] = [hop._asdict() for hop in evidence.hops]
        row['seconds'] = round(evidence.seconds, 3)
    return row
