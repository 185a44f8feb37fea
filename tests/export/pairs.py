"""Encoders and classifiers that tests of exports train in pairs: tables of a recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np

from training.classifiers import ClassifierSettings
from training.classifiers.learning import learn_classifier
from training.imagesets.imageset import ImageSet
from training.networks.settings import CnnSettings
from training.recipe import Recipe, parse_recipe
from training.search.attempt import Candidate
from training.trainer import TrainedModel, train

# What keeps a training small; every other classifier is trained with its defaults.
SMALL = {
    "random_forest": ", trees = 30",
    "adaboost": ", trees = 11",
    "knn": ", neighbors = 3",
    "gradient_boosting": ", rounds = 5",
    "mlp": ", hidden = [[16, 8]]",
    "vote": ', members = [{name = "linear_svm"}, {name = "rbf_svm"}, {name = "knn"}, {name = "mlp"}]',
}
NAMES = [
    kind.model_fields["name"].default
    for kind in get_args(get_args(ClassifierSettings)[0])
    if kind is not CnnSettings  # which looks at pixels: tests/export/test_networks.py
]
CLASSIFIERS = [f'{{name = "{name}"{SMALL.get(name, "")}}}' for name in NAMES]
ENCODERS = ['{name = "vlad", words = 8, components = 16}', '{name = "bovw", words = 30, weighting = "tfidf"}']


def train_pair(image_set: ImageSet, encoder: str, classifier: str, cache: Path) -> TrainedModel:
    """Trains one pair on RootSIFT at 240 px."""
    return train(image_set, _recipe(encoder, classifier), cache)


def fit_pair(trained: TrainedModel, image_set: ImageSet, encoder: str, classifier: str) -> TrainedModel:
    """Fits one pair on the descriptors of a trained model, whose folds and calibration it keeps."""
    recipe = _recipe(encoder, classifier)
    chosen = Candidate(recipe.encoders[0], recipe.classifiers[0])
    fitted = chosen.encoder.fit(trained.descriptors, np.arange(len(image_set.targets)), trained.seed)
    features = fitted.encode(trained.descriptors)
    estimator = learn_classifier(chosen.classifier, features, image_set.targets, trained.seed)
    return replace(trained, candidate=chosen, encoder=fitted, estimator=estimator, features=features)


def _recipe(encoder: str, classifier: str) -> Recipe:
    text = f"""
encoders = [{encoder}]
classifiers = [{classifier}]
extractor = {{name = "rootsift", max_side_px = 240}}
validation = {{folds = 2, class_rounds = 2}}
"""
    return parse_recipe(text, "test", "test")
