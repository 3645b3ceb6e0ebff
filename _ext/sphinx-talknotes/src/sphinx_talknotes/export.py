"""Writes all that the pages say as one JSON document, ``notes.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util.osutil import copyfile

from sphinx_talknotes import records
from sphinx_talknotes.content import reads
from sphinx_talknotes.fields import SEVERAL
from sphinx_talknotes.notes_file import VERSION

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes.domain import TalkDomain

#: Published beside the document, which names it in ``$schema``.
SCHEMA = Path(__file__).with_name('notes.schema.json')

#: The builders that it is written by.
PUBLISHED = {'html', 'dirhtml', 'singlehtml'}


def write_notes(app: Sphinx, exception: Exception | None) -> None:
    """Write ``notes.json`` and its schema beside the HTML (for ``build-finished``)."""
    if exception is None and app.builder.name in PUBLISHED:
        text = json.dumps(notes(app), ensure_ascii=False, indent=1)
        (app.outdir / 'notes.json').write_text(f'{text}\n', encoding='utf-8')
        copyfile(SCHEMA, app.outdir / SCHEMA.name, force=True)


def notes(app: Sphinx) -> dict[str, Any]:
    """Return the document: the talks in reading order, then pages that are none."""
    domain: TalkDomain = app.env.domains['talk']  # type: ignore[assignment]  # it is ours
    pages = list(filter(domain.says_anything, domain.reading_order()))
    talks = [_page(app, domain, page) for page in pages if domain.talk(page)]
    others = [_page(app, domain, page) for page in pages if not domain.talk(page)]
    return {
        '$schema': SCHEMA.name,
        'version': VERSION,
        'project': app.config.project,
        'talks': talks,
        'other_pages': [page for page in others if _holds_notes(page)],
    }


def _holds_notes(page: dict[str, Any]) -> bool:
    """Whether a page has more than lists collected from others."""
    return any(page[part] for part in ('speakers', 'packages', 'mentions', 'todos'))


def _page(app: Sphinx, domain: TalkDomain, owner: str) -> dict[str, Any]:
    """Return what a page or talk says, by its name."""
    docname, section = domain.split_owner(owner)
    talk = domain.talk(owner)
    place = talk.anchor if talk and section else ''
    page: dict[str, Any] = {
        'docname': docname,
        'page': _address(app.builder, docname, place),
        'title': domain.title(owner),
    }
    if section:
        page['section'] = section
    if talk and talk.date:
        page['date'] = talk.date
    if talk and talk.seed:
        page['seed'] = talk.seed
    for name, value in talk.fields if talk else ():
        page[name] = _field(name, value)
    page['speakers'] = [_speaker(s) for s in domain.speakers([owner])]
    page['packages'] = [
        _package(p) | _known(domain, p.name) for p in domain.noted('packages', [owner])
    ]
    page['mentions'] = [
        _mention(m) | (_known(domain, m.target) if m.kind == 'package' else {})
        for m in domain.noted('mentions', [owner])
    ]
    page['todos'] = [_todo(app.env, t) for t in domain.noted('todos', [owner])]
    page['links'] = [
        {'url': link.url, 'text': link.text} for link in domain.noted('links', [owner])
    ]
    return page


def _field(name: str, value: str) -> str | list[str]:
    if name == 'tags':
        return list(records.split_tags(value))
    return value.splitlines() if name in SEVERAL else value


def _address(builder: Builder, docname: str, place: str) -> str:
    """Return the address of a place on a page, '' for the page as a whole."""
    page = builder.get_target_uri(docname)
    # In singlehtml a page has a fragment for an address.
    return f'{page.partition("#")[0]}#{place}' if place else page


def _speaker(speaker: records.Speaker) -> dict[str, Any]:
    added = _given(name=speaker.added_name, title=speaker.added_title)
    if added:
        added['sources'] = list(speaker.sources)
    return _given(
        name=speaker.name,
        handles=list(speaker.handles),
        urls=list(speaker.urls),
        role=speaker.role,
        affiliation=speaker.affiliation,
        id=speaker.id,
        spellings=list(speaker.spellings),
        added=added,
    )


def _package(package: records.Package) -> dict[str, Any]:
    return _given(
        name=package.name,
        summary=package.summary,
        list=package.list_title,
        verdict=package.verdict,
        anchor=package.anchor,
    ) | {'links': list(package.links)}


def _mention(mention: records.Mention) -> dict[str, Any]:
    return _given(
        kind=mention.kind,
        target=mention.target,
        anchor=mention.anchor,
    ) | {'links': list(mention.links)}


def _known(domain: TalkDomain, package: str) -> dict[str, Any]:
    """Return what is known of a package, apart from what the notes say."""
    annotation = domain.annotation(package)
    return annotation.data() if annotation else {}


def _todo(env: BuildEnvironment, todo: records.Todo) -> dict[str, Any]:
    return _given(
        text=reads(env, todo.docname, todo.content) if todo.content else todo.text,
        anchor=todo.anchor,
        done=True if todo.done == records.DONE else todo.done,
        remark=todo.remark,
    )


def _given(**values: Any) -> dict[str, Any]:
    """Return the *values* that there are."""
    return {name: value for name, value in values.items() if value}
