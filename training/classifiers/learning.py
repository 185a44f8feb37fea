"""Learning of classifiers, the same way wherever it is done."""

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
    """A fitted scikit-learn estimator.

    Args:
        settings: Which classifier.
        features: Shape (N, size).
        targets: Label index of every row.
        seed: Seed of everything that is random.
    """
    with one_thread(), warnings.catch_warnings():
        # Labels are numbers here; a picture or two of each do not make them measurements.
        warnings.filterwarnings(
            "ignore", message="The number of unique classes is greater", category=UserWarning
        )
        return settings.fit(features, targets, seed)
