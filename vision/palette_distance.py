"""Distance between palettes: optimal transport (earth mover's distance) over CIEDE2000."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vision.colors.difference import differences
from vision.palette import Palette


def palette_distance(first: Palette, second: Palette) -> float:
    """Computes the optimal-transport distance between two palettes.

    Args:
        first: A palette.
        second: Another palette.

    Returns:
        Mean CIEDE2000 over which colour has to be moved: 0 for equal palettes, about 100 from all black to
        all white. Symmetric.
    """
    return transport_distance(*_colors_and_shares(first), *_colors_and_shares(second))


def transport_distance(
    first_rgb: npt.ArrayLike,
    first_shares: npt.ArrayLike,
    second_rgb: npt.ArrayLike,
    second_shares: npt.ArrayLike,
) -> float:
    """Computes optimal transport between two lists of colours, with CIEDE2000 as the cost.

    Source: Rubner, Tomasi and Guibas, "The Earth Mover's Distance as a metric for image retrieval",
    International Journal of Computer Vision 40(2), 2000, equation 4.

    Args:
        first_rgb: sRGB 0 to 255, shape (n, 3).
        first_shares: Shape (n,), positive, summing to 1.
        second_rgb: sRGB 0 to 255, shape (m, 3).
        second_shares: Shape (m,), positive, summing to 1.

    Returns:
        Mean CIEDE2000 of the cheapest plan, at least 0.

    >>> round(transport_distance([[0, 0, 0], [255, 255, 255]], [0.5, 0.5], [[0, 0, 0]], [1.0]), 3)
    50.0
    """
    costs = differences(first_rgb, second_rgb).astype(np.float32)
    sides = [np.asarray(shares, np.float32).reshape(-1, 1) for shares in (first_shares, second_shares)]
    cost, _, _ = cv2.EMD(sides[0], sides[1], cv2.DIST_USER, costs)
    return max(0.0, float(cost))


def _colors_and_shares(palette: Palette) -> tuple[list[tuple[int, int, int]], list[float]]:
    return [color.rgb for color in palette.colors], [color.share for color in palette.colors]
