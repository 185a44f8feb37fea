"""Sums, means, extremes and norms along axes; arg max and arg min; cumulative sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.elementwise import natural_log
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, dtype_name, scalar

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
    return [int(axis) % max(node.rank(), 1) for axis in axes] if axes else None


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
    return _position(node, mb.reduce_argmax)


@lowers("ArgMin", newest=13)
def arg_min(node: Node) -> Value:
    return _position(node, mb.reduce_argmin)


def _position(node: Node, build: Callable[..., Any]) -> Value:
    x, axis = node.var(0), node.axis(0)
    kept = bool(node.attribute("keepdims", 1))
    if not node.attribute("select_last_index", 0):
        return build(x=x, axis=axis, keep_dims=kept)
    # The last of equal values is the first in the reversed order.
    from_end = build(x=mb.reverse(x=x, axes=[axis]), axis=axis, keep_dims=kept)
    return mb.sub(x=scalar(node.shape(0)[axis] - 1, from_end), y=from_end)


@lowers("CumSum", newest=14, fixed={1: "axis"})
def running_sum(node: Node) -> Value:
    axis = int(node.known(1, "axis").ravel()[0]) % node.rank()
    return mb.cumsum(
        x=node.var(0),
        axis=axis,
        exclusive=bool(node.attribute("exclusive", 0)),
        reverse=bool(node.attribute("reverse", 0)),
    )
