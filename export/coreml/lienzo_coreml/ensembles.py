"""Reads the tree ensembles of `ai.onnx.ml` from the attributes of their nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lienzo_coreml.branches import MODES, Branch, Key
from lienzo_coreml.forest import Forest, flatten
from lienzo_coreml.node import Node
from lienzo_coreml.values import Array


def read_forest(node: Node, prefix: str, outputs: int) -> Forest:
    """Reads the trees of a TreeEnsembleClassifier (`class`) or TreeEnsembleRegressor (`target`).

    The attributes are parallel lists with one entry for each node of all trees, and other parallel lists with
    one entry for each weight of a leaf. A node is identified by tree and number; a root is no node's child.

    Raises:
        UnsupportedOp: When the trees are not trees, or branch in a way that is not converted.
    """
    columns = _columns(node, "nodes", "treeids nodeids modes featureids values truenodeids falsenodeids")
    trees, ids = columns[:2]
    if not trees:
        raise node.refused("it has no trees")
    branches = {
        ("", tree, number): Branch(feature, (value,), mode, missing, ("", tree, yes), ("", tree, no))
        for (tree, number, mode, feature, value, yes, no), missing in zip(
            zip(*columns, strict=True), _tracks(node, len(ids)), strict=True
        )
        if mode != "LEAF"
    }
    weights: dict[Key, Array] = {}
    entries = _columns(node, prefix, "treeids nodeids ids weights")
    for tree, number, output, weight in zip(*entries, strict=True):
        _check_output(node, output, outputs)
        weights.setdefault(("", tree, number), np.zeros(outputs))[output] += weight
    children = {branch.yes for branch in branches.values()} | {branch.no for branch in branches.values()}
    keys = dict.fromkeys(("", tree, number) for tree, number in zip(trees, ids, strict=True))
    absent = next((key for key in children if key not in keys), None)
    if absent is not None:
        raise node.refused(f"tree {absent[1]} has no node {absent[2]}, which another one leads to")
    roots = [key for key in keys if key not in children]
    counts = Counter(tree for _, tree, _ in roots)
    odd = next((tree for tree in trees if counts[tree] != 1), None)
    if odd is not None:
        raise node.refused(f"tree {odd} has {counts[odd]} roots")
    return flatten(node, roots, branches, lambda key: weights.get(key, np.zeros(outputs)))


def read_tree_ensemble(node: Node, outputs: int) -> Forest:
    """Reads the trees of a TreeEnsemble, the form that `ai.onnx.ml` 5 introduced.

    Inner nodes and leaves are numbered separately, over all trees; `nodes_trueleafs` and `nodes_falseleafs`
    say which of the two a child's number means. A leaf contributes one weight to one output.

    Raises:
        UnsupportedOp: When the trees are not trees.
    """
    splits = node.attribute("nodes_splits").ravel().tolist()
    modes = [MODES[int(mode)] for mode in node.attribute("nodes_modes").ravel()]
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
    members = _memberships(node)

    def key(is_leaf: int, number: int) -> Key:
        return ("leaf" if is_leaf else "node", 0, number)

    branches = {
        key(0, i): Branch(
            feature,
            next(members, ()) if mode == "BRANCH_MEMBER" else (split,),
            mode,
            missing,
            key(yes_leaf, yes),
            key(no_leaf, no),
        )
        for i, (feature, split, mode, missing, yes, yes_leaf, no, no_leaf) in enumerate(columns)
    }
    targets = node.attribute("leaf_targetids")
    weights = node.attribute("leaf_weights").ravel()

    def leaf_weights(leaf: Key) -> Array:
        if leaf[0] == "node" or not 0 <= leaf[2] < len(targets):
            raise node.refused(f"a branch leads to {leaf[0]} {leaf[2]}, which is not there")
        _check_output(node, targets[leaf[2]], outputs)
        row = np.zeros(outputs)
        row[targets[leaf[2]]] = weights[leaf[2]]
        return row

    return flatten(node, [key(0, root) for root in node.attribute("tree_roots")], branches, leaf_weights)


def _check_output(node: Node, output: int, outputs: int) -> None:
    if not 0 <= output < outputs:
        raise node.refused(f"a leaf has a weight for output {output}, and there are {outputs}, from 0")


def _columns(node: Node, prefix: str, names: str) -> list[list[Any]]:
    """Reads parallel lists of equal length."""
    found: dict[str, list[Any]] = {}
    for name in (f"{prefix}_{each}" for each in names.split()):
        values = node.attribute(f"{name}_as_tensor")
        found[name] = list(node.attribute(name, ()) if values is None else values.ravel().tolist())
    (first, length), *others = ((name, len(values)) for name, values in found.items())
    for name, count in others:
        if count != length:
            raise node.refused(f"{count} {name} for {length} {first}")
    return list(found.values())


def _tracks(node: Node, count: int) -> list[bool]:
    """Reads for every node whether a missing value goes where the comparison is true."""
    given: Sequence[int] = node.attribute("nodes_missing_value_tracks_true") or [0] * count
    if len(given) != count:
        raise node.refused(f"{len(given)} nodes_missing_value_tracks_true for {count} nodes")
    return [bool(each) for each in given]


def _memberships(node: Node) -> Iterator[tuple[float, ...]]:
    """Yields the sets of the branches by membership, in order; NaN ends each."""
    given = node.attribute("membership_values")
    numbers: list[float] = []
    for number in () if given is None else given.ravel().tolist():
        if np.isnan(number):
            yield tuple(numbers)
            numbers = []
        else:
            numbers.append(number)
    if numbers:
        yield tuple(numbers)
