"""What all directives share: common options, and warnings about unknown ones."""

from __future__ import annotations

import re
from difflib import get_close_matches
from itertools import takewhile
from textwrap import dedent
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.parsers.rst.states import RSTState
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from sphinx_talknotes import yaml_text
from sphinx_talknotes.messages import has_markup, warn
from sphinx_talknotes.translate import __

if TYPE_CHECKING:
    from collections.abc import Callable

    from docutils.nodes import Element, Node, system_message
    from sphinx.util.typing import OptionSpec

    from sphinx_talknotes.messages import Subtype

#: The options that every directive takes, as those of docutils do.
COMMON = ('class', 'name')

#: How MyST knows a line of options, from one that is a fence of colons.
_OPTION = re.compile(r'\s*:(?!::)')
#: What is an option where options stand.
_LATE = re.compile(r':([\w-]+):(?:\s|$)')
#: What looks like one in a text; a role is none.
_IN_TEXT = re.compile(r'(?P<colon>:?)\s*(?P<name>[\w-]+)\s*:(?!`)\s*(?P<value>.*)')
#: How a list begins.
_BULLET = re.compile(r'(?:[-*+\u2022]|\d+[.)])\s')


class Options(dict[str, 'Callable[[str], object]']):
    """The names of a directive's options; no other makes docutils refuse it.

    For one unknown option, or one invalid value, docutils drops the directive with all
    that stands in it.  So every option is taken, as text, and
    `TalkDirective` warns of those that aren't here.
    """

    def __init__(self, *names: str) -> None:
        super().__init__(dict.fromkeys((*names, *COMMON), directives.unchanged))

    def __missing__(self, name: str) -> Callable[[str], object]:
        return directives.unchanged


class TalkDirective(SphinxDirective):
    """A directive that warns of what it can't use, and loses none of it."""

    #: Whether an argument means something, and content.
    takes_argument: ClassVar[bool] = True
    takes_content: ClassVar[bool] = False

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[OptionSpec] = Options()

    def run(self) -> list[Node]:
        if not isinstance(self.state, RSTState):
            self._read_markdown()  # type: ignore[unreachable]  # that of MyST
        else:
            self._read_options_in_text()
            if self.takes_content:
                self._read_list()
        for option, value in self.options.items():
            if option not in self.option_spec:
                self.warn_of_unknown(option, ' '.join((value or '').split()))
        if self.takes_content:
            self._tell_late_option()
        shown = self.make()
        rest: list[Node] = []
        if self.argument and not self.takes_argument:
            message = __('%s takes no argument: %s')
            self.warn('option', message, self.short_name, self.argument)
            text, messages = self.inline(self.argument)
            rest += [nodes.paragraph(self.argument, '', *text), *messages]
        if self.content and not self.takes_content:
            message = __('%s takes no content; it is shown below')
            self.warn('option', message, self.short_name)
            rest += self.parse_content_to_nodes()
        return [*shown, *rest]

    def make(self) -> list[Node]:
        """Return the nodes of the directive, from what is right in it."""
        raise NotImplementedError

    @property
    def short_name(self) -> str:
        """The name of the directive without that of the domain."""
        return self.name.rpartition(':')[2]

    @property
    def argument(self) -> str:
        """The argument in one line, '' for none."""
        return ' '.join(self.arguments[0].split()) if self.arguments else ''

    def words(self, option: str) -> str:
        """Return the value of an option in one line, '' where it isn't given."""
        return ' '.join((self.options.get(option) or '').split())

    def plain(self, option: str) -> str:
        """Return the same, and warn of markup: it would be shown as it is written."""
        text = self.words(option)
        # A title may have asterisks of its own.
        if has_markup(text.replace('*', '') if option == 'title' else text):
            message = __(':%s: is plain text; its markup is shown as it is written: %s')
            self.warn('markup', message, option, text, option=option)
        return text

    def inline(self, text: str) -> tuple[list[Node], list[system_message]]:
        """Return *text* of an argument or option as inline nodes, with complaints."""
        return self.parse_inline(text, lineno=self.lineno)

    def warn(
        self, subtype: Subtype, message: str, *args: object, option: str = ''
    ) -> None:
        """Warn of a mistake in this directive, on the line of an *option* of it."""
        location = self.get_location()
        source, line = self.get_source_info()
        if option and line is not None:
            location = f'{source}:{line + self._offset(option)}'
        warn(subtype, message, *args, location=location)

    def _offset(self, option: str) -> int:
        """Return how many lines behind the first one of the directive an option is."""
        lines = self.block_text.splitlines()
        # The text begins with the directive's first line, but not in older MyST.
        first = int(not lines or self.short_name not in lines[0])
        marker = re.compile(rf'\W*{re.escape(option)}\W*:', re.IGNORECASE)
        found = (n for n, text in enumerate(lines, first) if n and marker.match(text))
        return next(found, 0)

    def _read_options_in_text(self) -> None:
        """Read the options that docutils takes for text.

        In those a space lacks behind the colon, or is another one than on the keyboard.
        """
        kept: list[str] = []
        for line in self.arguments[0].splitlines() if self.arguments else ():
            match = _IN_TEXT.fullmatch(line)
            name = match['name'] if match else ''
            is_known = name in self.option_spec and name not in self.options
            if match and match['colon'] and is_known:
                self.options[name] = match['value']
                continue
            if kept and name in self.option_spec.keys() - COMMON:
                message = __('no option, but text, for it has no colon before it: %s')
                self.warn('option', message, line)
            kept.append(line)
        self.arguments = ['\n'.join(kept)] if kept else []

    def _read_list(self) -> None:
        """Read a list right below the directive as content: docutils doesn't."""
        text = self.arguments[0] if self.arguments else ''
        first_line = self.block_text.partition('\n')[0]
        if not _BULLET.match(text) or not first_line.endswith('::'):
            return
        lines = text.splitlines()
        source, line = self.get_source_info()
        items = [(source or '', (line or 0) + n) for n in range(len(lines) + 1)]
        self.content = StringList([*lines, ''], items=items) + self.content
        self.content_offset = self.lineno
        self.arguments = []

    def _tell_late_option(self) -> None:
        """Warn of an option that has become content, for an empty line is above it."""
        first = next(filter(str.strip, self.content), '')
        match = _LATE.match(first)
        if match and match[1] in self.option_spec:
            message = __('no option, but text, for an empty line is above it: %s')
            self.warn('option', message, first.strip())

    def _read_markdown(self) -> None:
        """Read the options as they are written.

        MyST keeps none if one is no YAML (``:handle: @ada``), of one that is given
        twice the last alone, and of a list what it looks like.
        """
        found: dict[str, str] = {}
        lines, is_yaml = self._markdown_options()
        for option, value, _line in yaml_text.of_lines(lines, comments=is_yaml):
            if found.setdefault(option, value) != value:
                message = __(':%s: is given twice; this one is left out: %s')
                self.warn('option', message, option, found[option], option=option)
            found[option] = value
        self.options = {**self.options, **found}

    def _markdown_options(self) -> tuple[list[str], bool]:
        """Return the lines of the options, and whether they are a block of YAML."""
        lines = self.block_text.splitlines()
        if lines and self.short_name in lines[0]:  # not in older MyST
            del lines[0]
        if lines and lines[0].startswith('---'):
            block = takewhile(lambda line: not line.startswith('---'), lines[1:])
            return dedent('\n'.join(block)).splitlines(), True
        marked = takewhile(_OPTION.match, lines)
        return [line.lstrip()[1:] for line in marked], False

    def warn_of_unknown(self, option: str, value: str) -> None:
        """Warn of an option that the directive doesn't have, with all it says."""
        written = f':{option}: {value}'.rstrip()
        known = sorted(self.option_spec)
        close = get_close_matches(option.lower(), known, 1)
        if close:
            message = __('unknown option "%s"; did you mean :%s:?')
            self.warn('option', message, written, close[0], option=option)
        else:
            message = __('unknown option "%s" (%s has %s)')
            names = ', '.join(f':{name}:' for name in known)
            self.warn('option', message, written, self.short_name, names, option=option)

    def set_common_options(self, node: Element) -> None:
        """Give *node* the classes and the name that the author wants for it."""
        if classes := self.words('class'):
            try:
                node['classes'] += directives.class_option(classes)
            except ValueError:
                message = __(':class: %r is not a valid class name')
                self.warn('option', message, classes, option='class')
        if name := self.words('name'):
            # Not `add_name` of docutils: it drops an attribute "name" of the node.
            node['names'].append(nodes.fully_normalize_name(name))
            self.state.document.note_explicit_target(node, node)
