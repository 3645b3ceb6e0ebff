"""Every way we know to trouble a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.answers import answer, document, for_get

if TYPE_CHECKING:
    from web.base import Behaviour, Trap
    from web.server import Web

#: Every way we know to trouble a client.  Each sets itself up in a web, and returns the
#: URL to check; URLs have an anchor where the trouble is in the body.
HOSTILE: dict[str, Trap] = {}

HERE = '<p id="here">Here.</p>'
#: Longer than pages that do nothing but lead to others.
FINE = document(HERE + '\n'.join(['<p>It goes on.</p>'] * 200))
#: A page that is no soft death: what the others are compared with.
fine = answer(FINE)

HTML = {'Content-Type': 'text/html; charset=utf-8'}
CHUNKED = HTML | {'Transfer-Encoding': 'chunked'}


def trap(one: Trap) -> Trap:
    """Enter a trap that needs more than a path."""
    HOSTILE[one.__name__.replace('_', '-')] = one
    return one


def lay(name: str, behaviour: Behaviour, doc: str | None, anchor: str = '') -> None:
    """Enter a behaviour, at a path of its own name."""

    def one(web: Web) -> str:
        return web.on(f'/{name}', behaviour) + anchor

    one.__name__ = name
    one.__doc__ = doc
    HOSTILE[name] = one


def hostile(behaviour: Behaviour) -> Behaviour:
    """Enter a behaviour under its own name."""
    lay(behaviour.__name__.replace('_', '-'), behaviour, behaviour.__doc__)
    return behaviour


def hostile_body(behaviour: Behaviour) -> Behaviour:
    """Enter a behaviour whose trouble is in the body: HEAD is answered as it should."""
    name = behaviour.__name__.replace('_', '-')
    answers = for_get(behaviour, answer(headers=HTML))
    lay(name, answers, behaviour.__doc__, '#here')
    return behaviour
