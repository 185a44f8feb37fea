"""Networks that onnxruntime's tools have quantised, in each of the three forms that they write."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static

from lienzo_coreml import load_model
from lienzo_coreml.files import convert_file

pytestmark = pytest.mark.slow


def pictures(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(count).normal(size=(count, 3, 16, 16)).astype(np.float32)


class Samples(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self) -> None:
        self.left = list(pictures(4))

    def get_next(self) -> dict[str, Any] | None:
        return {"x": self.left.pop()[None]} if self.left else None


def network(opset: int) -> onnx.ModelProto:
    """Two convolutions, one with zeros around, joined and added, pooling, and a layer."""
    weights = {"one": (8, 3, 3, 3), "two": (8, 8, 3, 3), "layer": (5, 16), "bias": (5,)}

    def node(op: str, inputs: str, output: str, **attributes: Any) -> onnx.NodeProto:
        return helper.make_node(op, inputs.split(), [output], **attributes)

    nodes = [
        node("Conv", "x one", "a", pads=[1] * 4),
        node("Relu", "a", "b"),
        node("Conv", "b two", "c", pads=[1] * 4),
        node("LeakyRelu", "c", "d", alpha=0.1),
        node("Add", "d b", "e"),
        node("Concat", "e b", "f", axis=1),
        node("GlobalAveragePool", "f", "g"),
        node("Flatten", "g", "h"),
        node("Gemm", "h layer bias", "i", transB=1),
        node("Sigmoid", "i", "y"),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 5])],
        [
            numpy_helper.from_array(np.random.default_rng(1).normal(0, 0.3, shape).astype(np.float32), name)
            for name, shape in weights.items()
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


FORMS: dict[str, Callable[[Path, Path], object]] = {
    "dynamic": quantize_dynamic,
    "QDQ": lambda file, made: quantize_static(file, made, Samples(), quant_format=QuantFormat.QDQ),
    "QDQ per channel": lambda file, made: quantize_static(
        file, made, Samples(), quant_format=QuantFormat.QDQ, per_channel=True
    ),
    "QOperator": lambda file, made: quantize_static(
        file, made, Samples(), quant_format=QuantFormat.QOperator
    ),
}


@pytest.mark.parametrize("opset", [13, 17])
@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_quantised_network_answers_as_in_onnxruntime(form: str, opset: int, tmp_path: Path) -> None:
    file, made = tmp_path / "network.onnx", tmp_path / "quantised.onnx"
    onnx.save(network(opset), file)
    logging.disable(logging.WARNING)  # the tool's advice to prepare the model first
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            FORMS[form](file, made)
    finally:
        logging.disable(logging.NOTSET)
    written = convert_file(made)
    assert written.comparison.kinds[:3] == ["random", "zero", "boundary"]
    session, program = onnxruntime.InferenceSession(made), load_model(written.path)
    for each in pictures(5):
        (expected,) = session.run(None, {"x": each[None]})
        np.testing.assert_allclose(program.predict({"x": each[None]})["y"], expected, atol=0.01)
