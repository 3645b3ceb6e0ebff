"""Imports go one way: each module may use only what its place in the design allows."""

from __future__ import annotations

from pathlib import Path

import pytest

import sphinx_talknotes
from imports import fail_alone, imports, imports_of, is_outside, modules

MODULES = modules(Path(sphinx_talknotes.__file__).parent)
OURS = 'sphinx_talknotes'

#: What a module may import at run time beside the standard library.
RULES: dict[str, set[str]] = {
    '_compat': {'sphinx'},
    'translate': {'sphinx'},
    'names': {
        'addresses',
        'packaging',
    },
    'collation': {'pyuca', 'names'},
    'spellings': {'collation', 'names'},
    'records': {'collation', 'names'},
    'people': {
        'addresses',
        'collation',
        'names',
        'records',
        'spellings',
    },
    'annotations': set(),
    'fates.file': {
        'addresses',
        'collation',
        'names',
    },
    'filters': {'records'},
    'messages': {'sphinx'},
    'nodes': {
        'docutils',
        'records',
        'sphinx',
        'translate',
    },
    'options': {
        'docutils',
        'sphinx',
        'messages',
        'translate',
        'yaml_text',
    },
    'addresses': set(),
    'dates': set(),
    'notes_file': set(),
    'places': {
        '_compat',
        'addresses',
        'docutils',
        'names',
        'nodes',
        'sphinx',
        'translate',
    },
    'roles': {'docutils', 'messages', 'names', 'places', 'sphinx', 'translate'},
    'todos': {
        'dates',
        'docutils',
        'messages',
        'nodes',
        'options',
        'places',
        'records',
        'shown',
        'sphinx',
        'translate',
    },
    'entries': {
        'addresses',
        'names',
    },
    'packages': {
        '_compat',
        'addresses',
        'docutils',
        'entries',
        'messages',
        'names',
        'nodes',
        'options',
        'places',
        'records',
        'sphinx',
        'translate',
    },
    'list_directives': {
        '_compat',
        'dates',
        'filters',
        'nodes',
        'options',
        'records',
        'sphinx',
        'translate',
    },
    'note': {
        '_compat',
        'addresses',
        'content',
        'docutils',
        'entries',
        'messages',
        'names',
        'nodes',
        'people',
        'records',
        'shown',
        'sphinx',
        'talks',
        'translate',
        'unread',
    },
    'unread': {'docutils', 'messages', 'nodes', 'sphinx', 'translate'},
    'fields': {
        'addresses',
        'dates',
        'docutils',
        'messages',
        'nodes',
        'places',
        'sphinx',
        'translate',
    },
    'yaml_text': {'yaml'},
    'file_fields': {'yaml_text'},
    'speaker': {
        '_compat',
        'addresses',
        'docutils',
        'names',
        'nodes',
        'options',
        'people',
        'places',
        'spellings',
        'sphinx',
        'translate',
    },
    'settings': {
        'addresses',
        'messages',
        'sphinx',
        'translate',
    },
    'talk': {'docutils', 'fields', 'options'},
    'shown': {'sphinx'},
    'content': {'_compat', 'docutils', 'nodes', 'shown', 'sphinx'},
    'talks': {
        'docutils',
        'fields',
        'file_fields',
        'messages',
        'names',
        'nodes',
        'records',
        'shown',
        'sphinx',
        'translate',
        'unread',
    },
    'domain': {
        '_compat',
        'docutils',
        'filters',
        'list_directives',
        'messages',
        'names',
        'packages',
        'people',
        'records',
        'roles',
        'shown',
        'speaker',
        'sphinx',
        'talk',
        'todos',
        'translate',
    },
    'select': {'sphinx', 'filters', 'names', 'people', 'records'},
    'freshness': {
        'content',
        'names',
        'records',
        'select',
    },
    'style': set(),
    'references': {
        '_compat',
        'docutils',
        'names',
        'nodes',
        'records',
        'sphinx',
        'translate',
    },
    'fates.svg': set(),
    'write_names': {'docutils', 'names', 'nodes', 'references', 'sphinx'},
    'write_grid': {'docutils', 'translate'},
    'write_html': {'docutils'},
    'title_block': {'docutils', 'nodes'},
    'write_lists': {
        'addresses',
        'content',
        'docutils',
        'names',
        'nodes',
        'people',
        'places',
        'records',
        'references',
        'select',
        'shown',
        'sphinx',
        'translate',
        'write_grid',
    },
    'write_prev_next': {
        '_compat',
        'docutils',
        'references',
        'sphinx',
        'translate',
    },
    'export': {
        'content',
        'fields',
        'notes_file',
        'records',
        'sphinx',
    },
    'fates.facts': {
        'fates.file',
        'notes_file',
    },
    'fates.directives': {
        'fates.file',
        'filters',
        'list_directives',
        'options',
        'translate',
    },
    'fates.write': {
        'addresses',
        'collation',
        'docutils',
        'fates.file',
        'fates.svg',
        'names',
        'nodes',
        'places',
        'sphinx',
        'translate',
    },
    # It knows the others, and none of them knows it.
    'fates': {
        'export',
        'fates.directives',
        'fates.file',
        'fates.write',
        'messages',
        'sphinx',
    },
    'markup': {'docutils'},
    'schedule': {'markup', 'names', 'spellings'},
    'importer': {'markup'},
    'newsite': {'jinja2', 'markup'},
    'syndicate': {
        'feedgen',
        'icalendar',
        'markup',
        'notes_file',
    },
    'feed': {
        'addresses',
        'sphinx',
        'syndicate',
        'translate',
    },
    '__main__': {
        'fates.facts',
        'importer',
        'newsite',
        'notes_file',
        'schedule',
        'syndicate',
    },
    '': {
        '_compat',
        'docutils',
        'sphinx',
        'freshness',
        'domain',
        'export',
        'title_block',
        'write_html',
        'write_lists',
        'write_names',
        'write_prev_next',
        'messages',
        'nodes',
        'note',
        'packages',
        'records',
        'references',
        'settings',
        'style',
        'translate',
    },
}
OUTSIDE = {
    'docutils',
    'feedgen',
    'icalendar',
    'jinja2',
    'packaging',
    'pyuca',
    'sphinx',
    'yaml',
}


def rule_of(name: str) -> str:
    return name.removeprefix(OURS).removeprefix('.')


def excess(name: str, imported: set[str]) -> set[str]:
    """Return what a module imports and may not."""
    allowed = {a if a in OUTSIDE else f'{OURS}.{a}' for a in RULES[rule_of(name)]}
    return {
        module
        for module in imported
        if is_outside(module)
        and not any(module == a or module.startswith(f'{a}.') for a in allowed)
    }


def test_every_module_has_a_rule_and_every_rule_a_module() -> None:
    assert set(map(rule_of, MODULES)) == set(RULES)


def test_the_rules_let_nothing_import_itself_in_a_circle() -> None:
    done: set[str] = set()
    while ready := {
        name
        for name, allowed in RULES.items()
        if name not in done and not allowed - OUTSIDE - done
    }:
        done |= ready
    assert done == set(RULES)


@pytest.mark.parametrize('name', MODULES)
def test_a_module_imports_only_what_its_rule_allows(name: str) -> None:
    assert excess(name, imports(name, MODULES[name], MODULES)) == set()


@pytest.mark.parametrize(
    ('name', 'source'),
    [
        ('records', 'import docutils'),
        ('records', 'def f():\n    from sphinx_talknotes import messages'),
        ('records', 'from . import messages'),
        ('records', 'from .messages import warn'),
        ('select', 'import sphinx_talknotes.domain'),
        ('domain', 'import requests'),
        ('domain', 'if not TYPE_CHECKING:\n    pass\nelse:\n    import requests'),
    ],
)
def test_the_rules_notice(name: str, source: str) -> None:
    full = f'{OURS}.{name}'
    assert excess(full, imports_of(source, full, MODULES))


def test_each_module_imports_alone() -> None:
    assert fail_alone(MODULES) == ''
