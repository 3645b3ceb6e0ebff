"""Builds the site of the notes, as readers' builds are, and serves it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The top of the project: the sources of the site.
ROOT = Path(__file__).parents[1]


def build_site(
    out: Path,
    *options: str,
    base: str = '',
    builder: str = 'html',
    source: Path | str = '.',
) -> Path:
    """Build the notes themselves in a process of its own, as readers' builds are.

    Return where the pages are.  *base* is the address that the site will have.  Other
    pages than the notes are built as the notes are, from the folder *source*.
    """
    command = [sys.executable, '-m', 'sphinx', '-q', '-b', builder, '-W', '-n']
    command += ['-c', '.', '-d', str(out / 'doctrees'), *options]
    command += [str(source), str(out / builder)]
    env = {**os.environ, 'SOURCE_DATE_EPOCH': '1307318400', 'NO_COLOR': '1'}
    env |= {'READTHEDOCS_CANONICAL_URL': base}
    done = subprocess.run(
        command, cwd=ROOT, env=env, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, '')
    return out / builder


class _Handler(SimpleHTTPRequestHandler):
    """Serves files, and doesn't say so."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *args: Any) -> None:
        pass

    def end_headers(self) -> None:
        # Each style sheet is sent once, not with every page.
        self.send_header('Cache-Control', 'max-age=3600')
        super().end_headers()


class _Server(ThreadingHTTPServer):
    """Serves the site; a browser that has read enough is no error."""

    daemon_threads = True

    def handle_error(self, *args: Any) -> None:
        pass


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; return the address that its files are under."""
    with _Server(('127.0.0.1', 0), partial(_Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{server.server_port}/'
        server.shutdown()
        thread.join()
