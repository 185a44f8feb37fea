"""Slicing, joining and padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import (
    Value,
    cast,
    dtype_name,
    is_float,
    is_static,
    scalar,
    shape_of,
    to_var,
)

FAR = 1 << 40


@lowers("Slice", newest=13, fixed={1: "starts", 2: "ends", 3: "axes", 4: "steps"})
def slice_(node: Node) -> Value:
    rank = node.rank()
    parts = [
        _parameter(node, index, name) for index, name in enumerate(("starts", "ends", "axes", "steps"), 1)
    ]
    starts, ends = parts[0] or [], parts[1] or []
    axes = [node.natural(axis, rank) for axis in parts[2]] if parts[2] else list(range(len(starts)))
    steps = parts[3] or [1] * len(starts)
    cuts = {axis: slice(a, b, step) for axis, a, b, step in zip(axes, starts, ends, steps, strict=True)}
    return sliced(node, cuts)


def _parameter(node: Node, index: int, name: str) -> list[int] | None:
    if node.has(index):
        return [int(entry) for entry in np.ravel(node.known(index, name))]
    return node.attribute(name)  # type: ignore[no-any-return]


def sliced(node: Node, cuts: dict[int, slice]) -> Value:
    """Slices the first input as numpy does; for a negative step the axis is reversed first."""
    x, sizes = node.var(0), shape_of(node.value(0))
    begin, end, stride = [0] * len(sizes), [0] * len(sizes), [1] * len(sizes)
    to_end = [True] * len(sizes)
    for axis, cut in cuts.items():
        size = sizes[axis]
        if not is_static([size]):
            if cut.step == 1 and cut.start >= 0 and cut.stop > FAR:  # "to the end"
                begin[axis] = cut.start
                continue
            raise node.refused("cuts an axis whose size is only known on the device")
        chosen = range(size)[_python_slice(cut, size)]
        if not len(chosen):
            return _empty(node, axis)
        if chosen.step < 0:
            # Index i becomes size - 1 - i, so the range begins at the mirrored first and ends at the last.
            x = mb.reverse(x=x, axes=[axis])
            chosen = range(size - 1 - chosen[0], size - chosen[-1], -chosen.step)
        begin[axis], end[axis], stride[axis], to_end[axis] = chosen.start, chosen[-1] + 1, chosen.step, False
    return mb.slice_by_index(x=x, begin=begin, end=end, stride=stride, end_mask=to_end)


def _python_slice(cut: slice, size: int) -> slice:
    """Converts ONNX's end of a negative slice: below -size means before the first element, None in Python."""
    stop = None if cut.step < 0 and cut.stop < -size else cut.stop
    return slice(cut.start, stop, cut.step)


@lowers("Concat", newest=13)
def concat(node: Node) -> Value:
    axis = node.axis(0)
    parts = [to_var(value) for value in node.inputs if value is not None and 0 not in value.shape]
    if len(parts) == 1:
        return mb.identity(x=parts[0])
    if dtype_name(parts[0]) != "bool":
        return mb.concat(values=parts, axis=axis)
    return cast(mb.concat(values=[cast(part, "int32") for part in parts], axis=axis), "bool")


@lowers("Split", newest=18, fixed={1: "split"})
def split(node: Node) -> tuple[Value, ...]:
    axis, count = node.axis(0), len(node.outputs)
    sizes = _parameter(node, 1, "split")
    if sizes is None:
        length = node.size(axis)
        each = -(-length // count)
        sizes = [min(each, length - i * each) for i in range(count)]
    real = [size for size in sizes if size]
    if not real:
        raise node.refused("every part is empty, and Core ML has no empty tensors")
    if len(real) == 1:
        parts = iter([mb.identity(x=node.var(0))])
    else:
        parts = iter(mb.split(x=node.var(0), split_sizes=real, axis=axis))
    return tuple(next(parts) if size else _empty(node, axis) for size in sizes)


def _empty(node: Node, axis: int) -> Value:
    """A part without elements: a constant, which what is joined to it may drop."""
    whole = list(shape_of(node.value(0)))
    whole[axis] = 0
    return np.zeros([size if is_static([size]) else 1 for size in whole], np.float32)


@lowers("Pad", newest=28, fixed={1: "pads", 2: "constant_value", 3: "axes"})
def pad(node: Node) -> Value:
    rank = node.rank()
    pads = _parameter(node, 1, "pads") or []
    axes = [node.natural(axis, rank) for axis in _parameter(node, 3, "axes") or range(rank)]
    before, after = pads[: len(axes)], pads[len(axes) :]
    amounts = {axis: (a, b) for axis, a, b in zip(axes, before, after, strict=True) if a or b}
    value = (
        float(np.ravel(node.known(2, "constant_value"))[0]) if node.has(2) else node.attribute("value", 0.0)
    )
    return padded(node, node.var(0), amounts, node.attribute("mode", "constant"), value)


def padded(node: Node, x: Value, amounts: dict[int, tuple[int, int]], mode: str, value: float = 0.0) -> Value:
    """Adds elements before and after some axes; negative amounts crop."""
    kind = dtype_name(x)
    x = x if is_float(x) else cast(x, "fp32")
    cuts = {axis: (max(-a, 0), max(-b, 0)) for axis, (a, b) in amounts.items() if a < 0 or b < 0}
    if cuts:
        x = _cropped(x, cuts)
    amounts = {axis: (max(a, 0), max(b, 0)) for axis, (a, b) in amounts.items() if a > 0 or b > 0}
    if mode == "constant":
        x = _constant_pad(x, amounts, value)
    else:
        for axis, (a, b) in amounts.items():
            x = _edge_pad(node, x, axis, a, b, mode)
    return cast(x, kind)


def _cropped(x: Value, cuts: dict[int, tuple[int, int]]) -> Value:
    sizes = shape_of(x)
    begin = [cuts.get(i, (0, 0))[0] for i in range(len(sizes))]
    masks = [not cuts.get(i, (0, 0))[1] for i in range(len(sizes))]
    end = [0 if mask else sizes[i] - cuts[i][1] for i, mask in enumerate(masks)]
    return mb.slice_by_index(x=x, begin=begin, end=end, end_mask=masks)


def _constant_pad(x: Value, amounts: dict[int, tuple[int, int]], value: float) -> Value:
    if not amounts:
        return mb.identity(x=x)
    widths: list[Any] = [amounts.get(axis, (0, 0)) for axis in range(min(amounts), len(x.shape))]
    return mb.pad(
        x=x, pad=[n for pair in widths for n in pair], mode="constant", constant_val=scalar(value, x)
    )


def _edge_pad(node: Node, x: Value, axis: int, before: int, after: int, mode: str) -> Value:
    """Pads by gathering rows, because Core ML's own reflect and replicate only pad the last two axes."""
    size = shape_of(x)[axis]
    if not is_static([size]):
        raise node.refused("pads an axis whose size is only known on the device")
    numpy_mode: Any = {"edge": "edge", "reflect": "reflect", "wrap": "wrap"}[mode]
    rows = np.pad(np.arange(size, dtype=np.int32), (before, after), mode=numpy_mode)
    return mb.gather(x=x, indices=rows, axis=axis)
