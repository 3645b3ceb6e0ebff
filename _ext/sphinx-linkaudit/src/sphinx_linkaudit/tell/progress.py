"""The last line of a terminal, which shows how far a check is."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from sphinx_linkaudit.text import encodable, printable

if TYPE_CHECKING:
    from typing import IO

    from sphinx_linkaudit.schedule.outcome import Progress

#: Seconds between two redraws.
_REDRAW = 0.1
#: Hosts that are named as awaited.
_NAMED_HOSTS = 3


class ProgressLine:
    """The last line of a terminal, redrawn again and again."""

    def __init__(self, stream: IO[str]) -> None:
        """Draw on *stream*, if that is a terminal that can erase a line."""
        self._stream = stream
        self._able = _is_terminal(stream)
        self._shown = False
        self._drawn = -_REDRAW  #: When, in seconds of `time.monotonic`.

    def due(self) -> bool:
        """Whether there is a terminal, and it wasn't drawn just now."""
        just_now = self._shown and time.monotonic() - self._drawn < _REDRAW
        return self._able and not just_now

    def draw(self, text: str) -> None:
        """Show *text*, cut to the width of the terminal."""
        width = max(0, shutil.get_terminal_size().columns - 1)
        text = encodable(printable(text), self._stream)[:width]
        self._write(f'\r\x1b[K{text}')
        self._shown, self._drawn = True, time.monotonic()

    def clear(self) -> None:
        """Erase it."""
        if self._shown:
            self._write('\r\x1b[K')
            self._shown = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal is gone
            self._able = False


def awaited(progress: Progress) -> str:
    """Return which hosts are waited for, the longest wait first; '' for none."""
    waits = [
        f'{host} ({seconds:.0f} s)'
        for host, (_jobs, seconds) in progress.in_flight.items()
        if seconds >= 1
    ]
    waits += [
        f'{host} (again in {seconds:.0f} s)'
        for host, seconds in progress.paused.items()
    ]
    if not waits:
        return ''
    more = len(waits) - _NAMED_HOSTS
    names = ', '.join(waits[:_NAMED_HOSTS]) + (f' +{more}' if more > 0 else '')
    return f'; waiting for {names}'


def _is_terminal(stream: IO[str]) -> bool:
    with suppress(AttributeError, OSError, ValueError):
        return stream.isatty() and os.environ.get('TERM', 'dumb') != 'dumb'
    return False
