"""Whether two pictures are one file's: keypoints find the view, then the pixels must be the same.

Brightness may differ by a factor, parts may be covered by a mark, and borders, crops and small turns do not
matter. Another reproduction of the same work agrees in its keypoints, too, and differs in its colours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.extractors import LocalFeatures
from vision.extractors.rootsift import RootSift
from vision.matching import find_agreement

Pixels: TypeAlias = NDArray[np.uint8]

# Measured on sixty reproductions of paintings with each of ten distortions, and on all pairs of pictures of
# the same works: copies are below, and other reproductions far above.
_MOST_DIFFERENT: Final = 3.2
_SHARE: Final = 0.8
"""Of the pixels must be so alike: a watermark covers the others."""
_LEAST_POINTS: Final = 12
_LEAST_OVERLAP: Final = 0.5
_BRIGHTNESS: Final = (0.75, 1.33)
_BLOWN_OUT: Final = 245
"""Pixels lighter than this may have been cut off, and say nothing about brightness."""
_SIDE_PX: Final = 96
_ROUNDS: Final = 3
_MOST_KEPT: Final = 512
"""Pictures are kept for further comparisons, some 300 KB each."""
LEAST_SIDE_PX: Final = 64
"""Smaller pictures have no keypoints to speak of."""


class Copies:
    """Compares pictures by their pixels, which are read when they are asked for.

    Args:
        read: Reads a picture by its number: RGB, uint8, longer side 256 pixels.
    """

    def __init__(self, read: Callable[[int], Pixels]) -> None:
        self._read = read
        self._extractor = RootSift(max_side_px=256, max_keypoints=250)
        self._look = lru_cache(maxsize=_MOST_KEPT)(self._looked)

    def are_same(self, one: int, other: int, *, mirrored: bool) -> bool:
        """Whether two pictures are copies of one, the second mirrored left to right or not."""
        (pixels, found), (others, theirs) = self._look(one, False), self._look(other, mirrored)
        sizes = [(float(each.shape[1]), float(each.shape[0])) for each in (pixels, others)]
        agreement = find_agreement(found, sizes[0], theirs, sizes[1], self._extractor.descriptor_type)
        if agreement.homography is None or agreement.points < _LEAST_POINTS:
            return False
        return _same_pixels(pixels, others, agreement.homography)

    def _looked(self, number: int, mirrored: bool) -> tuple[Pixels, LocalFeatures]:
        pixels = self._read(number)
        pixels = np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels
        return pixels, self._extractor.extract(pixels)


def _same_pixels(pixels: Pixels, others: Pixels, homography: NDArray[np.float64]) -> bool:
    """Lays the second picture over the first, makes it as bright, and compares what both show."""
    height, width = pixels.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size, whole = (width, height), np.full(others.shape[:2], 255, np.uint8)
    moved, covered = (
        np.asarray(cv2.warpPerspective(each, homography, size, flags=flags), np.uint8)
        for each in (others, whole)
    )
    here, there = _small(pixels), _small(moved)
    inside = cv2.erode(_reduced(covered), np.ones((5, 5), np.uint8)) == 255
    if inside.mean() < _LEAST_OVERLAP:
        return False
    ours, theirs = here[inside], there[inside]
    counted = (ours.max(axis=1) < _BLOWN_OUT) & (theirs.max(axis=1) < _BLOWN_OUT)
    if counted.mean() < _LEAST_OVERLAP:
        counted[:] = True
    gain, most = _brightness(ours[counted], theirs[counted])
    return _BRIGHTNESS[0] <= gain <= _BRIGHTNESS[1] and most <= _MOST_DIFFERENT


def _brightness(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> tuple[float, float]:
    """Fits one factor and offset for all channels; returns the factor, and the difference of most pixels."""
    kept, gain, most = np.ones(len(ours), np.bool_), 1.0, np.inf
    for _ in range(_ROUNDS):
        x, y = theirs[kept].ravel().astype(np.float64), ours[kept].ravel().astype(np.float64)
        gain = float(((x - x.mean()) * (y - y.mean())).mean() / max(1e-6, x.var()))
        offset = y.mean() - gain * x.mean()
        difference = np.abs(np.clip(gain * theirs + offset, 0, 255) - ours).max(axis=1)
        most = float(np.quantile(difference, _SHARE))
        kept = difference <= most
    return gain, most


def _small(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(_reduced(pixels).astype(np.float32), (0, 0), 1.0), np.float32)


def _reduced(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    factor = _SIDE_PX / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
