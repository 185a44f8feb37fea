"""Tree ensembles of `ai.onnx.ml` as flat tables, in which every tree is walked by the same few gathers.

The two children of a node lie side by side, so one table of first children is enough: the next node is
`child[node] + (x > threshold)`. Leaves point to themselves and compare with infinity, which nothing exceeds,
so that a fixed number of steps, the depth of the deepest tree, ends in a leaf everywhere.

A missing value (NaN) exceeds nothing, so it goes to the first child. Nodes that send it to the second read
another copy of the features, in which missing values are infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from lienzo_coreml.node import Node
from lienzo_coreml.values import Array

Key: TypeAlias = tuple[str, int, int]
"""What a model calls a node or a leaf."""

INFINITY = np.float32(np.inf)
LARGEST = np.finfo(np.float32).max
ORDERED_MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT")
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
        missing_above: Whether a missing value counts as above the threshold, bool.
        child: First child of a node, int32; a leaf is its own child.
        leaf: Row of `weights` of a leaf, int32; 0 for other nodes.
        weights: Contribution of each leaf to each output, float32 of shape (leaves, outputs).
        roots: Root node of each tree, int32.
        depth: Number of steps after which every tree is at a leaf.
        mirrored: Whether the thresholds are for features of the opposite sign.
    """

    feature: Array
    threshold: Array
    missing_above: Array
    child: Array
    leaf: Array
    weights: Array
    roots: Array
    depth: int
    mirrored: bool

    @property
    def inner(self) -> Array:
        """Which nodes compare, bool; the others are leaves."""
        return np.asarray(self.child != np.arange(len(self.child)))


@dataclass(frozen=True)
class Branch:
    """An inner node as the ONNX model states it; `yes` and `no` are keys of nodes or leaves."""

    feature: int
    threshold: float
    mode: str
    missing_is_yes: bool
    yes: Key
    no: Key


@dataclass(frozen=True)
class _Step:
    """A branch as "the second child above the threshold"."""

    feature: int
    threshold: np.float32
    missing_above: bool
    first: Key
    second: Key


def flatten(
    node: Node,
    roots: Sequence[Key],
    branches: dict[Key, Branch],
    leaf_weights: Callable[[Key], Array],
) -> Forest:
    """Lays out trees as tables, breadth first, so that siblings are neighbours.

    Args:
        node: The tree ensemble, for refusals.
        roots: Key of each tree's root.
        branches: Inner nodes by key; every other key is a leaf.
        leaf_weights: Returns the contribution of a leaf to each output.
    """
    # x < t is -x > -t, with no number in between that a device might round to zero.
    mirrored = sum(each.mode in ("BRANCH_LT", "BRANCH_GTE") for each in branches.values()) * 2 > len(branches)
    rows, starts, depth = _Rows(), [], 0
    for root in roots:
        starts.append(rows.reserve())
        level = [(root, starts[-1])]
        steps = 0
        while level:
            below = []
            for key, row in level:
                if key in branches:
                    below += rows.branch(row, _upward(node, branches[key], mirrored))
                else:
                    rows.end(row, leaf_weights(key))
            steps += bool(below)
            level = below
        depth = max(depth, steps)
    return rows.forest(starts, depth, mirrored)


@dataclass(frozen=True)
class _Rows:
    """The tables while they grow; every row is a leaf until it is filled in."""

    feature: list[int] = field(default_factory=list)
    threshold: list[np.float32] = field(default_factory=list)
    missing_above: list[bool] = field(default_factory=list)
    child: list[int] = field(default_factory=list)
    leaf: list[int] = field(default_factory=list)
    weights: list[Array] = field(default_factory=list)

    def reserve(self) -> int:
        """Appends a row and returns its index."""
        self.feature.append(0)
        self.threshold.append(INFINITY)
        self.missing_above.append(False)
        self.child.append(0)
        self.leaf.append(0)
        return len(self.feature) - 1

    def end(self, row: int, weights: Array) -> None:
        """Makes a row a leaf. It points to itself, so that further steps stay there."""
        self.child[row], self.leaf[row] = row, len(self.weights)
        self.weights.append(weights)

    def branch(self, row: int, step: _Step) -> list[tuple[Key, int]]:
        """Makes a row a branch; returns its children with the rows reserved for them."""
        self.feature[row], self.threshold[row] = step.feature, step.threshold
        self.missing_above[row] = step.missing_above
        # Two reservations in a row: the second child is at child + 1.
        self.child[row] = self.reserve()
        return [(step.first, self.child[row]), (step.second, self.reserve())]

    def forest(self, starts: Sequence[int], depth: int, mirrored: bool) -> Forest:
        """Freezes the tables."""
        return Forest(
            np.array(self.feature, np.int32),
            np.array(self.threshold, np.float32),
            np.array(self.missing_above, np.bool_),
            np.array(self.child, np.int32),
            np.array(self.leaf, np.int32),
            np.array(self.weights, np.float32),
            np.array(starts, np.int32),
            depth,
            mirrored,
        )


def _upward(node: Node, branch: Branch, mirrored: bool) -> _Step:
    """Normalises a branch to "the second child above the threshold"."""
    if branch.mode not in ORDERED_MODES:
        raise node.refused(f"branches of mode {branch.mode}")
    strict = branch.mode in ("BRANCH_LT", "BRANCH_GTE")
    low, high = branch.yes, branch.no
    missing_is_high = not branch.missing_is_yes
    if branch.mode in ("BRANCH_GT", "BRANCH_GTE"):
        low, high, missing_is_high = high, low, not missing_is_high
    # `low` is taken where x ≤ t (x < t where strict).
    threshold = _rounded(branch.threshold)
    if mirrored:
        # x < t is -x > -t; x ≤ t is x < the float32 after t.
        edge = threshold if strict else _after(threshold, INFINITY)
        return _Step(branch.feature, -edge, not missing_is_high, high, low)
    # x < t is x ≤ the float32 before t.
    edge = _after(threshold, -INFINITY) if strict else threshold
    return _Step(branch.feature, edge, missing_is_high, low, high)


def _rounded(threshold: float) -> np.float32:
    """Rounds as the features are: only features of double precision have thresholds with more digits."""
    if np.isnan(threshold):
        return -INFINITY  # as ONNX compares: nothing is at most, or less than, NaN
    with np.errstate(over="ignore"):
        return np.float32(threshold)


def _after(number: np.float32, way: np.float32) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(np.nextafter(number, way))


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
        _tracks(node, len(ids)),
        node.attribute("nodes_truenodeids"),
        node.attribute("nodes_falsenodeids"),
        strict=True,
    )
    branches = {
        ("", tree, number): Branch(feature, value, mode, missing, ("", tree, yes), ("", tree, no))
        for tree, number, mode, feature, value, missing, yes, no in columns
        if mode != "LEAF"
    }
    weights: dict[Key, Array] = {}
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


def _tracks(node: Node, count: int) -> list[bool]:
    """Reads for every node whether a missing value goes where the comparison is true."""
    given = node.attribute("nodes_missing_value_tracks_true") or [0] * count
    return [bool(each) for each in given]


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
        _tracks(node, len(modes)),
        node.attribute("nodes_truenodeids"),
        node.attribute("nodes_trueleafs"),
        node.attribute("nodes_falsenodeids"),
        node.attribute("nodes_falseleafs"),
        strict=True,
    )

    def key(is_leaf: int, number: int) -> Key:
        return ("leaf" if is_leaf else "node", 0, number)

    branches = {
        key(0, i): Branch(feature, split, mode, missing, key(yes_leaf, yes), key(no_leaf, no))
        for i, (feature, split, mode, missing, yes, yes_leaf, no, no_leaf) in enumerate(columns)
    }
    targets = node.attribute("leaf_targetids")
    weights = node.attribute("leaf_weights").ravel()

    def leaf_weights(leaf: Key) -> Array:
        row = np.zeros(outputs)
        row[targets[leaf[2]]] = weights[leaf[2]]
        return row

    return flatten(node, [key(0, root) for root in node.attribute("tree_roots")], branches, leaf_weights)
