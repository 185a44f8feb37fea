"""Constants around layers with weights: what coremltools would fuse wrongly stays right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import convert, load_model, save_package

pytestmark = pytest.mark.slow

LAYERS: dict[str, tuple[list[int], list[list[int]]]] = {
    "Conv": ([1, 3, 8, 8], [[4, 3, 3, 3], [4]]),
    "ConvTranspose": ([1, 3, 5, 5], [[3, 4, 3, 3], [4]]),
    "Gemm": ([2, 3], [[3, 4], [4]]),
    "MatMul": ([2, 3], [[3, 1]]),
}
CONSTANTS = {
    "Conv": [[1], [4, 1, 1], [1, 4, 1, 1]],
    "ConvTranspose": [[1], [4, 1, 1]],
    "Gemm": [[], [4], [1, 1, 4]],
    "MatMul": [[], [1], [2, 1]],
}


def network(layer: str, op: str, shape: list[int], *, constant_first: bool) -> tuple[Any, Any]:
    """A layer and one operation with a constant; the input at which it is asked."""
    random = np.random.default_rng(5)
    given, weights = LAYERS[layer]
    names = [f"w{number}" for number in range(len(weights))]
    stored = [
        numpy_helper.from_array(random.normal(size=size).astype(np.float32), name)
        for name, size in zip(names, weights, strict=True)
    ]
    constant = (2 + random.random(shape)).astype(np.float32)
    order = ["c", "h"] if constant_first else ["h", "c"]
    nodes = [
        helper.make_node(layer, ["x", *names], ["h"]),
        helper.make_node(op, order, ["y"]),
    ]
    rank = max(len(given), len(shape))
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, given)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [f"n{axis}" for axis in range(rank)])],
        [*stored, numpy_helper.from_array(constant, "c")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model, (random.random(given) - 0.5).astype(np.float32)


@pytest.mark.parametrize("constant_first", [False, True])
@pytest.mark.parametrize("op", ["Add", "Sub", "Mul", "Div"])
@pytest.mark.parametrize("layer", LAYERS)
def test_a_constant_beside_a_layer_is_not_mistaken(
    layer: str, op: str, constant_first: bool, tmp_path: Path
) -> None:
    for shape in CONSTANTS[layer]:
        model, x = network(layer, op, shape, constant_first=constant_first)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        [expected] = session.run(None, {"x": x})
        package = save_package(convert(model), tmp_path / "model.mlpackage")
        found = load_model(package).predict({"x": x})["y"]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=f"constant {shape}")
