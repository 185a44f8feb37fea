"""k nearest neighbours: Cover and Hart, "Nearest Neighbor Pattern Classification", IEEE IT 13, 1967."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.neighbors import KNeighborsClassifier

from training.strict import Strict

# Squared distances are rounded to steps of this, so that distances that are equal in one run time are equal
# in all; the earlier picture comes first then.
DISTANCE_STEP = 2.0**-12


class NearestNeighbours(KNeighborsClassifier):  # type: ignore[misc]
    """scikit-learn's classifier with uniform weights, which chooses the same neighbours in every run time."""

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Computes the share of each label among the nearest, shape (N, labels)."""
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
        neighbors: Number of neighbours that vote, k.
    """

    name: Literal["knn"] = "knn"
    neighbors: int = Field(default=5, ge=1, le=1000)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "k-NN"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `NearestNeighbours`; the seed is not used."""
        return NearestNeighbours(min(self.neighbors, len(features)), algorithm="brute").fit(features, targets)
