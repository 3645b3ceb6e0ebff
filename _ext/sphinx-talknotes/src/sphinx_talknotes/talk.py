"""The directive that makes a page a talk, and says what its programme says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from docutils import nodes

from sphinx_talknotes.fields import FIELDS, check, fields_node
from sphinx_talknotes.options import Options, TalkDirective

if TYPE_CHECKING:
    from docutils.nodes import Node
    from sphinx.util.typing import OptionSpec

    from sphinx_talknotes.messages import Subtype


class Talk(TalkDirective):
    """What is known of a talk besides the notes: the section or page it is in."""

    takes_argument = False
    option_spec: ClassVar[OptionSpec] = Options(*FIELDS)

    def make(self) -> list[Node]:
        given = {name: value or '' for name, value in self.options.items()}
        place = fields_node(given, check(given, self.warn_of_field))
        for node in (place, *place.children):
            self.set_source_info(node)
        self.set_common_options(place)
        if 'added' in place['classes']:
            # What isn't the notes' stands in brackets.
            for shown in place.findall(nodes.paragraph):
                shown.insert(0, nodes.Text('['))
                shown.append(nodes.Text(']'))
        return [place]

    def warn_of_field(
        self, subtype: Subtype, message: str, *args: object, field: str
    ) -> None:
        """Warn of a mistake in a field."""
        self.warn(subtype, message, *args, option=field)
