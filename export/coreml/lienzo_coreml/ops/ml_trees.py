"""Decision trees, random forests and boosted trees of `ai.onnx.ml`, walked by gathers."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.branches import INFINITY
from lienzo_coreml.ensembles import read_forest, read_tree_ensemble
from lienzo_coreml.forest import LARGEST, Forest
from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.ml_classes import class_count, post_transform, winning_label, with_other_class
from lienzo_coreml.precision import EXACT_PREFIX
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Array, Value, cast, is_static, shape_of, spread, to_var, zeros_like

ML = "ai.onnx.ml"
MOST_MARKED = 2**26
"""Weights of the marks together: 256 MiB in float32."""
AGGREGATES = {"SUM": mb.reduce_sum, "AVERAGE": mb.reduce_mean, "MIN": mb.reduce_min, "MAX": mb.reduce_max}


def _named(build: Any, label: str, **arguments: Any) -> Value:
    """Builds an operation that stays in fp32 when the model becomes fp16, because it compares or indexes."""
    return build(name=f"{EXACT_PREFIX}{label}", **arguments)


def walk(node: Node, forest: Forest, x: Value, aggregate: str = "SUM") -> Value:
    """Evaluates every tree for every row.

    Args:
        node: The tree ensemble.
        forest: Its tables.
        x: Features, fp32 of shape (N, features).
        aggregate: How the trees are combined: SUM, AVERAGE, MIN or MAX.

    Returns:
        fp32 of shape (N, outputs).
    """
    single = shape_of(x)[0] == 1
    label = f"tree_{node.name}_"
    _check_features(node, forest, x)
    marks = _marks(node, forest, x, label)
    x, columns, thresholds = _with_missing(node, forest, x, label)
    if marks is not None:
        columns = np.where(columns < 0, int(shape_of(x)[-1]) - 1 - columns, columns).astype(np.int32)
        x = _named(mb.concat, label + "marked", values=[x, marks], axis=1)
    tables = {name: to_var(getattr(forest, name)) for name in ("child", "leaf", "weights")}
    tables |= {"feature": to_var(columns), "threshold": to_var(thresholds)}
    row = mb.reshape(x=x, shape=[-1]) if single else x
    # The current node of every tree, (trees,) for a single row, else (N, trees). Each step looks up the
    # node's feature and threshold, compares, and goes to child + (value > threshold).
    cursor = to_var(forest.roots) if single else _roots_per_row(x, forest)
    for step in range(forest.depth):
        name = f"{label}{step}_"
        column = _named(mb.gather, name + "column", x=tables["feature"], indices=cursor, axis=0)
        pick = mb.gather if single else mb.gather_along_axis
        value = _named(pick, name + "value", x=row, indices=column, axis=0 if single else 1)
        limit = _named(mb.gather, name + "limit", x=tables["threshold"], indices=cursor, axis=0)
        above = cast(_named(mb.greater, name + "above", x=value, y=limit), "int32")
        first = _named(mb.gather, name + "child", x=tables["child"], indices=cursor, axis=0)
        cursor = _named(mb.add, name + "next", x=first, y=above)
    leaf = _named(mb.gather, label + "leaf", x=tables["leaf"], indices=cursor, axis=0)
    votes = _named(mb.gather, label + "weights", x=tables["weights"], indices=leaf, axis=0)
    result = AGGREGATES[aggregate](x=votes, axes=[0 if single else 1], keep_dims=single)
    return result


def _with_missing(node: Node, forest: Forest, x: Value, label: str) -> tuple[Value, Array, Array]:
    """Prepares the features so that a missing value is above the thresholds of the nodes that want it there.

    Returns:
        The features, of which there may be twice as many; the column that each node compares; its threshold.
    """
    columns, thresholds = forest.feature, forest.threshold
    above = forest.missing_above & forest.inner
    if forest.mirrored:
        x = _named(mb.mul, label + "mirrored", x=x, y=np.float32(-1))
    if not above.any():
        return x, columns, thresholds
    # A node that only asks whether the value is missing compares with infinity, which infinity is not above.
    asking = above & (thresholds == INFINITY)
    filled = x
    if asking.any():
        if (above & (thresholds == LARGEST)).any():
            raise node.refused("thresholds that are infinite beside some that are the largest number")
        thresholds = np.where(asking, LARGEST, thresholds)
        filled = _named(mb.minimum, label + "finite", x=x, y=LARGEST)
    absent = _named(mb.not_equal, label + "missing", x=x, y=x)
    infinite = spread(INFINITY, x)
    filled = _named(mb.select, label + "filled", cond=absent, a=infinite, b=filled)
    if above[forest.inner & (forest.feature >= 0)].all():
        return filled, columns, thresholds
    width = int(shape_of(x)[-1])
    both = _named(mb.concat, label + "both", values=[x, filled], axis=1)
    return both, np.where(above, columns + width, columns).astype(np.int32), thresholds


def _check_features(node: Node, forest: Forest, x: Value) -> None:
    width = shape_of(x)[-1]
    if not is_static([width]):
        raise node.refused("the number of features is only known on the device")
    asked = [*forest.feature.tolist(), *(mark.feature for mark in forest.marks)]
    wrong = next((each for each in asked if each >= width), None)
    if wrong is not None:
        raise node.refused(f"a branch asks feature {wrong}, and there are {width}, from 0")


def _marks(node: Node, forest: Forest, x: Value, label: str) -> Value | None:
    """Computes what branches by equality ask: 1 where a feature is one of some numbers; fp32 of (N, marks).

    Every feature is compared once with every number that any mark has of it. A feature equals at most one of
    different numbers, so the sum over those of a mark is 0 or 1.
    """
    if not forest.marks:
        return None
    pairs = {(mark.feature, number) for mark in forest.marks for number in mark.asked}
    asked = sorted(pairs, key=str)
    if len(asked) * len(forest.marks) > MOST_MARKED:
        raise node.refused(f"{len(forest.marks)} sets of {len(asked)} numbers to be equal to")
    column = {pair: number for number, pair in enumerate(asked)}
    weight = np.zeros((len(forest.marks), len(asked)), np.float32)
    for row, mark in zip(weight, forest.marks, strict=True):
        row[[column[mark.feature, number] for number in mark.asked]] = 1
    missing = np.array([number is None for _, number in asked])
    numbers = np.array([np.nan if number is None else number for _, number in asked], np.float32)
    features = np.array([feature for feature, _ in asked], np.int32)
    picked = _named(mb.gather, label + "asked", x=x, indices=features, axis=1)
    hit = cast(_named(mb.equal, label + "equal", x=picked, y=numbers[None]), "fp32")
    if missing.any():
        absent = cast(_named(mb.not_equal, label + "absent", x=picked, y=picked), "fp32")
        counted = _named(mb.mul, label + "counted", x=absent, y=missing.astype(np.float32)[None])
        hit = _named(mb.add, label + "hit", x=hit, y=counted)
    return _named(mb.linear, label + "marks", x=hit, weight=weight)


def _roots_per_row(x: Value, forest: Forest) -> Value:
    rows = shape_of(x)[0]
    roots = forest.roots[None]
    if is_static([rows]):
        return to_var(np.ascontiguousarray(np.broadcast_to(roots, (rows, len(forest.roots)))))
    first = mb.slice_by_index(x=x, begin=[0, 0], end=[0, 1], end_mask=[True, False])
    return mb.add(x=zeros_like(first, "int32"), y=roots)


def _features(node: Node) -> Value:
    x = cast(node.value(0), "fp32")
    return mb.expand_dims(x=x, axes=[0]) if len(x.shape) == 1 else x


def _base(node: Node, result: Value) -> Value:
    base = node.attribute("base_values")
    return mb.add(x=result, y=np.asarray(base, np.float32)[None]) if base else result


@lowers("TreeEnsembleClassifier", newest=5, domain=ML)
def tree_classifier(node: Node) -> tuple[Value, ...]:
    classes = class_count(node)
    weights = node.attribute("class_weights") or node.attribute("class_weights_as_tensor").ravel().tolist()
    total = walk(node, read_forest(node, "class", classes), _features(node))
    voted = set(node.attribute("class_ids"))
    if classes == 2 and len(voted) == 1:  # a binary model may hold the score of one class only
        column = voted.pop()
        score = mb.slice_by_index(x=total, begin=[0, column], end=[0, column + 1], end_mask=[True, False])
        base = node.attribute("base_values") or []
        if base:
            score = mb.add(x=score, y=np.float32(base[-1]))
        scores = with_other_class(node, score, share=all(weight >= 0 for weight in weights))
    else:
        scores = post_transform(node, _base(node, total))
    return winning_label(node, scores), scores


@lowers("TreeEnsembleRegressor", newest=5, domain=ML)
def tree_regressor(node: Node) -> Value:
    outputs = int(node.attribute("n_targets", 1))
    aggregate = node.attribute("aggregate_function", "SUM")
    total = walk(node, read_forest(node, "target", outputs), _features(node), aggregate)
    return post_transform(node, _base(node, total))


@lowers("TreeEnsemble", newest=5, domain=ML)
def tree_ensemble(node: Node) -> Value:
    outputs = int(node.attribute("n_targets", 1))
    aggregate = ("AVERAGE", "SUM", "MIN", "MAX")[int(node.attribute("aggregate_function", 1))]
    total = walk(node, read_tree_ensemble(node, outputs), _features(node), aggregate)
    kinds = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
    if kinds[int(node.attribute("post_transform", 0))] != "NONE":
        raise node.refused("a post_transform")
    return total
