"""The command ``fix``: replaces permanent redirects in the sources."""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

from sphinx_linkaudit.atomic import digest, remove_leftovers, replace_file
from sphinx_linkaudit.languages import is_home, is_translation
from sphinx_linkaudit.masking import has_secret
from sphinx_linkaudit.memory.report import load_report
from sphinx_linkaudit.records import PERMANENT
from sphinx_linkaudit.repair import UsageError, counted
from sphinx_linkaudit.repair.arguments import add_patterns
from sphinx_linkaudit.repair.rewrite import (
    decode,
    host_and_port,
    in_catalog,
    is_safe,
    respelled,
    rewrite,
)
from sphinx_linkaudit.urls import asks_for_consent, is_login, is_url, site_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

#: Hosts of names that are meant to stay, whatever they lead to.
_PERSISTENT = frozenset(
    {
        'doi.org',
        'dx.doi.org',
        'hdl.handle.net',
        'n2t.net',
        'purl.org',
        'w3id.org',
        'identifiers.org',
    }
)
#: Hosts of short addresses, which count who follows them.
_SHORTENERS = frozenset(
    {
        'aka.ms',
        'amzn.to',
        'bit.ly',
        'buff.ly',
        'cutt.ly',
        'forms.gle',
        'git.io',
        'goo.gl',
        'is.gd',
        'j.mp',
        'lnkd.in',
        'maps.app.goo.gl',
        'ow.ly',
        'rb.gy',
        'rebrand.ly',
        't.co',
        't.ly',
        'tiny.cc',
        'tinyurl.com',
        'v.gd',
        'youtu.be',
    }
)
#: Parameters that say who came, or from where; a path may have those of a session.
_TRACKING = re.compile(
    r'utm_\w+|\w*clk?id|[gw]braid|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|_g[al]|igsh(?:id)?'
    r'|wt\.mc_id|ref_src|(?:php|asp|j)?sess(?:ion)?_?id|sid',
    re.IGNORECASE,
)

#: Folders of packages that are installed, in an environment within the project.
_INSTALLED = frozenset({'site-packages', 'dist-packages'})

ONE_LANGUAGE = 'it leads to one language of several'


class Move(NamedTuple):
    """A link that has moved, as a report tells it."""

    uri: str
    new: str
    reason: str
    places: tuple[tuple[str, int], ...]  #: File and line, each once.
    why_left: str = ''  #: Why it isn't rewritten.


@dataclass(slots=True)
class File:
    """A file with links that have moved, and what it will be."""

    path: Path
    name: str  #: As the report has it.
    data: bytes
    new: bytes = b''
    moves: list[Move] = field(default_factory=list)


def add_parser(commands: Any) -> None:
    """Add the command to those of the program."""
    one = commands.add_parser(
        'fix',
        help='replace permanent redirects in the sources',
        description='Rewrite in the sources the links that have moved permanently '
        '(each redirect with status 301 or 308), or from http to the same address on '
        'https. An address is replaced only as a whole, on the line that the report '
        'names; fragments and percent-encoding stay as they are. Links that are left '
        'alone are named, with the reason.',
        epilog='Without --yes, on a terminal it asks before it writes; elsewhere it '
        'only shows what it would do. Exit status: 0 fine, 1 a file is missing or '
        'invalid or could not be written, 2 wrong usage.',
    )
    one.add_argument(
        'report', type=Path, metavar='REPORT', help='report.json of the check'
    )
    how = one.add_mutually_exclusive_group()
    how.add_argument(
        '--dry-run', action='store_true', help='print a unified diff, write nothing'
    )
    how.add_argument(
        '--interactive',
        action='store_true',
        help='ask about each link: y rewrites it, q leaves it and all that follow',
    )
    how.add_argument('--yes', action='store_true', help='write without asking')
    add_patterns(
        one,
        only='only links whose address this regular expression matches, or with this '
        'reason (permanent, https)',
        excepted='all links but these',
    )
    one.add_argument(
        '--root',
        type=Path,
        metavar='DIR',
        help='the folder that the paths of the report are relative to (default: the '
        'folder of the check, else the current one)',
    )
    one.set_defaults(run=run)


# -- which links ---------------------------------------------------------------


def moves_of(report: Mapping[str, Any]) -> list[Move]:
    """Return the links of a *report* that have moved, with why some are left."""
    found = []
    for link in report['links']:
        if link['verdict'] != 'moved' or not is_url(link['uri']):
            continue
        chain = link.get('chain') or []
        target = str(link.get('message') or '')
        if not chain or not is_url(target):
            continue
        places = dict.fromkeys(map(_spot, link['places']))
        exact = {_spot(p) for p in link['places'] if p.get('exact', True)}
        new = respelled(link['uri'], target)
        left = why_left(link['uri'], new, [int(hop['status']) for hop in chain])
        if not left and not exact:
            left = 'a role, a template or another file makes the address'
        kept = tuple(place for place in places if place in exact) or tuple(places)
        found.append(Move(link['uri'], new, str(link['reason']), kept, left))
    return found


def _spot(place: Mapping[str, Any]) -> tuple[str, int]:
    return str(place['path']), int(place['line'])


def why_left(uri: str, new: str, statuses: Sequence[int]) -> str:
    """Return why a link should not be rewritten, '' if it should be.

    *statuses* are those of its redirects.
    """
    was, now = urlsplit(uri), urlsplit(new)
    if new == uri:
        return 'its spelling alone differs'
    if has_secret(uri) or has_secret(new):
        return 'one of the addresses has a login or a token, which no report has'
    is_https = (was.scheme.lower(), now.scheme) == ('http', 'https')
    is_same = host_and_port(was) == host_and_port(now) and was[2:] == now[2:]
    if not PERMANENT.issuperset(statuses) and not (is_https and is_same):
        return 'temporary redirect'
    if is_https and is_same:
        return ''
    host = site_of(was)
    if host in _PERSISTENT:
        return 'it is a persistent identifier'
    if host in _SHORTENERS:
        return 'it is a short address'
    if site_of(now) in _SHORTENERS:
        return 'it leads to a short address'
    if asks_for_consent(now.netloc, now.path):
        return 'it leads to a page that asks for consent'
    if is_login(now) and not is_login(was):
        return 'it leads to a login'
    if is_home(now.path) and not now.query and not is_home(was.path):
        return 'it leads to a home page'
    if is_translation(was, now):
        return ONE_LANGUAGE
    if any(map(_TRACKING.fullmatch, _parameters(now) - _parameters(was))):
        return 'the new address has what tracks its readers'
    if not is_safe(new, uri):
        return 'the new address has characters that markup would take for its own'
    return ''


def _parameters(parts: SplitResult) -> set[str]:
    """Return the names of the parameters in the path and the query of an address."""
    in_path = (part.partition('=')[0] for part in parts.path.split(';')[1:])
    return {name for name, _ in parse_qsl(parts.query)}.union(in_path)


def is_chosen(
    move: Move, only: Sequence[re.Pattern[str]], excepted: Sequence[re.Pattern[str]]
) -> bool:
    """Whether a link is one of those that the options name."""

    def matches(one: re.Pattern[str]) -> bool:
        return one.pattern == move.reason or bool(one.search(move.uri))

    return (not only or any(map(matches, only))) and not any(map(matches, excepted))


# -- which files ---------------------------------------------------------------


class Sources:
    """The files of the project, as the report was made of them."""

    def __init__(self, report: Mapping[str, Any], root: Path) -> None:
        self.root = root.resolve()
        digests = report.get('files')
        self._digests: Mapping[str, Any] = digests if isinstance(digests, dict) else {}

    def read(self, name: str) -> bytes | str:
        """Return the contents of a file, or why it may not be changed."""
        try:
            path = (self.root / name).resolve()
        except ValueError:  # it has a NUL
            return 'it is not a file of the project'
        # Without a repository, the sources may be one of several folders.
        if not any(path.is_relative_to(one) for one in (self.root, Path.cwd())):
            return 'it is not a file of the project'
        if not _INSTALLED.isdisjoint(path.parts[len(self.root.parts) :]):
            return 'it is part of an installed package'
        try:
            data = path.read_bytes()
        except OSError as error:
            return error.strerror or str(error)
        if (wanted := self._digests.get(name)) and wanted != digest(data):
            return 'it has changed since the check'
        return data

    def names(self) -> set[str]:
        """Return the names of all files that are known as they were."""
        return set(self._digests)

    def is_as_checked(self, name: str) -> bool:
        """Whether a file that was read is known to be as it was when checked."""
        return name in self._digests


def root_of(report: Path, names: Iterable[str], given: Path | None) -> Path:
    """Return the folder that the files of a report are in.

    :raises UsageError: if it isn't *given* and can't be found.
    """
    here = Path.cwd()
    candidates = [given] if given else [here, *here.parents, *report.resolve().parents]
    names = list(names)

    def has(folder: Path) -> int:
        return sum((folder / name).is_file() for name in names)

    # Some may have a file of the same name.
    found = max(candidates, key=has)
    if has(found) or not names:
        return found
    message = f'no folder has {names[0]}: name it with --root'
    raise UsageError(message)


# -- the command ---------------------------------------------------------------


def run(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Run the command, and return its exit status; *say* prints a line.

    :raises JsonFileError: if the report isn't one.
    :raises UsageError: for wrong usage.
    """
    report = load_report(options.report)
    moves = [
        move
        for move in moves_of(report)
        if is_chosen(move, options.only, options.excepted)
    ]
    wanted = [move for move in moves if not move.why_left]
    names = dict.fromkeys(path for move in wanted for path, _line in move.places)
    root = root_of(options.report, names, options.root)
    sources = Sources(report, root)
    if options.interactive:
        wanted = list(_asked(wanted, say))
    files, left = changes(sources, wanted)
    for file in files:
        for line in diff_of(file):
            say(line)
    for move in moves:
        if move.why_left and move.why_left != 'its spelling alone differs':
            say(f'not rewritten: {move.uri}: {move.why_left}')
    for text in left:
        say(f'not rewritten: {text}')
    count = sum(len(file.moves) for file in files)
    said = f'{counted(count, "link")} in {counted(len(files), "file")}'
    if not files:
        say('nothing to rewrite')
        return 0
    if options.dry_run or not _may_write(options, said, say):
        say(f'to rewrite: {said}; --yes does it')
        return 0
    return write_all(files, said, say)


def changes(sources: Sources, moves: Iterable[Move]) -> tuple[list[File], list[str]]:
    """Return the files that *moves* change, and what is left of them with why.

    The catalogs come first, for they quote what the other files say: whenever the
    command is killed, the next run can see what is still to be done.
    """
    lines: dict[str, dict[int, dict[str, str]]] = {}
    by_uri = {move.uri: move for move in moves}
    for move in by_uri.values():
        for path, line in move.places:
            lines.setdefault(path, {}).setdefault(line, {})[move.uri] = move.new
    catalogs = {name for name in sources.names() if name.endswith('.po')}
    files: list[File] = []
    left: list[str] = []
    moved: dict[str, str] = {}
    for name in [*sorted(lines.keys() - catalogs), *sorted(catalogs)]:
        wanted = lines.get(name, {})
        data = sources.read(name)
        if isinstance(data, str):
            left.append(f'{name}: {data}')
            continue
        try:
            text, encoding = decode(data, Path(name).suffix)
            rewritten = rewrite(
                text,
                in_catalog(text, wanted, moved) if name in catalogs else wanted,
            )
            new = rewritten.text.encode(encoding, 'surrogateescape')
        except ValueError as error:
            left.append(f'{name}: {error}')
            continue
        found = rewritten.done | rewritten.before
        if name not in catalogs:
            moved |= {uri: by_uri[uri].new for _line, uri in found}
        why = (
            'a role, a substitution or a template makes it'
            if sources.is_as_checked(name)
            else 'the file may have changed since the check'
        )
        left += [
            f'{name}:{line}: {uri} does not stand there: {why}'
            for line, uris in sorted(wanted.items())
            for uri in uris
            if (line, uri) not in found | rewritten.full
        ]
        left += [
            f'{name}:{line}: its column is too narrow for the new address of {uri}'
            for line, uri in sorted(rewritten.full)
        ]
        if new != data:
            file = File((sources.root / name).resolve(), name, data, new)
            file.moves = [by_uri[uri] for uri in {u: 0 for _, u in rewritten.done}]
            files.append(file)
    return sorted(files, key=lambda file: file.name not in catalogs), left


def diff_of(file: File) -> list[str]:
    """Return a unified diff of what is to change in a file."""
    old, new = (
        re.findall(r'[^\n]*\n|[^\n]+', data.decode('utf-8', 'replace'))
        for data in (file.data, file.new)
    )
    names = f'a/{file.name}', f'b/{file.name}'
    found = []
    for line in difflib.unified_diff(old, new, *names):
        found.append(line.removesuffix('\n'))
        if not line.endswith('\n'):
            found.append('\\ No newline at end of file')
    return found


def write_all(files: Sequence[File], said: str, say: Callable[[str], None]) -> int:
    """Write the files, and return the exit status: one that fails stops no other."""
    failed = 0
    for file in files:
        remove_leftovers(file.path)
        try:
            if file.path.read_bytes() != file.data:
                say(f'not rewritten: {file.name}: it has changed just now')
                failed += 1
                continue
            replace_file(file.path, file.new)
        except OSError as error:
            say(f'not rewritten: {file.name}: {error.strerror or error}')
            failed += 1
    if failed:
        say(f'rewritten: {len(files) - failed} of {counted(len(files), "file")}')
        return 1
    say(f'rewritten: {said}')
    return 0


def _may_write(
    options: argparse.Namespace, said: str, say: Callable[[str], None]
) -> bool:
    if options.yes or options.interactive:
        return True
    if not sys.stdin.isatty():
        say('no terminal to ask at, so this is a dry run')
        return False
    return _answer(f'Rewrite {said}? [y/N] ') == 'y'


def _asked(moves: Iterable[Move], say: Callable[[str], None]) -> Iterator[Move]:
    """Ask of each link whether it is to be rewritten, and yield those that are.

    :raises UsageError: if there is no terminal to ask on.
    """
    if not sys.stdin.isatty():
        message = '--interactive needs a terminal'
        raise UsageError(message)
    for move in moves:
        say(move.uri)
        for line in (move.new, *(f'{path}:{line}' for path, line in move.places)):
            say(f'  {line}')
        answer = _answer('Rewrite it? [y/N/q] ')
        if answer == 'q':
            return
        if answer == 'y':
            yield move


def _answer(question: str) -> str:
    try:
        return input(question).strip().lower()[:1]
    except EOFError:
        return 'q'
