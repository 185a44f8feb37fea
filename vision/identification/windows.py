"""Compact global vectors: one for a reference, some for the windows of a photo.

VLAD (Jégou et al., "Aggregating local descriptors into a compact image representation", CVPR 2010) with
residuals of one length (Delhumeau et al., "Revisiting the VLAD image representation", ACM MM 2013). A work
fills one of the windows of a photo, more or less, and is then among the nearest to that window. An engine
that searches vectors finds it there; what it finds is a shortlist, verified by votes and by geometry as ever.
The centres were learnt once (`training/windows.py`), behind the projection of the vocabulary.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import LocalFeatures
from vision.identification.vocabulary import HALF, fixed_vocabulary

CENTRES: Final = 16
DIMENSION: Final = CENTRES * 2 * HALF
"""Elements of a vector: 1,024."""
_SHARES: Final = (1.0, 1 / 2, 1 / 3)
"""Sides of the windows as shares of the photo's; neighbours overlap by half."""
_LEAST_KEYPOINTS: Final = 20
"""Windows with fewer look like nothing in particular; the whole photo is always asked about."""
_FILE: Final = "windows.npz"


@dataclass(frozen=True)
class WindowCentres:
    """What descriptors are compared with.

    Attributes:
        centres: Shape (16, 64), float32.
        digest: SHA-256 (hexadecimal) of their file; catalogues that keep vectors keep it, too.
    """

    centres: NDArray[np.float32]
    digest: str


def window_vectors(features: LocalFeatures, size_px: tuple[int, int]) -> NDArray[np.float32]:
    """Describes the windows of a photo that have enough in them, the whole of it first.

    Args:
        features: RootSIFT of the photo.
        size_px: Its width and height, in the pixels that the keypoints are given in.

    Returns:
        Shape (W, 1024), float32, each of length 1; W is 0 where the photo has no features.
    """
    nearest, residuals = _residuals(np.asarray(features.descriptors, np.uint8))
    if not len(features):
        return np.empty((0, DIMENSION), np.float32)
    whole, *parts = windows_of(
        np.asarray(features.keypoints[:, :2] / np.array(size_px, np.float32), np.float32)
    )
    windows = [whole, *(within for within in parts if within.sum() >= _LEAST_KEYPOINTS)]
    vectors = [_aggregated(nearest[within], residuals[within]) for within in windows]
    return np.array(vectors, np.float32)


def reference_vector(features: LocalFeatures) -> NDArray[np.float32] | None:
    """Describes all of a reference: shape (1024,), float32, of length 1; None without features."""
    if not len(features):
        return None
    return _aggregated(*_residuals(np.asarray(features.descriptors, np.uint8)))


def windows_of(places: NDArray[np.float32]) -> list[NDArray[np.bool_]]:
    """Marks the keypoints of each window; places are shares of width and height."""
    found = []
    for share in _SHARES:
        for row in range(round(2 / share) - 1):
            for column in range(round(2 / share) - 1):
                apart = places - np.array([column, row], np.float32) * (share / 2)
                found.append(np.asarray(((apart >= 0) & (apart <= share)).all(axis=1)))
    return found


def _residuals(descriptors: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Returns the nearest centre of each descriptor, and the direction from there."""
    vocabulary, centres = fixed_vocabulary(), window_centres().centres
    projected = (descriptors.astype(np.float32) - vocabulary.mean) @ vocabulary.projection
    nearest = ((centres**2).sum(axis=1) - 2 * (projected @ centres.T)).argmin(axis=1)
    apart = projected - centres[nearest]
    lengths = np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-6)
    return nearest, np.asarray(apart / lengths, np.float32)


def _aggregated(nearest: NDArray[np.intp], residuals: NDArray[np.float32]) -> NDArray[np.float32]:
    chosen = (np.arange(CENTRES)[:, None] == nearest).astype(np.float32)
    sums = (chosen @ residuals).ravel()
    rooted = np.sign(sums) * np.sqrt(np.abs(sums))
    return np.asarray(rooted / max(float(np.linalg.norm(rooted)), 1e-6), np.float32)


def read_window_centres(data: bytes) -> WindowCentres:
    """Reads centres from a NumPy archive without pickled objects."""
    with np.load(BytesIO(data), allow_pickle=False) as archive:
        centres = np.asarray(archive["centres"], np.float32)
    return WindowCentres(centres, hashlib.sha256(data).hexdigest())


@lru_cache(maxsize=1)
def window_centres() -> WindowCentres:
    """Returns the centres that come with lienzo."""
    return read_window_centres((files(__package__) / _FILE).read_bytes())
