"""Tree ensembles of `ai.onnx.ml`, rows that separate good from bad, and the comparison with onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper

from lienzo_coreml import convert, load_model, save_package

ML = "ai.onnx.ml"
FEATURES, CLASSES, DEPTH, TREES = 4, 3, 3, 5
MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT"]
EQUALITY = ["BRANCH_EQ", "BRANCH_NEQ"]
THRESHOLDS = [-1.0, 0.0, 0.5, 3.0, 1e-45, 0.1]


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
