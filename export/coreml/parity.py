"""Whether a saved Core ML package answers as the server does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export.coreml.errors import ParityError
from export.coreml.interpreter import CoreMLModel
from export.coreml.pipeline import Pipeline
from export.coreml.precision import WHOLE_LIMIT
from vision.graph import FeatureGraph

MAX_DIFFERENCE = {"fp32": 1e-4, "fp16": 5e-2}
"""How far a probability may be from onnxruntime's."""

Reference = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Descriptors, float32 (N, D), to scikit-learn's probabilities, (labels,)."""


@dataclass(frozen=True)
class Answer:
    """One picture, asked twice.

    Attributes:
        sample: Its name.
        label: What the server says.
        package_label: What the package says; the server's label where the package was not asked.
        probability: How sure it is.
        difference: Largest difference of a probability; 0 where the package was not asked.
        descriptors: How many there were. With none, the app answers "not recognised" without the package,
            which takes at least one.
    """

    sample: str
    label: str
    package_label: str
    probability: float
    difference: float
    descriptors: int


@dataclass(frozen=True)
class Parity:
    """How far a package is from the server.

    Attributes:
        answers: One per picture.
    """

    answers: Sequence[Answer]

    @property
    def max_probability_difference(self) -> float:
        """Over all pictures and labels."""
        return max((answer.difference for answer in self.answers), default=0.0)

    @property
    def same_label(self) -> int:
        """How many pictures get the same label from both."""
        return sum(answer.label == answer.package_label for answer in self.answers)

    def to_json(self) -> dict[str, Any]:
        """For `lienzo export --json`: the share of equal labels (0 to 1), and one entry per picture."""
        return {
            "pictures": len(self.answers),
            "same_label": self.same_label / max(1, len(self.answers)),
            "max_probability_difference": self.max_probability_difference,
            "answers": [vars(answer) for answer in self.answers],
        }


def check_parity(
    pipeline: Pipeline,
    model: CoreMLModel,
    samples: Iterable[tuple[str, NDArray[np.uint8]]],
    limit: float,
    reference: Reference | None = None,
) -> Parity:
    """Asks onnxruntime, the package in the interpreter, and scikit-learn where it is at hand, about pictures.

    Args:
        pipeline: The bundle.
        model: The saved package.
        samples: Pictures by name, uint8 RGB.
        limit: Largest difference of a probability that is no fault.
        reference: The fitted model in scikit-learn.

    Raises:
        ParityError: When a picture gets another label, or a probability differs by more than the limit.
    """
    answers = []
    for name, pixels in samples:
        descriptors = pipeline.descriptors(pixels)
        expected = pipeline.probabilities(descriptors)
        difference, said = 0.0, expected
        if reference is not None:
            difference = _difference(pipeline, name, reference(descriptors), expected, limit)
        if len(descriptors):
            said = package_probabilities(pipeline, model, pixels, descriptors)
            difference = max(difference, _difference(pipeline, name, said, expected, limit))
        label, package_label = (pipeline.manifest.labels[int(each.argmax())] for each in (expected, said))
        answers.append(
            Answer(name, label, package_label, float(expected.max()), difference, len(descriptors))
        )
    return Parity(tuple(answers))


def wide_values(
    pipeline: Pipeline, model: CoreMLModel, samples: Iterable[tuple[str, NDArray[np.uint8]]]
) -> frozenset[str]:
    """Names of the values in an fp32 package that half precision could not hold without skipping numbers.

    Args:
        pipeline: The bundle.
        model: Its package in fp32.
        samples: Pictures that show how large values become.
    """
    found: set[str] = set()

    def observe(name: str, value: Any) -> None:
        array = np.asarray(value)
        if array.dtype == np.float32 and array.size and not np.abs(array).max() <= WHOLE_LIMIT:
            found.add(name)

    for _, pixels in samples:
        descriptors = pipeline.descriptors(pixels)
        if len(descriptors):
            package_probabilities(pipeline, model, pixels, descriptors, observe)
    return frozenset(found)


def package_probabilities(
    pipeline: Pipeline,
    model: CoreMLModel,
    pixels: NDArray[np.uint8],
    descriptors: NDArray[np.float32],
    observe: Callable[[str, Any], None] | None = None,
) -> NDArray[np.float64]:
    """The package's answer, in the order of the manifest's labels."""
    name = model.inputs[0]
    if isinstance(pipeline.extractor, FeatureGraph):
        result = model.predict({name: pipeline.extractor.fitted(pixels)}, observe)
    else:
        result = model.predict({name: descriptors}, observe)
    shares = result["probabilities"]
    return np.array([shares[label] for label in pipeline.manifest.labels], np.float64)


def _difference(
    pipeline: Pipeline,
    name: str,
    found: NDArray[np.float64],
    expected: NDArray[np.float64],
    limit: float,
) -> float:
    difference = float(np.abs(found - expected).max())
    labels = pipeline.manifest.labels
    # Where the best two are equal within the limit, either is the right answer.
    if expected.max() - expected[found.argmax()] > limit:
        other, right = labels[int(found.argmax())], labels[int(expected.argmax())]
        raise ParityError(name, difference, f"Core ML says {other}, onnxruntime says {right}")
    if not difference <= limit:
        problem = f"a probability differs by {difference:.1e} from onnxruntime's, more than {limit:.0e}"
        raise ParityError(name, difference, problem)
    return difference
