"""Fits a classifier, in the search and for the final model alike."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.classifiers.vote import ClassifierSettings
from training.threads import one_thread


def learn_classifier(
    settings: ClassifierSettings, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int
) -> Any:
    """Fits a scikit-learn estimator.

    Args:
        settings: The classifier and its parameters.
        features: Shape (N, size).
        targets: Label index of every row.
        seed: Seed of every random number.
    """
    with one_thread(), warnings.catch_warnings():
        # Labels are numbers here; with a picture or two of each scikit-learn takes them for measurements.
        warnings.filterwarnings(
            "ignore", message="The number of unique classes is greater", category=UserWarning
        )
        return settings.fit(features, targets, seed)
