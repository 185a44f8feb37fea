"""Whether an exported graph answers as the model that it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx

from export.errors import ParityError
from training.classifiers import score
from training.extractors import feature_kind
from training.graphs.session import GraphSession
from training.trainer import TrainedModel

MAX_PROBABILITY_DIFFERENCE = 1e-5


@dataclass(frozen=True)
class Parity:
    """How far the graph is from the model.

    Attributes:
        pictures: How many were compared.
        same_label: How many of them got the same label.
        max_probability_difference: Over all pictures and labels.
    """

    pictures: int
    same_label: int
    max_probability_difference: float


def check_parity(model: TrainedModel, graph: onnx.ModelProto, pictures: Sequence[str]) -> Parity:
    """Compares onnxruntime on the whole graph with scikit-learn, for every picture and for no descriptors.

    Args:
        model: Its descriptors are the pictures that are compared.
        graph: From `build_classifier`.
        pictures: Names of the pictures, for the message.

    Raises:
        ParityError: When a picture gets another label, or a probability differs by more than 1e-5.
    """
    whole, encoder = GraphSession(graph), GraphSession(model.encoder.graph)
    dimension = model.descriptors.values.shape[1]
    # One vector is never missing; that of a plain picture is often zero.
    local = feature_kind(model.recipe.create_extractor()) == "local"
    nothing = np.zeros((0 if local else 1, dimension), np.float32)
    largest = 0.0
    for index in range(len(pictures) + 1):
        name = pictures[index] if index < len(pictures) else "a picture without descriptors"
        descriptors = model.descriptors.of(index) if index < len(pictures) else nothing
        answer = whole.run(descriptors)[0].astype(np.float64)
        expected = model.calibration.probabilities(score(model.estimator, encoder.run(descriptors)))[0]
        difference = float(np.abs(answer - expected).max())
        largest = max(largest, difference)
        # Where the best two are equal within the tolerance, either is the right answer.
        if expected.max() - expected[answer.argmax()] > MAX_PROBABILITY_DIFFERENCE:
            names = model.labels[int(answer.argmax())], model.labels[int(expected.argmax())]
            raise ParityError(f"{name}: the exported graph says {names[0]}, scikit-learn says {names[1]}")
        if not difference <= MAX_PROBABILITY_DIFFERENCE:
            raise ParityError(
                f"{name}: a probability of the exported graph is {difference:.1e} from scikit-learn's, "
                f"more than {MAX_PROBABILITY_DIFFERENCE:.0e}"
            )
    return Parity(len(pictures), len(pictures), largest)
