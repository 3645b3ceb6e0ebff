"""What an author writes to do: a box, or a task list of several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes

from sphinx_talknotes.dates import parse_date
from sphinx_talknotes.messages import warn
from sphinx_talknotes.nodes import done_title, find, talk_todo, todo_text, words
from sphinx_talknotes.options import Options, TalkDirective
from sphinx_talknotes.places import new_anchor
from sphinx_talknotes.records import DONE
from sphinx_talknotes.shown import is_condition
from sphinx_talknotes.translate import _, __

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docutils.nodes import Node
    from sphinx.util.typing import OptionSpec

#: How an item of a task list begins, where nothing has made a check box of that.
_TASK = re.compile(r'(?:\[([ xX])\]|([\u2610-\u2612\u2705\u2713\u2714]))\s+')
#: What was meant for that.
_NO_TASK = re.compile(
    r'\[(?:[^\w\]]?\](?:\s|$)|[xX ]\]\w|\s+[xX]?\s*\](?:\s|$)|[xX]\s+\](?:\s|$))'
)
_OPEN = {' ', '\N{BALLOT BOX}'}
#: What says nothing to a reader.
_UNSEEN = (nodes.Invisible, nodes.system_message)
_LISTS = (nodes.bullet_list, nodes.enumerated_list)


class Todo(TalkDirective):
    """A to-do: a box.  Each item of a task list in it is a to-do of its own.

    So is each item of a task list within another, or of a numbered one.
    """

    takes_content = True
    option_spec: ClassVar[OptionSpec] = Options('done')

    def make(self) -> list[Node]:
        date, remark, wrong = self.read_done()
        content: list[Node] = []
        if self.arguments:
            text, messages = self.inline(self.arguments[0])
            paragraph = nodes.paragraph(self.arguments[0], '', *text)
            self.set_source_info(paragraph)
            content += [paragraph, *messages]
        if self.content:
            content += self.parse_content_to_nodes()
        if any(map(_has_tasks, content)):
            shown = [*self.tasks(content, date, remark), *wrong]
        elif _is_plain_list(content):
            # A list below a text says more of the one to-do.
            shown = []
            for node in content:
                is_list = isinstance(node, nodes.bullet_list)
                for item in node.children if is_list else ():
                    shown += self.box(date, remark, item.children, item)
                shown += [] if is_list else [node]
            shown += wrong
        elif _are_conditions(content):
            # Where the builder shows none of it, there is no to-do.
            for node in content:
                if isinstance(node, nodes.Element) and is_condition(node):
                    node[:] = self.box(date, remark, node.children, node)
            shown = [*content, *wrong]
        else:
            if not todo_text(content):
                self.warn('empty-todo', __('an empty to-do'))
            if content and _is_task(content[0]):
                date = (date or DONE) if _take_mark(content[0]) else ''
            shown = self.box(date, remark, [*content, *wrong])
        for line in (n for node in shown for n in find(node, nodes.paragraph)):
            if _is_task(line):
                message = __(
                    'this is in no task list, so whether it is done is not read: %s'
                )
                warn('done', message, words([line]), location=line)
            elif _NO_TASK.match(line.astext()):
                message = __('the mark of a task is "[ ]" or "[x]", and a space: %s')
                warn('done', message, words([line]), location=line)
        return shown

    def tasks(self, content: Sequence[Node], date: str, remark: str) -> list[Node]:
        """Return *content* with a box for each item of the task lists in it."""
        shown: list[Node] = []
        for node in content:
            if isinstance(node, nodes.block_quote) and _has_tasks(node):
                shown += self.tasks(node.children, date, remark)  # those indented
            elif not (isinstance(node, nodes.bullet_list) or _has_tasks(node)):
                shown.append(node)
            else:
                for item in node.children:
                    shown += self.task(item, date, remark)
        return shown

    def task(self, item: Node, date: str, remark: str) -> list[Node]:
        """Return the box of an item, and behind it those of the task lists in it."""
        inner = [child for child in item.children if _has_tasks(child)]
        own = [child for child in item.children if child not in inner]
        is_done = bool(own) and _take_mark(own[0])
        when = (date or DONE, remark) if is_done else ('', '')
        shown = self.box(*when, own, item) if todo_text(own) else own
        return [*shown, *self.tasks(inner, date, remark)]

    def read_done(self) -> tuple[str, str, list[Node]]:
        """Return date and remark of ``:done:``, and what to show if it has no date."""
        if 'done' not in self.options:
            return '', '', []
        date, _space, remark = self.plain('done').partition(' ')
        try:
            return parse_date(date), remark, []
        except ValueError:
            message = __('no date such as 2011-06-07: %r')
            self.warn('done', message, date, option='done')
            # Nothing that was written is lost, however wrong it is.
            written = self.words('done')
            return '', '', [nodes.paragraph('', written)] if written else []

    def box(
        self,
        done: str,
        remark: str,
        content: Sequence[Node],
        of: Node | None = None,
    ) -> list[Node]:
        """Return the box of one to-do, perhaps *of* an item."""
        todo = talk_todo(
            '', classes=['todo', 'done' if done else 'open'], done=done, remark=remark
        )
        self.set_source_info(todo)
        if of is not None:
            place = next(iter(of.children), of)
            todo.source, todo.line = place.source, place.line
        self.set_common_options(todo)
        self.options.pop('name', None)  # of several boxes the first has it
        title = done_title(done, remark) if done else _('To do')
        todo += nodes.title('', title, classes=['added'], translatable=False)
        todo += content
        return [nodes.target('', '', ids=[new_anchor(self.env, 'todo')]), todo]


def _has_tasks(node: Node) -> bool:
    """Whether *node* is a task list, or has one within."""
    if isinstance(node, nodes.block_quote):
        return any(map(_has_tasks, node.children))
    if not isinstance(node, _LISTS):
        return False
    return any(
        (item.children and _is_task(item.children[0]))
        or any(map(_has_tasks, item.children))
        for item in node.children
    )


def _is_plain_list(content: Sequence[Node]) -> bool:
    """Whether there is nothing but bullets in *content*."""
    seen = [node for node in content if not isinstance(node, _UNSEEN)]
    return bool(seen) and all(isinstance(node, nodes.bullet_list) for node in seen)


def _are_conditions(content: Sequence[Node]) -> bool:
    """Whether all *content* stands in ``only`` or ``ifconfig``."""
    seen = [node for node in content if not isinstance(node, _UNSEEN)]
    return bool(seen) and all(
        isinstance(node, nodes.Element) and is_condition(node) for node in seen
    )


def _is_task(line: Node) -> bool:
    """Whether a line begins with the mark of a task."""
    return isinstance(line, nodes.paragraph) and _is_done(line) is not None


def _take_mark(line: Node) -> bool:
    """Take the mark out of a line, and return whether it says that it is done."""
    is_done = _is_done(line) if isinstance(line, nodes.paragraph) else None
    if not isinstance(line, nodes.paragraph) or is_done is None:
        return False
    mark = next(child for child in line.children if child.astext())
    line.remove(mark)
    # From this translators have the text.
    line.rawsource = _TASK.sub('', line.rawsource.lstrip(), count=1)
    first = line.children[0] if line.children else None
    if isinstance(mark, nodes.Text):
        line.insert(0, nodes.Text(_TASK.sub('', str(mark), count=1)))
    elif isinstance(first, nodes.Text):
        line.replace(first, nodes.Text(first.lstrip()))
    return is_done


def _is_done(line: nodes.paragraph) -> bool | None:
    """Whether the mark that a *line* begins with says so; None if it has none."""
    mark = next((child for child in line.children if child.astext()), None)
    if isinstance(mark, nodes.raw):  # of MyST's extension for them
        text = mark.astext()
        return 'checked' in text if 'task-list-item-checkbox' in text else None
    match = _TASK.match(str(mark)) if isinstance(mark, nodes.Text) else None
    return (match[1] or match[2]) not in _OPEN if match else None
