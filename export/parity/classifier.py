"""Whether an exported graph answers as the model that it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import onnx

from export.parity.answers import NOTHING, PICTURES, Parity
from export.parity.comparison import Probabilities, Question, RunTimes, check_parity
from export.parity.reference import Asked
from export.parity.samples import edge_pictures
from training.classifiers import score
from training.extractors import feature_kind
from training.graphs.session import GraphSession
from training.trainer import TrainedModel

MAX_PROBABILITY_DIFFERENCE = 1e-5


def check_classifier(
    model: TrainedModel, graph: onnx.ModelProto, pictures: Sequence[str]
) -> tuple[Parity, list[Asked]]:
    """Compares onnxruntime on the whole graph with scikit-learn, for every picture and for those at the edge.

    Args:
        model: Its descriptors are the pictures that are compared.
        graph: From `build_classifier`.
        pictures: Names of the pictures, for the message.

    Returns:
        The comparison, and what scikit-learn was asked and said.

    Raises:
        ParityError: When a picture gets another label, or a probability differs by more than 1e-5.
    """
    whole, encoder = GraphSession(graph), GraphSession(model.encoder.graph)
    asked: list[Asked] = []

    def learnt(question: Question) -> Probabilities:
        scores = score(model.estimator, encoder.run(question.descriptors))
        asked.append((question.descriptors, model.calibration.probabilities(scores)[0]))
        return asked[-1][1]

    run_times = RunTimes(lambda question: whole.run(question.descriptors)[0].astype(np.float64), learnt)
    questions = _questions(model, pictures)
    return check_parity(questions, model.labels, run_times, MAX_PROBABILITY_DIFFERENCE), asked


def _questions(model: TrainedModel, pictures: Sequence[str]) -> Iterator[Question]:
    for index, name in enumerate(pictures):
        yield Question.of_descriptors(name, PICTURES, model.descriptors.of(index))
    extractor = model.recipe.create_extractor()
    for name, pixels in edge_pictures():
        yield Question.of_descriptors(name, name, np.asarray(extractor.extract(pixels).rows, np.float32))
    # One vector is never missing; that of a plain picture is often zero.
    if feature_kind(extractor) == "local":
        nothing = np.zeros((0, model.descriptors.values.shape[1]), np.float32)
        yield Question.of_descriptors(NOTHING, NOTHING, nothing)
