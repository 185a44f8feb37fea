"""Gradient boosting of trees: Friedman, "Greedy Function Approximation", Annals of Statistics 29, 2001."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.ensemble import GradientBoostingClassifier

from training.strict import Strict


class GradientBoostingSettings(Strict):
    """Gradient boosting of small trees, a tree for each label and round.

    Attributes:
        rounds: Number of rounds.
        depth: Of each tree.
        learning_rate: Weight of each tree.
        share: Elements of the vector that a split chooses from, as a share of all.
    """

    name: Literal["gradient_boosting"] = "gradient_boosting"
    rounds: int = Field(default=50, ge=1, le=5000)
    depth: int = Field(default=3, ge=1, le=20)
    learning_rate: float = Field(default=0.1, gt=0, le=1)
    share: float = Field(default=0.05, gt=0, le=1)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "gradient boosting"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `GradientBoostingClassifier`."""
        boosting = GradientBoostingClassifier(
            n_estimators=self.rounds,
            max_depth=self.depth,
            learning_rate=self.learning_rate,
            max_features=self.share,
            random_state=seed,
        )
        return boosting.fit(features, targets)
