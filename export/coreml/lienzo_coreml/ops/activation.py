"""Activations of neural networks."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.elementwise import natural_log
from lienzo_coreml.ops.reduction import position_of
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, dtype_name, is_float, scalar

SELU_ALPHA, SELU_GAMMA = 1.67326319217681884765625, 1.05070102214813232421875


@lowers("Relu", newest=14)
def relu(node: Node) -> Value:
    x = node.var(0)
    return mb.relu(x=x) if is_float(x) else mb.maximum(x=x, y=scalar(0, x))


@lowers("LeakyRelu", newest=16)
def leaky_relu(node: Node) -> Value:
    return mb.leaky_relu(x=node.var(0), alpha=scalar(node.attribute("alpha", 0.01), node.value(0)))


@lowers("PRelu", newest=16)
def parametric_relu(node: Node) -> Value:
    # Not mb.prelu: its slope is a vector over channels, ONNX's broadcasts to any shape.
    x = node.var(0)
    above = mb.maximum(x=x, y=scalar(0, x))
    return mb.add(x=above, y=mb.mul(x=mb.minimum(x=x, y=scalar(0, x)), y=node.var(1)))


@lowers("ThresholdedRelu", newest=22)
def thresholded_relu(node: Node) -> Value:
    x = node.var(0)
    above = mb.greater(x=x, y=scalar(node.attribute("alpha", 1.0), x))
    return mb.mul(x=x, y=cast(above, dtype_name(x)))


@lowers("Sigmoid", newest=13)
def sigmoid(node: Node) -> Value:
    return mb.sigmoid(x=node.var(0))


@lowers("HardSigmoid", newest=22)
def hard_sigmoid(node: Node) -> Value:
    return _hard_sigmoid(node.var(0), node.attribute("alpha", 0.2), node.attribute("beta", 0.5))


def _hard_sigmoid(x: Value, alpha: float, beta: float) -> Value:
    return mb.sigmoid_hard(x=x, alpha=scalar(alpha, x), beta=scalar(beta, x))


@lowers("HardSwish", newest=22)
def hard_swish(node: Node) -> Value:
    x = node.var(0)
    return mb.mul(x=x, y=_hard_sigmoid(x, 1 / 6, 0.5))


@lowers("Swish", newest=24)
def swish(node: Node) -> Value:
    x = node.var(0)
    return mb.mul(x=x, y=mb.sigmoid(x=mb.mul(x=x, y=scalar(node.attribute("alpha", 1.0), x))))


@lowers("Elu", newest=22)
def elu(node: Node) -> Value:
    return mb.elu(x=node.var(0), alpha=scalar(node.attribute("alpha", 1.0), node.value(0)))


@lowers("Celu", newest=28)
def celu(node: Node) -> Value:
    # celu(x) = alpha · elu(x / alpha)
    x, alpha = node.var(0), node.attribute("alpha", 1.0)
    curve = mb.elu(x=mb.mul(x=x, y=scalar(1 / alpha, x)), alpha=scalar(1, x))
    return mb.mul(x=curve, y=scalar(alpha, x))


@lowers("Selu", newest=22)
def selu(node: Node) -> Value:
    x = node.var(0)
    curve = mb.elu(x=x, alpha=scalar(node.attribute("alpha", SELU_ALPHA), x))
    return mb.mul(x=curve, y=scalar(node.attribute("gamma", SELU_GAMMA), x))


@lowers("Softplus", newest=22)
def softplus(node: Node) -> Value:
    return mb.softplus(x=node.var(0))


@lowers("Softsign", newest=22)
def softsign(node: Node) -> Value:
    return mb.softsign(x=node.var(0))


@lowers("Mish", newest=22)
def mish(node: Node) -> Value:
    x = node.var(0)
    return mb.mul(x=x, y=mb.tanh(x=mb.softplus(x=x)))


@lowers("Gelu", newest=20)
def gelu(node: Node) -> Value:
    modes = {"none": "EXACT", "tanh": "TANH_APPROXIMATION"}
    return mb.gelu(x=node.var(0), mode=modes[node.attribute("approximate", "none")])


@lowers("Shrink", newest=9)
def shrink(node: Node) -> Value:
    x, kind = node.var(0), dtype_name(node.value(0))
    bias, limit = scalar(node.attribute("bias", 0.0), x), scalar(node.attribute("lambd", 0.5), x)
    above = cast(mb.greater(x=x, y=limit), kind)
    below = cast(mb.less(x=x, y=-limit), kind)
    high = mb.mul(x=mb.sub(x=x, y=bias), y=above)
    return mb.add(x=high, y=mb.mul(x=mb.add(x=x, y=bias), y=below))


def _as_rows(node: Node) -> tuple[Value, int, list[int] | None]:
    """Returns input, axis and original shape; before opset 13 the input became a matrix, split at `axis`."""
    if node.opset >= 13:
        return node.var(0), node.axis(-1), None
    sizes = node.shape(0)
    axis = node.axis(1)
    rows = [int(np.prod(sizes[:axis])), int(np.prod(sizes[axis:]))]
    return mb.reshape(x=node.var(0), shape=rows), 1, list(sizes)


@lowers("Softmax", newest=13)
def softmax(node: Node) -> Value:
    if node.opset < 13 and node.axis(1) == node.rank() - 1:
        return mb.softmax(x=node.var(0), axis=-1)
    x, axis, sizes = _as_rows(node)
    result = mb.softmax(x=x, axis=axis)
    return mb.reshape(x=result, shape=sizes) if sizes else result


@lowers("LogSoftmax", newest=13)
def log_softmax(node: Node) -> Value:
    x, axis, sizes = _as_rows(node)
    # x - max - log(sum(exp(x - max))), which cannot overflow.
    centred = mb.sub(x=x, y=mb.reduce_max(x=x, axes=[axis], keep_dims=True))
    total = mb.reduce_sum(x=mb.exp(x=centred), axes=[axis], keep_dims=True)
    result = mb.sub(x=centred, y=natural_log(total))
    return mb.reshape(x=result, shape=sizes) if sizes else result


@lowers("Hardmax", newest=13)
def hardmax(node: Node) -> Value:
    x, axis, sizes = _as_rows(node)
    length = node.size(axis) if sizes is None else int(x.shape[axis])
    # 1 where the index along `axis` is that of the maximum, 0 elsewhere.
    best = position_of(node, mb.reduce_max, x, axis, kept=True)
    classes = np.arange(length, dtype=np.int32).reshape(
        [length if i == axis else 1 for i in range(len(x.shape))]
    )
    result = cast(mb.equal(x=best, y=classes), dtype_name(x))
    return mb.reshape(x=result, shape=sizes) if sizes else result
