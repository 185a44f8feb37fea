"""The classifiers by name: one settings model each, whose `fit` gives a fitted scikit-learn estimator."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from training.classifiers.adaboost import AdaBoostSettings
from training.classifiers.linear_svm import LinearSvmSettings
from training.classifiers.rbf_svm import RbfSvmSettings

ClassifierSettings: TypeAlias = Annotated[
    LinearSvmSettings | RbfSvmSettings | AdaBoostSettings, Field(discriminator="name")
]
