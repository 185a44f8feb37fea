"""Tree ensembles of `ai.onnx.ml` as flat tables, in which every tree is walked by the same few gathers.

The two children of a node lie side by side, so one table of first children is enough: the next node is
`child[node] + (x > threshold)`. Leaves point to themselves and compare with infinity, which nothing exceeds,
so that a fixed number of steps, the depth of the deepest tree, ends in a leaf everywhere.

A missing value (NaN) exceeds nothing, so it goes to the first child. Nodes that send it to the second read
another copy of the features, in which missing values are infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lienzo_coreml.branches import INFINITY, STRICT_MODES, Branch, Key, Mark, Step, to_step
from lienzo_coreml.node import Node
from lienzo_coreml.values import Array

LARGEST = np.finfo(np.float32).max
WRITTEN_OUT = 2**20
"""Rows of the tables beyond four for each branch: one that several lead to is written out for each."""


@dataclass(frozen=True)
class Forest:
    """Trees as tables over all nodes.

    Attributes:
        feature: Feature that a node compares, int32; -1 and below are the marks, of `marks` in order.
        threshold: Threshold of the comparison, float32; above it the second child is next.
        missing_above: Whether a missing value counts as above the threshold, bool.
        child: First child of a node, int32; a leaf is its own child.
        leaf: Row of `weights` of a leaf, int32; 0 for other nodes.
        weights: Contribution of each leaf to each output, float32 of shape (leaves, outputs).
        roots: Root node of each tree, int32.
        depth: Number of steps after which every tree is at a leaf.
        mirrored: Whether the thresholds of features are for their opposite sign.
        marks: What branches by equality ask: 1 where a feature is one of some numbers, else 0.
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
    marks: tuple[Mark, ...]

    @property
    def inner(self) -> Array:
        """Which nodes compare, bool; the others are leaves."""
        return np.asarray(self.child != np.arange(len(self.child)))


def flatten(
    node: Node,
    roots: Sequence[Key],
    branches: Mapping[Key, Branch],
    leaf_weights: Callable[[Key], Array],
) -> Forest:
    """Lays out trees as tables, breadth first, so that siblings are neighbours.

    Args:
        node: The tree ensemble, for refusals.
        roots: Key of each tree's root.
        branches: Inner nodes by key; every other key is a leaf.
        leaf_weights: Returns the contribution of a leaf to each output.

    Raises:
        UnsupportedOp: When they have a cycle, or too many nodes once shared ones are written out.
    """
    # x < t is -x > -t, with no number in between that a device might round to zero.
    mirrored = sum(each.mode in STRICT_MODES for each in branches.values()) * 2 > len(branches)
    rows, starts, depth = _Rows(), [], 0
    most = WRITTEN_OUT + 4 * len(branches)
    for root in roots:
        starts.append(rows.reserve())
        level = [(root, starts[-1])]
        steps = 0
        while level:
            below = []
            for key, row in level:
                if key in branches:
                    below += rows.branch(row, to_step(node, branches, key, mirrored))
                else:
                    rows.end(row, leaf_weights(key))
            steps += bool(below)
            if steps > len(branches):
                raise node.refused("a tree has a cycle")
            if len(rows.feature) > most:
                raise node.refused(f"more than {most} nodes, each written out for every way to it")
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
    marks: dict[Mark, int] = field(default_factory=dict)

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

    def branch(self, row: int, step: Step) -> list[tuple[Key, int]]:
        """Makes a row a branch; returns its children with the rows reserved for them."""
        asked = step.asked
        self.feature[row] = (
            -1 - self.marks.setdefault(asked, len(self.marks)) if isinstance(asked, Mark) else asked
        )
        self.threshold[row] = step.threshold
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
            tuple(self.marks),
        )
