"""Shared by the classifiers of `ai.onnx.ml`: scores to probabilities, and the winning label."""

from __future__ import annotations

import numpy as np

from lienzo_coreml.mil import mb
from lienzo_coreml.node import Node
from lienzo_coreml.ops.reduction import position_of
from lienzo_coreml.values import Array, Value, cast, to_var


def post_transform(node: Node, scores: Value) -> Value:
    """Applies the attribute `post_transform` to scores of shape (N, classes).

    Raises:
        UnsupportedOp: For PROBIT.
    """
    kind = node.attribute("post_transform", "NONE")
    if kind == "NONE":
        return scores
    if kind == "LOGISTIC":
        return mb.sigmoid(x=scores)
    if kind == "SOFTMAX":
        return mb.softmax(x=scores, axis=-1)
    if kind == "SOFTMAX_ZERO":
        used = cast(mb.not_equal(x=scores, y=np.float32(0)), "fp32")
        best = mb.reduce_max(x=scores, axes=[-1], keep_dims=True)
        weights = mb.mul(x=mb.exp(x=mb.sub(x=scores, y=best)), y=used)
        return mb.real_div(x=weights, y=mb.reduce_sum(x=weights, axes=[-1], keep_dims=True))
    raise node.refused(f"post_transform {kind}")


def with_other_class(node: Node, score: Value, *, share: bool) -> Value:
    """Adds the first of two classes to the score of the second, giving two columns.

    Args:
        node: The classifier.
        score: Score of the second class, shape (N, 1).
        share: Whether the score is a probability, so that the first class gets one minus it.
    """
    kind = node.attribute("post_transform", "NONE")
    if kind == "LOGISTIC":
        score, share = mb.sigmoid(x=score), True
    elif kind != "NONE":
        return post_transform(node, mb.concat(values=[_opposite(score), score], axis=1))
    other = mb.sub(x=np.float32(1), y=score) if share else _opposite(score)
    return mb.concat(values=[other, score], axis=1)


def _opposite(score: Value) -> Value:
    return mb.mul(x=score, y=np.float32(-1))


def class_count(node: Node) -> int:
    """Counts the classes that a classifier names."""
    return len(_number_labels(node) or node.attribute("classlabels_strings") or ())


def _number_labels(node: Node) -> list[int] | None:
    labels: list[int] | None = node.attribute("classlabels_ints") or node.attribute("classlabels_int64s")
    return labels


def winning_label(node: Node, scores: Value) -> Value:
    """Returns the label of the largest score, or None when the output is not used.

    Raises:
        UnsupportedOp: When labels are text: Core ML has no text tensors, only a ClassifierConfig for labels.
    """
    if not node.needed[0]:
        return None
    numbers = _number_labels(node)
    if not numbers:
        raise node.refused(
            "labels are text; keep the probabilities only, and give the labels to the converter"
        )
    best = position_of(node, mb.reduce_max, scores, -1, kept=False)
    labels: Array = np.asarray(numbers, np.int32)
    if (labels == np.arange(len(labels))).all():  # a label is its own index
        return best
    return mb.gather(x=to_var(labels), indices=best, axis=0)
