"""Values of more than five axes, which Core ML lacks, between inputs and outputs that have fewer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import convert, load_model, save_package
from lienzo_coreml.errors import UnsupportedModel

SHAPE = [2, 3, 4, 2, 3, 5]
Step = tuple[str, dict[str, Any], list[Any]]


def chain(*steps: Step, shape: list[Any] | None = None, back: bool = True) -> Any:
    """A graph that gives its input six axes, takes it through steps, and makes it flat again."""
    nodes, constants = [helper.make_node("Reshape", ["x", "wide"], ["t0"])], {"wide": np.array(SHAPE)}
    for i, (op, attributes, arrays) in enumerate(steps):
        names = [f"c{i}_{j}" for j in range(len(arrays))]
        constants |= dict(zip(names, map(np.asarray, arrays), strict=True))
        nodes.append(helper.make_node(op, [f"t{i}", *names], [f"t{i + 1}"], **attributes))
    if back:
        constants["flat"] = np.array([-1, 5])
        nodes.append(helper.make_node("Reshape", [f"t{len(steps)}", "flat"], ["y"]))
    else:
        nodes.append(helper.make_node("Identity", [f"t{len(steps)}"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "wide",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape or [6, 8, 15])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, list("ab") if back else list("abcdef"))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


FLOATS = np.random.default_rng(0).normal(size=(2, 1, 4, 1, 3, 5)).astype(np.float32)
STEPS: dict[str, list[Step]] = {
    "windows": [("Transpose", {"perm": [0, 2, 1, 3, 4, 5]}, [])],
    "reversed axes": [
        ("Transpose", {"perm": [5, 4, 3, 2, 1, 0]}, []),
        ("Transpose", {"perm": [0, 2, 4, 1, 5, 3]}, []),
    ],
    "one element for several": [("Add", {}, [FLOATS[:1, :, :, :, :1]])],
    "a curve": [("Sigmoid", {}, []), ("Clip", {}, [np.float32(0.3), np.float32(0.6)])],
    "sums": [("ReduceSum", {"keepdims": 1}, [[1, 2, 4]]), ("ReduceMax", {"keepdims": 0}, [[3]])],
    "slices": [("Slice", {}, [[1, 0, 1], [2, 9, 2], [0, 2, 3], [1, 2, 1]])],
    "softmax": [("Softmax", {"axis": 2}, [])],
    "rows": [("Gather", {"axis": 4}, [np.array([2, 0])])],
    "another axis": [("Unsqueeze", {}, [[2]]), ("ReduceMean", {"keepdims": 0}, [[2, 5]])],
}


@pytest.mark.parametrize("name", STEPS)
def test_six_axes_and_more_answer_as_in_onnxruntime(name: str, tmp_path: Path) -> None:
    model = chain(*STEPS[name])
    package = load_model(save_package(convert(model), tmp_path / "wide.mlpackage"))
    shapes = [shape for step in package.program._steps for shape in step.shapes if shape is not None]
    assert max(map(len, shapes)) <= 5
    x = np.random.default_rng(1).normal(size=(6, 8, 15)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(package.predict({"x": x})["y"], session.run(None, {"x": x})[0], atol=1e-5)


def test_an_output_of_six_axes_is_refused() -> None:
    with pytest.raises(UnsupportedModel, match='output "y" has 6 axes, and Core ML has at most 5'):
        convert(chain(back=False))


def test_an_operation_that_cannot_do_with_fewer_axes_is_refused_with_its_node() -> None:
    message = r"GatherElements \(node t1\): gather_along_axis on 6 axes, and Core ML has at most 5"
    with pytest.raises(UnsupportedModel, match=message):
        convert(chain(("GatherElements", {"axis": 1}, [np.zeros(SHAPE, np.int64)])))
