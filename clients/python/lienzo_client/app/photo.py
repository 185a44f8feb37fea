"""Photos in the app: the file that is sent, and the pixels that are shown."""

from __future__ import annotations

import io
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageOps

from lienzo_client.errors import InvalidPicture
from lienzo_client.images import shrunk
from lienzo_client.pictures import to_image
from lienzo_client.reasons import NOT_A_FILE, UNREADABLE_FILE

# Phones write up to 50 MB, which are reduced before they are sent. Anything above this is not a photo.
MAX_FILE_BYTES = 128 * 2**20
ENDINGS = ("jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "heic", "heif")
_INVALID = "INVALID_ARGUMENT"
_JPEG_QUALITY = 92
_ORIENTATION, _ON_THEIR_SIDE = 0x0112, (5, 6, 7, 8)  # Exif 2.32, 4.6.4


@dataclass(frozen=True)
class Photo:
    """A picture that can be classified.

    Attributes:
        name: Name of the file; empty for a photo from the camera.
        data: The reduced file that is sent.
        pixels: The same picture upright, RGBA, for the screen.
        path: The file it was read from; None for a photo from the camera.
        file_px: Width and height of that file, upright; those of `pixels` where there is none.
    """

    name: str
    data: bytes
    pixels: Image.Image
    path: Path | None = None
    file_px: tuple[int, int] = (0, 0)


def read_photo(path: Path) -> Photo:
    """Reads the picture in a file.

    Raises:
        InvalidPicture: NOT_A_FILE, UNREADABLE_FILE, PICTURE_TOO_LARGE, TOO_MANY_PIXELS, NOT_A_PICTURE or
            DAMAGED_PICTURE.
    """
    _check_file(path)
    data = to_image(path).data  # once: the file may go away meanwhile
    try:
        return replace(_photo(path.name, shrunk(data)), path=path, file_px=upright_size(data))
    except InvalidPicture as error:
        if isinstance(error.__cause__, Image.DecompressionBombError):  # not damaged, but too large
            raise InvalidPicture(_INVALID, "TOO_MANY_PIXELS", error.message) from error
        raise


def from_frame(frame: Image.Image) -> Photo:
    """Converts a camera frame to a photo."""
    stream = io.BytesIO()
    frame.convert("RGB").save(stream, "JPEG", quality=_JPEG_QUALITY)
    return _photo("", shrunk(stream.getvalue()))


def upright_size(picture: bytes) -> tuple[int, int]:
    """Reads width and height of a picture in pixels, as it is seen upright."""
    with Image.open(io.BytesIO(picture)) as opened:
        width, height = opened.size
        # Pillow tells the upright size of a TIFF by itself.
        turned = opened.format != "TIFF" and opened.getexif().get(_ORIENTATION) in _ON_THEIR_SIDE
    return (height, width) if turned else (width, height)


def _check_file(path: Path) -> None:
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise UNREADABLE_FILE.error(f"{path}: {error}") from error
    if not stat.S_ISREG(found.st_mode):  # a device or a pipe may never end
        raise NOT_A_FILE.error(f"{path} is not a file")
    if found.st_size > MAX_FILE_BYTES:
        sizes = {"size_bytes": str(found.st_size), "limit_bytes": str(MAX_FILE_BYTES)}
        raise InvalidPicture(_INVALID, "PICTURE_TOO_LARGE", f"{path} is too large", sizes)


def _photo(name: str, data: bytes) -> Photo:
    if not data:
        raise InvalidPicture(_INVALID, "NOT_A_PICTURE", f"{name} is empty")
    try:
        with Image.open(io.BytesIO(data)) as opened:
            pixels = ImageOps.exif_transpose(opened).convert("RGBA")
            return Photo(name, data, pixels, file_px=pixels.size)
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidPicture(_INVALID, "DAMAGED_PICTURE", f"{name}: {error}") from error
