"""The report as JUnit XML, which Jenkins, GitLab and others show: a test for each link.

Source: the schema of Jenkins's xUnit plugin, which others follow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sphinx_linkaudit.tell.findings import is_known, spot, what
from sphinx_linkaudit.text import cut, printable
from sphinx_linkaudit.verdicts import FAILURES

if TYPE_CHECKING:
    from sphinx_linkaudit.tell.findings import Document, Link

FILE = 'report.junit.xml'

#: What XML has no place for beside what isn't printable (XML 1.0, 2.2).
_NO_XML = re.compile('[\ufffe\uffff]')
#: The verdicts of links that weren't checked.
_SKIPPED = frozenset({'unchecked', 'ignored'})
#: Places of a link that are named.
_MAX_PLACES = 100


def render(document: Document) -> str:
    """Return a suite for each file, with a test for each link first found there."""
    suites: dict[str, list[Link]] = {}
    for link in document['links']:
        suites.setdefault(link['places'][0]['path'], []).append(link)
    name = _text(document['project'] or 'links')
    root = ET.Element('testsuites', {'name': name})
    for path, links in sorted(suites.items()):
        suite = ET.SubElement(root, 'testsuite', {'name': _text(path)})
        for link in links:
            _add_case(suite, path, link)
        _count(suite, suite.findall('testcase'))
        suite.set('timestamp', document['finished'])
    _count(root, root.findall('testsuite/testcase'))
    ET.indent(root, ' ')
    return ET.tostring(root, encoding='unicode', xml_declaration=False) + '\n'


def _add_case(suite: ET.Element, path: str, link: Link) -> None:
    place = link['places'][0]
    case = ET.SubElement(
        suite,
        'testcase',
        {
            'name': _text(link['uri']),
            'classname': _text(path),
            'file': _text(path),
            'time': f'{link.get("seconds", 0):.3f}',
        },
    )
    if place['line']:
        case.set('line', str(place['line']))
    places = [_text(spot(one)) for one in link['places'][:_MAX_PLACES]]
    if (more := len(link['places']) - len(places)) > 0:
        places.append(f'and {more} more')
    if link['fails']:
        failure = ET.SubElement(
            case, 'failure', {'type': link['reason'], 'message': _text(what(link))}
        )
        failure.text = '\n'.join([_text(link['advice']), *places])
    elif link['verdict'] in FAILURES | _SKIPPED:
        kept = 'accepted as dead: ' if is_known(link) else ''
        ET.SubElement(case, 'skipped', {'message': kept + _text(what(link))})
    elif link['verdict'] != 'working':
        out = ET.SubElement(case, 'system-out')
        out.text = '\n'.join([_text(f'{link["verdict"]}: {what(link)}'), *places])


def _count(element: ET.Element, cases: list[ET.Element]) -> None:
    element.set('tests', str(len(cases)))
    for name, tag in (('failures', 'failure'), ('skipped', 'skipped')):
        element.set(name, str(sum(case.find(tag) is not None for case in cases)))
    element.set('errors', '0')
    element.set('time', f'{sum(float(case.attrib["time"]) for case in cases):.3f}')


def _text(text: str) -> str:
    return _NO_XML.sub('?', cut(printable(text)))
