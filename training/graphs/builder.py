"""Writes ONNX graphs node by node, with deterministic names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
ML_OPSET = 3
IR_VERSION = 9


class GraphBuilder:
    """Collects nodes and constants; `add` returns the name of each value."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: ArrayLike, kind: DTypeLike = np.float32) -> str:
        """Adds a constant; returns its name, prefixed by the graph's."""
        full = f"{self._name}.{name}"
        self._constants[full] = numpy_helper.from_array(np.asarray(value, kind), full)
        return full

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: object) -> str:
        """Adds a node with one output; returns the output's name."""
        result = output or f"{self._name}.{len(self._nodes)}.{operator}"
        self._append(operator, inputs, [result], attributes)
        return result

    def add_pair(self, operator: str, *inputs: str, **attributes: object) -> tuple[str, str]:
        """Adds a node with two outputs; returns their names."""
        first, second = (f"{self._name}.{len(self._nodes)}.{operator}.{part}" for part in (0, 1))
        self._append(operator, inputs, [first, second], attributes)
        return first, second

    def _append(
        self, operator: str, inputs: Sequence[str], outputs: list[str], attributes: Mapping[str, object]
    ) -> None:
        node = helper.make_node(operator, list(inputs), outputs, name=f"{self._name}.{len(self._nodes)}")
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self._nodes.append(node)

    def model(
        self,
        inputs: Mapping[str, Sequence[int | str]],
        outputs: Mapping[str, Sequence[int | str]],
    ) -> onnx.ModelProto:
        """Makes the checked model; inputs and outputs are float32, by name with their shapes."""
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [helper.make_tensor_value_info(each, TensorProto.FLOAT, shape) for each, shape in inputs.items()],
            [
                helper.make_tensor_value_info(each, TensorProto.FLOAT, shape)
                for each, shape in outputs.items()
            ],
            list(self._constants.values()),
        )
        model = helper.make_model(
            graph,
            producer_name="lienzo",
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        onnx.checker.check_model(model, full_check=True)
        return model
