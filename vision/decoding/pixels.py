"""Decodes an opened picture file to sRGB pixels."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from vision.decoding.formats import ends_early
from vision.decoding.header import Header, faults_typed
from vision.decoding.profile import srgb_transform, to_srgb

Pixels = npt.NDArray[np.uint8]

_REDUCTIONS = {
    1: cv2.IMREAD_COLOR_RGB,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2 | cv2.IMREAD_COLOR_RGB,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4 | cv2.IMREAD_COLOR_RGB,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_COLOR_RGB,
}
_SAMPLED_PIXELS, _DRAWN_COLORS = 20_000, 1_000


def decoded(data: bytes, header: Header, max_side_px: int | None) -> tuple[Pixels, Pixels | None]:
    """Decodes a picture.

    Args:
        data: The whole file.
        header: Result of `read_header`.
        max_side_px: Longer side in pixels to which a larger picture is reduced, by area averaging.

    Returns:
        Colours, uint8 (H, W, 3) sRGB, upright; and opacity, uint8 (H, W), or None when all is opaque.

    Raises:
        TruncatedPicture: When the file ends before the picture does.
        DamagedPicture: When the content breaks the rules of its format.
    """
    fast = _jpeg_pixels(data, header, max_side_px)
    if fast is not None:
        return upright(fast, header.orientation), None
    with faults_typed(data, header.format):
        image = to_srgb(_shrunk(_loaded(header, max_side_px), max_side_px), header.profile)
    pixels = np.array(image)
    alpha = upright(pixels[..., 3], header.orientation) if pixels.shape[2] == 4 else None
    return upright(pixels[..., :3], header.orientation), alpha


def decoded_cheaply(data: bytes, header: Header, enough_px: int) -> tuple[Pixels, Pixels | None]:
    """Decodes a picture at a reduced size that keeps its colours; returns and raises as `decoded`.

    The picture is averaged over 2, 4 or 8 pixels each way: a JPEG while it is decoded, other formats
    afterwards, so that a picture has the same colours in every format. Drawings in few colours are not
    averaged, because that would mix their colours.

    Args:
        data: The whole file.
        header: Result of `read_header`.
        enough_px: Pixels that the longer side keeps at least.
    """
    longer = max(header.image.size)
    factor = max((n for n in _REDUCTIONS if longer >= n * enough_px), default=1)
    if header.format == "jpeg":
        return decoded(data, header, -(-longer // factor) if factor > 1 else None)
    pixels, alpha = decoded(data, header, None)
    if factor == 1 or _is_drawn(pixels):
        return pixels, alpha
    layers = Image.fromarray(pixels if alpha is None else np.dstack([pixels, alpha])).reduce(factor)
    averaged = np.asarray(layers)
    return np.ascontiguousarray(averaged[..., :3]), None if alpha is None else averaged[..., 3]


def _is_drawn(pixels: Pixels) -> bool:
    """Returns whether a picture has as few colours as a drawing; photographs have tens of thousands."""
    sampled = pixels.reshape(-1, 3)[:: 1 + pixels.size // (3 * _SAMPLED_PIXELS)]
    return len(np.unique(sampled, axis=0)) <= _DRAWN_COLORS


def _jpeg_pixels(data: bytes, header: Header, max_side_px: int | None) -> Pixels | None:
    """Decodes a JPEG with OpenCV, which is fast and releases the GIL; returns None when Pillow must do it.

    OpenCV fills the missing part of a truncated file with grey, and supports neither CMYK nor profiles.
    """
    mode = header.image.mode
    plain = mode == "RGB" or (mode == "L" and header.profile is None)
    if header.format != "jpeg" or not plain or ends_early(data, "jpeg"):
        return None
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    flags = _REDUCTIONS[_reduction(header.image.size, max_side_px)] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    if pixels is None:
        return None
    size = _size_within(header.image.size, max_side_px)
    if size != pixels.shape[1::-1]:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    if srgb_transform(header.profile, "RGB") is not None:
        return np.array(to_srgb(Image.fromarray(pixels), header.profile))
    return pixels.astype(np.uint8, copy=False)


def _reduction(size: tuple[int, int], max_side_px: int | None) -> int:
    """Chooses the strongest reduction inside the JPEG decoder that leaves at least the wanted size."""
    if max_side_px is None:
        return 1
    return max((n for n in _REDUCTIONS if -(-max(size) // n) >= max_side_px), default=1)


def _size_within(size: tuple[int, int], max_side_px: int | None) -> tuple[int, int]:
    if max_side_px is None or max(size) <= max_side_px:
        return size
    scale = max_side_px / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _loaded(header: Header, max_side_px: int | None) -> Image.Image:
    """Decodes the picture to mode L, LA, RGB, RGBA, CMYK or LAB."""
    image = header.image
    if max_side_px is not None:
        width, height = _size_within(image.size, max_side_px)
        image.draft(None, (width, height))
    image.load()
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bits(image)
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Converts grey to 8 bits: 16 bits by the upper byte, 32 bits and floats by their own range."""
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    values = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(np.rint((values - low) * (255.0 / max(high - low, 1e-12))).astype(np.uint8))


def _shrunk(image: Image.Image, max_side_px: int | None) -> Image.Image:
    size = _size_within(image.size, max_side_px)
    # BOX averages areas, and weights colours by their opacity.
    return image if size == image.size else image.resize(size, Image.Resampling.BOX)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Rotates and mirrors pixels by the EXIF orientation (Exif 3.0, 4.6.5.1.6).

    Args:
        pixels: uint8 (H, W) or (H, W, 3), as stored.
        orientation: 1 to 8.

    Returns:
        The upright picture, contiguous in memory.
    """
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
