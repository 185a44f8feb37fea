"""Turns decoded pictures into sRGB arrays, a band of rows at a time.

Pillow copies a picture once for each step of a conversion. A band is small, so that a picture of 50
megapixels is in memory once, not five times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

from vision.decoding.profile import to_srgb

Pixels = npt.NDArray[np.uint8]
Band = tuple[int, Image.Image]

_BAND_PIXELS = 2**20


def srgb_pixels(image: Image.Image, profile: bytes | None, factor: int = 1) -> tuple[Pixels, Pixels | None]:
    """Converts a picture to sRGB.

    Args:
        image: Loaded, in any mode.
        profile: The embedded ICC profile, or None.
        factor: Pixels each way of which the average is taken, before the conversion.

    Returns:
        Colours, uint8 (H, W, 3); and opacity, uint8 (H, W), or None when all is opaque.
    """
    to_plain = _plainly(image)

    def converted(band: Image.Image) -> Pixels:
        piece = to_plain(band)
        return np.array(to_srgb(piece.reduce(factor) if factor > 1 else piece, profile))

    layers = _joined(image, converted, factor)
    return (layers, None) if layers.shape[2] == 3 else (layers[..., :3], layers[..., 3])


def plain(image: Image.Image) -> Image.Image:
    """Converts a picture to mode L, LA, RGB, RGBA, CMYK or LAB."""
    return _plainly(image)(image)


def to_array(image: Image.Image) -> Pixels:
    """Returns the samples of a picture of mode L or RGB, uint8 (H, W) or (H, W, 3)."""
    return _joined(image, np.array, 1)


def _joined(image: Image.Image, converted: Callable[[Image.Image], Pixels], factor: int) -> Pixels:
    """Converts a picture band by band; a small one is a single band, and is not copied once more."""
    pieces = ((top // factor, converted(band)) for top, band in _bands(image, factor))
    _, first = next(pieces)
    height = -(-image.height // factor)
    if len(first) == height:
        return first
    whole = np.empty((height, *first.shape[1:]), np.uint8)
    whole[: len(first)] = first
    for top, piece in pieces:
        whole[top : top + len(piece)] = piece
    return whole


def _bands(image: Image.Image, factor: int) -> Iterator[Band]:
    """Yields the first row of each band, and the band; each has a whole number of averaged rows."""
    rows = max(factor, _BAND_PIXELS // image.width // factor * factor)
    if rows >= image.height:
        yield 0, image
        return
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _plainly(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
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


def _by_range(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """Returns the conversion of 32 bits and floats to 8 bits, by the range of the whole picture."""

    def values(band: Image.Image) -> npt.NDArray[np.float64]:
        with np.errstate(invalid="ignore"):  # of signalling NaNs
            return np.nan_to_num(np.asarray(band).astype(np.float64), posinf=0.0, neginf=0.0)

    ranges = [(found.min(), found.max()) for found in (values(band) for _, band in _bands(image, 1))]
    low, high = float(min(each[0] for each in ranges)), float(max(each[1] for each in ranges))
    scale = 255.0 / max(high - low, 1e-12)
    return lambda band: Image.fromarray(np.rint((values(band) - low) * scale).astype(np.uint8))
