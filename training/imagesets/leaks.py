"""Leaks: properties of picture files that reveal the class without the picture's content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import recall_score
from sklearn.tree import DecisionTreeClassifier

from training.imagesets.folds import separated_groups, stratified_folds
from training.imagesets.imageset import ImageSet

_FOLDS: Final = 5
# Reports a leak when accuracy exceeds chance by at least this share of the remaining range. Different things
# have different proportions, so these reveal a little wherever a class is one thing; borders come only from
# whoever collected the pictures.
_ASPECT_RATIO_GAIN: Final = 0.3
_BORDER_GAIN: Final = 0.2
# In small image sets accuracy must also exceed chance by so many standard deviations of guessing.
_DEVIATIONS: Final = 4.0
_MAX_DEPTH: Final = 8


@dataclass(frozen=True)
class Leak:
    """How well something that should not reveal the class does.

    Attributes:
        accuracy: Balanced accuracy, the mean of the recalls of all classes, 0 to 1.
        chance: Balanced accuracy of guessing.
    """

    accuracy: float
    chance: float


def aspect_ratio_leak(image_set: ImageSet) -> Leak | None:
    """Measures how well the aspect ratio predicts the class; None below the limit."""
    ratios = np.array([[np.log(frame.width_px / frame.height_px)] for frame in image_set.frames])
    return _leak(ratios, image_set, _ASPECT_RATIO_GAIN)


def border_leak(image_set: ImageSet) -> Leak | None:
    """Measures how well width and colour of borders predict the class; None below the limit."""
    rows = [[*frame.borders, *(frame.color or (-1, -1, -1))] for frame in image_set.frames]
    return _leak(np.array(rows, np.float64), image_set, _BORDER_GAIN)


def _leak(features: NDArray[np.float64], image_set: ImageSet, min_gain: float) -> Leak | None:
    targets, count = image_set.targets, len(image_set.labels)
    answers = _cross_validated(features, targets, image_set.groups)
    accuracy = float(recall_score(targets, answers, average="macro"))
    chance = 1 / count
    # Of the balanced accuracy if all answers were guesses, with one answer per group of near duplicates.
    asked = np.array([len(np.unique(image_set.groups[targets == each])) for each in range(count)])
    deviation = float(np.sqrt(chance * (1 - chance) * (1 / asked).sum()) / count)
    if accuracy - chance < max(min_gain * (1 - chance), _DEVIATIONS * deviation):
        return None
    return Leak(accuracy, chance)


def _cross_validated(
    features: NDArray[np.float64], targets: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    answers = np.full(len(targets), -1, np.int64)
    tree = DecisionTreeClassifier(
        max_depth=_MAX_DEPTH, min_samples_leaf=2, class_weight="balanced", random_state=0
    )
    for fold in stratified_folds(targets, separated_groups(targets, groups), _FOLDS, seed=0):
        tree.fit(features[fold.train], targets[fold.train])
        answers[fold.test] = tree.predict(features[fold.test])
    return answers
