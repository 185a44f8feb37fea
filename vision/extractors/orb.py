"""ORB: Rublee, Rabaud, Konolige and Bradski, "ORB: an efficient alternative to SIFT or SURF", ICCV 2011."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Detector, Keypoints, opencv_factory
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import ranged


@dataclass(frozen=True)
class Orb(Detector):
    """256 comparisons of brightness around a corner, rotated to its orientation.

    Descriptors are bits: compare them by Hamming distance.
    """

    name: ClassVar[str] = "orb"
    description: ClassVar[str] = (
        "256 brightness comparisons around oriented corners (Rublee et al., ICCV 2011)."
    )
    dimension: ClassVar[int] = 32
    descriptor_type: ClassVar[DescriptorType] = "binary"

    scale_factor: float = ranged(1.2, 1.01, 2.0)
    levels: int = ranged(8, 1, 20)
    fast_threshold: int = ranged(20, 1, 255)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes FAST corners on a pyramid, ranked by Harris' measure; packed bits, uint8, (N, 32)."""
        orb = opencv_factory("ORB")(
            nfeatures=self.max_keypoints,
            scaleFactor=self.scale_factor,
            nlevels=self.levels,
            fastThreshold=self.fast_threshold,
        )
        found, descriptors = orb.detectAndCompute(gray, None)
        return found, descriptors
