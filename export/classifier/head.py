"""The classifier's part of the graph: a fitted scikit-learn estimator as ONNX."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import compose, helper
from sklearn.svm import LinearSVC

from export.classifier.matrices import (
    build_densities,
    build_kernel_machines,
    build_linear_machines,
    build_neighbours,
)
from export.classifier.network import build_network
from training.classifiers.knn import NearestNeighbours
from training.classifiers.naive_bayes import NaiveBayes
from training.classifiers.one_vs_rest import KernelMachines
from training.classifiers.scores import has_margins
from training.classifiers.templates import TemplateClassifier
from training.classifiers.vote import MARGIN_SHARPNESS, SoftVote
from training.graphs.builder import IR_VERSION, ML_OPSET, OPSET, GraphBuilder
from training.networks.fitted import ConvolutionalNetwork

FEATURES = "classifier.features"


def build_head(estimator: Any, size: int) -> onnx.ModelProto:
    """Builds the graph from `classifier.features` (float32, (1, size)) to a score per label, its last output.

    Args:
        estimator: A fitted classifier with the labels 0, 1, ….
        size: Elements of a feature vector.
    """
    if isinstance(estimator, SoftVote):
        return _vote(estimator, size)
    if isinstance(estimator, ConvolutionalNetwork):
        return build_network(estimator, size)
    if isinstance(estimator, LinearSVC | TemplateClassifier):
        return build_linear_machines(estimator, size)
    if isinstance(estimator, KernelMachines):
        return build_kernel_machines(estimator, size)
    if isinstance(estimator, NearestNeighbours):
        return build_neighbours(estimator, size)
    if isinstance(estimator, NaiveBayes):
        return build_densities(estimator, size)
    # Half a second, which whoever imports lienzo_notebook to ask a model should not wait.
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    head = to_onnx(
        estimator,
        initial_types=[("features", FloatTensorType([1, size]))],
        options={id(estimator): {"zipmap": False}},
        target_opset={"": OPSET, "ai.onnx.ml": ML_OPSET},
    )
    head.ir_version = IR_VERSION
    return compose.add_prefix(head, "classifier.")


def _vote(vote: SoftVote, size: int) -> onnx.ModelProto:
    labels = len(vote.classes_)
    ballots = [f"vote.{number}" for number in range(len(vote.members))]
    mean = GraphBuilder("mean")
    mean.add("Mean", *ballots, output="classifier.scores")
    model = mean.model({each: [1, labels] for each in ballots}, {"classifier.scores": [1, labels]})
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info(FEATURES, onnx.TensorProto.FLOAT, [1, size]))
    for ballot, member in zip(ballots, vote.members, strict=True):
        part = compose.add_prefix(_ballot(member, size), f"{ballot}.")
        shared = {part.graph.input[0].name: FEATURES, part.graph.output[0].name: ballot}
        for node in reversed(part.graph.node):
            node.input[:] = [shared.get(name, name) for name in node.input]
            node.output[:] = [shared.get(name, name) for name in node.output]
            model.graph.node.insert(0, node)
        model.graph.initializer.extend(part.graph.initializer)
        for each in part.opset_import:
            if each.domain not in {known.domain for known in model.opset_import}:
                model.opset_import.append(each)
    return model


def _ballot(member: Any, size: int) -> onnx.ModelProto:
    """Builds the graph to a member's probabilities, with the output `ballot`."""
    head = build_head(member, size)
    scores = head.graph.output[-1].name
    end = GraphBuilder("end")
    if has_margins(member):
        sharpened = end.add("Mul", "scores", end.constant("sharpness", MARGIN_SHARPNESS))
        end.add("Softmax", sharpened, axis=1, output="ballot")
    else:
        end.add("Identity", "scores", output="ballot")
    labels = len(member.classes_)
    tail = end.model({"scores": [1, labels]}, {"ballot": [1, labels]})
    return compose.merge_models(head, tail, io_map=[(scores, "scores")], outputs=["ballot"])
