"""Small JPEGs inside the page."""

from __future__ import annotations

import base64
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from training.imagesets.imageset import ImageSet
from vision.picture import decode

Pixels: TypeAlias = NDArray[np.uint8]

_QUALITY = 78


def picture_pixels(image_set: ImageSet, index: int, max_side_px: int) -> Pixels:
    """Reads one picture of the set, RGB, uint8, reduced to a longest side."""
    path = image_set.root / image_set.pictures[index].path
    return decode(path.read_bytes(), max_side_px=max_side_px).pixels


def jpeg_uri(pixels: Pixels) -> str:
    """Encodes an RGB picture as a `data:` URI."""
    encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )[1]
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode()}"
