"""What a photo shows within the outline of a work, laid flat."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def flattened(
    pixels: NDArray[np.uint8], outline: NDArray[np.float64], width_px: int, size_px: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Takes what lies within an outline to a rectangle.

    Args:
        pixels: The photo, RGB or grey, uint8, shape (height, width[, 3]), perhaps reduced.
        outline: Shape (4, 2): the work's corners in pixels of the photo as sent, clockwise from its top left.
        width_px: Width of the photo as sent.
        size_px: Width and height of the rectangle.

    Returns:
        The rectangle, and which of its pixels lie within the photo, shape (height, width).
    """
    width, height = size_px
    corners = (outline * (pixels.shape[1] / width_px)).astype(np.float32)
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, 2 * flat)  # at twice the size, against aliases
    everything = np.full(pixels.shape[:2], 255, np.uint8)
    seen, there = (
        np.asarray(
            cv2.resize(
                cv2.warpPerspective(each, matrix, (2 * width, 2 * height)),
                (width, height),
                interpolation=cv2.INTER_AREA,
            ),
            np.uint8,
        )
        for each in (pixels, everything)
    )
    return seen, there == 255
