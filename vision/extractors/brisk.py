"""BRISK: Leutenegger, Chli and Siegwart, "BRISK: Binary Robust Invariant Scalable Keypoints", ICCV 2011."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Detector, Keypoints, opencv_factory, strongest
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import ranged


@dataclass(frozen=True)
class Brisk(Detector):
    """512 comparisons of brightness between points on rings around a corner, rotated to its orientation.

    Descriptors are bits: compare them by Hamming distance.
    """

    name: ClassVar[str] = "brisk"
    description: ClassVar[str] = (
        "512 brightness comparisons on rings around corners (Leutenegger et al., ICCV 2011)."
    )
    dimension: ClassVar[int] = 64
    descriptor_type: ClassVar[DescriptorType] = "binary"

    threshold: int = ranged(30, 1, 255)
    octaves: int = ranged(3, 0, 8)
    pattern_scale: float = ranged(1.0, 0.1, 4.0)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes AGAST corners in scale space; packed bits, uint8, (N, 64)."""
        brisk = opencv_factory("BRISK")(self.threshold, self.octaves, self.pattern_scale)
        found, descriptors = brisk.compute(gray, strongest(brisk.detect(gray), self.max_keypoints))
        return found, descriptors
