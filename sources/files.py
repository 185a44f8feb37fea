"""Reads pictures from local files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from sources.address import Address
from sources.allowlist import AllowList
from sources.errors import (
    AddressIsFolder,
    NotAllowed,
    PictureNotFound,
    SourceDenied,
    SourceError,
    SourceUnavailable,
    TooManyBytes,
)


def read_file(address: Address, allowed: AllowList, max_bytes: int) -> bytes:
    """Reads a regular file; the target of a link must be allowed as well.

    Raises:
        SourceError: By its class.
    """
    uri, path = str(address), os.path.realpath(f"/{address.path}")
    if not allowed.names_file(path):
        raise NotAllowed(uri, "a link leads elsewhere")
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to would wait forever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                raise AddressIsFolder(uri)
            if not stat.S_ISREG(mode):
                raise SourceDenied(uri, "not a regular file")
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise _translated(uri, error) from error
    if len(data) > max_bytes:
        raise TooManyBytes(uri, max_bytes)
    return data


def list_files(address: Address, allowed: AllowList) -> Iterator[list[str]]:
    """Lists the files below a folder as relative paths sorted by name; links are not followed.

    Yields:
        The files of one folder at a time.

    Raises:
        SourceError: By its class.
    """
    uri, root = str(address), os.path.realpath(f"/{address.path}")
    if not allowed.names_file(root):
        raise NotAllowed(uri, "a link leads elsewhere")
    if not os.path.isdir(root):
        raise PictureNotFound(uri)

    def fail(error: OSError) -> None:
        raise _translated(uri, error) from error

    for folder, folders, names in os.walk(root, onerror=fail):
        folders.sort()
        below = os.path.relpath(folder, root)
        yield [name if below == "." else f"{below}/{name}" for name in sorted(names)]


def _translated(uri: str, error: OSError) -> SourceError:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return PictureNotFound(uri)
        case IsADirectoryError():
            return AddressIsFolder(uri)
        case PermissionError():
            return SourceDenied(uri, "the system does not allow it")
    return SourceUnavailable(uri, (error.strerror or "it cannot be read").lower())
