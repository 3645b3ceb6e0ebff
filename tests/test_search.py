"""What the search page searches: each thing once, and what an author wrote of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures import MakeProject


def search_data(script: str) -> dict[str, Any]:
    """Return what a site's search page searches."""
    data: dict[str, Any] = json.loads(script.removeprefix('searchData='))
    return data


def test_the_search_has_each_thing_once(site: Path) -> None:
    data = search_data((site / 'search-data.js').read_text(encoding='utf-8'))
    assert data['kinds'] == ['talk', 'person', 'package', 'guide', 'page']
    talks = [title for kind, title, *_rest in data['pages'] if kind == 0]
    assert len(talks) == 24
    # Pages are called by their titles.
    front = next(page for page in data['pages'] if page[2] == 'index.html')
    assert 'Sprinting' in str(front)
    assert 'djangocon/' not in str(front)
    addresses = [address for *_row, address in data['things']]
    assert len(set(addresses)) == len(addresses) > 100
    people = {tuple(names) for kind, names, _address in data['things'] if kind == 1}
    assert ('Jannis Leidel', '@enn_io') in people
    for address in addresses:
        page, _, place = address.partition('#')
        assert f'id="{place}"' in (site / page).read_text(encoding='utf-8')


def test_the_search_has_what_an_author_wrote(make_project: MakeProject) -> None:
    files = {
        'conf.py': "extensions = ['notesite']\n",
        'a.rst': 'Title\n=====\n\nFirst *words*, :doc:`/index`, :doc:`as said <index>`,'
        ' :any:`index`.\n\n.. note:: Heed.\n\n'
        '.. comment\n\n.. rst-class:: no-search\n\nHidden.\n\n'
        '.. only:: latex\n\n   On paper.\n\n.. only:: html\n\n   On screen.\n\n'
        'Part\n----\n\nMore.\n\n::\n\n   code <b>\n\n'
        '.. py:function:: spam\n\n.. py:function:: eggs\n',
    }
    settings = {
        'html_theme': 'basic',
        'notesite_search': {'function': ['py:function'], 'text': ['[ab]']},
    }
    project = make_project(files)
    for builder in ('html', 'dirhtml'):
        found = project.build(builder, confoverrides=settings)
        assert found.warnings == []
        data = search_data(found.read('search-data.js'))
        page = 'a.html' if builder == 'html' else 'a/'
        assert data['kinds'] == ['function', 'text', 'page']
        assert data['about'] == 1
        assert data['pages'] == [
            [
                1,
                'Title',
                page,
                [
                    [
                        '',
                        'Title',
                        'First words, Index, as said, index.\nHeed.\nOn screen.',
                    ],
                    ['part', 'Part', 'More.\ncode <b>\nspam()\neggs()'],
                ],
            ],
            [
                2,
                'Index',
                'index.html' if builder == 'html' else '',
                [['', 'Index', '']],
            ],
        ]
        assert data['things'] == [
            [0, [name], f'{page}#{name}'] for name in ('eggs', 'spam')
        ]
    assert not (project.build('text').outdir / 'search-data.js').exists()
