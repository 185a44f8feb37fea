"""Support vector machines and linear models of `ai.onnx.ml`."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.ml_classes import class_count, post_transform, winning_label, with_other_class
from lienzo_coreml.precision import EXACT_PREFIX
from lienzo_coreml.registry import lowers
from lienzo_coreml.values import Array, Value, cast, shape_of, to_var

ML = "ai.onnx.ml"


def kernel(node: Node, x: Value, vectors: Array) -> Value:
    """Computes the kernel of every row with every support vector, fp32 of shape (N, vectors)."""
    kind = node.attribute("kernel_type", "LINEAR")
    gamma, offset, degree = (node.attribute("kernel_params") or [1.0, 0.0, 1.0])[:3]
    if kind == "RBF":
        distance = squared_distances(x, vectors, f"{EXACT_PREFIX}rbf_{node.name}")
        return mb.exp(x=mb.mul(x=distance, y=np.float32(-gamma)))
    product = mb.linear(x=x, weight=vectors)
    if kind == "LINEAR":
        return product
    affine = mb.add(x=mb.mul(x=product, y=np.float32(gamma)), y=np.float32(offset))
    if kind == "SIGMOID":
        return mb.tanh(x=affine)
    return mb.pow(x=affine, y=np.float32(degree))


def squared_distances(x: Value, vectors: Array, name: str) -> Value:
    """Computes |x - v|² for every row and vector.

    For a single row the differences are computed directly, which is exact. For many rows all differences
    would not fit into memory, so the sum is |x|² + |v|² - 2 x·v, clamped at zero.

    Args:
        x: fp32 of shape (N, D).
        vectors: float32 of shape (M, D).
        name: Prefix of the operations' names.

    Returns:
        fp32 of shape (N, M).
    """
    if shape_of(x)[0] == 1:
        difference = mb.sub(x=to_var(vectors), y=x, name=f"{name}_difference")
        squares = mb.reduce_sum_square(x=difference, axes=[1], keep_dims=False, name=f"{name}_squares")
        return mb.expand_dims(x=squares, axes=[0], name=f"{name}_row")
    norms = (vectors.astype(np.float64) ** 2).sum(1).astype(np.float32)[None]
    own = mb.reduce_sum_square(x=x, axes=[1], keep_dims=True, name=f"{name}_own")
    crossed = mb.linear(x=x, weight=-2 * vectors, name=f"{name}_crossed")
    total = mb.add(x=mb.add(x=crossed, y=norms, name=f"{name}_norms"), y=own, name=f"{name}_total")
    return mb.maximum(x=total, y=np.float32(0), name=f"{name}_clamped")


def _support_vectors(node: Node, count: int) -> Array:
    return np.asarray(node.attribute("support_vectors"), np.float32).reshape(count, -1)


@lowers("SVMClassifier", newest=1, domain=ML, limits="decision values, not Platt probabilities")
def svm_classifier(node: Node) -> tuple[Value, ...]:
    if node.attribute("prob_a"):
        raise node.refused("Platt probabilities (prob_a); calibrate outside, as CalibratedClassifierCV does")
    classes, counts = class_count(node), node.attribute("vectors_per_class") or []
    x = cast(node.value(0), "fp32")
    if not counts:
        return _linear_svm(node, x, classes)
    vectors = _support_vectors(node, sum(counts))
    dual = np.asarray(node.attribute("coefficients"), np.float64).reshape(classes - 1, len(vectors))
    # One-vs-one, as in LIBSVM: vectors are sorted by class, and the classifier of a pair (i, j) uses those of
    # both classes. `dual` has classes - 1 rows: a vector's coefficient in the pair with class c is in row
    # c - 1 if c is above its own class, else in row c. Dense weights make all pairs one matrix product.
    start = np.concatenate([[0], np.cumsum(counts)])
    pairs = [(i, j) for i in range(classes) for j in range(i + 1, classes)]
    weights = np.zeros((len(pairs), len(vectors)), np.float32)
    for row, (i, j) in zip(weights, pairs, strict=True):
        row[start[i] : start[i + 1]] = dual[j - 1, start[i] : start[i + 1]]
        row[start[j] : start[j + 1]] = dual[i, start[j] : start[j + 1]]
    rho = np.asarray(node.attribute("rho"), np.float32)
    scores = mb.linear(x=kernel(node, x, vectors), weight=weights, bias=rho)
    if node.needed[0]:
        raise node.refused("the label by vote; keep the scores only")
    if classes > 2:
        return None, post_transform(node, scores)
    # As onnxruntime: the decision value of the second class is the second column, its negative the first.
    return None, with_other_class(node, scores, share=False)


def _linear_svm(node: Node, x: Value, classes: int) -> tuple[Value, ...]:
    weights = np.asarray(node.attribute("coefficients"), np.float32).reshape(classes, -1)
    bias = np.broadcast_to(np.asarray(node.attribute("rho"), np.float32)[:1], (classes,))
    scores = post_transform(node, mb.linear(x=x, weight=weights, bias=np.ascontiguousarray(bias)))
    return winning_label(node, scores), scores


@lowers("SVMRegressor", newest=1, domain=ML)
def svm_regressor(node: Node) -> Value:
    x, count = cast(node.value(0), "fp32"), int(node.attribute("n_supports", 0))
    weights = np.asarray(node.attribute("coefficients"), np.float32)[None]
    bias = np.asarray(node.attribute("rho"), np.float32)[:1]
    similar = kernel(node, x, _support_vectors(node, count)) if count else x
    scores = mb.linear(x=similar, weight=weights, bias=bias)
    if node.attribute("one_class", 0):
        return mb.sign(x=scores)
    return post_transform(node, scores)


@lowers("LinearClassifier", newest=1, domain=ML)
def linear_classifier(node: Node) -> tuple[Value, ...]:
    classes, x = class_count(node), cast(node.value(0), "fp32")
    features = int(shape_of(x)[-1])
    weights = np.asarray(node.attribute("coefficients"), np.float32).reshape(-1, features)
    bias = np.asarray(node.attribute("intercepts") or np.zeros(len(weights)), np.float32)
    scores = mb.linear(x=x, weight=weights, bias=bias)
    if classes == 2 and len(weights) == 1:
        scores = with_other_class(node, scores, share=False)
    else:
        scores = post_transform(node, scores)
    return winning_label(node, scores), scores


@lowers("LinearRegressor", newest=1, domain=ML)
def linear_regressor(node: Node) -> Value:
    x, outputs = cast(node.value(0), "fp32"), int(node.attribute("targets", 1))
    weights = np.asarray(node.attribute("coefficients"), np.float32).reshape(outputs, -1)
    bias = np.asarray(node.attribute("intercepts") or np.zeros(outputs), np.float32)
    return post_transform(node, mb.linear(x=x, weight=weights, bias=bias))
