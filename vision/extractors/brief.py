"""BRIEF: Calonder, Lepetit, Strecha and Fua, "BRIEF: Binary Robust Independent
Elementary Features", ECCV 2010.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Detector, Keypoints, opencv_factory, strongest
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import ranged


@dataclass(frozen=True)
class Brief(Detector):
    """256 comparisons of brightness between random pairs of points; not rotation or scale invariant.

    BRIEF has no detector; corners come from CenSurE (Agrawal, Konolige and Blas, ECCV 2008), as in the paper.
    Descriptors are bits: compare them by Hamming distance.
    """

    name: ClassVar[str] = "brief"
    description: ClassVar[str] = (
        "256 brightness comparisons around upright corners (Calonder et al., ECCV 2010)."
    )
    dimension: ClassVar[int] = 32
    descriptor_type: ClassVar[DescriptorType] = "binary"

    threshold: int = ranged(10, 1, 255)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes CenSurE's blobs, without those too near the border; packed bits, uint8, (N, 32)."""
        corners = opencv_factory("StarDetector")(responseThreshold=self.threshold).detect(gray)
        brief = opencv_factory("BriefDescriptorExtractor")(self.dimension)
        found, descriptors = brief.compute(gray, strongest(corners, self.max_keypoints))
        return found, descriptors
