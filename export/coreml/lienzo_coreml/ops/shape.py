"""Shapes: querying, changing, expanding and tiling."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.reduction import axes_of
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, broadcast_to, is_known, is_static, shape_of, zeros_like


@lowers("Identity", newest=28)
def identity(node: Node) -> Value:
    return mb.identity(x=node.var(0))


@lowers("Dropout", newest=22, fixed={1: "ratio", 2: "training_mode"}, limits="inference only")
def dropout(node: Node) -> tuple[Value, ...]:
    ratio = float(node.known(1, "ratio")) if node.has(1) else 0.5
    if node.has(2) and bool(node.known(2, "training_mode")) and ratio:
        raise node.refused("training mode")
    whole = mb.identity(x=node.var(0))
    if not any(node.needed[1:]):
        return (whole,)
    return whole, mb.logical_not(x=zeros_like(whole, "bool"))  # everything is kept


@lowers("Shape", newest=28)
def shape(node: Node) -> Value:
    sizes = shape_of(node.value(0))
    start, end, _ = slice(node.attribute("start", 0), node.attribute("end")).indices(len(sizes))
    if is_static(sizes[start:end]):
        return np.array(sizes[start:end], np.int64)
    whole = mb.shape(x=node.var(0))
    return mb.slice_by_index(x=whole, begin=[start], end=[end]) if (start, end) != (0, len(sizes)) else whole


@lowers("Size", newest=28)
def size(node: Node) -> Value:
    sizes = shape_of(node.value(0))
    if is_static(sizes):
        return np.array(int(np.prod(sizes)), np.int64)
    return mb.reduce_prod(x=mb.shape(x=node.var(0)), axes=[0], keep_dims=False)


@lowers("Reshape", newest=28, fixed={1: "shape"})
def reshape(node: Node) -> Value:
    x = node.var(0)
    target: Value = node.value(1) if node.has(1) else np.array(node.attribute("shape"), np.int64)
    if not is_known(target) and target.val is None:
        if not is_static(target.shape):
            raise node.refused("the number of axes of the result is only known on the device")
        return mb.reshape(x=x, shape=target)
    wanted = [int(entry) for entry in np.ravel(target if is_known(target) else target.val)]
    sizes = shape_of(x)
    if not node.attribute("allowzero", 0):
        wanted = [sizes[i] if entry == 0 else entry for i, entry in enumerate(wanted)]
    return reshaped(x, wanted)


def reshaped(x: Value, wanted: list[Any]) -> Value:
    """Reshapes a value; symbolic sizes count as -1.

    With one -1 Core ML infers that size; it is computed here when the input's shape is static. With several
    the shape is read on the device.
    """
    sizes = shape_of(x)
    if not is_static(wanted):
        wanted = [entry if is_static([entry]) else -1 for entry in wanted]
    if wanted.count(-1) > 1:
        return mb.reshape(x=x, shape=mb.concat(values=_dynamic_sizes(x, wanted), axis=0))
    if is_static(sizes) and -1 in wanted:
        known = int(np.prod([entry for entry in wanted if entry != -1]))
        wanted = [int(np.prod(sizes)) // max(known, 1) if entry == -1 else entry for entry in wanted]
    if not wanted:
        return mb.squeeze(x=x) if sizes else mb.identity(x=x)
    return mb.reshape(x=x, shape=wanted)


def _dynamic_sizes(x: Value, wanted: list[Any]) -> list[Any]:
    whole = mb.shape(x=x)
    return [
        mb.slice_by_index(x=whole, begin=[i], end=[i + 1]) if entry == -1 else np.array([entry], np.int32)
        for i, entry in enumerate(wanted)
    ]


@lowers("Flatten", newest=28)
def flatten(node: Node) -> Value:
    sizes = shape_of(node.value(0))
    axis = int(node.attribute("axis", 1))
    axis = axis + len(sizes) if axis < 0 else axis
    front, back = sizes[:axis], sizes[axis:]
    if is_static(back):
        return reshaped(node.var(0), [int(np.prod(front)) if is_static(front) else -1, int(np.prod(back))])
    if not is_static(front):
        raise node.refused("sizes before and after the axis are only known on the device")
    return reshaped(node.var(0), [int(np.prod(front)), -1])


@lowers("Squeeze", newest=28, fixed={1: "axes"})
def squeeze(node: Node) -> Value:
    axes = axes_of(node)
    if axes is None:
        axes = [i for i, length in enumerate(shape_of(node.value(0))) if length == 1]
    return mb.squeeze(x=node.var(0), axes=axes) if axes else mb.identity(x=node.var(0))


@lowers("Unsqueeze", newest=28, fixed={1: "axes"})
def unsqueeze(node: Node) -> Value:
    axes = node.known(1, "axes").ravel().tolist() if node.has(1) else node.attribute("axes")
    rank = node.rank() + len(axes)
    return mb.expand_dims(x=node.var(0), axes=sorted(node.natural(int(axis), rank) for axis in axes))


@lowers("Transpose", newest=28)
def transpose(node: Node) -> Value:
    order = node.attribute("perm") or list(range(node.rank()))[::-1]
    return mb.transpose(x=node.var(0), perm=order) if order else mb.identity(x=node.var(0))


@lowers("Expand", newest=13, fixed={1: "shape"})
def expand(node: Node) -> Value:
    wanted = tuple(int(size) for size in node.known(1, "shape"))
    return broadcast_to(node.value(0), np.broadcast_shapes(node.shape(0), wanted))


@lowers("Tile", newest=13, fixed={1: "repeats"})
def tile(node: Node) -> Value:
    return mb.tile(x=node.var(0), reps=[int(count) for count in node.known(1, "repeats")])


@lowers("ConstantOfShape", newest=28)
def constant_of_shape(node: Node) -> Value:
    value = np.ravel(node.attribute("value", np.zeros(1, np.float32)))[0]
    kind = np.int32 if value.dtype.kind in "iu" else value.dtype
    filled = mb.fill(shape=node.var(0), value=np.asarray(value).astype(kind)[()])
    if len(filled.shape) == 0:
        raise node.refused("the number of axes of the result is only known on the device")
    return filled


@lowers("DepthToSpace", newest=28)
def depth_to_space(node: Node) -> Value:
    size = int(node.attribute("blocksize"))
    if node.attribute("mode", "DCR") == "CRD":
        return mb.pixel_shuffle(x=node.var(0), upscale_factor=size)
    return mb.depth_to_space(x=node.var(0), block_size=size)


@lowers("SpaceToDepth", newest=28)
def space_to_depth(node: Node) -> Value:
    size = int(node.attribute("blocksize"))
    if node.attribute("mode", "DCR") == "CRD":
        if node.target == "iOS15":
            raise node.refused("mode CRD needs iOS16 or newer")
        return mb.pixel_unshuffle(x=node.var(0), downscale_factor=np.uint32(size))
    return mb.space_to_depth(x=node.var(0), block_size=size)
