"""Draws keypoints and lines into a picture."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

# Easy to distinguish from each other and from most pictures.
_COLORS: Final = ((255, 196, 0), (0, 214, 255), (255, 92, 138), (120, 255, 120))
_SHIFT: Final = 4  # fractional bits of a coordinate: OpenCV draws at sixteenths of a pixel


def with_keypoints(pixels: NDArray[np.uint8], keypoints: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Draws keypoints into a copy: a circle as large as the neighbourhood, and a radius at its angle.

    Args:
        pixels: RGB, uint8, shape (H, W, 3).
        keypoints: Shape (N, 4): x, y and diameter in pixels of this picture, angle in degrees clockwise or
            -1 without one.
    """
    drawn = pixels.copy()
    for number, (x, y, diameter, angle) in enumerate(keypoints.astype(float)):
        color = _COLORS[number % len(_COLORS)]
        radius = max(1.5, diameter / 2)
        cv2.circle(drawn, _at(x, y), round(radius * (1 << _SHIFT)), color, 1, cv2.LINE_AA, _SHIFT)
        if angle >= 0:
            turn = np.deg2rad(angle)
            end = _at(x + radius * np.cos(turn), y + radius * np.sin(turn))
            cv2.line(drawn, _at(x, y), end, color, 1, cv2.LINE_AA, _SHIFT)
    return drawn


def draw_line(
    drawn: NDArray[np.uint8],
    begin: tuple[float, float],
    end: tuple[float, float],
    color: tuple[int, int, int],
) -> None:
    """Draws a thin line between two points (x, y in pixels) into `drawn`, in place."""
    cv2.line(drawn, _at(*begin), _at(*end), color, 1, cv2.LINE_AA, _SHIFT)


def _at(x: float, y: float) -> tuple[int, int]:
    return round(float(x) * (1 << _SHIFT)), round(float(y) * (1 << _SHIFT))
