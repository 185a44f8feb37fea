"""Normalisation of batches, layers, groups, channels and vectors."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Value, cast, dtype_name, is_known, scalar, to_core_ml


@lowers(
    "BatchNormalization",
    newest=15,
    fixed={1: "scale", 2: "B", 3: "mean", 4: "var"},
    limits="inference only",
)
def batch_norm(node: Node) -> Value:
    if node.attribute("training_mode", 0):
        raise node.refused("training mode")
    node.refuse_outputs(1, "statistics are outputs for training")
    names = ("scale", "B", "mean", "var")
    gamma, beta, mean, variance = (to_core_ml(node.known(i, name)) for i, name in enumerate(names, 1))
    epsilon = node.attribute("epsilon", 1e-5)
    if 3 <= node.rank() <= 5:
        return mb.batch_norm(
            x=node.var(0),
            mean=mean,
            variance=variance,
            gamma=gamma,
            beta=beta,
            epsilon=scalar(epsilon, node.value(0)),
        )
    # Core ML's batch_norm needs 3 to 5 axes; other ranks become one multiplication and one addition.
    factor = gamma / np.sqrt(variance + np.float32(epsilon))
    return mb.add(x=mb.mul(x=node.var(0), y=factor), y=beta - mean * factor)


def standardized(x: Value, axes: list[int], epsilon: float) -> tuple[Value, Value, Value]:
    """Subtracts the mean and divides by the deviation.

    Returns:
        The standardised value, the mean, and the inverse of the deviation.
    """
    mean = mb.reduce_mean(x=x, axes=axes, keep_dims=True)
    centred = mb.sub(x=x, y=mean)
    variance = mb.reduce_mean(x=mb.square(x=centred), axes=axes, keep_dims=True)
    deviation = mb.sqrt(x=mb.add(x=variance, y=scalar(epsilon, x)))
    inverse = mb.real_div(x=scalar(1, x), y=deviation)
    return mb.mul(x=centred, y=inverse), mean, inverse


def _per_channel(value: Value, rank: int) -> Value:
    shape = [-1, *[1] * (rank - 2)]
    return to_core_ml(value.reshape(shape)) if is_known(value) else mb.reshape(x=value, shape=shape)


@lowers("InstanceNormalization", newest=22)
def instance_norm(node: Node) -> Value:
    rank = node.rank()
    x, _, _ = standardized(node.var(0), list(range(2, rank)), node.attribute("epsilon", 1e-5))
    x = mb.mul(x=x, y=_per_channel(node.value(1), rank))
    return mb.add(x=x, y=_per_channel(node.value(2), rank))


@lowers("GroupNormalization", newest=21)
def group_norm(node: Node) -> Value:
    sizes, groups = node.shape(0), int(node.attribute("num_groups"))
    x = mb.reshape(x=node.var(0), shape=[sizes[0], groups, -1])
    x, _, _ = standardized(x, [2], node.attribute("epsilon", 1e-5))
    x = mb.reshape(x=x, shape=sizes)
    if node.shape(1)[0] != sizes[1]:
        raise node.refused("scales per group, as opset 18 has them; opset 21 has them per channel")
    x = mb.mul(x=x, y=_per_channel(node.value(1), len(sizes)))
    return mb.add(x=x, y=_per_channel(node.value(2), len(sizes)))


@lowers("LayerNormalization", newest=17)
def layer_norm(node: Node) -> tuple[Value, ...]:
    axes = list(range(node.axis(-1), node.rank()))
    kind = dtype_name(node.value(0))
    x, mean, inverse = standardized(cast(node.value(0), "fp32"), axes, node.attribute("epsilon", 1e-5))
    result = mb.mul(x=cast(x, kind), y=node.var(1))
    if node.has(2):
        result = mb.add(x=result, y=node.var(2))
    return result, mean, inverse


@lowers("RMSNormalization", newest=23)
def root_mean_square_norm(node: Node) -> Value:
    axes = list(range(node.axis(-1), node.rank()))
    kind, x = dtype_name(node.value(0)), cast(node.value(0), "fp32")
    square = mb.reduce_mean(x=mb.square(x=x), axes=axes, keep_dims=True)
    root = mb.sqrt(x=mb.add(x=square, y=np.float32(node.attribute("epsilon", 1e-5))))
    return mb.mul(x=cast(mb.real_div(x=x, y=root), kind), y=node.var(1))


@lowers("MeanVarianceNormalization", newest=13)
def mean_variance_norm(node: Node) -> Value:
    axes = [node.natural(int(axis), node.rank()) for axis in node.attribute("axes", [0, 2, 3])]
    return standardized(node.var(0), axes, 1e-9)[0]


@lowers("LpNormalization", newest=22)
def vector_norm(node: Node) -> Value:
    x, axis = node.var(0), node.axis(-1)
    build = mb.reduce_l1_norm if node.attribute("p", 2) == 1 else mb.reduce_l2_norm
    length = build(x=x, axes=[axis], keep_dims=True)
    # A vector of length zero stays zero: its length is replaced by one.
    empty = cast(mb.equal(x=length, y=scalar(0, x)), dtype_name(x))
    return mb.real_div(x=x, y=mb.add(x=length, y=empty))


@lowers("LRN", newest=13, limits="an odd number of channels")
def local_response_norm(node: Node) -> Value:
    x = node.var(0)
    if int(node.attribute("size")) % 2 == 0:
        raise node.refused("an even number of channels: Core ML does not say which side gets one more")
    return mb.local_response_norm(
        x=x,
        size=int(node.attribute("size")),
        alpha=scalar(node.attribute("alpha", 1e-4), x),
        beta=scalar(node.attribute("beta", 0.75), x),
        k=scalar(node.attribute("bias", 1.0), x),
    )
