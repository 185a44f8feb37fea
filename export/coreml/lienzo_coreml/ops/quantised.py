"""Layers on quantised numbers: sums of whole numbers, which fp32 keeps exact up to 2²⁴, scaled and rounded.

The names of `com.microsoft` are those that onnxruntime's quantisation writes (`QuantFormat.QOperator`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.convolution import sliding
from lienzo_coreml.ops.matrix import product
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Array, Value, cast, is_known, to_var

MICROSOFT = "com.microsoft"
LIMITS = "8- and 16-bit whole numbers"
SCALES = {
    **{1: "x_scale", 2: "x_zero_point", 4: "w_scale", 5: "w_zero_point"},
    **{6: "y_scale", 7: "y_zero_point"},
}


def _scale(node: Node, index: int) -> Array:
    return node.known(index, "scale").astype(np.float32)


def _centred(node: Node, index: int, shape: tuple[int, ...] = ()) -> Value:
    """Subtracts the zero point, two inputs on, from an input; a constant stays one.

    Args:
        node: The node.
        index: The input; its scale and zero point follow it.
        shape: Shape of a zero point that has several numbers.
    """
    value, zero = node.value(index), node.known(index + 2, "zero point").astype(np.float32)
    zero = zero.reshape(shape if zero.size > 1 else ())
    if is_known(value):
        return np.asarray(value.astype(np.float32) - zero, np.float32)
    return mb.sub(x=cast(value, "fp32"), y=to_var(zero))


def _real(node: Node, index: int) -> Value:
    return mb.mul(x=to_var(_centred(node, index)), y=to_var(_scale(node, index + 1).reshape(())))


def _rounded(node: Node, real: Value, index: int) -> Value:
    """Divides by the scale at an input, rounds, and clamps to the type of the zero point after it."""
    zero = node.known(index + 1, "zero point")
    if zero.dtype.kind not in "iu":
        raise node.refused(f"Core ML has no type {zero.dtype}")
    limits = np.iinfo(zero.dtype)
    moved = mb.real_div(x=real, y=to_var(_scale(node, index).reshape(())))
    moved = mb.add(x=mb.round(x=moved), y=np.float32(zero.reshape(())))
    bounded = mb.minimum(x=mb.maximum(x=moved, y=np.float32(limits.min)), y=np.float32(limits.max))
    return cast(bounded, "int32")


@lowers("QLinearConv", newest=10, fixed=SCALES | {3: "w", 8: "B"}, limits=LIMITS)
def quantised_convolution(node: Node) -> Value:
    rank = node.rank(3)
    along = (-1, *[1] * (rank - 1))
    weight = np.asarray(node.known(3, "w").astype(np.float32) - _along(node, 5, along), np.float32)
    total = mb.conv(x=_centred(node, 0), weight=weight, **sliding(node, list(weight.shape[2:])))
    channels = (1, -1, *[1] * (rank - 2))
    if node.has(8):
        total = mb.add(x=total, y=node.known(8, "B").astype(np.float32).reshape(channels))
    scales = _scale(node, 1).reshape(()) * _scale(node, 4)
    scales = scales.reshape(channels if scales.size > 1 else ())
    return _rounded(node, mb.mul(x=total, y=to_var(scales)), 6)


def _along(node: Node, index: int, shape: tuple[int, ...]) -> Array:
    zero = node.known(index, "zero point").astype(np.float32)
    return zero.reshape(shape if zero.size > 1 else ())


@lowers("QLinearMatMul", newest=21, fixed=SCALES, limits=LIMITS)
def quantised_product(node: Node) -> Value:
    # A scale per row of the first operand, or per column of the second.
    x, y = _centred(node, 0, (-1, 1)), _centred(node, 3)
    scales = [_scale(node, 1), _scale(node, 4)]
    total = product(to_var(x), to_var(y))
    left = scales[0].reshape((-1, 1) if scales[0].size > 1 else ())
    right = scales[1].reshape((-1,) if scales[1].size > 1 else ())
    return _rounded(node, mb.mul(x=total, y=to_var(np.asarray(left * right, np.float32))), 6)


@lowers("QGemm", newest=1, domain=MICROSOFT, fixed={6: "C"}, limits=LIMITS)
def quantised_layer(node: Node) -> Value:
    x, y = to_var(_centred(node, 0)), to_var(_centred(node, 3))
    flip_x, flip_y = bool(node.attribute("transA", 0)), bool(node.attribute("transB", 0))
    total = mb.matmul(x=x, y=y, transpose_x=flip_x, transpose_y=flip_y)
    if node.has(6):
        total = mb.add(x=total, y=node.known(6, "C").astype(np.float32))
    factor = _scale(node, 1).reshape(()) * _scale(node, 4) * np.float32(node.attribute("alpha", 1.0))
    real = mb.mul(x=total, y=to_var(np.asarray(factor, np.float32).reshape((-1,) if factor.size > 1 else ())))
    return _rounded(node, real, 7) if node.has(7) else real


def _binary(build: Callable[..., Any]) -> Callable[[Node], Value]:
    def lower(node: Node) -> Value:
        return _rounded(node, build(x=_real(node, 0), y=_real(node, 3)), 6)

    return lower


for _op, _build in (("QLinearAdd", mb.add), ("QLinearMul", mb.mul)):
    lowers(_op, newest=1, domain=MICROSOFT, limits=LIMITS)(_binary(_build))


@lowers("QLinearSigmoid", newest=1, domain=MICROSOFT, limits=LIMITS)
def quantised_sigmoid(node: Node) -> Value:
    return _rounded(node, mb.sigmoid(x=_real(node, 0)), 3)


@lowers("QLinearLeakyRelu", newest=1, domain=MICROSOFT, limits=LIMITS)
def quantised_leaky_relu(node: Node) -> Value:
    return _rounded(node, mb.leaky_relu(x=_real(node, 0), alpha=np.float32(node.attribute("alpha", 0.01))), 3)


@lowers("QLinearGlobalAveragePool", newest=1, domain=MICROSOFT, limits=LIMITS)
def quantised_global_mean(node: Node) -> Value:
    first = 1 if node.attribute("channels_last", 0) else 2
    axes = list(range(first, first + node.rank() - 2))
    return _rounded(node, mb.reduce_mean(x=_real(node, 0), axes=axes, keep_dims=True), 3)


@lowers("QLinearConcat", newest=1, domain=MICROSOFT, limits=LIMITS)
def quantised_joined(node: Node) -> Value:
    parts = [_real(node, index) for index in range(2, len(node.inputs), 3)]
    return _rounded(node, mb.concat(values=parts, axis=int(node.attribute("axis"))), 0)
