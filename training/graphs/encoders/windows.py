"""Windows: overlapping parts of a picture that are encoded apart, and then averaged.

A photograph of a painting shows a wall around it, and a part without it is more like the
painting. The picture is divided into 3 × 3 fields; a window is all of them, a square of 2 × 2 of them, or
two rows or columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.graphs.builder import GraphBuilder
from vision.extractors.positions import POSITION_STEPS

LEARNT = "learnt"
"""Output of an encoder's graph that machines learn from, where it differs from what they are asked about."""

_EDGE = 3
_SPANS = ((0, 3), (0, 2), (1, 3))
"""Lines of fields from one to before another: all of them, the first two, the last two."""
_SHARE_OF_THE_WHOLE = 0.5


@dataclass(frozen=True)
class Windows:
    """Windows of a picture whose descriptors lie at the same places in every picture.

    Attributes:
        rows: The descriptors in each field, shape (fields, most of a field), −1 where a field has no more.
    """

    rows: NDArray[np.int64]

    @classmethod
    def of(cls, positions: NDArray[np.uint8]) -> Windows:
        """Divides descriptors by their places: shape (N, 2), x and y, 0 to 255."""
        columns, lines = (positions[:, :2].astype(np.int64) * _EDGE // POSITION_STEPS).T
        fields = [np.flatnonzero(lines * _EDGE + columns == each) for each in range(_EDGE**2)]
        rows = np.full((len(fields), max(map(len, fields))), -1, np.int64)
        for field, inside in enumerate(fields):
            rows[field, : len(inside)] = inside
        return cls(rows)

    @property
    def count(self) -> int:
        """Number of descriptors."""
        return int(self.rows.max()) + 1

    @property
    def parts(self) -> NDArray[np.float32]:
        """Membership of the fields in each window, the whole picture first: zeros and ones."""
        lines, columns = np.divmod(np.arange(_EDGE**2), _EDGE)
        return np.array(
            [
                (lines >= top) & (lines < bottom) & (columns >= left) & (columns < right)
                for top, bottom in _SPANS
                for left, right in _SPANS
            ],
            np.float32,
        )

    @property
    def shares(self) -> NDArray[np.float64]:
        """Weight of each window in the mean, shape (windows,): half of it is the whole picture's."""
        others = len(self.parts) - 1
        return np.array([_SHARE_OF_THE_WHOLE, *[(1 - _SHARE_OF_THE_WHOLE) / others] * others])


def add_fields(graph: GraphBuilder, values: str, axes: int, windows: Windows, nothing: float) -> str:
    """Sorts the values of descriptors by field, (N, …) to (fields, most of a field, …).

    Args:
        graph: Graph to add to.
        values: Of the descriptors in the order of their places; some of the last may be missing.
        axes: Number of their axes.
        windows: The fields.
        nothing: What stands for each value of a missing descriptor.
    """
    margins = np.zeros(2 * axes)
    margins[axes] = windows.count
    ends = graph.constant(f"{values}.margins", margins, np.int64)
    filled = graph.add("Pad", values, ends, graph.constant(f"{values}.nothing", nothing), mode="constant")
    return graph.add("Gather", filled, graph.constant("field_rows", windows.rows, np.int64), axis=0)


def add_windows(graph: GraphBuilder, sums: str, windows: Windows, size: int) -> str:
    """Adds the sums of all windows, (windows · K, size), from those of each field, (fields, K, size)."""
    wide = graph.add("Reshape", sums, graph.constant("fields", [len(windows.rows), -1], np.int64))
    added = graph.add("MatMul", graph.constant("parts", windows.parts), wide)
    return graph.add("Reshape", added, graph.constant("all_windows", [-1, size], np.int64))
