"""The spatial pyramid of encoders: its level in a recipe, in a title, and in a graph."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from training.descriptors.extraction import DescriptorSet
from training.errors import TrainingError
from training.graphs.encoders.pyramid import Pyramid


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


def in_cells(title: str, level: int) -> str:
    """Adds the cells to an encoder's title, where there are several."""
    return f"{title}, {2**level} × {2**level} cells" if level else title
