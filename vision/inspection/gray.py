"""Grey and binarised pictures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Binarised:
    """A picture in two levels.

    Attributes:
        level: Otsu's threshold: pixels above it are light.
        light: Shape (H, W), bool.
    """

    level: int
    light: NDArray[np.bool_]


def luma(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Computes the luma (ITU-R BT.601) of an RGB picture, uint8, shape (H, W)."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def binarised(gray: NDArray[np.uint8]) -> Binarised:
    """Divides a grey picture into light and dark at the threshold that separates both best.

    Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE Trans. SMC 9(1), 1979, equation 16.

    >>> binarised(np.array([[10, 10, 200]], np.uint8)).light.tolist()
    [[False, False, True]]
    """
    level, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return Binarised(int(level), np.asarray(gray > level))
