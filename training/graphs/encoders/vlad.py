"""VLAD: Jégou et al., "Aggregating local image descriptors into compact codes", PAMI 34(9), 2012, section 3.

With the normalisation per word of Arandjelović and Zisserman, "All about VLAD", CVPR 2013, section 3.1.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

from training.graphs.builder import GraphBuilder
from training.graphs.encoders.pyramid import (
    Pyramid,
    add_cell_numbers,
    add_larger_cells,
    add_parted,
    row_width,
)
from training.graphs.encoders.words import add_members, add_unit_length, add_word_numbers
from vision.ports import DESCRIPTORS, FEATURES


def build_vlad(
    codebook: NDArray[np.float32], projection: NDArray[np.float32], pyramid: Pyramid | None = None
) -> onnx.ModelProto:
    """Builds the graph from `descriptors` (float32, (N, D), N ≥ 0) to `features` (float32, (1, K·P)).

    Residuals are summed before they are projected. The result is the same (projection is linear), costs K
    projections instead of N, and the sums stay exact for descriptors of whole numbers. With a pyramid, rows
    end in a keypoint position, and the vector has K·P elements for each cell.

    Args:
        codebook: Visual words, shape (K, D), in the space of the descriptors.
        projection: Principal components, whitened or not, shape (P, D).
        pyramid: Cells in which residuals are summed apart; None for rows without positions.
    """
    words, dimension = codebook.shape
    graph = GraphBuilder("vlad")
    descriptors, places = add_parted(graph, DESCRIPTORS, dimension, pyramid)
    numbers = add_word_numbers(graph, descriptors, codebook)
    parts = 1 if pyramid is None else pyramid.edge**2
    by_word = add_members(graph, add_cell_numbers(graph, numbers, places, pyramid, words), parts * words)
    sums = graph.add("MatMul", by_word, descriptors)
    counts = graph.add("ReduceSum", by_word, graph.constant("second_axis", [1], np.int64), keepdims=1)
    centers = codebook if pyramid is None else pyramid.repeated(codebook)
    expected = graph.add("Mul", counts, graph.constant("codebook", centers))
    residuals = add_larger_cells(graph, graph.add("Sub", sums, expected), pyramid, dimension)
    projected = graph.add("MatMul", residuals, graph.constant("projection_transposed", projection.T))
    normalised = add_unit_length(graph, projected, "word_length")
    cells = 1
    if pyramid is not None and pyramid.finest:
        cells = pyramid.cells
        # Every word of every cell has unit length now, so the weight of a level is shared by its cells.
        normalised = graph.add(
            "Mul", normalised, graph.constant("weights", np.repeat(pyramid.shares**0.5, words)[:, None])
        )
    size = cells * words * len(projection)
    flat = graph.add("Reshape", normalised, graph.constant("flat", [1, size], np.int64))
    graph.add("Identity", add_unit_length(graph, flat, "length"), output=FEATURES)
    return graph.model({DESCRIPTORS: ["count", row_width(dimension, pyramid)]}, {FEATURES: [1, size]})
