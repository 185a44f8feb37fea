"""Which features of two pictures belong together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.extractors import DescriptorType, LocalFeatures

# Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60(2), 2004, section 7.1: a match
# counts when it is clearly closer than the next best one.
RATIO = 0.8
_REPROJECTION_PX = 5.0
_FOR_A_PLANE = 4


@dataclass(frozen=True)
class Matches:
    """Pairs of features.

    Attributes:
        pairs: Shape (M, 2), int: index in the first picture, index in the second.
        on_plane: Shape (M,), bool: whether the pair fits the one perspective view that most pairs agree on.
        homography: Shape (3, 3), float64: from pixels of the first picture to pixels of the second; None
            where too few pairs agree.
    """

    pairs: NDArray[np.int64]
    on_plane: NDArray[np.bool_]
    homography: NDArray[np.float64] | None


def match(first: LocalFeatures, second: LocalFeatures, kind: DescriptorType) -> Matches:
    """Pairs that pass the ratio test, and the plane that they agree on (MAGSAC++).

    Args:
        first: Features of one picture.
        second: Features of the other.
        kind: How the descriptors are stored; binary ones are compared by Hamming distance.
    """
    pairs = _ratio_test(first, second, kind)
    nothing = np.zeros(len(pairs), np.bool_)
    if len(pairs) < _FOR_A_PLANE:
        return Matches(pairs, nothing, None)
    source, destination = first.keypoints[pairs[:, 0], :2], second.keypoints[pairs[:, 1], :2]
    homography, mask = cv2.findHomography(source, destination, cv2.USAC_MAGSAC, _REPROJECTION_PX)
    if homography is None or mask is None:
        return Matches(pairs, nothing, None)
    return Matches(pairs, mask.ravel().astype(np.bool_), np.asarray(homography, np.float64))


def _ratio_test(first: LocalFeatures, second: LocalFeatures, kind: DescriptorType) -> NDArray[np.int64]:
    if len(first) == 0 or len(second) < 2:
        return np.empty((0, 2), np.int64)
    if kind == "binary":
        matcher, descriptors = cv2.BFMatcher(cv2.NORM_HAMMING), (first.descriptors, second.descriptors)
    else:
        matcher = cv2.BFMatcher(cv2.NORM_L2)
        descriptors = (first.descriptors.astype(np.float32), second.descriptors.astype(np.float32))
    nearest = matcher.knnMatch(*descriptors, k=2)
    kept = [
        (best.queryIdx, best.trainIdx) for best, other in nearest if best.distance < RATIO * other.distance
    ]
    return np.array(kept, np.int64).reshape(-1, 2)
