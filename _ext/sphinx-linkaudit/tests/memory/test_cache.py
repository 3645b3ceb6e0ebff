"""What is remembered between runs, and what becomes of it when things go wrong."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from sphinx_linkaudit.memory import cache as cache_module
from sphinx_linkaudit.memory.cache import (
    APPLICATION_ID,
    MAX_MESSAGE,
    MAX_URL,
    MIGRATIONS,
    Cache,
    Strikes,
    digest,
    set_aside,
)
from sphinx_linkaudit.records import Evidence, Hop, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sphinx_linkaudit.records import Kind

DAY = 86_400.0
#: A time near to today's, for what is too old is dropped.
NOW = float(int(time.time()))
URI = 'https://example.org/page#part'
OK = Verdict('working', 'ok')
DAYS: Mapping[Kind, float] = {'working': 30, 'moved': 30, 'dead': 1}
SEEN = Evidence(
    'https://example.org/page',
    'answered',
    status=200,
    final_url='https://example.org/b',
    hops=(Hop('https://example.org/page', 301, 'https://example.org/b'),),
    seconds=0.25,
)
#: Seconds that a child process may take.
PATIENCE = 60


def day(number: int) -> str:
    """Return the date so many days after today."""
    return f'{datetime.fromtimestamp(NOW + number * DAY, UTC):%Y-%m-%d}'


TODAY = day(0)


def remember(path: Path, uris: Iterable[str] = (URI,), now: float = NOW) -> None:
    """Have a cache at *path* that knows *uris* to work."""
    with Cache(path, DAYS) as cache:
        for uri in uris:
            cache.put(uri, OK, SEEN, now)
    assert cache.messages == []


def known(path: Path, uris: Iterable[str] = (URI,), now: float = NOW) -> list[str]:
    """Return which of *uris* the cache at *path* knows, and has no complaint."""
    with Cache(path, DAYS) as cache:
        found = [uri for uri in uris if cache.lookup(uri, now)]
    assert cache.messages == []
    return found


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a process that has ``Cache``, ``DAYS``, ``OK`` and *arguments* as ARGS."""
    prelude = f"""
import sys
from pathlib import Path
sys.path[:0] = {sys.path!r}
from sphinx_linkaudit.memory.cache import Cache
from sphinx_linkaudit.records import Verdict
DAYS, OK, NOW = {dict(DAYS)!r}, Verdict('working', 'ok'), {NOW!r}
ARGS = sys.argv[1:]
"""
    return subprocess.Popen(
        [sys.executable, '-c', prelude + code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> str:
    """Return all that a process prints, once it has ended well."""
    with process:
        shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    return shown


# -- verdicts ------------------------------------------------------------------


def test_what_was_seen_comes_back_in_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / 'new' / 'cache.db'
    verdict = Verdict('moved', 'permanent', 'https://example.org/b', 301)
    with Cache(path, DAYS) as cache:
        assert cache.lookup(URI, NOW) is None
        cache.put(URI, verdict, SEEN, NOW)
        cache.put('//local', OK, None, NOW)
    with Cache(path, DAYS) as cache:
        found, local = cache.lookup(URI, NOW + 1), cache.lookup('//local', NOW)
        assert cache.lookup('https://example.org/page', NOW) is None
    assert found == (verdict, SEEN, NOW)
    assert local == (OK, None, NOW)
    assert cache.messages == []


def test_a_clean_end_leaves_one_file(tmp_path: Path) -> None:
    remember(tmp_path / 'cache.db')
    assert [path.name for path in tmp_path.iterdir()] == ['cache.db']


def test_a_verdict_holds_as_long_as_its_kind(tmp_path: Path) -> None:
    with Cache(tmp_path / 'cache.db', DAYS) as cache:
        cache.put('a:', OK, None, NOW)
        cache.put('b:', Verdict('dead', 'gone'), None, NOW)
        cache.put('c:', Verdict('timed out', 'timeout'), None, NOW)
        for days, uris in [(0.0, 'ab'), (0.79, 'ab'), (1, 'a'), (23.9, 'a'), (30, '')]:
            found = [u for u in 'abc' if cache.lookup(f'{u}:', NOW + days * DAY)]
            assert ''.join(found) == uris, days


def test_results_of_one_day_fall_due_on_many(tmp_path: Path) -> None:
    uris = [f'https://example.org/{number}' for number in range(1000)]
    with Cache(tmp_path / 'cache.db', {'working': 100}) as cache:
        for uri in uris:
            cache.put(uri, OK, None, NOW)
        fresh = [
            sum(cache.lookup(uri, NOW + days * DAY) is not None for uri in uris)
            for days in range(79, 102)
        ]
    assert fresh[:2] == [1000, 1000]  # days 79 and 80
    assert fresh[-2:] == [0, 0]  # days 100 and 101
    due = [before - after for before, after in pairwise(fresh)]
    assert max(due) < 100
    assert min(due[1:-1]) > 10


def test_where_no_verdict_holds_failures_are_counted_all_the_same(
    tmp_path: Path,
) -> None:
    for _run in range(2):
        with Cache(tmp_path / 'cache.db', {}) as cache:
            assert cache.lookup(URI, NOW) is None
            cache.put(URI, OK, None, NOW)
            assert cache.failed(URI, TODAY) == Strikes(1, TODAY)
        assert cache.messages == []


def test_another_setting_makes_a_result_stale(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    with Cache(path, DAYS, digest('a', 1)) as cache:
        cache.put(URI, OK, None, NOW)
        cache.failed('x:', TODAY)
    with Cache(path, DAYS, digest('a', 2)) as cache:
        assert cache.lookup(URI, NOW) is None
        assert cache.strikes('x:').days == 1
    with Cache(path, DAYS, digest('a', 1)) as cache:
        assert cache.lookup(URI, NOW)


def test_a_digest_takes_whatever_settings_are() -> None:
    assert digest('\ud800', None) != digest('\ud801', None)
    assert digest(1, 'x') == digest(1, 'x')


def test_a_clock_that_goes_back_trusts_nothing_from_the_future(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    remember(path, now=NOW + DAY)
    assert known(path) == []
    assert known(path, now=NOW + DAY) == [URI]


@pytest.mark.parametrize(
    'text', ['\ud800', 'a\0b', '\udcff\x1b[31m', '😀', "'; DROP TABLE links; --", '']
)
def test_any_text_survives(tmp_path: Path, text: str) -> None:
    path, uri = tmp_path / 'cache.db', f'https://example.org/{text}'
    evidence = Evidence(uri, 'answered', final_url=text, hops=(Hop(text, 1, text),))
    verdict = Verdict('dead', 'error', text)
    with Cache(path, DAYS) as cache:
        cache.put(uri, verdict, evidence, NOW)
        cache.failed(uri, TODAY)
    with Cache(path, DAYS) as cache:
        assert cache.lookup(uri, NOW) == (verdict, evidence, NOW)
        assert cache.strikes(uri).days == 1
    assert cache.messages == []


def test_a_huge_message_is_cut(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    with Cache(path, DAYS) as cache:
        cache.put(URI, Verdict('dead', 'error', 'x' * 10_000_000), None, NOW)
    with Cache(path, DAYS) as cache:
        found = cache.lookup(URI, NOW)
    assert found
    assert found.verdict.message == 'x' * (MAX_MESSAGE - 1) + '…'
    assert path.stat().st_size < 50_000


def test_a_huge_address_is_not_remembered_for_part_of_it_leads_elsewhere(
    tmp_path: Path,
) -> None:
    huge, long = f'https://{"x" * MAX_URL}', f'https://{"x" * (MAX_URL - 8)}'
    assert len(long) == MAX_URL
    with Cache(tmp_path / 'cache.db', DAYS) as cache:
        cache.put(huge, OK, None, NOW)
        cache.put('a:', Verdict('moved', 'permanent', huge, 301), None, NOW)
        cache.put('b:', OK, Evidence('b:', 'answered', final_url=huge), NOW)
        cache.put('c:', OK, Evidence('c:', 'answered', hops=(Hop('', 1, huge),)), NOW)
        assert not any(cache.lookup(uri, NOW) for uri in (huge, 'a:', 'b:', 'c:'))
        cache.put(long, Verdict('moved', 'permanent', long, 301), None, NOW)
        found = cache.lookup(long, NOW)
    assert found
    assert found.verdict.message == long


def test_links_are_looked_up_without_a_query_for_each(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    uris = [f'https://example.org/{number}' for number in range(100)]
    remember(path, uris)
    with Cache(path, DAYS) as cache:
        # Whoever has to ask the file again can't, from now on.
        other = sqlite3.connect(path, isolation_level=None)
        other.execute('BEGIN EXCLUSIVE')
        assert all(cache.lookup(uri, NOW) for uri in uris)
        assert cache.messages == []
        other.close()


def test_what_nobody_has_linked_to_for_a_year_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    with Cache(path, DAYS) as cache:
        cache.put('old:', OK, None, NOW - 366 * DAY)
        cache.put('future:', OK, None, NOW + 366 * DAY)
        cache.put('kept:', OK, None, NOW - 364 * DAY)
        cache.failed('old:', '2001-01-01')
        cache.failed('kept:', TODAY)
    with sqlite3.connect(path) as database:
        assert database.execute('SELECT uri FROM links').fetchall() == [(b'kept:',)]
        assert database.execute('SELECT uri FROM strikes').fetchall() == [(b'kept:',)]
    database.close()


def test_what_holds_for_longer_than_a_year_is_not_dropped(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    for _run in range(2):
        with Cache(path, {'working': 1000}) as cache:
            found = cache.lookup(URI, NOW)
            cache.put(URI, OK, None, NOW - 500 * DAY)
    assert found


# -- strikes -------------------------------------------------------------------


def test_failures_on_different_days_are_counted(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    first = day(-21)
    for today, strikes in [
        (first, Strikes(1, first)),
        (first, Strikes(1, first)),
        (day(-18), Strikes(2, first)),
        (day(-17), Strikes(3, first)),
    ]:
        with Cache(path, DAYS) as cache:
            assert cache.failed(URI, today) == strikes
            assert cache.failed(URI, today) == strikes
            assert cache.strikes(URI) == strikes


def test_a_success_forgets_failures_for_good(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    with Cache(path, DAYS) as cache:
        cache.succeeded(URI)
        cache.failed(URI, TODAY)
        cache.failed('other:', TODAY)
    with Cache(path, DAYS) as cache:
        cache.succeeded(URI)
        assert cache.strikes(URI) == Strikes(0, '')
    with Cache(path, DAYS) as cache:
        assert cache.strikes(URI) == Strikes()
        assert cache.strikes('other:') == Strikes(1, TODAY)


def test_a_clock_that_was_wrong_does_not_stop_the_count(tmp_path: Path) -> None:
    with Cache(tmp_path / 'cache.db', DAYS) as cache:
        cache.failed(URI, '2099-01-01')
        assert cache.failed(URI, '2026-11-01') == Strikes(1, '2026-11-01')
        assert cache.failed(URI, '2026-11-02') == Strikes(2, '2026-11-01')


def test_a_clock_that_goes_back_and_forth_counts_no_day_twice(tmp_path: Path) -> None:
    counts = []
    for day in (5, 3, 5, 3, 5, 6, 5, 6):
        with Cache(tmp_path / 'cache.db', DAYS) as cache:
            counts.append(cache.failed(URI, f'2026-11-0{day}').days)
    assert counts == [1, 1, 1, 1, 1, 2, 2, 2]


def test_a_link_that_fails_for_years_is_counted_to_the_end(tmp_path: Path) -> None:
    with Cache(tmp_path / 'cache.db', DAYS) as cache:
        for year in range(2020, 2024):
            for month in range(1, 13):
                cache.failed(URI, f'{year}-{month:02}-01')
        assert cache.strikes(URI) == Strikes(48, '2020-01-01')


def test_an_address_with_a_login_is_in_no_file(tmp_path: Path) -> None:
    path, uri = tmp_path / 'cache.db', 'https://ann:UserSecret@a.example/'
    led = 'https://a.example/?token=LedSecret'
    hops = (Hop(URI, 302, led),)
    seen = Evidence(URI, 'answered', 200, led, hops)
    with Cache(path, DAYS) as cache:
        cache.put(uri, OK, SEEN, NOW)
        cache.put(URI, Verdict('moved', 'temporary', led, 302), seen, NOW)
        assert cache.failed(uri, TODAY).days == 1
    assert b'Secret' not in path.read_bytes()
    with Cache(path, DAYS) as cache:
        assert cache.lookup(uri, NOW) is None
        assert cache.strikes(uri).days == 1
        found = cache.lookup(URI, NOW)
    assert found
    assert found.verdict.message == 'https://a.example/?token=***'


def test_of_two_checks_that_find_it_corrupt_one_sets_it_aside(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    path.write_bytes(b'x' * 5000)
    inode = path.stat().st_ino
    aside = set_aside(path, 'corrupt', inode)
    assert aside == tmp_path / 'cache.db.corrupt-1'
    # The other one looked at the same file, but was slower.
    remember(path)
    assert set_aside(path, 'corrupt', inode) is None
    assert known(path) == [URI]
    path.unlink()
    assert set_aside(path, 'corrupt', inode) is None


# -- killed, crowded, full -----------------------------------------------------

WRITER = """
cache = Cache(Path(ARGS[0]), DAYS)
for number in range(int(ARGS[2])):
    cache.put(f'{ARGS[1]}:{number}', OK, None, NOW)
    cache.failed(f'{ARGS[1]}:{number}', '2026-11-01')
    print(number, flush=True)
"""


def test_a_killed_run_loses_nothing_that_was_put(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    for run, lines in enumerate([1, 50, 333]):
        with child(WRITER, path, run, 1_000_000) as process:
            assert process.stdout
            for _line in range(lines):
                last = int(process.stdout.readline())
            process.kill()
            shown = process.stdout.read().splitlines()
        assert process.returncode != 0
        # The last line may be cut.
        last = int(shown[-2]) if len(shown) > 1 else last
        uris = [f'{run}:{number}' for number in range(last + 1)]
        assert known(path, uris) == uris


def test_two_processes_at_once_keep_what_both_put(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    code = WRITER + 'cache.close()\nassert cache.messages == [], cache.messages\n'
    processes = [child(code, path, name, 1000) for name in 'ab']
    for process in processes:
        output(process)
    uris = [f'{name}:{number}' for name in 'ab' for number in range(1000)]
    assert known(path, uris) == uris
    assert [found.name for found in tmp_path.iterdir()] == ['cache.db']


def test_a_database_locked_for_long_costs_one_wait_and_the_cache(
    tmp_path: Path,
) -> None:
    path = tmp_path / 'cache.db'
    remember(path)
    with Cache(path, DAYS, patience=0.2) as cache:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute('BEGIN EXCLUSIVE')
        for number in range(100):
            cache.put(f'{number}:', OK, None, NOW)
            cache.failed(f'{number}:', TODAY)
        # The next check may find it free.
        assert cache.can_learn
        # What is known stays known, in this run.
        assert cache.lookup(URI, NOW)
        assert cache.lookup('1:', NOW)
        assert cache.failed('1:', '2999-01-01').days == 2
    (message,) = cache.messages
    assert 'locked' in message
    with Cache(path, DAYS, patience=0.2) as cache:
        assert cache.lookup(URI, NOW) is None
    (message,) = cache.messages
    assert 'locked' in message
    other.close()
    assert known(path, [URI, '1:']) == [URI]


@pytest.mark.skipif(os.name == 'nt', reason='limits no size of files')
def test_a_full_disk_costs_the_cache_and_not_the_run(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    code = """
import resource
limit = int(ARGS[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
with Cache(Path(ARGS[0]), DAYS) as cache:
    for number in range(2000):
        cache.put(f'{number}:', OK, None, NOW)
    assert cache.lookup('1999:', NOW)
print(len(cache.messages))
"""
    assert output(child(code, path, 40_000)) == '1\n'
    uris = [f'{number}:' for number in range(2000)]
    found = known(path, uris)
    assert 100 < len(found) < 2000
    assert found == uris[: len(found)]
    # Not even room to begin.
    assert output(child(code, tmp_path / 'other.db', 2000)) == '1\n'


# -- files that won't do -------------------------------------------------------


def corrupt(path: Path) -> None:
    remember(path, map(str, range(2000)))
    content = bytearray(path.read_bytes())
    content[8192:40_000] = b'\xa5' * (40_000 - 8192)
    path.write_bytes(content)


def truncated(path: Path) -> None:
    remember(path, map(str, range(2000)))
    path.write_bytes(path.read_bytes()[:20_000])


def with_a_wrong_count_of_free_pages(path: Path) -> None:
    remember(path)
    content = bytearray(path.read_bytes())
    content[36:40] = (5).to_bytes(4)
    path.write_bytes(content)


def stump(path: Path) -> None:
    remember(path)
    path.write_bytes(path.read_bytes()[:50])


def without_tables(path: Path) -> None:
    remember(path)
    execute(path, 'DROP TABLE strikes')


def with_other_columns(path: Path) -> None:
    remember(path)
    execute(path, 'ALTER TABLE links RENAME COLUMN data TO facts')


def with_other_values(path: Path) -> None:
    remember(path)
    execute(path, "INSERT INTO strikes VALUES (x'61', 'many', '', '', '')")


def with_a_number_beyond_all(path: Path) -> None:
    remember(path)
    execute(path, "INSERT INTO strikes VALUES (x'61', 9e999, '', '', '')")


def with_text_for_keys(path: Path) -> None:
    remember(path)
    execute(path, "INSERT INTO strikes VALUES ('a', 1, '', '', '')")


def with_broken_text(path: Path) -> None:
    remember(path)
    execute(path, "UPDATE links SET data = CAST(x'ff' AS TEXT)")


def of_another_kind(path: Path) -> None:
    path.write_text('{"cache": "of something else"}' * 100, encoding='utf-8')


def of_another_program(path: Path) -> None:
    execute(path, 'CREATE TABLE mine (x)')


def with_another_owner(path: Path) -> None:
    remember(path)
    execute(path, 'PRAGMA application_id = 1')


def newer(path: Path) -> None:
    remember(path)
    execute(path, f'PRAGMA user_version = {len(MIGRATIONS) + 1}')


def execute(path: Path, statement: str) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    ('spoil', 'fault'),
    [
        (corrupt, 'corrupt'),
        (truncated, 'corrupt'),
        (with_a_wrong_count_of_free_pages, 'corrupt'),
        (stump, 'corrupt'),
        (without_tables, 'corrupt'),
        (with_other_columns, 'corrupt'),
        (with_other_values, 'corrupt'),
        (with_a_number_beyond_all, 'corrupt'),
        (with_text_for_keys, 'corrupt'),
        (with_broken_text, 'corrupt'),
        (of_another_kind, 'foreign'),
        (of_another_program, 'foreign'),
        (with_another_owner, 'foreign'),
        (newer, 'newer'),
    ],
)
def test_a_file_that_will_not_do_is_kept_aside(
    tmp_path: Path, spoil: Callable[[Path], None], fault: str
) -> None:
    path = tmp_path / 'cache.db'
    for number in (1, 2):
        spoil(path)
        content = path.read_bytes()
        with Cache(path, DAYS) as cache:
            assert cache.lookup(URI, NOW) is None
            cache.put(URI, OK, None, NOW)
        kept = tmp_path / f'cache.db.{fault}-{number}'
        (message,) = cache.messages
        assert kept.name in message
        assert kept.read_bytes() == content
        assert known(path) == [URI]
        path.unlink()
    assert {path.name for path in tmp_path.iterdir()} == {
        f'cache.db.{fault}-{number}' for number in (1, 2)
    }


def test_a_journal_goes_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    of_another_kind(path)
    (tmp_path / 'cache.db-journal').write_bytes(b'of the other')
    Cache(path, DAYS).close()
    assert (tmp_path / 'cache.db.foreign-1-journal').read_bytes() == b'of the other'
    assert not (tmp_path / 'cache.db-journal').exists()


def test_data_that_is_no_result_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    verdicts = '1', '[[], "", "", 0]', '["dead", "gone", "", Infinity]'
    rows = [f'{{"verdict": {verdict}, "evidence": null}}' for verdict in verdicts]
    for data in ('', '[]', '[' * 100_000, *rows):
        remember(path)
        database = sqlite3.connect(path, isolation_level=None)
        database.execute('UPDATE links SET data = ?', [data])
        database.close()
        assert known(path) == []


def test_an_empty_file_is_a_new_cache(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    path.touch()
    remember(path)
    assert known(path) == [URI]


def test_a_folder_in_its_place_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    path.mkdir()
    with Cache(path, DAYS) as cache:
        cache.put(URI, OK, None, NOW)
        assert cache.lookup(URI, NOW)
        assert not cache.can_learn
    (message,) = cache.messages
    assert 'not a regular file' in message
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_where_its_folder_should_be_costs_the_cache(tmp_path: Path) -> None:
    path = tmp_path / 'file' / 'cache.db'
    path.parent.touch()
    with Cache(path, DAYS) as cache:
        cache.put(URI, OK, None, NOW)
    assert len(cache.messages) == 1


def test_a_name_that_no_file_can_have_costs_the_cache(tmp_path: Path) -> None:
    for name in ('a\0b', 'x' * 1000):
        with Cache(tmp_path / name, DAYS) as cache:
            cache.put(URI, OK, None, NOW)
        assert len(cache.messages) == 1


def test_a_name_with_marks_of_a_url_is_just_a_name(tmp_path: Path) -> None:
    path = tmp_path / 'a?mode=memory#%41 é.db'
    remember(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert known(path) == [URI]


@pytest.mark.skipif(os.name == 'nt', reason='a folder is never read-only there')
@pytest.mark.parametrize('what', ['file', 'folder'])
def test_what_is_read_only_is_read(what: str) -> None:
    # Root may write everywhere, and nobody else may go into pytest's folders.
    code = f"""
import os
if os.geteuid() == 0:
    os.setuid(65534)
with Cache(Path(ARGS[0]), DAYS) as cache:
    assert cache.lookup({URI!r}, NOW)
    assert not cache.can_learn
    cache.put('new:', OK, None, NOW)
    assert cache.failed('new:', '2026-11-01').days == 1
    assert cache.lookup('new:', NOW)
print(cache.messages)
"""
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / 'cache.db'
        remember(path)
        content = path.read_bytes()
        path.chmod(0o444 if what == 'file' else 0o666)
        folder.chmod(0o555 if what == 'folder' else 0o777)
        try:
            assert output(child(code, path)) == '[]\n'
            assert path.read_bytes() == content
            assert list(folder.iterdir()) == [path]
        finally:
            folder.chmod(0o755)


# -- migration -----------------------------------------------------------------


def test_version_0_is_ours_without_tables(tmp_path: Path) -> None:
    path = tmp_path / 'cache.db'
    execute(path, f'PRAGMA application_id = {APPLICATION_ID}')
    remember(path)
    assert known(path) == [URI]


def test_an_older_file_is_brought_up_with_what_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'cache.db'
    remember(path)
    added = ('ALTER TABLE links ADD COLUMN more TEXT', 'DELETE FROM strikes')
    monkeypatch.setattr(cache_module, 'MIGRATIONS', (*MIGRATIONS, added))
    assert known(path) == [URI]
    with sqlite3.connect(path) as database:
        (version,) = database.execute('PRAGMA user_version').fetchone()
        assert version == len(MIGRATIONS) + 1
        assert database.execute('SELECT more FROM links').fetchone() == (None,)
    database.close()
    assert known(path) == [URI]
    # Whoever has the older program keeps the file, and gets a new one.
    monkeypatch.undo()
    Cache(path, DAYS).close()
    assert (tmp_path / 'cache.db.newer-1').exists()


def test_half_a_migration_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / 'cache.db'
    remember(path)
    added = ('DELETE FROM links', 'ALTER TABLE nonsense ADD COLUMN more')
    monkeypatch.setattr(cache_module, 'MIGRATIONS', (*MIGRATIONS, added))
    Cache(path, DAYS).close()
    monkeypatch.undo()
    assert known(tmp_path / 'cache.db.corrupt-1') == [URI]
