"""The learning curve: accuracy by number of training pictures, to see whether more would help."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.classifiers import score
from training.networks.settings import CnnSettings
from training.threads import one_thread
from training.trainer import TrainedModel

_SHARES: Final = (0.25, 0.5, 0.75, 1.0)
# A classifier that would take longer for all refits, in seconds of one core, gets no curve.
_BUDGET_S: Final = 5.0
# Fewer training pictures give no meaningful point.
_MIN_PER_CLASS: Final = 2


@dataclass(frozen=True)
class LearningPoint:
    """Accuracy after training on so many pictures.

    Attributes:
        pictures: Mean over the folds.
        accuracy: Mean over the folds, 0 to 1.
        deviation: Standard deviation over the folds.
        taught: Accuracy on the pictures that it was trained on, mean over the folds, 0 to 1.
    """

    pictures: float
    accuracy: float
    deviation: float
    taught: float


def learning_curve(
    model: TrainedModel, targets: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[LearningPoint, ...]:
    """Cross-validates the chosen classifier, trained on 25, 50, 75 and 100 % of the groups of each class.

    The vectors are those of the final encoder, which was fitted on all pictures, without their labels.

    Args:
        model: Gives classifier, vectors and folds.
        targets: Label index of every picture.
        groups: Group of every picture; near duplicates share one, and are taken or left together.

    Returns:
        A point per share; none for a classifier that would take too long, as networks do.
    """
    if isinstance(model.candidate.classifier, CnnSettings):
        return ()
    folds = np.unique(model.folds[model.asked])
    rank = _rank_in_class(targets, groups, model.seed)
    points: list[LearningPoint] = []
    with one_thread():
        for share in reversed(_SHARES):
            counts, accuracies, taught = [], [], []
            for fold in folds:
                taken = np.flatnonzero(model.taught(fold) & (rank < share))
                if len(taken) <= _MIN_PER_CLASS * len(model.labels):
                    continue
                begun = time.process_time()
                held_out = np.flatnonzero(model.folds == fold)
                estimator = model.candidate.classifier.fit(model.features[taken], targets[taken], model.seed)
                accuracies.append(_accuracy(estimator, model, targets, held_out))
                taught.append(_accuracy(estimator, model, targets, taken))
                counts.append(len(taken))
                if (time.process_time() - begun) * len(folds) * len(_SHARES) > _BUDGET_S:
                    return ()
            if counts:
                spread = float(np.std(accuracies))
                means = [float(np.mean(each)) for each in (counts, accuracies, taught)]
                points.insert(0, LearningPoint(means[0], means[1], spread, means[2]))
    return tuple(points)


def _accuracy(
    estimator: Any, model: TrainedModel, targets: NDArray[np.int64], asked: NDArray[np.int64]
) -> float:
    answers = estimator.classes_[score(estimator, model.features[asked]).argmax(axis=1)]
    return float((answers == targets[asked]).mean())


def _rank_in_class(targets: NDArray[np.int64], groups: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Ranks each picture's group in a random order of the groups of its class, from 0 to below 1."""
    rank = np.zeros(len(targets))
    rng = np.random.default_rng(seed)
    for target in np.unique(targets):
        of_class = np.flatnonzero(targets == target)
        names, index = np.unique(groups[of_class], return_inverse=True)
        rank[of_class] = rng.permutation(len(names))[index] / len(names)
    return rank
