"""Comparisons, boolean logic and selection."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, broadcast_to, cast, dtype_name, is_float, is_static, scalar, shape_of

LARGEST = float(np.finfo(np.float32).max)


@lowers("Equal", newest=19)
def equal(node: Node) -> Value:
    if dtype_name(node.value(0)) == "bool":
        return mb.equal(x=cast(node.value(0), "int32"), y=cast(node.value(1), "int32"))
    return mb.equal(x=node.var(0), y=node.var(1))


@lowers("Greater", newest=13)
def greater(node: Node) -> Value:
    return mb.greater(x=node.var(0), y=node.var(1))


@lowers("GreaterOrEqual", newest=16)
def greater_or_equal(node: Node) -> Value:
    return mb.greater_equal(x=node.var(0), y=node.var(1))


@lowers("Less", newest=13)
def less(node: Node) -> Value:
    return mb.less(x=node.var(0), y=node.var(1))


@lowers("LessOrEqual", newest=16)
def less_or_equal(node: Node) -> Value:
    return mb.less_equal(x=node.var(0), y=node.var(1))


@lowers("And", newest=7)
def logical_and(node: Node) -> Value:
    return mb.logical_and(x=node.var(0), y=node.var(1))


@lowers("Or", newest=7)
def logical_or(node: Node) -> Value:
    return mb.logical_or(x=node.var(0), y=node.var(1))


@lowers("Xor", newest=7)
def logical_xor(node: Node) -> Value:
    return mb.logical_xor(x=node.var(0), y=node.var(1))


@lowers("Not", newest=1)
def logical_not(node: Node) -> Value:
    return mb.logical_not(x=node.var(0))


@lowers("IsNaN", newest=20)
def is_nan(node: Node) -> Value:
    return mb.not_equal(x=node.var(0), y=node.var(0))  # only NaN differs from itself


@lowers("IsInf", newest=20)
def is_infinite(node: Node) -> Value:
    x = node.var(0)
    if not is_float(x):
        raise node.refused("whole numbers are never infinite")
    largest = float(np.finfo(np.float16).max) if dtype_name(x) == "fp16" else LARGEST
    above, below = node.attribute("detect_positive", 1), node.attribute("detect_negative", 1)
    if above and below:
        return mb.greater(x=mb.abs(x=x), y=scalar(largest, x))
    if below:
        return mb.less(x=x, y=scalar(-largest, x))
    return mb.greater(x=x, y=scalar(largest if above else np.nan, x))


@lowers("Where", newest=16)
def where(node: Node) -> Value:
    return choose(node.var(0), node.var(1), node.var(2))


def choose(condition: Value, when_true: Value, when_false: Value) -> Value:
    """Selects as `numpy.where`, with all three shapes broadcast."""
    shapes = [shape_of(value) for value in (condition, when_true, when_false)]
    # Core ML infers the result's shape without the condition, so the condition must not be larger.
    if all(is_static(shape) for shape in shapes):
        together = np.broadcast_shapes(*shapes)
        condition, when_true = broadcast_to(condition, together), broadcast_to(when_true, together)
        when_false = broadcast_to(when_false, together)
    return mb.select(cond=condition, a=when_true, b=when_false)
