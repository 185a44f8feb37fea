"""FREAK: Alahi, Ortiz and Vandergheynst, "FREAK: Fast Retina Keypoint", CVPR 2012."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Detector, Keypoints, opencv_factory, strongest
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import ranged


@dataclass(frozen=True)
class Freak(Detector):
    """512 comparisons of brightness on a sampling pattern modelled on the retina.

    FREAK has no detector; corners come from BRISK, as in the paper. Descriptors are bits: compare them by
    Hamming distance.
    """

    name: ClassVar[str] = "freak"
    description: ClassVar[str] = (
        "512 brightness comparisons on a retina around BRISK corners (Alahi et al., CVPR 2012)."
    )
    dimension: ClassVar[int] = 64
    descriptor_type: ClassVar[DescriptorType] = "binary"

    threshold: int = ranged(30, 1, 255)
    octaves: int = ranged(3, 0, 8)
    pattern_scale: float = ranged(22.0, 1.0, 100.0)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes BRISK's corners, without those too near the border; packed bits, uint8, (N, 64)."""
        corners = opencv_factory("BRISK")(self.threshold, self.octaves).detect(gray)
        freak = opencv_factory("FREAK")(patternScale=self.pattern_scale)
        found, descriptors = freak.compute(gray, strongest(corners, self.max_keypoints))
        return found, descriptors
