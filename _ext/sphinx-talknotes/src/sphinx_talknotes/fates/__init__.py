"""What became of the packages since: an extension that knows more than the notes say.

It comes with `sphinx_talknotes`, which knows nothing of it: it answers the events
``talk-package-annotations`` and ``talk-list-written``, as any other extension may.
"""

from __future__ import annotations

from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from sphinx.util.osutil import copyfile

from sphinx_talknotes.export import PUBLISHED
from sphinx_talknotes.fates import file
from sphinx_talknotes.fates.directives import Fates, PackageListByFate
from sphinx_talknotes.fates.write import FateAnnotation, FateWriter
from sphinx_talknotes.messages import warn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from sphinx_talknotes.references import References

#: Published beside ``notes.json``: the form of the file.
SCHEMA = Path(__file__).with_name('fates.schema.json')


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the file's setting, the directives, and what answers the events."""
    app.add_config_value(
        'talk_fates',
        None,
        '',
        types=(str, NoneType),
        description='The file that says what became of the packages since',
    )
    app.add_directive_to_domain('talk', 'fates', Fates)
    app.add_directive_to_domain(
        'talk', 'package-list', PackageListByFate, override=True
    )
    app.connect('talk-package-annotations', known_fates)
    app.connect('talk-list-written', written)
    app.connect('build-finished', publish_schema)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}


def known_fates(app: Sphinx, packages: Set[str]) -> dict[str, FateAnnotation]:
    """Return what became of *packages*; warn of what is wrong in the file."""
    if not app.config.talk_fates:
        return {}
    path = Path(app.srcdir, str(app.config.talk_fates))
    found, problems = file.load(path, packages)
    for line, text in problems:
        warn('fates', '%s', text, location=f'{path}:{line}')
    return {name: FateAnnotation(fate) for name, fate in found.items()}


def written(
    app: Sphinx,
    kind: str,
    entries: Sequence[Any],
    filters: Mapping[str, str],
    references: References,
) -> list[Node] | None:
    """Return the nodes of a list of fates, None for any other list."""
    if kind != Fates.kind:
        return None
    return FateWriter(references).write(entries, filters.get('show', ''))


def publish_schema(app: Sphinx, exception: Exception | None) -> None:
    """Write the schema of the file beside the HTML (for ``build-finished``)."""
    published = exception is None and app.builder.name in PUBLISHED
    if published and app.config.talk_fates:
        copyfile(SCHEMA, app.outdir / SCHEMA.name, force=True)
