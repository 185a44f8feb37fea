"""The classifiers that stand alone, by name: a new one is a module of its own and a line in this list."""

from __future__ import annotations

from typing import TypeAlias

from training.classifiers.adaboost import AdaBoostSettings
from training.classifiers.decision_tree import DecisionTreeSettings
from training.classifiers.knn import KnnSettings
from training.classifiers.linear_svm import LinearSvmSettings
from training.classifiers.logistic_regression import LogisticRegressionSettings
from training.classifiers.mlp import MlpSettings
from training.classifiers.random_forest import RandomForestSettings
from training.classifiers.rbf_svm import RbfSvmSettings

SingleClassifier: TypeAlias = (
    LinearSvmSettings
    | RbfSvmSettings
    | LogisticRegressionSettings
    | RandomForestSettings
    | AdaBoostSettings
    | KnnSettings
    | DecisionTreeSettings
    | MlpSettings
)
