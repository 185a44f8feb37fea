"""Linear support vector machine, one label against the rest: Cortes and Vapnik, Machine Learning 20, 1995."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.svm import LinearSVC

from training.classifiers.span import span_of
from training.classifiers.weights import ClassWeight, to_scikit_learn
from training.strict import Strict
from training.threads import one_thread


class LinearSvmSettings(Strict):
    """Linear SVM.

    Attributes:
        C: Penalty of a picture on the wrong side of the margin.
        class_weight: How much the classes count.
    """

    name: Literal["linear_svm"] = "linear_svm"
    C: float = Field(default=1.0, gt=0)
    class_weight: ClassWeight = "none"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "linear svm"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `LinearSVC`."""
        weight = to_scikit_learn(self.class_weight)
        estimator = LinearSVC(C=self.C, class_weight=weight, random_state=seed, max_iter=20_000)
        with one_thread():
            span = span_of(features.astype(np.float64))
            estimator.fit(span.coordinates, targets)
            # Rounded to the graph's precision, so that both compute with the same numbers.
            estimator.coef_ = span.weights(estimator.coef_).astype(np.float32).astype(np.float64)
        estimator.intercept_ = estimator.intercept_.astype(np.float32).astype(np.float64)
        estimator.n_features_in_ = features.shape[1]
        return estimator

    def without_last(self, estimator: Any) -> Any:
        """Removes the machine of the last class, of three or more."""
        for name in ("coef_", "intercept_", "classes_"):
            setattr(estimator, name, getattr(estimator, name)[:-1])
        return estimator
