"""Finds the nearest visual word of every descriptor in a graph, without rounding noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

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
    transposed = graph.constant("codebook_transposed", codebook.T)
    return graph.add("Gemm", descriptors, transposed, graph.constant("half_norms", -half_norms))


def add_word_matrix(graph: GraphBuilder, descriptors: str, codebook: NDArray[np.float32]) -> str:
    """Adds the nearest word of every descriptor, one-hot: zeros and ones, shape (N, K)."""
    words = graph.add("ArgMax", add_nearness(graph, descriptors, codebook), axis=1, keepdims=0)
    depth = graph.constant("word_count", [len(codebook)], np.int64)
    return graph.add("OneHot", words, depth, graph.constant("off_on", [0, 1]), axis=-1)


def add_word_numbers(graph: GraphBuilder, descriptors: str, codebook: NDArray[np.float32]) -> str:
    """Adds the number of the nearest word of every descriptor, as a float, shape (N,)."""
    words = graph.add("ArgMax", add_nearness(graph, descriptors, codebook), axis=1, keepdims=0)
    return graph.add("Cast", words, to=int(TensorProto.FLOAT))


def add_members(graph: GraphBuilder, numbers: str, count: int) -> str:
    """Adds which descriptors have each number from 0: zeros and ones, shape (count, N).

    One row for each number: a matrix product with it reads both sides in the order of memory. Behind a
    transposed matrix of the other order onnxruntime takes twice as long for all words of a picture. Adding
    to rows that are named by number (ScatterND) would be faster, but on several threads onnxruntime loses
    summands.

    Args:
        graph: Graph to add to.
        numbers: Whole numbers as floats, shape (N,).
        count: How many numbers there are.
    """
    asked = graph.constant("numbers", np.arange(count)[:, np.newaxis])
    return graph.add("Cast", graph.add("Equal", numbers, asked), to=int(TensorProto.FLOAT))


def add_unit_length(graph: GraphBuilder, vectors: str, name: str) -> str:
    """Adds division of each row by its Euclidean length; a row of zeros stays zero."""
    squares = graph.add("Mul", vectors, vectors)
    sums = graph.add("ReduceSum", squares, graph.constant(f"{name}_axis", [1], np.int64), keepdims=1)
    # Clamped before the root: run times differ in the root of tiny numbers.
    lengths = graph.add("Sqrt", graph.add("Max", sums, graph.constant(f"{name}_smallest", 1e-12)))
    return graph.add("Div", vectors, lengths)
