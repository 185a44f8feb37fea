"""Decision tree: Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.tree import DecisionTreeClassifier

from training.strict import Strict


class DecisionTreeSettings(Strict):
    """Decision tree.

    Attributes:
        depth: Greatest depth; 0 lets it grow until every leaf is pure.
    """

    name: Literal["decision_tree"] = "decision_tree"
    depth: int = Field(default=0, ge=0, le=100)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "decision tree"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `DecisionTreeClassifier`."""
        return DecisionTreeClassifier(max_depth=self.depth or None, random_state=seed).fit(features, targets)
