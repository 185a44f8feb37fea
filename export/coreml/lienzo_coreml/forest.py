"""Tree ensembles of `ai.onnx.ml` as flat tables, in which every tree is walked by the same few gathers.

The two children of a node lie side by side, so one table of first children is enough: the next node is
`child[node] + (x > threshold)`. Leaves point to themselves and compare with the largest number, so that a
fixed number of steps, the depth of the deepest tree, ends in a leaf everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lienzo_coreml.node import Node
from lienzo_coreml.values import Array

NEVER_ABOVE = np.finfo(np.float32).max
TREE_ENSEMBLE_MODES = (
    "BRANCH_LEQ",
    "BRANCH_LT",
    "BRANCH_GTE",
    "BRANCH_GT",
    "BRANCH_EQ",
    "BRANCH_NEQ",
    "BRANCH_MEMBER",
)


@dataclass(frozen=True)
class Forest:
    """Trees as tables over all nodes.

    Attributes:
        feature: Feature that a node compares, int32.
        threshold: Threshold of the comparison, float32; above it the second child is next.
        child: First child of a node, int32; a leaf is its own child.
        leaf: Row of `weights` of a leaf, int32; 0 for other nodes.
        weights: Contribution of each leaf to each output, float32 of shape (leaves, outputs).
        roots: Root node of each tree, int32.
        depth: Number of steps after which every tree is at a leaf.
    """

    feature: Array
    threshold: Array
    child: Array
    leaf: Array
    weights: Array
    roots: Array
    depth: int


@dataclass(frozen=True)
class Branch:
    """An inner node as the ONNX model states it; `yes` and `no` are keys of nodes or leaves."""

    feature: int
    threshold: float
    mode: str
    yes: tuple[str, int, int]
    no: tuple[str, int, int]


def flatten(
    node: Node,
    roots: Sequence[tuple[str, int, int]],
    branches: dict[tuple[str, int, int], Branch],
    leaf_weights: Callable[[tuple[str, int, int]], Array],
) -> Forest:
    """Lays out trees as tables, breadth first, so that siblings are neighbours.

    Args:
        node: The tree ensemble, for refusals.
        roots: Key of each tree's root.
        branches: Inner nodes by key; every other key is a leaf.
        leaf_weights: Returns the contribution of a leaf to each output.
    """
    feature: list[int] = []
    threshold: list[float] = []
    child: list[int] = []
    leaf: list[int] = []
    weights: list[Array] = []
    starts: list[int] = []
    depth = 0

    # Appends a row that is a leaf until it is filled in, and returns its index.
    def reserve() -> int:
        for table, empty in ((feature, 0), (threshold, NEVER_ABOVE), (child, 0), (leaf, 0)):
            table.append(empty)  # type: ignore[arg-type]
        return len(feature) - 1

    for root in roots:
        starts.append(reserve())
        level = [(root, starts[-1])]
        steps = 0
        while level:
            below = []
            for key, row in level:
                if key not in branches:
                    # A leaf points to itself, so that further steps stay there.
                    child[row], leaf[row] = row, len(weights)
                    weights.append(leaf_weights(key))
                    continue
                feature[row], threshold[row], first, second = _upward(node, branches[key])
                # Two reservations in a row: the second child is at child + 1.
                child[row] = reserve()
                below += [(first, child[row]), (second, reserve())]
            steps += bool(below)
            level = below
        depth = max(depth, steps)
    return Forest(
        np.array(feature, np.int32),
        np.array(threshold, np.float32),
        np.array(child, np.int32),
        np.array(leaf, np.int32),
        np.array(weights, np.float32),
        np.array(starts, np.int32),
        depth,
    )


def _upward(node: Node, branch: Branch) -> tuple[int, float, tuple[str, int, int], tuple[str, int, int]]:
    """Normalises a branch to "second child above the threshold"; x < t is x ≤ the float32 before t."""
    threshold = np.float32(branch.threshold)
    if branch.mode in ("BRANCH_LT", "BRANCH_GTE"):
        threshold = np.nextafter(threshold, np.float32(-np.inf))
    if branch.mode in ("BRANCH_LEQ", "BRANCH_LT"):
        return branch.feature, float(threshold), branch.yes, branch.no
    if branch.mode in ("BRANCH_GT", "BRANCH_GTE"):
        return branch.feature, float(threshold), branch.no, branch.yes
    raise node.refused(f"branches of mode {branch.mode}")


def read_forest(node: Node, prefix: str, outputs: int) -> Forest:
    """Reads the trees of a TreeEnsembleClassifier (`class`) or TreeEnsembleRegressor (`target`).

    The attributes are parallel lists with one entry for each node of all trees, and other parallel lists with
    one entry for each weight of a leaf. A node is identified by tree and number; a root is no node's child.
    """
    trees, ids = node.attribute("nodes_treeids"), node.attribute("nodes_nodeids")
    modes = node.attribute("nodes_modes")
    columns = zip(
        trees,
        ids,
        modes,
        node.attribute("nodes_featureids"),
        _numbers(node, "nodes_values"),
        node.attribute("nodes_truenodeids"),
        node.attribute("nodes_falsenodeids"),
        strict=True,
    )
    branches = {
        ("", tree, number): Branch(feature, value, mode, ("", tree, yes), ("", tree, no))
        for tree, number, mode, feature, value, yes, no in columns
        if mode != "LEAF"
    }
    weights: dict[tuple[str, int, int], Array] = {}
    entries = zip(
        node.attribute(f"{prefix}_treeids"),
        node.attribute(f"{prefix}_nodeids"),
        node.attribute(f"{prefix}_ids"),
        _numbers(node, f"{prefix}_weights"),
        strict=True,
    )
    for tree, number, output, weight in entries:
        weights.setdefault(("", tree, number), np.zeros(outputs))[output] += weight
    children = {branch.yes for branch in branches.values()} | {branch.no for branch in branches.values()}
    keys = dict.fromkeys(("", tree, number) for tree, number in zip(trees, ids, strict=True))
    roots = [key for key in keys if key not in children]
    return flatten(node, roots, branches, lambda key: weights.get(key, np.zeros(outputs)))


def _numbers(node: Node, name: str) -> list[float]:
    values = node.attribute(f"{name}_as_tensor")
    return list(node.attribute(name, []) if values is None else values.ravel().tolist())


def read_tree_ensemble(node: Node, outputs: int) -> Forest:
    """Reads the trees of a TreeEnsemble, the form that `ai.onnx.ml` 5 introduced.

    Inner nodes and leaves are numbered separately, over all trees; `nodes_trueleafs` and `nodes_falseleafs`
    say which of the two a child's number means. A leaf contributes one weight to one output.
    """
    splits = node.attribute("nodes_splits").ravel().tolist()
    modes = [TREE_ENSEMBLE_MODES[int(mode)] for mode in node.attribute("nodes_modes").ravel()]
    columns = zip(
        node.attribute("nodes_featureids"),
        splits,
        modes,
        node.attribute("nodes_truenodeids"),
        node.attribute("nodes_trueleafs"),
        node.attribute("nodes_falsenodeids"),
        node.attribute("nodes_falseleafs"),
        strict=True,
    )

    def key(is_leaf: int, number: int) -> tuple[str, int, int]:
        return ("leaf" if is_leaf else "node", 0, number)

    branches = {
        key(0, i): Branch(feature, split, mode, key(yes_leaf, yes), key(no_leaf, no))
        for i, (feature, split, mode, yes, yes_leaf, no, no_leaf) in enumerate(columns)
    }
    targets = node.attribute("leaf_targetids")
    weights = node.attribute("leaf_weights").ravel()

    def leaf_weights(leaf: tuple[str, int, int]) -> Array:
        row = np.zeros(outputs)
        row[targets[leaf[2]]] = weights[leaf[2]]
        return row

    return flatten(node, [key(0, root) for root in node.attribute("tree_roots")], branches, leaf_weights)
