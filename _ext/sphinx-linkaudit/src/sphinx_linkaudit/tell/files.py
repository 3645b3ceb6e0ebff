"""Writes the files: ``output.txt`` and ``output.json`` as Sphinx does, and reports."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from sphinx_linkaudit.atomic import replace_file
from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.tell import page
from sphinx_linkaudit.tell.formats import FORMATS
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import FAILURES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sphinx_linkaudit.records import Judged
    from sphinx_linkaudit.tell.findings import Document

#: What Sphinx calls a redirect, by its code.
REDIRECT_TEXT = {
    301: 'permanently',
    302: 'with Found',
    303: 'with See Other',
    307: 'temporarily',
    308: 'permanently',
}


def write_files(
    outdir: Path,
    links: Sequence[Judged],
    document: Document,
    formats: Iterable[str] = (),
) -> list[str]:
    """Write every file, each whole or not at all; return why some could not be.

    *formats* are those of more reports to write, as `linkcheck_reports` names them.

    *links* are in the order in which they were settled, which is that of Sphinx's own
    files.  ``report.json`` is the last: if it is there, so are the others.
    """
    texts: list[tuple[str, Callable[[], str]]] = [
        ('output.txt', lambda: ''.join(output_lines(links))),
        ('output.json', lambda: ''.join(output_rows(links))),
        ('report.html', lambda: page.page(document)),
        *((FORMATS[f].file, partial(FORMATS[f].render, document)) for f in formats),
        ('report.json', lambda: dump(document)),
    ]
    unwritten = []
    for name, text in texts:
        try:
            replace_file(outdir / name, text())
        except OSError as error:
            unwritten.append(f'{name} ({error.strerror or error})')
    return unwritten


def sphinx_status(link: Judged) -> tuple[str, str]:
    """Return what Sphinx calls the state of a link, and its message."""
    verdict = link.verdict
    status, message = VERDICTS[verdict.kind].status, masked(verdict.message)
    if verdict.kind == 'suspect' and verdict.code:
        return 'redirected', message
    if link.known and verdict.kind in FAILURES:
        return 'ignored', f'accepted as dead: {message}'
    return status, message


def redirect_text(code: int) -> str:
    """Return what Sphinx calls a redirect with a status *code*."""
    return REDIRECT_TEXT.get(code, 'with unknown code')


def output_rows(links: Iterable[Judged]) -> Iterator[str]:
    """Yield the lines of ``output.json``."""
    for link in links:
        status, message = sphinx_status(link)
        if link.verdict.reason == 'misconfigured':
            # Sphinx says so of each link, where it can't read `tls_cacerts`.
            status = 'broken'
        row = {
            'filename': link.places[0].path,
            'lineno': link.places[0].line,
            'status': status,
            'code': link.verdict.code,
            'uri': masked(link.uri),
            'info': message,
        }
        yield f'{json.dumps(row)}\n'


def output_lines(links: Iterable[Judged]) -> Iterator[str]:
    """Yield the lines of ``output.txt``: what is broken, and what was redirected."""
    for link in links:
        status, message = sphinx_status(link)
        if status in {'timeout', 'broken'}:
            said = f'[{status}] {masked(link.uri)}: {message}'
        elif status == 'redirected':
            how = redirect_text(link.verdict.code)
            said = f'[redirected {how}] {masked(link.uri)} to {message}'
        else:
            continue
        place = link.places[0]
        yield f'{printable(place.path)}:{place.line}: {printable(said)}\n'


def dump(document: Document) -> str:
    """Return the document as JSON, a link in each line."""
    head = dict(document)
    links = ',\n'.join(json.dumps(link) for link in head.pop('links'))
    return f'{json.dumps(head).removesuffix("}")}, "links": [\n{links}\n]}}\n'
