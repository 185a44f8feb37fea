"""Colour histograms: the colours of a picture and their shares, in a few thousand cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.colors.spaces import linear

# Cells per channel, evenly spaced in the cube root of linear light, as perceptual spaces are. Even steps of
# encoded sRGB would be too coarse in the dark: the centres of dark colours would be off by two ΔE.
_COARSE_LEVELS, _LEVELS, _FINE_LEVELS = 10, 48, 72
# A picture that fills fewer cells has little contrast and is counted again in finer cells.
_ENOUGH_CELLS = 3000
# More pixels than this change no palette visibly; every n-th is taken.
_SAMPLED_PIXELS = 130_000
# With centre weighting a pixel in a corner weighs exp(-2), one in the middle 1.
_CENTER_FALLOFF = 2.0


@dataclass(frozen=True)
class ColorHistogram:
    """The colour cells that occur in a picture.

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
        opacity: uint8 (H, W), 0 transparent to 255 opaque; None means opaque. Pixels are weighted by it.
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
    """Joins two histograms; colours of the same cell are averaged."""
    total = first_weight + second_weight
    weights = [first.weights * (first_weight / total), second.weights * (second_weight / total)]
    return _binned(np.concatenate([first.colors, second.colors]), np.concatenate(weights))


def coarsened(histogram: ColorHistogram) -> ColorHistogram:
    """Reduces a histogram to a few hundred cells."""
    shades = np.rint(histogram.colors).astype(np.uint8)
    cells, counts = _cells(shades, histogram.weights, _COARSE_LEVELS)
    return _averaged(cells, counts, histogram.colors, histogram.weights)


def _step(pixel_count: int, width: int) -> int:
    """Chooses the step for sampling pixels in reading order.

    A step without a common divisor with the width samples other columns in each row. Otherwise whole columns
    would be skipped, and lines that are one pixel wide would be lost.
    """
    step = -(-pixel_count // _SAMPLED_PIXELS)
    while math.gcd(step, width) > 1:
        step += 1
    return step


def _nearness(height: int, width: int, step: int) -> npt.NDArray[np.float64]:
    """Computes the centre weights of the sampled pixels, 0 to 1."""
    rows, columns = np.divmod(np.arange(0, height * width, step), width)
    y = 2 * rows / max(height - 1, 1) - 1
    x = 2 * columns / max(width - 1, 1) - 1
    return np.asarray(np.exp(-_CENTER_FALLOFF * (y**2 + x**2) / 2))


def _distinct(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Returns the distinct colours of a picture and the number of pixels of each."""
    # RGBA is one 32-bit number a pixel, and numpy sorts those at a gigabyte a second.
    packed = np.sort(cv2.cvtColor(pixels[np.newaxis], cv2.COLOR_RGB2RGBA).view(np.uint32).ravel())
    starts = np.flatnonzero(np.concatenate([[True], packed[1:] != packed[:-1]]))
    counts = np.diff(starts, append=packed.size).astype(np.float64)
    return packed[starts].view(np.uint8).reshape(-1, 4)[:, :3], counts


def _binned(
    colors: npt.NDArray[np.uint8 | np.float64], importance: npt.NDArray[np.float64]
) -> ColorHistogram:
    """Joins the colours of each cell."""
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
    """Returns the index of each colour's cell among the occupied cells, and the weight of each cell."""
    # A cell is numbered red·levels² + green·levels + blue: a table look-up and a matrix product in OpenCV,
    # one pass each. Whole numbers below 2**24 are exact in float32.
    steps = cv2.LUT(shades[np.newaxis], _LEVEL_TABLES[levels])
    cells = cv2.transform(steps, _CELL_SIZES[levels]).ravel().astype(np.intp)
    counts = np.bincount(cells, weights=importance).astype(np.float64, copy=False)
    # `flatnonzero` is several times faster on booleans than on floats.
    occupied = np.flatnonzero(counts > 0)
    numbers = np.empty(counts.size, np.intp)
    numbers[occupied] = np.arange(occupied.size)
    return numbers[cells], counts[occupied]


def _level_table(levels: int) -> npt.NDArray[np.float32]:
    """Maps an 8-bit channel to its cell: decodes sRGB and takes the cube root."""
    light = linear(np.arange(256) / 255)
    return np.asarray(np.minimum(np.cbrt(light) * levels, levels - 1)).astype(np.int32).astype(np.float32)


_LEVEL_TABLES = {levels: _level_table(levels) for levels in (_COARSE_LEVELS, _LEVELS, _FINE_LEVELS)}
_CELL_SIZES = {
    levels: np.array([[levels**2, levels, 1]], np.float32)
    for levels in (_COARSE_LEVELS, _LEVELS, _FINE_LEVELS)
}
