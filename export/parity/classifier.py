"""Whether an exported graph answers as the model that it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from export.errors import ParityError
from export.parity.answers import NOTHING, PICTURES, Answer, Parity
from export.parity.reference import Asked
from export.parity.samples import edge_pictures
from training.classifiers import score
from training.extractors import feature_kind
from training.graphs.session import GraphSession
from training.trainer import TrainedModel

MAX_PROBABILITY_DIFFERENCE = 1e-5


def check_parity(
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
    answers: list[Answer] = []
    asked: list[Asked] = []
    for name, group, descriptors in _questions(model, pictures):
        answer = whole.run(descriptors)[0].astype(np.float64)
        expected = model.calibration.probabilities(score(model.estimator, encoder.run(descriptors)))[0]
        difference = _difference(model, name, answer, expected)
        label = model.labels[int(answer.argmax())]
        answers.append(Answer(name, group, label, float(answer.max()), len(descriptors), difference))
        asked.append((descriptors, expected))
    return Parity(tuple(answers)), asked


def _questions(
    model: TrainedModel, pictures: Sequence[str]
) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    for index, name in enumerate(pictures):
        yield name, PICTURES, model.descriptors.of(index)
    extractor = model.recipe.create_extractor()
    for name, pixels in edge_pictures():
        yield name, name, np.asarray(extractor.extract(pixels).rows, np.float32)
    # One vector is never missing; that of a plain picture is often zero.
    if feature_kind(extractor) == "local":
        yield NOTHING, NOTHING, np.zeros((0, model.descriptors.values.shape[1]), np.float32)


def _difference(
    model: TrainedModel, name: str, answer: NDArray[np.float64], expected: NDArray[np.float64]
) -> float:
    difference = float(np.abs(answer - expected).max())
    # Where the best two are equal within the tolerance, either is the right answer.
    if expected.max() - expected[answer.argmax()] > MAX_PROBABILITY_DIFFERENCE:
        names = model.labels[int(answer.argmax())], model.labels[int(expected.argmax())]
        raise ParityError(f"{name}: the exported graph says {names[0]}, scikit-learn says {names[1]}")
    if not difference <= MAX_PROBABILITY_DIFFERENCE:
        raise ParityError(
            f"{name}: a probability of the exported graph is {difference:.1e} from scikit-learn's, "
            f"more than {MAX_PROBABILITY_DIFFERENCE:.0e}"
        )
    return difference
