"""Every classifier behind every encoder that a recipe may name, from the trained graph to the package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from export.classifier.graph import build_classifier
from lienzo_coreml.conversion import convert
from lienzo_coreml.interpreter import load_model
from lienzo_coreml.storage import save_package
from tests.export.pairs import CLASSIFIERS, ENCODERS
from training.classifiers import score
from training.graphs.session import GraphSession
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_the_phone_answers_as_scikit_learn(
    image_set: ImageSet,
    encoder: str,
    classifier: str,
    fitted: Callable[[str, str], TrainedModel],
    tmp_path: Path,
) -> None:
    model = fitted(encoder, classifier)
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
