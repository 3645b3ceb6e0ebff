"""The command ``accept``: adds what a check found dead to the file of known links."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_linkaudit.atomic import remove_leftovers, replace_file
from sphinx_linkaudit.memory.known import dump, load
from sphinx_linkaudit.memory.report import load_report
from sphinx_linkaudit.repair import UsageError
from sphinx_linkaudit.repair.accepted import Choice, accept
from sphinx_linkaudit.repair.arguments import add_patterns, day
from sphinx_linkaudit.urls import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Reasons that every host gets where this machine has no network.
_OUTAGE = frozenset(
    {'no-host', 'refused', 'unreachable', 'reset', 'timeout', 'host-silent'}
)
#: Hosts that have to have been asked, and the share of them that nothing came from, for
#: a report to look like one of an outage.
_MIN_HOSTS = 5
_MAX_SHARE = 0.5
#: The verdicts of links that can be accepted.
_VERDICTS = ('dead', 'timed out', 'suspect', 'blocked')


def add_parser(commands: Any) -> None:
    """Add the command to those of the program."""
    one = commands.add_parser(
        'accept',
        help='accept the links that a check found dead',
        description='Accept the links that a check found dead. They are added to a '
        'file of known dead links, which linkcheck_known_dead names in conf.py: the '
        'next check does not fail for them, and readers are shown the way to an '
        'archived copy. What is in the file already stays as it is. Unless --verdict '
        'says so, a link that timed out is not accepted, nor is one whose request '
        'failed in a way that may pass.',
        epilog='Exit status: 0 fine, 1 a file is missing or invalid, 2 wrong usage, '
        'or a report that nothing should be accepted from.',
    )
    one.add_argument(
        'report', type=Path, metavar='REPORT', help='report.json of the check'
    )
    one.add_argument(
        'file',
        type=Path,
        metavar='FILE',
        help='the file of known dead links, made if there is none',
    )
    add_patterns(
        one,
        only='accept only links in whose address this is found',
        excepted='accept no links in whose address this is found',
    )
    one.add_argument(
        '--verdict',
        action='append',
        choices=_VERDICTS,
        help='accept the links with this verdict (default: dead); may be repeated',
    )
    one.add_argument(
        '--until',
        type=day,
        metavar='YYYY-MM-DD',
        help='the last day for which the links that are added are accepted; after it '
        'they fail again',
    )
    one.add_argument(
        '--why',
        type=_line,
        metavar='TEXT',
        help='what happened to the links that are added (default: what the check saw)',
    )
    one.add_argument(
        '--date',
        type=day,
        metavar='YYYY-MM-DD',
        help='since when the links that are added are dead '
        '(default: the first day on which a check saw it)',
    )
    one.add_argument(
        '--prune',
        action='store_true',
        help='drop the links that are alive again or on no page any more; without it '
        'they are only named',
    )
    one.add_argument(
        '--force',
        action='store_true',
        help='accept links even if the report looks like one of an outage',
    )
    one.set_defaults(run=run)


def run(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Add what a report says is dead to a file, and say what came of it.

    :raises JsonFileError: if one of them is missing or invalid.
    :raises UsageError: if nothing should be learned from the report.
    :raises OSError: if the file can't be written.
    """
    # A symbolic link stays one.
    file = options.file.resolve()
    known = load(file) if file.exists() else {}
    report = load_report(options.report)
    if options.prune and not report.get('complete', True):
        of = 'of changed lines alone' if report.get('since') else 'that did not finish'
        message = '--prune needs a report of a complete check'
        message = f'{message}; {options.report} is of one {of}'
        raise UsageError(message)
    if not options.force and (outage := outage_of(report)):
        message = f'{options.report} looks like one of an outage ({outage})'
        message = f'{message}: use --force to accept its links anyway'
        raise UsageError(message)
    if options.until and options.until < datetime.now(UTC).date().isoformat():
        message = f'--until {options.until}: that day is over, they would fail at once'
        raise UsageError(message)
    choice = Choice(
        verdicts=frozenset(options.verdict or ()),
        only=tuple(options.only),
        excepted=tuple(options.excepted),
        since=options.date or '',
        until=options.until or '',
        why=options.why or '',
    )
    accepted = accept(report, known, choice)
    links = accepted.pruned() if options.prune else accepted.links
    if not file.exists() or links != known:
        remove_leftovers(file)
        replace_file(file, dump(links))
    dropped = ', dropped' if options.prune else ''
    named = [
        ('added', accepted.added),
        (f'alive again{dropped}', accepted.alive),
        (f'on no page any more{dropped}', accepted.unused),
        ('not accepted: not a web address', accepted.refused),
    ]
    for what, uris in named:
        for uri in uris:
            say(f'{what}: {uri}')
    if not accepted.added and (options.only or options.excepted):
        say('no link to add is among those chosen')
    counts = (
        f'{len(accepted.added)} added',
        f'{len(links) - len(accepted.added)} kept',
        f'{len(accepted.alive)} alive again',
        f'{len(accepted.unused)} on no page any more',
    )
    say(f'{file.name}: {", ".join(counts)}')
    return 0


def outage_of(report: Mapping[str, Any]) -> str:
    """Return what makes a report look like one of an outage, '' for nothing."""
    if any(link.get('reason') == 'no-network' for link in report['links']):
        return 'no network'
    hosts: dict[str, bool] = {}  # whether anything came from them
    for link in report['links']:
        host = host_of(link['uri'])
        if host and link.get('reason') in _OUTAGE:
            hosts.setdefault(host, False)
        elif host and link['verdict'] not in {'unchecked', 'ignored'}:
            hosts[host] = True
    silent = sum(not answered for answered in hosts.values())
    if len(hosts) < _MIN_HOSTS or silent <= _MAX_SHARE * len(hosts):
        return ''
    return f'nothing came from {silent} of {len(hosts)} hosts'


def _line(text: str) -> str:
    if text.strip() and text.isprintable():
        return text.strip()
    message = 'must be one line of printable text'
    raise argparse.ArgumentTypeError(message)
