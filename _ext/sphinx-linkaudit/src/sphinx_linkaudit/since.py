"""Finds the lines of the sources that have changed since a commit, with git."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path, PurePosixPath

#: Seconds that git may take.
PATIENCE = 60
#: Where a hunk's new lines are; a count that is left out is 1.
_HUNK = re.compile(r'@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@')
_ESCAPES = {'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v'}


class SinceError(Exception):
    """Git can't find them; the message says why, in one line."""


class Changes:
    """The lines that have changed since a commit, of all files of a repository.

    A renamed file has changed where its lines have.  An untracked file has changed as a
    whole, unless git ignores it; so has a file that git takes for binary, and so have
    all files of a submodule that is at another commit.
    """

    def __init__(self, folder: Path, commit: str) -> None:
        """Ask git about the repository that holds *folder*.

        Changed is what differs from the merge base of the *commit* and the current
        one, whether it is committed or not.

        :raises SinceError: if there is no git, no repository or no such commit.
        """
        self.commit = commit
        self._names: dict[Path, str] = {}  #: As git has them, by path.
        self._folder = folder
        # At the top, paths are relative to it, whatever is configured.
        self._folder = Path(self._git('rev-parse', '--show-toplevel').rstrip('\n'))
        self._find(commit)
        start = self._merge_base(commit)
        diff = (
            'diff',
            '--find-renames',
            '--submodule=short',
            '--ignore-submodules=none',
        )
        patch = self._git(
            *diff,
            '--unified=0',
            '--inter-hunk-context=0',
            '--no-color',
            '--no-ext-diff',
            '--no-textconv',
            '--src-prefix=a/',
            '--dst-prefix=b/',
            start,
        )
        self._lines = changed_lines(patch)
        names = self._git(
            'ls-files', '--others', '--exclude-standard', '--full-name', '-z'
        )
        numbers = self._git(*diff, '--no-textconv', '--numstat', '-z', start)
        self._new = frozenset(filter(None, names.split('\0'))) | without_lines(numbers)

    def has(self, path: Path, line: int, *, exact: bool = True) -> bool:
        """Whether a *line* of a file has changed, counted from 1.

        Where the line isn't *exact*, or is 0, whether anything in the file has.
        """
        if path not in self._names:
            self._names[path] = self._name_of(path)
        name = self._names[path]
        folders = map(str, PurePosixPath(name).parents)
        if name in self._new or any(folder in self._lines for folder in folders):
            return True
        changed = self._lines.get(name, frozenset())
        return line in changed if exact and line else bool(changed)

    def _name_of(self, path: Path) -> str:
        """Return a path as git has it, '' for one outside the repository."""
        try:
            return path.resolve().relative_to(self._folder.resolve()).as_posix()
        except (OSError, ValueError):
            return ''

    def _find(self, commit: str) -> None:
        """Make sure that there is such a commit.

        :raises SinceError: if there is none.
        """
        # It is no option, whatever it looks like.
        asked = ('rev-parse', '--verify', '--quiet', '--end-of-options')
        try:
            name = f'-{commit}' if commit.startswith('-') else f'{commit}^{{commit}}'
            self._git(*asked, name)
        except SinceError:
            message = f'no commit {commit!r}{self._shallow()}'
            raise SinceError(message) from None

    def _merge_base(self, commit: str) -> str:
        """Return the commit that *commit* and the current one have both come from.

        :raises SinceError: if there is none.
        """
        try:
            return self._git('merge-base', commit, 'HEAD').strip()
        except SinceError:
            message = f'{commit!r} and HEAD have no commit in common{self._shallow()}'
            raise SinceError(message) from None

    def _shallow(self) -> str:
        """Return what a message adds in a shallow clone, which may lack a commit."""
        is_shallow = self._git('rev-parse', '--is-shallow-repository').strip()
        return ': this is a shallow clone' if is_shallow == 'true' else ''

    def _git(self, *arguments: str) -> str:
        """Return what git prints.

        :raises SinceError: if it fails.
        """
        command = ['git', '-c', 'core.quotePath=false', *arguments]
        try:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env=_environ(),
                capture_output=True,
                check=False,
                timeout=PATIENCE,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            message = f'git does not run: {getattr(error, "strerror", "") or error}'
            raise SinceError(message) from error
        if done.returncode:
            said = done.stderr.decode(errors='replace').strip().splitlines()
            message = said[0] if said else f'git {arguments[0]} failed'
            raise SinceError(message)
        return done.stdout.decode('utf-8', 'surrogateescape')


def _environ() -> dict[str, str]:
    """Return the environment variables for git.

    In one of its hooks git sets some that hold for the folder it runs in alone.
    """
    of_hooks = {'GIT_DIR', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_WORK_TREE'}
    environ = {n: v for n, v in os.environ.items() if n not in of_hooks}
    return {**environ, 'LC_ALL': 'C', 'GIT_OPTIONAL_LOCKS': '0'}


def changed_lines(patch: str) -> dict[str, frozenset[int]]:
    """Return the new lines of each file of a *patch* without context.

    Where lines were only removed, those around them count as changed.
    """
    found: dict[str, set[int]] = {}
    name = ''
    skip = 0
    for line in patch.split('\n'):
        if skip:
            skip -= not line.startswith('\\')  # no newline at the end of the file
        elif line.startswith('+++ '):
            name = _name(line[4:])
        elif hunk := _HUNK.match(line):
            removed, added = (
                int(hunk[n] or 1) if hunk[n] != '0' else 0 for n in (1, 3)
            )
            start = int(hunk[2])
            skip = removed + added
            lines = range(start, start + added) if added else (start, start + 1)
            found.setdefault(name, set()).update(lines)
    return {name: frozenset(lines) for name, lines in found.items() if name}


def without_lines(numbers: str) -> frozenset[str]:
    """Return the files of which ``git diff --numstat -z`` counts no lines."""
    found = set()
    parts = iter(numbers.split('\0'))
    for part in parts:
        added, _, rest = part.partition('\t')
        name = rest.partition('\t')[2]
        if rest and not name:  # it was renamed: the old name, then the new one
            _, name = next(parts), next(parts)
        if added == '-':
            found.add(name)
    return frozenset(found)


def _name(text: str) -> str:
    """Return a file's name as git writes it in a patch; '' for none (``/dev/null``)."""
    text = text.rstrip('\t\r')
    if text.startswith('"'):
        text = _unquoted(text)
    return text.removeprefix('b/') if text.startswith('b/') else ''


def _unquoted(text: str) -> str:
    """Return a name without the quotes and escapes of C that git gives odd ones."""
    return re.sub(
        r'\\([0-7]{3}|.)',
        lambda m: chr(int(m[1], 8)) if len(m[1]) == 3 else _ESCAPES.get(m[1], m[1]),
        text.strip('"'),
    )
