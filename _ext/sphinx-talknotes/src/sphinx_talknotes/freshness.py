"""Knows which pages have to be written again, for what they show of other pages."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sphinx_talknotes import names
from sphinx_talknotes.content import depends, reads
from sphinx_talknotes.select import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Set
    from pathlib import Path

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes import records
    from sphinx_talknotes.domain import TalkDomain
    from sphinx_talknotes.fates import Fate


class Freshness:
    """Knows what the pages in the output were made from.

    A page that collects shows what other pages say; Sphinx writes it again only if it
    is named on ``env-updated``.  What was shown is kept beside the doctrees, a file for
    each builder and output folder, once all is written: neither another builder's run,
    nor one for some files only, nor one that was broken off leaves a page behind.
    """

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.resolved: set[str] = set()

    def outdated(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages whose collected content has changed (``env-updated``)."""
        self.now = digests(env.domains['talk'])  # type: ignore[arg-type]  # it is ours
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
    fates = domain.data['fates']
    shown: dict[str, list[object]] = {
        owner.partition('#')[0]: [homes] for owner in talking
    }
    if fates:
        for docname, marks in _marks(domain).items():
            shown.setdefault(docname, []).append(marks)
    for docname, talks in domain.data['uses'].items():
        found = (domain.find_talk(docname, talk) for talk in talks)
        used = [talk and (talk.owner, talk.title) for talk in found]
        shown.setdefault(docname, []).append(used)
    if domain.data['lists']:
        order = domain.reading_order()
        all_titles = [(owner, domain.title(owner)) for owner in sorted(talking)]
        titles = _digest([*all_titles, *sorted(domain.told_apart().items())])
        named = domain.packages() if fates else set()
        for docname, lists in domain.data['lists'].items():
            for wanted in lists:
                filters = dict(wanted.filters)
                entries = select(domain, docname, wanted.kind, filters, order)
                facts = shown.setdefault(docname, [])
                facts.append((entries, homes))
                if wanted.kind == 'todo':
                    facts.append([_reads(domain, todo) for todo in entries])
                if wanted.kind != 'summary':  # which names no other page
                    facts.append(titles)
                if fates:
                    became = [domain.fate(key) for key in _keys(wanted.kind, entries)]
                    facts.append((became, _linked(became, named)))
    return {docname: _digest(facts) for docname, facts in shown.items()}


def _marks(domain: TalkDomain) -> dict[str, list[object]]:
    """Return docname -> what became of the packages that the page names."""
    named = domain.packages()
    found: dict[str, list[object]] = {}
    for part in ('packages', 'mentions'):
        for docname, records in domain.data[part].items():
            fates = [
                domain.fate(record.name if part == 'packages' else record.target)
                for record in records
            ]
            marks = [fate and (fate.fate, fate.successor) for fate in fates]
            found.setdefault(docname, []).append((marks, _linked(fates, named)))
    return found


def _digest(facts: object) -> str:
    return hashlib.blake2b(repr(facts).encode(), digest_size=8).hexdigest()


def _reads(domain: TalkDomain, todo: records.Todo) -> str:
    """Return how a to-do reads, if that depends on more than its page."""
    if not depends(todo.content):
        return ''
    return reads(domain.env, todo.docname, todo.content)


def _keys(kind: str, entries: Iterable[Any]) -> list[str]:
    """Return the keys of the packages of which a list says what became of them."""
    if kind in {'package', 'fate'}:
        return [entry.key for entry in entries]
    if kind == 'summary':
        return [e.key for s in entries for _verdict, named in s.packages for e in named]
    return []


def _linked(fates: Iterable[Fate | None], named: Set[str]) -> list[str]:
    """Return which of the names in *fates* are packages that the notes name."""
    instead = {
        name for fate in fates if fate for name in (fate.successor, fate.part_of)
    }
    return sorted(name for name in instead if names.key(name) in named)
