"""DAISY: Tola, Lepetit and Fua, "DAISY: An Efficient Dense Descriptor Applied to Wide-Baseline
Stereo", PAMI 2010.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.extractors.detector import Detector, Keypoints, opencv_factory
from vision.extractors.features import DescriptorType
from vision.extractors.parameters import ranged


@dataclass(frozen=True)
class Daisy(Detector):
    """200 gradient-histogram bins on 25 overlapping discs around every point of a regular grid."""

    name: ClassVar[str] = "daisy"
    description: ClassVar[str] = (
        "Gradient histograms on petals around the points of a grid (Tola et al., PAMI 2010)."
    )
    dimension: ClassVar[int] = 200
    descriptor_type: ClassVar[DescriptorType] = "float32"

    radius_px: float = ranged(15.0, 3.0, 60.0)

    def described(self, gray: NDArray[np.uint8]) -> tuple[Keypoints, NDArray[Any] | None]:
        """Describes a grid of at most `max_keypoints` points, except on plain surfaces; float32, (N, 200)."""
        daisy = opencv_factory("DAISY")(radius=self.radius_px)
        found, descriptors = daisy.compute(gray, _grid(gray.shape, self.max_keypoints, self.radius_px))
        textured = np.isfinite(descriptors).all(axis=1) & descriptors.any(axis=1)
        return [each for each, kept in zip(found, textured, strict=True) if kept], descriptors[textured]


def _grid(shape: tuple[int, ...], count: int, radius_px: float) -> list[cv2.KeyPoint]:
    height, width = shape
    step = (height * width / count) ** 0.5
    columns, rows = max(1, int(width / step)), max(1, int(height / step))
    return [
        cv2.KeyPoint((column + 0.5) * width / columns, (row + 0.5) * height / rows, 2 * radius_px)
        for row in range(rows)
        for column in range(columns)
    ]
