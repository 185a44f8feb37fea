"""Checks that a saved Core ML package answers as the server does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.parity.answers import Parity
from export.parity.comparison import Question, RunTimes, check_parity
from export.parity.reference import Reference
from export.pipeline import Pipeline
from lienzo_coreml.interpreter import CoreMLModel
from lienzo_coreml.names import PROBABILITIES
from lienzo_coreml.precision import WHOLE_LIMIT

MAX_DIFFERENCE = {"fp32": 1e-4, "fp16": 5e-2}
"""Largest allowed difference of a probability from another run time's, by precision."""


def check_package(
    pipeline: Pipeline,
    model: CoreMLModel,
    asked: Iterable[Question],
    limit: float,
    reference: Reference | None = None,
) -> Parity:
    """Compares onnxruntime, the package in the interpreter, and scikit-learn where its answer is known.

    Args:
        pipeline: The bundle.
        model: The saved package.
        asked: Pictures and golden files.
        limit: Largest allowed difference of the package's probabilities.
        reference: scikit-learn's answers.

    Raises:
        ParityError: When a picture gets another label, or a probability differs by more than the limit.
    """
    run_times = RunTimes(
        onnxruntime=lambda question: pipeline.probabilities(question.descriptors),
        scikit_learn=lambda question: reference(question.descriptors) if reference else None,
        package=lambda question: (
            package_probabilities(pipeline, model, question) if _is_asked(pipeline, question) else None
        ),
    )
    return check_parity(asked, pipeline.manifest.labels, run_times, MAX_DIFFERENCE["fp32"], limit)


def wide_values(pipeline: Pipeline, model: CoreMLModel, asked: Iterable[Question]) -> frozenset[str]:
    """Names the values in an fp32 package that exceed the exact range of half precision.

    Args:
        pipeline: The bundle.
        model: Its package in fp32.
        asked: Pictures to measure the size of values on.
    """
    found: set[str] = set()

    def observe(name: str, value: Any) -> None:
        array = np.asarray(value)
        if array.dtype == np.float32 and array.size and not np.abs(array).max() <= WHOLE_LIMIT:
            found.add(name)

    for question in asked:
        if _is_asked(pipeline, question):
            package_probabilities(pipeline, model, question, observe)
    return frozenset(found)


def package_probabilities(
    pipeline: Pipeline,
    model: CoreMLModel,
    question: Question,
    observe: Callable[[str, Any], None] | None = None,
) -> NDArray[np.float64]:
    """Returns the package's answer, in the order of the manifest's labels."""
    shares = model.predict({model.inputs[0]: question.given}, observe)[PROBABILITIES]
    return np.array([shares[label] for label in pipeline.manifest.labels], np.float64)


def _is_asked(pipeline: Pipeline, question: Question) -> bool:
    """Whether a phone takes the question: it has no arrays without rows, so there must be a descriptor."""
    return len(question.descriptors) > pipeline.manifest.vector_rows
