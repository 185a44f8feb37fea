"""Support vector machine with a polynomial kernel: Cortes and Vapnik, Machine Learning 20, 1995."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.svm import SVC

from training.classifiers.one_vs_rest import KernelMachines, fit_one_vs_rest, unit_of
from training.classifiers.weights import ClassWeight, to_scikit_learn
from training.strict import Strict


class PolySvmSettings(Strict):
    """SVM with the kernel (γ x·y + offset)ᵈ.

    Attributes:
        C: Penalty of a picture on the wrong side of the margin.
        degree: d.
        gamma: γ in units of 1 / (elements · variance of the features), so that 1 suits any encoder.
        offset: What is added to the product; with 0 only products of `degree` elements count.
        class_weight: How much the classes count.
    """

    name: Literal["poly_svm"] = "poly_svm"
    C: float = Field(default=10.0, gt=0)
    degree: int = Field(default=2, ge=2, le=5)
    gamma: float = Field(default=1.0, gt=0)
    offset: float = Field(default=1.0, ge=0)
    class_weight: ClassWeight = "none"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "polynomial svm"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> KernelMachines:
        """Fits `KernelMachines`."""
        machine = SVC(
            C=self.C,
            kernel="poly",
            degree=self.degree,
            gamma=self.gamma / unit_of(features),
            coef0=self.offset,
            class_weight=to_scikit_learn(self.class_weight),
            random_state=seed,
        )
        return fit_one_vs_rest(machine, features, targets)

    def without_last(self, estimator: KernelMachines) -> KernelMachines:
        """Removes the machine of the last class, of three or more."""
        return estimator.without_last()
