"""What people do to a picture that stays the same picture: `COPIES` of it, by name, each a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]


def jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())


def brighter(pixels: Pixels, factor: float) -> Pixels:
    return np.asarray(np.clip(np.rint(pixels * factor), 0, 255), np.uint8)


def turned(pixels: Pixels, degrees: float, zoom: float) -> Pixels:
    """Turned, with white corners, or enlarged so that none are seen."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height), borderValue=(255,) * 3), np.uint8)


def framed(pixels: Pixels) -> Pixels:
    width = round(0.06 * max(pixels.shape))
    return np.asarray(
        cv2.copyMakeBorder(pixels, *(width,) * 4, cv2.BORDER_CONSTANT, value=(255,) * 3), np.uint8
    )


def marked(pixels: Pixels) -> Pixels:
    """With white words across, 60 % opaque."""
    height, width = pixels.shape[:2]
    words, place = pixels.copy(), (round(0.08 * width), round(0.55 * height))
    size, stroke = width / 300, max(2, width // 90)
    cv2.putText(
        words, "PHOTO ARCHIVE", place, cv2.FONT_HERSHEY_SIMPLEX, size, (255,) * 3, stroke, cv2.LINE_AA
    )
    return np.asarray(cv2.addWeighted(words, 0.6, pixels, 0.4, 0), np.uint8)


def cropped(pixels: Pixels, share: float) -> Pixels:
    top, left = (round(share / 2 * each) for each in pixels.shape[:2])
    return pixels[top:-top, left:-left]


COPIES: dict[str, Callable[[Pixels], bytes]] = {
    "JPEG, quality 30": lambda pixels: jpeg(pixels, 30),
    "reduced to a third": lambda pixels: jpeg(
        np.asarray(cv2.resize(pixels, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA), np.uint8)
    ),
    "cropped by 8 %": lambda pixels: jpeg(cropped(pixels, 0.08)),
    "brightness +8 %": lambda pixels: jpeg(brighter(pixels, 1.08)),
    "brightness +20 %": lambda pixels: jpeg(brighter(pixels, 1.2)),
    "white border": lambda pixels: jpeg(framed(pixels)),
    "mirrored": lambda pixels: jpeg(np.ascontiguousarray(pixels[:, ::-1])),
    "watermark": lambda pixels: jpeg(marked(pixels)),
    "turned by 2°, white corners": lambda pixels: jpeg(turned(pixels, 2, 1)),
    "turned by 2°, cropped": lambda pixels: jpeg(turned(pixels, 2, 1.08)),
}
