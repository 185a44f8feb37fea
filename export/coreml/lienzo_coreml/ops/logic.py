"""Comparisons, boolean logic and selection."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import (
    Value,
    broadcast_to,
    cast,
    dtype_name,
    is_float,
    is_known,
    is_static,
    scalar,
    shape_of,
    to_var,
    zeros_like,
)

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
    given = (condition, when_true, when_false)
    shapes = [shape_of(value) for value in given]
    # Core ML infers the result's shape without the condition, so all three get the shape of all together.
    if all(is_static(shape) for shape in shapes):
        together = np.broadcast_shapes(*shapes)
        cond, a, b = (broadcast_to(value, together) for value in given)
    else:
        nothing = _zeros_of_all(given)
        cond = mb.logical_or(x=to_var(condition), y=cast(nothing, "bool"))
        a, b = (_stretched(value, nothing) for value in (when_true, when_false))
    return mb.select(cond=cond, a=a, b=b)


def _zeros_of_all(values: Sequence[Value]) -> Value:
    """Makes int32 zeros of the shape that values have together, of which sizes may be open."""
    # An open size is known from a variable only; a constant adds its own.
    zeros = [
        np.zeros(value.shape, np.int32) if is_known(value) else zeros_like(value, "int32") for value in values
    ]
    return reduce(lambda x, y: mb.add(x=to_var(x), y=to_var(y)), zeros)


def _stretched(value: Value, nothing: Value) -> Value:
    if dtype_name(value) == "bool":
        return mb.logical_or(x=to_var(value), y=cast(nothing, "bool"))
    return mb.add(x=to_var(value), y=cast(nothing, dtype_name(value)))
