"""TLS that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.certificates import Authority
from web.hostile.connections import never_accepts
from web.hostile.register import FINE, HOSTILE, trap
from web.server import Web

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable


@trap
def tls_on_plain_port(web: Web) -> str:
    """Be at https: where the server speaks plain HTTP."""
    web.page('/tls-on-plain-port', FINE)
    return web.url('/tls-on-plain-port', scheme='https')


@trap
def plain_on_tls_port(web: Web) -> str:
    """Be at http: where the server wants TLS, and says so with a 400."""
    server = web.also(Web(tls=web.authority.good()))
    return server.url('/', scheme='http')


@trap
def tls_never_answers(web: Web) -> str:
    """Be at https: where nobody answers the handshake."""
    return never_accepts(web).replace('http:', 'https:')


for _name, _context, _doc in [
    ('expired', Authority.expired, 'that has expired'),
    ('not-yet-valid', Authority.not_yet_valid, 'that is not valid yet'),
    ('self-signed', Authority.self_signed, 'that vouches for itself'),
    ('unknown-issuer', Authority.from_unknown_issuer, 'from an unknown issuer'),
    ('other-host', lambda authority: authority.for_another_host(), 'for another host'),
    ('old-protocol', Authority.old_protocol, 'and TLS 1.1 at most'),
]:

    def _certified(
        web: Web, context: Callable[[Authority], ssl.SSLContext] = _context
    ) -> str:
        return web.also(Web(tls=context(web.authority))).page('/', FINE)

    _certified.__doc__ = f'Have a certificate {_doc}.'
    HOSTILE[f'tls-{_name}'] = _certified
