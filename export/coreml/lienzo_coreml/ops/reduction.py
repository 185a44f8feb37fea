"""Sums, means, extremes and norms along axes; arg max and arg min; cumulative sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.elementwise import natural_log
from lienzo_coreml.precision import EXACT_PREFIX
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, dtype_name, is_static, shape_of, zeros_like

AXES = {1: "axes"}
REDUCTIONS = {
    "ReduceL1": (mb.reduce_l1_norm, 18),
    "ReduceL2": (mb.reduce_l2_norm, 18),
    "ReduceLogSumExp": (mb.reduce_log_sum_exp, 28),
    "ReduceMax": (mb.reduce_max, 20),
    "ReduceMean": (mb.reduce_mean, 18),
    "ReduceMin": (mb.reduce_min, 20),
    "ReduceProd": (mb.reduce_prod, 18),
    "ReduceSum": (mb.reduce_sum, 13),
    "ReduceSumSquare": (mb.reduce_sum_square, 18),
}


def axes_of(node: Node, index: int = 1) -> list[int] | None:
    """Returns the axes of a node, from its attribute or, in newer opsets, its input; None without any."""
    axes = node.known(index, "axes").ravel().tolist() if node.has(index) else node.attribute("axes")
    return [node.natural(int(axis), node.rank()) for axis in axes] if axes else None


def reduced(node: Node, build: Callable[..., Any]) -> Value:
    """Applies a reduction of the ML Program over the axes of an ONNX reduction."""
    x, axes = node.var(0), axes_of(node)
    kept = bool(node.attribute("keepdims", 1))
    truth = dtype_name(x) == "bool"
    if truth:
        x = cast(x, "int32")
    if axes is None and node.attribute("noop_with_empty_axes", 0):
        # "No operation" still applies the function to each element: reduces a new axis of size one.
        x, axes, kept = mb.expand_dims(x=x, axes=[-1]), [-1], False
    if axes is None:
        axes = list(range(node.rank()))
    result = build(x=x, axes=axes, keep_dims=kept) if axes else mb.identity(x=x)
    return cast(result, "bool") if truth else result


def _reduction(build: Callable[..., Any]) -> Callable[[Node], Value]:
    def lower(node: Node) -> Value:
        return reduced(node, build)

    return lower


for _op, (_build, _newest) in REDUCTIONS.items():
    lowers(_op, newest=_newest, fixed=AXES)(_reduction(_build))


@lowers("ReduceLogSum", newest=28, fixed=AXES)
def reduce_log_sum(node: Node) -> Value:
    return natural_log(reduced(node, mb.reduce_sum))


@lowers("ArgMax", newest=13)
def arg_max(node: Node) -> Value:
    return _position(node, mb.reduce_max)


@lowers("ArgMin", newest=13)
def arg_min(node: Node) -> Value:
    return _position(node, mb.reduce_min)


def _position(node: Node, build: Callable[..., Any]) -> Value:
    kept, last = bool(node.attribute("keepdims", 1)), bool(node.attribute("select_last_index", 0))
    return position_of(node, build, node.var(0), node.axis(0), kept=kept, last=last)


def position_of(
    node: Node, build: Callable[..., Any], x: Value, axis: int, *, kept: bool, last: bool = False
) -> Value:
    """Finds where the extreme of an axis is, and of several equal ones the first.

    Core ML's own reduce_argmax does not say which of equal ones it takes, and a label or a visual word would
    hang on it. So each place has a weight, and the largest weight among the places of the extreme decides.

    Args:
        node: The node, for the names of the operations; they stay in fp32.
        build: `mb.reduce_max` or `mb.reduce_min`.
        x: Numbers.
        axis: The axis.
        kept: Whether the axis stays, with size one.
        last: Whether the last of equal ones is meant.

    Returns:
        int32; 0 where every number is NaN.
    """
    label = f"{EXACT_PREFIX}position_{node.name}"
    extreme = build(x=x, axes=[axis], keep_dims=True, name=f"{label}_extreme")
    hit = cast(mb.equal(x=x, y=extreme, name=f"{label}_hit"), "int32")
    weights, size = _weights(x, axis, last=last, kept=kept)
    best = mb.reduce_max(x=mb.mul(x=hit, y=weights), axes=[axis], keep_dims=kept)
    if last:  # weights 1, 2, … size
        return mb.maximum(x=mb.sub(x=best, y=np.int32(1)), y=np.int32(0))
    # Weights size … 2, 1; where nothing was hit, size - 0 becomes 0.
    return mb.mod(x=mb.sub(x=size, y=best), y=size)


def _weights(x: Value, axis: int, *, last: bool, kept: bool) -> tuple[Value, Value]:
    """Weights that rise towards the place that is preferred, and the size of the axis."""
    size = shape_of(x)[axis]
    if is_static([size]):
        rising = np.arange(1, size + 1, dtype=np.int32)
        along = [size if i == axis % len(x.shape) else 1 for i in range(len(x.shape))]
        return (rising if last else rising[::-1]).reshape(along).copy(), np.int32(size)
    ones = mb.add(x=zeros_like(x, "int32"), y=np.int32(1))
    weights = mb.cumsum(x=ones, axis=axis, reverse=not last)
    return weights, mb.reduce_max(x=weights, axes=[axis], keep_dims=kept)


@lowers("CumSum", newest=14, fixed={1: "axis"})
def running_sum(node: Node) -> Value:
    axis = node.natural(int(node.known(1, "axis").ravel()[0]), node.rank())
    return mb.cumsum(
        x=node.var(0),
        axis=axis,
        exclusive=bool(node.attribute("exclusive", 0)),
        reverse=bool(node.attribute("reverse", 0)),
    )
