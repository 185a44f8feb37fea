"""How many colours a picture has, for someone who looks at it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vision.colors.difference import differences

# Colours nearer than this (CIEDE2000) read as shades of one colour in a palette.
_ONE_COLOR = 12.0
# What covers less than this of a picture is not missed.
_SMALLEST_SHARE = 0.005


def perceptual_groups(rgb: npt.NDArray[np.float64], shares: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Joins colours that look alike, nearest first, and tiny ones with their nearest neighbour.

    Args:
        rgb: sRGB 0 to 255, float64 (k, 3).
        shares: Share of each, float64 (k,).

    Returns:
        A group number for each colour, intp (k,).
    """
    groups = np.arange(len(rgb))
    colors, weights = rgb.copy(), shares.copy()
    alive = np.ones(len(rgb), bool)
    while alive.sum() > 1:
        pair = _nearest_pair(colors, weights, alive)
        if pair is None:
            break
        kept, joined = pair
        total = weights[kept] + weights[joined]
        colors[kept] = (colors[kept] * weights[kept] + colors[joined] * weights[joined]) / total
        weights[kept] = total
        alive[joined] = False
        groups[groups == joined] = kept
    return groups


def _nearest_pair(
    colors: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], alive: npt.NDArray[np.bool_]
) -> tuple[int, int] | None:
    """The heavier and the lighter of the two to be joined next; None where all are distinct."""
    apart = differences(colors, colors)
    apart[~alive] = apart[:, ~alive] = np.inf
    np.fill_diagonal(apart, np.inf)
    small = np.flatnonzero(alive & (weights < _SMALLEST_SHARE))
    if small.size:
        first = int(small[np.argmin(weights[small])])
        second = int(np.argmin(apart[first]))
    else:
        first, second = map(int, divmod(int(np.argmin(apart)), len(colors)))
        if apart[first, second] >= _ONE_COLOR:
            return None
    return (first, second) if weights[first] >= weights[second] else (second, first)
