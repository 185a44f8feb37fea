"""Reduces pictures before they are sent; needs `lienzo-client[images]`.

A phone's camera takes twelve megapixels in four megabytes, while a model uses a few hundred thousand pixels:
the rest only costs time.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.Image import Resampling

from lienzo_client.errors import InvalidPicture
from lienzo_client.pictures import to_image

try:
    from pillow_heif import register_heif_opener
except ImportError:  # HEIC is then only read by the server
    pass
else:
    register_heif_opener()

MAX_SIDE_PX = 1024
MAX_BYTES = 300_000
_QUALITIES = (88, 80, 70, 60, 50)
# The formats that lienzo reads. Pillow knows many more, some of them rare or executable (EPS).
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF")


def shrunk(
    picture: bytes | str | os.PathLike[str], *, max_side_px: int = MAX_SIDE_PX, max_bytes: int = MAX_BYTES
) -> bytes:
    """Reduces a picture to a smaller file that gets the same answer.

    A picture that is small enough is returned unchanged. Any other is rotated upright, converted to sRGB,
    reduced, and written as JPEG, or as WebP when it has transparency.

    Args:
        picture: Bytes or a path; JPEG, PNG, WebP, GIF, TIFF, BMP or HEIC.
        max_side_px: Longest side of the result in pixels. Models that ship with lienzo use 480.
        max_bytes: Largest size of the result, unless even the lowest quality exceeds it.

    Raises:
        InvalidPicture: When it cannot be read here: UNREADABLE_FILE, NOT_A_PICTURE, TRUNCATED_PICTURE.
    """
    data = to_image(picture).data
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if len(data) <= max_bytes and max(opened.size) <= max_side_px:
                return data
            return _written(_reduced(opened, max_side_px), max_bytes)
    except UnidentifiedImageError as error:
        raise InvalidPicture(
            "INVALID_ARGUMENT", "NOT_A_PICTURE", f"{_name(picture)}: not a picture that can be read here"
        ) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidPicture(
            "INVALID_ARGUMENT", "DAMAGED_PICTURE", f"{_name(picture)}: {error}", {"problem": str(error)}
        ) from error


def _reduced(opened: Image.Image, max_side_px: int) -> Image.Image:
    # JPEG can be decoded at 1/8, 1/4 or 1/2: `draft` selects the smallest that is large enough.
    opened.draft("RGB", (max_side_px, max_side_px))
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((max_side_px, max_side_px), Resampling.LANCZOS, reducing_gap=3.0)
    return _in_srgb(upright)


def _in_srgb(picture: Image.Image) -> Image.Image:
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, source, ImageCms.createProfile("sRGB"), outputMode=mode
            )
        except ImageCms.PyCMSError:
            converted = None  # an unusable profile is ignored
        if converted is not None:
            return converted
    return picture.convert(mode)


def _written(picture: Image.Image, max_bytes: int) -> bytes:
    encoded = b""
    for quality in _QUALITIES:
        stream = io.BytesIO()
        if picture.mode == "RGBA":
            picture.save(stream, "WEBP", quality=quality, exif=b"", icc_profile=b"")
        else:
            picture.save(stream, "JPEG", quality=quality, optimize=True, exif=b"", icc_profile=b"")
        encoded = stream.getvalue()
        if len(encoded) <= max_bytes:
            break
    return encoded


def _name(picture: bytes | str | os.PathLike[str]) -> str:
    return str(Path(picture)) if isinstance(picture, str | os.PathLike) else "the picture"
