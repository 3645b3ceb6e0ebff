"""Writes which pages name the packages that most pages name, as a table."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from docutils import nodes

from sphinx_talknotes.translate import _

if TYPE_CHECKING:
    from docutils.nodes import Node

    from sphinx_talknotes.references import References
    from sphinx_talknotes.select import Glance

#: With more pages the table would be too wide to read.
MAX_COLUMNS = 40


def grid(references: References, glance: Glance) -> nodes.table | None:
    """Return a table of packages by pages, in the order of the pages, day by day.

    None where there is no room for it: on anything but a web page, where style sheets
    turn the titles and show crosses, and with too many pages.
    """
    naming = {page for _name, pages in glance.most for page in pages}
    columns = [(page, date) for page, date in glance.pages if page in naming]
    builder = references.builder
    if builder.format != 'html' or builder.name == 'epub' or len(columns) > MAX_COLUMNS:
        return None
    called = references.days((date for _page, date in columns if date), '%a')
    # Under their day; a page without one takes the room of both.
    days, titles = [_cell(nodes.Text(_('Package')))], []
    for date, group in groupby(columns, itemgetter(1)):
        heads = [_cell(references.page(page), kind='page') for page, _date in group]
        if date:
            days.append(_cell(nodes.Text(called[date])))
            days[-1]['morecols'] = len(heads) - 1
            titles += heads
        else:
            days += heads
    for cell in days if titles else []:
        if 'morecols' not in cell:
            cell['morerows'] = 1
    head = [nodes.row('', *cells) for cells in (days, titles) if cells]
    rows = []
    for name, pages in glance.most:
        row = nodes.row('', _cell(references.link(name, nodes.inline('', name))))
        row += [
            _cell(references.title(page), kind='named')
            if page in pages
            else nodes.entry()
            for page, _date in columns
        ]
        rows.append(row)
    body = nodes.tgroup('', cols=len(columns) + 1)
    body += nodes.colspec(colwidth=1, stub=1)
    body += [nodes.colspec(colwidth=1) for _column in columns]
    body += nodes.thead('', *head)
    body += nodes.tbody('', *rows)
    return nodes.table('', body, classes=['talk-list', 'named-most'])


def _cell(content: Node, kind: str = '') -> nodes.entry:
    paragraph = nodes.paragraph('', '', content)
    return nodes.entry('', paragraph, classes=[f'is-{kind}'] if kind else [])
