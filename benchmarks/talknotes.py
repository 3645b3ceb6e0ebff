"""Measures what talknotes costs, against the same pages in plain reST."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import sphinx

from benchmarks import generate
from benchmarks.measure import MIB, SPHINX, Cost, median, print_target, progress, run

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What is measured, in the order of a run, and what it is called.
BUILDS = {
    'j2': 'fresh, -j2',
    'fresh': 'fresh',
    'edit': 'after one edit',
    'todo': 'after a to-do',
}

#: Highest allowed ratio of talknotes to plain.
FRESH_RATIO = 1.3
#: The same, to plain with the collected page written by hand.
BY_HAND_RATIO = 1.0
EDIT_RATIO = 2.5
#: Highest allowed ratio of the cost of a talk on the largest site to the smallest.
GROWTH_RATIO = 1.25

#: How to read the table.
NOTES = """\
CPU time (user and system, children included) is what to compare: other work on the
machine disturbs it less than wall time.  plain has the talks alone; by hand has also
the collected page, written out in plain reST, but nothing that leads to its entries: no
links from the talks, no ids, no index.  Written pages leave out genindex.html and
search.html, which Sphinx always writes; new are those with other bytes than before."""

#: What Sphinx itself writes in every build, whatever changed.
ALWAYS_WRITTEN = {'genindex.html', 'search.html'}


class Pages(NamedTuple):
    """What a build after an edit did to the pages."""

    written: frozenset[str]
    changed: frozenset[str]  #: Those of them whose bytes are others than before.


class Site:
    """A generated site of one of the sides."""

    def __init__(self, side: str, folder: Path, notes: list[generate.Talk]) -> None:
        self.side = side
        self.source = folder / side
        self.output = folder / f'{side}-build'
        self.original = self.notes = notes
        self.costs: dict[str, list[Cost]] = {build: [] for build in BUILDS}
        self.pages: dict[str, Pages] = {}
        self.environment = 0.0  #: Size of the pickled environment, in MiB.
        generate.write_site(side, self.source, notes)

    def measure(self, build: str) -> None:
        """Run one of `BUILDS` and keep what it cost."""
        if build in {'edit', 'todo'}:
            self.edit(build)
            before = self.snapshot()
            self.costs[build].append(self.build())
            self.pages[build] = compare(before, self.snapshot())
        else:
            self.start_anew()
            options = ['-j2'] if build == 'j2' else []
            self.costs[build].append(self.build(*options))
            pickled = self.output / '.doctrees' / 'environment.pickle'
            self.environment = pickled.stat().st_size / MIB

    def start_anew(self) -> None:
        """Take back the edits and delete what was built."""
        shutil.rmtree(self.output, ignore_errors=True)
        self.notes = self.original
        generate.write_site(self.side, self.source, self.notes)

    def edit(self, build: str) -> None:
        """Append a word to the first point of a talk, or to its to-do."""
        middle = len(self.notes) // 2
        talk = self.notes[middle]
        first, *others = talk.points
        if build == 'edit':
            talk = talk._replace(points=(f'{first} Really.', *others))
        else:
            talk = talk._replace(todo=f'{talk.todo} Really.')
        self.notes = [*self.notes[:middle], talk, *self.notes[middle + 1 :]]
        generate.write_site(self.side, self.source, self.notes)

    def build(self, *options: str) -> Cost:
        """Run Sphinx in a process of its own; a warning ends the benchmark."""
        return run([*SPHINX, '-W', '-b', 'html', *options, self.source, self.output])

    def snapshot(self) -> dict[str, tuple[int, bytes]]:
        """Return page -> time it was written and digest of what it says."""
        return {
            path.relative_to(self.output).as_posix(): (
                path.stat().st_mtime_ns,
                hashlib.blake2b(path.read_bytes(), digest_size=16).digest(),
            )
            for path in self.output.rglob('*.html')
            if path.name not in ALWAYS_WRITTEN
        }

    def median(self, build: str) -> Cost:
        """Return the median of each cost of a build."""
        return median(self.costs[build])


def compare(
    before: dict[str, tuple[int, bytes]], after: dict[str, tuple[int, bytes]]
) -> Pages:
    """Return what a build did to the pages."""
    written = {page for page in after if before.get(page) != after[page]}
    old = {page: digest for page, (_time, digest) in before.items()}
    changed = {page for page in written if old.get(page) != after[page][1]}
    return Pages(frozenset(written), frozenset(changed))


class Result(NamedTuple):
    """The sites of one size, measured."""

    talks: int
    plain: Site
    by_hand: Site
    ours: Site

    def ratio(self, build: str, peer: Site) -> float:
        """Return how many times the CPU time of a *peer* a build of ours takes."""
        return self.ours.median(build).cpu / peer.median(build).cpu

    def idle(self, build: str) -> list[str]:
        """Return the pages written for nothing that plain Sphinx does not write."""
        ours = self.ours.pages[build]
        return sorted(ours.written - ours.changed - self.plain.pages[build].written)


def measure(talks: int, runs: int, folder: Path) -> Result:
    """Generate the sites with so many *talks* and build them in turn."""
    notes = generate.talks(talks)
    plain, by_hand, ours = (Site(side, folder, notes) for side in generate.SIDES)
    for number in range(1, runs + 1):
        for build in BUILDS:
            for site in (plain, by_hand, ours):
                progress(f'{talks} talks, run {number} of {runs}: {build}, {site.side}')
                site.measure(build)
    return Result(talks, plain, by_hand, ours)


def warm_up(talks: int, folder: Path) -> None:
    """Build all sides once, so that no measured build compiles or first loads code."""
    notes = generate.talks(talks)
    for side in generate.SIDES:
        progress(f'warm-up: {side}')
        Site(side, folder, notes).build()


def print_result(result: Result) -> None:
    sites = result.plain, result.by_hand, result.ours
    print(f'\n{result.talks} talks')
    print(f'{"":24}', *(f'{site.side:>16}' for site in sites), f'{"talknotes :":>17}')
    print(f'{"":24}', *(f'{"CPU s":>8}{"wall s":>8}' for _site in sites), end='')
    print(f'{"plain":>9}{"by hand":>9}')
    for build, label in BUILDS.items():
        costs = [site.median(build) for site in sites]
        print(f'{label:24}', *(f'{c.cpu:8.2f}{c.wall:8.2f}' for c in costs), end='')
        peers = result.plain, result.by_hand
        print(*(f'{result.ratio(build, peer):9.2f}' for peer in peers), sep='')
    for build in ('fresh', 'edit', 'j2'):
        memory = [site.median(build).memory for site in sites]
        print_sizes(f'peak MiB, {BUILDS[build]}', *memory)
    print_sizes('environment MiB', *(site.environment for site in sites))
    for build in ('edit', 'todo'):
        pages = [site.pages[build] for site in sites]
        print(f'{"written " + BUILDS[build]:24}', end='')
        print('', *(f'{f"{len(w)} ({len(c)} new)":>16}' for w, c in pages))


def print_sizes(label: str, plain: float, by_hand: float, ours: float) -> None:
    print(f'{label:24} {plain:16.2f} {by_hand:16.2f} {ours:16.2f}', end='')
    print(f'{ours / plain:9.2f}{ours / by_hand:9.2f}')


def growth(small: Site, large: Site, talks: tuple[int, int], build: str) -> float:
    """Return how many times as much CPU time a talk takes on the *large* site."""
    costs = [site.median(build).cpu for site in (small, large)]
    return (costs[1] / talks[1]) / (costs[0] / talks[0])


def print_growth(small: Result, large: Result) -> None:
    talks = small.talks, large.talks
    print(f'\nCPU time of a talk, {talks[1]} talks : {talks[0]} talks')
    for build, label in BUILDS.items():
        pairs = zip(small[1:], large[1:], strict=True)
        grown = (growth(*pair, talks, build) for pair in pairs)
        print(f'{label:24}', *(f'{ratio:16.2f}' for ratio in grown))


def print_targets(results: list[Result]) -> None:
    print('\nTargets (by CPU time)')
    for result in results:
        for build, allowed in (
            ('fresh', FRESH_RATIO),
            ('edit', EDIT_RATIO),
            ('todo', EDIT_RATIO),
        ):
            label = f'{result.talks} talks: {BUILDS[build]}'
            print_target(
                f'{label}, x plain', result.ratio(build, result.plain), allowed
            )
        label = f'{result.talks} talks: {BUILDS["fresh"]}, x by hand'
        print_target(label, result.ratio('fresh', result.by_hand), BY_HAND_RATIO)
        for build in ('edit', 'todo'):
            label = f'{result.talks} talks: written {BUILDS[build]} for nothing'
            print_target(label, len(result.idle(build)), 0)
    if len(results) > 1:
        small, large = results[0], results[-1]
        talks = small.talks, large.talks
        for build in ('fresh', 'edit', 'todo'):
            grown = growth(small.ours, large.ours, talks, build)
            label = f'a talk, {talks[1]} : {talks[0]} talks: {BUILDS[build]}'
            print_target(label, grown, GROWTH_RATIO)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog='benchmarks talknotes', description=__doc__)
    parser.add_argument('--talks', type=int, nargs='+', default=[600, 3000])
    parser.add_argument('--runs', type=int, default=3, help='take the median of these')
    options = parser.parse_args(arguments)
    print(
        f'Sphinx {sphinx.__version__}, Python {platform.python_version()}, '
        f'{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; '
        f'median of {options.runs} after a warm-up'
    )
    print(NOTES)
    sizes = sorted(set(options.talks))
    with tempfile.TemporaryDirectory() as folder:
        warm_up(sizes[0], Path(folder))
    results = []
    for talks in sizes:
        with tempfile.TemporaryDirectory() as folder:
            results.append(measure(talks, options.runs, Path(folder)))
        progress('')
        print_result(results[-1])
    if len(results) > 1:
        print_growth(results[0], results[-1])
    print_targets(results)


if __name__ == '__main__':
    main()
