"""The rejection threshold, and how it separates known pictures from strangers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.calibration import Calibration, rejection_threshold
from training.recipe import Rejection
from vision.answers import reaches


@dataclass(frozen=True)
class Strangers:
    """Scores of strangers: pictures of no class that their model was trained on.

    Attributes:
        scores: float64, shape (N, labels); left-out classes first.
        folds: For each, the fold whose calibration must not be fitted on it, int64, shape (N,).
        drawn: Number of drawn ones, which come last: see `training.openset.strangers`.
    """

    scores: NDArray[np.float64]
    folds: NDArray[np.int64]
    drawn: int = 0


@dataclass(frozen=True)
class OpenSet:
    """How the threshold separates known pictures from strangers.

    Attributes:
        threshold: The rejection threshold.
        known: Highest probability of every picture when it was held out, float64.
        strangers: Highest probability of every stranger, left-out classes first; may be empty.
        drawn: Number of drawn strangers, which come last.
        kept: Share of known pictures that are answered rightly, 0 to 1.
        refused: Share of strangers that are refused, 0 to 1.
        stated: Allowed false-accept rate of the recipe, 0 to 1.
        wanted: Share of known pictures that the recipe wants answered rightly, 0 to 1.
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
        """Number of strangers that are pictures of left-out classes."""
        return len(self.strangers) - self.drawn

    @property
    def holds(self) -> bool:
        """Whether the measured false-accept rate is within the recipe's."""
        return not len(self.strangers) or 1 - self.refused <= self.stated

    @property
    def doubts(self) -> tuple[str, ...]:
        """Warnings about a threshold that misses what the recipe wants: whole sentences."""
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
    """Finds the threshold for a recipe, and measures what it keeps and refuses.

    Args:
        probabilities: Cross-validated, shape (pictures, labels).
        targets: Label index of every picture.
        calibration: The model's calibration.
        strangers: Scores of strangers.
        rejection: The recipe's allowed false-accept rate and the share to keep.
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
