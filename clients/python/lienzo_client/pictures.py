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


@dataclass(frozen=True)
class Part:
    """A rectangle of a picture, to look at nothing else; answers are in pixels of the whole picture.

    Attributes:
        picture: The picture.
        x_px: Pixels of the upright picture to the left of it.
        y_px: Pixels of the upright picture above it.
        width_px: Its width.
        height_px: Its height.
    """

    picture: WholePicture
    x_px: int
    y_px: int
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Tapped:
    """A picture with the place that a person touched, in pixels of the upright picture.

    The server looks at a square around it with half of the picture's shorter side.
    """

    picture: WholePicture
    x_px: int
    y_px: int


class ReadableFile(Protocol):
    """An open file, or anything else that is read like one."""

    def read(self) -> bytes:
        """Returns the bytes up to the end."""


WholePicture = bytes | bytearray | memoryview | str | os.PathLike[str] | ReadableFile | Uri | Uploaded
"""A picture file's bytes, its path, an open file, a `Uri`, or one that is `Uploaded`. A string is a path."""

Picture = WholePicture | Part | Tapped
"""A picture, or `Part` of it, or one that is `Tapped`."""


def to_image(picture: Picture) -> image_pb2.Image:
    """Converts a picture to its message; a file is read completely, an open one from where it stands.

    Raises:
        InvalidPicture: UNREADABLE_FILE, with the file and the system's message.
        TypeError: For an open file that gives text, and for anything that is not a picture.
        ValueError: For a place that is not in whole pixels from 0 on.
    """
    if isinstance(picture, Part | Tapped):
        image = to_image(picture.picture)
        image.region.CopyFrom(_to_region(picture))
        return image
    if isinstance(picture, Uri):
        return image_pb2.Image(uri=picture.address)
    if isinstance(picture, Uploaded):
        return image_pb2.Image(upload_id=picture.upload_id)
    if isinstance(picture, str | os.PathLike):
        return image_pb2.Image(data=_read(Path(picture)))
    if isinstance(picture, bytes | bytearray | memoryview):
        return image_pb2.Image(data=bytes(picture))
    return image_pb2.Image(data=_read_open(picture))


def _to_region(part: Part | Tapped) -> image_pb2.Region:
    if isinstance(part, Tapped):
        return image_pb2.Region(tap=image_pb2.Tap(x_px=part.x_px, y_px=part.y_px))
    rectangle = image_pb2.Rectangle(
        x_px=part.x_px, y_px=part.y_px, width_px=part.width_px, height_px=part.height_px
    )
    return image_pb2.Region(rectangle=rectangle)


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
