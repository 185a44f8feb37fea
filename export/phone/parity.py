"""Whether a saved Core ML package answers as the server does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.parity.answers import Answer, Parity
from export.parity.reference import Reference
from export.phone.pipeline import Pipeline
from export.phone.questions import Question
from lienzo_coreml.convert import PROBABILITIES
from lienzo_coreml.errors import ParityError
from lienzo_coreml.interpreter import CoreMLModel
from lienzo_coreml.precision import WHOLE_LIMIT

MAX_DIFFERENCE = {"fp32": 1e-4, "fp16": 5e-2}
"""How far a probability may be from another run time's."""


def check_parity(
    pipeline: Pipeline,
    model: CoreMLModel,
    asked: Iterable[Question],
    limit: float,
    reference: Reference | None = None,
) -> Parity:
    """Asks onnxruntime, the package in the interpreter, and scikit-learn where its answer is known.

    Args:
        pipeline: The bundle.
        model: The saved package.
        asked: Pictures and golden files.
        limit: Largest difference of one of the package's probabilities that is no fault.
        reference: scikit-learn's answers.

    Raises:
        ParityError: When a picture gets another label, or a probability differs by more than the limit.
    """
    answers = []
    for question in asked:
        server = pipeline.probabilities(question.descriptors)
        learnt = reference(question.descriptors) if reference is not None else None
        away, said, difference = None, None, None
        if learnt is not None:
            away = _difference(
                pipeline, question, ("onnxruntime", server), ("scikit-learn", learnt), MAX_DIFFERENCE["fp32"]
            )
        if len(question.descriptors):
            said = package_probabilities(pipeline, model, question)
            difference = _difference(pipeline, question, ("Core ML", said), ("onnxruntime", server), limit)
            if learnt is not None:
                _difference(pipeline, question, ("Core ML", said), ("scikit-learn", learnt), limit)
        answers.append(
            Answer(
                question.name,
                question.group,
                _label(pipeline, server),
                float(server.max()),
                len(question.descriptors),
                away,
                difference,
                None if said is None else _label(pipeline, said),
            )
        )
    return Parity(tuple(answers))


def wide_values(pipeline: Pipeline, model: CoreMLModel, asked: Iterable[Question]) -> frozenset[str]:
    """Names of the values in an fp32 package that half precision could not hold without skipping numbers.

    Args:
        pipeline: The bundle.
        model: Its package in fp32.
        asked: Pictures that show how large values become.
    """
    found: set[str] = set()

    def observe(name: str, value: Any) -> None:
        array = np.asarray(value)
        if array.dtype == np.float32 and array.size and not np.abs(array).max() <= WHOLE_LIMIT:
            found.add(name)

    for question in asked:
        if len(question.descriptors):
            package_probabilities(pipeline, model, question, observe)
    return frozenset(found)


def package_probabilities(
    pipeline: Pipeline,
    model: CoreMLModel,
    question: Question,
    observe: Callable[[str, Any], None] | None = None,
) -> NDArray[np.float64]:
    """The package's answer, in the order of the manifest's labels."""
    shares = model.predict({model.inputs[0]: question.given}, observe)[PROBABILITIES]
    return np.array([shares[label] for label in pipeline.manifest.labels], np.float64)


def _label(pipeline: Pipeline, probabilities: NDArray[np.float64]) -> str:
    return pipeline.manifest.labels[int(probabilities.argmax())]


def _difference(
    pipeline: Pipeline,
    question: Question,
    one: tuple[str, NDArray[np.float64]],
    other: tuple[str, NDArray[np.float64]],
    limit: float,
) -> float:
    (who, found), (whom, expected) = one, other
    difference = float(np.abs(found - expected).max())
    # Where the best two are equal within the limit, either is the right answer.
    if expected.max() - expected[found.argmax()] > limit:
        said, right = _label(pipeline, found), _label(pipeline, expected)
        raise ParityError(question.name, difference, f"{who} says {said}, {whom} says {right}")
    if not difference <= limit:
        problem = f"a probability of {who} differs by {difference:.1e} from {whom}'s, more than {limit:.0e}"
        raise ParityError(question.name, difference, problem)
    return difference
