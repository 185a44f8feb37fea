"""Selects the candidate that becomes the model, by cross-validated scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.calibration import learn_calibration
from training.evaluation.metrics import log_loss
from training.imagesets.folds import Split
from training.search.attempt import Candidate
from training.search.cross_validation import CandidateScores

# The score of a label that is missing in the training part, which must never win.
NEVER = -1e3


@dataclass(frozen=True)
class Standing:
    """The figures of a candidate.

    Attributes:
        candidate: Encoder and classifier.
        accuracy: Mean over the folds, 0 to 1.
        deviation: Standard deviation over the folds.
        log_loss: Of its scores' softmax with one fitted sharpness, in nats.
        seconds: Time to fit it once.
        milliseconds: Time to encode and score one picture.
        size_bytes: Size of the first fold's classifier graph; 0 where it was not measured.
    """

    candidate: Candidate
    accuracy: float
    deviation: float
    log_loss: float
    seconds: float
    milliseconds: float
    size_bytes: int = 0


def filled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replaces the NaN of labels missing in the training part by a score far below all others."""
    return np.where(np.isnan(scores), NEVER, scores)


def stand(
    candidate: Candidate, result: CandidateScores, targets: NDArray[np.int64], folds: Sequence[Split]
) -> Standing:
    """Computes the figures of one candidate from its scores."""
    scores = filled(result.scores)
    right = scores.argmax(axis=1) == targets
    by_fold = [float(right[fold.test].mean()) for fold in folds]
    taught = ~np.isnan(result.scores).any(axis=1)
    calibration = learn_calibration(scores[taught], targets[taught], np.zeros((0, scores.shape[1])))
    return Standing(
        candidate,
        float(np.mean(by_fold)),
        float(np.std(by_fold)),
        log_loss(calibration.probabilities(scores), targets),
        result.seconds,
        result.milliseconds,
        result.size_bytes,
    )


def ranked(standings: list[Standing]) -> list[Standing]:
    """Sorts standings from best to worst: by accuracy, then by log loss."""
    return sorted(standings, key=lambda each: (-each.accuracy, each.log_loss))


def best_of_each_kind(standings: list[Standing]) -> list[Standing]:
    """Selects the best setting of every pair of encoder title and classifier title, best first."""
    best: dict[tuple[str, str], Standing] = {}
    for each in ranked(standings):
        best.setdefault((each.candidate.encoder.title, each.candidate.classifier.title), each)
    return list(best.values())
