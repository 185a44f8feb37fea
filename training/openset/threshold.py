"""Known pictures against strangers: the threshold of an answer, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.calibration import Calibration, rejection_threshold
from training.evaluation.metrics import wilson_interval
from training.recipe import Rejection
from vision.answers import reaches


@dataclass(frozen=True)
class Strangers:
    """Scores of pictures that show none of the labels which their model had learnt.

    Attributes:
        scores: float64, shape (N, labels); first those of left-out classes.
        folds: The fold whose calibration must not learn from each, int64, shape (N,).
        drawn: How many of them, the last ones, are drawn: see `training.openset.strangers`.
    """

    scores: NDArray[np.float64]
    folds: NDArray[np.int64]
    drawn: int = 0


@dataclass(frozen=True)
class OpenSet:
    """How known pictures and strangers are told apart.

    Attributes:
        threshold: The rejection threshold.
        known: Highest probability of every picture when its label was learnt from others, float64.
        strangers: Highest probability of every stranger, those of left-out classes first; empty where there
            were none.
        drawn: How many strangers, the last ones, are drawn.
        kept: Share of known pictures that are answered, and rightly.
        refused: Share of strangers that are refused.
        stated: The share of strangers that the recipe lets be taken for a label.
        wanted: The share of known pictures that the recipe wants answered.
    """

    threshold: float
    known: NDArray[np.float64]
    strangers: NDArray[np.float64]
    drawn: int
    kept: float
    refused: float
    stated: float
    wanted: float

    @property
    def left_out(self) -> int:
        """How many strangers are pictures of classes that were left out."""
        return len(self.strangers) - self.drawn

    @property
    def holds(self) -> bool:
        """Whether no more strangers are taken for a label than the recipe states."""
        return not len(self.strangers) or 1 - self.refused <= self.stated

    @property
    def refused_interval(self) -> tuple[float, float]:
        """Wilson interval of `refused` at 95 %: a few strangers say little about a share of 1 %."""
        count = len(self.strangers)
        return wilson_interval(round(self.refused * count), count) if count else (0.0, 1.0)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What must be said of a threshold that cannot do what the recipe asks for: sentences."""
        found = []
        if not self.holds:
            found.append(
                f"{1 - self.refused:.1%} of strangers are taken for something known, more than the stated "
                f"{self.stated:.1%}: a higher threshold would answer too few of the known pictures. More "
                "pictures of each class help."
            )
        if self.kept < self.wanted:
            found.append(
                f"Only {self.kept:.0%} of the known pictures are answered, and rightly. More pictures of "
                "each class help, or another recipe."
            )
        return tuple(each.replace("%", " %") for each in found)


def measure_open_set(
    probabilities: NDArray[np.float64],
    targets: NDArray[np.int64],
    calibration: Calibration,
    strangers: Strangers,
    rejection: Rejection,
) -> OpenSet:
    """The threshold that a recipe asks for, and what comes of it.

    Args:
        probabilities: Cross-validated, shape (pictures, labels).
        targets: Label index of every picture.
        calibration: Of the model.
        strangers: Scores.
        rejection: What may be taken for a label, and what must be answered all the same.
    """
    known, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    unknown = (
        calibration.probabilities(strangers.scores).max(axis=1) if len(strangers.scores) else np.zeros(0)
    )
    threshold = rejection_threshold(known, right, unknown, rejection.false_accept_rate, rejection.min_kept)
    kept = float((reaches(known, threshold) & right).mean())
    refused = float((~reaches(unknown, threshold)).mean()) if len(unknown) else 0.0
    stated = rejection.false_accept_rate, rejection.min_kept
    return OpenSet(threshold, known, unknown, strangers.drawn, kept, refused, *stated)
