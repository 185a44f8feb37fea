"""Every classifier behind every encoder that a recipe may name, from the trained graph to the package."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from export.classifier.graph import build_classifier
from lienzo_coreml.convert import convert
from lienzo_coreml.interpreter import load_model
from lienzo_coreml.storage import save_package
from training.classifiers import ClassifierSettings, score
from training.graphs.session import GraphSession
from training.imagesets.imageset import ImageSet, read_image_set
from training.recipe import parse_recipe
from training.trainer import TrainedModel, train

SMALL = {
    "random_forest": "trees = 31",
    "adaboost": "trees = 11",
    "knn": "neighbors = 3",
    "mlp": "hidden = 16",
    "vote": 'members = [{name = "linear_svm"}, {name = "knn"}, {name = "mlp"}]',
}
NAMES = [kind.model_fields["name"].default for kind in get_args(get_args(ClassifierSettings)[0])]
CLASSIFIERS = {name: SMALL.get(name, "") for name in NAMES}
ENCODERS = {"vlad": "words = 8, components = 16", "bovw": 'words = 30, weighting = "tfidf"'}


@pytest.fixture(scope="module")
def image_set(image_folder: Path) -> ImageSet:
    return read_image_set(image_folder)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def learnt(image_set: ImageSet, encoder: str, classifier: str, cache: Path) -> TrainedModel:
    def table(name: str, settings: str) -> str:
        return "{" + ", ".join(filter(None, (f'name = "{name}"', settings))) + "}"

    text = f"""
encoders = [{table(encoder, ENCODERS[encoder])}]
classifiers = [{table(classifier, CLASSIFIERS[classifier])}]
extractor = {{name = "rootsift", max_side_px = 240}}
validation = {{folds = 2, class_rounds = 2}}
"""
    return train(image_set, parse_recipe(text, "test", "test"), cache)


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_phone_answers_as_scikit_learn(
    image_set: ImageSet, encoder: str, classifier: str, cache: Path, tmp_path: Path
) -> None:
    model = learnt(image_set, encoder, classifier, cache)
    converted = convert(build_classifier(model), labels=list(model.labels))
    package = load_model(save_package(converted, tmp_path / "model.mlpackage"))
    vectors = GraphSession(model.encoder.graph)
    for index in range(len(image_set.pictures)):
        descriptors = model.descriptors.of(index)
        expected = model.calibration.probabilities(score(model.estimator, vectors.run(descriptors)))[0]
        answer = package.predict({"descriptors": descriptors})
        found = np.array([answer["probabilities"][label] for label in model.labels])
        np.testing.assert_allclose(found, expected, atol=1e-4)
        best = np.flatnonzero(expected.max() - expected < 1e-6)
        assert answer["label"] in {model.labels[i] for i in best}
