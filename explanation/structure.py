"""Edges, corners, blobs; scale space and differences of Gaussians."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.keypoints import with_dots, with_keypoints
from drawing.pictures import Pixels, dimmed, fitted, tiled
from explanation.part import Part, picture_drawing
from explanation.pixels import SHOWN_SIDE_PX
from vision.inspection.gray import luma
from vision.inspection.scale_space import ScaleSpace, scale_space
from vision.inspection.structure import blobs, corners, edges

_RED: Final = (255, 80, 60)
_TILE_PX: Final = 150
_CONTRAST: Final = 6.0
"""Differences of Gaussians are small: they are drawn so many times stronger, around mid-grey."""


def structure_part(pixels: Pixels, space: ScaleSpace) -> Part:
    """Draws edges, corners and blobs."""
    gray = luma(pixels)
    found, points, round_ones = edges(gray), corners(gray), blobs(space)
    lines = np.asarray(255 - 255 * found.lines.astype(np.uint8), np.uint8)
    strength = np.asarray(255 * found.strength, np.uint8)
    factor = SHOWN_SIDE_PX / max(gray.shape)
    shown = dimmed(fitted(pixels, SHOWN_SIDE_PX))
    circles = np.concatenate(
        [round_ones[:, :2] * factor, 2 * factor * round_ones[:, 2:], np.full((len(round_ones), 1), -1)],
        axis=1,
    ).astype(np.float32)
    drawings = (
        picture_drawing(
            "gradients", fitted(strength, SHOWN_SIDE_PX), "Gradients (Sobel): the lighter, the steeper"
        ),
        picture_drawing("edges", fitted(lines, SHOWN_SIDE_PX), "Edges (Canny)"),
        picture_drawing(
            "corners", with_dots(shown, points * factor, _RED, 3), f"Corners (Shi–Tomasi): {len(points)}"
        ),
        picture_drawing(
            "blobs", with_keypoints(shown, circles), f"Blobs (differences of Gaussians): {len(round_ones)}"
        ),
    )
    facts = {
        "edge_share": float(found.lines.mean()),
        "corners": [{"x": float(x), "y": float(y)} for x, y in points],
        "blobs": [{"x": float(x), "y": float(y), "radius": float(r)} for x, y, r in round_ones],
    }
    words = (
        "An edge is where grey values change in one direction, a corner where they change in two, a blob a "
        "round spot that differs from what surrounds it. Corners and blobs can be found again in another "
        "photo."
    )
    return Part("structure", "Edges, corners, blobs", (words,), drawings, facts)


def scales_part(space: ScaleSpace) -> Part:
    """Draws the octaves of the scale space, and the differences between neighbouring blurs."""
    blurred = [[_tile(each * 255, number) for each in o.blurred] for number, o in enumerate(space.octaves)]
    apart = [
        [_tile(128 + 255 * _CONTRAST * each, number) for each in o.differences]
        for number, o in enumerate(space.octaves)
    ]
    sigmas = [[round(each, 2) for each in o.sigmas] for o in space.octaves]
    drawings = (
        picture_drawing(
            "scale_space",
            tiled(blurred),
            f"Scale space: σ from {sigmas[0][0]:g} to {sigmas[-1][-1]:g} pixels",
            kind="wide",
        ),
        picture_drawing(
            "differences",
            tiled(apart),
            f"Differences of Gaussians, {_CONTRAST:g} times stronger; grey where both are alike",
            kind="wide",
        ),
    )
    words = (
        "The picture is blurred more and more (to the right), then halved for the next octave (below). What "
        "is left between two blurs are structures of one size. SIFT's keypoints are the lightest and "
        "darkest points among their 26 neighbours in place and scale."
    )
    facts = {
        "octaves": [{"factor": o.factor, "sigmas": s} for o, s in zip(space.octaves, sigmas, strict=True)]
    }
    return Part("scales", "Scale space", (words,), drawings, facts)


def space_of(pixels: Pixels) -> ScaleSpace:
    """Computes the scale space of a picture's grey values."""
    return scale_space(luma(pixels))


def _tile(values: NDArray[np.float32], octave: int) -> Pixels:
    picture = np.clip(values, 0, 255).astype(np.uint8)
    height, width = picture.shape
    factor = _TILE_PX / 2 ** min(octave, 2) / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
