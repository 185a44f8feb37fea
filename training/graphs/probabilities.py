"""The end of every classifier's graph: scores to calibrated probabilities."""

from __future__ import annotations

import onnx

from training.classifiers.scores import SMALLEST_PROBABILITY
from training.evaluation.calibration import Calibration
from training.graphs.builder import GraphBuilder
from vision.ports import PROBABILITIES


def build_probabilities(
    calibration: Calibration, labels: int, logarithm: bool, smallest: float | None = None
) -> onnx.ModelProto:
    """Builds the graph from `scores` (float32, (1, C)) to `probabilities` (float32, (1, C), sum 1).

    Args:
        calibration: Sharpness and background.
        labels: Number of labels, C.
        logarithm: Whether the input is an estimator's own probabilities; the scores are their logarithms.
        smallest: Probabilities below it count as this much; by default as `score` counts them.
    """
    graph = GraphBuilder("probabilities")
    scores = "scores"
    if logarithm:
        scores = graph.add(
            "Log", graph.add("Max", scores, graph.constant("smallest", smallest or SMALLEST_PROBABILITY))
        )
    if calibration.background is None:
        sharpened = graph.add("Mul", scores, graph.constant("sharpness", calibration.sharpness))
        graph.add("Softmax", sharpened, axis=1, output=PROBABILITIES)
    else:
        background = graph.constant("background", [[calibration.background]])
        everything = graph.add("Concat", scores, background, axis=1)
        sharpened = graph.add("Mul", everything, graph.constant("sharpness", calibration.sharpness))
        shares = graph.add("Softmax", sharpened, axis=1)
        ends = [graph.constant(name, [at], int) for name, at in (("first", 0), ("last", labels))]
        axis = graph.constant("axis", [1], int)
        named = graph.add("Slice", shares, ends[0], ends[1], axis)
        beyond = graph.constant("beyond", [labels + 1], int)
        rest = graph.add("Slice", shares, ends[1], beyond, axis)
        spread = graph.add("Mul", rest, graph.constant("even_share", 1 / labels))
        graph.add("Add", named, spread, output=PROBABILITIES)
    return graph.model({"scores": [1, labels]}, {PROBABILITIES: [1, labels]})
