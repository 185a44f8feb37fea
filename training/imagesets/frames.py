"""Frames of pictures: proportions, and borders of one colour such as padding and passe-partouts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# After JPEG white paper is within this of white, but for a few ringing pixels.
_TOLERANCE = 10
_UNIFORM_SHARE = 0.97
# Narrower ones, a line or two of one colour, are a scanner's edge and not a border.
_MIN_WIDTH = 0.015
_MAX_WIDTH = 0.45


@dataclass(frozen=True)
class Frame:
    """Size and borders of a picture.

    Attributes:
        width_px: Width of the file's picture, upright.
        height_px: Its height.
        borders: Width of the border of one colour at the left, top, right and bottom, as a share of the side
            it is cut from, 0 to 0.45.
        color: Mean colour of these borders, sRGB, 0 to 255; None where there is no border.
    """

    width_px: int
    height_px: int
    borders: tuple[float, float, float, float]
    color: tuple[int, int, int] | None


def frame_of(pixels: NDArray[np.uint8], width_px: int, height_px: int) -> Frame:
    """Measures the frame of a picture.

    Args:
        pixels: RGB, uint8, shape (H, W, 3); a reduced copy is enough.
        width_px: Width of the original.
        height_px: Height of the original.
    """
    sides = (pixels.swapaxes(0, 1), pixels, pixels[:, ::-1].swapaxes(0, 1), pixels[::-1])
    found = [_border(side) for side in sides]
    colors = [color for width, color in found if width]
    color = np.rint(np.mean(colors, axis=0)).astype(int) if colors else None
    left, top, right, bottom = (width for width, _ in found)
    return Frame(
        width_px,
        height_px,
        (left, top, right, bottom),
        None if color is None else (int(color[0]), int(color[1]), int(color[2])),
    )


def _border(lines: NDArray[np.uint8]) -> tuple[float, NDArray[np.float64]]:
    """Measures the share of lines with the first one's colour, and that colour; the first is at the edge."""
    color = np.median(lines[0], axis=0)
    reach = lines[: int(_MAX_WIDTH * len(lines))].astype(np.int16)
    same = (np.abs(reach - color).max(axis=2) <= _TOLERANCE).mean(axis=1) >= _UNIFORM_SHARE
    count = int(np.argmin(same)) if len(same) and not same.all() else len(same)
    share = count / len(lines)
    return (share if share >= _MIN_WIDTH else 0.0), color
