"""Casts, and quantised arithmetic, which becomes arithmetic in fp32 and int32."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import helper

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Array, Value, cast, dtype_name, is_float, is_known, scalar, to_var

TYPES = onnx.TensorProto
NAMES: dict[int, str] = {
    TYPES.FLOAT: "fp32",
    TYPES.DOUBLE: "fp32",
    TYPES.FLOAT16: "fp16",
    TYPES.BOOL: "bool",
    **dict.fromkeys((TYPES.INT8, TYPES.INT16, TYPES.INT32, TYPES.INT64), "int32"),
    **dict.fromkeys((TYPES.UINT8, TYPES.UINT16, TYPES.UINT32, TYPES.UINT64), "int32"),
}


@lowers("Cast", newest=28, limits="no strings, bfloat16 or 8- and 4-bit floats; whole numbers become int32")
def cast_(node: Node) -> Value:
    kind = int(node.attribute("to"))
    if kind not in NAMES:
        raise node.refused(f"Core ML has no type {TYPES.DataType.Name(kind)}")
    return converted(node.var(0), NAMES[kind])


@lowers("CastLike", newest=28, limits="as Cast")
def cast_like(node: Node) -> Value:
    return converted(node.var(0), dtype_name(node.value(1)))


def converted(x: Value, name: str) -> Value:
    """Casts a value as ONNX does: every number but zero is true."""
    if name == dtype_name(x):
        return mb.identity(x=x)
    if name == "bool":
        return mb.not_equal(x=x, y=scalar(0, x))
    return mb.cast(x=x, dtype=name)


def _along(node: Node, parameter: Array, default_axis: int = 1) -> Array:
    """Reshapes a scale or zero point to broadcast along the axis of the node's first input."""
    if parameter.size == 1:
        return parameter.reshape(())
    if parameter.ndim != 1:
        raise node.refused("scales per block")
    axis = node.axis(default_axis)
    return parameter.reshape([-1 if i == axis else 1 for i in range(node.rank())])


@lowers(
    "QuantizeLinear",
    newest=28,
    fixed={1: "y_scale", 2: "y_zero_point"},
    limits="8- and 16-bit whole numbers, per tensor or per axis",
)
def quantize(node: Node) -> Value:
    # clamp(round(x / scale) + zero point) to the range of the zero point's type
    scale = _along(node, node.known(1, "y_scale")).astype(np.float32)
    zero = node.known(2, "y_zero_point") if node.has(2) else _default_zero(node)
    if zero.dtype.kind not in "iu":
        raise node.refused(f"Core ML has no type {zero.dtype}")
    limits = np.iinfo(zero.dtype)
    x = mb.round(x=mb.real_div(x=cast(node.value(0), "fp32"), y=to_var(scale)))
    x = mb.add(x=x, y=to_var(_along(node, zero).astype(np.float32)))
    return cast(mb.minimum(x=mb.maximum(x=x, y=np.float32(limits.min)), y=np.float32(limits.max)), "int32")


def _default_zero(node: Node) -> Array:
    kind = int(node.attribute("output_dtype", 0)) or TYPES.UINT8
    return np.zeros((), helper.tensor_dtype_to_np_dtype(kind))


@lowers("DequantizeLinear", newest=28, fixed={1: "x_scale", 2: "x_zero_point"}, limits="as QuantizeLinear")
def dequantize(node: Node) -> Value:
    scale = node.known(1, "x_scale")
    kind = "fp16" if scale.dtype == np.float16 else "fp32"
    x = cast(node.value(0), "fp32")
    if node.has(2) and node.known(2, "x_zero_point").any():
        zero = node.known(2, "x_zero_point")
        if zero.dtype.kind not in "iu":
            raise node.refused(f"Core ML has no type {zero.dtype}")
        x = mb.sub(x=x, y=to_var(_along(node, zero).astype(np.float32)))
    return cast(mb.mul(x=x, y=to_var(_along(node, scale).astype(np.float32))), kind)


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
