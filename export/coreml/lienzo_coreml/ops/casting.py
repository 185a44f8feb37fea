"""Casts, and quantised arithmetic, which becomes arithmetic in fp32 and int32."""

from __future__ import annotations

from typing import Any

import numpy as np

from lienzo_coreml.formats import CARRIERS, FLOATS, TYPES, WHOLE, widened
from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.rounding import rounded, rounded_to_power, wrapped
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, dtype_name, is_float, is_known, scalar


@lowers("Cast", newest=28, limits="no strings, no complex numbers")
def cast_(node: Node) -> Value:
    kind = int(node.attribute("to"))
    if kind not in CARRIERS:
        raise node.refused(f"Core ML has no type {TYPES.DataType.Name(kind)}")
    return to_type(node, node.var(0), kind)


@lowers("CastLike", newest=28, limits="as Cast")
def cast_like(node: Node) -> Value:
    # Where the type of the second input is unknown: otherwise a Cast has taken its place.
    return converted(node.var(0), dtype_name(node.value(1)))


def to_type(node: Node, x: Value, kind: int) -> Value:
    """Casts to an element type of ONNX: rounded or cut to its numbers, in the format that carries it."""
    if kind in FLOATS:
        limited = FLOATS[kind].limited and bool(node.attribute("saturate", 1))
        return rounded(cast(x, "fp32"), kind, limited=limited)
    if kind == TYPES.FLOAT8E8M0:
        return rounded_to_power(cast(x, "fp32"), node.attribute("round_mode", "up"))
    # ONNX leaves open what a float becomes in 8 and 16 bits when it does not fit.
    if kind in WHOLE and (not is_float(x) or WHOLE[kind][0] < 8):
        return wrapped(x if dtype_name(x) != "bool" else cast(x, "int32"), kind)
    return converted(x, CARRIERS[kind])


def converted(x: Value, name: str) -> Value:
    """Casts a value as ONNX does: every number but zero is true."""
    if name == dtype_name(x):
        return mb.identity(x=x)
    if name == "bool":
        return mb.not_equal(x=x, y=scalar(0, x))
    return mb.cast(x=x, dtype=name)


def _along(node: Node, index: int, name: str, default_axis: int = 1) -> Value:
    """Reads a scale or zero point, shaped to broadcast along the axis of the node's first input."""
    block = int(node.attribute("block_size", 0))
    if block:
        axis = _scaled_axis(node, default_axis)
        return np.repeat(node.known(index, name), block, axis).take(range(node.shape(0)[axis]), axis)
    parameter = node.value(index)
    size = int(np.prod(parameter.shape))
    if size != 1 and len(parameter.shape) != 1:
        raise node.refused("scales per block without a size of blocks")
    along = [-1 if i == _scaled_axis(node, default_axis) else 1 for i in range(node.rank())]
    if is_known(parameter):
        return parameter.reshape(along if size > 1 else ())
    return mb.reshape(x=parameter, shape=along) if size > 1 else parameter


@lowers("QuantizeLinear", newest=28, limits="a computed zero point only where its type can be inferred")
def quantize(node: Node) -> Value:
    # clamp(round(x / scale) + zero point) to the range of the zero point's type
    kind = _quantised_type(node)
    x = mb.real_div(x=cast(node.value(0), "fp32"), y=cast(_along(node, 1, "y_scale"), "fp32"))
    if kind in FLOATS:
        return to_type(node, x, kind)
    bits, signed = WHOLE[kind]
    low = -(1 << (bits - 1)) if signed else 0
    x = mb.round(x=x)
    if node.has(2):
        x = mb.add(x=x, y=cast(_along(node, 2, "y_zero_point"), "fp32"))
    return cast(
        mb.minimum(x=mb.maximum(x=x, y=np.float32(low)), y=np.float32(low + (1 << bits) - 1)), "int32"
    )


def _scaled_axis(node: Node, default: int) -> int:
    """The axis of several scales; with one scale it may lie beyond a vector, which has no use for it."""
    return int(node.attribute("axis", default)) % max(node.rank(), 1)


def _quantised_type(node: Node) -> int:
    kind = int(node.attribute("output_dtype", 0)) or TYPES.UINT8
    if node.has(2):
        kind = node.kind(2)
    if kind not in FLOATS and kind not in WHOLE:
        raise node.refused(f"quantised numbers of type {TYPES.DataType.Name(kind)}")
    return kind


@lowers("DequantizeLinear", newest=28)
def dequantize(node: Node) -> Value:
    scale = _along(node, 1, "x_scale")
    x = cast(node.value(0), "fp32")
    if node.has(2) and not (is_known(node.value(2)) and not widened(node.value(2)).any()):
        x = mb.sub(x=x, y=cast(_along(node, 2, "x_zero_point"), "fp32"))
    kind = int(node.attribute("output_dtype", 0))
    return cast(mb.mul(x=x, y=cast(scale, "fp32")), CARRIERS[kind] if kind else dtype_name(scale))


@lowers("DynamicQuantizeLinear", newest=11)
def quantize_by_range(node: Node) -> tuple[Value, ...]:
    # The range of x, extended to include 0, is mapped to 0 … 255.
    x, zero = node.var(0), np.float32(0)
    every = list(range(node.rank()))
    low = mb.minimum(x=mb.reduce_min(x=x, axes=every, keep_dims=False), y=zero)
    high = mb.maximum(x=mb.reduce_max(x=x, axes=every, keep_dims=False), y=zero)
    scale = mb.real_div(x=mb.sub(x=high, y=low), y=np.float32(255))
    offset = _bytes(mb.real_div(x=mb.sub(x=zero, y=low), y=scale))
    numbers = _bytes(mb.add(x=mb.round(x=mb.real_div(x=x, y=scale)), y=offset))
    return cast(numbers, "int32"), scale, cast(offset, "int32")


def _bytes(x: Value) -> Any:
    return mb.minimum(x=mb.maximum(x=mb.round(x=x), y=np.float32(0)), y=np.float32(255))


@lowers("MatMulInteger", newest=10, limits="exact up to 2²⁴")
def integer_product(node: Node) -> Value:
    x, y = _centred(node, 0, 2), _centred(node, 1, 3)
    return cast(mb.matmul(x=x, y=y), "int32")


def _centred(node: Node, index: int, zero_index: int) -> Value:
    value = cast(node.value(index), "fp32")
    if not node.has(zero_index):
        return value
    zero = node.value(zero_index)
    if is_known(zero) and zero.size > 1 and index == 0:  # per row of the first operand
        zero = zero.reshape(-1, 1)
    return mb.sub(x=value, y=cast(zero, "fp32")) if is_float(value) else value
