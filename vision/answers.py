"""What a model answers to one picture: probabilities, their ranking, and whether it is recognised.

Everybody who asks a model does it here, so that a server, an export that compares run times, and a training
that states how often its model is right come to the same verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vision.inference import open_session
from vision.ports import PROBABILITIES

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Probabilities = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True)
class Recognition:
    """The answer to "what is this?".

    Attributes:
        ranking: Index and probability of the best labels, falling; equal ones keep the model's order.
        score: The highest probability, 0 to 1; 0 where the picture had no features at all.
        is_recognized: Whether the best label may be told as the answer.
    """

    ranking: tuple[tuple[int, float], ...]
    score: float
    is_recognized: bool


@dataclass(frozen=True)
class Classifier:
    """A classifier graph, from features to calibrated probabilities; safe to share between threads.

    Attributes:
        session: The graph, with one input, and an output `probabilities` of shape (1, labels).
        input_name: Of its input.
    """

    session: InferenceSession
    input_name: str

    @classmethod
    def load(cls, model: bytes | str) -> Classifier:
        """Prepares a graph to run on one thread: callers are the parallelism.

        Args:
            model: A serialised ONNX model, or the path of its file.

        Raises:
            Exception: onnxruntime's own, which share no other class, when it refuses the graph.
        """
        session = open_session(model)
        return cls(session, session.get_inputs()[0].name)

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the probability of every label, float32, (labels,), each 0 to 1, together 1.

        Args:
            features: float32, (N, dimension) descriptors with N ≥ 0, or (1, dimension) for one vector.
        """
        (answer,) = self.session.run([PROBABILITIES], {self.input_name: features})
        result: NDArray[np.float32] = answer[0]
        return result

    def recognize(self, features: NDArray[np.float32], threshold: float, top_k: int) -> Recognition:
        """Asks about one picture; without a single descriptor it is never recognised.

        Args:
            features: As for `probabilities`.
            threshold: The probability under which a picture is not recognised.
            top_k: How many labels to rank at most.
        """
        probabilities, nothing_seen = self.probabilities(features), len(features) == 0
        ranking = tuple((index, float(probabilities[index])) for index in ranked(probabilities, top_k))
        found = recognized(probabilities, threshold) is not None
        return Recognition(ranking, 0.0 if nothing_seen else ranking[0][1], found and not nothing_seen)


def ranked(probabilities: Probabilities, top_k: int) -> list[int]:
    """Returns the indices of the highest probabilities, falling; equal ones keep their order.

    >>> ranked(np.array([0.2, 0.4, 0.4], np.float32), 2)
    [1, 2]
    """
    order: list[int] = np.argsort(-probabilities, kind="stable")[:top_k].tolist()
    return order


def recognized(probabilities: Probabilities, threshold: float) -> int | None:
    """Returns the index of the label that is told, or None where the picture is not recognised.

    >>> recognized(np.array([0.2, 0.8]), 0.7), recognized(np.array([0.4, 0.6]), 0.7)
    (1, None)
    """
    (best,) = ranked(probabilities, 1)
    return best if reaches(probabilities[best : best + 1], threshold)[0] else None


def reaches(probabilities: Probabilities, threshold: float) -> NDArray[np.bool_]:
    """Tells of each of the highest probabilities, shape (N,), whether it is enough for an answer.

    Compared in float32, as both travel: a caller who compares them comes to the same verdict.
    """
    return np.asarray(probabilities.astype(np.float32) >= np.float32(threshold))
