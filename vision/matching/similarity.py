"""Weak geometry: the scale and rotation that most pairs agree on.

Jégou, Douze and Schmid, "Hamming Embedding and Weak Geometric Consistency", ECCV 2008, section 4: keypoints
of the same thing differ by nearly one scale and one angle. Counting them is far cheaper than a homography,
and most pictures that do not belong together stop here. A point of the first picture counts once, however
many of the second are paired with it: the pattern of a wallpaper, a hundred times the same, is no evidence.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROTATION_CELLS: Final = 12
"""Cells of 30°, each counted with its two neighbours: a work seen obliquely turns its corners differently."""
_SCALE_CELLS: Final = 24
"""Cells of half an octave from 1/64 to 64, counted likewise."""
_HALF_OCTAVES: Final = 2.0
_FEW: Final = 64
"""Up to so many places, comparing each with each is quicker than sorting them."""


def _around() -> NDArray[np.int64]:
    """Returns of every cell itself and the eight around it; rotation goes round, scale does not."""
    scale, rotation = np.divmod(np.arange(_SCALE_CELLS * _ROTATION_CELLS), _ROTATION_CELLS)
    up, on = np.repeat([-1, 0, 1], 3), np.tile([-1, 0, 1], 3)
    cells = (scale[:, None] + up) * _ROTATION_CELLS + (rotation[:, None] + on) % _ROTATION_CELLS
    return np.asarray(cells, np.int64)


_AROUND: Final = _around()


def consistent_pairs(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Marks the pairs that share the commonest change of scale and rotation.

    Args:
        first: Keypoints of the first picture, one row a pair; shape (P, 4): x, y, diameter, angle in degrees.
            Rows with an angle of -1 have none and are compared by scale alone.
        second: Keypoints of the second picture, shape (P, 4), in the same order.

    Returns:
        Shape (P,), bool.
    """
    if len(first) == 0:
        return np.zeros(0, np.bool_)
    octaves = np.log2(np.maximum(second[:, 2], 1e-3) / np.maximum(first[:, 2], 1e-3))
    scale = np.floor(octaves * _HALF_OCTAVES).astype(np.int64) + _SCALE_CELLS // 2
    scale = np.minimum(np.maximum(scale, 1), _SCALE_CELLS - 2)
    turned = (first[:, 3] >= 0) & (second[:, 3] >= 0)
    degrees = np.where(turned, (second[:, 3] - first[:, 3]) % 360, 0)
    rotation = (degrees * (_ROTATION_CELLS / 360)).astype(np.int64) % _ROTATION_CELLS
    # Every pair votes for its own cell and the eight around it.
    cells = _AROUND[scale * _ROTATION_CELLS + rotation]
    shares = np.repeat(_shares(first), cells.shape[1])
    best = int(np.bincount(cells.ravel(), shares, minlength=_SCALE_CELLS * _ROTATION_CELLS).argmax())
    return np.asarray((cells == best).any(axis=1))


def _shares(keypoints: NDArray[np.float32]) -> NDArray[np.float64]:
    """Returns of each keypoint one part of as many as share its place, shape (P,)."""
    # Both numbers of a place are read as one integer: sorting these is far quicker than sorting pairs.
    # Zero is added since there are two zeros.
    points = np.ascontiguousarray(keypoints[:, :2], np.float32) + np.float32(0)
    places = points.view(np.int64).ravel()
    if len(places) <= _FEW:
        return np.asarray(1 / (places[:, None] == places).sum(axis=1))
    _, place, counts = np.unique(places, return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[place])
