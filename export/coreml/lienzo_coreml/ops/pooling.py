"""Pooling: maximum, mean or norm of a window."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import product
from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.convolution import explicit_pads, window
from lienzo_coreml.ops.slicing import padded
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Array, Value, cast, dtype_name, is_float, scalar, to_var

Pads = list[tuple[int, int]]
LOWEST = {"fp32": float(np.finfo(np.float32).min), "fp16": float(np.finfo(np.float16).min)}


def _extra(node: Node, sizes: tuple[int, ...], kernel: list[int], pads: Pads) -> Pads:
    """Computes the padding after each axis that makes the last, incomplete window of `ceil_mode` complete."""
    strides, dilations = window(node, len(kernel))
    found = []
    for size, length, stride, dilation, (before, after) in zip(
        sizes, kernel, strides, dilations, pads, strict=True
    ):
        reach = (length - 1) * dilation + 1
        room = size + before + after - reach
        steps = -(-room // stride) if node.attribute("ceil_mode", 0) else room // stride
        # A window that would begin in the padding behind the data is dropped.
        if steps * stride >= size + before:
            steps -= 1
        found.append((0, max(steps * stride - room, 0)))
    return found


def _sum(first: Pads, second: Pads) -> Pads:
    return [(a + c, b + d) for (a, b), (c, d) in zip(first, second, strict=True)]


def _by_axis(pads: Pads) -> dict[int, tuple[int, int]]:
    return {axis + 2: pair for axis, pair in enumerate(pads) if any(pair)}


def _flat(pads: Pads) -> list[int]:
    return [amount for pair in pads for amount in pair]


@lowers("MaxPool", newest=22)
def max_pool(node: Node) -> tuple[Value, ...]:
    x, kind = node.var(0), dtype_name(node.value(0))
    x = x if is_float(x) else cast(x, "fp32")
    kernel, sizes = node.attribute("kernel_shape"), node.shape(0)[2:]
    strides, dilations = window(node, len(kernel))
    pads = explicit_pads(node, sizes, kernel)
    pads = _sum(pads, _extra(node, sizes, kernel, pads))
    if any(node.needed[1:]):
        best, places = _max_with_places(node, _taps(node, x, kernel, pads), kernel, pads)
        return cast(best, kind), places
    if set(dilations) != {1}:
        return (cast(reduce(lambda a, b: mb.maximum(x=a, y=b), _taps(node, x, kernel, pads)), kind),)
    pooled = mb.max_pool(x=x, kernel_sizes=kernel, strides=strides, pad_type="custom", pad=_flat(pads))
    return (cast(pooled, kind),)


def _max_with_places(node: Node, taps: list[Value], kernel: list[int], pads: Pads) -> tuple[Value, Value]:
    """Finds the largest of each window, the first of equal ones, and its place in the flattened input."""
    sizes = node.shape(0)
    planes = np.arange(sizes[0] * sizes[1]).reshape(sizes[0], sizes[1], *[1] * len(kernel))
    best, chosen = None, None
    for tap, place in zip(taps, _places(node, taps[0].shape[2:], kernel, pads), strict=True):
        index = np.broadcast_to(planes * int(np.prod(sizes[2:])) + place, tap.shape).astype(np.int32)
        if best is None:
            best, chosen = tap, to_var(index)
            continue
        better = mb.greater(x=tap, y=best)
        best, chosen = mb.select(cond=better, a=tap, b=best), mb.select(cond=better, a=index, b=chosen)
    return best, chosen


def _places(node: Node, outputs: tuple[int, ...], kernel: list[int], pads: Pads) -> Iterator[Array]:
    """Yields, for each tap of the kernel, where in a plane every window finds it."""
    strides, dilations = window(node, len(kernel))
    sizes = list(node.shape(0)[2:])
    if node.attribute("storage_order", 0):  # columns first
        steps = [int(np.prod(sizes[:axis])) for axis in range(len(sizes))]
    else:
        steps = [int(np.prod(sizes[axis + 1 :])) for axis in range(len(sizes))]
    for offset in product(*(range(length) for length in kernel)):
        along = [
            np.clip(np.arange(count) * stride + o * dilation - before, 0, size - 1) * step
            for count, stride, o, dilation, (before, _), size, step in zip(
                outputs, strides, offset, dilations, pads, sizes, steps, strict=True
            )
        ]
        yield reduce(np.add.outer, along)


def _taps(node: Node, x: Value, kernel: list[int], pads: Pads) -> list[Value]:
    """Slices the input once for each tap of the kernel, from the tap's offset, with the strides.

    Core ML's own pooling has neither dilations nor places.
    """
    strides, dilations = window(node, len(kernel))
    x = padded(node, x, _by_axis(pads), "constant", LOWEST[dtype_name(x)])
    sizes = [int(size) for size in x.shape]
    counts = [
        (size - (k - 1) * d - 1) // s + 1
        for size, k, d, s in zip(sizes[2:], kernel, dilations, strides, strict=True)
    ]
    copies = []
    for offset in product(*(range(length) for length in kernel)):
        begin = [0, 0, *(o * d for o, d in zip(offset, dilations, strict=True))]
        ends = [b + (n - 1) * s + 1 for b, n, s in zip(begin[2:], counts, strides, strict=True)]
        copies.append(mb.slice_by_index(x=x, begin=begin, end=[*sizes[:2], *ends], stride=[1, 1, *strides]))
    return copies


@lowers("AveragePool", newest=22)
def average_pool(node: Node) -> Value:
    x, sizes, kernel = node.var(0), node.shape(0)[2:], node.attribute("kernel_shape")
    strides, dilations = window(node, len(kernel))
    pads = explicit_pads(node, sizes, kernel)
    extra = _extra(node, sizes, kernel, pads)
    if set(dilations) != {1}:
        return _dilated_mean(node, x, kernel, pads, extra)
    if node.attribute("count_include_pad", 0):
        x, pads = padded(node, x, _by_axis(pads), "constant"), extra
    else:
        pads = _sum(pads, extra)
    return _pool(mb.avg_pool, x, kernel, strides, pads, exclude_padding_from_average=True)


def _pool(build: Any, x: Value, kernel: list[int], strides: list[int], pads: Pads, **settings: Any) -> Value:
    if not any(_flat(pads)):
        return build(x=x, kernel_sizes=kernel, strides=strides, pad_type="valid", **settings)
    return build(x=x, kernel_sizes=kernel, strides=strides, pad_type="custom", pad=_flat(pads), **settings)


def _window_sum(node: Node, x: Value, kernel: list[int], pads: Pads) -> Value:
    """Sums every window, as a convolution of each channel with ones."""
    strides, dilations = window(node, len(kernel))
    channels = node.shape(0)[1]
    ones = np.ones((channels, 1, *kernel), np.float16 if dtype_name(x) == "fp16" else np.float32)
    return mb.conv(
        x=x,
        weight=ones,
        strides=strides,
        dilations=dilations,
        pad_type="custom",
        pad=_flat(pads),
        groups=channels,
    )


def _dilated_mean(node: Node, x: Value, kernel: list[int], pads: Pads, extra: Pads) -> Value:
    # Window sums divided by window counts. The counts are known at conversion: they are the window sums of an
    # array with 1 for data, 1 or 0 for `pads`, and 0 for the padding of `ceil_mode`.
    total = _window_sum(node, x, kernel, _sum(pads, extra))
    counted = np.ones(node.shape(0)[2:])
    counted = np.pad(counted, pads, constant_values=float(bool(node.attribute("count_include_pad", 0))))
    counted = np.pad(counted, extra)
    strides, dilations = window(node, len(kernel))
    reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True))
    views = np.lib.stride_tricks.sliding_window_view(counted, reach)
    picked: Any = (*(slice(None, None, s) for s in strides), *(slice(None, None, d) for d in dilations))
    counts = views[picked].sum(tuple(range(-len(kernel), 0)))
    return mb.real_div(x=total, y=counts.astype(np.float32))


@lowers("LpPool", newest=22)
def norm_pool(node: Node) -> Value:
    x, kernel, sizes = node.var(0), node.attribute("kernel_shape"), node.shape(0)[2:]
    pads = explicit_pads(node, sizes, kernel)
    pads = _sum(pads, _extra(node, sizes, kernel, pads))
    order = scalar(node.attribute("p", 2), x)
    total = _window_sum(node, mb.pow(x=mb.abs(x=x), y=order), kernel, pads)
    return mb.pow(x=total, y=scalar(1 / float(order), x))


@lowers("GlobalAveragePool", newest=22)
def global_mean(node: Node) -> Value:
    return mb.reduce_mean(x=node.var(0), axes=list(range(2, node.rank())), keep_dims=True)


@lowers("GlobalMaxPool", newest=22)
def global_max(node: Node) -> Value:
    return mb.reduce_max(x=node.var(0), axes=list(range(2, node.rank())), keep_dims=True)


@lowers("GlobalLpPool", newest=22)
def global_norm(node: Node) -> Value:
    x = node.var(0)
    order = scalar(node.attribute("p", 2), x)
    total = mb.reduce_sum(x=mb.pow(x=mb.abs(x=x), y=order), axes=list(range(2, node.rank())), keep_dims=True)
    return mb.pow(x=total, y=scalar(1 / float(order), x))
