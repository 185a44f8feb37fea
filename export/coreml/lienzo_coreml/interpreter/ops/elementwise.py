"""Elementwise operations (Apple: elementwise_unary, elementwise_binary, activation, control_flow)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from lienzo_coreml.interpreter.registry import evaluates
from lienzo_coreml.values import Array

UNARY: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": special.erf,
    "exp": np.exp,
    "exp2": np.exp2,
    "floor": np.floor,
    "logical_not": np.logical_not,
    "round": np.round,
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "square": np.square,
    "tan": np.tan,
    "tanh": np.tanh,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": np.add,
    "equal": np.equal,
    "floor_div": np.floor_divide,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "mod": np.mod,
    "mul": np.multiply,
    "not_equal": np.not_equal,
    "pow": np.power,
    "real_div": np.divide,
    "sub": np.subtract,
}
CASTS = {
    "bool": np.bool_,
    "fp16": np.float16,
    "fp32": np.float32,
    "int8": np.int8,
    "int16": np.int16,
    "int32": np.int32,
    "uint8": np.uint8,
    "uint16": np.uint16,
}


def _unary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    def evaluate(x: Array) -> Array:
        result = np.asarray(function(x))
        return result if result.dtype == np.bool_ else result.astype(np.asarray(x).dtype)

    return evaluate


def _binary(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def evaluate(x: Array, y: Array) -> Array:
        return np.asarray(function(x, y))

    return evaluate


for _name, _function in UNARY.items():
    evaluates(_name)(_unary(_function))
for _name, _operation in BINARY.items():
    evaluates(_name)(_binary(_operation))


@evaluates("identity")
def identity(x: Any) -> Any:
    return x


@evaluates("cast")
def cast(x: Array, dtype: str) -> Array:
    return np.asarray(x).astype(CASTS[dtype])


@evaluates("log")
def log(x: Array, epsilon: float = 1e-45) -> Array:
    return np.asarray(np.log(x + np.asarray(epsilon, x.dtype)))


@evaluates("rsqrt")
def rsqrt(x: Array, epsilon: float = 1e-12) -> Array:
    return np.asarray(1 / np.sqrt(x + np.asarray(epsilon, x.dtype)), x.dtype)


@evaluates("inverse")
def inverse(x: Array, epsilon: float = 1e-4) -> Array:
    return np.asarray(1 / (x + np.asarray(epsilon, x.dtype)), x.dtype)


@evaluates("clip")
def clip(x: Array, alpha: float, beta: float) -> Array:
    return np.clip(x, alpha, beta).astype(x.dtype)


@evaluates("select")
def select(cond: Array, a: Array, b: Array) -> Array:
    return np.where(cond, a, b)


@evaluates("relu")
def relu(x: Array) -> Array:
    return np.maximum(x, 0).astype(x.dtype)


@evaluates("relu6")
def relu6(x: Array) -> Array:
    return np.clip(x, 0, 6).astype(x.dtype)


@evaluates("leaky_relu")
def leaky_relu(x: Array, alpha: float) -> Array:
    return np.where(x >= 0, x, x * alpha).astype(x.dtype)


@evaluates("prelu")
def prelu(x: Array, alpha: Array) -> Array:
    slope = np.reshape(alpha, (-1, *[1] * (x.ndim - 2)))
    return np.where(x >= 0, x, x * slope).astype(x.dtype)


@evaluates("elu")
def elu(x: Array, alpha: float) -> Array:
    return np.where(x >= 0, x, alpha * np.expm1(x)).astype(x.dtype)


@evaluates("sigmoid")
def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)), x.dtype)


@evaluates("sigmoid_hard")
def sigmoid_hard(x: Array, alpha: float, beta: float) -> Array:
    return np.clip(alpha * x + beta, 0, 1).astype(x.dtype)


@evaluates("silu")
def silu(x: Array) -> Array:
    return np.asarray(x / (1 + np.exp(-x)), x.dtype)


@evaluates("softplus")
def softplus(x: Array) -> Array:
    return np.logaddexp(x, 0).astype(x.dtype)


@evaluates("softsign")
def softsign(x: Array) -> Array:
    return np.asarray(x / (1 + np.abs(x)), x.dtype)


@evaluates("gelu")
def gelu(x: Array, mode: str = "EXACT") -> Array:
    if mode == "EXACT":
        return np.asarray(0.5 * x * (1 + special.erf(x / np.sqrt(2))), x.dtype)
    if mode == "TANH_APPROXIMATION":
        return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))), x.dtype)
    return np.asarray(x / (1 + np.exp(-1.702 * x)), x.dtype)


@evaluates("softmax")
def softmax(x: Array, axis: int = -1) -> Array:
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True), x.dtype)


@evaluates("linear_activation")
def linear_activation(x: Array, alpha: float, beta: float) -> Array:
    return np.asarray(alpha * x + beta, x.dtype)


@evaluates("thresholded_relu")
def thresholded_relu(x: Array, alpha: float) -> Array:
    return np.where(x >= alpha, x, 0).astype(x.dtype)
