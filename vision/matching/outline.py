"""Outlines: where a picture lies in a photo, and whether that can be."""

from __future__ import annotations

import math
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.matching.homography import project

Implausibility: TypeAlias = Literal[
    "", "behind", "not convex", "mirrored", "too small", "too oblique", "elsewhere"
]

_Corner: TypeAlias = tuple[float, float]

_SMALLEST_SHARE: Final = 1 / 400
"""Of the photo's area: a twentieth of its sides. Smaller ones rest on a handful of pixels."""
_MOST_OBLIQUE: Final = 8.0
"""Longest against shortest side, relative to the picture's own proportions."""
_LEAST_INSIDE: Final = 0.1
"""Share that must lie within the photo: of the outline's own area, or of the photo's where that is smaller. A
close-up may show a twentieth of the picture, and is then full of it."""


def outline_of(homography: NDArray[np.float64], width_px: float, height_px: float) -> NDArray[np.float64]:
    """Returns the corners of a picture in a photo.

    Args:
        homography: Shape (3, 3), from pixels of the picture to pixels of the photo.
        width_px: Width of the picture.
        height_px: Height of the picture.

    Returns:
        Shape (4, 2), float64: pixels of the photo, clockwise from the picture's top left; infinite for a
        corner that would lie behind the camera.
    """
    corners = np.array([[0, 0], [width_px, 0], [width_px, height_px], [0, height_px]], np.float64)
    return project(homography, corners)


def implausible(
    outline: NDArray[np.float64], picture_px: tuple[float, float], photo_px: tuple[float, float]
) -> Implausibility:
    """Says why an outline cannot be that of a flat picture that somebody photographed.

    Args:
        outline: Shape (4, 2), as `outline_of` returns it.
        picture_px: Width and height of the picture.
        photo_px: Width and height of the photo.

    Returns:
        The first thing that is wrong; empty where nothing is.
    """
    # Four corners: plain numbers are quicker than arrays.
    corners: list[_Corner] = [(x, y) for x, y in outline.tolist()]
    if not all(math.isfinite(x) and math.isfinite(y) for x, y in corners):
        return "behind"
    edges = [(x - x0, y - y0) for (x0, y0), (x, y) in zip(corners, _following(corners), strict=True)]
    turns = [x0 * y - y0 * x for (x0, y0), (x, y) in zip(edges, _following(edges), strict=True)]
    if all(turn < 0 for turn in turns):
        return "mirrored"
    if not all(turn > 0 for turn in turns):
        return "not convex"
    area = _area(corners)
    if area < _SMALLEST_SHARE * photo_px[0] * photo_px[1]:
        return "too small"
    own = (*picture_px, *picture_px)
    stretch = [math.hypot(x, y) / side for (x, y), side in zip(edges, own, strict=True)]
    if max(stretch) > _MOST_OBLIQUE * min(stretch):
        return "too oblique"
    could_be_seen = min(area, photo_px[0] * photo_px[1])
    return "" if _area_inside(corners, photo_px) >= _LEAST_INSIDE * could_be_seen else "elsewhere"


def _following(corners: list[_Corner]) -> list[_Corner]:
    return [*corners[1:], corners[0]]


def _area(polygon: list[_Corner]) -> float:
    return (
        abs(sum(x0 * y - x * y0 for (x0, y0), (x, y) in zip(polygon, _following(polygon), strict=True))) / 2
    )


def _area_inside(polygon: list[_Corner], photo_px: tuple[float, float]) -> float:
    """Returns the area of a convex polygon within a photo (Sutherland and Hodgman, CACM 17(1), 1974)."""
    for axis, limit, sign in ((0, 0.0, -1), (0, photo_px[0], 1), (1, 0.0, -1), (1, photo_px[1], 1)):
        clipped: list[_Corner] = []
        for here, there in zip(polygon, _following(polygon), strict=True):
            d_here, d_there = (sign * (each[axis] - limit) for each in (here, there))
            if d_here <= 0:
                clipped.append(here)
            if (d_here < 0 < d_there) or (d_there < 0 < d_here):
                share = d_here / (d_here - d_there)
                clipped.append(
                    (here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share)
                )
        if len(clipped) < 3:
            return 0.0
        polygon = clipped
    return _area(polygon)
