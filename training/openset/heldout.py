"""Scores of strangers, and calibration on held-out pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.classifiers.learning import refuses_others
from training.descriptors.extraction import DescriptorSet
from training.descriptors.labelled import LabelledDescriptors
from training.errors import TrainingError
from training.evaluation.calibration import Calibration, learn_calibration
from training.imagesets.folds import Split
from training.imagesets.folds import class_rounds as rounds_of_classes
from training.openset.strangers import kinds_of_drawn
from training.openset.threshold import Strangers
from training.search.attempt import Candidate
from training.search.cross_validation import CandidateScores, cross_validate
from training.search.selection import filled
from training.search.workbench import Workbench

NEVER_HELD_OUT: Final = -1
"""In place of a fold, where a share of the pictures is held out once."""


def scores_at_once(
    only: Candidate, labelled: LabelledDescriptors, folds: Sequence[Split], bench: Workbench
) -> tuple[CandidateScores, NDArray[np.float64]]:
    """Scores held-out pictures and all that models are asked beside them: nothing is fitted twice.

    Where there is a choice, the chosen candidate alone is asked the rest, see `question_scores`.

    Args:
        only: The candidate.
        labelled: All pictures, their photographs, outsiders and drawn strangers.
        folds: Training and held-out pictures.
        bench: Seed, processes, progress and cache.

    Returns:
        Its scores on the pictures; and on photographs, outsiders and drawn strangers, float64,
        (questions, labels).
    """
    count, asked = len(labelled.targets), asked_in_folds(labelled, folds)
    splits = [
        replace(each, test=np.concatenate([each.test, count + np.flatnonzero(asked == number)]))
        for number, each in enumerate(folds)
    ]
    [result] = cross_validate([only], labelled.with_questions(), splits, bench).values()
    return replace(result, scores=result.scores[:count]), filled(result.scores[count:])


def question_scores(
    chosen: Candidate, labelled: LabelledDescriptors, folds: Sequence[Split], bench: Workbench
) -> NDArray[np.float64]:
    """Scores photographs, outsiders and drawn strangers, float64, (questions, labels).

    Args:
        chosen: The candidate.
        labelled: All pictures, their photographs, outsiders and drawn strangers.
        folds: Each photograph is scored by the model that its picture was held out from, each outsider and
            drawn stranger by one of them.
        bench: Seed, processes, progress and cache. Its deadline is ignored: without strangers there is no
            rejection threshold.
    """
    count, asked = len(labelled.targets), asked_in_folds(labelled, folds)
    if not len(asked):
        return np.zeros((0, len(labelled.labels)))
    ready = replace(bench, deadline=math.inf, size_of=None)
    splits = [replace(each, test=count + np.flatnonzero(asked == i)) for i, each in enumerate(folds)]
    stage = f"{labelled.photographs.title if labelled.photographs else 'drawn'} and strangers"
    [result] = cross_validate([chosen], labelled.with_questions(), splits, ready, stage).values()
    return filled(result.scores[count:])


def asked_in_folds(labelled: LabelledDescriptors, folds: Sequence[Split]) -> NDArray[np.int64]:
    """Returns the fold in which each photograph, outsider and drawn stranger is asked about, int64."""
    shown = labelled.photographs.pictures if labelled.photographs else np.zeros(0, np.int64)
    outsiders = len(labelled.outsiders) if labelled.outsiders is not None else 0
    drawn = len(labelled.strangers) if labelled.strangers is not None else 0
    dealt = [np.arange(outsiders) % len(folds), dealt_folds(drawn, len(folds))]
    return np.concatenate([fold_numbers(folds, len(labelled.targets))[shown], *dealt])


def held_out_scores(
    chosen: Candidate,
    labelled: LabelledDescriptors,
    folds: Sequence[Split],
    class_rounds: int,
    bench: Workbench,
    asked: NDArray[np.float64],
) -> tuple[Strangers, NDArray[np.float64]]:
    """Scores every picture with its class left out, and collects all strangers.

    Args:
        chosen: The candidate.
        labelled: All pictures, their photographs, outsiders and drawn strangers.
        folds: Training and held-out pictures.
        class_rounds: Number of rounds in which classes are left out.
        bench: Seed, processes, progress and cache.
        asked: Scores of photographs, outsiders and drawn strangers, see `question_scores`.

    Returns:
        Scores of the strangers, those of a left-out label far below all others; and scores of the
        photographs, float64, (photographs, labels).
    """
    count, nothing = len(labelled.targets), np.zeros((0, len(labelled.labels)))
    found, copies, asked_in = [nothing], nothing, [np.zeros(0, np.int64)]
    left_out = _without_their_labels(chosen, labelled, class_rounds, bench)
    if left_out is not None:
        found.append(left_out[:count])
        copies = left_out[count:]
        asked_in.append(fold_numbers(folds, count))
    shown = len(labelled.photographs.pictures) if labelled.photographs else 0
    drawn = len(labelled.strangers) if labelled.strangers is not None else 0
    outsiders = len(labelled.outsiders) if labelled.outsiders is not None else 0
    strangers = np.concatenate([*found, asked[shown:]])
    asked_in.append(asked_in_folds(labelled, folds)[shown:])
    return Strangers(strangers, np.concatenate(asked_in), drawn, outsiders, copies), asked[:shown]


def _without_their_labels(
    chosen: Candidate, labelled: LabelledDescriptors, class_rounds: int, bench: Workbench
) -> NDArray[np.float64] | None:
    """Returns what `left_out_scores` does; None where there are too few labels to leave one out."""
    refusing = labelled.strangers is not None and refuses_others(chosen.classifier)
    rounds = rounds_of_classes(labelled.targets, class_rounds, bench.seed, refusing=refusing)
    if not rounds:
        return None
    try:
        return left_out_scores(chosen, labelled, rounds, bench)
    except TrainingError:
        if rounds_of_classes(labelled.targets, class_rounds, bench.seed):
            raise
        return None  # One label or two may have fewer descriptors than the codebook of all has words.


def left_out_scores(
    chosen: Candidate, labelled: LabelledDescriptors, rounds: Sequence[Split], bench: Workbench
) -> NDArray[np.float64]:
    """Scores every picture and its copies by an encoder and a classifier that have not learnt its class.

    An encoder tells the few pictures that it was fitted on from each other better than any others: with it, a
    left-out class looks stranger than strangers do.

    Args:
        chosen: The candidate.
        labelled: All pictures, copies, drawn strangers and turned pictures.
        rounds: Each leaves out whole classes.
        bench: Seed, processes, progress and cache. Its deadline is ignored.

    Returns:
        float64, (pictures with their copies, labels), in the order of `with_copies`; far below all others for
        a label that was left out.
    """
    drawn = np.arange(len(labelled.strangers) if labelled.strangers is not None else 0)
    splits = [replace(each, test=labelled.with_copies(each.test), others=drawn) for each in rounds]
    ready = replace(bench, deadline=math.inf, size_of=None)
    [result] = cross_validate([chosen], labelled, splits, ready, "strangers", "left-out labels").values()
    return filled(result.scores)


def dealt_folds(drawn: int, folds: int) -> NDArray[np.int64]:
    """Returns the fold in which each drawn stranger is asked about, int64: all of a kind in one.

    A classifier that refuses a kind of drawing because it learnt from others of it shows nothing.
    """
    return np.asarray(kinds_of_drawn(drawn) % folds, np.int64)


def with_others(folds: Sequence[Split], strangers: DescriptorSet | None) -> list[Split]:
    """Gives each fold the drawn strangers that it is not asked about, to learn to refuse them."""
    dealt = dealt_folds(len(strangers) if strangers is not None else 0, len(folds))
    return [replace(each, others=np.flatnonzero(dealt != number)) for number, each in enumerate(folds)]


def fold_numbers(folds: Sequence[Split], count: int) -> NDArray[np.int64]:
    """Returns the fold in which each of so many pictures is held out, int64, or `NEVER_HELD_OUT`."""
    numbers = np.full(count, NEVER_HELD_OUT, np.int64)
    for number, fold in enumerate(folds):
        numbers[fold.test] = number
    return numbers


def calibrations_of(
    labelled: LabelledDescriptors,
    scores: NDArray[np.float64],
    photograph_scores: NDArray[np.float64],
    strangers: Strangers,
    fold_of: NDArray[np.int64],
) -> tuple[Calibration, list[Calibration]]:
    """Fits the model's calibration and that of each fold, on pictures as they are and photographs alike.

    Args:
        labelled: The pictures and their photographs.
        scores: Of every picture when it was held out, (pictures, labels).
        photograph_scores: Of the photographs, (photographs, labels).
        strangers: Their scores.
        fold_of: The fold in which each picture was held out.
    """
    shown = labelled.photographs.pictures if labelled.photographs else np.zeros(0, np.int64)
    every = np.concatenate([scores, photograph_scores])
    targets, asked_in = (np.concatenate([each, each[shown]]) for each in (labelled.targets, fold_of))
    return calibrated(every, targets, strangers.scores), cross_calibrations(
        every, targets, strangers, asked_in
    )


def calibrated(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    strangers: NDArray[np.float64],
    near: Calibration | None = None,
) -> Calibration:
    """Fits a calibration on scores of held-out pictures and of strangers.

    Args:
        scores: Of every picture when it was held out; NaN for labels missing in the training part.
        targets: Their label indices.
        strangers: Scores of strangers, shape (M, labels), M of 0 or more.
        near: A calibration of nearly the same scores.
    """
    taught = ~np.isnan(scores[np.arange(len(targets)), targets])
    return learn_calibration(filled(scores)[taught], targets[taught], strangers, near)


def cross_calibrations(
    scores: NDArray[np.float64],
    targets: NDArray[np.int64],
    strangers: Strangers,
    fold_of: NDArray[np.int64],
) -> list[Calibration]:
    """Fits the calibration of each fold on the other folds."""
    found: list[Calibration] = []
    for fold in range(int(fold_of.max()) + 1):
        others, unknown = fold_of != fold, strangers.scores[strangers.folds != fold]
        found.append(calibrated(scores[others], targets[others], unknown, found[0] if found else None))
    return found


def cross_calibrated(
    scores: NDArray[np.float64], calibrations: Sequence[Calibration], fold_of: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Converts scores to probabilities by the calibration of the fold in which each was held out.

    NaN for pictures that never were.
    """
    probabilities = np.full_like(scores, np.nan)
    for fold, calibration in enumerate(calibrations):
        asked = fold_of == fold
        probabilities[asked] = calibration.probabilities(filled(scores[asked]))
    return probabilities
