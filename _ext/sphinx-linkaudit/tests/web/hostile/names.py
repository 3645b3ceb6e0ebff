"""Names that have no address, or too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.base import LOOPBACK
from web.hostile.register import FINE, trap
from web.names import Lookup

if TYPE_CHECKING:
    from web.server import Web


@trap
def no_such_name(web: Web) -> str:
    """Be at a name that doesn't exist."""
    web.names.add('gone.nowhere', Lookup.NO_SUCH_NAME)
    return 'http://gone.nowhere/'


@trap
def lookup_fails(web: Web) -> str:
    """Be at a name of which nobody can say whether it exists."""
    web.names.add('again.nowhere', Lookup.TRY_AGAIN)
    return 'http://again.nowhere/'


@trap
def lookup_hangs(web: Web) -> str:
    """Be at a name whose lookup doesn't end."""
    web.names.add('slow.nowhere', Lookup.HANGS)
    return 'http://slow.nowhere/'


@trap
def name_of_two_kinds(web: Web) -> str:
    """Be at a name with a metadata address and a loopback one."""
    web.names.add('mixed.nowhere', ('169.254.169.254', LOOPBACK))
    web.page('/mixed', FINE)
    return web.url('/mixed', host='mixed.nowhere')
