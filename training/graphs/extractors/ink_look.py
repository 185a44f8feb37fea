"""A picture as the extractor `ink` sees it: its square, the frame around the ink, and the cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from training.graphs.extractors.ink import Ink
from training.graphs.extractors.picture import PictureGraph, add_planes
from vision.graph import stretched
from vision.inference import open_session
from vision.ports import FEATURES, IMAGE

_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class InkLook:
    """What `ink` makes of a picture.

    Attributes:
        square: The picture stretched to the extractor's square, uint8, RGB, shape (side, side, 3).
        frame: Left, top, right and bottom of the grid, in pixels of the square; may lie outside it.
        grey: Mean luma of each cell, 0 to 255, float64, shape (grid, grid); NaN outside the picture.
        ink: Which cells are ink, bool, shape (grid, grid).
    """

    square: NDArray[np.uint8]
    frame: tuple[float, float, float, float]
    grey: NDArray[np.float64]
    ink: NDArray[np.bool_]


def look_at_ink(extractor: Ink, pixels: NDArray[np.uint8]) -> InkLook:
    """Looks at a picture (uint8, RGB, shape (height, width, 3)) with the nodes of the extractor's graph."""
    side, grid = extractor.side_px, extractor.grid
    graph = PictureGraph(extractor.name)
    parts = extractor.parts_of(graph, add_planes(graph, IMAGE))
    for name, value in zip(("rows", "columns", FEATURES), parts, strict=True):
        graph.add("Identity", value, output=name)
    shapes = {"rows": [grid, side], "columns": [grid, side], FEATURES: [1, extractor.dimension]}
    model = graph.model({IMAGE: [1, side, side, 3]}, shapes)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    square = stretched(pixels, side)
    rows, columns, cells = (
        np.asarray(each, np.float64)
        for each in open_session(model.SerializeToString()).run(None, {IMAGE: square[np.newaxis]})
    )
    areas = np.outer(rows.sum(axis=1), columns.sum(axis=1))
    sums = rows @ (square @ _LUMA) @ columns.T
    grey = np.divide(sums, areas, out=np.full((grid, grid), np.nan), where=areas > 0)
    (top, bottom), (left, right) = (_ends(each) for each in (rows, columns))
    return InkLook(square, (left, top, right, bottom), grey, cells.reshape(grid, grid) > 0)


def _ends(cells: NDArray[np.float64]) -> tuple[float, float]:
    """Finds where the first cell begins and the last one ends, of those that lie in the picture."""
    covered = cells.sum(axis=0)
    inside = np.flatnonzero(covered)
    return float(inside[0] + 1 - covered[inside[0]]), float(inside[-1] + covered[inside[-1]])
