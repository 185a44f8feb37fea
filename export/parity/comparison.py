"""Compares the answers of several run times to the same pictures, and stops where they disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.errors import ParityError
from export.parity.answers import Answer, Parity

Probabilities: TypeAlias = NDArray[np.float64]
_NamedAnswer: TypeAlias = tuple[str, Probabilities | None]


@dataclass(frozen=True)
class Question:
    """One picture, ready for every run time.

    Attributes:
        name: Name of the picture.
        group: See `export.parity.answers.Answer`.
        given: Input of a Core ML package: the square, uint8 (side, side, 3), or the descriptors.
        descriptors: Input of `classifier.onnx`, float32, (N, D); N may be 0.
    """

    name: str
    group: str
    given: NDArray[Any]
    descriptors: NDArray[np.float32]

    @classmethod
    def of_descriptors(cls, name: str, group: str, descriptors: NDArray[np.float32]) -> Question:
        """Makes a question for a package that takes descriptors."""
        return cls(name, group, descriptors, descriptors)


@dataclass(frozen=True)
class RunTimes:
    """The run times: each gives one probability per label, (labels,), or None where it has no answer.

    Attributes:
        onnxruntime: Answers as the server does, always.
        scikit_learn: Answers as the model did when it was trained.
        package: Answers as the exported model does.
        package_name: What the exported model is called where it differs.
    """

    onnxruntime: Callable[[Question], Probabilities]
    scikit_learn: Callable[[Question], Probabilities | None]
    package: Callable[[Question], Probabilities | None] = lambda question: None
    package_name: str = "Core ML"


def check_parity(
    questions: Iterable[Question],
    labels: Sequence[str],
    run_times: RunTimes,
    limit: float,
    core_ml_limit: float = 0.0,
) -> Parity:
    """Compares the answers to every question.

    Args:
        questions: The pictures.
        labels: In the order of the probabilities.
        run_times: The run times to compare.
        limit: Largest allowed difference of a probability between onnxruntime and scikit-learn.
        core_ml_limit: The same between Core ML and either of them.

    Raises:
        ParityError: When a picture gets another label, or a probability differs by more than the limit.
    """
    answers = []
    for question in questions:
        server = run_times.onnxruntime(question)
        onnxruntime = ("onnxruntime", server)
        scikit_learn = ("scikit-learn", run_times.scikit_learn(question))
        core_ml = (run_times.package_name, package := run_times.package(question))
        away = _difference(question.name, labels, onnxruntime, scikit_learn, limit)
        package_away = _difference(question.name, labels, core_ml, onnxruntime, core_ml_limit)
        _difference(question.name, labels, core_ml, scikit_learn, core_ml_limit)
        answers.append(
            Answer(
                question.name,
                question.group,
                labels[int(server.argmax())],
                float(server.max()),
                len(question.descriptors),
                away,
                package_away,
                None if package is None else labels[int(package.argmax())],
            )
        )
    return Parity(tuple(answers))


def _difference(
    sample: str, labels: Sequence[str], one: _NamedAnswer, other: _NamedAnswer, limit: float
) -> float | None:
    (who, found), (whom, expected) = one, other
    if found is None or expected is None:
        return None
    difference = float(np.abs(found - expected).max())
    # Where the best two are equal within the limit, either is the right answer.
    if expected.max() - expected[found.argmax()] > limit:
        label, expected_label = labels[int(found.argmax())], labels[int(expected.argmax())]
        raise ParityError(f"{sample}: {who} answers {label}, {whom} answers {expected_label}")
    if not difference <= limit:
        away = f"differs by {difference:.1e} from {whom}'s, more than {limit:.0e}"
        raise ParityError(f"{sample}: a probability of {who} {away}")
    return difference
