"""Reads the header of a picture file without decoding pixels, and types the decoders' errors."""

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
from vision.decoding.silence import silence_libtiff
from vision.errors import DamagedPicture, PictureError, TruncatedPicture

# The plugin classes instead of Image.open: the format is known already, and Image.open would apply a pixel
# limit of its own, with a warning or an untyped error.
_PLUGINS: dict[str, type[ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "heic": pillow_heif.HeifImageFile,
}
# Exceptions that Pillow and its plugins have raised on broken files.
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
# Pillow inflates texts of a megabyte each, 64 of them by default; photo editors write some hundred kilobytes.
PngImagePlugin.MAX_TEXT_MEMORY = 8 * 2**20
silence_libtiff()


@dataclass(frozen=True)
class Header:
    """An opened picture file, not decoded yet.

    Attributes:
        format: Key of `FORMAT_NAMES`.
        image: Pillow's lazily loaded picture, as stored.
        orientation: EXIF orientation still to be applied, 1 to 8.
    """

    format: str
    image: ImageFile.ImageFile
    orientation: int

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height in pixels after the orientation is applied."""
        width, height = self.image.size
        return (height, width) if self.orientation > 4 else (width, height)

    @property
    def profile(self) -> bytes | None:
        """The embedded ICC profile, or None."""
        profile = self.image.info.get("icc_profile")
        return profile if isinstance(profile, bytes) and profile else None


def read_header(data: bytes) -> Header:
    """Opens a picture file and reads its header only.

    Raises:
        NotAPicture: When the bytes are not a picture in a known format.
        TruncatedPicture: When the file ends inside the header.
        DamagedPicture: When the header breaks the rules of its format.
    """
    picture_format = recognized_format(data)
    with faults_typed(data, picture_format):
        image = _PLUGINS[picture_format](io.BytesIO(data))
        return Header(picture_format, image, _orientation(image, picture_format))


def _orientation(image: ImageFile.ImageFile, picture_format: str) -> int:
    # Pillow already applies the orientation of TIFF, and libheif that of HEIC, to pixels and sizes.
    if picture_format in ("tiff", "heic") or not _may_have_exif(image):
        return _UPRIGHT
    try:
        orientation = image.getexif().get(ExifTag.Orientation, _UPRIGHT)
    except _FAULTS:  # broken EXIF data is no reason to refuse the picture
        return _UPRIGHT
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else _UPRIGHT


def _may_have_exif(image: ImageFile.ImageFile) -> bool:
    # `getexif` on a file without EXIF costs as much as reading the header did.
    return any(name in image.info for name in ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"))


@contextmanager
def faults_typed(data: bytes, picture_format: str) -> Iterator[None]:
    """Turns exceptions of a decoder into PictureError, and silences its warnings."""
    # Set at every use: it is cheap, and other code may have reset the filters. `catch_warnings` is not
    # thread-safe.
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
    line = " ".join(str(fault).split()) or type(fault).__name__
    return line if len(line) <= 120 else line[:119] + "…"
