"""What an author writes to collect something: the directives of the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sphinx_talknotes import records
from sphinx_talknotes._compat import docname_of
from sphinx_talknotes.dates import parse_date
from sphinx_talknotes.filters import FILTERS
from sphinx_talknotes.nodes import talk_list
from sphinx_talknotes.options import COMMON, Options, TalkDirective
from sphinx_talknotes.translate import __

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docutils.nodes import Node
    from sphinx.util.typing import OptionSpec


class TalkList(TalkDirective):
    """A place where something is collected from all pages."""

    kind: ClassVar[str]
    takes_argument = False
    option_spec: ClassVar[OptionSpec] = Options(*FILTERS)
    #: What `select` calls the filter of an option, where that is another name.
    filter_names: ClassVar[Mapping[str, str]] = {}

    def make(self) -> list[Node]:
        filters = {}
        for option in self.options:
            if option in COMMON or option not in self.option_spec:
                continue
            if problem := self.problem(option, self.words(option)):
                self.warn('filter', ':%s: %s', option, problem, option=option)
            else:
                name = self.filter_names.get(option, option)
                filters[name] = self.words(option)
        if filters.get('from', '') > filters.get('to', '9999'):
            message = __(':to: %s is before :from: %s')
            first, last = filters['from'], filters['to']
            self.warn('filter', message, last, first, option='to')
        docname = docname_of(self.env)
        node = talk_list(
            '', docname=docname, kind=self.kind, filters=filters, home=False
        )
        self.set_source_info(node)
        self.set_common_options(node)
        return [node]

    def problem(self, option: str, value: str) -> str:
        """Return what is wrong with the *value* of a filter, '' for nothing."""
        if option in {'talk', 'under', 'tags'} and not any(records.split_tags(value)):
            return __('has no value')
        if option in {'date', 'from', 'to'}:
            try:
                parse_date(value)
            except ValueError:
                return __('no date such as 2011-06-07: %r') % value
        return ''


class Talks(TalkList):
    """The talks, in the order of the table of contents."""

    kind = 'talk'
    option_spec: ClassVar[OptionSpec] = Options(*FILTERS[1:])


class SpeakerList(TalkList):
    """The speakers, and whoever a handle names."""

    kind = 'speaker'
    option_spec: ClassVar[OptionSpec] = Options(*FILTERS, 'spoke')

    def problem(self, option: str, value: str) -> str:
        if option == 'spoke' and value.lower() not in {'', 'true', 'yes'}:
            return __('takes no value: %r') % value
        return super().problem(option, value)


class PackageList(TalkList):
    """The packages, each once, with every place that names it."""

    kind = 'package'
    option_spec: ClassVar[OptionSpec] = Options(*FILTERS, 'verdict')

    def problem(self, option: str, value: str) -> str:
        if option == 'verdict' and value not in records.VERDICTS:
            return __('unknown verdict %r (known: %s)') % (
                value,
                ', '.join(records.VERDICTS),
            )
        return super().problem(option, value)


class AtAGlance(TalkList):
    """How many talks, people, packages and to-dos there are, and what is named most."""

    kind = 'glance'


class TodoList(TalkList):
    """The to-dos, open ones first."""

    kind = 'todo'
    option_spec: ClassVar[OptionSpec] = Options(*FILTERS, 'state')

    def problem(self, option: str, value: str) -> str:
        if option == 'state' and value not in {'open', 'done'}:
            return __('%r is neither open nor done') % value
        return super().problem(option, value)
