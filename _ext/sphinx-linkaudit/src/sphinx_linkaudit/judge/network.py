"""Says whether there is a network, and which addresses are only examples of one."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from sphinx_linkaudit.urls import host_of

if TYPE_CHECKING:
    from sphinx_linkaudit.records import Ending, Evidence

#: What shows that there is a network: somebody else has said something.
_SIGNS_OF_LIFE = frozenset({'answered', 'no-host', 'reset', 'tls', 'forbidden'})
#: How asking ends where nothing answers.
_NOTHING_THERE: frozenset[Ending] = frozenset(
    {'no-host', 'refused', 'unreachable', 'no-network', 'no-route', 'timeout', 'silent'}
)

_LOCAL = re.compile(
    r'https?://(?:localhost|127\.[\d.]+|\[::1\])(?:[:/]|$)', re.IGNORECASE
)
#: Names that are reserved for documentation, tests and networks of one's own (RFC 2606,
#: 6761, 6762, 7686, 8375 and 9476; ``internal`` by a resolution of ICANN of 2024).
_RESERVED_NAME = re.compile(
    r'(?:^|\.)(?:localhost|local|test|example|invalid|internal|home\.arpa'
    r'|alt|onion|example\.(?:com|net|org))\.?$'
)
#: Of these, names that nobody's resolver knows unless somebody has told it.
_UNKNOWN_NAME = re.compile(r'\.(?:test|example|invalid)\.?$')
#: How asking ends at an address that is known.
_RESOLVED: frozenset[Ending] = _NOTHING_THERE - {'no-host', 'no-network'}
#: Addresses that mean "this machine" or, by RFC 5737 and 3849, are for documentation.
#: Of 127.0.0.0/8 people write the first one as an example, and others for a reason.
_RESERVED_ADDRESSES = [
    ipaddress.ip_network(one)
    for one in (
        *('127.0.0.1/32', '0.0.0.0/32', '::1/128', '::/128'),
        *('192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'),
    )
]
#: What no host name and no port can be: a word for what the reader has to write there.
_NO_HOST = re.compile(
    r'https?:/{0,2}(?:[^/?#]*@)?(?:'
    r'[?#]|$'  # nothing
    r'|(?=[^/?#]*[<>{}$*])'  # <host>, {host}, $HOST, *.example
    r'|\[[^\]/]*[^0-9a-f:.%\]/][^\]/]*\]'  # [your-host]
    r'|[^/?#:]*:(?=[^/?#]*[a-z])[\w.-]+(?:[/?#]|$)'  # host:port
    r'|\.\.\.|\u2026'
    r')',
    re.IGNORECASE,
)


def shows_network(evidence: Evidence) -> bool:
    """Whether *evidence* shows that there is a network at all.

    This machine's own refusals don't.
    """
    if evidence.hops or evidence.ending in _SIGNS_OF_LIFE:
        return True
    return evidence.ending == 'refused' and not _LOCAL.match(evidence.url)


def misses_network(evidence: Evidence) -> bool:
    """Whether *evidence* is what is seen where there is no network."""
    lost = {'no-network', 'no-route', 'unreachable'}
    return evidence.ending in lost or evidence.unresolved


def is_placeholder(evidence: Evidence) -> bool:
    """Whether the address is an example or a blank to fill in, and nothing is there.

    A server there that so much as takes a connection is judged as any, and so is a name
    that somebody has given to a machine.
    """
    if evidence.hops:
        return False
    if evidence.ending == 'invalid-url':
        return bool(_NO_HOST.match(evidence.url))
    return (
        evidence.ending in _NOTHING_THERE
        and not evidence.connected
        and _is_reserved(host := host_of(evidence.url))
        and not (
            evidence.ending in _RESOLVED
            and not evidence.unresolved
            and _UNKNOWN_NAME.search(host)
        )
    )


def _is_reserved(host: str) -> bool:
    """Whether a host is reserved for examples, tests, or this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(_RESERVED_NAME.search(host))
    return any(address in one for one in _RESERVED_ADDRESSES)
