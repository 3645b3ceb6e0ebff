"""How a fetcher asks, as the configuration says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """How to ask for pages."""

    timeout: float = 30.0  #: Seconds for each page, in all.
    #: The same by URL, None where that holds.
    timeout_for: Callable[[str], float | None] = lambda _url: None
    #: Seconds between two requests to a host, by URL.
    delay_for: Callable[[str], float] = lambda _url: 0.0
    #: Requests to a host at a time, by URL; None where `host_connections` holds.
    lanes_for: Callable[[str], int | None] = lambda _url: None
    user_agent: str = ''
    tls_verify: bool = True
    tls_cacerts: str | dict[str, str] | None = None
    auth: Sequence[tuple[re.Pattern[str], Any]] = ()  #: By URL, the first counts.
    headers: Callable[[str], Mapping[str, str]] = lambda _url: {}  #: By URL.
    #: All that `headers` may return, each with the name of the setting.
    all_headers: Sequence[tuple[str, Mapping[str, Any]]] = ()
    ignore: Sequence[re.Pattern[str]] = ()  #: Redirects to these are not followed.
    deny_private: bool = False  #: Whether private addresses are refused as written.
    host_connections: int = 8  #: Connections that are kept for a host.
