"""Knows which pages have to be written again, for what they show of other pages."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sphinx_talknotes import names, records
from sphinx_talknotes.content import depends, show
from sphinx_talknotes.select import Summary, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set
    from pathlib import Path

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes.annotations import Annotation
    from sphinx_talknotes.domain import TalkDomain


class Freshness:
    """Knows what the pages in the output were made from.

    A page that collects shows what other pages say; Sphinx writes it again only if it
    is named on ``env-get-updated``.  What was shown is kept beside the doctrees, a file
    for each builder and output folder, once all is written: after another builder's
    run, one for some files only, or one that was interrupted, no page is left outdated.
    """

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.resolved: set[str] = set()

    def outdated(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages of which the collected content has changed.

        For ``env-get-updated``.
        """
        try:
            self.now = digests(env.domains['talk'])  # type: ignore[arg-type]  # it is ours
        except NotImplementedError:
            # This builder writes no pages that links could lead to: changes, coverage.
            self.now = {}
        try:
            self.before = dict(json.loads(self._path(app).read_text(encoding='utf-8')))
        except (OSError, ValueError, TypeError):
            self.before = {}
        return [page for page in self.now if not self._is_as_before(page)]

    def note(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """Note that a page is about to be written (``doctree-resolved``)."""
        self.resolved.add(docname)

    def save(self, app: Sphinx, exception: Exception | None) -> None:
        """Remember what was shown (``build-finished``)."""
        if exception is None:
            shown = {
                page: digest
                for page, digest in self.now.items()
                if page in self.resolved or self._is_as_before(page)
            }
            self._path(app).write_text(json.dumps(shown, indent=0), encoding='utf-8')

    def _is_as_before(self, page: str) -> bool:
        return self.before.get(page) == self.now[page]

    def _path(self, app: Sphinx) -> Path:
        folder = hashlib.blake2b(bytes(app.outdir), digest_size=4).hexdigest()
        return app.doctreedir / f'sphinx-talknotes-{app.builder.name}-{folder}.json'


def digests(domain: TalkDomain) -> dict[str, str]:
    """Return docname -> digest of all that a page shows of other pages."""
    homes = domain.home('speaker'), domain.home('package')
    talking = [
        owner
        for docname in domain.env.found_docs
        for owner in domain.owners(docname)
        if domain.says_anything(owner)
    ]
    shown: dict[str, list[object]] = {
        domain.split_owner(owner)[0]: [homes] for owner in talking
    }
    if domain.annotations:
        for docname, marks in _marks(domain).items():
            shown.setdefault(docname, []).append(marks)
    for docname, talks in domain.data['uses'].items():
        found = (domain.find_talk(docname, talk) for talk in talks)
        used = [talk and (talk.owner, talk.title) for talk in found]
        shown.setdefault(docname, []).append(used)
    for docname, targets in domain.data['targets'].items():
        found_any = [domain.find_any(target) for target in targets]
        shown.setdefault(docname, []).append(found_any)
    for owner, around in domain.neighbours().items():
        titles_around = [(near, near and domain.title(near)) for near in around]
        shown[domain.split_owner(owner)[0]].append(titles_around)
    if domain.data['lists']:
        order = domain.reading_order()
        all_titles = [(owner, domain.title(owner)) for owner in sorted(talking)]
        titles = _digest([*all_titles, *sorted(domain.told_apart().items())])
        named = domain.packages() if domain.annotations else set()
        for docname, lists in domain.data['lists'].items():
            for wanted in lists:
                filters = dict(wanted.filters)
                entries = select(domain, docname, wanted.kind, filters, order)
                facts = shown.setdefault(docname, [])
                facts.append((entries, homes))
                if wanted.kind == 'todo':
                    facts.append([_shown(domain, todo) for todo in entries])
                if wanted.kind != 'summary':  # which names no other page
                    facts.append(titles)
                if domain.annotations:
                    known = [domain.annotation(key) for key in _keys(entries)]
                    facts.append((known, _linked(known, named)))
    return {docname: _digest(facts) for docname, facts in shown.items()}


def _marks(domain: TalkDomain) -> dict[str, list[object]]:
    """Return docname -> the marks of the packages that the page names."""
    named = domain.packages()
    found: dict[str, list[object]] = {}
    for part in ('packages', 'mentions'):
        for docname, noted in domain.data[part].items():
            known = [
                domain.annotation(record.name if part == 'packages' else record.target)
                for record in noted
            ]
            marks = [annotation and annotation.marked for annotation in known]
            found.setdefault(docname, []).append((marks, _linked(known, named)))
    return found


def _digest(facts: object) -> str:
    return hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()


def _shown(domain: TalkDomain, todo: records.Todo) -> list[str]:
    """Return what is shown of a to-do, if that depends on more than its page."""
    if not depends(todo.content):
        return []
    # With its links: they may lead elsewhere, and read the same.
    content = show(domain.env, todo.docname, todo.content, todo.docname)
    return [node.pformat() for node in content]


def _keys(entries: Iterable[Any]) -> Iterator[str]:
    """Yield the keys of the packages of which a list says what else is known."""
    for entry in entries:
        if isinstance(entry, records.PackageEntry):
            yield entry.key
        elif isinstance(entry, Summary):
            yield from (one.key for _verdict, named in entry.packages for one in named)


def _linked(known: Iterable[Annotation | None], named: Set[str]) -> list[str]:
    """Return which of the names in what is *known* are packages that the notes name."""
    shown = {name for annotation in known if annotation for name in annotation.packages}
    return sorted(name for name in shown if names.key(name) in named)
