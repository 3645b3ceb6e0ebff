"""Refers, from a page that is written, to pages, to places and to entries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.errors import NoUri
from sphinx.util.i18n import babel_format_date, format_date

from sphinx_talknotes import names
from sphinx_talknotes._compat import app_of
from sphinx_talknotes.nodes import added, reference_to
from sphinx_talknotes.records import owner_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from docutils.nodes import Element, Node
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_talknotes import records
    from sphinx_talknotes.domain import TalkDomain


#: The forms of days in English: Babel's are those of America.
_ENGLISH = {'full': 'EEEE, d MMMM y', 'long': 'd MMMM y'}


class References:
    """Makes the references of one page, *docname*, already resolved.

    Talks that share a title are told apart by their dates, but not those of *one_day*.
    """

    def __init__(
        self,
        env: BuildEnvironment,
        domain: TalkDomain,
        docname: str,
        *,
        one_day: bool = False,
    ) -> None:
        self.builder = app_of(env).builder
        self.language = env.config.language
        self.handle_url = env.config.talk_handle_url or ''
        self.package_url = env.config.talk_package_url or ''
        self.domain = domain
        self.docname = docname
        self.one_day = one_day

    @cached_property
    def dates(self) -> dict[str, str]:
        """The dates of the talks that share a title; in one week, the days of it."""
        dates = {} if self.one_day else self.domain.told_apart()
        days = self.days(dates.values())
        return {owner: days[date] for owner, date in dates.items()}

    def days(self, dates: Iterable[str], form: str = '%A') -> dict[str, str]:
        """Return the *dates*, each with what to call it.

        It is the day of the week ('%a' for short) if all are in one, else the date.
        """
        days = {
            date: datetime.fromisoformat(date).replace(tzinfo=UTC) for date in dates
        }
        if days and max(days.values()) - min(days.values()) > timedelta(days=6):
            return {date: date for date in days}
        return {
            date: format_date(form, date=day, language=self.language)
            for date, day in days.items()
        }

    def day(self, date: str) -> str:
        """Return a day, as in 2011-06-07, in words, with the day of the week."""
        return self.in_words(date, 'full')

    def in_words(self, date: str, form: str) -> str:
        """Return a day as the site's language has it, in a *form* of Babel's."""
        if self.language.startswith('en'):
            form = _ENGLISH.get(form, form)
        return babel_format_date(datetime.fromisoformat(date), form, self.language)

    def page(self, owner: str) -> Node:
        """Return a reference to a page or talk, by its name."""
        docname, section = self.domain.split_owner(owner)
        talk = self.domain.talk(owner) if section else None
        place = talk.anchor if talk else ''
        return self.reference(docname, place, self.title(owner))

    def place(self, record: records.Package | records.Mention | records.Todo) -> Node:
        """Return a reference to the place of a record."""
        title = self.title(owner_of(record))
        return self.reference(record.docname, record.anchor, title)

    def title(self, owner: str) -> nodes.inline | nodes.Text:
        """Return the title of a page or talk, with the date of one that shares it."""
        text = nodes.Text(self.domain.title(owner))
        if owner not in self.dates:
            # There are thousands, and each node costs in each walk.
            return text
        return nodes.inline(
            '', '', text, nodes.Text(' '), added(nodes.Text(self.dates[owner]))
        )

    def package(self, name: str) -> Node:
        """Return a package's name, as a link if there is an entry of it."""
        label = nodes.inline('', name)
        entry = self.domain.find_entry('package', name)
        if entry is None or names.key(name) not in self.domain.packages():
            return label
        return self.reference(*entry, label)

    def link(self, name: str, text: nodes.inline) -> Node:
        """Return *text* as a reference to the entry of a package, by its *name*."""
        entry = self.domain.find_entry('package', name)
        if entry is None:  # Another project may have one (intersphinx).
            attributes = reference_to(self.docname, 'package', name)
            return addnodes.pending_xref('', text, **attributes)
        return self.reference(*entry, text)

    def written(
        self, kind: str, entries: Sequence[Any], filters: Mapping[str, str]
    ) -> list[Node] | None:
        """Return what another extension writes for a list of its own *kind*, if any."""
        written: list[Node] | None = self.domain.env.events.emit_firstresult(
            'talk-list-written', kind, entries, filters, self
        )
        return written

    def picture(self, svg: str) -> list[Node]:
        """Return a picture, if there is one, for a page that says the same in words.

        EPUB wants a page with a picture in it declared as one; it has the words.
        """
        if not svg or self.builder.format != 'html' or self.builder.name == 'epub':
            return []
        return [nodes.raw('', svg, format='html')]

    def reference(self, docname: str, anchor: str, label: Node) -> Node:
        """Return *label* as a reference, or alone where the builder has no links."""
        try:
            return self.domain.reference(
                self.builder, self.docname, docname, anchor, label
            )
        except NoUri:
            return label


def lead_out(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, contnode: Element
) -> Element | None:
    """Link to the profile of a handle that has no entry (for ``missing-reference``).

    There is none without a list of speakers, and no other project has one.
    """
    if (node.get('refdomain'), node['reftype']) != ('talk', 'handle'):
        return None
    url = names.profile(node['reftarget'], env.config.talk_handle_url or '')
    return (
        nodes.reference('', '', contnode, refuri=url, internal=False) if url else None
    )
