"""Turns decoded pictures into sRGB arrays, a band of rows at a time.

Pillow copies a picture once for each step of a conversion. A band is small, so that a picture of 50
megapixels is in memory once, not five times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from vision.decoding.profile import to_srgb

Pixels = npt.NDArray[np.uint8]
Band = tuple[int, Image.Image]
Box = tuple[int, int, int, int]
"""A part of a picture as it is stored: left, top, right and bottom in pixels; the last two are outside."""

_BAND_PIXELS = 2**20


class Source(Protocol):
    """A decoded picture: Pillow's, or what copies parts of it into one of Pillow's."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    def width(self) -> int:
        """In pixels."""

    @property
    def height(self) -> int:
        """In pixels."""

    @property
    def mode(self) -> str:
        """Pillow's name for the kind of samples."""

    @property
    def info(self) -> Mapping[Any, Any]:
        """Facts beside the samples."""

    def crop(self, box: Box, /) -> Image.Image:
        """Copies a part."""

    def resize(self, size: tuple[int, int], resample: int, box: Box | None, /) -> Image.Image:
        """Makes a part of another size."""


def srgb_pixels(
    image: Source, profile: bytes | None, factor: int = 1, box: Box | None = None
) -> tuple[Pixels, Pixels | None]:
    """Converts a picture, or a part of it, to sRGB.

    Args:
        image: Loaded, in any mode.
        profile: The embedded ICC profile, or None.
        factor: Pixels each way of which the average is taken, before the conversion.
        box: The part; None for all of it.

    Returns:
        Colours, uint8 (H, W, 3); and opacity, uint8 (H, W), or None when all is opaque.
    """
    to_plain = _plainly(image)

    def converted(band: Image.Image) -> Pixels:
        piece = to_plain(band)
        return np.array(to_srgb(piece.reduce(factor) if factor > 1 else piece, profile))

    layers = _joined(image, converted, factor, box)
    return (layers, None) if layers.shape[2] == 3 else (layers[..., :3], layers[..., 3])


def plain(image: Source, box: Box) -> Image.Image:
    """Converts a part of a picture to mode L, LA, RGB, RGBA, CMYK or LAB."""
    return _plainly(image)(_part(image, box))


def to_array(image: Source, box: Box) -> Pixels:
    """Returns the samples of a part of a picture of mode L or RGB, uint8 (H, W) or (H, W, 3)."""
    return _joined(image, np.array, 1, box)


def _joined(
    image: Source, converted: Callable[[Image.Image], Pixels], factor: int, box: Box | None
) -> Pixels:
    """Converts a part band by band; a small one is a single band, and is not copied once more."""
    box = box or (0, 0, *image.size)
    pieces = ((top // factor, converted(band)) for top, band in _bands(image, factor, box))
    _, first = next(pieces)
    height = -(-(box[3] - box[1]) // factor)
    if len(first) == height:
        return first
    whole = np.empty((height, *first.shape[1:]), np.uint8)
    whole[: len(first)] = first
    for top, piece in pieces:
        whole[top : top + len(piece)] = piece
    return whole


def _part(image: Source, box: Box) -> Image.Image:
    """Returns a part of a picture; all of it is not copied."""
    return image if isinstance(image, Image.Image) and box == (0, 0, *image.size) else image.crop(box)


def _bands(image: Source, factor: int, box: Box) -> Iterator[Band]:
    """Yields the first row of each band in the part, and the band; each has whole averaged rows."""
    left, start, right, end = box
    rows = max(factor, _BAND_PIXELS // (right - left) // factor * factor)
    for top in range(start, end, rows):
        yield top - start, _part(image, (left, top, right, min(end, top + rows)))


def _plainly(image: Source) -> Callable[[Image.Image], Image.Image]:
    """Chooses the conversion of a picture's bands to mode L, LA, RGB, RGBA, CMYK or LAB."""
    mode = image.mode
    if mode.startswith("I;16"):
        return lambda band: Image.fromarray((np.asarray(band) >> 8).astype(np.uint8))
    if mode in ("I", "F"):
        return _by_range(image)
    if "transparency" in image.info or mode in ("PA", "La", "RGBa"):
        return lambda band: band.convert("RGBA")
    if mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        return lambda band: band
    return lambda band: band.convert("L" if mode == "1" else "RGB")


def _by_range(image: Source) -> Callable[[Image.Image], Image.Image]:
    """Returns the conversion of 32 bits and floats to 8 bits, by the range of the whole picture."""

    def values(band: Image.Image) -> npt.NDArray[np.float64]:
        with np.errstate(invalid="ignore"):  # of signalling NaNs
            return np.nan_to_num(np.asarray(band).astype(np.float64), posinf=0.0, neginf=0.0)

    bands = (values(band) for _, band in _bands(image, 1, (0, 0, *image.size)))
    ranges = [(found.min(), found.max()) for found in bands]
    low, high = float(min(each[0] for each in ranges)), float(max(each[1] for each in ranges))
    scale = 255.0 / max(high - low, 1e-12)
    return lambda band: Image.fromarray(np.rint((values(band) - low) * scale).astype(np.uint8))
