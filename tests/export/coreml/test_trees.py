"""Tree ensembles on the values that separate good from bad: missing, infinite, and equal to a threshold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import UnsupportedOp, convert, load_model, save_package

ML = "ai.onnx.ml"
FEATURES, CLASSES, DEPTH, TREES = 4, 3, 3, 5
MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT"]
THRESHOLDS = [-1.0, 0.0, 0.5, 3.0, 1e-45, 0.1]
FLOAT_MAX = float(np.finfo(np.float32).max)


def trees(seed: int, modes: list[str], missing: str, thresholds: list[float]) -> dict[str, list[Any]]:
    """Full trees as attributes of `ai.onnx.ml` 3, node by node; every leaf has a weight of its own."""
    random = np.random.default_rng(seed)
    table: dict[str, list[Any]] = {
        name: []
        for name in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids")
    }
    tracks: list[int] = []
    inner, count = 2**DEPTH - 1, 2 ** (DEPTH + 1) - 1
    for tree in range(TREES):
        for number in range(count):
            leaf = number >= inner
            table["treeids"].append(tree)
            table["nodeids"].append(number)
            table["featureids"].append(0 if leaf else int(random.integers(FEATURES)))
            table["modes"].append("LEAF" if leaf else str(random.choice(modes)))
            table["values"].append(0.0 if leaf else float(random.choice(thresholds)))
            table["truenodeids"].append(0 if leaf else 2 * number + 1)
            table["falsenodeids"].append(0 if leaf else 2 * number + 2)
            tracks.append(0 if leaf else {"yes": 1, "no": 0, "mixed": int(random.integers(2))}[missing])
    made = {f"nodes_{name}": values for name, values in table.items()}
    leaves = [i for i, mode in enumerate(table["modes"]) if mode == "LEAF"]
    made["treeids"] = [table["treeids"][i] for i in leaves]
    made["nodeids"] = [table["nodeids"][i] for i in leaves]
    made["ids"] = [tree % CLASSES for tree in made["treeids"]]  # as boosted trees: each for one class
    made["weights"] = random.normal(size=len(leaves)).astype(np.float32).tolist()
    if missing != "unsaid":
        made["nodes_missing_value_tracks_true"] = tracks
    return made


def ensemble(rows: int | str, parts: dict[str, list[Any]], *, classifier: bool = False) -> onnx.ModelProto:
    prefix = "class" if classifier else "target"
    attributes = {f"{prefix}_{name}": parts[name] for name in ("treeids", "nodeids", "ids", "weights")}
    attributes |= {name: values for name, values in parts.items() if name.startswith("nodes_")}
    if classifier:
        op, outputs = "TreeEnsembleClassifier", ["label", "y"]
        attributes |= {"classlabels_int64s": list(range(CLASSES)), "post_transform": "SOFTMAX"}  # type: ignore[dict-item]
    else:
        op, outputs = "TreeEnsembleRegressor", ["y"]
        attributes["n_targets"] = CLASSES  # type: ignore[assignment]
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [rows, CLASSES])]
    if classifier:
        made.insert(0, helper.make_tensor_value_info("label", TensorProto.INT64, [rows]))
    return finished([helper.make_node(op, ["x"], outputs, domain=ML, **attributes)], rows, made)


def finished(
    nodes: list[onnx.NodeProto], rows: int | str, outputs: list[Any], ml: int = 3
) -> onnx.ModelProto:
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, FEATURES])]
    imports = [helper.make_opsetid("", 18), helper.make_opsetid(ML, ml)]
    return helper.make_model(
        helper.make_graph(nodes, "trees", given, outputs), opset_imports=imports, ir_version=9
    )


def hard_rows(thresholds: list[float]) -> NDArray[np.float32]:
    random = np.random.default_rng(1)
    edges = np.array(thresholds, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        beside = [np.nextafter(edges, np.float32(way)) for way in (-np.inf, np.inf)]
    pool = np.concatenate([edges, *beside, np.float32([np.nan, np.nan, np.nan, np.inf, -np.inf])])
    return random.choice(pool, (120, FEATURES)).astype(np.float32)


def check(model: onnx.ModelProto, rows: NDArray[np.float32], path: Path) -> None:
    """Compares package and onnxruntime, row by row where the model takes one at a time."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    program = load_model(save_package(convert(model), path / "trees.mlpackage"))
    single = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1
    names = [output.name for output in session.get_outputs()]
    for part in rows[:, None] if single else [rows[:1], rows]:
        expected = dict(zip(names, session.run(None, {"x": part}), strict=True))
        answer = program.predict({"x": part})
        for name in names:
            np.testing.assert_allclose(answer[name], expected[name], atol=1e-5)


@pytest.mark.parametrize("missing", ["yes", "no", "mixed"])
@pytest.mark.parametrize("mode", [*MODES, "mixed"])
def test_missing_values_go_where_the_model_says(mode: str, missing: str, tmp_path: Path) -> None:
    parts = trees(0, MODES if mode == "mixed" else [mode], missing, THRESHOLDS)
    check(ensemble("rows", parts), hard_rows(THRESHOLDS), tmp_path)


@pytest.mark.parametrize("classifier", [False, True])
def test_a_model_of_one_row_treats_missing_values_the_same(classifier: bool, tmp_path: Path) -> None:
    parts = trees(1, MODES, "mixed", THRESHOLDS)
    check(ensemble(1, parts, classifier=classifier), hard_rows(THRESHOLDS)[:40], tmp_path)


@pytest.mark.parametrize("mode", MODES)
def test_infinite_thresholds_ask_only_whether_a_value_is_missing(mode: str, tmp_path: Path) -> None:
    thresholds = [np.inf, -np.inf, 0.5]
    check(ensemble("rows", trees(2, [mode], "mixed", thresholds)), hard_rows(thresholds), tmp_path)


@pytest.mark.parametrize("mode", MODES)
def test_the_largest_number_is_not_infinity(mode: str, tmp_path: Path) -> None:
    thresholds = [FLOAT_MAX, -FLOAT_MAX, 0.5]
    check(ensemble("rows", trees(3, [mode], "mixed", thresholds)), hard_rows(thresholds), tmp_path)


def test_refuses_the_one_pair_of_thresholds_that_it_would_confuse() -> None:
    parts = trees(4, ["BRANCH_LEQ"], "no", [FLOAT_MAX, np.inf])
    with pytest.raises(UnsupportedOp, match="infinite beside some that are the largest number"):
        convert(ensemble("rows", parts))


@pytest.mark.parametrize("mode", range(4))
def test_the_newer_form_of_trees_treats_missing_values_the_same(mode: int, tmp_path: Path) -> None:
    # One tree: x0 against 0.5, then x1 against -1, and three leaves.
    node = helper.make_node(
        "TreeEnsemble",
        ["x"],
        ["y"],
        domain=ML,
        n_targets=CLASSES,
        aggregate_function=1,
        post_transform=0,
        tree_roots=[0],
        nodes_modes=numpy_helper.from_array(np.full(2, mode, np.uint8)),
        nodes_featureids=[0, 1],
        nodes_splits=numpy_helper.from_array(np.array([0.5, -1], np.float32)),
        nodes_truenodeids=[1, 0],
        nodes_trueleafs=[0, 1],
        nodes_falsenodeids=[1, 2],
        nodes_falseleafs=[1, 1],
        nodes_missing_value_tracks_true=[1, 0],
        leaf_targetids=[0, 1, 2],
        leaf_weights=numpy_helper.from_array(np.array([1, 2, 4], np.float32)),
    )
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", CLASSES])]
    check(finished([node], "rows", outputs, ml=5), hard_rows([0.5, -1]), tmp_path)
