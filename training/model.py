"""A trained model with everything that was measured on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.descriptors.extraction import DescriptorSet
from training.encoders import FittedEncoder
from training.evaluation.answers import Served
from training.evaluation.calibration import Calibration
from training.evaluation.choice import CorrectedAccuracy
from training.evaluation.metrics import Metrics
from training.openset.heldout import (
    NEVER_HELD_OUT,
)
from training.openset.threshold import OpenSet
from training.recipe import Recipe
from training.search.attempt import Candidate
from training.search.halving import Search
from training.search.selection import Standing
from training.verification.learning import LearntVerification


@dataclass(frozen=True)
class TrainedModel:
    """A trained model with everything that was measured on the way.

    Attributes:
        recipe: The recipe that it was trained by.
        labels: In the order of the probabilities.
        candidate: The best encoder and classifier.
        encoder: Fitted on all pictures.
        estimator: The scikit-learn classifier, fitted on all pictures.
        calibration: Fitted on the scores of held-out pictures.
        standings: The best setting of every encoder and classifier of each extractor, best first.
        compared: Every setting that reached the last round, best first.
        candidate_count: Number of settings that were compared in any round.
        search: The course of the search.
        metrics: Cross-validated figures of the chosen candidate.
        corrected: Its accuracy, corrected for having been chosen; None where there was no choice.
        probabilities: The probabilities behind them, shape (pictures, labels); NaN for pictures that were
            never held out.
        folds: The fold in which each picture was held out, int64; `NEVER_HELD_OUT` likewise.
        open_set: Known pictures against strangers, by probability alone.
        served: The answers about held-out pictures, photographs of them, and strangers.
        verification: How undecided answers are verified; None where they are not.
        descriptors: Of all pictures.
        features: The encoder's vector of every picture, float32.
        seed: Seed of every random number.
        left_out: What was left out to end within the time budget, beside candidates.
    """

    recipe: Recipe
    labels: tuple[str, ...]
    candidate: Candidate
    encoder: FittedEncoder
    estimator: Any
    calibration: Calibration
    standings: tuple[Standing, ...]
    compared: tuple[Standing, ...]
    candidate_count: int
    search: Search
    metrics: Metrics
    corrected: CorrectedAccuracy | None
    probabilities: NDArray[np.float64]
    folds: NDArray[np.int64]
    open_set: OpenSet
    served: Served
    verification: LearntVerification | None
    descriptors: DescriptorSet
    features: NDArray[np.float32]
    seed: int
    left_out: tuple[str, ...] = ()

    @property
    def asked(self) -> NDArray[np.int64]:
        """Numbers of the pictures that were held out, ascending."""
        return np.flatnonzero(self.folds != NEVER_HELD_OUT)

    def taught(self, fold: int) -> NDArray[np.bool_]:
        """Returns which pictures the models of a fold were trained on."""
        apart = self.folds == NEVER_HELD_OUT
        return apart if apart.any() else np.asarray(self.folds != fold)
