"""Draws matches, and writes pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cli.errors import CliError
from vision.extractors import LocalFeatures
from vision.extractors.drawing import draw_line
from vision.matching import Agreement

Pixels = NDArray[np.uint8]

_GREEN, _GREY = (60, 220, 60), (150, 150, 150)


def draw_matches(
    left: Pixels, right: Pixels, seen_left: LocalFeatures, seen_right: LocalFeatures, found: Agreement
) -> Pixels:
    """Draws both pictures side by side, with a line from each feature to its match.

    Inliers of the common view are green and on top, other matches grey; with enough inliers, the outline of
    the left picture is drawn into the right one.

    Args:
        left: RGB, uint8, shape (H, W, 3).
        right: RGB, uint8, shape (H', W', 3).
        seen_left: Features of the left picture.
        seen_right: Features of the right picture.
        found: The matches.
    """
    height, offset = max(left.shape[0], right.shape[0]), left.shape[1]
    drawn = np.zeros((height, offset + right.shape[1], 3), np.uint8)
    drawn[: left.shape[0], :offset] = left
    drawn[: right.shape[0], offset:] = right
    for agrees, colour in ((False, _GREY), (True, _GREEN)):
        for here, there in found.pairs[found.agrees == agrees]:
            x, y = seen_left.keypoints[here, :2]
            to_x, to_y = seen_right.keypoints[there, :2]
            draw_line(drawn, (x, y), (to_x + offset, to_y), colour)
    if found.outline is not None:
        corners = np.rint(found.outline + np.array([offset, 0])).astype(np.int32)
        cv2.polylines(drawn, [corners], True, _GREEN, 3, cv2.LINE_AA)
    return drawn


def write_picture(path: Path, pixels: Pixels) -> None:
    """Writes pixels in the format of the file's extension.

    Raises:
        CliError: For an extension that OpenCV does not write.
    """
    try:
        written, encoded = cv2.imencode(path.suffix or ".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    except cv2.error:
        written = False
    if not written:
        raise CliError(f"{path}: pictures are written as .png, .jpg or .webp.")
    path.write_bytes(encoded.tobytes())
