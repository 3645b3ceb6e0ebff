"""Makes documents as ``report.json`` is one, for tests of what is made of them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from sphinx_linkaudit.verdicts import REASONS

SCHEMA = json.loads(
    (files('sphinx_linkaudit') / 'tell' / 'report.schema.json').read_text('utf-8')
)

#: What a server or an author might say to be more than text.
HOSTILE = [
    '<script>alert(1)</script>',
    '"\' onmouseover=alert(1) x="',
    '</style></code></li><img src=x onerror=alert(1)>',
    '{{ 7 * 7 }}{% raw %}',
    '\x1b[31m\x07\x00',
    'a\r\nb\n\n::error::c\u2028d\x85e\x0bf',
    '\u202eevil\u2066',
    '\ud800\udfff',
    '##[add-mask]a',
    '| `x` ``` **b** _i_ [l](javascript:alert(1)) ![i](x) @team #1 :tada: <!-- -->',
    '%0A::error::x%25',
    '&lt;b&gt;&amp;',
]


def link(reason: str, uri: str = 'https://example.org/', **more: Any) -> dict[str, Any]:
    """Return a link as in ``report.json``, at one place, with *more* properties."""
    kind, what, advice = REASONS[reason]
    place = {'docname': 'page', 'path': 'page.rst', 'line': 5}
    return {
        'uri': uri,
        'verdict': kind,
        'reason': reason,
        'what': what,
        'advice': advice,
        'message': '',
        'places': [place],
        'excluded': 0,
        'fails': kind in {'dead', 'timed out'} and not more.get('known'),
        **more,
    }


def places(*spots: str) -> list[dict[str, Any]]:
    """Return places from ``file:line``."""
    found = []
    for spot in spots:
        path, _colon, line = spot.rpartition(':')
        found.append({'docname': path, 'path': path, 'line': int(line)})
    return found


def document(*links: dict[str, Any], project: str = 'Notes') -> dict[str, Any]:
    """Return a document with *links*, which is as its schema says."""
    found: dict[str, Any] = {
        'version': 1,
        'project': project,
        'finished': '2026-11-22T18:30:00+00:00',
        'links': list(links),
    }
    # Of thousands of links, which are alike, some will do.
    some = [*found['links'][:100], *found['links'][-100:]]
    Draft202012Validator(SCHEMA).validate(found | {'links': some})
    return found


def hostile(text: str) -> dict[str, Any]:
    """Return a document with *text* wherever it can stand."""
    for_all = {
        'message': text,
        'places': [{'docname': text, 'path': text, 'line': 0}],
        'chain': [{'url': text, 'status': 301, 'target': text}],
        'archived': text,
        'since': text,
        'excluded': 2,
    }
    return document(
        *[link(reason, text, **for_all) for reason in REASONS],
        *[link(reason, f'https://example.org/{text}', **for_all) for reason in REASONS],
        link('gone', text, **for_all, known=True),
        project=text,
    )
