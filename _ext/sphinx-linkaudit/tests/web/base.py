"""What all of the web is made of: types of what is sent, and limits."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self, TypeAlias

    from web.server import Peer, Request, Web

#: Text is sent as Latin-1 in a head, as UTF-8 in a body; bytes go out as they are.
Text: TypeAlias = str | bytes
#: Pairs where a name comes twice.
Headers: TypeAlias = Mapping[str, Text] | Iterable[tuple[str, Text]]
#: Answers a request, in whatever way, by means of the connection it came on.
Behaviour: TypeAlias = 'Callable[[Peer, Request], None]'
#: Sets something up in a web, and returns the URL to check.
Trap: TypeAlias = 'Callable[[Web], str]'
#: What `socket.getaddrinfo` gives for each address.
AddrInfo: TypeAlias = tuple[
    socket.AddressFamily,
    socket.SocketKind,
    int,
    str,
    tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
]

LOOPBACK = '127.0.0.1'
#: Seconds between two bytes of a drip.
PACE = 0.02
#: Seconds until a test that waits for a request, or for a thread to end, gives up.
PATIENCE = 60.0


class Closes:
    """What is closed at the end of a with statement."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
