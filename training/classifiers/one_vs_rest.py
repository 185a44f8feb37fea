"""Kernel machines, one label against the rest.

Rifkin and Klautau, "In Defense of One-Vs-All Classification", JMLR 5, 2004. Margins against the rest are
smooth; scikit-learn's default counts votes between pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC


def unit_of(features: NDArray[np.float32]) -> float:
    """Computes elements · variance of the features, the unit of γ, so that γ = 1 suits any encoder."""
    return features.shape[1] * float(features.astype(np.float64).var()) or 1.0


def fit_one_vs_rest(machine: SVC, features: NDArray[np.float32], targets: NDArray[np.int64]) -> Any:
    """Fits a copy of the machine for every label."""
    return OneVsRestClassifier(machine).fit(features, targets)


def without_last(estimator: Any) -> Any:
    """Removes the machine of the last class, of three or more."""
    estimator.estimators_ = estimator.estimators_[:-1]
    estimator.classes_ = estimator.label_binarizer_.classes_ = estimator.classes_[:-1]
    return estimator
