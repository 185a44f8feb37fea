"""A vector, scaled element by element."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

from training.graphs.builder import GraphBuilder
from vision.ports import FEATURES


def build_vector(mean: NDArray[np.float64], factor: NDArray[np.float64]) -> onnx.ModelProto:
    """Builds the graph from `features` to `scaled` (both float32, (1, D)): (x − mean) · factor.

    Args:
        mean: Shape (D,).
        factor: Shape (D,).
    """
    graph = GraphBuilder("vector")
    apart = graph.add("Sub", FEATURES, graph.constant("mean", mean[np.newaxis]))
    graph.add("Mul", apart, graph.constant("factor", factor[np.newaxis]), output="scaled")
    return graph.model({FEATURES: [1, len(mean)]}, {"scaled": [1, len(mean)]})
