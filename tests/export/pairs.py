"""Encoders and classifiers that tests of exports train in pairs: tables of a recipe."""

from __future__ import annotations

from pathlib import Path

from training.imagesets.imageset import ImageSet
from training.recipe import parse_recipe
from training.trainer import TrainedModel, train

CLASSIFIERS = [
    '{name = "linear_svm"}',
    '{name = "rbf_svm"}',
    '{name = "logistic_regression"}',
    '{name = "random_forest", trees = 30}',
    '{name = "adaboost", trees = 11}',
    '{name = "knn", neighbors = 3}',
    '{name = "decision_tree"}',
    '{name = "mlp", hidden = 16}',
    '{name = "vote", members = [{name = "linear_svm"}, {name = "rbf_svm"}, {name = "knn"}, {name = "mlp"}]}',
]
ENCODERS = ['{name = "vlad", words = 8, components = 16}', '{name = "bovw", words = 30, weighting = "tfidf"}']


def train_pair(image_set: ImageSet, encoder: str, classifier: str, cache: Path) -> TrainedModel:
    """Learns one pair from RootSIFT at 240 px."""
    text = f"""
encoders = [{encoder}]
classifiers = [{classifier}]
extractor = {{name = "rootsift", max_side_px = 240}}
validation = {{folds = 2, class_rounds = 2}}
"""
    return train(image_set, parse_recipe(text, "test", "test"), cache)
