"""Says how private an address is, and whether a link may lead there."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit, urlunsplit

import idna

if TYPE_CHECKING:
    from collections.abc import Callable

    #: `address_class`, or what takes its place.
    Classify = Callable[[str], int]

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: How private an address is: a redirect may not lead from a lower number to a higher.
PUBLIC, PRIVATE, LOOPBACK, NEVER = range(4)

_NAT64 = ipaddress.ip_network('64:ff9b::/96')

#: What a network of one's own may translate to the IPv4 address at its end (RFC 4291,
#: 2.5.5.1, 2765 and 8215).
_TRANSLATED = [
    ipaddress.ip_network(one) for one in ('::/96', '::ffff:0:0:0/96', '64:ff9b:1::/48')
]

#: All of IPv6 that is routed on the internet (IANA).
_GLOBAL_UNICAST = ipaddress.ip_network('2000::/3')

#: Metadata services that are not at a link-local address: those of AWS and Google on
#: IPv6, of Alibaba, Azure and Oracle.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            'fd00:ec2::254',
            'fd20:ce::254',
            '100.100.100.200',
            '168.63.129.16',
            '192.0.0.192',
        ),
    )
)

#: Names of metadata services, for where a proxy resolves them: those of Google, AWS,
#: Azure and Tencent.
_METADATA_NAMES = frozenset(
    {
        'metadata',
        'metadata.goog',
        'metadata.google.internal',
        'instance-data',
        'instance-data.ec2.internal',
        'metadata.azure.internal',
        'metadata.tencentyun.com',
    }
)

#: What no host has in its name (WHATWG URL, "forbidden domain code point").
_FORBIDDEN = frozenset('#%/:<>?@[\\]^|\x7f' + ''.join(map(chr, range(0x21))))


class InvalidAddressError(ValueError):
    """It is no address that can be asked for."""


class ForbiddenAddressError(OSError):
    """The link may not lead to this address."""


def address_class(host: str) -> int:
    """Return how private an IP address is.

    `NEVER` is for link-local addresses, where clouds keep their metadata services, and
    for those that belong to no host.
    """
    address = ipaddress.ip_address(host.partition('%')[0])
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is None and address in _NAT64:
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded is not None:
            return address_class(str(embedded))
    if address.is_loopback:
        return LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return NEVER
    if address in _METADATA:
        return NEVER
    if isinstance(address, ipaddress.IPv6Address):
        if any(address in one for one in _TRANSLATED):
            last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
            return max(PRIVATE, address_class(str(last)))
        if address not in _GLOBAL_UNICAST:
            return PRIVATE
    return PUBLIC if address.is_global else PRIVATE


def may_reach(kind: int, most_private: int) -> bool:
    """Whether an address of this *kind* may be asked, if at most *most_private* may."""
    return kind <= most_private and kind != NEVER


def url_class(url: str, classify: Classify = address_class) -> int:
    """Return how private the host of *url* is, as far as the URL itself says.

    A name is `PUBLIC`, unless it is a name of this machine (RFC 6761) or of a metadata
    service: only a resolver knows its addresses.

    :raises InvalidAddressError: if it has no valid host.
    """
    # A backslash ends a host, as a slash does (WHATWG URL).
    host = parse_host(_split(url.replace('\\', '/')).netloc)
    if not isinstance(host, str):
        return classify(str(host))
    name = host.rstrip('.')
    if name in _METADATA_NAMES:
        return NEVER
    return LOOPBACK if f'.{name}'.endswith('.localhost') else PUBLIC


def ascii_url(url: str) -> str:
    """Return *url* with its host in ASCII, as it is asked for.

    Names that IDNA 2008 has no place for, such as those of emoji, are encoded as
    browsers do it (UTS #46).

    :raises InvalidAddressError: if it has no valid host.
    """
    parts = _split(url)
    if parts.netloc.isascii():
        return url
    userinfo, at, rest = parts.netloc.rpartition('@')
    host, port = _split_port(rest)
    return urlunsplit(
        parts._replace(netloc=f'{userinfo}{at}{domain_to_ascii(host)}{port}')
    )


def parse_host(netloc: str) -> str | Address:
    """Return the host of a network location: an address, or a name in ASCII.

    Numbers are read as URL clients read them: decimal, hexadecimal and octal ones, and
    fewer than four of them (WHATWG URL, "host parsing").

    :raises InvalidAddressError: if it is neither.
    """
    host, _port = _split_port(netloc.rpartition('@')[2])
    try:
        if host.startswith('['):
            return ipaddress.IPv6Address(host[1:].rstrip(']').partition('%')[0])
        decoded = unquote_to_bytes(host).decode('utf-8')
    except ValueError as error:
        raise InvalidAddressError(str(error)) from error
    name = domain_to_ascii(decoded)
    last = name.removesuffix('.').rpartition('.')[2]
    if last.isdigit() or _number(last) is not None:
        return _parse_ipv4(name.removesuffix('.'))
    return name


def domain_to_ascii(domain: str) -> str:
    """Return a name in lower case, its labels that aren't ASCII in Punycode.

    :raises InvalidAddressError: if no name can be so.
    """
    if not domain.isascii():
        # Processing and ToASCII of UTS #46, without the rules of STD3 or on length.
        try:
            labels = idna.uts46_remap(domain, std3_rules=False).split('.')
        except idna.IDNAError as error:
            raise InvalidAddressError(str(error)) from error
        domain = '.'.join(
            label if label.isascii() else f'xn--{label.encode("punycode").decode()}'
            for label in labels
        )
    if not domain or not _FORBIDDEN.isdisjoint(domain):
        message = f'{domain!r} is no name of a host'
        raise InvalidAddressError(message)
    return domain.lower()


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise InvalidAddressError(str(error)) from error


def _split_port(host: str) -> tuple[str, str]:
    """Return a host and its port; the latter with its colon, or ''."""
    name, colon, port = host.rpartition(':')
    if not colon or port.endswith(']'):
        return host, ''
    return name, colon + port


def _parse_ipv4(host: str) -> ipaddress.IPv4Address:
    """Read an IPv4 address (WHATWG URL, "IPv4 parser").

    :raises InvalidAddressError: if it is none.
    """
    numbers = [_number(part) for part in host.split('.')]
    *first, last = numbers
    value = 0
    for number in first:
        if number is None or number > 255 or len(first) > 3:
            break
        value = value << 8 | number
    else:
        rest = 4 - len(first)
        if last is not None and last < 256**rest:
            return ipaddress.IPv4Address(value << 8 * rest | last)
    message = f'{host!r} is no IPv4 address'
    raise InvalidAddressError(message)


def _number(text: str) -> int | None:
    """Read a part of an IPv4 address; None if it is no number."""
    digits, base = text, 10
    if text[:2] in {'0x', '0X'}:
        digits, base = text[2:] or '0', 16
    elif text.startswith('0') and text != '0':
        digits, base = text[1:], 8
    if not digits.isascii() or not digits.isalnum():
        return None
    try:
        return int(digits, base)
    except ValueError:
        return None
