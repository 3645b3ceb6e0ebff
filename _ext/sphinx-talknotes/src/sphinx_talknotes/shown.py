"""Says whether the builder shows what stands in ``only`` or ``ifconfig``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.application import Sphinx

    from sphinx_talknotes.records import Conditions

#: The nodes of conditions.  The extension ifconfig may not be there to have its class.
_CONDITIONS = {'only', 'ifconfig'}


def conditions_of(node: Element) -> Conditions:
    """Return the conditions that what *node* says is shown under."""
    found = []
    parent = node.parent
    while parent is not None:
        if parent.tagname in _CONDITIONS:
            found.append((parent.tagname, str(parent['expr'])))
        parent = parent.parent
    return tuple(found)


def is_condition(node: Element) -> bool:
    """Whether a node is shown, with all in it, under a condition, its *expr*."""
    return node.tagname in _CONDITIONS


def is_shown(app: Sphinx, when: Conditions) -> bool:
    """Whether the builder shows what stands under conditions.

    Sphinx decides it only as it writes, for pages are read once for all builders.
    """
    return all(_holds(app, kind, expression) for kind, expression in when)


def _holds(app: Sphinx, kind: str, expression: str) -> bool:
    """Whether a condition holds, as Sphinx decides it."""
    if kind == 'only':
        try:
            return app.builder.tags.eval_condition(expression)
        except Exception:  # noqa: BLE001 (Sphinx warns of any, and shows the content)
            return True
    names = {value.name: value.value for value in app.config}
    names |= {**app.config.__dict__, 'builder': app.builder.name}
    try:
        return bool(eval(expression, names))  # noqa: S307 (as sphinx.ext.ifconfig)
    except Exception:  # noqa: BLE001 (that extension shows the error in its place)
        return False
