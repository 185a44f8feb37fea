"""AKAZE: Alcantarilla, Nuevo and Bartoli, "Fast Explicit Diffusion for Accelerated Features", BMVC 2013."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Detector, Keypoints, opencv_factory
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import ranged


@dataclass(frozen=True)
class Akaze(Detector):
    """486 comparisons of brightness and gradient (M-LDB) around blobs in an edge-preserving scale space.

    Descriptors are bits: compare them by Hamming distance.
    """

    name: ClassVar[str] = "akaze"
    description: ClassVar[str] = (
        "486 comparisons around blobs in an edge-preserving scale space (Alcantarilla et al., BMVC 2013)."
    )
    dimension: ClassVar[int] = 61
    descriptor_type: ClassVar[DescriptorType] = "binary"

    threshold: float = ranged(0.001, 0.0, 1.0)
    octaves: int = ranged(4, 1, 8)
    octave_layers: int = ranged(4, 1, 10)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes blobs found by the Hessian's determinant; packed bits, uint8, (N, 61)."""
        akaze = opencv_factory("AKAZE")(
            threshold=self.threshold, nOctaves=self.octaves, nOctaveLayers=self.octave_layers
        )
        found, descriptors = akaze.detectAndCompute(gray, None)
        return found, descriptors
