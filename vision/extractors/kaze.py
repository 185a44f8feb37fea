"""KAZE: Alcantarilla, Bartoli and Davison, "KAZE Features", ECCV 2012."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Detector, Keypoints, opencv_factory
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import ranged


@dataclass(frozen=True)
class Kaze(Detector):
    """64 sums of gradients around blobs in an edge-preserving scale space."""

    name: ClassVar[str] = "kaze"
    description: ClassVar[str] = (
        "64 gradient sums around blobs in an edge-preserving scale space (Alcantarilla et al., ECCV 2012)."
    )
    dimension: ClassVar[int] = 64
    descriptor_type: ClassVar[DescriptorType] = "float32"

    threshold: float = ranged(0.001, 0.0, 1.0)
    octaves: int = ranged(4, 1, 8)
    octave_layers: int = ranged(4, 1, 10)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes blobs found by the Hessian's determinant; float32 of length 1, (N, 64)."""
        kaze = opencv_factory("KAZE")(
            threshold=self.threshold, nOctaves=self.octaves, nOctaveLayers=self.octave_layers
        )
        found, descriptors = kaze.detectAndCompute(gray, None)
        return found, descriptors
