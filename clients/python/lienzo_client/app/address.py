"""Validates server addresses as people type them."""

from __future__ import annotations

import re

_SCHEMES = ("dns:", "ipv4:", "ipv6:", "unix:")
_HOST_AND_PORT = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^\s:/\[\]]{1,253})(?::(\d{1,5}))?")
_WEB = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?", re.IGNORECASE)
_LAST_PORT = 65_535


def check_address(server: str) -> str:
    """Validates a server address and strips surrounding spaces.

    Args:
        server: `host`, `host:port`, `[IPv6]:port`, or a gRPC target such as `unix:/run/lienzo.sock`; or the
            `https://` address of a gateway, for networks that break gRPC. `http://` is taken likewise, and
            reaches this machine only, unless plain text was allowed.

    Raises:
        ValueError: For anything else.

    >>> check_address(" museum.example:50050 "), check_address("https://museum.example")
    ('museum.example:50050', 'https://museum.example')
    >>> check_address("ftp://museum.example")
    Traceback (most recent call last):
    ValueError: “ftp://museum.example” is not a server address (expected host:port or https://host)
    """
    address = server.strip()
    if address.isprintable() and _WEB.fullmatch(address):
        return address
    if address.isprintable() and address.startswith(_SCHEMES) and len(address) > len("unix:"):
        return address
    found = _HOST_AND_PORT.fullmatch(address)
    if not address.isprintable() or found is None or not 0 < int(found[2] or 1) <= _LAST_PORT:
        raise ValueError(f"“{address}” is not a server address (expected host:port or https://host)")
    return address
