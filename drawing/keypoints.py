"""Draws keypoints into a picture, so that both can be seen."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.pictures import Pixels

# Easy to distinguish from each other and from most pictures.
_COLORS: Final = ((255, 196, 0), (0, 214, 255), (255, 92, 138), (120, 255, 120))
_SHIFT: Final = 4  # fractional bits of a coordinate: OpenCV draws at sixteenths of a pixel
_MOST_CIRCLES: Final = 240
_ALIKE: Final = 1.6
"""Circles that overlap hide each other when their sizes differ by less than this factor."""
_APART: Final = 0.6
"""Least distance of the centres of such circles, as a share of the sum of their radii."""


def with_keypoints(pixels: Pixels, keypoints: NDArray[np.float32]) -> Pixels:
    """Draws keypoints into a copy: a circle as large as the neighbourhood, and a radius at its angle.

    Where circles would hide each other or the picture, only their centres are drawn, see `legible`.

    Args:
        pixels: RGB, uint8, shape (H, W, 3).
        keypoints: Shape (N, 4): x, y and diameter in pixels of this picture, angle in degrees clockwise or
            -1 without one.
    """
    drawn = pixels.copy()
    circled = legible(keypoints)
    for number, (x, y, diameter, angle) in enumerate(keypoints.astype(float)):
        color = _COLORS[number % len(_COLORS)]
        if not circled[number]:
            cv2.circle(drawn, _at(x, y), 1 << _SHIFT, color, -1, cv2.LINE_AA, _SHIFT)
            continue
        radius = max(1.5, diameter / 2)
        cv2.circle(drawn, _at(x, y), round(radius * (1 << _SHIFT)), color, 1, cv2.LINE_AA, _SHIFT)
        if angle >= 0:
            turn = np.deg2rad(angle)
            end = (x + radius * np.cos(turn), y + radius * np.sin(turn))
            draw_line(drawn, (x, y), end, color)
    return drawn


def legible(keypoints: NDArray[np.float32], most: int = _MOST_CIRCLES) -> NDArray[np.bool_]:
    """Selects the keypoints whose circles can be told apart, beginning with the largest.

    Args:
        keypoints: As for `with_keypoints`.
        most: Number of circles at most.

    Returns:
        Shape (N,), bool: whether the circle of each keypoint is drawn.

    >>> legible(np.array([[50, 50, 20, 0], [52, 50, 19, 0], [50, 50, 4, 0]], np.float32)).tolist()
    [True, False, True]
    """
    order = np.argsort(-keypoints[:, 2], kind="stable")
    chosen: list[int] = []
    for number in order:
        x, y, diameter = keypoints[number, :3]
        kept = keypoints[chosen]
        reach = _APART * (kept[:, 2] + diameter) / 2
        hidden = (np.hypot(kept[:, 0] - x, kept[:, 1] - y) < reach) & (kept[:, 2] < _ALIKE * diameter)
        if not hidden.any():
            chosen.append(int(number))
    selected = np.zeros(len(keypoints), np.bool_)
    if len(chosen) > most:  # evenly, so that no part of the picture is left out
        chosen = [chosen[each] for each in np.linspace(0, len(chosen) - 1, most).round().astype(int)]
    selected[chosen] = True
    return selected


def with_dots(
    pixels: Pixels, places: NDArray[np.float32], color: tuple[int, int, int], radius: int
) -> Pixels:
    """Draws filled dots with a dark edge into a copy.

    Args:
        pixels: RGB, uint8, shape (H, W, 3).
        places: Shape (N, 2 or more): x and y in pixels in the first two columns.
        color: Red, green, blue, 0 to 255.
        radius: In pixels, without the edge.
    """
    drawn = pixels.copy()
    for x, y in places[:, :2].astype(float):
        cv2.circle(drawn, _at(x, y), (radius + 1) << _SHIFT, (20, 20, 20), -1, cv2.LINE_AA, _SHIFT)
        cv2.circle(drawn, _at(x, y), radius << _SHIFT, color, -1, cv2.LINE_AA, _SHIFT)
    return drawn


def draw_line(
    drawn: Pixels, begin: tuple[float, float], end: tuple[float, float], color: tuple[int, int, int]
) -> None:
    """Draws a thin line between two points (x, y in pixels) into `drawn`, in place."""
    cv2.line(drawn, _at(*begin), _at(*end), color, 1, cv2.LINE_AA, _SHIFT)


def _at(x: float, y: float) -> tuple[int, int]:
    return round(float(x) * (1 << _SHIFT)), round(float(y) * (1 << _SHIFT))
