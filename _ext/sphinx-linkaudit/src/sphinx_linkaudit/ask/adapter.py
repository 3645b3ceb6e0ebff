"""requests' adapter with our connections, and without work that is of no use here."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from requests import Response
from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict
from requests.utils import prepend_scheme_if_needed, select_proxy
from urllib3.exceptions import HTTPError

from sphinx_linkaudit.ask.attempt import Attempt
from sphinx_linkaudit.ask.connect import Net, pool_classes
from sphinx_linkaudit.ask.tls import Contexts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import PoolManager

#: Bytes that are read to keep a connection, and seconds for that: a new one takes as
#: long.
MAX_REST_BYTES = 4096
REST_SECONDS = 0.1
#: Hosts whose connections are kept, and how many of each: for so many there is room.
MAX_POOLS = 128
MAX_HOST_CONNECTIONS = 256


class Request(PreparedRequest):
    """A request that knows where it goes."""

    origin: tuple[str, str]  #: Scheme and network location.

    def copy(self) -> Request:
        new = Request()
        new.__dict__.update(super().copy().__dict__)
        new.origin = self.origin
        return new


def prepare_headers(
    headers: Mapping[str, str],
) -> CaseInsensitiveDict[str | bytes]:
    """Return *headers* as requests wants them, looked through.

    :raises requests.exceptions.InvalidHeader: if one of them can't be sent.
    """
    request = PreparedRequest()
    request.prepare_headers(headers)
    return request.headers


class Adapter(HTTPAdapter):
    """requests' adapter, with our connections under it."""

    def __init__(self, net: Net, host_connections: int, pools: int = MAX_POOLS) -> None:
        self.contexts = Contexts()
        self._net = net
        self._pools: dict[tuple[str, str], Any] = {}
        self._max_pools = pools
        most = min(host_connections, MAX_HOST_CONNECTIONS)
        super().__init__(pool_connections=pools, pool_maxsize=most)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._take(self.poolmanager, guarded=True)

    def _take(self, manager: PoolManager, *, guarded: bool) -> None:
        """Have a *manager* make connections of ours."""
        bases = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = pool_classes(self._net, bases, guarded=guarded)

    def release(self) -> None:
        """Close the connections that nobody uses now."""
        self._pools = {}
        for manager in (self.poolmanager, *self.proxy_manager.copy().values()):
            manager.clear()

    def close(self) -> None:
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            # Otherwise it would be closed whenever its last reference is gone.
            pool.close()
        super().close()

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: a pool has a context that knows whom to trust."""

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        # Otherwise each connection would load all authorities anew.
        host, _tls = super().build_connection_pool_key_attributes(request, True, cert)
        if host['scheme'] != 'https':
            return host, {}
        requirement = 'CERT_REQUIRED' if verify else 'CERT_NONE'
        tls = {'ssl_context': self.contexts.get(verify), 'cert_reqs': requirement}
        return host, tls

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: Any,
        proxies: Any = None,
        cert: Any = None,
    ) -> Any:
        # Looking a pool up takes as long as the rest of a request; all requests of an
        # origin go the same way.
        assert isinstance(request, Request)
        pool = self._pools.get(request.origin)
        if pool is None:
            if len(self._pools) >= self._max_pools:
                # Those that nobody uses close their connections as they are forgotten.
                self._pools = {}
            if proxy := select_proxy(request.url or '', proxies):
                proxy = prepend_scheme_if_needed(proxy, 'http')
                if not is_socks(proxy):
                    # One that speaks TLS itself is trusted as a server is.
                    context = self.contexts.get(verify)
                    self.proxy_manager_for(proxy, proxy_ssl_context=context)
            pool = super().get_connection_with_tls_context(
                request, verify, proxies, cert
            )
            self._pools[request.origin] = pool
        return pool

    def request_url(
        self, request: PreparedRequest, proxies: dict[str, str] | None
    ) -> str:
        if proxies:
            return super().request_url(request, proxies)
        # requests looks for a proxy that isn't there.
        path = request.path_url
        return f'/{path.lstrip("/")}' if path.startswith('//') else path

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        # Without what is of no use here: cookies belong to the chain of redirects, and
        # the charset to the page.
        response = Response()
        response.status_code = resp.status
        response.headers = CaseInsensitiveDict(resp.headers.itermerged())
        response.raw = resp
        response.reason = resp.reason
        response.url = req.url or ''
        response.request = req
        response.connection = self
        return response

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        self._take(manager, guarded=False)
        return manager


def is_socks(proxy: str) -> bool:
    """Whether requests takes the address of a proxy for one that speaks SOCKS."""
    return proxy.lower().startswith('socks')


def discard(response: Response) -> None:
    """Be done with an answer whose body is of no use.

    Its connection can be used again only if the body was read.  That of most redirects
    is short and has come with the head.
    """
    raw = response.raw
    if response.request.method == 'HEAD':
        raw.read()
        raw.release_conn()
        return
    rest = raw.length_remaining
    sock = raw.connection and raw.connection.sock
    if sock and rest is not None and rest <= MAX_REST_BYTES:
        with suppress(OSError, HTTPError):
            sock.settimeout(REST_SECONDS)
            raw.read1(MAX_REST_BYTES, decode_content=False)
    # Whoever has read it all has given the connection back.
    leave(response)


def leave(response: Response) -> None:
    """Close an answer, read to its end or not: what still comes belongs to it."""
    attempt = Attempt.current()
    attempt.leaves_answer = True
    try:
        response.close()
    finally:
        attempt.leaves_answer = False
