"""Measures how linkaudit's cost grows with what there is most of in a project."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import sys
import tempfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import sphinx

from benchmarks.measure import print_target, progress, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

#: What there is at first; then twice and four times as much.
FIRST = 4000
#: The highest allowed ratio of one to the one before.
GROWTH_RATIO = 2.3
#: Seconds of CPU below which a cost is noise.
LEAST = 0.3

EXTENSION = "extensions = ['sphinx_linkaudit']\n"
#: Nothing is asked of it: what is measured is what is done before and after.
IGNORED = EXTENSION + "linkcheck_ignore = ['http://ignored']\n"
#: Nobody listens there, so that each of its links is dead after one request.
DEAD = 'http://127.0.0.2:1'

NOTES = f"""\
CPU: user and system time that is spent in linkaudit's code or what that calls, sampled,
so that Sphinx's reading isn't in it; of a report's page that of the whole build.  The
least of all runs counts: what else a machine does only adds.  A ratio is of that to the
one for half as much; below {LEAST} s none is looked at."""

SAMPLED = (sys.executable, '-m', 'benchmarks.sampling', 'sphinx_linkaudit')


def places(number: int) -> dict[str, str]:
    """Make a page with one address at so many places."""
    return {'index.rst': _page(['* http://ignored/page'] * number)}


def pages(number: int) -> dict[str, str]:
    """Make pages that all have one address, ten times each."""
    names = [f'page{n}' for n in range(number // 10)]
    texts = {f'{name}.rst': _page(['* http://ignored/page'] * 10) for name in names}
    toctree = ['.. toctree::', '', *(f'   {name}' for name in names)]
    return {'index.rst': _page(toctree), **texts}


def named(number: int) -> dict[str, str]:
    """Make a page with so many named targets."""
    return {
        'index.rst': _page(
            [
                *(f'* name{n}_' for n in range(number)),
                '',
                *_apart(f'.. _name{n}: http://ignored/{n}' for n in range(number)),
            ]
        )
    }


def anonymous(number: int) -> dict[str, str]:
    """Make a page with so many anonymous targets."""
    return {
        'index.rst': _page(
            [
                *(f'* `name {n}`__' for n in range(number)),
                '',
                *_apart(f'__ http://ignored/{n}' for n in range(number)),
            ]
        )
    }


def _apart(targets: Iterable[str]) -> Iterator[str]:
    """Yield targets with text between them, a few in each section.

    Sphinx takes long to sort many in a row, and docutils to read many in one section:
    with the square of their number, so that our share would be lost in its noise.
    """
    for number, target in enumerate(targets):
        if number % 50 == 0:
            heading = f'Section {number}'
            yield from (heading, '-' * len(heading), '')
        yield from (target, '', 'Text.', '')


def raw(number: int) -> dict[str, str]:
    """Make a page with so many links in raw HTML."""
    links = [f'   <a href="http://ignored/{n}">x</a>' for n in range(number)]
    return {'index.rst': _page(['.. raw:: html', '', *links])}


def blocks(number: int) -> dict[str, str]:
    """Make a page with a block of raw HTML for each link."""
    lines: list[str] = []
    for n in range(number):
        lines += ['.. raw:: html', '', f'   <a href="http://ignored/{n}">x</a>', '']
    return {'index.rst': _page(lines)}


def anchors(number: int) -> dict[str, str]:
    """Make a page with links to so many anchors of one page."""
    lines = [f'* `x <{{server}}/{number}#id{n}>`__' for n in range(number)]
    return {'index.rst': _page(lines)}


def dead(number: int) -> dict[str, str]:
    """Make a page with so many dead links, to be reported."""
    lines = [f'* `x <{DEAD}/{n}>`__' for n in range(number)]
    return {'index.rst': _page(lines)}


def reported(number: int) -> dict[str, str]:
    """Make a page with a ``link-report`` of so many places."""
    links = [
        {
            'uri': f'{DEAD}/{n}',
            'verdict': 'dead',
            'reason': 'refused',
            'message': '',
            'places': [{'docname': 'index', 'path': 'index.rst', 'line': n}] * 2,
        }
        for n in range(number // 2)
    ]
    report = {'version': 1, 'complete': True, 'generated': '2026-11-25', 'links': links}
    return {
        'report.json': json.dumps(report),
        'index.rst': _page(['.. link-report:: report.json']),
    }


class Shape(NamedTuple):
    """What there may be much of."""

    label: str
    make: Callable[[int], dict[str, str]]
    conf: str = IGNORED
    builder: str = 'linkcheck'
    whole: bool = False  #: Whether what Sphinx does counts too.


SHAPES = {
    'places': Shape('one address at N places of a page', places),
    'pages': Shape('one address at N places of N/10 pages', pages),
    'named': Shape('N named targets on a page', named),
    'anonymous': Shape('N anonymous targets on a page', anonymous),
    'raw': Shape('N links in one block of raw HTML', raw),
    'blocks': Shape('N blocks of raw HTML on a page', blocks),
    'anchors': Shape('N anchors of one page', anchors, EXTENSION),
    'dead': Shape('N dead links, reported', dead, EXTENSION),
    'reported': Shape('a link-report of N places', reported, EXTENSION, 'html', True),
}


class _Anchors(BaseHTTPRequestHandler):
    """Serves pages with as many anchors as their path says."""

    def do_GET(self) -> None:
        number = int(self.path.strip('/'))
        text = ''.join(f'<p id="id{n}">Some text</p>\n' for n in range(number)).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve pages with anchors; give the address."""
    server = ThreadingHTTPServer(('127.0.0.2', 0), _Anchors)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f'http://127.0.0.2:{server.server_port}'
    finally:
        server.shutdown()
        server.server_close()


def measure(shape: Shape, number: int, folder: Path, server: str, runs: int) -> float:
    """Return the seconds of CPU that *number* of a *shape* cost."""
    source = folder / 'source'
    source.mkdir(parents=True)
    for name, text in shape.make(number).items():
        filled = text.replace('{server}', server)
        (source / name).write_text(filled, encoding='utf-8')
    (source / 'conf.py').write_text(shape.conf, encoding='utf-8')
    sampled = folder / 'seconds.txt'
    seconds = []
    for turn in range(runs):
        output = folder / f'output{turn}'
        cost = run(
            [*SAMPLED, sampled, '-q', '-E', '-b', shape.builder, source, output],
            log=folder / 'log.txt',
            statuses=(0, 1),
        )
        own = float(sampled.read_text(encoding='ascii'))
        seconds.append(cost.cpu if shape.whole else own)
    return min(seconds)


def _page(lines: Sequence[str]) -> str:
    return '\n'.join(['Title', '=====', '', *lines, ''])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog='benchmarks growth', description=__doc__)
    parser.add_argument('--shapes', nargs='+', choices=SHAPES, default=list(SHAPES))
    parser.add_argument('--first', type=int, default=FIRST, help='what N is at first')
    parser.add_argument('--runs', type=int, default=3)
    options = parser.parse_args(arguments)
    print(
        f'Sphinx {sphinx.__version__}, Python {platform.python_version()}, '
        f'{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}'
    )
    print(NOTES)
    with serving() as server, tempfile.TemporaryDirectory() as folder:
        for name in options.shapes:
            shape = SHAPES[name]
            costs: list[float] = []
            for times in (1, 2, 4):
                number = times * options.first
                progress(f'{shape.label}, N = {number}')
                where = Path(folder) / name / f'{number}'
                costs.append(measure(shape, number, where, server, options.runs))
            progress('')
            seconds = ', '.join(f'{cost:.2f} s' for cost in costs)
            print(f'\n{shape.label}, N = {options.first}: {seconds}')
            for before, after in itertools.pairwise(costs):
                label = f'{name}: x half as much'
                print_target(label, after / max(before, LEAST), GROWTH_RATIO)


if __name__ == '__main__':
    main()
