"""Gives requests our connections, and spares it what nobody looks at here."""

from __future__ import annotations

from typing import Any

from requests import Response
from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict
from urllib3 import ProxyManager

from sphinx_linkaudit.ask.connect import Net, pool_classes

#: Hosts whose connections are kept.
MAX_POOLS = 128


class Request(PreparedRequest):
    """A request that knows where it goes."""

    origin: tuple[str, str]  #: Scheme and network location.

    def copy(self) -> Request:
        new = Request()
        new.__dict__.update(super().copy().__dict__)
        new.origin = self.origin
        return new


def prepare_headers(
    headers: tuple[tuple[str, str], ...],
) -> CaseInsensitiveDict[str | bytes]:
    """Return *headers* as requests wants them, looked through.

    :raises requests.exceptions.InvalidHeader: if one of them can't be sent.
    """
    request = PreparedRequest()
    request.prepare_headers(dict(headers))
    return request.headers


class Adapter(HTTPAdapter):
    """requests' adapter, with connections of ours under it."""

    def __init__(self, net: Net, host_connections: int) -> None:
        self._guarded = pool_classes(net, guarded=True)
        self._proxied = pool_classes(net, guarded=False)
        self._pools: dict[tuple[str, str], Any] = {}
        super().__init__(pool_connections=MAX_POOLS, pool_maxsize=host_connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._guarded

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *args: Any, **kwargs: Any
    ) -> Any:
        # Looking a pool up takes as long as the rest of a request; all of an origin go
        # the same way.
        assert isinstance(request, Request)
        pool = self._pools.get(request.origin)
        if pool is None:
            if len(self._pools) >= MAX_POOLS:
                # Those that nobody uses close their connections as they are forgotten.
                self._pools = {}
            pool = super().get_connection_with_tls_context(request, *args, **kwargs)
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
        # Without what nobody looks at here: cookies are the chain's, and the charset is
        # the page's.
        response = Response()
        response.status_code = resp.status
        response.headers = CaseInsensitiveDict(resp.headers)
        response.raw = resp
        response.reason = resp.reason
        response.url = req.url or ''
        response.request = req
        response.connection = self
        return response

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if type(manager) is ProxyManager:  # a SOCKS proxy has connections of its own
            manager.pool_classes_by_scheme = self._proxied
        return manager


def leave(response: Response) -> None:
    """Be done with an answer whose body nobody wants."""
    if response.request.method == 'HEAD':
        # There is no body, but only who has read it may use the connection again.
        response.raw.read()
        response.raw.release_conn()
    else:
        response.close()
