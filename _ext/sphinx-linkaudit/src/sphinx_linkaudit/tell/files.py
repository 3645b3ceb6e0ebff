"""Writes the files: ``output.txt`` and ``output.json`` as Sphinx's, ``report.json``."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from sphinx_linkaudit.tell.console import REDIRECT_TEXT
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import REASONS, VERDICTS

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from sphinx_linkaudit.records import Judged, Kind

#: The version of ``report.json``, to be raised when ``report.schema.json`` changes in
#: a way that its readers have to know of.
VERSION = 1


class Report:
    """Takes links as they are judged, and writes them to the output files."""

    def __init__(self, outdir: Path, project: str) -> None:
        self._outdir = outdir
        self._project = project
        self.links: list[Judged] = []
        self.is_complete = True  #: Whether all documents' links are in it.
        self._counts: Counter[Kind] = Counter()
        self._document: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        self._text = (self._outdir / 'output.txt').open('w', encoding='utf-8')
        self._json = (self._outdir / 'output.json').open('w', encoding='utf-8')
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._text.close()
        self._json.close()
        (self._outdir / 'report.json').write_text(self.dump(), encoding='utf-8')

    def count(self, kind: Kind) -> int:
        """Return how many links are of a kind."""
        return self._counts[kind]

    def add(self, link: Judged) -> str:
        """Write a link down, and return what Sphinx calls its status."""
        self.links.append(link)
        verdict, place = link.verdict, link.places[0]
        self._counts[verdict.kind] += 1
        status = VERDICTS[verdict.kind].status
        if verdict.kind == 'suspect' and verdict.code:
            status = 'redirected'
        message = verdict.message
        if link.known and status in {'timeout', 'broken'}:
            status, message = 'ignored', f'accepted as dead: {message}'
        row: dict[str, str | int] = {
            'filename': place.path,
            'lineno': place.line,
            'status': status,
            'code': verdict.code,
            'uri': link.uri,
            'info': message,
        }
        self._json.write(f'{json.dumps(row)}\n')
        uri, message = printable(link.uri), printable(message)
        if status in {'timeout', 'broken'}:
            self._write(link, status, f'{uri}: {message}')
        elif status == 'redirected':
            how = REDIRECT_TEXT.get(verdict.code, 'with unknown code')
            self._write(link, f'redirected {how}', f'{uri} to {message}')
        return status

    def _write(self, link: Judged, what: str, text: str) -> None:
        place = link.places[0]
        self._text.write(f'{printable(place.path)}:{place.line}: [{what}] {text}\n')

    def flush(self) -> None:
        """See to it that all links so far are in the files."""
        self._text.flush()
        self._json.flush()

    def dump(self) -> str:
        """Return the document as JSON, a link in each line."""
        document = dict(self.document())
        links = ',\n'.join(json.dumps(link) for link in document.pop('links'))
        head = json.dumps(document).removesuffix('}')
        return f'{head}, "links": [\n{links}\n]}}\n'

    def document(self) -> dict[str, Any]:
        """Return all that is known at the end, as ``report.schema.json`` says."""
        if self._document is None:
            self._document = {
                'version': VERSION,
                'project': self._project,
                'complete': self.is_complete,
                'finished': datetime.now(UTC).isoformat(timespec='seconds'),
                'links': [_row(link) for link in sorted(self.links)],
            }
        return self._document


def _row(link: Judged) -> dict[str, Any]:
    verdict, evidence = link.verdict, link.evidence
    reason = REASONS[verdict.reason]
    row: dict[str, Any] = {
        'uri': link.uri,
        'verdict': verdict.kind,
        'reason': verdict.reason,
        'what': reason.what,
        'advice': reason.advice,
        'message': verdict.message,
        'places': [place._asdict() for place in link.places],
        'excluded': link.excluded,
        'fails': link.fails,
    }
    if link.known:
        row['known'] = True
    if link.archived:
        row['archived'] = link.archived
    if link.failures:
        row |= {'since': link.since, 'failures': link.failures}
    if evidence is not None:
        row['code'] = evidence.status
        row['chain'] = [hop._asdict() for hop in evidence.hops]
        row['seconds'] = round(evidence.seconds, 3)
    return row
