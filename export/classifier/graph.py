"""`classifier.onnx`: encoder, classifier and calibration as one graph."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import compose

from export.classifier.head import build_head
from training.classifiers.scores import has_margins
from training.evaluation.calibration import Calibration
from training.graphs.probabilities import build_probabilities
from training.model import TrainedModel
from vision.ports import PROBABILITIES


def build_classifier(model: TrainedModel) -> onnx.ModelProto:
    """Builds the graph from `descriptors` (float32, (N, D), N ≥ 0) to `probabilities` (float32, (1, C)).

    Where the extractor gives one vector, the input is `features` (float32, (1, D)).

    Args:
        model: A trained model; the order of `probabilities` is that of its labels.
    """
    return join_classifier(
        model.encoder.graph, model.estimator, model.calibration, len(model.labels), model.features.shape[1]
    )


def classifier_size(encoder: bytes, estimator: Any, labels: int) -> int:
    """Computes the size of `classifier.onnx` in bytes.

    Args:
        encoder: The encoder's graph.
        estimator: A fitted classifier.
        labels: Number of labels.
    """
    size = onnx.load_from_string(encoder).graph.output[0].type.tensor_type.shape.dim[1].dim_value
    graph = join_classifier(encoder, estimator, Calibration(1.0, 0.0), labels, size)
    return len(graph.SerializeToString(deterministic=True))


def join_classifier(
    encoder_graph: bytes, estimator: Any, calibration: Calibration, labels: int, size: int
) -> onnx.ModelProto:
    """Joins an encoder's graph, a fitted classifier and a calibration.

    Args:
        encoder_graph: The encoder's graph.
        estimator: A fitted classifier.
        calibration: Of its scores.
        labels: Number of labels.
        size: Elements of a descriptor, or of the vector.
    """
    encoder = onnx.load_from_string(encoder_graph)
    head = build_head(estimator, size)
    end = build_probabilities(calibration, labels, logarithm=not has_margins(estimator))
    vector = encoder.graph.output[0].name
    scored = _joined(encoder, vector, head, head.graph.input[0].name, head.graph.output[-1].name)
    joined = _joined(scored, scored.graph.output[0].name, end, "scores", PROBABILITIES)
    joined.graph.name = "classifier"
    joined.producer_name = "lienzo"
    joined.doc_string = ""
    onnx.checker.check_model(joined, full_check=True)
    return joined


def _joined(
    first: onnx.ModelProto, output: str, second: onnx.ModelProto, input_name: str, result: str
) -> onnx.ModelProto:
    """Joins two graphs; nodes that the result does not need are left out."""
    return compose.merge_models(first, second, io_map=[(output, input_name)], outputs=[result])
