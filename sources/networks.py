"""Which IP addresses may be connected to: public ones by default, against server-side request forgery."""

from __future__ import annotations

import ipaddress
from typing import Final

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# Metadata services of clouds, which hand out a machine's credentials, beside those at link-local addresses.
_METADATA: Final = frozenset(
    map(
        ipaddress.ip_address,
        (
            "100.100.100.200",  # Alibaba
            "168.63.129.16",  # Azure
            "192.0.0.192",  # Oracle
            "fd00:42::42",  # Scaleway
            "fd00:c1::a9fe:a9fe",  # Oracle
            "fd00:ec2::23",  # Amazon, for pods
            "fd00:ec2::254",  # Amazon
            "fd20:ce::254",  # Google
        ),
    )
)
# Networks of the IANA special-purpose registries that are not for the public internet, though `is_global`
# takes them for it.
_NOT_PUBLIC: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocol assignments (RFC 6890)
            "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
            "3fff::/20",  # documentation (RFC 9637)
            "fec0::/10",  # site-local (RFC 3879), which routers and systems still know
        ),
    )
)
_ISATAP: Final = (0x00005EFE, 0x02005EFE)


def refusal(ip_address: str, host: str, *, named: bool) -> str:
    """Returns why an IP address must not be connected to, or an empty string when it may be.

    A host that the allow-list names may be in a private network. Metadata addresses of clouds (link-local and
    the like) must be allowed by IP address, because a DNS name could be changed to resolve to them.

    Args:
        ip_address: The IP address to connect to.
        host: The host of the picture's address, in lower case.
        named: Whether the allow-list names exactly this host.

    >>> refusal("::ffff:169.254.169.254", "museum.example", named=True)
    'museum.example leads to a link-local or reserved address'
    >>> refusal("93.184.215.14", "museum.example", named=False)
    ''
    """
    written = ipaddress.ip_address(ip_address.partition("%")[0])
    found = _embedded(written)
    if named and host == str(written):
        return ""
    if found in _METADATA or _is_special(found):
        return f"{host} leads to a link-local or reserved address"
    if not named and (not found.is_global or any(found in network for network in _NOT_PUBLIC)):
        return f"{host} leads to a private address"
    return ""


def is_ip_address(host: str) -> bool:
    """Returns whether a host is an IP address instead of a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_special(address: IPAddress) -> bool:
    if address.is_loopback:  # `is_reserved` would be true for ::1
        return False
    return address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved


def _embedded(address: IPAddress) -> IPAddress:
    """Extracts the IPv4 address embedded in an IPv6 address, if there is one.

    NAT64 (RFC 6052), IPv4-mapped (RFC 4291), 6to4 (RFC 3056), Teredo (RFC 4380) and ISATAP (RFC 5214) reach
    that IPv4 address, so it is the one to judge.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)  # the last 32 of 128 bits
    if not address.is_link_local and int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo  # (server, client): the client is the far end
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
