"""What an author writes to do: a box, or a task list of several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes

from sphinx_talknotes.directives import new_anchor, parse_date
from sphinx_talknotes.nodes import done_title, talk_todo, words
from sphinx_talknotes.options import Options, TalkDirective
from sphinx_talknotes.records import DONE
from sphinx_talknotes.translate import _, __

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docutils.nodes import Node
    from sphinx.util.typing import OptionSpec

#: How an item of a task list begins, where nothing has made a check box of that.
_TASK = re.compile(r'\[([ xX])\]\s+')


class Todo(TalkDirective):
    """A to-do: a box.  Each item of a task list in it is a to-do of its own."""

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
        parts = [(node, _tasks(node)) for node in content]
        if not any(tasks for _node, tasks in parts):
            if not words(content):
                self.warn('empty-todo', __('an empty to-do'))
            return self.box(date, remark, [*content, *wrong])
        shown: list[Node] = []
        for node, tasks in parts:
            shown += [] if tasks else [node]
            for is_done, item in tasks:
                when = (date or DONE, remark) if is_done else ('', '')
                shown += self.box(*when, item.children, item)
        return [*shown, *wrong]

    def read_done(self) -> tuple[str, str, list[Node]]:
        """Return date and remark of ``:done:``, and what to show if it has no date."""
        if 'done' not in self.options:
            return '', '', []
        date, _space, remark = self.words('done').partition(' ')
        try:
            return parse_date(date), remark, []
        except ValueError:
            self.warn('done', __('no date such as 2011-06-07: %r'), date)
            # Nothing that was written is lost, however wrong it is.
            written = self.words('done')
            return '', '', [nodes.paragraph('', written)] if written else []

    def box(
        self,
        done: str,
        remark: str,
        content: Sequence[Node],
        of: nodes.list_item | None = None,
    ) -> list[Node]:
        """Return the box of one to-do, perhaps *of* an item."""
        todo = talk_todo(
            '', classes=['todo', 'done' if done else 'open'], done=done, remark=remark
        )
        self.set_source_info(todo)
        if of is not None:
            todo.source, todo.line = of[0].source, of[0].line
        self.set_common_options(todo)
        self.options.pop('name', None)  # of several boxes the first has it
        title = done_title(done, remark) if done else _('To do')
        todo += nodes.title('', title, classes=['added'], translatable=False)
        todo += content
        return [nodes.target('', '', ids=[new_anchor(self.env, 'todo')]), todo]


def _tasks(node: Node) -> list[tuple[bool, nodes.list_item]]:
    """Return the items of a task list, each with whether it is done; else none."""
    if not isinstance(node, nodes.bullet_list):
        return []
    found: list[tuple[bool, nodes.list_item]] = []
    lines: list[nodes.paragraph] = []
    for item in node.children:
        line = item.children[0] if item.children else None
        is_done = _is_done(line) if isinstance(line, nodes.paragraph) else None
        if is_done is None:
            return []
        assert isinstance(item, nodes.list_item)
        assert isinstance(line, nodes.paragraph)
        found.append((is_done, item))
        lines.append(line)
    for line in lines:
        mark = next(child for child in line.children if child.astext())
        line.remove(mark)
        first = line.children[0] if line.children else None
        if isinstance(mark, nodes.Text):
            line.insert(0, nodes.Text(_TASK.sub('', str(mark), count=1)))
        elif isinstance(first, nodes.Text):
            line.replace(first, nodes.Text(first.lstrip()))
    return found


def _is_done(line: nodes.paragraph) -> bool | None:
    """Whether the mark that a *line* begins with says so; None if it has none."""
    mark = next((child for child in line.children if child.astext()), None)
    if isinstance(mark, nodes.raw):  # of MyST's extension for them
        text = mark.astext()
        return 'checked' in text if 'task-list-item-checkbox' in text else None
    match = _TASK.match(str(mark)) if isinstance(mark, nodes.Text) else None
    return match[1] != ' ' if match else None
