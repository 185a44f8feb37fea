"""Scores of strangers, and calibration on held-out pictures."""

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
    """Scores every picture with its class left out, and drawn strangers where there are any.

    The score of a left-out label is far below all others.

    Args:
        chosen: The candidate.
        labelled: All pictures.
        folds: Each drawn stranger is scored by the model of one of these.
        class_rounds: Number of rounds in which classes are left out.
        bench: Seed, processes, progress and cache. Its deadline is ignored: without strangers there is no
            rejection threshold.
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
    """Returns the fold in which each of so many pictures is held out, int64."""
    numbers = np.zeros(count, np.int64)
    for number, fold in enumerate(folds):
        numbers[fold.test] = number
    return numbers


def calibrated(
    scores: NDArray[np.float64], targets: NDArray[np.int64], strangers: NDArray[np.float64]
) -> Calibration:
    """Fits a calibration on scores of held-out pictures and of strangers.

    Args:
        scores: Of every picture when it was held out; NaN for labels missing in the training part.
        targets: Their label indices.
        strangers: Scores of strangers, shape (M, labels), M of 0 or more.
    """
    taught = ~np.isnan(scores[np.arange(len(targets)), targets])
    return learn_calibration(filled(scores)[taught], targets[taught], strangers)


def cross_calibrated(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    strangers: Strangers,
    fold_of: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Computes the probabilities of each fold by a calibration fitted on the other folds."""
    probabilities = np.zeros_like(scores)
    for fold in np.unique(fold_of):
        held_out = fold_of == fold
        others = strangers.scores[strangers.folds != fold]
        calibration = calibrated(scores[~held_out], targets[~held_out], others)
        probabilities[held_out] = calibration.probabilities(filled(scores[held_out]))
    return probabilities
