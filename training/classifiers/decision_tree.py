"""Decision tree: Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.tree import DecisionTreeClassifier

from training.classifiers.weights import ClassWeight, to_scikit_learn
from training.strict import Strict


class DecisionTreeSettings(Strict):
    """Decision tree.

    Attributes:
        depth: Greatest depth; 0 lets it grow until every leaf is pure.
        class_weight: How much the classes count.
    """

    name: Literal["decision_tree"] = "decision_tree"
    depth: int = Field(default=0, ge=0, le=100)
    class_weight: ClassWeight = "none"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "decision tree"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `DecisionTreeClassifier`."""
        weight, depth = to_scikit_learn(self.class_weight), self.depth or None
        tree = DecisionTreeClassifier(max_depth=depth, class_weight=weight, random_state=seed)
        return tree.fit(features, targets)
