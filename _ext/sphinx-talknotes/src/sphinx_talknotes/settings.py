"""Checks what ``conf.py`` sets, before anything relies on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.errors import ConfigError

from sphinx_talknotes.addresses import is_url
from sphinx_talknotes.messages import Subtype, warn
from sphinx_talknotes.translate import __

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


#: The settings that are templates of addresses: what is filled in, and the subtype of
#: the warning.
_TEMPLATES: dict[str, tuple[str, Subtype]] = {
    'talk_handle_url': ('{handle}', 'handle'),
    'talk_package_url': ('{name}', 'name'),
}


def check_settings(app: Sphinx, config: Config) -> None:
    """Warn of an invalid template, and ignore it (``config-inited``).

    :raises ConfigError: for fields that are no list of names.
    """
    fields = config.talk_known_fields
    if not isinstance(fields, list | tuple | set | frozenset) or not all(
        isinstance(name, str) for name in fields
    ):
        # Of a string each letter would be one.
        message = __('talk_known_fields must be a list of names, not %r')
        raise ConfigError(message % (fields,))
    for name, (field, subtype) in _TEMPLATES.items():
        template = config[name]
        is_template = isinstance(template, str) and is_url(template)
        if template and not (is_template and field in template):
            message = __('%s: no address with %s in it: %r')
            place = _place(Path(app.confdir, 'conf.py'), name)
            warn(subtype, message, name, field, template, location=place)
            config[name] = None


def _place(path: Path, name: str) -> str:
    """Return file and line of a setting: the last that names it, else the first."""
    try:
        lines = path.read_text(encoding='utf-8', errors='replace').splitlines()
    except OSError:  # set by `-D`, perhaps without a conf.py
        lines = []
    found = [number for number, line in enumerate(lines, 1) if name in line]
    return f'{path}:{found[-1] if found else 1}'
