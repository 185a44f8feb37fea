"""Support vector machine with a Gaussian kernel, one label against the rest.

Cortes and Vapnik, Machine Learning 20, 1995; Rifkin and Klautau, "In Defense of One-Vs-All Classification",
JMLR 5, 2004. Margins against the rest are smooth; scikit-learn's default counts votes between pairs.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from training.strict import Strict


class RbfSvmSettings(Strict):
    """SVM with the kernel exp(−γ‖x − y‖²).

    Attributes:
        C: Penalty of a picture on the wrong side of the margin.
        gamma: γ in units of 1 / (elements · variance of the features), so that 1 suits any encoder.
    """

    name: Literal["rbf_svm"] = "rbf_svm"
    C: float = Field(default=10.0, gt=0)
    gamma: float = Field(default=1.0, gt=0)

    @property
    def title(self) -> str:
        """Name in tables and reports."""
        return "rbf svm"

    def fit(self, features: NDArray[np.float32], targets: NDArray[np.int64], seed: int) -> Any:
        """Fits a `OneVsRestClassifier` of `SVC`."""
        spread = features.shape[1] * float(features.astype(np.float64).var())
        machine = SVC(C=self.C, gamma=self.gamma / (spread or 1.0), random_state=seed)
        return OneVsRestClassifier(machine).fit(features, targets)

    def without_last(self, estimator: Any) -> Any:
        """Removes the machine of the last class, of three or more."""
        estimator.estimators_ = estimator.estimators_[:-1]
        estimator.classes_ = estimator.label_binarizer_.classes_ = estimator.classes_[:-1]
        return estimator
