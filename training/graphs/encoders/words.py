"""Finds the nearest visual word of every descriptor in a graph, without rounding noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.graphs.builder import GraphBuilder


def add_nearness(graph: GraphBuilder, descriptors: str, codebook: NDArray[np.float32]) -> str:
    """Adds x·c − ‖c‖²/2 of every descriptor and word, which decreases with their distance; shape (N, K).

    With descriptors and codewords of whole numbers from 0 to 255 every product and sum here is a multiple of
    1/2 below 2²³, so float32 is exact, and all run times find the same nearest word.

    Args:
        graph: Graph to add to.
        descriptors: Name of a value of shape (N, D), N of 0 or more.
        codebook: Shape (K, D).
    """
    half_norms = (codebook.astype(np.float64) ** 2).sum(axis=1) / 2
    products = graph.add("MatMul", descriptors, graph.constant("codebook_transposed", codebook.T))
    return graph.add("Sub", products, graph.constant("half_norms", half_norms))


def add_word_matrix(graph: GraphBuilder, descriptors: str, codebook: NDArray[np.float32]) -> str:
    """Adds the nearest word of every descriptor, one-hot: zeros and ones, shape (N, K)."""
    nearness = add_nearness(graph, descriptors, codebook)
    words = graph.add("ArgMax", nearness, axis=1, keepdims=0)
    depth = graph.constant("word_count", [len(codebook)], np.int64)
    return graph.add("OneHot", words, depth, graph.constant("off_on", [0, 1]), axis=-1)


def add_unit_length(graph: GraphBuilder, vectors: str, name: str) -> str:
    """Adds division of each row by its Euclidean length; a row of zeros stays zero."""
    squares = graph.add("Mul", vectors, vectors)
    sums = graph.add("ReduceSum", squares, graph.constant(f"{name}_axis", [1], np.int64), keepdims=1)
    # Clamped before the root: run times differ in the root of tiny numbers.
    lengths = graph.add("Sqrt", graph.add("Max", sums, graph.constant(f"{name}_smallest", 1e-12)))
    return graph.add("Div", vectors, lengths)
