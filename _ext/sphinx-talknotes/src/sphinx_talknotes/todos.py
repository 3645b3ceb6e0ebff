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
#: What says nothing to a reader.
_UNSEEN = (nodes.Invisible, nodes.system_message)


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
        lists = [node for node in content if isinstance(node, nodes.bullet_list)]
        tasks = [_mark(item) for node in lists for item in node.children]
        has_marks = any(mark is not None for mark in tasks)
        # A list below a text says more of the one to-do.
        if (
            not has_marks
            and [n for n in content if not isinstance(n, _UNSEEN)] != lists
        ):
            lists = []
        if not lists:
            if not words(content):
                self.warn('empty-todo', __('an empty to-do'))
            return self.box(date, remark, [*content, *wrong])
        shown: list[Node] = []
        for node in content:
            if node not in lists:
                shown.append(node)
                continue
            for item in node.children:
                is_done = _take_mark(item) if has_marks else bool(date)
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


def _mark(item: Node) -> Node | None:
    """Return the mark that an item of a task list begins with, None of any other."""
    line = item.children[0] if item.children else None
    if not isinstance(line, nodes.paragraph) or _is_done(line) is None:
        return None
    return next(child for child in line.children if child.astext())


def _take_mark(item: Node) -> bool:
    """Take the mark out of an item, and return whether it says that it is done."""
    mark = _mark(item)
    if mark is None:
        return False
    line = mark.parent
    assert isinstance(line, nodes.paragraph)
    is_done = bool(_is_done(line))
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
    return match[1] != ' ' if match else None
