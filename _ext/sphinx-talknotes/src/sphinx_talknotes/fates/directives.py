"""What an author writes to show what became of packages, and to choose them by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sphinx_talknotes.fates.file import FATES
from sphinx_talknotes.filters import FILTERS
from sphinx_talknotes.list_directives import PackageList, TalkList
from sphinx_talknotes.options import Options
from sphinx_talknotes.translate import __

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx.util.typing import OptionSpec

#: What a list of fates can show in place of numbers.
FATE_LISTS = ('bar', 'verdicts', 'successors', 'parts', 'timeline')


class Fates(TalkList):
    """What became of the packages, in numbers; or what took their place."""

    kind = 'fate'
    option_spec: ClassVar[OptionSpec] = Options(*FILTERS, 'show')

    def problem(self, option: str, value: str) -> str:
        if option == 'show' and value not in FATE_LISTS:
            return __('%r is none of %s') % (value, ', '.join(FATE_LISTS))
        return super().problem(option, value)


class PackageListByFate(PackageList):
    """A list of packages that can be of those alone that have a fate."""

    option_spec: ClassVar[OptionSpec] = Options(*PackageList.option_spec, 'fate')
    filter_names: ClassVar[Mapping[str, str]] = {'fate': 'state'}

    def problem(self, option: str, value: str) -> str:
        if option == 'fate' and value not in FATES:
            return __('unknown fate %r (known: %s)') % (value, ', '.join(FATES))
        return super().problem(option, value)
