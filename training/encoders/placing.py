"""What encoders with a spatial pyramid share: the level in a recipe, in a title, and in a graph."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from training.descriptors.extraction import DescriptorSet
from training.errors import TrainingError
from training.graphs.encoders.pyramid import Pyramid


def pyramid_level() -> Any:
    """A field for the finest level; the third has 64 cells, and 85 with those above."""
    return Field(default=0, ge=0, le=3)


def pyramid_of(level: int, descriptors: DescriptorSet) -> Pyramid | None:
    """Cells for descriptors that tell their place; None for those that do not.

    Raises:
        TrainingError: When cells are asked for and places are not there.
    """
    if descriptors.placed:
        return Pyramid(level)
    if level:
        raise TrainingError("a spatial pyramid needs descriptors that tell their place")
    return None


def in_cells(title: str, level: int) -> str:
    """An encoder's title with its cells, where there are several."""
    return f"{title}, {2**level} × {2**level} cells" if level else title
