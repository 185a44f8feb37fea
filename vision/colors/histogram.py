"""Which colours a picture has and how many pixels of each, in a few thousand cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

# Cells per channel. They are even in the cube root of light, so that they are as fine in the dark as a
# perceptual space is: with even steps of encoded sRGB, centres of dark colours are off by two ΔE.
_COARSE_LEVELS, _LEVELS, _FINE_LEVELS = 10, 48, 72
# A picture that fills fewer cells has little contrast and is counted again in finer ones.
_ENOUGH_CELLS = 3000
# More pixels than this change no palette visibly; every n-th is taken.
_SAMPLED_PIXELS = 130_000
# A pixel in a corner weighs exp(-2) of one in the middle.
_CENTER_FALLOFF = 2.0


@dataclass(frozen=True)
class ColorHistogram:
    """Cells that occur in a picture.

    Attributes:
        colors: Mean colour of each cell, sRGB 0 to 255, float64 (n, 3).
        weights: Share of each cell, float64 (n,), sums to 1; empty where nothing is visible.
    """

    colors: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]


def color_histogram(
    pixels: npt.NDArray[np.uint8],
    opacity: npt.NDArray[np.uint8] | None = None,
    *,
    center_weighted: bool = False,
) -> ColorHistogram:
    """Counts the colours of a picture.

    Args:
        pixels: uint8 (H, W, 3), sRGB.
        opacity: uint8 (H, W), 0 transparent to 255 opaque; None means opaque. A pixel counts as much as
            it is opaque.
        center_weighted: Whether pixels near the middle count more.

    Returns:
        The histogram.
    """
    height, width = pixels.shape[:2]
    step = _step(height * width, width)
    sampled = np.ascontiguousarray(pixels.reshape(-1, 3)[::step])
    if opacity is None and not center_weighted:
        return _binned(*_distinct(sampled))
    importance = np.ones(len(sampled))
    if opacity is not None:
        importance *= opacity.ravel()[::step]
    if center_weighted:
        importance *= _nearness(height, width, step)
    visible = np.flatnonzero(importance)
    return _binned(sampled[visible], importance[visible])


def joined(
    first: ColorHistogram, first_weight: float, second: ColorHistogram, second_weight: float
) -> ColorHistogram:
    """One histogram over two; what falls into the same cell becomes one."""
    total = first_weight + second_weight
    weights = [first.weights * (first_weight / total), second.weights * (second_weight / total)]
    return _binned(np.concatenate([first.colors, second.colors]), np.concatenate(weights))


def coarsened(histogram: ColorHistogram) -> ColorHistogram:
    """The same colours in a few hundred cells."""
    shades = np.rint(histogram.colors).astype(np.uint8)
    cells, counts = _cells(shades, histogram.weights, _COARSE_LEVELS)
    return _averaged(cells, counts, histogram.colors, histogram.weights)


def _step(pixel_count: int, width: int) -> int:
    """Every `step`-th pixel is taken, in reading order, so that each row is met at other places.

    Whole columns or rows left out would lose lines that are one pixel wide.
    """
    step = -(-pixel_count // _SAMPLED_PIXELS)
    while math.gcd(step, width) > 1:
        step += 1
    return step


def _nearness(height: int, width: int, step: int) -> npt.NDArray[np.float64]:
    """How much the sampled pixels weigh for being near the middle, 0 to 1."""
    rows, columns = np.divmod(np.arange(0, height * width, step), width)
    y = 2 * rows / max(height - 1, 1) - 1
    x = 2 * columns / max(width - 1, 1) - 1
    return np.asarray(np.exp(-_CENTER_FALLOFF * (y**2 + x**2) / 2))


def _distinct(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """The different colours of a picture and how many pixels have each."""
    # Four bytes a pixel sort as one number, which numpy does at a gigabyte a second.
    packed = np.sort(cv2.cvtColor(pixels[np.newaxis], cv2.COLOR_RGB2RGBA).view(np.uint32).ravel())
    starts = np.flatnonzero(np.concatenate([[True], packed[1:] != packed[:-1]]))
    counts = np.diff(starts, append=packed.size).astype(np.float64)
    return packed[starts].view(np.uint8).reshape(-1, 4)[:, :3], counts


def _binned(
    colors: npt.NDArray[np.uint8 | np.float64], importance: npt.NDArray[np.float64]
) -> ColorHistogram:
    """Joins the colours that fall into one cell."""
    if importance.size <= _ENOUGH_CELLS:
        return ColorHistogram(colors.astype(np.float64), importance / max(importance.sum(), 1e-12))
    shades = colors if colors.dtype == np.uint8 else np.rint(colors)
    shades = np.ascontiguousarray(shades, np.uint8)
    cells, counts = _cells(shades, importance, _LEVELS)
    if counts.size < _ENOUGH_CELLS:
        cells, counts = _cells(shades, importance, _FINE_LEVELS)
    return _averaged(cells, counts, colors, importance)


def _averaged(
    cells: npt.NDArray[np.intp],
    counts: npt.NDArray[np.float64],
    colors: npt.NDArray[np.uint8 | np.float64],
    importance: npt.NDArray[np.float64],
) -> ColorHistogram:
    sums = [np.bincount(cells, weights=importance * channel) for channel in colors.T]
    return ColorHistogram(np.stack(sums, axis=1) / counts[:, np.newaxis], counts / counts.sum())


def _cells(
    shades: npt.NDArray[np.uint8], importance: npt.NDArray[np.float64], levels: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """The number of each colour's cell, counted over those that occur, and the weight of each cell."""
    # Whole numbers below 2**24 are exact in float32, and OpenCV does each step in one pass.
    steps = cv2.LUT(shades[np.newaxis], _LEVEL_TABLES[levels])
    cells = cv2.transform(steps, _CELL_SIZES[levels]).ravel().astype(np.intp)
    counts = np.bincount(cells, weights=importance).astype(np.float64, copy=False)
    # numpy looks through booleans several times faster than through floats.
    occupied = np.flatnonzero(counts > 0)
    numbers = np.empty(counts.size, np.intp)
    numbers[occupied] = np.arange(occupied.size)
    return numbers[cells], counts[occupied]


def _level_table(levels: int) -> npt.NDArray[np.float32]:
    encoded = np.arange(256) / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.minimum(np.cbrt(light) * levels, levels - 1)).astype(np.int32).astype(np.float32)


_LEVEL_TABLES = {levels: _level_table(levels) for levels in (_COARSE_LEVELS, _LEVELS, _FINE_LEVELS)}
_CELL_SIZES = {
    levels: np.array([[levels**2, levels, 1]], np.float32)
    for levels in (_COARSE_LEVELS, _LEVELS, _FINE_LEVELS)
}
