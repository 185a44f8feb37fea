"""Multinomial logistic regression: Cox, "The Regression Analysis of Binary Sequences", JRSS B 20, 1958."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.linear_model import LogisticRegression

from training.classifiers.span import span_of
from training.classifiers.weights import ClassWeight, to_scikit_learn
from training.strict import Strict


class LogisticRegressionSettings(Strict):
    """Logistic regression.

    Attributes:
        C: Inverse strength of the penalty on large weights.
        class_weight: How much the classes count.
    """

    name: Literal["logistic_regression"] = "logistic_regression"
    C: float = Field(default=100.0, gt=0)
    class_weight: ClassWeight = "none"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "logistic regression"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `LogisticRegression`."""
        span = span_of(features.astype(np.float64))
        weight = to_scikit_learn(self.class_weight)
        estimator = LogisticRegression(C=self.C, class_weight=weight, max_iter=2000, random_state=seed)
        estimator.fit(span.coordinates, targets)
        estimator.coef_ = span.weights(estimator.coef_).astype(np.float32).astype(np.float64)
        estimator.n_features_in_ = features.shape[1]
        return estimator
