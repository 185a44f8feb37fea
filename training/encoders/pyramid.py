"""The spatial pyramid of encoders: its level in a recipe, in a title, and in a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from training.descriptors.extraction import DescriptorSet
from training.errors import TrainingError
from training.graphs.encoders.pyramid import Pyramid
from vision.extractors.positions import POSITION_SIZE


def pyramid_level() -> Any:
    """Makes a settings field for the finest level; level 3 has 64 cells, and 85 with those above."""
    return Field(default=0, ge=0, le=3)


def pyramid_of(level: int, descriptors: DescriptorSet) -> Pyramid | None:
    """Makes the cells for descriptors with keypoint positions; None for descriptors without.

    Raises:
        TrainingError: When the level is above 0 and the descriptors have no keypoint positions.
    """
    if descriptors.has_positions:
        return Pyramid(level)
    if level:
        raise TrainingError("a spatial pyramid needs descriptors with keypoint positions")
    return None


def shared_places(descriptors: DescriptorSet, pictures: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Returns where the descriptors of every picture lie, uint8, shape (N, 2): x and y.

    Raises:
        TrainingError: When they lie elsewhere in another picture, or have no positions.
    """
    found = [descriptors.stored(int(each))[:, -POSITION_SIZE:] for each in pictures]
    if not descriptors.has_positions or not all(np.array_equal(each, found[0]) for each in found):
        raise TrainingError(
            "windows need descriptors at the same places of every picture, as dense_sift gives"
        )
    return np.asarray(found[0], np.uint8)


def in_cells(title: str, level: int) -> str:
    """Adds the cells to an encoder's title, where there are several."""
    return f"{title}, {2**level} × {2**level} cells" if level else title
