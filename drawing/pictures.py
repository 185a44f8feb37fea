"""Pictures for pages and files: reduced or enlarged, as PNG, and as `data:` URIs.

Pictures are uint8, RGB of shape (H, W, 3), or grey of shape (H, W) where a function says so.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]

_QUALITY = 78


def jpeg_file(pixels: Pixels, quality: int) -> bytes:
    """Encodes an RGB picture as a JPEG file; the quality is libjpeg's, 0 to 100."""
    stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def jpeg_uri(pixels: Pixels) -> str:
    """Encodes an RGB picture as JPEG, in a `data:` URI."""
    return jpeg_file_uri(jpeg_file(pixels, _QUALITY))


def jpeg_file_uri(content: bytes) -> str:
    """Makes a `data:` URI of a JPEG file."""
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def png_uri(content: bytes) -> str:
    """Makes a `data:` URI of a PNG file."""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def png_file(pixels: Pixels) -> bytes:
    """Encodes a picture, RGB (H, W, 3) or grey (H, W), as a PNG file."""
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", stored)[1].tobytes()


def fitted(pixels: Pixels, side_px: int) -> Pixels:
    """Scales a picture, RGB or grey, until its longer side has so many pixels.

    A very small picture is enlarged without interpolation, so that its pixels stay squares.
    """
    height, width = pixels.shape[:2]
    factor = side_px / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC if factor < 3 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)


def dimmed(pixels: Pixels) -> Pixels:
    """Lowers the contrast of a picture, so that what is drawn over it stands out."""
    return np.asarray(pixels // 4 * 3 + 16, np.uint8)


def strip(patches: Sequence[Pixels], places: int, gap_px: int = 2) -> Pixels:
    """Lays square RGB patches of one size side by side, white between them.

    Args:
        patches: The patches.
        places: Number of places; those without a patch are white.
        gap_px: Width of what is between them.
    """
    side = len(patches[0])
    step = side + gap_px
    row = np.full((side, step * places - gap_px, 3), 255, np.uint8)
    for number, patch in enumerate(patches):
        row[:, number * step : number * step + side] = patch
    return row


def tiled(pictures: Sequence[Sequence[Pixels]], gap_px: int = 4) -> Pixels:
    """Lays rows of grey pictures below each other, white between them.

    Args:
        pictures: Rows of pictures; those of a row have one size.
        gap_px: Width of what is between them.
    """
    height = sum(len(row[0]) for row in pictures) + gap_px * (len(pictures) - 1)
    width = max(sum(each.shape[1] for each in row) + gap_px * (len(row) - 1) for row in pictures)
    sheet = np.full((height, width), 255, np.uint8)
    top = 0
    for row in pictures:
        left = 0
        for each in row:
            sheet[top : top + len(each), left : left + each.shape[1]] = each
            left += each.shape[1] + gap_px
        top += len(row[0]) + gap_px
    return sheet
