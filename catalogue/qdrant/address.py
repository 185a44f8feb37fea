"""Addresses of Qdrant servers: `qdrant://host:6333/prefix`, or `qdrants://…` with TLS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from catalogue.errors import InvalidPlace

KEY_VARIABLE: Final = "QDRANT_API_KEY"
"""The environment variable that has the key."""
_PORT: Final = 6333
_SERVER: Final = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{0,5}))?")
_NO_HOST: Final = "host and port cannot be read"
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DEFAULT_PREFIX: Final = "lienzo"


@dataclass(frozen=True)
class Address:
    """A server, and what the names of its collections begin with.

    Attributes:
        url: Its address for HTTP.
        prefix: What the collections of the catalogues are called before the dot.
        place: What messages call it.
    """

    url: str
    prefix: str
    place: str


def parse_address(text: str) -> Address:
    """Parses `qdrant://host:6333/prefix`; port and prefix may be left out.

    Raises:
        InvalidPlace: When it cannot be read. The message has no part of the address: a mistyped one may have
            the key.
    """
    try:
        parts = urlsplit(text)
    except ValueError as error:  # a bracket that nothing closes
        raise _not_an_address(_NO_HOST) from error
    server, prefix = _SERVER.fullmatch(parts.netloc), parts.path.strip("/") or _DEFAULT_PREFIX
    if server is None or not 0 < int(server["port"] or _PORT) < 2**16:
        has_user = "@" in parts.netloc
        raise _not_an_address(f"the key goes into {KEY_VARIABLE}" if has_user else _NO_HOST)
    if parts.query or parts.fragment:
        raise _not_an_address("nothing may stand behind the prefix")
    if not _PREFIX.fullmatch(prefix):
        raise _not_an_address("the prefix is up to 64 letters, digits, dashes and underscores")
    at = f"{server['host']}:{int(server['port'] or _PORT)}"
    scheme = "https" if parts.scheme == "qdrants" else "http"
    return Address(f"{scheme}://{at}", prefix, f"{parts.scheme}://{at}/{prefix}")


def checked_key(key: str) -> str:
    """Returns a key without the space around it; empty where there is none.

    Raises:
        InvalidPlace: When it cannot be sent. The message has no part of it.
    """
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidPlace("qdrant://…", f"{KEY_VARIABLE} has characters that no key has")
    return key


def _not_an_address(problem: str) -> InvalidPlace:
    return InvalidPlace("qdrant://…", f"not an address of a Qdrant server: {problem}")
