"""k nearest neighbours: Cover and Hart, "Nearest Neighbor Pattern Classification", IEEE IT 13, 1967."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.neighbors import KNeighborsClassifier

from training.strict import Strict

# Squared distances are compared in steps of this, so that what is equally far in one run time is equally far
# in all, and the earlier picture comes first.
DISTANCE_STEP = 2.0**-12


class NearestNeighbours(KNeighborsClassifier):  # type: ignore[misc]
    """scikit-learn's classifier with uniform weights, made to choose the same neighbours everywhere."""

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """The share of each label among the nearest, shape (N, labels)."""
        known = self._fit_X.astype(np.float64)
        votes = np.eye(len(self.classes_))[self._y]
        count = min(self.n_neighbors, len(known))
        shares = []
        for row in X.astype(np.float64):
            steps = np.round(((known - row) ** 2).sum(axis=1) / DISTANCE_STEP)
            shares.append(votes[np.argsort(steps, kind="stable")[:count]].mean(axis=0))
        return np.asarray(shares, np.float64).reshape(len(X), len(self.classes_))


class KnnSettings(Strict):
    """k nearest neighbours with uniform weights.

    Attributes:
        neighbors: How many vote, k.
    """

    name: Literal["knn"] = "knn"
    neighbors: int = Field(default=5, ge=1, le=1000)

    @property
    def title(self) -> str:
        """What people read in tables."""
        return "k-NN"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """A fitted `NearestNeighbours`; the seed is not needed."""
        return NearestNeighbours(min(self.neighbors, len(features)), algorithm="brute").fit(features, targets)
