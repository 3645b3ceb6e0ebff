"""Warns of directives and roles that a parser took for text, code or a comment."""

from __future__ import annotations

import re
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.nodes import traverse_parent

from sphinx_talknotes.messages import warn
from sphinx_talknotes.nodes import find, talk_packages
from sphinx_talknotes.translate import __

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docutils.nodes import Element
    from sphinx.environment import BuildEnvironment

#: How the lines begin that were meant for directives, in Markdown and in reST.
_FENCE = re.compile(
    r'^ *(?P<fence>:::|```|~~~)[:`~]* *\{(?P<name>[\w:.-]+)\}', re.MULTILINE
)
_DOTS = re.compile(r'^ *\.{1,3} *(?P<name>[\w:.-]*\w) ?::(?!:)', re.MULTILINE)
#: A comment that is a directive but for a colon, or for a space behind two.
_COMMENT = re.compile(r'(?P<name>(?:talk:)?[\w-]+):(?:(?=\s|$)|:+(?! |$)\S*)')
#: The language of code that was meant for a directive: "{todo}Try".
_LANGUAGE = re.compile(r'\{(?P<name>[\w:.-]+)\}')
#: What backticks hold if a fence ends in the line that it begins in.
_CODE = re.compile(r'`*\{(?P<name>[\w:.-]+)\}(?:\s|$)')
#: How a text ends that was meant for a role.
_ROLE = re.compile(r'(?:\{(?P<myst>[\w:.-]+)\}|(?<![\w:]):(?P<rest>[\w:.-]*\w):) ?$')
#: A role of reST that lacks a colon: before its text, or, at the end of a text, first.
_WITHOUT_COLON = re.compile(r'(?<![\w:]):(?P<name>[\w:.-]*\w)`(?P<text>[^`]+)`')
_WITHOUT_FIRST = re.compile(r'(?<![\w:])(?P<name>(?:talk:)?\w+):$')
#: A role with quotation marks in place of backticks.
_QUOTED = re.compile(
    r'(?<![\w:])(?:(?P<brace>\{)|:)(?P<name>[\w:.-]*\w)(?(brace)\}|:) ?'
    r'["\'\u2018-\u201f](?P<text>[^"\'\u2018-\u201f]+)["\'\u2018-\u201f]'
)
#: A role of Markdown, which reST reads nothing in.
_MYST_ROLE = re.compile(r'\{(?P<name>[\w:.-]+)\}`(?P<text>[^`]+)`')
#: A term and its definition.
_TERM = re.compile(r'\n: +\S')

#: The nodes that it is looked for in.
UNREAD = (
    nodes.paragraph,
    nodes.comment,
    nodes.field,
    nodes.literal_block,
    nodes.container,
)

_IN_REST = __('in reStructuredText write ".. %s::"')
_IN_MARKDOWN = __('in Markdown write "```{%s}"')


def is_rest(env: BuildEnvironment, docname: str) -> bool:
    """Whether a page is written in reST, not in Markdown."""
    path = str(env.doc2path(docname))
    parsers = env.config.source_suffix.items()
    parser = next((name for end, name in parsers if path.endswith(end)), '')
    return parser in {'restructuredtext', 'rest', 'rst'}


def how_to_write(env: BuildEnvironment, docname: str, name: str) -> str:
    """Return how a directive of the domain is written on a page."""
    full = name if env.config.primary_domain == 'talk' else f'talk:{name}'
    return (_IN_REST if is_rest(env, docname) else _IN_MARKDOWN) % full


class Unread:
    """Looks for them in what is left of a page.

    *directives* and *roles* are the names of those of the domain.
    """

    def __init__(
        self,
        env: BuildEnvironment,
        docname: str,
        directives: Iterable[str],
        roles: Iterable[str],
    ) -> None:
        self.directives = {
            full for name in directives for full in (name, f'talk:{name}')
        }
        self.roles = {full for name in roles for full in (name, f'talk:{name}')}
        self.extensions = getattr(env.config, 'myst_enable_extensions', ())
        self.is_rest = is_rest(env, docname)

    def look(self, node: Element) -> None:
        """Look at a node of one of those types."""
        if isinstance(node, (nodes.literal_block, nodes.container)):
            if not self.is_rest:
                self._tell_fence(node)
            return
        if isinstance(node, nodes.field):
            self._tell_field(node)
            return
        text = node.astext()
        if isinstance(node, nodes.comment):
            match = _COMMENT.match(text)
            if match and match['name'] in self.directives and self.is_rest:
                message = __(
                    '".. %s" is a comment: a directive has two colons, and behind them '
                    'an ordinary space'
                )
                place = _at(node, _line_of_comment(node, match[0]))
                warn('markup', message, match[0], location=place)
            return
        # Few paragraphs have any of it.
        if '::' in text or '{' in text:
            for match in (*_FENCE.finditer(text), *_DOTS.finditer(text)):
                self._tell_line(node, text, match)
            self._tell_code(node)
        patterns = [_MYST_ROLE, _WITHOUT_COLON] if self.is_rest and '`' in text else []
        patterns += [_QUOTED] if _QUOTED.search(text) else []
        for words in find(node, nodes.Text) if patterns else ():
            # What code shows of markup is meant for its readers.
            if not isinstance(words.parent, nodes.literal):
                for match in (m for p in patterns for m in p.finditer(words)):
                    self._tell_role(node, match[0], match['name'], match['text'])
        if not self.is_rest and _TERM.search(text):
            self._tell_term(node, text)
        for before, code in pairwise(node.children):
            if isinstance(before, nodes.Text) and isinstance(
                code, (nodes.literal, nodes.title_reference)
            ):
                match = _ROLE.search(str(before))
                if isinstance(code, nodes.title_reference) and not match:
                    match = _WITHOUT_FIRST.search(str(before))
                    if match:
                        name, said = match['name'], code.astext()
                        self._tell_role(node, f'{match[0]}`{said}`', name, said)
                elif match:
                    name, said = match['myst'] or match['rest'], code.astext()
                    quote = '``' if self.is_rest and code.tagname == 'literal' else '`'
                    written = f'{match[0]}{quote}{said}{quote}'
                    self._tell_role(node, written, name, said)

    def _tell_fence(self, node: Element) -> None:
        """Warn of a fence without braces around its first word: that is a language.

        So is what runs on behind the braces.
        """
        is_div = 'is_div' in node  # as MyST says of a fence of colons
        name = ' '.join(node['classes']) if is_div else node.get('language', '')
        match = _LANGUAGE.match(name)
        if name in self.directives or (match and match['name'] in self.directives):
            message = __('"%s" is no directive here: %s')
            how = __('put a space behind the braces') if match else _IN_MARKDOWN % name
            fence = ':::' if is_div else '```'
            warn('markup', message, f'{fence}{name}', how, location=node)

    def _tell_line(self, node: Element, text: str, match: re.Match[str]) -> None:
        """Warn of a line that begins as a directive does."""
        name = match['name']
        fence = match.groupdict().get('fence', '')
        if name not in self.directives or (
            fence == ':::' and not self.is_rest and 'colon_fence' in self.extensions
        ):
            return  # It is escaped there.
        if fence and self.is_rest:
            how = _IN_REST % name
        elif fence == ':::':
            how = __('MyST reads it with "colon_fence" in myst_enable_extensions')
        elif fence:
            how = __(
                'the first line of such a fence may have no backtick: write the text '
                'on lines of its own'
            )
        elif self.is_rest:
            how = __('a directive begins with ".. ", below an empty line')
        else:
            how = _IN_MARKDOWN % name
        place = _at(node, (node.line or 1) + text.count('\n', 0, match.start()))
        message = __('"%s" is no directive here, but text: %s')
        warn('markup', message, match[0].strip(), how, location=place)

    def _tell_code(self, node: Element) -> None:
        """Warn of a paragraph of code that was meant for a directive."""
        code = node.children[0] if node.children else None
        if not isinstance(code, nodes.literal):
            return
        text = code.astext()
        match = _CODE.match(text)
        # The name alone is what a sentence may begin with.
        is_more = match and (match.end() < len(text) or len(node.children) == 1)
        if match and is_more and match['name'] in self.directives:
            if self.is_rest:
                how = _IN_REST % match['name']
            else:
                how = __('what ends a directive stands on a line of its own')
            message = __('"%s" is no directive here, but code: %s')
            said = text.strip('`').splitlines()[0]
            warn('markup', message, said, how, location=node)

    def _tell_role(self, node: Element, written: str, name: str, text: str) -> None:
        """Warn of a role in the syntax of the other markup, or with a space in it."""
        if name in self.roles:
            right = f':{name}:`{text}`' if self.is_rest else f'{{{name}}}`{text}`'
            message = __('"%s" is no role here: write "%s"')
            warn('markup', message, ' '.join(written.split()), right, location=node)

    def _tell_field(self, node: nodes.field) -> None:
        """Warn of a role that a space makes a field: ``:package: `uv```."""
        name, body = node.children
        line = body.children[0].children if body.children else []
        is_code = line and isinstance(line[0], (nodes.literal, nodes.title_reference))
        # Beside other fields it is one.
        names = find(node.parent, nodes.field_name)
        is_alone = all(other.astext() in self.roles for other in names)
        if (is_code and is_alone) or any(traverse_parent(node, talk_packages)):
            said = line[0].astext() if is_code else body.astext()
            written = f':{name.astext()}: {f"`{said}`" if is_code else said}'
            self._tell_role(node, written, name.astext(), said)

    def _tell_term(self, node: Element, text: str) -> None:
        """Warn of what was meant for a definition list of packages."""
        if isinstance(node.parent, talk_packages):
            if 'deflist' in self.extensions:
                how = __('a term is one line, and an empty one stands above it')
            else:
                how = __(
                    'MyST reads definition lists with "deflist" in '
                    'myst_enable_extensions'
                )
            message = __('"%s" is no term here, but text: %s')
            warn('markup', message, text.partition('\n')[0], how, location=node)


def _at(node: Element, line: int) -> Element:
    """Return a place on a *line* of the file of a node."""
    place = nodes.paragraph()
    place.source, place.line = node.source, line
    return place


def _line_of_comment(node: nodes.comment, begins: str) -> int:
    """Return the line that a comment *begins* on: docutils knows one behind it."""
    line = node.line or 1
    try:
        with Path(node.source or '').open(encoding='utf-8') as file:
            lines = list(islice(file, line))
    except (OSError, ValueError):
        return line
    found = (n for n, text in enumerate(lines, 1) if f'.. {begins}' in text)
    return max(found, default=line)
