"""Finds near duplicates: the same reproduction re-encoded, resized or slightly cropped.

A perceptual hash proposes pairs (Zauner, "Implementation and Benchmarking of Perceptual Image Hash
Functions", 2010, section 3.2); their colours must agree, and they must be equal pixel by pixel after an
alignment (Evangelidis and Psarakis, "Parametric Image Alignment Using Enhanced Correlation Coefficient
Maximization", PAMI 2008). Another reproduction of the same painting has other colours and is not a duplicate.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

_SIDE = 48
# Measured on copies made by JPEG (quality 30), reduction to a third and crops of up to 8 %, and on other
# reproductions of the same works: the copies are below, nearly all other reproductions above.
_MAX_HASH_BITS = 92
_MAX_MOMENT_DIFFERENCE = 8.0
_MAX_COLOUR_DISTANCE = 5.0
_MIN_OVERLAP = 0.75
_MAX_SHEAR = 0.05
_MAX_STRETCH = 0.18


@dataclass(frozen=True)
class Look:
    """The appearance of a picture: 256 hash bits, a CIELAB thumbnail, and its colour moments.

    Attributes:
        bits: uint64, shape (4,).
        thumbnail: float32, shape (48, 48, 3), OpenCV's 8-bit CIELAB scale, slightly blurred.
        moments: float32, shape (6,): mean and standard deviation of each channel.
    """

    bits: NDArray[np.uint64]
    thumbnail: NDArray[np.float32]
    moments: NDArray[np.float32]


def look_at(pixels: NDArray[np.uint8]) -> Look:
    """Computes the look of a picture (RGB, uint8)."""
    gray = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (64, 64), interpolation=cv2.INTER_AREA)
    waves = cv2.dct(gray.astype(np.float32))[:16, :16].ravel()
    bits = np.packbits(waves > np.median(waves)).view(np.uint64)
    small = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    thumbnail = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32), (0, 0), 1.0)
    moments = np.concatenate([thumbnail.mean((0, 1)), thumbnail.std((0, 1))])
    return Look(bits, np.asarray(thumbnail, np.float32), moments.astype(np.float32))


def near_duplicate_groups(looks: list[Look]) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Finds groups of near duplicates, and the pairs that they are made of.

    Returns:
        Group number of every picture (int64, from 0, in order of first appearance), and pairs (i < j).
    """
    pairs = [(i, j) for i, j in _proposals(looks) if _same_picture(looks[i], looks[j])]
    first = np.array([i for i, _ in pairs], np.int64)
    second = np.array([j for _, j in pairs], np.int64)
    links = coo_matrix((np.ones(len(pairs)), (first, second)), shape=(len(looks), len(looks)))
    _, groups = connected_components(links, directed=False)
    return groups.astype(np.int64), pairs


def _proposals(looks: list[Look]) -> list[tuple[int, int]]:
    bits = np.stack([look.bits for look in looks])
    moments = np.stack([look.moments for look in looks])
    found: list[tuple[int, int]] = []
    for i in range(len(looks) - 1):
        alike = np.abs(moments[i + 1 :] - moments[i]).max(axis=1) < _MAX_MOMENT_DIFFERENCE
        others = np.flatnonzero(alike) + i + 1
        different = np.bitwise_count(bits[others] ^ bits[i]).sum(axis=1)
        found.extend((i, int(j)) for j in others[different <= _MAX_HASH_BITS])
    return found


def _same_picture(one: Look, other: Look) -> bool:
    if _distance(one.thumbnail, other.thumbnail) < _MAX_COLOUR_DISTANCE:
        return True
    return _aligned_distance(one.thumbnail, other.thumbnail) < _MAX_COLOUR_DISTANCE


def _distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.sqrt(((one - other) ** 2).sum(axis=-1).mean()))


def _aligned_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-3)
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, warp = cv2.findTransformECC(
            one[..., 0].copy(), other[..., 0].copy(), start, cv2.MOTION_AFFINE, criteria
        )
    except cv2.error:  # It found no alignment.
        return np.inf
    stretch = max(abs(warp[0, 0] - 1), abs(warp[1, 1] - 1))
    if abs(warp[0, 1]) + abs(warp[1, 0]) > _MAX_SHEAR or stretch > _MAX_STRETCH:
        return np.inf
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(other, warp, (_SIDE, _SIDE), flags=flags, borderValue=(-1e4, -1e4, -1e4))
    inside = moved[..., 0] >= 0
    if inside.mean() < _MIN_OVERLAP:
        return np.inf
    return _distance(one[inside], np.asarray(moved[inside], np.float32))
