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
from training.graphs.encoders.windows import LEARNT, Windows, add_fields, add_windows
from training.graphs.encoders.words import add_members, add_unit_length, add_word_numbers
from vision.ports import DESCRIPTORS, FEATURES


def build_vlad(
    codebook: NDArray[np.float32],
    projection: NDArray[np.float32],
    pyramid: Pyramid | None = None,
    windows: Windows | None = None,
) -> onnx.ModelProto:
    """Builds the graph from `descriptors` (float32, (N, D), N ≥ 0) to `features` (float32, (1, K·P)).

    Residuals are summed before they are projected. The result is the same (projection is linear), costs K
    projections instead of N, and the sums stay exact for descriptors of whole numbers. With a pyramid, rows
    end in a keypoint position, and the vector has K·P elements for each cell. With windows the vector is
    the mean of theirs, and a second output, `learnt`, is that of the whole picture alone.

    Args:
        codebook: Visual words, shape (K, D), in the space of the descriptors.
        projection: Principal components, whitened or not, shape (P, D).
        pyramid: Cells in which residuals are summed apart; None for rows without positions.
        windows: Parts that are averaged, with a pyramid of one cell alone; None for the whole picture.
    """
    words, dimension = codebook.shape
    graph = GraphBuilder("vlad")
    descriptors, places = add_parted(graph, DESCRIPTORS, dimension, pyramid)
    numbers = add_word_numbers(graph, descriptors, codebook)
    if windows is None:
        residuals = _add_residuals(graph, descriptors, numbers, places, codebook, pyramid)
    else:
        residuals = _add_window_residuals(graph, descriptors, numbers, codebook, windows)
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
    flat = graph.add("Reshape", normalised, graph.constant("flat", [-1, size], np.int64))
    outputs = {FEATURES: [1, size]}
    if windows is None:
        graph.add("Identity", add_unit_length(graph, flat, "length"), output=FEATURES)
    else:
        each = add_unit_length(graph, flat, "length")
        graph.add("MatMul", graph.constant("shares", windows.shares[None]), each, output=FEATURES)
        graph.add("Gather", each, graph.constant("first_window", [0], np.int64), axis=0, output=LEARNT)
        outputs[LEARNT] = [1, size]
    return graph.model({DESCRIPTORS: ["count", row_width(dimension, pyramid)]}, outputs)


def _add_residuals(
    graph: GraphBuilder,
    descriptors: str,
    numbers: str,
    places: str,
    codebook: NDArray[np.float32],
    pyramid: Pyramid | None,
) -> str:
    """Sums the residuals of each word in every cell, shape (cells · K, D)."""
    words, dimension = codebook.shape
    parts = 1 if pyramid is None else pyramid.edge**2
    by_word = add_members(graph, add_cell_numbers(graph, numbers, places, pyramid, words), parts * words)
    centers = codebook if pyramid is None else pyramid.repeated(codebook)
    residuals = _add_apart(graph, by_word, descriptors, centers)
    return add_larger_cells(graph, residuals, pyramid, dimension)


def _add_window_residuals(
    graph: GraphBuilder, descriptors: str, numbers: str, codebook: NDArray[np.float32], windows: Windows
) -> str:
    """Sums the residuals of each word in every window, shape (windows · K, D)."""
    words, dimension = codebook.shape
    rows = add_fields(graph, descriptors, 2, windows, 0.0)
    # Of no word, so that what is missing counts for nothing.
    sorted_numbers = add_fields(graph, numbers, 1, windows, -1.0)
    aside = graph.add("Unsqueeze", sorted_numbers, graph.constant("middle_axis", [1], np.int64))
    by_word = add_members(graph, aside, words)
    return add_windows(graph, _add_apart(graph, by_word, rows, codebook), windows, dimension)


def _add_apart(
    graph: GraphBuilder, by_word: str, descriptors: str, centers: NDArray[np.float32] | NDArray[np.float64]
) -> str:
    """Sums how far the descriptors of each word are from it, from members of words, shape (…, K, N)."""
    sums = graph.add("MatMul", by_word, descriptors)
    counts = graph.add("ReduceSum", by_word, graph.constant("last_axis", [-1], np.int64), keepdims=1)
    return graph.add("Sub", sums, graph.add("Mul", counts, graph.constant("codebook", centers)))
