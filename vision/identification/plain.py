"""Nearly featureless works: told by colours and shape, with a confidence that admits it.

A monochrome canvas has no points that could agree. Where the photo has hardly any either, the colours of its
picture area are compared with those of the works that are as plain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

PLAIN_KEYPOINTS: Final = 100
"""A reference with fewer is a plain work, a photo with fewer may show one."""
GRID: Final = 8
HIGHEST_CONFIDENCE: Final = 0.5
_LARGEST_DIFFERENCE: Final = 16.0
"""Mean difference of the cells, CIE 1976, above which two pictures have other colours."""
_EXPOSURES: Final = (0.5, 2.0)
"""How much darker or brighter the photo may be."""
_LARGEST_STRETCH: Final = 1.35
_LEAST_AREA: Final = 0.05
_STRAIGHT: Final = 0.03
_WITHIN: Final = 0.94
_SIDE_PX: Final = 240


@dataclass(frozen=True)
class Colors:
    """The colours of a picture area, and its shape.

    Attributes:
        cells: Shape (8, 8, 3), float32: CIELAB of the cells.
        proportion: Width over height.
    """

    cells: NDArray[np.float32]
    proportion: float


def colors_of(pixels: NDArray[np.uint8]) -> Colors:
    """Returns the colours of a whole picture, RGB, uint8, shape (height, width, 3)."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (GRID, GRID), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return Colors(np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32), width / height)


def areas_of(pixels: NDArray[np.uint8]) -> list[Colors]:
    """Returns the colours of what may be the picture: all of the photo, and what stands out from the wall."""
    found = [colors_of(pixels)]
    corners = _standing_out(pixels)
    if corners is not None:
        sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
        width, height = float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2
        flat = np.array([[0, 0], [GRID * 8, 0], [GRID * 8, GRID * 8], [0, GRID * 8]], np.float32)
        area = cv2.warpPerspective(pixels, cv2.getPerspectiveTransform(corners, flat), (GRID * 8, GRID * 8))
        found.append(Colors(colors_of(np.asarray(area, np.uint8)).cells, width / height))
    return found


def plain_confidence(photo: Colors, work: Colors) -> float:
    """Returns how sure it is that a plain work is in a photo, 0 to `HIGHEST_CONFIDENCE`.

    0 for other colours or another shape.
    """
    stretch = photo.proportion / work.proportion
    if max(stretch, 1 / stretch) > _LARGEST_STRETCH:
        return 0.0
    mine, other = photo.cells.copy(), work.cells
    exposure = float(other[..., 0].mean() / max(1.0, float(mine[..., 0].mean())))
    mine[..., 0] *= float(np.clip(exposure, *_EXPOSURES))
    difference = float(np.linalg.norm(mine - other, axis=2).mean())
    return HIGHEST_CONFIDENCE * max(0.0, 1 - difference / _LARGEST_DIFFERENCE)


def is_uniform(colors: Colors) -> bool:
    """Tells whether a picture is one colour all over, so that every wall would show it."""
    return float(colors.cells.std(axis=(0, 1)).max()) < 1.0


def _standing_out(pixels: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """Returns the corners, clockwise from the top left, of the largest area that differs from the border."""
    factor = _SIDE_PX / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    lab = np.asarray(
        cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB), np.float32
    )
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    apart = np.linalg.norm(lab - np.median(border, axis=0), axis=2)
    _, mask = cv2.threshold(
        np.clip(apart, 0, 255).astype(np.uint8), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU
    )
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    largest = cv2.convexHull(max(contours, key=cv2.contourArea))
    corners = cv2.approxPolyDP(largest, _STRAIGHT * cv2.arcLength(largest, True), True).reshape(-1, 2)
    area = cv2.contourArea(largest)
    if len(corners) != 4 or area < _LEAST_AREA * size[0] * size[1]:
        return None
    # Clockwise, as the sign of its area says, and a little within: the rim is half wall and half frame.
    if cv2.contourArea(corners, oriented=True) < 0:
        corners = corners[::-1]
    first = int(corners.sum(axis=1).argmin())
    outline = np.roll(corners, -first, axis=0).astype(np.float32)
    middle = outline.mean(axis=0)
    return np.asarray((middle + _WITHIN * (outline - middle)) / factor, np.float32)
