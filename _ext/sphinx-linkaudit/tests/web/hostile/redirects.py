"""Redirects that lead nowhere, or where nobody should go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.answers import answer, redirect
from web.base import LOOPBACK
from web.hostile.register import FINE, fine, hostile, lay, trap
from web.server import Web

if TYPE_CHECKING:
    from web.base import Text
    from web.server import Peer, Request

_LOCATIONS: dict[str, Text] = {
    'redirect-to-file': 'file:///etc/passwd',
    'redirect-to-javascript': 'javascript:alert(1)',
    'redirect-to-data': 'data:text/html,<p id="here">',
    'redirect-to-mailto': 'mailto:root@localhost',
    'redirect-to-metadata': 'http://169.254.169.254/latest/meta-data/',
    'redirect-to-metadata-in-decimal': 'http://2852039166/latest/meta-data/',
    'redirect-to-metadata-in-hex': 'http://0xa9fea9fe/latest/meta-data/',
    'redirect-to-metadata-in-ipv6': 'http://[::ffff:169.254.169.254]/',
    'location-unclosed-bracket': 'http://[::1',
    'location-empty': '',
    'location-spaces': '   ',
    'location-control-characters': b'/\x01\x02\x7f',
    'location-empty-label': 'http://.example./',
    'location-long-label': f'http://{"a" * 64}.example/',
    'location-bad-port': 'http://127.0.0.1:99999/',
    'location-no-host': 'http:///nowhere',
    'location-huge': '/' + 'a' * 60_000,
    'location-escapes': b'/\x1b[31mred\x1b]0;title\x07\r::error::injected\x00',
    'location-folded': b'/folded\r\n ::error::injected',
}
for _name, _location in _LOCATIONS.items():
    lay(_name, redirect(_location), f'Redirect to {_location[:50]!r}.')

lay('location-missing', answer(status=302), 'Redirect without saying where.')
lay(
    'location-twice',
    redirect('/one', headers={'Location': '/other'}),
    'Redirect to two places.',
)


def _to_itself(peer: Peer, request: Request) -> None:
    redirect(request.target)(peer, request)


lay('redirect-to-itself', _to_itself, 'Redirect to where we are.')


@hostile
def cookie_redirect(peer: Peer, request: Request) -> None:
    """Set a cookie and redirect here until it comes back, as login pages do."""
    if 'seen=1' in request.headers.get('cookie', ''):
        fine(peer, request)
    else:
        redirect(request.target, headers={'Set-Cookie': 'seen=1'})(peer, request)


@trap
def redirect_loop(web: Web) -> str:
    """Redirect from one page to another and back."""
    web.on('/redirect-loop/there', redirect('/redirect-loop', 301))
    return web.on('/redirect-loop', redirect('/redirect-loop/there', 301))


@trap
def endless_redirects(web: Web) -> str:
    """Redirect to ever new pages."""

    def further(peer: Peer, request: Request) -> None:
        redirect(request.target + '1')(peer, request)

    return web.on('/endless-redirects/*', further)


@trap
def location_latin_1(web: Web) -> str:
    """Redirect to a page with a Latin-1 character in its name."""
    web.page('/location-latin-1/*', FINE)
    return web.on('/location-latin-1', redirect(b'/location-latin-1/caf\xe9'))


@trap
def location_utf_8(web: Web) -> str:
    """Redirect to a page with a UTF-8 character in its name."""
    web.page('/location-utf-8/*', FINE)
    return web.on('/location-utf-8', redirect('/location-utf-8/caf\xe9'.encode()))


@trap
def redirect_to_other_loopback(web: Web) -> str:
    """Redirect to another address on loopback, which may be where the link is."""
    other = web.also(Web('127.0.0.2')).page('/', FINE)
    return web.on('/redirect-to-other-loopback', redirect(other))


@trap
def redirect_to_private(web: Web) -> str:
    """Redirect to a private address, which no link to a public one may do."""
    return web.on('/redirect-to-private', redirect('http://10.255.255.1/'))


@trap
def redirect_to_unspecified(web: Web) -> str:
    """Redirect to 0.0.0.0, which connects to this very machine."""
    web.page('/inside', FINE)
    return web.on(
        '/redirect-to-unspecified', redirect(web.url('/inside', host='0.0.0.0'))
    )


@trap
def redirect_to_rebinding_name(web: Web) -> str:
    """Redirect to a name that is loopback when looked up, then a metadata address."""
    web.names.add('rebinding.nowhere', LOOPBACK, '169.254.169.254')
    web.page('/rebinding', FINE)
    inside = web.url('/rebinding', host='rebinding.nowhere')
    return web.on('/redirect-to-rebinding-name', redirect(inside))
