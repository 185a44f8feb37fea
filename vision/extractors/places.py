"""Descriptors that tell where they were taken, for encoders that count by part of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.extractors.features import DescriptorType, Extractor, LocalFeatures, Parameter
from vision.extractors.parameters import choice

PLACE_SIZE = 2
"""Elements that a place takes at the end of a descriptor: across, then down."""

PLACE_STEPS = 256
"""Steps from the left edge to the right one, and from the top to the bottom."""


@dataclass(frozen=True)
class Placing:
    """Whether descriptors end in their place: the one parameter that all local extractors share.

    Attributes:
        places: `append` adds two elements to every descriptor, `none` does not.
    """

    places: str = choice("none", "append")


def place_rows(keypoints: NDArray[np.float32], width: int, height: int) -> NDArray[np.uint8]:
    """Where keypoints lie, in 256ths of the picture's sides.

    Whole numbers, so that they fit into a byte beside the descriptor and every run time finds the same part
    of the picture.

    Args:
        keypoints: Shape (N, 2 or more): x and y of a pixel's centre, in pixels.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.

    Returns:
        Shape (N, 2), uint8: across and down, 0 to 255.

    >>> place_rows(np.array([[0, 0], [49.5, 79]], np.float32), 100, 80).tolist()
    [[0, 0], [128, 254]]
    """
    steps = np.floor((keypoints[:, :PLACE_SIZE] + 0.5) * PLACE_STEPS / (width, height))
    return np.asarray(np.clip(steps, 0, PLACE_STEPS - 1), np.uint8)


@dataclass(frozen=True)
class Placed:
    """An extractor whose descriptors end in their place, as one more extractor.

    Attributes:
        extractor: What looks at the picture.
    """

    extractor: Extractor

    @property
    def name(self) -> str:
        """As without places."""
        return self.extractor.name

    @property
    def description(self) -> str:
        """As without places."""
        return self.extractor.description

    @property
    def dimension(self) -> int:
        """Two more."""
        return self.extractor.dimension + PLACE_SIZE

    @property
    def descriptor_type(self) -> DescriptorType:
        """As without places, which are stored as the other elements are."""
        return self.extractor.descriptor_type

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """With `places`, which is left out where it is `none`: older bundles do not know it."""
        return {**self.extractor.parameters, "places": "append"}

    @property
    def max_side_px(self) -> int:
        """As without places."""
        return self.extractor.max_side_px

    def extract(self, pixels: NDArray[np.uint8]) -> LocalFeatures:
        """Descriptors (N, dimension) that end in their place; other things as without places."""
        found = self.extractor.extract(pixels)
        height, width, _ = pixels.shape
        places = place_rows(found.keypoints, width, height).astype(found.descriptors.dtype)
        return LocalFeatures(np.hstack([found.descriptors, places]), found.keypoints)
