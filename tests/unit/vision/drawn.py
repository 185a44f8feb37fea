"""Pictures that tests draw and write in every format."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

FORMATS = ["jpeg", "png", "webp", "gif", "tiff", "bmp", "heic"]


def drawn(width: int = 64, height: int = 48) -> Image.Image:
    """Four flat quarters: red, green above blue, white."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    pixels[: height // 2, : width // 2] = (200, 30, 30)
    pixels[: height // 2, width // 2 :] = (30, 160, 40)
    pixels[height // 2 :, : width // 2] = (30, 40, 190)
    return Image.fromarray(pixels)


def encoded(image: Image.Image, picture_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    if picture_format == "heic":
        pillow_heif.from_pillow(image).save(file, quality=95)
    else:
        if picture_format == "jpeg":
            options = {"quality": 95, "subsampling": 0, **options}
        image.save(file, picture_format, **options)
    return file.getvalue()


def corner_colors(pixels: npt.NDArray[np.uint8]) -> list[list[int]]:
    return [pixels[y, x].astype(int).tolist() for y in (8, -8) for x in (8, -8)]


QUARTERS = [[200, 30, 30], [30, 160, 40], [30, 40, 190], [255, 255, 255]]


def png_header(width: int, height: int) -> bytes:
    content = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + content + struct.pack(">I", zlib.crc32(content))
    empty = zlib.compress(b"\0" * 1000)
    body = b"IDAT" + empty
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk
        + struct.pack(">I", len(empty))
        + body
        + struct.pack(">I", zlib.crc32(body))
        + b"\0\0\0\0IEND\xaeB`\x82"
    )
