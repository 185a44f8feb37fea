"""Checks that an exported graph answers as the model that it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import onnx

from export.parity.answers import NOTHING, PICTURES, Parity
from export.parity.comparison import Probabilities, Question, RunTimes, check_parity
from export.parity.reference import ReferenceAnswer
from export.parity.samples import edge_pictures
from training.classifiers import score
from training.extractors import feature_kind, vector_size
from training.graphs.session import GraphSession
from training.model import TrainedModel
from vision.extractors.features import vector_rows

MAX_PROBABILITY_DIFFERENCE: Final = 1e-5


def check_classifier(
    model: TrainedModel, graph: onnx.ModelProto, pictures: Sequence[str]
) -> tuple[Parity, list[ReferenceAnswer]]:
    """Compares onnxruntime on the whole graph with scikit-learn, for every picture and for edge cases.

    Args:
        model: Its descriptors are the pictures that are compared.
        graph: From `build_classifier`.
        pictures: Names of the pictures, for the message.

    Returns:
        The comparison, and descriptors with scikit-learn's answers.

    Raises:
        ParityError: When a picture gets another label, or a probability differs by more than 1e-5.
    """
    whole, encoder = GraphSession(graph), GraphSession(model.encoder.graph)
    answers: list[ReferenceAnswer] = []

    def by_scikit_learn(question: Question) -> Probabilities:
        scores = score(model.estimator, encoder.run(question.descriptors))
        answers.append((question.descriptors, model.calibration.probabilities(scores)[0]))
        return answers[-1][1]

    run_times = RunTimes(
        lambda question: whole.run(question.descriptors)[0].astype(np.float64), by_scikit_learn
    )
    questions = _questions(model, pictures)
    return check_parity(questions, model.labels, run_times, MAX_PROBABILITY_DIFFERENCE), answers


def _questions(model: TrainedModel, pictures: Sequence[str]) -> Iterator[Question]:
    for index, name in enumerate(pictures):
        yield Question.of_descriptors(name, PICTURES, model.descriptors.of(index))
    extractor = model.recipe.create_extractor()
    for name, pixels in edge_pictures():
        yield Question.of_descriptors(name, name, np.asarray(extractor.extract(pixels).rows, np.float32))
    # A global vector is never missing; local descriptors are missing in plain pictures.
    if feature_kind(extractor) == "local":
        dimension = model.descriptors.values.shape[1]
        nothing = np.zeros((vector_rows(vector_size(extractor), dimension), dimension), np.float32)
        yield Question.of_descriptors(NOTHING, NOTHING, nothing)
