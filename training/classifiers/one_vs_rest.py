"""Kernel machines, one label against the rest.

Rifkin and Klautau, "In Defense of One-Vs-All Classification", JMLR 5, 2004. Margins against the rest are
smooth; scikit-learn's default counts votes between pairs.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

_MOST_ROWS: Final = 5000
"""Their kernel takes 200 MB; with more, each machine computes the parts that it needs."""
_ROWS_AT_ONCE: Final = 1000


def unit_of(features: NDArray[np.float32]) -> float:
    """Computes elements · variance of the features, the unit of γ, so that γ = 1 suits any encoder."""
    return features.shape[1] * float(features.astype(np.float64).var()) or 1.0


def fit_one_vs_rest(machine: SVC, features: NDArray[np.float32], targets: NDArray[np.int64]) -> Any:
    """Fits a copy of the machine for every label.

    All labels have the same pictures: their kernel is computed once, and not by every machine again.

    Args:
        machine: With kernel `rbf` or `poly` and a number for γ.
        features: Shape (N, size).
        targets: Label index of every row.
    """
    if len(features) > _MOST_ROWS:
        return OneVsRestClassifier(machine).fit(features, targets)
    rows = features.astype(np.float64)
    ready = clone(machine).set_params(kernel="precomputed")
    every = OneVsRestClassifier(ready).fit(_kernel(machine, rows, rows), targets)
    every.estimator, every.n_features_in_ = machine, rows.shape[1]
    for each in every.estimators_:  # becomes what scikit-learn makes of a machine with a kernel of its own
        each.set_params(kernel=machine.kernel)
        each.support_vectors_ = rows[each.support_]
        each.shape_fit_, each.n_features_in_ = rows.shape, rows.shape[1]
        each._gamma = machine.gamma
    return every


def has_machines(estimator: Any) -> bool:
    """Tells whether an estimator is one of `fit_one_vs_rest` with a machine for every label."""
    is_one = isinstance(estimator, OneVsRestClassifier) and isinstance(estimator.estimator, SVC)
    return is_one and len(estimator.estimators_) > 1  # a single one decides between two labels


def margins_of(estimator: Any, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Computes what `decision_function` does, with every support vector compared once and not by each label.

    Args:
        estimator: One that `has_machines`.
        features: Shape (N, size).

    Returns:
        float64, shape (N, labels).
    """
    machines = estimator.estimators_
    supports = np.concatenate([each.support_ for each in machines])
    kept, first, place = np.unique(supports, return_index=True, return_inverse=True)
    vectors = np.concatenate([each.support_vectors_ for each in machines])[first]
    weights = np.zeros((len(kept), len(machines)))
    label = np.repeat(np.arange(len(machines)), [len(each.support_) for each in machines])
    weights[place, label] = np.concatenate([each.dual_coef_[0] for each in machines])
    offsets = np.concatenate([each.intercept_ for each in machines])
    asked = features.astype(np.float64)
    return np.concatenate(
        [
            _kernel(machines[0], asked[start : start + _ROWS_AT_ONCE], vectors) @ weights + offsets
            for start in range(0, len(asked), _ROWS_AT_ONCE)
        ]
    )


def without_last(estimator: Any) -> Any:
    """Removes the machine of the last class, of three or more."""
    estimator.estimators_ = estimator.estimators_[:-1]
    estimator.classes_ = estimator.label_binarizer_.classes_ = estimator.classes_[:-1]
    return estimator


def _kernel(machine: SVC, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Computes the kernel of all pairs of rows, shape (N, M)."""
    table: NDArray[np.float64] = first @ second.T
    if machine.kernel == "poly":
        table *= machine.gamma
        table += machine.coef0
        return np.asarray(table**machine.degree)
    if first is second:  # each row is then at no distance at all from itself
        here = there = np.diagonal(table).copy()
    else:
        here, there = (np.einsum("ij,ij->i", each, each) for each in (first, second))
    table *= -2
    table += here[:, None]
    table += there
    table *= -machine.gamma
    return np.asarray(np.exp(table, out=table))
