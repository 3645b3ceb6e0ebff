"""Races a GET against a slow HEAD, and shares one answer among many threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from sphinx_linkaudit.ask.attempt import Attempt
    from sphinx_linkaudit.records import Evidence

#: Seconds for a request that was cut to come back.
GRACE = 1.0


class Race:
    """A HEAD that takes long, and a GET sent beside it: the first to answer wins.

    *may_join* says whether there may be another request of that host.  Where there may
    not, or no thread can be had, the HEAD is ended, and the GET has to be sent in its
    place.
    """

    def __init__(
        self,
        get: Callable[[Callable[[Attempt], None]], Evidence],
        may_join: Callable[[], bool],
    ) -> None:
        self._get = get
        self._may_join = may_join
        self.gave_way = False  #: Whether the HEAD was ended for the GET.
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._over = False
        self._evidence: Evidence | None = None
        self._error: Exception | None = None
        self._attempts: dict[str, Attempt] = {}
        self._won = False  # by the HEAD

    def note_head(self, attempt: Attempt) -> None:
        """Note the HEAD's attempt, to be ended if the GET comes first."""
        self._attempts['HEAD'] = attempt

    def start(self) -> None:
        """Send the GET, unless the HEAD is back."""
        with self._lock:
            if self._over:
                return
            if not (self._may_join() and self._has_begun()):
                self.gave_way = True
                self._attempts['HEAD'].end()

    def _has_begun(self) -> bool:
        """Send the GET in a thread; return whether one could be had."""
        thread = threading.Thread(
            target=self._run, name='sphinx-linkaudit-get', daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True

    def _run(self) -> None:
        try:
            evidence = self._get(self._note_get)
        except Exception as error:  # noqa: BLE001 (it is raised where it is waited for)
            self._error = error
            return
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
        if self._error:
            raise self._error
        with self._lock:
            return self._evidence or head


class SharedAnswers:
    """Asks each question once, even if many threads ask it at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[Hashable, Future[Evidence]] = {}

    def get(
        self,
        key: Hashable,
        ask: Callable[[], Evidence],
        give_up: Callable[[], Evidence],
        deadline: float,
    ) -> Evidence:
        """Return what *ask* returned, the first time for this *key*.

        A thread that waits for the answer of another gives up at the *deadline*.
        """
        with self._lock:
            answer = self._answers.get(key)
            is_first = answer is None
            if answer is None:
                answer = self._answers[key] = Future()
        if is_first:
            try:
                answer.set_result(ask())
            except Exception as error:  # noqa: BLE001 (other threads wait for it)
                answer.set_exception(error)
            if answer.exception() or answer.result().ending != 'answered':
                # The next one may fare better.
                with self._lock:
                    del self._answers[key]
        try:
            return answer.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            return answer.result() if answer.done() else give_up()
