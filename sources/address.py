"""Addresses of pictures, read strictly: what could mean two things to two readers is refused."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from sources.errors import InvalidAddress
from sources.schemes import SCHEMES

MAX_CHARACTERS: Final = 2048

_SHAPE: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_UNSEEN: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\]")
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,221}")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Escapes that some readers undo before they look at a path: dot, slash, per cent, backslash, controls.
_HIDDEN: Final = re.compile(r"%(?:2[eEfF5]|5[cC]|[01][0-9A-Fa-f]|7[fF])")


@dataclass(frozen=True)
class Address:
    """Where a picture, or a folder of them, lies.

    Attributes:
        scheme: One of `SCHEMES`.
        place: Bucket, `bucket@namespace`, container, or `host[:port]` in lower case; empty for files.
        path: Key, or path on the host, without the slash at its front; for https with its query.
    """

    scheme: str
    place: str
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}/{self.path}"

    @property
    def is_folder(self) -> bool:
        """Whether it stands for everything below it: a bucket, or what ends with a slash.

        The web has no folders: what a server sends for `https://host/a/` may well be a picture.
        """
        return self.scheme != "https" and self == self.as_folder()

    def as_folder(self) -> Address:
        """The same with a slash at its end: what the addresses of all that lies below it begin with."""
        return self if not self.path or self.path.endswith("/") else replace(self, path=f"{self.path}/")

    @property
    def host(self) -> str:
        """Of an https address: the host without its port, and without brackets."""
        if self.place.startswith("["):
            return self.place[1:].partition("]")[0]
        return self.place.partition(":")[0]


def parse_address(uri: str) -> Address:
    """Reads an address.

    `s3://bucket/key`, `oci://bucket@namespace/key`, `gs://bucket/key`, `az://container/key`,
    `https://host[:port]/path[?query]`, `file:///path`. Keys are taken literally, as the stores do; a path
    on the web is per cent encoded, and characters beyond ASCII in it are encoded here.

    Args:
        uri: The address; at most 2048 characters.

    Raises:
        InvalidAddress: Another scheme; a user name or password; `.` or `..` in the path, also hidden as
            `%2e`; backslashes, blanks and control characters; a host that is a number in disguise.

    >>> parse_address("HTTPS://Museum.Example:443/a%20b.jpg")
    Address(scheme='https', place='museum.example', path='a%20b.jpg')
    """
    shape = _SHAPE.fullmatch(uri) if len(uri) <= MAX_CHARACTERS else None
    if len(uri) > MAX_CHARACTERS:
        raise InvalidAddress(f"{uri[:80]}…", f"longer than {MAX_CHARACTERS} characters")
    if shape is None or shape[1].lower() not in SCHEMES:
        raise InvalidAddress(uri, f"it begins with none of {', '.join(f'{each}://' for each in SCHEMES)}")
    if _UNSEEN.search(uri if shape[1].lower() == "https" else uri.replace(" ", "")):
        raise InvalidAddress(uri, "blanks, backslashes or control characters")
    scheme, place, path = shape[1].lower(), shape[2], shape[3]
    if scheme == "https":
        return Address(scheme, _host(uri, place), _web_path(uri, path).removeprefix("/"))
    if any(part in (".", "..") for part in path.split("/")):
        raise InvalidAddress(uri, "a path with . or .. in it")
    return Address(scheme, _store(uri, scheme, place), path.removeprefix("/"))


def is_folder_address(text: str) -> bool:
    """Tells whether a text is the address of a folder; see `Address.is_folder`.

    What is no address at all is none of a folder either: whoever reads it says what is wrong with it.

    >>> [is_folder_address(each) for each in ("s3://museum", "s3://museum/2024/", "s3://museum/a.jpg", "a/")]
    [True, True, False, False]
    """
    try:
        return parse_address(text).is_folder
    except InvalidAddress:
        return False


def _store(uri: str, scheme: str, place: str) -> str:
    if scheme == "file":
        if place not in ("", "localhost"):
            raise InvalidAddress(uri, "files lie on this machine: file:///path")
        return ""
    parts = place.split("@") if scheme == "oci" else [place]
    if scheme == "oci" and len(parts) != 2:
        raise InvalidAddress(uri, "it looks like oci://bucket@namespace/key")
    if not all(_BUCKET.fullmatch(part) for part in parts):
        raise InvalidAddress(uri, "no bucket of that name can be")
    return place


def _host(uri: str, place: str) -> str:
    if "@" in place:
        raise InvalidAddress(uri, "user names and passwords are not taken")
    bracketed = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]*)(?::([0-9]{1,5}))?", place)
    if bracketed is None or not place.isascii():
        raise InvalidAddress(uri, "that is no host")
    host, port = bracketed[1].lower().removesuffix("."), bracketed[2]
    if host.startswith("["):
        host = f"[{_ipv6(uri, host[1:-1])}]"
    elif not _is_plain_host(host):
        raise InvalidAddress(uri, "that is no host")
    if port is None or int(port) == 443:
        return host
    if not 0 < int(port) < 65536:
        raise InvalidAddress(uri, "that is no port")
    return f"{host}:{int(port)}"


def _ipv6(uri: str, text: str) -> str:
    try:
        return ipaddress.IPv6Address(text).compressed
    except ValueError:
        raise InvalidAddress(uri, "that is no host") from None


def _is_plain_host(host: str) -> bool:
    """Whether it is a name, or an IPv4 address as it should be written: not 2130706433, 0x7f.1, 127.1."""
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    if not _NUMBER.fullmatch(labels[-1]):
        return True
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def _web_path(uri: str, path: str) -> str:
    encoded = quote(path, safe="/?%:@!$&'()*+,;=~-._")
    if "#" in path:
        raise InvalidAddress(uri, "a fragment (#…) is no part of what a server sends")
    if _BROKEN_ESCAPE.search(encoded):
        raise InvalidAddress(uri, "a % that is followed by no two hexadecimal digits")
    only_path = encoded.partition("?")[0]
    if _HIDDEN.search(only_path) or any(part in (".", "..") for part in only_path.split("/")):
        raise InvalidAddress(uri, "a path with . or .. in it, or with a hidden slash")
    return encoded
