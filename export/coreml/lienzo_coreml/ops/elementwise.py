"""Elementwise arithmetic and functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, dtype_name, is_float, is_known, scalar, to_var

DIRECT = {
    "Acos": (mb.acos, 22),
    "Asin": (mb.asin, 22),
    "Atan": (mb.atan, 22),
    "Atanh": (mb.atanh, 22),
    "Ceil": (mb.ceil, 13),
    "Cos": (mb.cos, 22),
    "Cosh": (mb.cosh, 22),
    "Erf": (mb.erf, 13),
    "Exp": (mb.exp, 13),
    "Floor": (mb.floor, 13),
    "Round": (mb.round, 22),
    "Sin": (mb.sin, 22),
    "Sinh": (mb.sinh, 22),
    "Sqrt": (mb.sqrt, 13),
    "Tan": (mb.tan, 22),
    "Tanh": (mb.tanh, 13),
}


def _direct(build: Callable[..., Any]) -> Callable[[Node], Value]:
    def lower(node: Node) -> Value:
        return build(x=node.var(0))

    return lower


for _op, (_build, _newest) in DIRECT.items():
    lowers(_op, newest=_newest)(_direct(_build))


def operands(x: Value, y: Value) -> dict[str, Any]:
    """Prepares the two operands of a binary operation.

    Core ML has no arithmetic on booleans, so those become integers.
    """
    pair = {"x": to_var(x), "y": to_var(y)}
    if dtype_name(x) == "bool":
        pair = {key: cast(value, "int32") for key, value in pair.items()}
    return pair


@lowers("Add", newest=14)
def add(node: Node) -> Value:
    return mb.add(**operands(node.value(0), node.value(1)))


@lowers("Sub", newest=14)
def subtract(node: Node) -> Value:
    return mb.sub(**operands(node.value(0), node.value(1)))


@lowers("Mul", newest=14)
def multiply(node: Node) -> Value:
    return mb.mul(**operands(node.value(0), node.value(1)))


@lowers("Div", newest=14)
def divide(node: Node) -> Value:
    x, y = node.var(0), node.var(1)
    if is_float(x):
        return mb.real_div(x=x, y=y)
    # ONNX truncates integer division towards zero, Core ML floors it.
    quotient = mb.floor_div(x=mb.abs(x=x), y=mb.abs(x=y))
    return mb.mul(x=quotient, y=mb.mul(x=mb.sign(x=x), y=mb.sign(x=y)))


@lowers("Mod", newest=28)
def modulo(node: Node) -> Value:
    x, y = node.var(0), node.var(1)
    if not node.attribute("fmod", 0):
        return mb.mod(x=x, y=y)
    # C's fmod: the remainder has the sign of the dividend.
    return mb.mul(x=mb.sign(x=x), y=mb.mod(x=mb.abs(x=x), y=mb.abs(x=y)))


@lowers("Pow", newest=15)
def power(node: Node) -> Value:
    base, exponent = node.var(0), node.value(1)
    if is_known(exponent) and exponent.size == 1 and float(exponent.ravel()[0]) == 2.0 and is_float(base):
        return mb.square(x=base)
    kind = dtype_name(base)
    if kind == dtype_name(exponent) and is_float(base):
        return mb.pow(x=base, y=to_var(exponent))
    result = mb.pow(x=cast(base, "fp32"), y=cast(exponent, "fp32"))
    return result if kind == "fp32" else cast(mb.round(x=result) if kind == "int32" else result, kind)


@lowers("Abs", newest=13)
def absolute(node: Node) -> Value:
    return mb.abs(x=node.var(0))


@lowers("Neg", newest=13)
def negative(node: Node) -> Value:
    return mb.mul(x=node.var(0), y=scalar(-1, node.value(0)))


@lowers("Sign", newest=13)
def sign(node: Node) -> Value:
    return mb.sign(x=node.var(0))


@lowers("Reciprocal", newest=13)
def reciprocal(node: Node) -> Value:
    # Not mb.inverse, which adds an epsilon to its input.
    return mb.real_div(x=scalar(1, node.value(0)), y=node.var(0))


@lowers("Log", newest=13)
def logarithm(node: Node) -> Value:
    return natural_log(node.var(0))


def natural_log(x: Value) -> Value:
    """Computes the natural logarithm without the epsilon that Core ML adds by default."""
    return mb.log(x=x, epsilon=scalar(0, x))


@lowers("Acosh", newest=22)
def inverse_cosh(node: Node) -> Value:
    # acosh(x) = log(x + √(x² - 1))
    x = node.var(0)
    return natural_log(mb.add(x=x, y=mb.sqrt(x=mb.sub(x=mb.square(x=x), y=scalar(1, x)))))


@lowers("Asinh", newest=22)
def inverse_sinh(node: Node) -> Value:
    # asinh(x) = atanh(x / √(x² + 1)) is exact near zero, sign(x)·log(|x| + √(x² + 1)) far from it.
    x = node.var(0)
    root = mb.sqrt(x=mb.add(x=mb.square(x=x), y=scalar(1, x)))
    near = mb.atanh(x=mb.real_div(x=x, y=root))
    far = mb.mul(x=mb.sign(x=x), y=natural_log(mb.add(x=mb.abs(x=x), y=root)))
    return mb.select(cond=mb.less(x=mb.abs(x=x), y=scalar(1, x)), a=near, b=far)


def _fold(node: Node, build: Callable[..., Any]) -> Value:
    return reduce(lambda x, y: build(x=to_var(x), y=to_var(y)), node.inputs)


@lowers("Max", newest=13)
def maximum(node: Node) -> Value:
    return _fold(node, mb.maximum)


@lowers("Min", newest=13)
def minimum(node: Node) -> Value:
    return _fold(node, mb.minimum)


@lowers("Sum", newest=13)
def total(node: Node) -> Value:
    return _fold(node, mb.add)


@lowers("Mean", newest=13)
def mean(node: Node) -> Value:
    return mb.mul(x=_fold(node, mb.add), y=scalar(1 / len(node.inputs), node.value(0)))


@lowers("Clip", newest=13)
def clip(node: Node) -> Value:
    x = node.var(0)
    for bound, index, build in (("min", 1, mb.maximum), ("max", 2, mb.minimum)):
        limit = node.value(index) if node.has(index) else node.attribute(bound)
        if limit is not None:
            x = build(
                x=x,
                y=scalar(limit, x)
                if isinstance(limit, float)
                else to_var(np.asarray(limit))
                if is_known(limit)
                else limit,
            )
    return mb.identity(x=x) if x is node.value(0) else x
