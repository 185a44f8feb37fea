"""Merges the colours that look alike, so that a palette has as many colours as people see."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vision.colors.difference import differences

# Colours closer than this (CIEDE2000) look like shades of one colour in a palette.
_ONE_COLOR = 12.0
# A colour that covers a smaller share of the picture than this is not missed.
_SMALLEST_SHARE = 0.005


def perceptual_groups(rgb: npt.NDArray[np.float64], shares: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Groups colours that look alike, nearest pair first, and joins tiny ones to their nearest neighbour.

    Args:
        rgb: sRGB 0 to 255, float64 (k, 3).
        shares: Share of each colour, float64 (k,).

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
    """Returns the next pair to join, the heavier first, or None when all are distinct."""
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
