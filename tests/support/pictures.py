"""Pictures drawn from a seed: three patterns that a model can tell apart, and noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LABELS = ("circles", "grid", "strokes")


def draw(label: str, seed: int = 0, size: tuple[int, int] = (320, 240)) -> NDArray[np.uint8]:
    """Draws a picture of one of `LABELS`, or of noise for any other label.

    Returns:
        uint8, BGR, shape (height, width, 3).
    """
    random = np.random.default_rng(seed)
    width, height = size
    canvas = np.full((height, width, 3), 235, np.uint8)
    scale = max(1, width // 160)
    for _ in range(40):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        color = tuple(int(value) for value in random.integers(0, 200, 3))
        if label == "circles":
            cv2.circle(canvas, (x, y), int(random.integers(4, 14)) * scale, color, -1)
        elif label == "grid":
            side = int(random.integers(6, 20)) * scale
            cv2.rectangle(canvas, (x, y), (x + side, y + side), color, -1)
        elif label == "strokes":
            end = (x + int(random.integers(-40, 40)) * scale, y + int(random.integers(-40, 40)) * scale)
            cv2.line(canvas, (x, y), end, color, scale)
        else:
            canvas = np.asarray(random.integers(0, 256, canvas.shape), np.uint8)
    return canvas


def jpeg(pixels: NDArray[np.uint8], quality: int = 90) -> bytes:
    """Encodes a picture (uint8, BGR) as a JPEG file."""
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())
