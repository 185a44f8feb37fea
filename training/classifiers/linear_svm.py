"""Linear support vector machine, one label against the rest: Cortes and Vapnik, Machine Learning 20, 1995."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from training.classifiers.least_squares import least_squares_machines
from training.classifiers.span import span_of
from training.classifiers.squared_hinge import solved_machines
from training.classifiers.weights import ClassWeight, to_scikit_learn
from training.strict import Strict
from training.threads import one_thread


class LinearSvmSettings(Strict):
    """Linear SVM.

    Attributes:
        C: Penalty of a picture on the wrong side of the margin.
        class_weight: How much the classes count.
        loss: `hinge`, squared, counts how far pictures are on the wrong side of the margin; `squares` how far
            they are from it on either side.
    """

    name: Literal["linear_svm"] = "linear_svm"
    C: float = Field(default=1.0, gt=0)
    class_weight: ClassWeight = "none"
    loss: Literal["hinge", "squares"] = "hinge"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "linear svm" if self.loss == "hinge" else "linear svm, least squares"

    def fit(
        self,
        features: NDArray[np.float32],
        targets: NDArray[np.int64],
        seed: int,
        weights: NDArray[np.float64] | None = None,
    ) -> Any:
        """Fits a `LinearSVC`.

        The best weights lie in the span of the training vectors. Where these are fewer than the elements, the
        problem is solved with one unknown for each of them: the same solution in far less time.

        Args:
            features: Shape (N, size).
            targets: Label index of every row.
            seed: Seed of every random number.
            weights: By how much the penalty of every row is multiplied, above 0; None: all count alike.
        """
        counts = np.ones(len(targets)) if weights is None else weights
        weight = to_scikit_learn(self.class_weight)
        estimator = LinearSVC(C=self.C, class_weight=weight, random_state=seed, max_iter=20_000)
        with one_thread():
            solvable = self.loss == "squares" or len(features) < features.shape[1]
            if not solvable or not self._solved(estimator, features, targets, counts):
                span = span_of(features.astype(np.float64))
                with warnings.catch_warnings():
                    # Vectors far from any scale, such as those of plain grey pictures: compared as they are.
                    warnings.simplefilter("ignore", ConvergenceWarning)
                    estimator.fit(span.coordinates, targets, sample_weight=weights)
                estimator.coef_ = span.weights(estimator.coef_)
        # Rounded to the graph's precision, so that both compute with the same numbers.
        estimator.coef_ = estimator.coef_.astype(np.float32).astype(np.float64)
        estimator.intercept_ = estimator.intercept_.astype(np.float32).astype(np.float64)
        estimator.n_features_in_ = features.shape[1]
        return estimator

    def _solved(
        self,
        estimator: LinearSVC,
        features: NDArray[np.float32],
        targets: NDArray[np.int64],
        counts: NDArray[np.float64],
    ) -> bool:
        """Solves the problem for an estimator; returns whether a solution was found."""
        labels, numbers = np.unique(targets, return_inverse=True)
        if len(labels) < 2:
            return False
        machines = labels[1:] if len(labels) == 2 else labels
        sides = np.where(targets[:, None] == machines, 1.0, -1.0)
        balanced = len(targets) / len(labels) / np.bincount(numbers)
        weights = balanced[numbers] if self.class_weight == "balanced" else np.ones(len(targets))
        found: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        with suppress(np.linalg.LinAlgError):
            if self.loss == "squares":
                found = least_squares_machines(features, sides, self.C * weights * counts)
            else:
                # As in LIBLINEAR: of three labels or more, the rest of a label counts as it is.
                alike = (len(labels) > 2) & (sides < 0)
                costs = self.C * counts[:, None] * np.where(alike, 1.0, weights[:, None])
                found = solved_machines(features, sides, costs)
        if found:
            estimator.coef_, estimator.intercept_ = found
            estimator.classes_ = labels
        return found is not None

    def without_last(self, estimator: Any) -> Any:
        """Removes the machine of the last class, of three or more."""
        for name in ("coef_", "intercept_", "classes_"):
            setattr(estimator, name, getattr(estimator, name)[:-1])
        return estimator
