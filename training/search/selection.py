"""Selects the candidate that becomes the model, by cross-validated scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from training.evaluation.calibration import learn_calibration
from training.evaluation.choice import Criterion
from training.evaluation.metrics import SMALLEST, log_loss
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
        macro_f1: Mean of the labels' F1, 0 to 1.
        log_loss: Of its scores' softmax with one fitted sharpness, in nats.
        seconds: Time to fit it once.
        milliseconds: Time to encode and score one picture.
        size_bytes: Size of the first fold's classifier graph; 0 where it was not measured.
        taught: Accuracy on pictures that it was fitted on, mean over the folds, 0 to 1.
    """

    candidate: Candidate
    accuracy: float
    deviation: float
    macro_f1: float
    log_loss: float
    seconds: float
    milliseconds: float
    size_bytes: int = 0
    taught: float = float("nan")


def filled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replaces the NaN of labels missing in the training part by a score far below all others."""
    return np.where(np.isnan(scores), NEVER, scores)


def stand(
    candidate: Candidate, result: CandidateScores, targets: NDArray[np.int64], folds: Sequence[Split]
) -> Standing:
    """Computes the figures of one candidate from its scores."""
    asked = np.sort(np.concatenate([fold.test for fold in folds]))
    right = filled(result.scores).argmax(axis=1) == targets
    by_fold = [float(right[fold.test].mean()) for fold in folds]
    scores, targets = filled(result.scores[asked]), targets[asked]
    answers = scores.argmax(axis=1)
    taught = ~np.isnan(result.scores[asked]).any(axis=1)
    calibration = learn_calibration(scores[taught], targets[taught], np.zeros((0, scores.shape[1])))
    return Standing(
        candidate,
        float(np.mean(by_fold)),
        float(np.std(by_fold)),
        float(f1_score(targets, answers, average="macro")),
        log_loss(calibration.probabilities(scores), targets),
        result.seconds,
        result.milliseconds,
        result.size_bytes,
        result.taught,
    )


def merits_of(scores: NDArray[np.float64], targets: NDArray[np.int64], by: Criterion) -> NDArray[np.float64]:
    """Computes what each picture adds to a criterion, to choose by some of the pictures, shape (pictures,).

    For `macro_f1` that is its share of its label's recall: F1 is not a sum over pictures.
    """
    if by == "log_loss":
        calibration = learn_calibration(scores, targets, np.zeros((0, scores.shape[1])))
        likely = calibration.probabilities(scores)[np.arange(len(targets)), targets]
        return np.asarray(np.log(np.maximum(likely, SMALLEST)))
    right = (scores.argmax(axis=1) == targets).astype(np.float64)
    return np.asarray(right / np.bincount(targets)[targets]) if by == "macro_f1" else right


def ranked(standings: list[Standing], by: Criterion = "accuracy") -> list[Standing]:
    """Sorts standings from best to worst: by a criterion, then by log loss."""
    merit: dict[Criterion, Callable[[Standing], float]] = {
        "accuracy": lambda each: each.accuracy,
        "macro_f1": lambda each: each.macro_f1,
        "log_loss": lambda each: -each.log_loss,
    }
    return sorted(standings, key=lambda each: (-merit[by](each), each.log_loss))


def best_of_each_kind(standings: Sequence[Standing]) -> list[Standing]:
    """Selects the best setting of every extractor, encoder title and classifier title from the best first."""
    best: dict[tuple[str, str, str], Standing] = {}
    for each in standings:
        chosen = each.candidate
        best.setdefault((chosen.extractor, chosen.encoder.title, chosen.classifier.title), each)
    return list(best.values())
