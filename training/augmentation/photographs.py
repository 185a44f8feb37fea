"""Simulates photographs of pictures: framed, on a wall, from the side, under lamps, by a phone's camera.

`camera` distorts a picture that fills the photo. A visitor's photo shows more: the wall, a frame, things
beside it, glare on the glass, sometimes a hand or a head. Every random number comes from the generator
given, so that one seed gives one photograph; no other picture is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from training.augmentation.camera import blurred, compressed, noisy, relit
from training.augmentation.walls import draw_wall, frame_picture

Pixels: TypeAlias = NDArray[np.uint8]
Corners: TypeAlias = NDArray[np.float64]

VERSION: Final = 2
"""To be raised when a change makes the same seed give other photographs."""

_FILLS: Final = (0.5, 0.95)
"""Share of the photo that the framed picture spans along the side that limits its size."""
_ROLL_DEGREES: Final = 12.0
_PERSPECTIVE: Final = 0.1
_PROPORTIONS: Final = (4 / 3, 3 / 2, 16 / 9)
_GLARE_CHANCE: Final = 0.35
_COVER_CHANCE: Final = 0.15


@dataclass(frozen=True)
class Photograph:
    """A photograph of a picture.

    Attributes:
        pixels: RGB, uint8, shape (height, width, 3).
        outline: Corners of the picture in it, without its frame: pixels, shape (4, 2), clockwise from the
            picture's top left; a corner may be slightly outside.
    """

    pixels: Pixels
    outline: Corners


def photographed(
    pixels: Pixels, rng: np.random.Generator, side_px: int = 640, wall: Pixels | None = None
) -> Photograph:
    """Takes one photograph of a picture that hangs on a wall.

    The framed picture spans half of the photo to nearly all of it, turned by up to 12°, each corner moved by
    up to a tenth; light, glare, focus, grain and compression are those of a phone held by hand.

    Args:
        pixels: RGB, uint8, shape (height, width, 3), each side 2 or more.
        rng: Source of every random number.
        side_px: Longer side of the photograph.
        wall: What the picture hangs on, RGB, uint8, of any size; None draws a wall.

    Raises:
        ValueError: When the pixels are not an RGB picture.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or min(pixels.shape[:2]) < 2:
        raise ValueError(f"an RGB picture is uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}")
    framed, inner = frame_picture(pixels, rng)
    size = _photo_size(framed, rng, side_px)
    corners = _pose(framed, size, rng)
    matrix = _view(framed, corners)
    behind = draw_wall(rng, size) if wall is None else np.asarray(cv2.resize(wall, size), np.uint8)
    seen = _hung(framed, behind, matrix, rng)
    if rng.random() < _COVER_CHANCE:
        seen = _held_in_front(seen, rng)
    seen = relit(seen, rng)
    if rng.random() < _GLARE_CHANCE:
        seen = _with_glare(seen, rng, corners)
    seen = compressed(noisy(blurred(seen, rng), rng, 0.7), rng)
    outline = cv2.perspectiveTransform(inner[None].astype(np.float64), matrix)[0]
    return Photograph(seen, np.asarray(outline, np.float64))


def _photo_size(framed: Pixels, rng: np.random.Generator, side_px: int) -> tuple[int, int]:
    """Chooses width and height, mostly upright for upright pictures as people turn their phones."""
    shorter = round(side_px / float(rng.choice(_PROPORTIONS)))
    height, width = framed.shape[:2]
    wide = (width >= height) != (rng.random() < 0.15)
    return (side_px, shorter) if wide else (shorter, side_px)


def _pose(framed: Pixels, size: tuple[int, int], rng: np.random.Generator) -> Corners:
    """Chooses the positions of the framed picture's corners."""
    height, width = framed.shape[:2]
    scale = rng.uniform(*_FILLS) * min(size[0] / width, size[1] / height)
    half = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) * scale / 2
    angle = np.deg2rad(np.clip(rng.normal(0, _ROLL_DEGREES / 2), -_ROLL_DEGREES, _ROLL_DEGREES))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = half + rng.uniform(-_PERSPECTIVE, _PERSPECTIVE, (4, 2)) * np.array([width, height]) * scale
    spare = np.maximum(np.array(size) - scale * np.array([width, height]), 0) / 2
    return np.asarray(moved @ turn.T + np.array(size) / 2 + rng.uniform(-0.8, 0.8, 2) * spare, np.float64)


def _view(framed: Pixels, corners: Corners) -> NDArray[np.float64]:
    height, width = framed.shape[:2]
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(own, corners.astype(np.float32)), np.float64)


def _hung(framed: Pixels, wall: Pixels, matrix: NDArray[np.float64], rng: np.random.Generator) -> Pixels:
    """Draws the framed picture with its shadow on the wall; reduces it first if needed, against aliasing."""
    height, width = wall.shape[:2]
    shrink = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    source = cv2.GaussianBlur(framed, (0, 0), 0.4 / shrink) if shrink < 0.8 else framed
    seen = cv2.warpPerspective(source, matrix, (width, height), flags=cv2.INTER_LINEAR)
    whole = np.full(framed.shape[:2], 255, np.uint8)
    mask = np.asarray(cv2.warpPerspective(whole, matrix, (width, height)), np.uint8)
    reach = 0.02 * max(width, height)
    shift = (rng.uniform(-1, 1) * reach, rng.uniform(0.2, 1) * reach)
    dark = 1 - rng.uniform(0.2, 0.6) / 255 * _shadow(mask, shift, 0.6 * reach + 0.1)
    behind = cv2.multiply(wall, cv2.merge([dark] * 3), dtype=cv2.CV_8U)
    share = mask.astype(np.float32) / 255
    return np.asarray(cv2.blendLinear(seen, behind, share, 1 - share), np.uint8)


def _shadow(mask: Pixels, shift: tuple[float, float], sigma: float) -> NDArray[np.float32]:
    """Moves and blurs a mask; at a quarter of its size, which a soft shadow does not show."""
    height, width = mask.shape
    small = cv2.resize(mask, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    matrix = np.array([[1, 0, shift[0] / 4], [0, 1, shift[1] / 4]])
    moved = cv2.GaussianBlur(cv2.warpAffine(small, matrix, small.shape[::-1]), (0, 0), sigma / 4)
    return np.asarray(cv2.resize(moved, (width, height)), np.float32)


def _held_in_front(seen: Pixels, rng: np.random.Generator) -> Pixels:
    """Draws a finger before the lens, or a head or hand before the wall: from an edge, out of focus."""
    height, width = seen.shape[:2]
    edge = rng.uniform(0, 1)
    entries = ((edge * width, height), (width, edge * height), (0, edge * height))
    centre = entries[int(rng.integers(3))]
    axes = rng.uniform(0.06, 0.22, 2) * min(height, width)
    mask = np.zeros((height, width), np.uint8)
    where = (round(centre[0]), round(centre[1]))
    cv2.ellipse(mask, where, (round(axes[0]), round(axes[1])), rng.uniform(0, 180), 0, 360, 255, -1)
    share = cv2.GaussianBlur(mask, (0, 0), 0.01 * width + 0.1).astype(np.float32) / 255
    skin = np.array([200, 150, 120]) * rng.uniform(0.3, 1.1) + rng.normal(0, 12, 3)
    plain = np.empty_like(seen)
    plain[:] = np.clip(np.rint(skin), 0, 255)
    return np.asarray(cv2.blendLinear(plain, seen, share, 1 - share), np.uint8)


def _with_glare(seen: Pixels, rng: np.random.Generator, corners: Corners) -> Pixels:
    """Draws a lamp or a window mirrored in the glass: a soft bright patch somewhere on the picture."""
    height, width = seen.shape[:2]
    shares = rng.dirichlet(np.ones(4))
    x, y = shares @ corners
    across, down = rng.uniform(0.04, 0.16, 2) * max(width, height)
    columns = np.arange(width, dtype=np.float32)[None] - np.float32(x)
    rows = np.arange(height, dtype=np.float32)[:, None] - np.float32(y)
    if rng.random() < 0.4:  # a window: a soft rectangle
        distance = np.maximum(np.abs(columns) / across, np.abs(rows) / down) ** 4
    else:
        distance = (columns / across) ** 2 + (rows / down) ** 2
    patch = rng.uniform(50, 190) * np.exp(-distance.astype(np.float32))
    glare = cv2.merge([patch * np.float32(each) for each in (1.0, 0.98, 0.92)])
    return np.asarray(cv2.add(seen, glare, dtype=cv2.CV_8U), np.uint8)
