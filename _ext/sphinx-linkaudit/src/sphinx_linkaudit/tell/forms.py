"""The forms of report that `linkcheck_reports` can ask for.

To add one, write a module with ``FILE``, the name of its file, and ``render``, which
makes its text of what ``report.schema.json`` describes; and name it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sphinx_linkaudit.tell import codequality, junit, markdown, sarif

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx_linkaudit.tell.findings import Document


class Form(NamedTuple):
    """A form of report."""

    file: str  #: Its name in the output folder.
    render: Callable[[Document], str]


#: The forms, by the names that `linkcheck_reports` takes.
FORMS = {
    'sarif': Form(sarif.FILE, sarif.render),
    'junit': Form(junit.FILE, junit.render),
    'codequality': Form(codequality.FILE, codequality.render),
    'markdown': Form(markdown.FILE, markdown.render),
}
