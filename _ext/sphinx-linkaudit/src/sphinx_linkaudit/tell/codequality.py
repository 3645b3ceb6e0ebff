"""The report as GitLab shows it on a merge request: Code Quality.

Source: "Code Quality", "Code Quality report format" in GitLab's documentation.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sphinx_linkaudit.tell.findings import is_known, line_of, occurrences, what
from sphinx_linkaudit.text import cut, printable

if TYPE_CHECKING:
    from sphinx_linkaudit.tell.findings import Document

FILE = 'report.codequality.json'


def render(document: Document) -> str:
    """Return an issue for each place of each link that needs action."""
    issues: list[dict[str, Any]] = []
    for link, place, number in occurrences(document['links']):
        if is_known(link):
            continue
        uri, path = printable(link['uri']), printable(place['path'])
        key = repr((uri, link['verdict'], path, number)).encode()
        issues.append(
            {
                'description': cut(f'{uri}: {printable(what(link))}'),
                'check_name': f'link-{link["reason"]}',
                'fingerprint': hashlib.sha256(key).hexdigest(),
                'severity': 'major' if link['fails'] else 'info',
                'location': {'path': path, 'lines': {'begin': line_of(place) or 1}},
            }
        )
    return json.dumps(issues, indent=1) + '\n'
