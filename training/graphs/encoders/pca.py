"""Principal components of what another encoder gives."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import compose

from training.graphs.builder import GraphBuilder

_WHOLE = "pca.whole"


def build_pca(
    encoder: onnx.ModelProto, mean: NDArray[np.float64], components: NDArray[np.float64]
) -> onnx.ModelProto:
    """Builds the graph from the encoder's input to `scaled` (float32, (1, P)): components · (x − mean).

    Args:
        encoder: Gives x, shape (1, V).
        mean: Shape (V,).
        components: Shape (P, V).
    """
    graph = GraphBuilder("pca")
    apart = graph.add("Sub", _WHOLE, graph.constant("mean", mean[np.newaxis]))
    graph.add("MatMul", apart, graph.constant("components", components.T), output="scaled")
    tail = graph.model({_WHOLE: [1, len(mean)]}, {"scaled": [1, len(components)]})
    inner = compose.add_prefix(encoder, "behind.", rename_inputs=False)
    return compose.merge_models(inner, tail, io_map=[(inner.graph.output[0].name, _WHOLE)])
