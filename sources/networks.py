"""Which machines may be asked: by default those of the public internet, and none of a private network."""

from __future__ import annotations

import ipaddress
from typing import Final

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# Where clouds hand out a machine's own credentials, beside the link-local 169.254.169.254.
_METADATA: Final = tuple(map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "fd00:ec2::254")))


def refusal(ip_address: str, host: str, *, named: bool) -> str:
    """Why a machine must not be asked; empty where it may be.

    A host that the allow-list names may lie in a private network: that is what it is named for. Addresses
    that clouds give credentials at (link-local and the like) must be named as such, since a name could be
    made to lead there.

    Args:
        ip_address: The address that would be connected to.
        host: The host of the picture's address, in lower case.
        named: Whether the allow-list names this very host.

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
    if not found.is_global and not named:
        return f"{host} leads to a private address"
    return ""


def is_ip_address(host: str) -> bool:
    """Whether a host is written as an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_special(address: IPAddress) -> bool:
    if address.is_loopback:  # IPv6 counts ::1 among the reserved ones
        return False
    return address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved


def _embedded(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 one stands for, where it stands for one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
