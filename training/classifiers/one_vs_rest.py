"""Kernel machines, one label against the rest.

Rifkin and Klautau, "In Defense of One-Vs-All Classification", JMLR 5, 2004. Margins against the rest are
smooth; scikit-learn's default counts votes between pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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


@dataclass(frozen=True)
class KernelMachines:
    """Fitted machines, over the support vectors of all.

    Attributes:
        machine: Kernel and parameters; not fitted itself.
        vectors: The support vectors, float64, shape (V, size).
        weights: float64, shape (V, machines): a machine for each label, or one that decides between two.
        offsets: float64, shape (machines,).
        classes_: The labels.
    """

    machine: SVC
    vectors: NDArray[np.float64]
    weights: NDArray[np.float64]
    offsets: NDArray[np.float64]
    classes_: NDArray[np.int64]

    def decision_function(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Computes the margin of every label, shape (N, labels), or (N,) for two."""
        asked = features.astype(np.float64)
        found = [
            _kernel(self.machine, asked[start : start + _ROWS_AT_ONCE], self.vectors) @ self.weights
            for start in range(0, len(asked), _ROWS_AT_ONCE)
        ]
        margins = np.concatenate(found) + self.offsets
        return margins[:, 0] if margins.shape[1] == 1 else margins

    def without_last(self) -> KernelMachines:
        """Returns these without the machine of the last class, of three or more."""
        weights = self.weights[:, :-1]
        needed = weights.any(axis=1)
        return KernelMachines(
            self.machine, self.vectors[needed], weights[needed], self.offsets[:-1], self.classes_[:-1]
        )


def fit_one_vs_rest(
    machine: SVC, features: NDArray[np.float32], targets: NDArray[np.int64]
) -> KernelMachines:
    """Fits a machine for every label.

    All labels have the same pictures: their kernel is computed once, and not by every machine again.

    Args:
        machine: With kernel `rbf` or `poly` and a number for γ.
        features: Shape (N, size).
        targets: Label index of every row.
    """
    rows = features.astype(np.float64)
    if len(rows) > _MOST_ROWS:
        every = OneVsRestClassifier(machine).fit(rows, targets)
    else:
        ready = clone(machine).set_params(kernel="precomputed")
        every = OneVsRestClassifier(ready).fit(_kernel(machine, rows, rows), targets)
    weights = np.zeros((len(rows), len(every.estimators_)))
    for label, each in enumerate(every.estimators_):
        weights[each.support_, label] = each.dual_coef_[0]
    needed = weights.any(axis=1)
    offsets = np.concatenate([each.intercept_ for each in every.estimators_])
    return KernelMachines(machine, rows[needed], weights[needed], offsets, every.classes_)


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
