"""Edges, corners and blobs of a grey picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.inspection.gray import binarised
from vision.inspection.scale_space import ScaleSpace, extrema

_CORNERS: Final = 200
_CORNER_QUALITY: Final = 0.02
"""Of the best corner: weaker ones are not corners to a person."""
_CORNER_DISTANCE: Final = 0.015
"""Between corners, as a share of the longer side."""
_BLOBS: Final = 120
_BLOB_CONTRAST: Final = 0.03
"""Of the full range, as Lowe 2004, section 4, leaves out weaker extrema."""


@dataclass(frozen=True)
class Edges:
    """Where a picture changes.

    Attributes:
        strength: Length of the gradient (Sobel), 0 to 1 of the strongest, float32, shape (H, W).
        lines: Edges one pixel wide, bool, shape (H, W).
    """

    strength: NDArray[np.float32]
    lines: NDArray[np.bool_]


def edges(gray: NDArray[np.uint8]) -> Edges:
    """Finds edges: Canny, "A Computational Approach to Edge Detection", PAMI 8(6), 1986.

    The upper limit of the gradient is Otsu's threshold of the lengths, the lower one half of it.
    """
    smooth = cv2.GaussianBlur(gray, (0, 0), 1.2)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    length = np.hypot(across, down)
    most = float(length.max())
    if most == 0:
        return Edges(np.zeros(gray.shape, np.float32), np.zeros(gray.shape, np.bool_))
    shares = np.asarray(length / most, np.float32)
    upper = max(20.0, binarised(np.asarray(shares * 255, np.uint8)).level / 255 * most)
    return Edges(shares, np.asarray(cv2.Canny(smooth, upper / 2, upper, L2gradient=True) > 0))


def corners(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Finds corners: Shi and Tomasi, "Good Features to Track", CVPR 1994, section 4.

    Returns:
        Shape (N, 2), float32: x and y in pixels, strongest first; N up to 200.
    """
    apart = max(2.0, _CORNER_DISTANCE * max(gray.shape))
    found = cv2.goodFeaturesToTrack(gray, _CORNERS, _CORNER_QUALITY, apart)
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


def blobs(space: ScaleSpace) -> NDArray[np.float32]:
    """Finds blobs: extrema of the differences of Gaussians over place and scale.

    Returns:
        Shape (N, 3), float32: x, y and radius in pixels of the picture, strongest first; N up to 120.
    """
    return extrema(space, _BLOB_CONTRAST)[:_BLOBS]
