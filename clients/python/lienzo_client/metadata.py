"""Metadata of calls: names and values that a header can carry, and the credentials among them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

Pairs: TypeAlias = tuple[tuple[str, str | bytes], ...]
"""Metadata as gRPC takes it."""

Token: TypeAlias = str | Callable[[], str]
"""An API key or token, or a function that returns the current one; it is called for every call."""

AsyncToken: TypeAlias = Token | Callable[[], Awaitable[str]]

_NAME = re.compile(r"[a-z0-9_.-]+")
_VALUE = re.compile(r"[ -~]*")


def to_pairs(metadata: Mapping[str, str | bytes]) -> Pairs:
    """Converts metadata of an application.

    >>> to_pairs({"X-Trace": "7"})
    (('x-trace', '7'),)

    Raises:
        ValueError: For a name or a value that a header cannot carry, with its name.
    """
    pairs = tuple((name.lower(), value) for name, value in metadata.items())
    for name, value in pairs:
        _check(name, value)
    return pairs


def to_accepted(languages: Sequence[str]) -> dict[str, str]:
    """Makes the metadata that names the languages of a user, the preferred one first.

    >>> to_accepted(["es-AR", "en"])
    {'accept-language': 'es-AR, en'}
    """
    return {"accept-language": ", ".join(languages)}


def to_credentials(token: str) -> Pairs:
    """Makes the metadata that carries a key or token; none for an empty one.

    Line ends and spaces around it, as files have them, are left out.

    >>> to_credentials("secret\\n")
    (('authorization', 'Bearer secret'),)

    Raises:
        ValueError: For characters that a header cannot carry.
    """
    key = token.strip()
    if not _VALUE.fullmatch(key):
        raise ValueError("api_key has a line end or another character that a header cannot carry")
    return (("authorization", f"Bearer {key}"),) if key else ()


def _check(name: str, value: str | bytes) -> None:
    if not _NAME.fullmatch(name) or name.startswith("grpc-"):
        raise ValueError(f"{name!r} is not a name of metadata (expected letters, digits, dots, dashes)")
    if isinstance(value, bytes) is not name.endswith("-bin"):
        raise ValueError(f"metadata {name}: bytes go under a name that ends with -bin, and text does not")
    if isinstance(value, str) and not _VALUE.fullmatch(value):
        raise ValueError(f"metadata {name} has a character that a header cannot carry")
