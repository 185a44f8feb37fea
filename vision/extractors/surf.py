"""SURF: Bay, Ess, Tuytelaars and Van Gool, "Speeded-Up Robust Features (SURF)", CVIU 110(3), 2008.

OpenCV's wheels do not include it; mahotas does, and is an extra (`lienzo[surf]`).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.errors import ExtractorNotInstalled
from vision.extractors.detector import Detector, Keypoints
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import ranged

_LIBRARY = "mahotas"


def surf_is_installed() -> bool:
    """Returns whether mahotas is installed."""
    return find_spec(_LIBRARY) is not None


@dataclass(frozen=True)
class Surf(Detector):
    """64 sums of Haar-wavelet responses around blobs found with box filters.

    Raises:
        ExtractorNotInstalled: Without mahotas.
    """

    name: ClassVar[str] = "surf"
    description: ClassVar[str] = "Haar-wavelet sums around box-filter blobs (Bay et al., CVIU 2008)."
    dimension: ClassVar[int] = 64
    descriptor_type: ClassVar[DescriptorType] = "float32"

    octaves: int = ranged(4, 1, 8)
    scales: int = ranged(6, 3, 12)
    threshold: float = ranged(0.1, 0.0, 1000.0)

    def __post_init__(self) -> None:
        if not surf_is_installed():
            raise ExtractorNotInstalled(self.name, _LIBRARY)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes blobs found by the Hessian's determinant; float32 of length 1, (N, 64)."""
        from mahotas.features import surf  # an extra: not every installation has it

        rows = surf.surf(gray, self.octaves, self.scales, 1, self.threshold, self.max_keypoints)
        y, x, scale, score, _, angle = rows[:, :6].T
        # The descriptor covers a window of 20 scales (section 4.2).
        found = [
            cv2.KeyPoint(*each) for each in zip(x, y, 20 * scale, np.degrees(angle) % 360, score, strict=True)
        ]
        return found, rows[:, 6:]
