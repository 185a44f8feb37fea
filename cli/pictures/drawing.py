"""Matches as pictures, and pictures as files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cli.errors import CliError
from cli.pictures.matches import Matches
from vision.extractors import LocalFeatures
from vision.extractors.drawing import draw_line

Pixels = NDArray[np.uint8]

_GREEN, _GREY = (60, 220, 60), (150, 150, 150)


def draw_matches(
    left: Pixels, right: Pixels, seen_left: LocalFeatures, seen_right: LocalFeatures, matches: Matches
) -> Pixels:
    """Both pictures side by side, with a line from each feature to its partner.

    Pairs that agree on one plane are green and on top, the others grey; where enough agree, the outline of
    the left picture is drawn into the right one.

    Args:
        left: RGB, uint8, shape (H, W, 3).
        right: RGB, uint8, shape (H', W', 3).
        seen_left: Features of the left picture.
        seen_right: Features of the right picture.
        matches: Pairs of both.
    """
    height, offset = max(left.shape[0], right.shape[0]), left.shape[1]
    drawn = np.zeros((height, offset + right.shape[1], 3), np.uint8)
    drawn[: left.shape[0], :offset] = left
    drawn[: right.shape[0], offset:] = right
    for agrees, colour in ((False, _GREY), (True, _GREEN)):
        for here, there in matches.pairs[matches.on_plane == agrees]:
            x, y = seen_left.keypoints[here, :2]
            to_x, to_y = seen_right.keypoints[there, :2]
            draw_line(drawn, (x, y), (to_x + offset, to_y), colour)
    if matches.homography is not None:
        _draw_outline(drawn, left.shape, matches.homography, offset)
    return drawn


def write_picture(path: Path, pixels: Pixels) -> None:
    """Writes pixels in the format of the file's ending.

    Raises:
        CliError: For an ending that OpenCV does not write.
    """
    try:
        written, encoded = cv2.imencode(path.suffix or ".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    except cv2.error:
        written = False
    if not written:
        raise CliError(f"{path}: pictures are written as .png, .jpg or .webp.")
    path.write_bytes(encoded.tobytes())


def _draw_outline(
    drawn: Pixels, shape: tuple[int, ...], homography: NDArray[np.float64], offset: int
) -> None:
    height, width = shape[:2]
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float64)
    there = cv2.perspectiveTransform(corners, homography) + np.array([offset, 0])
    limit = 4 * max(drawn.shape)
    if np.isfinite(there).all() and np.abs(there).max() < limit:
        cv2.polylines(drawn, [np.rint(there).astype(np.int32)], True, _GREEN, 3, cv2.LINE_AA)
