"""Trees in the forms in which LightGBM, XGBoost and CatBoost write theirs, and trees that are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import UnsupportedModel, UnsupportedOp, convert, forest, load_model
from lienzo_coreml.files import convert_file
from tests.export.forests import FEATURES, ML, check

Tree: TypeAlias = "Branch | list[float]"
"""A branch, or a leaf: its weight for each class."""


@dataclass(frozen=True, eq=False)
class Branch:
    feature: int
    mode: str
    value: float
    yes: Tree
    no: Tree
    missing_is_yes: bool = False


def nodes_of(tree: Tree) -> Iterator[Tree]:
    """Every node once, though several may lead to it."""
    found = {id(tree): tree}
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        for child in (node.yes, node.no) if isinstance(node, Branch) else ():
            if id(child) not in found:
                found[id(child)] = child
                waiting.append(child)
    yield from found.values()


def classifier(trees: list[Tree], classes: list[int], **more: Any) -> onnx.NodeProto:
    """A TreeEnsembleClassifier; a leaf of tree t has weights for `classes`, or for t where they are empty."""
    table: dict[str, list[Any]] = {}
    weights: dict[str, list[Any]] = {}

    def append(to: dict[str, list[Any]], **entries: Any) -> None:
        for name, value in entries.items():
            to.setdefault(name, []).append(value)

    for t, tree in enumerate(trees):
        numbers = {id(node): i for i, node in enumerate(nodes_of(tree))}
        for node in nodes_of(tree):
            number = numbers[id(node)]
            branch = node if isinstance(node, Branch) else None
            append(
                table,
                treeids=t,
                nodeids=number,
                featureids=branch.feature if branch else 0,
                modes=branch.mode if branch else "LEAF",
                values=branch.value if branch else 0.0,
                truenodeids=numbers[id(branch.yes)] if branch else 0,
                falsenodeids=numbers[id(branch.no)] if branch else 0,
                missing_value_tracks_true=int(bool(branch and branch.missing_is_yes)),
            )
            for label, weight in zip(classes or [t], node if isinstance(node, list) else [], strict=False):
                append(weights, treeids=t, nodeids=number, ids=label, weights=weight)
    attributes = {f"nodes_{name}": values for name, values in table.items()}
    attributes |= {f"class_{name}": values for name, values in weights.items()}
    return helper.make_node(
        "TreeEnsembleClassifier", ["x"], ["label", "scores"], domain=ML, **attributes, **more
    )


def model(*nodes: onnx.NodeProto, classes: int, outputs: list[Any], ml: int, opset: int = 0) -> Any:
    imports = [helper.make_opsetid(ML, ml), *([helper.make_opsetid("", opset)] if opset else [])]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, FEATURES])
    one = numpy_helper.from_array(np.ones(classes, np.float32), "one")
    graph = helper.make_graph(nodes, "trees", [given], outputs, [one] if opset else [])
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def tensor(name: str, *sizes: Any, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, [None, *sizes])


def rows_of(*edges: float) -> NDArray[np.float32]:
    random = np.random.default_rng(2)
    sides = np.float32(edges)
    pool = [*sides, *np.nextafter(sides, np.float32(9e9)), *np.nextafter(sides, np.float32(-9e9))]
    return random.choice(np.float32([*pool, 2.5, 40, 70, np.nan, np.nan, np.inf, -np.inf]), (150, FEATURES))


def chain(feature: int, values: list[float], yes: Tree, no: Tree) -> Tree:
    """Whether a feature is one of some categories: equalities with one child in common."""
    for value in reversed(values):
        no = Branch(feature, "BRANCH_EQ", value, yes, no)
    return no


def lightgbm(*, missing: bool) -> Any:
    inside = Branch(1, "BRANCH_LEQ", 0.5, [0.3], [-0.7], missing)
    outside = chain(2, [7.0, 1.0], Branch(0, "BRANCH_LEQ", -1.0, [0.1], [0.6]), [-0.2])
    trees: list[Tree] = [
        chain(0, [3.0, 0.0, 4.0, 40.0, 70.0], inside, outside),
        Branch(3, "BRANCH_LEQ", 0.5, [0.2], chain(0, [3.0], [-0.4], [0.9]), not missing),
    ]
    return model(
        classifier(trees, [0], classlabels_int64s=[0, 1], post_transform="LOGISTIC"),
        helper.make_node("Cast", ["label"], ["predicted"], to=TensorProto.INT64),
        helper.make_node("Mul", ["scores", "one"], ["probabilities"]),
        classes=2,
        outputs=[tensor("predicted", kind=TensorProto.INT64), tensor("probabilities", 2)],
        ml=1,
        opset=9,
    )


def xgboost(*, classes: int) -> Any:
    trees: list[Tree] = [
        Branch(
            t % FEATURES,
            "BRANCH_LT",
            0.5 - t,
            Branch(1, "BRANCH_LT", 0.5, [0.1 * t - 0.4], [0.5], t % 2 == 0),
            [-0.3 * t],
            t % 3 == 0,
        )
        for t in range(6)
    ]
    if classes == 2:
        more = {"classlabels_int64s": [0, 1], "base_values": [0.25], "post_transform": "LOGISTIC"}
    else:
        more = {
            "classlabels_int64s": list(range(6)),
            "base_values": [0.1 * t for t in range(6)],
            "post_transform": "SOFTMAX",
        }
    outputs = [tensor("label", kind=TensorProto.INT64), tensor("scores", classes)]
    return model(
        classifier(trees, [0] if classes == 2 else [], **more), classes=classes, outputs=outputs, ml=1
    )


def catboost(labels: list[str] | list[int]) -> Any:
    """Oblivious trees, whose levels ask the same, and dictionaries in place of a tensor."""
    random = np.random.default_rng(3)

    def leaf() -> list[float]:
        return random.normal(size=len(labels)).tolist()

    def level(value: float, depth: int) -> Tree:
        if not depth:
            return leaf()
        return Branch(depth, "BRANCH_GT", value, level(-value, depth - 1), level(-value, depth - 1))

    key = "classlabels_strings" if isinstance(labels[0], str) else "classlabels_int64s"
    sizes = list(range(len(labels)))
    map_type = helper.make_map_type_proto(
        TensorProto.STRING if isinstance(labels[0], str) else TensorProto.INT64,
        helper.make_tensor_type_proto(TensorProto.FLOAT, []),
    )
    return model(
        classifier([level(0.5, 3), level(3.0, 2)], sizes, **{key: labels}, post_transform="SOFTMAX"),
        helper.make_node("ZipMap", ["scores"], ["probabilities"], domain=ML, **{key: labels}),
        classes=len(labels),
        outputs=[
            helper.make_value_info("probabilities", helper.make_sequence_type_proto(map_type)),
        ],
        ml=2,
    )


@pytest.mark.parametrize("missing", [False, True])
def test_categories_of_lightgbm_are_one_question_each(missing: bool, tmp_path: Path) -> None:
    check(lightgbm(missing=missing), rows_of(0.5, -1, 0, 1, 3, 4, 7), tmp_path)


@pytest.mark.parametrize("classes", [2, 6])
def test_trees_of_xgboost_start_from_its_base_values(classes: int, tmp_path: Path) -> None:
    check(xgboost(classes=classes), rows_of(*(0.5 - t for t in range(6))), tmp_path)


@pytest.mark.parametrize("labels", [["zebra", "ant", "cow"], [7, -3]])
def test_dictionaries_of_catboost_are_compared_by_the_columns_of_their_tensor(
    labels: list[Any], tmp_path: Path
) -> None:
    onnx.save(catboost(labels), tmp_path / "cat.onnx")
    made = convert_file(tmp_path / "cat.onnx")
    assert (made.comparison.rows, made.comparison.difference < 1e-6, made.comparison.notes) == (
        [1, 3],
        True,
        [],
    )


def test_a_classifier_is_made_of_a_model_whose_rows_are_open_without_a_name(tmp_path: Path) -> None:
    onnx.save(catboost(["zebra", "ant"]), tmp_path / "cat.onnx")
    (tmp_path / "labels.txt").write_text("zebra\nant\n")
    with pytest.raises(UnsupportedModel, match=r"shape \(open, 2\); fix x_0 at 1, as --fix x_0=1 does"):
        convert_file(tmp_path / "cat.onnx", labels=tmp_path / "labels.txt")
    made = convert_file(tmp_path / "cat.onnx", labels=tmp_path / "labels.txt", fix=["x_0=1"])
    answer = load_model(made.path).predict({"x": np.zeros((1, FEATURES), np.float32)})
    assert sorted(answer["probabilities"]) == ["ant", "zebra"]


def spoilt(change: dict[str, Any]) -> Any:
    """A tree of two branches and three leaves, in which some attributes are others."""
    made = model(
        classifier(
            [Branch(1, "BRANCH_LEQ", 0.5, [1.0, 0.0], Branch(2, "BRANCH_LEQ", 0.5, [0.0, 1.0], [2.0, 0.0]))],
            [0, 1],
            classlabels_int64s=[0, 1],
        ),
        classes=2,
        outputs=[tensor("scores", 2)],
        ml=1,
    )
    for attribute in made.graph.node[0].attribute:
        if attribute.name in change:
            attribute.CopyFrom(helper.make_attribute(attribute.name, change[attribute.name]))
    return made


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes_featureids": [9, 0, 2, 0, 0]}, "a branch asks feature 9, and there are 4, from 0"),
        ({"nodes_featureids": [-1, 0, 2, 0, 0]}, "a branch asks feature -1"),
        ({"nodes_truenodeids": [1, 0, 2, 0, 0]}, "tree 0 has 2 roots"),
        ({"nodes_truenodeids": [0, 0, 0, 0, 0], "nodes_falsenodeids": [0, 0, 0, 0, 0]}, "tree 0 has 4 roots"),
        ({"nodes_truenodeids": [8, 0, 4, 0, 0]}, "tree 0 has no node 8, which another one leads to"),
        (
            {"nodes_modes": ["BRANCH_ODD", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"]},
            "branches of mode BRANCH_ODD",
        ),
        ({"class_ids": [0, 1, 0, 5, 0, 1]}, "a leaf has a weight for output 5, and there are 2"),
    ],
)
def test_refuses_trees_that_are_none(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedOp, match=rf"TreeEnsembleClassifier \(node label\): {message}"):
        convert(spoilt(change))


def test_refuses_a_tree_whose_shared_branches_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forest, "WRITTEN_OUT", 1000)
    tree: Tree = [1.0, 0.0]
    for depth in range(40):
        tree = Branch(depth % FEATURES, "BRANCH_LEQ", 0.5, tree, tree)
    made = model(
        classifier([tree], [0, 1], classlabels_int64s=[0, 1]), classes=2, outputs=[tensor("scores", 2)], ml=1
    )
    with pytest.raises(UnsupportedOp, match="more than 1160 nodes, each written out for every way to it"):
        convert(made)
