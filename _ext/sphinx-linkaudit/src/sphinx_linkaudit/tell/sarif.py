"""The report as SARIF 2.1.0, which GitHub and editors show on the lines.

Source: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS, and
"SARIF support for code scanning" in GitHub's documentation.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sphinx_linkaudit.tell.findings import (
    did_finish,
    is_known,
    line_of,
    occurrences,
    what,
)
from sphinx_linkaudit.text import cut, printable
from sphinx_linkaudit.verdicts import FAILURES, REASONS

if TYPE_CHECKING:
    from sphinx_linkaudit.tell.findings import Document, Link

FILE = 'report.sarif'

#: Results of one run that GitHub takes.
MAX_RESULTS = 25_000
_SCHEMA = (
    'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/'
    'sarif-schema-2.1.0.json'
)


def render(document: Document) -> str:
    """Return the log: a result for each place of each link that needs action."""
    rules: dict[str, int] = {}
    results = [
        _result(link, place, number, rules)
        for link, place, number in occurrences(document['links'])
    ]
    run = {
        'tool': {
            'driver': {
                'name': 'sphinx-linkaudit',
                'rules': [_rule(reason) for reason in rules],
            }
        },
        'invocations': [
            {
                'executionSuccessful': did_finish(document),
                'endTimeUtc': str(document['finished']).replace('+00:00', 'Z'),
            }
        ],
        'columnKind': 'unicodeCodePoints',
        'results': results[:MAX_RESULTS],
    }
    log = {'$schema': _SCHEMA, 'version': '2.1.0', 'runs': [run]}
    return json.dumps(log, indent=1) + '\n'


def _rule(name: str) -> dict[str, Any]:
    reason = REASONS[name]
    rule: dict[str, Any] = {
        'id': name,
        'shortDescription': {'text': f'{reason.kind}: {reason.what}'},
        'defaultConfiguration': {
            'level': 'error' if reason.kind in FAILURES else 'note'
        },
    }
    if reason.advice:
        rule['help'] = {'text': reason.advice}
    return rule


def _result(
    link: Link, place: dict[str, Any], number: int, rules: dict[str, int]
) -> dict[str, Any]:
    uri, path = printable(link['uri']), place['path']
    text = '. '.join(filter(None, [f'{uri}: {printable(what(link))}', link['advice']]))
    location: dict[str, Any] = {'artifactLocation': {'uri': _address(path)}}
    if line := line_of(place):
        location['region'] = {'startLine': line}
    fingerprint = hashlib.sha256(repr((uri, path, number)).encode()).hexdigest()
    result: dict[str, Any] = {
        'ruleId': link['reason'],
        'ruleIndex': rules.setdefault(link['reason'], len(rules)),
        'level': 'error' if link['fails'] else 'note',
        'message': {'text': cut(text)},
        'locations': [{'physicalLocation': location}],
        'partialFingerprints': {'link/v1': fingerprint},
    }
    if is_known(link):
        result['suppressions'] = [{'kind': 'external', 'status': 'accepted'}]
    return result


def _address(path: str) -> str:
    """Return a path as a relative URI; of a name that isn't UTF-8, its bytes."""
    try:
        return quote(path, errors='surrogateescape')
    except UnicodeEncodeError:  # no file's name
        return quote(printable(path))
