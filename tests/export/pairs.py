"""Encoders and classifiers that tests of exports train in pairs: tables of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from training.classifiers import ClassifierSettings
from training.imagesets.imageset import ImageSet
from training.recipe import parse_recipe
from training.trainer import TrainedModel, train

# What keeps a training small; every other classifier is trained with its defaults.
SMALL = {
    "random_forest": ", trees = 30",
    "adaboost": ", trees = 11",
    "knn": ", neighbors = 3",
    "mlp": ", hidden = 16",
    "vote": ', members = [{name = "linear_svm"}, {name = "rbf_svm"}, {name = "knn"}, {name = "mlp"}]',
}
NAMES = [kind.model_fields["name"].default for kind in get_args(get_args(ClassifierSettings)[0])]
CLASSIFIERS = [f'{{name = "{name}"{SMALL.get(name, "")}}}' for name in NAMES]
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
