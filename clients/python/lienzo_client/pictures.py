"""Pictures that callers pass: bytes in memory, a file, an address that the server reads, or an upload."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from lienzo.image.v1 import image_pb2
from lienzo_client.reasons import UNREADABLE_FILE


@dataclass(frozen=True)
class Uri:
    """Address of a picture that the server reads itself, such as `s3://bucket/key` or `https://host/a.jpg`.

    The server refuses it (`PermissionDenied`, `URI_NOT_ALLOWED`) unless its settings allow the prefix.
    """

    address: str


@dataclass(frozen=True)
class Uploaded:
    """A picture that was uploaded with `upload_image`.

    Attributes:
        upload_id: Id of the upload.
        expires: When the server deletes it (UTC).
    """

    upload_id: str
    expires: datetime


class ReadableFile(Protocol):
    """An open file, or anything else that is read like one."""

    def read(self) -> bytes:
        """Returns the bytes up to the end."""


Picture = bytes | bytearray | memoryview | str | os.PathLike[str] | ReadableFile | Uri | Uploaded
"""A picture file's bytes, its path, an open file, a `Uri`, or one that is `Uploaded`. A string is a path."""


def to_image(picture: Picture) -> image_pb2.Image:
    """Converts a picture to its message; a file is read completely, an open one from where it stands.

    Raises:
        InvalidPicture: UNREADABLE_FILE, with the file and the system's message.
        TypeError: For an open file that gives text, and for anything that is not a picture.
    """
    if isinstance(picture, Uri):
        return image_pb2.Image(uri=picture.address)
    if isinstance(picture, Uploaded):
        return image_pb2.Image(upload_id=picture.upload_id)
    if isinstance(picture, str | os.PathLike):
        return image_pb2.Image(data=_read(Path(picture)))
    if isinstance(picture, bytes | bytearray | memoryview):
        return image_pb2.Image(data=bytes(picture))
    return image_pb2.Image(data=_read_open(picture))


def _read_open(file: ReadableFile) -> bytes:
    if not callable(getattr(file, "read", None)):
        expected = "bytes, a path, an open file or a Uri"
        raise TypeError(f"{type(file).__name__} is not a picture (expected {expected})")
    name = str(getattr(file, "name", "the open file"))
    try:
        data = file.read()
    except OSError as error:
        problem = error.strerror or "cannot be read"
        raise UNREADABLE_FILE.error(f"{name}: {problem}", {"path": name, "problem": problem}) from error
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f'{name} is open for text; open pictures with "rb"')
    return bytes(data)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problem = error.strerror or "cannot be read"
        message = f"{path}: {problem[0].lower()}{problem[1:]}"
        raise UNREADABLE_FILE.error(message, {"path": str(path), "problem": problem}) from error
