"""The report formats that `linkcheck_reports` can ask for.

To add one, write a module with ``FILE``, the name of its file, and ``render``, which
makes its text of what ``report.schema.json`` describes; and name it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sphinx_linkaudit.tell import codequality, junit, markdown, sarif

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx_linkaudit.tell.findings import Document


class Format(NamedTuple):
    """A report format."""

    file: str  #: The name of the file in the output folder.
    render: Callable[[Document], str]


#: The formats, by the names that `linkcheck_reports` takes.
FORMATS = {
    'sarif': Format(sarif.FILE, sarif.render),
    'junit': Format(junit.FILE, junit.render),
    'codequality': Format(codequality.FILE, codequality.render),
    'markdown': Format(markdown.FILE, markdown.render),
}
