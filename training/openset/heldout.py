"""What held-out pictures say about scores: how strangers do, and what probabilities scores stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.descriptors.labelled import LabelledDescriptors
from training.evaluation.calibration import Calibration, learn_calibration
from training.imagesets.folds import Split
from training.imagesets.folds import class_rounds as rounds_of_classes
from training.openset.threshold import Strangers
from training.search.attempt import Candidate
from training.search.cross_validation import cross_validate
from training.search.selection import filled
from training.search.workbench import Workbench


def stranger_scores(
    chosen: Candidate,
    labelled: LabelledDescriptors,
    folds: Sequence[Split],
    class_rounds: int,
    bench: Workbench,
) -> Strangers:
    """Scores of every picture when its class was left out, and of drawn strangers where there are any.

    A label that was left out is far below all others.

    Args:
        chosen: The candidate.
        labelled: All pictures.
        folds: Drawn strangers are asked of the models of these, each of one.
        class_rounds: Rounds in which classes are left out.
        bench: How to work. Its deadline does not count: without strangers nothing would be known of what must
            be refused.
    """
    ready = replace(bench, deadline=math.inf, size_of=None)
    count, labels = len(labelled.targets), len(labelled.labels)
    found, asked_in, drawn = [np.zeros((0, labels))], [np.zeros(0, np.int64)], 0
    if rounds := rounds_of_classes(labelled.targets, class_rounds, bench.seed):
        [result] = cross_validate([chosen], labelled, rounds, ready, "strangers").values()
        found.append(filled(result.scores))
        asked_in.append(fold_numbers(folds, count))
    if labelled.strangers is not None:
        drawn = len(labelled.strangers)
        among = np.arange(drawn) % len(folds)
        splits = [Split(each.train, count + np.flatnonzero(among == i)) for i, each in enumerate(folds)]
        [result] = cross_validate(
            [chosen], labelled.with_strangers(), splits, ready, "drawn strangers"
        ).values()
        found.append(filled(result.scores[count:]))
        asked_in.append(among)
    return Strangers(np.concatenate(found), np.concatenate(asked_in), drawn)


def fold_numbers(folds: Sequence[Split], count: int) -> NDArray[np.int64]:
    """The fold in which each of so many pictures is asked about, int64."""
    numbers = np.zeros(count, np.int64)
    for number, fold in enumerate(folds):
        numbers[fold.test] = number
    return numbers


def calibrated(
    scores: NDArray[np.float64], targets: NDArray[np.int64], strangers: NDArray[np.float64]
) -> Calibration:
    """The calibration that scores of held-out pictures and of strangers ask for.

    Args:
        scores: Of every picture when its label was learnt from others; NaN for labels that were not taught.
        targets: Their label indices.
        strangers: Scores of pictures that show none of the labels; there may be none.
    """
    taught = ~np.isnan(scores[np.arange(len(targets)), targets])
    return learn_calibration(filled(scores)[taught], targets[taught], strangers)


def cross_calibrated(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    strangers: Strangers,
    fold_of: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Probabilities of each fold by a calibration that was learnt from the other folds."""
    probabilities = np.zeros_like(scores)
    for fold in np.unique(fold_of):
        asked = fold_of == fold
        calibration = calibrated(scores[~asked], targets[~asked], strangers.scores[strangers.folds != fold])
        probabilities[asked] = calibration.probabilities(filled(scores[asked]))
    return probabilities
