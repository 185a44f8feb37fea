"""SIFT: Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 60(2), 2004."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import DescriptorType, LocalFeatures, Parameter
from vision.extractors.parameters import ranged
from vision.extractors.reduction import reduced_gray


@dataclass(frozen=True)
class Sift:
    """128 gradient-histogram bins around blobs that keep their place under scale and rotation.

    OpenCV stores every bin as a whole number from 0 to 255, so uint8 loses nothing.
    """

    name: ClassVar[str] = "sift"
    description: ClassVar[str] = "Gradient histograms around scale-invariant blobs (Lowe, IJCV 2004)."
    dimension: ClassVar[int] = 128
    descriptor_type: ClassVar[DescriptorType] = "uint8"

    max_side_px: int = ranged(480, 32, 4096)
    max_keypoints: int = ranged(500, 1, 20_000)
    octave_layers: int = ranged(3, 1, 10)
    contrast_threshold: float = ranged(0.04, 0.0, 1.0)
    edge_threshold: float = ranged(10.0, 1.0, 1000.0)
    sigma: float = ranged(1.6, 0.1, 10.0)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Every parameter with its value, ready for JSON."""
        return asdict(self)

    def extract(self, pixels: NDArray[np.uint8]) -> LocalFeatures:
        """Extracts up to `max_keypoints` descriptors, those of the strongest contrast.

        Args:
            pixels: Upright picture, uint8, RGB, shape (height, width, 3).

        Returns:
            Descriptors (uint8, shape (N, 128)) and keypoints in pixels of the picture given.
        """
        gray, factor = reduced_gray(pixels, self.max_side_px)
        # A detector per call: it costs microseconds, and one shared by threads would race.
        detector = cv2.SIFT.create(
            self.max_keypoints, self.octave_layers, self.contrast_threshold, self.edge_threshold, self.sigma
        )
        found, descriptors = detector.detectAndCompute(gray, None)
        if descriptors is None or not len(found):
            return LocalFeatures(np.zeros((0, self.dimension), np.uint8), np.zeros((0, 4), np.float32))
        # Equal contrasts at the border of the ranking make OpenCV return a few more than asked for.
        return LocalFeatures(
            descriptors[: self.max_keypoints].astype(np.uint8),
            _keypoint_rows(found[: self.max_keypoints], factor),
        )


def _keypoint_rows(found: Sequence[cv2.KeyPoint], factor: float) -> NDArray[np.float32]:
    rows = [(each.pt[0] * factor, each.pt[1] * factor, each.size * factor, each.angle) for each in found]
    return np.array(rows, np.float32)
