"""Every package is compared with its ONNX model before it is written, on inputs that find what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import DifferentAnswers, Options, UnsupportedModel, convert, load_model
from lienzo_coreml.command import run_command
from lienzo_coreml.comparison import compare_package
from lienzo_coreml.mil import mb
from lienzo_coreml.registry import _HANDLERS, Handler
from lienzo_coreml.storage import save_package

ML = "ai.onnx.ml"


def model(
    op: str, rows: Any = "rows", *, domain: str = "", kind: int = TensorProto.FLOAT, **more: Any
) -> Any:
    graph = helper.make_graph(
        [helper.make_node(op, ["x"], ["y"], domain=domain, **more)],
        "model",
        [helper.make_tensor_value_info("x", kind, [rows, 3])],
        [helper.make_tensor_value_info("y", kind, ["a", "b"])],
    )
    imports = [helper.make_opsetid("", 18), helper.make_opsetid(ML, 3)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9)


def chain(*steps: tuple[str, str]) -> Any:
    """Nodes of which each reads the result of the one before, t0, t1, …; the last makes y."""
    made = model("Relu")
    del made.graph.node[:]
    for i, (op, inputs) in enumerate(steps):
        result = "y" if i == len(steps) - 1 else f"t{i}"
        made.graph.node.append(helper.make_node(op, inputs.split(), [result]))
    for name, value in (("hundred", 100), ("nought", 0)):
        made.graph.initializer.append(numpy_helper.from_array(np.float32(value), name))
    return made


def compared(model: onnx.ModelProto, other: onnx.ModelProto, path: Path, **options: Any) -> Any:
    """The comparison of a model with the package of another one."""
    package = save_package(convert(other, **options), path / "other.mlpackage")
    return compare_package(model, package, Options(**options))


def test_names_the_kinds_of_inputs_and_the_sizes(tmp_path: Path) -> None:
    found = compared(model("Sigmoid"), model("Sigmoid"), tmp_path)
    assert (found.kinds, found.rows) == (["random", "zero", "boundary", "missing", "infinite"], [1, 3])
    assert (found.difference < 1e-6, found.notes) == (True, [])
    (line,) = found.lines()
    assert "onnxruntime on random, zero, boundary, missing, infinite inputs of 1 and 3 rows" in line


def test_a_model_of_one_size_is_compared_at_that_size(tmp_path: Path) -> None:
    assert compared(model("Relu", 2), model("Relu", 2), tmp_path).rows == []


def test_whole_numbers_have_no_missing_ones(tmp_path: Path) -> None:
    found = compared(model("Abs", kind=TensorProto.INT32), model("Abs", kind=TensorProto.INT32), tmp_path)
    assert found.kinds == ["random", "zero", "boundary"]


@pytest.mark.parametrize(("other", "kind"), [("Elu", "random"), ("Cos", "random"), ("capped", "boundary")])
def test_another_function_is_refused_by_output_and_kind_of_input(
    other: str, kind: str, tmp_path: Path
) -> None:
    wrong = chain(("Relu", "x"), ("Min", "t0 hundred")) if other == "capped" else model(other)
    with pytest.raises(
        DifferentAnswers, match=f'output "y" differs from onnxruntime on {kind} inputs of 1 rows'
    ):
        compared(model("Relu"), wrong, tmp_path)


def test_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DifferentAnswers, match=r"shape \(3, 1\) instead of \(1, 3\)"):
        compared(model("Identity", 1), model("Transpose", 1), tmp_path)


def imputer(filling: list[float]) -> Any:
    return model("Imputer", domain=ML, imputed_value_floats=filling, replaced_value_float=float("nan"))


def test_missing_values_count_where_the_model_fills_them(tmp_path: Path) -> None:
    with pytest.raises(
        DifferentAnswers, match='output "y" differs from onnxruntime on missing inputs of 1 rows'
    ):
        compared(imputer([1.0]), imputer([2.0]), tmp_path)
    assert compared(imputer([1.0]), imputer([1.0]), tmp_path).notes == []


def test_elsewhere_a_difference_of_missing_values_is_told(tmp_path: Path) -> None:
    # Both are 1 for every number; NaN equals nothing, but its power of nought is 1.
    equality, power = chain(("Equal", "x x"), ("CastLike", "t0 x")), chain(("Pow", "x nought"))
    found = compared(equality, power, tmp_path)
    assert [note for note in found.notes if 'output "y" differs on missing inputs of 3 rows' in note]


def test_a_model_that_no_run_time_runs_is_refused(tmp_path: Path) -> None:
    broken = model("Softmax", axis=7)
    with pytest.raises(UnsupportedModel, match="no run time runs this model: not compared on random inputs"):
        compared(broken, model("Softmax"), tmp_path)


def test_half_precision_is_told_not_refused(tmp_path: Path) -> None:
    found = compared(model("Exp"), model("Exp"), tmp_path, precision="fp16")
    assert found.kinds[:3] == ["random", "zero", "boundary"]
    assert 1e-5 < found.difference < 1e-2


def test_nothing_is_written_where_answers_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = Handler("", "Relu", 14, lambda node: mb.exp(x=node.var(0)))
    monkeypatch.setitem(_HANDLERS, ("", "Relu"), wrong)
    onnx.save(model("Relu"), tmp_path / "relu.onnx")
    assert run_command([str(tmp_path / "relu.onnx")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        'onnx2coreml: output "y" differs from onnxruntime on random inputs of 1 rows: 3 of 3'
    )
    assert [path.name for path in tmp_path.iterdir()] == ["relu.onnx"]


def test_where_with_open_shapes_is_written_as_it_is_in_onnx(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = helper.make_graph(
        [helper.make_node("Where", ["c", "x", "zero"], ["y"])],
        "where",
        [
            helper.make_tensor_value_info("c", TensorProto.BOOL, ["rows", 4]),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 4])],
        [numpy_helper.from_array(np.float32([[0]]), "zero")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(made, tmp_path / "where.onnx")
    assert run_command([str(tmp_path / "where.onnx"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["compared"]["rows"] == [1, 3]
    answer = load_model(Path(said["path"])).predict({"c": np.ones((2, 4), bool), "x": np.ones((1, 1))})
    assert answer["y"].shape == (2, 4)
