"""The directive that makes a page a talk, and says what its programme says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.locale import _, __

from sphinx_talknotes.directives import (
    TalkDirective,
    external_link,
    is_url,
    parse_date,
)
from sphinx_talknotes.nodes import talk_fields

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.util.typing import OptionSpec

#: The fields that hold an address, with the words for it.
_LINKS = {
    'video': _('Video'),
    'slides': _('Slides'),
    'notes': _('Other notes'),
    'url': _('In the programme'),
}
#: The fields in the order they are shown in; an id is for programs.
FIELDS = ('date', 'time', 'room', 'track', 'language', *_LINKS, 'tags', 'id')
_TIME = re.compile(r'([01]?\d|2[0-3]):[0-5]\d', re.ASCII)


class Talk(TalkDirective):
    """What is known of a talk besides the notes.  The page it is on is a talk."""

    option_spec: ClassVar[OptionSpec] = dict.fromkeys(FIELDS, directives.unchanged)

    def run(self) -> list[Node]:
        fields: dict[str, str] = {}
        parts: list[list[Node]] = []
        for name in filter(self.words, FIELDS):
            text = self.words(name)
            if self.is_right(name, text):
                fields[name] = text
            if name == 'id':
                continue
            address, _space, label = text.partition(' ')
            if name in _LINKS and is_url(address):
                parts.append([external_link(address, label or str(_LINKS[name]))])
            else:
                # What is wrong is told, and shown as it was written.
                parts.append([nodes.Text(text)])
        place = talk_fields('', classes=['talk-fields'], fields=fields)
        self.set_source_info(place)
        if parts:
            # The names of rooms and tracks are the same in every language.
            shown = nodes.paragraph('', translatable=False)
            self.set_source_info(shown)
            for number, part in enumerate(parts):
                shown += [nodes.Text(', '), *part] if number else part
            place += shown
        return [place]

    def is_right(self, name: str, text: str) -> bool:
        """Whether a field can be as it is; warn if not."""
        if name == 'date':
            try:
                parse_date(text)
            except ValueError:
                self.warn('date', __(':date: no date such as 2011-06-07: %r'), text)
                return False
        elif name == 'time':
            if not _TIME.fullmatch(text):
                self.warn('date', __(':time: no time such as 09:30: %r'), text)
                return False
        elif name in _LINKS and not is_url(text.partition(' ')[0]):
            message = __(':%s: no web address such as https://example.org: %r')
            self.warn('talk', message, name, text)
            return False
        return True
