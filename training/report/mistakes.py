"""Misclassified pictures, side by side with pictures of the label that they were taken for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drawing.pictures import jpeg_uri
from training.evaluation.answers import NOT_RECOGNIZED
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.report.pictures import picture_pixels
from vision.answers import reaches, recognized

_SHOWN: Final = 12
_SIDE_PX: Final = 240


@dataclass(frozen=True)
class Mistake:
    """One misclassified picture.

    Attributes:
        path: Its file.
        label: Its true label.
        answer: The label that the model answered.
        probability: Of that answer.
        right_probability: Of the right label.
        recognized_as: The label that callers get: the answer, the one that points verified, or none, empty.
        picture: A `data:` URI.
        likeness: The most similar picture of the answered label, a `data:` URI.
        likeness_path: That picture's file.
    """

    path: str
    label: str
    answer: str
    probability: float
    right_probability: float
    recognized_as: str
    picture: str
    likeness: str
    likeness_path: str

    @property
    def refused(self) -> bool:
        """Whether it is *not recognised*: below the threshold, and not verified."""
        return not self.recognized_as


@dataclass(frozen=True)
class Gallery:
    """The worst mistakes and the least certain right answers.

    Attributes:
        mistakes: The worst first; answered ones before refused ones.
        mistake_count: Number of all mistakes.
        doubts: Right answers of the lowest probability, with the second label; shown when mistakes are few.
    """

    mistakes: tuple[Mistake, ...]
    mistake_count: int
    doubts: tuple[Mistake, ...]


def gallery(model: TrainedModel, image_set: ImageSet) -> Gallery:
    """Selects the worst mistakes, and the least certain right answers."""
    targets = image_set.targets
    answers = model.probabilities.argmax(axis=1)
    wrong = model.asked[answers[model.asked] != targets[model.asked]]
    worst = wrong[np.argsort(-model.probabilities[wrong, answers[wrong]], kind="stable")]
    right = model.asked[answers[model.asked] == targets[model.asked]]
    narrow = right[np.argsort(model.probabilities[right, targets[right]], kind="stable")]
    others = model.probabilities.copy()
    others[np.arange(len(targets)), targets] = -1
    runner_up = others.argmax(axis=1)
    narrow = narrow[~reaches(model.probabilities[narrow, targets[narrow]], model.open_set.threshold)]
    if model.verification:
        narrow = narrow[verified_labels(model)[narrow] == NOT_RECOGNIZED]
    return Gallery(
        _mistakes(model, image_set, worst[:_SHOWN], answers),
        len(wrong),
        _mistakes(model, image_set, narrow[: max(4, _SHOWN // 2)], runner_up),
    )


def _mistakes(
    model: TrainedModel,
    image_set: ImageSet,
    pictures: Sequence[int] | NDArray[np.int64],
    answers: NDArray[np.int64],
) -> tuple[Mistake, ...]:
    return tuple(_mistake(model, image_set, int(each), int(answers[each])) for each in pictures)


def _mistake(model: TrainedModel, image_set: ImageSet, picture: int, answer: int) -> Mistake:
    targets = image_set.targets
    alike = _most_alike(model, targets, picture, answer)
    answered = recognized(model.probabilities[picture], model.open_set.threshold)
    recognized_as = verified_labels(model)[picture] if answered is None else answer
    return Mistake(
        path=image_set.pictures[picture].path,
        label=model.labels[targets[picture]],
        answer=model.labels[answer],
        probability=float(model.probabilities[picture, answer]),
        right_probability=float(model.probabilities[picture, targets[picture]]),
        recognized_as="" if recognized_as == NOT_RECOGNIZED else model.labels[recognized_as],
        picture=jpeg_uri(picture_pixels(image_set, picture, _SIDE_PX)),
        likeness=jpeg_uri(picture_pixels(image_set, alike, _SIDE_PX)),
        likeness_path=image_set.pictures[alike].path,
    )


def _most_alike(model: TrainedModel, targets: NDArray[np.int64], picture: int, answer: int) -> int:
    """Finds the nearest picture of a label in the training part of the fold that held this one out."""
    candidates = np.flatnonzero((targets == answer) & model.taught(model.folds[picture]))
    if not len(candidates):
        candidates = np.flatnonzero(targets == answer)
    distances = ((model.features[candidates] - model.features[picture]) ** 2).sum(axis=1)
    return int(candidates[distances.argmin()])


def verified_labels(model: TrainedModel) -> NDArray[np.int64]:
    """Returns the label that agreeing points gave each picture, `NOT_RECOGNIZED` of the others."""
    labels = np.full(len(model.folds), NOT_RECOGNIZED, np.int64)
    if model.verification:
        labels[model.asked] = model.verification.verified_labels
    return labels
