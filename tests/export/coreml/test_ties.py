"""Of equal numbers the first counts, by arithmetic that every device does the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from lienzo_coreml import CoreMLModel, convert, load_model, save_package


def package(
    op: str, shape: list[Any], path: Path, precision: str = "fp32", **attributes: Any
) -> tuple[onnx.ModelProto, CoreMLModel]:
    kind = TensorProto.FLOAT if op == "Hardmax" else TensorProto.INT64
    graph = helper.make_graph(
        [helper.make_node(op, ["x"], ["y"], **attributes)],
        "ties",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", kind, ["a", "b"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    made = convert(model, precision=precision, max_rows=3000)
    return model, load_model(save_package(made, path / "ties.mlpackage"))


def tied(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).integers(0, 3, shape).astype(np.float32)


@pytest.mark.parametrize("last", [0, 1])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("shape", [[6, 5], ["n", 5], ["n", "m"]])
@pytest.mark.parametrize("op", ["ArgMax", "ArgMin"])
def test_the_place_of_an_extreme_is_the_first_of_equal_ones(
    op: str, shape: list[Any], axis: int, last: int, tmp_path: Path
) -> None:
    model, program = package(op, shape, tmp_path, axis=axis, select_last_index=last)
    # Nothing is left to the operations of which Core ML does not say which index they take.
    assert not {"reduce_argmax", "reduce_argmin"} & set(program.program.operations)
    (expected,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": tied(6, 5)})
    np.testing.assert_array_equal(program.predict({"x": tied(6, 5)})["y"], expected)


def test_half_precision_finds_the_same_place_beyond_2048(tmp_path: Path) -> None:
    _, program = package("ArgMax", [1, 3000], tmp_path, "fp16", axis=1)
    values = np.zeros((1, 3000), np.float32)
    values[0, [2051, 2900]] = 1 / 3
    assert program.predict({"x": values})["y"].tolist() == [[2051]]


def test_a_row_of_missing_numbers_has_a_place_that_exists(tmp_path: Path) -> None:
    _, program = package("ArgMax", [2, 4], tmp_path, axis=1)
    assert program.predict({"x": np.full((2, 4), np.nan, np.float32)})["y"].tolist() == [[0], [0]]


def test_a_hard_maximum_marks_one_of_equal_ones(tmp_path: Path) -> None:
    model, program = package("Hardmax", ["n", 5], tmp_path, axis=1)
    (expected,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": tied(6, 5)})
    np.testing.assert_array_equal(program.predict({"x": tied(6, 5)})["y"], expected)
