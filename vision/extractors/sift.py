"""SIFT: Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 60(2), 2004."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Detector, Keypoints, opencv_factory
from vision.extractors.features import DescriptorType, LocalFeatures
from vision.extractors.parameters import ranged


@dataclass(frozen=True)
class Sift(Detector):
    """128 gradient-histogram bins around scale- and rotation-invariant blobs.

    OpenCV stores every bin as a whole number from 0 to 255, so uint8 loses nothing.
    """

    name: ClassVar[str] = "sift"
    description: ClassVar[str] = "Gradient histograms around scale-invariant blobs (Lowe, IJCV 2004)."
    dimension: ClassVar[int] = 128
    descriptor_type: ClassVar[DescriptorType] = "uint8"

    octave_layers: int = ranged(3, 1, 10)
    contrast_threshold: float = ranged(0.04, 0.0, 1.0)
    edge_threshold: float = ranged(10.0, 1.0, 1000.0)
    sigma: float = ranged(1.6, 0.1, 10.0)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes extrema of differences of Gaussians; whole numbers as float32, (N, 128)."""
        sift = opencv_factory("SIFT")(
            self.max_keypoints, self.octave_layers, self.contrast_threshold, self.edge_threshold, self.sigma
        )
        # OpenCV returns a few more than the limit when contrasts are equal at the end of the ranking.
        found, descriptors = sift.detectAndCompute(gray, None)
        return found, descriptors

    @staticmethod
    def mirrored(features: LocalFeatures, width_px: float) -> LocalFeatures:
        """Returns what is found in the mirror image of a picture, left and right exchanged.

        A descriptor is 4 × 4 cells of 8 directions in the frame of its keypoint. In a mirror the side of that
        frame that was on the left of the keypoint's direction is on the right, and directions turn the other
        way round.

        Args:
            features: Of the picture.
            width_px: Its width, in the pixels that the keypoints are given in.
        """
        cells: Any = features.descriptors.reshape(-1, 4, 4, 8)[:, ::-1][..., -np.arange(8) % 8]
        keypoints = features.keypoints.copy()
        keypoints[:, 0] = width_px - 1 - keypoints[:, 0]
        keypoints[:, 3] = (180 - keypoints[:, 3]) % 360
        return LocalFeatures(np.ascontiguousarray(cells.reshape(-1, 128)), keypoints)
