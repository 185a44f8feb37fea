"""What the best candidate has the best of."""

from __future__ import annotations

import numpy as np
import pytest

from training.classifiers import ClassifierSettings
from training.classifiers.linear_svm import LinearSvmSettings
from training.encoders.vector import VectorSettings
from training.evaluation.choice import Criterion
from training.imagesets.folds import Split
from training.search.attempt import Candidate
from training.search.cross_validation import CandidateScores
from training.search.selection import merits_of, ranked, stand

TARGETS = np.repeat([0, 1], [90, 10])
FOLDS = [Split(np.arange(1, 100, 2), np.arange(0, 100, 2)), Split(np.arange(0, 100, 2), np.arange(1, 100, 2))]


def scores(answers: np.ndarray, margin: float) -> np.ndarray:
    """Scores of so much for the answer, of -so much for the other label."""
    return margin * np.where(np.arange(2) == answers[:, None], 1.0, -1.0)


ANSWERS = {
    # Nothing is taken for the rare label; all of it, and a seventh of the common one; unsure, but right.
    "accuracy": scores(np.zeros(100, int), 1.0),
    "macro_f1": scores(np.where(TARGETS == 1, 1, (np.arange(100) % 7 == 0).astype(int)), 1.0),
    "log_loss": np.stack([np.where(TARGETS == 0, 0.5, -3.0), np.where(TARGETS == 0, -0.5, 3.0)], axis=1),
}


def candidate(c: float) -> Candidate:
    classifier: ClassifierSettings = LinearSvmSettings(C=c)
    return Candidate(VectorSettings(), classifier)


@pytest.mark.parametrize("by", ["accuracy", "macro_f1"])
def test_a_rare_label_counts_as_much_as_a_common_one_where_f1_decides(by: Criterion) -> None:
    standings = [
        stand(candidate(number + 1), CandidateScores(ANSWERS[name], 0, 0, 0), TARGETS, FOLDS)
        for number, name in enumerate(("accuracy", "macro_f1"))
    ]
    best = ranked(standings, by)[0].candidate.classifier
    assert best == LinearSvmSettings(C=1 if by == "accuracy" else 2)


def test_log_loss_decides_for_good_probabilities() -> None:
    uneven = ANSWERS["log_loss"].copy()
    uneven[::10] = -uneven[::10]  # wrong, and sure of it
    standings = [
        stand(candidate(number + 1), CandidateScores(table, 0, 0, 0), TARGETS, FOLDS)
        for number, table in enumerate((uneven, ANSWERS["log_loss"]))
    ]
    assert ranked(standings, "log_loss")[0].candidate.classifier == LinearSvmSettings(C=2)


def test_what_a_picture_adds_is_summed_to_what_decides() -> None:
    table = ANSWERS["macro_f1"]
    right = table.argmax(axis=1) == TARGETS
    assert merits_of(table, TARGETS, "accuracy").mean() == right.mean()
    recalls = [right[label == TARGETS].mean() for label in (0, 1)]
    assert merits_of(table, TARGETS, "macro_f1").sum() == pytest.approx(sum(recalls))
    assert (merits_of(table, TARGETS, "log_loss") <= 0).all()
