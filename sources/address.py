"""Addresses of pictures, parsed strictly: whatever two parsers could read differently is refused."""

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
# Escapes that some parsers decode before they look at a path: dot, slash, per cent, backslash, controls.
_HIDDEN: Final = re.compile(r"%(?:2[eEfF5]|5[cC]|[01][0-9A-Fa-f]|7[fF])")


@dataclass(frozen=True)
class Address:
    """The address of a picture or of a folder of pictures.

    Attributes:
        scheme: One of `SCHEMES`.
        authority: Bucket, `bucket@namespace`, container, or `host[:port]` in lower case; empty for files.
        path: Key, or path on the host, without the leading slash; for https including the query.
    """

    scheme: str
    authority: str
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}/{self.path}"

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder: a bucket, or a path that ends with a slash.

        The web has no folders: a server may well send a picture for `https://host/a/`.
        """
        return self.scheme != "https" and self == self.as_folder()

    def as_folder(self) -> Address:
        """Appends a slash, which makes it the prefix of all addresses below it."""
        return self if not self.path or self.path.endswith("/") else replace(self, path=f"{self.path}/")

    @property
    def host(self) -> str:
        """Host of an https address, without port and brackets."""
        if self.authority.startswith("["):
            return self.authority[1:].partition("]")[0]
        return self.authority.partition(":")[0]


def parse_address(uri: str) -> Address:
    """Parses an address of one of the forms in `SCHEMES`.

    Keys are taken literally, as the stores do. A path on the web is per cent encoded, and may have a query;
    characters beyond ASCII in it are encoded here.

    Args:
        uri: The address; at most 2048 characters.

    Raises:
        InvalidAddress: Another scheme; a user name or password; `.` or `..` in the path, also hidden as
            `%2e`; backslashes, blanks and control characters; a host that is a number in disguise.

    >>> parse_address("HTTPS://Museum.Example:443/a%20b.jpg")
    Address(scheme='https', authority='museum.example', path='a%20b.jpg')
    """
    shape = _SHAPE.fullmatch(uri) if len(uri) <= MAX_CHARACTERS else None
    if len(uri) > MAX_CHARACTERS:
        raise InvalidAddress(f"{uri[:80]}…", f"longer than {MAX_CHARACTERS} characters")
    if shape is None or shape[1].lower() not in SCHEMES:
        raise InvalidAddress(uri, f"expected one of {', '.join(f'{each}://' for each in SCHEMES)}")
    if _UNSEEN.search(uri if shape[1].lower() == "https" else uri.replace(" ", "")):
        raise InvalidAddress(uri, "it contains blanks, backslashes or control characters")
    scheme, authority, path = shape[1].lower(), shape[2], shape[3]
    if scheme == "https":
        return Address(scheme, _host(uri, authority), _web_path(uri, path).removeprefix("/"))
    if any(part in (".", "..") for part in path.split("/")):
        raise InvalidAddress(uri, "a path with . or .. in it")
    return Address(scheme, _store(uri, scheme, authority), path.removeprefix("/"))


def is_folder_address(text: str) -> bool:
    """Returns whether a text is the address of a folder; see `Address.is_folder`.

    False for a text that is not an address: whoever parses it next reports what is wrong with it.

    >>> [is_folder_address(each) for each in ("s3://museum", "s3://museum/2024/", "s3://museum/a.jpg", "a/")]
    [True, True, False, False]
    """
    try:
        return parse_address(text).is_folder
    except InvalidAddress:
        return False


def _store(uri: str, scheme: str, authority: str) -> str:
    if scheme == "file":
        if authority not in ("", "localhost"):
            raise InvalidAddress(uri, "files are on this machine: file:///path")
        return ""
    form = SCHEMES[scheme].form
    has_namespace = "@" in form
    parts = authority.split("@") if has_namespace else [authority]
    if has_namespace and len(parts) != 2:
        raise InvalidAddress(uri, f"expected {scheme}://{form}")
    if not all(_BUCKET.fullmatch(part) for part in parts):
        raise InvalidAddress(uri, "not a valid bucket name")
    return authority


def _host(uri: str, authority: str) -> str:
    if "@" in authority:
        raise InvalidAddress(uri, "user names and passwords are not accepted")
    bracketed = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]*)(?::([0-9]{1,5}))?", authority)
    if bracketed is None or not authority.isascii():
        raise InvalidAddress(uri, "not a valid host")
    host, port = bracketed[1].lower().removesuffix("."), bracketed[2]
    if host.startswith("["):
        host = f"[{_ipv6(uri, host[1:-1])}]"
    elif not _is_plain_host(host):
        raise InvalidAddress(uri, "not a valid host")
    if port is None or int(port) == 443:
        return host
    if not 0 < int(port) < 65536:
        raise InvalidAddress(uri, "not a valid port")
    return f"{host}:{int(port)}"


def _ipv6(uri: str, text: str) -> str:
    try:
        return ipaddress.IPv6Address(text).compressed
    except ValueError:
        raise InvalidAddress(uri, "not a valid host") from None


def _is_plain_host(host: str) -> bool:
    """Accepts host names and dotted-decimal IPv4 addresses, but not 2130706433, 0x7f.1 or 127.1."""
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
        raise InvalidAddress(uri, "it has a fragment (#…), which never reaches a server")
    if _BROKEN_ESCAPE.search(encoded):
        raise InvalidAddress(uri, "a % without two hexadecimal digits after it")
    only_path = encoded.partition("?")[0]
    if _HIDDEN.search(only_path) or any(part in (".", "..") for part in only_path.split("/")):
        raise InvalidAddress(uri, "a path with . or .. in it, or with a hidden slash")
    return encoded
