"""A bundle with a spatial pyramid behind keypoints: training, server and phone count in the same cells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
import pytest

from bundle import layout
from export.model import ExportedModel, export_model
from lienzo_coreml.conversion import convert
from lienzo_coreml.interpreter import load_model
from lienzo_coreml.storage import save_package
from services.classification.classifier import load_classifier
from services.features.extraction import load_extractor
from training.classifiers import score
from training.imagesets.imageset import ImageSet
from training.model import TrainedModel
from training.recipe import parse_recipe
from training.trainer import train
from vision.picture import decode

pytestmark = pytest.mark.slow

RECIPE = """
extractor = {name = "rootsift", max_side_px = 160}
encoders = [{name = "vlad", words = 6, components = 16, pyramid = 1}]
classifiers = [{name = "linear_svm"}]
validation = {folds = 2, class_rounds = 2}
"""


@pytest.fixture(scope="module")
def exported(
    image_set: ImageSet, new_cache: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[TrainedModel, ExportedModel]:
    model = train(image_set, parse_recipe(RECIPE, "cells", "cells"), new_cache())
    root = tmp_path_factory.mktemp("models")
    return model, export_model(model, image_set, (), root, "cells", datetime(2026, 1, 1, tzinfo=UTC))


def test_the_server_takes_places_along(
    exported: tuple[TrainedModel, ExportedModel], image_folder: Path
) -> None:
    model, written = exported
    extractor = load_extractor(written.manifest, written.folder).extractor
    classifier = load_classifier(written.manifest, written.folder)
    assert extractor.dimension == written.manifest.dimension == 130
    learnt = model.calibration.probabilities(score(model.estimator, model.features))
    pixels = decode((image_folder / "astronaut" / "0.jpg").read_bytes(), max_side_px=160).pixels
    rows = np.asarray(extractor.extract(pixels).rows, np.float32)
    np.testing.assert_allclose(classifier.probabilities(rows), learnt[0], atol=1e-5)
    turned = rows.copy()
    turned[:, 128] = 255 - turned[:, 128]
    assert np.abs(classifier.probabilities(turned) - learnt[0]).max() > 1e-3


def test_the_phone_takes_descriptors_with_places(
    exported: tuple[TrainedModel, ExportedModel], tmp_path: Path
) -> None:
    model, written = exported
    graph = onnx.load(written.folder / layout.CLASSIFIER)
    save_package(convert(graph, labels=list(model.labels)), tmp_path / "m.mlpackage")
    phone = load_model(tmp_path / "m.mlpackage")
    learnt = model.calibration.probabilities(score(model.estimator, model.features))
    for picture in (0, 7, 20):
        answer = phone.predict({"descriptors": model.descriptors.of(picture)})
        [found] = [each for each in answer.values() if isinstance(each, dict)]
        np.testing.assert_allclose([found[label] for label in model.labels], learnt[picture], atol=1e-4)
