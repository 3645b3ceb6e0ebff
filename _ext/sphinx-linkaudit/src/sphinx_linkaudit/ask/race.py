"""Requests that others wait for: which of two comes first, and one for many."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from sphinx_linkaudit.ask.connect import Attempt
    from sphinx_linkaudit.records import Evidence

#: Seconds for a request that was cut to come back.
GRACE = 1.0


class Race:
    """A GET that is sent beside a HEAD which doesn't answer, and who comes first."""

    def __init__(self, get: Callable[[Callable[[Attempt], None]], Evidence]) -> None:
        self._get = get
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._over = False
        self._evidence: Evidence | None = None
        self._attempts: dict[str, Attempt] = {}
        self._won = False  # by the HEAD

    def note_head(self, attempt: Attempt) -> None:
        """Note the HEAD's attempt, to be ended if the GET comes first."""
        self._attempts['HEAD'] = attempt

    def start(self) -> None:
        """Send the GET, unless the HEAD is back."""
        with self._lock:
            if not self._over:
                thread = threading.Thread(
                    target=self._run, name='sphinx-linkaudit-get', daemon=True
                )
                # Where no more threads can be had, the HEAD is all there is.
                with suppress(RuntimeError):
                    thread.start()
                    self._thread = thread

    def _run(self) -> None:
        evidence = self._get(self._note_get)
        with self._lock:
            self._evidence = evidence
            if not self._over and evidence.ending == 'answered':
                self._attempts['HEAD'].end()

    def _note_get(self, attempt: Attempt) -> None:
        with self._lock:
            self._attempts['GET'] = attempt
            if self._won:
                attempt.end()

    def is_on(self) -> bool:
        """Whether the GET was sent; from now on it isn't."""
        with self._lock:
            self._over = True
            return self._thread is not None

    def won_by(self, head: Evidence) -> Evidence:
        """Return *head*; the GET, if there is one, is ended."""
        with self._lock:
            self._over = self._won = True
            if 'GET' in self._attempts:
                self._attempts['GET'].end()
        return head

    def lost_by(self, head: Evidence, deadline: float) -> Evidence:
        """Return what the GET saw, or *head* if that saw nothing in time."""
        assert self._thread is not None
        # At the deadline it is cut, and says so.
        self._thread.join(max(0.0, deadline - time.monotonic()) + GRACE)
        with self._lock:
            return self._evidence or head


class Once:
    """Does things once each, even if many threads want them at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: dict[Hashable, Future[Evidence]] = {}

    def do(
        self,
        key: Hashable,
        ask: Callable[[], Evidence],
        give_up: Callable[[], Evidence],
        deadline: float,
    ) -> Evidence:
        """Return what *ask* returned, the first time for this *key*.

        Whoever waits for another thread's answer gives up at the *deadline*.
        """
        with self._lock:
            result = self._results.get(key)
            is_first = result is None
            if result is None:
                result = self._results[key] = Future()
        if is_first:
            try:
                result.set_result(ask())
            except Exception as error:  # noqa: BLE001 (the others wait for it)
                result.set_exception(error)
            if result.exception() or result.result().ending != 'answered':
                # The next one may have better luck.
                with self._lock:
                    del self._results[key]
        try:
            return result.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            return result.result() if result.done() else give_up()
