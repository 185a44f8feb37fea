"""Draws walls and frames, the surroundings of a picture in a visitor's photo."""

from __future__ import annotations

from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]

_PAINT_CHANCE: Final = 0.45
_FRAME_CHANCE: Final = 0.7
_MOUNT_CHANCE: Final = 0.3


def draw_wall(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """Draws a wall with things on it: labels, switches, other pictures, a floor.

    Args:
        rng: Source of every random number.
        size: Width and height in pixels.

    Returns:
        RGB, uint8, shape (height, width, 3).
    """
    width, height = size
    paint = rng.uniform(60, 240) + rng.normal(0, 18, 3)
    wall = np.zeros((height, width), np.float32)
    kind = rng.random()
    if kind > _PAINT_CHANCE:
        pattern = (_bricks, _panels, _plaster, _cloth)[int(rng.integers(4))]
        wall += pattern(rng, size)
    wall += _plaster(rng, size) * np.float32(rng.uniform(0.1, 0.5))
    drawn = np.empty((height, width, 3), np.uint8)
    for channel, value in enumerate(paint):
        drawn[..., channel] = np.clip(wall + np.float32(value), 0, 255)
    for _ in range(int(rng.integers(0, 4))):
        _put_thing(rng, drawn)
    if rng.random() < 0.25:
        _lay_floor(rng, drawn)
    return drawn


def frame_picture(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, NDArray[np.float64]]:
    """Puts a picture into a frame, or leaves it as it is.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        rng: Source of every random number.

    Returns:
        The framed picture, and the corners of the picture in it: float64, shape (4, 2), clockwise from its
        top left.
    """
    height, width = pixels.shape[:2]
    longer = max(height, width)
    mount = round(rng.uniform(0.02, 0.12) * longer) if rng.random() < _MOUNT_CHANCE else 0
    band = round(rng.uniform(0.015, 0.11) * longer) if rng.random() < _FRAME_CHANCE else 0
    margin = mount + band
    framed = np.empty((height + 2 * margin, width + 2 * margin, 3), np.uint8)
    framed[:] = np.clip(rng.uniform(200, 252) + rng.normal(0, 5, 3), 0, 255).astype(np.uint8)
    if band:
        _draw_band(rng, framed, band)
    framed[margin : margin + height, margin : margin + width] = pixels
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) + margin
    return framed, corners


def _draw_band(rng: np.random.Generator, framed: Pixels, band: int) -> None:
    """Draws mouldings round the edge: lines that run with the frame, lit from above."""
    height, width = framed.shape[:2]
    wood = np.array([[60, 40, 25], [150, 115, 55], [25, 22, 20], [225, 222, 215], [110, 75, 45]])
    color = wood[int(rng.integers(len(wood)))] + rng.normal(0, 10, 3)
    profile = np.cumsum(rng.normal(0, 14, band))
    profile = np.clip(profile - profile.mean(), -70, 70)
    lit = rng.uniform(0.75, 1.25, 4)
    for line in range(band):
        shades = [
            tuple(int(each) for each in np.clip((color + profile[line]) * light, 0, 255)) for light in lit
        ]
        far_x, far_y = width - 1 - line, height - 1 - line
        cv2.line(framed, (line, line), (far_x, line), shades[0], 1)
        cv2.line(framed, (line, far_y), (far_x, far_y), shades[1], 1)
        cv2.line(framed, (line, line), (line, far_y), shades[2], 1)
        cv2.line(framed, (far_x, line), (far_x, far_y), shades[3], 1)


def _plaster(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Draws uneven paint, float32, shape (height, width), about ±12."""
    width, height = size
    total = np.zeros((height, width), np.float32)
    for cells in (3, 9, 40, 160):
        noise = rng.standard_normal((cells, cells)).astype(np.float32)
        total += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * 3.5
    return total


def _bricks(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    width, height = size
    tall = max(6, round(height * rng.uniform(0.03, 0.09)))
    long = round(tall * rng.uniform(2, 3.5))
    joint = -rng.uniform(10, 50) if rng.random() < 0.5 else rng.uniform(10, 40)
    drawn = np.zeros((height, width), np.float32)
    for row, top in enumerate(range(0, height, tall)):
        for left in range(-(row % 2) * long // 2, width, long):
            shade = float(rng.normal(0, 9))
            drawn[top : top + tall, max(0, left) : max(0, left + long)] = shade
            drawn[top : top + tall, max(0, left) : max(0, left + max(1, tall // 9))] = joint
        drawn[top : top + max(1, tall // 9)] = joint
    return drawn


def _panels(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Draws boards of wood: grain along them, gaps between them."""
    width, height = size
    across = rng.random() < 0.5
    along, side = (width, height) if across else (height, width)
    noise = rng.standard_normal((side // 3 + 1, 8)).astype(np.float32)
    grain = cv2.resize(noise, (along, side), interpolation=cv2.INTER_CUBIC)
    board = max(8, round(side * rng.uniform(0.06, 0.2)))
    drawn = np.asarray(8 * grain, np.float32)
    for start in range(0, side, board):
        drawn[start : start + board] += np.float32(rng.normal(0, 10))
        drawn[start : start + 2] -= 40
    return np.ascontiguousarray(drawn if across else drawn.T)


def _cloth(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Draws wallpaper: one small figure again and again."""
    width, height = size
    tile = int(rng.integers(16, 72))
    figure = np.zeros((tile, tile), np.float32)
    for _ in range(int(rng.integers(2, 6))):
        centre = (int(rng.integers(tile)), int(rng.integers(tile)))
        radius, shade = int(rng.integers(1, tile // 4 + 2)), float(rng.normal(0, 30))
        cv2.circle(figure, centre, radius, shade, -1, cv2.LINE_AA)
    times = (height // tile + 1, width // tile + 1)
    return np.ascontiguousarray(np.tile(figure, times)[:height, :width])


def _put_thing(rng: np.random.Generator, wall: Pixels) -> None:
    """Puts a label, a switch, or another frame with something in it on the wall."""
    height, width = wall.shape[:2]
    tall, wide = (rng.uniform(0.04, 0.3, 2) * min(height, width)).astype(int) + 2
    left, top = int(rng.integers(-wide // 2, width)), int(rng.integers(-tall // 2, height))
    box = (max(0, left), max(0, top)), (min(width, left + wide), min(height, top + tall))
    (x0, y0), (x1, y1) = box
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    wall[y0:y1, x0:x1] = np.clip(rng.uniform(20, 250) + rng.normal(0, 20, 3), 0, 255)
    kind = rng.random()
    if kind < 0.4:  # a label: lines of text
        for line in range(y0 + 3, y1 - 2, 4):
            ink = int(rng.integers(20, 90))
            wall[line : line + 1, x0 + 2 : x0 + 2 + int(rng.uniform(0.3, 0.9) * (x1 - x0))] = ink
    elif kind < 0.8:  # another picture: patches of colour
        inner = wall[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2]
        if inner.size:
            rows, columns = rng.integers(2, 9, 2)
            patches = rng.integers(0, 256, (rows, columns, 3)).astype(np.uint8)
            inner[:] = cv2.resize(patches, inner.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _lay_floor(rng: np.random.Generator, wall: Pixels) -> None:
    """Lays a floor along the lower edge, with a skirting board above it."""
    height = wall.shape[0]
    top = round(height * rng.uniform(0.85, 0.97))
    wall[top:] = np.clip(rng.uniform(40, 170) + rng.normal(0, 15, 3), 0, 255)
    wall[max(0, top - height // 60) : top] = int(rng.integers(150, 245))
