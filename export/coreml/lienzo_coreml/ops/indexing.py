"""Gathering, scattering and ranking."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.logic import choose
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import (
    Value,
    broadcast_to,
    cast,
    dtype_name,
    is_known,
    is_static,
    scalar,
    shape_of,
    to_var,
)

MODES = {"none": "update", "add": "add", "mul": "mul", "max": "max", "min": "min"}


def natural_indices(indices: Value, size: Any) -> Value:
    """Makes indices non-negative, because the newer gathers of Core ML refuse negative ones.

    Args:
        indices: Indices from -size to size - 1.
        size: Size of the axis that they count on: a number, or a variable where only the device knows it.
    """
    if is_known(indices):
        if not (indices < 0).any():
            return to_var(indices)
        if isinstance(size, int):
            return to_var(np.where(indices < 0, indices + size, indices))
        indices = to_var(indices)
    size = np.int32(size) if isinstance(size, int) else size
    # index + (index < 0) · size: every compute unit of the device supports this arithmetic.
    wrapped = mb.mul(x=cast(mb.less(x=indices, y=np.int32(0)), "int32"), y=size)
    return mb.add(x=indices, y=wrapped)


def _check_indices(node: Node, axis: int) -> None:
    indices, size = node.value(1), shape_of(node.value(0))[axis]
    if is_known(indices) and is_static([size]):
        wrong = indices[(indices < -size) | (indices >= size)]
        if wrong.size:
            raise node.refused(f"index {int(wrong.ravel()[0])} of an axis of {size}")


def size_of(x: Value, axis: int) -> Any:
    """Returns the size of an axis: a number, or a variable where it is only known on the device."""
    size = shape_of(x)[axis]
    return size if is_static([size]) else mb.gather(x=mb.shape(x=to_var(x)), indices=np.int32(axis), axis=0)


def as_numbers(value: Value) -> Value:
    """Makes int32 of truth values, which Core ML does not gather."""
    return cast(value, "int32") if dtype_name(value) == "bool" else to_var(value)


def restored(result: Value, like: Value) -> Value:
    """Makes truth values again of what was gathered from some."""
    return cast(result, "bool") if dtype_name(like) == "bool" else result


@lowers("Gather", newest=13)
def gather(node: Node) -> Value:
    axis = node.axis(0)
    _check_indices(node, axis)
    indices = natural_indices(node.value(1), size_of(node.value(0), axis))
    return restored(mb.gather(x=as_numbers(node.value(0)), indices=indices, axis=axis), node.value(0))


@lowers("GatherElements", newest=13)
def gather_elements(node: Node) -> Value:
    axis = node.axis(0)
    _check_indices(node, axis)
    indices = natural_indices(node.value(1), size_of(node.value(0), axis))
    x = as_numbers(node.value(0))
    # ONNX allows indices that are shorter than the data along the other axes; Core ML does not.
    whole, wanted = shape_of(node.value(0)), shape_of(node.value(1))
    along = [i == axis or not is_static([whole[i]]) or whole[i] == wanted[i] for i in range(len(whole))]
    if not all(along):
        ends = [0 if full else wanted[i] for i, full in enumerate(along)]
        x = mb.slice_by_index(x=x, begin=[0] * len(ends), end=ends, end_mask=along)
    return restored(mb.gather_along_axis(x=x, indices=indices, axis=axis), node.value(0))


@lowers("GatherND", newest=13)
def gather_nd(node: Node) -> Value:
    batch = int(node.attribute("batch_dims", 0))
    if batch and node.target == "iOS15":
        raise node.refused("batch_dims needs iOS16 or newer")
    options = {"batch_dims": batch} if batch else {}
    return mb.gather_nd(x=as_numbers(node.value(0)), indices=node.var(1), **options)


@lowers("ScatterElements", "Scatter", newest=18)
def scatter_elements(node: Node) -> Value:
    axis = node.axis(0)
    indices = natural_indices(node.value(1), size_of(node.value(0), axis))
    mode = MODES[node.attribute("reduction", "none")]
    if any(a != b for i, (a, b) in enumerate(zip(node.shape(0), node.shape(1), strict=True)) if i != axis):
        raise node.refused("indices that span less than the data along another axis")
    return mb.scatter_along_axis(data=node.var(0), indices=indices, updates=node.var(2), axis=axis, mode=mode)


@lowers("ScatterND", newest=18)
def scatter_nd(node: Node) -> Value:
    mode = MODES[node.attribute("reduction", "none")]
    indices = node.value(1)
    if is_known(indices):
        sizes = np.array(node.shape(0)[: indices.shape[-1]])
        indices = np.where(indices < 0, indices + sizes, indices)
    return mb.scatter_nd(data=node.var(0), indices=to_var(indices), updates=node.var(2), mode=mode)


@lowers("OneHot", newest=28, fixed={1: "depth", 2: "values"})
def one_hot(node: Node) -> Value:
    depth = int(np.ravel(node.known(1, "depth"))[0])
    off, on = node.known(2, "values")
    rank = node.rank() + 1
    axis = node.natural(int(node.attribute("axis", -1)), rank)
    # Compares every index with 0 … depth - 1 along a new axis.
    classes = np.arange(depth, dtype=np.int32).reshape([depth if i == axis else 1 for i in range(rank)])
    indices = natural_indices(cast(node.value(0), "int32"), depth)
    hit = mb.equal(x=mb.expand_dims(x=indices, axes=[axis]), y=classes)
    if on == 1 and off == 0:
        return cast(hit, dtype_name(np.asarray(on)))
    wide = [*node.shape(0)]
    wide.insert(axis, depth)
    return choose(hit, broadcast_to(np.asarray(on), wide), to_var(np.asarray(off)))


@lowers("TopK", newest=24, fixed={1: "k"})
def top_k(node: Node) -> tuple[Value, ...]:
    count = int(np.ravel(node.known(1, "k"))[0]) if node.has(1) else int(node.attribute("k"))
    ascending = not node.attribute("largest", 1)
    return tuple(mb.topk(x=node.var(0), k=count, axis=node.axis(-1), ascending=ascending))


@lowers("Trilu", newest=14, fixed={1: "k"})
def triangle(node: Node) -> Value:
    sides = [node.size(axis) for axis in (node.rank() - 2, node.rank() - 1)]
    offset = int(np.ravel(node.known(1, "k"))[0]) if node.has(1) else 0
    cut = np.triu if node.attribute("upper", 1) else np.tril
    mask = cut(np.ones(sides, bool), offset).reshape([1] * (node.rank() - 2) + sides)
    x = node.var(0)
    return choose(to_var(np.ascontiguousarray(mask)), x, to_var(np.asarray(scalar(0, x))))


@lowers("Range", newest=28, fixed={0: "start", 2: "delta"}, limits="only the end may be computed")
def range_(node: Node) -> Value:
    start, end, step = (node.var(i) for i in range(3))
    # A computed scalar may have become a vector of one element.
    return mb.range_1d(start=start, end=mb.squeeze(x=end) if len(end.shape) else end, step=step)
