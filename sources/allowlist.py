"""The allow-list of addresses."""

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
    """Prefixes of the addresses that may be read; every other address is refused.

    A prefix ends at a slash or at the end of the address: `s3://museum` names the bucket `museum` and not
    `museum-evil`, and `s3://museum/2024` neither `2024-draft` nor `2024.jpg`. A scheme alone, such as
    `https://`, names all of it, which for https means the public internet.

    Attributes:
        prefixes: Prefixes as the settings state them, in order.
        everything: Allows every address: for a person who reads with their own credentials on their own
            machine.
    """

    prefixes: tuple[str, ...] = ()
    everything: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parses prefixes that are separated by commas or blanks.

        Raises:
            InvalidAddress: For the first that is not the prefix of an address.

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
        """Schemes that some prefix allows; empty when `everything` is allowed."""
        return frozenset(entry.scheme for entry in self._entries())

    def check(self, address: Address) -> None:
        """Checks that an address is allowed.

        Raises:
            NotAllowed: When no prefix names it.
        """
        if not self.everything and not any(_covers(entry, address) for entry in self._entries()):
            raise NotAllowed(str(address))

    def names_host(self, address: Address) -> bool:
        """Returns whether a prefix names exactly this https host, which may then be in a private network."""
        return self.everything or any(
            entry.scheme == "https" and entry.authority == address.authority for entry in self._entries()
        )

    def names_file(self, path: str) -> bool:
        """Returns whether the target of a link may be read; prefixes that are links are resolved too."""
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
    if not entry.authority and address.scheme != "file":
        return True
    if entry.authority != address.authority:
        return False
    path = address.path.partition("?")[0] if address.scheme == "https" else address.path
    return path == entry.path or path.startswith(entry.as_folder().path)
