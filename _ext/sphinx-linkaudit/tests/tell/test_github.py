"""What GitHub is told of a check, and what no server can tell it."""

from __future__ import annotations

import os
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from reports import HOSTILE, document, hostile, link, places
from sphinx_linkaudit.tell.github import (
    MAX_ERRORS,
    annotate,
    is_active,
    publish,
    stop_commands,
)
from sphinx_linkaudit.tell.markdown import MAX_SUMMARY, summary
from sphinx_linkaudit.text import printable

#: Where GitHub's runners have a repository called "repo"; nothing is there.
# Where GitHub's runners have a repository.
SRC = Path('/workspace/repo/docs')
WORKSPACE = Path('/workspace/repo')


def annotated(*links: dict[str, Any]) -> list[str]:
    return annotate(document(*links)['links'], SRC, WORKSPACE)


def parse(line: str) -> tuple[str, dict[str, str], str]:
    """Take a command apart as actions/runner does (``ActionCommand.TryParseV2``)."""
    head, message = line[2:].split('::', 1)
    command, _space, rest = head.partition(' ')
    pairs = (pair.split('=', 1) for pair in rest.split(',') if pair)
    unescaped = {name: undo(value, '\r\n:,%') for name, value in pairs}
    return command, unescaped, undo(message, '\r\n%')


def undo(text: str, characters: str) -> str:
    for character in characters:
        text = text.replace(f'%{ord(character):02X}', character)
    return text


# -- annotations ---------------------------------------------------------------


def test_a_new_failure_is_an_error_on_each_of_its_lines() -> None:
    found = annotated(
        link(
            'not-found',
            'https://example.org/100%',
            message='404 Client Error: x for url: https://example.org/100%',
            code=404,
            places=places('a.rst:3', 'more/b.rst:7'),
        )
    )
    text = 'https://example.org/100%25: page not found (404)'
    advice = 'Find the new address of the page, or link an archived copy.'
    assert found == [
        f'::error file=docs/a.rst,line=3,title=Dead link::{text}. {advice}',
        f'::error file=docs/more/b.rst,line=7,title=Dead link::{text}. {advice}',
    ]


def test_what_does_not_fail_and_what_is_known_is_no_error() -> None:
    reasons = ['ok', 'permanent', 'blocked', 'home', 'scheme', 'ignored']
    links = [link(reason) for reason in reasons]
    assert annotated(*links, link('gone', known=True)) == []
    assert len(annotated(*links, link('gone', known=False), link('timeout'))) == 2


def test_no_line_is_annotated_that_the_link_may_not_be_on() -> None:
    sure, unsure = places('a.rst:3', 'a.rst:7')
    found = annotated(link('gone', places=[{**unsure, 'exact': False}, sure]))
    assert [parse(line)[1]['line'] for line in found] == ['3']


def test_a_place_without_a_line_is_its_file() -> None:
    found = annotated(
        link('gone', places=places('a.rst:0')),
        link('gone', places=places('../src/m.py:3')),
        link('gone', places=places('../../else/x,y.rst:3')),
    )
    heads = [parse(line)[1] for line in found]
    assert heads[0] == {'file': 'docs/a.rst', 'title': 'Dead link'}
    assert heads[1]['file'] == 'src/m.py'
    assert heads[2]['file'] == '/workspace/else/x,y.rst'


def test_sources_outside_the_workspace_keep_their_path() -> None:
    (line,) = annotate([link('gone')], Path('/elsewhere'), WORKSPACE)
    assert parse(line)[1]['file'] == '/elsewhere/page.rst'


def test_github_shows_ten_errors_so_the_most_useful_come_first() -> None:
    found = annotated(
        *[link('timeout', f'https://t{n}.example/') for n in range(4)],
        *[
            link('gone', f'https://d{n}.example/', places=places('a.rst:1', 'b.rst:2'))
            for n in range(4)
        ],
    )
    uris = [parse(line)[2].partition(': ')[0] for line in found[:-1]]
    dead = [f'https://d{n}.example/' for n in range(4)]
    assert uris == [*dead, *[f'https://t{n}.example/' for n in range(4)], *dead[:2]]
    assert len(uris) == MAX_ERRORS
    command, _properties, message = parse(found[-1])
    assert command == 'notice'
    assert message.startswith('2 more places')


@pytest.mark.parametrize('said', HOSTILE)
def test_what_others_say_is_no_command(said: str) -> None:
    links = hostile(said)['links']
    found = annotate(links, SRC, WORKSPACE)
    assert len(found) == MAX_ERRORS + 1
    for line in found:
        assert line.isprintable()
        command, properties, message = parse(line)
        assert command == ('error' if line is not found[-1] else 'notice')
        if command == 'error':
            assert set(properties) == {'file', 'title'}
            assert properties['file'] == f'docs/{printable(said)}'
            assert printable(said) in message


def test_a_huge_text_is_cut() -> None:
    (line,) = annotated(link('error', message='x' * 1_000_000))
    assert len(line) < 2000


def test_commands_are_stopped_by_a_word_that_nobody_can_guess() -> None:
    stop, resume = stop_commands()
    token = resume.strip(':')
    assert stop == f'::stop-commands::{token}'
    assert re.fullmatch('::[0-9a-f]{32}::', resume)
    assert stop_commands() != (stop, resume)


# -- the summary ---------------------------------------------------------------


def test_the_summary_counts_and_names_the_failures() -> None:
    text = summary(
        document(
            link('ok'),
            link('ok', 'https://b.example/'),
            link('gone', known=True),
            link(
                'timeout',
                'https://c.example/?a&b',
                since='2026-11-01',
                archived='https://archive.example/',
                places=places('a.rst:3', 'b.rst:0'),
            ),
        )
    )
    counts = '| dead | 1 |\n| timed out | 1 |\n| working | 2 |\n'
    assert f'| verdict | links |\n| --- | ---: |\n{counts}' in text
    assert '\n1 of them accepted as dead.\n' in text
    assert '\n### New failures: 1\n' in text
    (item,) = BeautifulSoup(text, 'html.parser').select('li')
    assert ' '.join(item.get_text(' ').split()) == (
        'https://c.example/?a&b no answer in time Try again later. '
        'fails since 2026-11-01 archived copy a.rst:3 , b.rst'
    )
    hrefs = [tag['href'] for tag in item.select('a')]
    assert hrefs == ['https://c.example/?a&b', 'https://archive.example/']


@pytest.mark.parametrize('said', HOSTILE)
def test_what_others_say_is_neither_markdown_nor_html(said: str) -> None:
    text = summary(hostile(said))
    plain = summary(hostile('plain'))
    code = re.compile(r'<code>([^<>\n]*)</code>')
    shown = [unescape(match[1]) for match in code.finditer(text)]
    assert any(printable(said) in found for found in shown)
    assert text.replace('\n', '').isprintable()
    # Beside what stands in code, and where links lead, there are only our words.
    ours = re.compile(r'<a href="[^"<>\n]*">')

    def rest(text: str) -> str:
        kept = ours.sub('<a>', code.sub('<code></code>', text))
        return re.sub(r'</?a>', '', kept).replace('archived copy<br>\n', '')

    assert rest(text) == rest(plain)
    # No line of theirs is outside of a block of HTML, which an empty line ends.
    for block in text.split('\n\n'):
        if '<code>' in block:
            assert block.lstrip('\n').startswith(('<h2>', '<ul>'))
    for tag in BeautifulSoup(text, 'html.parser').select('a'):
        assert str(tag['href']).startswith('https://')


def test_the_summary_is_no_larger_than_github_takes() -> None:
    links = [
        link('error', f'https://example.org/é{n}', message='é' * 5000)
        for n in range(3000)
    ]
    text = summary(document(*links))
    size = len(text.encode())
    assert MAX_SUMMARY - 10_000 < size <= MAX_SUMMARY
    count = len(BeautifulSoup(text, 'html.parser').select('li'))
    assert text.endswith(f'\n{3000 - count} more are in report.html.\n')
    for room in (0, 100, 300, 2000):
        assert len(summary(document(*links), room).encode()) <= room


def test_a_link_with_very_many_places_names_some() -> None:
    spots = [f'p.rst:{line}' for line in range(1, 101)]
    text = summary(document(link('gone', places=places(*spots))))
    assert text.count('<code>p.rst:') == 20
    assert 'and 80 more' in text


# -- publishing ----------------------------------------------------------------


def test_nothing_is_published_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / 'summary'
    for said in ({}, {'GITHUB_ACTIONS': 'false'}):
        environ = {**said, 'GITHUB_STEP_SUMMARY': str(path)}
        assert not is_active(environ)
        assert publish(document(link('gone')), tmp_path, environ) == []
    assert not path.exists()


def test_the_summary_is_added_to_what_the_step_has(tmp_path: Path) -> None:
    path = tmp_path / 'summary'
    path.write_text('before\n', encoding='utf-8')
    environ = {
        'GITHUB_ACTIONS': 'true',
        'GITHUB_WORKSPACE': str(tmp_path),
        'GITHUB_STEP_SUMMARY': str(path),
    }
    (line,) = publish(document(link('gone')), tmp_path / 'docs', environ)
    assert parse(line)[1]['file'] == 'docs/page.rst'
    text = path.read_text(encoding='utf-8')
    assert text == f'before\n{summary(document(link("gone")))}'
    # Nor is it added where there is no room for it.
    path.write_bytes(b'x' * MAX_SUMMARY)
    publish(document(link('gone')), tmp_path / 'docs', environ)
    assert path.stat().st_size == MAX_SUMMARY


@pytest.mark.parametrize('kind', ['folder', 'pipe'])
def test_a_summary_that_cannot_be_written_is_a_warning(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path
    if kind == 'pipe':
        if not hasattr(os, 'mkfifo'):
            pytest.skip('Windows has no pipes with names of files')
        path = tmp_path / 'pipe'
        os.mkfifo(path)
    environ = {'GITHUB_ACTIONS': 'true', 'GITHUB_STEP_SUMMARY': str(path)}
    error, warning = publish(document(link('gone')), tmp_path, environ)
    assert parse(error)[0] == 'error'
    assert parse(error)[1]['file'] == 'page.rst'
    assert parse(warning)[0] == 'warning'
