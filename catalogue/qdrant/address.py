"""Addresses of Qdrant servers: `qdrant://host:6333/prefix`, or `qdrants://…` with TLS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from catalogue.errors import InvalidPlace

KEY_VARIABLE: Final = "QDRANT_API_KEY"
"""The environment variable that has the key."""
_PORT: Final = 6333
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
        port = parts.port or _PORT
    except ValueError as error:
        raise _not_an_address("host and port cannot be read") from error
    prefix = parts.path.strip("/") or _DEFAULT_PREFIX
    if problem := _problem(parts, prefix):
        raise _not_an_address(problem)
    host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc.rstrip(":")
    scheme = "https" if parts.scheme == "qdrants" else "http"
    return Address(f"{scheme}://{host}:{port}", prefix, f"{parts.scheme}://{host}:{port}/{prefix}")


def checked_key(key: str) -> str:
    """Returns a key without the space around it; empty where there is none.

    Raises:
        InvalidPlace: When it cannot be sent. The message has no part of it.
    """
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidPlace("qdrant://…", f"{KEY_VARIABLE} has characters that no key has")
    return key


def _problem(parts: SplitResult, prefix: str) -> str:
    if "@" in parts.netloc:
        return f"no user and no password; the key goes into {KEY_VARIABLE}"
    if not parts.hostname:
        return "the host is missing"
    if parts.query or parts.fragment:
        return "nothing may stand behind the prefix"
    if not _PREFIX.fullmatch(prefix):
        return "the prefix is up to 64 letters, digits, dashes and underscores"
    return ""


def _not_an_address(problem: str) -> InvalidPlace:
    return InvalidPlace("qdrant://…", f"not an address of a Qdrant server: {problem}")
