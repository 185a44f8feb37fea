"""An encoder of descriptors with a scaled vector beside it."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import compose

from training.graphs.builder import GraphBuilder
from vision.extractors.features import vector_rows
from vision.ports import DESCRIPTORS, FEATURES

_ROWS, _VECTOR, _ENCODED = "joined.rows", "joined.vector", "joined.encoded"


def build_joined(
    local: onnx.ModelProto,
    mean: NDArray[np.float64],
    factor: NDArray[np.float64],
    share: float,
    limit: float = np.inf,
) -> onnx.ModelProto:
    """Builds the graph from `descriptors` (float32, (M + N, D)) to `features` (float32, (1, L + V)).

    The first M rows hold the vector, see `joined_rows`; the result is the encoded descriptors, then
    (vector − mean) · factor, within the limit, times the share.

    Args:
        local: From `descriptors` (float32, (N, D), N ≥ 0) to one output of shape (1, L).
        mean: Shape (V,).
        factor: Shape (V,).
        share: What the scaled vector is multiplied by.
        limit: The largest absolute value of a scaled element; others count as it.
    """
    size, dimension = len(mean), local.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    rows = vector_rows(size, dimension)
    front = GraphBuilder("joined")

    def whole(name: str, *values: int) -> str:
        return front.constant(name, values, np.int64)

    begin, middle, end = whole("begin", 0), whole("middle", rows), whole("end", np.iinfo(np.int64).max)
    # Gathered: on a phone an axis of open size cannot be cut at both ends.
    first = front.add("Gather", DESCRIPTORS, whole("first_rows", *range(rows)), axis=0)
    flat = front.add("Reshape", first, whole("flat", 1, rows * dimension))
    vector = front.add("Slice", flat, begin, whole("width", size), whole("column_axis", 1))
    apart = front.add("Sub", vector, front.constant("mean", mean[np.newaxis]))
    scaled = front.add("Mul", apart, front.constant("factor", factor[np.newaxis]))
    if np.isfinite(limit):
        raised = front.add("Max", scaled, front.constant("lowest", -limit))
        scaled = front.add("Min", raised, front.constant("highest", limit))
    front.add("Mul", scaled, front.constant("share", share), output=_VECTOR)
    front.add("Slice", DESCRIPTORS, middle, end, whole("row_axis", 0), output=_ROWS)
    split = front.model(
        {DESCRIPTORS: ["all_rows", dimension]}, {_ROWS: ["count", dimension], _VECTOR: [1, size]}
    )
    encoder = compose.add_prefix(local, "local.")
    encoded = encoder.graph.output[0]
    length = encoded.type.tensor_type.shape.dim[1].dim_value
    both = compose.merge_models(
        split,
        encoder,
        io_map=[(_ROWS, encoder.graph.input[0].name)],
        outputs=[encoded.name, _VECTOR],
    )
    back = GraphBuilder("beside")
    back.add("Concat", _ENCODED, "beside.vector", axis=1, output=FEATURES)
    tail = back.model({_ENCODED: [1, length], "beside.vector": [1, size]}, {FEATURES: [1, length + size]})
    return compose.merge_models(both, tail, io_map=[(encoded.name, _ENCODED), (_VECTOR, "beside.vector")])
