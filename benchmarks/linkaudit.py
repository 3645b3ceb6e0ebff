"""Measures linkaudit against Sphinx's own link check and lychee."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import sphinx

from benchmarks import links
from benchmarks.measure import MIB, SPHINX, Cost, median, print_target, progress, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

TIMEOUT = 20  #: Seconds, the same for all.
LANES = 8  #: Requests at a time to one host: what ``linkcheck_host_workers`` is.

#: What is measured, and the options of Sphinx for it.
SIDES = {
    'reading': ('-b', 'dummy'),
    'linkcheck': ('-b', 'linkcheck'),
    'tuned': ('-b', 'linkcheck', '-D', 'linkcheck_workers=128'),
    'linkaudit': ('-b', 'linkcheck', '-D', 'extensions=sphinx_linkaudit'),
}

#: The name of the cache, beside the documents.
CACHE = 'cache.sqlite'
_REMEMBERING = (
    *SIDES['linkaudit'],
    *('-D', 'linkcheck_cache=1', '-D', f'linkcheck_cache_file=../{CACHE}'),
)
#: With a cache: a first check, and the one that follows it.  Nothing but the cache is
#: left to the second, as on a machine for CI.
CACHED = {'first': _REMEMBERING, 'again': _REMEMBERING}
SIDES |= CACHED

#: The options of lychee: as it comes, it lets 50 ms pass between two requests to a host
#: and asks a failing page four times.  As fast as it gets, it calls a page bad that
#: asks for a second of patience.
LYCHEE: dict[str, tuple[str, ...]] = {
    'lychee': (),
    'lychee-fast': (
        *('--max-concurrency', '512', '--host-concurrency', '512'),
        *('--host-request-interval', '0ms', '--max-retries', '0'),
    ),
}
ALL_SIDES = (*SIDES, *LYCHEE)
UNCACHED = tuple(side for side in ALL_SIDES if side not in CACHED)

READINGS = 3  #: How often the documents are read where there is one run only.

#: Highest allowed ratios.
LIMIT_RATIO = 1.15
SLOWEST_SHARE = 1 / 7
REQUESTS_RATIO = 1.10
INSTANT_RATIO = 0.75
ANCHORS_RATIO = 1.0
GROWTH_RATIO = 1.25
MEMORY_MB = 200
WIDE_MILLISECONDS = 1.6
AGAIN_RATIO = 1.2

#: How to read the tables.
NOTES = f"""\
reading: the same documents built by Sphinx's dummy builder.  linkcheck: Sphinx's own
as it comes.  tuned: that with 128 workers.  lychee: as it comes, with
--include-fragments; it reads a list of the links, no documents.  lychee-fast: that with
{' '.join(LYCHEE['lychee-fast'])}.
first, again: linkaudit with a cache, which is all that the second run finds.
The timeout is {TIMEOUT} s for all.  The web is a process of its own, which counts the
requests; at once: the most that were open to one host.  CPU: user and system time of
the checker alone."""


class Workload(NamedTuple):
    """A set of links to check."""

    label: str
    make: Callable[[int, int], links.Web]
    links: int
    hosts: int
    sides: tuple[str, ...]
    repeats: bool  #: Whether it is short enough to run more than once.


WORKLOADS = {
    'old': Workload('as on the web', links.lifelike, 1000, 143, UNCACHED, False),
    'instant': Workload('answering at once', links.even, 3000, 100, UNCACHED, True),
    'anchors': Workload(
        'to 200 kB pages, each for an anchor',
        links.anchored,
        600,
        100,
        ('reading', 'linkcheck', 'linkaudit'),
        True,
    ),
    'many': Workload(
        'answering at once', links.even, 20000, 100, ('reading', 'linkaudit'), False
    ),
    'wide': Workload(
        'answering at once', links.even, 60000, 5000, ('reading', 'linkaudit'), False
    ),
    'again': Workload(
        'answering at once', links.even, 1500, 100, ('reading', *CACHED), True
    ),
}


class Outcome(NamedTuple):
    """What one run took, asked for, and found."""

    cost: Cost
    requests: dict[str, int]
    found: Counter[str]

    def asked(self) -> int:
        """Return how many requests it sent."""
        return self.requests.get('HEAD', 0) + self.requests.get('GET', 0)


class Server:
    """The web in a process of its own."""

    def __init__(self, plan: Path) -> None:
        self._command = [sys.executable, '-m', 'benchmarks.web', str(plan)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        # Once it can say its port, it listens.
        self.port = int(self._read())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def counts(self) -> dict[str, int]:
        """Return what was counted since this was last called."""
        assert self._process.stdin is not None
        self._process.stdin.write('\n')
        self._process.stdin.flush()
        counts: dict[str, int] = json.loads(self._read())
        return counts

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            message = f'the web ended with {self._process.wait()}'
            raise SystemExit(message)
        return line


class Trial:
    """A workload, its documents, and what was measured of it."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        self.workload = workload
        self.folder = folder
        self.source = folder / 'source'
        self.list = folder / 'links.txt'
        self.outcomes: dict[str, list[Outcome]] = {}
        web = workload.make(workload.links, workload.hosts)
        self.busiest = web.busiest(LANES)
        folder.mkdir()
        web.write_plan(folder / 'plan.json')
        self._web: links.Web | None = web

    def run(self, sides: Sequence[str], runs: int) -> None:
        """Measure all *sides*, one after the other, as often as *runs*."""
        with Server(self.folder / 'plan.json') as server:
            self._write(server.port)
            for number in range(1, runs + 1):
                for side in self._in_turn(sides, runs):
                    label = f'{self.workload.links} links {self.workload.label}'
                    progress(f'{label}, run {number} of {runs}: {side}')
                    self.outcomes.setdefault(side, []).append(self._run(side, server))

    @staticmethod
    def _in_turn(sides: Sequence[str], runs: int) -> list[str]:
        """Return the *sides* of a run; one of reading alone would sway all figures."""
        readings = [side for side in sides if side == 'reading' and runs < READINGS]
        return [*readings * (READINGS - 1), *sides]

    def _write(self, port: int) -> None:
        assert self._web is not None
        urls = list(self._web.urls(port))
        self._web = None  # the memory of this process would be counted with the others'
        settings: dict[str, object] = {'project': 'Links', 'linkcheck_timeout': TIMEOUT}
        links.write_documents(self.source, urls, settings)
        self.list.write_text('\n'.join(urls), encoding='utf-8')

    def _run(self, side: str, server: Server) -> Outcome:
        output = self.folder / 'build'
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir()
        if side == 'first':
            (self.folder / CACHE).unlink(missing_ok=True)
        log = self.folder / 'log.txt'
        if side in LYCHEE:
            report = output / 'lychee.json'
            command: list[str | Path] = [lychee(), *LYCHEE[side], '--include-fragments']
            command += ['--timeout', str(TIMEOUT), '--no-progress', '--format', 'json']
            command += ['--output', report]
            # 2: some links are broken.
            cost = run([*command, self.list], log=log, statuses=(0, 2))
            found = lychee_found(json.loads(report.read_text(encoding='utf-8')))
        else:
            command = [*SPHINX, *SIDES[side], self.source, output]
            # 1: some links are broken.
            cost = run(command, log=log, statuses=(0, 1))
            found = sphinx_found(output / 'output.json')
        if side != 'reading' and found.total() != self.workload.links:
            message = f'{side} has looked at {found.total()} links: {dict(found)}'
            raise SystemExit(message)
        return Outcome(cost, server.counts(), found)

    def median(self, side: str) -> Cost:
        """Return the median of each cost of a side."""
        return median([outcome.cost for outcome in self.outcomes[side]])

    def above_reading(self, side: str, cost: str) -> float:
        """Return a *cost* of checking links, without that of reading the documents."""
        spent = float(getattr(self.median(side), cost))
        if side in LYCHEE:  # it reads a list of the links alone
            return spent
        return spent - float(getattr(self.median('reading'), cost))

    def ratio(self, side: str, other: str, cost: str) -> float:
        """Return how many times as much a *side* takes above reading as an *other*."""
        return self.above_reading(side, cost) / self.above_reading(other, cost)

    def limit(self) -> float:
        """Return the seconds that no check can do without.

        They are for reading the documents, and then for the longer of one timeout and
        what the busiest host takes to answer.
        """
        hung = any('timed out' in o.found for os in self.outcomes.values() for o in os)
        waiting = TIMEOUT if hung else 0.0
        return self.median('reading').wall + max(waiting, self.busiest)


def lychee() -> Path:
    """Return where lychee is: beside this interpreter."""
    found = shutil.which('lychee', path=str(Path(sys.executable).parent))
    if found is None:
        message = 'lychee is missing: run `make bench`, or leave it out with --sides'
        raise SystemExit(message)
    return Path(found)


def lychee_found(report: dict[str, int]) -> Counter[str]:
    """Return what lychee found, in the words of this table."""
    found = {
        'good': report['successful'],
        'bad': report['errors'],
        'timed out': report['timeouts'],
        'left': report['excludes'] + report['unsupported'],
    }
    return +Counter(found)


def sphinx_found(path: Path) -> Counter[str]:
    """Return what was found according to Sphinx's ``output.json``."""
    words = {'working': 'good', 'redirected': 'good', 'broken': 'bad'}
    words |= {'timeout': 'timed out'}
    if not path.exists():
        return Counter()
    with path.open(encoding='utf-8') as rows:
        return Counter(words.get(json.loads(row)['status'], 'left') for row in rows)


def print_trial(trial: Trial) -> None:
    workload = trial.workload
    print(f'\n{workload.links} links, {workload.hosts} hosts, {workload.label}')
    print(f'{"":12}{"total":>16}{"above reading":>18}', end='')
    print(f'{"RSS":>7}{"requests":>16}{"at":>6}{"found":>21}')
    print(f'{"":12}{"wall s":>8}{"CPU s":>8}{"wall s":>10}{"CPU s":>8}', end='')
    print(f'{"MB":>7}{"HEAD":>8}{"GET":>8}{"once":>6}{"good":>7}{"bad":>4}', end='')
    print(f'{"late":>5}{"left":>5}')
    for side, outcomes in trial.outcomes.items():
        cost = trial.median(side)
        print(f'{side:12}{cost.wall:8.2f}{cost.cpu:8.2f}', end='')
        if side == 'reading':
            print(f'{"":18}{megabytes(cost):7.0f}')
            continue
        for name in ('wall', 'cpu'):
            above = (
                trial.above_reading(side, name) if 'reading' in trial.outcomes else 0
            )
            print(f'{above:{10 if name == "wall" else 8}.2f}', end='')
        last = outcomes[-1]
        print(f'{megabytes(cost):7.0f}', end='')
        for name, width in (('HEAD', 8), ('GET', 8), ('at once', 6)):
            print(f'{last.requests.get(name, 0):{width}}', end='')
        for name, width in (('good', 7), ('bad', 4), ('timed out', 5), ('left', 5)):
            print(f'{last.found[name]:{width}}', end='')
        print()


def megabytes(cost: Cost) -> float:
    """Return the peak of a run in MB."""
    return cost.memory * MIB / 1e6


def print_old_targets(trial: Trial) -> None:
    limit = trial.limit()
    ours = trial.median('linkaudit').wall
    print(
        f'limit: {limit:.2f} s (the busiest host has {trial.busiest:.2f} s to answer)'
    )
    for side in trial.outcomes:
        if side != 'reading':
            print(f'  {side:10}{trial.median(side).wall / limit:7.2f} x the limit')
    print_target('old: linkaudit, x the limit', ours / limit, LIMIT_RATIO)
    if 'linkcheck' in trial.outcomes:
        slowest = trial.median('linkcheck').wall
        print_target('old: linkaudit, x linkcheck', ours / slowest, SLOWEST_SHARE)
        asked = [
            trial.outcomes[side][-1].asked() for side in ('linkaudit', 'linkcheck')
        ]
        label = 'old: requests, x linkcheck'
        print_target(label, asked[0] / asked[1], REQUESTS_RATIO)
    for side in LYCHEE:
        if side in trial.outcomes:
            label = f'old: linkaudit, x {side}'
            print_target(label, ours / trial.median(side).wall, 1.0)


def print_instant_targets(trial: Trial) -> None:
    for side in ('tuned', *LYCHEE, 'linkcheck'):
        if side not in trial.outcomes:
            continue
        for cost, label in (('wall', 'wall'), ('cpu', 'CPU')):
            ratio = trial.ratio('linkaudit', side, cost)
            text = f'instant: above reading, x {side}, {label}'
            if side == 'linkcheck':
                print_target(text, ratio, INSTANT_RATIO)
            else:
                print(f'{text:52}{ratio:7.2f}')


def print_anchors_targets(trial: Trial) -> None:
    if 'linkcheck' in trial.outcomes:
        for cost, label in (('wall', 'wall'), ('cpu', 'CPU')):
            ratio = trial.ratio('linkaudit', 'linkcheck', cost)
            text = f'anchors: above reading, x linkcheck, {label}'
            print_target(text, ratio, ANCHORS_RATIO)


def print_many_targets(trial: Trial, instant: Trial | None) -> None:
    memory = megabytes(trial.median('linkaudit'))
    print_target('many: peak RSS, MB', memory, MEMORY_MB)
    if instant is None or 'linkaudit' not in instant.outcomes:
        return
    for cost, label in (('wall', 'wall'), ('cpu', 'CPU')):
        each = [
            one.above_reading('linkaudit', cost) / one.workload.links
            for one in (trial, instant)
        ]
        text = f'many: a link above reading, x instant, {label}'
        print_target(text, each[0] / each[1], GROWTH_RATIO)
        print(f'  {each[0] * 1000:.2f} ms a link, {each[1] * 1000:.2f} ms before')


def print_wide_targets(trial: Trial) -> None:
    for cost, label in (('wall', 'wall'), ('cpu', 'CPU')):
        each = 1000 * trial.above_reading('linkaudit', cost) / trial.workload.links
        print_target(f'wide: ms a link above reading, {label}', each, WIDE_MILLISECONDS)
    memory = [megabytes(trial.median(side)) for side in ('linkaudit', 'reading')]
    print_target('wide: peak RSS above reading, MB', memory[0] - memory[1], MEMORY_MB)


def print_again_targets(trial: Trial) -> None:
    reading, again = trial.median('reading'), trial.median('again')
    for cost, label in (('wall', 'wall'), ('cpu', 'CPU')):
        ratio = getattr(again, cost) / getattr(reading, cost)
        print_target(f'again: x reading, {label}', ratio, AGAIN_RATIO)
    asked = max(outcome.asked() for outcome in trial.outcomes['again'])
    print_target('again: requests', asked, 0)


def print_targets(trials: dict[str, Trial]) -> None:
    for name, trial in trials.items():
        if name == 'again' and {'reading', *CACHED} <= set(trial.outcomes):
            print_again_targets(trial)
        if not {'reading', 'linkaudit'} <= set(trial.outcomes):
            continue
        match name:
            case 'old':
                print_old_targets(trial)
            case 'instant':
                print_instant_targets(trial)
            case 'anchors':
                print_anchors_targets(trial)
            case 'many':
                print_many_targets(trial, trials.get('instant'))
            case 'wide':
                print_wide_targets(trial)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='benchmarks linkaudit', description=__doc__)
    parser.add_argument(
        '--workloads', nargs='+', choices=WORKLOADS, default=list(WORKLOADS)
    )
    parser.add_argument(
        '--sides', nargs='+', choices=ALL_SIDES, default=list(ALL_SIDES)
    )
    parser.add_argument('--runs', type=int, default=3, help='of the short ones')
    parser.add_argument(
        '--quick', action='store_true', help='a fifth of the links and hosts, one run'
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    options = parse(arguments)
    sides = {
        name: [side for side in WORKLOADS[name].sides if side in options.sides]
        for name in options.workloads
    }
    if any(side in LYCHEE for chosen in sides.values() for side in chosen):
        lychee()  # if it is missing, that is said before anything is measured
    runs = 1 if options.quick else options.runs
    print(
        f'Sphinx {sphinx.__version__}, Python {platform.python_version()}, '
        f'{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; '
        f'median of {runs} for instant, anchors and again'
    )
    print(NOTES)
    trials = {}
    for name in options.workloads:
        workload = WORKLOADS[name]
        if options.quick:
            fifth = workload.links // 5, workload.hosts // 5
            workload = workload._replace(links=fifth[0], hosts=fifth[1])
        with tempfile.TemporaryDirectory() as folder:
            trial = trials[name] = Trial(workload, Path(folder) / name)
            trial.run(sides[name], runs if workload.repeats else 1)
        progress('')
        print_trial(trial)
    print(f'\nTargets (load {os.getloadavg()[0]:.1f} now)')
    if options.quick:
        print('They are for all the links and hosts: what is missed here says little.')
    print_targets(trials)


if __name__ == '__main__':
    main()
