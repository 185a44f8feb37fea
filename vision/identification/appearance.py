"""Whether what lies within an outline looks like the work, all over it.

Points that agree on one view may belong to a part that two works share: a motif that was painted twice, a
drawing for a painting. Seen small and in grey, the work itself looks alike nearly everywhere.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.identification.flattened import flattened
from vision.identification.reference import Reference, preview_pixels

LEAST_LIKENESS: Final = 0.6
"""Of works that a photo shows: 0.7 and more; of a drawing for a painting 0.5."""
_BLOCK_PX: Final = 16
_SHIFT_PX: Final = 3
"""How far a block may be off: outlines are that exact on a preview."""
_LEAST_CONTRAST: Final = 6.0
_TEXTURED: Final = 40
"""Percentile of contrast above which blocks count: the sky is alike everywhere."""


def likeness(
    pixels: NDArray[np.uint8], outline: NDArray[np.float64], width_px: int, reference: Reference
) -> float:
    """Compares a reference with what lies within its outline, block by block.

    Args:
        pixels: The photo, RGB, uint8, shape (height, width, 3), perhaps reduced.
        outline: Shape (4, 2): the reference's corners in pixels of the photo as sent.
        width_px: Width of the photo as sent.
        reference: The reference.

    Returns:
        Mean correlation of the blocks with anything to be seen in them, weighted by their contrast, -1 to 1;
        1 where no such block lies within the photo.
    """
    preview = _smooth(cv2.cvtColor(preview_pixels(reference.preview), cv2.COLOR_RGB2GRAY))
    height, width = preview.shape
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    flat, visible = flattened(gray, outline, width_px, (width, height))
    seen = _smooth(flat)
    contrasts, found = [], []
    for y in range(_SHIFT_PX, height - _BLOCK_PX - _SHIFT_PX + 1, _BLOCK_PX // 2):
        for x in range(_SHIFT_PX, width - _BLOCK_PX - _SHIFT_PX + 1, _BLOCK_PX // 2):
            if not visible[y : y + _BLOCK_PX, x : x + _BLOCK_PX].all():
                continue
            block = preview[y : y + _BLOCK_PX, x : x + _BLOCK_PX]
            around = seen[
                y - _SHIFT_PX : y + _BLOCK_PX + _SHIFT_PX, x - _SHIFT_PX : x + _BLOCK_PX + _SHIFT_PX
            ]
            contrasts.append(float(block.std()))
            found.append(float(np.nan_to_num(cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED)).max()))
    return _weighted(np.array(contrasts), np.array(found))


def _weighted(contrasts: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    if not len(contrasts):
        return 1.0
    counts = contrasts >= max(_LEAST_CONTRAST, float(np.percentile(contrasts, _TEXTURED)))
    if not counts.any():
        return 1.0
    return float(np.average(found[counts], weights=contrasts[counts]))


def _smooth(gray: object) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(np.asarray(gray, np.uint8), (0, 0), 1.0), np.uint8)
