"""Descriptors with their keypoint's position appended, for encoders that count by part of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import DescriptorType, Extractor, LocalFeatures, Parameter
from vision.extractors.parameters import choice

POSITION_SIZE = 2
"""Elements appended to a descriptor: x, then y."""

POSITION_STEPS = 256
"""Steps from the left edge to the right edge, and from top to bottom."""


@dataclass(frozen=True)
class PositionOption:
    """The parameter that all local extractors share: whether positions are appended to descriptors.

    Attributes:
        places: `append` adds the two elements of the position to every descriptor, `none` does not.
    """

    places: str = choice("none", "append")


def position_rows(keypoints: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    """Converts keypoint positions to 256ths of the picture's sides.

    Whole numbers fit into a byte of the descriptor, and give every runtime the same part of the picture.

    Args:
        keypoints: Shape (N, 2 or more): x and y of a pixel's centre, in pixels.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.

    Returns:
        Shape (N, 2), uint8: x and y, 0 to 255.

    >>> position_rows(np.array([[0, 0], [49.5, 79]], np.float32), 100, 80).tolist()
    [[1, 1], [128, 254]]
    """
    steps = np.floor((keypoints[:, :POSITION_SIZE] + 0.5) * POSITION_STEPS / (width, height))
    return np.asarray(np.clip(steps, 0, POSITION_STEPS - 1), np.uint8)


@dataclass(frozen=True)
class PositionedExtractor:
    """Another extractor's descriptors with the keypoint's position appended.

    Attributes:
        extractor: The extractor of the descriptors.
    """

    extractor: Extractor

    @property
    def name(self) -> str:
        """Name of the inner extractor."""
        return self.extractor.name

    @property
    def description(self) -> str:
        """Description of the inner extractor."""
        return self.extractor.description

    @property
    def dimension(self) -> int:
        """Elements of the inner descriptor, and two for the position."""
        return self.extractor.dimension + POSITION_SIZE

    @property
    def descriptor_type(self) -> DescriptorType:
        """Type of the inner descriptor; the position is stored in the same type."""
        return self.extractor.descriptor_type

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Inner parameters and `places`, which is only written when it is `append`: older bundles lack it."""
        return {**self.extractor.parameters, "places": "append"}

    @property
    def max_side_px(self) -> int:
        """Longer side that the inner extractor reduces pictures to."""
        return self.extractor.max_side_px

    def extract(self, pixels: NDArray[np.uint8]) -> LocalFeatures:
        """Extracts the inner features and appends the position to each descriptor, shape (N, dimension)."""
        found = self.extractor.extract(pixels)
        height, width, _ = pixels.shape
        positions = position_rows(found.keypoints, width, height).astype(found.descriptors.dtype)
        return LocalFeatures(np.hstack([found.descriptors, positions]), found.keypoints)
