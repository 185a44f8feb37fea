"""Branches of trees as ONNX states them, and as steps "to the second child above a threshold".

A branch by equality or membership asks a mark in place of a feature: 1 where the feature is one of some
numbers, else 0. Exporters of boosted trees write a set of categories as a chain of equalities with one child
in common; a chain becomes one step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lienzo_coreml.node import Node

Key: TypeAlias = tuple[str, int, int]
"""What a model calls a node or a leaf."""

INFINITY = np.float32(np.inf)
ORDERED_MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT")
STRICT_MODES = ("BRANCH_LT", "BRANCH_GTE")
MODES = (*ORDERED_MODES, "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER")
"""In the order in which TreeEnsemble numbers them."""
MARKED = np.float32(0.5)


@dataclass(frozen=True)
class Branch:
    """An inner node as the ONNX model states it; `yes` and `no` are keys of nodes or leaves.

    Attributes:
        feature: The feature that it asks.
        numbers: The threshold, or the numbers to be equal to one of.
        mode: One of `MODES`.
        missing_is_yes: Whether a missing value goes to `yes`.
        yes: Next where the comparison is true.
        no: Next where it is not.
    """

    feature: int
    numbers: tuple[float, ...]
    mode: str
    missing_is_yes: bool
    yes: Key
    no: Key


@dataclass(frozen=True)
class Mark:
    """Whether a feature is one of some numbers, of which None is a missing value."""

    feature: int
    asked: frozenset[float | None]


@dataclass(frozen=True)
class Step:
    """A branch as "the second child above the threshold" of a feature or a mark."""

    asked: int | Mark
    threshold: np.float32
    missing_above: bool
    first: Key
    second: Key


def to_step(node: Node, branches: Mapping[Key, Branch], key: Key, mirrored: bool) -> Step:
    """Normalises a branch; `mirrored` features have the opposite sign."""
    branch = branches[key]
    if branch.mode not in MODES:
        raise node.refused(f"branches of mode {branch.mode}")
    if branch.feature < 0:
        raise node.refused(f"a branch asks feature {branch.feature}")
    if branch.mode not in ORDERED_MODES:
        return _marked(branches, branch)
    strict = branch.mode in STRICT_MODES
    low, high = branch.yes, branch.no
    missing_is_high = not branch.missing_is_yes
    if branch.mode in ("BRANCH_GT", "BRANCH_GTE"):
        low, high, missing_is_high = high, low, not missing_is_high
    # `low` is taken where x ≤ t (x < t where strict).
    threshold = _rounded(branch.numbers[0])
    if mirrored:
        # x < t is -x > -t; x ≤ t is x < the float32 after t.
        edge = threshold if strict else _after(threshold, INFINITY)
        return Step(branch.feature, -edge, not missing_is_high, high, low)
    # x < t is x ≤ the float32 before t.
    edge = _after(threshold, -INFINITY) if strict else threshold
    return Step(branch.feature, edge, missing_is_high, low, high)


def _marked(branches: Mapping[Key, Branch], branch: Branch) -> Step:
    """Joins the equalities of a chain, in which each is asked where the one before is not true."""
    mark, yes, no = _equality(branch)
    seen = {no}
    while no in branches and branches[no].mode not in ORDERED_MODES:
        further, also_yes, next_no = _equality(branches[no])
        if (further.feature, also_yes) != (mark.feature, yes) or next_no in seen:
            break
        mark = Mark(mark.feature, mark.asked | further.asked)
        no = next_no
        seen.add(no)
    return Step(mark, MARKED, False, no, yes)


def _equality(branch: Branch) -> tuple[Mark, Key, Key]:
    """Returns a branch as "where the mark is set, then where it is not"."""
    asked: set[float | None] = {float(_rounded(each)) for each in branch.numbers if not np.isnan(each)}
    if branch.mode == "BRANCH_NEQ":  # a missing value differs from every number
        return Mark(branch.feature, frozenset(asked)), branch.no, branch.yes
    if branch.missing_is_yes:
        asked.add(None)
    return Mark(branch.feature, frozenset(asked)), branch.yes, branch.no


def _rounded(threshold: float) -> np.float32:
    """Rounds as the features are: only features of double precision have thresholds with more digits."""
    if np.isnan(threshold):
        return -INFINITY  # as ONNX compares: nothing is at most, or less than, NaN
    with np.errstate(over="ignore"):
        return np.float32(threshold)


def _after(number: np.float32, way: np.float32) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(np.nextafter(number, way))
