"""What the site itself says of packages and dead links: each with its source."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from notes import ROOT
from sphinx_linkaudit.memory.known import dump, load
from sphinx_talknotes import names
from sphinx_talknotes.fates import file as fates
from sphinx_talknotes.fates.facts import package_names

SCHEMA = json.loads(
    Path(fates.__file__).with_name('fates.schema.json').read_text('utf-8')
)
SITE = json.loads((ROOT / 'fates.json').read_text(encoding='utf-8'))


def test_every_package_of_the_notes_has_a_fate_or_a_reason(site: Path) -> None:
    notes = json.loads((site / 'notes.json').read_text(encoding='utf-8'))
    named = package_names(notes)
    known = {names.key(row['name']) for row in SITE['fates']}
    assert {name for name in named if names.key(name) not in known} == set()
    assert known == set(map(names.key, named))


def test_every_fate_of_the_site_is_as_the_schema_says() -> None:
    Draft202012Validator(SCHEMA).validate(SITE)
    assert fates.load(ROOT / 'fates.json')[1] == []


@pytest.mark.parametrize('row', SITE['fates'], ids=lambda row: row['name'])
def test_every_fate_of_the_site_has_a_source_or_is_unknown_with_a_reason(
    row: dict[str, Any],
) -> None:
    assert row['fact'].endswith('.')
    assert (row['fate'] == 'unknown') or (row['sources'] and row['evidence'] != 'none')
    assert row['as_of'] is None or fates.is_date(row['as_of'])
    if row['evidence'] == 'none':
        assert row['fate'] == 'unknown'


def test_make_has_a_target_for_it() -> None:
    makefile = (ROOT / 'Makefile').read_text(encoding='utf-8')
    assert '$(LINKAUDIT) accept' in makefile
    done = subprocess.run(
        ['make', '-s', 'help'], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 'known-dead ' in done.stdout


def test_the_sites_own_file_is_one_and_each_entry_has_its_source() -> None:
    file = ROOT / 'known-dead.json'
    known = load(file)
    assert file.read_text(encoding='utf-8') == dump(known)
    pages = ''.join(
        page.read_text(encoding='utf-8') for page in (ROOT / 'djangocon').glob('*.rst')
    )
    for uri, entry in known.items():
        assert entry.source
        assert uri in pages
