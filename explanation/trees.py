"""Counts the votes of the trees of a forest, from its ONNX operator."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray


def tree_votes(node: onnx.NodeProto, vector: NDArray[np.float32]) -> NDArray[np.int64] | None:
    """Counts the trees that vote for each label.

    Follows TreeEnsembleClassifier of ai.onnx.ml, version 3: left where the value is at most the threshold.

    Args:
        node: The operator.
        vector: Its input, shape (V,).

    Returns:
        Shape (labels,), int64; None where leaves hold margins instead of shares of labels, or where nodes
        compare in another way.
    """
    table = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    if {*table["nodes_modes"]} - {b"BRANCH_LEQ", b"LEAF"} or min(table["class_weights"]) < 0:
        return None
    labels = len(table.get("classlabels_int64s") or table.get("classlabels_strings") or ())
    index = {
        key: row for row, key in enumerate(zip(table["nodes_treeids"], table["nodes_nodeids"], strict=True))
    }
    shares: dict[tuple[int, int], NDArray[np.float64]] = {}
    leaves = zip(table["class_treeids"], table["class_nodeids"], strict=True)
    for key, label, weight in zip(leaves, table["class_ids"], table["class_weights"], strict=True):
        if label >= labels:
            return None
        shares.setdefault(key, np.zeros(labels))[label] += weight
    votes = np.zeros(labels, np.int64)
    for tree in dict.fromkeys(table["nodes_treeids"]):
        leaf = _leaf(table, index, tree, vector)
        if (tree, leaf) not in shares:
            return None
        votes[int(shares[tree, leaf].argmax())] += 1
    return votes


def _leaf(
    table: dict[str, Any], index: dict[tuple[int, int], int], tree: int, vector: NDArray[np.float32]
) -> int:
    """Follows one tree from its root."""
    number = next(node for each, node in index if each == tree)
    while table["nodes_modes"][row := index[tree, number]] != b"LEAF":
        is_left = vector[table["nodes_featureids"][row]] <= np.float32(table["nodes_values"][row])
        number = table["nodes_truenodeids" if is_left else "nodes_falsenodeids"][row]
    return int(number)
