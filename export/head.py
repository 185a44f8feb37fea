"""The classifier's part of the graph: a fitted scikit-learn estimator as ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import compose
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.multiclass import OneVsRestClassifier

from training.classifiers.scores import has_margins
from training.graphs.builder import IR_VERSION, ML_OPSET, OPSET, GraphBuilder


def build_head(estimator: Any, size: int) -> onnx.ModelProto:
    """The graph from `classifier.features` (float32, (1, size)) to one score per label, its last output.

    Args:
        estimator: A fitted classifier whose labels are 0, 1, ….
        size: Elements of a feature vector.
    """
    if isinstance(estimator, OneVsRestClassifier):
        return _kernel_machines(estimator, size)
    options: dict[str, bool] = {"raw_scores": True} if has_margins(estimator) else {"zipmap": False}
    head = to_onnx(
        estimator,
        initial_types=[("features", FloatTensorType([1, size]))],
        options={id(estimator): options},
        target_opset={"": OPSET, "ai.onnx.ml": ML_OPSET},
    )
    head.ir_version = IR_VERSION
    return compose.add_prefix(head, "classifier.")


def _kernel_machines(estimator: OneVsRestClassifier, size: int) -> onnx.ModelProto:
    """Gaussian support vector machines, one for each label, over the support vectors of all of them.

    skl2onnx writes each machine on its own, and with an operator that no phone has; as matrices they share
    the kernel, which is most of the work.
    """
    machines = estimator.estimators_
    everything = np.concatenate([machine.support_vectors_ for machine in machines])
    vectors, position = np.unique(everything, axis=0, return_inverse=True)
    weights = np.zeros((len(vectors), len(machines)))
    start = 0
    for column, machine in enumerate(machines):
        rows = position[start : start + len(machine.support_vectors_)]
        np.add.at(weights[:, column], rows, machine.dual_coef_[0])
        start += len(rows)
    intercepts = np.concatenate([machine.intercept_ for machine in machines])
    if len(machines) == 1:  # Two labels: one machine, for the second of them.
        weights, intercepts = np.hstack([-weights, weights]), np.hstack([-intercepts, intercepts])

    graph = GraphBuilder("classifier")
    apart = graph.add("Sub", "classifier.features", graph.constant("support_vectors", vectors))
    axis = graph.constant("axis", [1], np.int64)
    distances = graph.add("ReduceSum", graph.add("Mul", apart, apart), axis, keepdims=0)
    kernel = graph.add("Exp", graph.add("Mul", distances, graph.constant("slope", -machines[0]._gamma)))
    row = graph.add("Reshape", kernel, graph.constant("row", [1, len(vectors)], np.int64))
    weighted = graph.add("MatMul", row, graph.constant("weights", weights))
    graph.add("Add", weighted, graph.constant("intercepts", intercepts[None]), output="classifier.scores")
    labels = weights.shape[1]
    return graph.model({"classifier.features": [1, size]}, {"classifier.scores": [1, labels]})
