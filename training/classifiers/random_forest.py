"""Random forest: Breiman, Machine Learning 45, 2001."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.ensemble import RandomForestClassifier

from training.classifiers.weights import ClassWeight, to_scikit_learn
from training.strict import Strict


class RandomForestSettings(Strict):
    """Random forest.

    Attributes:
        trees: Number of trees; an odd one, so that two labels cannot have equal votes.
        depth: Of each tree; 0 lets them grow until every leaf is pure.
        class_weight: How much the classes count.
    """

    name: Literal["random_forest"] = "random_forest"
    trees: int = Field(default=301, ge=1, le=5000)
    depth: int = Field(default=0, ge=0, le=100)
    class_weight: ClassWeight = "none"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "random forest"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `RandomForestClassifier`."""
        forest = RandomForestClassifier(
            self.trees | 1,
            max_depth=self.depth or None,
            class_weight=to_scikit_learn(self.class_weight),
            random_state=seed,
        )
        return forest.fit(features, targets)
