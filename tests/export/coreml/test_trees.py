"""Tree ensembles on the values that separate good from bad: missing, infinite, and equal to a threshold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lienzo_coreml import UnsupportedOp, convert
from tests.export.forests import (
    CLASSES,
    EQUALITY,
    ML,
    MODES,
    THRESHOLDS,
    check,
    ensemble,
    finished,
    hard_rows,
    trees,
)

FLOAT_MAX = float(np.finfo(np.float32).max)


@pytest.mark.parametrize("missing", ["yes", "no", "mixed"])
@pytest.mark.parametrize("mode", [*MODES, *EQUALITY, "mixed"])
def test_missing_values_go_where_the_model_says(mode: str, missing: str, tmp_path: Path) -> None:
    parts = trees(0, [*MODES, *EQUALITY] if mode == "mixed" else [mode], missing, THRESHOLDS)
    check(ensemble("rows", parts), hard_rows(THRESHOLDS), tmp_path)


@pytest.mark.parametrize("classifier", [False, True])
def test_a_model_of_one_row_treats_missing_values_the_same(classifier: bool, tmp_path: Path) -> None:
    parts = trees(1, [*MODES, *EQUALITY], "mixed", THRESHOLDS)
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


def newer_form(mode: int, **changed: Any) -> onnx.ModelProto:
    """One tree: x0 against 0.5, then x1 against -1, and three leaves."""
    attributes = {
        "tree_roots": [0],
        "nodes_featureids": [0, 1],
        "nodes_truenodeids": [1, 0],
        "nodes_trueleafs": [0, 1],
        "nodes_falsenodeids": [1, 2],
        "nodes_falseleafs": [1, 1],
        "nodes_missing_value_tracks_true": [1, 0],
        "leaf_targetids": [0, 1, 2],
    }
    node = helper.make_node(
        "TreeEnsemble",
        ["x"],
        ["y"],
        domain=ML,
        n_targets=CLASSES,
        aggregate_function=1,
        post_transform=0,
        nodes_modes=numpy_helper.from_array(np.full(2, mode, np.uint8)),
        nodes_splits=numpy_helper.from_array(np.array([0.5, -1], np.float32)),
        leaf_weights=numpy_helper.from_array(np.array([1, 2, 4], np.float32)),
        **(attributes | changed),
    )
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", CLASSES])]
    return finished([node], "rows", outputs, ml=5)


@pytest.mark.parametrize("mode", range(6))
def test_the_newer_form_of_trees_treats_missing_values_the_same(mode: int, tmp_path: Path) -> None:
    check(newer_form(mode), hard_rows([0.5, -1]), tmp_path)


def test_a_branch_by_membership_asks_its_own_set(tmp_path: Path) -> None:
    sets = numpy_helper.from_array(np.float32([5, 3, np.nan, 1, 7, 30, np.nan]))
    check(newer_form(6, membership_values=sets), hard_rows([0, 1, 3, 5, 7, 30, 0.5]), tmp_path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"nodes_trueleafs": [0, 0]}, "a tree has a cycle"),
        ({"tree_roots": [7]}, "a branch leads to node 7, which is not there"),
        ({"nodes_falsenodeids": [1, 9]}, "a branch leads to leaf 9, which is not there"),
        ({"leaf_targetids": [0, 1, 3]}, "a leaf has a weight for output 3, and there are 3, from 0"),
    ],
)
def test_refuses_trees_of_the_newer_form_that_are_none(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedOp, match=message):
        convert(newer_form(0, **changed))
