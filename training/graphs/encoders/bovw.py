"""Bag of visual words: Sivic and Zisserman, "Video Google", ICCV 2003, section 4."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray

from training.graphs.builder import GraphBuilder
from training.graphs.encoders.bits import add_bits
from training.graphs.encoders.pyramid import (
    Pyramid,
    add_finest_members,
    add_larger_cells,
    add_parted,
    row_width,
)
from training.graphs.encoders.words import add_nearness, add_unit_length, add_word_matrix
from vision.ports import DESCRIPTORS, FEATURES

Weighting: TypeAlias = Literal["counts", "l1", "hellinger", "tfidf"]


def build_bovw(
    codebook: NDArray[np.float32],
    weighting: Weighting,
    idf: NDArray[np.float32] | None = None,
    binary: bool = False,
    sharpness: float | None = None,
    pyramid: Pyramid | None = None,
) -> onnx.ModelProto:
    """Builds the graph from `descriptors` (float32, (N, D), N of 0 or more) to `features` (float32, (1, K)).

    With a pyramid, rows end in a keypoint position, and the vector has K elements for each cell.

    Args:
        codebook: Visual words, shape (K, D).
        weighting: `counts` is the number of occurrences of each word; `l1` its share; `hellinger` the square
            root of its share; `tfidf` the share times `idf`, at unit length.
        idf: Weight of every word, shape (K,); needed for `tfidf` only.
        binary: Whether descriptors are packed bits; the words are bits then, shape (K, 8 · D), and the
            nearest is the one of least Hamming distance.
        sharpness: 1/σ² of soft assignment, in which every descriptor is spread over the words by
            exp(−d²/2σ²): van Gemert et al., "Visual Word Ambiguity", PAMI 32(7), 2010, equation 6. None for
            the nearest word alone.
        pyramid: Cells in which words are counted apart, with the weights of Lazebnik et al.; None for rows
            without positions.
    """
    graph = GraphBuilder("bovw")
    words, size = codebook.shape
    dimension = size // 8 if binary else size
    rows, places = add_parted(graph, DESCRIPTORS, dimension, pyramid)
    descriptors = add_bits(graph, rows, dimension) if binary else rows
    if sharpness is None:
        matrix = add_word_matrix(graph, descriptors, codebook)
    else:
        nearness = add_nearness(graph, descriptors, codebook)
        matrix = graph.add(
            "Softmax", graph.add("Mul", nearness, graph.constant("sharpness", sharpness)), axis=1
        )
    total, counts = _add_counts(graph, matrix, places, pyramid, words)
    if weighting == "counts":
        graph.add("Identity", counts, output=FEATURES)
    else:
        shares = graph.add("Div", counts, graph.add("Max", total, graph.constant("one", 1.0)))
        _add_weighting(graph, shares, weighting, idf)
    size = words if pyramid is None else words * pyramid.cells
    return graph.model({DESCRIPTORS: ["count", row_width(dimension, pyramid)]}, {FEATURES: [1, size]})


def _add_counts(
    graph: GraphBuilder, matrix: str, places: str, pyramid: Pyramid | None, words: int
) -> tuple[str, str]:
    """Counts all descriptors, and those of each word, cell by cell: (1, 1) and (1, cells · K)."""
    first = graph.constant("first_axis", [0], np.int64)
    second = graph.constant("second_axis", [1], np.int64)
    counts = graph.add("ReduceSum", matrix, first, keepdims=1)
    total = graph.add("ReduceSum", counts, second, keepdims=1)
    if pyramid is None or not pyramid.finest:
        return total, counts
    members = graph.add("Transpose", add_finest_members(graph, places, pyramid), perm=[1, 0])
    # One row per cell needs less memory than a matrix of words and cells for every descriptor.
    counts = add_larger_cells(graph, graph.add("MatMul", members, matrix), pyramid, words)
    flat = graph.add("Reshape", counts, graph.constant("flat", [1, -1], np.int64))
    return total, graph.add("Mul", flat, graph.constant("weights", np.repeat(pyramid.weights, words)[None]))


def _add_weighting(
    graph: GraphBuilder, shares: str, weighting: Weighting, idf: NDArray[np.float32] | None
) -> None:
    if weighting == "hellinger":
        graph.add("Sqrt", shares, output=FEATURES)
    elif weighting == "tfidf":
        if idf is None:
            raise ValueError("tfidf needs the inverse document frequency of every word")
        weighted = graph.add("Mul", shares, graph.constant("idf", idf[None]))
        graph.add("Identity", add_unit_length(graph, weighted, "length"), output=FEATURES)
    else:
        graph.add("Identity", shares, output=FEATURES)
