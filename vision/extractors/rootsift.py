"""RootSIFT: Arandjelović and Zisserman, "Three things everyone should know", CVPR 2012, section 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Choice
from vision.extractors.features import LocalFeatures
from vision.extractors.sift import Sift


@dataclass(frozen=True)
class RootSift(Sift):
    """SIFT under the Hellinger kernel: Euclidean distance between roots of the L1-normalised bins.

    Descriptors are whole numbers, `round(512 · sqrt(d / ‖d‖₁))`, so that training, server and phone compute
    exactly the same; rounding moves a descriptor of length 512 by less than 3.3.
    """

    name: ClassVar[str] = "rootsift"
    description: ClassVar[str] = (
        "SIFT compared by the Hellinger kernel (Arandjelović and Zisserman, CVPR 2012)."
    )

    def extract(self, pixels: NDArray[np.uint8], choose: Choice | None = None) -> LocalFeatures:
        """Extracts up to `max_keypoints` descriptors, those with the strongest contrast.

        Args:
            pixels: Upright picture, uint8, RGB, shape (height, width, 3).
            choose: Which keypoints to keep of those; all if left out.

        Returns:
            Descriptors (uint8, shape (N, 128)) and keypoints in pixels of `pixels`.
        """
        plain = super().extract(pixels, choose)
        return LocalFeatures(square_rooted(plain.descriptors), plain.keypoints)


def square_rooted(descriptors: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Converts SIFT descriptors to RootSIFT, times 512 and rounded to whole numbers.

    Args:
        descriptors: Shape (N, 128), not negative.

    Returns:
        Shape (N, 128), uint8; a descriptor of zeros stays zero.

    >>> square_rooted(np.array([[0, 36, 64, 0]], np.uint8)).tolist()
    [[0, 255, 255, 0]]
    >>> square_rooted(np.array([[1] * 16], np.uint8))[0, :2].tolist()
    [128, 128]
    """
    values = descriptors.astype(np.float32)
    sums = np.maximum(values.sum(axis=1, keepdims=True), np.float32(1))
    return np.asarray(np.clip(np.rint(512 * np.sqrt(values / sums)), 0, 255), np.uint8)
