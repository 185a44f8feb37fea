"""Reduces pictures to the grey, smaller copy that extractors work on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def reduced_gray(pixels: NDArray[np.uint8], max_side_px: int) -> tuple[NDArray[np.uint8], float]:
    """Computes the luma (ITU-R BT.601) and reduces the longer side to `max_side_px`; never enlarges.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        max_side_px: Largest longer side of the result, 1 or more.

    Returns:
        Luma (uint8, shape (height, width)) and the factor by which the picture was reduced, 1 or more.
    """
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    height, width = gray.shape
    factor = max(height, width) / max_side_px
    if factor <= 1:
        return np.asarray(gray, np.uint8), 1.0
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8), factor
