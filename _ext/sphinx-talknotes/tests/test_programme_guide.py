"""The guide's chapter on the command line says what the command does."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from textwrap import dedent

import pytest

from programmes import as_json, event
from sphinx_talknotes.__main__ import main, parser

GUIDE = Path(__file__).parents[3] / 'guide' / 'from-the-programme.rst'

if not GUIDE.exists():
    pytest.skip('no guide beside the distribution', allow_module_level=True)

TEXT = GUIDE.read_text(encoding='utf-8')


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)
    )
    return dict(action.choices)


def test_it_names_every_command_and_option() -> None:
    for name, command in commands().items():
        assert re.search(f'``(sphinx-talknotes )?{name}\\b', TEXT)
        for action in command._actions if name != 'facts' else ():
            for option in set(action.option_strings) - {'-h', '--help'}:
                assert re.search(rf'{option}\b', TEXT), option


def test_a_page_looks_as_it_says(tmp_path: Path) -> None:
    queues = event(
        12,
        'Queues without tears',
        'Ada Field',
        start='10:00',
        room='Main Hall',
        track='Data',
        guid='5b0c5f0e-0000-4000-8000-000000000012',
        url='https://conference.example/2025/talk/QUEUE2/',
    )
    (tmp_path / 'schedule.json').write_text(as_json(queues))
    folder = tmp_path / 'talks'
    assert main(['import', str(tmp_path / 'schedule.json'), str(folder)]) == 0
    (page,) = folder.iterdir()
    block = TEXT.partition('A page looks like this:')[2].partition('What you write')[0]
    assert page.read_text() == dedent(block.partition('rst\n')[2]).strip() + '\n'


def test_init_writes_what_it_says(tmp_path: Path) -> None:
    assert main(['init', str(tmp_path)]) == 0
    section = TEXT.partition('\nA new site\n')[2].partition('It asks nothing')[0]
    told = set(re.findall(r'``([\w./]+)``', section)) - {'make html'}
    written = {
        path.relative_to(tmp_path).as_posix()
        for path in tmp_path.rglob('*')
        if path.is_file()
    }
    assert written - told == {'.gitignore'}
    assert told <= written


def test_what_a_site_with_a_feed_requires_is_what_it_says(tmp_path: Path) -> None:
    assert main(['init', str(tmp_path)]) == 0
    block = TEXT.partition('.. code-block:: text\n\n')[2].partition('\n\n')[0]
    lines = (tmp_path / 'requirements.txt').read_text().splitlines()
    assert 'sphinx-talknotes' in lines
    with_feed = [
        f'{line}[feed]' if line == 'sphinx-talknotes' else line for line in lines
    ]
    assert dedent(block).split() == with_feed
