"""Selecting and filling with an open number of rows: all operands shape the result, and NaN stays out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from skl2onnx import to_onnx
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer

from lienzo_coreml import UnsupportedOp, convert, load_model, save_package

ML = "ai.onnx.ml"
KINDS = {"f": TensorProto.FLOAT, "i": TensorProto.INT32, "b": TensorProto.BOOL}


def check(
    model: onnx.ModelProto, feeds: dict[str, NDArray[Any]], path: Path, tolerance: float = 0
) -> dict[str, Any]:
    names = [output.name for output in model.graph.output]
    try:
        runner: Any = onnxruntime.InferenceSession(model.SerializeToString())
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:  # Where on truth values
        runner = ReferenceEvaluator(model)
    expected = dict(zip(names, runner.run(None, feeds), strict=True))
    program = load_model(save_package(convert(model), path / "model.mlpackage"))
    answer = program.predict(feeds)
    for name in names:
        assert answer[name].shape == expected[name].shape
        np.testing.assert_allclose(answer[name], expected[name], rtol=tolerance, atol=tolerance)
    return answer


def graph(
    nodes: list[onnx.NodeProto], given: dict[str, tuple[str, list[Any]]], kind: str = "f", **constants: Any
) -> onnx.ModelProto:
    rank = max(len(shape) for _, shape in given.values())
    return helper.make_model(
        helper.make_graph(
            nodes,
            "open",
            [helper.make_tensor_value_info(name, KINDS[t], shape) for name, (t, shape) in given.items()],
            [helper.make_tensor_value_info("y", KINDS[kind], list("opq"[:rank]))],
            [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(ML, 3)],
        ir_version=9,
    )


@pytest.mark.parametrize(("kind", "dtype"), [("f", np.float32), ("i", np.int32), ("b", np.bool_)])
@pytest.mark.parametrize("shapes", [([1, 4], [1, 1]), (["n", 1], [1, 4]), ([4], [4]), ([1], ["n", 4])])
def test_where_has_the_shape_of_all_three_operands(
    shapes: tuple[list[Any], list[Any]], kind: str, dtype: Any, tmp_path: Path
) -> None:
    given = {"c": ("b", ["n", 4]), "a": (kind, shapes[0]), "b": (kind, shapes[1])}
    model = graph([helper.make_node("Where", ["c", "a", "b"], ["y"])], given, kind)
    random = np.random.default_rng(0)
    for rows in (1, 5):
        sizes = [[rows if size == "n" else size for size in shape] for shape in shapes]
        feeds = {
            name: random.integers(0, 2, size).astype(dtype) for name, size in zip("ab", sizes, strict=True)
        }
        check(model, feeds | {"c": random.random((rows, 4)) < 0.5}, tmp_path)


def test_where_selects_between_constants_by_an_open_condition(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Greater", ["x", "zero"], ["c"]),
        helper.make_node("Where", ["c", "a", "b"], ["y"]),
    ]
    constants = {"zero": np.float32(0), "a": np.float32([np.nan]), "b": np.float32([[1], [2]])}
    model = graph(nodes, {"x": ("f", ["n", 1, 4])}, **constants)
    check(model, {"x": np.random.default_rng(0).normal(size=(3, 1, 4)).astype(np.float32)}, tmp_path)


@pytest.mark.parametrize("rows", ["rows", 6])
@pytest.mark.parametrize("filling", [[7.0], [1.0, 2.0, 3.0, 4.0]])
def test_an_imputer_fills_what_is_missing_and_nothing_else(
    filling: list[float], rows: Any, tmp_path: Path
) -> None:
    node = helper.make_node(
        "Imputer", ["x"], ["y"], domain=ML, imputed_value_floats=filling, replaced_value_float=float("nan")
    )
    values = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    values[0, 1] = values[3] = np.nan
    values[5, 0] = np.inf
    answer = check(graph([node], {"x": ("f", [rows, 4])}), {"x": values}, tmp_path)
    assert not np.isnan(answer["y"]).any()


def test_a_pipeline_that_imputes_answers_as_in_scikit_learn(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = random.gamma(2, size=(120, 4)).astype(np.float32)
    labels = (rows.sum(axis=1) > 8).astype(int) + (rows[:, 0] > 2)
    rows[random.random(rows.shape) < 0.1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = make_pipeline(SimpleImputer(), PowerTransformer(), LogisticRegression()).fit(rows, labels)
        options = {id(fitted): {"zipmap": False}}
        model = to_onnx(fitted, rows[:1], options=options, target_opset=18)
    answer = check(model, {"X": rows[:87]}, tmp_path, tolerance=1e-4)
    np.testing.assert_allclose(answer["probabilities"], fitted.predict_proba(rows[:87]), atol=1e-4)
    assert (answer["label"] == fitted.predict(rows[:87])).all()


@pytest.mark.parametrize(
    ("op", "outputs", "more"),
    [
        ("Split", ["y", "z"], {"axis": -1, "num_outputs": 2}),
        ("Trilu", ["y"], {"upper": 0}),
        ("Hardmax", ["y"], {"axis": 1}),
    ],
)
def test_only_the_axis_that_an_operator_works_on_must_be_known(
    op: str, outputs: list[str], more: dict[str, int], tmp_path: Path
) -> None:
    def made(sizes: list[Any]) -> onnx.ModelProto:
        graph = helper.make_graph(
            [helper.make_node(op, ["x"], outputs, **more)],
            op,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, sizes)],
            [helper.make_tensor_value_info(each, TensorProto.FLOAT, ["a", "b", "c"]) for each in outputs],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)

    rows = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32)
    for count in (1, 3):
        check(made(["rows", 4, 5]), {"x": rows[:count]}, tmp_path)
    if op != "Hardmax":
        with pytest.raises(
            UnsupportedOp, match=rf"{op} \(node y\): the size of axis \d of input 0 is only known"
        ):
            convert(made([3, "columns", "columns"]))
