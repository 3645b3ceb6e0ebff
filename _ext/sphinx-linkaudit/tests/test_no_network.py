"""Where nothing can be reached, nothing is dead: whole builds without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from checks import TITLE, project_with
from projects import PYTHONPATH
from runs import Run, accepting, dump, run, run_apart, sql
from sphinx_linkaudit.exit_status import EX_TEMPFAIL
from web import HOSTILE, Lookup, Web, fine, held

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fixtures import MakeProject

pytestmark = pytest.mark.usefixtures('no_pause')

#: Seconds in which a check has to see that there is no network.
SOON = 30.0


def _namespace() -> tuple[str, ...]:
    """Return what starts a command where there is no network; () if nothing can."""
    for command in (('unshare', '-rmn'), ('unshare', '-mn')):
        if (
            shutil.which('unshare')
            and not subprocess.run(
                [*command, 'true'], stderr=subprocess.DEVNULL, check=False
            ).returncode
        ):
            return command
    return ()


NOWHERE = _namespace()
needs_namespaces = pytest.mark.skipif(
    not NOWHERE, reason='no network namespaces (unshare) here'
)

#: Starts a command where this machine can be reached, and nothing else.
_LO_UP = """
import fcntl, os, socket, struct, subprocess, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket() as sock:
    fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack('16sh22x', b'lo', IFF_UP))
command = sys.argv[1:]
"""
#: ... and where a name server takes every question and answers none.
_NO_ANSWERS = """
silent = socket.socket(type=socket.SOCK_DGRAM)
silent.bind(('127.0.0.1', 53))
silent.set_inheritable(True)
subprocess.run(['mount', '--bind', command.pop(0), '/etc/resolv.conf'], check=True)
"""
_START = 'os.execv(command[0], command)\n'

LO_UP = (*NOWHERE, sys.executable, '-c', _LO_UP + _START)
#: ... and where the system refuses all routes (RTN_BLACKHOLE, RTN_PROHIBIT of
#: rtnetlink(7)).
_REFUSED = """
import struct
kind = int(command.pop(0))
with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
    route = struct.pack('=8BI', socket.AF_INET, 0, 0, 0, 254, 4, 0, kind, 0)
    netlink.send(struct.pack('=IHHII', 16 + len(route), 24, 0x405, 1, 0) + route)
    assert struct.unpack_from('=i', netlink.recv(99), 16) == (0,)
"""
REFUSED = (*NOWHERE, sys.executable, '-c', _LO_UP + _REFUSED + _START)
NO_ANSWERS = (*NOWHERE, sys.executable, '-c', _LO_UP + _NO_ANSWERS + _START)

FAR = [
    'http://a.example.org/',
    'https://b.example.org/page#here',
    'http://192.0.2.1/',
    'https://[2001:db8::1]/',
]


def is_no_network(found: Run) -> bool:
    """Whether that is what a check has said in the end."""
    last = found.shown.splitlines()[-1]
    said = 'ERROR: no network: no link could be checked (exit status 75)'
    return found.status_code == EX_TEMPFAIL and last == said


@needs_namespaces
@pytest.mark.parametrize(
    ('within', 'options'),
    [
        (NOWHERE, ()),
        (LO_UP, ()),
        (LO_UP, ('-q',)),
        (NOWHERE, ('-W', '-Dlinkcheck_known_dead=missing.json')),
    ],
    ids=['lo down', 'lo up', 'quiet', 'with a warning that fails'],
)
def test_without_a_network_nothing_is_dead(
    make_project: MakeProject, within: Sequence[str], options: Sequence[str]
) -> None:
    uris = [*FAR, 'mailto:a@b.example']
    project = project_with(
        make_project, '\n'.join(uris), linkcheck_cache=True, linkcheck_strikes=2
    )
    found = run_apart(
        project, *options, within=within, seconds=SOON, stderr=subprocess.STDOUT
    )
    assert is_no_network(found), found.shown
    assert found.statuses == dict.fromkeys(uris, 'unchecked')
    assert {link['reason'] for link in found.facts()} == {'no-network', 'scheme'}
    assert dump(found.cache) == [[], []]


#: Where the machine has no address of a family, there is no way to one of it.
_DIAL = """
import math, socket, time
from sphinx_linkaudit.ask.dial import NO_ROUTE, connect
address = (socket.AF_INET6, socket.SOCK_STREAM, 6, '', ('2001:db8::1', 443, 0, 0))
try:
    connect([address], [], math.inf, lambda: False)
except OSError as error:
    assert error.errno in NO_ROUTE, error
else:
    raise AssertionError
"""


@needs_namespaces
def test_without_an_address_of_its_own_a_machine_is_short_of_nothing() -> None:
    subprocess.run(
        [*NOWHERE, sys.executable, '-c', _DIAL],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        check=True,
    )


#: Where all ports to an address are in use, that is a shortage.
_LAST_PORT = """
import errno, math, socket
from sphinx_linkaudit.ask.dial import connect
with open('/proc/sys/net/ipv4/ip_local_port_range', 'w') as file:
    file.write('40001 40002')
server = socket.create_server(('127.0.0.1', 0), backlog=9)
address = (socket.AF_INET, socket.SOCK_STREAM, 6, '', server.getsockname())
kept = []
try:
    for _ in range(9):
        kept.append(connect([address], [], math.inf, lambda: False))
except OSError as error:
    assert error.errno == errno.EADDRNOTAVAIL, error
else:
    raise AssertionError
"""


@needs_namespaces
def test_ports_that_are_all_in_use_are_a_shortage() -> None:
    subprocess.run(
        [*LO_UP, sys.executable, '-c', _LAST_PORT],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        check=True,
    )


@needs_namespaces
def test_a_name_server_that_is_silent_is_no_network(
    make_project: MakeProject, tmp_path: Path
) -> None:
    resolv = tmp_path / 'resolv.conf'
    resolv.write_text('nameserver 127.0.0.1\noptions timeout:30 attempts:5\n')
    uris = FAR[:2]
    project = project_with(
        make_project, '\n'.join(uris), linkcheck_cache=True, linkcheck_timeout=2
    )
    found = run_apart(
        project,
        within=(*NO_ANSWERS, str(resolv)),
        seconds=SOON,
        stderr=subprocess.STDOUT,
    )
    assert is_no_network(found), found.shown
    assert found.statuses == dict.fromkeys(uris, 'unchecked')
    assert dump(found.cache) == [[], []]


@needs_namespaces
@pytest.mark.parametrize('kind', ['6', '8'], ids=['EINVAL', 'EACCES'])
def test_where_the_system_lets_nobody_connect_that_is_one_error(
    make_project: MakeProject, kind: str
) -> None:
    uris = [f'http://9.9.9.{number}/' for number in range(3)]
    project = project_with(make_project, '\n'.join(uris), linkcheck_cache=True)
    found = run_apart(
        project, within=(*REFUSED, kind), seconds=SOON, stderr=subprocess.STDOUT
    )
    assert found.status_code == 2
    assert found.shown.count('no link was checked') == found.shown.count('ERROR') == 1
    assert found.statuses == dict.fromkeys(uris, 'unchecked')
    assert json.loads(found.files['report.json'])['complete'] is False
    assert dump(found.cache) == [[], []]


@needs_namespaces
def test_a_port_of_this_machine_that_is_closed_is_no_network_either(
    make_project: MakeProject,
) -> None:
    uris = ['http://127.0.0.1:9/', 'http://localhost:9/page', *FAR]
    project = project_with(make_project, '\n'.join(uris))
    found = run_apart(project, within=LO_UP, seconds=SOON, stderr=subprocess.STDOUT)
    assert is_no_network(found), found.shown
    assert found.statuses == dict.fromkeys(uris, 'unchecked')


@needs_namespaces
def test_without_a_network_what_is_remembered_stands_and_nothing_is_learned(
    make_project: MakeProject, web: Web
) -> None:
    good, dead, known = web.page('/good'), web.url('/dead'), web.url('/known')
    due = web.url('/due')
    project = project_with(
        make_project,
        f'{good}\n{dead}\n{known}\n{due}\n',
        linkcheck_cache=True,
        linkcheck_known_dead='known.json',
    )
    first = run(accepting(project, known))
    project.write({'more.rst': f':orphan:\n\n{TITLE}{FAR[0]}\n{FAR[1]}\n'})
    key = due.encode()
    sql(first.cache, 'UPDATE links SET checked = checked - 86400 WHERE uri = ?', key)
    before = dump(first.cache)
    assert [len(table) for table in before] == [4, 3]
    found = run_apart(project, within=LO_UP, seconds=SOON, stderr=subprocess.STDOUT)
    assert is_no_network(found), found.shown
    assert found.statuses == {
        good: 'working',
        dead: 'broken',
        known: 'ignored',
        due: 'unchecked',
        FAR[0]: 'unchecked',
        FAR[1]: 'unchecked',
    }
    assert dump(first.cache) == before


@pytest.mark.parametrize('what', ['no-host', 'try-again', 'refused', 'hangs', 'silent'])
def test_one_dead_host_among_others_is_no_outage(
    make_project: MakeProject, web: Web, what: str
) -> None:
    web.names.add('no-host.nowhere', Lookup.NO_SUCH_NAME)
    web.names.add('try-again.nowhere', Lookup.TRY_AGAIN)
    web.names.add('hangs.nowhere', Lookup.HANGS)
    web.names.add('good.nowhere', web.address)
    bad = {
        'refused': HOSTILE['port-closed'](web),
        'silent': HOSTILE['never-accepts'](web),
    }.get(what, f'http://{what}.nowhere/')
    # It is heard of first.
    web.on('/page', held(web.gate(), fine) if what == 'refused' else fine)
    good = web.url('/page', host='good.nowhere')
    if what == 'refused':
        good = web.page('/other')
    project = project_with(
        make_project,
        f'{bad}\n{good}\n',
        linkcheck_timeout=2,
        linkcheck_retries=1,
        linkcheck_cache=True,
    )
    found = run(project)
    expected = 'timeout' if what in {'hangs', 'silent'} else 'broken'
    assert found.statuses == {bad: expected, good: 'working'}
    assert found.status_code == 1
    assert 'no network' not in found.printed
    assert len(dump(found.cache)[1]) == 1


def test_where_all_is_refused_all_is_dead(make_project: MakeProject, web: Web) -> None:
    uris = [HOSTILE['port-closed'](web) for _ in range(3)]
    project = project_with(make_project, '\n'.join(uris), linkcheck_cache=True)
    found = run(project)
    assert found.statuses == dict.fromkeys(uris, 'broken')
    assert found.status_code == 1
    assert len(dump(found.cache)[1]) == 3
