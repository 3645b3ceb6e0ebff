"""Answers what address a name has, in the place of the system."""

from __future__ import annotations

import socket
from enum import Enum
from threading import Event, Lock
from typing import TYPE_CHECKING

from web.base import LOOPBACK, Closes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from web.base import AddrInfo
    from web.server import Web


class Lookup(Enum):
    """How else than with an address a lookup of a name can end."""

    NO_SUCH_NAME = socket.EAI_NONAME, 'Name or service not known'
    TRY_AGAIN = socket.EAI_AGAIN, 'Temporary failure in name resolution'
    #: Doesn't end until `Names.close` is called.
    HANGS = socket.EAI_AGAIN, 'The lookup hung until it was given up'


#: An address; a server, at its own port; or several of them at once.
Answer: TypeAlias = 'str | Web | Lookup | tuple[str | Web, ...]'


class Names(Closes):
    """A resolver: to be called like `socket.getaddrinfo`, but it asks nobody.

    It knows the names it was given, ``localhost``, and numeric addresses.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.asked: list[str] = []  #: The names looked up so far, in order.
        self._answers: dict[str, list[Answer]] = {}
        self._lock = Lock()
        self._released = Event()
        self.add('localhost', LOOPBACK)
        for name, answer in (answers or {}).items():
            self.add(name, answer)

    def add(self, name: str, *answers: Answer) -> None:
        """Give lookups of *name* these answers in turn, and the last one for ever."""
        self._answers[name.lower()] = list(answers)

    def __call__(
        self, host: str, port: int, *_args: object, **_kwargs: object
    ) -> list[AddrInfo]:
        """Look *host* up, for a TCP connection.  Raises `socket.gaierror`."""
        with self._lock:
            self.asked.append(host)
            answers = self._answers.get(host.lower().rstrip('.'), [host])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Lookup):
            if answer is Lookup.HANGS:
                self._released.wait()
            raise socket.gaierror(*answer.value)
        return [
            info
            for one in (answer if isinstance(answer, tuple) else (answer,))
            for info in socket.getaddrinfo(
                *((one, port) if isinstance(one, str) else (one.address, one.port)),
                type=socket.SOCK_STREAM,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    def close(self) -> None:
        """Let those go that hang."""
        self._released.set()
