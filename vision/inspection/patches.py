"""The neighbourhood of one keypoint, as a descriptor sees it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIFT_WINDOW: Final = 6.0
"""Side of the square that OpenCV's SIFT describes, in diameters of the keypoint: four cells of 1.5."""
_CENTRE: Final = 4.0
"""Side of its middle, in diameters, which weighs most (Lowe 2004, section 6.1)."""
_LEAST_SIDE_PX: Final = 12.0


def keypoint_patch(
    pixels: NDArray[np.uint8], keypoint: NDArray[np.float32], side_px: int, window: float = _CENTRE
) -> NDArray[np.uint8]:
    """Cuts out the neighbourhood of a keypoint, rotated so that its angle points to the right.

    Args:
        pixels: RGB (H, W, 3) or grey (H, W), uint8.
        keypoint: x, y and diameter in pixels, angle in degrees or -1.
        side_px: Side of the result in pixels.
        window: Side of the neighbourhood in diameters of the keypoint.

    Returns:
        uint8, shape (side_px, side_px, 3), or (side_px, side_px) of a grey picture.
    """
    x, y, diameter, angle = (float(each) for each in keypoint)
    side = max(_LEAST_SIDE_PX, window * diameter)
    matrix = cv2.getRotationMatrix2D((x, y), angle if angle >= 0 else 0.0, side_px / side)
    matrix[:, 2] = matrix[:, 2] + side_px / 2 - np.array([x, y])
    cut = cv2.warpAffine(
        pixels, matrix, (side_px, side_px), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cut, np.uint8)


def patch_gradients(patch: NDArray[np.uint8], cells: int) -> NDArray[np.float32]:
    """Computes the mean gradient of each part of a grey patch that is divided into cells × cells parts.

    Returns:
        Shape (cells, cells, 2), float32: change of the grey value to the right and down, per pixel.
    """
    values = cv2.GaussianBlur(np.asarray(patch, np.float32), (0, 0), max(0.5, len(patch) / cells / 4))
    down, right = np.gradient(values)
    size = (cells, cells)
    reduced = [cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (right, down)]
    return np.stack(reduced, axis=-1).astype(np.float32)


def direction_bins(descriptor: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Returns SIFT's 128 elements as directions of 4 × 4 cells; None for another kind of descriptor.

    Returns:
        Shape (4, 4, 8), float32: row, column, direction in steps of 45°, counter-clockwise, from
        the keypoint's angle.
    """
    return np.asarray(descriptor, np.float32).reshape(4, 4, 8) if len(descriptor) == 128 else None
