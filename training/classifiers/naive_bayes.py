"""Naive Bayes with normal densities: Hastie, Tibshirani, Friedman, "Statistical Learning", 2009, 6.6.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.naive_bayes import GaussianNB

from training.strict import Strict


@dataclass(frozen=True)
class NaiveBayes:
    """Elements that vary independently of each other, each with a mean and a deviation for every label.

    They do depend on each other, so that the probabilities of such a model are far too sure. A score is the
    logarithm of density and prior, as a mean over the elements; calibration says what it is worth.

    Attributes:
        means: float64, shape (labels, size).
        sharpness: One over the deviation, in the same shape.
        offsets: Score of the mean of each label, shape (labels,).
        classes_: The labels, int64.
    """

    means: NDArray[np.float64]
    sharpness: NDArray[np.float64]
    offsets: NDArray[np.float64]
    classes_: NDArray[np.int64]

    def decision_function(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Computes the score of every label, shape (N, labels), for two labels, too."""
        rows = features.astype(np.float64)
        away = [
            (((rows - mean) * sharpness) ** 2).mean(axis=1)
            for mean, sharpness in zip(self.means, self.sharpness, strict=True)
        ]
        return np.asarray(self.offsets - 0.5 * np.stack(away, axis=1))


class NaiveBayesSettings(Strict):
    """Naive Bayes.

    Attributes:
        smoothing: Added to all variances, as a share of the largest one of the vector's elements: a few
            pictures may agree in an element by chance.
    """

    name: Literal["naive_bayes"] = "naive_bayes"
    smoothing: float = Field(default=0.1, ge=1e-6, le=10)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "naive Bayes"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `NaiveBayes`; the seed is not used."""
        rows = features.astype(np.float64)
        # Where all pictures look the same, there is no variance to have a share of.
        smoothing = self.smoothing if rows.var(axis=0).any() else 0.0
        fitted = GaussianNB(var_smoothing=smoothing).fit(rows, targets)
        variances = fitted.var_ if smoothing else np.ones_like(fitted.var_)
        logarithms = np.log(2 * np.pi * variances).mean(axis=1)
        offsets = np.log(fitted.class_prior_) / rows.shape[1] - 0.5 * logarithms
        # Rounded to the graph's precision, so that both compute with the same numbers.
        means, sharpness = (
            each.astype(np.float32).astype(np.float64) for each in (fitted.theta_, 1 / np.sqrt(variances))
        )
        return NaiveBayes(means, sharpness, offsets, fitted.classes_)
