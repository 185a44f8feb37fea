"""Runs a classifier: probabilities of one picture, their ranking, and whether the picture is recognised.

Server, parity checks of exports, and evaluation in training all use this module, so that their verdicts
agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vision.inference import open_session
from vision.ports import PROBABILITIES

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

    from vision.hierarchy import Hierarchy

Probabilities = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True)
class Verification:
    """What a photo has in common with the exemplars of a label, see `vision.verification`.

    Attributes:
        verified: Whether it shows one of them.
        points: How many points agree on one view.
        outline: Shape (4, 2), float64: the exemplar's corners in pixels of the photo, clockwise from the
            exemplar's own top left; None where nothing agrees.
    """

    verified: bool
    points: int
    outline: NDArray[np.float64] | None


@dataclass(frozen=True)
class Group:
    """What several labels have in common, see `vision.hierarchy`.

    Attributes:
        name: Its name.
        probability: Of its labels together, 0 to 1.
    """

    name: str
    probability: float


@dataclass(frozen=True)
class Recognition:
    """The answer to "what is this?".

    Attributes:
        ranking: Index and probability of the best labels, descending; equal ones keep the model's order. A
            label that was verified comes first.
        score: Probability of the first label, 0 to 1; 0 when the picture has no features.
        is_recognized: Whether the first label is the answer.
        verification: How the photo compares with the exemplars of the first label; None where it was not
            compared.
        group: What the picture surely is where no label is; None where a label is the answer, or no group.
    """

    ranking: tuple[tuple[int, float], ...]
    score: float
    is_recognized: bool
    verification: Verification | None = None
    group: Group | None = None

    def best(self, top_k: int) -> Recognition:
        """Returns the answer with so many labels ranked at most."""
        return replace(self, ranking=self.ranking[:top_k])


@dataclass(frozen=True)
class Classifier:
    """A classifier graph, from features to calibrated probabilities; safe to share between threads.

    Attributes:
        session: The graph, with one input, and an output `probabilities` of shape (1, labels).
        input_name: Name of its input.
    """

    session: InferenceSession
    input_name: str

    @classmethod
    def load(cls, model: bytes | str) -> Classifier:
        """Loads a graph to run on one thread; callers bring the parallelism.

        Args:
            model: A serialised ONNX model, or the path of its file.

        Raises:
            Exception: When onnxruntime refuses the graph; its exceptions share no other base class.
        """
        session = open_session(model)
        return cls(session, session.get_inputs()[0].name)

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Computes the probability of every label, float32, (labels,), each 0 to 1, summing to 1.

        Args:
            features: float32, (N, dimension) descriptors with N ≥ 0, or (1, dimension) for one vector.
        """
        (answer,) = self.session.run([PROBABILITIES], {self.input_name: features})
        result: NDArray[np.float32] = answer[0]
        return result

    def recognize(
        self,
        features: NDArray[np.float32],
        threshold: float,
        top_k: int,
        hierarchy: Hierarchy | None = None,
    ) -> Recognition:
        """Classifies one picture; a picture without features is never recognised.

        Args:
            features: As for `probabilities`.
            threshold: Probability below which a picture is not recognised.
            top_k: Largest number of labels to rank.
            hierarchy: Groups of the labels, of which one is answered where no label is; None for none.
        """
        probabilities, nothing_seen = self.probabilities(features), len(features) == 0
        ranking = tuple((index, float(probabilities[index])) for index in ranked(probabilities, top_k))
        if nothing_seen:
            return Recognition(ranking, 0.0, False)
        found = recognized(probabilities, threshold) is not None
        group = None if found or hierarchy is None else hierarchy.surest(probabilities, threshold)
        return Recognition(ranking, ranking[0][1], found, group=group)


def ranked(probabilities: Probabilities, top_k: int) -> list[int]:
    """Returns the indices of the highest probabilities, descending; equal ones keep their order.

    >>> ranked(np.array([0.2, 0.4, 0.4], np.float32), 2)
    [1, 2]
    """
    order: list[int] = np.argsort(-probabilities, kind="stable")[:top_k].tolist()
    return order


def recognized(probabilities: Probabilities, threshold: float) -> int | None:
    """Returns the index of the recognised label, or None when the picture is not recognised.

    >>> recognized(np.array([0.2, 0.8]), 0.7), recognized(np.array([0.4, 0.6]), 0.7)
    (1, None)
    """
    (best,) = ranked(probabilities, 1)
    return best if reaches(probabilities[best : best + 1], threshold)[0] else None


def reaches(probabilities: Probabilities, threshold: float) -> NDArray[np.bool_]:
    """Returns for each highest probability, shape (N,), whether it reaches the rejection threshold.

    Both are compared in float32, in which clients receive them, so that a client's comparison agrees.
    """
    return np.asarray(probabilities.astype(np.float32) >= np.float32(threshold))
