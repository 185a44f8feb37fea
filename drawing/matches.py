"""Draws what two pictures have in common: lines between their matches, and an outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drawing.keypoints import draw_line
from drawing.pictures import Pixels, fitted
from vision.matching import SURE_POINTS, Agreement

DRAWN_RATIO: Final = 0.8
"""Of the ratio test for matches that are drawn: stricter than for the verification of answers, so that nearly
all lines are right."""
COMPARED_SIDE_PX: Final = 1024
"""Longer side to which pictures are reduced before they are compared and drawn: large enough to view."""
_GREEN: Final = (60, 220, 60)
_GREY: Final = (150, 150, 150)
_GAP_PX: Final = 16
_LEAST_SIDE_PX: Final = 480
"""Longer side of a picture in the drawing; a smaller one is enlarged to it."""
_MOST_LINES: Final = 120
_MOST_STRAY_LINES: Final = 60
_PAPER: Final = 24


@dataclass(frozen=True)
class DrawnMatches:
    """A drawing with what is in it.

    Attributes:
        pixels: RGB, uint8: both pictures side by side.
        agreeing: Number of green lines.
        stray: Number of grey lines.
        outline: Corners of the left picture in the drawing, shape (4, 2); None where no outline is drawn.
    """

    pixels: Pixels
    agreeing: int
    stray: int
    outline: NDArray[np.float64] | None


def draw_matches(
    left: Pixels,
    right: Pixels,
    left_keypoints: NDArray[np.float32],
    right_keypoints: NDArray[np.float32],
    found: Agreement,
    sure_points: int = SURE_POINTS,
) -> DrawnMatches:
    """Draws both pictures side by side, with thin lines from features to their matches.

    Lines of pairs that agree on one view are green and on top, others grey; of very many a regular sample is
    drawn. Where enough points agree, the outline of the left picture is drawn into the right one.

    Args:
        left: RGB, uint8, shape (H, W, 3).
        right: RGB, uint8, shape (H', W', 3).
        left_keypoints: In pixels of the left picture, shape (N, 4).
        right_keypoints: In pixels of the right picture.
        found: The matches.
        sure_points: Points that must agree for an outline to be drawn.
    """
    (shown_left, enlarged_left), (shown_right, enlarged_right) = _enlarged(left), _enlarged(right)
    outline = None
    if found.outline is not None and found.points >= sure_points:
        outline = found.outline * enlarged_right
        # Into the picture itself, so that nothing of it is drawn beyond the edge.
        corners = np.rint(np.clip(outline, -30_000, 30_000)).astype(np.int32)
        cv2.polylines(shown_right, [corners], True, _GREEN, 2, cv2.LINE_AA)
    offset = shown_left.shape[1] + _GAP_PX
    height = max(shown_left.shape[0], shown_right.shape[0])
    drawn = np.full((height, offset + shown_right.shape[1], 3), _PAPER, np.uint8)
    drawn[: shown_left.shape[0], : shown_left.shape[1]] = shown_left
    drawn[: shown_right.shape[0], offset:] = shown_right
    counts = []
    for agrees, color, most in ((False, _GREY, _MOST_STRAY_LINES), (True, _GREEN, _MOST_LINES)):
        lines = _some(found.pairs[found.agrees == agrees], most)
        for here, there in lines:
            x, y = left_keypoints[here, :2] * enlarged_left
            to_x, to_y = right_keypoints[there, :2] * enlarged_right
            draw_line(drawn, (float(x), float(y)), (float(to_x) + offset, float(to_y)), color)
        counts.append(len(lines))
    shifted = None if outline is None else outline + np.array([offset, 0])
    return DrawnMatches(drawn, counts[1], counts[0], shifted)


def _enlarged(pixels: Pixels) -> tuple[Pixels, float]:
    factor = max(1.0, _LEAST_SIDE_PX / max(pixels.shape[:2]))
    return (fitted(pixels, _LEAST_SIDE_PX) if factor > 1 else pixels.copy()), factor


def _some(pairs: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Takes a regular sample of a list that is too long."""
    if len(pairs) <= most:
        return pairs
    return np.asarray(pairs[np.linspace(0, len(pairs) - 1, most).round().astype(int)], np.int64)
