"""Support vector machine with a Gaussian kernel: Cortes and Vapnik, Machine Learning 20, 1995."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.svm import SVC

from training.classifiers.one_vs_rest import KernelMachines, fit_one_vs_rest, unit_of
from training.classifiers.weights import ClassWeight, to_scikit_learn
from training.strict import Strict


class RbfSvmSettings(Strict):
    """SVM with the kernel exp(−γ‖x − y‖²).

    Attributes:
        C: Penalty of a picture on the wrong side of the margin.
        gamma: γ in units of 1 / (elements · variance of the features), so that 1 suits any encoder.
        class_weight: How much the classes count.
    """

    name: Literal["rbf_svm"] = "rbf_svm"
    C: float = Field(default=10.0, gt=0)
    gamma: float = Field(default=1.0, gt=0)
    class_weight: ClassWeight = "none"

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "rbf svm"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> KernelMachines:
        """Fits `KernelMachines`."""
        weight = to_scikit_learn(self.class_weight)
        gamma = self.gamma / unit_of(features)
        machine = SVC(C=self.C, gamma=gamma, class_weight=weight, random_state=seed)
        return fit_one_vs_rest(machine, features, targets)

    def without_last(self, estimator: KernelMachines) -> KernelMachines:
        """Removes the machine of the last class, of three or more."""
        return estimator.without_last()
