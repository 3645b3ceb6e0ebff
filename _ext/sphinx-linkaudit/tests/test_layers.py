"""Imports go one way: each folder may use only what its place in the design allows."""

from __future__ import annotations

from pathlib import Path

import pytest

import sphinx_linkaudit
from imports import fail_alone, imports, imports_of, is_outside, modules

MODULES = modules(Path(sphinx_linkaudit.__file__).parent)
OURS = 'sphinx_linkaudit'

#: What a module, or each module of a folder, may import at run time beside the standard
#: library and its own folder.  A folder stands for all that is in it.
RULES: dict[str, set[str]] = {
    'records': set(),
    'verdicts': {'records'},
    '_compat': set(),
    '_compat.http': {'requests', 'urllib3'},
    '_compat.python': set(),
    '_compat.sphinx': {'sphinx'},
    'schedule': set(),
    'schedule.outcome': set(),
    'schedule.clock': set(),
    'schedule.breaker': {'schedule.outcome'},
    'schedule.plan': {'schedule.breaker', 'schedule.clock', 'schedule.outcome'},
    'schedule.scheduler': {'schedule.clock', 'schedule.outcome', 'schedule.plan'},
    'masking': set(),
    'exit_status': set(),
    'text': {'verdicts'},
    'urls': {'text'},
    'since': set(),
    'hosts': set(),
    'ask': {'_compat.http', 'certifi', 'idna', 'records', 'requests', 'urllib3'},
    'languages': {'urls', 'babel'},
    'judge': {'languages', 'records', 'urls', 'verdicts'},
    'memory.jsonfile': set(),
    'memory.known': {'masking', 'memory.jsonfile', 'urls', 'verdicts'},
    'memory.report': {'memory.jsonfile', 'memory.known'},
    'memory': {'masking', 'memory.known', 'records', 'text', 'verdicts', 'sphinx'},
    'tell': {
        '_compat.sphinx',
        'atomic',
        'masking',
        'records',
        'text',
        'urls',
        'verdicts',
        'jinja2',
        'sphinx',
    },
    'show': {
        '_compat.sphinx',
        'atomic',
        'masking',
        'memory.jsonfile',
        'memory.known',
        'memory.report',
        'text',
        'urls',
        'verdicts',
        'docutils',
        'sphinx',
    },
    'collect.source': set(),
    'collect': {'_compat.sphinx', 'collect.source', 'records', 'docutils', 'sphinx'},
    'interrupt': set(),
    'local': {'sphinx'},
    'settings': {
        'hosts',
        'judge',
        'memory.known',
        'tell',
        'urls',
        'verdicts',
        'sphinx',
    },
    'options': {
        '_compat.sphinx',
        'ask',
        'hosts',
        'judge',
        'masking',
        'memory',
        'memory.jsonfile',
        'memory.known',
        'since',
        'text',
        'verdicts',
        'sphinx',
    },
    'checker': {'ask', 'judge', 'masking', 'options', 'records', 'schedule', 'sphinx'},
    'audit': {'judge', 'masking', 'records', 'sphinx'},
    'check': {
        '_compat.sphinx',
        'audit',
        'checker',
        'exit_status',
        'masking',
        'memory.known',
        'options',
        'tell',
        'text',
        'verdicts',
        'sphinx',
    },
    'builder': {
        '_compat.python',
        '_compat.sphinx',
        'audit',
        'check',
        'checker',
        'collect',
        'exit_status',
        'interrupt',
        'judge',
        'local',
        'options',
        'records',
        'settings',
        'sphinx',
    },
    'atomic': set(),
    'repair': {
        'ask',
        'atomic',
        'collect.source',
        'exit_status',
        'languages',
        'masking',
        'memory.known',
        'memory.report',
        'records',
        'urls',
        'verdicts',
        'requests',
    },
    'command': {'masking', 'memory.jsonfile', 'repair', 'text'},
    '__main__': {'command'},
    'extension': {'_compat.sphinx', 'builder', 'collect', 'settings', 'show', 'sphinx'},
    '': {'extension', 'show', 'sphinx'},
}


def rule_of(name: str) -> str:
    """Return the rule that a module is under: its own, or that of its folder."""
    inner = name.removeprefix(OURS).removeprefix('.')
    while inner not in RULES and inner:
        inner = inner.rpartition('.')[0]
    return inner


def excess(name: str, imported: set[str]) -> set[str]:
    """Return what a module imports and may not."""
    rule = rule_of(name)
    allowed = {*RULES[rule], rule} if rule else RULES[rule]
    full = {a if a in OUTSIDE else f'{OURS}.{a}' for a in allowed}
    return {
        module
        for module in imported
        if is_outside(module)
        and not any(module == a or module.startswith(f'{a}.') for a in full)
    }


OUTSIDE = {
    'babel',
    'certifi',
    'docutils',
    'idna',
    'jinja2',
    'requests',
    'sphinx',
    'urllib3',
}


def test_every_module_has_a_rule_and_every_rule_a_module() -> None:
    assert all(rule_of(name) for name in MODULES if name != OURS)
    assert {rule_of(name) for name in MODULES} == set(RULES)


def test_the_rules_let_nothing_import_itself_in_a_circle() -> None:
    done: set[str] = set()
    while ready := {
        name
        for name, allowed in RULES.items()
        if name not in done
        and not {rule_of(f'{OURS}.{a}') for a in allowed - OUTSIDE} - done
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
        ('records', 'def f():\n    from sphinx_linkaudit import settings'),
        ('records', 'from . import settings'),
        ('schedule.outcome', 'from ..records import Place'),
        ('schedule.plan', 'from .scheduler import Scheduler'),
        ('ask.fetch', 'import sphinx'),
        ('ask.fetch', 'from sphinx_linkaudit.judge.judge import judge'),
        ('tell.console', 'from ..ask import fetch'),
        ('audit', 'if not TYPE_CHECKING:\n    pass\nelse:\n    import requests'),
    ],
)
def test_the_rules_notice(name: str, source: str) -> None:
    full = f'{OURS}.{name}'
    assert excess(full, imports_of(source, full, MODULES))


def test_each_module_imports_alone() -> None:
    assert fail_alone(MODULES) == ''
