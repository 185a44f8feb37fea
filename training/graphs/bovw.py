"""Bag of visual words: Sivic and Zisserman, "Video Google", ICCV 2003, section 4."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray

from training.graphs.builder import GraphBuilder
from training.graphs.words import add_unit_length, add_word_matrix

Weighting: TypeAlias = Literal["counts", "l1", "hellinger", "tfidf"]


def build_bovw(
    codebook: NDArray[np.float32], weighting: Weighting, idf: NDArray[np.float32] | None = None
) -> onnx.ModelProto:
    """The graph from `descriptors` (float32, (N, D), N of 0 or more) to `features` (float32, (1, K)).

    Args:
        codebook: Visual words, shape (K, D).
        weighting: `counts` how often each word occurs; `l1` its share; `hellinger` the root of its share;
            `tfidf` the share times `idf`, at unit length.
        idf: Weight of every word, shape (K,); needed for `tfidf` only.
    """
    graph = GraphBuilder("bovw")
    matrix = add_word_matrix(graph, "descriptors", codebook)
    first = graph.constant("first_axis", [0], np.int64)
    if weighting == "counts":
        graph.add("ReduceSum", matrix, first, keepdims=1, output="features")
    else:
        counts = graph.add("ReduceSum", matrix, first, keepdims=1)
        total = graph.add("ReduceSum", counts, graph.constant("second_axis", [1], np.int64), keepdims=1)
        shares = graph.add("Div", counts, graph.add("Max", total, graph.constant("one", 1.0)))
        _add_weighting(graph, shares, weighting, idf)
    words, dimension = codebook.shape
    return graph.model({"descriptors": ["count", dimension]}, {"features": [1, words]})


def _add_weighting(
    graph: GraphBuilder, shares: str, weighting: Weighting, idf: NDArray[np.float32] | None
) -> None:
    if weighting == "hellinger":
        graph.add("Sqrt", shares, output="features")
    elif weighting == "tfidf":
        if idf is None:
            raise ValueError("tfidf needs the inverse document frequency of every word")
        weighted = graph.add("Mul", shares, graph.constant("idf", idf[None]))
        graph.add("Identity", add_unit_length(graph, weighted, "length"), output="features")
    else:
        graph.add("Identity", shares, output="features")
