"""AdaBoost over small trees: Freund and Schapire, JCSS 55, 1997; several labels: Zhu et al., SAMME, 2009."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier

from training.strict import Strict


class AdaBoostSettings(Strict):
    """AdaBoost.

    Attributes:
        trees: Number of boosted trees.
        depth: Of each tree.
        learning_rate: Factor by which the weight of each tree is shrunk.
    """

    name: Literal["adaboost"] = "adaboost"
    trees: int = Field(default=101, ge=1, le=2000)
    depth: int = Field(default=3, ge=1, le=20)
    learning_rate: float = Field(default=1.0, gt=0, le=10)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "adaboost"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits an `AdaBoostClassifier`."""
        # Each tree gets a random tenth or so of the elements: far faster, and the ensemble varies more.
        tree = DecisionTreeClassifier(max_depth=self.depth, max_features="sqrt", random_state=seed)
        boosted = AdaBoostClassifier(
            tree, n_estimators=self.trees, learning_rate=self.learning_rate, random_state=seed
        )
        return boosted.fit(features, targets)
