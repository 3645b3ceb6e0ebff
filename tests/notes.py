"""Builds the site of the notes, as readers' builds are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: The top of the project: the sources of the site.
ROOT = Path(__file__).parents[1]


def build_site(out: Path, *options: str, base: str = '') -> Path:
    """Build the notes themselves in a process of its own, as readers' builds are.

    Return where the pages are.  *base* is the address that the site will have.
    """
    command = [sys.executable, '-m', 'sphinx', '-q', '-b', 'html', '-W', '-n']
    command += ['-d', str(out / 'doctrees'), *options, '.', str(out / 'html')]
    env = {**os.environ, 'SOURCE_DATE_EPOCH': '1307318400', 'NO_COLOR': '1'}
    env |= {'READTHEDOCS_CANONICAL_URL': base}
    done = subprocess.run(
        command, cwd=ROOT, env=env, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, '')
    return out / 'html'
