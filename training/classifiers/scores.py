"""Scores of a fitted classifier: signed distances, or logarithms of its own probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Smaller probabilities of an estimator are all "never"; their logarithm must stay finite.
SMALLEST_PROBABILITY = 1e-4


def has_margins(estimator: Any) -> bool:
    """Whether scores are signed distances from a decision boundary; else they are log probabilities."""
    return not hasattr(estimator, "predict_proba")


def score(estimator: Any, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Computes one score per label; higher is likelier.

    Args:
        estimator: A fitted scikit-learn classifier.
        features: Shape (N, size).

    Returns:
        float64, shape (N, labels), in the order of the estimator's `classes_`.
    """
    if not len(features):  # which some estimators refuse to be asked about
        return np.zeros((0, len(estimator.classes_)))
    if not has_margins(estimator):
        likely = np.asarray(estimator.predict_proba(features), np.float64)
        return np.asarray(np.log(np.maximum(likely, SMALLEST_PROBABILITY)), np.float64)
    margins = np.asarray(estimator.decision_function(features), np.float64)
    if margins.ndim == 2:
        return margins
    return np.stack([-margins, margins] if len(estimator.classes_) > 1 else [margins], axis=1)
