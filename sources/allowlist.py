"""Which addresses may be read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from sources.address import Address, parse_address
from sources.errors import InvalidAddress, NotAllowed
from sources.schemes import SCHEMES


@dataclass(frozen=True)
class AllowList:
    """Prefixes of addresses; what none of them names is refused.

    A prefix ends at a slash or at the end of the address: `s3://museum` names the bucket `museum` and not
    `museum-evil`, and `s3://museum/2024` neither `2024-draft` nor `2024.jpg`. A scheme alone, such as
    `https://`, names all of it, which for https means the public internet.

    Attributes:
        prefixes: As the settings have them, in their order.
        everything: Nothing is refused: for a person who reads by their own means on their own machine.
    """

    prefixes: tuple[str, ...] = ()
    everything: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads prefixes with commas or blanks between them.

        Raises:
            InvalidAddress: Naming the one that is no prefix of an address.

        >>> AllowList.parse("s3://museum/, https://images.example/open/").prefixes
        ('s3://museum/', 'https://images.example/open/')
        """
        prefixes = tuple(text.replace(",", " ").split())
        for prefix in prefixes:
            _entry(prefix)
        return cls(prefixes)

    def __str__(self) -> str:
        return ", ".join(self.prefixes)

    @property
    def schemes(self) -> frozenset[str]:
        """Those of which anything may be read; none in particular where everything may."""
        return frozenset(entry.scheme for entry in self._entries())

    def check(self, address: Address) -> None:
        """Lets an address pass, or not.

        Raises:
            NotAllowed: No prefix names it.
        """
        if not self.everything and not any(_covers(entry, address) for entry in self._entries()):
            raise NotAllowed(str(address), str(self))

    def names_host(self, address: Address) -> bool:
        """Whether a prefix names the very host of an https address: it may lie in a private network then."""
        return self.everything or any(
            entry.scheme == "https" and entry.place == address.place for entry in self._entries()
        )

    def names_file(self, path: str) -> bool:
        """Whether a file may be read that a link leads to; the prefixes may be links themselves."""
        real = (
            Address("file", "", os.path.realpath(f"/{entry.path}").lstrip("/"))
            for entry in self._entries()
            if entry.scheme == "file"
        )
        return self.everything or any(_covers(entry, Address("file", "", path.lstrip("/"))) for entry in real)

    def _entries(self) -> Iterable[Address]:
        return map(_entry, self.prefixes)


def _entry(prefix: str) -> Address:
    scheme = prefix.lower().removesuffix("://")
    if prefix.lower().endswith("://") and scheme in SCHEMES:
        return Address(scheme, "", "")
    if "?" in prefix:
        raise InvalidAddress(prefix, "a prefix has no query")
    return parse_address(prefix)


def _covers(entry: Address, address: Address) -> bool:
    if entry.scheme != address.scheme:
        return False
    if not entry.place and address.scheme != "file":
        return True
    if entry.place != address.place:
        return False
    path = address.path.partition("?")[0] if address.scheme == "https" else address.path
    return path == entry.path or path.startswith(entry.as_folder().path)
