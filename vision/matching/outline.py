"""Outlines: where a picture lies in a photo, and whether that can be."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.matching.homography import project

Implausibility: TypeAlias = Literal[
    "", "behind", "not convex", "mirrored", "too small", "too oblique", "elsewhere"
]

_SMALLEST_SHARE: Final = 1 / 400
"""Of the photo's area: a twentieth of its sides. Smaller ones rest on a handful of pixels."""
_MOST_OBLIQUE: Final = 8.0
"""Longest against shortest side, relative to the picture's own proportions."""
_LEAST_INSIDE: Final = 0.1
"""Share of the outline's own area that must lie within the photo."""


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
    if not np.isfinite(outline).all():
        return "behind"
    edges = np.roll(outline, -1, axis=0) - outline
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    if (turns < 0).all():
        return "mirrored"
    if not (turns > 0).all():
        return "not convex"
    area = _area(outline)
    if area < _SMALLEST_SHARE * photo_px[0] * photo_px[1]:
        return "too small"
    stretch = np.linalg.norm(edges, axis=1) / np.array([*picture_px, *picture_px])
    if stretch.max() > _MOST_OBLIQUE * stretch.min():
        return "too oblique"
    return "" if _area_inside(outline, photo_px) >= _LEAST_INSIDE * area else "elsewhere"


def _area(polygon: NDArray[np.float64]) -> float:
    x, y = polygon.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _area_inside(polygon: NDArray[np.float64], photo_px: tuple[float, float]) -> float:
    """Returns the area of a convex polygon within a photo (Sutherland and Hodgman, CACM 17(1), 1974)."""
    if (polygon >= 0).all() and (polygon <= photo_px).all():
        return _area(polygon)
    for axis, limit, keep_below in (
        (0, 0.0, False),
        (0, photo_px[0], True),
        (1, 0.0, False),
        (1, photo_px[1], True),
    ):
        beyond = (polygon[:, axis] - limit) * (1 if keep_below else -1)
        clipped = []
        for here, there, d_here, d_there in zip(
            polygon, np.roll(polygon, -1, axis=0), beyond, np.roll(beyond, -1), strict=True
        ):
            if d_here <= 0:
                clipped.append(here)
            if (d_here < 0 < d_there) or (d_there < 0 < d_here):
                clipped.append(here + (there - here) * (d_here / (d_here - d_there)))
        if len(clipped) < 3:
            return 0.0
        polygon = np.array(clipped)
    return _area(polygon)
