"""Writes a file whole or not at all, and tells one that has changed since."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

#: What the names of temporary files end with.
_SUFFIX = '.linkaudit'


def replace_file(path: Path, data: str | bytes) -> None:
    """Write *data* beside *path*, then rename it: readers see the old or the new.

    Text becomes UTF-8.  The permissions of a file that is replaced stay; a symbolic
    link stays one.  A device, such as ``/dev/null``, is written to.

    :raises OSError: if it can't be written; nothing is left beside *path* then.
    """
    path = path.resolve()
    data = data.encode('utf-8', 'surrogatepass') if isinstance(data, str) else data
    try:
        if path.is_char_device():
            path.write_bytes(data)
        else:
            _replace(path, data)
    except OSError as error:
        error.filename, error.filename2 = str(path), None  # what its reader knows
        raise


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files that processes left beside *path* when killed.

    One that is writing *path* at this moment fails then, and *path* stays as it was.
    """
    path = path.resolve()
    for beside in path.parent.glob(f'{glob.escape(_prefix(path))}????????{_SUFFIX}'):
        with suppress(OSError):
            beside.unlink()


def _prefix(path: Path) -> str:
    return f'.{path.name[:100]}.'


def _replace(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(_SUFFIX, _prefix(path), path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, 'wb') as file:
            file.write(data)
        try:
            shutil.copymode(path, beside)
        except FileNotFoundError:
            umask = os.umask(0)
            os.umask(umask)
            beside.chmod(0o666 & ~umask)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def digest(data: bytes) -> str:
    """Return what tells the contents of a file from all others: SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()
