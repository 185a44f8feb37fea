"""The classifiers by name: a settings model each, with a `fit` that returns a scikit-learn estimator."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from training.classifiers.adaboost import AdaBoostSettings
from training.classifiers.decision_tree import DecisionTreeSettings
from training.classifiers.gradient_boosting import GradientBoostingSettings
from training.classifiers.knn import KnnSettings
from training.classifiers.linear_svm import LinearSvmSettings
from training.classifiers.logistic_regression import LogisticRegressionSettings
from training.classifiers.mlp import MlpSettings
from training.classifiers.naive_bayes import NaiveBayesSettings
from training.classifiers.poly_svm import PolySvmSettings
from training.classifiers.random_forest import RandomForestSettings
from training.classifiers.rbf_svm import RbfSvmSettings
from training.classifiers.templates import TemplateSettings

SingleClassifier: TypeAlias = (
    LinearSvmSettings
    | RbfSvmSettings
    | PolySvmSettings
    | LogisticRegressionSettings
    | RandomForestSettings
    | AdaBoostSettings
    | KnnSettings
    | NaiveBayesSettings
    | DecisionTreeSettings
    | GradientBoostingSettings
    | MlpSettings
    | TemplateSettings
)
"""Classifiers that stand alone or vote; add a new classifier here."""

Member: TypeAlias = Annotated[SingleClassifier, Field(discriminator="name")]
