"""Directives for a guide: all settings, and all verdicts, as the code has them.

An extension of the site's own: no other project documents this link check.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

import sphinx_linkaudit
from sphinx_linkaudit import settings, verdicts

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata, OptionSpec

#: What Sphinx's own settings mean; it gives them no description.
SPHINX_SETTINGS = {
    'linkcheck_ignore': 'Regular expressions of addresses that are not checked, '
    'and of targets to which no redirect is followed.',
    'linkcheck_exclude_documents': 'Regular expressions of document names whose links '
    'are not checked; the same link in another document is.',
    'linkcheck_allowed_redirects': 'Redirects that count as working, target by source, '
    'both regular expressions. Once it is set, every other redirect is a warning. In '
    'the target, ``\\g<1>`` and ``\\g<name>`` stand for groups of the source, and so '
    'does ``\\1`` if the target has no such group.',
    'linkcheck_auth': 'Pairs of a regular expression of addresses and what to log in '
    'with there: name and password, or anything that requests takes for ``auth``.',
    'linkcheck_request_headers': 'Headers by host (``https://example.org/``) or ``*`` '
    'for all others. A host with none is asked for HTML first, as a browser does.',
    'linkcheck_retries': 'How often a link is tried in all that got no answer, or a '
    'status of 500 and above. The second try comes after a pause.',
    'linkcheck_timeout': 'Seconds for each try of a link in all: lookup, connection, '
    'redirects, headers and as much of the page as is read.',
    'linkcheck_workers': 'How many links are checked at a time in all. Left out, it is '
    'as many as are of use (up to 256), whatever this default says. Never are there '
    'more than the limits on open files and memory allow.',
    'linkcheck_anchors': 'Whether the anchor of a link (``#place``) has to be on the '
    'page.',
    'linkcheck_anchors_ignore': 'Regular expressions of anchors that are not looked '
    'for.',
    'linkcheck_anchors_ignore_for_url': 'Regular expressions of addresses on whose '
    'pages no anchor is looked for.',
    'linkcheck_rate_limit_timeout': 'Seconds in all that a host may ask to be left '
    'alone, by ``Retry-After``.',
    'linkcheck_allow_unauthorized': 'Whether a page that asks for a login is working.',
    'linkcheck_report_timeouts_as_broken': 'Whether no answer in time is reported as '
    'broken, and not as a timeout.',
    'linkcheck_case_insensitive_urls': 'Regular expressions of addresses that may '
    'differ in case from those they lead to.',
}


class _Generated(SphinxDirective):
    """Shows what the code itself says."""

    def show(self, lines: list[str]) -> list[nodes.Node]:
        """Return what *lines* of reST make."""
        for module in (settings, verdicts, sys.modules[__name__]):
            assert module.__file__
            self.env.note_dependency(module.__file__)
        return self.parse_text_to_nodes('\n'.join(lines))


class SettingsDirective(_Generated):
    """``linkcheck-settings``: the settings, ours or (``:sphinx:``) Sphinx's own."""

    option_spec: ClassVar[OptionSpec] = {'sphinx': directives.flag}

    def run(self) -> list[nodes.Node]:
        if 'sphinx' in self.options:
            described = SPHINX_SETTINGS
        else:
            described = {
                setting.name: setting.description for setting in settings.SETTINGS
            }
        lines = []
        for name, description in sorted(described.items()):
            default = self.config.values[name].default
            lines += [
                f'.. confval:: {name}',
                f'   :default: ``{_default(default)}``',
                '',
                f'   {description}',
                '',
            ]
        return self.show(lines)


class VerdictsDirective(_Generated):
    """``linkcheck-verdicts``: a table of the reasons for a kind of verdict."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        reasons = {
            name: reason
            for name, reason in verdicts.REASONS.items()
            if reason.kind == self.arguments[0]
        }
        columns = ['Reason', 'What was seen', 'What to do']
        if not any(reason.advice for reason in reasons.values()):
            del columns[-1]
        lines = ['.. list-table::', '   :header-rows: 1', '   :widths: auto']
        rows = [columns]
        rows += [[f'``{n}``', *map(_mark_settings, reasons[n][1:])] for n in reasons]
        for row in rows:
            lines += ['', f'   * - {row[0]}']
            lines += [f'     - {cell}' for cell in row[1 : len(columns)]]
        return self.show(lines)


def _default(value: Any) -> str:
    """Return a default as one writes it; a marker for "not set" is just that."""
    text = repr(value)
    return 'not set' if text.startswith(('_', '<')) else text


def _mark_settings(text: str) -> str:
    """Return *text* as reST, the settings named in it marked as literals."""
    return re.sub(r'\b(linkcheck_\w+|tls_cacerts)\b', r'``\1``', text)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives."""
    app.add_directive('linkcheck-settings', SettingsDirective)
    app.add_directive('linkcheck-verdicts', VerdictsDirective)
    return {
        'version': sphinx_linkaudit.__version__,
        'parallel_read_safe': True,
        'parallel_write_safe': True,
    }
