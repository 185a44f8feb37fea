"""What a picture file says about itself before any pixel is decoded."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pillow_heif
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.ExifTags import Base as ExifTag

from vision.decoding.formats import FORMAT_NAMES, ends_early, recognized_format
from vision.errors import DamagedPicture, PictureError, TruncatedPicture

# The plugin classes themselves, not Image.open: the format is known from the content, and the limit on
# pixels is ours and a typed error, where Image.open warns or fails by a limit of its own.
_PLUGINS: dict[str, type[ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "heic": pillow_heif.HeifImageFile,
}
# What Pillow and its plugins have been seen to raise on broken files.
_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
_UPRIGHT = 1


@dataclass(frozen=True)
class Header:
    """An opened picture file, not decoded yet.

    Attributes:
        format: Key of `FORMAT_NAMES`.
        image: Pillow's lazy picture, as stored.
        orientation: EXIF orientation that is still to be applied, 1 to 8.
    """

    format: str
    image: ImageFile.ImageFile
    orientation: int

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height in pixels as seen upright."""
        width, height = self.image.size
        return (height, width) if self.orientation > 4 else (width, height)

    @property
    def profile(self) -> bytes | None:
        """The embedded ICC profile."""
        profile = self.image.info.get("icc_profile")
        return profile if isinstance(profile, bytes) and profile else None


def read_header(data: bytes) -> Header:
    """Opens a picture file and reads no further than its header.

    Raises:
        NotAPicture: The bytes are no picture in a known format.
        TruncatedPicture: The file ends inside the header.
        DamagedPicture: The header breaks the rules of its format.
    """
    picture_format = recognized_format(data)
    with faults_typed(data, picture_format):
        image = _PLUGINS[picture_format](io.BytesIO(data))
        return Header(picture_format, image, _orientation(image, picture_format))


def _orientation(image: ImageFile.ImageFile, picture_format: str) -> int:
    # Pillow turns TIFF and libheif turns HEIC upright by itself, and their sizes are upright too.
    if picture_format in ("tiff", "heic") or not _may_have_exif(image):
        return _UPRIGHT
    try:
        orientation = image.getexif().get(ExifTag.Orientation, _UPRIGHT)
    except _FAULTS:  # a picture is worth showing even where its notes are broken
        return _UPRIGHT
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else _UPRIGHT


def _may_have_exif(image: ImageFile.ImageFile) -> bool:
    # Looking for EXIF where there is none costs as much as reading the header did.
    return any(name in image.info for name in ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"))


@contextmanager
def faults_typed(data: bytes, picture_format: str) -> Iterator[None]:
    """Turns whatever a decoder raises into one of our exceptions, and keeps its warnings to itself."""
    # Set at every use, since it costs little and others may have reset the filters; catch_warnings would
    # not do, because it is not safe between threads.
    warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\b")
    try:
        yield
    except PictureError:
        raise
    except _FAULTS as fault:
        name = FORMAT_NAMES[picture_format]
        if (
            "truncated" in str(fault).lower()
            or isinstance(fault, EOFError)
            or ends_early(data, picture_format)
        ):
            raise TruncatedPicture(name) from fault
        raise DamagedPicture(name, _one_line(fault)) from fault


def _one_line(fault: BaseException) -> str:
    words = " ".join(str(fault).split()) or type(fault).__name__
    return words if len(words) <= 120 else words[:119] + "…"
