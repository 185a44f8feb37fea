"""Fits a classifier, in the search and for the final model alike."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

from training.classifiers.linear_svm import LinearSvmSettings
from training.classifiers.one_vs_rest import KernelMachines
from training.classifiers.poly_svm import PolySvmSettings
from training.classifiers.rbf_svm import RbfSvmSettings
from training.classifiers.vote import ClassifierSettings
from training.networks.run import TrainingRun
from training.networks.settings import CnnSettings
from training.threads import one_thread

OneAgainstTheRest: TypeAlias = LinearSvmSettings | RbfSvmSettings | PolySvmSettings


def refuses_others(settings: ClassifierSettings) -> TypeGuard[OneAgainstTheRest]:
    """Tells whether a classifier learns to refuse things that have no label."""
    return isinstance(settings, OneAgainstTheRest)


def learn_classifier(
    settings: ClassifierSettings,
    features: NDArray[np.float32],
    targets: NDArray[np.int64],
    seed: int,
    others: NDArray[np.float32] | None = None,
    run: TrainingRun | None = None,
) -> Any:
    """Fits a scikit-learn estimator.

    Args:
        settings: The classifier and its parameters.
        features: Shape (N, size).
        targets: Label index of every row.
        seed: Seed of every random number.
        others: Of things that have no label, shape (M, size). Machines of one label against the rest learn to
            refuse them; other classifiers, whose answers share one probability among the labels, do not.
        run: What the training of a network has beside pictures and targets.
    """
    if isinstance(settings, CnnSettings):
        return settings.fit(features, targets, seed, run)
    with one_thread(), warnings.catch_warnings():
        # Labels are numbers here; with a picture or two of each scikit-learn takes them for measurements.
        warnings.filterwarnings(
            "ignore", message="The number of unique classes is greater", category=UserWarning
        )
        if others is None or not len(others) or not refuses_others(settings):
            return settings.fit(features, targets, seed)
        alone = len(np.unique(targets)) == 1  # then one machine has the label on its positive side
        nothing = np.full(len(others), targets.min() - 1 if alone else targets.max() + 1)
        every = np.concatenate([features, others]), np.concatenate([targets, nothing])
        found = settings.fit(*every, seed)
        return without_negative(found) if alone else settings.without_last(found)


def without_negative(estimator: Any) -> Any:
    """Leaves of a machine between two classes the second one, which is on its positive side."""
    if isinstance(estimator, KernelMachines):
        return replace(estimator, classes_=estimator.classes_[1:])
    estimator.classes_ = estimator.classes_[1:]
    return estimator
