"""k nearest neighbours: Cover and Hart, "Nearest Neighbor Pattern Classification", IEEE IT 13, 1967."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.neighbors import KNeighborsClassifier

from training.strict import Strict

# Squared distances are rounded to steps of this, so that distances that are equal in one run time are equal
# in all; the earlier picture comes first then.
DISTANCE_STEP = 2.0**-12

SHORTEST = 1e-12
"""A vector that is shorter has no direction: it stays where it is."""

Metric: TypeAlias = Literal["euclidean", "manhattan", "cosine"]


class NearestNeighbours(KNeighborsClassifier):  # type: ignore[misc]
    """scikit-learn's classifier with uniform weights, which chooses the same neighbours in every run time.

    Attributes:
        metric: A `Metric`.
        vectors_: The training vectors, shape (N, size).
        votes_: What each votes for: 1 for its label, shape (N, labels).
    """

    def fit(self, X: NDArray[np.float32], y: NDArray[np.int64]) -> NearestNeighbours:
        """Keeps vectors, shape (N, size), and their labels, shape (N,)."""
        super().fit(X, y)
        self.vectors_ = X
        self.votes_ = np.eye(len(self.classes_))[np.searchsorted(self.classes_, y)]
        return self

    @property
    def known(self) -> NDArray[np.float64]:
        """The vectors that distances are measured to, shape (N, size): for `cosine` of length 1."""
        return self.measured(self.vectors_)

    def measured(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Converts vectors to those that distances are measured between."""
        exact = vectors.astype(np.float64)
        if self.metric != "cosine":
            return exact
        lengths = np.sqrt((exact**2).sum(axis=1, keepdims=True))
        return np.asarray(exact / np.maximum(lengths, SHORTEST))

    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Computes the share of each label among the nearest, shape (N, labels)."""
        known = self.known
        count = min(self.n_neighbors, len(known))
        shares = []
        for row in self.measured(X):
            apart = np.abs(known - row) if self.metric == "manhattan" else (known - row) ** 2
            steps = np.round(apart.sum(axis=1) / DISTANCE_STEP)
            shares.append(self.votes_[np.argsort(steps, kind="stable")[:count]].mean(axis=0))
        return np.asarray(shares, np.float64).reshape(len(X), len(self.classes_))


class KnnSettings(Strict):
    """k nearest neighbours with uniform weights.

    Attributes:
        neighbors: Number of neighbours that vote, k.
        metric: The distance: Euclidean, the sum of differences, or by direction alone.
    """

    name: Literal["knn"] = "knn"
    neighbors: int = Field(default=5, ge=1, le=1000)
    metric: Metric = "euclidean"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "k-NN"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `NearestNeighbours`; the seed is not used."""
        nearest = NearestNeighbours(min(self.neighbors, len(features)), algorithm="brute", metric=self.metric)
        return nearest.fit(features, targets)
