"""A check uses what its machine has, and tells a lack of it as such."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from checks import EXTENSION, project_with
from projects import PYTHONPATH
from runs import run_apart
from sphinx_linkaudit.ask.capacity import MAX_LOOKUPS, Capacity, capacity
from sphinx_linkaudit.ask.resolve import Resolver
from web import HOSTILE, Web, delayed, fine

if TYPE_CHECKING:
    from fixtures import MakeProject

resource = pytest.importorskip('resource', reason='Windows sets no such limits')

LIMITS = """
import resource
from sphinx_linkaudit.ask.capacity import capacity

for kind, *numbers in ('NOFILE', 40, 128, 1024), ('AS', 300, 600, 4000):
    kind = getattr(resource, f'RLIMIT_{kind}')
    before = resource.getrlimit(kind)
    for number in numbers:
        size = number * 2**20 if kind == resource.RLIMIT_AS else number
        resource.setrlimit(kind, (size, before[1]))
        print(*capacity())
    resource.setrlimit(kind, before)
"""


@pytest.mark.skipif(sys.platform != 'linux', reason='only Linux tells what is used')
def test_a_machine_that_has_little_has_few_workers_and_leaves_some_to_others() -> None:
    done = subprocess.run(
        [sys.executable, '-c', LIMITS],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        stdout=subprocess.PIPE,
        check=True,
    )
    found = [Capacity(*map(float, row.split())) for row in done.stdout.splitlines()]  # type: ignore[arg-type]
    for number, one in zip((40, 128, 1024), found, strict=False):
        assert number * 0.6 < one.descriptors < number * 0.9
        assert 1 <= one.workers <= one.descriptors / 2
        assert 1 <= one.lookups <= (number - one.descriptors) / 4
    assert found[0].workers < found[1].workers < found[2].workers
    assert found[2].lookups > MAX_LOOKUPS * 0.8
    tiny, small, large = found[3:]
    assert 1 <= tiny.workers <= small.workers < 10 < large.workers
    assert small.lookups <= small.workers


def test_no_limit_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        resource, 'getrlimit', lambda kind: (resource.RLIM_INFINITY,) * 2
    )
    assert capacity() == (math.inf, MAX_LOOKUPS, math.inf)


def test_no_more_names_are_looked_up_at_once_than_may_be() -> None:
    gate = threading.Event()
    begun: list[str] = []
    both = threading.Semaphore(0)

    def resolve(host: str, port: int) -> list[Any]:
        begun.append(host)
        both.release()
        gate.wait()
        return []

    resolver = Resolver(resolve, threads=2)
    for name in ('a.test', 'b.test', 'c.test'):
        with pytest.raises(TimeoutError):
            resolver.lookup(name, 80, 0)
    for _ in range(2):
        assert both.acquire(timeout=60)
    assert sorted(begun) == ['a.test', 'b.test']
    gate.set()
    assert resolver.lookup('c.test', 80, 60) == []


#: Verdicts on behaviours that are told at once.
TRAPS = {
    'tls-unknown-issuer': ('dead', 'tls-issuer'),
    'redirect-loop': ('dead', 'redirect-loop'),
}
#: Not every system can limit the second.
LIMITED = 'ulimit -n 40; ulimit -v 716800 2>/dev/null; exec "$@"'


def test_a_machine_that_has_little_says_the_same_of_links(
    make_project: MakeProject,
) -> None:
    with Web() as web:
        wanted = {HOSTILE[name](web): verdict for name, verdict in TRAPS.items()}
        wanted['http://127.0.0.1:1/'] = 'unchecked', 'placeholder'
        for number in range(30):
            host = web.also(Web())
            wanted[host.on(f'/{number}', delayed(0.1, fine))] = ('working', 'ok')
        listed = ''.join(f'* `link {n} <{uri}>`__\n' for n, uri in enumerate(wanted))
        project = project_with(make_project, listed, EXTENSION)
        little = run_apart(project, within=['sh', '-c', LIMITED, 'sh'])
    assert {uri: little.verdict(uri) for uri in wanted} == wanted
