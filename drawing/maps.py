"""Draws what is inside a convolutional network: filters, and the maps that layers make of a picture."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.pictures import Pixels

_WIDTH_PX: Final = 640
_GAP_PX: Final = 3
_PAPER: Final = 255
MAX_MAPS: Final = 32
"""More are not drawn: on a page they would be specks."""


def draw_filters(filters: NDArray[np.float32]) -> Pixels:
    """Draws the filters of a first layer side by side, RGB; grey is 0, the largest weight of each is full.

    Args:
        filters: Shape (filters, channels, height, width), with three channels of colour or one.
    """
    largest = np.abs(filters).max(axis=(1, 2, 3), keepdims=True)
    shades = 0.5 + 0.5 * filters / np.maximum(largest, 1e-12)
    return _sheet([_colored(each) for each in shades.transpose(0, 2, 3, 1)], 40)


def draw_maps(maps: NDArray[np.float32]) -> Pixels:
    """Draws the first maps of a layer side by side, RGB: black is 0, white the largest value of the map.

    Args:
        maps: Shape (filters, height, width), 0 or above.
    """
    shown = maps[:MAX_MAPS]
    largest = shown.max(axis=(1, 2), keepdims=True)
    shades = shown / np.maximum(largest, 1e-12)
    return _sheet([_colored(each[..., None]) for each in shades], 76)


def draw_row(pictures: NDArray[np.uint8]) -> Pixels:
    """Draws small pictures of one size side by side, RGB.

    Args:
        pictures: Shape (N, height, width, channels), uint8.
    """
    return _sheet([_colored(each / 255) for each in pictures], 76)


def _colored(shades: NDArray[np.floating]) -> Pixels:
    channels = shades if shades.shape[2] == 3 else np.repeat(shades[..., :1], 3, axis=2)
    return np.asarray(np.clip(np.rint(255 * channels), 0, 255), np.uint8)


def _sheet(tiles: list[Pixels], side_px: int) -> Pixels:
    """Lays tiles in rows, enlarged to about a side with every pixel a square."""
    factor = max(1, side_px // max(tiles[0].shape[:2]))
    height, width = (factor * side for side in tiles[0].shape[:2])
    columns = max(1, min(len(tiles), (_WIDTH_PX + _GAP_PX) // (width + _GAP_PX)))
    rows = -(-len(tiles) // columns)
    size = (rows * (height + _GAP_PX) - _GAP_PX, columns * (width + _GAP_PX) - _GAP_PX, 3)
    sheet = np.full(size, _PAPER, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = (height + _GAP_PX) * (number // columns), (width + _GAP_PX) * (number % columns)
        enlarged = cv2.resize(tile, (width, height), interpolation=cv2.INTER_NEAREST)
        sheet[top : top + height, left : left + width] = enlarged
    return sheet
